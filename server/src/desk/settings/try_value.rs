//! What the rules of a field make of three values: the same engine as the merge (UX 7.5.2).

use app::api::{Actor, TriedValue, TryValue};
use merge::{FieldPath, Input, Number, Object, Presence, RecordKey, Value, merge_record};
use pipeline::PipelineError;
use pipeline::settings::{FieldKind, FieldSettings, Settings};

use super::draft::work;
use crate::desk::error::{Result, not_found};
use crate::desk::{Desk, record};

impl Desk {
    /// Tries three values on a field, by the actor's draft if there is one.
    pub(in crate::desk) async fn tried(
        &self,
        actor: &Actor,
        slug: &str,
        values: &TryValue,
    ) -> Result<TriedValue> {
        let mut reader = self.pipeline.store.read().await?;
        let work = work(&mut reader, actor, slug).await?;
        let settings = Settings::parse(work.document()).map_err(PipelineError::from)?;
        let merge_type = record::merge_type(&settings, &values.merge_type)?;
        let field = merge_type
            .field(&values.field)
            .ok_or_else(|| not_found(format!("field {} of {}", values.field, merge_type.label)))?;
        let alone = |typed: &str| -> Object {
            value(field, typed).map(|value| (field.name.clone(), value)).into_iter().collect()
        };
        let (base, ours, theirs) = (alone(&values.base), alone(&values.ours), alone(&values.theirs));
        let key = RecordKey::from("");
        let input = Input {
            base: Some(&base),
            ours: Presence::Live(&ours),
            theirs: Presence::Live(&theirs),
            ..Input::new(&merge_type.name, &key)
        };
        let verdict = merge_record(&merge_type.policy, &input);
        let (mode, level) = merge_type.policy.mode_at(&key, &FieldPath::field(field.name.as_str()));
        let conflict = verdict.conflict.is_some();
        let result = verdict.merged.as_ref().and_then(|merged| merged.get(&field.name)).map(Value::to_json);
        Ok(TriedValue {
            conflict,
            result: result.filter(|_| !conflict),
            writes_ours: verdict.write_ours.is_some(),
            writes_theirs: verdict.write_theirs.is_some(),
            mode: mode.to_string(),
            level: level.to_string(),
        })
    }
}

/// A typed value as the field would hold it; nothing typed is no value, `""` is blank text.
fn value(field: &FieldSettings, typed: &str) -> Option<Value> {
    let typed = typed.trim();
    if typed.is_empty() {
        return None;
    }
    if typed == "\"\"" {
        return Some(Value::Text(String::new()));
    }
    let text = || Value::Text(typed.to_owned());
    Some(match &field.kind {
        FieldKind::Integer | FieldKind::Decimal(_) => Number::parse(typed).map_or_else(text, Value::Number),
        FieldKind::Boolean | FieldKind::List(_) | FieldKind::Object | FieldKind::Any => {
            let typed = match typed.to_lowercase().as_str() {
                "yes" => "true",
                "no" => "false",
                _ => typed,
            };
            merge::json::parse(typed.as_bytes()).unwrap_or_else(|_| text())
        }
        _ => text(),
    })
}
