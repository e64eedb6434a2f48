//! Calls over a transport whose every failure is staged.
#![expect(clippy::unwrap_used, reason = "tests stage what they know")]

use std::collections::VecDeque;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use aws_call::credentials::{AssumeRole, AssumedRole, StaticCredentials};
use aws_call::parse::ParseError;
use aws_call::transport::{
    Body, HttpAnswer, HttpRequest, Limits, Transport, TransportError, TransportErrorKind as Kind,
};
use aws_call::{
    BoxFuture, Call, CallError, CallOptions, Client, ClientParts, Clock, CredentialSource, Credentials,
    Idempotency, Lost, Memory, NotSent, Random, RetryMode, RetryOptions, WriteRetries,
};
use aws_model::Catalog;
use bytes::Bytes;
use jiff::Timestamp;
use value::Map;

/// What the other side does.
enum Staged {
    Answer(u16, &'static str),
    Headers(u16, &'static str, &'static [(&'static str, &'static str)]),
    Fail(Kind, bool),
    /// A body that breaks after its first piece.
    BrokenBody,
    /// So many regions, in pieces of a few kilobytes.
    Regions(usize),
}

#[derive(Default)]
struct Stage {
    script: Mutex<VecDeque<Staged>>,
    sent: Mutex<Vec<HttpRequest>>,
    slept: Mutex<Vec<Duration>>,
}

impl std::fmt::Debug for Stage {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Stage")
    }
}

struct Pieces(VecDeque<Result<Bytes, TransportError>>);

impl Body for Pieces {
    fn next(&mut self) -> BoxFuture<'_, Result<Option<Bytes>, TransportError>> {
        Box::pin(std::future::ready(self.0.pop_front().transpose()))
    }
}

fn broken(kind: Kind, sent: bool) -> TransportError {
    TransportError { kind, sent, reason: "staged".to_owned() }
}

impl Transport for Stage {
    fn send(&self, request: HttpRequest, _: Limits) -> BoxFuture<'_, Result<HttpAnswer, TransportError>> {
        self.sent.lock().unwrap().push(request);
        let staged = self.script.lock().unwrap().pop_front().expect("an attempt that was not staged");
        let answer =
            |status, pieces: Vec<Result<Bytes, TransportError>>, headers: &[(&'static str, &'static str)]| {
                let mut map = http::HeaderMap::new();
                for (name, value) in headers {
                    map.insert(*name, http::HeaderValue::from_static(value));
                }
                Ok(HttpAnswer { status, headers: map, body: Box::new(Pieces(pieces.into())) })
            };
        let outcome = match staged {
            Staged::Answer(status, body) => {
                answer(status, vec![Ok(Bytes::from_static(body.as_bytes()))], &[])
            }
            Staged::Headers(status, body, headers) => {
                answer(status, vec![Ok(Bytes::from_static(body.as_bytes()))], headers)
            }
            Staged::Fail(kind, sent) => Err(broken(kind, sent)),
            Staged::Regions(count) => {
                let item = "<item><regionName>somewhere-1</regionName></item>".repeat(count);
                let body = format!(
                    "<DescribeRegionsResponse><regionInfo>{item}</regionInfo></DescribeRegionsResponse>"
                );
                let pieces =
                    body.as_bytes().chunks(5000).map(|piece| Ok(Bytes::copy_from_slice(piece))).collect();
                answer(200, pieces, &[])
            }
            Staged::BrokenBody => {
                answer(200, vec![Ok(Bytes::from_static(b"<a>")), Err(broken(Kind::Broken, true))], &[])
            }
        };
        Box::pin(std::future::ready(outcome))
    }
}

impl Clock for Stage {
    fn now(&self) -> Timestamp {
        "2024-01-02T03:04:05Z".parse().unwrap()
    }
    fn instant(&self) -> Instant {
        Instant::now()
    }
    fn sleep(&self, time: Duration) -> BoxFuture<'static, ()> {
        self.slept.lock().unwrap().push(time);
        Box::pin(std::future::ready(()))
    }
}

#[derive(Debug)]
struct Halves;

