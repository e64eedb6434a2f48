//! `ec2 console`: the last lines that an instance wrote to its console.

use aws_call::BoxFuture;
use render::console_lines;
use value::Value;

use super::choose;
use super::instances::Instance;
use crate::commands::options::{Known, Options};
use crate::commands::{Access, BuiltIn, Run, Worked, Working};
use crate::output::Output;
use crate::spoken::age;
use pipeline::quote;

/// The entry.
pub(crate) const CONSOLE: BuiltIn = BuiltIn {
    name: "ec2 console",
    summary: "Shows the last lines of an instance's console output.",
    usage: "ec2 console <id or name> [--lines <number>] [--latest] [--account …] [--region …]\n\
        \u{20}   ec2 console web-1\n\
        \u{20}   ec2 console i-0123456789abcdef0 --lines 100 --latest",
    access: Access::Open,
    also: None,
    run: Run::Work(|working| -> BoxFuture<'_, Worked> { Box::pin(console(working)) }),
};

/// How many lines are shown without a number.
const LINES: usize = 20;
/// The most that can be asked for; AWS keeps 64 KB.
const MOST_LINES: usize = 2_000;

async fn console(working: &Working<'_>) -> Worked {
    match shown(working).await {
        Ok(output) => Worked::Shown(output),
        Err(output) => Worked::Shown(*output),
    }
}

async fn shown(working: &Working<'_>) -> Result<Output, Box<Output>> {
    let known = [Known::Valued("--lines"), Known::Flag("--latest")];
    let options = Options::read(working.words, &known).map_err(|what| working.unusable(what))?;
    let wanted = options.number("--lines", 1, MOST_LINES).map_err(|what| working.unusable(what))?;
    let [word] = options.plain.as_slice() else {
        return Err(working.unusable("It shows the console of one instance at a time."));
    };
    let latest = if options.has("--latest") { " --latest" } else { "" };
    let lines = wanted.map_or_else(String::new, |lines| format!(" --lines {lines}"));
    let again = |instance: &Instance| format!("ec2 console {}{lines}{latest}", quote(&instance.id));
    let instance = choose::one(working, word, again).await?;
    let mut words = vec!["ec2", "get-console-output", "--instance-id", &instance.id];
    if options.has("--latest") {
        words.push("--latest");
    }
    let command = working.reach.reading(&words).map_err(|fault| working.unusable(fault.to_string()))?;
    let answer = working.reach.read(&command, &instance.scope).await;
    let answer = answer.map_err(|fault| working.failed(&instance.scope, &fault))?;
    Ok(last_lines(working, &instance, &answer, wanted.unwrap_or(LINES)))
}

fn last_lines(working: &Working<'_>, instance: &Instance, answer: &Value, wanted: usize) -> Output {
    let text = |name: &str| answer.get(name).and_then(Value::as_text).unwrap_or_default();
    let lines = console_lines(text("Output"));
    if lines.is_empty() {
        let what = format!("{} has no console output yet.", instance.called());
        let next =
            "AWS has it some minutes after a start or a stop; instances on Nitro tell more with --latest.";
        return Output::text(what).noting([next.to_owned()]);
    }
    let before = lines.len().saturating_sub(wanted);
    let mut notes = vec![about(working, instance, text("Timestamp"))];
    if before > 0 {
        notes.push(format!(
            "{before} earlier lines are not shown; --lines {} shows more.",
            lines.len().min(MOST_LINES)
        ));
    }
    Output::lines(lines[before..].join("\n")).noting(notes)
}

/// Whose output it is, and how old.
fn about(working: &Working<'_>, instance: &Instance, timestamp: &str) -> String {
    let now = working.reach.inner.clock.0.now();
    match timestamp.parse() {
        Ok(taken) => {
            format!("{} in {}, as AWS took it {} ago.", instance.called(), instance.scope, age(taken, now))
        }
        Err(_) => format!("{} in {}.", instance.called(), instance.scope),
    }
}
