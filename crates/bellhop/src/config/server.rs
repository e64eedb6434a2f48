//! `[server]`: where Bellhop listens and how much it takes on at once.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::time::Duration;

use crate::config::{Faults, Section, Source};

/// The HTTP server's settings.
#[derive(Debug, Clone)]
pub(crate) struct Server {
    /// The address to listen on.
    pub(crate) listen: SocketAddr,
    /// The address that Slack knows Bellhop by, without a slash at its end.
    pub(crate) public_url: Option<String>,
    /// The largest body that is read, in bytes.
    pub(crate) max_body_bytes: usize,
    /// The most connections held at once; more wait in the kernel's queue.
    pub(crate) max_connections: usize,
    /// How long running work may take after a request to stop.
    pub(crate) drain: Duration,
    /// What the whole process should stay within, in bytes.
    pub(crate) memory: usize,
}

/// What the process takes besides large answers: itself, the store's cache, small answers, replies on their way.
const BESIDES_ANSWERS: usize = 128 * 1024 * 1024;

impl Server {
    /// How many bytes the answers of AWS share.
    pub(crate) fn answers_memory(&self) -> usize {
        self.memory.saturating_sub(BESIDES_ANSWERS)
    }
}

const DEFAULT: SocketAddr = SocketAddr::new(IpAddr::V4(Ipv4Addr::LOCALHOST), 8080);

/// Reads the table. Hosting platforms set PORT and expect every address to be listened on; it wins.
pub(super) fn read(mut section: Section<'_>, source: &Source<'_>, faults: &mut Faults) -> Server {
    let mut listen = DEFAULT;
    if let Some(text) = section.text("listen", faults) {
        match text.value.parse() {
            Ok(address) => listen = address,
            Err(_) => {
                faults.at(text.at, format!("server.listen: `{}` is not an address and a port", text.value));
                faults.hint("such as \"127.0.0.1:8080\", or \"[::]:8080\" for all addresses");
            }
        }
    }
    if let Some(port) = source.vars.get("PORT").filter(|port| !port.is_empty()) {
        match port.parse() {
            Ok(port) => listen = SocketAddr::new(IpAddr::V4(Ipv4Addr::UNSPECIFIED), port),
            Err(_) => faults.nowhere(format!("PORT: `{port}` is not a port number")),
        }
    }
    let max_body = section.number("max_body_bytes", 1024..=16 * 1024 * 1024, faults).unwrap_or(256 * 1024);
    let connections = section.number("max_connections", 1..=100_000, faults).unwrap_or(1024);
    let drain = section.number("drain_seconds", 0..=900, faults).unwrap_or(30);
    let memory = section.number("memory_mb", 192..=1024 * 1024, faults).unwrap_or(512);
    let public_url = public_url(&mut section, faults);
    section.finish(faults);
    Server {
        listen,
        public_url,
        max_body_bytes: usize::try_from(max_body).unwrap_or(usize::MAX),
        max_connections: usize::try_from(connections).unwrap_or(usize::MAX),
        drain: Duration::from_secs(drain.unsigned_abs()),
        memory: usize::try_from(memory).unwrap_or(usize::MAX).saturating_mul(1024 * 1024),
    }
}

fn public_url(section: &mut Section<'_>, faults: &mut Faults) -> Option<String> {
    let spot = section.text("public_url", faults)?;
    let is_url = spot.value.parse::<axum::http::Uri>().is_ok_and(|url| {
        matches!(url.scheme_str(), Some("https" | "http")) && url.host().is_some() && url.query().is_none()
    });
    if !is_url {
        faults.at(spot.at, format!("server.public_url: `{}` is no address", spot.value));
        faults.hint("such as \"https://bellhop.example.com\"");
    }
    Some(spot.value.trim_end_matches('/').to_owned())
}
