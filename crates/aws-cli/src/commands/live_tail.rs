//! `logs start-live-tail`: what log groups receive, as it comes over an open stream. In chat it ends after two minutes.
//!
//! Invariant: of the stream only a message that has not come wholly is kept, and its length is bounded.

use std::time::Duration;

use aws_call::parse::event_stream::next_message;
use aws_call::transport::{Body, HttpRequest, Limits};
use aws_call::{BoxFuture, Call};
use value::{Map, Value};

use super::line::{Line, step};
use super::options::{Given, Spec, Takes, one};
use super::task::{Calls, Fault, Runs, World};
use super::tree;
use crate::{Parsed, UsageError};

const OPERATION: &str = "StartLiveTail";
/// How long a session lasts in chat, where nobody can press Ctrl-C.
const CHAT_TIME: Duration = Duration::from_mins(2);
/// The longest part of a message that is waited for, and the longest error, in bytes.
const LONGEST: usize = 32 * 1024 * 1024;

static SPEC: Spec = Spec {
    about: "Shows what log groups receive, as it comes. In chat it ends after two minutes. AWS charges by the minute.",
    words: &[],
    options: &[&[
        one("log-group-identifiers", "The ARNs of up to ten log groups.").taking(Takes::Some).needed(),
        one("log-stream-names", "Only these streams.").taking(Takes::Some),
        one("log-stream-name-prefixes", "Only streams whose names begin so.").taking(Takes::Some),
        one("log-event-filter-pattern", "Only events that match this filter pattern."),
        one("mode", "How events are shown: print-only.").of(&["interactive", "print-only"]),
    ]],
};

#[derive(Debug)]
struct LiveTail {
    params: Map,
    /// How long it lasts; for ever if not said.
    time: Option<Duration>,
}

/// Reads the words of `logs start-live-tail`.
pub(super) fn start(line: &Line<'_>) -> Result<Parsed, UsageError> {
    let given: Given = match line.read(&SPEC)? {
        Ok(given) => given,
        Err(page) => return Ok(page),
    };
    if given.text("mode") == Some("interactive") {
        return Err(UsageError::validation(
            "--mode interactive is not available here: it draws on the whole screen; use print-only",
        ));
    }
    let mut params = Map::new();
    for (option, member) in [
        ("log-group-identifiers", "logGroupIdentifiers"),
        ("log-stream-names", "logStreamNames"),
        ("log-stream-name-prefixes", "logStreamNamePrefixes"),
    ] {
        if given.has(option) {
            params.push(member, Value::List(given.several(option).into_iter().map(Value::text).collect()));
        }
    }
    if let Some(pattern) = given.text("log-event-filter-pattern") {
        params.push("logEventFilterPattern", pattern);
    }
    let time = line.is_chat().then_some(CHAT_TIME);
    line.invocation(LiveTail { params: params.clone(), time }, vec![step("logs", OPERATION, params)])
}

impl Runs for LiveTail {
    fn run<'a>(&'a self, world: &'a mut World<'_>) -> BoxFuture<'a, Result<u8, Fault>> {
        Box::pin(async move {
            let body = open(&world.calls, self.params.clone()).await?;
            let end = self.time.map(|time| world.calls.client.parts().clock.sleep(time));
            let shown = show(world, body);
            match end {
                None => shown.await?,
                Some(end) => tokio::select! {
                    shown = shown => shown?,
                    () = end => {}
                },
            }
            Ok(0)
        })
    }
}

/// The stream, once the service has accepted the call.
async fn open(calls: &Calls, params: Map) -> Result<Box<dyn Body>, Fault> {
    let service = calls.service("logs")?;
    let call = Call::new(service, OPERATION, params);
    let failed = |error| Fault::Call { operation: call.operation.clone(), error: Box::new(error) };
    let prepared = calls.client.prepare(&call, &calls.options).await.map_err(failed)?;
    let general = |text: String| Fault::General(text);
    let mut request = HttpRequest::new(prepared.body);
    *request.method_mut() = prepared.method.parse().map_err(|_| general("no such method".to_owned()))?;
    *request.uri_mut() = prepared.url.parse().map_err(|_| general(format!("{} is no URL", prepared.url)))?;
    for (name, value) in &prepared.headers {
        if let (Ok(entry), Ok(value)) = (request.headers_mut().try_entry(name.as_str()), value.parse()) {
            entry.or_insert(value);
        }
    }
    let limits = Limits { connect: calls.options.connect_timeout, read: None, total: None };
    let answer = calls.client.parts().transport.send(request, limits).await;
    let mut answer = answer.map_err(|error| general(error.to_string()))?;
    if answer.status < 300 {
        return Ok(answer.body);
    }
    let mut text = Vec::new();
    while let Ok(Some(piece)) = answer.body.next().await {
        text.extend_from_slice(&piece);
        if text.len() > LONGEST {
            break;
        }
    }
    let told = Value::from_json(&text).unwrap_or_default();
    let code = tree::text(&told, &["__type"]).rsplit('#').next().unwrap_or_default().to_owned();
    let code = if code.is_empty() { answer.status.to_string() } else { code };
    let message = ["message", "Message"].map(|name| tree::text(&told, &[name])).concat();
    let what = format!("An error occurred ({code}) when calling the {OPERATION} operation: {message}");
    Err(UsageError { exit_code: 254, ..UsageError::general(what) }.into())
}

async fn show(world: &mut World<'_>, mut body: Box<dyn Body>) -> Result<(), Fault> {
    let mut waiting: Vec<u8> = Vec::new();
    while let Some(piece) = body.next().await.map_err(|error| Fault::General(error.to_string()))? {
        waiting.extend_from_slice(&piece);
        let mut rest = waiting.as_slice();
        let mut text = String::new();
        while let Some(message) =
            next_message(&mut rest).map_err(|error| Fault::General(error.to_string()))?
        {
            if !message.text(":exception-type").is_empty() {
                let told = Value::from_json(message.payload).unwrap_or_default();
                let kind = message.text(":exception-type");
                world.say(&text);
                let what = tree::text(&told, &["message"]);
                world.say(&format!(
                    "An error occurred ({kind}) when calling the {OPERATION} operation: {what}\n"
                ));
                return Ok(());
            }
            if message.text(":event-type") == "sessionUpdate" {
                text.push_str(&lines(message.payload));
            }
        }
        let left = rest.len();
        if left > LONGEST {
            return Err(Fault::General(format!("a message is longer than {LONGEST} bytes")));
        }
        world.say(&text);
        let _ = world.out.flush();
        waiting.drain(..waiting.len() - left);
    }
    Ok(())
}

/// The messages of an update, a line each.
fn lines(payload: &[u8]) -> String {
    let update = Value::from_json(payload).unwrap_or_default();
    let results = tree::list(&update, &["sessionResults"]).iter();
    results.map(|event| format!("{}\n", tree::text(event, &["message"]))).collect()
}
