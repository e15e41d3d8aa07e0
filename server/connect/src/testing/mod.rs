//! What the tests of this crate and of `pipeline` share: a clock that does not wait, and a network that fails on demand.

mod clock;
mod fault;
mod proxy;
mod wire;

pub use clock::QuickClock;
pub use fault::Fault;
pub use proxy::{Only, Proxy};
