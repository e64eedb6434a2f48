//! `ec2 screenshot`: a picture of an instance's screen, as a file in Slack.

use aws_call::BoxFuture;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use render::{Audience, Problem, Status};
use value::Value;

use super::choose;
use super::instances::Instance;
use crate::commands::options::{Known, Options};
use crate::commands::{Access, BuiltIn, Run, Worked, Working};
use crate::output::Output;
use crate::upload::{self, File};
use pipeline::quote;

/// The entry.
pub(crate) const SCREENSHOT: BuiltIn = BuiltIn {
    name: "ec2 screenshot",
    summary: "Shows a picture of an instance's screen.",
    usage: "ec2 screenshot <id or name> [--wake-up] [--account …] [--region …]\n\
        \u{20}   ec2 screenshot web-1\n\
        \u{20}   ec2 screenshot i-0123456789abcdef0 --wake-up",
    access: Access::Open,
    also: None,
    run: Run::Work(|working| -> BoxFuture<'_, Worked> { Box::pin(screenshot(working)) }),
};

async fn screenshot(working: &Working<'_>) -> Worked {
    match shown(working).await {
        Ok(output) => Worked::Shown(output),
        Err(output) => Worked::Shown(*output),
    }
}

async fn shown(working: &Working<'_>) -> Result<Output, Box<Output>> {
    let known = [Known::Flag("--wake-up")];
    let options = Options::read(working.words, &known).map_err(|what| working.unusable(what))?;
    let [word] = options.plain.as_slice() else {
        return Err(working.unusable("It shows the screen of one instance at a time."));
    };
    let reach = &working.reach;
    // Nothing is asked of AWS that could not be shown.
    upload::possible(reach.inner, reach.request).map_err(|why| not_uploaded(&why.problem("The picture")))?;
    let wake = if options.has("--wake-up") { " --wake-up" } else { "" };
    let again = |instance: &Instance| format!("ec2 screenshot {}{wake}", quote(&instance.id));
    let instance = choose::one(working, word, again).await?;
    let mut words = vec!["ec2", "get-console-screenshot", "--instance-id", &instance.id];
    if options.has("--wake-up") {
        words.push("--wake-up");
    }
    let command = reach.reading(&words).map_err(|fault| working.unusable(fault.to_string()))?;
    let answer = reach.read(&command, &instance.scope).await;
    let answer = answer.map_err(|fault| working.failed(&instance.scope, &fault))?;
    let Some(bytes) = picture(&answer) else {
        let problem = Problem::new(format!("AWS gave no picture of {}.", instance.called()))
            .next("A stopped instance has none; some types have none at all.");
        return Err(Box::new(Output::problem(Status::Failed, problem)));
    };
    let title = format!("{} in {}, {}", instance.called(), instance.scope, reach.inner.clock.0.now());
    let name = format!("{}.{}", instance.id, if bytes.starts_with(b"\x89PNG") { "png" } else { "jpg" });
    let file = File { name, title, bytes };
    match upload::upload(reach.inner, reach.request, Audience::Caller, &file).await {
        Ok(sentence) => Ok(Output::text(sentence)),
        Err(why) => Err(not_uploaded(&why.problem(&file.name))),
    }
}

fn picture(answer: &Value) -> Option<Vec<u8>> {
    let text = answer.get("ImageData").and_then(Value::as_text)?;
    let text: String = text.split_ascii_whitespace().collect();
    STANDARD.decode(text).ok().filter(|bytes| !bytes.is_empty())
}

fn not_uploaded(problem: &Problem) -> Box<Output> {
    Box::new(Output::problem(Status::Failed, problem.clone()))
}
