//! Just enough HTTP/1.1 for talking to a server on loopback, and for playing one.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::time::Duration;

use anyhow::{Context as _, Result, ensure};

/// The bound of a body, in bytes.
const MAX_BODY: u64 = 16 * 1024 * 1024;

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

/// Reads one message: in chunks, with a `content-length`, or up to the end of the stream.
pub(crate) fn read(stream: &TcpStream) -> Result<Message> {
    let mut reader = BufReader::new(stream);
    let mut start = String::new();
    reader.read_line(&mut start)?;
    let (mut length, mut chunked) = (None, false);
    loop {
        let mut line = String::new();
        reader.read_line(&mut line)?;
        let line = line.trim_end();
        if line.is_empty() {
            break;
        }
        match line.split_once(':') {
            Some((name, value)) if name.eq_ignore_ascii_case("content-length") => {
                length = Some(value.trim().parse::<u64>().context("content-length is no number")?);
            }
            Some((name, value)) if name.eq_ignore_ascii_case("transfer-encoding") => {
                chunked = value.trim().eq_ignore_ascii_case("chunked");
            }
            _ => {}
        }
    }
    let mut body = Vec::new();
    if chunked {
        read_chunks(&mut reader, &mut body)?;
    } else {
        reader.take(length.unwrap_or(MAX_BODY)).read_to_end(&mut body)?;
    }
    let status = start.split_whitespace().nth(1).and_then(|word| word.parse().ok()).unwrap_or(0);
    Ok(Message {
        start: start.trim_end().to_owned(),
        status,
        body: String::from_utf8_lossy(&body).into_owned(),
    })
}

/// Reads chunks up to the empty one, and what follows it.
fn read_chunks(reader: &mut impl BufRead, body: &mut Vec<u8>) -> Result<()> {
    loop {
        let mut line = String::new();
        reader.read_line(&mut line)?;
        let size = line.split(';').next().unwrap_or_default().trim();
        let size = u64::from_str_radix(size, 16).context("a chunk without a size")?;
        ensure!(body.len() as u64 + size <= MAX_BODY, "the body is too long");
        reader.take(size).read_to_end(body)?;
        line.clear();
        reader.read_line(&mut line)?;
        if size == 0 {
            return Ok(());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn chunks_are_joined() {
        let mut body = Vec::new();
        let mut rest = "4\r\nabcd\r\n1;x=y\r\ne\r\n0\r\n\r\nnext".as_bytes();
        read_chunks(&mut rest, &mut body).expect("reads");
        assert_eq!((body.as_slice(), rest), (&b"abcde"[..], &b"next"[..]));
        assert!(read_chunks(&mut "zz\r\n".as_bytes(), &mut body).is_err());
    }
}
