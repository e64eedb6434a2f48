//! What is awaited once a change is made: the states that instances come to, commands and runbooks that were started.

use aws_cli::Invocation;
use policy::Permit;
use value::Value;

use crate::answer::Answer;
use crate::reach::scope::Scope;
use pipeline::quote;

/// The state that an action leads to, where it can be awaited.
pub(crate) fn state_of(action: &str) -> Option<&'static str> {
    match action {
        "ec2:StartInstances" => Some("running"),
        "ec2:StopInstances" => Some("stopped"),
        "ec2:TerminateInstances" => Some("terminated"),
        _ => None,
    }
}

/// Whether what an action leads to can be awaited.
pub(crate) fn can_be_awaited(action: &str) -> bool {
    state_of(action).is_some() || matches!(action, "ssm:SendCommand" | "ssm:StartAutomationExecution")
}

/// The line that awaits what a call leads to, by its answer where that names it.
pub(crate) fn line(invocation: &Invocation, permit: &Permit, answer: &Answer) -> Option<String> {
    let scope = Scope { account: permit.account.clone(), region: permit.region.clone() };
    if let Some(started) = started(&invocation.iam_action, &answer.text) {
        return Some(format!("{started}{}", scope.options()));
    }
    let state = state_of(&invocation.iam_action)?;
    let ids = invocation.call.params.get("InstanceIds")?.as_list()?;
    let ids: Vec<String> = ids.iter().filter_map(Value::as_text).map(quote).collect();
    Some(format!("ec2 await {state} {}{}", ids.join(" "), scope.options()))
}

/// The line that watches what was started, without its place.
fn started(action: &str, answer: &str) -> Option<String> {
    if !matches!(action, "ssm:SendCommand" | "ssm:StartAutomationExecution") {
        return None;
    }
    let answer: serde_json::Value = serde_json::from_str(answer).ok()?;
    let (kind, id) = match answer.get("Command") {
        Some(command) => ("command", command.get("CommandId")?),
        None => ("runbook", answer.get("AutomationExecutionId")?),
    };
    Some(format!("ssm await {kind} {}", quote(id.as_str()?)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_started_is_read_from_the_answer() {
        let cases = [
            ("ssm:SendCommand", r#"{"Command": {"CommandId": "c-1"}}"#, Some("ssm await command c-1")),
            (
                "ssm:StartAutomationExecution",
                r#"{"AutomationExecutionId": "a; b"}"#,
                Some("ssm await runbook 'a; b'"),
            ),
            ("ssm:SendCommand", "c-1", None),
            ("ec2:StartInstances", r#"{"AutomationExecutionId": "a"}"#, None),
        ];
        for (action, answer, expected) in cases {
            assert_eq!(started(action, answer).as_deref(), expected, "{action}");
        }
    }
}
