//! The rows of the audit, in one place: which facts, under which names. No secret is a fact.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use aws_call::RequestIds;
use serde_json::{Map, Value, json};
use store::{NewAuditRow, UnixMillis};

use crate::asking::Given;
use crate::asking::pending::{Needed, Pending, State, Subject};
use crate::authorize::level_of;
use crate::command::AwsCommand;
use crate::outcome::Outcome;
use crate::reach::scope::Scope;
use crate::repeat;
use crate::request::Caller;
use crate::roles::RoleSession;
use policy::Permit;

/// The facts about one command, which each of its rows repeats.
#[derive(Debug, Clone)]
pub(crate) struct Facts {
    job: String,
    base: Map<String, Value>,
    seen: Arc<RequestIds>,
    reached: Arc<Mutex<Reached>>,
}

/// Where a command has read.
#[derive(Debug, Default)]
enum Reached {
    #[default]
    Nowhere,
    Here(Scope),
    Several,
}

/// What somebody did to a question.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum By {
    Approved,
    Cancelled,
    Rejected,
    /// Pressed a button that came too late to count.
    Pressed,
}

impl Facts {
    /// Facts known before anything was understood.
    pub(crate) fn new(job: &str, caller: &Caller) -> Facts {
        let mut base = Map::new();
        for (name, text) in
            [("workspace", &caller.tenant), ("user", &caller.user), ("channel", &caller.channel)]
        {
            base.insert(name.to_owned(), json!(text));
        }
        if let Some(spoken_by) = &caller.spoken_by {
            base.insert("spoken_by".to_owned(), json!(spoken_by));
        }
        Facts { job: job.to_owned(), base, seen: Arc::default(), reached: Arc::default() }
    }

    /// With the command, its secrets masked.
    pub(crate) fn command(mut self, command: &AwsCommand) -> Facts {
        let invocation = &command.invocation;
        self.set("line", json!(command.shown));
        self.set("action", json!(invocation.iam_action));
        let actions: Vec<&str> = invocation.needs().map(|(action, _)| action).collect();
        if actions.len() > 1 {
            self.set("actions", json!(actions));
        }
        self.set("level", json!(level_of(invocation.level).to_string()));
        self
    }

    /// With a line that is no single call.
    pub(crate) fn line(mut self, shown: &str) -> Facts {
        self.set("line", json!(shown));
        self
    }

    /// With what the rules gave.
    pub(crate) fn permit(mut self, permit: &Permit) -> Facts {
        self.set("account", json!(permit.account));
        self.set("region", json!(permit.region));
        self.set("role", json!(permit.role_arn));
        self.set("rule", json!(permit.grant.as_str()));
        self
    }

    /// With the session that its calls are made in.
    pub(crate) fn session(mut self, session: &RoleSession) -> Facts {
        self.set("session", json!(session.session_name));
        self
    }

    /// Where the exchanges with AWS are to be noted.
    pub(crate) fn seen(&self) -> Arc<RequestIds> {
        Arc::clone(&self.seen)
    }

    /// Notes where it reads.
    pub(crate) fn reads(&self, permit: &Permit) {
        let mut reached = self.reached.lock().unwrap_or_else(PoisonError::into_inner);
        match &*reached {
            Reached::Nowhere => {
                *reached =
                    Reached::Here(Scope { account: permit.account.clone(), region: permit.region.clone() });
            }
            Reached::Here(scope) if scope.account == permit.account && scope.region == permit.region => {}
            Reached::Here(_) | Reached::Several => *reached = Reached::Several,
        }
    }

    /// The one place where it has read, if it is one.
    pub(crate) fn place(&self) -> Option<Scope> {
        match &*self.reached.lock().unwrap_or_else(PoisonError::into_inner) {
            Reached::Here(scope) => Some(scope.clone()),
            Reached::Nowhere | Reached::Several => None,
        }
    }

