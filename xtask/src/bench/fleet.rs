//! An AWS of a hundred accounts in seventeen regions, each answer late by a given time; if told so, one call in ten is
//! throttled and one account never answers.
//!
//! Absent on purpose: whatever `find <instance>` does not ask, and signatures, of which only the credential is read: it
//! tells account and region.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::Duration;

use anyhow::{Context as _, Result};

pub(super) const ACCOUNTS: usize = 100;
pub(super) const REGIONS: [&str; 17] = [
    "us-east-1",
    "us-east-2",
    "us-west-1",
    "us-west-2",
    "ca-central-1",
    "sa-east-1",
    "eu-west-1",
    "eu-west-2",
    "eu-west-3",
    "eu-central-1",
    "eu-north-1",
    "ap-south-1",
    "ap-northeast-1",
    "ap-northeast-2",
    "ap-northeast-3",
    "ap-southeast-1",
    "ap-southeast-2",
];
/// The one instance that there is, and where.
pub(super) const INSTANCE: &str = "i-0fee1600d00000001";
/// Its address, and the interface that has it.
pub(super) const ADDRESS: &str = "10.57.12.34";
pub(super) const INTERFACE: &str = "eni-0fee1600d00000001";
const ITS_ACCOUNT: usize = 57;
const ITS_REGION: &str = "eu-west-3";
/// The account that never answers, if it is told so.
const SILENT: usize = 42;

/// The fleet.
pub(super) struct Fleet {
    pub(super) address: String,
    shared: Arc<Shared>,
}

#[derive(Default)]
struct Shared {
    latency: Duration,
    rough: AtomicBool,
    calls: AtomicUsize,
    throttled: AtomicUsize,
}

impl Fleet {
    /// Answers until the process ends, each time so late.
    pub(super) fn start(latency: Duration) -> Result<Fleet> {
        let listener = TcpListener::bind(("127.0.0.1", 0)).context("no free port")?;
        let address = format!("http://{}", listener.local_addr()?);
        let shared = Arc::new(Shared { latency, ..Shared::default() });
        let serving = Arc::clone(&shared);
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let shared = Arc::clone(&serving);
                // A client that hangs up is its own affair.
                std::thread::spawn(move || drop(serve(&stream, &shared)));
            }
        });
        Ok(Fleet { address, shared })
    }

    /// From now on one call in ten is throttled, and one account never answers.
    pub(super) fn be_rough(&self) {
        self.shared.rough.store(true, Ordering::Relaxed);
    }

    /// Calls so far, and how many of them were throttled.
    pub(super) fn calls(&self) -> (usize, usize) {
        (self.shared.calls.load(Ordering::Relaxed), self.shared.throttled.load(Ordering::Relaxed))
    }
}

/// The twelve digits of an account.
pub(super) fn digits(number: usize) -> String {
    format!("{:012}", 100_000_000_000 + number)
}

/// What of a request matters.
struct Request {
    /// Of whose credentials it is signed; none is Bellhop itself.
    account: Option<usize>,
    region: String,
    body: String,
}

fn serve(stream: &TcpStream, shared: &Shared) -> Result<()> {
    stream.set_nodelay(true)?;
    let mut reader = BufReader::new(stream);
    while let Some(request) = read(&mut reader)? {
        let call = shared.calls.fetch_add(1, Ordering::Relaxed);
        let rough = shared.rough.load(Ordering::Relaxed);
        if rough && request.account == Some(SILENT) {
            loop {
                std::thread::park();
            }
        }
        std::thread::sleep(shared.latency);
        let throttled = rough && call.is_multiple_of(10) && request.account.is_some();
        shared.throttled.fetch_add(usize::from(throttled), Ordering::Relaxed);
        let (status, body) = if throttled {
            ("503 Service Unavailable", THROTTLED.to_owned())
        } else {
            ("200 OK", answer(&request))
        };
        let head =
            format!("HTTP/1.1 {status}\r\ncontent-type: text/xml\r\ncontent-length: {}\r\n\r\n", body.len());
        let mut out = stream;
        out.write_all([head.as_bytes(), body.as_bytes()].concat().as_slice())?;
    }
    Ok(())
}

