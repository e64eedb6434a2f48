//! Answers: a response in, the model's tree or an error out.

use std::collections::BTreeMap;

use aws_call::message::ParseOptions;
use aws_call::parse::{AnswerFault, parse};
use aws_call::timestamp::Moment;
use aws_model::{Protocol, Service, TimestampFormat};
use base64::Engine as _;
use http::{HeaderMap, HeaderName, HeaderValue};
use jiff::tz::TimeZone;
use serde_json::Value as Json;
use value::{Key, Map, Value};

use crate::sdist::{self, Case};

const SKIPPED: &[(&str, &str)] = &[
    ("ec2/Ec2ComplexError", "the body has a message, which the case does not expect"),
    ("ec2/Ec2XmlLists", FLATTENED_NAME),
    ("legacy/rest-json/0:0", LOCATION_ON_SHAPE),
    ("legacy/rest-json/13:0", LOCATION_ON_SHAPE),
    ("legacy/rest-json/13:1", LOCATION_ON_SHAPE),
    ("legacy/rest-json/13:2", LOCATION_ON_SHAPE),
    ("legacy/rest-json/9:0", "names of headers are in lower case, as HTTP/2 has them"),
    ("legacy/rest-xml/0:0", LOCATION_ON_SHAPE),
    ("legacy/rest-xml/0:1", LOCATION_ON_SHAPE),
    ("legacy/rest-xml/10:0", LOCATION_ON_SHAPE),
    ("legacy/rest-xml/15:0", LOCATION_ON_SHAPE),
    ("query/QueryXmlLists", FLATTENED_NAME),
    ("rest-json/MediaTypeHeaderOutputBase64", "a header of JSON text is shown as a tree, as in the AWS CLI"),
    ("rest-json/RestJsonDeserializesDenseSetMapAndSkipsNull", "the AWS CLI shows nulls in maps"),
    (
        "rest-json/RestJsonHttpPayloadTraitsWithNoBlobBody",
        "an empty body is an empty blob, as in the AWS CLI",
    ),
    ("rest-xml/BodyWithXmlName", "models name the root where it is used, and botocore ignores the case too"),
    ("rest-xml/ComplexError", "the body has a message, which the case does not expect"),
    ("rest-xml/HttpPayloadTraitsWithNoBlobBody", "an empty body is an empty blob, as in the AWS CLI"),
    ("rest-xml/XmlLists", FLATTENED_NAME),
    ("smithy-rpc-v2-cbor/RpcV2CborDeserializesDenseSetMapAndSkipsNull", "the AWS CLI shows nulls in maps"),
];

const FLATTENED_NAME: &str = "services use the item's name on flattened lists, as botocore reads it";
const LOCATION_ON_SHAPE: &str = "the location stands on the shape, which no service's model does";

#[test]
fn every_answer_is_as_published() {
    let results: BTreeMap<String, Result<(), String>> =
        sdist::cases("output").iter().map(|case| (case.name.clone(), check(case))).collect();
    sdist::report("protocols-output", &results, SKIPPED);
}

fn check(case: &Case) -> Result<(), String> {
    let mut model = case.model.clone();
    let service = open(&model)?;
    let operation = service.operation(&case.operation).ok_or("no operation")?;
    let has_members = operation.output.is_some_and(|id| !service.shape(id).members().is_empty());
    let is_error = case.case.get("error").is_some();
    let protocol = service.metadata().protocol;
    let service = if protocol == Protocol::Query && has_members && !is_error {
        model["operations"][&case.operation]["output"]["resultWrapper"] =
            format!("{}Result", case.operation).into();
        open(&model)?
    } else {
        service
    };
    let operation = service.operation(&case.operation).ok_or("no operation")?;
    let streams = operation.output.is_some_and(|id| {
        service.shape(id).members().iter().any(|member| service.shape(member.shape).traits.event_stream)
    });
    let body = match case.case["response"]["body"].as_str() {
        Some(body) if streams || protocol == Protocol::RpcV2Cbor => {
            base64::engine::general_purpose::STANDARD.decode(body).map_err(|error| error.to_string())?
        }
        Some(body) => body.as_bytes().to_vec(),
        None if protocol == Protocol::Query => b"<xml/>".to_vec(),
        None => Vec::new(),
    };
    let status = case.case["response"]["status_code"].as_u64().unwrap_or(200) as u16;
    let headers = headers(&case.case["response"]["headers"]);
    let parsed = parse(&service, operation, status, &headers, &body, &ParseOptions::default());
    let (actual, expected) = match parsed {
        Ok(answer) if !is_error => (answer.value, case.case["result"].clone()),
        Err(AnswerFault::Service(error)) if is_error => {
            let mut expected = serde_json::json!({"Error": {
                "Code": case.case["errorCode"].as_str().unwrap_or_default(),
                "Message": case.case["errorMessage"].as_str().unwrap_or_default(),
            }});
            for (name, value) in case.case["error"].as_object().into_iter().flatten() {
                expected[name] = value.clone();
            }
            let mut actual: Map = error.fields.clone();
            // An answer without a message has an empty one.
            let part = |name: &str| {
                (Key::new(name), error.error.get(name).cloned().unwrap_or_else(|| Value::text("")))
            };
            actual.insert("Error", ["Code", "Message"].map(part).into_iter().collect::<Map>());
            (Value::Map(actual), expected)
        }
        other => return Err(format!("{other:?}")),
    };
    if agrees(&actual, &expected) { Ok(()) } else { Err(format!("got {actual:?}, expected {expected}")) }
}

fn open(model: &Json) -> Result<Service, String> {
    Service::from_json("vector", &serde_json::to_vec(model).expect("JSON"))
        .map_err(|error| format!("{error:?}"))
}

pub(crate) fn headers(headers: &Json) -> HeaderMap {
    let pairs = headers.as_object().into_iter().flatten();
    pairs
        .map(|(name, value)| {
            let name = HeaderName::from_bytes(name.as_bytes()).expect("a header's name");
            (name, HeaderValue::from_str(value.as_str().unwrap_or_default()).expect("a header's value"))
        })
        .collect()
}

/// The vectors write times as seconds, bytes as text, and the numbers that JSON lacks as text.
fn agrees(actual: &Value, expected: &Json) -> bool {
    match (actual, expected) {
        (Value::Null, Json::Null) => true,
        (Value::Bool(one), Json::Bool(other)) => one == other,
        (Value::Text(one), Json::String(other)) => one == other.as_str(),
        (Value::Blob(one), Json::String(other)) => **one == *other.as_bytes(),
        (Value::Number(one), Json::Number(other)) => Some(one.as_f64()) == other.as_f64(),
        (Value::Number(one), Json::String(other)) => one.to_string() == *other,
        (Value::Text(one), Json::Number(_)) => {
            let expected = Value::from_json(expected.to_string().as_bytes()).expect("a number");
            let point =
                |moment: Option<Moment>| moment.and_then(|moment| moment.on_wire(TimestampFormat::Iso8601));
            let actual = point(Moment::from_text(one, &TimeZone::UTC));
            actual.is_some() && actual == point(Moment::from_value(&expected, &TimeZone::UTC))
        }
        (Value::List(one), Json::Array(other)) => {
            one.len() == other.len() && one.iter().zip(other).all(|(one, other)| agrees(one, other))
        }
        (Value::Map(one), Json::Object(other)) => {
            one.len() == other.len()
                && one
                    .iter()
                    .all(|(name, value)| other.get(name.as_str()).is_some_and(|other| agrees(value, other)))
        }
        _ => false,
    }
}
