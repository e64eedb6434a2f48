//! `help`: what the caller can type here.

use aws_call::BoxFuture;
use render::{Body, Facts, Reply};

use super::{ALL, Access, Asked, BuiltIn, Run, find};
use crate::authorize;
use crate::explain::rights;
use crate::moment::{Moment, Present};

/// The entry.
pub const HELP: BuiltIn = BuiltIn {
    name: "help",
    summary: "Shows what you can run here, or tells about one command.",
    usage: "help [<command> | <service> [<operation>]]",
    access: Access::Open,
    also: None,
    run: Run::Later(|asked| -> BoxFuture<'_, Reply> { Box::pin(help(asked)) }),
};

/// How lines are built.
const LINES: &str = "\
<service> <operation> [options]   any line of the AWS CLI; a leading `aws` is allowed
    --account <name or id>        in that account instead of your first one
    --region <region>             in that region instead of the account's first
    --query <expression>          a part of the answer, by JMESPath
    --output json|text|table|yaml the answer's form; json without it
    --again                       run an identical change once more within a minute
    --yes                         counts as your confirmation, where a grant says so
<service> help                    the operations of a service
<service> <operation> help        the options of an operation
";

/// Themes, each with the first words of its commands.
const THEMES: [(&str, &[&str]); 6] = [
    ("Machines", &["ec2", "ssm"]),
    ("Storage, functions, logs, alarms, cost", &["s3", "lambda", "logs", "alarms", "cost"]),
    ("Finding and showing", &["find", "graph"]),
    ("Lines of your own", &["alias", "history", "rerun", "jobs", "cancel", "save", "last"]),
    ("Rights and record", &["whoami", "why", "access", "sync", "freeze", "thaw", "audit"]),
    ("Bellhop", &["help", "version", "ping"]),
];

/// Commands by their themes, those of none last.
pub(super) fn by_theme(entries: &[&'static BuiltIn]) -> Vec<(&'static str, Vec<&'static BuiltIn>)> {
    let theme = |entry: &&'static BuiltIn| {
        let first = entry.name.split(' ').next().unwrap_or_default();
        THEMES.iter().position(|(_, words)| words.contains(&first)).unwrap_or(THEMES.len())
    };
    let names = THEMES.iter().map(|(name, _)| *name).chain(["More"]);
    let of = |number: usize| entries.iter().copied().filter(|entry| theme(entry) == number).collect();
    let themes = names.enumerate().map(|(number, name)| (name, of(number)));
    themes.filter(|(_, entries): &(_, Vec<_>)| !entries.is_empty()).collect()
}

async fn help(asked: &Asked<'_>) -> Reply {
    let facts = Facts { command: "help".to_owned(), ..asked.facts.clone() };
    if let Some(entry) = find(asked.words, &asked.inner.catalog).map(|(entry, _)| entry) {
        let text = format!("{}\n\n{}", entry.usage, entry.summary);
        return Reply::done(facts, Body::Preformatted(text));
    }
    let present = Present::of(asked.inner, &asked.request.caller).await;
    Reply::done(facts, Body::Preformatted(overview(present.moment())))
}

/// Everything that the caller may type here.
fn overview(moment: Moment<'_>) -> String {
    let standing = authorize::standing(moment);
    let any_call = standing.grants.iter().any(|right| right.holds_here && !right.awaits_request);
    let mut text = if any_call { format!("{LINES}\n") } else { String::new() };
    let allowed: Vec<_> =
        ALL.iter().copied().filter(|entry| authorize::built_in(moment, entry).is_ok()).collect();
    for (theme, entries) in by_theme(&allowed) {
        text.push_str(&format!("{theme}\n"));
        for entry in entries {
            text.push_str(&format!("  {:16} {}\n", entry.name, entry.summary));
            if let Some(example) = entry.examples().next() {
                text.push_str(&format!("  {:16}   {example}\n", ""));
            }
        }
    }
    text.push('\n');
    text.push_str(&rights::text(&standing));
    text
}
