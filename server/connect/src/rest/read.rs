//! Single reads and reads by key (CN C27, C58).

use merge::{Object, Value};

use super::Connection;
use super::answer::{Answer, malformed};
use super::call::{ReadError, refused};
use super::config::{GetOp, Meaning, TypeConfig, WriteKind};
use super::template::{Name, Template, Values, plain_text};
use crate::error::SystemError;
use crate::{Cx, Item, NaturalKey, Record, RemoteId, TypeName};

/// How a single read ended that did not find a record.
enum Miss {
    /// The answer proves it by itself.
    Proved,
    /// The answer could also mean that we are not allowed to see it: a known record must answer (CN C58).
    Doubtful(SystemError),
}

impl Connection {
    /// The record as it is now. The hint holds fields by which it is found where the system has no single read.
    pub(super) async fn fetch(
        &self,
        cx: &Cx,
        t: &TypeName,
        id: &RemoteId,
        hint: Option<&Object>,
    ) -> Result<Record, SystemError> {
        let config = self.of(t)?;
        match (&config.get, hint) {
            (Some(get), _) => self.fetch_by_id(cx, config, get, id).await,
            (None, Some(fields)) if config.find.is_some() => {
                let key = self.key_of(config, fields);
                let found = self.search(cx, config, &key).await?;
                found.into_iter().find(|record| record.id == *id).ok_or(SystemError::NotFound)
            }
            _ => Err(refused(None, "not_configured", format!("single records of {t} cannot be read"))),
        }
    }

    async fn fetch_by_id(
        &self,
        cx: &Cx,
        config: &TypeConfig,
        get: &GetOp,
        id: &RemoteId,
    ) -> Result<Record, SystemError> {
        match self.try_fetch(cx, config, get, id).await? {
            Ok(record) => Ok(record),
            Err(Miss::Proved) => Err(SystemError::NotFound),
            Err(Miss::Doubtful(otherwise)) => self.settle_doubt(cx, otherwise).await,
        }
    }

    async fn try_fetch(
        &self,
        cx: &Cx,
        config: &TypeConfig,
        get: &GetOp,
        id: &RemoteId,
    ) -> Result<Result<Record, Miss>, SystemError> {
        let values = Values { id: Some(id.as_str()), ..Values::default() };
        let url = self.url(&get.path, &get.params, &values)?;
        let headers = self.read_headers(&get.headers)?;
        let answer = match self.read(cx, WriteKind::Get, url, headers, &get.status).await {
            Ok(answer) => answer,
            Err(error) => return sort_miss(error),
        };
        if answer.status == 204 || answer.is_empty() {
            let otherwise = malformed("body", "the answer to a single read is empty".to_owned());
            return Ok(Err(Miss::Doubtful(otherwise)));
        }
        let body = answer.json(&self.config.accept_types)?;
        let value = Answer::at(&body, &get.record)?;
        match config.record.item(value, Some(&answer.headers)) {
            Item::Live(record) if record.id == *id => Ok(Ok(record)),
            Item::Tombstone { .. } => Ok(Err(Miss::Proved)),
            Item::Live(record) => {
                Err(malformed(&get.record.to_string(), format!("the record is {}, not {id}", record.id)))
            }
            Item::Bad { why, .. } => Err(malformed(&get.record.to_string(), why)),
        }
    }

    /// Reads the canary: if it answers, the record in doubt is missing; if it fails too, the credentials are to blame.
    async fn settle_doubt(&self, cx: &Cx, otherwise: SystemError) -> Result<Record, SystemError> {
        let is_refusal = matches!(otherwise, SystemError::Refused { .. });
        match self.canary(cx).await? {
            Some(true) if is_refusal => Err(otherwise),
            Some(true) => Err(SystemError::NotFound),
            Some(false) if matches!(&otherwise, SystemError::Malformed { at, .. } if at == "body") => {
                Err(otherwise)
            }
            Some(false) => Err(SystemError::Auth {
                message: "a record that is known to be there cannot be read either".to_owned(),
            }),
            None => Err(otherwise),
        }
    }

