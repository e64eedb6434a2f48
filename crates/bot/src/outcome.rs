//! What came of a command, and the words for it: one for the user, one for the operator, one for the record.

use aws_call::parse::ParseError;
use aws_call::{CallError, CredentialsError, Lost, NotSent, ServiceError};
use aws_cli::ExecuteError;
use render::{Facts, Problem, Reply, Status};

use crate::answer::{self, Answer};
use crate::authorize::Refusal;
use crate::explain;
use crate::output::Output;
use crate::roles::{PolicyFault, RoleSession};

/// Everything that an error has to say, for the log.
pub(crate) use aws_call::causes;

/// What came of a job.
#[derive(Debug)]
pub enum Outcome {
    /// AWS carried it out, and answered this.
    Done(Answer),
    /// It came to this, which is no single call's answer.
    Shown(Box<Output>),
    /// AWS carried it out, but its answer cannot be shown as asked: `--query` does not fit it.
    Unshown(String),
    /// AWS answered with an error: it did not do it.
    Rejected(Failure),
    /// Nothing reached AWS.
    NotSent(Failure),
    /// It may have happened: nobody knows.
    MayHaveHappened(Failure),
    /// Some of it was done, and then it failed.
    Partly(Failure),
    /// Its caller ended it before it had changed anything.
    Cancelled,
    /// The rules of the moment do not allow it any more, or the line means nothing any more.
    Refused(String),
}

/// How a call failed, in words without secrets.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Failure {
    /// A short name of the kind, for logs and records: AWS's error code, or Bellhop's own word.
    pub code: String,
    /// A sentence for the user.
    pub sentence: String,
    /// What AWS said, where it said something.
    pub said: Option<String>,
    /// What can be done about it, where that is known.
    pub next: Option<String>,
    /// AWS's id of the request.
    pub aws_request_id: Option<String>,
}

impl Outcome {
    /// The word for it in records and logs.
    pub fn name(&self) -> &'static str {
        match self {
            Outcome::Done(_) | Outcome::Unshown(_) => "done",
            Outcome::Rejected(_) => "rejected",
            Outcome::NotSent(_) => "not sent",
            Outcome::MayHaveHappened(_) => "may have happened",
            Outcome::Partly(_) => "partly done",
            Outcome::Refused(_) => "refused",
            Outcome::Cancelled => "cancelled",
            Outcome::Shown(output) => match output.status {
                Status::Done | Status::Running | Status::Asking | Status::Waiting => "done",
                Status::Partly => "partly done",
                Status::MayHaveHappened => "may have happened",
                Status::Denied => "refused",
                Status::Failed => "rejected",
            },
        }
    }

    /// How it failed, unless it did not.
    pub fn failure(&self) -> Option<&Failure> {
        match self {
            Outcome::Rejected(failure)
            | Outcome::NotSent(failure)
            | Outcome::MayHaveHappened(failure)
            | Outcome::Partly(failure) => Some(failure),
            Outcome::Done(_)
            | Outcome::Unshown(_)
            | Outcome::Refused(_)
            | Outcome::Shown(_)
            | Outcome::Cancelled => None,
        }
    }

    /// What came of an execution, given the text of its answer.
    pub(crate) fn of_error(error: &ExecuteError, is_write: bool) -> Outcome {
        match error {
            ExecuteError::Call(CallError::NotSent(why)) => Outcome::NotSent(not_sent(why)),
            ExecuteError::Call(CallError::Rejected(error)) => Outcome::Rejected(rejected(error)),
            ExecuteError::Call(CallError::MayHaveHappened(lost)) => in_doubt(lost_failure(lost), is_write),
            // Some of its calls had answers, and what they changed is changed.
            ExecuteError::Waiter(text) | ExecuteError::Paging(text) if is_write => {
                Outcome::Partly(Failure::new("Incomplete", format!("It did not come to its end: {text}")))
            }
            ExecuteError::Waiter(text) | ExecuteError::Paging(text) => {
                Outcome::Rejected(Failure::new("Incomplete", format!("It did not come to its end: {text}")))
            }
        }
    }

    /// A write that was interrupted after its intent; `told` is what the record says of several.
    pub(crate) fn interrupted(told: &[String]) -> Outcome {
        let failure = Failure::new(
            "Interrupted",
            "Bellhop was interrupted after it had announced the call and before it knew of an answer.",
        );
        let said = (!told.is_empty()).then(|| format!("{} What is not named was not begun.", told.join(" ")));
        Outcome::MayHaveHappened(Failure { said, ..failure })
    }

    /// Something that took longer than it may.
    pub(crate) fn too_long(is_write: bool) -> Outcome {
        in_doubt(Failure::new("TimeLimit", "It took longer than a command may take."), is_write)
    }

    /// The reply to the user.
    pub(crate) fn reply(&self, facts: Facts) -> Reply {
        match self {
            Outcome::Done(answer) => answered(facts, answer),
            Outcome::Shown(output) => output.reply(facts),
            Outcome::Unshown(why) => {
                let problem = Problem::new("AWS carried it out, but its answer cannot be shown as asked.")
                    .why(why.clone());
                Reply::problem(facts, Status::Partly, problem)
            }
            Outcome::Rejected(failure) | Outcome::NotSent(failure) => {
                Reply::problem(facts, Status::Failed, failure.problem())
            }
            Outcome::MayHaveHappened(failure) => {
                let next =
                    "It is not run again by itself. Look at what it was to change before you type it again.";
                Reply::problem(facts, Status::MayHaveHappened, failure.problem().next(next))
            }
            Outcome::Partly(failure) => {
                let next = "What was done stays done. Look before you type it again.";
                Reply::problem(facts, Status::Partly, failure.problem().next(next))
            }
            Outcome::Refused(reason) => Reply::problem(facts, Status::Denied, Problem::new(reason.clone())),
            Outcome::Cancelled => {
                let problem = Problem::new("It was cancelled. It only read, so nothing was changed by it.")
                    .next("What it had come to already is a job of its own: `jobs` shows it.");
                Reply::problem(facts, Status::Failed, problem)
            }
        }
    }
}

