//! What AWS may answer, staged: moto knows no disabled keys and denies nobody.

#![expect(clippy::expect_used, reason = "a test stops at the first surprise")]

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use aws_call::transport::{Body, HttpAnswer, HttpRequest, Limits, Transport, TransportError};
use aws_call::{BoxFuture, Client, ClientParts, OsRandom};
use testkit::SetClock;

use super::*;
use crate::config::AwsSecrets;
use crate::engine::Engine;
use crate::own_aws::OwnAws;
use crate::telemetry::metrics::Metrics;

/// An AWS that answers everything with one status and body, which can be changed.
#[derive(Debug, Clone, Default)]
pub(crate) struct Staged {
    pub(crate) answer: Arc<Mutex<(u16, String)>>,
    pub(crate) asked: Arc<AtomicU32>,
}

struct Whole(Option<Vec<u8>>);

impl Body for Whole {
    fn next(&mut self) -> BoxFuture<'_, Result<Option<axum::body::Bytes>, TransportError>> {
        let all = self.0.take().map(Into::into);
        Box::pin(async move { Ok(all) })
    }
}

impl Transport for Staged {
    fn send(&self, _: HttpRequest, _: Limits) -> BoxFuture<'_, Result<HttpAnswer, TransportError>> {
        self.asked.fetch_add(1, Ordering::Relaxed);
        let (status, body) = self.answer.lock().expect("a lock").clone();
        let mut headers = axum::http::HeaderMap::new();
        headers.insert("content-type", axum::http::HeaderValue::from_static("application/x-amz-json-1.1"));
        let answer = HttpAnswer { status, headers, body: Box::new(Whole(Some(body.into_bytes()))) };
        Box::pin(async move { Ok(answer) })
    }
}

impl Staged {
    pub(crate) fn says(&self, status: u16, body: &str) {
        *self.answer.lock().expect("a lock") = (status, body.to_owned());
    }

    pub(crate) fn aws(&self, clock: &SetClock) -> OwnAws {
        let pairs = [
            ("AWS_ACCESS_KEY_ID", "AKIDTEST"),
            ("AWS_SECRET_ACCESS_KEY", "test"),
            ("AWS_REGION", "us-east-1"),
            ("AWS_MAX_ATTEMPTS", "1"),
            ("AWS_CONFIG_FILE", "/dev/null"),
            ("AWS_SHARED_CREDENTIALS_FILE", "/dev/null"),
        ];
        let vars: BTreeMap<String, String> =
            pairs.map(|(name, value)| (name.to_owned(), value.to_owned())).into();
        let client = Client::from_parts(ClientParts {
            transport: Arc::new(self.clone()),
            clock: Arc::new(clock.clone()),
            random: Arc::new(OsRandom),
            catalog: aws_model::Catalog::embedded(),
        });
        let engine = Engine::for_chat(vars, &client).expect("an engine");
        OwnAws::of(client, Arc::new(engine))
    }
}

fn finder(staged: &Staged, clock: &SetClock) -> Arc<Finder> {
    Arc::new(Finder::new(BTreeMap::new(), "".into(), staged.aws(clock), AwsSecrets::default()))
}

fn clock() -> SetClock {
    SetClock::at(aws_cli::Timestamp::from_second(1_800_000_000).expect("a time"))
}

