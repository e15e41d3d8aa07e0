//! What became of a write, until it is stored.

use connect::Record as RemoteRecord;
use store::ids::WriteId;
use store::write::{Settlement, WriteState};

/// The state a write moves to, with what is known of it.
#[derive(Debug, Clone)]
pub(crate) struct Settled {
    pub(crate) write: WriteId,
    pub(crate) state: WriteState,
    pub(crate) remote_id: Option<String>,
    pub(crate) pre_version: Option<String>,
    answer_version: Option<String>,
    answer_body: Option<String>,
    answer_hash: Option<String>,
    error_code: Option<&'static str>,
    pub(crate) error_message: Option<String>,
    error_field: Option<String>,
}

impl Settled {
    pub(crate) fn new(write: WriteId, state: WriteState) -> Self {
        Self {
            write,
            state,
            remote_id: None,
            pre_version: None,
            answer_version: None,
            answer_body: None,
            answer_hash: None,
            error_code: None,
            error_message: None,
            error_field: None,
        }
    }

    /// A state that has a reason.
    pub(crate) fn because(write: WriteId, state: WriteState, code: &'static str, message: &str) -> Self {
        let mut settled = Self::new(write, state);
        settled.error_code = Some(code);
        settled.error_message = Some(message.to_owned());
        settled
    }

    pub(crate) fn about_field(mut self, field: Option<&str>) -> Self {
        self.error_field = field.map(str::to_owned);
        self
    }

    /// Notes the record that an answer or a look has shown.
    pub(crate) fn with_record(mut self, record: &RemoteRecord) -> Self {
        self.remote_id = Some(record.id.to_string());
        self.answer_version = record.version.as_ref().map(ToString::to_string);
        self.answer_body = Some(record.fields.to_json());
        self.answer_hash = Some(record.fields.hash().to_string());
        self
    }

    pub(crate) fn with_id(mut self, id: &connect::RemoteId, version: Option<&connect::Version>) -> Self {
        self.remote_id = Some(id.to_string());
        self.answer_version = version.map(ToString::to_string);
        self
    }

    pub(crate) fn answer_hash(&self) -> Option<&str> {
        self.answer_hash.as_deref()
    }

    pub(crate) fn as_settlement(&self) -> Settlement<'_> {
        Settlement {
            state: self.state,
            remote_id: self.remote_id.as_deref(),
            answer_version: self.answer_version.as_deref(),
            answer_body: self.answer_body.as_deref(),
            answer_hash: self.answer_hash.as_deref(),
            pre_version: self.pre_version.as_deref(),
            error_code: self.error_code,
            error_message: self.error_message.as_deref(),
            error_field: self.error_field.as_deref(),
        }
    }
}
