//! One scenario told in words: `MODEL_TRACE=V2:17`.

use crate::scenario::play;
use crate::trace::Trace;
use crate::variants::Variant;

fn asked_for() -> Option<(Variant, u64)> {
    let wish = std::env::var("MODEL_TRACE").ok()?;
    let (variant, number) = wish.split_once(':').expect("MODEL_TRACE is VARIANT:NUMBER");
    Some((variant.parse().expect("a variant"), number.parse().expect("a number")))
}

#[test]
fn t24_the_story_of_one_scenario_is_told_on_request() {
    let (variant, number) = asked_for().unwrap_or((Variant(0), 17));
    let world = play(variant, number, Trace::telling());
    println!("{variant} {number}\n{}", world.trace.story());
    println!("violations: {:?}, trace {:016x}", world.tally.violations, world.trace.hash());
    assert!(world.trace.story().contains("clean run"));
    assert_eq!(world.trace.hash(), play(variant, number, Trace::default()).trace.hash());
}
