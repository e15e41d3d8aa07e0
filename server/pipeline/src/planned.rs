//! The rows of a plan: what the merge of one record comes to, in the form in which it is stored.

use merge::{Conflict, Reason, RecordKey};
use serde::{Deserialize, Serialize};
use store::conflict::{ConflictField, NewConflict};
use store::ids::{ConflictId, LinkId};

use crate::duplicate::Duplicate;
use crate::error::{PipelineError, Result};

/// A conflict as the plan keeps it until its closing transaction makes it real (RL R8).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum PlannedConflict {
    /// A question for a person.
    Open(OpenConflict),
    /// The question has gone away by itself (MS C3).
    Healed,
}

/// The record that a conflict is about.
#[derive(Debug, Clone, Copy)]
pub(crate) struct ConflictRecord<'a> {
    pub(crate) link: LinkId,
    pub(crate) type_name: &'a str,
    pub(crate) key: &'a str,
    pub(crate) label: &'a str,
}

/// Everything a stored conflict needs that the engine said.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct OpenConflict {
    engine_id: String,
    revision: String,
    kind: String,
    /// All causes, `kind` first (MS C9).
    causes: Vec<String>,
    duplicates: Vec<Duplicate>,
    hold: String,
    present: [bool; 3],
    cautious: bool,
    fields: Vec<OpenField>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct OpenField {
    path: String,
    base: Option<String>,
    ours: Option<String>,
    theirs: Option<String>,
    question: String,
    reason: String,
    with: Vec<String>,
}

impl PlannedConflict {
    /// What the engine found; `cautious` when an unknown write of ours may be the cause (RL 3.4).
    pub(crate) fn open(conflict: &Conflict, duplicates: &[Duplicate], cautious: bool) -> Self {
        let fields = asked(conflict).into_iter().map(OpenField::of).collect();
        Self::Open(OpenConflict {
            engine_id: conflict.id.clone(),
            revision: conflict.revision.clone(),
            kind: conflict.kind.to_string(),
            causes: conflict.causes().iter().map(ToString::to_string).collect(),
            duplicates: duplicates.to_vec(),
            hold: conflict.hold.to_string(),
            present: [conflict.present.base, conflict.present.ours, conflict.present.theirs],
            cautious,
            fields,
        })
    }

    pub(crate) fn to_json(&self) -> String {
        serde_json::to_string(self).unwrap_or_default()
    }

    pub(crate) fn parse(text: &str) -> Result<Self> {
        serde_json::from_str(text)
            .map_err(|error| PipelineError::Inconsistent(format!("conflict of a plan: {error}")))
    }
}

/// One field for each path: what is contested itself comes before what it shares with other records (MS C9).
fn asked(conflict: &Conflict) -> Vec<&merge::ConflictField> {
    let mut fields: Vec<&merge::ConflictField> = conflict.fields.iter().collect();
    fields.sort_by_cached_key(|field| (field.path.to_string(), matches!(field.reason, Reason::Duplicate(_))));
    fields.dedup_by(|later, first| later.path == first.path);
    fields
}

impl OpenField {
    fn of(field: &merge::ConflictField) -> Self {
        Self {
            path: field.path.to_string(),
            base: field.base.as_ref().map(merge::Value::to_json),
            ours: field.ours.as_ref().map(merge::Value::to_json),
            theirs: field.theirs.as_ref().map(merge::Value::to_json),
            question: field.question(),
            reason: field.reason.to_string(),
            with: field.with.iter().map(RecordKey::label).collect(),
        }
    }
}

impl OpenConflict {
    /// The conflict as a row for people.
    pub(crate) fn into_new(self, id: ConflictId, record: ConflictRecord<'_>) -> Result<NewConflict> {
        let wrong = |what: &str| PipelineError::Inconsistent(format!("conflict of a plan: {what}"));
        let told = serde_json::to_string(&self.duplicates).unwrap_or_default();
        let duplicates = (!self.duplicates.is_empty()).then_some(told);
        let kind = self.kind.parse().map_err(|_| wrong("its kind"))?;
        let fields = self
            .fields
            .into_iter()
            .zip(0..)
            .map(|(field, position)| ConflictField {
                path: field.path,
                position,
                base: field.base,
                ours: field.ours,
                theirs: field.theirs,
                question: field.question,
                reason: field.reason,
                with_keys: serde_json::to_string(&field.with).unwrap_or_else(|_| "[]".to_owned()),
            })
            .collect();
        Ok(NewConflict {
            id,
            type_name: record.type_name.to_owned(),
            link: record.link,
            key: record.key.to_owned(),
            label: record.label.to_owned(),
            engine_id: self.engine_id,
            kind,
            causes: serde_json::to_string(&self.causes).unwrap_or_else(|_| format!("[\"{kind}\"]")),
            duplicates,
            revision: self.revision,
            hold: self.hold,
            cautious: self.cautious,
            present_base: self.present[0],
            present_ours: self.present[1],
            present_theirs: self.present[2],
            fields,
        })
    }
}
