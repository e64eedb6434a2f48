//! The shared cache on Redis or Valkey, over one connection.
//!
//! Invariants: nothing waits longer than [`PATIENCE`] for it; after a failure it is let alone for [`REST`], which is logged
//! once. Absent on purpose: TLS, and belief: what lies there is sealed (`bot::cache`).

use std::sync::{Arc, PoisonError};
use std::time::{Duration, Instant};

use aws_call::{BoxFuture, Clock};
use bot::cache::wire::{self, Reply};
use bot::cache::{MAX_PIECE, SharedCache};
use slack::Secret;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::sync::Mutex;

use crate::config::CacheSettings;

/// How long one question may take, its connection included.
const PATIENCE: Duration = Duration::from_millis(250);
/// How long it is let alone after a failure.
const REST: Duration = Duration::from_secs(15);
/// How long a piece is kept there.
const KEPT: &[u8] = b"3600";

/// The cache.
pub(crate) struct Redis {
    /// Host and port.
    address: String,
    password: Option<Secret>,
    clock: Arc<dyn Clock>,
    idle: Mutex<Option<TcpStream>>,
    /// Until when it is let alone.
    rests: std::sync::Mutex<Option<Instant>>,
}

/// What went wrong.
#[derive(Debug, thiserror::Error)]
enum Fault {
    #[error("it cannot be reached")]
    Network(#[from] std::io::Error),
    #[error("it does not answer in time")]
    Slow,
    #[error(transparent)]
    Reply(#[from] wire::NoReply),
    #[error("it refuses: is the password right?")]
    Refused,
}

impl Redis {
    /// There; nothing is asked yet.
    pub(crate) fn new(settings: &CacheSettings, clock: Arc<dyn Clock>) -> Redis {
        Redis {
            address: settings.address.clone(),
            password: settings.password.clone(),
            clock,
            idle: Mutex::default(),
            rests: std::sync::Mutex::default(),
        }
    }

    /// What it answers; `None` where it does not in time, or is let alone.
    async fn ask(&self, words: &[&[u8]]) -> Option<Reply> {
        let now = self.clock.instant();
        let rested = { *self.rests.lock().unwrap_or_else(PoisonError::into_inner) };
        if rested.is_some_and(|until| now < until) {
            return None;
        }
        let asked = tokio::time::timeout(PATIENCE, self.exchange(words)).await;
        let fault = match asked.unwrap_or(Err(Fault::Slow)) {
            Ok(reply) => {
                *self.rests.lock().unwrap_or_else(PoisonError::into_inner) = None;
                return Some(reply);
            }
            Err(fault) => fault,
        };
        if rested.is_none() {
            tracing::warn!(address = self.address, fault = %fault, "the shared cache fails; the store answers without it");
        }
        *self.rests.lock().unwrap_or_else(PoisonError::into_inner) = Some(self.clock.instant() + REST);
        None
    }

    /// One question on the connection that is idle, or a new one. A connection on which something went wrong is not used
    /// again: what comes on it may answer another question.
    async fn exchange(&self, words: &[&[u8]]) -> Result<Reply, Fault> {
        let mut idle = self.idle.lock().await;
        let mut stream = match idle.take() {
            Some(stream) => stream,
            None => self.connect().await?,
        };
        let reply = converse(&mut stream, words).await?;
        *idle = Some(stream);
        if reply == Reply::Refused { Err(Fault::Refused) } else { Ok(reply) }
    }

    async fn connect(&self) -> Result<TcpStream, Fault> {
        let mut stream = TcpStream::connect(&self.address).await?;
        stream.set_nodelay(true)?;
        if let Some(password) = &self.password {
            let words = [b"AUTH".as_slice(), password.expose().as_bytes()];
            if converse(&mut stream, &words).await? != Reply::Done {
                return Err(Fault::Refused);
            }
        }
        Ok(stream)
    }
}

async fn converse(stream: &mut TcpStream, words: &[&[u8]]) -> Result<Reply, Fault> {
    stream.write_all(&wire::command(words)).await?;
    let mut read = Vec::new();
    loop {
        match wire::read(&read, MAX_PIECE)? {
            Some((reply, length)) if length == read.len() => return Ok(reply),
            // Nobody asked for more than one.
            Some(_) => return Err(wire::NoReply.into()),
            None => {}
        }
        if stream.read_buf(&mut read).await? == 0 {
            return Err(std::io::Error::from(std::io::ErrorKind::UnexpectedEof).into());
        }
    }
}

impl SharedCache for Redis {
    fn get<'a>(&'a self, key: &'a str) -> BoxFuture<'a, Option<Vec<u8>>> {
        Box::pin(async move {
            match self.ask(&[b"GET", key.as_bytes()]).await? {
                Reply::Value(piece) => Some(piece),
                Reply::Done | Reply::Nothing | Reply::Refused => None,
            }
        })
    }

    fn put<'a>(&'a self, key: &'a str, piece: Vec<u8>) -> BoxFuture<'a, ()> {
        Box::pin(async move {
            self.ask(&[b"SET", key.as_bytes(), &piece, b"EX", KEPT]).await;
        })
    }
}

#[cfg(test)]
mod tests {
    #![expect(
        clippy::expect_used,
        clippy::disallowed_methods,
        reason = "a test starts a server, and stops at the first surprise"
    )]

