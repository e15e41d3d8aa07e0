//! Merges: start one, stop it, let a held one write, or drop it (UX 7.6).

use leptos::prelude::*;
use serde::{Deserialize, Serialize};

use super::{ActError, Outcome};
#[cfg(feature = "ssr")]
use crate::{
    actions::Verdict,
    api::{Approve, StartRun},
    door::{Flash, Typed},
    query::Query,
    visit::Visit,
};

/// Words that taking the limits off has to be given with (UX 6.6, level 3).
pub const LIMITS_OFF: &str = "limits off";

/// A merge as the form asks for it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct StartForm {
    /// `trial` or `manual`.
    pub kind: String,
    /// `all` or `chosen`.
    pub what: String,
    /// The types that were ticked.
    pub types: Vec<String>,
    /// `off` lifts the limits.
    pub limits: String,
    /// The words typed on the page that asks before it does so.
    pub typed: String,
    /// The tick on that page.
    pub seen: String,
    /// Why.
    pub reason: String,
}

#[cfg(feature = "ssr")]
impl StartForm {
    fn chosen(&self) -> Vec<String> {
        if self.what == "chosen" { self.types.clone() } else { Vec::new() }
    }

    /// The form again, with what was chosen.
    fn again(&self, school: &str, error: Option<&str>) -> String {
        let mut query = Query::default().with("kind", &self.kind);
        if self.what == "chosen" {
            query = query.with("type", self.types.join(",")).with("what", "chosen");
        }
        if self.limits == "off" {
            query = query.with("limits", "off").with("reason", &self.reason);
        }
        if let Some(error) = error {
            query = query.with("error", error);
        }
        query.at(&format!("/{school}/merges/new"))
    }

    /// The address of the form when something is missing in it.
    fn incomplete(&self, school: &str) -> Option<String> {
        if self.what == "chosen" && self.types.is_empty() {
            return Some(self.again(school, Some("types")));
        }
        if self.limits != "off" {
            return None;
        }
        let asked = !self.typed.is_empty() || !self.reason.trim().is_empty() || !self.seen.is_empty();
        let whole =
            same_words(&self.typed, LIMITS_OFF) && !self.seen.is_empty() && !self.reason.trim().is_empty();
        (!whole).then(|| self.again(school, asked.then_some("words")))
    }
}

/// A held plan as the form releases it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct ReleaseForm {
    /// Number of the merge.
    pub number: i64,
    /// Hash of the plan that was shown.
    pub plan_hash: String,
    /// The words that were typed.
    pub typed: String,
    /// The tick.
    pub seen: String,
}

/// Case and spaces around do not count; pasting is allowed (UX 6.6).
#[cfg(feature = "ssr")]
fn same_words(typed: &str, wanted: &str) -> bool {
    typed.trim().eq_ignore_ascii_case(wanted)
}

/// Words that were typed to say yes come back from the session alone: no link may have them filled in already.
#[cfg(feature = "ssr")]
fn words(typed: &str) -> Typed {
    Typed::new("words", &[("typed", typed)])
}

/// Asks for a merge. With the limits off it leads to a page that asks before.
#[server(prefix = "/act", endpoint = "merge_start")]
pub async fn merge_start(school: String, form: StartForm) -> Result<Outcome, ActError> {
    let (visit, actor) = Visit::signed_in()?;
    if let Some(page) = form.incomplete(&school) {
        visit.door.keep(words(&form.typed)).await;
        return visit.answer(Outcome::not(Verdict::Invalid, page)).await;
    }
    let reason = Some(form.reason.trim().to_owned()).filter(|reason| !reason.is_empty());
    let no_limits = form.limits == "off";
    let start = StartRun { kind: form.kind.clone(), types: form.chosen(), no_limits, reason };
    let started = visit.api.start_run(&actor, &school, &start).await;
    let outcome = match started {
        Ok(line) => Outcome::saved(format!("/{school}/merges/{}", line.number))
            .say(Flash::ok(format!("Merge #{} begins in a moment.", line.number))),
        Err(error) => Outcome::refused(&error, &school, form.again(&school, None)),
    };
    visit.answer(outcome).await
}

