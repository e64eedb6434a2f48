//! Takes in lines of which some call changes things: all of it is allowed, and asked about as one, or nothing runs.

use render::{Facts, Problem};
use store::Class;

use super::ScriptCommand;
use super::several::{Promise, permits};
use crate::ack::{self, Admission};
use crate::asking::{self, AskedCommand, Asking, Given, Needed, Question};
use crate::bot::Inner;
use crate::command::Spread;
use crate::job::Payload;
use crate::moment::Present;
use crate::reach;
use crate::reach::scope::Scope;
use crate::record;
use crate::repeat;
use crate::request::Request;

/// One call of a line may not run, so nothing of it does.
pub(crate) fn not_all(line: &str, why: &str) -> Problem {
    Problem::new(why).why(format!("It is about {line}")).next("Nothing of the line was run.")
}

/// A call that changes things in many places: a list of one call for each, which is asked about as a whole.
pub(crate) async fn admit_list(
    inner: &Inner,
    request: &Request,
    spread: &Spread,
    id: String,
    hold: bool,
) -> Admission {
    let present = Present::of(inner, &request.caller).await;
    let places = reach::listed(inner, &present, &spread.command, &spread.selection);
    if !places.closed.is_empty() || places.open.is_empty() {
        let facts =
            Facts { command: spread.command.shown.clone(), request_id: Some(id.clone()), ..Facts::default() };
        let why: Vec<String> = places.closed.iter().map(|(name, why)| format!("{name}: {why}")).collect();
        let problem = Problem::new("Not every place can be changed by you, so none was.").why(why.join("; "));
        let row = record::Facts::new(&id, &request.caller).line(&spread.command.shown);
        let row = row.denied(request.at, &problem.why.clone().unwrap_or_default());
        return Admission::Answered(ack::refused(inner, facts, row, problem).await);
    }
    let words: Vec<String> = spread.words.iter().map(|word| pipeline::quote(word)).collect();
    let flags = [("--again", spread.command.again), ("--yes", spread.command.yes)];
    let flags: String =
        flags.iter().filter(|(_, given)| *given).map(|(flag, _)| format!(" {flag}")).collect();
    let call = |scope: &Scope| {
        let (account, region) = (pipeline::quote(&scope.account), pipeline::quote(&scope.region));
        format!("--account {account} {} --region {region} --confirm{flags}", words.join(" "))
    };
    let line = places.open.iter().map(call).collect::<Vec<_>>().join("; ");
    Box::pin(ack::admit(inner, &Request { line, ..request.clone() }, hold)).await
}

/// A line of several commands, some of which change things: all of it is allowed, and asked about as one, or nothing runs.
pub(crate) async fn admit(
    inner: &Inner,
    request: &Request,
    script: &ScriptCommand,
    id: String,
    hold: bool,
) -> Admission {
    let facts = Facts { command: script.shown.clone(), request_id: Some(id.clone()), ..Facts::default() };
    let recorded = record::Facts::new(&id, &request.caller).line(&script.shown);
    let given = if script.yes { Given::Yes } else { Given::Nothing };
    let present = Present::of(inner, &request.caller).await;
    let reads = script.calls.iter().filter(|call| reach::only_reads(call));
    let decided = permits(present.moment(), reads, &[], &given)
        .and_then(|_| permits(present.moment(), script.writes(), &[], &given))
        .map_err(|(line, why)| not_all(&line, &why));
    let permitted = match decided {
        Ok(permitted) => permitted,
        Err(problem) => {
            let row = recorded.denied(request.at, &problem.what);
            return Admission::Answered(ack::refused(inner, facts, row, problem).await);
        }
    };
    let promises: Vec<Promise> = permitted.permits.iter().map(Promise::of).collect();
    let takes_yes = permitted.permits.iter().all(|permit| permit.yes);
    let confirmed = script.yes && takes_yes;
    let lack = permitted.lack.or_else(|| (script.confirm && !confirmed).then_some(Needed::Confirmation));
    let Some(permit) = permitted.permits.into_iter().next() else {
        return Admission::Answered(ack::not_written(facts));
    };
    if let Some(need) = lack {
        let joined = |part: fn(&Promise) -> &String| {
            let mut names: Vec<&str> = promises.iter().map(|promise| part(promise).as_str()).collect();
            names.dedup();
            names.join(", ")
        };
        let asked = AskedCommand {
            line: request.line.clone(),
            shown: script.shown.clone(),
            meaning: asking::meaning(inner, &script.meaning),
            action: script.writes().next().map(|call| call.invocation.iam_action.clone()).unwrap_or_default(),
            account: joined(|promise| &promise.account),
            region: joined(|promise| &promise.region),
            role: joined(|promise| &promise.role),
            untagged: false,
            promises,
        };
        let question = Question { asked, permit, takes_yes, notes: Vec::new() };
        let asking = Asking { inner, request, id: &id, facts, recorded, untagged: false };
        return asking::ask_about(asking, question, need).await;
    }
    let mut guard = repeat::guard(inner, &request.caller, &script.meaning, &permit);
    guard.insist = script.again;
    let row = recorded.permit(&permit).given(&given, &request.caller.user);
    let row = row.accepted(request.at, Some(repeat::mark(&guard)));
    let payload = Payload::new(request, &permit.account, &permit.region)
        .given(given)
        .promising(promises)
        .traced(inner.settings.telemetry.traceparent());
    let enqueued = ack::enqueue(inner, request, &payload, &id, hold, (Class::Write, Some(guard)), row).await;
    ack::admitted(inner, facts, enqueued, &id)
}
