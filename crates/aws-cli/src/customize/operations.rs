//! Which operations a service's command has: the model's, under the AWS CLI's names, without those it removes.

use aws_model::Service;

use crate::names::operation_command;

/// Operations that the AWS CLI removes: (service, operation's command). The first ones it replaces by high-level
/// commands; many others stream events, which no command line shows.
const REMOVED: &[(&str, &str)] = &[
    ("bedrock-agent-runtime", "agentic-retrieve-stream"),
    ("bedrock-agent-runtime", "invoke-agent"),
    ("bedrock-agent-runtime", "invoke-flow"),
    ("bedrock-agent-runtime", "invoke-inline-agent"),
    ("bedrock-agent-runtime", "optimize-prompt"),
    ("bedrock-agent-runtime", "retrieve-and-generate-stream"),
    ("bedrock-agentcore", "invoke-agent-runtime-command"),
    ("bedrock-agentcore", "invoke-code-interpreter"),
    ("bedrock-agentcore", "invoke-harness"),
    ("bedrock-runtime", "converse-stream"),
    ("bedrock-runtime", "invoke-model-with-bidirectional-stream"),
    ("bedrock-runtime", "invoke-model-with-response-stream"),
    ("connecthealth", "start-medical-scribe-listening-session"),
    ("devops-agent", "send-message"),
    ("ec2", "import-instance"),
    ("ec2", "import-volume"),
    ("emr", "add-job-flow-steps"),
    ("emr", "describe-job-flows"),
    ("emr", "list-bootstrap-actions"),
    ("emr", "list-instance-groups"),
    ("emr", "run-job-flow"),
    ("emr", "set-keep-job-flow-alive-when-no-steps"),
    ("emr", "set-termination-protection"),
    ("emr", "set-unhealthy-node-replacement"),
    ("emr", "set-visible-to-all-users"),
    ("emr", "terminate-job-flows"),
    ("iotsitewise", "invoke-assistant"),
    ("kinesis", "subscribe-to-shard"),
    ("lambda", "invoke-with-response-stream"),
    ("lexv2-runtime", "start-conversation"),
    ("logs", "get-log-object"),
    ("polly", "start-speech-synthesis-stream"),
    ("qbusiness", "chat"),
    ("rds", "modify-option-group"),
    ("sagemaker-runtime", "invoke-endpoint-with-response-stream"),
    ("ses", "delete-verified-email-address"),
    ("ses", "list-verified-email-addresses"),
    ("ses", "verify-email-address"),
];

/// Commands that stand for an operation under another name: (service, command, the model's operation, shown in help).
const OTHER_NAMES: &[(&str, &str, &str, bool)] = &[
    ("cloudwatch", "get-o-tel-enrichment", "GetOTelEnrichment", false),
    ("cloudwatch", "start-o-tel-enrichment", "StartOTelEnrichment", false),
    ("cloudwatch", "stop-o-tel-enrichment", "StopOTelEnrichment", false),
    ("rds", "add-option-to-option-group", "ModifyOptionGroup", true),
    ("rds", "remove-option-from-option-group", "ModifyOptionGroup", true),
    ("signin", "create-o-auth2-token", "CreateOAuth2Token", false),
];

/// What stands behind an operation's command.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Found<'a> {
    /// An operation of the model.
    Operation(&'a str),
    /// The AWS CLI has it not, on purpose.
    Removed,
    /// Nothing.
    Nothing,
}

/// Finds an operation by its command.
pub(crate) fn find<'a>(service: &'a Service, command: &str, name: &str) -> Found<'a> {
    if let Some((_, _, operation, _)) = OTHER_NAMES.iter().find(|(at, of, ..)| *at == command && *of == name)
        && let Some(operation) = service.operation(operation)
    {
        return Found::Operation(&operation.name);
    }
    if REMOVED.contains(&(command, name)) {
        return Found::Removed;
    }
    let candidates = service.operation_names().iter().filter(|candidate| same_letters(candidate, name));
    for candidate in candidates {
        if operation_command(candidate) == name {
            return Found::Operation(candidate);
        }
    }
    Found::Nothing
}

/// The commands of a service's operations, in the model's order of names.
pub(crate) fn command_names(service: &Service, command: &str) -> Vec<String> {
    let names = service.operation_names().iter().map(|name| operation_command(name));
    let mut names: Vec<String> = names.filter(|name| !REMOVED.contains(&(command, name.as_str()))).collect();
    let others = OTHER_NAMES.iter().filter(|(at, _, _, shown)| *at == command && *shown);
    names.extend(others.map(|(_, name, ..)| (*name).to_owned()));
    names
}

/// Whether two names differ in dashes and capitals only: a quick sieve before the exact rule.
fn same_letters(name: &str, command: &str) -> bool {
    if name.len() > command.len() {
        return false;
    }
    let mut letters = command.bytes().filter(|b| *b != b'-');
    name.bytes().all(|b| letters.next() == Some(b.to_ascii_lowercase())) && letters.next().is_none()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_sieve_keeps_what_the_rule_may_accept() {
        for (name, command, expected) in [
            ("DescribeDBInstances", "describe-db-instances", true),
            ("ListObjectsV2", "list-objects-v2", true),
            ("ListObjects", "list-objects-v2", false),
            ("GetItem", "getitem", true),
            ("GetItem", "get-items", false),
        ] {
            assert_eq!(same_letters(name, command), expected, "{name} {command}");
        }
    }
}