/// Asks a merge to stop after the record it is at.
#[server(prefix = "/act", endpoint = "merge_stop")]
pub async fn merge_stop(school: String, number: i64) -> Result<Outcome, ActError> {
    stop(&school, number, "It stops after the current record. What it has written stays.").await
}

/// Ends a merge that waits for an approval; nothing of it is written.
#[server(prefix = "/act", endpoint = "hold_drop")]
pub async fn hold_drop(school: String, number: i64) -> Result<Outcome, ActError> {
    stop(&school, number, "Its plan is dropped. Nothing of it is written.").await
}

#[cfg(feature = "ssr")]
async fn stop(school: &str, number: i64, said: &str) -> Result<Outcome, ActError> {
    let (visit, actor) = Visit::signed_in()?;
    let here = format!("/{school}/merges/{number}");
    let outcome = match visit.api.stop_run(&actor, school, number).await {
        Ok(_) => Outcome::saved(here).say(Flash::ok(said)),
        Err(error) => Outcome::refused(&error, school, here),
    };
    visit.answer(outcome).await
}

/// Lets a held merge write exactly the plan that was shown (RL G28).
#[server(prefix = "/act", endpoint = "hold_release")]
pub async fn hold_release(school: String, form: ReleaseForm) -> Result<Outcome, ActError> {
    let (visit, actor) = Visit::signed_in()?;
    let number = form.number;
    let here = format!("/{school}/merges/{number}");
    if !same_words(&form.typed, &format!("release {number}")) || form.seen.is_empty() {
        visit.door.keep(words(&form.typed)).await;
        let page = format!("{here}?confirm=release&error=words");
        return visit.answer(Outcome::not(Verdict::Invalid, page)).await;
    }
    let approve = Approve { number, plan_hash: form.plan_hash };
    let outcome = match visit.api.approve_run(&actor, &school, &approve).await {
        Ok(_) => Outcome::saved(here)
            .say(Flash::ok("Approved. The records are read again, then they are written.")),
        Err(error) => Outcome::refused(&error, &school, here),
    };
    visit.answer(outcome).await
}

#[cfg(all(test, feature = "ssr"))]
mod tests {
    use super::*;

    #[test]
    fn limits_come_off_only_with_the_words_the_tick_and_a_reason() {
        let whole = StartForm {
            kind: "manual".to_owned(),
            limits: "off".to_owned(),
            typed: " Limits OFF ".to_owned(),
            seen: "yes".to_owned(),
            reason: "term begins".to_owned(),
            ..StartForm::default()
        };
        assert_eq!(whole.incomplete("one"), None);
        let first =
            StartForm { typed: String::new(), seen: String::new(), reason: String::new(), ..whole.clone() };
        let asks = first.incomplete("one").expect("a page that asks");
        assert!(asks.contains("limits=off") && !asks.contains("error"), "{asks}");
        for missing in [
            StartForm { typed: "limits of".to_owned(), ..whole.clone() },
            StartForm { seen: String::new(), ..whole.clone() },
            StartForm { reason: "  ".to_owned(), ..whole.clone() },
        ] {
            assert!(
                missing.incomplete("one").is_some_and(|page| page.contains("error=words")),
                "{missing:?}"
            );
        }
    }

    #[test]
    fn chosen_types_need_a_choice() {
        let form = StartForm { kind: "trial".to_owned(), what: "chosen".to_owned(), ..StartForm::default() };
        assert!(form.incomplete("one").is_some_and(|page| page.contains("error=types")));
        let form = StartForm { types: vec!["room".to_owned()], ..form };
        assert_eq!((form.incomplete("one"), form.chosen()), (None, vec!["room".to_owned()]));
    }
}
