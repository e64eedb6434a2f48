//! The doctor: looks at everything that Bellhop needs, and says of each thing how it stands and what to do.
//!
//! The way: [`subject`] holds what is looked at; [`CHECKS`] lists the checks, one file a theme; [`report`] prints.
//! Invariants: all checks run at the same time, each within a bound, and one that hangs is named; a check changes nothing
//! but what it says (a trial record, a trial row in the copy of the record); no finding holds a secret.
//! Absent on purpose: repairing anything.

mod accounts;
mod address;
mod aws;
mod configuration;
mod index;
mod keys;
mod kms;
mod members;
mod probe;
mod queue;
mod record;
pub(crate) mod report;
mod storage;
pub(crate) mod subject;
mod table;
#[cfg(test)]
mod tests;
mod time;
mod workspace;

use std::sync::Arc;
use std::time::Duration;

use aws_call::BoxFuture;
use bot::{Doctor, Finding, Health, Level};
use futures_util::future::join_all;

use crate::wiring::secrets::Followed;

pub(crate) use configuration::unreadable;
pub(crate) use subject::{Facts, Subject};

/// How long one check may take, unless its caller says otherwise.
pub(crate) const PATIENCE: Duration = Duration::from_secs(10);

/// What a check saw.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Seen {
    /// What it is about, where one check is about several things.
    about: Option<String>,
    level: Level,
    what: String,
    remedy: Option<String>,
}

impl Seen {
    fn ok(what: impl Into<String>) -> Seen {
        Seen { about: None, level: Level::Ok, what: what.into(), remedy: None }
    }

    fn warning(what: impl Into<String>, remedy: impl Into<String>) -> Seen {
        Seen { level: Level::Warning, remedy: Some(remedy.into()), ..Seen::ok(what) }
    }

    fn failure(what: impl Into<String>, remedy: impl Into<String>) -> Seen {
        Seen { level: Level::Failure, remedy: Some(remedy.into()), ..Seen::ok(what) }
    }

    fn about(self, about: impl Into<String>) -> Seen {
        Seen { about: Some(about.into()), ..self }
    }
}

/// One check.
pub(crate) struct Check {
    /// What it belongs to.
    group: &'static str,
    /// Its name within; `--only` takes both.
    name: &'static str,
    /// Looks. Nothing seen is nothing to say: what it is about is not configured.
    run: for<'a> fn(&'a Subject) -> BoxFuture<'a, Vec<Seen>>,
    /// Whether it bounds each of many things that it looks at by itself.
    many: bool,
}

const fn check(
    group: &'static str,
    name: &'static str,
    run: for<'a> fn(&'a Subject) -> BoxFuture<'a, Vec<Seen>>,
) -> Check {
    Check { group, name, run, many: false }
}

