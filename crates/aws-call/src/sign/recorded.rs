//! Requests that AWS CLI v2 sent, signed again: the signatures must be the same.
#![expect(clippy::unwrap_used, clippy::disallowed_methods, reason = "a test on files that are given")]

use std::path::Path;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use value::Value;

use super::{Keys, Payload, Scheme, Signer};
use crate::credentials::Credentials;
use crate::message::RequestParts;
use crate::outgoing::Outgoing;

/// Signs a recorded request again; `None` if it was not signed by version 4.
fn resigned(http: &Value) -> Option<(String, String)> {
    let text = |name: &str| http.get(name).and_then(Value::as_text);
    let headers = http.get("headers")?.as_map()?;
    let recorded = headers.get("Authorization")?.as_text()?.to_owned();
    let scope = recorded.strip_prefix("AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/")?.split_once(',')?.0;
    let signed_length = recorded.contains("content-length");
    let mut scope = scope.split('/').skip(1);
    let (region, name) = (scope.next()?, scope.next()?);
    let url = text("url")?;
    let (endpoint, rest) = url.split_at(url[8..].find('/')? + 8);
    let (path, query) = rest.split_once('?').unwrap_or((rest, ""));
    let kept = |name: &str| {
        !matches!(name, "Authorization" | "X-Amz-Date") && (name != "Content-Length" || signed_length)
    };
    let parts = RequestParts {
        method: text("method")?.to_owned(),
        path: path.to_owned(),
        literal_query: query.to_owned(),
        headers: headers
            .iter()
            .filter(|(name, _)| kept(name))
            .map(|(name, value)| (name.to_string(), value.as_text().unwrap().to_owned()))
            .collect(),
        body: match text("body_b64") {
            Some(body) => STANDARD.decode(body).unwrap(),
            None => text("body").unwrap_or_default().as_bytes().to_vec(),
        },
        ..RequestParts::default()
    };
    let mut outgoing = Outgoing::new(parts, endpoint, false)?;
    let mut scheme = Scheme::new(name, region);
    scheme.s3 = name.starts_with("s3") && headers.contains("X-Amz-Content-SHA256");
    scheme.payload = match headers.get("X-Amz-Content-SHA256").and_then(Value::as_text) {
        Some("UNSIGNED-PAYLOAD") => Payload::Unsigned,
        Some(text) if text.starts_with("STREAMING") => Payload::Trailer,
        _ => Payload::Signed,
    };
    let credentials = Credentials::new("AKIDEXAMPLE", "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY");
    let now = "2024-01-02T03:04:05Z".parse().unwrap();
    let signer = Signer { credentials: &credentials, keys: &Keys::default(), now };
    signer.sign(&mut outgoing, &scheme).unwrap();
    Some((recorded, outgoing.header("Authorization")?.to_owned()))
}

#[test]
#[ignore = "needs recordings of AWS CLI v2: BELLHOP_RECORDED names a folder of *.jsonl"]
fn every_recorded_signature_comes_out_the_same() {
    let folder = std::env::var_os("BELLHOP_RECORDED").unwrap();
    let (mut same, mut wrong) = (0, Vec::new());
    for entry in std::fs::read_dir(Path::new(&folder)).unwrap().flatten() {
        if entry.path().extension().is_none_or(|extension| extension != "jsonl") {
            continue;
        }
        for line in std::fs::read_to_string(entry.path()).unwrap().lines() {
            let tree = Value::from_json(line.as_bytes()).unwrap();
            for http in tree.get("http").and_then(Value::as_list).unwrap_or_default() {
                match resigned(http) {
                    Some((recorded, own)) if recorded != own => wrong.push(tree.get("id").cloned()),
                    Some(_) => same += 1,
                    None => {}
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{same} the same; wrong: {wrong:?}");
    assert!(same > 0);
}
