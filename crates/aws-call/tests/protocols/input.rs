//! Requests: parameters in, the parts of a request out.

use std::collections::BTreeMap;

use aws_call::message::RequestParts;
use aws_call::{parse, serialize};
use aws_model::{Protocol, Service, ShapeKind};
use serde_json::Value as Json;
use value::{Map, Number, Value};

use crate::sdist::{self, Case};

const SKIPPED: &[(&str, &str)] = &[
    ("ec2/SDKAppendsGzipAndIgnoresHttpProvidedEncoding_ec2Query", COMPRESSION),
    ("ec2/SDKAppliedContentEncoding_ec2Query", COMPRESSION),
    ("json/SDKAppendsGzipAndIgnoresHttpProvidedEncoding_awsJson1_1", COMPRESSION),
    ("json/SDKAppliedContentEncoding_awsJson1_1", COMPRESSION),
    ("json_1_0/SDKAppendsGzipAndIgnoresHttpProvidedEncoding_awsJson1_0", COMPRESSION),
    ("json_1_0/SDKAppliedContentEncoding_awsJson1_0", COMPRESSION),
    ("query/SDKAppendsGzipAndIgnoresHttpProvidedEncoding_awsQuery", COMPRESSION),
    ("query/SDKAppliedContentEncoding_awsQuery", COMPRESSION),
    ("rest-json/SDKAppendedGzipAfterProvidedEncoding_restJson1", COMPRESSION),
    ("rest-json/SDKAppliedContentEncoding_restJson1", COMPRESSION),
    ("rest-xml/SDKAppendedGzipAfterProvidedEncoding_restXml", COMPRESSION),
    ("rest-xml/SDKAppliedContentEncoding_restXml", COMPRESSION),
    ("legacy/rest-json/12:0", PAYLOAD_ON_REFERENCE),
    ("legacy/rest-json/12:1", PAYLOAD_ON_REFERENCE),
    ("legacy/rest-json/13:0", PAYLOAD_ON_REFERENCE),
    ("legacy/rest-json/18:0", PAYLOAD_ON_REFERENCE),
    ("legacy/rest-xml/11:0", "the location stands on the shape, which no service's model does"),
    (
        "query/QueryFlattenedListArgWithXmlName",
        "services expect the item's name on flattened lists, as botocore sends it",
    ),
    ("rest-json/MediaTypeHeaderInputBase64", "a header of JSON text is given as a tree, as in the AWS CLI"),
    (
        "rest-json/RestJsonHttpChecksumRequired",
        "checksums are a later stage, and the AWS CLI sends CRC64NVME instead",
    ),
    ("rest-json/RestJsonHttpPayloadWithUnsetUnion", "the AWS CLI sends an empty document"),
    ("rest-json/RestJsonNullAndEmptyHeaders", "the AWS CLI leaves empty lists out"),
    ("rest-json/RestJsonQueryPrecedence", "the AWS CLI lets the later parameter win"),
    ("rest-xml/BodyWithXmlName", NAME_OF_TARGET),
    ("rest-xml/HttpPayloadWithXmlName", NAME_OF_TARGET),
    ("rest-xml/HttpPayloadWithXmlNamespace", NAME_OF_TARGET),
    ("rest-xml/HttpPayloadWithXmlNamespaceAndPrefix", NAME_OF_TARGET),
    ("rest-xml/NullAndEmptyHeaders", "the AWS CLI leaves empty lists out"),
    ("rest-xml/RestXmlHttpPayloadWithUnion", NAME_OF_TARGET),
    ("rest-xml/RestXmlQueryPrecedence", "the AWS CLI lets the later parameter win"),
    ("rest-xml/XmlAttributesOnPayload", NAME_OF_TARGET),
];

const COMPRESSION: &str = "bodies are compressed by a later stage, which has its own tests";
const PAYLOAD_ON_REFERENCE: &str =
    "the payload stands on the operation's reference, which no service's model does";
const NAME_OF_TARGET: &str = "models name the root where it is used, and botocore ignores the case too";

#[test]
fn every_request_is_as_published() {
    let results: BTreeMap<String, Result<(), String>> =
        sdist::cases("input").iter().map(|case| (case.name.clone(), check(case))).collect();
    sdist::report("protocols-input", &results, SKIPPED);
}

fn check(case: &Case) -> Result<(), String> {
    let model = serde_json::to_vec(&case.model).expect("JSON");
    let service = Service::from_json("vector", &model).map_err(|error| format!("{error:?}"))?;
    let operation = service.operation(&case.operation).ok_or("no operation")?;
    let mut params = match Value::from_json(case.case["params"].to_string().as_bytes()) {
        Ok(Value::Map(params)) => params,
        Ok(Value::Null) => Map::new(),
        other => return Err(format!("params {other:?}")),
    };
    special_floats(&mut params);
    serialize::fill_tokens(&service, operation, &mut params, &mut || {
        "00000000-0000-4000-8000-000000000000".to_owned()
    });
    let parts = serialize::serialize(&service, operation, &params).map_err(|error| format!("{error:?}"))?;
    let expected = &case.case["serialized"];
    compare_body(&service, &parts, expected)?;
    compare_headers(&service, operation.input.map(|id| service.shape(id)), &parts, expected)?;
    let endpoint = case.model["clientEndpoint"].as_str().unwrap_or("https://example.com");
    let (_, base) = endpoint.split_once("://").expect("an endpoint");
    let (host, base_path) =
        base.split_once('/').map_or((base, String::new()), |(host, path)| (host, format!("/{path}")));
    let mut uri = format!("{base_path}{}", parts.path);
    let query = parts.encoded_query();
    if !query.is_empty() {
        uri = format!("{uri}?{query}");
    }
    equal("URI", &uri, expected["uri"].as_str().unwrap_or_default())?;
    if let Some(method) = expected["method"].as_str() {
        equal("method", &parts.method, method)?;
    }
    if let Some(expected) = expected["host"].as_str() {
        let expected = expected.split('/').next().unwrap_or_default();
        equal("host", &format!("{}{host}", parts.host_prefix.clone().unwrap_or_default()), expected)?;
    }
    Ok(())
}

