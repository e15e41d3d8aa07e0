//! What a listing says about a record beside its values, and the key that is found without reading it.

use merge::listing::{Guard, Row, RowError, State, Step, Summary, TextJoin, TextLines, Unclear, find_key};
use merge::{FieldPath, Object, Protect, RecordKey, Side};

fn object(text: &str) -> Object {
    merge::json::parse_object(text.as_bytes()).unwrap_or_else(|error| panic!("{text}: {error}"))
}

/// The steps over a text that is the same on all three inputs.
fn steps(text: &str) -> Result<Vec<&'static str>, Unclear> {
    let key = ["id".to_owned()];
    let lines = || TextLines::new(text.as_bytes());
    let mut join = TextJoin::new([lines(), lines(), lines()], &key);
    let (mut summary, mut seen) = (Summary::default(), Vec::new());
    while let Some(step) = join.next(&mut summary)? {
        seen.push(match step {
            Step::Unchanged(_) => "unchanged",
            Step::Group(_) => "read",
        });
    }
    Ok(seen)
}

#[test]
fn v03_paths_that_were_not_fetched_are_read_one_by_one() {
    let row = Row::read(object(r#"{"id":1,"$unfetched":["room","address.city"]}"#), 3).expect("a row");
    assert_eq!(row.unfetched, [FieldPath::field("room"), FieldPath::field("address").child("city")]);
    assert_eq!((row.record, row.line), (object(r#"{"id":1}"#), 3));
    for broken in [r#"{"$unfetched":[1]}"#, r#"{"$unfetched":["a..b"]}"#, r#"{"$unfetched":"room"}"#] {
        assert_eq!(Row::read(object(broken), 1), Err(RowError::Unfetched), "{broken}");
    }
}

#[test]
fn v03_a_base_keeps_what_it_does_not_know_and_nothing_else_about_itself() {
    let read = |text: &str| Row::read_base(object(text), 1);
    let unknown = r#"{"id":1,"$unfetched":["room"]}"#;
    assert_eq!(read(unknown).map(|row| (row.record, row.unfetched)), Ok((object(unknown), Vec::new())));
    for known in [r#"{"id":1,"$unfetched":[]}"#, r#"{"id":1,"$unfetched":null}"#, r#"{"id":1,"$state":null}"#]
    {
        let row = read(known).expect("a row");
        assert_eq!((row.record, row.state), (object(r#"{"id":1}"#), State::Live), "{known}");
    }
    assert_eq!(read(r#"{"id":1,"$state":"deleted"}"#), Err(RowError::StateInBase));
}

#[test]
fn x04_an_empty_text_is_no_key_whether_it_is_read_or_not() {
    let key = ["id".to_owned()];
    assert_eq!(find_key(br#"{"id":"S-17"}"#, &key), Some(RecordKey::from("S-17")));
    assert_eq!(find_key(br#"{"id":""}"#, &key), None);
    assert_eq!(steps(r#"{"id":""}"#), Err(Unclear::Unread));
    assert_eq!(steps(r#"{"id":"a"}"#), Ok(vec!["unchanged"]));
}

#[test]
fn x04_a_key_with_an_escape_is_compared_by_what_it_says() {
    assert_eq!(steps("{\"id\":\"a\\u0063\"}\n{\"id\":\"ab\"}"), Err(Unclear::Unsorted));
    assert_eq!(steps("{\"id\":\"ab\"}\n{\"id\":\"a\\u0063\"}"), Ok(vec!["unchanged", "read"]));
}

#[test]
fn v06_lists_beside_each_other_are_not_inside_each_other() {
    let lists = vec!["[[1],{}]"; 70].join(",");
    assert_eq!(steps(&format!(r#"{{"id":1,"all":[{lists}]}}"#)), Ok(vec!["unchanged"]));
}

#[test]
fn x10_a_guard_is_printed_with_all_that_it_counted() {
    let guard = Guard::deletes(&Protect::default(), Side::Ours, 11, 100).expect("speaks up");
    assert_eq!(guard.to_object(), object(r#"{"code":"deletes","side":"ours","count":11,"limit":10}"#));
}

#[test]
fn v06_a_name_is_repeated_although_items_of_a_list_between_have_it_too() {
    for repeated in
        [r#"{"id":1,"x":1,"tags":[{"x":2}],"x":3}"#, r#"{"at":{"x":1,"tags":[{"x":2}],"x":3},"id":1}"#]
    {
        assert_eq!(steps(repeated), Err(Unclear::Unread), "{repeated}");
    }
    assert_eq!(steps(r#"{"id":1,"x":1,"tags":[{"x":2},{"x":3}]}"#), Ok(vec!["unchanged"]));
}
