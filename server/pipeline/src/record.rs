//! A record that may need merging, with its three versions read from the texts in which they are stored.

use std::sync::Arc;

use merge::{
    Difference, FieldPath, Input, Known, Object, Policy, Presence, RecordKey, Side, StoredRecord, ToStore,
    json,
};
use store::candidate::{Candidate, CandidateBase, CandidateSide};
use store::ids::DifferenceId;
use store::staged::StagedState;

use crate::difference;
use crate::error::{PipelineError, Result};
use crate::mapping::StagedRecord;
use crate::settings::TypeSettings;

/// One record of a side, parsed.
#[derive(Debug, Default)]
struct Held {
    body: Option<Arc<Object>>,
    /// What the merge leaves alone: what this side did not send, and what either side sent in a form that cannot be
    /// taken (CN C55).
    unfetched: Vec<FieldPath>,
    /// What this side sent in such a form.
    invalid: Vec<FieldPath>,
    state: Option<StagedState>,
}

impl Held {
    /// `base` is a text that was parsed already: a side that did not change holds the same.
    fn read(side: Option<&CandidateSide>, base: Option<(&str, &Arc<Object>)>) -> Result<Self> {
        let Some(side) = side else { return Ok(Self::default()) };
        let state = Some(side.state);
        let Some(text) = &side.body else { return Ok(Self { state, ..Self::default() }) };
        if let Some((same, parsed)) = base
            && same == text
            && StagedRecord::is_plain(parsed)
        {
            return Ok(Self { body: Some(Arc::clone(parsed)), state, ..Self::default() });
        }
        let StagedRecord { body, unfetched, invalid } =
            StagedRecord::parse(text).map_err(|error| PipelineError::Inconsistent(error.to_string()))?;
        Ok(Self { body: Some(Arc::new(body)), unfetched, invalid, state })
    }

    /// MS F13: a field that the other side sent in a form that cannot be taken is held on this side too.
    fn hold_invalid_of(&mut self, other: &Self) {
        for path in &other.invalid {
            if !self.unfetched.contains(path) {
                self.unfetched.push(path.clone());
            }
        }
    }

    /// What the engine is told: a record that was never there, or is known to be gone, is deleted (MS D1).
    fn presence(&self) -> Presence<'_> {
        match (self.state, &self.body) {
            (Some(StagedState::Live), Some(body)) => Presence::Live(body),
            (Some(StagedState::Missing), _) => Presence::Missing,
            _ => Presence::Deleted,
        }
    }
}

/// A candidate of the merge with its three versions parsed.
#[derive(Debug)]
pub(crate) struct Record<'a> {
    pub(crate) candidate: &'a Candidate,
    pub(crate) key: RecordKey,
    pub(crate) base: Option<Arc<Object>>,
    /// Where it differs on purpose, in the order of the candidate's.
    pub(crate) differences: Vec<Difference>,
    ours: Held,
    theirs: Held,
    /// Where the versions hold only the members that the merge must look at: the texts of ours and theirs.
    texts: Option<[StoredRecord<'a>; 2]>,
}

impl<'a> Record<'a> {
    /// Parses a candidate.
    ///
    /// # Errors
    /// When a stored body is not what we stored.
    pub(crate) fn read(candidate: &'a Candidate) -> Result<Self> {
        let key = RecordKey::parse_canonical(&candidate.key)
            .map_err(|error| PipelineError::Inconsistent(format!("key {}: {error}", candidate.key)))?;
        // A base may say of fields that they were never agreed on; the engine reads that itself.
        let parse = |base: &CandidateBase| {
            json::parse_object(base.body.as_bytes())
                .map(Arc::new)
                .map_err(|error| PipelineError::Inconsistent(format!("base of {}: {error}", candidate.label)))
        };
        let base = candidate.base.as_ref().map(parse).transpose()?;
        let known = candidate.base.as_ref().map(|base| base.body.as_str()).zip(base.as_ref());
        let mut ours = Held::read(candidate.ours.as_ref(), known)?;
        let mut theirs = Held::read(candidate.theirs.as_ref(), known)?;
        ours.hold_invalid_of(&theirs);
        theirs.hold_invalid_of(&ours);
        let differences = candidate.differences.iter().map(difference::read).collect::<Result<_>>()?;
        Ok(Self { candidate, key, base, differences, ours, theirs, texts: None })
    }

