//! The log: structured, on stderr, one line an event whatever a value holds (RL S44).

use std::io::{self, Write};

use serde::Deserialize;
use tracing_subscriber::EnvFilter;
use tracing_subscriber::fmt::MakeWriter;

/// How the log is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize, clap::ValueEnum)]
#[serde(rename_all = "lowercase")]
pub enum LogFormat {
    /// A line for people.
    #[default]
    Text,
    /// A JSON object a line.
    Json,
}

/// Starts logging. `default` is the level where nothing was asked for.
///
/// # Errors
/// When the filter cannot be read.
pub fn start(filter: Option<&str>, default: &str, format: LogFormat) -> Result<(), String> {
    let text = filter.unwrap_or(default);
    let filter = EnvFilter::builder().parse(text).map_err(|error| format!("--log: \"{text}\": {error}"))?;
    let builder = tracing_subscriber::fmt().with_env_filter(filter).with_ansi(false).with_writer(Stderr);
    // A second start in one process (tests) keeps the first.
    let _ = match format {
        LogFormat::Text => builder.try_init(),
        LogFormat::Json => builder.json().flatten_event(true).try_init(),
    };
    Ok(())
}

/// Makes a writer for each event.
struct Stderr;

/// Writes an event as one line: control characters within it are escaped, so that no value can forge a line.
struct OneLine<W>(W);

impl<'a> MakeWriter<'a> for Stderr {
    type Writer = OneLine<io::StderrLock<'static>>;

    fn make_writer(&'a self) -> Self::Writer {
        OneLine(io::stderr().lock())
    }
}

impl<W: Write> Write for OneLine<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let text = String::from_utf8_lossy(bytes);
        let (line, end) = text.strip_suffix('\n').map_or((&*text, ""), |line| (line, "\n"));
        let mut escaped = String::with_capacity(text.len());
        for letter in line.chars() {
            if letter.is_control() { escaped.extend(letter.escape_unicode()) } else { escaped.push(letter) }
        }
        self.0.write_all(escaped.as_bytes())?;
        self.0.write_all(end.as_bytes())?;
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        self.0.flush()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn s44_an_event_stays_on_one_line_whatever_it_holds() {
        let mut written = Vec::new();
        OneLine(&mut written).write_all(b"INFO name=a\nWARN forged\x1b[2J\r\n").expect("written");
        let text = String::from_utf8(written).expect("text");
        assert_eq!(text, "INFO name=a\\u{a}WARN forged\\u{1b}[2J\\u{d}\n");
    }

    #[test]
    fn a_filter_that_cannot_be_read_is_named() {
        let wrong = start(Some("pipeline=loud"), "warn", LogFormat::Text);
        assert!(wrong.is_err_and(|text| text.starts_with("--log: \"pipeline=loud\"")));
    }
}
