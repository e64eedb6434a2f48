//! What waits in the store: everything a worker needs, sealed.

use aws_lc_rs::rand;
use serde::{Deserialize, Serialize};
use slack::{ResponseUrlBases, Secret};
use store::{Class, Job, UnixMillis};

use crate::request::{AnswerTo, Caller, Request};
use crate::seal::{Purpose, SealError, SealKey};

/// The version of [`Payload`].
const VERSION: u32 = 1;

/// A job's content. The line is kept as it was typed: the worker reads it again, by the rules of its own moment.
#[derive(Clone, Serialize, Deserialize)]
pub(crate) struct Payload {
    version: u32,
    tenant: String,
    user: String,
    channel: String,
    spoken_by: Option<String>,
    line: String,
    /// The account that was promised.
    pub(crate) account: String,
    /// The region that was promised.
    pub(crate) region: String,
    response_url: Option<String>,
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
        }
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

    pub(crate) fn seal_payload(&self, key: &SealKey, payload: &Payload) -> Result<Vec<u8>, JobFault> {
        Ok(key.seal(Purpose::Payload, &self.parts(), &serde_json::to_vec(payload)?)?)
    }

    pub(crate) fn open_payload(&self, key: &SealKey, sealed: &[u8]) -> Result<Payload, JobFault> {
        let payload: Payload = serde_json::from_slice(&key.open(Purpose::Payload, &self.parts(), sealed)?)?;
        if payload.version != VERSION {
            return Err(JobFault::Version(payload.version));
        }
        Ok(payload)
    }

    pub(crate) fn seal_reply(&self, key: &SealKey, reply: &[u8]) -> Result<Vec<u8>, SealError> {
        key.seal(Purpose::Reply, &self.parts(), reply)
    }

    pub(crate) fn open_reply(&self, key: &SealKey, sealed: &[u8]) -> Result<Vec<u8>, SealError> {
        key.open(Purpose::Reply, &self.parts(), sealed)
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
