use super::*;

/// A service of that protocol whose input has what protocols differ in.
fn service(protocol: &str) -> Service {
    let model = format!(
        r#"{{
        "metadata": {{"protocol": "{protocol}", "apiVersion": "2020-01-01", "targetPrefix": "Target", "jsonVersion": "1.1"}},
        "operations": {{"Op": {{"http": {{"method": "POST", "requestUri": "/a/{{Id}}?kind"}},
            "input": {{"shape": "In", "locationName": "OpRequest", "xmlNamespace": {{"uri": "urn:x"}}}},
            "endpoint": {{"hostPrefix": "{{Id}}."}}}}}},
        "shapes": {{
            "In": {{"type": "structure", "members": {{
                "Id": {{"shape": "Str", "location": "uri", "locationName": "Id", "hostLabel": true}},
                "Page": {{"shape": "Names", "location": "querystring", "locationName": "page"}},
                "Trace": {{"shape": "Time", "location": "header", "locationName": "x-trace"}},
                "Meta": {{"shape": "Tags", "location": "headers", "locationName": "x-meta-"}},
                "names": {{"shape": "Names", "locationName": "nameSet"}}, "Tags": {{"shape": "Tags"}},
                "When": {{"shape": "Time"}}, "Data": {{"shape": "Blob"}}, "Ratio": {{"shape": "Dbl"}},
                "Token": {{"shape": "Str", "idempotencyToken": true}}}}}},
            "Str": {{"type": "string"}}, "Time": {{"type": "timestamp"}}, "Blob": {{"type": "blob"}}, "Dbl": {{"type": "double"}},
            "Names": {{"type": "list", "member": {{"shape": "Str", "locationName": "item"}}}},
            "Tags": {{"type": "map", "key": {{"shape": "Str"}}, "value": {{"shape": "Str"}}}}
        }}}}"#
    );
    Service::from_json("test", model.as_bytes()).expect("a model")
}

fn sent(protocol: &str, params: &str) -> Result<RequestParts, SerializeError> {
    let service = service(protocol);
    let Ok(Value::Map(params)) = Value::from_json(params.as_bytes()) else { panic!("not a map") };
    serialize(&service, service.operation("Op").expect("an operation"), &params)
}

const PARAMS: &str = r#"{"Id": "i-1", "When": "2024-01-02T03:04:05Z", "names": ["a b", "ü"], "Tags": {"k": "<&>"}, "Data": "hi", "Ratio": 3}"#;

#[test]
fn bodies_follow_the_protocol() {
    for (protocol, expected) in [
        (
            "query",
            "Action=Op&Version=2020-01-01&Id=i-1&When=2024-01-02T03%3A04%3A05Z&nameSet.item.1=a+b&nameSet.item.2=%C3%BC\
             &Tags.entry.1.key=k&Tags.entry.1.value=%3C%26%3E&Data=aGk%3D&Ratio=3",
        ),
        (
            "ec2",
            "Action=Op&Version=2020-01-01&Id=i-1&When=2024-01-02T03%3A04%3A05Z&NameSet.1=a+b&NameSet.2=%C3%BC\
             &Tags.entry.1.Key=k&Tags.entry.1.Value=%3C%26%3E&Data=aGk%3D&Ratio=3",
        ),
        (
            "json",
            r#"{"Id": "i-1", "When": 1704164645, "nameSet": ["a b", "\u00fc"], "Tags": {"k": "<&>"}, "Data": "aGk=", "Ratio": 3}"#,
        ),
        (
            "rest-json",
            r#"{"When": 1704164645, "nameSet": ["a b", "\u00fc"], "Tags": {"k": "<&>"}, "Data": "aGk=", "Ratio": 3}"#,
        ),
        (
            "rest-xml",
            "<OpRequest xmlns=\"urn:x\"><When>2024-01-02T03:04:05Z</When><nameSet><item>a b</item><item>ü</item></nameSet>\
             <Tags><entry><key>k</key><value>&lt;&amp;&gt;</value></entry></Tags><Data>aGk=</Data><Ratio>3</Ratio></OpRequest>",
        ),
    ] {
        let parts = sent(protocol, PARAMS).expect("a request");
        assert_eq!(String::from_utf8_lossy(&parts.body), expected, "{protocol}");
        assert_eq!(parts.host_prefix.as_deref(), Some("i-1."), "{protocol}");
    }
}

#[test]
fn bindings_go_where_the_model_says() {
    let params = r#"{"Id": "a/b c", "Page": ["x", "y&z"], "Trace": 1704164645, "Meta": {"k": "v"}}"#;
    // A label of the host may not hold such an id.
    assert!(matches!(sent("rest-json", params), Err(SerializeError::Parameter { .. })));
    let parts = sent("rest-json", &params.replace("a/b c", "a.b")).expect("a request");
    assert_eq!((parts.path.as_str(), parts.encoded_query().as_str()), ("/a/a.b", "kind&page=x&page=y%26z"));
    assert_eq!(parts.header("x-trace"), Some("Tue, 02 Jan 2024 03:04:05 GMT"));
    assert_eq!(parts.header("x-meta-k"), Some("v"));
    assert_eq!((parts.body.as_slice(), parts.header("Content-Type")), (&b"{}"[..], Some("application/json")));
}

#[test]
fn headers_cannot_be_split() {
    let params = r#"{"Id": "i", "Meta": {"k": "v\r\nx-evil: 1"}}"#;
    assert!(matches!(sent("rest-json", params), Err(SerializeError::Parameter { .. })));
}

#[test]
fn cbor_is_compact() {
    let parts = sent("smithy-rpc-v2-cbor", r#"{"Id": "i-1", "When": 1, "Ratio": 0.5}"#).expect("a request");
    assert_eq!(parts.body, b"\xa3\x62Id\x63i-1\x64When\xc1\x01\x65Ratio\xfb\x3f\xe0\0\0\0\0\0\0");
    assert_eq!(parts.path, "/service/Target/operation/Op");
    assert_eq!(parts.header("smithy-protocol"), Some("rpc-v2-cbor"));
}

#[test]
fn empty_lists_show_in_queries_only() {
    let params = r#"{"Id": "i", "names": []}"#;
    let body = |protocol| String::from_utf8(sent(protocol, params).expect("a request").body).expect("text");
    assert_eq!(body("query"), "Action=Op&Version=2020-01-01&Id=i&nameSet=");
    assert_eq!(body("ec2"), "Action=Op&Version=2020-01-01&Id=i");
}

#[test]
fn tokens_are_filled_once() {
    let service = service("json");
    let operation = service.operation("Op").expect("an operation");
    let mut params = Map::new();
    assert!(fill_tokens(&service, operation, &mut params, &mut || "fresh".to_owned()));
    assert!(fill_tokens(&service, operation, &mut params, &mut || "other".to_owned()));
    assert_eq!(params.get("Token").and_then(Value::as_text), Some("fresh"));
}
