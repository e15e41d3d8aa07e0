//! How many browser tests passed and failed.

use anyhow::{Context, Result};
use serde_json::Value;

/// The sums of Playwright's report.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// Tests that did what they should.
    pub passed: u64,
    /// Everything else: failed, passed only on a second try, or left out.
    pub failed: u64,
}

impl Counts {
    /// Reads them from the JSON report. A test that was skipped or that needed a second try is no test that passed.
    pub fn read(report: &str) -> Result<Counts> {
        let report: Value = serde_json::from_str(report)?;
        let of = |name: &str| report["stats"][name].as_u64().with_context(|| format!("no count `{name}`"));
        let errors = report["errors"].as_array().map_or(0, Vec::len) as u64;
        Ok(Counts {
            passed: of("expected")?,
            failed: of("unexpected")? + of("flaky")? + of("skipped")? + errors,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_test_that_passed_at_once_counts_as_passed() {
        let report = r#"{"stats":{"expected":7,"unexpected":1,"flaky":2,"skipped":3},"errors":[]}"#;
        let counts = Counts::read(report).expect("a report");
        assert_eq!(counts, Counts { passed: 7, failed: 6 });
        assert!(Counts::read(r#"{"stats":{}}"#).is_err());
    }
}
