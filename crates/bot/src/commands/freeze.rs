//! `freeze` and `thaw`: stop all changes in an account or everywhere, and let them go on.

use aws_call::BoxFuture;
use render::{Body, Facts, Problem, Reply, Span, Status};
use store::{Batch, Change, Expect, UnixMillis};

use super::{Access, Asked, BuiltIn, Run};
use crate::asking::freeze::{Frozen, KIND, key};
use crate::asking::lasting::{moment, moment_of, span};
use crate::outcome::causes;
use crate::record;

/// The entry of `freeze`.
pub(super) const FREEZE: BuiltIn = BuiltIn {
    name: "freeze",
    summary: "Stops every change in an account, or in all: only list, read and data still run.",
    usage: "freeze [<account> | all] [<duration> | until <time>] [<reason>]\n\
        \u{20}   freeze                          what is frozen now\n\
        \u{20}   freeze production 2h release    for two hours; also 30m, 1d\n\
        \u{20}   freeze all until 18:00          UTC; also until 2027-01-20T18:00\n\
        For admins, and whom a grant gives bellhop:freeze.",
    access: Access::Administrators,
    also: None,
    run: Run::Later(|asked| -> BoxFuture<'_, Reply> { Box::pin(freeze(asked)) }),
};

/// The entry of `thaw`.
pub(super) const THAW: BuiltIn = BuiltIn {
    name: "thaw",
    summary: "Ends a freeze.",
    usage: "thaw <account> | all\n\
        For admins, and whom a grant gives bellhop:thaw.",
    access: Access::Administrators,
    also: None,
    run: Run::Later(|asked| -> BoxFuture<'_, Reply> { Box::pin(thaw(asked)) }),
};

/// The longest reason that is kept, in characters.
const REASON: usize = 200;

async fn freeze(asked: &Asked<'_>) -> Reply {
    let Some((first, rest)) = asked.words.split_first() else { return listed(asked).await };
    let account = match account(asked, first) {
        Ok(account) => account,
        Err(problem) => return failed(asked, problem),
    };
    let (until, reason) = match until(rest, asked.request.at) {
        Ok(read) => read,
        Err(problem) => return failed(asked, problem),
    };
    let frozen = Frozen::new(&asked.request.caller.user, asked.request.at, until, reason);
    let key = key(account.as_deref());
    let change = match frozen.change(&asked.inner.seal, &key) {
        Ok(change) => change,
        Err(fault) => {
            tracing::error!(fault = causes(&fault), "a freeze could not be sealed");
            return failed(asked, not_written());
        }
    };
    let name = account.as_deref().unwrap_or("all accounts");
    let mut done = vec![Span::text(format!("Frozen: {name}, "))];
    done.extend(because(&frozen.why()));
    done.push(Span::text(". Only list, read and data still run there."));
    commit(asked, change, "freeze", name, &frozen.why(), done).await
}

async fn thaw(asked: &Asked<'_>) -> Reply {
    let [first] = asked.words else {
        return failed(asked, Problem::new("`thaw` needs the name of an account, or `all`."));
    };
    let account = match account(asked, first) {
        Ok(account) => account,
        Err(problem) => return failed(asked, problem),
    };
    let name = account.as_deref().unwrap_or("all accounts");
    let standing = asked.inner.standing.now(asked.inner).await;
    let frozen = standing.frozen(asked.request.at);
    if !frozen.iter().any(|freeze| freeze.account == account) {
        return failed(
            asked,
            Problem::new(format!("There is no freeze of {name}.")).next("`freeze` shows what is."),
        );
    }
    let still: Vec<String> = frozen
        .iter()
        .filter(|freeze| freeze.account != account)
        .map(|freeze| freeze.account.clone().unwrap_or_else(|| "all accounts".to_owned()))
        .collect();
    let left = if still.is_empty() { String::new() } else { format!(" Still frozen: {}.", still.join(", ")) };
    let change = Change::remove(KIND, key(account.as_deref()), Expect::Any);
    commit(asked, change, "thaw", name, "", vec![Span::text(format!("Thawed: {name}.{left}"))]).await
}

async fn commit(
    asked: &Asked<'_>,
    change: Change,
    kind: &'static str,
    name: &str,
    why: &str,
    done: Vec<Span>,
) -> Reply {
    let id = asked.facts.request_id.clone().unwrap_or_default();
    let facts = record::Facts::new(&id, &asked.request.caller);
    let row = facts.froze(asked.request.at, kind, name, why);
    let batch = Batch { now: asked.request.at, changes: vec![change], job: None, rows: vec![row] };
    match asked.inner.store.commit(batch).await {
        Ok(_) => {
            asked.inner.standing.renew(asked.inner).await;
            Reply::done(asked.facts.clone(), Body::Spoken(done))
        }
        Err(error) => {
            asked.inner.counters.store_failures.add();
            tracing::error!(error = %error, "a freeze could not be changed");
            failed(asked, not_written())
        }
    }
}

async fn listed(asked: &Asked<'_>) -> Reply {
    let standing = asked.inner.standing.now(asked.inner).await;
    let frozen = standing.frozen(asked.request.at);
    Reply::done(asked.facts.clone(), Body::Spoken(told(&frozen)))
}

/// What is frozen, a line each.
fn told(frozen: &[policy::Freeze]) -> Vec<Span> {
    if frozen.is_empty() {
        return vec![Span::text("Nothing is frozen.")];
    }
    let line = |freeze: &policy::Freeze| {
        let mut spans =
            vec![Span::text(format!("{}: ", freeze.account.as_deref().unwrap_or("all accounts")))];
        spans.extend(because(&freeze.why));
        spans.push(Span::text("."));
        spans
    };
    frozen.iter().map(line).collect::<Vec<_>>().join(&Span::text("\n"))
}

/// Who, until when and why, as [`Frozen::why`] says it, with the person named.
fn because(why: &str) -> Vec<Span> {
    match why.strip_prefix("by ").and_then(|rest| rest.split_once(' ')) {
        Some((by, rest)) if by.starts_with(['U', 'W']) => {
            vec![Span::text("by "), Span::named(by), Span::text(format!(" {rest}"))]
        }
        _ => vec![Span::text(why)],
    }
}

/// The account that a word names, by name or id; `None` for all.
fn account(asked: &Asked<'_>, word: &str) -> Result<Option<String>, Problem> {
    if word.eq_ignore_ascii_case("all") {
        return Ok(None);
    }
    let rules = asked.inner.rules.get();
    let accounts = rules.policy.accounts();
    let found = accounts.iter().find(|account| account.name == word || account.id() == Some(word));
    match found {
        Some(account) => Ok(Some(account.name.clone())),
        None => Err(Problem::new(format!("There is no account \"{word}\".")).next("Name one, or `all`.")),
    }
}

/// Until when and why, from the words behind the account.
fn until(words: &[String], now: UnixMillis) -> Result<(Option<UnixMillis>, Option<String>), Problem> {
    let (until, rest) = match words {
        [] => (None, words),
        [word, time, rest @ ..] if word == "until" => match moment_of(time, now) {
            Some(at) => (Some(at), rest),
            None => return Err(no_time(time, now)),
        },
        [word] if word == "until" => return Err(no_time("", now)),
        [first, rest @ ..] => match span(first) {
            Some(seconds) => (Some(now.plus(i64::try_from(seconds * 1000).unwrap_or(i64::MAX))), rest),
            None => (None, words),
        },
    };
    let reason: String = rest.join(" ").chars().take(REASON).collect();
    Ok((until, Some(reason).filter(|reason| !reason.is_empty())))
}

fn no_time(text: &str, now: UnixMillis) -> Problem {
    Problem::new(format!("\"{text}\" is no time ahead of now, {}, within a year.", moment(now))).next(
        "Say `until 18:00`, `until 2027-01-20` or `until 2027-01-20T18:00` (UTC), or a duration such as 2h.",
    )
}

fn not_written() -> Problem {
    Problem::new("Bellhop could not write this down, so nothing changed.").next("Try again in a moment.")
}

fn failed(asked: &Asked<'_>, problem: Problem) -> Reply {
    let facts: Facts = asked.facts.clone();
    Reply::problem(facts, Status::Failed, problem)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_behind_the_account_are_a_time_and_a_reason() {
        let now = UnixMillis(1_800_000_000_000);
        let cases = [
            ("", Some((None, None))),
            ("2h", Some((Some("2027-01-15 10:00 UTC"), None))),
            ("2h the release", Some((Some("2027-01-15 10:00 UTC"), Some("the release")))),
            ("until 18:00 the release", Some((Some("2027-01-15 18:00 UTC"), Some("the release")))),
            ("the release", Some((None, Some("the release")))),
            ("until", None),
            ("until yesterday", None),
        ];
        for (text, expected) in cases {
            let words: Vec<String> = text.split_whitespace().map(str::to_owned).collect();
            let read = until(&words, now).ok();
            let read = read.map(|(at, reason)| (at.map(moment), reason));
            let expected = expected.map(|(at, reason)| (at.map(str::to_owned), reason.map(str::to_owned)));
            assert_eq!(read, expected, "{text}");
        }
    }

    #[test]
    fn what_is_frozen_names_who_froze_it() {
        let by = |why: &str| policy::Freeze { account: Some("dev".to_owned()), why: why.to_owned() };
        let all = policy::Freeze { account: None, why: "by a record that cannot be read".to_owned() };
        let frozen = [by("by U0ALICE until somebody thaws it (<!channel> release)"), all];
        let reply = Reply::done(
            Facts { command: "freeze".to_owned(), ..Facts::default() },
            Body::Spoken(told(&frozen)),
        );
        let json: serde_json::Value =
            serde_json::from_str(&render::to_slack(&reply).to_json()).unwrap_or_default();
        insta::assert_snapshot!(serde_json::to_string_pretty(&json).unwrap_or_default());
    }
}