/// The vectors write `NaN` and the infinities as text.
fn special_floats(params: &mut Map) {
    for (_, value) in params.iter_mut() {
        let number = match value.as_text() {
            Some("NaN") => f64::NAN,
            Some("Infinity") => f64::INFINITY,
            Some("-Infinity") => f64::NEG_INFINITY,
            _ => continue,
        };
        *value = Value::Number(Number::Float(number));
    }
}

fn equal(what: &str, actual: &str, expected: &str) -> Result<(), String> {
    if actual == expected { Ok(()) } else { Err(format!("{what}: got {actual:?}, expected {expected:?}")) }
}

fn compare_body(service: &Service, parts: &RequestParts, expected: &Json) -> Result<(), String> {
    let actual = String::from_utf8_lossy(&parts.body).into_owned();
    let protocol = service.metadata().protocol;
    let Some(body) = expected["body"].as_str() else { return Ok(()) };
    match protocol {
        Protocol::RpcV2Cbor if parts.body.is_empty() => Ok(()),
        Protocol::RpcV2Cbor => {
            use base64::Engine as _;
            let options = aws_call::message::ParseOptions::default();
            let expected = base64::engine::general_purpose::STANDARD.decode(body).expect("base64");
            let expected = parse::cbor::decode(&expected, &options).map_err(|error| error.to_string())?;
            let actual = parse::cbor::decode(&parts.body, &options).map_err(|error| error.to_string())?;
            equal("body", &format!("{actual:?}"), &format!("{expected:?}"))
        }
        Protocol::Json | Protocol::RestJson => {
            match (Value::from_json(&parts.body), Value::from_json(body.as_bytes())) {
                (Ok(one), Ok(other)) if one == other => Ok(()),
                _ => equal("body", &actual, body),
            }
        }
        Protocol::RestXml => match (canonical(&actual), canonical(body)) {
            (Some(one), Some(other)) => equal("body", &one, &other),
            _ => equal("body", &actual, body),
        },
        Protocol::Query | Protocol::Ec2 => equal("body", &actual, body),
    }
}

/// XML with sorted attributes and without the space around text. Nothing if it is none.
fn canonical(text: &str) -> Option<String> {
    use quick_xml::events::Event;
    let mut reader = quick_xml::Reader::from_str(text);
    reader.config_mut().expand_empty_elements = true;
    let mut out = String::new();
    loop {
        match reader.read_event().ok()? {
            Event::Start(start) => {
                let mut attributes: Vec<String> =
                    start.attributes().map(|attribute| format!("{:?}", attribute.ok())).collect();
                attributes.sort();
                out.push_str(&format!("<{} {}>", start.name().into_inner(), attributes.join(" ")));
            }
            Event::End(end) => out.push_str(&format!("</{}>", end.name().into_inner())),
            Event::Text(text) => out.push_str(text.trim()),
            Event::GeneralRef(reference) => out.push_str(&format!("&{};", &*reference)),
            Event::Eof => return (!out.is_empty()).then_some(out),
            _ => {}
        }
    }
}

fn compare_headers(
    service: &Service,
    input: Option<&aws_model::Shape>,
    parts: &RequestParts,
    expected: &Json,
) -> Result<(), String> {
    let protocol = service.metadata().protocol;
    let is_list = |name: &str| {
        input.is_some_and(|input| {
            input.members().iter().any(|member| {
                member.wire_name.as_ref().is_some_and(|wire| wire.eq_ignore_ascii_case(name))
                    && matches!(service.shape(member.shape).kind, ShapeKind::List(_))
            })
        })
    };
    for (name, value) in expected["headers"].as_object().into_iter().flatten() {
        let mut value = value.as_str().unwrap_or_default().to_owned();
        let mut actual = parts.header(name).map(str::to_owned);
        if is_list(name) {
            // The vectors separate items by a comma and a space, botocore by a comma.
            value = value.replace(", ", ",");
            actual = actual.map(|actual| actual.replace(", ", ","));
        }
        if name.eq_ignore_ascii_case("content-type") {
            match protocol {
                Protocol::Query | Protocol::Ec2 if !value.contains("charset") => value += "; charset=utf-8",
                // botocore sets no type on streamed payloads and on XML.
                Protocol::RestXml => continue,
                Protocol::RestJson if value != "application/json" => continue,
                _ => {}
            }
        }
        if actual.as_deref() != Some(&value) {
            return Err(format!("header {name}: got {actual:?}, expected {value:?}"));
        }
    }
    for name in expected["forbidHeaders"].as_array().into_iter().flatten().filter_map(Json::as_str) {
        if parts.header(name).is_some() {
            return Err(format!("header {name} must be absent"));
        }
    }
    Ok(())
}
