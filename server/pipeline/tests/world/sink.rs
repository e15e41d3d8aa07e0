//! A real SMTP server on a real socket that keeps the raw bytes of what it takes.

use std::sync::{Arc, Mutex};

use pipeline::mail::Mailer;
use tokio::io::{AsyncBufReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::net::{TcpListener, TcpStream};

/// How the sink behaves.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mood {
    Takes,
    TryLater,
    Refuses,
}

/// The server.
#[derive(Clone)]
pub struct Sink {
    port: u16,
    mood: Arc<Mutex<Mood>>,
    mails: Arc<Mutex<Vec<String>>>,
}

impl Sink {
    pub async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let sink = Self {
            port: listener.local_addr().expect("an address").port(),
            mood: Arc::new(Mutex::new(Mood::Takes)),
            mails: Arc::default(),
        };
        let server = sink.clone();
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let server = server.clone();
                tokio::spawn(async move { server.talk(stream).await });
            }
        });
        sink
    }

    async fn talk(&self, stream: TcpStream) -> std::io::Result<()> {
        let (read, mut write) = stream.into_split();
        let mut lines = BufReader::new(read).lines();
        write.write_all(b"220 sink\r\n").await?;
        while let Some(line) = lines.next_line().await? {
            let verb = line.split(' ').next().unwrap_or_default().to_uppercase();
            let mood = *self.mood.lock().expect("not poisoned");
            match (verb.as_str(), mood) {
                ("EHLO" | "HELO", _) => write.write_all(b"250 sink\r\n").await?,
                ("MAIL", Mood::TryLater) => write.write_all(b"451 try later\r\n").await?,
                ("MAIL", Mood::Refuses) => write.write_all(b"550 no\r\n").await?,
                ("DATA", _) => {
                    write.write_all(b"354 go\r\n").await?;
                    let mut mail = String::new();
                    while let Some(line) = lines.next_line().await? {
                        if line == "." {
                            break;
                        }
                        mail += &line;
                        mail += "\n";
                    }
                    self.mails.lock().expect("not poisoned").push(mail);
                    write.write_all(b"250 taken\r\n").await?;
                }
                ("QUIT", _) => {
                    write.write_all(b"221 bye\r\n").await?;
                    return Ok(());
                }
                _ => write.write_all(b"250 fine\r\n").await?,
            }
        }
        Ok(())
    }

    pub fn be(&self, mood: Mood) {
        *self.mood.lock().expect("not poisoned") = mood;
    }

    pub fn mails(&self) -> Vec<String> {
        self.mails.lock().expect("not poisoned").clone()
    }

    /// Its address, as settings name it.
    pub fn url(&self) -> String {
        format!("smtp://127.0.0.1:{}", self.port)
    }

    pub fn mailer(&self) -> Mailer {
        Mailer::new(&self.url(), "Tiebreak <tiebreak@example.edu>").expect("a mailer")
    }
}