impl Random for Halves {
    fn fill(&self, bytes: &mut [u8]) {
        bytes.fill(0x80);
    }
}

fn staged(script: Vec<Staged>) -> (Client, Arc<Stage>) {
    let stage = Arc::new(Stage { script: Mutex::new(script.into()), ..Stage::default() });
    let parts = ClientParts {
        transport: stage.clone(),
        clock: stage.clone(),
        random: Arc::new(Halves),
        catalog: Catalog::embedded(),
    };
    (Client::from_parts(parts), stage)
}

fn options() -> CallOptions {
    let credentials = Credentials::new("AKIDEXAMPLE", "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY");
    CallOptions::in_region("us-east-1").with_credentials(Arc::new(StaticCredentials::new(credentials)))
}

fn call(service: &str, operation: &str, params: &[(&str, &str)]) -> Call {
    let params: Map = params.iter().map(|(name, value)| (*name, *value)).collect();
    Call::new(Catalog::embedded().open(service).unwrap(), operation, params)
}

const IDENTITY: &str = "<GetCallerIdentityResponse xmlns=\"https://sts.amazonaws.com/doc/2011-06-15/\"><GetCallerIdentityResult><Account>123456789012</Account></GetCallerIdentityResult></GetCallerIdentityResponse>";
const FAILURE: &str =
    "<ErrorResponse><Error><Code>InternalFailure</Code><Message>oh</Message></Error></ErrorResponse>";
const SLOWER: &str =
    "<ErrorResponse><Error><Code>Throttling</Code><Message>slow</Message></Error></ErrorResponse>";
const DENIED: &str =
    "<ErrorResponse><Error><Code>AccessDenied</Code><Message>no</Message></Error></ErrorResponse>";
const CREATED: &str = "<CreateTopicResponse><CreateTopicResult><TopicArn>t</TopicArn></CreateTopicResult></CreateTopicResponse>";

/// What a caller is told, in a word.
fn word(outcome: &Result<aws_call::Answer, CallError>) -> &'static str {
    match outcome {
        Ok(_) => "done",
        Err(CallError::NotSent(NotSent::Connect { .. })) => "no connection",
        Err(CallError::NotSent(_)) => "not sent",
        Err(CallError::Rejected(_)) => "rejected",
        Err(CallError::MayHaveHappened(Lost::Service(_))) => "server fault",
        Err(CallError::MayHaveHappened(_)) => "may have happened",
    }
}

#[tokio::test]
async fn attempts_follow_the_rules() {
    let read = || call("sts", "GetCallerIdentity", &[]);
    let write = || call("sns", "CreateTopic", &[("Name", "t")]);
    let cases: Vec<(&str, Call, Vec<Staged>, &str, usize)> = vec![
        ("all well", read(), vec![Staged::Answer(200, IDENTITY)], "done", 1),
        ("denied", read(), vec![Staged::Answer(403, DENIED)], "rejected", 1),
        (
            "throttled write",
            write(),
            vec![Staged::Answer(400, SLOWER), Staged::Answer(200, CREATED)],
            "done",
            2,
        ),
        (
            "read fails on the server's side",
            read(),
            vec![Staged::Answer(500, FAILURE), Staged::Answer(503, FAILURE), Staged::Answer(500, FAILURE)],
            "rejected",
            3,
        ),
        ("write fails on the server's side", write(), vec![Staged::Answer(500, FAILURE)], "server fault", 1),
        ("write lost", write(), vec![Staged::Fail(Kind::ReadTimeout, true)], "may have happened", 1),
        (
            "write not connected",
            write(),
            vec![
                Staged::Fail(Kind::Connect, false),
                Staged::Fail(Kind::ConnectTimeout, false),
                Staged::Fail(Kind::Connect, false),
            ],
            "no connection",
            3,
        ),
        (
            "read lost, then answered",
            read(),
            vec![Staged::Fail(Kind::Broken, true), Staged::Answer(200, IDENTITY)],
            "done",
            2,
        ),
        (
            "read lost, then not connected",
            read(),
            vec![
                Staged::Fail(Kind::Broken, true),
                Staged::Fail(Kind::Connect, false),
                Staged::Fail(Kind::Connect, false),
            ],
            "may have happened",
            3,
        ),
        ("certificate not trusted", read(), vec![Staged::Fail(Kind::Tls, false)], "no connection", 1),
        ("body breaks", read(), vec![Staged::BrokenBody, Staged::Answer(200, IDENTITY)], "done", 2),
        ("write's answer is cut", write(), vec![Staged::BrokenBody], "may have happened", 1),
        ("write's answer is nonsense", write(), vec![Staged::Answer(200, "<a><b")], "may have happened", 1),
    ];
    for (name, call, script, expected, attempts) in cases {
        let (client, stage) = staged(script);
        let outcome = client.call(&call, &options()).await;
        assert_eq!(
            (word(&outcome), stage.sent.lock().unwrap().len()),
            (expected, attempts),
            "{name}: {outcome:?}"
        );
    }
}

