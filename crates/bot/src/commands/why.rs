//! `why`: what the rules say to a line, without running it.

use aws_call::BoxFuture;
use policy::Reason;
use render::{Body, Facts, Reply};

use super::{Access, Asked, BuiltIn, Run};
use crate::aliases;
use crate::asking::Given;
use crate::authorize::{self, Refusal, Wanted};
use crate::command::{self, AwsCommand, Command, Spread};
use crate::journal::{self, Filter};
use crate::moment::{Moment, Present};
use crate::request::Request;
use crate::script::ScriptCommand;
use crate::work;
use pipeline::quote;

/// The entry.
pub(super) const WHY: BuiltIn = BuiltIn {
    name: "why",
    summary: "Tells what would become of a line, and by which grant or denial, without running it.",
    usage: "why [<line>]\n\
        \u{20}   why ec2 stop-instances --instance-ids i-0abc\n\
        \u{20}   why 'ec2 list | xargs web'      a line with signs in it, quoted as one word\n\
        \u{20}   why                             about your last command",
    access: Access::Open,
    also: None,
    run: Run::Later(|asked| -> BoxFuture<'_, Reply> { Box::pin(why(asked)) }),
};

/// How many rows of the record are looked through for what AWS said last.
const LOOKED: u64 = 5_000;

async fn why(asked: &Asked<'_>) -> Reply {
    let line = match line(asked).await {
        Some(line) => line,
        None => return said(asked, "There is no command of yours to explain. Type `why <line>`.".to_owned()),
    };
    let typed = Request { line, ..asked.request.clone() };
    match aliases::spoken(asked.inner, &typed).await {
        Ok(None) => said(asked, explained(asked, &typed).await),
        Ok(Some(replaced)) => {
            let explained = explained(asked, &replaced).await;
            said(asked, format!("With its aliases replaced it is this line:\n{explained}"))
        }
        Err(fault) => said(asked, format!("It cannot be read. {}", fault.what)),
    }
}

/// What would become of a line without aliases.
async fn explained(asked: &Asked<'_>, typed: &Request) -> String {
    let understood = command::understand(&typed.line, &asked.inner.catalog, &asked.inner.settings);
    let command = match understood {
        Ok(Command::Aws(command) | Command::Spread(Spread { command, .. })) => command,
        Ok(command @ Command::BuiltIn { entry, .. }) => {
            let present = Present::of(asked.inner, &asked.request.caller).await;
            let verdict = match authorize::built_in(present.moment(), entry) {
                Ok(_) if entry.works() => {
                    "It would run; a line that it comes to is decided about by itself.".to_owned()
                }
                Ok(_) => "It would run.".to_owned(),
                Err(reason) => format!("It would not run. {reason}"),
            };
            let (shown, name) = (work::shown(&command), entry.name);
            return format!(
                "{shown}\n\n`{name}` is a command of Bellhop's own. {}\n{verdict}",
                entry.summary
            );
        }
        Ok(Command::Script(script)) => return all(asked, &script).await,
        Ok(Command::Page(page)) => return format!("{} is help: everybody may read it.", page.title),
        Err(fault) => {
            let fault = aliases::suggested(asked.inner, typed, fault).await;
            let near = match fault.suggestions.as_slice() {
                [] => String::new(),
                near => format!(" Did you mean {}?", near.join(", ")),
            };
            return format!("It cannot be read. {}{near}", fault.what);
        }
    };
    let (shown, action) = (command.shown.clone(), command.invocation.iam_action.clone());
    let present = Present::of(asked.inner, &asked.request.caller).await;
    let mut text = format!("{shown}\n\n{}", decision(present.moment(), command));
    if let Some(last) = last(asked, &action).await {
        text.push_str(&last);
    }
    text
}

/// What the rules say to each call of a line of several.
async fn all(asked: &Asked<'_>, script: &ScriptCommand) -> String {
    let present = Present::of(asked.inner, &asked.request.caller).await;
    let mut text = format!("{}\n", script.shown);
    for call in &script.calls {
        let again = command::understand(&call.shown, &asked.inner.catalog, &asked.inner.settings);
        let verdict = match again {
            Ok(Command::Aws(command)) => decision(present.moment(), command),
            _ => "Its secrets are masked here, so it cannot be judged again.".to_owned(),
        };
        text.push_str(&format!("\n{}\n{verdict}\n", call.shown));
    }
    text
}

/// The line asked about, typed on or quoted as one word; without one, the caller's last command.
async fn line(asked: &Asked<'_>) -> Option<String> {
    if let [line] = asked.words {
        return Some(line.clone());
    }
    if !asked.words.is_empty() {
        return Some(asked.words.iter().map(|word| quote(word)).collect::<Vec<_>>().join(" "));
    }
    let filter = of_caller(asked, None);
    let found = journal::search(asked.inner.store.as_ref(), &filter, None, 1, LOOKED).await.ok()?;
    found.entries.first().map(|entry| entry.fact("line")).filter(|line| !line.is_empty())
}

/// What the rules say.
fn decision(moment: Moment<'_>, command: AwsCommand) -> String {
    let (account, region) = (command.account.clone(), command.invocation.globals.region.clone());
    let action = command.invocation.iam_action.clone();
    let level = authorize::level_of(command.invocation.level);
    let given = Given::default();
    let wanted = Wanted { account: account.as_deref(), region: region.as_deref(), given: &given };
    let head = format!("{action} has level {level}.\n");
    let verdict = match authorize::call(moment, command, wanted) {
        Ok((_, permit)) => format!("It would run at once{}", under(&permit)),
        Err(refused) => match refused.0 {
            Refusal::NeedsConfirmation(permit) => {
                format!("It would run once you confirm it{}", under(&permit))
            }
            Refusal::NeedsApproval(permit, approval) => {
                let who = approval.approvers.join(", ");
                format!("It would run once {} of {who} approve{}", approval.count, under(&permit))
            }
            Refusal::Denied(reason) => denied(moment, &reason, &action, level),
        },
    };
    format!("{head}{verdict}")
}

fn under(permit: &policy::Permit) -> String {
    let mut text =
        format!(": in {}, {}, as {}\nby {}.\n", permit.account, permit.region, permit.role_arn, permit.grant);
    for tag in &permit.tags {
        text.push_str(&format!("What {} names must bear the tag {}={}.\n", tag.option, tag.key, tag.value));
    }
    text
}

fn denied(moment: Moment<'_>, reason: &Reason, action: &str, level: policy::Level) -> String {
    let mut text = format!("It would not run. {reason}\n");
    let standing = authorize::standing(moment);
    for right in standing.grants.iter().filter(|right| !right.holds_here && right.covers(action, level)) {
        let places: Vec<String> = right.places().collect();
        if !places.is_empty() {
            text.push_str(&format!("{} gives it in {}.\n", right.name(), places.join(", ")));
        }
    }
    let on_request =
        standing.grants.iter().filter(|right| right.awaits_request && right.covers(action, level));
    for right in on_request {
        let Some(request) = right.request() else { continue };
        let minutes = request.longest_seconds / 60;
        text.push_str(&format!(
            "You can ask for {} for a while: access request {} {minutes}m \"<reason>\"; {} of {} decide.\n",
            right.name(),
            right.title(),
            request.approval.count,
            request.approval.approvers.join(", ")
        ));
    }
    text
}

/// What AWS said when the caller last ran that action.
async fn last(asked: &Asked<'_>, action: &str) -> Option<String> {
    let filter = of_caller(asked, Some(action));
    let found = journal::search(asked.inner.store.as_ref(), &filter, None, 1, LOOKED).await.ok()?;
    let entry = found.entries.first()?;
    let outcome = entry.fact("outcome");
    if outcome.is_empty() {
        return None;
    }
    let mut text = format!("\nYour last one, at {}: {outcome}", entry.time(false));
    for (fact, before) in [("code", ", "), ("meaning", ". "), ("aws_request_id", " AWS request id ")] {
        let told = entry.fact(fact);
        if !told.is_empty() {
            text.push_str(&format!("{before}{told}"));
        }
    }
    text.push('\n');
    Some(text)
}

fn of_caller(asked: &Asked<'_>, action: Option<&str>) -> Filter {
    let caller = &asked.request.caller;
    Filter {
        who: Some(caller.user.clone()),
        workspace: Some(caller.tenant.clone()),
        what: action.map(str::to_lowercase),
        kind: action.map(|_| "outcome".to_owned()),
        ..Filter::default()
    }
}

fn said(asked: &Asked<'_>, text: String) -> Reply {
    Reply::done(Facts { command: "why".to_owned(), ..asked.facts.clone() }, Body::Preformatted(text))
}