    use std::process::{Command, Stdio};

    use aws_call::SystemClock;
    use testkit::Lifeline;

    use super::*;

    fn cache(address: &str, password: Option<&str>) -> Redis {
        let settings = CacheSettings { address: address.to_owned(), password: password.map(Secret::new) };
        Redis::new(&settings, Arc::new(SystemClock))
    }

    fn free_port() -> u16 {
        let listener = std::net::TcpListener::bind(("127.0.0.1", 0)).expect("a port");
        listener.local_addr().expect("an address").port()
    }

    /// A real server with that password, and its address.
    async fn server(password: &str) -> (Lifeline, String) {
        let port = free_port().to_string();
        let mut command = Command::new("redis-server");
        command.args(["--port", &port, "--bind", "127.0.0.1", "--save", "", "--requirepass", password]);
        let server = Lifeline::start(&command, |shell| {
            shell.stdout(Stdio::null()).stderr(Stdio::null());
        });
        let address = format!("127.0.0.1:{port}");
        for _ in 0..200 {
            if TcpStream::connect(&address).await.is_ok() {
                break;
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        (server.expect("redis-server, which `cargo xtask test` installs"), address)
    }

    #[tokio::test]
    async fn pieces_are_kept_by_a_real_server_and_nothing_waits_for_a_dead_one() {
        let (mut running, address) = server("a-password").await;
        let redis = cache(&address, Some("a-password"));
        assert_eq!(redis.get("k").await, None);
        for piece in [vec![0, 13, 10, 255], vec![7; 3_000_000], Vec::new()] {
            redis.put("k", piece.clone()).await;
            assert_eq!(redis.get("k").await, Some(piece));
        }
        assert_eq!(cache(&address, Some("wrong")).get("k").await, None);
        assert_eq!(cache(&address, None).get("k").await, None);
        running.kill();
        assert_eq!(redis.get("k").await, None, "it is down");
        let begun = Instant::now();
        for _ in 0..1_000 {
            assert_eq!(redis.get("k").await, None);
        }
        assert!(begun.elapsed() < PATIENCE, "a dead one is let alone: {:?}", begun.elapsed());
    }

    /// A server that says that to whatever it is told, or nothing.
    async fn saying(said: &'static [u8]) -> String {
        let listener = tokio::net::TcpListener::bind(("127.0.0.1", 0)).await.expect("a listener");
        let address = listener.local_addr().expect("an address").to_string();
        tokio::spawn(async move {
            while let Ok((mut stream, _)) = listener.accept().await {
                let mut heard = [0; 512];
                let _ = stream.read(&mut heard).await;
                let _ = stream.write_all(said).await;
                tokio::time::sleep(Duration::from_secs(5)).await;
            }
        });
        address
    }

    #[tokio::test]
    async fn one_that_is_slow_or_says_what_cannot_be_has_nothing() {
        for said in [
            &b""[..],
            b"$5\r\nhel",
            b"HTTP/1.1 400 Bad Request\r\n\r\n",
            b"$999999999\r\n",
            b"$1\r\na\r\n$1\r\nb\r\n",
        ] {
            let redis = cache(&saying(said).await, None);
            let begun = Instant::now();
            assert_eq!(redis.get("k").await, None, "{said:?}");
            assert!(begun.elapsed() < 2 * PATIENCE + Duration::from_secs(1));
        }
    }
}
