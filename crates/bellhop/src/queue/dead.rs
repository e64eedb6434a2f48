//! The dead-letter queue: what lies in it, since when, and why.
//!
//! It is filled by SQS (a message handed out too often), by SNS (a function that cannot be called), or by Lambda (an event
//! that failed too often), each of which wraps the message in its own way.

use aws_call::BoxFuture;
use bot::bell::{BellFault, DeadLetter, DeadLetters, Message};
use serde_json::Value as Json;
use store::UnixMillis;
use value::{Map, Value};

use super::sqs::{about, attribute, field, messages};
use super::{Far, PATIENCE};

/// For how long a letter is hidden from others that was just listed.
const HIDDEN: i64 = 10;
/// The largest letter that is read, in bytes: SQS takes no larger ones.
const MAX_LETTER: usize = 1024 * 1024;
/// The longest reason that is told, in characters.
const REASON: usize = 200;
/// How deep wrappers may lie in each other.
const WRAPPERS: usize = 4;

/// A dead-letter queue of SQS.
#[derive(Clone)]
pub(crate) struct SqsDeadLetters(pub(crate) Far);

impl DeadLetters for SqsDeadLetters {
    fn list(&self, most: usize) -> BoxFuture<'_, Result<Vec<DeadLetter>, BellFault>> {
        Box::pin(async move {
            let mut letters: Vec<DeadLetter> = Vec::new();
            while letters.len() < most {
                let some = self.some(most - letters.len()).await?;
                if some.is_empty() {
                    break;
                }
                letters.extend(some);
            }
            Ok(letters)
        })
    }

    fn remove<'a>(&'a self, receipt: &'a str) -> BoxFuture<'a, Result<(), BellFault>> {
        Box::pin(async move {
            self.0.call("sqs", "DeleteMessage", about(&self.0, receipt), PATIENCE).await.map(drop)
        })
    }
}

impl SqsDeadLetters {
    async fn some(&self, most: usize) -> Result<Vec<DeadLetter>, BellFault> {
        let mut params: Map = [("QueueUrl", self.0.address.name.clone())].into_iter().collect();
        params.insert("MaxNumberOfMessages", Value::from(i64::try_from(most.clamp(1, 10)).unwrap_or(1)));
        params.insert("VisibilityTimeout", Value::from(HIDDEN));
        params.insert("MessageSystemAttributeNames", Value::List(vec![Value::from("All")]));
        params.insert("MessageAttributeNames", Value::List(vec![Value::from("All")]));
        let answer = self.0.call("sqs", "ReceiveMessage", params, PATIENCE).await?;
        Ok(messages(&answer).filter_map(letter).collect())
    }
}

fn letter(message: &Value) -> Option<DeadLetter> {
    let body = field(message, "Body").unwrap_or_default();
    let (job, said) = read(&body);
    let told = |name: &str| field(message.get("MessageAttributes")?.get(name)?, "StringValue");
    let times = attribute(message, "ApproximateReceiveCount").unwrap_or(1);
    let reason = told("ErrorMessage").or(said).or_else(|| told("ErrorCode"));
    let reason = reason.unwrap_or_else(|| format!("nobody worked it off (handed out {times} times here)"));
    Some(DeadLetter {
        job,
        since: attribute(message, "SentTimestamp").map(UnixMillis),
        reason: plain(&reason),
        receipt: field(message, "ReceiptHandle")?,
    })
}

/// The job that a letter names, and why it failed, through whatever was wrapped around it.
fn read(body: &str) -> (Option<String>, Option<String>) {
    if body.len() > MAX_LETTER {
        return (None, None);
    }
    let mut said = None;
    let mut text = body.to_owned();
    for _ in 0..WRAPPERS {
        if let Ok(Message::Job(job)) = Message::parse(&text) {
            return (Some(job), said);
        }
        let Ok(wrapper) = serde_json::from_str::<Json>(&text) else { break };
        let failure = wrapper.pointer("/responsePayload/errorMessage").and_then(Json::as_str);
        said = said.or_else(|| failure.map(str::to_owned));
        let inside = ["/Message", "/Records/0/Sns/Message", "/Records/0/body", "/requestPayload"];
        text = match inside.iter().find_map(|place| wrapper.pointer(place)) {
            Some(Json::String(inside)) => inside.clone(),
            Some(inside) => inside.to_string(),
            None => break,
        };
    }
    (None, said)
}

/// A reason as it may be shown: somebody else wrote it.
fn plain(reason: &str) -> String {
    let shown = reason.chars().map(|c| if c.is_control() { ' ' } else { c });
    if reason.chars().count() > REASON {
        shown.take(REASON).chain(['…']).collect()
    } else {
        shown.collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn letters_are_read_through_what_wraps_them() {
        let ring = r#"{"bellhop":"job","version":1,"job":"0a1b"}"#;
        let topic = json!({"Type": "Notification", "Message": ring});
        let event = json!({"Records": [{"EventSource": "aws:sns", "Sns": {"Message": ring}}]});
        let queued = json!({"Records": [{"eventSource": "aws:sqs", "body": topic.to_string()}]});
        let failed = json!({"requestPayload": event, "responsePayload": {"errorMessage": "no store"}});
        let mut deep = json!({"Message": ring}).to_string();
        for _ in 0..8 {
            deep = json!({ "Message": deep }).to_string();
        }
        let job = || Some("0a1b".to_owned());
        for (body, expected) in [
            (ring.to_owned(), (job(), None)),
            (topic.to_string(), (job(), None)),
            (event.to_string(), (job(), None)),
            (queued.to_string(), (job(), None)),
            (failed.to_string(), (job(), Some("no store".to_owned()))),
            (deep, (None, None)),
            ("hello".to_owned(), (None, None)),
            (r#"{"bellhop":"sweep"}"#.to_owned(), (None, None)),
            ("[".repeat(100_000), (None, None)),
            ("x".repeat(MAX_LETTER + 1), (None, None)),
        ] {
            assert_eq!(read(&body), expected, "{}", body.chars().take(80).collect::<String>());
        }
        assert_eq!(plain("a\nb"), "a b");
        assert_eq!(plain(&"a".repeat(300)).chars().count(), REASON + 1);
    }
}
