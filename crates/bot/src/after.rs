//! What is awaited once a change is made: the states that instances come to.

use aws_cli::Invocation;
use policy::Permit;
use value::Value;

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

/// The line that awaits what a call leads to.
pub(crate) fn line(invocation: &Invocation, permit: &Permit) -> Option<String> {
    let state = state_of(&invocation.iam_action)?;
    let ids = invocation.call.params.get("InstanceIds")?.as_list()?;
    let ids: Vec<String> = ids.iter().filter_map(Value::as_text).map(quote).collect();
    let (account, region) = (quote(&permit.account), quote(&permit.region));
    Some(format!("ec2 await {state} {} --account {account} --region {region}", ids.join(" ")))
}
