//! Grants of the store under the file's ceiling.
//!
//! Such a grant is cut to the ceiling's accounts, levels, roles and needs when it is compiled; actions and places are
//! held against both at each decision. What is left of it after that is what it gives, whatever it says.

use crate::compile::Rule;
use crate::fault::Problem;
use crate::{Account, Level, Levels, Need};

/// The checked ceiling.
#[derive(Debug)]
pub(crate) struct Lid {
    pub(crate) rule: Rule,
    /// Roles that grants may name, as (account, ARN).
    pub(crate) roles: Vec<(usize, String)>,
    /// What asks for confirmation by default.
    pub(crate) confirm: Levels,
}

impl Lid {
    /// Cuts a grant to the ceiling; a problem when nothing is left of it.
    pub(crate) fn cut(&self, rule: &mut Rule, accounts: &[Account]) -> Result<(), Problem> {
        let under = |position: &usize| {
            let own = rule.role_for(*position).unwrap_or(&accounts[*position].role_arn);
            self.rule.accounts.contains(position) && self.may_name(*position, own, accounts)
        };
        let kept: Vec<usize> = rule.accounts.iter().copied().filter(under).collect();
        if kept.is_empty() {
            return Err(Problem::AboveCeiling("none of its accounts, in the role that it names".to_owned()));
        }
        if rule.roles.is_some() {
            let roles = kept.iter().filter_map(|position| rule.role_for(*position).map(str::to_owned));
            rule.roles = Some(roles.collect());
        }
        rule.accounts = kept;
        rule.levels = rule.levels.intersection(self.rule.levels);
        if rule.levels.is_empty() {
            return Err(Problem::AboveCeiling("none of its levels".to_owned()));
        }
        rule.needs =
            rule.levels.iter().map(|level| (level, self.least(level, rule.need(level).cloned()))).collect();
        rule.yes &= self.rule.yes;
        rule.from_store = true;
        Ok(())
    }

    /// Whether such a grant may lead to that role.
    pub(crate) fn may_name(&self, account: usize, role: &str, accounts: &[Account]) -> bool {
        let listed = || self.roles.iter().any(|(position, arn)| *position == account && arn == role);
        accounts[account].role_arn == role || listed()
    }

    /// What the level needs: what the grant says, and no less than the ceiling or the default asks for. Where both
    /// ask for approval, it is the ceiling's approvers who count.
    fn least(&self, level: Level, own: Option<Need>) -> Need {
        let default = if self.confirm.contains(level) { Need::Confirm } else { Need::Nothing };
        let floor = self.rule.need(level).cloned().unwrap_or_else(|| default.clone());
        match (own.unwrap_or(default), floor) {
            (Need::Approval(own), Need::Approval(mut floor)) => {
                floor.count = floor.count.max(own.count);
                Need::Approval(floor)
            }
            (own, floor) if own.weight() >= floor.weight() => own,
            (_, floor) => floor,
        }
    }
}

impl Need {
    /// More asks more.
    pub(crate) fn weight(&self) -> u64 {
        match self {
            Need::Nothing => 0,
            Need::Confirm => 1,
            Need::Approval(approval) => 2 + u64::from(approval.count),
        }
    }
}
