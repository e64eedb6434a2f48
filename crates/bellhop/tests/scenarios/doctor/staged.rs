//! A Slack, an AWS and an address of Bellhop's that answer as staged.

use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, Method, StatusCode, Uri};
use axum::response::{IntoResponse as _, Response};
use axum::routing::{any, get, post};
use serde_json::{Value, json};
use tokio::net::TcpListener;
use tokio::task::JoinHandle;

/// Every scope that the doctor looks for.
const SCOPES: &str =
    "commands,chat:write,im:write,users:read,usergroups:read,channels:read,groups:read,files:write";

/// Which parameters STS minds in AssumeRole: a name that must not be there, and what it answers then.
type Minds = (&'static str, &'static str, &'static str);

/// How everything answers. `Default` is how all is well.
#[derive(Clone)]
pub(super) struct Behaviour {
    /// What `auth.test` answers.
    pub(super) auth: Value,
    /// The scopes that the token has.
    pub(super) scopes: String,
    /// By how many seconds Slack's clock is ahead.
    pub(super) slack_ahead: i64,
    /// Likewise AWS's.
    pub(super) aws_ahead: i64,
    pub(super) slack_hangs: bool,
    pub(super) aws_hangs: bool,
    /// Whether `/healthz` is Bellhop's.
    pub(super) is_bellhop: bool,
    /// How a signed request is answered.
    pub(super) signed: u16,
    /// AWS's code for whoever calls it at all.
    pub(super) stranger: Option<&'static str>,
    pub(super) minds: Vec<Minds>,
    /// AWS's code for what is written to the copy of the record.
    pub(super) copy: Option<&'static str>,
    /// AWS's code for operations that begin so.
    pub(super) refuses: Option<(&'static str, &'static str)>,
}

impl Default for Behaviour {
    fn default() -> Behaviour {
        Behaviour {
            auth: json!({"ok": true, "team": "example", "team_id": "T0TEAM", "user": "bellhop"}),
            scopes: SCOPES.to_owned(),
            slack_ahead: 0,
            aws_ahead: 0,
            slack_hangs: false,
            aws_hangs: false,
            is_bellhop: true,
            signed: 400,
            stranger: None,
            minds: Vec::new(),
            copy: None,
            refuses: None,
        }
    }
}

/// The server; it ends with its owner.
pub(super) struct Staged {
    pub(super) url: String,
    server: JoinHandle<()>,
}

impl Staged {
    pub(super) async fn start(behaviour: Behaviour) -> Staged {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await.expect("a port");
        let url = format!("http://{}", listener.local_addr().expect("an address"));
        let router = Router::new()
            .route("/api/auth.test", post(auth_test))
            .route("/healthz", get(healthz))
            .route("/slack/commands", post(signed))
            .fallback(any(aws))
            .with_state(Arc::new(behaviour));
        let server = tokio::spawn(async move {
            let _ = axum::serve(listener, router).await;
        });
        Staged { url, server }
    }
}

impl Drop for Staged {
    fn drop(&mut self) {
        self.server.abort();
    }
}

/// The date that somebody sends whose clock is so many seconds ahead.
fn date(ahead: i64) -> String {
    let now = jiff::Timestamp::from_second(testkit::now().cast_signed() + ahead).expect("a time");
    now.strftime("%a, %d %b %Y %H:%M:%S GMT").to_string()
}

async fn hang() -> Response {
    tokio::time::sleep(Duration::from_secs(60)).await;
    StatusCode::GATEWAY_TIMEOUT.into_response()
}

async fn auth_test(State(behaviour): State<Arc<Behaviour>>) -> Response {
    if behaviour.slack_hangs {
        return hang().await;
    }
    let headers = [("x-oauth-scopes", behaviour.scopes.clone()), ("date", date(behaviour.slack_ahead))];
    (headers, behaviour.auth.to_string()).into_response()
}

async fn healthz(State(behaviour): State<Arc<Behaviour>>) -> Response {
    match behaviour.is_bellhop {
        true => ([("x-bellhop", env!("CARGO_PKG_VERSION"))], "ok\n").into_response(),
        false => "It works!".into_response(),
    }
}

async fn signed(State(behaviour): State<Arc<Behaviour>>) -> Response {
    StatusCode::from_u16(behaviour.signed).expect("a status").into_response()
}

async fn aws(
    State(behaviour): State<Arc<Behaviour>>,
    method: Method,
    uri: Uri,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    if behaviour.aws_hangs {
        return hang().await;
    }
    let date = [("date", date(behaviour.aws_ahead))];
    let form = String::from_utf8_lossy(&body).into_owned();
    let target = headers.get("x-amz-target").and_then(|target| target.to_str().ok()).unwrap_or_default();
    let answer = match target.rsplit('.').next() {
        Some(operation) if !operation.is_empty() => by_target(&behaviour, operation),
        _ if method == Method::PUT => object(&behaviour, &uri),
        _ => sts(&behaviour, &form),
    };
    (date, answer).into_response()
}

fn xml_error(status: u16, code: &str, message: &str) -> Response {
    let body = format!(
        "<ErrorResponse><Error><Type>Sender</Type><Code>{code}</Code><Message>{message}</Message></Error></ErrorResponse>"
    );
    (StatusCode::from_u16(status).expect("a status"), body).into_response()
}

fn sts(behaviour: &Behaviour, form: &str) -> Response {
    if let Some(code) = behaviour.stranger {
        return xml_error(403, code, "The security token included in the request is invalid.");
    }
    if !form.contains("Action=AssumeRole") {
        return "<GetCallerIdentityResponse><GetCallerIdentityResult><Arn>arn:aws:sts::111111111111:assumed-role/Bellhop/i-1</Arn><UserId>A</UserId><Account>111111111111</Account></GetCallerIdentityResult></GetCallerIdentityResponse>".into_response();
    }
    if let Some((_, code, message)) = behaviour.minds.iter().find(|(part, ..)| form.contains(part)) {
        let status = if *code == "AccessDenied" { 403 } else { 400 };
        return xml_error(status, code, message);
    }
    "<AssumeRoleResponse><AssumeRoleResult><Credentials><AccessKeyId>ASIA1</AccessKeyId><SecretAccessKey>s</SecretAccessKey><SessionToken>t</SessionToken><Expiration>2099-01-01T00:00:00Z</Expiration></Credentials><AssumedRoleUser><AssumedRoleId>A:doctor</AssumedRoleId><Arn>arn:aws:sts::1:assumed-role/B/doctor</Arn></AssumedRoleUser></AssumeRoleResult></AssumeRoleResponse>".into_response()
}

/// Services that name the operation in a header.
fn by_target(behaviour: &Behaviour, operation: &str) -> Response {
    let refused = behaviour.refuses.filter(|(begin, _)| operation.starts_with(begin)).map(|(_, code)| code);
    let is_copy = operation.contains("Log");
    match refused.or(behaviour.copy.filter(|_| is_copy)) {
        Some(code) => {
            let body = json!({"__type": code, "message": format!("{operation} cannot be done")});
            (StatusCode::BAD_REQUEST, body.to_string()).into_response()
        }
        None => match operation {
            "GenerateDataKey" => json!({"CiphertextBlob": "c2VhbGVk", "Plaintext": "cGxhaW4=", "KeyId": "k"}),
            "Decrypt" => json!({"Plaintext": "cGxhaW4=", "KeyId": "k"}),
            "DescribeTable" => json!({"Table": {
                "TableStatus": "ACTIVE", "KeySchema": [{"AttributeName": "pk"}, {"AttributeName": "sk"}],
                "BillingModeSummary": {"BillingMode": "PROVISIONED"},
                "GlobalSecondaryIndexes": [{"IndexName": "by-time", "IndexStatus": "ACTIVE",
                    "KeySchema": [{"AttributeName": "queue"}, {"AttributeName": "at"}]}]}}),
            "GetQueueAttributes" => json!({"Attributes": {
                "ApproximateNumberOfMessages": "3", "VisibilityTimeout": "5"}}),
            "DescribeTimeToLive" => json!({"TimeToLiveDescription": {"TimeToLiveStatus": "DISABLED"}}),
            _ => json!({}),
        }
        .to_string()
        .into_response(),
    }
}

fn object(behaviour: &Behaviour, uri: &Uri) -> Response {
    match behaviour.copy {
        Some(code) => {
            let body = format!(
                "<Error><Code>{code}</Code><Message>{} cannot be written</Message></Error>",
                uri.path()
            );
            (StatusCode::NOT_FOUND, body).into_response()
        }
        None => StatusCode::OK.into_response(),
    }
}
