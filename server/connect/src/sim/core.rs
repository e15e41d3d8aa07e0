//! Everything one server holds, behind one lock: a request sees all of it or nothing of it.

use std::collections::HashMap;

use chrono::{DateTime, Utc};

use super::{
    answer::Call,
    api,
    clock::Clock,
    edit::{self, Edit},
    fault::Faults,
    generate,
    list::Page,
    log::{Answer, By, Delivery, Event, Log},
    options::{SimOptions, Switches},
    world::{Cause, World},
};

/// Work that is due at a time of the server's clock.
#[derive(Debug)]
pub(super) struct Job {
    pub due: DateTime<Utc>,
    pub task: Task,
}

#[derive(Debug)]
pub(super) enum Task {
    /// A line of a script of user edits.
    Edit(Edit),
    /// A request whose client is long gone (`late_apply`).
    Late(Call),
}

#[derive(Debug)]
pub(super) struct Core {
    pub options: SimOptions,
    pub switches: Switches,
    pub clock: Clock,
    pub world: World,
    pub log: Log,
    pub faults: Faults,
    pub snapshots: HashMap<String, World>,
    pub jobs: Vec<Job>,
    /// The page answered last on each listing, for `repeat_page`.
    pub last_pages: HashMap<String, Page>,
}

impl Core {
    pub fn new(options: SimOptions) -> Self {
        let mut world = World::new();
        generate::fill(&mut world, options.seed, options.size.counts());
        Self {
            switches: options.switches.clone(),
            clock: Clock::new(options.time.clone()),
            world,
            log: Log::default(),
            faults: Faults::new(options.seed),
            snapshots: HashMap::new(),
            jobs: Vec::new(),
            last_pages: HashMap::new(),
            options,
        }
    }

    /// Adds a line to the log at the server's time.
    pub fn note(&mut self, event: Event) -> u64 {
        self.log.add(self.clock.now(), event)
    }

    /// Does what is due. Called before every request and whenever time may have passed.
    pub fn tick(&mut self) {
        loop {
            let now = self.clock.now();
            let next =
                self.jobs.iter().enumerate().filter(|(_, job)| job.due <= now).min_by_key(|(_, job)| job.due);
            let Some((position, _)) = next else { return };
            let job = self.jobs.remove(position);
            self.run(job.task);
        }
    }

    /// Applies every late request now, whatever the time.
    pub fn release(&mut self) -> usize {
        let (late, rest) =
            std::mem::take(&mut self.jobs).into_iter().partition(|job| matches!(job.task, Task::Late(_)));
        self.jobs = rest;
        let late: Vec<Job> = late;
        let count = late.len();
        late.into_iter().for_each(|job| self.run(job.task));
        count
    }

    fn run(&mut self, task: Task) {
        match task {
            // A line of a script that no longer fits is skipped: a user would be refused as well.
            Task::Edit(edit) => drop(edit::apply(self, &edit, &Cause::user(None))),
            Task::Late(call) => {
                let reply = api::answer(self, &call, By::Late, None);
                let (status, replayed) = (Some(reply.status), reply.replayed);
                let answer =
                    Answer { request: call.n, status, delivery: Delivery::None, replayed, read: None };
                self.note(Event::Answer(answer));
            }
        }
    }
}
