//! How many calls may be under way at a time: in all, and in each account; fewer where AWS throttles.

use std::collections::HashMap;

/// The most calls at a time, over all accounts.
pub(crate) const IN_ALL: usize = 256;
/// The most calls at a time in one account, until it throttles.
pub(crate) const PER_ACCOUNT: usize = 32;

/// Counts what is under way.
#[derive(Debug, Default)]
pub(crate) struct Gate {
    under_way: usize,
    accounts: HashMap<String, Lane>,
}

#[derive(Debug)]
struct Lane {
    under_way: usize,
    /// How many may be; halves when AWS throttles and grows by one with each answer.
    limit: usize,
}

impl Gate {
    /// Takes a place for a call in that account, if there is one.
    pub(crate) fn enter(&mut self, account: &str) -> bool {
        if self.under_way >= IN_ALL {
            return false;
        }
        let lane = self.lane(account);
        if lane.under_way >= lane.limit {
            return false;
        }
        lane.under_way += 1;
        self.under_way += 1;
        true
    }

    /// Gives the place back, and learns from how the call ended.
    pub(crate) fn leave(&mut self, account: &str, throttled: bool) {
        self.under_way = self.under_way.saturating_sub(1);
        let lane = self.lane(account);
        lane.under_way = lane.under_way.saturating_sub(1);
        lane.limit = if throttled { (lane.limit / 2).max(1) } else { (lane.limit + 1).min(PER_ACCOUNT) };
    }

    /// Whether nobody could enter, whatever the account.
    pub(crate) fn is_full(&self) -> bool {
        self.under_way >= IN_ALL
    }

    fn lane(&mut self, account: &str) -> &mut Lane {
        if !self.accounts.contains_key(account) {
            self.accounts.insert(account.to_owned(), Lane { under_way: 0, limit: PER_ACCOUNT });
        }
        self.accounts.entry(account.to_owned()).or_insert(Lane { under_way: 0, limit: PER_ACCOUNT })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_account_that_throttles_gets_fewer_and_recovers() {
        let mut gate = Gate::default();
        let fill = |gate: &mut Gate, account: &str| (0..1000).take_while(|_| gate.enter(account)).count();
        assert_eq!(fill(&mut gate, "a"), PER_ACCOUNT);
        assert_eq!(fill(&mut gate, "b"), PER_ACCOUNT, "another account has its own places");
        for _ in 0..PER_ACCOUNT {
            gate.leave("a", true);
        }
        assert_eq!(fill(&mut gate, "a"), 1, "halved down to one");
        gate.leave("a", false);
        assert_eq!(fill(&mut gate, "a"), 2);
    }

    #[test]
    fn all_together_are_bounded() {
        let mut gate = Gate::default();
        let entered = (0..1000).filter(|number| gate.enter(&format!("account {number}"))).count();
        assert_eq!((entered, gate.is_full()), (IN_ALL, true));
    }
}
