//! `alias`: lines under names.

use aws_call::BoxFuture;
use render::{Body, Problem, Reply, Status};
use store::{Batch, Change};

use super::{Access, Asked, BuiltIn, Run};
use crate::aliases::{self, Alias, Scope};
use crate::authorize;
use crate::command::{self, Command};
use crate::moment::Present;
use crate::outcome::causes;
use crate::record;

/// The entry.
pub(crate) const ALIAS: BuiltIn = BuiltIn {
    name: "alias",
    summary: "Keeps lines under names of your own, of a channel or of the workspace.",
    usage: "alias set <name> [--scope me|channel|workspace] [--description <text>] <line>\n\
        \u{20}   alias set vpcs ec2 describe-vpcs --vpc-ids $*\n\
        \u{20}   alias set web 'ec2 list running \"$1\" --region ${region:-eu-west-1} | grep web'\n\
        \u{20}   web 'shop-*' --region us-east-1   what runs is the whole line, which is shown\n\
        alias list | show <name> | remove <name> [--scope …]\n\
        alias export                          as TOML; alias import <TOML> takes it in\n\
        $1 is the first word behind the name, $name is given by --name, $* is all words. A line with | or ; is quoted.\n\
        Yours count before the channel's, those before the workspace's. Those of a channel or of the workspace are\n\
        set and removed by admins, and by whom a grant gives bellhop:alias. An alias gives nobody a right.",
    access: Access::Open,
    also: None,
    run: Run::Later(|asked| -> BoxFuture<'_, Reply> { Box::pin(run(asked)) }),
};

/// What it takes to change aliases that others use.
const SHARED: BuiltIn = BuiltIn { access: Access::Administrators, ..ALIAS };

/// The longest part of a line in a list, in characters.
const SHORT: usize = 120;

async fn run(asked: &Asked<'_>) -> Reply {
    let (command, rest) = match asked.words.split_first() {
        Some((command, rest)) => (command.as_str(), rest),
        None => ("list", asked.words),
    };
    let done = match command {
        "set" => set(asked, rest).await,
        "list" if rest.is_empty() => list(asked).await,
        "show" => show(asked, rest).await,
        "remove" | "rm" => remove(asked, rest).await,
        "export" if rest.is_empty() => export(asked).await,
        "import" => import(asked, rest).await,
        _ => Err(usage(format!("`alias {command}` is not known."))),
    };
    match done {
        Ok(body) => Reply::done(asked.facts.clone(), body),
        Err((status, problem)) => Reply::problem(asked.facts.clone(), status, problem),
    }
}

type Done = Result<Body, (Status, Problem)>;

fn failed(what: impl Into<String>) -> (Status, Problem) {
    (Status::Failed, Problem::new(what))
}

fn usage(what: impl Into<String>) -> (Status, Problem) {
    (Status::Failed, Problem::new(what).next("`help alias` tells how it is typed."))
}

fn sentence(fault: &impl std::fmt::Display) -> String {
    command::NotUnderstood::saying(&fault.to_string()).what
}

/// What stands behind a command: a name, options, a line behind `--`.
#[derive(Default)]
struct Words {
    name: Option<String>,
    scope: Option<Scope>,
    description: Option<String>,
    line: Option<String>,
}

fn read(words: &[String]) -> Result<Words, (Status, Problem)> {
    let mut read = Words::default();
    let mut words = words.iter();
    while let Some(word) = words.next() {
        let (option, joined) = match word.split_once('=') {
            Some((option, value)) if option.starts_with("--") => (option, Some(value.to_owned())),
            _ => (word.as_str(), None),
        };
        let mut value = || joined.clone().or_else(|| words.next().cloned());
        match option {
            "--" => read.line = words.next().cloned(),
            "--scope" => {
                let name = value().unwrap_or_default();
                let scope = Scope::named(&name);
                read.scope = Some(scope.ok_or_else(|| usage("--scope is me, channel or workspace."))?);
            }
            "--description" => {
                read.description = Some(value().ok_or_else(|| usage("--description needs a text."))?);
            }
            _ if read.name.is_none() => read.name = Some(word.clone()),
            _ => return Err(usage(format!("`{word}` is one word too many."))),
        }
    }
    Ok(read)
}

async fn set(asked: &Asked<'_>, words: &[String]) -> Done {
    let Words { name, scope, description, line } = read(words)?;
    let (Some(name), Some(line)) = (name, line) else {
        return Err(usage("`alias set` needs a name and a line."));
    };
    let alias = Alias {
        name,
        scope: scope.unwrap_or(Scope::Me),
        line,
        description,
        by: asked.request.caller.user.clone(),
        at: asked.request.at,
    };
    let told = take_in(asked, std::slice::from_ref(&alias)).await?;
    Ok(Body::Text(format!("{told} Type `{}`.", aliases::usage(&alias))))
}

async fn import(asked: &Asked<'_>, words: &[String]) -> Done {
    let text = words.first().filter(|text| !text.is_empty());
    let text = text.ok_or_else(|| usage("`alias import` needs what `alias export` gave."))?;
    let user = &asked.request.caller.user;
    let aliases = aliases::read_toml(text, user, asked.request.at).map_err(|fault| {
        let (status, problem) = failed(sentence(&fault));
        (status, problem.next("Nothing was taken in."))
    })?;
    take_in(asked, &aliases).await.map(Body::Text)
}

/// Writes aliases, all or none; tells which.
async fn take_in(asked: &Asked<'_>, new: &[Alias]) -> Result<String, (Status, Problem)> {
    let Asked { inner, request, .. } = asked;
    let mut sentences = Vec::new();
    let (mut changes, mut rows) = (Vec::new(), Vec::new());
    for alias in new {
        aliases::check(alias, &inner.catalog).map_err(|fault| failed(sentence(&fault)))?;
    }
    for scope in Scope::ALL {
        let wanted: Vec<&Alias> = new.iter().filter(|alias| alias.scope == scope).collect();
        if wanted.is_empty() {
            continue;
        }
        may_change(asked, scope).await?;
        let there = all(asked, scope).await?;
        let is_there = |alias: &&&Alias| there.iter().any(|other| other.name == alias.name);
        let added = wanted.iter().filter(|alias| !is_there(alias)).count();
        if there.len() + added > aliases::MOST {
            let most = aliases::MOST;
            return Err(failed(format!("There are {most} aliases of {} at most.", scope.name())));
        }
        for alias in wanted {
            let change = aliases::stored(&inner.seal, &request.caller, alias).map_err(|fault| {
                tracing::error!(fault = causes(&fault), "an alias could not be sealed");
                not_written()
            })?;
            changes.push(change);
            let verb = if is_there(&&alias) { "Replaced" } else { "Set" };
            sentences.push(format!("{verb} `{}` for {}: `{}`.", alias.name, whose(scope), alias.line));
            let shown = shown(asked, alias);
            let what = format!("alias set {} --scope {}{shown}", alias.name, scope.name());
            rows.push(recorded(asked, &what));
        }
    }
    commit(asked, changes, rows).await?;
    Ok(sentences.join("\n"))
}

async fn remove(asked: &Asked<'_>, words: &[String]) -> Done {
    let Words { name, scope, description: None, line: None } = read(words)? else {
        return Err(usage("`alias remove` needs a name."));
    };
    let Some(name) = name else { return Err(usage("`alias remove` needs a name.")) };
    let mut found = None;
    for candidate in Scope::ALL {
        if scope.is_none_or(|scope| scope == candidate)
            && found.is_none()
            && all(asked, candidate).await?.iter().any(|alias| alias.name == name)
        {
            found = Some(candidate);
        }
    }
    let Some(scope) = found else { return Err(unknown(&name)) };
    may_change(asked, scope).await?;
    let change = aliases::removed(aliases::key(&asked.request.caller, scope, &name));
    let row = recorded(asked, &format!("alias remove {name} --scope {}", scope.name()));
    commit(asked, vec![change], vec![row]).await?;
    Ok(Body::Text(format!("Removed `{name}` of {}.", whose(scope))))
}

async fn show(asked: &Asked<'_>, words: &[String]) -> Done {
    let [name] = words else { return Err(usage("`alias show` needs a name.")) };
    let mut lines = Vec::new();
    for scope in Scope::ALL {
        let found = all(asked, scope).await?.into_iter().find(|alias| alias.name == *name);
        let Some(alias) = found else { continue };
        let hidden = if lines.is_empty() { "" } else { " (hidden by the one above)" };
        lines.push(format!("{name}, of {}{hidden}", whose(scope)));
        lines.extend(alias.description.as_ref().map(|text| format!("    {text}")));
        lines.push(format!("    type  {}", aliases::usage(&alias)));
        lines.push(format!("    line  {}", alias.line));
        let set = crate::asking::lasting::moment(alias.at);
        lines.push(format!("    set   by {} on {set}", alias.by));
    }
    if lines.is_empty() { Err(unknown(name)) } else { Ok(Body::Preformatted(lines.join("\n"))) }
}

async fn list(asked: &Asked<'_>) -> Done {
    let mut rows = Vec::new();
    for scope in Scope::ALL {
        for alias in all(asked, scope).await? {
            let text = alias.description.clone().unwrap_or_else(|| alias.line.clone());
            rows.push(vec![aliases::usage(&alias), scope.name().to_owned(), super::shortened(&text, SHORT)]);
        }
    }
    if rows.is_empty() {
        let text = "There are no aliases here. `alias set <name> <line>` makes one.";
        return Ok(Body::Text(text.to_owned()));
    }
    let columns = ["type", "of", "what"].map(str::to_owned).into();
    Ok(Body::Table { columns, rows })
}

async fn export(asked: &Asked<'_>) -> Done {
    let mut found = Vec::new();
    for scope in Scope::ALL {
        found.extend(all(asked, scope).await?);
    }
    if found.is_empty() {
        return Err(failed("There are no aliases here."));
    }
    Ok(Body::Preformatted(aliases::as_toml(&found)))
}

/// The line for the record, if it is a plain call, whose secrets are known; others might hold some.
fn shown(asked: &Asked<'_>, alias: &Alias) -> String {
    match command::understand(&alias.line, &asked.inner.catalog, &asked.inner.settings) {
        Ok(Command::Aws(command)) => format!(" {}", command.shown),
        _ => String::new(),
    }
}

fn whose(scope: Scope) -> &'static str {
    match scope {
        Scope::Me => "you",
        Scope::Channel => "this channel",
        Scope::Workspace => "the workspace",
    }
}

