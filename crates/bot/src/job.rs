//! What waits in the store: everything a worker needs, sealed.

use aws_lc_rs::rand;
use serde::{Deserialize, Serialize};
use slack::{ResponseUrl, ResponseUrlBases, Secret};
use store::{Class, Job, UnixMillis};

use crate::asking::Given;
use crate::asking::pending::{AskedCommand, Asker, Pending, key_of};
use crate::request::{AnswerTo, Caller, Request};
use crate::script::Promise;
use crate::seal::{Keyring, Purpose, SealError};

/// The version of [`Payload`]. Version 1 knew only commands that run without anybody's word; it is still read.
const VERSION: u32 = 2;

/// A job's content. The line is kept as it was typed: the worker reads it again, by the rules of its own moment.
#[derive(Clone, Serialize, Deserialize)]
pub(crate) struct Payload {
    version: u32,
    tenant: String,
    pub(crate) user: String,
    channel: String,
    spoken_by: Option<String>,
    line: String,
    /// The account that was promised.
    pub(crate) account: String,
    /// The region that was promised.
    pub(crate) region: String,
    response_url: Option<String>,
    /// What is to be done.
    #[serde(default)]
    pub(crate) task: Task,
    /// Whose word was given for it.
    #[serde(default)]
    pub(crate) given: Given,
    /// The question that it follows from.
    #[serde(default)]
    pub(crate) question: Option<Question>,
    /// When the address for answers was given, where that was not when the job was accepted.
    #[serde(default)]
    pub(crate) address_from: Option<i64>,
    /// Whether its answer takes the place of the message whose button was pressed.
    #[serde(default)]
    pub(crate) replaces: bool,
    /// What was promised of each of several calls that change things.
    #[serde(default)]
    pub(crate) promises: Vec<Promise>,
    /// Where the trace stood when it was accepted, as W3C's `traceparent`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) trace: Option<String>,
}

/// What a job is for.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum Task {
    /// To run its line.
    #[default]
    Run,
    /// To look at what its question is about, and to show that to whoever is asked.
    Card,
    /// To bring what was posted about its question in line with where the question stands.
    Refresh,
    /// To remind those who are asked.
    Remind,
    /// To end its question when its time is over.
    Expire,
    /// To say this, a stored reply.
    Tell(String),
}

/// The question that a job follows from. What was promised in it must still hold when the job runs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Question {
    pub(crate) id: String,
    /// What the command means, as [`crate::asking`] hashes it.
    pub(crate) meaning: String,
    pub(crate) role: String,
    /// Whether grants with rules about tags do not count for it.
    #[serde(default)]
    pub(crate) untagged: bool,
    /// The job does not begin after that.
    pub(crate) until: i64,
}

impl Question {
    /// What a job of that question is bound to.
    pub(crate) fn of(asked: &Pending, id: &str) -> Question {
        let part =
            |part: fn(&AskedCommand) -> &String| asked.command().map(part).cloned().unwrap_or_default();
        Question {
            id: id.to_owned(),
            meaning: part(|command| &command.meaning),
            role: part(|command| &command.role),
            untagged: asked.command().is_some_and(|command| command.untagged),
            // A word does not wait longer for a worker than it may have waited for its giver.
            until: asked.expires_at + (asked.expires_at - asked.asked_at),
        }
    }

    /// The key of its record.
    pub(crate) fn key(&self, tenant: &str) -> String {
        key_of(tenant, &self.id)
    }
}

