//! One suite of cases that every kind of system and every server must pass (CN section 10).
//!
//! A [`Fixture`] starts a server and looks into it without the connector under test: it is the witness. [`run`] takes
//! it through all cases and reports, case by case, whether the contract was kept, kept by a fall-back that the
//! capabilities declare, or broken. Nothing is left out in silence.

mod bench;
mod changes;
mod errors;
mod listing;
mod unknown;
mod window;
mod writing;

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;
use std::time::{Duration, Instant};

use async_trait::async_trait;
use merge::Object;

use crate::testing::Proxy;
use crate::{RemoteId, System, TypeName};
use bench::Bench;

/// What went wrong in a fixture or a case, for people.
pub type Trouble = String;

/// A server under test, and an eye on it that does not go through the connector.
#[async_trait]
pub trait Fixture: Send + Sync {
    /// The server's name, for the report.
    fn name(&self) -> String;

    /// The connector under test.
    fn system(&self) -> Arc<dyn System>;

    /// The record type it is tested with.
    fn type_name(&self) -> TypeName;

    /// Which members play which part.
    fn shape(&self) -> Shape;

    /// The members of record number `n`; no two have the same key.
    fn sample(&self, n: usize) -> Object;

    /// How many records the connector asks for at once.
    fn page_limit(&self) -> usize;

    /// How many records the largest listing has.
    fn many(&self) -> usize {
        2_000
    }

    /// Takes all records of the type away.
    async fn empty(&self) -> Result<(), Trouble>;

    /// Makes records as a user would; gives their ids in the same order.
    async fn add(&self, records: &[Object]) -> Result<Vec<RemoteId>, Trouble>;

    /// Changes members of one record as a user would.
    async fn edit(&self, id: &RemoteId, changed: &Object) -> Result<(), Trouble>;

    /// Removes one record as a user would.
    async fn remove(&self, id: &RemoteId) -> Result<(), Trouble>;

    /// All live records by id, as the server itself holds them; at least the members of the samples.
    async fn state(&self) -> Result<BTreeMap<String, Object>, Trouble>;

    /// How many changes the server's own log says were applied through its API, where it keeps one.
    async fn applied(&self) -> Result<Option<usize>, Trouble> {
        Ok(None)
    }

    /// The connector with a failing network between it and the server; `None` where there is no network.
    async fn network(&self) -> Option<(Arc<dyn System>, Proxy)> {
        None
    }

    /// The connector with wrong credentials, where the server asks for any.
    fn stranger(&self) -> Option<Arc<dyn System>> {
        None
    }

    /// A change that the server refuses for its content, where it looks at content.
    fn refused_change(&self) -> Option<Object> {
        None
    }
}

/// Which members play which part in the cases.
#[derive(Debug, Clone, Copy)]
pub struct Shape {
    /// The natural key.
    pub key: &'static [&'static str],
    /// A text that is changed.
    pub text: &'static str,
    /// Another text that must stay as it is meanwhile.
    pub other: &'static str,
    /// A member that can be emptied.
    pub clear: &'static str,
}

/// How a case ended that did not break the contract.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Kept {
    /// As asked.
    Fully,
    /// By the fall-back that the capabilities declare.
    ByFallback(String),
}

/// How all cases ended.
#[derive(Debug, Clone, Default)]
pub struct Report {
    /// The server's name.
    pub name: String,
    /// Case by case.
    pub cases: Vec<(&'static str, Result<Kept, Trouble>)>,
    /// How long it took.
    pub took: Duration,
}

impl Report {
    /// The cases that broke the contract.
    pub fn broken(&self) -> Vec<String> {
        let broken = self.cases.iter().filter_map(|(name, result)| Some((name, result.as_ref().err()?)));
        broken.map(|(name, trouble)| format!("{}: {name}: {trouble}", self.name)).collect()
    }

    /// How many cases were kept fully and by a fall-back.
    pub fn counts(&self) -> (usize, usize) {
        let full = self.cases.iter().filter(|(_, result)| *result == Ok(Kept::Fully)).count();
        let kept = self.cases.iter().filter(|(_, result)| result.is_ok()).count();
        (full, kept - full)
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (full, fallbacks) = self.counts();
        let broken = self.cases.len() - full - fallbacks;
        let seconds = self.took.as_secs_f32();
        writeln!(f, "{}: {full} kept, {fallbacks} by fall-back, {broken} broken, {seconds:.1} s", self.name)?;
        for (name, result) in &self.cases {
            match result {
                Ok(Kept::Fully) => {}
                Ok(Kept::ByFallback(how)) => writeln!(f, "  fall-back  {name}: {how}")?,
                Err(trouble) => writeln!(f, "  BROKEN     {name}: {trouble}")?,
            }
        }
        Ok(())
    }
}

/// Ends a case with a trouble unless a condition holds.
macro_rules! ensure {
    ($condition:expr, $($message:tt)+) => {
        if !$condition {
            return Err(format!($($message)+));
        }
    };
}
pub(crate) use ensure;

/// Takes a fixture through all cases.
pub async fn run(fixture: &dyn Fixture) -> Report {
    let started = Instant::now();
    let bench = Bench::new(fixture);
    let mut report = Report { name: fixture.name(), ..Report::default() };
    macro_rules! cases {
        ($($module:ident::$case:ident),+ $(,)?) => {
            $(
                let result = match bench.begin().await {
                    Ok(()) => $module::$case(&bench).await,
                    Err(trouble) => Err(trouble),
                };
                report.cases.push((stringify!($case), result));
            )+
        };
    }
    cases!(
        listing::a_listing_has_exactly_what_was_put_in,
        listing::a_record_is_read_and_a_missing_or_removed_one_is_not_found,
        listing::a_search_finds_odd_characters_and_nothing_else,
        writing::a_create_makes_exactly_one_record,
        writing::an_update_of_one_field_leaves_the_others,
        writing::a_field_is_emptied,
        writing::a_delete_removes_and_a_second_one_finds_it_absent,
        writing::a_write_to_a_removed_record_is_not_found,
        writing::a_duplicate_is_told_with_its_holder,
        writing::the_same_create_twice_makes_one_record,
        writing::what_was_not_kept_is_told,
        window::a_stale_update_is_refused_and_the_edit_survives,
        window::an_edit_of_another_field_survives_an_update,
        window::a_stale_delete_is_refused_and_the_record_lives,
        window::an_edit_within_the_write_itself_is_guarded,
        unknown::an_unknown_create_is_settled_by_reading,
        unknown::an_unknown_update_is_settled_by_reading,
        unknown::an_unknown_delete_is_settled_by_reading,
        unknown::a_create_that_lands_late_makes_one_record,
        errors::a_refused_body_is_a_refusal,
        errors::wrong_credentials_are_an_auth_error,
        errors::a_failing_network_gives_the_error_of_its_kind,
        errors::a_check_reads_a_page_of_every_type,
        changes::changes_tell_of_inserts_edits_and_removals,
    );
    report.took = started.elapsed();
    report
}