/// The AWS CLI says so wherever the last attempt allowed has failed, whatever its failure.
#[tokio::test]
async fn an_error_says_that_no_further_attempt_was_allowed() {
    let read = call("sts", "GetCallerIdentity", &[]);
    for (script, expected) in [
        (vec![Staged::Answer(403, DENIED)], None),
        (
            vec![Staged::Answer(400, SLOWER), Staged::Answer(400, SLOWER), Staged::Answer(403, DENIED)],
            Some(
                "An error occurred (AccessDenied) when calling the GetCallerIdentity operation (reached max \
                 retries: 2): no",
            ),
        ),
    ] {
        let (client, _) = staged(script);
        let error = client.call(&read, &options()).await.unwrap_err();
        let told = error.service_error().unwrap();
        let sentence = told.sentence("GetCallerIdentity");
        assert_eq!(told.retries.map(|_| sentence.as_str()), expected);
    }
}

#[tokio::test]
async fn every_exchange_is_noted_by_its_name() {
    let named: &[(&str, &str)] = &[("x-amzn-requestid", "second")];
    let failed =
        "<ErrorResponse><Error><Code>Throttling</Code></Error><RequestId>first</RequestId></ErrorResponse>";
    let (client, _) = staged(vec![Staged::Answer(400, failed), Staged::Headers(200, IDENTITY, named)]);
    let seen = Arc::new(aws_call::RequestIds::default());
    let options = CallOptions { seen: Some(Arc::clone(&seen)), ..options() };
    client.call(&call("sts", "GetCallerIdentity", &[]), &options).await.unwrap();
    assert_eq!((seen.ids(), seen.count()), (vec!["first".to_owned(), "second".to_owned()], 2));
}

#[tokio::test]
async fn a_terminal_repeats_writes_as_the_aws_cli_does() {
    let (client, stage) = staged(vec![Staged::Fail(Kind::ReadTimeout, true), Staged::Answer(200, CREATED)]);
    let mut options = options();
    options.retry.writes = WriteRetries::LikeAwsCli;
    let outcome = client.call(&call("sns", "CreateTopic", &[("Name", "t")]), &options).await;
    assert_eq!((word(&outcome), stage.sent.lock().unwrap().len()), ("done", 2));
}

#[tokio::test]
async fn a_write_with_a_token_is_repeated_with_the_same_token() {
    let script =
        || vec![Staged::Fail(Kind::ReadTimeout, true), Staged::Answer(200, "<RunInstancesResponse/>")];
    let run = call("ec2", "RunInstances", &[("ImageId", "ami-1")]);
    let mut run = Call { params: run.params, ..run };
    run.params.insert("MinCount", 1_i64);
    run.params.insert("MaxCount", 1_i64);
    let mut bodies = Vec::new();
    for seed in ["job 1", "job 1", "job 2"] {
        let (client, stage) = staged(script());
        let options = CallOptions { idempotency: Idempotency::Seed(seed.to_owned()), ..options() };
        assert_eq!(word(&client.call(&run, &options).await), "done");
        let sent = stage.sent.lock().unwrap();
        assert_eq!(sent[0].body(), sent[1].body());
        bodies.push(sent[0].body().clone());
    }
    assert!(bodies[0].windows(11).any(|bytes| bytes == b"ClientToken"));
    assert_eq!(bodies[0], bodies[1]);
    assert_ne!(bodies[0], bodies[2]);
}

