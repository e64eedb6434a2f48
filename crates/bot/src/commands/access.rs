//! `access`: the grants that were made from Slack.

use aws_call::BoxFuture;
use render::{Body, Facts, Problem, Reply, Status};

use super::{Access, Asked, BuiltIn, Run};
use crate::access::{self, Draft, Kept};
use crate::asking::{self, lasting::moment};
use crate::{members, record};

/// The entry.
pub(super) const ACCESS: BuiltIn = BuiltIn {
    name: "access",
    summary: "Shows and changes the grants that were made from Slack (for admins); asks for one for a while.",
    usage: "access list | show <id> | remove <id>\n\
        \u{20}   access add                      opens a form\n\
        \u{20}   access add --who <@user | @usergroup | #channel | admins | everyone> --accounts <name>,… | --labels <key>=<value>\n\
        \u{20}              --allow <service:Operation*>,… --levels list,read,… [--in <#channel | direct>,…]\n\
        \u{20}              [--needs write=confirm,destructive=2:<@usergroup>] [--role <name>] [--until <2h | date>] [--yes]\n\
        \u{20}   access request <grant> 30m \"<reason>\"   asks others for a grant for a while",
    access: Access::Open,
    also: None,
    run: Run::Later(begin),
};

/// How many grants a list shows.
const SHOWN: usize = 50;

fn begin<'a>(asked: &'a Asked<'a>) -> BoxFuture<'a, Reply> {
    Box::pin(run(asked))
}

async fn run(asked: &Asked<'_>) -> Reply {
    if let Some((first, words)) = asked.words.split_first()
        && first == "request"
    {
        // Whoever a grant names may ask for it; others decide.
        return asking::request(asked, words).await;
    }
    if let Some(refusal) = refusal(asked).await {
        return refusal;
    }
    let words: Vec<&str> = asked.words.iter().map(String::as_str).collect();
    match words.as_slice() {
        [] | ["list"] => list(asked).await,
        ["add"] => open_form(asked).await,
        ["add", ..] => add(asked).await,
        ["show", id] => show(asked, id).await,
        ["remove", id] => remove(asked, id).await,
        _ => failed(
            asked,
            Problem::new("That is nothing that `access` can do.").next(format!("Usage: {}", ACCESS.usage)),
        ),
    }
}

/// Why the caller may not, if so; recorded.
async fn refusal(asked: &Asked<'_>) -> Option<Reply> {
    let (inner, caller) = (asked.inner, &asked.request.caller);
    if inner.web.is_none() {
        let problem = Problem::new("Grants can be changed from Slack only with a bot token: without it nobody knows who is an admin.")
            .next("Whoever runs Bellhop can set slack.bot_token, or write grants into its file.");
        return Some(failed(asked, problem));
    }
    let known = members::known(inner, &caller.tenant, &caller.user).await;
    if members::is_administrator(inner, &known, &caller.tenant, &caller.user) {
        return None;
    }
    let why = "Only the workspace's admins, or those who are configured for it, may do that.";
    inner.counters.denied.add();
    let id = asked.facts.request_id.clone().unwrap_or_default();
    let row = record::Facts::new(&id, caller).denied(asked.request.at, why);
    inner.note(inner.store.append_audit(vec![row]).await);
    Some(Reply::problem(asked.facts.clone(), Status::Denied, Problem::new(why)))
}

async fn add(asked: &Asked<'_>) -> Reply {
    match Draft::read(&asked.words[1..], asked.request.at) {
        Ok(draft) => {
            access::propose_adding(asked.inner, &asked.request.caller, draft, asked.facts.clone()).await
        }
        Err(fault) => failed(
            asked,
            Problem::new("No grant is made.").why(fault.to_string()).next(format!("Usage: {}", ACCESS.usage)),
        ),
    }
}

