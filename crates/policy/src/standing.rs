//! Everything that rules say about somebody at a place, for people to read; and who may approve.

use crate::compile::Rule;
use crate::index::Count;
use crate::{Account, Actor, ActorKind, Approval, Elevation, Levels, Need, Pattern, Place, Policy, RuleName};

/// What somebody may and may not.
#[derive(Debug)]
pub struct Standing<'a> {
    /// Grants that name the actor, in the order of the file; also those that do not count here or now.
    pub grants: Vec<Right<'a>>,
    /// Denies about the actor.
    pub denies: Vec<Right<'a>>,
    /// Groups of the actor that some grant names but whose lists are too old to count.
    pub stale: Vec<&'a str>,
}

/// One rule about somebody.
#[derive(Clone, Copy)]
pub struct Right<'a> {
    rule: &'a Rule,
    policy: &'a Policy,
    /// Whether it holds at this place.
    pub holds_here: bool,
    /// Whether it must be asked for and is not in force.
    pub awaits_request: bool,
}

impl Policy {
    /// What rules say about the actor at that place.
    pub fn standing<'a>(&'a self, actor: &Actor<'a>, place: &Place<'_>) -> Standing<'a> {
        let right = |rule: &'a Rule, holds_here: bool| Right {
            rule,
            policy: self,
            holds_here,
            awaits_request: rule.awaits_request(actor),
        };
        let gone = actor.kind_in(place) == ActorKind::Deactivated;
        let grants = if gone { self.grant_sieve.none() } else { self.grants_for(actor, place) };
        let denies = self.denies_for(actor, place);
        let grants = grants.iter().map(|number| self.grant(number));
        let denies = denies.iter().map(|number| &self.denies[number as usize]);
        Standing {
            grants: grants
                .map(|rule| right(rule, rule.holds_in(place) && rule.holds_for(actor, place)))
                .collect(),
            denies: denies
                .map(|rule| right(rule, rule.holds_in(place) && rule.forbids_in(actor, place)))
                .collect(),
            stale: self.grant_index.groups_that(actor, Count::Stale).map(|(group, _)| group).collect(),
        }
    }
}

impl<'a> Right<'a> {
    /// How messages call the rule: where it is written.
    pub fn name(&self) -> &'a RuleName {
        &self.rule.name
    }

    /// What people call it; may be empty.
    pub fn title(&self) -> &'a str {
        &self.rule.title
    }

    /// Whether it was made from Slack.
    pub fn is_from_store(&self) -> bool {
        self.rule.from_store
    }

    /// The accounts, each with the role that calls assume there if this rule decides.
    pub fn accounts(&self) -> impl Iterator<Item = (&'a Account, &'a str)> {
        let (rule, policy) = (self.rule, self.policy);
        rule.accounts.iter().map(move |position| {
            let account = &policy.accounts[*position];
            (account, rule.role_for(*position).unwrap_or(&account.role_arn))
        })
    }

    /// Patterns of actions.
    pub fn allow(&self) -> &'a [Pattern] {
        &self.rule.allow
    }

    /// The levels.
    pub fn levels(&self) -> Levels {
        self.rule.levels
    }

    /// What each of its levels needs, the default where it says nothing.
    pub fn needs(&self) -> impl Iterator<Item = (crate::Level, &'a Need)> {
        let (rule, policy) = (self.rule, self.policy);
        rule.levels.iter().map(move |level| (level, policy.need_of(rule, level)))
    }

    /// Where it holds, in words; none is anywhere.
    pub fn places(&self) -> impl Iterator<Item = String> {
        self.rule.places()
    }

    /// What calls must be given, in words.
    pub fn arguments(&self) -> impl Iterator<Item = String> {
        self.rule.arguments.iter().map(|argument| argument.wanted())
    }

    /// Whether `--yes` counts as confirmation.
    pub fn yes(&self) -> bool {
        self.rule.yes
    }

    /// How it is asked for, if it must be.
    pub fn request(&self) -> Option<&'a Elevation> {
        self.rule.request.as_ref()
    }

    /// Whether it covers an action at a level; needs, options, accounts and place aside.
    pub fn covers(&self, action: &str, level: crate::Level) -> bool {
        self.rule.levels.contains(level) && self.rule.covers(&crate::pattern::Action::new(action))
    }
}

impl std::fmt::Debug for Right<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Right({})", self.rule.name)
    }
}

impl Approval {
    /// Whether somebody is among the approvers now. Full members only, and by lists that are fresh; that nobody
    /// approves what they asked for is the caller's to see to.
    pub fn admits(&self, actor: &Actor<'_>) -> bool {
        let named = |id: &str| self.approvers.iter().any(|approver| approver == id);
        actor.kind == ActorKind::Member && (named(actor.user) || actor.groups.fresh().any(named))
    }
}
