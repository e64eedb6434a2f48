//! The rules of the moment: policy and accounts, swapped as a whole when the configuration is read again.

use std::collections::BTreeMap;
use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;

use policy::{Policy, Rulebook};

/// Who may do what, and how accounts are entered.
#[derive(Debug)]
pub struct Rules {
    /// Decides.
    pub policy: Policy,
    /// What the policy was made from: it is made anew when accounts or grants of the store come and go.
    pub book: Rulebook,
    /// What else is configured about accounts, by name.
    pub accounts: BTreeMap<String, AccountSettings>,
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
