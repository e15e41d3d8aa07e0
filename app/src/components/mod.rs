//! What several pages share, one piece a file.

pub mod instant;
pub mod notice;
pub mod page;
pub mod response;
pub mod scripts;
