//! Cost follows change: what is the same on all sides is neither parsed nor allocated for.

use merge::listing::{Step, Summary, TextJoin, TextLines};

fn text(records: usize, edited: usize) -> String {
    let record = |at: usize| {
        let seats = if at < edited { 31 } else { 30 };
        format!(
            r#"{{"id":{at},"term":"F26","title":"Introduction to things","seats":{seats},"room":{{"building":"B","number":"1{at}"}},"days":["mo","we"],"note":null}}"#
        ) + "\n"
    };
    (0..records).map(record).collect()
}

/// How many allocations joining the texts takes, and how many records were read.
fn join(base: &str, ours: &str) -> (u64, usize) {
    let key = ["id".to_owned()];
    let mut read = 0;
    let counted = allocation_counter::measure(|| {
        let lines = [base, ours, base].map(|text| TextLines::new(text.as_bytes()));
        let mut join = TextJoin::new(lines, &key);
        let mut summary = Summary::default();
        while let Some(step) = join.next(&mut summary).expect("clear") {
            read += usize::from(matches!(step, Step::Group(_)));
        }
    });
    (counted.count_total, read)
}

#[test]
fn a_hundred_times_as_many_unchanged_records_take_not_one_allocation_more() {
    let (few, many) = (text(100, 0), text(10_000, 0));
    let ((for_few, read_of_few), (for_many, read_of_many)) = (join(&few, &few), join(&many, &many));
    assert_eq!((read_of_few, read_of_many), (0, 0));
    // The key of a later record may be longer by some digits, for which the room of the key before grows.
    assert!(for_many <= for_few + 2, "{for_few} allocations for 100 records, {for_many} for 10,000");
}

#[test]
fn what_is_allocated_grows_with_the_changes_alone() {
    let base = [text(1_000, 0), text(10_000, 0)];
    let edited = [text(1_000, 50), text(10_000, 50)];
    let [(in_few, read_of_few), (in_many, read_of_many)] =
        [0, 1].map(|at: usize| join(&base[at], &edited[at]));
    assert_eq!((read_of_few, read_of_many), (50, 50));
    assert!(in_many <= in_few + 2, "{in_few} allocations in 1,000 records, {in_many} in 10,000");
}
