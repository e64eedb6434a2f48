//! The rules of the moment: policy and accounts, swapped as a whole when the configuration is read again.

use std::collections::BTreeMap;
use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;

use policy::{Policy, Rulebook};

/// Who may do what, and how accounts are entered.
#[derive(Debug, Default)]
pub struct Rules {
    /// Decides.
    pub policy: Policy,
    /// What the policy was made from: it is made anew when accounts or grants of the store come and go.
    pub book: Rulebook,
    /// What else is configured about accounts, by name.
    pub accounts: BTreeMap<String, AccountSettings>,
    /// Roles that are lent only to holders of a policy.
    pub delegations: Vec<Delegation>,
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
    /// Name of the account.
    pub account: String,
    /// The role that is guarded, by ARN.
    pub role_arn: String,
    /// The policy that the user must hold: a name, or the ARN of a managed one.
    pub policy: String,
    /// IAM users by Slack user ids.
    pub users: BTreeMap<String, String>,
    /// Whether the IAM user is named like the e-mail address of the Slack profile, for those whom `users` does not name.
    pub by_email: bool,
    /// The role that reads IAM; `None` is the account's own.
    pub lookup_role: Option<String>,
}

/// Rules that can be replaced while commands run.
#[derive(Debug)]
pub struct LiveRules(RwLock<Arc<Rules>>);

impl LiveRules {
    /// Starts with those rules.
    pub fn new(rules: Rules) -> LiveRules {
        LiveRules(RwLock::new(Arc::new(rules)))
    }

    /// The rules of this moment.
    pub fn get(&self) -> Arc<Rules> {
        Arc::clone(&self.0.read().unwrap_or_else(PoisonError::into_inner))
    }

    /// Puts others in their place. Whatever is authorised from now on, queued jobs included, is decided by them.
    pub fn replace(&self, rules: Rules) {
        *self.0.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(rules);
    }
}
