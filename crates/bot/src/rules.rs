//! The rules of the moment: policy and accounts, swapped as a whole when the configuration is read again.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError, RwLock};
use std::time::Duration;

use policy::{Account, Fault, Grant, Policy, Rulebook};

/// Who may do what, and how accounts are entered.
#[derive(Debug, Clone, Default)]
pub struct Rules {
    /// Decides.
    pub policy: Arc<Policy>,
    /// What the policy was made from: it is made anew when accounts or grants of the store come and go.
    pub book: Rulebook,
    /// What else is configured about accounts, by name.
    pub accounts: BTreeMap<String, AccountSettings>,
    /// Roles that are lent only to holders of a policy.
    pub delegations: Vec<Delegation>,
}

impl Rules {
    /// The rules that a book makes, with nothing else configured.
    ///
    /// # Errors
    /// The faults of the book.
    pub fn of(book: Rulebook) -> Result<Rules, Vec<Fault>> {
        let policy = Arc::new(Policy::new(&book)?);
        Ok(Rules { policy, book, ..Rules::default() })
    }
}

/// How the role of an account is assumed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AccountSettings {
    /// The external id that the role's trust policy demands.
    pub external_id: Option<String>,
    /// Whether the caller is named to AWS.
    pub attribution: Attribution,
    /// Whether a session for a call that only reads is cut to reading.
    pub cut_reads: bool,
    /// How long a session lasts; `None` leaves it to STS, which gives an hour.
    pub session_duration: Option<Duration>,
}

impl Default for AccountSettings {
    fn default() -> AccountSettings {
        AccountSettings {
            external_id: None,
            attribution: Attribution::default(),
            cut_reads: true,
            session_duration: None,
        }
    }
}

/// Whether the caller is named to AWS, besides in the session's name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Attribution {
    /// By source identity and session tags; a role that does not allow them cannot be used.
    #[default]
    Required,
    /// By the session's name only.
    None,
}

/// A role that is lent only to people whose own IAM user holds a policy.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Delegation {
    /// Names of accounts.
    pub accounts: Vec<String>,
    /// Besides: the accounts that bear all of these labels, also those that are discovered later; empty is none.
    pub labels: BTreeMap<String, String>,
    /// The role that is guarded: an ARN, or a name in each account.
    pub role: String,
    /// The policy that the user must hold: a name, or the ARN of a managed one.
    pub policy: String,
    /// IAM users by Slack user ids.
    pub users: BTreeMap<String, String>,
    /// Whether the IAM user is named like the e-mail address of the Slack profile, for those whom `users` does not name.
    pub by_email: bool,
    /// The role that reads IAM, likewise; `None` is the account's own.
    pub lookup_role: Option<String>,
}

impl Delegation {
    /// Whether it is about that account.
    pub fn reaches(&self, account: &Account) -> bool {
        self.accounts.contains(&account.name) || (!self.labels.is_empty() && account.bears(&self.labels))
    }

    /// Whether it guards that role of the account.
    pub(crate) fn guards(&self, account: &Account, role_arn: &str) -> bool {
        self.reaches(account) && account.role_named(&self.role).as_deref() == Some(role_arn)
    }
}

/// An account that was discovered, not written down.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FoundAccount {
    /// As rules see it.
    pub account: Account,
    /// How its role is assumed.
    pub settings: AccountSettings,
}

/// Rules that can be replaced while commands run: those of the file, with the accounts that were discovered and the
/// grants of the store added to them.
#[derive(Debug)]
pub struct LiveRules {
    parts: Mutex<Parts>,
    now: RwLock<Arc<Rules>>,
}

#[derive(Debug, Default)]
struct Parts {
    file: Rules,
    found: Vec<FoundAccount>,
    store_grants: Vec<Grant>,
}

impl LiveRules {
    /// Starts with those rules.
    pub fn new(rules: Rules) -> LiveRules {
        let live = LiveRules { parts: Mutex::default(), now: RwLock::default() };
        live.replace(rules);
        live
    }

