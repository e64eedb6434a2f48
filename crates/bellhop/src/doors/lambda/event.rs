//! What an event of Lambda is, told by its shape: the same function may stand behind HTTP, a topic, a queue and a schedule.
//!
//! Invariants: any JSON is one of these or named as unknown, without a panic; a fault names fields and never their values,
//! which may hold what Slack trusts us with. Sources: the pages of Lambda, API Gateway and Elastic Load Balancing on the
//! events that they send.

use bot::bell::{Message, MessageFault};
use serde_json::{Map, Value};

use super::http_event::{self, HttpEvent, HttpFault};

/// More records than SQS hands out in one batch.
const MAX_RECORDS: usize = 10_000;
/// How many fields an unknown event is described by.
const NAMED: usize = 12;

/// An event, told from others.
#[derive(Debug, PartialEq)]
pub(crate) enum Event {
    /// A request, or why it cannot be used.
    Http(Result<Box<HttpEvent>, HttpFault>),
    /// A body without its headers, as an old mapping template makes it.
    Bare(String),
    /// Messages of a queue, each of which is answered for.
    Queue(Vec<QueueRecord>),
    /// Messages of a topic.
    Topic(Vec<QueueRecord>),
    /// What a message says, given as the event itself.
    Direct(Message),
    /// None of these; what it looks like.
    Unknown(String),
}

/// One message of a queue or topic.
#[derive(Debug, PartialEq)]
pub(crate) struct QueueRecord {
    /// What the queue calls it.
    pub(crate) id: String,
    /// What it says.
    pub(crate) message: Result<Message, MessageFault>,
}

impl Event {
    /// Tells what it is.
    pub(crate) fn of(event: &Value) -> Event {
        let Some(fields) = event.as_object() else { return Event::Unknown(kind_of(event).to_owned()) };
        if let Some(front) = http_event::front_of(fields) {
            return Event::Http(HttpEvent::read(front, fields).map(Box::new));
        }
        if let Some(records) = fields.get("Records") {
            return of_records(records);
        }
        if fields.contains_key("bellhop") {
            return match Message::parse(&event.to_string()) {
                Ok(message) => Event::Direct(message),
                Err(fault) => Event::Unknown(format!("a message to Bellhop, but {fault}")),
            };
        }
        if text(fields, "source") == Some("aws.events")
            && text(fields, "detail-type") == Some("Scheduled Event")
        {
            return Event::Direct(Message::Sweep);
        }
        match fields.get("body") {
            Some(Value::String(body)) if is_bare(fields) => Event::Bare(body.clone()),
            _ => Event::Unknown(described(fields)),
        }
    }
}

/// Whether nothing tells who sent it and how.
fn is_bare(fields: &Map<String, Value>) -> bool {
    !["requestContext", "httpMethod", "version", "headers"].iter().any(|name| fields.contains_key(*name))
}

fn of_records(records: &Value) -> Event {
    let Some(records) = records.as_array() else {
        return Event::Unknown("records that are no list".to_owned());
    };
    let source = |record: &Value| {
        let source = record.get("eventSource").or_else(|| record.get("EventSource"));
        source.and_then(Value::as_str).unwrap_or_default().to_owned()
    };
    let Some(first) = records.first().map(source) else {
        return Event::Unknown("an empty list of records".to_owned());
    };
    if records.len() > MAX_RECORDS {
        return Event::Unknown(format!("more than {MAX_RECORDS} records"));
    }
    if records.iter().any(|record| source(record) != first) {
        return Event::Unknown("records of several sources".to_owned());
    }
    match first.as_str() {
        "aws:sqs" => Event::Queue(records.iter().map(of_queue).collect()),
        "aws:sns" => Event::Topic(records.iter().map(of_topic).collect()),
        other => Event::Unknown(format!("records of {}", plain(other))),
    }
}

fn of_queue(record: &Value) -> QueueRecord {
    let body = record.get("body").and_then(Value::as_str).unwrap_or_default();
    let id = record.get("messageId").and_then(Value::as_str).unwrap_or_default().to_owned();
    QueueRecord { id, message: Message::of_queue(body) }
}

fn of_topic(record: &Value) -> QueueRecord {
    let field = |name| record.get("Sns").and_then(|sns| sns.get(name)).and_then(Value::as_str);
    let id = field("MessageId").unwrap_or_default().to_owned();
    QueueRecord { id, message: Message::parse(field("Message").unwrap_or_default()) }
}

