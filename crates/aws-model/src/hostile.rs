//! Damaged archives and hostile models: errors, never panics. Tests alone.
#![expect(clippy::unwrap_used, reason = "a test may fail at once")]

use proptest::prelude::*;

use crate::archive::Archive;
use crate::opened::Docs;
use crate::unpack::standalone_tree;
use crate::{Catalog, ModelError, Service, ServiceDocs, ShapeId, ShapeKind};

/// A small model that has a little of everything.
const MODEL: &str = r#"{
    "metadata": {"protocol": "rest-xml", "apiVersion": "2020-01-01", "xmlNamespace": "urn:x", "auth": ["aws.auth#sigv4"]},
    "documentation": "<p>A   service\n of <a href=\"https://x\">things</a></p>",
    "clientContextParams": {"Accelerate": {"type": "boolean"}},
    "operations": {
        "GetThing": {
            "http": {"method": "GET", "requestUri": "/things/{Name}?x", "responseCode": 200},
            "input": {"shape": "In", "locationName": "Wrap", "xmlNamespace": {"uri": "urn:y", "prefix": "p"}},
            "output": {"shape": "Out", "resultWrapper": "R"},
            "errors": [{"shape": "Bad", "error": {"code": "B", "httpStatusCode": 400}}],
            "httpChecksum": {"requestAlgorithmMember": "A", "responseAlgorithms": ["CRC32"]},
            "endpoint": {"hostPrefix": "{Name}."}, "endpointdiscovery": {"required": true},
            "staticContextParams": {"S": {"value": ["a", true, 1.5, -3, null]}},
            "operationContextParams": {"O": {"path": "a[*].b"}}, "authtype": "none", "auth": ["smithy.api#noAuth"]
        }
    },
    "shapes": {
        "In": {"type": "structure", "required": ["When", "Name"], "payload": "Tree", "members": {
            "Name": {"shape": "Text", "location": "uri", "locationName": "name", "hostLabel": true,
                     "contextParam": {"name": "N"}, "idempotencytoken": true, "documentation": "the name"},
            "When": {"shape": "Time", "xmlAttribute": true, "xmlNamespace": {"uri": "urn:z"}},
            "Tree": {"shape": "Out", "documentation": "the   tree"}}},
        "Out": {"type": "structure", "members": {"Own": {"shape": "Out"}, "All": {"shape": "Map"}}},
        "Map": {"type": "map", "flattened": true, "key": {"shape": "Text", "locationName": "k"},
                "value": {"shape": "List"}},
        "List": {"type": "list", "min": 0, "max": 1e300, "member": {"shape": "Text", "jsonvalue": true}},
        "Text": {"type": "string", "enum": ["a", "b"], "pattern": ".*", "sensitive": true, "min": -1},
        "Time": {"type": "timestamp", "timestampFormat": "unixTimestamp", "documentation": "a time"},
        "Bad": {"type": "structure", "exception": true, "retryable": {"throttling": true}, "documentation": "bad"}
    }
}"#;

fn packed() -> Vec<u8> {
    let json = serde_json::from_str(MODEL).unwrap();
    let parts = crate::pack::Parts { service: &json, paginators: None, waiters: None, endpoint_rules: None };
    crate::pack::pack_service(&parts).unwrap()
}

/// Asks an opened service for everything it can be asked for.
fn visit(service: &Service) {
    let _ = service.verify();
    for name in service.operation_names() {
        if let Some(operation) = service.operation(name) {
            for id in operation.input.iter().chain(&operation.output).chain(&operation.errors) {
                service.shape(*id);
            }
        }
        service.paginator(name);
    }
    for id in 0..service.shape_count() {
        for member in service.shape(ShapeId(id as u32)).members() {
            service.shape(member.shape);
        }
    }
    let (_, _, _) = (service.waiters(), service.endpoint_rules(), service.documentation());
}

fn open(bytes: Vec<u8>) {
    if let Ok(service) = Service::open("x", bytes, Docs::Packed(Vec::new()), None) {
        visit(&service);
    }
}

#[test]
fn every_trait_survives() {
    let service = Service::from_json("things", MODEL.as_bytes()).unwrap();
    service.verify().unwrap();
    let operation = service.operation("GetThing").unwrap();
    assert_eq!(operation.response_code, Some(200));
    assert_eq!(operation.endpoint_discovery, Some(true));
    assert_eq!(operation.static_context_params[0].1.as_list().unwrap().len(), 5);
    let wrapper = operation.input_wrapper.as_ref().unwrap();
    assert_eq!(wrapper.1.as_ref().unwrap().prefix.as_deref(), Some("p"));
    assert_eq!(service.client_context_params(), ["Accelerate"]);
    let input = service.shape(operation.input.unwrap());
    assert_eq!(input.required, ["When", "Name"]);
    let name = input.member("Name").unwrap();
    assert!(name.host_label && name.idempotency_token && name.required);
    assert_eq!((name.wire_name.as_deref(), name.context_param.as_deref()), (Some("name"), Some("N")));
    assert!(input.member("When").unwrap().traits.xml_attribute);
    let bad = service.shape(operation.errors[0]).error.clone().unwrap();
    assert!(bad.retryable && bad.throttling && !bad.sender_fault);
    assert_eq!((bad.code.as_deref(), bad.http_status), (Some("B"), Some(400)));
    let ShapeKind::Map { key, .. } = &service.shape_named("Map").unwrap().kind else { panic!("a map") };
    assert_eq!(key.wire_name.as_deref(), Some("k"));
    assert_eq!(service.shape_named("List").unwrap().bounds.max, Some(1e300));
    let docs = service.documentation().unwrap();
    assert_eq!(docs.service(), "<p>A service of <a>things</a></p>");
    assert_eq!(docs.operation("GetThing"), "");
    let input = operation.input.unwrap();
    let texts: Vec<&str> = (0..4).map(|position| docs.member(input, position)).collect();
    assert_eq!(texts, ["the name", "", "the tree", ""]);
    let texts = ["Time", "Text", "Bad"].map(|name| docs.shape(service.shape_id_named(name).unwrap()));
    assert_eq!(texts, ["a time", "", ""], "only where no member says more, and only of inputs");
}

