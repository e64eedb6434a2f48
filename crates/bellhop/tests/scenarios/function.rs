//! The real binary as a function of Lambda.

use std::fs::File;
use std::path::PathBuf;
use std::time::Duration;

use serde_json::{Value, json};
use testkit::{Bellhop, Lifeline, Outcome, RuntimeApi, SIGNING_SECRET, Slash, now, random_hex, sign};

use crate::support::{BINARY, PATIENCE};

/// What Lambda gives an event by default here.
pub(crate) const TIME: Duration = Duration::from_secs(60);

/// A function, started as Lambda does: without a word, as `bootstrap`.
pub(crate) struct Function {
    pub(crate) api: RuntimeApi,
    pub(crate) bellhop: Bellhop,
    running: Option<Lifeline>,
    vars: Vec<(String, String)>,
    log: PathBuf,
    told: PathBuf,
    kept: Vec<Bellhop>,
}

impl Function {
    /// With that configuration, before that AWS; `vars` are set besides. Where the scenarios' own configuration has a file, it
    /// has a new table instead: a function has no disk that lasts.
    pub(crate) async fn start(aws: &str, config: &str, vars: &[(&str, &str)]) -> Function {
        let api = RuntimeApi::start().await.expect("a runtime interface");
        let name = format!("bellhop-{}", random_hex());
        let table = format!("[store]\nkind = \"dynamodb\"\ntable = \"{name}\"");
        let tabled = config.replace("[store]\npath = \"bellhop.db\"", &table);
        let bellhop = Bellhop::new(BINARY, aws, &tabled).expect("a folder");
        if tabled != config {
            let tools = Bellhop::new(BINARY, aws, "").expect("a folder");
            let made = ["aws", "dynamodb", "create-table", "--cli-input-json", &definition(&name)];
            let made = tools.run(&made).expect("bellhop aws runs");
            assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
        }
        let (log, told) = (bellhop.folder().join("function.log"), bellhop.folder().join("function.out"));
        let vars = vars.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        let mut function = Function { api, bellhop, running: None, vars, log, told, kept: Vec::new() };
        function.start_anew();
        function
    }

    /// Starts it, as Lambda does after it ended.
    pub(crate) fn start_anew(&mut self) {
        let bootstrap = self.bellhop.folder().join("bootstrap");
        if !bootstrap.exists() {
            std::os::unix::fs::symlink(BINARY, &bootstrap).expect("a link");
        }
        let pattern = self.bellhop.command();
        let mut command = std::process::Command::new(bootstrap);
        command.env_clear().current_dir(self.bellhop.folder());
        command.envs(pattern.get_envs().filter_map(|(name, value)| Some((name, value?))));
        command.env("BELLHOP_LOG", "debug").env("BELLHOP_CONFIG", "bellhop.toml");
        command.envs(self.api.vars()).envs(self.vars.iter().map(|(name, value)| (name, value)));
        let file = |path| File::options().create(true).append(true).open(path).expect("a log");
        let running = Lifeline::start(&command, |shell| {
            shell.stderr(file(&self.log)).stdout(file(&self.told));
        });
        self.running = Some(running.expect("bellhop lambda"));
    }

    /// `kill -9`.
    pub(crate) fn kill(&mut self) {
        self.running = None;
    }

    /// Keeps a folder for as long as it lives.
    pub(crate) fn keep(&mut self, folder: Bellhop) {
        self.kept.push(folder);
    }

    /// The process.
    pub(crate) fn process(&mut self) -> &mut Lifeline {
        self.running.as_mut().expect("it runs")
    }

    /// What comes of an event.
    pub(crate) async fn invoke(&self, event: &Value) -> Outcome {
        match self.api.invoke(event, TIME, PATIENCE).await {
            Ok(outcome) => outcome,
            Err(error) => panic!("{error}: {event}\n{}", self.log()),
        }
    }

    /// What it logged, and what it told on standard output.
    pub(crate) fn log(&self) -> String {
        std::fs::read_to_string(&self.log).unwrap_or_default() + &self.told()
    }

    /// What it told on standard output: metrics, a line an event.
    pub(crate) fn told(&self) -> String {
        std::fs::read_to_string(&self.told).unwrap_or_default()
    }
}

/// How a table of the store is made; docs/dynamodb.md says what is in it.
pub(crate) fn definition(name: &str) -> String {
    json!({
        "TableName": name,
        "AttributeDefinitions": [
            {"AttributeName": "pk", "AttributeType": "S"}, {"AttributeName": "sk", "AttributeType": "S"},
            {"AttributeName": "queue", "AttributeType": "S"}, {"AttributeName": "at", "AttributeType": "N"},
        ],
        "KeySchema": [{"AttributeName": "pk", "KeyType": "HASH"}, {"AttributeName": "sk", "KeyType": "RANGE"}],
        "GlobalSecondaryIndexes": [{
            "IndexName": "by-time",
            "KeySchema": [{"AttributeName": "queue", "KeyType": "HASH"}, {"AttributeName": "at", "KeyType": "RANGE"}],
            "Projection": {"ProjectionType": "INCLUDE", "NonKeyAttributes": ["stage", "key"]},
        }],
        "BillingMode": "PAY_PER_REQUEST",
    })
    .to_string()
}