#[tokio::test]
async fn pauses_are_random_and_heed_the_service() {
    let (client, stage) = staged(vec![
        Staged::Answer(400, SLOWER),
        Staged::Headers(503, SLOWER, &[("retry-after", "7")]),
        Staged::Answer(200, IDENTITY),
    ]);
    assert_eq!(word(&client.call(&call("sts", "GetCallerIdentity", &[]), &options()).await), "done");
    let slept = stage.slept.lock().unwrap();
    assert!((Duration::from_millis(490)..Duration::from_millis(520)).contains(&slept[0]), "{slept:?}");
    assert_eq!(slept[1], Duration::from_secs(7));
}

#[tokio::test]
async fn a_client_that_adapts_slows_down_for_a_service_that_says_so() {
    for (mode, waits) in [(RetryMode::Standard, 0), (RetryMode::Adaptive, 2)] {
        let (client, stage) = staged(vec![
            Staged::Answer(400, SLOWER),
            Staged::Answer(200, IDENTITY),
            Staged::Answer(200, IDENTITY),
            Staged::Answer(200, "{}"),
        ]);
        let options = CallOptions { retry: RetryOptions { mode, ..RetryOptions::default() }, ..options() };
        for _ in 0..2 {
            assert_eq!(word(&client.call(&call("sts", "GetCallerIdentity", &[]), &options).await), "done");
        }
        // One more pause is the retry's own.
        assert_eq!(stage.slept.lock().unwrap().len(), 1 + waits, "{mode:?}");
        // Another service is not held up, and what would come too late is not sent.
        assert_eq!(word(&client.call(&call("sqs", "ListQueues", &[]), &options).await), "done");
        assert_eq!(stage.slept.lock().unwrap().len(), 1 + waits, "{mode:?}");
        let hurried = CallOptions { deadline: Some(Duration::from_millis(300)), ..options };
        if mode == RetryMode::Adaptive {
            let late = client.call(&call("sts", "GetCallerIdentity", &[]), &hurried).await;
            assert!(matches!(late, Err(CallError::NotSent(NotSent::Deadline))), "{late:?}");
        }
    }
}

#[tokio::test]
async fn a_deadline_ends_the_attempts() {
    let (client, stage) = staged(vec![Staged::Answer(500, FAILURE)]);
    let options = CallOptions { deadline: Some(Duration::from_millis(100)), ..options() };
    assert_eq!(word(&client.call(&call("sts", "GetCallerIdentity", &[]), &options).await), "rejected");
    assert_eq!(stage.sent.lock().unwrap().len(), 1);
}

#[tokio::test]
async fn faults_of_the_call_send_nothing() {
    let no_region = CallOptions { region: None, ..options() };
    for (call, options, expected) in [
        (call("sts", "Nothing", &[]), options(), "the service has no operation `Nothing`"),
        (
            call("sns", "CreateTopic", &[]),
            options(),
            "parameter validation failed: Missing required parameter in input: \"Name\"",
        ),
        (call("sqs", "ListQueues", &[]), no_region, "no region is given"),
    ] {
        let (client, _) = staged(Vec::new());
        let Err(CallError::NotSent(reason)) = client.call(&call, &options).await else {
            panic!("{expected}")
        };
        assert_eq!(reason.to_string(), expected);
    }
}

#[tokio::test]
async fn global_services_need_no_region() {
    let (client, _) = staged(Vec::new());
    let nowhere = CallOptions { region: None, ..options() };
    for (service, operation, host) in [
        ("iam", "ListUsers", "iam.amazonaws.com"),
        ("organizations", "ListAccounts", "organizations.us-east-1.amazonaws.com"),
        ("route53", "ListHostedZones", "route53.amazonaws.com"),
        ("health", "DescribeEvents", "global.health.amazonaws.com"),
    ] {
        let request = client.prepare(&call(service, operation, &[]), &nowhere).await.unwrap();
        assert!(request.url.starts_with(&format!("https://{host}/")), "{}", request.url);
        let (_, signed) = request.headers.iter().find(|(name, _)| name == "Authorization").unwrap();
        assert!(signed.contains("/us-east-1/"), "{signed}");
    }
}