#[test]
fn unusable_models_are_refused() {
    let cases = [
        ("", "EOF"),
        ("[]", "not an object"),
        ("{}", "unknown protocol"),
        (r#"{"metadata": {"protocol": "soap"}}"#, "unknown protocol `soap`"),
        (r#"{"metadata": {"protocols": ["soap"], "protocol": "json"}}"#, "none of the protocols soap"),
        (r#"{"metadata": {"protocol": "json"}, "shapes": []}"#, "`shapes` is not an object"),
        (r#"{"metadata": {"protocol": "json"}, "shapes": {"A": 1}}"#, "`shapes.A` is not an object"),
        (r#"{"metadata": {"protocol": "json"}, "shapes": {"A": {"type": "odd"}}}"#, "unknown type `odd`"),
        (r#"{"metadata": {"protocol": "json"}, "shapes": {"A": {"type": "list"}}}"#, "`member` is missing"),
        (
            r#"{"metadata": {"protocol": "json"}, "shapes": {"A": {"type": "list", "member": {"shape": "B"}}}}"#,
            "there is no shape `B`",
        ),
        (
            r#"{"metadata": {"protocol": "json"}, "operations": {"A": {"input": {"shape": "B"}}}}"#,
            "no shape `B`",
        ),
    ];
    for (text, expected) in cases {
        let fault = Service::from_json("x", text.as_bytes()).unwrap_err().to_string();
        assert!(fault.contains(expected), "{text}: {fault}");
    }
    let deep = format!("{}{}", "[".repeat(100_000), "]".repeat(100_000));
    assert!(matches!(Service::from_json("x", deep.as_bytes()), Err(ModelError::Corrupt { .. })));
}

#[test]
fn every_truncation_is_an_error_or_harmless() {
    let bytes = packed();
    for end in 0..bytes.len() {
        open(bytes[..end].to_vec());
    }
}

#[test]
fn damage_to_a_compressed_service_shows_at_once() {
    let archive = Archive::read(crate::catalog::bytes()).unwrap();
    let sts = &archive.services[archive.find("sts").unwrap()];
    let whole = sts.model.decompress().unwrap();
    for position in (0..sts.model.compressed.len()).step_by(97) {
        let mut damaged = sts.model.compressed.to_vec();
        damaged[position] ^= 0x10;
        let blob = sts.model.with_bytes(&damaged);
        assert!(blob.decompress().map_or(true, |bytes| bytes == whole), "at {position}");
    }
}

#[test]
fn a_truncated_archive_is_an_error() {
    let bytes = crate::catalog::bytes();
    for end in [0, 7, 8, 11, 12, 100, bytes.len() / 2, bytes.len() - 1] {
        assert!(Archive::read(&bytes[..end]).is_err(), "{end}");
    }
    assert!(Catalog::embedded().open("sts").is_ok());
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn random_bytes_never_panic(mut bytes in proptest::collection::vec(any::<u8>(), 0..400)) {
        let _ = standalone_tree(&bytes);
        let _ = ServiceDocs::read(bytes.clone(), Vec::new());
        let _ = Archive::read(&bytes);
        open(bytes.clone());
        if let Some(first) = bytes.first_mut() {
            *first = crate::format::VERSION;
        }
        let _ = standalone_tree(&bytes);
        let _ = ServiceDocs::read(bytes.clone(), Vec::new());
        open(bytes);
    }

    #[test]
    fn mutated_services_never_panic(changes in proptest::collection::vec((any::<usize>(), any::<u8>()), 1..8)) {
        let mut bytes = packed();
        for (position, byte) in changes {
            let position = position % bytes.len();
            bytes[position] = byte;
        }
        open(bytes);
    }

    #[test]
    fn mutated_documentation_never_panics(changes in proptest::collection::vec((any::<usize>(), any::<u8>()), 1..8)) {
        let mut bytes = crate::pack::pack_docs(&serde_json::from_str(MODEL).unwrap()).unwrap();
        for (position, byte) in changes {
            let position = position % bytes.len();
            bytes[position] = byte;
        }
        if let Ok(docs) = ServiceDocs::read(bytes, vec!["GetThing".into()]) {
            for id in 0..8 {
                let _ = (docs.service(), docs.operation("GetThing"), docs.shape(ShapeId(id)), docs.member(ShapeId(id), 2));
            }
        }
    }

    #[test]
    fn mutated_json_never_panics(changes in proptest::collection::vec((any::<usize>(), 0x20_u8..0x7f), 1..8)) {
        let mut text = MODEL.as_bytes().to_vec();
        for (position, byte) in changes {
            let position = position % text.len();
            text[position] = byte;
        }
        if let Ok(service) = Service::from_json("x", &text) {
            visit(&service);
        }
    }
}