/// All checks, in the order in which they are told.
pub(crate) const CHECKS: &[Check] = &[
    check("Configuration", "file", |subject| Box::pin(configuration::file(subject))),
    check("Configuration", "console", |subject| Box::pin(configuration::console(subject))),
    check("Slack", "signing secret", |subject| Box::pin(workspace::signing_secret(subject))),
    check("Slack", "addresses", |subject| Box::pin(workspace::addresses(subject))),
    check("Slack", "bot token", |subject| Box::pin(workspace::token(subject))),
    check("Slack", "scopes", |subject| Box::pin(workspace::scopes(subject))),
    check("Clock", "beside Slack", |subject| Box::pin(time::beside_slack(subject))),
    check("Clock", "beside AWS", |subject| Box::pin(time::beside_aws(subject))),
    check("Address", "public URL", |subject| Box::pin(address::healthz(subject))),
    check("Address", "signed requests", |subject| Box::pin(address::signed(subject))),
    check("AWS", "credentials", |subject| Box::pin(aws::credentials(subject))),
    check("AWS", "endpoints", |subject| Box::pin(aws::endpoints(subject))),
    check("AWS", "models", |subject| Box::pin(aws::models(subject))),
    Check { many: true, ..check("Accounts", "role", |subject| Box::pin(accounts::roles(subject))) },
    check("Accounts", "regions", |subject| Box::pin(accounts::regions(subject))),
    check("Accounts", "discovery", |subject| Box::pin(accounts::discovery(subject))),
    check("Store", "writing", |subject| Box::pin(storage::writing(subject))),
    check("Store", "jobs", |subject| Box::pin(storage::jobs(subject))),
    check("Store", "disk", |subject| Box::pin(storage::disk(subject))),
    check("Store", "table", |subject| Box::pin(table::table(subject))),
    check("Queue", "rings", |subject| Box::pin(queue::rings(subject))),
    check("Queue", "dead letters", |subject| Box::pin(queue::dead_letters(subject))),
    check("Keys", "files", |subject| Box::pin(keys::files(subject))),
    check("Keys", "KMS", |subject| Box::pin(kms::key(subject))),
    check("Record", "copy", |subject| Box::pin(record::copy(subject))),
    check("Record", "lag", |subject| Box::pin(record::lag(subject))),
    check("Members", "groups", |subject| Box::pin(members::groups(subject))),
    check("Index", "age", |subject| Box::pin(index::age(subject))),
];

/// Which checks are wanted: groups or `group: name`, in any case; none is all.
#[derive(Debug, Clone, Default)]
pub(crate) struct Only(pub(crate) Vec<String>);

impl Only {
    /// The words that fit no check.
    pub(crate) fn unknown(&self) -> Vec<&str> {
        let known = |word: &&String| CHECKS.iter().any(|check| fits(word, check));
        self.0.iter().filter(|word| !known(word)).map(String::as_str).collect()
    }

    fn wants(&self, check: &Check) -> bool {
        self.0.is_empty() || self.0.iter().any(|word| fits(word, check))
    }
}

fn fits(word: &str, check: &Check) -> bool {
    let is = |text: &str| word.eq_ignore_ascii_case(text);
    is(check.group) || is(check.name) || is(&format!("{}:{}", check.group, check.name))
}

/// Makes all wanted checks at the same time.
pub(crate) async fn examine(subject: &Subject, only: &Only) -> Vec<Finding> {
    let wanted = CHECKS.iter().filter(|check| only.wants(check));
    join_all(wanted.map(|check| bounded(check, subject))).await.into_iter().flatten().collect()
}

async fn bounded(check: &Check, subject: &Subject) -> Vec<Finding> {
    let seen = if check.many {
        (check.run)(subject).await
    } else {
        let patience = subject.patience;
        tokio::time::timeout(patience, (check.run)(subject)).await.unwrap_or_else(|_| {
            let what = format!("the check did not end within {} s", patience.as_secs());
            vec![Seen::failure(
                what,
                "See whether what it asks can be reached from here: network, proxy, firewall.",
            )]
        })
    };
    let finding = |seen: Seen| {
        let name = seen.about.unwrap_or_else(|| check.name.to_owned());
        Finding { group: check.group, name, level: seen.level, what: seen.what, remedy: seen.remedy }
    };
    seen.into_iter().map(finding).collect()
}

/// The doctor of a running Bellhop, for `/aws doctor`: looks at the secrets of the moment.
pub(crate) struct Resident {
    /// What is looked at, as it was at start.
    pub(crate) subject: Subject,
    /// The secrets as they are.
    pub(crate) secrets: Followed,
}

impl Doctor for Resident {
    fn examine(&self, health: Health) -> BoxFuture<'_, Vec<Finding>> {
        let slack = self.secrets.present(&self.subject.facts.slack);
        let facts = Arc::new(Facts { slack, ..Facts::clone(&self.subject.facts) });
        let subject = Subject { facts, health: Some(Ok(health)), ..self.subject.clone() };
        Box::pin(async move { examine(&subject, &Only::default()).await })
    }
}
