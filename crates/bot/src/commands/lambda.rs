//! `lambda invoke <name> [payload]`: runs a function and shows its answer and the end of its log.
//!
//! It becomes a line of the AWS CLI, which goes the ordinary way. The AWS CLI's own form, with `--function-name`, stays its
//! own.

use aws_call::BoxFuture;
use aws_model::Catalog;
use render::{Problem, Status};
use value::Value;

use super::{Access, BuiltIn, Run, Worked, Working};
use crate::commands::options::{Known, Options};
use crate::output::Output;
use crate::reach::fault::ScopeFault;
use crate::spoken::near;
use pipeline::quote;

/// The entry.
pub(crate) const INVOKE: BuiltIn = BuiltIn {
    name: "lambda run",
    summary: "Runs a function; shows its answer and the end of its log.",
    usage: "lambda invoke <name> [<payload as JSON>] [--async] [--qualifier <version>] [--account …] [--region …]\n\
        \u{20}   lambda invoke checkout '{\"order\": 4711}'\n\
        \u{20}   lambda invoke nightly-report --async",
    access: Access::Open,
    also: Some(by_name),
    run: Run::Work(|working| -> BoxFuture<'_, Worked> { Box::pin(invoke(working)) }),
};

/// `lambda invoke <name>`, which the AWS CLI does not know: it wants `--function-name`.
fn by_name(words: &[String], _: &Catalog) -> Option<usize> {
    let [service, operation, name, ..] = words else { return None };
    let of_aws = |word: &String| word == "--function-name" || word.starts_with("--function-name=");
    let friendly = service == "lambda" && operation == "invoke" && !name.starts_with('-');
    (friendly && !words.iter().any(of_aws)).then_some(2)
}

/// The words as they may be shown: a payload may hold anything, and its model calls it sensitive.
pub(crate) fn shown(words: &[String]) -> Vec<String> {
    let (mut named, mut option) = (false, "");
    let mut all = Vec::new();
    for word in words {
        let shown = match (std::mem::take(&mut option), word.split_once('=')) {
            ("--qualifier", _) => word,
            ("--payload", _) => "****",
            (_, Some(("--payload", _))) => "--payload=****",
            _ if word.starts_with("--") => {
                option = word;
                word
            }
            _ if std::mem::replace(&mut named, true) => "****",
            _ => word,
        };
        all.push(shown.to_owned());
    }
    all
}

async fn invoke(working: &Working<'_>) -> Worked {
    match line(working).await {
        Ok(line) => Worked::Then { line, notes: Vec::new() },
        Err(output) => Worked::Shown(*output),
    }
}

async fn line(working: &Working<'_>) -> Result<String, Box<Output>> {
    let known = [Known::Flag("--async"), Known::Valued("--qualifier"), Known::Valued("--payload")];
    let options = Options::read(working.words, &known).map_err(|what| working.unusable(what))?;
    let (name, payload) = match (options.plain.as_slice(), options.value("--payload")) {
        ([name], payload) => (name, payload),
        ([name, payload], None) => (name, Some(payload.as_str())),
        ([], _) => return Err(working.unusable("It names no function.")),
        _ => return Err(working.unusable("A payload is one word: put it in single quotes.")),
    };
    if let Some(fault) =
        payload.and_then(|payload| serde_json::from_str::<serde::de::IgnoredAny>(payload).err())
    {
        return Err(working.unusable(format!("The payload is no JSON: {fault}.")));
    }
    let place = place(working, name).await?;
    let mut line = format!("lambda invoke --function-name {}", quote(name));
    if options.has("--async") {
        line.push_str(" --invocation-type Event");
    } else {
        line.push_str(" --log-type Tail");
    }
    if let Some(qualifier) = options.value("--qualifier") {
        line.push_str(&format!(" --qualifier {}", quote(qualifier)));
    }
    if let Some(payload) = payload {
        line.push_str(&format!(" --cli-binary-format raw-in-base64-out --payload {}", quote(payload)));
    }
    for (given, flag) in [(working.flags.again, " --again"), (working.flags.yes, " --yes")] {
        if given {
            line.push_str(flag);
        }
    }
    Ok(format!("{line}{place}"))
}

/// The options that name the function's place; a problem if there is no such function.
async fn place(working: &Working<'_>, name: &str) -> Result<String, Box<Output>> {
    let reach = &working.reach;
    let words = ["lambda", "get-function-configuration", "--function-name", name];
    let command = reach.reading(&words).map_err(|fault| working.unusable(format!("{fault}.")))?;
    match reach.read_here(&command, working.selection).await {
        Ok((scope, _)) => Ok(scope.options()),
        Err(ScopeFault::Refused { code, .. }) if code.starts_with("ResourceNotFound") => {
            Err(no_function(working, name).await)
        }
        // Who may run a function need not be able to look at it.
        Err(_) => Ok(working.selection.options()),
    }
}

async fn no_function(working: &Working<'_>, name: &str) -> Box<Output> {
    let mut names: Vec<String> = Vec::new();
    if let Ok(command) = working.reach.reading(&["lambda", "list-functions"])
        && let Ok((_, answer)) = working.reach.read_here(&command, working.selection).await
    {
        let functions = answer.get("Functions").and_then(Value::as_list).unwrap_or_default();
        let name =
            |function: &Value| function.get("FunctionName").and_then(Value::as_text).map(str::to_owned);
        names.extend(functions.iter().filter_map(name));
    }
    let near = near(name, names.iter().map(String::as_str), 3);
    let problem = Problem::new(format!("There is no function {name} here; nothing was run."));
    let problem = if near.is_empty() {
        problem.next("`lambda list-functions` lists them; --account and --region say where to look.")
    } else {
        problem.next(format!("Did you mean {}?", near.join(", ")))
    };
    Box::new(Output::problem(Status::Failed, problem))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_payload_is_not_shown() {
        let cases = [
            ("checkout {\"a\":1}", "checkout ****"),
            ("checkout --qualifier 7 {\"a\":1} --async", "checkout --qualifier 7 **** --async"),
            ("--qualifier=7 checkout --payload {}", "--qualifier=7 checkout --payload ****"),
            ("--payload {} checkout", "--payload **** checkout"),
            ("checkout --payload={}", "checkout --payload=****"),
            ("checkout", "checkout"),
        ];
        for (line, expected) in cases {
            let words: Vec<String> = line.split(' ').map(str::to_owned).collect();
            assert_eq!(shown(&words).join(" "), expected);
        }
    }

    #[test]
    fn the_form_of_the_aws_cli_stays_its_own() {
        let catalog = Catalog::embedded();
        let cases = [
            ("lambda invoke checkout", Some(2)),
            ("lambda invoke checkout {}", Some(2)),
            ("lambda invoke --function-name checkout", None),
            ("lambda invoke out.json --function-name checkout", None),
            ("lambda invoke out.json --function-name=checkout", None),
            ("lambda invoke", None),
            ("lambda list-functions", None),
        ];
        for (line, expected) in cases {
            let words: Vec<String> = line.split(' ').map(str::to_owned).collect();
            assert_eq!(by_name(&words, &catalog), expected, "{line}");
        }
    }
}
