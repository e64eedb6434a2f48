//! Whom a call is made as: a role of the account, in a session that names the Slack user.

mod packed;
mod reading;

use std::collections::{BTreeSet, HashMap};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use aws_call::credentials::{AssumeRole, AssumedRole};
use aws_call::{CallOptions, Client, CredentialSource};
use aws_cli::Invocation;
use aws_model::Catalog;

pub(crate) use reading::PolicyFault;
use reading::ReadPolicies;

use crate::request::Caller;
use crate::rules::{AccountSettings, Attribution};
use policy::{Account, Permit};

/// A session to assume a role in. Equal sessions share credentials.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct RoleSession {
    /// The role.
    pub role_arn: String,
    /// Region whose STS is asked.
    pub region: String,
    /// `RoleSessionName`: 2 to 64 characters of `[\w+=,.@-]`.
    pub session_name: String,
    /// `SourceIdentity`, with the same characters.
    pub source_identity: Option<String>,
    /// Session tags.
    pub tags: Vec<(String, String)>,
    /// `ExternalId`
    pub external_id: Option<String>,
    /// `Policy`: cuts the session's rights; `None` keeps the role's.
    pub policy: Option<Arc<str>>,
    /// How long the session lasts; `None` is an hour.
    pub duration: Option<Duration>,
}

/// Gives credentials for sessions.
pub trait RoleSource: Send + Sync {
    /// A source for that session that keeps and renews what it fetched.
    fn assume(&self, session: &RoleSession) -> Arc<dyn CredentialSource>;

    /// The most of STS's room for session policies and tags that a session took, in percent; 0 if it never said.
    fn packed_percent(&self) -> u64 {
        0
    }

    /// Bellhop's own credentials, for the little that it asks in its own name.
    fn own(&self) -> Option<Arc<dyn CredentialSource>> {
        None
    }
}

/// Assumes roles by STS, as whoever Bellhop itself is.
pub struct StsRoles<F> {
    client: Client,
    base: Arc<dyn CredentialSource>,
    options: F,
    /// The most that STS said of its room for policies and tags, in percent.
    packed: Arc<AtomicU64>,
}

impl<F: Fn(&str) -> CallOptions + Send + Sync> StsRoles<F> {
    /// Calls STS by that client with the credentials of `base`; `options` gives what calls of a service (`sts`) start
    /// from.
    pub fn new(client: Client, base: Arc<dyn CredentialSource>, options: F) -> StsRoles<F> {
        StsRoles { client, base, options, packed: Arc::default() }
    }
}

impl<F: Fn(&str) -> CallOptions + Send + Sync> RoleSource for StsRoles<F> {
    fn assume(&self, session: &RoleSession) -> Arc<dyn CredentialSource> {
        let options = CallOptions { region: Some(session.region.clone()), ..(self.options)("sts") };
        let role = AssumeRole {
            role_arn: session.role_arn.clone(),
            session_name: session.session_name.clone(),
            source_identity: session.source_identity.clone(),
            tags: session.tags.clone(),
            external_id: session.external_id.clone(),
            policy: session.policy.as_deref().map(str::to_owned),
            duration: session.duration,
            mfa: None,
        };
        let (client, base) = (self.client.clone(), Arc::clone(&self.base));
        Arc::new(AssumedRole::telling(client, base, &options, role, Arc::clone(&self.packed)))
    }

    fn packed_percent(&self) -> u64 {
        self.packed.load(Ordering::Relaxed)
    }

    fn own(&self) -> Option<Arc<dyn CredentialSource>> {
        Some(Arc::clone(&self.base))
    }
}

/// From that many percent of STS's room on, it is told that there is little left.
const SHORT: u64 = 80;
/// How many sessions are kept at a time.
const KEPT: usize = 4096;

/// Keeps one source a session.
pub(crate) struct Sessions {
    source: Arc<dyn RoleSource>,
    kept: Mutex<HashMap<RoleSession, Arc<dyn CredentialSource>>>,
    reading: ReadPolicies,
    told_short: AtomicBool,
}

impl Sessions {
    pub(crate) fn new(source: Arc<dyn RoleSource>) -> Sessions {
        Sessions {
            source,
            kept: Mutex::default(),
            reading: ReadPolicies::default(),
            told_short: AtomicBool::new(false),
        }
    }

    /// The session for a call: cut to reading where the call only reads, unless the account says otherwise.
    ///
    /// # Errors
    /// The policy that cuts it cannot be made. Nothing runs with more rights instead.
    pub(crate) fn session(
        &self,
        catalog: &Catalog,
        caller: &Caller,
        permit: &Permit,
        account: &AccountSettings,
        invocation: &Invocation,
    ) -> Result<RoleSession, PolicyFault> {
        let mut session = session_of(&caller.tenant, &caller.user, &permit.role_arn, &permit.region, account);
        if account.cut_reads && invocation.needs().all(|(_, level)| level.is_reading()) {
            let prefixes: BTreeSet<&str> = invocation.needs().map(|(action, _)| prefix_of(action)).collect();
            session.policy = Some(self.reading.policy(catalog, &prefixes, &session.tags)?);
        }
        Ok(session)
    }

