#![expect(clippy::unwrap_used, reason = "a test may stop where it fails")]

use aws_model::Catalog;
use value::JsonStyle;

use super::*;

fn json(text: &str) -> Value {
    Value::from_json(text.as_bytes()).unwrap()
}

fn map(text: &str) -> Map {
    json(text).as_map().unwrap().clone()
}

fn with<T>(service: &str, operation: &str, given: &str, run: impl FnOnce(&Context<'_>) -> T) -> T {
    let service = Catalog::embedded().open(service).unwrap();
    let operation = service.operation(operation).unwrap();
    run(&Context { service: &service, operation, given: &map(given) })
}

#[test]
fn parameters_are_touched_up() {
    for (service, operation, given, expected) in [
        ("s3", "ListObjectsV2", r#"{"Bucket": "b"}"#, Ok(r#"{"Bucket": "b", "EncodingType": "url"}"#)),
        ("s3", "GetObject", r#"{"Bucket": "b"}"#, Ok(r#"{"Bucket": "b", "ChecksumMode": "ENABLED"}"#)),
        (
            "s3",
            "CopyObject",
            r#"{"CopySource": "b/ü k?versionId=v"}"#,
            Ok(r#"{"CopySource": "b/%C3%BC%20k?versionId=v"}"#),
        ),
        (
            "s3",
            "PutObject",
            r#"{"SSECustomerKey": "k"}"#,
            Ok(r#"{"SSECustomerKey": "aw==", "SSECustomerKeyMD5": "jOSxayK1iJSqhsQh6HWd8w=="}"#),
        ),
        ("s3", "PutObject", r#"{"Metadata": {"a": "ü"}}"#, Err("Non ascii characters found")),
        ("s3", "ListObjectsV2", r#"{"Bucket": "a/b"}"#, Err("Invalid bucket name \"a/b\"")),
        ("s3", "ListObjectsV2", r#"{"Bucket": "arn:aws:s3:::b"}"#, Err("Invalid bucket name")),
        ("ec2", "RunInstances", r#"{"UserData": "hi"}"#, Ok(r#"{"UserData": "aGk="}"#)),
        ("route53", "GetHostedZone", r#"{"Id": "/hostedzone/Z1"}"#, Ok(r#"{"Id": "Z1"}"#)),
        ("glacier", "ListVaults", "{}", Ok(r#"{"accountId": "-"}"#)),
        ("ec2", "DescribeInstances", "{}", Ok("{}")),
    ] {
        let mut params = map(given);
        let result = with(service, operation, given, |context| on_params(context, &mut params));
        match expected {
            Ok(expected) => {
                result.unwrap();
                let found = Value::Map(params).to_json(JsonStyle::Line);
                assert_eq!(found, json(expected).to_json(JsonStyle::Line), "{operation}");
            }
            Err(start) => {
                let error = result.unwrap_err();
                assert!(error.starts_with(start), "{operation}: {error}");
            }
        }
    }
}

#[test]
fn access_point_arns_are_buckets() {
    for bucket in [
        "arn:aws:s3:us-west-2:123456789012:accesspoint/my-point",
        "arn:aws-cn:s3-object-lambda:cn-north-1:123456789012:accesspoint:p",
        "arn:aws:s3-outposts:us-west-2:123456789012:outpost/op-1/accesspoint/p",
    ] {
        let given = format!(r#"{{"Bucket": "{bucket}"}}"#);
        let result = with("s3", "GetObject", &given, |context| on_params(context, &mut map(&given)));
        assert_eq!(result, Ok(()), "{bucket}");
    }
}

#[test]
fn requests_are_touched_up() {
    let parts =
        |path: &str| RequestParts { method: "GET".to_owned(), path: path.to_owned(), ..Default::default() };
    let request = |service: &str, operation: &str, mut parts: RequestParts| {
        with(service, operation, "{}", |context| on_request(context, &mut parts));
        parts
    };
    assert_eq!(request("s3", "GetObject", parts("/bucket/a/b")).path, "/a/b");
    assert_eq!(request("s3", "ListObjectsV2", parts("/bucket")).path, "");
    assert_eq!(request("s3", "ListBuckets", parts("/")).path, "/");
    let delete = RequestParts { body: b"a\r\nb".to_vec(), ..parts("/bucket") };
    assert_eq!(request("s3", "DeleteObjects", delete).body, b"a&#xD;&#xA;b");
    assert_eq!(request("apigateway", "GetRestApis", parts("/")).header("accept"), Some("application/json"));
    assert_eq!(
        request("glacier", "ListVaults", parts("/")).header("x-amz-glacier-version"),
        Some("2012-06-01")
    );
    let search = RequestParts { query: vec![("q".to_owned(), "a b".to_owned())], ..parts("/search") };
    let search = request("cloudsearchdomain", "Search", search);
    assert_eq!((search.method.as_str(), search.body.as_slice()), ("POST", &b"q=a%20b"[..]));
    assert!(search.query.is_empty());
}

#[test]
fn answers_are_touched_up() {
    for (service, operation, given, answer, expected) in [
        (
            "s3",
            "ListObjectsV2",
            "{}",
            r#"{"EncodingType": "url", "Prefix": "a%2F", "Contents": [{"Key": "a%2Fb+c"}]}"#,
            r#"{"EncodingType": "url", "Prefix": "a/", "Contents": [{"Key": "a/b c"}]}"#,
        ),
        (
            "s3",
            "ListObjectsV2",
            r#"{"EncodingType": "url"}"#,
            r#"{"EncodingType": "url", "Prefix": "a%2F"}"#,
            r#"{"EncodingType": "url", "Prefix": "a%2F"}"#,
        ),
        (
            "iam",
            "GetRole",
            "{}",
            r#"{"Role": {"AssumeRolePolicyDocument": "%7B%22Version%22%3A%221%22%7D"}}"#,
            r#"{"Role": {"AssumeRolePolicyDocument": {"Version": "1"}}}"#,
        ),
        (
            "cloudformation",
            "GetTemplate",
            "{}",
            r#"{"TemplateBody": "{\"a\": 1}"}"#,
            r#"{"TemplateBody": {"a": 1}}"#,
        ),
        ("cloudformation", "GetTemplate", "{}", r#"{"TemplateBody": "a: 1"}"#, r#"{"TemplateBody": "a: 1"}"#),
        ("ec2", "GetConsoleOutput", "{}", r#"{"Output": "aGk\n="}"#, r#"{"Output": "hi"}"#),
    ] {
        let mut answer = json(answer);
        with(service, operation, given, |context| on_answer(context, b"", &mut answer));
        assert_eq!(answer, json(expected), "{operation}");
    }
}

#[test]
fn a_buckets_location_is_the_whole_answer() {
    for (body, expected) in [
        (
            r#"<?xml version="1.0"?><LocationConstraint xmlns="x">eu-west-1</LocationConstraint>"#,
            Value::text("eu-west-1"),
        ),
        (r#"<LocationConstraint xmlns="x"/>"#, Value::Null),
        ("<LocationConstraint></LocationConstraint>", Value::Null),
        ("no xml <", Value::Null),
    ] {
        let mut answer = json("{}");
        with("s3", "GetBucketLocation", "{}", |context| on_answer(context, body.as_bytes(), &mut answer));
        assert_eq!(answer.get("LocationConstraint"), Some(&expected), "{body}");
    }
}

#[test]
fn some_calls_bear_no_signature_and_one_names_its_endpoint() {
    assert!(with("sts", "AssumeRoleWithWebIdentity", "{}", is_unsigned));
    assert!(!with("sts", "AssumeRole", "{}", is_unsigned));
    let given = r#"{"PredictEndpoint": "https://predict.example"}"#;
    assert_eq!(
        with("machinelearning", "Predict", given, endpoint_of).as_deref(),
        Some("https://predict.example")
    );
    assert_eq!(with("machinelearning", "GetMLModel", given, endpoint_of), None);
}

#[test]
fn every_row_of_the_table_names_what_exists() {
    let catalog = Catalog::embedded();
    let services: Vec<_> = catalog.names().iter().map(|name| catalog.open(name).unwrap()).collect();
    for quirk in QUIRKS {
        for id in quirk.services {
            let service = services.iter().find(|service| service.metadata().service_id == *id);
            let service = service.unwrap_or_else(|| panic!("no service `{id}`"));
            for operation in quirk.operations {
                assert!(service.operation(operation).is_some(), "{id} {operation}");
            }
        }
    }
}
