//! Any bytes as JSON.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| merge_fuzz::json::check(bytes));
