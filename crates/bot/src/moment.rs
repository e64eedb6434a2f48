//! What decisions rest on at one moment: the rules, what is frozen, what was given for a while, who may approve.

use std::sync::Arc;

use policy::Freeze;

use crate::asking::{self, elevation::Elevation};
use crate::bot::Inner;
use crate::follow::{self, Followed};
use crate::members::{self, Known};
use crate::request::Caller;
use crate::rules::Rules;

/// Tells who may approve at a moment.
pub(crate) trait Approvers: Sync {
    /// Whether a user is among these approvers.
    fn may_approve(&self, approvers: &[String], user: &str) -> bool;

    /// Whether the caller may change rights from Slack.
    fn is_administrator(&self) -> bool;
}

/// What holds for one caller at a moment.
#[derive(Clone, Copy)]
pub(crate) struct Moment<'a> {
    pub(crate) caller: &'a Caller,
    pub(crate) rules: &'a Rules,
    pub(crate) frozen: &'a [Freeze],
    /// Names of the grants that the caller has for a while.
    pub(crate) elevations: &'a [String],
    pub(crate) approvers: &'a dyn Approvers,
    /// Who is who, and in which groups.
    pub(crate) known: &'a Known,
    /// Whether the things that a command names were looked at, and lack the tags that a grant asks for.
    pub(crate) untagged: bool,
}

impl<'a> Moment<'a> {
    /// The same where grants with rules about tags do not count.
    pub(crate) fn without_tags(self) -> Moment<'a> {
        Moment { untagged: true, ..self }
    }
}

/// The same, with all that it refers to.
pub(crate) struct Present<'a> {
    inner: &'a Inner,
    caller: &'a Caller,
    pub(crate) rules: Arc<Rules>,
    frozen: Vec<Freeze>,
    elevations: Vec<String>,
    /// The same with all that is known of them.
    given: Vec<Elevation>,
    known: Known,
}

impl<'a> Present<'a> {
    /// What holds now for that caller.
    pub(crate) async fn of(inner: &'a Inner, caller: &'a Caller) -> Present<'a> {
        if follow::follow(inner).await == Followed::Stale {
            return Present::of_nobody(inner, caller);
        }
        let known = members::known(inner, &caller.tenant, &caller.user).await;
        let standing = inner.standing.now(inner).await;
        let now = inner.clock.millis();
        let elevations = standing.elevations(&caller.tenant, &caller.user, now);
        Present {
            inner,
            caller,
            rules: inner.rules.get(),
            frozen: standing.frozen(now),
            elevations: elevations.iter().map(|elevation| elevation.grant.clone()).collect(),
            given: elevations,
            known,
        }
    }

    /// While nobody knows what holds: only the file grants, to whom it names, and everything is frozen.
    fn of_nobody(inner: &'a Inner, caller: &'a Caller) -> Present<'a> {
        Present {
            inner,
            caller,
            rules: Arc::new(inner.rules.file()),
            frozen: vec![Freeze { account: None, why: "the store does not answer".to_owned() }],
            elevations: Vec::new(),
            given: Vec::new(),
            known: members::nobody(inner),
        }
    }

    /// What is frozen.
    pub(crate) fn frozen(&self) -> &[Freeze] {
        &self.frozen
    }

    /// What the caller has for a while.
    pub(crate) fn elevations(&self) -> &[Elevation] {
        &self.given
    }

    /// As decisions want it.
    pub(crate) fn moment(&self) -> Moment<'_> {
        Moment {
            caller: self.caller,
            rules: &self.rules,
            frozen: &self.frozen,
            elevations: &self.elevations,
            approvers: self,
            known: &self.known,
            untagged: false,
        }
    }
}

impl Approvers for Present<'_> {
    fn may_approve(&self, approvers: &[String], user: &str) -> bool {
        asking::may_approve(self.inner, &self.caller.tenant, approvers, user)
    }

    fn is_administrator(&self) -> bool {
        members::is_administrator(self.inner, &self.known, &self.caller.tenant, &self.caller.user)
    }
}
