//! Records as both sides are known to hold them.

use app::api::{Page, PageRequest, RecordFilter, RecordLine, RecordSide, RecordView};
use merge::{RecordKey, Side, Value};
use pipeline::settings::{Settings, TypeSettings};
use store::Conn;
use store::candidate::Candidate;
use store::ids::{LinkId, SchoolId};
use store::link::{Link, LinkFilter, LinkState};

use super::conflict::{body, shown};
use super::error::{Result, invalid, not_found};
use super::{Desk, own_record, page, record_state, school};

/// Labels that contain a text are few; more than these are never compared.
const SAME_LABEL: u32 = 200;

impl Desk {
    /// Records that match, in the order in which they were first seen.
    pub(super) async fn records(
        &self,
        school: &str,
        filter: &RecordFilter,
        page: &PageRequest,
    ) -> Result<Page<RecordLine>> {
        let mut reader = self.pipeline.store.read().await?;
        let (school, settings) = school::with_settings(&mut reader, school).await?;
        if let Some(name) = &filter.merge_type {
            merge_type(&settings, name)?;
        }
        if filter.own {
            return own_record::list(&mut reader, school.id, &settings, filter, page).await;
        }
        let wanted = page::wanted::<LinkId>(page)?;
        let all = LinkFilter {
            type_name: filter.merge_type.as_deref(),
            text: filter.q.as_deref(),
            state: Some(LinkState::Live),
            ..LinkFilter::default()
        };
        let total = store::link::count_listed(&mut reader, school.id, &all).await?;
        let part = LinkFilter {
            after: wanted.edge.filter(|_| !wanted.backwards),
            before: wanted.edge.filter(|_| wanted.backwards),
            from_end: wanted.backwards,
            ..all.clone()
        };
        let rows = store::link::list(&mut reader, school.id, &part, wanted.rows()).await?;
        let mut part = page::part(rows, &wanted, total, |row| row.id.to_string(), |row| row);
        if let Some(first) = part.items.first() {
            part.before = store::link::count_before(&mut reader, school.id, &all, first.id).await?;
        }
        Ok(part.map(line))
    }

    /// One record in its three versions.
    pub(super) async fn record(&self, school: &str, type_name: &str, key: &str) -> Result<RecordView> {
        let mut reader = self.pipeline.store.read().await?;
        let (school, settings) = school::with_settings(&mut reader, school).await?;
        let merge_type = merge_type(&settings, type_name)?;
        let Some(link) = find_link(&mut reader, school.id, merge_type, key).await? else {
            let own = own_record::view(&mut reader, school.id, &settings, merge_type, key).await?;
            return Ok(own.ok_or_else(|| not_found(format!("{type_name} {key}")))?);
        };
        view(&mut reader, &settings, merge_type, link).await
    }
}

async fn view(
    conn: &mut Conn,
    settings: &Settings,
    merge_type: &TypeSettings,
    link: Link,
) -> Result<RecordView> {
    let candidate = store::candidate::get_many(conn, &[link.id]).await?.into_iter().next();
    let conflict = store::conflict::find_living_for_links(conn, &[link.id]).await?;
    let base = store::base::get_many(conn, &[link.id]).await?.into_iter().next();
    let judged = candidate.as_ref().map(|found| pipeline::judge(merge_type, found)).transpose()?;
    let on_its_way = candidate.as_ref().is_some_and(|found| found.open_ours || found.open_theirs);
    let mut view = RecordView {
        type_label: merge_type.label.clone(),
        ended_at: link.ended_at,
        line: line(link),
        agreed_at: base.as_ref().map(|base| base.agreed_at),
        base: base.map(|base| shown(&base.body)).transpose()?,
        ours: side(settings, Side::Ours, candidate.as_ref())?,
        theirs: side(settings, Side::Theirs, candidate.as_ref())?,
        conflict: conflict.first().map(|conflict| conflict.number),
        fields: Vec::new(),
        outcome: judged.as_ref().map(|judged| judged.verdict.outcome.to_string()),
        on_its_way,
    };
    view.fields = record_state::fields(merge_type, &view, judged.as_ref())?;
    Ok(view)
}

/// The type of this name, or an error that names those there are.
pub(super) fn merge_type<'s>(settings: &'s Settings, name: &str) -> Result<&'s TypeSettings> {
    let known = || settings.types.iter().map(|one| one.name.as_str()).collect::<Vec<_>>().join(", ");
    let found = settings.merge_type(name);
    Ok(found.ok_or_else(|| invalid("type", format!("there is no type \"{name}\" (known: {})", known())))?)
}

/// The keys that a person may mean: a JSON list of the key's parts, or its one part as text or number.
pub(super) fn keys(merge_type: &TypeSettings, text: &str) -> Vec<String> {
    if text.trim_start().starts_with('[') {
        return RecordKey::parse_canonical(text).map(|key| key.canonical()).into_iter().collect();
    }
    if merge_type.key.len() != 1 {
        return Vec::new();
    }
    let as_text = Value::List(vec![Value::Text(text.to_owned())]).to_json();
    let candidates = [as_text, format!("[{text}]")];
    let canonical = |text: &String| RecordKey::parse_canonical(text).ok().map(|key| key.canonical());
    candidates.iter().filter_map(canonical).collect()
}

/// The record that a person means by a key, or, when it is gone from both sides, what is known of it still.
pub(super) async fn find_link(
    conn: &mut Conn,
    school: SchoolId,
    merge_type: &TypeSettings,
    text: &str,
) -> Result<Option<Link>> {
    let keys = keys(merge_type, text);
    let keys: Vec<&str> = keys.iter().map(String::as_str).collect();
    if !keys.is_empty()
        && let Some(found) =
            store::link::find_by_keys(conn, school, &merge_type.name, &keys).await?.into_iter().next()
    {
        return Ok(Some(found));
    }
    let filter = LinkFilter {
        type_name: Some(&merge_type.name),
        text: Some(text),
        state: Some(LinkState::Live),
        ..LinkFilter::default()
    };
    let named = store::link::list(conn, school, &filter, SAME_LABEL).await?;
    let mut named = named.into_iter().filter(|link| link.label == text);
    match (named.next(), named.next()) {
        (Some(_), Some(_)) => {
            Err(invalid("key", format!("several records are called {text}; give the JSON key")).into())
        }
        (None, _) if !keys.is_empty() => {
            Ok(store::link::find_ended(conn, school, &merge_type.name, &keys).await?)
        }
        (found, _) => Ok(found),
    }
}

fn line(link: Link) -> RecordLine {
    RecordLine {
        merge_type: link.type_name,
        label: link.label,
        key: link.key,
        ours_id: link.ours_id,
        theirs_id: link.theirs_id,
    }
}

fn side(settings: &Settings, side: Side, candidate: Option<&Candidate>) -> Result<Option<RecordSide>> {
    let Some((found, copy)) = candidate.and_then(|found| Some((found, found.side(side)?))) else {
        return Ok(None);
    };
    Ok(Some(RecordSide {
        system: settings.side_name(side).to_owned(),
        id: found.remote_id(side).unwrap_or_default().to_owned(),
        version: copy.version.clone(),
        body: body(Some(copy))?,
    }))
}