#[tokio::test]
async fn a_bucket_elsewhere_is_found() {
    let (client, stage) = staged(vec![
        Staged::Headers(
            301,
            "<Error><Code>PermanentRedirect</Code></Error>",
            &[("x-amz-bucket-region", "eu-west-1")],
        ),
        Staged::Answer(200, "<ListBucketResult/>"),
    ]);
    let outcome = client.call(&call("s3", "ListObjectsV2", &[("Bucket", "b-1")]), &options()).await;
    assert_eq!(word(&outcome), "done");
    let sent = stage.sent.lock().unwrap();
    assert_eq!(sent[1].uri().host(), Some("b-1.s3.eu-west-1.amazonaws.com"));
}

#[tokio::test]
async fn a_large_answer_is_parsed_while_it_arrives() {
    let (client, _) = staged(vec![Staged::Regions(50_000)]);
    let answer = client.call(&call("ec2", "DescribeRegions", &[]), &options()).await.unwrap();
    assert_eq!(answer.value.get("Regions").unwrap().as_list().unwrap().len(), 50_000);
    let (client, _) = staged(vec![Staged::Regions(50_000)]);
    let mut options = options();
    options.parse.max_body = 2_000_000;
    let outcome = client.call(&call("ec2", "DescribeRegions", &[]), &options).await;
    assert!(matches!(outcome, Err(CallError::MayHaveHappened(Lost::Answer(_)))), "{outcome:?}");
}

#[tokio::test]
async fn large_answers_take_turns_and_small_ones_never_wait() {
    let memory = Memory::new(12 * 1024 * 1024);
    let with_share = || {
        let mut options = options();
        options.parse.share = Some(memory.share());
        options
    };
    let large = || staged(vec![Staged::Regions(50_000)]).0;
    let (first, second) = (with_share(), with_share());
    large().call(&call("ec2", "DescribeRegions", &[]), &first).await.unwrap();
    assert!(memory.left() < 12 * 1024 * 1024, "what the answer took is held with its options");
    let (small, _) = staged(vec![Staged::Answer(200, IDENTITY)]);
    small.call(&call("sts", "GetCallerIdentity", &[]), &with_share()).await.unwrap();
    let client = large();
    let describe = call("ec2", "DescribeRegions", &[]);
    let mut waits = std::pin::pin!(client.call(&describe, &second));
    let brief = std::time::Duration::from_millis(200);
    assert!(tokio::time::timeout(brief, waits.as_mut()).await.is_err(), "it waits for the first");
    drop(first);
    waits.await.unwrap();
}

#[tokio::test]
async fn an_answer_beyond_its_bound_is_refused() {
    let (client, _) = staged(vec![Staged::Answer(200, IDENTITY)]);
    let mut options = options();
    options.parse.max_body = 100;
    let outcome = client.call(&call("sts", "GetCallerIdentity", &[]), &options).await;
    assert!(
        matches!(outcome, Err(CallError::MayHaveHappened(Lost::Answer(ParseError::TooLong(100))))),
        "{outcome:?}"
    );
}

/// Announces a body and has none.
#[derive(Debug)]
struct Announced(u64);

impl Body for Announced {
    fn next(&mut self) -> BoxFuture<'_, Result<Option<Bytes>, TransportError>> {
        panic!("a body that is too long was read")
    }

    fn length(&self) -> Option<u64> {
        Some(self.0)
    }
}

impl Transport for Announced {
    fn send(&self, _: HttpRequest, _: Limits) -> BoxFuture<'_, Result<HttpAnswer, TransportError>> {
        let body = Box::new(Announced(self.0));
        Box::pin(std::future::ready(Ok(HttpAnswer { status: 200, headers: http::HeaderMap::new(), body })))
    }
}