impl Failure {
    fn new(code: &str, sentence: impl Into<String>) -> Failure {
        Failure {
            code: code.to_owned(),
            sentence: sentence.into(),
            said: None,
            next: None,
            aws_request_id: None,
        }
    }

    fn problem(&self) -> Problem {
        let (why, next) = (self.said.clone(), self.next.clone());
        Problem { why, next, ..Problem::new(self.sentence.clone()) }
    }
}

fn answered(facts: Facts, answer: &Answer) -> Reply {
    let reply = Reply::done(facts, answer::body(answer));
    answer::missing(answer).into_iter().fold(reply, Reply::note)
}

/// The credentials for the role could not be had.
pub(crate) fn no_credentials(error: &CredentialsError, session: &RoleSession) -> Outcome {
    let sentence = format!("The role {} could not be assumed.", session.role_arn);
    let mut failure =
        Failure { next: explain::assume_remedy(error, session), ..Failure::new("NoCredentials", sentence) };
    match error {
        CredentialsError::Fetch { code, reason, .. } => {
            if let Some(code) = code {
                failure.code.clone_from(code);
            }
            failure.said = Some(reason.clone());
        }
        CredentialsError::None => failure.said = Some("Bellhop itself has no AWS credentials.".to_owned()),
        CredentialsError::Configuration(text) => failure.said = Some(text.clone()),
    }
    Outcome::NotSent(failure)
}

/// The session's policy could not be made.
pub(crate) fn no_session(fault: &PolicyFault) -> Outcome {
    let sentence = "Nothing was sent to AWS: the session could not be cut to reading.";
    Outcome::NotSent(Failure { said: Some(fault.to_string()), ..Failure::new("SessionPolicy", sentence) })
}

/// A read whose answer was lost did no harm: it simply failed.
fn in_doubt(failure: Failure, is_write: bool) -> Outcome {
    if is_write { Outcome::MayHaveHappened(failure) } else { Outcome::Rejected(failure) }
}

