//! Stands between the pipeline and a system: it is told of every call, and may have another system asked instead.

use std::sync::Arc;

use async_trait::async_trait;
use connect::{
    Capabilities, CheckReport, Create, Cx, Delete, Deleted, Mark, NaturalKey, PageStream, Partition, Record,
    RemoteId, System, SystemError, TypeName, Update, Written,
};
use futures::StreamExt;

/// What is asked of a system. Finding by reference and by key are one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Op {
    List,
    Get,
    Find,
    Create,
    Update,
    Delete,
}

/// Is told of calls.
pub trait Around: Send + Sync {
    /// Before a call; the system that is asked in place of the own one, if any.
    fn before(&self, op: Op) -> Option<Arc<dyn System>>;

    /// After a call, or after the last page of a listing.
    fn after(&self, _: Op) {}
}

/// A system with somebody around it.
pub struct Watched<A> {
    pub inner: Arc<dyn System>,
    pub around: Arc<A>,
}

impl<A: Around> Watched<A> {
    fn system(&self, op: Op) -> Arc<dyn System> {
        self.around.before(op).unwrap_or_else(|| Arc::clone(&self.inner))
    }

    fn done<T>(&self, op: Op, answer: T) -> T {
        self.around.after(op);
        answer
    }
}

#[async_trait]
impl<A: Around + 'static> System for Watched<A> {
    fn capabilities(&self, t: &TypeName) -> Capabilities {
        self.inner.capabilities(t)
    }

    async fn check(&self, cx: &Cx) -> Result<CheckReport, SystemError> {
        self.inner.check(cx).await
    }

    fn list(&self, cx: &Cx, t: &TypeName, part: &Partition) -> PageStream {
        let around = Arc::clone(&self.around);
        let end = futures::stream::poll_fn(move |_| {
            around.after(Op::List);
            std::task::Poll::Ready(None)
        });
        Box::pin(self.system(Op::List).list(cx, t, part).chain(end))
    }

    fn changes(&self, cx: &Cx, t: &TypeName, part: &Partition, since: &Mark) -> PageStream {
        self.inner.changes(cx, t, part, since)
    }

    async fn get(&self, cx: &Cx, t: &TypeName, id: &RemoteId) -> Result<Record, SystemError> {
        let answer = self.system(Op::Get).get(cx, t, id).await;
        self.done(Op::Get, answer)
    }

    async fn find(&self, cx: &Cx, t: &TypeName, key: &NaturalKey) -> Result<Vec<Record>, SystemError> {
        let answer = self.system(Op::Find).find(cx, t, key).await;
        self.done(Op::Find, answer)
    }

    async fn find_by_correlation(
        &self,
        cx: &Cx,
        t: &TypeName,
        text: &str,
    ) -> Result<Vec<Record>, SystemError> {
        let answer = self.system(Op::Find).find_by_correlation(cx, t, text).await;
        self.done(Op::Find, answer)
    }

    async fn create(&self, cx: &Cx, w: &Create) -> Result<Written, SystemError> {
        let answer = self.system(Op::Create).create(cx, w).await;
        self.done(Op::Create, answer)
    }

    async fn update(&self, cx: &Cx, w: &Update) -> Result<Written, SystemError> {
        let answer = self.system(Op::Update).update(cx, w).await;
        self.done(Op::Update, answer)
    }

    async fn delete(&self, cx: &Cx, w: &Delete) -> Result<Deleted, SystemError> {
        let answer = self.system(Op::Delete).delete(cx, w).await;
        self.done(Op::Delete, answer)
    }
}
