//! Just enough HTTP/1.1 for talking to a server on loopback, and for playing one.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::time::Duration;

use anyhow::{Context as _, Result};

/// A message's first line, and its body.
pub(crate) struct Message {
    /// The first line.
    pub(crate) start: String,
    /// The status, where it is an answer.
    pub(crate) status: u16,
    /// The body, whole.
    pub(crate) body: String,
}

/// Asks for a path.
pub(crate) fn get(port: u16, path: &str) -> Result<Message> {
    send(port, "GET", path, &[], "")
}

/// Posts a form.
pub(crate) fn post(port: u16, path: &str, headers: &[(&str, &str)], body: &str) -> Result<Message> {
    send(port, "POST", path, headers, body)
}

fn send(port: u16, method: &str, path: &str, headers: &[(&str, &str)], body: &str) -> Result<Message> {
    let stream = TcpStream::connect(("127.0.0.1", port))?;
    stream.set_read_timeout(Some(Duration::from_secs(30)))?;
    exchange(&stream, method, path, &[headers, &[("connection", "close")]].concat(), body)
}

/// Sends one request over a connection and reads its answer.
pub(crate) fn exchange(
    mut stream: &TcpStream,
    method: &str,
    path: &str,
    headers: &[(&str, &str)],
    body: &str,
) -> Result<Message> {
    let mut request = format!("{method} {path} HTTP/1.1\r\nhost: {}\r\n", stream.peer_addr()?);
    for (name, value) in headers {
        request.push_str(&format!("{name}: {value}\r\n"));
    }
    request.push_str(&format!("content-length: {}\r\n\r\n{body}", body.len()));
    stream.write_all(request.as_bytes())?;
    read(stream)
}

/// Reads one message with a `content-length`, or up to the end of the stream.
pub(crate) fn read(stream: &TcpStream) -> Result<Message> {
    let mut reader = BufReader::new(stream);
    let mut start = String::new();
    reader.read_line(&mut start)?;
    let mut length = None;
    loop {
        let mut line = String::new();
        reader.read_line(&mut line)?;
        let line = line.trim_end();
        if line.is_empty() {
            break;
        }
        if let Some((name, value)) = line.split_once(':')
            && name.eq_ignore_ascii_case("content-length")
        {
            length = Some(value.trim().parse::<u64>().context("content-length is no number")?);
        }
    }
    let mut body = Vec::new();
    reader.take(length.unwrap_or(16 * 1024 * 1024)).read_to_end(&mut body)?;
    let status = start.split_whitespace().nth(1).and_then(|word| word.parse().ok()).unwrap_or(0);
    Ok(Message {
        start: start.trim_end().to_owned(),
        status,
        body: String::from_utf8_lossy(&body).into_owned(),
    })
}