#[tokio::test]
async fn an_answer_that_announces_too_much_is_not_read() {
    let client = Client::from_parts(ClientParts {
        transport: Arc::new(Announced(256 * 1024 * 1024 + 1)),
        clock: Arc::new(Stage::default()),
        random: Arc::new(Halves),
        catalog: Catalog::embedded(),
    });
    let outcome = client.call(&call("sts", "GetCallerIdentity", &[]), &options()).await;
    let Err(CallError::MayHaveHappened(Lost::Answer(error))) = outcome else { panic!("{outcome:?}") };
    assert_eq!(
        error.to_string(),
        "longer than 268435456 bytes; narrow the question, by a filter or a smaller page"
    );
}

/// Answers every AssumeRole.
#[derive(Debug, Default)]
struct Sts(AtomicUsize, Mutex<Vec<Bytes>>);

impl Transport for Sts {
    fn send(&self, request: HttpRequest, _: Limits) -> BoxFuture<'_, Result<HttpAnswer, TransportError>> {
        Box::pin(async move {
            tokio::task::yield_now().await;
            self.0.fetch_add(1, Ordering::SeqCst);
            self.1.lock().unwrap().push(request.into_body());
            let body = "<AssumeRoleResponse><AssumeRoleResult><AssumedRoleUser><Arn>arn:aws:sts::111122223333:assumed-role/r/s</Arn></AssumedRoleUser><Credentials><AccessKeyId>ASIA</AccessKeyId><SecretAccessKey>hidden</SecretAccessKey><SessionToken>token</SessionToken><Expiration>2024-01-02T04:04:05Z</Expiration></Credentials></AssumeRoleResult></AssumeRoleResponse>";
            let body = Pieces(vec![Ok(Bytes::from_static(body.as_bytes()))].into());
            Ok(HttpAnswer { status: 200, headers: http::HeaderMap::new(), body: Box::new(body) })
        })
    }
}

#[tokio::test]
async fn a_hundred_callers_assume_a_role_once() {
    let sts = Arc::new(Sts::default());
    let parts = ClientParts {
        transport: sts.clone(),
        clock: Arc::new(Stage::default()),
        random: Arc::new(Halves),
        catalog: Catalog::embedded(),
    };
    let role = AssumeRole {
        role_arn: "arn:aws:iam::111122223333:role/r".to_owned(),
        session_name: "U0ALICE".to_owned(),
        source_identity: Some("U0ALICE".to_owned()),
        tags: vec![("workspace".to_owned(), "T1".to_owned())],
        external_id: Some("ext".to_owned()),
        policy: Some("{}".to_owned()),
        duration: Some(Duration::from_secs(900)),
        ..AssumeRole::default()
    };
    let base = options().credentials.unwrap();
    let source = AssumedRole::new(Client::from_parts(parts), base, &options(), role);
    let mut tasks = tokio::task::JoinSet::new();
    for _ in 0..100 {
        let source = source.clone();
        tasks.spawn(async move { source.credentials().await.unwrap() });
    }
    let all = tasks.join_all().await;
    assert_eq!(sts.0.load(Ordering::SeqCst), 1);
    assert_eq!(all[99].account_id.as_deref(), Some("111122223333"));
    assert!(!format!("{:?} {source:?}", all[0]).contains("hidden"));
    let body = String::from_utf8(sts.1.lock().unwrap()[0].to_vec()).unwrap();
    for part in
        ["SourceIdentity=U0ALICE", "Tags.member.1.Key=workspace", "ExternalId=ext", "DurationSeconds=900"]
    {
        assert!(body.contains(part), "{body}");
    }
}

#[tokio::test]
async fn requests_are_signed_as_recorded() {
    let (client, _) = staged(Vec::new());
    let request = client.prepare(&call("iam", "ListUsers", &[]), &options()).await.unwrap();
    let header =
        |name: &str| request.headers.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str());
    assert_eq!(request.url, "https://iam.amazonaws.com/");
    assert_eq!(
        header("Authorization"),
        Some(
            "AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20240102/us-east-1/iam/aws4_request, \
             SignedHeaders=content-type;host;x-amz-date, \
             Signature=d21e47f9a7cdf355ebe77979f8fbfb801177451cec995439bc99f63c9b021b31"
        )
    );
    assert!(!format!("{request:?} {:?}", options()).contains("wJalr"));
}