fn text<'a>(fields: &'a Map<String, Value>, name: &str) -> Option<&'a str> {
    fields.get(name).and_then(Value::as_str)
}

fn kind_of(value: &Value) -> &'static str {
    match value {
        Value::Null => "nothing",
        Value::Bool(_) => "true or false",
        Value::Number(_) => "a number",
        Value::String(_) => "a text",
        Value::Array(_) => "a list",
        Value::Object(_) => "an object",
    }
}

/// An object by the names of its fields.
fn described(fields: &Map<String, Value>) -> String {
    if fields.is_empty() {
        return "an object without fields".to_owned();
    }
    let names: Vec<String> = fields.keys().take(NAMED).map(|name| plain(name)).collect();
    let more = if fields.len() > NAMED { ", …" } else { "" };
    format!("an object with {}{more}", names.join(", "))
}

/// A name, as it may stand in a log.
fn plain(name: &str) -> String {
    name.chars().take(40).map(|c| if c.is_ascii_graphic() { c } else { '?' }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn unknown(event: &Value) -> String {
        match Event::of(event) {
            Event::Unknown(what) => what,
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn what_is_unknown_is_named_without_its_values() {
        for (event, expected) in [
            (json!(null), "nothing"),
            (json!([1]), "a list"),
            (json!({}), "an object without fields"),
            (json!({"token": "hidden", "b\n": 1}), "an object with token, b?"),
            (json!({"Records": 7}), "records that are no list"),
            (json!({"Records": []}), "an empty list of records"),
            (json!({"Records": [{"eventSource": "aws:s3"}]}), "records of aws:s3"),
            (
                json!({"Records": [{"eventSource": "aws:sqs"}, {"EventSource": "aws:sns"}]}),
                "records of several sources",
            ),
            (json!({"bellhop": "dance"}), "a message to Bellhop, but it is no message of Bellhop's"),
            (json!({"source": "aws.ec2", "detail-type": "x"}), "an object with source, detail-type"),
            (json!({"body": {"a": 1}}), "an object with body"),
            (json!({"body": "x", "headers": {}}), "an object with body, headers"),
            (
                json!({"httpMethod": "GET", "methodArn": "arn", "requestContext": {}}),
                "an object with httpMethod, methodArn, requestContext",
            ),
            (
                json!({"rawPath": "/x", "requestContext": {"http": {"method": "GET"}}, "routeArn": "arn"}),
                "an object with rawPath, requestContext, routeArn",
            ),
            (
                json!({"httpMethod": "POST", "path": "/x", "requestContext": {"connectionId": "c"}}),
                "an object with httpMethod, path, requestContext",
            ),
        ] {
            assert_eq!(unknown(&event), expected, "{event}");
        }
    }

    #[test]
    fn messages_come_by_queue_topic_schedule_and_hand() {
        let ring = r#"{"bellhop":"job","version":1,"job":"0a1b"}"#;
        let job = || Ok(Message::Job("0a1b".to_owned()));
        let envelope = json!({"Type": "Notification", "MessageId": "m", "Message": ring}).to_string();
        let queue = json!({"Records": [
            {"eventSource": "aws:sqs", "messageId": "1", "body": ring},
            {"eventSource": "aws:sqs", "messageId": "2", "body": envelope},
            {"eventSource": "aws:sqs", "messageId": "3", "body": "hello"},
            {"eventSource": "aws:sqs"},
        ]});
        let record = |id: &str, message| QueueRecord { id: id.to_owned(), message };
        let not_ours = || Err(MessageFault::NotOurs);
        assert_eq!(
            Event::of(&queue),
            Event::Queue(vec![
                record("1", job()),
                record("2", job()),
                record("3", not_ours()),
                record("", not_ours())
            ])
        );
        let topic =
            json!({"Records": [{"EventSource": "aws:sns", "Sns": {"MessageId": "9", "Message": ring}}]});
        assert_eq!(Event::of(&topic), Event::Topic(vec![record("9", job())]));
        let scheduled =
            json!({"version": "0", "source": "aws.events", "detail-type": "Scheduled Event", "detail": {}});
        for event in [json!({"bellhop": "sweep"}), scheduled] {
            assert_eq!(Event::of(&event), Event::Direct(Message::Sweep), "{event}");
        }
        let bare = json!({"body": "token=a&team_id=b"});
        assert_eq!(Event::of(&bare), Event::Bare("token=a&team_id=b".to_owned()));
    }
}
