//! Work on several schools at once, one piece of work a school.
//!
//! Each school at work has a thread that waits for it: a run's future borrows across async closures, which the compiler
//! does not yet take for `Send`, and schools at work are few.

use std::collections::HashMap;

use store::ids::SchoolId;
use tokio::runtime::Handle;
use tokio::task::{Id, JoinSet};
use tracing::error;

/// The schools at work.
pub(super) struct Crew {
    tasks: JoinSet<()>,
    schools: HashMap<Id, SchoolId>,
    most: usize,
}

impl Crew {
    /// At most so many schools at once.
    pub(super) fn new(most: usize) -> Self {
        Self { tasks: JoinSet::new(), schools: HashMap::new(), most }
    }

    /// Lets go of those that are through.
    pub(super) fn gather(&mut self) {
        while let Some(ended) = self.tasks.try_join_next_with_id() {
            let id = match ended {
                Ok((id, ())) => id,
                Err(panicked) => {
                    error!(%panicked, "work on a school died");
                    panicked.id()
                }
            };
            self.schools.remove(&id);
        }
    }

    /// Whether another school may be taken up.
    pub(super) fn has_room(&self) -> bool {
        self.schools.len() < self.most
    }

    /// Whether this school is at work.
    pub(super) fn has(&self, school: SchoolId) -> bool {
        self.schools.values().any(|at_work| *at_work == school)
    }

    /// Takes a school up.
    pub(super) fn take<F>(&mut self, school: SchoolId, work: impl FnOnce() -> F + Send + 'static)
    where
        F: Future<Output = ()>,
    {
        let handle = Handle::current();
        let task = self.tasks.spawn_blocking(move || handle.block_on(work()));
        self.schools.insert(task.id(), school);
    }

    /// Waits for all of them.
    pub(super) async fn ended(mut self) {
        while self.tasks.join_next().await.is_some() {}
    }
}
