//! Any three texts.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| merge_fuzz::text::check(bytes));
