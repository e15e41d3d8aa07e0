//! Texts joined line by line say the same as rows that were all read (MS X5, X8, X14, G6).

use merge::listing::{
    Join, JoinError, Lines, Row, RowError, Step, Summary, TextJoin, TextLines, Unclear, find_key, merge_group,
};
use merge::{Object, Policy, RecordKey};
use proptest::prelude::*;

/// How a record is written on one side.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Line {
    /// As in base.
    Same,
    /// As in base, written by somebody who likes white space and escapes.
    Spelled,
    Edited(u8),
    Missing,
    Twice,
    /// Behind the one that should follow it.
    Late,
    Tombstone,
    Broken,
}

#[derive(Debug, Clone)]
struct Case {
    keys: Vec<i64>,
    lines: Vec<[Line; 3]>,
    shape: u8,
    text_keys: bool,
}

fn usual() -> impl Strategy<Value = Line> {
    prop_oneof![
        12 => Just(Line::Same),
        2 => Just(Line::Spelled),
        3 => (0..4_u8).prop_map(Line::Edited),
        1 => Just(Line::Missing),
    ]
}

fn unusual() -> impl Strategy<Value = Line> {
    prop_oneof![
        40 => usual(),
        1 => Just(Line::Twice),
        1 => Just(Line::Late),
        1 => Just(Line::Tombstone),
        1 => Just(Line::Broken),
    ]
}

fn case(line: impl Strategy<Value = Line>) -> impl Strategy<Value = Case> {
    let keys = prop::collection::btree_set(-20..2000_i64, 0..24);
    let lines = prop::collection::vec([line].prop_map(|[line]| line), 72);
    (keys, lines, 0..3_u8, any::<bool>()).prop_map(|(keys, lines, shape, text_keys)| Case {
        lines: lines.chunks(3).map(|three| [three[0], three[1], three[2]]).collect(),
        keys: if text_keys { by_text(keys.into_iter().collect()) } else { keys.into_iter().collect() },
        shape,
        text_keys,
    })
}

/// Text sorts by bytes.
fn by_text(mut keys: Vec<i64>) -> Vec<i64> {
    keys.sort_by_key(ToString::to_string);
    keys
}

impl Case {
    fn key(&self, key: i64) -> String {
        if self.text_keys { format!("\"{key}\"") } else { key.to_string() }
    }

    fn record(&self, key: i64, edit: u8) -> String {
        let id = self.key(key);
        match self.shape {
            0 => format!(r#"{{"id":{id},"v":{edit},"w":"é\n"}}"#),
            1 => format!(r#"{{"v":{edit},"n":{{"a":null,"b":[{{"c":{edit}}},1.50]}},"id":{id}}}"#),
            _ => format!(r#"{{"v{edit}":true,"id":{id}}}"#),
        }
    }

    fn spelled(&self, key: i64) -> String {
        let text = self.record(key, 0);
        text.replace('{', "{ ").replace(',', "\t, ").replace('é', "\\u00e9") + " \r"
    }

    fn text(&self, source: usize) -> Vec<String> {
        let mut lines = Vec::new();
        let mut late = None;
        for (key, line) in self.keys.iter().zip(&self.lines) {
            let record = self.record(*key, 0);
            match line[source] {
                Line::Same => lines.push(record),
                Line::Spelled => lines.push(self.spelled(*key)),
                Line::Edited(edit) => lines.push(self.record(*key, edit)),
                Line::Missing => lines.push(String::new()),
                Line::Twice => lines.extend([record.clone(), record]),
                Line::Tombstone => lines.push(format!(r#"{{"id":{},"$state":"deleted"}}"#, self.key(*key))),
                Line::Broken => lines.push(record.replace(':', "=")),
                Line::Late => {
                    late = Some(record);
                    continue;
                }
            }
            lines.extend(late.take());
        }
        lines.extend(late);
        lines
    }

    fn texts(&self) -> [Vec<String>; 3] {
        [0, 1, 2].map(|source| self.text(source))
    }

    /// Whether a line of one of these kinds is somewhere.
    fn has(&self, kinds: &[Line]) -> bool {
        self.lines.iter().take(self.keys.len()).flatten().any(|line| kinds.contains(line))
    }
}

fn key_fields() -> Vec<String> {
    vec!["id".to_owned()]
}

/// The merged records and the figures, every line read.
fn by_rows(texts: &[Vec<String>; 3]) -> Result<(String, String), JoinError<String>> {
    let key = key_fields();
    let rows = |source: usize, read: fn(Object, u64) -> Result<Row, RowError>| {
        let key = &key;
        texts[source].iter().filter(|line| !line.trim().is_empty()).map(move |line| {
            let record = merge::json::parse_object(line.as_bytes()).map_err(|error| error.to_string())?;
            let key = RecordKey::from_object(&record, key).map_err(|error| error.to_string())?;
            Ok((key, read(record, 1).map_err(|error| error.to_string())?))
        })
    };
    let (mut merged, mut summary) = (String::new(), Summary::default());
    for group in Join::new(rows(0, Row::read_base), rows(1, Row::read), rows(2, Row::read)) {
        let group = group?;
        let answer = merge_group(&Policy::default(), "t", &group);
        summary.add("t", &group, &answer);
        merged.extend(answer.verdict.merged.iter().map(|record| format!("{record}\n")));
    }
    Ok((merged, summary.to_object(&Policy::default(), &key).to_json()))
}

/// The same line by line; also how many records were read. Whole texts and lines that were put in order give the same.
fn by_lines(texts: &[Vec<String>; 3]) -> Result<((String, String), usize), Unclear> {
    let whole = [0, 1, 2].map(|source: usize| texts[source].join("\n"));
    let whole = [0, 1, 2].map(|source: usize| TextLines::new(whole[source].as_bytes()));
    let lines = [0, 1, 2].map(|source: usize| texts[source].iter().map(String::as_bytes).collect::<Vec<_>>());
    let of_lines = joined([0, 1, 2].map(|source: usize| lines[source].iter()));
    let of_whole = joined(whole);
    assert_eq!(of_lines, of_whole);
    of_whole
}

fn joined<'t>(lines: [impl Lines<'t>; 3]) -> Result<((String, String), usize), Unclear> {
    let key = key_fields();
    let mut join = TextJoin::new(lines, &key);
    let (mut merged, mut summary, mut read) = (String::new(), Summary::default(), 0);
    while let Some(step) = join.next(&mut summary)? {
        match step {
            Step::Unchanged(record) => {
                record.write(&mut merged);
                merged.push('\n');
            }
            Step::Group(group) => {
                read += 1;
                let answer = merge_group(&Policy::default(), "t", group);
                let group = group.clone();
                summary.add("t", &group, &answer);
                merged.extend(answer.verdict.merged.iter().map(|record| format!("{record}\n")));
            }
        }
    }
    Ok(((merged, summary.to_object(&Policy::default(), &key).to_json()), read))
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 4000, ..ProptestConfig::default() })]

