//! Roles that are lent only to people whose own IAM user holds a policy.
//!
//! Whoever comes by a grant to a guarded role is looked up in the account's IAM first: their user must exist, and hold
//! the named policy, inline or attached, itself or by one of its groups. Invariants: a guarded role is never assumed
//! without that; what could not be found out is a no; a display name never names a user.

mod holding;

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use policy::{Account, Permit};
use slack::web::UsersInfo;
use store::UnixMillis;

use crate::bot::Inner;
use crate::lookup::{Looker, LookupFault};
use crate::request::Caller;
use crate::roles::RoleSession;
use crate::rules::{Delegation, Rules};

/// How long a yes is believed.
const BELIEVED_MS: i64 = 60_000;
/// How long one question to IAM may take.
const LIMIT: Duration = Duration::from_secs(5);
/// How many answers are kept.
const KEPT: usize = 4096;

/// Why a role is not lent.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(crate) enum NotLent {
    /// Nobody says which IAM user the caller is.
    #[error(
        "Role {role} is lent only to people whose IAM user holds the policy {policy}, and no IAM user is known for you. Whoever \
         runs Bellhop can name one under users of its [[delegation]]."
    )]
    Unmapped { role: String, policy: String },
    /// The account is none of those that rules know.
    #[error("account {0} is not known any more.")]
    NoAccount(String),
    /// The Slack profile's e-mail address could not be had.
    #[error(
        "Role {role} is lent by the e-mail address of your Slack profile, which could not be read: {why}."
    )]
    NoEmail { role: String, why: String },
    /// There is no such user.
    #[error(
        "Role {role} is lent only to holders of the policy {policy}; account {account} has no IAM user {user}."
    )]
    NoUser { role: String, policy: String, account: String, user: String },
    /// The user does not hold the policy.
    #[error(
        "Role {role} is lent only to holders of the policy {policy}; IAM user {user} of account {account} does not hold it, \
         neither itself nor by a group."
    )]
    NoPolicy { role: String, policy: String, account: String, user: String },
    /// IAM could not be asked.
    #[error(
        "Role {role} is lent only to holders of the policy {policy}, and that could not be found out: {fault}. Role {lookup} \
         needs iam:GetUser, iam:ListUserPolicies, iam:ListAttachedUserPolicies, iam:ListGroupsForUser, iam:ListGroupPolicies \
         and iam:ListAttachedGroupPolicies."
    )]
    Unknown { role: String, policy: String, lookup: String, fault: LookupFault },
}

/// A question that was answered with yes: the account, the role, the IAM user.
type Holder = (String, String, String);

/// Remembers for a moment who held a policy.
#[derive(Debug, Default)]
pub(crate) struct Holders(Mutex<HashMap<Holder, UnixMillis>>);

impl Holders {
    fn knows(&self, holder: &Holder, now: UnixMillis) -> bool {
        let kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        kept.get(holder).is_some_and(|at| (0..BELIEVED_MS).contains(&now.since(*at)))
    }

    fn learn(&self, holder: Holder, now: UnixMillis) {
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if kept.len() >= KEPT {
            kept.clear();
        }
        kept.insert(holder, now);
    }
}

/// Whether the permit's role may be assumed for the caller.
///
/// # Errors
/// The role is guarded, and the caller does not hold what it asks for, or nobody could find out.
pub(crate) async fn check(
    inner: &Inner,
    rules: &Rules,
    caller: &Caller,
    permit: &Permit,
) -> Result<(), NotLent> {
    let of_permit = |account: &&Account| account.name == permit.account;
    let account = rules.policy.accounts().iter().find(of_permit);
    let account = account.ok_or_else(|| NotLent::NoAccount(permit.account.clone()))?;
    let guards = |guard: &&Delegation| guard.guards(account, &permit.role_arn);
    for guard in rules.delegations.iter().filter(guards) {
        let user = user_of(inner, guard, caller, permit).await?;
        let holder = (permit.account.clone(), guard.policy.clone(), user);
        let now = inner.clock.millis();
        if inner.holders.knows(&holder, now) {
            continue;
        }
        ask(inner, rules, caller, permit, (guard, account), &holder.2).await?;
        inner.holders.learn(holder, now);
    }
    Ok(())
}

/// The IAM user that the caller is.
async fn user_of(
    inner: &Inner,
    guard: &Delegation,
    caller: &Caller,
    permit: &Permit,
) -> Result<String, NotLent> {
    if let Some(user) = guard.users.get(&caller.user) {
        return Ok(user.clone());
    }
    let (role, policy) = (permit.role_arn.clone(), guard.policy.clone());
    if !guard.by_email {
        return Err(NotLent::Unmapped { role, policy });
    }
    email_of(inner, caller).await.map_err(|why| NotLent::NoEmail { role, why })
}

/// The e-mail address of the caller's Slack profile, for workspaces that do not let people change it.
async fn email_of(inner: &Inner, caller: &Caller) -> Result<String, String> {
    let web = inner.web.as_ref().ok_or("Bellhop has no bot token")?;
    let profile = web.ask_within(&UsersInfo { user: &caller.user }, LIMIT).await;
    let profile = profile.map_err(|error| error.to_string())?;
    if profile.is_guest || profile.is_bot || profile.is_stranger || profile.is_deleted {
        return Err("only full members of the workspace are known by their address".to_owned());
    }
    profile.email.ok_or_else(|| "the profile shows none; the app needs the scope users:read.email".to_owned())
}

async fn ask(
    inner: &Inner,
    rules: &Rules,
    caller: &Caller,
    permit: &Permit,
    (guard, of): (&Delegation, &Account),
    user: &str,
) -> Result<(), NotLent> {
    let session = lookup_session(inner, rules, caller, permit, (guard, of));
    let lookup = session.role_arn.clone();
    let (credentials, _) = inner.sessions.open(&session);
    let looker =
        Looker { region: permit.region.clone(), credentials: Arc::clone(&credentials), limit: LIMIT };
    let (role, policy) = (permit.role_arn.clone(), guard.policy.clone());
    let (account, user) = (permit.account.clone(), user.to_owned());
    match holding::holds(inner, &looker, &user, &policy).await {
        Ok(holding::Holding::Yes) => Ok(()),
        Ok(holding::Holding::No) => Err(NotLent::NoPolicy { role, policy, account, user }),
        Ok(holding::Holding::NoUser) => Err(NotLent::NoUser { role, policy, account, user }),
        Err(fault) => Err(NotLent::Unknown { role, policy, lookup, fault }),
    }
}

/// The session that reads IAM: also the caller's, so that CloudTrail shows on whose behalf.
fn lookup_session(
    inner: &Inner,
    rules: &Rules,
    caller: &Caller,
    permit: &Permit,
    (guard, of): (&Delegation, &Account),
) -> RoleSession {
    let named = guard.lookup_role.as_ref().and_then(|role| of.role_named(role));
    let role_arn = named.unwrap_or_else(|| of.role_arn.clone());
    let account = rules.accounts.get(&permit.account).cloned().unwrap_or_default();
    inner.sessions.for_lookup(&inner.catalog, caller, &role_arn, &permit.region, &account, "iam")
}
