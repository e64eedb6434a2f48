//! The level of each operation: traps one by one, and all of them against a reviewed snapshot.
#![expect(clippy::unwrap_used, reason = "a test may fail at once")]

use aws_model::{Catalog, Level, iam_action, iam_prefix, level, level_of_call};
use value::{Map, Value};

mod snapshot;

/// `service operation level`, a line each.
const CASES: &str = "
    ec2 DescribeInstances list
    ec2 DescribeInstanceAttribute data
    ec2 RunInstances write
    ec2 TerminateInstances destructive
    ec2 StopInstances write
    ec2 CreateTags tagging
    ec2 DeleteTags tagging
    ec2 GetConsoleOutput data
    ec2 GetPasswordData secret
    ec2 CreateNetworkAcl write
    ec2 AuthorizeSecurityGroupIngress write
    ec2 ModifySnapshotAttribute permissions
    ec2 AssociateIamInstanceProfile permissions
    s3 ListBuckets list
    s3 ListObjectsV2 list
    s3 HeadObject read
    s3 GetObject data
    s3 PutObject write
    s3 DeleteObjects destructive
    s3 PutBucketPolicy permissions
    s3 PutObjectAcl permissions
    s3 DeletePublicAccessBlock permissions
    s3 GetBucketTagging read
    s3 PutObjectTagging tagging
    s3 DeleteObjectTagging tagging
    iam ListUsers list
    iam CreateUser permissions
    iam DeleteRole permissions
    iam AttachRolePolicy permissions
    iam CreateAccessKey secret
    iam TagRole tagging
    iam GetRole read
    iam ListAccessKeys list
    iam GetAccessKeyLastUsed read
    iam GetAccountPasswordPolicy read
    sts GetCallerIdentity read
    sts AssumeRole secret
    sts GetSessionToken secret
    secretsmanager GetSecretValue secret
    secretsmanager ListSecrets list
    secretsmanager DescribeSecret read
    kms Decrypt secret
    kms Encrypt write
    kms ScheduleKeyDeletion destructive
    kms CreateGrant permissions
    ssm GetParameter read
    ssm SendCommand execute
    ssm StartSession execute
    lambda Invoke execute
    lambda GetFunction data
    lambda AddPermission permissions
    lambda UpdateFunctionCode write
    logs GetLogEvents data
    logs FilterLogEvents data
    logs PutRetentionPolicy write
    logs DescribeLogGroups list
    dynamodb GetItem data
    dynamodb Scan data
    dynamodb BatchGetItem data
    dynamodb ExecuteStatement write
    dynamodb TransactWriteItems write
    dynamodb DeleteItem destructive
    sqs ReceiveMessage write
    sqs PurgeQueue destructive
    ecr GetAuthorizationToken secret
    autoscaling PutScalingPolicy write
    cloudformation ExecuteChangeSet write
    cloudformation ValidateTemplate read
    ivs StartViewerSessionRevocation write
    bedrock-runtime InvokeModel execute
    codepipeline PollForJobs write
    bedrock-agentcore GetWorkloadAccessToken secret
    stepfunctions GetActivityTask write
    cognito-idp AdminGetUser read
    cognito-idp AdminDeleteUser destructive
    cognito-idp AdminInitiateAuth secret
    organizations CloseAccount destructive
    cloudfront CreateDistributionWithTags write
    route53 ChangeTagsForResource tagging
";

#[test]
fn traps() {
    let catalog = Catalog::embedded();
    for case in CASES.lines().map(str::trim).filter(|case| !case.is_empty()) {
        let [service, operation, expected] = case.split(' ').collect::<Vec<_>>()[..] else {
            panic!("{case}")
        };
        let service = catalog.open(service).unwrap();
        let found = service.operation(operation).unwrap_or_else(|| panic!("{case}: no such operation"));
        assert_eq!(level(&service, found).name(), expected, "{case}");
    }
}

