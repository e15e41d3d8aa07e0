//! An async function as a coroutine: it stops at every `step().await`, and dropping it there is a crash.

use std::future::poll_fn;
use std::pin::Pin;
use std::task::{Context, Poll, Waker};

/// A moment at which users act, late requests land, or the process dies.
pub async fn step() {
    let mut passed = false;
    poll_fn(|_| if std::mem::replace(&mut passed, true) { Poll::Ready(()) } else { Poll::Pending }).await;
}

/// Code that runs from one step to the next whenever it is told to.
pub struct Coroutine<'a>(Pin<Box<dyn Future<Output = ()> + 'a>>);

impl<'a> Coroutine<'a> {
    pub fn new(code: impl Future<Output = ()> + 'a) -> Self {
        Self(Box::pin(code))
    }

    /// Runs up to the next step; false when the code came to its end.
    pub fn goes_on(&mut self) -> bool {
        self.0.as_mut().poll(&mut Context::from_waker(Waker::noop())).is_pending()
    }
}