fn rejected(error: &ServiceError) -> Failure {
    Failure {
        code: error.code.clone(),
        sentence: format!("AWS refused it: {}.", error.code),
        // A service repeats what it was given, which may be a secret.
        said: Some(aws_cli::redact_text(&error.message).unwrap_or_else(|| error.message.clone()))
            .filter(|message| !message.is_empty()),
        next: None,
        aws_request_id: error.request_id.clone(),
    }
}

fn not_sent(why: &NotSent) -> Failure {
    let (code, sentence) = match why {
        NotSent::UnknownOperation(_) => ("UnknownOperation", why.to_string()),
        NotSent::Params(faults) => {
            let lines: Vec<String> = faults.iter().map(ToString::to_string).collect();
            ("ParamValidation", lines.join("\n"))
        }
        NotSent::Serialize(error) => ("Serialize", format!("the request cannot be written: {error}")),
        NotSent::NoRegion => ("NoRegion", "no region is given".to_owned()),
        NotSent::Credentials(_) => ("NoCredentials", "there are no credentials for it".to_owned()),
        NotSent::Endpoint(text) => ("Endpoint", format!("there is no endpoint for it: {text}")),
        NotSent::Unsupported(text) => ("Unsupported", format!("not supported: {text}")),
        NotSent::Connect { .. } => ("Connect", "AWS could not be reached".to_owned()),
        NotSent::Deadline => ("Deadline", "its time was over before it was sent".to_owned()),
    };
    Failure { said: Some(sentence), ..Failure::new(code, "Nothing was sent to AWS.") }
}

fn lost_failure(lost: &Lost) -> Failure {
    match lost {
        Lost::Transport { .. } => {
            Failure::new("NoAnswer", "The connection broke, or AWS fell silent, before it answered.")
        }
        Lost::Answer(fault @ (ParseError::TooLong(_) | ParseError::TooMany(_))) => Failure {
            said: Some(fault.to_string()),
            next: Some("Ask for less: a filter, `--max-items`, or a smaller `--page-size`.".to_owned()),
            ..Failure::new("AnswerTooLarge", "AWS's answer is larger than Bellhop reads.")
        },
        Lost::Answer(fault @ ParseError::Crowded(_)) => Failure {
            said: Some(fault.to_string()),
            next: Some("Ask again in a moment, or for less.".to_owned()),
            ..Failure::new("AnswersCrowded", "AWS's answer was not read: others are being read.")
        },
        Lost::Answer(_) => Failure {
            next: Some(
                "Ask again; if it stays so, `bellhop aws` with `--debug` on a terminal shows what came."
                    .to_owned(),
            ),
            ..Failure::new("UnreadableAnswer", "AWS's answer cannot be read.")
        },
        Lost::Deadline => Failure::new("Deadline", "Time ran out while AWS's answer was awaited."),
        Lost::Service(error) => {
            Failure { sentence: format!("AWS failed on its side: {}.", error.code), ..rejected(error) }
        }
    }
}

/// The reply to something that the rules do not allow.
pub(crate) fn refusal(facts: Facts, refusal: &Refusal) -> Reply {
    let problem = match refusal {
        Refusal::Denied(reason) => Problem::new(reason.to_string()).next("AWS was not called."),
        Refusal::NeedsConfirmation(permit) => {
            Problem::new(format!("{} asks for a confirmation first.", permit.grant))
                .why("No card could ask for it, so it was not run.")
        }
        Refusal::NeedsApproval(permit, _) => {
            Problem::new(format!("{} asks for an approval first.", permit.grant))
                .why("No card could ask for it, so it was not run.")
        }
    };
    Reply::problem(facts, Status::Denied, problem)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_that_is_too_large_says_what_to_do() {
        let failure = lost_failure(&Lost::Answer(ParseError::TooLong(1000)));
        assert_eq!(failure.sentence, "AWS's answer is larger than Bellhop reads.");
        assert!(failure.next.is_some_and(|next| next.contains("--max-items")));
    }
}