/// Why a job cannot be believed.
#[derive(Debug, thiserror::Error)]
pub(crate) enum JobFault {
    #[error("the job was not sealed by this bot for this record")]
    Seal(#[from] SealError),
    #[error("the job's content cannot be read")]
    Content(#[from] serde_json::Error),
    #[error("the job has version {0}, which is not known here")]
    Version(u32),
}

impl Payload {
    /// What a request becomes once account and region are decided.
    pub(crate) fn new(request: &Request, account: &str, region: &str) -> Payload {
        let Caller { tenant, user, channel, spoken_by } = request.caller.clone();
        let response_url = match &request.answer {
            AnswerTo::Slack(url) => Some(url.expose().to_owned()),
            AnswerTo::Waiting => None,
        };
        Payload {
            version: VERSION,
            tenant,
            user,
            channel,
            spoken_by,
            line: request.line.clone(),
            account: account.to_owned(),
            region: region.to_owned(),
            response_url,
            task: Task::Run,
            given: Given::Nothing,
            question: None,
            address_from: None,
            replaces: false,
            promises: Vec::new(),
            trace: None,
        }
    }

    /// A job about a question, which answers to whoever asked it, where that was asked.
    pub(crate) fn about(asked: &Pending, id: &str, task: Task) -> Payload {
        let Asker { tenant, user, channel, spoken_by } = asked.asker.clone();
        let part =
            |part: fn(&AskedCommand) -> &String| asked.command().map(part).cloned().unwrap_or_default();
        Payload {
            version: VERSION,
            tenant,
            user,
            channel,
            spoken_by,
            line: part(|command| &command.line),
            account: part(|command| &command.account),
            region: part(|command| &command.region),
            response_url: asked.response_url.clone(),
            task,
            given: Given::Nothing,
            question: Some(Question::of(asked, id)),
            address_from: Some(asked.asked_at),
            replaces: false,
            promises: asked.command().map(|command| command.promises.clone()).unwrap_or_default(),
            trace: None,
        }
    }

    /// A job that says something to somebody at that address.
    pub(crate) fn telling(
        tenant: &str,
        user: &str,
        reply: String,
        url: &ResponseUrl,
        at: UnixMillis,
    ) -> Payload {
        Payload {
            version: VERSION,
            tenant: tenant.to_owned(),
            user: user.to_owned(),
            channel: String::new(),
            spoken_by: None,
            line: String::new(),
            account: String::new(),
            region: String::new(),
            response_url: Some(url.expose().to_owned()),
            task: Task::Tell(reply),
            given: Given::Nothing,
            question: None,
            address_from: Some(at.0),
            replaces: false,
            promises: Vec::new(),
            trace: None,
        }
    }

    /// The same, whose answer takes the place of the message that was pressed; without an address it has none.
    pub(crate) fn replacing(mut self, pressed: Option<&ResponseUrl>, at: UnixMillis) -> Payload {
        self.response_url = pressed.map(|url| url.expose().to_owned());
        self.address_from = Some(at.0);
        self.replaces = pressed.is_some();
        self
    }

    /// The same, whose answer goes where another job's goes: into the same message, by the same address.
    pub(crate) fn answering_like(mut self, other: &Payload, accepted_at: UnixMillis) -> Payload {
        self.response_url.clone_from(&other.response_url);
        self.address_from = Some(other.address_from.unwrap_or(accepted_at.0));
        self.replaces = other.replaces;
        self
    }

    /// The same, part of that trace.
    pub(crate) fn traced(self, trace: Option<String>) -> Payload {
        Payload { trace, ..self }
    }

    /// The same, with what was promised of each of its calls.
    pub(crate) fn promising(self, promises: Vec<Promise>) -> Payload {
        Payload { promises, ..self }
    }

    /// The same, with that word behind it.
    pub(crate) fn given(self, given: Given) -> Payload {
        Payload { given, ..self }
    }

    /// Another job about the same, which answers nobody.
    pub(crate) fn silent(&self, task: Task) -> Payload {
        Payload { task, response_url: None, replaces: false, ..self.clone() }
    }

    /// The request that it came from. An address that is not posted to (any more) is left out.
    pub(crate) fn request(&self, key: &str, at: UnixMillis, bases: &ResponseUrlBases) -> Request {
        let url = self.response_url.as_deref().map(Secret::new);
        let answer = url.and_then(|url| bases.check(&url).ok()).map_or(AnswerTo::Waiting, AnswerTo::Slack);
        Request {
            key: key.to_owned(),
            caller: Caller {
                tenant: self.tenant.clone(),
                user: self.user.clone(),
                channel: self.channel.clone(),
                spoken_by: self.spoken_by.clone(),
            },
            line: self.line.clone(),
            at,
            answer,
        }
    }
}

/// What a job's record is bound to. Whoever changes any of it in the store has a job that does not open.
pub(crate) struct Record {
    parts: [String; 4],
}

impl Record {
    pub(crate) fn new(id: &str, key: &str, class: Class, accepted_at: UnixMillis) -> Record {
        let class = match class {
            Class::Read => "read",
            Class::Write => "write",
        };
        Record { parts: [id.to_owned(), key.to_owned(), class.to_owned(), accepted_at.0.to_string()] }
    }

    pub(crate) fn of(job: &Job) -> Record {
        Record::new(&job.id, &job.key, job.class, job.accepted_at)
    }

    fn parts(&self) -> [&str; 4] {
        self.parts.each_ref().map(String::as_str)
    }

    pub(crate) fn seal_payload(&self, key: &Keyring, payload: &Payload) -> Result<Vec<u8>, JobFault> {
        Ok(key.seal(Purpose::Payload, &self.parts(), &serde_json::to_vec(payload)?)?)
    }

    pub(crate) fn open_payload(&self, key: &Keyring, sealed: &[u8]) -> Result<Payload, JobFault> {
        let payload: Payload = serde_json::from_slice(&key.open(Purpose::Payload, &self.parts(), sealed)?)?;
        if !(1..=VERSION).contains(&payload.version) {
            return Err(JobFault::Version(payload.version));
        }
        Ok(payload)
    }

    pub(crate) fn seal_reply(&self, key: &Keyring, reply: &[u8]) -> Result<Vec<u8>, SealError> {
        key.seal(Purpose::Reply, &self.parts(), reply)
    }

    pub(crate) fn open_reply(&self, key: &Keyring, sealed: &[u8]) -> Result<Vec<u8>, SealError> {
        key.open(Purpose::Reply, &self.parts(), sealed)
    }
}

/// What keeps jobs of one user in one workspace together, and tells nobody who they are.
pub(crate) fn lane(job: &Job, key: &Keyring) -> [u8; 32] {
    match Record::of(job).open_payload(key, &job.payload) {
        Ok(payload) => key.hash(&["lane", &payload.tenant, &payload.user]),
        // Nobody will believe it either.
        Err(_) => key.hash(&["lane", &job.key]),
    }
}

/// A new job's id, which is also the id that a user reads out to an operator.
///
/// It begins with the low 24 bits of the time: ids made together then stand together in an index, and a commit that
/// holds many of them writes few pages. The 40 bits behind are random.
pub(crate) fn new_id(at: UnixMillis) -> Result<String, SealError> {
    let mut bytes = [0; 8];
    rand::fill(&mut bytes).map_err(|_| SealError::Cipher)?;
    bytes[..3].copy_from_slice(&at.0.to_be_bytes()[5..]);
    Ok(bytes.iter().map(|byte| format!("{byte:02x}")).collect())
}

#[cfg(test)]
mod tests {
    #![expect(clippy::expect_used, reason = "a test stops at the first surprise")]

    use super::*;

    #[test]
    fn ids_of_one_time_stand_together_and_differ() {
        let id = |at: i64| new_id(UnixMillis(at)).expect("randomness");
        let (first, second, later) = (id(1_790_000_000_000), id(1_790_000_000_000), id(1_790_000_000_001));
        assert_eq!(first.len(), 16);
        assert_eq!(first[..6], second[..6]);
        assert_ne!(first, second);
        assert!(later > first && later > second);
    }
}