async fn open_form(asked: &Asked<'_>) -> Reply {
    let caller = &asked.request.caller;
    let trigger = asked.request.key.strip_prefix(&format!("slash:{}:", caller.tenant));
    let opened = match trigger {
        Some(trigger) => access::open_form(asked.inner, &caller.channel, trigger).await,
        None => Err("there is nothing to open it in".to_owned()),
    };
    match opened {
        Ok(()) => Reply::done(asked.facts.clone(), Body::Text("A form opens.".to_owned())),
        Err(why) => failed(
            asked,
            Problem::new("The form could not be opened.").why(why).next(format!("Usage: {}", ACCESS.usage)),
        ),
    }
}

async fn list(asked: &Asked<'_>) -> Reply {
    let team = &asked.request.caller.tenant;
    let grants = match access::all(asked.inner).await {
        Ok(grants) => grants,
        Err(error) => return unreadable(asked, error),
    };
    let own: Vec<Kept> = grants.into_iter().filter(|grant| grant.team == *team).collect();
    if own.is_empty() {
        let text = "No grants were made from Slack; those of Bellhop's file are told by `whoami`.";
        return Reply::done(asked.facts.clone(), Body::Text(text.to_owned()));
    }
    let columns =
        ["id", "who", "accounts", "actions", "levels", "until", "made by"].map(str::to_owned).into();
    let row = |kept: &Kept| {
        let draft = &kept.draft;
        let mut who: Vec<&str> =
            draft.users.iter().chain(&draft.usergroups).chain(&draft.channels).map(String::as_str).collect();
        who.extend(draft.admins.then_some("admins"));
        who.extend(draft.everyone.then_some("everyone"));
        let labels = draft.labels.iter().map(|(key, value)| format!("{key}={value}"));
        let accounts: Vec<String> = draft.accounts.iter().cloned().chain(labels).collect();
        vec![
            kept.id.clone(),
            who.join(" "),
            accounts.join(" "),
            draft.allow.join(" "),
            draft.levels.join(" "),
            kept.until.map(moment).unwrap_or_default(),
            kept.by.clone(),
        ]
    };
    let rows = own.iter().take(SHOWN).map(row).collect();
    let reply = Reply::done(asked.facts.clone(), Body::Table { columns, rows });
    if own.len() > SHOWN { reply.note(format!("{} more are not shown.", own.len() - SHOWN)) } else { reply }
}

async fn show(asked: &Asked<'_>, id: &str) -> Reply {
    match access::find(asked.inner, &asked.request.caller.tenant, id).await {
        Ok(Some(kept)) => {
            let gives = access::rights(asked.inner, &kept.grant(), false);
            let mut lines = gives.unwrap_or_else(|why| vec![format!("gives nothing: {why}")]);
            lines.push(format!("made by   {} on {}", kept.by, moment(kept.at)));
            if let Some(until) = kept.until {
                lines.push(format!("until     {}", moment(until)));
            }
            Reply::done(asked.facts.clone(), Body::Preformatted(format!("grant {id}\n{}", lines.join("\n"))))
        }
        Ok(None) => unknown(asked, id),
        Err(error) => unreadable(asked, error),
    }
}

async fn remove(asked: &Asked<'_>, id: &str) -> Reply {
    match access::find(asked.inner, &asked.request.caller.tenant, id).await {
        Ok(Some(kept)) => {
            access::propose_removing(asked.inner, &asked.request.caller, kept, asked.facts.clone()).await
        }
        Ok(None) => unknown(asked, id),
        Err(error) => unreadable(asked, error),
    }
}

fn unknown(asked: &Asked<'_>, id: &str) -> Reply {
    failed(asked, Problem::new(format!("There is no grant \"{id}\" here.")).next("`access list` shows them."))
}

fn unreadable(asked: &Asked<'_>, error: store::StoreError) -> Reply {
    asked.inner.note::<()>(Err(error));
    failed(asked, Problem::new("The grants could not be read.").next("Try again in a moment."))
}

fn failed(asked: &Asked<'_>, problem: Problem) -> Reply {
    let facts: Facts = asked.facts.clone();
    Reply::problem(facts, Status::Failed, problem)
}