#[tokio::test]
async fn presigned_urls_need_nothing_else() {
    let (client, _) = staged(Vec::new());
    let get = call("s3", "GetObject", &[("Bucket", "examplebucket"), ("Key", "a b.txt")]);
    let url = client.presign(&get, &options(), 3600).await.unwrap();
    assert!(url.starts_with("https://examplebucket.s3.us-east-1.amazonaws.com/a%20b.txt?"), "{url}");
    for part in ["X-Amz-Expires=3600", "X-Amz-SignedHeaders=host&", "X-Amz-Signature="] {
        assert!(url.contains(part), "{url}");
    }
    let get = call("s3", "GetObject", &[("Bucket", "my-bucket"), ("Key", "k")]);
    let url = client.presign(&get, &options(), 600).await.unwrap();
    assert!(url.ends_with("=b628312f6bf7c149ffbd5910784a96023b8d70590d7417da0386c6a7b80d64f9"), "{url}");
    let url = client.presign(&call("sts", "GetCallerIdentity", &[]), &options(), 60).await.unwrap();
    assert!(url.contains("?Action=GetCallerIdentity&Version=2011-06-15&X-Amz-Algorithm="), "{url}");
}

#[tokio::test]
async fn what_prefers_an_asymmetric_signature_gets_one() {
    let (client, _) = staged(Vec::new());
    let anywhere = ("Bucket", "arn:aws:s3::123456789012:accesspoint/mfzwi23gnjvgw.mrap");
    let get = call("s3", "GetObject", &[anywhere, ("Key", "a//../b c")]);
    let footprint = call("sustainability", "GetEstimatedCarbonEmissionsDimensionValues", &[]);
    let elsewhere =
        CallOptions { endpoint_url: Some("https://localhost:4566".to_owned()), ..unchecked(options()) };
    for (call, options, scope, host) in [
        (&get, options(), "s3", "mfzwi23gnjvgw.mrap.accesspoint.s3-global.amazonaws.com/a//../b%20c"),
        (&footprint, unchecked(options()), "sustainability", "api.sustainability.us-east-1.api.aws/"),
        (&footprint, elsewhere, "sustainability", "localhost:4566/"),
    ] {
        let request = client.prepare(call, &options).await.unwrap();
        let header = |name: &str| {
            let found = request.headers.iter().find(|(key, _)| key == name);
            found.map(|(_, value)| value.as_str()).unwrap_or_default()
        };
        assert!(request.url.strip_prefix("https://").unwrap().starts_with(host), "{}", request.url);
        let start = format!(
            "AWS4-ECDSA-P256-SHA256 Credential=AKIDEXAMPLE/20240102/{scope}/aws4_request, SignedHeaders="
        );
        assert!(header("Authorization").starts_with(&start), "{}", header("Authorization"));
        assert!(header("Authorization").contains(";x-amz-date;x-amz-region-set"));
        assert_eq!(header("X-Amz-Region-Set"), "*");
    }
    let url = client.presign(&get, &options(), 60).await.unwrap();
    assert!(url.contains("X-Amz-Algorithm=AWS4-ECDSA-P256-SHA256&"), "{url}");
    assert!(url.contains("&X-Amz-Region-Set=%2A&X-Amz-Signature=30"), "{url}");
    // STS lists both, the other one first.
    let who = client.prepare(&call("sts", "GetCallerIdentity", &[]), &options()).await.unwrap();
    assert!(who.headers.iter().any(|(_, value)| value.starts_with("AWS4-HMAC-SHA256 ")));
}

