//! What follows when the values from before a decision have been written back: the base as it was, and the question again.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use merge::{FieldPath, Object, UNFETCHED, Value, json};
use store::Tx;
use store::base::{self, NewBase};
use store::conflict;
use store::decision::{self, Decision, DecisionState};
use store::ids::{DecisionId, LinkId};
use store::link::{self, LinkState};
use store::plan_change::Operation;
use store::write::{self, Write, WriteState};
use tracing::warn;

use crate::confirm::Confirmed;
use crate::decided::state_of;
use crate::error::{PipelineError, Result};
use crate::night::Night;
use crate::send::changed_fields;

impl Night {
    /// Gives the records of confirmed write-backs the base that they had before the decision that is taken back, in the
    /// fields that it changed. A record that it deleted lives again.
    pub(crate) async fn restore_bases(&self, tx: &mut Tx, confirmed: &[Confirmed]) -> Result<()> {
        let undos: HashMap<LinkId, DecisionId> =
            confirmed.iter().filter_map(|one| Some((one.write.link, one.write.decision?))).collect();
        for (link, undo) in undos {
            let Some(undone) = decision::get(tx, undo).await?.undoes else { continue };
            self.restore_base(tx, link, undone).await?;
        }
        Ok(())
    }

    async fn restore_base(&self, tx: &mut Tx, id: LinkId, undone: DecisionId) -> Result<()> {
        if link::get(tx, id).await?.state == LinkState::Tombstone && !link::revive(tx, id).await? {
            warn!(
                run = self.number,
                "a record was made anew while its delete was undone: the next merge compares"
            );
            return Ok(());
        }
        let mut writes = write::list_for_decision(tx, undone).await?;
        writes.retain(|write| write.state == WriteState::Confirmed);
        let Some(before) = decision::base_of(tx, undone).await? else {
            return Ok(base::drop_many(tx, &[id]).await?);
        };
        let before = parse(&before)?;
        let now = base::get_many(tx, &[id]).await?.into_iter().next();
        let only_fields = writes.iter().all(|write| write.operation == Operation::Update);
        let (body, fields_agreed) = match now {
            Some(now) if only_fields => {
                let fields = fields_of(&writes)?;
                (restored(&parse(&now.body)?, &before, &fields), agreed_without(&now.fields_agreed, &fields))
            }
            // Neither side had it meanwhile, or one of them has it anew: there is no agreement to go back to.
            None if only_fields => return Ok(()),
            _ => (before, "{}".to_owned()),
        };
        let row = NewBase { link: id, hash: body.hash(), body: body.to_canonical(), fields_agreed };
        Ok(base::upsert_many(tx, &[row], None, self.now()).await?)
    }

    /// Ends an undo whose writes have ended. If any of them arrived, the decision is undone and its conflict open again.
    pub(crate) async fn finish_undo(
        &self,
        undo: &Decision,
        undone: DecisionId,
        writes: &[Write],
    ) -> Result<()> {
        let state = state_of(writes);
        if state != DecisionState::Applied
            && let Some(write) = writes.first()
        {
            // What could not be read again is shown as it was known.
            let _ = self.read_again(write.link).await?;
        }
        let mut tx = self.begin().await?;
        decision::set_state(&mut tx, undo.id, state, None).await?;
        let found = conflict::get(&mut tx, undo.conflict).await?;
        if state != DecisionState::Refused {
            decision::set_state(&mut tx, undone, DecisionState::Undone, None).await?;
            conflict::reopen(&mut tx, found.id, self.now()).await?;
        }
        let living = conflict::find_living_for_links(&mut tx, &[found.link]).await?;
        // R5: what somebody has decided meanwhile stands while its write is on its way.
        let on_its_way = !write::open_for_links(&mut tx, &[found.link]).await?.is_empty();
        if !living.is_empty() && !on_its_way {
            self.refresh_conflict(&mut tx, found.link).await?;
        }
        let detail = serde_json::json!({
            "decision": undone.to_string(),
            "undo": undo.id.to_string(),
            "state": state.as_str(),
            "errors": writes.iter().filter_map(|write| write.error_message.clone()).collect::<Vec<_>>(),
        });
        let target = format!("conflict {}", found.number);
        self.pipeline.audit(&mut tx, self.school, &undo.person, "undo.end", &target, &detail).await?;
        Ok(tx.commit().await?)
    }
}

