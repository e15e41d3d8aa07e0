//! merge.
