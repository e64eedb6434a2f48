//! The CBOR decoder's own vectors.

use std::collections::BTreeMap;

use aws_call::message::ParseOptions;
use aws_call::parse::cbor;
use serde_json::Value as Json;
use value::Value;

use crate::sdist;

const SKIPPED: &[(&str, &str)] = &[
    ("tag - 0/max", TAG),
    ("tag - 0/min", TAG),
    ("tag - 1/max", TAG),
    ("tag - 1/min", TAG),
    ("tag - 2/max", TAG),
    ("tag - 2/min", TAG),
    ("tag - 4/max", TAG),
    ("tag - 4/min", TAG),
    ("tag - 8/max", TAG),
    ("tag - 8/min", TAG),
];

const TAG: &str = "AWS uses no tag but that of epoch time; others are refused, as in botocore";

#[test]
fn every_item_decodes() {
    let cases = sdist::read_json(&sdist::unit_tests().join("cbor/decode-success-tests.json"));
    let results: BTreeMap<String, Result<(), String>> = cases
        .as_array()
        .expect("cases")
        .iter()
        .map(|case| {
            let result = match cbor::decode(&hex(&case["input"]), &ParseOptions::default()) {
                Ok(value) if agrees(&value, &case["expect"]) => Ok(()),
                other => Err(format!("got {other:?}, expected {}", case["expect"])),
            };
            (case["description"].as_str().expect("a description").to_owned(), result)
        })
        .collect();
    sdist::report("protocols-cbor", &results, SKIPPED);
}

#[test]
fn every_malformed_item_is_refused() {
    let cases = sdist::read_json(&sdist::unit_tests().join("cbor/decode-error-tests.json"));
    for case in cases.as_array().expect("cases") {
        let result = cbor::decode(&hex(&case["input"]), &ParseOptions::default());
        assert!(result.is_err(), "{} gave {result:?}", case["description"]);
    }
}

fn hex(text: &Json) -> Vec<u8> {
    let digits: Vec<char> = text.as_str().expect("hex").chars().collect();
    digits.chunks(2).map(|pair| u8::from_str_radix(&String::from_iter(pair), 16).expect("hex")).collect()
}

fn agrees(actual: &Value, expected: &Json) -> bool {
    let (kind, expected) = expected.as_object().and_then(|kinds| kinds.iter().next()).expect("a kind");
    match (kind.as_str(), actual) {
        ("null" | "undefined", Value::Null) => true,
        ("bool", Value::Bool(flag)) => Some(*flag) == expected.as_bool(),
        ("uint" | "negint", Value::Number(number)) => {
            number.to_string() == format!("{expected}") || Some(number.as_f64()) == expected.as_f64()
        }
        ("string", Value::Text(text)) => Some(text.as_str()) == expected.as_str(),
        ("bytestring", Value::Blob(bytes)) => expected
            .as_array()
            .is_some_and(|list| list.iter().map(Json::as_u64).eq(bytes.iter().map(|b| Some(u64::from(*b))))),
        ("float32", Value::Number(number)) => {
            let bits = expected.as_u64().expect("bits") as u32;
            (number.as_f64() as f32).to_bits() == bits
                || f32::from_bits(bits).is_nan() && number.as_f64().is_nan()
        }
        ("float64", Value::Number(number)) => {
            let bits = expected.as_u64().expect("bits");
            number.as_f64().to_bits() == bits || f64::from_bits(bits).is_nan() && number.as_f64().is_nan()
        }
        ("list", Value::List(items)) => expected.as_array().is_some_and(|list| {
            list.len() == items.len() && items.iter().zip(list).all(|(a, e)| agrees(a, e))
        }),
        ("map", Value::Map(map)) => expected.as_object().is_some_and(|entries| {
            entries.iter().all(|(name, e)| map.get(name).is_some_and(|a| agrees(a, e)))
        }),
        _ => false,
    }
}