fn read(reader: &mut BufReader<&TcpStream>) -> Result<Option<Request>> {
    let (mut length, mut account, mut region) = (0, None, String::new());
    let mut first = String::new();
    if reader.read_line(&mut first)? == 0 {
        return Ok(None);
    }
    loop {
        let mut line = String::new();
        reader.read_line(&mut line)?;
        let line = line.trim_end();
        if line.is_empty() {
            break;
        }
        let Some((name, value)) = line.split_once(':') else { continue };
        if name.eq_ignore_ascii_case("content-length") {
            length = value.trim().parse().context("content-length is no number")?;
        } else if name.eq_ignore_ascii_case("authorization") {
            let credential = value.split("Credential=").nth(1).unwrap_or_default();
            let mut parts = credential.split('/');
            account = parts.next().and_then(|id| id.strip_prefix("ASIAFLEET")).and_then(|id| id.parse().ok());
            region = parts.nth(1).unwrap_or_default().to_owned();
        }
    }
    let mut body = String::new();
    reader.take(length).read_to_string(&mut body)?;
    Ok(Some(Request { account, region, body }))
}

const THROTTLED: &str = "<Response><Errors><Error><Code>RequestLimitExceeded</Code><Message>Request limit exceeded.</Message>\
</Error></Errors><RequestID>01234567-89ab-cdef-0123-456789abcdef</RequestID></Response>";

fn answer(request: &Request) -> String {
    let body = request.body.as_str();
    if body.contains("Action=AssumeRole") {
        return session(body);
    }
    if body.contains("Action=DescribeRegions") {
        let region = |name: &&str| {
            format!(
                "<item><regionName>{name}</regionName><optInStatus>opt-in-not-required</optInStatus></item>"
            )
        };
        let regions: String = REGIONS.iter().map(region).collect();
        return wrapped("DescribeRegions", &format!("<regionInfo>{regions}</regionInfo>"));
    }
    let here = request.account == Some(ITS_ACCOUNT) && request.region == ITS_REGION;
    if body.contains("Action=DescribeNetworkInterfaces") {
        let found = if here && body.contains(ADDRESS) { INTERFACE_XML } else { "" };
        return wrapped(
            "DescribeNetworkInterfaces",
            &format!("<networkInterfaceSet>{found}</networkInterfaceSet>"),
        );
    }
    // Who names none gets what there is: one in each place.
    let found =
        if here && body.contains(INSTANCE) || !body.contains("Filter.1") && !body.contains("InstanceId.1") {
            INSTANCE_XML
        } else {
            ""
        };
    wrapped("DescribeInstances", &format!("<reservationSet>{found}</reservationSet>"))
}

const INTERFACE_XML: &str = "<item><networkInterfaceId>eni-0fee1600d00000001</networkInterfaceId><status>in-use</status>\
<privateIpAddress>10.57.12.34</privateIpAddress><attachment><instanceId>i-0fee1600d00000001</instanceId></attachment></item>";

const INSTANCE_XML: &str = "<item><reservationId>r-0fee1600d00000001</reservationId><instancesSet><item>\
<instanceId>i-0fee1600d00000001</instanceId><instanceType>t3.micro</instanceType>\
<instanceState><code>16</code><name>running</name></instanceState></item></instancesSet></item>";

fn wrapped(operation: &str, inside: &str) -> String {
    format!(
        "<{operation}Response xmlns=\"http://ec2.amazonaws.com/doc/2016-11-15/\"><requestId>r</requestId>{inside}</{operation}Response>"
    )
}

/// Credentials that tell whose they are.
fn session(body: &str) -> String {
    let number = body
        .split("iam%3A%3A")
        .nth(1)
        .and_then(|rest| rest.get(..12))
        .and_then(|id| id.parse::<usize>().ok());
    let number = number.unwrap_or_default() % 1_000;
    format!(
        "<AssumeRoleResponse xmlns=\"https://sts.amazonaws.com/doc/2011-06-15/\"><AssumeRoleResult><Credentials>\
<AccessKeyId>ASIAFLEET{number:07}</AccessKeyId><SecretAccessKey>secret</SecretAccessKey><SessionToken>token</SessionToken>\
<Expiration>2099-01-01T00:00:00Z</Expiration></Credentials></AssumeRoleResult></AssumeRoleResponse>"
    )
}
