//! What several pages share, one piece a file.

pub mod banner;
pub mod empty;
pub mod flash;
pub mod frame;
pub mod instant;
pub mod notice;
pub mod page;
pub mod pager;
pub mod response;
pub mod scripts;
pub mod side;
pub mod text_area;
