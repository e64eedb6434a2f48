//! `ssm await`: watches a command or a runbook until it is over, for a while.

use std::time::Duration;

use aws_call::BoxFuture;
use render::{Body, Problem, Status, console_lines};
use value::Value;

use crate::commands::{Access, BuiltIn, Run, Worked, Working};
use crate::output::Output;
use crate::reach::fault::ScopeFault;

/// The entry.
pub(crate) const AWAIT: BuiltIn = BuiltIn {
    name: "ssm await",
    summary: "Watches a command or a runbook until it is over, for up to two minutes.",
    usage: "ssm await command|runbook <id> [--account …] [--region …]\n\
        \u{20}   ssm await command 0123abcd-0123-4567-89ab-0123456789ab",
    access: Access::Open,
    also: None,
    run: Run::Work(|working| -> BoxFuture<'_, Worked> { Box::pin(watch(working)) }),
};

/// How often it looks, how long it watches, and after which looks it tells.
const EVERY: Duration = Duration::from_secs(3);
const LONGEST: Duration = Duration::from_secs(120);
const TOLD_AFTER: [Duration; 2] = [Duration::from_secs(9), Duration::from_secs(45)];
/// How many machines show their output, and how many lines of it.
const SHOWN: usize = 5;
const LINES: usize = 20;

/// How it stands.
struct Standing {
    /// A row a machine or step: name, status, code or message.
    rows: Vec<[String; 3]>,
    /// Whose output it is, and its first lines.
    outputs: Vec<(String, String)>,
    /// How it is as a whole.
    status: String,
    over: bool,
}

async fn watch(working: &Working<'_>) -> Worked {
    match watched(working).await {
        Ok(output) => Worked::Shown(output),
        Err(output) => Worked::Shown(*output),
    }
}

async fn watched(working: &Working<'_>) -> Result<Output, Box<Output>> {
    let [kind, id] = working.words else { return Err(working.unusable("It names one thing to watch.")) };
    let is_command = match kind.as_str() {
        "command" => true,
        "runbook" => false,
        _ => return Err(working.unusable("It watches a command or a runbook.")),
    };
    let words = if is_command {
        ["ssm", "list-command-invocations", "--command-id", id, "--details"].to_vec()
    } else {
        ["ssm", "get-automation-execution", "--automation-execution-id", id].to_vec()
    };
    let read: fn(&Value) -> Standing = if is_command { of_command } else { of_runbook };
    let command = working.reach.reading(&words).map_err(|fault| working.unusable(format!("{fault}.")))?;
    let clock = &working.reach.inner.clock;
    let started = clock.0.instant();
    let mut told = 0;
    loop {
        let answer = working.reach.read_here(&command, working.selection).await;
        let waited = clock.0.instant().saturating_duration_since(started);
        let standing = match answer {
            Ok((_, answer)) => read(&answer),
            // What was started a moment ago need not be known everywhere.
            Err(fault) if waited >= LONGEST || !passes(&fault) => return Err(problem(&fault)),
            Err(_) => {
                Standing { rows: Vec::new(), outputs: Vec::new(), status: "Pending".to_owned(), over: false }
            }
        };
        if standing.over || waited >= LONGEST {
            return Ok(shown(working, standing, waited));
        }
        if TOLD_AFTER.get(told).is_some_and(|after| waited >= *after) {
            working.news.say(Body::Text(progress(&standing))).await;
            told += 1;
        }
        clock.pause(EVERY).await;
    }
}

fn passes(fault: &ScopeFault) -> bool {
    let ScopeFault::Refused { code, .. } = fault else { return matches!(fault, ScopeFault::Failed(_)) };
    fault.is_throttling()
        || code.starts_with("InvocationDoesNotExist")
        || code.starts_with("AutomationExecutionNotFound")
}

fn problem(fault: &ScopeFault) -> Box<Output> {
    let problem = Problem::new(format!("How it goes cannot be told: {fault}.")).next("It goes on by itself.");
    Box::new(Output::problem(Status::Partly, problem))
}

fn text<'v>(value: &'v Value, name: &str) -> &'v str {
    value.get(name).and_then(Value::as_text).unwrap_or_default()
}

fn list<'v>(value: &'v Value, name: &str) -> &'v [Value] {
    value.get(name).and_then(Value::as_list).unwrap_or_default()
}

fn of_command(answer: &Value) -> Standing {
    let invocations = list(answer, "CommandInvocations");
    let (mut rows, mut outputs) = (Vec::new(), Vec::new());
    for one in invocations {
        let name = match (text(one, "InstanceId"), text(one, "InstanceName")) {
            (id, "") => id.to_owned(),
            (id, name) => format!("{name} ({id})"),
        };
        let plugins = list(one, "CommandPlugins");
        let code = plugins.iter().rev().find_map(|plugin| plugin.get("ResponseCode")).and_then(Value::as_i64);
        let code = code.filter(|code| *code >= 0).map_or_else(String::new, |code| code.to_string());
        let output: Vec<&str> = plugins.iter().map(|plugin| text(plugin, "Output")).collect();
        let output = head(&output.join("\n"));
        if !output.is_empty() {
            outputs.push((name.clone(), output));
        }
        rows.push([name, text(one, "StatusDetails").to_owned(), code]);
    }
    let is_over =
        |one: &Value| !matches!(text(one, "Status"), "Pending" | "InProgress" | "Delayed" | "Cancelling");
    let good = invocations.iter().filter(|one| text(one, "Status") == "Success").count();
    let over = !invocations.is_empty() && invocations.iter().all(is_over);
    let status = format!("{good} of {} succeeded", invocations.len());
    let status = if over && good == invocations.len() { "Success".to_owned() } else { status };
    Standing { rows, outputs, status, over }
}

