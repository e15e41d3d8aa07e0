//! One scenario told in words: `MODEL_TRACE=V2:17`, or `MODEL_TRACE=real-V2:17` for the real pipeline.

use crate::subject::Subject;
use crate::variants::Variant;

fn asked_for() -> Option<(Subject, u64)> {
    let wish = std::env::var("MODEL_TRACE").ok()?;
    let (subject, number) = wish.split_once(':').expect("MODEL_TRACE is VARIANT:NUMBER");
    Some((subject.parse().expect("a variant"), number.parse().expect("a number")))
}

#[test]
fn t24_the_story_of_one_scenario_is_told_on_request() {
    let (subject, number) = asked_for().unwrap_or((Subject::Model(Variant(0)), 17));
    let told = subject.tell(number);
    println!("{subject} {number}\n{}", told.story);
    println!("violations: {:?}, trace {:016x}", told.tally.violations, told.hash);
    assert!(told.story.contains("clean run"));
    assert_eq!(told.hash, subject.play(number).hash, "the same number tells the same story");
}
