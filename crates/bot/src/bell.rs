//! The bell: tells workers that a job is durable. The store holds the job; a ring holds its id and nothing else.
//!
//! Invariants: a ring is no order. Whoever hears one claims that job from the store by a condition, so a ring that is
//! forged, repeated, late or out of turn does nothing, and one that is lost costs time: the sweep finds its job. Nothing
//! that came with a job travels with its ring.
//! Absent on purpose: what rings are carried by. `bellhop` brings SNS and SQS; within one process a ring is a wake-up.

use std::borrow::Cow;
use std::sync::Arc;
use std::time::Duration;

use aws_call::BoxFuture;
use serde::{Deserialize, Serialize};
use store::UnixMillis;

/// The largest message that is read, in bytes. A ring takes 70.
pub const MAX_MESSAGE: usize = 2048;
/// The same with a topic's envelope around it, which bears addresses and a signature besides.
const MAX_ENVELOPE: usize = 16 * 1024;
/// The longest id of a job.
const MAX_ID: usize = 64;
/// The version of the form of a ring.
const VERSION: u32 = 1;

/// A job that waits for a worker.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ring {
    /// Its id.
    pub job: String,
    /// When it is rung for once more: a queue that drops repeats is not to drop this.
    pub again: Option<UnixMillis>,
    /// Jobs of one group are heard in order where the queue keeps any: a hash of workspace and user.
    pub group: String,
}

/// Why something is not rung or heard. It holds no secret.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct BellFault(pub String);

/// Carries rings to workers.
pub trait Bell: Send + Sync {
    /// Rings; resolves when whoever carries it has it.
    fn ring<'a>(&'a self, ring: &'a Ring) -> BoxFuture<'a, Result<(), BellFault>>;

    /// Where rings are heard by asking for them; `None` where they come by themselves.
    fn inbox(&self) -> Option<Arc<dyn Inbox>> {
        None
    }

    /// Where rings end that nobody could act upon.
    fn dead_letters(&self) -> Option<Arc<dyn DeadLetters>> {
        None
    }
}

/// A ring that was heard, and is hidden from others for a while.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Heard {
    /// The message.
    pub body: String,
    /// What it is kept, let go or removed by.
    pub receipt: String,
    /// How often it was handed out, this time included.
    pub times: u32,
}

/// A queue that is asked for rings.
pub trait Inbox: Send + Sync {
    /// Waits for rings, at most so many; comes back without any after some twenty seconds.
    fn hear(&self, most: usize) -> BoxFuture<'_, Result<Vec<Heard>, BellFault>>;

    /// Hides a ring for that long from now on. Zero lets others hear it at once.
    fn hide<'a>(&'a self, receipt: &'a str, time: Duration) -> BoxFuture<'a, Result<(), BellFault>>;

    /// Removes a ring: its job is done with, or never was.
    fn remove<'a>(&'a self, receipt: &'a str) -> BoxFuture<'a, Result<(), BellFault>>;
}

/// A ring that nobody could act upon.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DeadLetter {
    /// The job that it names, if it names one.
    pub job: Option<String>,
    /// When it was sent first.
    pub since: Option<UnixMillis>,
    /// Why it ended there, as far as that is known.
    pub reason: String,
    /// What it is removed by.
    pub receipt: String,
}

/// A dead-letter queue.
pub trait DeadLetters: Send + Sync {
    /// What lies there, at most so much; it is hidden from others for a few seconds.
    fn list(&self, most: usize) -> BoxFuture<'_, Result<Vec<DeadLetter>, BellFault>>;

    /// Removes one.
    fn remove<'a>(&'a self, receipt: &'a str) -> BoxFuture<'a, Result<(), BellFault>>;
}

/// What a message means.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Message {
    /// That job waits.
    Job(String),
    /// It is time to look for what nobody was rung for.
    Sweep,
}

/// Why a message means nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum MessageFault {
    /// It is larger than any ring.
    #[error("it has more than {MAX_MESSAGE} bytes")]
    TooLarge,
    /// It is not a ring's JSON.
    #[error("it is no message of Bellhop's")]
    NotOurs,
    /// Its version is not known here.
    #[error("its version is not known here")]
    Version,
    /// What it calls a job's id cannot be one.
    #[error("its job's id cannot be one")]
    Id,
}

/// What a topic puts around a message that it leaves in a queue. What else stands there is believed as little.
#[derive(Deserialize)]
struct Envelope<'a> {
    #[serde(rename = "Type")]
    kind: &'a str,
    #[serde(rename = "Message", borrow)]
    message: Cow<'a, str>,
}

/// The form of a message: `{"bellhop":"job","version":1,"job":"…"}`, `{"bellhop":"sweep"}`.
#[derive(Serialize, Deserialize)]
struct Form<'a> {
    bellhop: &'a str,
    #[serde(default = "first", skip_serializing_if = "Option::is_none")]
    version: Option<u32>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    job: Option<&'a str>,
}

fn first() -> Option<u32> {
    Some(VERSION)
}