    /// The same for a merge, which needs of most records only the members in which they differ: the others are not parsed,
    /// and `base`, [`Self::body`] and [`Self::known`] do not have them.
    pub(crate) fn read_to_merge(candidate: &'a Candidate, policy: &Policy) -> Result<Self> {
        let few = policy.merges_member_by_member().then(|| Self::read_differing(candidate, policy)).flatten();
        few.map_or_else(|| Self::read(candidate), Ok)
    }

    /// None where the whole record is needed, or where something is wrong with it that [`Self::read`] can tell.
    fn read_differing(candidate: &'a Candidate, policy: &Policy) -> Option<Self> {
        if !candidate.differences.is_empty() {
            return None;
        }
        let live = |side| {
            let side = candidate.side(side).filter(|side| side.state == StagedState::Live)?;
            side.body.as_deref()
        };
        let base_text = candidate.base.as_ref()?.body.as_str();
        let base = StoredRecord::cut(base_text)?;
        let cut = |text: &'a str| if text == base_text { Some(base.clone()) } else { base.cut_version(text) };
        let (ours, theirs) = (cut(live(Side::Ours)?)?, cut(live(Side::Theirs)?)?);
        let few = StoredRecord::differing(policy, [&base, &ours, &theirs])?;
        let [few_base, few_ours, few_theirs] = few.map(Arc::new);
        let held = |body| Held { body: Some(body), state: Some(StagedState::Live), ..Held::default() };
        Some(Self {
            candidate,
            key: RecordKey::parse_canonical(&candidate.key).ok()?,
            base: Some(few_base),
            differences: Vec::new(),
            ours: held(few_ours),
            theirs: held(few_theirs),
            texts: Some([ours, theirs]),
        })
    }

    /// What a write makes of the record on a side, whole and as it is stored; `post` is the record that the engine wants
    /// there, which has the members that this one has.
    pub(crate) fn to_store(&self, side: Side, post: &Object) -> ToStore {
        match (&self.texts, self.body(side)) {
            (Some([ours, _]), Some(before)) if side == Side::Ours => ours.with(before, post),
            (Some([_, theirs]), Some(before)) => theirs.with(before, post),
            _ => ToStore::of(post),
        }
    }

    /// What the engine needs to judge it.
    pub(crate) fn input(&self, merge_type: &'a TypeSettings) -> Input<'_> {
        Input {
            type_name: &merge_type.name,
            key: &self.key,
            base: self.base.as_deref(),
            ours: self.ours.presence(),
            theirs: self.theirs.presence(),
            unfetched_ours: &self.ours.unfetched,
            unfetched_theirs: &self.theirs.unfetched,
            differences: &self.differences,
        }
    }

    /// The declared differences that have ended: a side's value is another one now (MS C10).
    pub(crate) fn ended_differences(&self, merge_type: &'a TypeSettings) -> Vec<DifferenceId> {
        let input = self.input(merge_type);
        let both = self.candidate.differences.iter().zip(&self.differences);
        let ended = both.filter(|(_, difference)| !difference.stands(&merge_type.policy, &input));
        ended.map(|(row, _)| row.id).collect()
    }

    fn held(&self, side: Side) -> &Held {
        match side {
            Side::Ours => &self.ours,
            Side::Theirs => &self.theirs,
        }
    }

    /// What the base join may believe of a side: all of a record, or all but the fields that were not fetched.
    pub(crate) fn known(&self, side: Side) -> Known<'_> {
        let held = self.held(side);
        match (held.state, &held.body) {
            (Some(StagedState::Live), Some(body)) if held.unfetched.is_empty() => Known::Held(body),
            (Some(StagedState::Live), Some(body)) => Known::Partly(body, &held.unfetched),
            (Some(StagedState::Missing), _) => Known::Unknown,
            _ => Known::Absent,
        }
    }

