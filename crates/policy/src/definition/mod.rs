//! The decision by its definition: every rule in turn, nothing looked up. What [`crate::decide`] answers must be the
//! same, for whatever rules and question.

mod random;

use proptest::prelude::*;

use crate::arguments::ArgumentRule;
use crate::compile::Rule;
use crate::pattern::Action;
use crate::{
    Actor, ActorKind, Decision, Freeze, Level, Levels, Missing, Need, Permit, Place, PlaceKind, Policy,
    Question, Reason, RuleName, Rulebook, Subjects, decide,
};

use random::{GROUPS, book, case, known};

/// Rules with what was compiled from them, and a question.
struct Defined<'a> {
    policy: &'a Policy,
    book: &'a Rulebook,
    asked: Question<'a>,
    level: Level,
    /// Ids of the caller's groups whose lists are fresh, and of all.
    fresh: &'a [&'a str],
    groups: &'a [&'a str],
    /// Groups that were read at some time.
    read: &'a [&'a str],
}

impl<'a> Defined<'a> {
    fn member(&self) -> bool {
        self.asked.actor.kind_in(&self.asked.place) == ActorKind::Member
    }

    fn is_about(&self, subjects: &Subjects, groups: &[&str]) -> bool {
        let (actor, place) = (&self.asked.actor, &self.asked.place);
        let mut ids = subjects.usergroups.iter().chain(&subjects.channels);
        ids.any(|id| groups.contains(&id.as_str()) || id == place.channel) || (subjects.admins && actor.admin)
    }

    /// Grants of the caller; each has its own place, so it is found by its name.
    fn mine(&self) -> Vec<&'a Rule> {
        let named = |rule: &&Rule| {
            let written = self.book.grants.iter().chain(&self.book.store_grants);
            let mut subjects =
                written.filter(|grant| grant.place == rule.name.as_str()).map(|grant| &grant.subjects);
            subjects.any(|subjects| {
                subjects.users.iter().any(|user| user == self.asked.actor.user)
                    || (self.member() && (subjects.everyone || self.is_about(subjects, self.fresh)))
            })
        };
        self.policy.grants.iter().filter(named).collect()
    }

    fn fits(&self, rule: &Rule) -> bool {
        let Question { actor, place, .. } = &self.asked;
        rule.levels.contains(self.level)
            && rule.holds_in(place)
            && rule.holds_for(actor, place)
            && rule.covers(&Action::new(self.asked.action))
            && rule.arguments.iter().all(|argument| argument.fits(&self.asked))
            && !rule.awaits_request(actor)
            && self.under_ceiling(rule)
    }

    fn under_ceiling(&self, rule: &Rule) -> bool {
        let under = |lid: &crate::ceiling::Lid| {
            lid.rule.covers(&Action::new(self.asked.action)) && lid.rule.holds_in(&self.asked.place)
        };
        !rule.from_store || self.policy.lid.as_ref().is_some_and(under)
    }

    fn region_at(&self, position: usize) -> &'a str {
        let default = self.policy.accounts[position].default_region();
        self.asked.region.or(default).unwrap_or_default()
    }

    fn position(&self, matching: &[&Rule]) -> Option<usize> {
        let reaches = |rule: &&Rule, position: usize| rule.reaches(position, self.region_at(position));
        match self.asked.account {
            None => {
                matching.iter().find_map(|rule| rule.accounts.iter().copied().find(|at| reaches(rule, *at)))
            }
            Some(named) => (0..self.policy.accounts.len()).find(|position| {
                let account = &self.policy.accounts[*position];
                (account.name == named || account.id() == Some(named))
                    && matching.iter().any(|rule| reaches(rule, *position))
            }),
        }
    }

    fn denied(&self, account: usize) -> Option<(&'a RuleName, Option<String>)> {
        let forbids = |rule: &Rule| {
            (rule.levels.contains(self.level) || rule.levels.contains(self.asked.level))
                && rule.accounts.contains(&account)
                && rule.holds_in(&self.asked.place)
                && rule.forbids_in(&self.asked.actor, &self.asked.place)
                && rule.covers(&Action::new(self.asked.action))
        };
        let about = |subjects: &Subjects| {
            subjects.users.iter().any(|user| user == self.asked.actor.user)
                || subjects.everyone
                || subjects.is_empty()
                || self.is_about(subjects, self.groups)
        };
        let both = || self.policy.denies.iter().zip(&self.book.denies).filter(|(rule, _)| forbids(rule));
        if let Some((rule, _)) = both().find(|(_, deny)| about(&deny.subjects)) {
            return Some((&rule.name, None));
        }
        both().find_map(|(rule, deny)| {
            let ids = deny.subjects.usergroups.iter().chain(&deny.subjects.channels);
            let unread = ids.filter(|id| !self.read.contains(&id.as_str())).min()?;
            Some((&rule.name, Some(unread.clone())))
        })
    }

    fn decide(&self) -> Result<Decision, Refused> {
        let kind = self.asked.actor.kind_in(&self.asked.place);
        let mine = self.mine();
        if kind == ActorKind::Deactivated || (kind != ActorKind::Member && mine.is_empty()) {
            return Err(Refused::Outsider);
        }
        let matching: Vec<&Rule> = mine.iter().copied().filter(|rule| self.fits(rule)).collect();
        let position = self.position(&matching).ok_or(Refused::NotGranted)?;
        let account = &self.policy.accounts[position];
        if let Some((deny, unknown)) = self.denied(position) {
            return Err(Refused::Forbidden(deny.clone(), unknown));
        }
        let holds = |freeze: &Freeze| freeze.account.as_ref().is_none_or(|name| *name == account.name);
        if !Levels::LOOKING.contains(self.level) && self.asked.frozen.iter().any(holds) {
            return Err(Refused::Frozen);
        }
        let region = self.region_at(position);
        if !account.regions.iter().any(|listed| listed == region) {
            return Err(Refused::Region);
        }
        let reaching: Vec<&Rule> =
            matching.into_iter().filter(|rule| rule.reaches(position, region)).collect();
        let top = reaching.iter().map(|rule| rule.priority).max();
        let of_top = reaching.iter().filter(|rule| Some(rule.priority) == top);
        let mut named: Vec<&str> = of_top.filter_map(|rule| rule.role_for(position)).collect();
        named.dedup();
        let role = match named[..] {
            [] => &account.role_arn,
            [role] => role,
            _ => return Err(Refused::RoleConflict),
        };
        let giving =
            reaching.iter().filter(|rule| rule.role_for(position).unwrap_or(&account.role_arn) == role);
        // The first of the least: `min_by_key` takes the first between equals.
        let tags = |rule: &Rule| rule.arguments.iter().filter(|argument| argument.tag().is_some()).count();
        let least = giving.min_by_key(|rule| (self.policy.need_of(rule, self.level).weight(), tags(rule)));
        let rule = least.ok_or(Refused::NotGranted)?;
        let permit = Permit {
            account: account.name.clone(),
            region: region.to_owned(),
            role_arn: role.to_owned(),
            grant: rule.name.clone(),
            level: self.level,
            levels: rule.levels,
            yes: rule.yes,
            tags: rule.arguments.iter().filter_map(ArgumentRule::tag).cloned().collect(),
        };
        Ok(match self.policy.need_of(rule, self.level) {
            Need::Nothing => Decision::Run(permit),
            Need::Confirm => Decision::Confirm(permit),
            Need::Approval(approval) => Decision::NeedsApproval(permit, approval.clone()),
        })
    }

    /// What the grants that got furthest lack, as a number that grows with how far they got.
    fn furthest(&self) -> Option<usize> {
        let passed = |rule: &&Rule| {
            let stages = [
                rule.holds_for(&self.asked.actor, &self.asked.place) && rule.holds_in(&self.asked.place),
                rule.covers(&Action::new(self.asked.action)),
                rule.levels.contains(self.level),
                self.under_ceiling(rule),
                rule.arguments.iter().all(|argument| argument.fits(&self.asked)),
                !rule.awaits_request(&self.asked.actor),
            ];
            stages.iter().take_while(|passed| **passed).count()
        };
        self.mine().iter().map(passed).max()
    }
}

