//! Any bytes as comma-separated values.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| merge_fuzz::csv::check(bytes));
