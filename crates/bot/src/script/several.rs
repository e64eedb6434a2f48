//! Several calls that change things, as one: allowed, confirmed and recorded each by itself.

use policy::Permit;
use serde::{Deserialize, Serialize};
use store::StoreError;

use crate::asking::{Given, Needed};
use crate::authorize::{self, Refusal, Wanted};
use crate::bot::Inner;
use crate::command::AwsCommand;
use crate::journal::{self, Filter};
use crate::moment::Moment;

/// How far back the record is searched for what came of an interrupted line.
const LOOKED: u64 = 20_000;
/// How many of its rows are looked at.
const ROWS: usize = 200;

/// Where and as what a call was promised to run.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Promise {
    pub(crate) account: String,
    pub(crate) region: String,
    pub(crate) role: String,
}

impl Promise {
    pub(crate) fn of(permit: &Permit) -> Promise {
        let Permit { account, region, role_arn, .. } = permit.clone();
        Promise { account, region, role: role_arn }
    }
}

/// What the rules say to several calls: as what each may run, and whose word is missing for some of them.
pub(crate) struct Permitted {
    pub(crate) permits: Vec<Permit>,
    pub(crate) lack: Option<Needed>,
}

/// Decides about every call. Where promises were made, for those places only.
///
/// # Errors
/// What one of them is refused for, with its line.
pub(crate) fn permits<'c>(
    moment: Moment<'_>,
    calls: impl Iterator<Item = &'c AwsCommand>,
    promises: &[Promise],
    given: &Given,
) -> Result<Permitted, (String, String)> {
    let mut permitted = Permitted { permits: Vec::new(), lack: None };
    for (index, command) in calls.enumerate() {
        let promise = promises.get(index);
        let account = promise.map(|promise| promise.account.as_str()).or(command.account.as_deref());
        let own_region = command.invocation.globals.region.as_deref();
        let region = promise.map(|promise| promise.region.as_str()).or(own_region);
        let permit = match authorize::shared(moment, command, Wanted { account, region, given }) {
            Ok((_, permit)) => permit,
            Err(refusal) => match *refusal {
                Refusal::Denied(reason) => return Err((command.shown.clone(), reason.to_string())),
                Refusal::NeedsConfirmation(permit) => {
                    permitted.lack.get_or_insert(Needed::Confirmation);
                    permit
                }
                Refusal::NeedsApproval(permit, approval) => {
                    let needed = Needed::approval(&approval);
                    match &permitted.lack {
                        Some(other @ Needed::Approval { .. }) if *other != needed => {
                            let why = "its calls need the approval of different people: type them one by one";
                            return Err((command.shown.clone(), why.to_owned()));
                        }
                        _ => permitted.lack = Some(needed),
                    }
                    permit
                }
            },
        };
        if promise.is_some_and(|promise| promise.role != permit.role_arn) {
            let why = "it would run in another role than was promised";
            return Err((command.shown.clone(), why.to_owned()));
        }
        permitted.permits.push(permit);
    }
    Ok(permitted)
}

/// What the record says of the calls of an interrupted line, a sentence each.
///
/// # Errors
/// The store failed.
pub(crate) async fn told(inner: &Inner, job: &str) -> Result<Vec<String>, StoreError> {
    let filter = Filter { job: Some(job.to_owned()), steps: true, ..Filter::default() };
    let found = journal::search(&*inner.store, &filter, None, ROWS, LOOKED).await?;
    let mut sentences = Vec::new();
    let rows = || found.entries.iter().rev();
    for begun in rows().filter(|entry| entry.row.kind == "intent" && !entry.fact("call").is_empty()) {
        let number = begun.fact("call");
        let ended = rows().find(|entry| entry.row.kind == "call" && entry.fact("call") == number);
        let outcome = ended.map_or_else(|| "may have happened".to_owned(), |entry| entry.fact("outcome"));
        sentences.push(format!("{}: {outcome}.", begun.fact("line")));
    }
    Ok(sentences)
}
