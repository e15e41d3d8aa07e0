//! A last look at a record right before a person's write goes out (RL R13, UX 6.7, 7.4.8).
//!
//! A forced write takes the newest version and keeps what it will write over. Where a person has seen what is written over,
//! and in an undo, the look decides as well: if one of those values has moved, nothing of the decision is written.

use connect::{RemoteId, SystemError, TypeName};
use merge::Object;
use store::decision::{self, DecisionState};
use store::lease::Phase;
use store::link;
use store::plan_change::Operation;
use store::write::{self, Why, Write, WriteState};
use tracing::info;

use crate::error::Result;
use crate::mapping::Mapped;
use crate::night::Night;
use crate::overwrote;
use crate::send::{changed_fields, pre_fields};
use crate::settings::TypeSettings;
use crate::settle::{same_as_before, same_fields};
use crate::settled::Settled;

/// Code of a write that was not sent because what it would have written over had moved.
const MOVED: &str = "moved";
const MOVED_WORDS: &str = "the record has changed meanwhile; nothing was written";

/// What the last look at a record gave.
enum Look {
    /// It goes out as it is: there is nothing to look at, or it could not be looked at and its version guards it.
    AsItIs,
    /// What it writes over is as it was seen; this is the record of now with its version.
    Unmoved(Mapped, Option<String>),
    /// What it writes over is not as it was seen.
    Moved(Mapped, Option<String>),
    /// The record is gone.
    Gone,
    /// An undo would create it, and meanwhile it has been made anew.
    MadeAnew,
}

impl Night {
    /// Looks at the record of a decided write where that is called for. `false`: it must not be sent, and was settled.
    pub(crate) async fn look_before(&self, write: &Write) -> Result<bool> {
        match write.why {
            Why::Force => {
                match self.last_look(write).await? {
                    Look::Unmoved(now, version) | Look::Moved(now, version) => {
                        self.take_newest(write, &now, version.as_deref()).await?;
                    }
                    Look::AsItIs | Look::Gone | Look::MadeAnew => {}
                }
                Ok(true)
            }
            Why::ForceSeen | Why::Undo => self.go_unless_moved(write).await,
            // A hold of seconds is short; over a day somebody may have edited another field of the record.
            Why::Decision if write.held_until.is_none() => self.go_unless_moved(write).await,
            Why::Decision | Why::Run => Ok(true),
        }
    }

    /// All writes of the decision or none: each that was not sent yet is looked at before the first one goes.
    async fn go_unless_moved(&self, write: &Write) -> Result<bool> {
        let mut reader = self.pipeline.store.read().await?;
        let of_decision = match write.decision {
            Some(decision) => write::list_for_decision(&mut reader, decision).await?,
            None => vec![write.clone()],
        };
        drop(reader);
        let unsent: Vec<Write> =
            of_decision.into_iter().filter(|one| one.state == WriteState::Pending).collect();
        let mut looks = Vec::with_capacity(unsent.len());
        for one in &unsent {
            let look = self.last_look(one).await?;
            if matches!(look, Look::Moved(..) | Look::MadeAnew)
                || matches!(look, Look::Gone) && one.operation != Operation::Delete
            {
                info!(side = %one.side, "the record has changed: a decision is not written");
                self.give_up_unsent(&unsent).await?;
                return Ok(false);
            }
            looks.push(look);
        }
        for (one, look) in unsent.iter().zip(looks) {
            if let Look::Unmoved(now, version) = look {
                self.take_newest(one, &now, version.as_deref()).await?;
            }
        }
        Ok(true)
    }

    async fn give_up_unsent(&self, writes: &[Write]) -> Result<()> {
        for write in writes {
            let settled = Settled::because(write.id, WriteState::Superseded, MOVED, MOVED_WORDS);
            self.store_recovered(&[WriteState::Pending], &settled).await?;
        }
        Ok(())
    }

    async fn last_look(&self, write: &Write) -> Result<Look> {
        if self.is_made_anew(write).await? {
            return Ok(Look::MadeAnew);
        }
        let (Some(merge_type), Some(id)) = (self.settings.merge_type(&write.type_name), &write.remote_id)
        else {
            return Ok(Look::AsItIs);
        };
        let name = TypeName::from(merge_type.name.as_str());
        let cx = self.cx();
        let read =
            self.holding(self.system(write.side).get(&cx, &name, &RemoteId::from(id.as_str()))).await?;
        let record = match read {
            Ok(record) => record,
            Err(SystemError::NotFound) => return Ok(Look::Gone),
            Err(_) => return Ok(Look::AsItIs),
        };
        let now = self.read_as_sent(merge_type, write, &record.fields).await?;
        let version = record.version.map(|version| version.to_string());
        let pre = pre_fields(write)?;
        let unmoved = match write.operation {
            // CN C55: a value that nobody can read may be an edit, and would be deleted with the record.
            Operation::Delete => now.violations.is_empty() && same_as_before(&now.body, &pre),
            _ => same_fields(&now.body, &pre, &changed_fields(write)?),
        };
        Ok(if unmoved { Look::Unmoved(now, version) } else { Look::Moved(now, version) })
    }

    /// Whether another link has the key of a record that an undo creates: its key was free when the button was pressed, but a
    /// run may have been at work then.
    async fn is_made_anew(&self, write: &Write) -> Result<bool> {
        if (write.why, write.operation) != (Why::Undo, Operation::Create) {
            return Ok(false);
        }
        let mut reader = self.pipeline.store.read().await?;
        let own = link::get(&mut reader, write.link).await?;
        let found = link::find_by_keys(&mut reader, own.school, &own.type_name, &[&own.key]).await?;
        Ok(found.iter().any(|other| other.id != own.id))
    }

    /// A record as its side holds it now, stored forms read in the form in which we sent them (R21).
    async fn read_as_sent(
        &self,
        merge_type: &TypeSettings,
        write: &Write,
        fields: &Object,
    ) -> Result<Mapped> {
        let mut now = self.map_record(merge_type, write.side, fields).await?;
        let id = write.remote_id.as_deref().unwrap_or_default();
        let forms = self.stored_forms(&merge_type.name, write.side, &[id]).await?;
        if let Some(forms) = forms.get(id) {
            forms.read_as_sent(&mut now.body);
        }
        Ok(now)
    }

    /// The write goes by the newest version, and its decision keeps what it writes over where it was forced.
    async fn take_newest(&self, write: &Write, now: &Mapped, version: Option<&str>) -> Result<()> {
        let (hash, body) = (now.body.hash().to_string(), now.encode());
        let guard = self.lease.guard(Phase::Push)?;
        let mut tx = self.begin().await?;
        let ours = write::refresh_guard(&mut tx, guard, write.id, version, Some(&hash), Some(&body)).await?;
        let forced = matches!(write.why, Why::Force | Why::ForceSeen);
        if let (true, true, Some(decision)) = (ours, forced, write.decision) {
            let kept = decision::get(&mut tx, decision).await?.overwrote;
            let overwrote = overwrote::with(kept.as_deref(), write.side, overwritten(write, now)?)?;
            decision::set_state(&mut tx, decision, DecisionState::Decided, Some(&overwrote)).await?;
        }
        Ok(tx.commit().await?)
    }
}

/// What a write takes away from the record of now: the fields it changes, and all of a record it deletes.
fn overwritten(write: &Write, now: &Mapped) -> Result<Object> {
    if write.operation == Operation::Delete {
        return Ok(now.body.clone());
    }
    let value = |name: String| Some((name.clone(), now.body.get(&name)?.clone()));
    Ok(changed_fields(write)?.into_iter().filter_map(value).collect())
}