fn parse(text: &str) -> Result<Object> {
    json::parse_object(text.as_bytes())
        .map_err(|error| PipelineError::Inconsistent(format!("base of a decision: {error}")))
}

fn fields_of(writes: &[Write]) -> Result<BTreeSet<String>> {
    let mut fields = BTreeSet::new();
    for write in writes {
        fields.extend(changed_fields(write)?);
    }
    Ok(fields)
}

/// The base of now with these fields as they were, also where they were not known (MS V3).
fn restored(now: &Object, before: &Object, fields: &BTreeSet<String>) -> Object {
    let mut body = now.clone();
    for name in fields {
        match before.get(name) {
            Some(value) => body.insert(name.clone(), value.clone()),
            None => body.remove(name),
        };
    }
    let mut unknown: Vec<Value> =
        unknown_paths(now).filter(|path| !is_of(path, fields)).map(Value::Text).collect();
    unknown.extend(unknown_paths(before).filter(|path| is_of(path, fields)).map(Value::Text));
    if unknown.is_empty() {
        body.remove(UNFETCHED);
    } else {
        body.insert(UNFETCHED, Value::List(unknown));
    }
    body
}

fn unknown_paths(base: &Object) -> impl Iterator<Item = String> {
    let paths = base.get(UNFETCHED).and_then(Value::as_list).unwrap_or_default();
    paths.iter().filter_map(Value::as_text).map(str::to_owned)
}

fn is_of(path: &str, fields: &BTreeSet<String>) -> bool {
    path.parse::<FieldPath>().ok().is_some_and(|path| path.top().is_some_and(|top| fields.contains(top)))
}

/// When the other fields were agreed on; of these nothing is said any more.
fn agreed_without(text: &str, fields: &BTreeSet<String>) -> String {
    let mut agreed: BTreeMap<String, i64> = serde_json::from_str(text).unwrap_or_default();
    agreed.retain(|path, _| !is_of(path, fields));
    serde_json::to_string(&agreed).unwrap_or_else(|_| "{}".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn record(text: &str) -> Object {
        parse(text).expect("a record")
    }

    #[test]
    fn only_the_changed_fields_of_a_base_go_back() {
        let now = record(r#"{"code":"A","name":"new","seats":12,"note":"n"}"#);
        let before = record(r#"{"code":"A","name":"old","seats":10}"#);
        let fields = BTreeSet::from(["seats".to_owned(), "note".to_owned()]);
        let back = restored(&now, &before, &fields);
        assert_eq!(back.to_canonical(), r#"{"code":"A","name":"new","seats":10}"#);
    }

    #[test]
    fn what_was_never_agreed_on_is_unknown_again() {
        let now = record(r#"{"$unfetched":["name"],"code":"A","seats":12}"#);
        let before = record(r#"{"$unfetched":["name","seats"],"code":"A"}"#);
        let back = restored(&now, &before, &BTreeSet::from(["seats".to_owned()]));
        assert_eq!(back.to_canonical(), r#"{"$unfetched":["name","seats"],"code":"A"}"#);
        let back = restored(&before, &now, &BTreeSet::from(["seats".to_owned(), "name".to_owned()]));
        assert_eq!(back.to_canonical(), r#"{"$unfetched":["name"],"code":"A","seats":12}"#);
    }

    #[test]
    fn the_run_of_an_agreement_that_is_taken_back_is_forgotten() {
        let fields = BTreeSet::from(["seats".to_owned()]);
        assert_eq!(agreed_without(r#"{"*":1,"seats":2,"name":3}"#, &fields), r#"{"*":1,"name":3}"#);
    }
}
