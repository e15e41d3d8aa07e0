//! The figures of a listing that is joined as text, in one part or in several (MS G3 to G6, X10, X14).

use std::fmt::Write as _;

use merge::listing::{
    Group, Guard, GuardCode, Row, SideWrites, Step, Summary, TextJoin, TextLines, decide_group, merge_group,
};
use merge::{
    Choice, FieldPath, Number, Object, Policy, Protect, RecordKey, Side, Value, Warning, WarningCode,
};

fn object(text: &str) -> Object {
    merge::json::parse_object(text.as_bytes()).unwrap_or_else(|error| panic!("{text}: {error}"))
}

fn row(text: &str) -> Row {
    Row::read(object(text), 1).unwrap_or_else(|error| panic!("{error}"))
}

/// Sections with these keys, each with a list of meetings and members that are not in every record.
fn sections(keys: std::ops::Range<u32>, room: bool) -> String {
    keys.fold(String::new(), |mut text, key| {
        let room = if room { r#","at":{"room":"B12","tags":[{"x":1},{"x":2}]}"# } else { r#","at":{}"# };
        let note = if key % 2 == 0 { r#""note":"n","# } else { "" };
        writeln!(text, r#"{{"crn":{key},{note}"seats":30{room}}}"#).expect("text");
        text
    })
}

fn join(base: &str, ours: &str, theirs: &str) -> Summary {
    let key = ["crn".to_owned()];
    let mut join = TextJoin::new([base, ours, theirs].map(|text| TextLines::new(text.as_bytes())), &key);
    let mut summary = Summary::default();
    while let Some(step) = join.next(&mut summary).expect("clear") {
        let Step::Group(group) = step else { continue };
        let group = group.clone();
        summary.add("section", &group, &merge_group(&Policy::default(), "section", &group));
    }
    summary
}

fn vanished(summary: &Summary) -> Vec<(Side, u64, String)> {
    let guards = summary.guards(&Policy::default()).into_iter();
    let guards = guards.filter(|guard| guard.code == GuardCode::VanishedField);
    guards.map(|guard| (guard.side, guard.count, guard.path.unwrap_or_default())).collect()
}

#[test]
fn g06_a_field_that_a_side_lost_is_noticed_among_records_that_are_read_and_some_that_are_not() {
    let (full, bare) = (sections(1000..1040, true), sections(1000..1040, false));
    assert!(vanished(&join(&full, &full, &full)).is_empty());
    let lost = ["at.room", "at.tags"].map(|path| (Side::Theirs, 40, path.to_owned()));
    assert_eq!(vanished(&join(&full, &full, &bare)), lost);
    let half = sections(1000..1020, true) + &sections(1020..1040, false);
    assert!(vanished(&join(&full, &full, &half)).is_empty(), "half of the records still hold it");
}

#[test]
fn g06_x14_what_two_parts_have_counted_is_what_the_whole_counts() {
    let lists = |keys: std::ops::Range<u32>| [sections(keys.clone(), true), sections(keys, false)];
    let ([full, bare], [first, first_bare], [second, second_bare]) =
        (lists(1000..1022), lists(1000..1011), lists(1011..1022));
    let whole = join(&full, &full, &bare);
    let mut parts = join(&first, &first, &first_bare);
    assert!(vanished(&parts).is_empty(), "eleven records do not show that a field is known well");
    parts.append(join(&second, &second, &second_bare));
    assert_eq!(vanished(&parts), vanished(&whole));
    assert_eq!(vanished(&whole).len(), 2);
    let printed = |summary: &Summary| summary.to_object(&Policy::default(), &["crn".to_owned()]).to_json();
    assert_eq!(printed(&parts), printed(&whole));
}

#[test]
fn g06_a_field_vanishes_from_one_part_only_if_no_part_has_it() {
    let mut parts =
        join(&sections(1000..1030, true), &sections(1000..1030, true), &sections(1000..1030, false));
    assert_eq!(vanished(&parts).len(), 2);
    let same = sections(1030..1031, true);
    parts.append(join(&same, &same, &same));
    assert!(vanished(&parts).is_empty(), "one record that is the same everywhere holds it");
}

#[test]
fn g04_g05_a_guard_names_the_figure_that_was_passed() {
    let limit = |guard: Option<Guard>| guard.map(|guard| guard.limit);
    let deletes = |deletes, held| limit(Guard::deletes(&Protect::default(), Side::Ours, deletes, held));
    assert_eq!(deletes(11, 100), Some(10), "the number of the policy");
    assert_eq!(deletes(9, 40), Some(8), "a fifth of what the side holds");
    assert_eq!(deletes(201, 100_000), Some(200), "the number that nobody may raise");
    assert_eq!(limit(Guard::listing(Side::Ours, 300, 1000)), Some(700));
    assert_eq!(limit(Guard::listing(Side::Ours, 0, 1000)), Some(1));
}

#[test]
fn g05_rows_that_say_their_record_is_gone_are_none_of_those_that_were_listed() {
    let (full, term) = (sections(1000..1010, true), "\"seats\":30");
    let listed_as = |state: &str| full.replace(term, &format!(r#"{term},"$state":"{state}""#));
    for state in ["deleted", "missing", "out_of_scope"] {
        let guards = join(&full, &full, &listed_as(state)).guards(&Policy::default());
        let empty = |guard: &&Guard| guard.code == GuardCode::EmptyListing && guard.side == Side::Theirs;
        assert_eq!(guards.iter().filter(empty).count(), 1, "{state}: {guards:?}");
    }
    let waiting = join(&full, &full, &listed_as("pending_approval")).guards(&Policy::default());
    assert!(waiting.is_empty(), "it is there, not approved yet (K5): {waiting:?}");
}

#[test]
fn k03_c05_a_person_decides_about_a_key_unless_it_is_ambiguous() {
    let side = |text: &str, rows: usize| vec![row(text); rows];
    let group = |ours: usize| Group {
        key: RecordKey::from(1001),
        base: None,
        ours: side(r#"{"room":"B12"}"#, ours),
        theirs: side(r#"{"room":"A01"}"#, 1),
    };
    let choices = [(FieldPath::field("room"), Choice::Theirs)];
    let decided = decide_group(&Policy::default(), "section", &group(1), &choices).expect("is decided");
    assert_eq!(decided.verdict.merged, Some(object(r#"{"room":"A01"}"#)));
    assert!(decide_group(&Policy::default(), "section", &group(2), &choices).is_err());
    let open = decide_group(&Policy::default(), "section", &group(1), &[]).expect("stays open");
    assert!(open.verdict.conflict.is_some());
}

#[test]
fn k03_an_ambiguous_key_says_which_versions_there_are() {
    let present = |ours: usize, theirs: usize| {
        let rows = |count: usize| vec![row(r#"{"room":"B12"}"#); count];
        let group = Group { key: RecordKey::from(1), base: None, ours: rows(ours), theirs: rows(theirs) };
        let answer = merge_group(&Policy::default(), "section", &group);
        let present = answer.verdict.conflict.expect("is held").present;
        (present.base, present.ours, present.theirs)
    };
    assert_eq!(present(2, 0), (false, true, false));
    assert_eq!(present(0, 2), (false, false, true));
    assert_eq!(present(1, 2), (false, true, true));
}

#[test]
fn g03_x10_writes_add_up_and_refused_ones_are_counted_by_themselves() {
    let writes = SideWrites { create: 1, update: 20, delete: 300 };
    assert_eq!(writes.total(), 321);
    let refusing = Policy::from_toml("[allow.theirs]\ncreate = false").expect("a policy");
    let mut summary = Summary::default();
    for key in 1..=3 {
        let new = vec![row(r#"{"room":"B12"}"#)];
        let group = Group { key: RecordKey::from(key), base: None, ours: new, theirs: Vec::new() };
        summary.add("section", &group, &merge_group(&refusing, "section", &group));
    }
    assert_eq!((summary.pending, summary.writes_theirs.total(), summary.records), (3, 0, 3));
}

#[test]
fn g06_what_items_of_lists_hold_is_no_field_of_the_record() {
    let with = |x: bool, crn: u32| match x {
        true => format!("{{\"at\":{{\"x\":1}},\"crn\":{crn},\"x\":1}}\n"),
        false => format!("{{\"at\":{{}},\"crn\":{crn}}}\n"),
    };
    let all = |x: bool| (1000..1020).map(|crn| with(x, crn)).collect::<String>();
    let same = r#"{"at":{},"crn":2000,"tags":[{"x":1}]}"#;
    let [full, bare] = [true, false].map(|x| all(x) + same);
    let lost = ["at.x", "x"].map(|path| (Side::Theirs, 20, path.to_owned()));
    assert_eq!(vanished(&join(&full, &full, &bare)), lost);
}

#[test]
fn x10_warnings_beyond_a_thousand_are_counted_and_not_listed() {
    let warned = |count: usize| {
        let mut summary = Summary::default();
        summary.pending = count as u64;
        for key in 0..count {
            let (code, path) = (WarningCode::StaleDecision, FieldPath::field("room"));
            summary.warn(&RecordKey::from(key as i64), Warning { code, path, side: None });
        }
        summary
    };
    let figures = |summary: &Summary| {
        let printed = summary.to_object(&Policy::default(), &["crn".to_owned()]);
        let listed = printed.get("warnings").and_then(Value::as_list).map(<[Value]>::len);
        let count = |name: &str| printed.get(name).and_then(Value::as_number).and_then(Number::as_i64);
        (listed, count("warning_count"), count("pending"))
    };
    assert_eq!(figures(&warned(1001)), (Some(1000), Some(1001), Some(1001)));
    let mut whole = warned(600);
    whole.append(warned(3));
    assert_eq!(figures(&whole), (Some(603), Some(603), Some(603)));
    whole.append(warned(600));
    assert_eq!(figures(&whole), (Some(1000), Some(1203), Some(1203)));
}

#[test]
fn x10_a_warning_is_printed_with_its_record_its_place_and_the_side_it_is_about() {
    let printed = |side: Option<Side>| {
        let (code, path) = (WarningCode::NotATime, FieldPath::field("at"));
        let mut summary = Summary::default();
        summary.warn(&RecordKey::from(1001), Warning { code, path, side });
        let printed = summary.to_object(&Policy::default(), &["crn".to_owned()]);
        printed.get("warnings").map(Value::to_json)
    };
    let of_record = r#"[{"code":"not_a_time","key":{"crn":1001},"path":"at""#;
    assert_eq!(printed(None), Some(format!("{of_record}}}]")));
    assert_eq!(printed(Some(Side::Theirs)), Some(format!(r#"{of_record},"side":"theirs"}}]"#)));
}
