//! What has to be known of all records before one can be written: what must be unique, and what is referred to.

use merge::listing::{Answer, Group};
use merge::{Policy, ReferenceIndex, UniqueIndex};

use super::job::Job;

/// What the records of a merge are to each other (MS K1, K4).
pub(super) struct Checks<'p> {
    unique: UniqueIndex<'p>,
    references: ReferenceIndex<'p>,
    policy: &'p Policy,
}

impl<'p> Checks<'p> {
    pub(super) fn new(job: &Job<'p>) -> Checks<'p> {
        let policy = job.policy;
        let references = ReferenceIndex::new(policy, job.type_name());
        Checks { unique: UniqueIndex::new(policy), references, policy }
    }

    /// Whether anything must be unique.
    pub(super) const fn compares(&self) -> bool {
        !self.policy.unique.is_empty()
    }

    /// Whether anything is referred to that is among these records.
    pub(super) const fn follows(&self) -> bool {
        self.references.is_needed()
    }

    /// The first pass over all records, if one is needed.
    pub(super) fn compare(&mut self, job: &Job<'_>, group: &Group) {
        self.unique.add(&group.key, &job.answer(group).verdict);
    }

    /// The second: what stands after the first, and whether it is referred to.
    pub(super) fn follow(&mut self, job: &Job<'_>, group: &Group) {
        let mut answer = job.answer(group);
        self.collide(job, group, &mut answer);
        self.references.add(&group.input(job.type_name()), &answer.verdict);
    }

    /// All records are in.
    pub(super) fn settle(&mut self) {
        self.references.settle();
    }

    /// Holds what collides with other records or refers to none.
    pub(super) fn hold(&self, job: &Job<'_>, group: &Group, answer: &mut Answer) {
        self.collide(job, group, answer);
        let dangling = self.references.dangling(&answer.verdict);
        answer.verdict.dangle(job.policy, &group.input(job.type_name()), &dangling);
    }

    fn collide(&self, job: &Job<'_>, group: &Group, answer: &mut Answer) {
        let collisions = self.unique.collisions(&group.key, &answer.verdict);
        answer.verdict.collide(job.policy, &group.input(job.type_name()), &collisions);
    }
}