/// Which front an event comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Shape {
    Rest,
    Api,
    Url,
    Balancer,
    BalancerMulti,
}

pub(crate) const SHAPES: [Shape; 5] =
    [Shape::Rest, Shape::Api, Shape::Url, Shape::Balancer, Shape::BalancerMulti];

impl Shape {
    /// A request as this front passes it on; a body may be encoded.
    pub(crate) fn event(
        self,
        method: &str,
        path: &str,
        headers: &[(&str, String)],
        body: &str,
        encoded: bool,
    ) -> Value {
        let single: Value = headers.iter().map(|(name, value)| ((*name).to_owned(), json!(value))).collect();
        let mut several = serde_json::Map::new();
        for (name, value) in headers {
            let values = several.entry((*name).to_owned()).or_insert_with(|| json!([]));
            values.as_array_mut().expect("a list").push(json!(value));
        }
        let body = if encoded { json!(base64(body.as_bytes())) } else { json!(body) };
        let api_domain = "a1b2c3.execute-api.us-east-1.amazonaws.com";
        match self {
            Shape::Rest => json!({
                "resource": "/{proxy+}", "path": path, "httpMethod": method,
                "headers": single, "multiValueHeaders": several,
                "queryStringParameters": null, "multiValueQueryStringParameters": null,
                "pathParameters": {"proxy": path.trim_start_matches('/')}, "stageVariables": null,
                "requestContext": {
                    "resourcePath": "/{proxy+}", "httpMethod": method, "path": format!("/prod{path}"), "stage": "prod",
                    "accountId": "123456789012", "apiId": "a1b2c3", "domainName": api_domain, "identity": {"sourceIp": "192.0.2.1"},
                },
                "body": body, "isBase64Encoded": encoded,
            }),
            Shape::Api | Shape::Url => {
                let is_url = self == Shape::Url;
                let domain = if is_url { "a1b2c3.lambda-url.us-east-1.on.aws" } else { api_domain };
                let raw_path = if is_url { path.to_owned() } else { format!("/live{path}") };
                json!({
                    "version": "2.0", "routeKey": "$default", "rawPath": raw_path, "rawQueryString": "",
                    "headers": single,
                    "requestContext": {
                        "accountId": "anonymous", "apiId": "a1b2c3", "domainName": domain, "domainPrefix": "a1b2c3",
                        "http": {"method": method, "path": raw_path, "protocol": "HTTP/1.1", "sourceIp": "192.0.2.1", "userAgent": "Slackbot 1.0"},
                        "requestId": "r", "routeKey": "$default", "stage": if is_url { "$default" } else { "live" },
                        "time": "12/Mar/2026:19:03:58 +0000", "timeEpoch": 1_773_000_000_000_u64,
                    },
                    "body": body, "isBase64Encoded": encoded,
                })
            }
            Shape::Balancer | Shape::BalancerMulti => {
                let mut event = json!({
                    "requestContext": {"elb": {"targetGroupArn": "arn:aws:elasticloadbalancing:us-east-1:123456789012:targetgroup/bellhop/73e2d6bc24d8a067"}},
                    "httpMethod": method, "path": path,
                    "body": body, "isBase64Encoded": encoded,
                });
                if self == Shape::Balancer {
                    event["headers"] = single;
                    event["queryStringParameters"] = json!({});
                } else {
                    event["multiValueHeaders"] = Value::Object(several);
                    event["multiValueQueryStringParameters"] = json!({});
                }
                event
            }
        }
    }

    /// A slash command, signed now.
    pub(crate) fn slash(self, slash: &Slash, encoded: bool) -> Value {
        let body = slash.body();
        let headers = sign(SIGNING_SECRET, now(), body.as_bytes());
        self.event("POST", "/slack/commands", &headers, &body, encoded)
    }
}

/// Base64, as fronts encode bodies.
fn base64(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut text = String::new();
    for chunk in bytes.chunks(3) {
        let three = [0, 1, 2].map(|at| u32::from(chunk.get(at).copied().unwrap_or(0)));
        let bits = three[0] << 16 | three[1] << 8 | three[2];
        for digit in 0..4_usize {
            let value = usize::try_from(bits >> (18 - 6 * digit) & 63).expect("six bits");
            text.push(if digit <= chunk.len() { char::from(DIGITS[value]) } else { '=' });
        }
    }
    text
}
