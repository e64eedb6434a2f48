//! The command: its words, and how it goes about answering.

use std::convert::Infallible;
use std::time::Duration;

use aws_call::BoxFuture;
use render::{Audience, Body, Problem, Status};
use tokio::sync::Mutex;
use value::{Map, Value};

use super::answer::{self, SHOWN};
use super::attached;
use super::plan::{self, Ask, Plan};
use super::query::{self, Query, QueryFault};
use super::search::{Hit, Hits, Outcome, Seen, search, within};
use crate::commands::{Access, BuiltIn, Run, Worked, Working};
use crate::output::Output;
use crate::reach::DEADLINE;
use crate::reach::scope::Selection;

/// How long hits are gathered before the first is shown alone: the whole often is there by then.
const GATHER: Duration = Duration::from_millis(150);

/// When whoever asked is told that it takes a while.
const TELL_AFTER: Duration = Duration::from_millis(700);

/// How long a question that only helps may take.
const SOON: Duration = Duration::from_secs(3);

/// The entry.
pub(crate) const FIND: BuiltIn = BuiltIn {
    name: "find",
    summary: "Finds anything in all accounts and regions that you may reach: by id, address, DNS name, ARN, tag, name.",
    usage: "find <anything> [--private] [--account …] [--region …]\n\
        \u{20}   find i-0123456789abcdef0\n\
        \u{20}   find 10.0.12.34\n\
        \u{20}   find web-1234567890.eu-west-1.elb.amazonaws.com\n\
        \u{20}   find arn:aws:lambda:eu-west-1:111111111111:function:orders\n\
        \u{20}   find tag:Environment=prod web\n\
        \u{20}   find --attached i-0123456789abcdef0",
    access: Access::Granted,
    also: None,
    run: Run::Work(|working| -> BoxFuture<'_, Worked> { Box::pin(find(working)) }),
};

/// Whether the answer is for whoever asked alone: they said so, or it is about a key.
pub(super) fn is_private(words: &[String]) -> bool {
    let looks = words.iter().filter(|word| !word.starts_with("--"));
    words.iter().any(|word| word == "--private") || looks.into_iter().any(|word| query::is_access_key(word))
}

async fn find(working: &Working<'_>) -> Worked {
    let (options, words): (Vec<String>, Vec<String>) =
        working.words.iter().cloned().partition(|word| word.starts_with("--"));
    if let Some(other) = options.iter().find(|option| !matches!(option.as_str(), "--private" | "--attached"))
    {
        return refused(&format!("`{other}` is no option here"), "`--private` is one.");
    }
    let query = match query::read(&words) {
        Ok(query) => query,
        Err(fault) => return invalid(&fault),
    };
    let output = match query {
        Query::Account(id) => account(working, &id),
        Query::Id(id) if options.iter().any(|option| option == "--attached") => {
            let gathering = attached::output(working, &id);
            within(&working.reach, DEADLINE, gathering).await.unwrap_or_else(|| {
                Output::problem(Status::Failed, Problem::new("What is attached did not answer in time."))
            })
        }
        _ if options.iter().any(|option| option == "--attached") => {
            return refused(
                "`--attached` needs the id of an instance",
                "`find --attached i-0123456789abcdef0`",
            );
        }
        query => look(working, &query).await,
    };
    let private = is_private(working.words) || working.reach.request.caller.is_direct();
    let audience = if private { Audience::Caller } else { Audience::Channel };
    Worked::Shown(Output { audience, ..output })
}

fn refused(what: &str, next: &str) -> Worked {
    let problem = Problem::new(format!("{what}.")).next(next);
    Worked::Shown(Output::problem(Status::Failed, problem))
}

fn invalid(fault: &QueryFault) -> Worked {
    let problem =
        Problem::new(format!("This cannot be looked for: {fault}.")).next("`find help` shows what can be.");
    Worked::Shown(Output::problem(Status::Failed, problem))
}

async fn look(working: &Working<'_>, query: &Query) -> Output {
    let reach = &working.reach;
    let mut plan = plan::of(query);
    let mut notes = Vec::new();
    if let Some(note) = learn_account(working, &mut plan).await {
        notes.push(note);
    }
    let hits = Hits::default();
    let posting = Mutex::new(());
    let telling = tell(working, &hits, &posting);
    tokio::pin!(telling);
    let ended = tokio::select! {
        biased;
        ended = search(reach, &plan, working.selection, &hits) => ended,
        never = &mut telling => match never {},
    };
    // News that arrive after the answer would take its place.
    tokio::select! {
        _posted = posting.lock() => {}
        never = &mut telling => match never {},
    }
    let outcome = match ended {
        Ok(outcome) => outcome,
        Err(fault) => return Output::problem(Status::Failed, Problem::new(format!("{fault}."))),
    };
    notes.extend(outcome.notes.iter().cloned());
    shown(working, query, &answer::in_order(hits.so_far()), &outcome).noting(notes)
}

/// Tells whoever waits of the first hits, and that it takes a while; holds the lock while it does.
async fn tell(working: &Working<'_>, hits: &Hits, posting: &Mutex<()>) -> Infallible {
    let clock = &working.reach.inner.clock;
    let say = async || {
        let _posting = posting.lock().await;
        working.news.say(so_far(hits, clock.0.now())).await;
    };
    let first = async {
        tokio::join!(hits.first(), clock.pause(GATHER));
    };
    tokio::pin!(first);
    let is_known = tokio::select! {
        () = &mut first => true,
        () = clock.pause(TELL_AFTER) => false,
    };
    say().await;
    if !is_known && hits.so_far().is_empty() {
        first.await;
        say().await;
    }
    std::future::pending().await
}

/// What whoever waits is told: what there is so far.
fn so_far(hits: &Hits, now: jiff::Timestamp) -> Body {
    let hits = answer::in_order(hits.so_far());
    let text = Body::Text("Still looking. Hang on a moment.".to_owned());
    if hits.is_empty() { text } else { Body::Parts(vec![text, answer::body(&hits, now)]) }
}

/// Which account a key belongs to, so that only that one is asked.
async fn learn_account(working: &Working<'_>, plan: &mut Plan) -> Option<String> {
    let Some(Ask::Key(key)) = plan.asks.first() else { return None };
    let words = ["sts", "get-access-key-info", "--access-key-id", key.id()];
    let command = working.reach.reading(&words).ok()?;
    let temporary = key.is_temporary();
    let here = Selection::default();
    let answer = within(&working.reach, SOON, working.reach.read_here(&command, &here)).await;
    match answer
        .and_then(Result::ok)
        .and_then(|(_, answer)| Some(answer.get("Account")?.as_text()?.to_owned()))
    {
        Some(id) => {
            let note = format!("The key belongs to the account {id}.");
            plan.account = Some(id);
            Some(if temporary { format!("{note} It is a session's, and ends by itself.") } else { note })
        }
        None => Some("Which account the key belongs to could not be learnt, so all were asked.".to_owned()),
    }
}

/// An account, from what is configured; nothing of one that the caller has no grant for.
fn account(working: &Working<'_>, id: &str) -> Output {
    let rules = &working.reach.present.rules;
    let allowed = |name: &str| {
        let command = working.reach.reading(&["sts", "get-caller-identity"]);
        command.is_ok_and(|command| working.reach.decide(&command, Some(name), None).is_ok())
    };
    let accounts = rules.policy.accounts().iter();
    let found = accounts.filter(|account| account.id() == Some(id) && allowed(&account.name));
    let rows: Vec<Vec<String>> = found
        .map(|account| {
            let labels = account.labels.iter().map(|(key, value)| format!("{key}={value}"));
            vec![
                account.name.clone(),
                id.to_owned(),
                account.role_arn.clone(),
                account.regions.join(", "),
                labels.collect::<Vec<_>>().join(", "),
            ]
        })
        .collect();
    if rows.is_empty() {
        return Output::text(format!("No account that you may reach has the id {id}."));
    }
    Output::table(&["Account", "Id", "Role", "Regions", "Labels"], rows)
}

fn shown(working: &Working<'_>, query: &Query, hits: &[Hit], outcome: &Outcome) -> Output {
    let Outcome { survey, ages, left, .. } = outcome;
    let now = working.reach.inner.clock.0.now();
    let ages = ages.map(|ages| ages.sentence(now));
    if hits.is_empty() && survey.answered == 0 {
        return survey.as_problem().noting(ages);
    }
    let mut notes = Vec::new();
    match left {
        0 => notes.extend(survey.sentences()),
        left => notes
            .push(format!("There is one such thing at most, so {left} other places were not waited for.")),
    }
    notes.extend(ages);
    let status = if *left > 0 { Status::Done } else { survey.status() };
    if hits.is_empty() {
        let nowhere = if survey.is_whole() { "" } else { " where an answer came from" };
        let text = format!("Nothing fits {query}{nowhere}.");
        return Output::text(text).noting(notes).with_status(status);
    }
    if hits.len() > SHOWN {
        notes.insert(0, format!("{} more fit: type more of it.", hits.len() - SHOWN));
    }
    let data = Value::List(hits.iter().map(value).collect());
    let buttons = answer::buttons(working.reach.inner, &working.reach.request.caller.tenant, hits);
    let output = Output::value(data, answer::body(hits, now)).noting(notes).with_status(status);
    Output { buttons, ..output }
}

/// A hit as what a filter reads.
fn value(hit: &Hit) -> Value {
    let Hit { scope, thing, seen } = hit;
    let mut map = Map::default();
    let seen = match seen {
        Seen::Now => "now",
        Seen::Then(_) => "index",
        Seen::Gone(_) => "gone",
    };
    for (name, text) in [
        ("account", &scope.account),
        ("region", &scope.region),
        ("kind", &thing.kind),
        ("id", &thing.id),
        ("name", &thing.name),
        ("arn", &thing.arn),
        ("state", &thing.state),
        ("type", &thing.form),
        ("zone", &thing.zone),
        ("launched", &thing.launched),
        ("role", &thing.role),
        ("about", &thing.detail),
        ("seen", &seen.to_owned()),
    ] {
        map.push(name, Value::text(text));
    }
    let list = |texts: &[String]| Value::List(texts.iter().map(Value::text).collect());
    map.push("addresses", list(&thing.addresses));
    map.push("with", list(&thing.attached));
    let mut tags = Map::default();
    for (key, value) in &thing.tags {
        tags.insert(value::Key::new(key), Value::text(value));
    }
    map.push("tags", Value::Map(tags));
    Value::Map(map)
}