    /// With whose word stands behind it.
    pub(crate) fn given(mut self, given: &Given, caller: &str) -> Facts {
        self.set("decision", json!(given.name()));
        match given {
            Given::Nothing => {}
            Given::Yes | Given::Confirmed => self.set("confirmed_by", json!(caller)),
            Given::Approved(by) => self.set("approved_by", json!(by)),
        }
        self
    }

    /// With the question that it is about; `short` is the beginning of its id.
    pub(crate) fn question(mut self, short: &str, pending: &Pending) -> Facts {
        self.set("question", json!(short));
        if let State::Rejected { reason: Some(reason), .. } = &pending.state {
            self.set("rejection", json!(reason));
        }
        match &pending.subject {
            Subject::Command(command) => {
                let facts = [
                    ("line", &command.shown),
                    ("action", &command.action),
                    ("account", &command.account),
                    ("region", &command.region),
                    ("role", &command.role),
                ];
                for (name, text) in facts {
                    self.set(name, json!(text));
                }
            }
            Subject::Elevation { grant, seconds, reason } => {
                self.set("grant", json!(grant));
                self.set("seconds", json!(seconds));
                self.set("reason", json!(reason));
            }
        }
        self
    }

    /// With the grant that is asked for.
    pub(crate) fn wished(mut self, grant: &str, seconds: u64, reason: &str) -> Facts {
        self.set("grant", json!(grant));
        self.set("seconds", json!(seconds));
        self.set("reason", json!(reason));
        self
    }

    /// As facts of that job.
    pub(crate) fn of_job(mut self, job: &str) -> Facts {
        job.clone_into(&mut self.job);
        self
    }

    fn set(&mut self, name: &str, value: Value) {
        self.base.insert(name.to_owned(), value);
    }

    fn row(&self, kind: &'static str, at: UnixMillis, more: &[(&str, Value)]) -> NewAuditRow {
        let mut body = self.base.clone();
        body.extend(more.iter().map(|(name, value)| ((*name).to_owned(), value.clone())));
        NewAuditRow { at, kind, job: self.job.clone(), body: Value::Object(body) }
    }

    pub(crate) fn denied(&self, at: UnixMillis, reason: &str) -> NewAuditRow {
        self.row("denied", at, &[("reason", json!(reason))])
    }

    /// Somebody's word is asked for.
    pub(crate) fn asked(&self, at: UnixMillis, need: &Needed, question: &str) -> NewAuditRow {
        let need = match need {
            Needed::Confirmation => json!("confirmation"),
            Needed::Approval { approvers, count } => json!({ "approvers": approvers, "count": count }),
        };
        self.row("asked", at, &[("needs", need), ("question", json!(question))])
    }

    /// A question came further or to its end: how, and by whom, under the name of what they did.
    pub(crate) fn settled(&self, at: UnixMillis, how: &str, by: Option<(By, &str)>) -> NewAuditRow {
        let mut more = vec![("result", json!(how))];
        more.extend(by.map(|(did, user)| match did {
            // As in the rows of the command itself, where it is a list too.
            By::Approved => ("approved_by", json!([user])),
            By::Cancelled => ("cancelled_by", json!(user)),
            By::Rejected => ("rejected_by", json!(user)),
            By::Pressed => ("pressed_by", json!(user)),
        }));
        self.row("question", at, &more)
    }

    /// Changes were stopped or let go on.
    pub(crate) fn froze(&self, at: UnixMillis, kind: &'static str, name: &str, why: &str) -> NewAuditRow {
        self.row(kind, at, &[("frozen", json!(name)), ("why", json!(why))])
    }

    /// Something that changed Bellhop itself.
    pub(crate) fn did(&self, kind: &'static str, at: UnixMillis, change: &str) -> NewAuditRow {
        self.row(kind, at, &[("change", json!(change))])
    }

    /// `mark` tells a write from others; see [`repeat`].
    pub(crate) fn accepted(&self, at: UnixMillis, mark: Option<String>) -> NewAuditRow {
        let mark: Vec<_> = mark.map(|mark| (repeat::MARK, json!(mark))).into_iter().collect();
        self.row("accepted", at, &mark)
    }

