//! Receiving an answer: small ones at once, large ones piece by piece, none beyond its bound.

use std::io::{self, BufRead, Read};
use std::sync::Arc;

use aws_model::{Operation, Service};
use bytes::{Buf as _, Bytes, BytesMut};
use http::HeaderMap;
use tokio::sync::mpsc;
use value::Key;

use crate::memory::Share;
use crate::message::{Answer, ParseOptions};
use crate::parse::{self, AnswerFault, ParseError};
use crate::transport::{Body, HttpAnswer, TransportError};

/// Bodies up to this length are read whole before they are parsed.
const SMALL: usize = 1024 * 1024;
/// How many pieces of a large body may wait for the parser.
const WAITING: usize = 16;

/// Why there is no answer after the head of one has come.
pub(crate) enum Fault {
    /// The body stopped coming.
    Transport(TransportError),
    /// It came, and is an error or unreadable.
    Answer(AnswerFault),
}

/// An answer, with the body it was read from if that is at hand.
pub(crate) struct Received {
    pub(crate) answer: Answer,
    pub(crate) body: Bytes,
}

/// Takes the bytes of a streamed body as they come.
pub(crate) type Sink<'a> = &'a mut (dyn FnMut(&[u8]) -> io::Result<()> + Send);

/// Receives and parses an answer's body.
pub(crate) async fn receive(
    service: &Arc<Service>,
    operation: &Operation,
    answer: HttpAnswer,
    options: &ParseOptions,
    sink: Option<Sink<'_>>,
) -> Result<Received, Fault> {
    let HttpAnswer { status, headers, mut body } = answer;
    if let Some(sink) = sink
        && status < 300
        && parse::streaming_output(service, operation).is_some()
    {
        let read_bytes = drain(body.as_mut(), sink).await?;
        whole(&headers, read_bytes)?;
        return read(service, operation, status, &headers, Bytes::new(), options);
    }
    if body.length().is_some_and(|length| length > options.max_body as u64) {
        return Err(too_long(options));
    }
    let mut body = Taking { body, share: options.share.clone() };
    body.begin().await?;
    let mut start = BytesMut::new();
    while start.len() <= SMALL {
        match body.next().await? {
            Some(piece) => start.extend_from_slice(&piece),
            None => {
                if status < 300 && parse::streaming_output(service, operation).is_some() {
                    whole(&headers, start.len() as u64)?;
                }
                return read(service, operation, status, &headers, start.freeze(), options);
            }
        }
    }
    let answer = feed(service, &operation.name, status, headers, start.freeze(), body, options).await?;
    Ok(Received { answer, body: Bytes::new() })
}

fn too_long(options: &ParseOptions) -> Fault {
    unread(ParseError::TooLong(options.max_body))
}

fn read(
    service: &Service,
    operation: &Operation,
    status: u16,
    headers: &HeaderMap,
    body: Bytes,
    options: &ParseOptions,
) -> Result<Received, Fault> {
    let answer = parse::parse(service, operation, status, headers, &body, options).map_err(Fault::Answer)?;
    Ok(Received { answer, body })
}

/// Holds a streamed body against the length that its head announced.
fn whole(headers: &HeaderMap, read: u64) -> Result<(), Fault> {
    let announced = headers.get(http::header::CONTENT_LENGTH).and_then(|length| length.to_str().ok());
    match announced.and_then(|length| length.trim().parse().ok()) {
        Some(expected) if expected != read => {
            Err(Fault::Answer(AnswerFault::Unreadable(ParseError::Short { read, expected })))
        }
        _ => Ok(()),
    }
}

/// Gives a body to the sink; says how long it was.
async fn drain(body: &mut dyn Body, sink: Sink<'_>) -> Result<u64, Fault> {
    let mut read = 0;
    while let Some(piece) = body.next().await.map_err(Fault::Transport)? {
        read += piece.len() as u64;
        sink(&piece).map_err(|error| unread(ParseError::Io(error)))?;
    }
    Ok(read)
}

/// Feeds a body to a parser on another thread while it arrives; only a few pieces are in memory at a time.
async fn feed(
    service: &Arc<Service>,
    operation: &Key,
    status: u16,
    headers: HeaderMap,
    start: Bytes,
    mut body: Taking,
    options: &ParseOptions,
) -> Result<Answer, Fault> {
    let (sender, receiver) = mpsc::channel(WAITING);
    let (service, operation, options) = (service.clone(), operation.clone(), options.clone());
    let parsing = tokio::task::spawn_blocking(move || {
        let Some(operation) = service.operation(&operation) else {
            return Err(AnswerFault::Unreadable(ParseError::TooDeep));
        };
        let mut reader = Pieces { current: start, receiver };
        parse::parse_stream(&service, operation, status, &headers, &mut reader, &options)
    });
    let mut broken = None;
    loop {
        let piece = match body.next().await {
            Ok(Some(piece)) => Ok(piece),
            Ok(None) => break,
            Err(fault) => {
                broken = Some(fault);
                Err(io::ErrorKind::BrokenPipe.into())
            }
        };
        // The parser hangs up when it has found a fault; its result says which.
        if sender.send(piece).await.is_err() || broken.is_some() {
            break;
        }
    }
    drop(sender);
    let parsed = parsing.await;
    if let Some(fault) = broken {
        return Err(fault);
    }
    match parsed {
        Ok(parsed) => parsed.map_err(Fault::Answer),
        Err(_) => Err(Fault::Answer(AnswerFault::Unreadable(ParseError::Io(io::Error::other(
            "the parser stopped",
        ))))),
    }
}

/// A body that takes its share of memory as it comes.
struct Taking {
    body: Box<dyn Body>,
    share: Option<Arc<Share>>,
}

impl Taking {
    /// Takes what the whole body needs, if its head told how long it is.
    async fn begin(&mut self) -> Result<(), Fault> {
        match (&self.share, self.body.length()) {
            (Some(share), Some(length)) => {
                share.expect(usize::try_from(length).unwrap_or(usize::MAX)).await.map_err(unread)
            }
            _ => Ok(()),
        }
    }

    async fn next(&mut self) -> Result<Option<Bytes>, Fault> {
        let piece = self.body.next().await.map_err(Fault::Transport)?;
        match (&self.share, &piece) {
            (Some(share), Some(piece)) => share.arrived(piece.len()).await.map_err(unread)?,
            (Some(share), None) => share.settle(),
            (None, _) => {}
        }
        Ok(piece)
    }
}

fn unread(error: ParseError) -> Fault {
    Fault::Answer(AnswerFault::Unreadable(error))
}

/// A body in pieces as a blocking reader.
struct Pieces {
    current: Bytes,
    receiver: mpsc::Receiver<io::Result<Bytes>>,
}

impl BufRead for Pieces {
    fn fill_buf(&mut self) -> io::Result<&[u8]> {
        while self.current.is_empty() {
            match self.receiver.blocking_recv() {
                Some(piece) => self.current = piece?,
                None => break,
            }
        }
        Ok(&self.current)
    }

    fn consume(&mut self, amount: usize) {
        self.current.advance(amount.min(self.current.len()));
    }
}

impl Read for Pieces {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        let length = self.fill_buf()?.read(out)?;
        self.consume(length);
        Ok(length)
    }
}
