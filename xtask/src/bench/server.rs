//! An AWS of the bench's own: three answers, always the same, as fast as the machine sends them.
//!
//! Absent on purpose: anything that depends on the request's parameters but its page, signatures among them.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::sync::Arc;

use anyhow::{Context as _, Result};

use crate::bench::instances::asked;

const IDENTITY: &str = "<GetCallerIdentityResponse xmlns=\"https://sts.amazonaws.com/doc/2011-06-15/\">\
<GetCallerIdentityResult><Arn>arn:aws:iam::123456789012:user/alice</Arn><UserId>AIDAEXAMPLE0123456789</UserId>\
<Account>123456789012</Account></GetCallerIdentityResult><ResponseMetadata>\
<RequestId>01234567-89ab-cdef-0123-456789abcdef</RequestId></ResponseMetadata></GetCallerIdentityResponse>";

const BUCKETS: &str = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n\
<ListAllMyBucketsResult xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\"><Owner><ID>0123456789abcdef</ID></Owner>\
<Buckets><Bucket><Name>logs</Name><CreationDate>2026-03-14T09:00:00.000Z</CreationDate></Bucket>\
<Bucket><Name>backups</Name><CreationDate>2026-03-14T09:00:00.000Z</CreationDate></Bucket></Buckets>\
</ListAllMyBucketsResult>";

/// Answers until the process ends; returns the address. The pages are what DescribeInstances answers.
pub(super) fn start(pages: Vec<String>) -> Result<String> {
    let listener = TcpListener::bind(("127.0.0.1", 0)).context("no free port")?;
    let address = format!("http://{}", listener.local_addr()?);
    let pages = Arc::new(pages);
    std::thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            let pages = Arc::clone(&pages);
            // A client that hangs up is its own affair.
            std::thread::spawn(move || drop(answer(&stream, &pages)));
        }
    });
    Ok(address)
}

fn answer(stream: &TcpStream, pages: &[String]) -> Result<()> {
    let request = read(stream)?;
    let body = match request.as_str() {
        request if request.contains("Action=GetCallerIdentity") => IDENTITY,
        request if request.contains("Action=DescribeInstances") => asked(pages, request).unwrap_or_default(),
        _ => BUCKETS,
    };
    let head = format!(
        "HTTP/1.1 200 OK\r\ncontent-type: text/xml;charset=UTF-8\r\nconnection: close\r\ncontent-length: {}\r\n\r\n",
        body.len()
    );
    let mut out = stream;
    out.write_all(head.as_bytes())?;
    Ok(out.write_all(body.as_bytes())?)
}

/// A request's body, which names the action.
fn read(stream: &TcpStream) -> Result<String> {
    let mut reader = BufReader::new(stream);
    let mut length = 0;
    loop {
        let mut line = String::new();
        reader.read_line(&mut line)?;
        let line = line.trim_end().to_ascii_lowercase();
        if line.is_empty() {
            break;
        }
        if let Some(value) = line.strip_prefix("content-length:") {
            length = value.trim().parse().context("content-length is no number")?;
        }
    }
    let mut body = String::new();
    reader.take(length).read_to_string(&mut body)?;
    Ok(body)
}