#[tokio::test]
async fn the_caller_s_preference_among_signatures_counts() {
    let (client, _) = staged(Vec::new());
    let footprint = call("sustainability", "GetEstimatedCarbonEmissionsDimensionValues", &[]);
    let identity = call("sts", "GetCallerIdentity", &[]);
    let anywhere = call(
        "s3",
        "GetObject",
        &[("Bucket", "arn:aws:s3::123456789012:accesspoint/mfzwi23gnjvgw.mrap"), ("Key", "k")],
    );
    for (call, preference, expected, regions) in [
        (&footprint, &["sigv4"][..], "AWS4-HMAC-SHA256 ", None),
        (&footprint, &["httpBearerAuth", "odd"], "AWS4-ECDSA-P256-SHA256 ", Some("us-west-2,eu-west-1")),
        (&identity, &["sigv4a", "sigv4"], "AWS4-ECDSA-P256-SHA256 ", Some("us-west-2,eu-west-1")),
        (&identity, &["sigv4", "sigv4a"], "AWS4-HMAC-SHA256 ", None),
        // What an endpoint does not offer cannot be preferred.
        (&anywhere, &["sigv4"], "AWS4-ECDSA-P256-SHA256 ", Some("us-west-2,eu-west-1")),
    ] {
        let options = CallOptions {
            auth_preference: preference.iter().map(|name| (*name).to_owned()).collect(),
            sigv4a_regions: Some("us-west-2,eu-west-1".to_owned()),
            ..unchecked(options())
        };
        let request = client.prepare(call, &options).await.unwrap();
        let header = |name: &str| {
            let found = request.headers.iter().find(|(key, _)| key == name);
            found.map(|(_, value)| value.as_str())
        };
        assert!(header("Authorization").unwrap().starts_with(expected), "{preference:?}");
        assert_eq!(header("X-Amz-Region-Set"), regions, "{preference:?}");
    }
}

fn unchecked(options: CallOptions) -> CallOptions {
    CallOptions { validate: false, ..options }
}

#[tokio::test]
async fn copies_bear_a_url_of_the_region_that_they_come_from() {
    let (client, _) = staged(Vec::new());
    let copy = call(
        "ec2",
        "CopySnapshot",
        &[("SourceRegion", "us-west-2"), ("SourceSnapshotId", "snap-066877671789bd71b")],
    );
    let request = client.prepare(&copy, &options()).await.unwrap();
    let body = String::from_utf8(request.body.to_vec()).unwrap();
    assert!(
        body.contains(
            "&PresignedUrl=https%3A%2F%2Fec2.us-west-2.amazonaws.com%2F%3FAction%3DCopySnapshot%26"
        ),
        "{body}"
    );
    assert!(
        body.contains("%26DestinationRegion%3Dus-east-1%26X-Amz-Algorithm%3DAWS4-HMAC-SHA256%26"),
        "{body}"
    );
    assert!(body.ends_with("&DestinationRegion=us-east-1"), "{body}");
}

#[tokio::test]
async fn a_service_that_tells_its_endpoint_is_asked_once() {
    let told = r#"{"Endpoints": [{"Address": "cell-1.example.com", "CachePeriodInMinutes": 10}]}"#;
    let (client, stage) =
        staged(vec![Staged::Answer(200, told), Staged::Answer(200, "{}"), Staged::Answer(200, "{}")]);
    let cancel = call("timestream-query", "CancelQuery", &[("QueryId", "QueryId95")]);
    let first = client.prepare(&cancel, &options()).await.unwrap();
    assert!(
        first.headers.contains(&("x-amz-api-version".to_owned(), "2018-11-01".to_owned())),
        "{:?}",
        first.headers
    );
    for _ in 0..2 {
        assert_eq!(word(&client.call(&cancel, &options()).await), "done");
    }
    let sent = stage.sent.lock().unwrap();
    let hosts: Vec<_> = sent.iter().map(|request| request.uri().host().unwrap()).collect();
    assert_eq!(
        hosts,
        ["query.timestream.us-east-1.amazonaws.com", "cell-1.example.com", "cell-1.example.com"]
    );
}

#[test]
fn futures_can_move_between_threads() {
    fn needs_send<T: Send>(_: &T) {}
    let (client, _) = staged(Vec::new());
    let (call, options) = (call("sts", "GetCallerIdentity", &[]), options());
    needs_send(&client.call(&call, &options));
}
