//! Any words are a call, a page, or a fault. Input: which profile and command, then words, one a line.
#![no_main]

use aws_cli::{Environment, Parsed, Profile, parse};
use libfuzzer_sys::fuzz_target;

const COMMANDS: &[&[&str]] = &[
    &[],
    &["ec2", "run-instances"],
    &["ec2", "describe-instances"],
    &["ec2", "authorize-security-group-ingress"],
    &["dynamodb", "put-item"],
    &["s3api", "put-object"],
    &["s3"],
    &["iam", "create-role"],
    &["lambda", "invoke"],
    &["logs", "filter-log-events"],
    &["ecs", "run-task"],
    &["cloudwatch", "put-metric-data"],
    &["emr", "create-cluster"],
    &["cloudfront", "create-invalidation"],
    &["sts", "assume-role"],
    &["ec2", "wait"],
];

fuzz_target!(|data: &[u8]| {
    let mut data = data;
    let choice = fuzz::first(&mut data);
    let Ok(text) = std::str::from_utf8(data) else { return };
    let profile = if choice & 0x80 == 0 { Profile::Chat } else { Profile::Terminal };
    let command = COMMANDS[(choice & 0x7f) % COMMANDS.len()];
    let words: Vec<String> = command.iter().copied().chain(text.split('\n')).map(str::to_owned).collect();
    if let Ok(Parsed::Call(invocation)) = parse(fuzz::catalog(), &words, &Environment::empty(), profile) {
        if profile == Profile::Chat {
            assert!(invocation.globals.endpoint_url.is_none() && invocation.globals.profile.is_none());
            assert!(invocation.globals.ca_bundle.is_none() && !invocation.globals.no_verify_ssl);
            assert!(invocation.outfile.is_none() && invocation.member_files.is_empty());
        }
        let call = &invocation.call;
        let operation = call.service.operation(&call.operation).expect("of the model");
        let _ = aws_call::serialize::serialize(&call.service, operation, &call.params);
    }
});
