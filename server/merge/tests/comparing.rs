//! What counts as the same value, seen from a merge (MS N4, N5).

use merge::{Input, Object, Outcome, Policy, Presence, RecordKey, Value, Verdict, merge_record};

fn merged(policy: &str, values: [&str; 3]) -> Verdict {
    let policy = Policy::from_toml(policy).unwrap_or_else(|error| panic!("{policy}: {error}"));
    let [base, ours, theirs]: [Object; 3] =
        values.map(|value| [("id", Value::from(7)), ("v", Value::from(value))].into_iter().collect());
    let key = RecordKey::from(7);
    let input = Input {
        base: Some(&base),
        ours: Presence::Live(&ours),
        theirs: Presence::Live(&theirs),
        ..Input::new("thing", &key)
    };
    merge_record(&policy, &input)
}

fn warnings(verdict: &Verdict) -> Vec<String> {
    verdict.warnings.iter().map(|warning| format!("{} {}", warning.code, warning.path)).collect()
}

#[test]
fn n04_an_instant_in_another_offset_or_precision_is_no_change() {
    let policy = "compare = ['instant']";
    let base = "2026-03-01T10:00:00Z";
    for same in ["2026-03-01T05:00:00-05:00", "2026-03-01 10:00Z", "2026-03-01T10:00:00.000+00:00"] {
        assert_eq!(merged(policy, [base, same, base]).outcome, Outcome::Unchanged, "{same}");
        assert_eq!(merged("", [base, same, base]).outcome, Outcome::TakenOurs, "{same}");
    }
    let moved = merged(policy, [base, "2026-03-01T10:01:00Z", "2026-03-01T05:01:00-05:00"]);
    assert_eq!(moved.outcome, Outcome::Converged);
}

#[test]
fn l09_a_side_whose_coarser_instant_is_still_true_is_not_written() {
    let (coarse, fine, finer) = ("2026-03-01T10:00Z", "2026-03-01T10:00:31Z", "2026-03-01T10:00:15Z");
    for unit in ["", "strict = true", "[[group]]\nname = 'g'\npaths = ['v']"] {
        let policy = |mode: &str| format!("mode = '{mode}'\ncompare = ['instant']\n{unit}");
        let taken = merged(&policy("manual"), [fine, coarse, finer]);
        assert!(taken.write_ours.is_none() && taken.write_theirs.is_none(), "{unit}");
        let quiet = merged(&policy("manual"), [coarse, fine, finer]);
        assert_eq!((quiet.outcome, quiet.write_theirs), (Outcome::Unchanged, None), "{unit}");
        let ruled = merged(&policy("always_ours"), [coarse, fine, finer]);
        assert!(ruled.write_ours.is_none() && ruled.write_theirs.is_some(), "{unit}");
        assert_eq!(ruled.outcome, Outcome::Resolved, "{unit}");
    }
}

#[test]
fn n04_an_instant_is_compared_as_precisely_as_the_coarser_of_the_two_is_written() {
    let policy = "compare = ['instant']";
    let base = "2026-03-01T10:00Z";
    assert_eq!(merged(policy, [base, "2026-03-01T10:00:59.9Z", base]).outcome, Outcome::Unchanged);
    let base = "2026-03-01T10:00:01Z";
    assert_eq!(merged(policy, [base, "2026-03-01T10:00:02Z", base]).outcome, Outcome::TakenOurs);
    assert_eq!(
        merged("compare = ['instant', 'date']", [base, "2026-03-01", base]).outcome,
        Outcome::Unchanged
    );
}

#[test]
fn n04_days_are_compared_in_the_zone_of_the_policy() {
    let values = ["2026-02-28", "2026-03-01T03:00:00Z", "2026-02-28"];
    assert_eq!(merged("zone = 'America/New_York'\ncompare = ['date']", values).outcome, Outcome::Unchanged);
    assert_eq!(merged("compare = ['date']", values).outcome, Outcome::TakenOurs);
}

#[test]
fn n04_what_is_no_time_is_compared_as_text_and_warned_about() {
    for compare in ["instant", "date"] {
        let policy = format!("compare = ['{compare}']");
        let verdict = merged(&policy, ["soon", "later", "soon"]);
        assert_eq!(verdict.outcome, Outcome::TakenOurs);
        assert_eq!(warnings(&verdict), ["not_a_time v"]);
        assert!(warnings(&merged(&policy, ["soon", "soon", "soon"])).is_empty(), "nothing changed");
        assert!(
            warnings(&merged(&policy, ["2026-03-01T10:00Z", "", "2026-03-01T10:00Z"])).is_empty(),
            "empty is no time"
        );
    }
}

const ROOMS: &str = "[map.rooms]\nB1 = 'North 1'\nB2 = 'North 2'\n[[field]]\npath = 'v'\ncompare = ['trim', 'case', 'map:rooms']";

#[test]
fn n01_any_white_space_is_one_blank() {
    let merged = |ours| merged("compare = ['space']", ["a b", ours, "a b"]).outcome;
    for same in ["a\tb", "a \n b", "a\u{a0}b"] {
        assert_eq!(merged(same), Outcome::Unchanged, "{same:?}");
    }
    assert_eq!(merged(" a b"), Outcome::TakenOurs);
}

#[test]
fn n05_each_field_is_compared_through_its_own_table_or_none() {
    let maps = "[map.x]\nA = '1'\n[map.y]\nA = '2'\n";
    let through = |compare: &str| {
        format!(
            "{maps}[[field]]\npath = 'w'\ncompare = ['map:x']\n[[field]]\npath = 'u'\ncompare = ['map:y']\n[[field]]\npath = 'v'\ncompare = [{compare}]"
        )
    };
    let same = |compare, other| merged(&through(compare), ["A", other, "A"]).outcome == Outcome::Unchanged;
    assert!(same("'map:x'", "1") && !same("'map:x'", "2"));
    assert!(same("'map:y'", "2") && !same("'map:y'", "1"));
    assert!(same("'case', 'map:y'", "a") && !same("'map:y'", "a"));
    assert!(!same("", "1") && !same("'case'", "1"));
}

#[test]
fn n05_a_code_and_its_pair_are_the_same() {
    assert_eq!(merged(ROOMS, ["B1", "b1 ", "NORTH 1"]).outcome, Outcome::Unchanged);
    assert_eq!(merged(ROOMS, ["B1", "B2", "north 2"]).outcome, Outcome::Converged);
    assert!(merged(ROOMS, ["B1", "B2", "x"]).conflict.is_some());
    let taken = merged(ROOMS, ["B1", "B2", "North 1"]);
    assert_eq!(
        taken.merged.and_then(|record| record.get("v").cloned()),
        Some("B2".into()),
        "what is written is raw (N3)"
    );
}

#[test]
fn n05_a_code_without_a_pair_is_told_and_is_never_null() {
    let verdict = merged(ROOMS, ["B1", "B9", "North 1"]);
    assert_eq!(verdict.merged.as_ref().and_then(|record| record.get("v")), Some(&"B9".into()));
    assert_eq!(warnings(&verdict), ["unmapped v"]);
}
