//! Just enough of HTTP/1.1 to see where a message ends.

use tokio::io::{AsyncRead, AsyncReadExt};

/// A request as it came, with its head taken apart.
pub(super) struct Message {
    /// The bytes of the head, the empty line included.
    pub(super) head: Vec<u8>,
    /// The bytes of the body.
    pub(super) body: Vec<u8>,
}

impl Message {
    /// The first word of the first line: the method of a request.
    pub(super) fn method(&self) -> String {
        let line = self.head.split(|byte| *byte == b' ').next().unwrap_or_default();
        String::from_utf8_lossy(line).into_owned()
    }

    /// The head with one header set and every other line as it is.
    pub(super) fn head_with(&self, name: &str, value: &str) -> Vec<u8> {
        let text = String::from_utf8_lossy(&self.head);
        let mut lines: Vec<&str> = text.trim_end().split("\r\n").collect();
        let prefix = format!("{name}:");
        lines.retain(|line| !line.to_ascii_lowercase().starts_with(&prefix));
        let set = format!("{name}: {value}");
        lines.push(&set);
        format!("{}\r\n\r\n", lines.join("\r\n")).into_bytes()
    }
}

/// Reads one message with a length; `None` when the other end closes before it is whole. For answers of servers that
/// close the connection, `to_end` reads what comes until then.
pub(super) async fn read_message(stream: &mut (impl AsyncRead + Unpin), to_end: bool) -> Option<Message> {
    let mut bytes = Vec::new();
    let split = loop {
        if let Some(at) = bytes.windows(4).position(|four| four == b"\r\n\r\n") {
            break at + 4;
        }
        read_some(stream, &mut bytes).await?;
    };
    let head = bytes[..split].to_vec();
    let mut body = bytes[split..].to_vec();
    if to_end {
        while read_some(stream, &mut body).await.is_some() {}
        return Some(Message { head, body });
    }
    let length = content_length(&head).unwrap_or(0);
    while body.len() < length {
        read_some(stream, &mut body).await?;
    }
    Some(Message { head, body })
}

fn content_length(head: &[u8]) -> Option<usize> {
    let text = String::from_utf8_lossy(head).to_ascii_lowercase();
    text.lines().find_map(|line| line.strip_prefix("content-length:")?.trim().parse().ok())
}

async fn read_some(stream: &mut (impl AsyncRead + Unpin), bytes: &mut Vec<u8>) -> Option<()> {
    let mut buffer = [0_u8; 16 * 1024];
    match stream.read(&mut buffer).await {
        Ok(0) | Err(_) => None,
        Ok(count) => {
            bytes.extend_from_slice(&buffer[..count]);
            Some(())
        }
    }
}

/// Takes the chunks of a body apart, so that its length can be announced instead.
pub(super) fn unchunked(message: Message) -> Message {
    let text = String::from_utf8_lossy(&message.head).to_ascii_lowercase();
    if !text.contains("transfer-encoding: chunked") {
        return message;
    }
    let mut body = Vec::new();
    let mut rest = message.body.as_slice();
    while let Some(line_end) = rest.windows(2).position(|two| two == b"\r\n") {
        let size = String::from_utf8_lossy(&rest[..line_end]);
        let size = usize::from_str_radix(size.split(';').next().unwrap_or_default().trim(), 16).unwrap_or(0);
        let start = line_end + 2;
        if size == 0 || start + size > rest.len() {
            break;
        }
        body.extend_from_slice(&rest[start..start + size]);
        rest = rest.get(start + size + 2..).unwrap_or_default();
    }
    let without = Message { head: message.head, body: Vec::new() };
    let head = String::from_utf8_lossy(&without.head).into_owned();
    let lines: Vec<&str> = head
        .trim_end()
        .split("\r\n")
        .filter(|line| !line.to_ascii_lowercase().starts_with("transfer-encoding:"))
        .collect();
    let head = format!("{}\r\ncontent-length: {}\r\n\r\n", lines.join("\r\n"), body.len()).into_bytes();
    Message { head, body }
}
