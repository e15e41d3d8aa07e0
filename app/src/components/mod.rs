//! What several pages share, one piece a file.

pub mod banner;
pub mod diff;
pub mod empty;
pub mod error_summary;
pub mod field;
pub mod field_options;
pub mod flash;
pub mod frame;
pub mod instant;
pub mod kind;
pub mod merge;
pub mod notice;
pub mod number;
pub mod page;
pub mod pager;
pub mod record_fields;
pub mod record_history;
pub mod response;
pub mod scripts;
pub mod setting_changes;
pub mod setting_words;
pub mod settings_head;
pub mod side;
pub mod text_area;
pub mod value;
pub mod winner;
