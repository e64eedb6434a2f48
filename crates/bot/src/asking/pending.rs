//! A question that waits for somebody's word: what is asked, of whom, and how far it came.
//!
//! It is kept sealed, bound to its key, so that neither a card's content nor a vote can be written by whoever can
//! write to the store. It outlives its own expiry for a day, to tell late presses what became of it.
//! Absent on purpose: any way to change the command. What was shown is what runs, or nothing.

use aws_lc_rs::rand;
use policy::Approval;
use serde::{Deserialize, Serialize};
use store::UnixMillis;

use crate::asking::findings::Findings;
use crate::request::Caller;
use crate::script::Promise;
use crate::seal::{Keyring, Purpose, SealError};

/// The kind of these records in the store.
pub(crate) const KIND: &str = "pending";
/// How long a question that is settled or expired is remembered, in milliseconds.
pub(crate) const REMEMBERED_MS: i64 = 24 * 3_600_000;
/// The version of [`Pending`].
const VERSION: u32 = 1;
/// Length of an id in bytes: nobody guesses one.
const ID_BYTES: usize = 16;

/// A question. It holds an address for answers, so it cannot be printed.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Pending {
    version: u32,
    pub(crate) asker: Asker,
    pub(crate) subject: Subject,
    pub(crate) need: Needed,
    /// Milliseconds, as all times here.
    pub(crate) asked_at: i64,
    pub(crate) expires_at: i64,
    pub(crate) state: State,
    /// Who approved so far.
    pub(crate) votes: Vec<Vote>,
    /// Messages that show it and can be changed.
    pub(crate) cards: Vec<CardPlace>,
    /// What was found out about it before it was shown.
    pub(crate) findings: Findings,
    /// Where the asker's answer goes, and is good for half an hour from `asked_at`.
    pub(crate) response_url: Option<String>,
}

/// Who asks, and where.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Asker {
    pub(crate) tenant: String,
    pub(crate) user: String,
    pub(crate) channel: String,
    pub(crate) spoken_by: Option<String>,
}

/// What is asked for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum Subject {
    /// To run a command once.
    Command(AskedCommand),
    /// To have a grant for a while.
    Elevation { grant: String, seconds: u64, reason: String },
}

/// A command with everything that it is bound to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct AskedCommand {
    /// As it was typed.
    pub(crate) line: String,
    /// As it may be shown, whole.
    pub(crate) shown: String,
    /// Hash of what it means, in hexadecimal digits.
    pub(crate) meaning: String,
    /// The IAM action of its first call.
    pub(crate) action: String,
    pub(crate) account: String,
    pub(crate) region: String,
    pub(crate) role: String,
    /// Whether grants with rules about tags do not count: what it names was looked at, and lacks them.
    #[serde(default)]
    pub(crate) untagged: bool,
    /// What was promised of each of its calls that change things, if it is a line of several.
    #[serde(default)]
    pub(crate) promises: Vec<Promise>,
}

/// Whose word it needs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum Needed {
    /// The asker's own.
    Confirmation,
    /// That of so many of these, each of whom is somebody else.
    Approval { approvers: Vec<String>, count: u32 },
}

/// How far it came.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum State {
    /// It waits.
    Open,
    /// The word was given, and this job (or, for an elevation, nothing more) follows.
    Taken { job: String, at: i64 },
    /// What followed has come to its end, as this word.
    Ended { how: String, at: i64 },
    /// The asker does not want it any more.
    Cancelled { at: i64 },
    /// An approver said no.
    Rejected { by: String, reason: Option<String>, at: i64 },
    /// Nobody gave the word in time.
    Expired,
    /// Nobody could be asked.
    Unasked,
}

/// One approval.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Vote {
    pub(crate) user: String,
    pub(crate) at: i64,
}

/// A posted message that can be changed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct CardPlace {
    pub(crate) channel: String,
    pub(crate) ts: String,
    /// Whether approvers look at it, or the asker.
    pub(crate) for_approvers: bool,
}