fn unknown(name: &str) -> (Status, Problem) {
    let problem = Problem::new(format!("There is no alias `{name}` here."));
    (Status::Failed, problem.next("`alias list` shows those that there are."))
}

fn not_written() -> (Status, Problem) {
    let problem = Problem::new("Bellhop could not write this down, so nothing changed.");
    (Status::Failed, problem.next("Try again in a moment."))
}

async fn all(asked: &Asked<'_>, scope: Scope) -> Result<Vec<Alias>, (Status, Problem)> {
    let read = Alias::all(asked.inner, &asked.request.caller, scope).await;
    asked.inner.note(read).ok_or_else(|| failed("The aliases could not be read. Try again in a moment."))
}

/// Whether the caller may change aliases of that scope: one's own, everybody may.
async fn may_change(asked: &Asked<'_>, scope: Scope) -> Result<(), (Status, Problem)> {
    let Asked { inner, request, facts, .. } = asked;
    if scope == Scope::Me {
        return Ok(());
    }
    let present = Present::of(inner, &request.caller).await;
    let Err(reason) = authorize::built_in(present.moment(), &SHARED) else { return Ok(()) };
    inner.counters.denied.add();
    let id = facts.request_id.clone().unwrap_or_default();
    let row = record::Facts::new(&id, &request.caller).denied(request.at, &reason.to_string());
    inner.note(inner.store.append_audit(vec![row]).await);
    let what = format!(
        "Aliases of {} are changed by admins, and by whom a grant gives bellhop:alias.",
        whose(scope)
    );
    let problem = Problem::new(what).why(reason.to_string());
    Err((Status::Denied, problem.next("An alias of your own needs neither: leave --scope out.")))
}

fn recorded(asked: &Asked<'_>, what: &str) -> store::NewAuditRow {
    let id = asked.facts.request_id.clone().unwrap_or_default();
    record::Facts::new(&id, &asked.request.caller).did("alias", asked.request.at, what)
}

async fn commit(
    asked: &Asked<'_>,
    changes: Vec<Change>,
    rows: Vec<store::NewAuditRow>,
) -> Result<(), (Status, Problem)> {
    let batch = Batch { now: asked.request.at, changes, job: None, rows };
    asked.inner.note(asked.inner.store.commit(batch).await).map(drop).ok_or_else(not_written)
}