    /// The rules of this moment.
    pub fn get(&self) -> Arc<Rules> {
        Arc::clone(&self.now.read().unwrap_or_else(PoisonError::into_inner))
    }

    /// Those of the file alone.
    pub(crate) fn file(&self) -> Rules {
        self.parts.lock().unwrap_or_else(PoisonError::into_inner).file.clone()
    }

    /// Puts those of another file in the place of the file's. Whatever is authorised from now on, queued jobs included,
    /// is decided by them.
    pub fn replace(&self, rules: Rules) {
        self.change(|parts| parts.file = rules);
    }

    /// Puts these in the place of the accounts that were discovered. The file's own win where name or id is the same.
    pub fn set_found(&self, accounts: Vec<FoundAccount>) {
        self.change(|parts| parts.found = accounts);
    }

    /// Puts these in the place of the store's grants.
    pub fn set_store_grants(&self, grants: Vec<Grant>) {
        self.change(|parts| parts.store_grants = grants);
    }

    fn change(&self, change: impl FnOnce(&mut Parts)) {
        let mut parts = self.parts.lock().unwrap_or_else(PoisonError::into_inner);
        change(&mut parts);
        let rules = parts.made();
        *self.now.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(rules);
    }
}

impl Parts {
    /// The file's rules with the rest. Should the rest make them faulty, they are left as the file has them: it was
    /// checked by itself, and the rest only adds.
    fn made(&self) -> Rules {
        let mut rules = self.file.clone();
        for found in &self.found {
            let taken = |own: &Account| own.name == found.account.name || own.id() == found.account.id();
            if !rules.book.accounts.iter().any(taken) {
                rules.accounts.insert(found.account.name.clone(), found.settings.clone());
                rules.book.accounts.push(found.account.clone());
            }
        }
        rules.book.store_grants.clone_from(&self.store_grants);
        match Policy::new(&rules.book) {
            Ok(policy) => Rules { policy: Arc::new(policy), ..rules },
            Err(faults) => {
                tracing::error!(fault = %faults[0], "the accounts discovered or the grants of the store do not fit the file's rules; left out");
                self.file.clone()
            }
        }
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::expect_used, reason = "a test stops at the first surprise")]

    use policy::Subjects;

    use super::*;

    fn found(name: &str, id: &str) -> FoundAccount {
        let account = Account::new(name, &format!("arn:aws:iam::{id}:role/Bellhop"), &["eu-west-1"]);
        FoundAccount { account, settings: AccountSettings::default() }
    }

    fn live() -> LiveRules {
        let grant = Grant {
            subjects: Subjects { everyone: true, ..Subjects::default() },
            accounts: vec!["own".to_owned()],
            allow: vec!["*".to_owned()],
            levels: vec!["list".to_owned()],
            ..Grant::default()
        };
        let book = Rulebook {
            accounts: vec![found("own", "111111111111").account],
            grants: vec![grant],
            ..Rulebook::default()
        };
        LiveRules::new(Rules::of(book).expect("rules"))
    }

    fn names(live: &LiveRules) -> Vec<String> {
        live.get().policy.accounts().iter().map(|account| account.name.clone()).collect()
    }

    #[test]
    fn discovered_accounts_come_and_go_and_never_replace_the_file_s() {
        let live = live();
        live.set_found(vec![
            found("lab", "222222222222"),
            found("own", "333333333333"),
            found("again", "111111111111"),
        ]);
        assert_eq!(names(&live), ["own", "lab"]);
        live.set_found(Vec::new());
        assert_eq!(names(&live), ["own"]);
    }

    #[test]
    fn what_does_not_fit_leaves_the_file_s_rules_in_force() {
        let live = live();
        live.set_found(vec![found("bad name!", "222222222222")]);
        assert_eq!(names(&live), ["own"]);
        assert!(!live.get().policy.grants_nothing());
    }
}
