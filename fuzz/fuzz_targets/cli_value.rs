//! The value of one option, as shorthand, JSON or a plain word. Input: which option, then values, one a line.
#![no_main]

use aws_cli::{Environment, Profile, parse};
use libfuzzer_sys::fuzz_target;

const OPTIONS: &[&[&str]] = &[
    &["ec2", "describe-instances", "--filters"],
    &["ec2", "run-instances", "--block-device-mappings"],
    &["ec2", "run-instances", "--network-interfaces"],
    &["ec2", "create-tags", "--resources", "i-1", "--tags"],
    &["dynamodb", "put-item", "--table-name", "t", "--item"],
    &["dynamodb", "batch-get-item", "--request-items"],
    &["ecs", "register-task-definition", "--family", "f", "--container-definitions"],
    &["lambda", "create-function", "--environment"],
    &["s3api", "put-bucket-lifecycle-configuration", "--bucket", "b", "--lifecycle-configuration"],
    &["sns", "publish", "--message", "m", "--message-attributes"],
    &["bedrock-agent-runtime", "invoke-agent", "--session-state"],
    &["ec2", "run-instances", "--cli-input-json"],
    &["ec2", "run-instances", "--cli-input-yaml"],
    &["ec2", "describe-instances", "--query"],
    &["ec2", "run-instances", "--user-data"],
    &["logs", "get-log-events", "--log-stream-name", "s", "--start-time"],
];

fuzz_target!(|data: &[u8]| {
    let mut data = data;
    let option = OPTIONS[fuzz::first(&mut data) % OPTIONS.len()];
    let Ok(text) = std::str::from_utf8(data) else { return };
    let words: Vec<String> = option.iter().copied().chain(text.split('\n')).map(str::to_owned).collect();
    let _ = parse(fuzz::catalog(), &words, &Environment::empty(), Profile::Chat);
});
