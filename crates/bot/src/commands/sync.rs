//! `sync`: reads who is in which group, now.

use aws_call::BoxFuture;
use render::{Body, Problem, Reply, Status};

use super::{Access, Asked, BuiltIn, Run};
use crate::members;
use crate::record;

/// The entry.
pub(super) const SYNC: BuiltIn = BuiltIn {
    name: "sync",
    summary: "Reads anew who is in the channels and usergroups that rules name. For admins.",
    usage: "sync",
    access: Access::Open,
    also: None,
    run: Run::Later(run),
};

fn run<'a>(asked: &'a Asked<'a>) -> BoxFuture<'a, Reply> {
    Box::pin(async move {
        let (inner, caller, facts) = (asked.inner, &asked.request.caller, asked.facts.clone());
        if inner.web.is_none() {
            let problem = Problem::new("Nothing was read: Bellhop has no bot token.")
                .next("Whoever runs Bellhop can set slack.bot_token.");
            return Reply::problem(facts, Status::Failed, problem);
        }
        let id = facts.request_id.clone().unwrap_or_default();
        let recorded = record::Facts::new(&id, caller);
        let known = members::known(inner, &caller.tenant, &caller.user).await;
        if !members::is_administrator(inner, &known, &caller.tenant, &caller.user) {
            let why = "Only the workspace's admins, or those who are configured for it, may do that.";
            inner.counters.denied.add();
            inner.note(inner.store.append_audit(vec![recorded.denied(asked.request.at, why)]).await);
            return Reply::problem(facts, Status::Denied, Problem::new(why));
        }
        let row = recorded.did("sync", asked.request.at, "asked for all lists of members");
        match members::want(inner, &caller.user, asked.request.at, row).await {
            Ok(Some(_)) => {
                let text = "Reading who is in which group. A direct message tells how far it has come.";
                Reply::done(facts, Body::Text(text.to_owned()))
            }
            Ok(None) => {
                let text = "That is under way already; whoever asked for it is told how far it has come.";
                Reply::done(facts, Body::Text(text.to_owned()))
            }
            Err(error) => {
                inner.note::<()>(Err(error));
                let problem = Problem::new("It could not be written down, so nothing is read.")
                    .next("Try again in a moment.");
                Reply::problem(facts, Status::Failed, problem)
            }
        }
    })
}
