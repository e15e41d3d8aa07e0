//! Merging chunks side by side, and writing them in their order.

use std::collections::BTreeMap;
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::thread;

use super::Unmerged;
use super::chunk::{Chunk, Chunks, Texts};
use crate::cli::files::{Format, Input, Meter, RecordStyle};
use crate::cli::merge::job::Job;
use crate::cli::merge::outputs::{Finished, Outputs};
use crate::cli::merge::part::Part;

/// More threads than this only wait for the disk, and each holds a chunk in memory.
const MAX_THREADS: usize = 8;

/// Merges all chunks.
pub(super) fn merge(job: &Job<'_>, chunks: impl Chunks, meter: &Meter) -> Result<Finished, Unmerged> {
    let format = job.out_format.unwrap_or(Format::Ndjson);
    let style = RecordStyle { format, columns: Vec::new() };
    let outputs = Outputs::create(job, &style)?;
    let threads = thread::available_parallelism().map_or(1, usize::from).min(MAX_THREADS);
    let (files, sorted) = (chunks.files(), chunks.are_sorted());
    let queue = Mutex::new(Queue { chunks, taken: 0, failed: false });
    let written =
        Written { state: Mutex::new(State::new(outputs)), moved: Condvar::new(), ahead: threads, meter };
    let work = Work { job, style: &style, files: &files, sorted, queue: &queue, written: &written };
    thread::scope(|scope| {
        for _ in 1..threads {
            scope.spawn(|| work.run());
        }
        work.run();
    });
    let state = written.state.into_inner().unwrap_or_else(PoisonError::into_inner);
    match state.failure {
        Some((_, failure)) => Err(failure),
        None => Ok(state.outputs.ok_or(Unmerged::Unclear)?.finish()?),
    }
}

/// The chunks nobody has begun.
struct Queue<C> {
    chunks: C,
    taken: usize,
    failed: bool,
}

/// What has been written, and what waits for a chunk before it.
struct Written<'w> {
    state: Mutex<State>,
    moved: Condvar,
    /// How many chunks may wait.
    ahead: usize,
    meter: &'w Meter,
}

struct State {
    /// Away while somebody writes.
    outputs: Option<Outputs>,
    next: usize,
    waiting: BTreeMap<usize, Part>,
    spare: Vec<Part>,
    /// The failure of the earliest chunk, so that it does not depend on who was faster.
    failure: Option<(usize, Unmerged)>,
}

struct Work<'w, 'j, C> {
    job: &'w Job<'j>,
    style: &'w RecordStyle,
    files: &'w [Input; 3],
    sorted: bool,
    queue: &'w Mutex<Queue<C>>,
    written: &'w Written<'w>,
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl<C: Chunks> Work<'_, '_, C> {
    fn run(&self) {
        let _alarm = Alarm(self);
        let mut texts = Texts::default();
        while let Some((at, chunk)) = self.take() {
            let mut part = self.written.spare();
            let merged = chunk.and_then(|chunk| {
                texts.load(self.files, &chunk)?;
                texts.merge(self.job, self.style, &chunk, self.sorted, &mut part)
            });
            let taken = merged.and_then(|()| self.written.hand_in(at, part));
            if let Err(failure) = taken {
                self.fail(at, failure);
            }
        }
    }

    fn fail(&self, at: usize, failure: Unmerged) {
        lock(self.queue).failed = true;
        self.written.fail(at, failure);
    }

    /// The next chunk and its number. After a failure there is none, but all before it are merged.
    fn take(&self) -> Option<(usize, Result<Chunk, Unmerged>)> {
        let mut queue = lock(self.queue);
        if queue.failed {
            return None;
        }
        let chunk = queue.chunks.next().transpose()?;
        queue.failed = chunk.is_err();
        queue.taken += 1;
        Some((queue.taken - 1, chunk))
    }
}

/// Tells the others when its thread panics: they would wait for ever for the chunk it had.
struct Alarm<'w, 'v, 'j, C: Chunks>(&'w Work<'v, 'j, C>);

impl<C: Chunks> Drop for Alarm<'_, '_, '_, C> {
    fn drop(&mut self) {
        if thread::panicking() {
            self.0.fail(usize::MAX, Unmerged::Unclear);
        }
    }
}

impl State {
    const fn new(outputs: Outputs) -> State {
        let outputs = Some(outputs);
        State { outputs, next: 0, waiting: BTreeMap::new(), spare: Vec::new(), failure: None }
    }

    /// The outputs and the part that comes next, if both are there.
    fn begin_writing(&mut self) -> Option<(Outputs, Part)> {
        let outputs = self.outputs.take()?;
        match self.waiting.remove(&self.next) {
            Some(part) => Some((outputs, part)),
            None => {
                self.outputs = Some(outputs);
                None
            }
        }
    }
}

impl Written<'_> {
    /// Room for a part.
    fn spare(&self) -> Part {
        lock(&self.state).spare.pop().unwrap_or_default()
    }

    /// Takes a part. Who finds that the next part is there and nobody writes does so, and all that come in meanwhile; parts
    /// too far ahead wait.
    fn hand_in(&self, at: usize, part: Part) -> Result<(), Unmerged> {
        let mut state = lock(&self.state);
        while at > state.next + self.ahead && state.failure.is_none() {
            state = self.moved.wait(state).unwrap_or_else(PoisonError::into_inner);
        }
        state.waiting.insert(at, part);
        while let Some((mut outputs, mut part)) = state.begin_writing() {
            drop(state);
            let written = outputs.append(&mut part, self.meter);
            state = lock(&self.state);
            state.outputs = Some(outputs);
            state.spare.push(part);
            state.next += 1;
            self.moved.notify_all();
            written?;
        }
        Ok(())
    }

    fn fail(&self, at: usize, failure: Unmerged) {
        let mut state = lock(&self.state);
        if state.failure.as_ref().is_none_or(|(earliest, _)| at < *earliest) {
            state.failure = Some((at, failure));
        }
        self.moved.notify_all();
    }
}