    /// The session for looking something up in a service; cut to reading as far as that can be.
    pub(crate) fn for_lookup(
        &self,
        catalog: &Catalog,
        caller: &Caller,
        role_arn: &str,
        region: &str,
        account: &AccountSettings,
        prefix: &str,
    ) -> RoleSession {
        let mut session = session_of(&caller.tenant, &caller.user, role_arn, region, account);
        let reading = self.reading.policy(catalog, &BTreeSet::from([prefix]), &session.tags);
        session.policy = reading.ok();
        session
    }

    /// The session for what Bellhop lists in its own name, cut to reading.
    ///
    /// # Errors
    /// The policy that cuts it cannot be made.
    pub(crate) fn for_sweep(
        &self,
        catalog: &Catalog,
        account: &Account,
        settings: &AccountSettings,
        prefix: &str,
    ) -> Result<RoleSession, PolicyFault> {
        let region = account.default_region().unwrap_or("us-east-1");
        let mut session = session_of("Bellhop", "index", &account.role_arn, region, settings);
        session.policy = Some(self.reading.policy(catalog, &BTreeSet::from([prefix]), &session.tags)?);
        Ok(session)
    }

    /// The session's source, and whether it is new.
    pub(crate) fn open(&self, session: &RoleSession) -> (Arc<dyn CredentialSource>, bool) {
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(source) = kept.get(session) {
            return (Arc::clone(source), false);
        }
        if kept.len() >= KEPT {
            // Far more than people at work; starting anew costs one AssumeRole each.
            kept.clear();
        }
        let source = self.source.assume(session);
        kept.insert(session.clone(), Arc::clone(&source));
        (source, true)
    }

    /// The most that a session took of STS's room for policies and tags, in percent; warns once when that gets short.
    pub(crate) fn packed_percent(&self) -> u64 {
        let packed = self.source.packed_percent();
        if packed >= SHORT && !self.told_short.swap(true, Ordering::Relaxed) {
            tracing::warn!(percent = packed, "sessions nearly fill STS's room for policies and tags");
        }
        packed
    }

    /// Bellhop's own credentials.
    pub(crate) fn own(&self) -> Option<Arc<dyn CredentialSource>> {
        self.source.own()
    }

    /// How many sessions are kept.
    pub(crate) fn count(&self) -> usize {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner).len()
    }

    /// Forgets a session whose credentials could not be fetched.
    pub(crate) fn forget(&self, session: &RoleSession) {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner).remove(session);
    }
}

/// The session of a user in a role. Tags name workspace and user and nothing of the single request, so that
/// sessions are shared by all requests of a user.
fn session_of(
    tenant: &str,
    user: &str,
    role_arn: &str,
    region: &str,
    account: &AccountSettings,
) -> RoleSession {
    let name = session_name(&format!("{user}@{tenant}"));
    let (source_identity, tags) = match account.attribution {
        Attribution::Required => {
            let tag = |key: &str, text: &str| (key.to_owned(), session_name(text));
            (Some(name.clone()), vec![tag("SlackWorkspace", tenant), tag("SlackUser", user)])
        }
        Attribution::None => (None, Vec::new()),
    };
    RoleSession {
        role_arn: role_arn.to_owned(),
        region: region.to_owned(),
        session_name: name,
        source_identity,
        tags,
        external_id: account.external_id.clone(),
        policy: None,
        duration: account.session_duration,
    }
}

/// `ec2` of `ec2:DescribeInstances`.
fn prefix_of(action: &str) -> &str {
    action.split_once(':').map_or(action, |(prefix, _)| prefix)
}

/// At most 64 of the characters that STS allows, at least two.
/// Source: <https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRole.html>.
fn session_name(text: &str) -> String {
    let allowed = |c: char| c.is_ascii_alphanumeric() || "_+=,.@-".contains(c);
    let mut name: String = text.chars().map(|c| if allowed(c) { c } else { '-' }).take(64).collect();
    while name.len() < 2 {
        name.push('-');
    }
    name
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn session_names_hold_to_the_alphabet_and_length() {
        let cases = [("U0ALICE@T1", "U0ALICE@T1"), ("a b/c:d", "a-b-c-d"), ("", "--"), ("é", "--")];
        for (text, expected) in cases {
            assert_eq!(session_name(text), expected);
        }
        assert_eq!(session_name(&"x".repeat(100)).len(), 64);
    }

    #[test]
    fn attribution_names_the_user() {
        let account = AccountSettings::default();
        let session =
            session_of("T1", "U0ALICE", "arn:aws:iam::111111111111:role/Bellhop", "eu-west-1", &account);
        assert_eq!(session.source_identity.as_deref(), Some("U0ALICE@T1"));
        assert_eq!(session.tags[1], ("SlackUser".to_owned(), "U0ALICE".to_owned()));
        let none = AccountSettings { attribution: Attribution::None, ..account };
        let session = session_of("T1", "U0ALICE", "r", "eu-west-1", &none);
        assert_eq!(
            (session.session_name.as_str(), session.source_identity, session.tags.len()),
            ("U0ALICE@T1", None, 0)
        );
    }
}