/// Why not, as far as the definition tells.
#[derive(Debug, PartialEq, Eq)]
enum Refused {
    Outsider,
    NotGranted,
    Forbidden(RuleName, Option<String>),
    Frozen,
    Region,
    RoleConflict,
}

fn refused(reason: &Reason) -> Refused {
    match reason {
        Reason::NotGranted(_) | Reason::UnknownAccount { .. } => Refused::NotGranted,
        Reason::Outsider(_) => Refused::Outsider,
        Reason::Forbidden { deny, unknown, .. } => Refused::Forbidden(deny.clone(), unknown.clone()),
        Reason::Frozen { .. } => Refused::Frozen,
        Reason::Region { .. } => Refused::Region,
        Reason::RoleConflict { .. } => Refused::RoleConflict,
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn what_is_looked_up_is_what_is_defined(book in book(), case in case()) {
        let policy = Policy::new(&book).expect("sound");
        let known = known(&case);
        let kind = if case.direct { PlaceKind::Direct } else { PlaceKind::Channel };
        let place = Place { team: case.teams.1, channel: case.channel, kind };
        let actor = Actor { elevations: &case.elevations, ..known.actor(case.teams.0, case.user, 10_000) };
        let asked = Question {
            account: case.account, region: case.region, arguments: &case.arguments, tag_keys: &case.tag_keys,
            frozen: &case.frozen, untagged: case.untagged, ..Question::new(actor, place, case.action, case.level)
        };
        let of = |counts: fn(&(bool, bool, bool)) -> bool| -> Vec<&str> {
            GROUPS.iter().zip(&case.groups).filter(|(_, state)| counts(state)).map(|(id, _)| *id).collect()
        };
        let (fresh, groups, read) = (of(|s| s.0 && s.1 && s.2), of(|s| s.0 && s.2), of(|s| s.0));
        let guarded = policy.guarded_in(&asked);
        let level = if guarded.is_some() { Level::Permissions } else { case.level };
        let defined = Defined {
            policy: &policy, book: &book, asked, level, fresh: &fresh, groups: &groups, read: &read,
        };
        let decision = decide(&policy, &asked);
        let by_definition = defined.decide();
        match (&decision, &by_definition) {
            (Decision::Deny(reason), Err(why)) => prop_assert_eq!(&refused(reason), why),
            (decision, Ok(same)) => prop_assert_eq!(decision, same),
            (decision, Err(why)) => prop_assert!(false, "{:?} and by definition {:?}", decision, why),
        }
        if let Decision::Deny(Reason::NotGranted(missed)) = &decision {
            let told = match missed.missing {
                Missing::Stale(_) => return Ok(()),
                Missing::Grant => None,
                Missing::Place(_) => Some(vec![0]),
                Missing::Action => Some(vec![1]),
                Missing::Level(_) => Some(vec![2]),
                Missing::Ceiling => Some(vec![3]),
                // The region is known only with the account.
                Missing::Argument(_) => Some(vec![4, 5, 6]),
                Missing::Request(_) => Some(vec![5]),
                Missing::Account(_) => Some(vec![5, 6]),
            };
            prop_assert!(told.map_or(defined.furthest().is_none(), |told| defined.furthest().is_some_and(|at| told.contains(&at))),
                "{:?} at {:?}", missed, defined.furthest());
        }
    }
}