    /// Whether the canary can be read; `None` when none is configured.
    async fn canary(&self, cx: &Cx) -> Result<Option<bool>, SystemError> {
        let Some(probe) = &self.config.probe else { return Ok(None) };
        let config = self.of(&TypeName(probe.type_name.clone()))?;
        let Some(get) = &config.get else { return Ok(None) };
        let found = self.try_fetch(cx, config, get, &RemoteId(probe.canary.clone())).await?;
        Ok(Some(found.is_ok()))
    }

    /// The records that have the key's values, or an error when the answer shows that the search was not understood.
    pub(super) async fn search(
        &self,
        cx: &Cx,
        config: &TypeConfig,
        key: &NaturalKey,
    ) -> Result<Vec<Record>, SystemError> {
        let Some(find) = &config.find else {
            return Err(refused(None, "not_configured", "records cannot be found by key".to_owned()));
        };
        let values = Values { key: Some(key), ..Values::default() };
        let url = self.url(&find.path, &find.params, &values)?;
        let headers = self.read_headers(&find.headers)?;
        let answer = match self.read(cx, WriteKind::Find, url, headers, &find.status).await {
            Ok(answer) => answer,
            Err(ReadError { error: SystemError::NotFound, .. }) => return Ok(Vec::new()),
            Err(error) => return Err(error.into()),
        };
        let body = answer.json(&self.config.accept_types)?;
        let at = find.items.to_string();
        let items = find.items.items(&body).ok_or_else(|| malformed(&at, "there is no list".to_owned()))?;
        let mut found = Vec::new();
        for value in items {
            match config.record.item(value, None) {
                Item::Live(record) => found.push(record),
                Item::Tombstone { .. } => {}
                Item::Bad { why, .. } => return Err(malformed(&at, why)),
            }
        }
        found.into_iter().filter_map(|record| keep(record, key, &self.key_names(config))).collect()
    }

    /// The natural key that a record's fields make.
    pub(super) fn key_of(&self, config: &TypeConfig, fields: &Object) -> NaturalKey {
        let names = self.key_names(config);
        names.iter().filter_map(|name| Some((name.clone(), fields.get(name)?.clone()))).collect()
    }

    fn key_names(&self, config: &TypeConfig) -> Vec<String> {
        let Some(find) = &config.find else { return Vec::new() };
        let templates = std::iter::once(&find.path).chain(find.params.values());
        templates
            .flat_map(Template::names)
            .filter_map(|name| match name {
                Name::Key(field) => Some(field.clone()),
                _ => None,
            })
            .collect()
    }
}

/// A missing status is proof unless it is one that may mean "not allowed".
fn sort_miss(error: ReadError) -> Result<Result<Record, Miss>, SystemError> {
    let Some((verdict, answer)) = error.judged else { return Err(error.error) };
    match (verdict.meaning, answer.status) {
        (Some(Meaning::Missing), 403) => {
            let message =
                "the system answers 403, and no known record tells missing from forbidden".to_owned();
            Ok(Err(Miss::Doubtful(malformed("status", message))))
        }
        (Some(Meaning::Missing), _) => Ok(Err(Miss::Proved)),
        (Some(Meaning::Auth), 403) => {
            let message = super::meaning::short_reason(&error.error);
            Ok(Err(Miss::Doubtful(refused(None, "403", message))))
        }
        _ => Err(error.error),
    }
}

/// Keeps a record that has the key's values; one that has plainly other values shows that the search was ignored.
fn keep(record: Record, key: &Object, names: &[String]) -> Option<Result<Record, SystemError>> {
    let text = |value: Option<&Value>| value.map(plain_text).unwrap_or_default();
    for name in names.iter().filter(|name| record.fields.get(name).is_some()) {
        let (wanted, found) = (text(key.get(name)), text(record.fields.get(name)));
        if wanted == found {
            continue;
        }
        if wanted.trim().to_lowercase() == found.trim().to_lowercase() {
            return None;
        }
        let message =
            format!("a search by {name} gave a record with another {name}: is the parameter known there?");
        return Some(Err(SystemError::Misconfigured { message }));
    }
    Some(Ok(record))
}
