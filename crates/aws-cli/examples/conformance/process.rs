//! The same through the real program: `bellhop aws` in a process of its own, and a server on loopback that gives the
//! recorded answers.
//!
//! Compared are exit code, standard output, error text and files. Requests are not: they go to the loopback address.
//! What no such run can repeat is skipped, each with its reason.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;

use crate::recording::{Exchange, Message, Recording};
use crate::replay::{self, Outcome, Ran};
use crate::{threads, world};

/// A waiter that polls more often than this would take minutes.
const MOST_EXCHANGES: usize = 10;

pub(crate) fn replay(recording: &Recording, binary: &Path) -> Outcome {
    if let Some(reason) = replay::unreplayable(recording).or_else(|| unservable(recording)) {
        return Outcome::Skipped(reason);
    }
    match run(recording, binary) {
        Ok(ran) => Outcome::Compared(replay::told(recording, &ran)),
        Err(_) => Outcome::Skipped("this machine cannot start it"),
    }
}

/// Why loopback cannot play the recording's other side.
fn unservable(recording: &Recording) -> Option<&'static str> {
    let said = |word: &str| recording.words.iter().any(|found| found.starts_with(word));
    let exchanges = &recording.exchanges;
    if exchanges.is_empty() && recording.exit_code == Some(0) && !said("--generate-cli-skeleton") {
        return Some("it asks nobody: what it prints may bear the time");
    }
    if said("--endpoint") {
        return Some("it names its endpoint");
    }
    if threads::decide(recording) {
        return Some("its requests come side by side");
    }
    if exchanges.len() > MOST_EXCHANGES || exchanges.len() > 1 && said("wait") {
        return Some("it would really wait");
    }
    if exchanges.iter().any(|exchange| !is_servable(exchange)) {
        return Some("an answer's length or body cannot be served as it was recorded");
    }
    let hosts = exchanges.iter().filter_map(|exchange| exchange.request.url.split('/').nth(2));
    if hosts.into_iter().any(|host| recording.stdout.contains(host) || recording.stderr.contains(host)) {
        return Some("it prints its endpoint");
    }
    let target = |exchange: &Exchange| exchange.request.header("x-amz-target").unwrap_or_default().to_owned();
    let discovers = exchanges.iter().any(|exchange| target(exchange).ends_with(".DescribeEndpoints"));
    discovers.then_some("it asks for its endpoint first, which a configured endpoint spares")
}

/// Whether HTTP can carry the answer: no body where none may be, and no other length than the body's.
fn is_servable(exchange: &Exchange) -> bool {
    let Message { status, body, .. } = &exchange.answer;
    let bodiless = exchange.request.method == "HEAD" || matches!(status, 204 | 304);
    let length = exchange.answer.header("content-length");
    let true_length = length.is_none_or(|length| length == body.len().to_string());
    if bodiless { body.is_empty() && true_length } else { true_length }
}

fn run(recording: &Recording, binary: &Path) -> std::io::Result<Ran> {
    let folder = Scratch::new(recording)?;
    let listener = TcpListener::bind(("127.0.0.1", 0))?;
    let address = listener.local_addr()?;
    let over = AtomicBool::new(false);
    thread::scope(|scope| {
        scope.spawn(|| serve(&listener, &recording.exchanges, &over));
        let output = Command::new(binary)
            .arg("aws")
            .args(&recording.words)
            .env_clear()
            .envs(world::VARIABLES.iter().copied())
            .envs(recording.variables.iter().map(|(name, value)| (name, value)))
            .env("AWS_ENDPOINT_URL", format!("http://{address}"))
            .env("AWS_DISABLE_HOST_PREFIX_INJECTION", "true")
            .env("HOME", folder.0.join("home"))
            .current_dir(folder.0.join("work"))
            .stdin(Stdio::null())
            .output();
        over.store(true, Ordering::Release);
        // Wakes the server.
        let _ = TcpStream::connect(address);
        let output = output?;
        Ok(Ran {
            exit_code: output.status.code().and_then(|code| u8::try_from(code).ok()).unwrap_or(u8::MAX),
            stdout: output.stdout,
            stderr: String::from_utf8_lossy(&output.stderr).into_owned(),
            asked: Vec::new(),
            files: folder.files(&recording.files)?,
        })
    })
}

/// Gives the recorded answers in their order, one a connection.
fn serve(listener: &TcpListener, exchanges: &[Exchange], over: &AtomicBool) {
    let mut exchanges = exchanges.iter();
    for stream in listener.incoming() {
        if over.load(Ordering::Acquire) {
            return;
        }
        let Ok(stream) = stream else { continue };
        if let Some(exchange) = exchanges.next() {
            // A program that hangs up early says so itself.
            let _ = answer(&stream, exchange);
        }
    }
}

fn answer(mut stream: &TcpStream, exchange: &Exchange) -> std::io::Result<()> {
    read_request(stream)?;
    let Message { status, headers, body, .. } = &exchange.answer;
    let mut head = format!("HTTP/1.1 {status} Recorded\r\nconnection: close\r\n");
    for (name, value) in headers {
        if !["content-length", "connection", "transfer-encoding"].contains(&name.to_lowercase().as_str()) {
            head.push_str(&format!("{name}: {value}\r\n"));
        }
    }
    if *status != 204 {
        head.push_str(&format!("content-length: {}\r\n", body.len()));
    }
    stream.write_all(head.as_bytes())?;
    stream.write_all(b"\r\n")?;
    stream.write_all(body)
}

/// Reads a request to its end: as long as its head says, or in chunks.
fn read_request(stream: &TcpStream) -> std::io::Result<()> {
    let mut reader = BufReader::new(stream);
    let mut length = 0;
    let mut line = String::new();
    while reader.read_line(&mut line)? > 2 {
        if let Some((name, value)) = line.split_once(':')
            && name.eq_ignore_ascii_case("content-length")
        {
            length = value.trim().parse::<u64>().unwrap_or(0);
        }
        line.clear();
    }
    std::io::copy(&mut reader.take(length), &mut std::io::sink()).map(|_| ())
}

/// An empty home and an empty folder to run in, gone in the end.
struct Scratch(PathBuf);

impl Scratch {
    fn new(recording: &Recording) -> std::io::Result<Scratch> {
        let name = format!("bellhop-conformance-{}-{}", std::process::id(), recording.number);
        let scratch = Scratch(std::env::temp_dir().join(name));
        std::fs::create_dir_all(scratch.0.join("home"))?;
        std::fs::create_dir_all(scratch.0.join("work"))?;
        Ok(scratch)
    }

    /// What became of the files that the recorded command wrote.
    fn files(&self, expected: &[(String, Vec<u8>)]) -> std::io::Result<Vec<(String, Vec<u8>)>> {
        let mut found = Vec::new();
        for (name, _) in expected {
            let path = self.0.join("work").join(name);
            if path.is_file() {
                found.push((name.clone(), std::fs::read(path)?));
            }
        }
        Ok(found)
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}