#[test]
fn parameters_raise() {
    let cases: &[(&str, &str, &str, Value, Level)] = &[
        ("ssm", "GetParameter", "WithDecryption", Value::Bool(true), Level::Secret),
        ("ssm", "GetParameter", "WithDecryption", Value::Bool(false), Level::Read),
        ("ssm", "GetParametersByPath", "WithDecryption", Value::Bool(true), Level::Secret),
        ("ssm", "PutParameter", "Type", Value::text("SecureString"), Level::Secret),
        ("ssm", "PutParameter", "Type", Value::text("String"), Level::Write),
        ("apigateway", "GetApiKeys", "includeValues", Value::Bool(true), Level::Secret),
        ("glue", "GetConnections", "HidePassword", Value::Bool(true), Level::Read),
        ("glue", "GetConnections", "HidePassword", Value::Bool(false), Level::Secret),
        ("glue", "GetConnection", "Name", Value::text("absent is not hidden"), Level::Secret),
        ("lambda", "UpdateFunctionConfiguration", "Role", Value::text("arn"), Level::Permissions),
        ("lambda", "UpdateFunctionConfiguration", "Timeout", Value::from(3_i64), Level::Write),
        ("s3", "PutObject", "ACL", Value::text("public-read"), Level::Permissions),
        ("ec2", "CancelSpotFleetRequests", "TerminateInstances", Value::Bool(true), Level::Destructive),
    ];
    let catalog = Catalog::embedded();
    for (service, operation, parameter, value, expected) in cases {
        let service = catalog.open(service).unwrap();
        let operation = service.operation(operation).unwrap();
        let parameters: Map = [(*parameter, value.clone())].into_iter().collect();
        assert_eq!(
            level_of_call(&service, operation, &parameters),
            *expected,
            "{} {parameter}",
            operation.name
        );
    }
}

#[test]
fn prefixes_are_iam_s() {
    let catalog = Catalog::embedded();
    for (service, expected) in [
        ("s3", "s3"),
        ("s3control", "s3"),
        ("cloudwatch", "cloudwatch"),
        ("logs", "logs"),
        ("elb", "elasticloadbalancing"),
        ("elbv2", "elasticloadbalancing"),
        ("stepfunctions", "states"),
        ("sesv2", "ses"),
        ("events", "events"),
        ("apigatewaymanagementapi", "execute-api"),
        ("resourcegroupstaggingapi", "tag"),
        ("efs", "elasticfilesystem"),
        ("emr", "elasticmapreduce"),
        ("opensearch", "es"),
        ("ce", "ce"),
        ("cognito-idp", "cognito-idp"),
        ("dynamodbstreams", "dynamodb"),
        ("lambda", "lambda"),
        ("mturk", "mechanicalturk"),
    ] {
        assert_eq!(iam_prefix(&catalog.open(service).unwrap()), expected, "{service}");
    }
    let s3 = catalog.open("s3").unwrap();
    assert_eq!(iam_action(&s3, s3.operation("ListBuckets").unwrap()), "s3:ListBuckets");
}

/// Every operation that is new, gone, or of another level than when somebody last looked.
#[test]
fn all_levels_are_as_reviewed() {
    let catalog = Catalog::embedded();
    let reviewed = include_str!("levels.txt");
    let pin = include_str!("../botocore.pin");
    let version = reviewed.lines().next().and_then(|line| line.strip_prefix("botocore ")).unwrap();
    // Another wheel may be built in for a while, to replay what was recorded with it.
    if catalog.version() != version && !pin.contains(&format!(" {} ", catalog.version())) {
        return;
    }
    let changes = snapshot::changes(reviewed, &snapshot::snapshot(&catalog));
    assert!(
        changes.is_empty() && catalog.version() == version,
        "{} operations changed; look at each, then `cargo xtask levels --accept`\n{}",
        changes.len(),
        changes.join("\n")
    );
}

#[test]
fn a_snapshot_says_what_changed() {
    let before = "botocore 1\nall\nsts sts\n list Get CallerIdentity Gone\n write Tag .\n";
    let now = "botocore 2\nall\nsqs sqs\n write Tag .\nsts sts\n read Get CallerIdentity\n write Tag .\n";
    assert_eq!(
        snapshot::changes(before, now),
        ["sqs Tag: new, write", "sts GetCallerIdentity: list, now read", "sts GetGone: list, now gone"]
    );
    assert!(snapshot::changes(now, now).is_empty());
}
