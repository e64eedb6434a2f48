//! `cloudtrail`: a bucket with signed digests, and what is said when something in it was changed.

use std::io::Write as _;

use aws_lc_rs::digest::{SHA256, digest};
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::rsa::KeySize;
use aws_lc_rs::signature::{KeyPair as _, RSA_PKCS1_SHA256, RsaKeyPair};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use flate2::Compression;
use flate2::write::GzEncoder;

use super::*;

const FOLDER: &str = "AWSLogs/123456789012/CloudTrail-Digest/us-east-1/2024/01/02";
const LOG: &str = "AWSLogs/123456789012/CloudTrail/log.json.gz";
const LINE: &str = "cloudtrail validate-logs --trail-arn arn:aws:cloudtrail:us-east-1:123456789012:trail/t --s3-bucket bucket \
                    --start-time 2024-01-02T00:00:00Z --end-time 2024-01-02T12:00:00Z";

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn packed(text: &str) -> Vec<u8> {
    let mut gzip = GzEncoder::new(Vec::new(), Compression::default());
    gzip.write_all(text.as_bytes()).unwrap();
    gzip.finish().unwrap()
}

/// A bucket, and CloudTrail with its key.
#[derive(Debug)]
struct World {
    objects: BTreeMap<String, (Vec<u8>, String)>,
    key: Vec<u8>,
}

impl Transport for World {
    fn send(&self, request: HttpRequest, _: Limits) -> BoxFuture<'_, Result<HttpAnswer, TransportError>> {
        let mut headers = http::HeaderMap::new();
        let path = request.uri().path().trim_start_matches("/bucket").trim_start_matches('/').to_owned();
        let query = request.uri().query().unwrap_or_default();
        let (mut status, mut body) = (200, Vec::new());
        if request.method() == "POST" {
            let key = STANDARD.encode(&self.key);
            body = format!(r#"{{"PublicKeyList": [{{"Fingerprint": "f", "Value": "{key}"}}]}}"#).into_bytes();
        } else if query.contains("location") {
            body = b"<LocationConstraint/>".to_vec();
        } else if path.is_empty() {
            let keys = self.objects.keys().map(|key| format!("<Contents><Key>{key}</Key></Contents>"));
            body = format!("<ListBucketResult>{}</ListBucketResult>", keys.collect::<String>()).into_bytes();
        } else if let Some((content, signature)) = self.objects.get(&path) {
            body.clone_from(content);
            headers.insert("x-amz-meta-signature", signature.parse().unwrap());
            headers.insert("x-amz-meta-signature-algorithm", "SHA256withRSA".parse().unwrap());
        } else {
            status = 404;
            body = b"<Error><Code>NoSuchKey</Code><Message>no</Message></Error>".to_vec();
        }
        let answer = HttpAnswer { status, headers, body: Box::new(Whole(Some(Bytes::from(body)))) };
        Box::pin(std::future::ready(Ok(answer)))
    }
}

fn sign(key: &RsaKeyPair, message: &[u8]) -> String {
    let mut signature = vec![0; key.public_modulus_len()];
    key.sign(&RSA_PKCS1_SHA256, &SystemRandom::new(), message, &mut signature).unwrap();
    hex(&signature)
}

/// Two digests, the second of which follows the first, and a log.
fn world() -> World {
    let key = RsaKeyPair::generate(KeySize::Rsa2048).unwrap();
    let mut objects = BTreeMap::new();
    objects.insert(LOG.to_owned(), (packed("{}"), String::new()));
    let name = |hour: u32| {
        format!("{FOLDER}/123456789012_CloudTrail-Digest_us-east-1_t_us-east-1_20240102T0{hour}0000Z.json.gz")
    };
    let mut before = ("null".to_owned(), "null".to_owned(), "null".to_owned());
    for hour in [1, 2] {
        let object = name(hour);
        let (end, start) = (format!("2024-01-02T0{hour}:00:00Z"), format!("2024-01-02T0{}:00:00Z", hour - 1));
        let (bucket, previous, signed) = &before;
        let text = format!(
            r#"{{"digestPublicKeyFingerprint": "f", "digestS3Bucket": "bucket", "digestS3Object": "{object}", "previousDigestSignature": {signed}, "previousDigestS3Bucket": {bucket}, "previousDigestS3Object": {previous}, "digestEndTime": "{end}", "digestStartTime": "{start}", "logFiles": [{{"s3Bucket": "bucket", "s3Object": "{LOG}", "hashValue": "{}"}}]}}"#,
            hex(digest(&SHA256, b"{}").as_ref())
        );
        let hash = hex(digest(&SHA256, text.as_bytes()).as_ref());
        let message = format!("{end}\nbucket/{object}\n{hash}\n{}", signed.trim_matches('"'));
        let signature = sign(&key, message.as_bytes());
        objects.insert(object.clone(), (packed(&text), signature.clone()));
        before = ("\"bucket\"".to_owned(), format!("\"{object}\""), format!("\"{signature}\""));
    }
    World { objects, key: key.public_key().as_ref().to_vec() }
}

