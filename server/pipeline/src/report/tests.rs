use super::*;

fn report() -> Report {
    Report {
        school: "North <b>".to_owned(),
        slug: "north".to_owned(),
        number: 7,
        kind: "nightly".to_owned(),
        state: "reported".to_owned(),
        outcome: "Finished, conflicts to decide".to_owned(),
        reason: None,
        started_at: DateTime::from_timestamp(1_760_000_000, 0),
        ended_at: DateTime::from_timestamp(1_760_000_060, 0),
        zone: "America/New_York".to_owned(),
        systems: ["Scheduler".to_owned(), "Banner".to_owned()],
        plan_hash: Some("abc".to_owned()),
        holds: Vec::new(),
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
            stopped: None,
        }],
        issues: vec![IssueLine {
            merge_type: "Rooms".to_owned(),
            system: "Banner".to_owned(),
            record: "ROM-1".to_owned(),
            text: "<script>alert(1)</script>".to_owned(),
        }],
        issue_count: 31,
        conflicts: vec![ConflictSummary {
            number: 12,
            merge_type: "Rooms".to_owned(),
            label: "A1".to_owned(),
            kind: "Changed on both sides".to_owned(),
            fields: vec!["seats".to_owned()],
        }],
        conflict_count: 1,
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
        "9 Oct 2025, 04:53:20 EDT",
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
