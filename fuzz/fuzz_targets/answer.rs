//! Whatever a service answers is an answer, a service's error, or unreadable. Input: service and operation, status, then
//! header lines and, after an empty line, the body.
#![no_main]

use std::sync::{Arc, LazyLock};

use aws_call::parse::{AnswerFault, parse, parse_stream};
use aws_call::{ParseOptions, TimestampStyle};
use aws_model::Service;
use http::{HeaderMap, HeaderName, HeaderValue};
use libfuzzer_sys::fuzz_target;

static SERVICES: LazyLock<Vec<(Arc<Service>, &str)>> = LazyLock::new(|| {
    let protocols = ["query", "ec2", "json", "rest-json", "rest-xml", "smithy-rpc-v2-cbor"];
    let made_up = protocols.map(fuzz::made_up);
    let mut services: Vec<(Arc<Service>, &str)> =
        made_up.iter().flat_map(|service| ["Get", "Whole", "Stream"].map(|name| (service.clone(), name))).collect();
    services.extend([
        (fuzz::real("ec2"), "DescribeInstances"),
        (fuzz::real("s3"), "ListObjectsV2"),
        (fuzz::real("s3"), "GetBucketAcl"),
        (fuzz::real("s3"), "HeadObject"),
        (fuzz::real("s3"), "SelectObjectContent"),
        (fuzz::real("iam"), "ListUsers"),
        (fuzz::real("dynamodb"), "GetItem"),
        (fuzz::real("lambda"), "GetFunction"),
        (fuzz::real("route53"), "ListResourceRecordSets"),
        (fuzz::real("sqs"), "ReceiveMessage"),
    ]);
    services
});
const STATUSES: [u16; 8] = [200, 400, 500, 503, 301, 204, 404, 299];

fuzz_target!(|data: &[u8]| {
    let mut data = data;
    let (service, operation) = &SERVICES[fuzz::first(&mut data) % SERVICES.len()];
    let choice = fuzz::first(&mut data);
    let (headers, body) = head(data);
    let operation = service.operation(operation).expect("of the model");
    let mut options = ParseOptions::default();
    if choice & 0x80 != 0 {
        options.timestamps = TimestampStyle::Wire;
    }
    let status = STATUSES[choice % STATUSES.len()];
    let whole = parse(service, operation, status, &headers, body, &options);
    let streamed = parse_stream(service, operation, status, &headers, &mut &*body, &options);
    match (whole, streamed) {
        (Ok(whole), Ok(streamed)) => {
            let style = value::JsonStyle::Compact;
            assert_eq!(whole.value.to_json(style), streamed.value.to_json(style));
        }
        (Err(AnswerFault::Service(error)), Err(_)) => {
            let _ = (error.details(), error.to_string());
        }
        (Err(_), Err(_)) => {}
        (whole, streamed) => panic!("{whole:?} but {streamed:?}"),
    }
});

/// Header lines up to an empty line, and the rest.
fn head(mut data: &[u8]) -> (HeaderMap, &[u8]) {
    let mut headers = HeaderMap::new();
    while let Some(end) = data.iter().position(|byte| *byte == b'\n') {
        let line = &data[..end];
        data = &data[end + 1..];
        if line.is_empty() {
            break;
        }
        let Some(colon) = line.iter().position(|byte| *byte == b':') else { continue };
        let name = HeaderName::from_bytes(&line[..colon]);
        if let (Ok(name), Ok(value)) = (name, HeaderValue::from_bytes(&line[colon + 1..])) {
            headers.append(name, value);
        }
    }
    (headers, data)
}