    #[test]
    fn usual_texts_give_the_same_line_by_line_as_row_by_row(case in case(usual())) {
        let texts = case.texts();
        let (lines, read) = by_lines(&texts).expect("usual");
        prop_assert_eq!(&lines, &by_rows(&texts).expect("usual"));
        let differing = case.keys.iter().zip(&case.lines).filter(|(_, [base, ours, theirs])| {
            base != ours || base != theirs
        });
        prop_assert!(read <= differing.count(), "what is the same is not read");
    }

    #[test]
    fn what_is_wrong_with_a_text_is_never_passed_over(case in case(unusual())) {
        let texts = case.texts();
        match (by_lines(&texts), by_rows(&texts)) {
            (Ok((lines, _)), Ok(rows)) => prop_assert_eq!(lines, rows),
            (Ok(_), Err(error)) => prop_assert!(false, "passed over: {:?}", error),
            (Err(Unclear::Unsorted), Err(_)) => prop_assert!(case.has(&[Line::Late])),
            (Err(Unclear::Unsorted), Ok(_)) => prop_assert!(false, "the rows are sorted"),
            (Err(Unclear::Unread), _) => prop_assert!(case.has(&[Line::Twice, Line::Tombstone, Line::Broken, Line::Late])),
        }
    }

    #[test]
    fn parts_between_bounds_add_up_to_the_whole(case in case(usual()), cut in -20..2000_i64) {
        let texts = case.texts();
        let bound = RecordKey::parse_canonical(&format!("[{}]", case.key(cut))).expect("key");
        let is_below = |line: &&String| find_key(line.as_bytes(), &key_fields()).is_none_or(|key| key < bound);
        let key = key_fields();
        let mut whole = Summary::default();
        for below in [true, false] {
            let lines = [0, 1, 2].map(|source: usize| {
                let part = texts[source].iter().filter(move |line| is_below(line) == below);
                part.map(String::as_bytes).collect::<Vec<_>>()
            });
            let (lower, upper) = if below { (None, Some(&bound)) } else { (Some(&bound), None) };
            let lines = [lines[0].iter(), lines[1].iter(), lines[2].iter()];
            let mut join = TextJoin::new(lines, &key).between(lower, upper);
            let mut part = Summary::default();
            while let Some(step) = join.next(&mut part).expect("between the bounds") {
                if let Step::Group(group) = step {
                    let answer = merge_group(&Policy::default(), "t", group);
                    part.add("t", &group.clone(), &answer);
                }
            }
            whole.append(part);
        }
        let figures = whole.to_object(&Policy::default(), &key).to_json();
        prop_assert_eq!(figures, by_lines(&texts).expect("usual").0.1);
    }
}

#[test]
fn a_key_outside_the_bounds_shows_that_the_texts_are_not_sorted() {
    let key = key_fields();
    let (lower, upper) = (RecordKey::from(10), RecordKey::from(20));
    for (id, ends) in [(9, Err(Unclear::Unsorted)), (10, Ok(())), (19, Ok(())), (20, Err(Unclear::Unsorted))]
    {
        let line = format!("{{\"id\":{id}}}");
        for (ours, kind) in [(line.as_str(), "unchanged"), ("", "deleted")] {
            let texts = [line.as_bytes(), ours.as_bytes(), line.as_bytes()];
            let mut join = TextJoin::new(texts.map(TextLines::new), &key).between(Some(&lower), Some(&upper));
            let mut summary = Summary::default();
            let end = loop {
                match join.next(&mut summary) {
                    Ok(Some(_)) => {}
                    Ok(None) => break Ok(()),
                    Err(error) => break Err(error),
                }
            };
            assert_eq!(end, ends, "{id} {kind}");
        }
    }
}
