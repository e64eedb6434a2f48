#![expect(clippy::unwrap_used, reason = "a test may stop where it fails")]

use aws_model::Catalog;
use value::{Map, Value};

use super::*;
use crate::call::Addressing;

fn url(service: &str, operation: &str, params: &str, options: &CallOptions) -> Result<String, String> {
    let catalog = Catalog::embedded();
    let service = catalog.open(service).unwrap();
    let Value::Map(params) = Value::from_json(params.as_bytes()).unwrap() else {
        unreachable!("tests pass maps")
    };
    let partitions = Partitions::new(catalog.partitions());
    let operation = service.operation(operation).unwrap();
    let found = resolve(&service, operation, &params, options, Some("123456789012"), &partitions);
    found.map(|endpoint| endpoint.url).map_err(|error| error.to_string())
}

#[test]
fn calls_go_where_the_aws_cli_sends_them() {
    let base = CallOptions::in_region;
    let fips = CallOptions { fips: true, ..base("us-gov-west-1") };
    let loopback =
        CallOptions { endpoint_url: Some("http://127.0.0.1:5000".to_owned()), ..base("eu-west-1") };
    let virtual_hosts = CallOptions {
        endpoint_url: Some("https://store.example".to_owned()),
        s3: crate::S3Options { addressing: Addressing::Virtual, ..Default::default() },
        ..loopback.clone()
    };
    let bucket = r#"{"Bucket": "my-bucket"}"#;
    for (service, operation, params, options, expected) in [
        ("sts", "GetCallerIdentity", "{}", base("us-east-1"), "https://sts.us-east-1.amazonaws.com"),
        ("sts", "GetCallerIdentity", "{}", base("cn-north-1"), "https://sts.cn-north-1.amazonaws.com.cn"),
        ("iam", "ListUsers", "{}", base("eu-west-1"), "https://iam.amazonaws.com"),
        ("ec2", "DescribeInstances", "{}", fips, "https://ec2.us-gov-west-1.amazonaws.com"),
        ("s3", "ListBuckets", "{}", base("us-east-1"), "https://s3.us-east-1.amazonaws.com"),
        ("s3", "ListObjectsV2", bucket, base("eu-west-1"), "https://my-bucket.s3.eu-west-1.amazonaws.com"),
        (
            "s3",
            "GetBucketLocation",
            bucket,
            base("eu-west-1"),
            "https://s3.eu-west-1.amazonaws.com/my-bucket",
        ),
        ("s3", "ListObjectsV2", bucket, loopback.clone(), "http://127.0.0.1:5000/my-bucket"),
        ("s3", "ListObjectsV2", bucket, virtual_hosts, "https://my-bucket.store.example"),
        (
            "dynamodb",
            "ListTables",
            "{}",
            base("eu-west-1"),
            "https://123456789012.ddb.eu-west-1.amazonaws.com",
        ),
        ("ec2", "DescribeInstances", "{}", loopback, "http://127.0.0.1:5000"),
    ] {
        assert_eq!(
            url(service, operation, params, &options).as_deref(),
            Ok(expected),
            "{service} {operation}"
        );
    }
}

#[test]
fn what_cannot_be_is_said() {
    let no_region = CallOptions::default();
    assert_eq!(url("ec2", "DescribeInstances", "{}", &no_region).unwrap_err(), "you must specify a region");
    let odd =
        CallOptions { endpoint_url: Some("gopher://x".to_owned()), ..CallOptions::in_region("us-east-1") };
    assert_eq!(url("ec2", "DescribeInstances", "{}", &odd).unwrap_err(), "invalid endpoint: gopher://x");
}

#[test]
fn an_unusable_rule_set_is_an_error() {
    for tree in ["null", "{}", r#"{"rules": [{"type": "endpoint"}]}"#, r#"{"rules": [{"type": "?"}]}"#] {
        let tree = Value::from_json(tree.as_bytes()).unwrap();
        assert!(Rules::new(&tree, Partitions::new(&Value::Null)).resolve(Map::new()).is_err(), "{tree:?}");
    }
}