/// Why a kept question cannot be used.
#[derive(Debug, thiserror::Error)]
pub(crate) enum PendingFault {
    #[error("the question was not sealed by this bot for this record")]
    Seal(#[from] SealError),
    #[error("the question's content cannot be read")]
    Content(#[from] serde_json::Error),
    #[error("the question has version {0}, which is not known here")]
    Version(u32),
}

impl Pending {
    /// A question that was just asked, and expires after `lasts_ms`.
    pub(crate) fn new(
        caller: &Caller,
        subject: Subject,
        need: Needed,
        at: UnixMillis,
        lasts_ms: i64,
    ) -> Pending {
        let Caller { tenant, user, channel, spoken_by } = caller.clone();
        Pending {
            version: VERSION,
            asker: Asker { tenant, user, channel, spoken_by },
            subject,
            need,
            asked_at: at.0,
            expires_at: at.plus(lasts_ms).0,
            state: State::Open,
            votes: Vec::new(),
            cards: Vec::new(),
            findings: Findings::default(),
            response_url: None,
        }
    }

    /// The asker as a caller.
    pub(crate) fn caller(&self) -> Caller {
        let Asker { tenant, user, channel, spoken_by } = self.asker.clone();
        Caller { tenant, user, channel, spoken_by }
    }

    /// The command, unless it is about something else.
    pub(crate) fn command(&self) -> Option<&AskedCommand> {
        match &self.subject {
            Subject::Command(command) => Some(command),
            Subject::Elevation { .. } => None,
        }
    }

    /// Until when the record is kept.
    pub(crate) fn kept_until(&self) -> UnixMillis {
        UnixMillis(self.expires_at).plus(REMEMBERED_MS)
    }

    pub(crate) fn seal(&self, seal: &Keyring, key: &str) -> Result<Vec<u8>, PendingFault> {
        Ok(seal.seal(Purpose::Pending, &[KIND, key], &serde_json::to_vec(self)?)?)
    }

    pub(crate) fn open(seal: &Keyring, key: &str, sealed: &[u8]) -> Result<Pending, PendingFault> {
        let pending: Pending = serde_json::from_slice(&seal.open(Purpose::Pending, &[KIND, key], sealed)?)?;
        if pending.version != VERSION {
            return Err(PendingFault::Version(pending.version));
        }
        Ok(pending)
    }
}

impl Needed {
    pub(crate) fn approval(approval: &Approval) -> Needed {
        Needed::Approval { approvers: approval.approvers.clone(), count: approval.count }
    }
}

/// The record's key: a question of one workspace does not exist in another.
pub(crate) fn key_of(tenant: &str, id: &str) -> String {
    format!("{tenant}/{id}")
}

/// An id that nobody guesses.
pub(crate) fn new_id() -> Result<String, SealError> {
    let mut bytes = [0; ID_BYTES];
    rand::fill(&mut bytes).map_err(|_| SealError::Cipher)?;
    Ok(bytes.iter().map(|byte| format!("{byte:02x}")).collect())
}

/// Whether a button's value can be an id at all.
pub(crate) fn is_id(text: &str) -> bool {
    text.len() == 2 * ID_BYTES && text.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'))
}

#[cfg(test)]
mod tests {
    #![expect(clippy::expect_used, reason = "a test stops at the first surprise")]

    use super::*;

    #[test]
    fn a_question_opens_under_its_own_key_only() {
        let seal = Keyring::fresh().expect("a key").0;
        let caller = Caller {
            tenant: "T1".to_owned(),
            user: "U1".to_owned(),
            channel: "C1".to_owned(),
            spoken_by: None,
        };
        let subject =
            Subject::Elevation { grant: "ops".to_owned(), seconds: 60, reason: "because".to_owned() };
        let pending = Pending::new(&caller, subject, Needed::Confirmation, UnixMillis(5), 10);
        let sealed = pending.seal(&seal, "T1/a").expect("seals");
        assert!(Pending::open(&seal, "T1/a", &sealed).expect("opens") == pending);
        for (key, bytes) in [("T2/a", &sealed[..]), ("T1/b", &sealed[..]), ("T1/a", b"{}")] {
            assert!(matches!(Pending::open(&seal, key, bytes), Err(PendingFault::Seal(_))), "{key}");
        }
    }

    #[test]
    fn ids_are_long_and_differ() {
        let (one, two) = (new_id().expect("randomness"), new_id().expect("randomness"));
        assert!(is_id(&one) && is_id(&two) && one != two);
        for text in ["", "0", &one[1..], &one.to_uppercase().replace('0', "A"), &format!("{one}0")] {
            assert!(!is_id(text), "{text}");
        }
    }
}
