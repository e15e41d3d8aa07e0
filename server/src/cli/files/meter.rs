//! How much of the input was read, on stderr while a person looks at it.

use std::io::IsTerminal as _;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use indicatif::{HumanCount, ProgressBar, ProgressDrawTarget, ProgressFinish, ProgressState, ProgressStyle};

/// One line: the step, the bytes read of the total, the records merged, the conflicts found so far.
const LINE: &str = "{msg} {wide_bar} {bytes} of {total_bytes}{counts}";

/// The same where nobody knows how much there will be.
const LINE_WITHOUT_TOTAL: &str = "{msg} {bytes}{counts}";

/// Counts what was read and done. Copies count together, and may do so from several threads.
///
/// It shows itself only on a terminal, at most twenty times a second, and [`Meter::end`] removes it.
#[derive(Debug, Clone)]
pub(crate) struct Meter {
    bar: ProgressBar,
    counts: Arc<Counts>,
}

#[derive(Debug, Default)]
struct Counts {
    records: AtomicU64,
    conflicts: AtomicU64,
}

impl Meter {
    /// Shown on stderr, if that is a terminal.
    pub(crate) fn on_terminal() -> Meter {
        // A build service may give its commands a terminal, at which nobody sits.
        if std::io::stderr().is_terminal() && std::env::var_os("CI").is_none() {
            Meter::shown_on(ProgressDrawTarget::stderr())
        } else {
            Meter::hidden()
        }
    }

    /// Shown nowhere.
    pub(crate) fn hidden() -> Meter {
        Meter::shown_on(ProgressDrawTarget::hidden())
    }

    fn shown_on(target: ProgressDrawTarget) -> Meter {
        let counts = Arc::default();
        let bar = ProgressBar::with_draw_target(None, target).with_style(style(false, &counts));
        Meter { bar: bar.with_finish(ProgressFinish::AndClear), counts }
    }

    /// Begins a step over so many bytes; what the last one counted is forgotten.
    pub(crate) fn begin(&self, step: &'static str, bytes: Option<u64>) {
        self.counts.records.store(0, Ordering::Relaxed);
        self.counts.conflicts.store(0, Ordering::Relaxed);
        self.bar.set_style(style(bytes.is_some(), &self.counts));
        self.bar.set_message(step);
        match bytes {
            Some(bytes) => self.bar.set_length(bytes),
            None => self.bar.unset_length(),
        }
        self.bar.reset();
    }

    /// So many bytes more were read.
    pub(crate) fn advance(&self, bytes: u64) {
        self.bar.inc(bytes);
    }

    /// So many records more were merged, so many of them with an open conflict.
    pub(crate) fn count(&self, records: u64, conflicts: u64) {
        self.counts.records.fetch_add(records, Ordering::Relaxed);
        self.counts.conflicts.fetch_add(conflicts, Ordering::Relaxed);
    }

    /// Removes the line.
    pub(crate) fn end(&self) {
        self.bar.finish_and_clear();
    }
}

fn style(with_total: bool, counts: &Arc<Counts>) -> ProgressStyle {
    let line = if with_total { LINE } else { LINE_WITHOUT_TOTAL };
    let counts = Arc::clone(counts);
    let write_counts = move |_: &ProgressState, out: &mut dyn std::fmt::Write| {
        let records = counts.records.load(Ordering::Relaxed);
        if records > 0 {
            let conflicts = counts.conflicts.load(Ordering::Relaxed);
            let _ = write!(out, ", {} records, {} conflicts", HumanCount(records), HumanCount(conflicts));
        }
    };
    let style = ProgressStyle::with_template(line).unwrap_or_else(|_| ProgressStyle::default_bar());
    style.with_key("counts", write_counts)
}

#[cfg(test)]
mod tests {
    use std::io;
    use std::sync::Mutex;

    use indicatif::TermLike;

    use super::*;

    /// A terminal that keeps the line it shows, and all it ever did.
    #[derive(Debug, Clone, Default)]
    struct Screen(Arc<Mutex<(String, Vec<String>)>>);

    impl Screen {
        fn line(&self) -> String {
            self.0.lock().expect("screen").0.clone()
        }

        fn seen(&self) -> Vec<String> {
            self.0.lock().expect("screen").1.clone()
        }
    }

    impl TermLike for Screen {
        fn width(&self) -> u16 {
            100
        }
        fn move_cursor_up(&self, _: usize) -> io::Result<()> {
            Ok(())
        }
        fn move_cursor_down(&self, _: usize) -> io::Result<()> {
            Ok(())
        }
        fn move_cursor_right(&self, _: usize) -> io::Result<()> {
            Ok(())
        }
        fn move_cursor_left(&self, _: usize) -> io::Result<()> {
            Ok(())
        }
        fn write_line(&self, text: &str) -> io::Result<()> {
            self.write_str(text)
        }
        fn write_str(&self, text: &str) -> io::Result<()> {
            if !text.trim().is_empty() {
                let mut screen = self.0.lock().expect("screen");
                text.trim_end().clone_into(&mut screen.0);
                screen.1.push(text.to_owned());
            }
            Ok(())
        }
        fn clear_line(&self) -> io::Result<()> {
            self.0.lock().expect("screen").0.clear();
            Ok(())
        }
        fn flush(&self) -> io::Result<()> {
            Ok(())
        }
    }

    fn meter() -> (Meter, Screen) {
        let screen = Screen::default();
        (Meter::shown_on(ProgressDrawTarget::term_like(Box::new(screen.clone()))), screen)
    }

    #[test]
    fn the_line_says_what_was_read_merged_and_found_and_goes_at_the_end() {
        let (meter, screen) = meter();
        meter.begin("merging", Some(2048));
        meter.count(1234, 5);
        meter.advance(1024);
        meter.bar.force_draw();
        let line = screen.line();
        assert!(line.starts_with("merging "), "{line}");
        assert!(line.ends_with(" 1.00 KiB of 2.00 KiB, 1,234 records, 5 conflicts"), "{line}");
        meter.end();
        assert_eq!(screen.line(), "");
    }

    #[test]
    fn a_step_begins_anew_and_may_have_no_known_end() {
        let (meter, screen) = meter();
        meter.begin("merging", Some(10));
        meter.count(7, 7);
        meter.advance(10);
        meter.begin("unpacking", None);
        meter.advance(3);
        meter.bar.force_draw();
        assert_eq!(screen.line(), "unpacking 3 B");
    }

    #[test]
    fn copies_count_together_from_several_threads() {
        let (meter, _) = meter();
        meter.begin("merging", Some(4_000_000));
        std::thread::scope(|scope| {
            for _ in 0..4 {
                let copy = meter.clone();
                scope.spawn(move || {
                    for _ in 0..1000 {
                        copy.advance(1000);
                        copy.count(1, 0);
                    }
                });
            }
        });
        assert_eq!(meter.bar.position(), 4_000_000);
        assert_eq!(meter.counts.records.load(Ordering::Relaxed), 4000);
    }

    #[test]
    fn what_nobody_sees_is_not_drawn() {
        let hidden = Meter::hidden();
        hidden.begin("merging", Some(1));
        hidden.advance(1);
        assert!(hidden.bar.is_hidden());
        let (meter, screen) = meter();
        meter.begin("merging", Some(1));
        drop(meter);
        assert_eq!(screen.line(), "", "an error ends the line too");
        assert!(screen.seen().iter().all(|line| !line.contains("record")), "nothing was merged");
    }
}
