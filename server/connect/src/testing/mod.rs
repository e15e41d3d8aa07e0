//! What the tests of this crate and of `pipeline` share: a clock that does not wait, a network that fails on demand, and
//! third-party servers.

mod clock;
mod fault;
mod proxy;
mod servers;
mod wire;

pub use clock::QuickClock;
pub use fault::Fault;
pub use proxy::{Only, Proxy};
pub use servers::{Server, finish, installed, scratch};
