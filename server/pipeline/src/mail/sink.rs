//! A mail server for tests: it speaks SMTP over TCP, keeps every byte of what it takes, and misbehaves on demand.

use std::collections::VecDeque;
use std::io;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::io::{AsyncBufReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::net::tcp::{OwnedReadHalf, OwnedWriteHalf};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinHandle;

/// One mail as it came.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Caught {
    /// Sender of the envelope.
    pub from: String,
    /// Recipients of the envelope.
    pub to: Vec<String>,
    /// The message byte for byte, with the doubled leading dots undone.
    pub data: String,
}

impl Caught {
    /// The header lines, folded ones joined.
    #[must_use]
    pub fn headers(&self) -> Vec<String> {
        let head = self.data.split("\r\n\r\n").next().unwrap_or_default();
        head.replace("\r\n ", " ").replace("\r\n\t", " ").split("\r\n").map(str::to_owned).collect()
    }

    /// The value of a header, if there is exactly one of that name.
    #[must_use]
    pub fn header(&self, name: &str) -> Option<String> {
        let prefix = format!("{}:", name.to_lowercase());
        let headers = self.headers();
        let mut found = headers.iter().filter(|line| line.to_lowercase().starts_with(&prefix));
        let line = found.next().filter(|_| found.next().is_none())?;
        line.get(prefix.len()..).map(|value| value.trim().to_owned())
    }
}

/// What the server does with the next connection.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum Mood {
    /// Takes the mail.
    #[default]
    Take,
    /// Answers the message with a code and a text, such as `451 later`.
    Answer(&'static str),
    /// Answers every recipient whose address starts so with a code and a text.
    RefuseRecipient(&'static str, &'static str),
    /// Accepts the connection and says nothing.
    Hang,
    /// Takes the mail and closes the connection before it says so.
    TakeAndVanish,
}

#[derive(Debug, Default)]
struct State {
    caught: Vec<Caught>,
    moods: VecDeque<Mood>,
    connections: usize,
}

/// The running server; it ends when this is dropped.
#[derive(Debug)]
pub struct Sink {
    address: SocketAddr,
    state: Arc<Mutex<State>>,
    task: JoinHandle<()>,
}

impl Sink {
    /// Starts on a free port of this machine.
    ///
    /// # Errors
    /// When there is none.
    pub async fn start() -> io::Result<Self> {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await?;
        let address = listener.local_addr()?;
        let state = Arc::new(Mutex::new(State::default()));
        let task = tokio::spawn(serve(listener, Arc::clone(&state)));
        Ok(Self { address, state, task })
    }

    /// Its address for a mailer.
    #[must_use]
    pub fn url(&self) -> String {
        format!("smtp://{}", self.address)
    }

    /// What it does with the next connections, one each; after them it takes everything.
    pub fn next(&self, moods: impl IntoIterator<Item = Mood>) {
        locked(&self.state).moods.extend(moods);
    }

    /// The messages it has taken so far, byte for byte.
    #[must_use]
    pub fn mails(&self) -> Vec<String> {
        self.caught().into_iter().map(|mail| mail.data).collect()
    }

    /// What it has taken so far, with the envelopes.
    #[must_use]
    pub fn caught(&self) -> Vec<Caught> {
        locked(&self.state).caught.clone()
    }

    /// How many connections there were.
    #[must_use]
    pub fn connections(&self) -> usize {
        locked(&self.state).connections
    }
}

impl Drop for Sink {
    fn drop(&mut self) {
        self.task.abort();
    }
}

fn locked(state: &Mutex<State>) -> MutexGuard<'_, State> {
    state.lock().unwrap_or_else(PoisonError::into_inner)
}

async fn serve(listener: TcpListener, state: Arc<Mutex<State>>) {
    while let Ok((stream, _)) = listener.accept().await {
        let state = Arc::clone(&state);
        tokio::spawn(async move {
            let mood = {
                let mut state = locked(&state);
                state.connections += 1;
                state.moods.pop_front().unwrap_or_default()
            };
            // A connection that the client gives up ends the conversation, nothing else.
            let _ = converse(stream, &mood, &state).await;
        });
    }
}

async fn converse(stream: TcpStream, mood: &Mood, state: &Mutex<State>) -> io::Result<()> {
    let (reader, mut writer) = stream.into_split();
    let mut lines = BufReader::new(reader);
    if *mood == Mood::Hang {
        // Until the client gives up.
        lines.read_line(&mut String::new()).await?;
        return Ok(());
    }
    say(&mut writer, "220 sink ready").await?;
    let mut mail = Caught { from: String::new(), to: Vec::new(), data: String::new() };
    while let Some(line) = read(&mut lines).await? {
        let (verb, rest) = line.split_at(line.len().min(4));
        let answer = match verb.to_uppercase().as_str() {
            "EHLO" | "HELO" => "250-sink\r\n250 8BITMIME",
            "MAIL" => {
                mail.from = address(rest);
                "250 ok"
            }
            "RCPT" => match mood {
                Mood::RefuseRecipient(start, answer) if address(rest).starts_with(start) => answer,
                _ => {
                    mail.to.push(address(rest));
                    "250 ok"
                }
            },
            "DATA" => {
                say(&mut writer, "354 go on").await?;
                mail.data = read_data(&mut lines).await?;
                match mood {
                    Mood::Answer(answer) => answer,
                    Mood::TakeAndVanish => {
                        locked(state).caught.push(mail);
                        return Ok(());
                    }
                    _ => {
                        locked(state).caught.push(mail.clone());
                        "250 taken"
                    }
                }
            }
            "RSET" | "NOOP" => "250 ok",
            "QUIT" => return say(&mut writer, "221 bye").await,
            _ => "502 unknown",
        };
        say(&mut writer, answer).await?;
    }
    Ok(())
}

async fn say(writer: &mut OwnedWriteHalf, line: &str) -> io::Result<()> {
    writer.write_all(format!("{line}\r\n").as_bytes()).await
}

/// The next line without its end; none when the client has gone.
async fn read(lines: &mut BufReader<OwnedReadHalf>) -> io::Result<Option<String>> {
    let mut line = String::new();
    if lines.read_line(&mut line).await? == 0 {
        return Ok(None);
    }
    Ok(Some(line.trim_end_matches(['\r', '\n']).to_owned()))
}

async fn read_data(lines: &mut BufReader<OwnedReadHalf>) -> io::Result<String> {
    let mut data = String::new();
    loop {
        let mut line = String::new();
        if lines.read_line(&mut line).await? == 0 || line == ".\r\n" {
            return Ok(data);
        }
        data.push_str(line.strip_prefix('.').unwrap_or(&line));
    }
}

fn address(rest: &str) -> String {
    let inner = rest.split_once('<').and_then(|(_, rest)| rest.split_once('>'));
    inner.map(|(inner, _)| inner.to_owned()).unwrap_or_default()
}
