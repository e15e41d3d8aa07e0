use super::*;

fn report() -> Report {
    Report {
        school: "North <b>".to_owned(),
        slug: "north".to_owned(),
        number: 7,
        kind: "nightly".to_owned(),
        state: "reported".to_owned(),
        outcome: "Finished, conflicts to decide".to_owned(),
        outcome_code: "conflicts".to_owned(),
        sentence: String::new(),
        reason: None,
        started_at: DateTime::from_timestamp(1_760_000_000, 0),
        ended_at: DateTime::from_timestamp(1_760_000_060, 0),
        zone: "America/New_York".to_owned(),
        systems: ["Scheduler".to_owned(), "Banner".to_owned()],
        plan_hash: Some("abc".to_owned()),
        holds: Vec::new(),
        limits: vec![LimitLine {
            merge_type: "Rooms".to_owned(),
            system: "Banner".to_owned(),
            changes: 101,
            limit: Some("100".to_owned()),
            settings_revision: 4,
        }],
        notes: vec!["Rooms: 6 deletes in Banner, which holds 121".to_owned()],
        missed: vec!["2025-10-07".to_owned(), "2025-10-08".to_owned()],
        types: vec![TypeReport {
            name: "room".to_owned(),
            label: "Rooms".to_owned(),
            read: [120, 121],
            outcomes: vec![("merged".to_owned(), 3)],
            writes: [
                WriteCounts::default(),
                WriteCounts { updated: 3, held_by_limit: 2, ..WriteCounts::default() },
            ],
            conflicts: 1,
            new_conflicts: 1,
            errors: 31,
            stopped: None,
        }],
        issues: vec![IssueLine {
            merge_type: "Rooms".to_owned(),
            system: "Banner".to_owned(),
            record: "ROM-1".to_owned(),
            text: "<script>alert(1)</script>".to_owned(),
        }],
        issue_count: 31,
        earlier_issue_count: 0,
        conflicts: vec![ConflictSummary {
            number: 12,
            merge_type: "Rooms".to_owned(),
            label: "A1".to_owned(),
            kind: "Changed on both sides".to_owned(),
            fields: vec!["seats".to_owned()],
            new: true,
        }],
        conflict_count: 37,
        new_conflict_count: 1,
        next_steps: vec!["tiebreak conflicts show 12 --school north".to_owned()],
        audit_head: "00ff".to_owned(),
    }
}

#[test]
fn the_text_says_what_was_done_and_what_comes_next() {
    let text = report().text();
    for wanted in [
        "Nightly merge #7",
        "Finished, conflicts to decide",
        "9 Oct 2025, 04:53:20 EDT to 9 Oct 2025, 04:54:20 EDT, 60 seconds",
        "3 records changed: 3 in Banner. No deletes. 31 errors.",
        "Rooms: 101 changes for Banner were not sent; at most 100 go without a person (settings 4)",
        "Rooms: 6 deletes in Banner",
        "  - 2025-10-07\n  - 2025-10-08",
        "Conflicts to decide (37, 1 new)",
        "Banner: 3 changed, 2 held by the limit",
        "… and 30 more",
        "12  Rooms A1 · Changed on both sides: seats",
        "tiebreak conflicts show 12 --school north",
    ] {
        assert!(text.contains(wanted), "{wanted} is not in\n{text}");
    }
}

#[test]
fn ux_3_the_words_of_the_engine_never_appear() {
    let report = report();
    for text in [report.text(), report.html(), report.subject()] {
        let text = text.to_lowercase();
        for word in ["ours", "theirs", "upsert", "quarantine", "payload", "delta"] {
            assert!(!text.split(|c: char| !c.is_alphanumeric()).any(|found| found == word), "{word}");
        }
    }
}

#[test]
fn s43_record_values_are_text_in_the_mail() {
    let html = report().html();
    assert!(!html.contains("<script>") && html.contains("&lt;script&gt;"), "{html}");
    assert!(!html.contains("<b>"));
    assert!(!html.contains("http"), "nothing is loaded from anywhere");
}

#[test]
fn s43_a_name_cannot_add_a_header() {
    let subject = Report { school: "A\r\nBcc: x@example.org".to_owned(), ..report() }.subject();
    assert!(!subject.contains('\n') && !subject.contains('\r'));
}

#[test]
fn s43_long_values_are_cut() {
    let long = "x".repeat(5_000);
    assert_eq!(cut(&long).chars().count(), 201);
    assert_eq!(cut("a\nb"), "a b");
}

#[test]
fn ux_7_7_4_the_subject_says_the_outcome_first() {
    let subject = |outcome: &str, change: &dyn Fn(&mut Report)| {
        let mut report = Report { school: "Northfield".to_owned(), outcome: outcome.to_owned(), ..report() };
        change(&mut report);
        report.subject()
    };
    let none = |_: &mut Report| {};
    let clean = |report: &mut Report| report.conflict_count = 0;
    let held = |report: &mut Report| {
        let text = "Sections: 612 deletes of 2000 records in Banner".to_owned();
        report.holds = vec![HoldLine { guard: "G15".to_owned(), text }];
    };
    let failed = |report: &mut Report| report.reason = Some("Banner refused the credentials".to_owned());
    for (found, wanted) in [
        (
            subject("Finished, conflicts to decide", &none),
            "Merge finished, 37 conflicts to decide (Northfield, 9 Oct)",
        ),
        (subject("Finished", &clean), "Merge finished (Northfield, 9 Oct)"),
        (subject("Finished with errors", &clean), "Merge finished with 31 errors (Northfield, 9 Oct)"),
        (
            subject("Finished, part held by a safety limit", &none),
            "Merge finished, part held by a safety limit (Northfield, 9 Oct)",
        ),
        (
            subject("Stopped by a safety limit, waits for an approval", &held),
            "Merge STOPPED by a safety limit: Sections: 612 deletes of 2000 records in Banner (Northfield, 9 Oct)",
        ),
        (subject("Failed", &failed), "Merge FAILED: Banner refused the credentials (Northfield, 9 Oct)"),
        (subject("Ran, read nothing", &none), "Merge ran, but read nothing (Northfield, 9 Oct)"),
        (subject("Trial. Nothing was saved", &none), "Trial merge, nothing was saved (Northfield, 9 Oct)"),
        (subject("Stopped by a person", &none), "Merge stopped by a person (Northfield, 9 Oct)"),
    ] {
        assert_eq!(found, wanted);
    }
}
