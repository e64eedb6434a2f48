//! Rings by a queue, standard or FIFO; and hearing them.

use std::sync::Arc;
use std::time::Duration;

use aws_call::BoxFuture;
use bot::bell::{Bell, BellFault, DeadLetters, Heard, Inbox, Ring};
use value::{Map, Value};

use super::{Far, PATIENCE, SqsDeadLetters, ordering};

/// How long SQS waits for a message at most.
/// Source: <https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_ReceiveMessage.html>.
const WAIT: i64 = 20;
/// What the answer to that may take besides.
const ANSWER: Duration = Duration::from_secs(25);
/// For how long a message is hidden that was just handed out. Whoever works on it hides it again in time.
const HIDDEN: i64 = 60;
/// The longest that a message may be hidden.
const LONGEST: u64 = 12 * 3600;

/// A queue.
#[derive(Clone)]
pub(crate) struct SqsBell {
    /// The queue.
    pub(crate) far: Far,
    /// Where messages end that nobody could act upon.
    pub(crate) dead: Option<SqsDeadLetters>,
}

impl SqsBell {
    fn about(&self, receipt: &str) -> Map {
        about(&self.far, receipt)
    }
}

/// What names a message that was handed out.
pub(super) fn about(far: &Far, receipt: &str) -> Map {
    [("QueueUrl", far.address.name.clone()), ("ReceiptHandle", receipt.to_owned())].into_iter().collect()
}

impl Bell for SqsBell {
    fn ring<'a>(&'a self, ring: &'a Ring) -> BoxFuture<'a, Result<(), BellFault>> {
        Box::pin(async move {
            let mut params: Map =
                [("QueueUrl", self.far.address.name.clone()), ("MessageBody", ring.message())]
                    .into_iter()
                    .collect();
            if self.far.address.is_fifo() {
                ordering(&mut params, ring);
            }
            self.far.call("sqs", "SendMessage", params, PATIENCE).await.map(drop)
        })
    }

    fn inbox(&self) -> Option<Arc<dyn Inbox>> {
        Some(Arc::new(self.clone()))
    }

    fn dead_letters(&self) -> Option<Arc<dyn DeadLetters>> {
        self.dead.clone().map(|dead| Arc::new(dead) as Arc<dyn DeadLetters>)
    }
}

impl Inbox for SqsBell {
    fn hear(&self, most: usize) -> BoxFuture<'_, Result<Vec<Heard>, BellFault>> {
        Box::pin(async move {
            let mut params: Map = [("QueueUrl", self.far.address.name.clone())].into_iter().collect();
            params.insert("MaxNumberOfMessages", Value::from(i64::try_from(most.clamp(1, 10)).unwrap_or(1)));
            params.insert("WaitTimeSeconds", Value::from(WAIT));
            params.insert("VisibilityTimeout", Value::from(HIDDEN));
            params.insert(
                "MessageSystemAttributeNames",
                Value::List(vec![Value::from("ApproximateReceiveCount")]),
            );
            let answer = self.far.call("sqs", "ReceiveMessage", params, ANSWER).await?;
            Ok(messages(&answer).filter_map(heard).collect())
        })
    }

    fn hide<'a>(&'a self, receipt: &'a str, time: Duration) -> BoxFuture<'a, Result<(), BellFault>> {
        Box::pin(async move {
            let mut params = self.about(receipt);
            let seconds = i64::try_from(time.as_secs().min(LONGEST)).unwrap_or(0);
            params.insert("VisibilityTimeout", Value::from(seconds));
            self.far.call("sqs", "ChangeMessageVisibility", params, PATIENCE).await.map(drop)
        })
    }

    fn remove<'a>(&'a self, receipt: &'a str) -> BoxFuture<'a, Result<(), BellFault>> {
        Box::pin(async move {
            self.far.call("sqs", "DeleteMessage", self.about(receipt), PATIENCE).await.map(drop)
        })
    }
}

/// The messages of an answer.
pub(super) fn messages(answer: &Value) -> impl Iterator<Item = &Value> {
    answer.get("Messages").and_then(Value::as_list).into_iter().flatten()
}

pub(super) fn field(message: &Value, name: &str) -> Option<String> {
    message.get(name).and_then(Value::as_text).map(str::to_owned)
}

pub(super) fn attribute(message: &Value, name: &str) -> Option<i64> {
    message.get("Attributes")?.get(name)?.as_text()?.parse().ok()
}

/// A message without a receipt could not be removed: there is none such.
fn heard(message: &Value) -> Option<Heard> {
    Some(Heard {
        body: field(message, "Body").unwrap_or_default(),
        receipt: field(message, "ReceiptHandle")?,
        times: attribute(message, "ApproximateReceiveCount")
            .and_then(|times| u32::try_from(times).ok())
            .unwrap_or(1),
    })
}
