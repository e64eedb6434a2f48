//! What a line costs within one process, without a network: words → call → request, signed → canned answer → printed.
//! And what the first look into a service's model costs. `cargo xtask bench engine` runs this.

#![expect(clippy::print_stdout, reason = "its figures are what it is for")]
#![expect(clippy::expect_used, reason = "a bench stops at the first surprise")]

use std::hint::black_box;
use std::sync::Arc;
use std::time::{Duration, Instant};

use aws_call::credentials::StaticCredentials;
use aws_call::transport::{Body, HttpAnswer, HttpRequest, Limits, Transport, TransportError};
use aws_call::{BoxFuture, CallOptions, Client, ClientParts, Credentials, OsRandom, SystemClock};
use aws_cli::{Console, Environment, Parsed, Profile};
use aws_model::Catalog;
use bytes::Bytes;
use http::HeaderMap;

const ROUNDS: usize = 2_000;

/// Lines, each with what the service answers.
const CASES: [(&str, &str); 2] = [
    (
        "sts get-caller-identity",
        "<GetCallerIdentityResponse xmlns=\"https://sts.amazonaws.com/doc/2011-06-15/\"><GetCallerIdentityResult>\
         <Arn>arn:aws:iam::123456789012:user/alice</Arn><UserId>AIDAEXAMPLE0123456789</UserId>\
         <Account>123456789012</Account></GetCallerIdentityResult><ResponseMetadata>\
         <RequestId>01234567-89ab-cdef-0123-456789abcdef</RequestId></ResponseMetadata></GetCallerIdentityResponse>",
    ),
    (
        "ec2 describe-instances --instance-ids i-0a1b2c3d4e5f60718",
        "<DescribeInstancesResponse xmlns=\"http://ec2.amazonaws.com/doc/2016-11-15/\"><requestId>1</requestId>\
         <reservationSet><item><reservationId>r-1</reservationId><instancesSet><item>\
         <instanceId>i-0a1b2c3d4e5f60718</instanceId><instanceState><code>16</code><name>running</name></instanceState>\
         <instanceType>m5.xlarge</instanceType><launchTime>2026-03-14T09:00:00.000Z</launchTime><tagSet><item>\
         <key>Name</key><value>web</value></item></tagSet></item></instancesSet></item></reservationSet>\
         </DescribeInstancesResponse>",
    ),
];

/// A network that always answers the same.
#[derive(Debug)]
struct Canned(&'static str);

impl Transport for Canned {
    fn send(
        &self,
        _request: HttpRequest,
        _limits: Limits,
    ) -> BoxFuture<'_, Result<HttpAnswer, TransportError>> {
        let body = Box::new(Whole(Some(Bytes::from_static(self.0.as_bytes()))));
        Box::pin(std::future::ready(Ok(HttpAnswer { status: 200, headers: HeaderMap::new(), body })))
    }
}

/// A body in one piece.
struct Whole(Option<Bytes>);

impl Body for Whole {
    fn next(&mut self) -> BoxFuture<'_, Result<Option<Bytes>, TransportError>> {
        Box::pin(std::future::ready(Ok(self.0.take())))
    }
}

fn main() {
    let catalog = Catalog::embedded();
    for service in ["sts", "s3", "ec2"] {
        let begun = Instant::now();
        black_box(catalog.open(service).expect("an embedded service"));
        println!("  open {service:<4} for the first time {:>8.3} ms", begun.elapsed().as_secs_f64() * 1000.0);
    }
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    for (line, answer) in CASES {
        let words: Vec<String> = line.split(' ').map(str::to_owned).collect();
        let parts = ClientParts {
            transport: Arc::new(Canned(answer)),
            clock: Arc::new(SystemClock),
            random: Arc::new(OsRandom),
            catalog: catalog.clone(),
        };
        let (client, env) = (Client::from_parts(parts), Environment::empty());
        let signer = StaticCredentials::new(Credentials::new("AKIDEXAMPLE", "secret"));
        let options = CallOptions::in_region("eu-central-1").with_credentials(Arc::new(signer));
        let mut times: Vec<Duration> =
            (0..ROUNDS).map(|_| runtime.block_on(once(&catalog, &words, &client, &options, &env))).collect();
        times.sort_unstable();
        let micros = |at: usize| times[at].as_secs_f64() * 1e6;
        println!(
            "  {line:<58} p50 {:>6.1} µs, p99 {:>6.1} µs",
            micros(ROUNDS / 2),
            micros(ROUNDS * 99 / 100)
        );
    }
}

async fn once(
    catalog: &Catalog,
    words: &[String],
    client: &Client,
    options: &CallOptions,
    env: &Environment,
) -> Duration {
    let (mut out, mut err) = (Vec::with_capacity(4096), Vec::new());
    let begun = Instant::now();
    let Ok(Parsed::Call(invocation)) = aws_cli::parse(catalog, words, env, Profile::Terminal) else {
        panic!("no call");
    };
    let mut console = Console { out: &mut out, err: &mut err };
    let code = aws_cli::run(&invocation, client, options, env, &mut console).await;
    let took = begun.elapsed();
    assert!(code == 0 && out.starts_with(b"{"), "{}", String::from_utf8_lossy(&err));
    took
}