    /// Whether a delete on `side` could take away an edit that nobody can read: the record has a value there that could
    /// not be taken (CN C55).
    pub(crate) fn hides_an_edit(&self, side: Side) -> bool {
        !self.held(side).invalid.is_empty()
    }

    /// What the record holds on a side, if it is there.
    pub(crate) fn body(&self, side: Side) -> Option<&Object> {
        let held = self.held(side);
        held.body.as_deref().filter(|_| held.state == Some(StagedState::Live))
    }
}

#[cfg(test)]
mod tests {
    use store::ids::LinkId;

    use super::*;

    fn object(text: &str) -> Object {
        json::parse_object(text.as_bytes()).expect("a record")
    }

    fn side(text: &str) -> Option<CandidateSide> {
        let body = Some(text.to_owned());
        Some(CandidateSide { state: StagedState::Live, hash: None, version: None, body })
    }

    /// A record of which both sides have a copy.
    fn candidate([base, ours, theirs]: [&str; 3]) -> Candidate {
        let body = base.to_owned();
        let hash = object(base).hash();
        Candidate {
            link: LinkId::new(chrono::DateTime::UNIX_EPOCH, 7),
            key: "[7]".to_owned(),
            label: "7".to_owned(),
            ours_id: Some("o7".to_owned()),
            theirs_id: Some("t7".to_owned()),
            base: Some(CandidateBase { hash, generation: 1, fields_agreed: "{}".to_owned(), body }),
            ours: side(ours),
            theirs: side(theirs),
            type_name: "section".to_owned(),
            conflict: None,
            held_by_conflict: false,
            uncertain: false,
            open_ours: false,
            open_theirs: false,
            was_refused: false,
            differences: Vec::new(),
        }
    }

    const BASE: &str = r#"{"code":"A","room":"B12","seats":30}"#;
    const EDITED: &str = r#"{"code":"A","room":"B12","seats":32}"#;

    #[test]
    fn a_merge_reads_the_members_that_differ_and_stores_the_record_whole() {
        let candidate = candidate([BASE, EDITED, BASE]);
        let record = Record::read_to_merge(&candidate, &Policy::default()).expect("a record");
        assert_eq!(record.body(Side::Theirs), Some(&object(r#"{"seats":30}"#)));
        let stored = record.to_store(Side::Theirs, &object(r#"{"seats":32}"#));
        assert_eq!(stored, ToStore::of(&object(EDITED)));
        let back = record.to_store(Side::Ours, &object(r#"{"seats":30}"#));
        assert_eq!(back.text, BASE);
    }

    #[test]
    fn a_record_is_read_whole_where_its_members_do_not_say_all() {
        let strict = Policy::from_toml("strict = true").expect("a policy");
        let plain = || candidate([BASE, EDITED, BASE]);
        let marked = r#"{"$invalid":["room"],"code":"A","seats":30}"#;
        let gone = CandidateSide { state: StagedState::Missing, hash: None, version: None, body: None };
        let cases = [
            ("strict", plain(), &strict),
            ("invalid", candidate([BASE, EDITED, marked]), &Policy::default()),
            ("no base", Candidate { base: None, ..plain() }, &Policy::default()),
            ("missing", Candidate { theirs: Some(gone), ..plain() }, &Policy::default()),
            ("new", Candidate { theirs: None, ..plain() }, &Policy::default()),
        ];
        for (name, candidate, policy) in &cases {
            let record = Record::read_to_merge(candidate, policy).expect(name);
            assert_eq!(record.body(Side::Ours), Some(&object(EDITED)), "{name}");
            assert_eq!(record.to_store(Side::Ours, &object(BASE)), ToStore::of(&object(BASE)), "{name}");
        }
        let record = Record::read_to_merge(&cases[1].1, &Policy::default()).expect("a record");
        assert!(record.hides_an_edit(Side::Theirs), "CN C55");
    }

    #[test]
    fn a_body_that_is_not_what_was_stored_is_told() {
        let broken = candidate([BASE, r#"{"code":"#, BASE]);
        assert!(matches!(
            Record::read_to_merge(&broken, &Policy::default()),
            Err(PipelineError::Inconsistent(_))
        ));
    }
}