    pub(crate) fn assumes(&self, at: UnixMillis, session: &RoleSession) -> NewAuditRow {
        let identity = json!(session.source_identity);
        self.row("assume", at, &[("session", json!(session.session_name)), ("source_identity", identity)])
    }

    /// As one of several calls of a line.
    pub(crate) fn call(mut self, number: usize, of: usize) -> Facts {
        self.set("call", json!(format!("{number} of {of}")));
        self
    }

    /// What came of one of several calls.
    pub(crate) fn called(&self, at: UnixMillis, session: &RoleSession, outcome: &str) -> NewAuditRow {
        let mut more = vec![("outcome", json!(outcome))];
        let ids = self.seen.ids();
        if !ids.is_empty() {
            more.push(("aws_request_ids", json!(ids)));
        }
        self.clone().session(session).row("call", at, &more)
    }

    /// Something begins that only reads, maybe in many places.
    pub(crate) fn begins(&self, at: UnixMillis) -> NewAuditRow {
        self.row("intent", at, &[])
    }

    pub(crate) fn intent(&self, at: UnixMillis, session: &RoleSession) -> NewAuditRow {
        self.clone().session(session).row("intent", at, &[])
    }

    /// What came of it, and how long it took if it was run.
    pub(crate) fn outcome(&self, at: UnixMillis, outcome: &Outcome, spent: Option<Duration>) -> NewAuditRow {
        let mut more = vec![("outcome", json!(outcome.name()))];
        match outcome {
            Outcome::Refused(reason) => more.push(("reason", json!(reason))),
            Outcome::Unshown(_) => more.push(("shown", json!(false))),
            Outcome::Done(_)
            | Outcome::Shown(_)
            | Outcome::Partly(_)
            | Outcome::Rejected(_)
            | Outcome::NotSent(_)
            | Outcome::Cancelled
            | Outcome::MayHaveHappened(_) => {}
        }
        if let (Some(place), false) = (self.place(), self.base.contains_key("account")) {
            more.extend([("account", json!(place.account)), ("region", json!(place.region))]);
        }
        let (ids, count) = (self.seen.ids(), self.seen.count());
        if count > ids.len() as u64 {
            more.push(("aws_requests", json!(count)));
        }
        if !ids.is_empty() {
            more.push(("aws_request_ids", json!(ids)));
        }
        if let Some(spent) = spent {
            more.push(("took_ms", json!(u64::try_from(spent.as_millis()).unwrap_or(u64::MAX))));
        }
        if let Some(failure) = outcome.failure() {
            more.push(("code", json!(failure.code)));
            more.push(("aws_request_id", json!(failure.aws_request_id)));
            if let Some(next) = &failure.next {
                more.push(("meaning", json!(next)));
            }
        }
        self.row("outcome", at, &more)
    }
}

/// A job in the store that this bot did not seal.
pub(crate) fn forged(job: &str, at: UnixMillis) -> NewAuditRow {
    NewAuditRow { at, kind: "forged", job: job.to_owned(), body: json!({}) }
}

/// The store takes writes again, after it had failed to.
pub(crate) fn writes_again(at: UnixMillis) -> NewAuditRow {
    NewAuditRow { at, kind: "store", job: String::new(), body: json!({ "result": "writes again" }) }
}

/// An account that was discovered, has changed, or is no longer there.
pub(crate) fn account(at: UnixMillis, word: &str, id: &str, name: &str, role: &str) -> NewAuditRow {
    let body = json!({ "result": word, "id": id, "account": name, "role": role });
    NewAuditRow { at, kind: "account", job: String::new(), body }
}

/// What became of a reply.
pub(crate) fn delivery(job: &str, at: UnixMillis, result: &str) -> NewAuditRow {
    NewAuditRow { at, kind: "delivery", job: job.to_owned(), body: json!({ "result": result }) }
}