fn validate(world: World, line: &str) -> (u8, String, String) {
    let words: Vec<String> = words::split(line).unwrap().into_iter().map(|word| word.text).collect();
    let env = Environment::empty();
    let Ok(Parsed::Call(invocation)) = parse(&Catalog::embedded(), &words, &env, Profile::Chat) else {
        panic!("{line}")
    };
    let client = Client::from_parts(ClientParts {
        transport: Arc::new(world),
        clock: Arc::new(SystemClock),
        random: Arc::new(OsRandom),
        catalog: Catalog::embedded(),
    });
    let credentials = aws_call::credentials::StaticCredentials::new(Credentials::new("a", "b"));
    let options = CallOptions::in_region("us-east-1").with_credentials(Arc::new(credentials));
    let (mut out, mut err) = (Vec::new(), Vec::new());
    let mut console = Console { out: &mut out, err: &mut err };
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let code = runtime.block_on(crate::run(&invocation, &client, &options, &env, &mut console));
    (code, String::from_utf8(out).unwrap(), String::from_utf8(err).unwrap())
}

#[test]
fn an_unbroken_chain_is_valid() {
    let (code, out, err) = validate(world(), LINE);
    assert_eq!((code, err.as_str()), (0, ""));
    insta::assert_snapshot!(out, @r"
    Validating log files for trail arn:aws:cloudtrail:us-east-1:123456789012:trail/t between 2024-01-02T00:00:00Z and 2024-01-02T12:00:00Z

    Results requested for 2024-01-02T00:00:00Z to 2024-01-02T12:00:00Z
    Results found for 2024-01-02T00:00:00Z to 2024-01-02T02:00:00Z:

    2/2 digest files valid
    2/2 log files valid
    ");
}

#[test]
fn whatever_was_changed_is_found() {
    let second =
        format!("{FOLDER}/123456789012_CloudTrail-Digest_us-east-1_t_us-east-1_20240102T020000Z.json.gz");
    let first = second.replace("020000Z", "010000Z");
    type Change = fn(&mut World, &str);
    let cases: [(&str, Change, &str); 6] = [
        (LOG, |world, key| drop(world.objects.remove(key)), "INVALID: not found"),
        (
            LOG,
            |world, key| world.objects.get_mut(key).unwrap().0 = packed("[]"),
            "INVALID: hash value doesn't match",
        ),
        (
            LOG,
            |world, key| world.objects.get_mut(key).unwrap().0 = b"no gzip".to_vec(),
            "INVALID: invalid format",
        ),
        (
            LOG,
            |world, key| world.objects.get_mut(key).unwrap().0.extend_from_slice(b"more"),
            "INVALID: unexpected data after end of compressed stream",
        ),
        (&first, |world, key| drop(world.objects.remove(key)), "INVALID: not found"),
        (
            &second,
            |world, key| world.objects.get_mut(key).unwrap().1 = "00".repeat(256),
            "INVALID: signature verification failed",
        ),
    ];
    for (key, change, expected) in cases {
        let mut changed = world();
        change(&mut changed, key);
        let (code, _, err) = validate(changed, LINE);
        let kind = if key == LOG { "Log" } else { "Digest" };
        assert_eq!(code, 1, "{key}");
        assert!(err.contains(&format!("{kind} file\ts3://bucket/{key}\t{expected}\n")), "{expected}: {err}");
    }
}

#[test]
fn results_of_queries_are_held_against_their_signature() {
    let key = RsaKeyPair::generate(KeySize::Rsa2048).unwrap();
    let hash = hex(digest(&SHA256, b"rows").as_ref());
    let text = format!(
        r#"{{"files": [{{"fileName": "r.csv.gz", "fileHashValue": "{hash}"}}], "queryCompleteTime": "2024-01-02T03:04:05Z", "publicKeyFingerprint": "f", "hashSignature": "{}"}}"#,
        sign(&key, hash.as_bytes())
    );
    let public = key.public_key().as_ref().to_vec();
    let line = "cloudtrail verify-query-results --s3-bucket bucket --s3-prefix p";
    let verify = |rows: &str, text: &str| {
        let objects = [("p/result_sign.json", text), ("p/r.csv.gz", rows)];
        let objects = objects.map(|(key, text)| (key.to_owned(), (text.as_bytes().to_vec(), String::new())));
        validate(World { objects: objects.into(), key: public.clone() }, line)
    };
    let (code, out, err) = verify("rows", &text);
    assert_eq!(
        (code, out.as_str(), err.as_str()),
        (0, "Successfully validated sign and query result files\n", "")
    );
    let (code, _, err) = verify("other", &text);
    assert!(
        code == 255 && err.contains("ValidationError: File r.csv.gz has inconsistent hash value"),
        "{err}"
    );
    let forged = text.replace("\"hashSignature\": \"", "\"hashSignature\": \"00");
    let (code, _, err) = verify("rows", &forged);
    assert!(code == 255 && err.contains("ValidationError: Invalid signature in sign file"), "{err}");
}
