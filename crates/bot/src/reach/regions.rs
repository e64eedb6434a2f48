//! Which regions an account has switched off, as far as that is known.
//!
//! Asked of EC2 once an hour for each account, before a line runs in all of its regions; where that cannot be found out
//! every region is asked.

use std::collections::{BTreeSet, HashMap};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use policy::Account;
use store::UnixMillis;
use value::Value;

use crate::bot::Inner;
use crate::lookup::{Looker, lookup};
use crate::request::Caller;
use crate::rules::Rules;

/// How long an answer holds.
const HOLDS_MS: i64 = 3_600_000;
/// How long nothing is asked after a failure.
const PAUSE_MS: i64 = 600_000;
/// How long an answer may take.
const LIMIT: Duration = Duration::from_secs(2);
/// How many accounts are remembered.
const KEPT: usize = 10_000;

/// What is known, by the ARN of the role that was asked with.
#[derive(Debug, Default)]
pub(crate) struct KnownRegions(Mutex<HashMap<String, Known>>);

#[derive(Debug, Clone)]
struct Known {
    /// Regions that are switched off; none if that could not be found out.
    off: Arc<BTreeSet<String>>,
    until: UnixMillis,
}

impl KnownRegions {
    /// Whether the account is known to have switched the region off.
    pub(crate) fn is_off(&self, account: &Account, region: &str) -> bool {
        let known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        known.get(&account.role_arn).is_some_and(|known| known.off.contains(region))
    }

    fn lacks(&self, account: &Account, now: UnixMillis) -> bool {
        let known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        known.get(&account.role_arn).is_none_or(|known| known.until <= now)
    }

    fn learn(&self, account: &Account, off: Option<BTreeSet<String>>, now: UnixMillis) {
        let holds = if off.is_some() { HOLDS_MS } else { PAUSE_MS };
        let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if known.len() >= KEPT {
            known.clear();
        }
        let off = Arc::new(off.unwrap_or_default());
        known.insert(account.role_arn.clone(), Known { off, until: now.plus(holds) });
    }
}

/// Finds out what is not known about these accounts, all at a time.
pub(crate) async fn learn(inner: &Inner, rules: &Rules, caller: &Caller, accounts: &[&Account]) {
    let now = inner.clock.millis();
    let unknown =
        accounts.iter().filter(|account| account.regions.len() > 1 && inner.regions.lacks(account, now));
    let asked = unknown.map(|account| async move {
        let off = ask(inner, rules, caller, account).await;
        inner.regions.learn(account, off, now);
    });
    futures_util::future::join_all(asked).await;
}

async fn ask(inner: &Inner, rules: &Rules, caller: &Caller, account: &Account) -> Option<BTreeSet<String>> {
    let region = account.default_region()?;
    let settings = rules.accounts.get(&account.name).cloned().unwrap_or_default();
    let session =
        inner.sessions.for_lookup(&inner.catalog, caller, &account.role_arn, region, &settings, "ec2");
    let (credentials, _) = inner.sessions.open(&session);
    let looker = Looker { region: region.to_owned(), credentials, limit: LIMIT };
    let answer = lookup(inner, &looker, &["ec2", "describe-regions", "--all-regions"]).await.ok()?;
    Some(off(&answer))
}

/// The regions that an answer of `DescribeRegions` calls switched off.
fn off(answer: &Value) -> BTreeSet<String> {
    let regions = answer.get("Regions").and_then(Value::as_list).unwrap_or_default();
    let is_off = |region: &&Value| {
        region.get("OptInStatus").and_then(Value::as_text).is_some_and(|status| status == "not-opted-in")
    };
    let name = |region: &Value| region.get("RegionName").and_then(Value::as_text).map(str::to_owned);
    regions.iter().filter(is_off).filter_map(name).collect()
}

#[cfg(test)]
mod tests {
    #![expect(clippy::expect_used, reason = "a test stops at the first surprise")]

    use super::*;

    #[test]
    fn what_is_switched_off_is_read_and_forgotten_in_time() {
        let json = br#"{"Regions": [{"RegionName": "us-east-1", "OptInStatus": "opt-in-not-required"},
            {"RegionName": "af-south-1", "OptInStatus": "not-opted-in"}, {"RegionName": "ap-east-1", "OptInStatus": "opted-in"}]}"#;
        let off = off(&Value::from_json(json).expect("json"));
        assert_eq!(off.iter().map(String::as_str).collect::<Vec<_>>(), ["af-south-1"]);
        let known = KnownRegions::default();
        let account = Account::new("dev", "arn:aws:iam::111111111111:role/r", &["us-east-1", "af-south-1"]);
        assert!(known.lacks(&account, UnixMillis(0)) && !known.is_off(&account, "af-south-1"));
        known.learn(&account, Some(off), UnixMillis(0));
        assert!(known.is_off(&account, "af-south-1") && !known.is_off(&account, "us-east-1"));
        assert!(!known.lacks(&account, UnixMillis(1)) && known.lacks(&account, UnixMillis(HOLDS_MS)));
        known.learn(&account, None, UnixMillis(HOLDS_MS));
        assert!(!known.is_off(&account, "af-south-1"), "unknown is not off");
    }
}