fn of_runbook(answer: &Value) -> Standing {
    let Some(execution) = answer.get("AutomationExecution") else {
        return Standing { rows: Vec::new(), outputs: Vec::new(), status: "Pending".to_owned(), over: false };
    };
    let row = |step: &Value| {
        [
            text(step, "StepName").to_owned(),
            text(step, "StepStatus").to_owned(),
            text(step, "FailureMessage").to_owned(),
        ]
    };
    let status = text(execution, "AutomationExecutionStatus").to_owned();
    let over = ["Success", "TimedOut", "Cancelled", "Failed", "Rejected", "Exited"]
        .contains(&status.as_str())
        || status.starts_with("CompletedWith");
    let mut outputs = Vec::new();
    let message = head(text(execution, "FailureMessage"));
    if !message.is_empty() {
        outputs.push(("Why it failed".to_owned(), message));
    }
    if let Some(results) = execution.get("Outputs").and_then(Value::as_map) {
        for (name, values) in results.iter().take(SHOWN) {
            let values = values.as_list().unwrap_or_default().iter().filter_map(Value::as_text);
            outputs.push((name.to_string(), head(&values.collect::<Vec<_>>().join("\n"))));
        }
    }
    Standing { rows: list(execution, "StepExecutions").iter().map(row).collect(), outputs, status, over }
}

/// The first lines of an output, without secrets and what acts.
fn head(output: &str) -> String {
    let output = aws_cli::redact_text(output).unwrap_or_else(|| output.to_owned());
    let lines = console_lines(&output);
    let more = lines.len().saturating_sub(LINES);
    let mut text = lines.iter().take(LINES).map(String::as_str).collect::<Vec<_>>().join("\n");
    if more > 0 {
        text.push_str(&format!("\n… {more} more lines"));
    }
    text
}

fn progress(standing: &Standing) -> String {
    let rows = standing.rows.iter().take(SHOWN).map(|[name, status, _]| format!("{name}: {status}"));
    let rows: Vec<String> = rows.collect();
    if rows.is_empty() { "It has not begun yet.".to_owned() } else { rows.join("\n") }
}

fn shown(working: &Working<'_>, standing: Standing, waited: Duration) -> Output {
    let Standing { rows, outputs, status, over } = standing;
    let is_command = working.words.first().is_some_and(|kind| kind == "command");
    let columns = if is_command { ["Machine", "Status", "Exit code"] } else { ["Step", "Status", "Message"] };
    let told = outputs.len().saturating_sub(SHOWN);
    let mut output = if rows.is_empty() {
        Output::text("No machine took it up: none fits, or none has reported.")
    } else {
        Output::table(&columns, rows.into_iter().map(Vec::from).collect())
    };
    let mut parts = vec![output.body];
    for (name, text) in outputs.into_iter().take(SHOWN) {
        parts.push(Body::Text(name));
        parts.push(Body::Preformatted(text));
    }
    output.body = Body::Parts(parts);
    if told > 0 {
        output = output.noting([format!("The output of {told} more is not shown.")]);
    }
    if over {
        let good = matches!(status.as_str(), "Success" | "CompletedWithSuccess");
        return output.noting([format!("It is over: {status}.")]).with_status(if good {
            Status::Done
        } else {
            Status::Failed
        });
    }
    let again = format!("ssm await {}{}", working.words.join(" "), working.selection.options());
    let still = format!(
        "It is not over after {} s ({status}). It goes on by itself; `{again}` watches further.",
        waited.as_secs()
    );
    output.noting([still]).with_status(Status::Partly)
}

#[cfg(test)]
mod tests {
    #![expect(clippy::expect_used, reason = "a test stops at the first surprise")]

    use super::*;

    fn value(text: &str) -> Value {
        Value::from_json(text.as_bytes()).expect("json")
    }

    #[test]
    fn machines_tell_status_code_and_output() {
        let standing = of_command(&value(
            r#"{"CommandInvocations": [
            {"InstanceId": "i-1", "InstanceName": "web", "Status": "Success", "StatusDetails": "Success",
             "CommandPlugins": [{"ResponseCode": 0, "Output": "ok\r\n"}]},
            {"InstanceId": "i-2", "InstanceName": "", "Status": "InProgress", "StatusDetails": "In Progress",
             "CommandPlugins": [{"ResponseCode": -1}]}]}"#,
        ));
        assert!(!standing.over);
        assert_eq!(progress(&standing), "web (i-1): Success\ni-2: In Progress");
        assert_eq!(standing.rows[0][2], "0");
        assert_eq!((standing.rows[1][2].as_str(), standing.outputs.len()), ("", 1));
        assert_eq!(standing.status, "1 of 2 succeeded");
        assert!(!of_command(&value("{}")).over, "none has reported yet");
    }

    #[test]
    fn runbooks_tell_steps_and_why_they_failed() {
        let standing = of_runbook(&value(
            r#"{"AutomationExecution": {"AutomationExecutionStatus": "Failed", "FailureMessage": "no such instance",
            "StepExecutions": [{"StepName": "stop", "StepStatus": "Failed", "FailureMessage": "x"}], "Outputs": {"a": ["b"]}}}"#,
        ));
        assert!(standing.over);
        assert_eq!(standing.outputs[0].1, "no such instance");
        assert_eq!(standing.rows, [["stop", "Failed", "x"].map(str::to_owned)]);
        let long = head(&"line\n".repeat(30));
        assert!(long.ends_with("… 10 more lines"), "{long}");
    }
}
