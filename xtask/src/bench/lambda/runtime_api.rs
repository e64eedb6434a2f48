//! What stands around a function of Lambda: the runtime interface, which hands it one event and notes when it answers, and
//! the little of AWS that it asks for while it starts, answered at once.
//!
//! Absent on purpose: more than one event for each start, and any check of what is sent.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, bail};

/// The largest body that is read, in bytes.
const MAX_BODY: u64 = 8 * 1024 * 1024;

/// When a function answered, and what.
pub(super) struct Answered {
    pub(super) at: Instant,
    pub(super) body: String,
}

/// A runtime interface for one function at a time.
pub(super) struct RuntimeApi {
    /// `127.0.0.1:40000`
    pub(super) address: String,
    answers: Receiver<Answered>,
    events: Events,
}

/// What waits for whoever asks next.
type Events = Arc<Mutex<Option<String>>>;

impl RuntimeApi {
    /// On a free port, until the process ends.
    pub(super) fn start() -> Result<RuntimeApi> {
        let listener = TcpListener::bind(("127.0.0.1", 0)).context("no free port")?;
        let address = listener.local_addr()?.to_string();
        let (answered, answers) = channel();
        let events = Events::default();
        let waiting = Arc::clone(&events);
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let (waiting, answered) = (Arc::clone(&waiting), answered.clone());
                // A function that is killed hangs up.
                std::thread::spawn(move || drop(converse(&stream, &waiting, &answered)));
            }
        });
        Ok(RuntimeApi { address, answers, events })
    }

    /// The event for the next function that asks.
    pub(super) fn hand_out(&self, event: String) {
        *self.events.lock().unwrap_or_else(PoisonError::into_inner) = Some(event);
    }

    /// What it answers.
    pub(super) fn answer(&self) -> Result<Answered> {
        let answer = self.answers.recv_timeout(Duration::from_secs(60));
        answer.context("the function did not answer within a minute")
    }
}

fn converse(stream: &TcpStream, waiting: &Events, answered: &Sender<Answered>) -> Result<()> {
    stream.set_nodelay(true)?;
    let mut reader = BufReader::new(stream);
    loop {
        let Request { line, body, .. } = read(&mut reader)?;
        if line.contains("/invocation/next") {
            let event = waiting.lock().unwrap_or_else(PoisonError::into_inner).take();
            // There is no second one: the function waits, and is ended.
            let event = event.context("nothing waits")?;
            let head = "lambda-runtime-aws-request-id: bench\r\nlambda-runtime-deadline-ms: 9999999999999\r\n\
                lambda-runtime-invoked-function-arn: arn:aws:lambda:us-east-1:123456789012:function:bench\r\n\
                lambda-runtime-trace-id: Root=1-00000000-000000000000000000000000\r\n";
            answer(stream, "200 OK", head, &event)?;
        } else {
            answered.send(Answered { at: Instant::now(), body })?;
            answer(stream, "202 Accepted", "", "{}")?;
        }
    }
}

/// An AWS that decrypts everything to `secret` and has an empty table. Its address.
pub(super) fn aws(secret: &str) -> Result<String> {
    let listener = TcpListener::bind(("127.0.0.1", 0)).context("no free port")?;
    let address = format!("http://{}", listener.local_addr()?);
    let secret = secret.to_owned();
    std::thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            let secret = secret.clone();
            // A client that hangs up is its own affair.
            std::thread::spawn(move || drop(serve(&stream, &secret)));
        }
    });
    Ok(address)
}

fn serve(stream: &TcpStream, secret: &str) -> Result<()> {
    stream.set_nodelay(true)?;
    let mut reader = BufReader::new(stream);
    loop {
        let Request { target, .. } = read(&mut reader)?;
        let body = match target.as_str() {
            "TrentService.Decrypt" => {
                format!(
                    r#"{{"KeyId":"arn:aws:kms:us-east-1:123456789012:key/bench","Plaintext":"{secret}","EncryptionAlgorithm":"SYMMETRIC_DEFAULT"}}"#
                )
            }
            "DynamoDB_20120810.Query" => r#"{"Items":[],"Count":0,"ScannedCount":0}"#.to_owned(),
            _ => "{}".to_owned(),
        };
        answer(stream, "200 OK", "content-type: application/x-amz-json-1.1\r\n", &body)?;
    }
}

struct Request {
    line: String,
    target: String,
    body: String,
}

fn read(reader: &mut BufReader<&TcpStream>) -> Result<Request> {
    let mut first = String::new();
    if reader.read_line(&mut first)? == 0 {
        bail!("hung up");
    }
    let (mut length, mut target) = (0_u64, String::new());
    loop {
        let mut line = String::new();
        reader.read_line(&mut line)?;
        let line = line.trim_end();
        let Some((name, value)) = line.split_once(':') else { break };
        match name.to_ascii_lowercase().as_str() {
            "content-length" => length = value.trim().parse().context("content-length is no number")?,
            "x-amz-target" => value.trim().clone_into(&mut target),
            _ => {}
        }
    }
    let mut body = Vec::new();
    reader.take(length.min(MAX_BODY)).read_to_end(&mut body)?;
    Ok(Request { line: first, target, body: String::from_utf8_lossy(&body).into_owned() })
}

fn answer(mut out: &TcpStream, status: &str, head: &str, body: &str) -> Result<()> {
    let text = format!("HTTP/1.1 {status}\r\n{head}content-length: {}\r\n\r\n{body}", body.len());
    Ok(out.write_all(text.as_bytes())?)
}
