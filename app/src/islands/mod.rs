//! What behaves in the browser, one island a file. Everything else ships no code (UX 10.2).

mod local_times;

pub use local_times::LocalTimes;
