//! The 24 ways in which a network fails (RL T30).

/// What goes wrong with a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Fault {
    /// Nobody listens on the port.
    Refuse,
    /// The name has no address.
    NoDns,
    /// The other end does not speak TLS.
    TlsFailure,
    /// The connection is made, and nothing ever comes.
    Blackhole,
    /// The answer comes late, but in time.
    Latency,
    /// The answer comes in pieces with pauses of varying length.
    Jitter,
    /// The answer comes slowly, but in time.
    Bandwidth,
    /// The answer comes so slowly that it is never whole in time.
    ByteASecond,
    /// The answer comes in pieces of a few bytes.
    Slices,
    /// The connection is reset before the request was read.
    ResetBeforeRequest,
    /// The connection is reset once the request was passed on.
    ResetAfterRequest,
    /// The connection is reset within the answer's headers.
    ResetInHeaders,
    /// The connection is reset within the answer's body.
    ResetInBody,
    /// Half of the body comes, of the length that was announced for all of it.
    HalfBodyRightLength,
    /// Half of the body comes, and that is the length announced.
    HalfBodyWrongLength,
    /// The answer is whole, and the connection stays open although it was to be closed.
    SlowClose,
    /// The connection is closed as soon as it is idle, though it was to be kept.
    IdleClose,
    /// 429 with `Retry-After`.
    TooManyRequests,
    /// 503 with `Retry-After`.
    Unavailable,
    /// 500, and the request was never passed on.
    ErrorBeforeApplying,
    /// 500, though the request was passed on and done.
    ErrorAfterApplying,
    /// A body without end.
    EndlessBody,
    /// A web page with status 200.
    HtmlAsSuccess,
    /// The request is held, the connection is lost, and the request is passed on later.
    HeldAndReleased,
}

impl Fault {
    /// All of them.
    pub const ALL: [Self; 24] = [
        Self::Refuse,
        Self::NoDns,
        Self::TlsFailure,
        Self::Blackhole,
        Self::Latency,
        Self::Jitter,
        Self::Bandwidth,
        Self::ByteASecond,
        Self::Slices,
        Self::ResetBeforeRequest,
        Self::ResetAfterRequest,
        Self::ResetInHeaders,
        Self::ResetInBody,
        Self::HalfBodyRightLength,
        Self::HalfBodyWrongLength,
        Self::SlowClose,
        Self::IdleClose,
        Self::TooManyRequests,
        Self::Unavailable,
        Self::ErrorBeforeApplying,
        Self::ErrorAfterApplying,
        Self::EndlessBody,
        Self::HtmlAsSuccess,
        Self::HeldAndReleased,
    ];

    /// True when the request reaches the server at once.
    pub fn passes_on(self) -> bool {
        matches!(
            self,
            Self::Latency
                | Self::Jitter
                | Self::Bandwidth
                | Self::ByteASecond
                | Self::Slices
                | Self::ResetAfterRequest
                | Self::ResetInHeaders
                | Self::ResetInBody
                | Self::HalfBodyRightLength
                | Self::HalfBodyWrongLength
                | Self::SlowClose
                | Self::IdleClose
                | Self::ErrorAfterApplying
        )
    }

    /// True when a patient client gets the whole answer.
    pub fn is_harmless(self) -> bool {
        matches!(
            self,
            Self::Latency | Self::Jitter | Self::Bandwidth | Self::Slices | Self::SlowClose | Self::IdleClose
        )
    }

    /// True when the connection itself is never made, so that the base URL must be another one.
    pub fn is_before_connecting(self) -> bool {
        matches!(self, Self::Refuse | Self::NoDns | Self::TlsFailure)
    }
}
