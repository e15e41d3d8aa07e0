//! How many cases a law is tried on.

use proptest::test_runner::Config;

/// 10,000 cases per law; the environment variable `TIEBREAK_CASES` asks for another number.
pub fn cases() -> Config {
    let cases = std::env::var("TIEBREAK_CASES").map_or(10_000, |cases| cases.parse().expect("a number"));
    Config { cases, max_shrink_iters: 20_000, max_global_rejects: u32::MAX, ..Config::default() }
}
