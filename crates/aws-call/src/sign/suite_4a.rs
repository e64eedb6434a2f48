//! AWS's suite for signature version 4a, which the package of `aws-sigv4` bears, and one of its cases spelled out.
//! Signatures are random: canonical requests and texts must be the published ones, signatures must verify.
#![expect(
    clippy::unwrap_used,
    clippy::disallowed_methods,
    clippy::print_stdout,
    reason = "a test on files that are given, which prints its counts"
)]

use std::path::Path;

use aws_lc_rs::signature::{ECDSA_P256_SHA256_ASN1, UnparsedPublicKey};
use value::Value;

use super::suite::request;
use super::{Keys, Scheme, Signer, Version, canonical, hex_sha256, stamp};
use crate::credentials::Credentials;
use crate::encoding::{PATH_SAFE, percent_encode};
use crate::outgoing::Outgoing;

const SECONDS: u32 = 3600;
/// The suite's public key, an uncompressed point.
const PUBLIC: &str = "04b6618f6a65740a99e650b33b6b4b5bd0d43b176d721a3edfea7e7d2d56d936b1\
                      865ed22a7eadc9c5cb9d2cbaca1b3699139fedc5043dc6661864218330c8e518";

fn bytes(hex: &str) -> Vec<u8> {
    (0..hex.len()).step_by(2).map(|at| u8::from_str_radix(&hex[at..at + 2], 16).unwrap()).collect()
}

fn verifies(text: &str, signature: &str) -> bool {
    let key = UnparsedPublicKey::new(&ECDSA_P256_SHA256_ASN1, bytes(PUBLIC));
    key.verify(text.as_bytes(), &bytes(signature)).is_ok()
}

fn scheme() -> Scheme {
    Scheme { version: Version::V4a, ..Scheme::new("service", "us-east-1") }
}

fn last_part<'a>(text: &'a str, mark: &str) -> &'a str {
    text.rsplit_once(mark).unwrap().1
}

/// Where a request's signature stands.
#[derive(Clone, Copy, PartialEq)]
enum Place {
    Header,
    Query,
}

struct Case {
    request: Outgoing,
    normalized: bool,
    canonical: String,
    text: String,
}

impl Case {
    fn read(folder: &Path, place: Place) -> (Case, Credentials) {
        let file = |name: &str| std::fs::read_to_string(folder.join(name)).unwrap().replace('\r', "");
        let context = Value::from_json(file("context.json").as_bytes()).unwrap();
        let is = |name: &str| context.get(name) == Some(&Value::Bool(true));
        let prefix = if place == Place::Header { "header" } else { "query" };
        let mut request = request(&file("request.txt"));
        if is("sign_body") && place == Place::Header {
            request.set_header("X-Amz-Content-SHA256", hex_sha256(&request.body));
        }
        let mut credentials = Credentials::new("AKIDEXAMPLE", "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY");
        let token = context.get("credentials").and_then(|all| all.get("token")).and_then(Value::as_text);
        // Services that take the token unsigned are not among those that are called here.
        credentials.session_token = token.filter(|_| !is("omit_session_token")).map(str::to_owned);
        let case = Case {
            request,
            normalized: is("normalize"),
            canonical: file(&format!("{prefix}-canonical-request.txt")),
            text: file(&format!("{prefix}-string-to-sign.txt")),
        };
        (case, credentials)
    }

    /// What is canonical and signed, step by step; the suite's paths that stay as they are are encoded once.
    fn steps_agree(&self, signer: &Signer<'_>, place: Place) -> bool {
        let (mut request, scheme, date) = (self.request.clone(), scheme(), stamp(signer.now));
        if !self.normalized {
            request.path.clear();
            percent_encode(&mut request.path, &self.request.path, PATH_SAFE);
        }
        if place == Place::Header {
            signer.add_headers(&mut request, &scheme, &date);
        }
        let signed = canonical::signed_headers(&request);
        if place == Place::Query {
            signer.add_pairs(&mut request.query, &scheme, SECONDS, &date, &canonical::names(&signed));
        }
        let payload = hex_sha256(&request.body);
        let canonical = canonical::request(&request, &signed, &payload, !self.normalized);
        canonical == self.canonical
            && scheme.text(&date, &canonical) == self.text
            && verifies(&self.text, &signer.signature(&scheme, &date, &canonical).unwrap())
    }

    /// The same, as calls do it; they have no raw paths without S3's dialect, and presigning moves forms into the query.
    fn whole_agrees(&self, signer: &Signer<'_>, place: Place) -> bool {
        let mut request = self.request.clone();
        let signature = match place {
            Place::Header => {
                signer.sign(&mut request, &scheme()).unwrap();
                last_part(request.header("Authorization").unwrap(), ", Signature=")
            }
            Place::Query => {
                signer.presign(&mut request, &scheme(), SECONDS).unwrap();
                last_part(&request.query, "&X-Amz-Signature=")
            }
        };
        let moved = !self.request.body.is_empty() && request.body.is_empty();
        !self.normalized || moved || verifies(&self.text, signature)
    }
}

#[test]
#[ignore = "needs the suite: BELLHOP_SIGV4A_SUITE names the folder v4a of aws-sigv4's aws-signing-test-suite"]
fn every_case_of_version_4a_signs_as_published() {
    let folder = std::env::var_os("BELLHOP_SIGV4A_SUITE").unwrap();
    let (mut passed, mut wrong, keys) = (0, Vec::new(), Keys::default());
    for entry in std::fs::read_dir(Path::new(&folder)).unwrap().flatten() {
        for place in [Place::Header, Place::Query] {
            let (case, credentials) = Case::read(&entry.path(), place);
            let now = "2015-08-30T12:36:00Z".parse().unwrap();
            let signer = Signer { credentials: &credentials, keys: &keys, now };
            if case.steps_agree(&signer, place) && case.whole_agrees(&signer, place) {
                passed += 1;
            } else {
                wrong.push(entry.file_name());
            }
        }
    }
    println!("sigv4a cases={} passed={passed} skipped=0", passed + wrong.len());
    assert!(wrong.is_empty(), "{wrong:?}");
    assert_eq!(passed, 76);
}

#[test]
fn the_plainest_case_signs_as_published() {
    let mut outgoing = request("GET / HTTP/1.1\nHost:example.amazonaws.com\n\n");
    let credentials = Credentials::new("AKIDEXAMPLE", "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY");
    let now = "2015-08-30T12:36:00Z".parse().unwrap();
    Signer { credentials: &credentials, keys: &Keys::default(), now }.sign(&mut outgoing, &scheme()).unwrap();
    assert_eq!(outgoing.header("X-Amz-Region-Set"), Some("us-east-1"));
    let (head, signature) = outgoing.header("Authorization").unwrap().rsplit_once('=').unwrap();
    assert_eq!(
        head,
        "AWS4-ECDSA-P256-SHA256 Credential=AKIDEXAMPLE/20150830/service/aws4_request, \
         SignedHeaders=host;x-amz-date;x-amz-region-set, Signature"
    );
    let text = "AWS4-ECDSA-P256-SHA256\n20150830T123600Z\n20150830/service/aws4_request\ncf59db423e841c8b7e3444158185aa261b724a5c27cbe762676f3eed19f4dc02";
    assert!(verifies(text, signature));
}
