//! Open conflicts, and people who decide them.

use chrono::TimeDelta;
use merge::{Choice, FieldPath};
use pipeline::decide::DecisionRequest;
use pipeline::settings::Settings;
use store::conflict::{self, Conflict, ConflictFilter, ConflictStatus};
use store::ids::SchoolId;

use crate::house::House;

impl House {
    /// The open conflicts of a school, in the order of their numbers.
    pub async fn open_conflicts(&self, school: SchoolId) -> Vec<Conflict> {
        let mut reader = self.store.read().await.expect("a reader");
        let filter = ConflictFilter { statuses: vec![ConflictStatus::Open], ..ConflictFilter::default() };
        conflict::list(&mut reader, school, &filter, 100).await.expect("conflicts")
    }

    /// Decides a conflict, lets its undo time pass and sends what was decided; answers how many writes went.
    pub async fn settle(
        &self,
        school: SchoolId,
        settings: &Settings,
        conflict: &Conflict,
        choices: &[(&str, Choice)],
    ) -> u64 {
        let path = |text: &str| text.parse::<FieldPath>().expect("a path");
        let request = DecisionRequest {
            school,
            conflict: conflict.number,
            revision: &conflict.revision,
            choices: choices.iter().map(|(text, choice)| (path(text), choice.clone())).collect(),
            person: "ann",
            person_id: "a",
            force: false,
            check_revision: true,
            reason: "",
        };
        self.pipeline.decide(settings, &request).await.expect("no failure").expect("a decision");
        self.clock.advance(TimeDelta::seconds(11));
        self.pipeline.push_decided(school).await.expect("a push").expect("nobody else is at work")
    }

    /// A conflict as it is now.
    pub async fn conflict(&self, school: SchoolId, number: i64) -> Conflict {
        let mut reader = self.store.read().await.expect("a reader");
        conflict::find_by_number(&mut reader, school, number).await.expect("a look").expect("the conflict")
    }
}
