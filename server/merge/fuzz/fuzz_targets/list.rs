//! Any three lists.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| merge_fuzz::list::check(bytes));