#[tokio::test]
async fn each_refusal_says_what_to_do_next() {
    let (staged, clock) = (Staged::default(), clock());
    let finder = finder(&staged, &clock);
    let manager = "secretsmanager:slack#bot";
    for (reference, status, code, expected) in [
        ("kms:AQID", 400, "DisabledException", "aws kms enable-key"),
        ("kms:AQID", 400, "KMSInvalidStateException", "cancel-key-deletion"),
        ("kms:AQID", 400, "AccessDeniedException", "kms:Decrypt for that key"),
        ("kms:AQID", 400, "InvalidCiphertextException", "encryption context"),
        ("kms:AQID", 400, "IncorrectKeyException", "[secrets] region"),
        (manager, 400, "AccessDeniedException", "secretsmanager:GetSecretValue"),
        (manager, 400, "ResourceNotFoundException", "no such secret"),
        (manager, 400, "InvalidRequestException", "restore-secret"),
        (manager, 400, "DecryptionFailure", "its key may be disabled"),
        ("ssm:/a", 400, "ParameterNotFound", "no such parameter"),
        ("ssm:/a", 400, "AccessDeniedException", "ssm:GetParameter"),
        ("ssm:/a", 400, "ThrottlingException", "asks for fewer calls"),
        ("ssm:/a", 400, "ExpiredTokenException", "renew them"),
        ("ssm:/a", 500, "InternalServerError", "AWS failed on its side"),
    ] {
        staged.says(status, &format!("{{\"__type\": \"{code}\", \"message\": \"no\"}}"));
        let reference = Reference::parse(reference).expect("a reference");
        let problem = finder.find(&reference).await.expect_err("a refusal");
        assert!(problem.hint.contains(expected), "{code}: {problem:?}");
        assert!(problem.what.contains(code), "{code}: {problem:?}");
    }
}

#[tokio::test]
async fn a_field_is_taken_out_and_no_fault_shows_a_value() {
    let (staged, clock) = (Staged::default(), clock());
    let finder = finder(&staged, &clock);
    for (stored, reference, expected) in [
        ("{\\\"bot\\\": \\\" xoxb-1 \\\"}", "secretsmanager:s#bot", Ok("xoxb-1")),
        ("{\\\"bot\\\": 7}", "secretsmanager:s#bot", Err("holds no text")),
        ("plain", "secretsmanager:s", Ok("plain")),
        ("hidden", "secretsmanager:s#bot", Err("no JSON object")),
        ("{\\\"a\\\": \\\"hidden\\\"}", "secretsmanager:s#bot", Err("its fields are: a")),
        ("{\\\"bot\\\": {\\\"x\\\": \\\"hidden\\\"}}", "secretsmanager:s#bot", Err("holds no text")),
        ("{\\\"bot\\\": \\\"\\\"}", "secretsmanager:s#bot", Err("is empty")),
    ] {
        staged.says(200, &format!("{{\"SecretString\": \"{stored}\"}}"));
        let found = finder.find(&Reference::parse(reference).expect("a reference")).await;
        match (&found, expected) {
            (Ok(secret), Ok(expected)) => assert_eq!(secret.expose(), expected),
            (Err(problem), Err(expected)) => {
                let told = problem.to_string();
                assert!(told.contains(expected) && !told.contains("hidden"), "{told}");
            }
            other => panic!("{stored}: {other:?}"),
        }
    }
}

#[tokio::test]
async fn a_secret_follows_and_doubt_makes_no_storm() {
    let (staged, clock) = (Staged::default(), clock());
    staged.says(200, r#"{"SecretString": "one"}"#);
    let reference = Reference::parse("secretsmanager:s").expect("a reference");
    let followed = Some((reference, finder(&staged, &clock)));
    let overlap = Duration::from_secs(60);
    let live = Live::new(
        "slack.bot_token",
        slack::Secret::new("one"),
        followed,
        overlap,
        (Arc::new(clock.clone()), Arc::new(Metrics::new())),
    );
    assert!(!live.doubted(0).await, "it is what it was");
    for _ in 0..100 {
        assert!(!live.doubted(0).await);
    }
    assert_eq!(staged.asked.load(Ordering::Relaxed), 1);
    staged.says(200, r#"{"SecretString": "two"}"#);
    clock.advance(Duration::from_secs(6));
    assert!(live.doubted(0).await);
    assert_eq!(live.kept().current.expose(), "two");
    assert_eq!(live.previous().expect("still").expose(), "one");
    clock.advance(Duration::from_secs(61));
    assert!(live.previous().is_none(), "the overlap is over");
    staged.says(400, r#"{"__type": "AccessDeniedException"}"#);
    live.look().await;
    assert_eq!(live.kept().current.expose(), "two", "a fault changes nothing");
    staged.says(200, r#"{"SecretString": "three"}"#);
    live.look().await;
    assert_eq!(live.kept().current.expose(), "three", "and it recovers");
}