impl Message {
    /// Reads a message.
    ///
    /// # Errors
    /// It is not one of Bellhop's, or not one that is known here.
    pub fn parse(text: &str) -> Result<Message, MessageFault> {
        if text.len() > MAX_MESSAGE {
            return Err(MessageFault::TooLarge);
        }
        let form: Form<'_> = serde_json::from_str(text).map_err(|_| MessageFault::NotOurs)?;
        if form.version != Some(VERSION) {
            return Err(MessageFault::Version);
        }
        match (form.bellhop, form.job) {
            ("sweep", None) => Ok(Message::Sweep),
            ("job", Some(id)) if is_id(id) => Ok(Message::Job(id.to_owned())),
            ("job", Some(_)) => Err(MessageFault::Id),
            _ => Err(MessageFault::NotOurs),
        }
    }

    /// Reads what lies in a queue: a message as it was sent, or within the envelope that a topic puts around it.
    ///
    /// # Errors
    /// It is neither.
    pub fn of_queue(body: &str) -> Result<Message, MessageFault> {
        let bare = Message::parse(body);
        if bare.is_ok() || body.len() > MAX_ENVELOPE {
            return bare;
        }
        match serde_json::from_str(body) {
            Ok(Envelope { kind: "Notification", message }) => Message::parse(&message),
            _ => bare,
        }
    }
}

impl Ring {
    /// The message that it travels as.
    pub fn message(&self) -> String {
        let form = Form { bellhop: "job", version: first(), job: Some(&self.job) };
        // It holds nothing that JSON cannot.
        serde_json::to_string(&form).unwrap_or_default()
    }
}

/// Whether a text can be a job's id.
fn is_id(text: &str) -> bool {
    (1..=MAX_ID).contains(&text.len())
        && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn messages_are_read_strictly() {
        let long = format!(r#"{{"bellhop":"job","version":1,"job":"{}"}}"#, "a".repeat(65));
        let huge = format!(r#"{{"bellhop":"job","version":1,"job":"a","x":"{}"}}"#, "y".repeat(MAX_MESSAGE));
        let job = |id: &str| Ok(Message::Job(id.to_owned()));
        for (text, expected) in [
            (r#"{"bellhop":"job","version":1,"job":"0a-1"}"#, job("0a-1")),
            (r#"{"bellhop":"job","job":"0a"}"#, job("0a")),
            (r#"{"bellhop":"sweep"}"#, Ok(Message::Sweep)),
            (r#"{"bellhop":"sweep","job":"0a"}"#, Err(MessageFault::NotOurs)),
            (r#"{"bellhop":"job","version":2,"job":"0a"}"#, Err(MessageFault::Version)),
            (r#"{"bellhop":"job","version":1}"#, Err(MessageFault::NotOurs)),
            (r#"{"bellhop":"job","version":1,"job":""}"#, Err(MessageFault::Id)),
            (r#"{"bellhop":"job","version":1,"job":"../x"}"#, Err(MessageFault::Id)),
            (r#"{"bellhop":"job","version":1,"job":7}"#, Err(MessageFault::NotOurs)),
            (&long, Err(MessageFault::Id)),
            (&huge, Err(MessageFault::TooLarge)),
            ("", Err(MessageFault::NotOurs)),
            ("[]", Err(MessageFault::NotOurs)),
            ("null", Err(MessageFault::NotOurs)),
        ] {
            assert_eq!(Message::parse(text), expected, "{text}");
        }
    }

    #[test]
    fn a_topics_envelope_is_opened_once() {
        let ring = r#"{"bellhop":"job","version":1,"job":"0a1b"}"#;
        let envelope = |kind: &str, message: &str| {
            serde_json::json!({"Type": kind, "MessageId": "m", "Message": message}).to_string()
        };
        let job = || Ok(Message::Job("0a1b".to_owned()));
        let long = " ".repeat(MAX_ENVELOPE);
        for (body, expected) in [
            (ring.to_owned(), job()),
            (envelope("Notification", ring), job()),
            (envelope("SubscriptionConfirmation", ring), Err(MessageFault::NotOurs)),
            (envelope("Notification", &envelope("Notification", ring)), Err(MessageFault::NotOurs)),
            (envelope("Notification", "hello"), Err(MessageFault::NotOurs)),
            (
                r#"{"Type": "Notification", "Message": {"bellhop": "sweep"}}"#.to_owned(),
                Err(MessageFault::NotOurs),
            ),
            (envelope("Notification", &format!("{long}{ring}")), Err(MessageFault::TooLarge)),
            ("hello".to_owned(), Err(MessageFault::NotOurs)),
        ] {
            assert_eq!(Message::of_queue(&body), expected, "{}", body.chars().take(80).collect::<String>());
        }
    }

    proptest! {
        #[test]
        fn what_is_rung_is_read(job in "[0-9a-zA-Z-]{1,64}") {
            let ring = Ring { job: job.clone(), again: None, group: "g".to_owned() };
            prop_assert_eq!(Message::parse(&ring.message()), Ok(Message::Job(job)));
        }

        #[test]
        fn any_text_is_a_message_or_a_fault(text in ".{0,200}") {
            if let Ok(Message::Job(id)) = Message::parse(&text) {
                prop_assert!(is_id(&id));
            }
        }
    }
}
