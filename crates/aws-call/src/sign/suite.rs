//! AWS's published signature suite, from botocore's source package, whole.
#![expect(
    clippy::unwrap_used,
    clippy::disallowed_methods,
    clippy::print_stdout,
    reason = "a test on files that are pinned, which prints its counts"
)]

use std::path::{Path, PathBuf};

use crate::credentials::Credentials;
use crate::encoding::{QUERY_SAFE, percent_encode};
use crate::message::RequestParts;
use crate::outgoing::Outgoing;
use crate::sign::{Keys, Scheme, Signer};

fn suite() -> PathBuf {
    let root = match std::env::var_os("BELLHOP_BOTOCORE_SDIST") {
        Some(path) => PathBuf::from(path),
        None => Path::new(env!("CARGO_MANIFEST_DIR")).join("../../target/models/sdist"),
    };
    let suite = root.join("tests/unit/auth/aws4_testsuite");
    assert!(suite.is_dir(), "botocore's vectors are missing: run `cargo xtask models --vectors`");
    suite
}

fn cases(directory: &Path, out: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(directory).unwrap().flatten() {
        let path = entry.path();
        if path.is_dir() {
            cases(&path, out);
        } else if path.extension().is_some_and(|extension| extension == "req") {
            out.push(path);
        }
    }
}

fn read(path: &Path, extension: &str) -> String {
    std::fs::read_to_string(path.with_extension(extension)).unwrap().replace('\r', "")
}

fn encoded(text: &str) -> String {
    let text = text.split('&').map(|pair| match pair.split_once('=') {
        Some((name, value)) => [name, value].map(plain).join("="),
        None => plain(pair),
    });
    text.collect::<Vec<_>>().join("&")
}

fn plain(text: &str) -> String {
    let decoded = percent_encoding::percent_decode_str(text).decode_utf8_lossy().into_owned();
    let mut out = String::new();
    percent_encode(&mut out, &decoded, QUERY_SAFE);
    out
}

/// A request as the suites write one, its query encoded as it would be sent.
pub(super) fn request(text: &str) -> Outgoing {
    let (head, body) = text.split_once("\n\n").unwrap_or((text, ""));
    let mut lines = head.lines();
    let first = lines.next().unwrap().strip_suffix(" HTTP/1.1").unwrap();
    let (method, target) = first.split_once(' ').unwrap();
    let (path, query) = target.split_once('?').unwrap_or((target, ""));
    let mut headers: Vec<(String, String)> = Vec::new();
    for line in lines.filter(|line| !line.is_empty()) {
        if line.starts_with(' ') {
            headers.last_mut().unwrap().1.push_str(line);
        } else {
            let (name, value) = line.split_once(':').unwrap();
            headers.push((name.to_owned(), value.to_owned()));
        }
    }
    let parts = RequestParts {
        method: method.to_owned(),
        path: path.to_owned(),
        literal_query: encoded(query),
        headers,
        body: body.as_bytes().to_vec(),
        ..RequestParts::default()
    };
    Outgoing::new(parts, "https://example.amazonaws.com", true).unwrap()
}

#[test]
fn every_case_signs_as_published() {
    let mut paths = Vec::new();
    cases(&suite(), &mut paths);
    assert!(paths.len() >= 34, "{} cases", paths.len());
    let mut wrong = Vec::new();
    for path in &paths {
        let mut outgoing = request(&read(path, "req"));
        let mut credentials = Credentials::new("AKIDEXAMPLE", "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY");
        let canonical = read(path, "creq");
        let token = canonical.lines().find_map(|line| line.strip_prefix("x-amz-security-token:"));
        credentials.session_token = token.map(str::to_owned);
        let now = "2015-08-30T12:36:00Z".parse().unwrap();
        let signer = Signer { credentials: &credentials, keys: &Keys::default(), now };
        signer.sign(&mut outgoing, &Scheme::new("service", "us-east-1")).unwrap();
        if outgoing.header("Authorization") != Some(read(path, "authz").as_str()) {
            wrong.push(path.file_stem().unwrap().to_owned());
        }
    }
    println!("sigv4 cases={} passed={} skipped=0", paths.len(), paths.len() - wrong.len());
    assert!(wrong.is_empty(), "{wrong:?}");
}
