//! Whole lines: what they call, how they fail, what chat refuses.

#![expect(clippy::unwrap_used, reason = "a test may stop where it fails")]

use aws_model::Catalog;
use value::{JsonStyle, Value};

use crate::{Environment, Invocation, Level, Parsed, Profile, UsageError, parse, words};

fn read_with(line: &str, profile: Profile) -> Result<Parsed, UsageError> {
    let words: Vec<String> = words::split(line).unwrap().into_iter().map(|word| word.text).collect();
    parse(&Catalog::embedded(), &words, &Environment::empty(), profile)
}

fn read(line: &str) -> Result<Parsed, UsageError> {
    read_with(line, Profile::Chat)
}

fn call(line: &str) -> Invocation {
    match read(line) {
        Ok(Parsed::Call(invocation)) => *invocation,
        Ok(_) => panic!("{line}: no call"),
        Err(error) => panic!("{line}: {error}"),
    }
}

fn fault(line: &str) -> UsageError {
    match read(line) {
        Err(error) => error,
        Ok(_) => panic!("{line}: no fault"),
    }
}

#[test]
fn words_become_parameters() {
    for (line, expected) in [
        ("sts get-caller-identity", "GetCallerIdentity {}"),
        (
            "ec2 describe-instances --instance-ids i-1 i-2",
            r#"DescribeInstances {"InstanceIds":["i-1","i-2"]}"#,
        ),
        ("ec2 describe-instances --instance-id i-1", r#"DescribeInstances {"InstanceIds":["i-1"]}"#),
        (
            "ec2 describe-instances --filters Name=tag:Name,Values=web,api Name=vpc-id,Values=vpc-1",
            r#"DescribeInstances {"Filters":[{"Name":"tag:Name","Values":["web","api"]},{"Name":"vpc-id","Values":["vpc-1"]}]}"#,
        ),
        (
            r#"ec2 describe-instances --filters '[{"Name": "a", "Values": ["b"]}]'"#,
            r#"DescribeInstances {"Filters":[{"Name":"a","Values":["b"]}]}"#,
        ),
        (
            "ec2 stop-instances --instance-ids i-1 --no-dry-run",
            r#"StopInstances {"InstanceIds":["i-1"],"DryRun":false}"#,
        ),
        (
            "ec2 stop-instances --instance-ids i-1 --dry-run",
            r#"StopInstances {"InstanceIds":["i-1"],"DryRun":true}"#,
        ),
        ("s3api list-buckets", "ListBuckets {}"),
        (
            "sqs receive-message --queue-url u --wait-time-seconds 5",
            r#"ReceiveMessage {"QueueUrl":"u","WaitTimeSeconds":5}"#,
        ),
        (
            r#"dynamodb get-item --table-name t --key '{"id": {"S": "1"}}'"#,
            r#"GetItem {"TableName":"t","Key":{"id":{"S":"1"}}}"#,
        ),
        (
            "dynamodb get-item --table-name t --key id={S=1}",
            r#"GetItem {"TableName":"t","Key":{"id":{"S":"1"}}}"#,
        ),
        ("kms encrypt --key-id k --plaintext aGVsbG8=", r#"Encrypt {"KeyId":"k","Plaintext":"aGVsbG8="}"#),
        (
            "kms encrypt --key-id k --plaintext hello --cli-binary-format raw-in-base64-out",
            r#"Encrypt {"KeyId":"k","Plaintext":"aGVsbG8="}"#,
        ),
        (
            "sns subscribe --topic-arn t --protocol sms --notification-endpoint +1",
            r#"Subscribe {"TopicArn":"t","Protocol":"sms","Endpoint":"+1"}"#,
        ),
        (
            r#"ec2 stop-instances --cli-input-json '{"InstanceIds": ["i-1"], "Force": true}' --no-force"#,
            r#"StopInstances {"Force":false,"InstanceIds":["i-1"]}"#,
        ),
        ("deploy list-applications", "ListApplications {}"),
        ("configservice describe-config-rules", "DescribeConfigRules {}"),
        (
            "rds add-option-to-option-group --option-group-name g --options OptionName=x",
            r#"ModifyOptionGroup {"OptionGroupName":"g","OptionsToInclude":[{"OptionName":"x"}]}"#,
        ),
        (
            "ec2 modify-instance-attribute --instance-id i --no-ebs-optimized",
            r#"ModifyInstanceAttribute {"InstanceId":"i","EbsOptimized":{"Value":false}}"#,
        ),
        (
            "ec2 modify-instance-attribute --instance-id i --ebs-optimized",
            r#"ModifyInstanceAttribute {"InstanceId":"i","EbsOptimized":{"Value":true}}"#,
        ),
    ] {
        let invocation = call(line);
        let params = Value::Map(invocation.call.params.clone()).to_json(JsonStyle::Compact);
        assert_eq!(format!("{} {params}", invocation.call.operation), expected, "{line}");
    }
}

#[test]
fn short_forms_of_the_aws_cli_unfold() {
    for (line, expected) in [
        ("ec2 run-instances --image-id a --count 2:5", r#"{"ImageId":"a","MinCount":2,"MaxCount":5}"#),
        (
            "ec2 run-instances --subnet-id s --associate-public-ip-address",
            r#"{"NetworkInterfaces":[{"DeviceIndex":0,"AssociatePublicIpAddress":true,"SubnetId":"s"}],"MaxCount":1,"MinCount":1}"#,
        ),
        (
            "ec2 authorize-security-group-ingress --group-id g --protocol tcp --port 22-25 --cidr 10.0.0.0/8",
            r#"{"GroupId":"g","IpPermissions":[{"IpProtocol":"tcp","FromPort":22,"ToPort":25,"IpRanges":[{"CidrIp":"10.0.0.0/8"}]}]}"#,
        ),
        (
            "cloudwatch put-metric-data --namespace n --metric-name m --value 3 --dimensions a=b,c=d",
            r#"{"Namespace":"n","MetricData":[{"MetricName":"m","Value":3,"Dimensions":[{"Name":"a","Value":"b"},{"Name":"c","Value":"d"}]}]}"#,
        ),
        (
            "ses send-email --from a --to b c --subject s --text t",
            r#"{"Destination":{"ToAddresses":["b","c"]},"Message":{"Subject":{"Data":"s"},"Body":{"Text":{"Data":"t"}}},"Source":"a"}"#,
        ),
        (
            "elb describe-instance-health --load-balancer-name l --instances i-1",
            r#"{"LoadBalancerName":"l","Instances":[{"InstanceId":"i-1"}]}"#,
        ),
        (
            "elb wait instance-in-service --load-balancer-name l --instances i-1",
            r#"{"LoadBalancerName":"l","Instances":[{"InstanceId":"i-1"}]}"#,
        ),
        (
            "emr add-tags --resource-id r --tags a=b c",
            r#"{"ResourceId":"r","Tags":[{"Key":"a","Value":"b"},{"Key":"c","Value":""}]}"#,
        ),
    ] {
        assert_eq!(Value::Map(call(line).call.params).to_json(JsonStyle::Compact), expected, "{line}");
    }
}

#[test]
fn faults_read_as_the_aws_clis() {
    insta::assert_snapshot!(fault("ec2 describe-instance").text.split("\n\nusage").next().unwrap(), @r"

    aws: [ERROR]: An error occurred (ParamValidation): argument operation: Found invalid choice 'describe-instance'

    Maybe you meant:

      * describe-instances
      * describe-instance-types
      * describe-instance-status
    ");
    for (line, code, expected) in [
        ("", 252, "the following arguments are required: command"),
        ("ec2", 252, "the following arguments are required: operation"),
        ("ec2 terminate-instances", 252, "the following arguments are required: --instance-ids"),
        ("ec2 describe-instances --nope", 252, "Unknown options: --nope"),
        ("ec2 describe-instances nope", 252, "Unknown options: nope"),
        (
            "ec2 wait",
            252,
            "usage: aws [options] ec2 wait <subcommand> [parameters]\naws: [ERROR]: too few arguments",
        ),
        ("ec2 describe-instances --max-items x", 252, "argument --max-items: invalid int value: 'x'"),
        (
            "sqs receive-message --queue-url u --wait-time-seconds x",
            255,
            "invalid literal for int() with base 10: 'x'",
        ),
        (
            "ec2 describe-instances --filters Name",
            252,
            "Error parsing parameter '--filters': Expected: '=', received: 'EOF' for input:\n Name\n    ^",
        ),
        (
            "ec2 describe-instances --filters '[x'",
            252,
            "Error parsing parameter '--filters': Invalid JSON: Expecting value: line 1 column 2 (char 1)\nJSON received: [x",
        ),
        ("kms encrypt --key-id k --plaintext x", 255, "Invalid base64: \"x\""),
        (
            "sts get-caller-identity --generate-cli-skeleton output",
            252,
            "Parameter validation failed:\nInvalid length for parameter Arn, value: 3, valid min length: 20",
        ),
        (
            "iam list-users --no-paginate --starting-token t",
            252,
            "Cannot specify --no-paginate along with pagination arguments: --starting-token",
        ),
        (
            "ec2 run-instances --associate-public-ip-address --network-interfaces DeviceIndex=0",
            252,
            "Mixing the --network-interfaces option with the simple, scalar options is not supported.",
        ),
        (
            "sts assume-role --role-arn x --role-session-name s",
            252,
            "Parameter validation failed:\nInvalid length for parameter RoleArn, value: 1, valid min length: 20\nInvalid length for parameter RoleSessionName, value: 1, valid min length: 2",
        ),
    ] {
        let error = fault(line);
        assert_eq!((error.exit_code, error.reason.as_str()), (code, expected), "{line}");
    }
}

#[test]
fn a_wrong_word_has_a_suggestion_and_help() {
    for (line, suggestion, help) in [
        ("ecc2 describe-instances", "ec2", "help"),
        ("ec2 describe-instancs", "describe-instances", "ec2 help"),
        ("ec2 describe-instances --filter-s x", "--filters", "ec2 describe-instances help"),
    ] {
        let error = fault(line);
        assert_eq!(error.suggestions.first().map(String::as_str), Some(suggestion), "{line}");
        assert_eq!(error.help, help, "{line}");
    }
}

#[test]
fn chat_refuses_files_and_keys() {
    for line in [
        "ec2 describe-instances --filters file://x",
        "lambda update-function-code --function-name f --zip-file fileb://x",
        "s3api get-object --bucket b --key k out",
        "s3api put-object --bucket b --key k --body out",
        "ec2 describe-instances --cli-input-json file://x",
        "ec2 describe-instances --filters Name@=file://x",
        "iot create-keys-and-certificate --public-key-outfile x",
        "iam create-virtual-mfa-device --virtual-mfa-device-name n --outfile x --bootstrap-method QRCodePNG",
        "ec2 bundle-instance --instance-id i-1 --bucket b --prefix p --owner-akid AK --owner-sak k",
    ] {
        let reason = fault(line).reason;
        assert!(reason.contains("is not available in chat"), "{line}: {reason}");
    }
}

/// A configuration file in every place.
struct Configured;

impl crate::Files for Configured {
    fn read(&self, _path: &std::path::Path) -> std::io::Result<Vec<u8>> {
        Ok(b"[default]\ncli_binary_format = raw-in-base64-out\n".to_vec())
    }

    fn write(&self, _path: &std::path::Path, _content: &[u8]) -> std::io::Result<()> {
        Err(std::io::ErrorKind::PermissionDenied.into())
    }
}

#[test]
fn the_configuration_file_says_what_text_means_for_bytes() {
    let env = Environment {
        files: std::sync::Arc::new(Configured),
        home: Some("/h".into()),
        ..Environment::empty()
    };
    let words = ["kms", "encrypt", "--key-id", "k", "--plaintext", "hello"].map(str::to_owned);
    match parse(&Catalog::embedded(), &words, &env, Profile::Terminal) {
        Ok(Parsed::Call(invocation)) => {
            assert_eq!(invocation.call.params.get("Plaintext"), Some(&Value::Blob(b"hello"[..].into())));
        }
        other => panic!("{other:?}"),
    }
}

#[test]
fn high_level_commands_are_known() {
    assert!(fault("deploy uninstall").reason.contains("not available here"));
    assert!(fault("s3 lss").reason.contains("does not exist"));
}

#[test]
fn paging_follows_the_line() {
    assert!(call("iam list-users").globals.paginate);
    assert!(!call("iam list-users --no-paginate").globals.paginate);
    assert!(!call("ec2 describe-instances --max-results 5").globals.paginate);
    assert!(!call("sts get-caller-identity").globals.paginate);
    let paged = call("iam list-users --max-items 3 --page-size 2 --starting-token t").globals;
    assert_eq!(
        (paged.max_items, paged.page_size, paged.starting_token.as_deref()),
        (Some(3), Some(2), Some("t"))
    );
    let by_hand = call("iam list-users --no-paginate --max-items 3");
    assert_eq!(by_hand.call.params.get("MaxItems"), Some(&Value::from(3)));
    assert_eq!(call("ec2 describe-volumes").globals.page_size, Some(1000));
}

#[test]
fn a_call_knows_its_level_and_action() {
    for (line, level, action) in [
        ("ec2 describe-instances", Level::List, "ec2:DescribeInstances"),
        ("s3api list-buckets", Level::List, "s3:ListBuckets"),
        ("ec2 terminate-instances --instance-ids i-1", Level::Destructive, "ec2:TerminateInstances"),
        ("ssm get-parameter --name n --with-decryption", Level::Secret, "ssm:GetParameter"),
    ] {
        let invocation = call(line);
        assert_eq!((invocation.level, invocation.iam_action.as_str()), (level, action), "{line}");
    }
}

#[test]
fn a_change_may_begin_with_a_question() {
    let invocation = call("cloudfront update-distribution --id E1 --default-root-object index.html");
    assert_eq!(invocation.call.operation.as_str(), "GetDistributionConfig");
    assert_eq!(invocation.call.params.get("Id").and_then(Value::as_text), Some("E1"));
    assert_eq!(invocation.iam_action, "cloudfront:UpdateDistribution");
    assert_eq!(invocation.level, Level::Write);
    let further: Vec<&str> = invocation.further.iter().map(|need| need.action.as_str()).collect();
    assert_eq!(further, ["cloudfront:GetDistributionConfig"]);
    let both = "cloudfront update-distribution --id E1 --default-root-object a --distribution-config {}";
    assert!(!fault(both).reason.is_empty());
}

#[test]
fn waiters_poll_their_operation() {
    let invocation = call("ec2 wait instance-running --instance-ids i-1");
    assert_eq!(invocation.waiter.as_deref(), Some("InstanceRunning"));
    assert_eq!(invocation.call.operation.as_str(), "DescribeInstances");
    assert_eq!(invocation.command, "ec2 wait instance-running");
    assert!(fault("ec2 wait instance-runing").suggestions.contains(&"instance-running".to_owned()));
}

#[test]
fn skeletons_and_explanations_are_text() {
    let text = |line: &str| match read(line) {
        Ok(Parsed::Text(text)) => text,
        other => panic!("{line}: {other:?}"),
    };
    insta::assert_snapshot!(text("sqs send-message --generate-cli-skeleton").lines().take(4).collect::<Vec<_>>().join("\n"), @r#"
    {
        "QueueUrl": "",
        "MessageBody": "",
        "DelaySeconds": 0,
    "#);
    insta::assert_snapshot!(text("ec2 stop-instances --instance-ids i-1 --explain"), @r#"
    {
        "service": "ec2",
        "operation": "StopInstances",
        "level": "write",
        "iam_action": "ec2:StopInstances",
        "iam_actions": [
            {
                "action": "ec2:StopInstances",
                "access_level": "Write",
                "resources": [
                    {
                        "type": "instance",
                        "arn": "arn:${Partition}:ec2:${Region}:${Account}:instance/${InstanceId}",
                        "required": true
                    }
                ]
            }
        ],
        "dry_run": true,
        "paginated": false,
        "idempotent": false
    }
    "#);
    let explained = text("s3api list-buckets --explain");
    assert!(explained.contains(r#""iam_action": "s3:ListBuckets""#), "{explained}");
    assert!(explained.contains(r#""action": "s3:ListAllMyBuckets""#), "{explained}");
    assert!(text("--version").starts_with("bellhop/"));
}

#[test]
fn every_service_reads_its_own_skeletons() {
    let catalog = Catalog::embedded();
    let env = Environment::empty();
    for directory in catalog.names() {
        let service = catalog.open(&directory).unwrap();
        let command = crate::names::service_command(&directory);
        // A few of each service: together they have every kind of shape.
        for name in crate::customize::command_names(&service, command).iter().step_by(5) {
            let line =
                |words: &[&str]| -> Vec<String> { words.iter().map(|word| (*word).to_owned()).collect() };
            let asked = line(&[command, name, "--generate-cli-skeleton"]);
            let Ok(Parsed::Text(skeleton)) = parse(&catalog, &asked, &env, Profile::Chat) else { continue };
            let told = line(&[command, name, "--endpoint-url", "http://x", "--cli-input-json", &skeleton]);
            if let Err(error) = parse(&catalog, &told, &env, Profile::Terminal) {
                assert!(error.reason.starts_with("Parameter validation failed"), "{command} {name}: {error}");
            }
        }
    }
}

#[test]
fn help_reads_well() {
    let page = |line: &str| match read(line) {
        Ok(Parsed::Help(page)) => page,
        other => panic!("{line}: {other:?}"),
    };
    let text = page("sqs send-message help").text;
    for part in [
        "NAME\n    aws sqs send-message\n\nDESCRIPTION\n",
        "\nSYNOPSIS\n    aws sqs send-message\n      --queue-url <value>\n      --message-body <value>\n      [--delay",
        "\n\n    --delay-seconds (integer)\n        The length",
        "\n        Shorthand syntax:\n          KeyName1={StringValue=string,BinaryValue=blob,",
        "\n        JSON syntax:\n          {\n            \"string\": {\n",
        "\nEXAMPLE\n    aws sqs send-message \\\n        --queue-url my-queue-url \\\n        --message-body my-message-body\n",
    ] {
        assert!(text.contains(part), "{part} in\n{text}");
    }
    insta::assert_snapshot!(page("ec2 stop-instances help").short.lines().nth(1).unwrap(), @"aws ec2 stop-instances --instance-ids <value> [<value>...]");
    assert!(page("help").text.contains("s3api"));
    assert!(page("ec2 help").text.contains("describe-instances"));
    assert!(page("ec2 wait help").text.contains("instance-running"));
    assert!(page("ec2 wait instance-running help").text.contains("every 15 seconds"));
}

proptest::proptest! {
    #[test]
    fn no_line_panics(words in proptest::collection::vec(
        "(ec2|s3api|wait|help|run-instances|describe-instances|--filters|--count|--[a-z-]{1,6}|Name=[a-z,=]{0,5}|[\\[\\]{}a=,'\"]{0,6}|-1|é)",
        0..8,
    )) {
        let _ = parse(&Catalog::embedded(), &words, &Environment::empty(), Profile::Chat);
    }
}
