use http::{HeaderMap, HeaderName, HeaderValue};
use proptest::prelude::*;
use value::JsonStyle;

use super::*;
use crate::message::TimestampStyle;

const PROTOCOLS: [&str; 6] = ["query", "ec2", "json", "rest-json", "rest-xml", "smithy-rpc-v2-cbor"];

/// A service of that protocol whose output has every kind of member.
fn service(protocol: &str) -> Service {
    let wrapper = if protocol == "query" { r#", "resultWrapper": "OpResult""# } else { "" };
    let model = format!(
        r#"{{
        "metadata": {{"protocol": "{protocol}", "serviceId": "S3", "targetPrefix": "T", "jsonVersion": "1.0"}},
        "operations": {{"Op": {{"http": {{"method": "GET", "requestUri": "/"}}, "output": {{"shape": "Out"{wrapper}}},
            "errors": [{{"shape": "Missing"}}]}}}},
        "shapes": {{
            "Out": {{"type": "structure", "members": {{
                "Text": {{"shape": "Str"}}, "Count": {{"shape": "Int"}}, "Ratio": {{"shape": "Dbl"}}, "Flag": {{"shape": "Bool"}},
                "When": {{"shape": "Time"}}, "Data": {{"shape": "Blob"}}, "Names": {{"shape": "Names"}},
                "Flat": {{"shape": "Flat"}}, "Tags": {{"shape": "Tags"}}, "Self": {{"shape": "Out"}}, "One": {{"shape": "One"}}}}}},
            "Str": {{"type": "string"}}, "Int": {{"type": "integer"}}, "Dbl": {{"type": "double"}}, "Bool": {{"type": "boolean"}},
            "Time": {{"type": "timestamp"}}, "Blob": {{"type": "blob"}},
            "Names": {{"type": "list", "member": {{"shape": "Str"}}}},
            "Flat": {{"type": "list", "flattened": true, "member": {{"shape": "Int"}}}},
            "Tags": {{"type": "map", "key": {{"shape": "Str"}}, "value": {{"shape": "Str"}}}},
            "One": {{"type": "structure", "union": true, "members": {{"a": {{"shape": "Str"}}, "b": {{"shape": "Str"}}}}}},
            "Missing": {{"type": "structure", "exception": true, "error": {{"code": "NotThere", "httpStatusCode": 404}},
                "members": {{"Message": {{"shape": "Str"}}, "Which": {{"shape": "Str"}}}}}}
        }}}}"#
    );
    Service::from_json("test", model.as_bytes()).expect("a model")
}

fn read(protocol: &str, status: u16, headers: &[(&str, &str)], body: &[u8]) -> Result<Answer, AnswerFault> {
    let service = service(protocol);
    let headers: HeaderMap = headers
        .iter()
        .map(|(name, value)| {
            (
                HeaderName::from_bytes(name.as_bytes()).expect("a name"),
                HeaderValue::from_str(value).expect("a value"),
            )
        })
        .collect();
    parse(
        &service,
        service.operation("Op").expect("an operation"),
        status,
        &headers,
        body,
        &ParseOptions::default(),
    )
}

fn shown(result: Result<Answer, AnswerFault>) -> String {
    match result {
        Ok(answer) => answer.value.to_json(JsonStyle::Line),
        Err(AnswerFault::Service(error)) => {
            format!("{error} {}", Value::Map(error.details()).to_json(JsonStyle::Line))
        }
        Err(AnswerFault::Unreadable(error)) => format!("unreadable: {error}"),
    }
}

/// The same members in the order of the wire, which is not the model's.
const XML: &str = "<Names><member>a</member><member>b</member></Names><Flat>1</Flat><Text>x &amp; <![CDATA[<y>]]></Text>\
    <Flat>2</Flat><When>2024-01-02T03:04:05.5Z</When><Ratio>1</Ratio><Flag>true</Flag><Data>aGk=</Data>\
    <Tags><entry><key>k</key><value>v</value></entry></Tags><Self><Count>-7</Count></Self><Unknown><a>1</a></Unknown>\
    <One><c>1</c></One><Count>5</Count>";
const READ: &str = r#"{"Text": "x & <y>", "Count": 5, "Ratio": 1.0, "Flag": true, "When": "2024-01-02T03:04:05.500000+00:00", "Data": "aGk=", "Names": ["a", "b"], "Flat": [1, 2], "Tags": {"k": "v"}, "Self": {"Count": -7}, "One": {"SDK_UNKNOWN_MEMBER": {"name": "c"}}}"#;

#[test]
fn answers_come_in_the_models_order() {
    let json = r#"{"Flat": [1, 2], "Names": ["a", "b"], "Text": "x & <y>", "When": 1704164645.5, "Ratio": 1, "Flag": true,
        "Data": "aGk=", "Tags": {"k": "v"}, "Self": {"Count": -7, "Text": null}, "Unknown": [], "One": {"c": 1}, "Count": 5}"#;
    for (protocol, body) in [
        (
            "query",
            format!(
                "<R><OpResult>{XML}</OpResult><ResponseMetadata><RequestId>id</RequestId></ResponseMetadata></R>"
            ),
        ),
        ("ec2", format!("<?xml version=\"1.0\"?>\n<R xmlns=\"urn:x\"><requestId>id</requestId>{XML}</R>\n")),
        ("rest-xml", format!("<R>{XML}</R>")),
        ("rest-json", json.to_owned()),
    ] {
        assert_eq!(shown(read(protocol, 200, &[], body.as_bytes())), READ, "{protocol}");
    }
    // This protocol leaves numbers as they came.
    assert_eq!(shown(read("json", 200, &[], json.as_bytes())), READ.replace("1.0,", "1,"));
}

#[test]
fn request_ids_are_found() {
    for (protocol, headers, body) in [
        (
            "query",
            &[][..],
            "<R><OpResult/><ResponseMetadata><RequestId>id</RequestId></ResponseMetadata></R>",
        ),
        ("ec2", &[][..], "<R><requestId>id</requestId></R>"),
        ("json", &[("x-amzn-RequestId", "id")][..], "{}"),
        ("rest-xml", &[("x-amz-request-id", "id")][..], ""),
    ] {
        let answer = read(protocol, 200, headers, body.as_bytes()).expect("an answer");
        assert_eq!(answer.request_id.as_deref(), Some("id"), "{protocol}");
    }
}

#[test]
fn errors_are_read_in_every_protocol() {
    let told = r#"NotThere: gone {"Code": "NotThere", "Message": "gone", "Which": "x"}"#;
    let told_json = r#"NotThere: gone {"Message": "gone", "Code": "NotThere", "Which": "x"}"#;
    let error = "<Error><Code>NotThere</Code><Message>gone</Message><Which>x</Which></Error>";
    for (protocol, headers, body, expected) in [
        ("query", &[][..], format!("<ErrorResponse>{error}<RequestId>id</RequestId></ErrorResponse>"), told),
        (
            "ec2",
            &[][..],
            format!("<Response><Errors>{error}</Errors><RequestID>id</RequestID></Response>"),
            told,
        ),
        ("rest-xml", &[][..], error.to_owned(), told),
        (
            "json",
            &[][..],
            r#"{"__type": "ns#NotThere:http://x", "message": "gone", "Which": "x"}"#.to_owned(),
            told_json,
        ),
        (
            "rest-json",
            &[("x-amzn-errortype", "NotThere:")][..],
            r#"{"message": "gone", "Which": "x"}"#.to_owned(),
            told_json,
        ),
        ("rest-xml", &[][..], String::new(), r#"404: Not Found {"Code": "404", "Message": "Not Found"}"#),
        ("json", &[][..], "<oops>".to_owned(), r#"404: <oops> {"Message": "<oops>", "Code": "404"}"#),
    ] {
        assert_eq!(shown(read(protocol, 404, headers, body.as_bytes())), expected, "{protocol} {body}");
    }
    for protocol in PROTOCOLS {
        let gateway = shown(read(protocol, 503, &[], b"<html><body>busy</body></html>"));
        assert_eq!(gateway, r#"503: Service Unavailable {"Code": "503", "Message": "Service Unavailable"}"#);
    }
}

#[test]
fn an_error_under_status_200_is_one() {
    let body = b"<?xml version=\"1.0\"?>\n<Error><Code>InternalError</Code><Message>again</Message></Error>";
    let error = shown(read("rest-xml", 200, &[], body));
    assert!(error.starts_with("InternalError: again"), "{error}");
}

#[test]
fn query_compatible_codes_win() {
    let headers = [("x-amzn-query-error", "AWS.Old.NotThere;Sender")];
    let Err(AnswerFault::Service(error)) = read("json", 400, &headers, br#"{"__type": "a#NotThere"}"#) else {
        panic!("no error");
    };
    assert_eq!((error.code.as_str(), error.sender_fault()), ("AWS.Old.NotThere", Some(true)));
}

#[test]
fn malformed_answers_are_told_apart_from_errors() {
    for (protocol, body, expected) in [
        ("ec2", "<R><Count>x</Count></R>", "unreadable: malformed integer: `x`"),
        ("ec2", "<R><When>soon</When></R>", "unreadable: malformed timestamp: `soon`"),
        ("ec2", "<R><Text>&bomb;</Text></R>", "unreadable: malformed XML: undefined entity `bomb`"),
        ("ec2", "<R><Text>", "unreadable: malformed XML: unexpected end"),
        ("ec2", "<R></R><R/>", "unreadable: malformed XML: content after the root element"),
        ("ec2", "", "unreadable: malformed XML: no element found"),
        ("query", "<R/>", "unreadable: malformed XML: no element `OpResult`"),
        ("ec2", "<R><Tags><entry><x/></entry></Tags></R>", "unreadable: malformed XML: unknown tag: x"),
        (
            "ec2",
            "<R><One><a/><b/></One></R>",
            "unreadable: Invalid service response: One must have one and only one member set.",
        ),
        (
            "json",
            r#"{"One": {"a": "x", "b": "y"}}"#,
            "unreadable: Invalid service response: One must have one and only one member set.",
        ),
        ("json", "[1]", "unreadable: malformed JSON: Out is a list at line 1 column 1"),
    ] {
        assert_eq!(shown(read(protocol, 200, &[], body.as_bytes())), expected, "{body}");
    }
}

#[test]
fn entities_of_a_document_are_never_expanded() {
    let body = b"<!DOCTYPE R [<!ENTITY a \"aaaa\"><!ENTITY b \"&a;&a;\">]><R><Text>&b;</Text></R>";
    assert!(shown(read("ec2", 200, &[], body)).starts_with("unreadable"));
}

#[test]
fn nesting_is_bounded() {
    let deep = format!("<R>{}", "<Self>".repeat(5000));
    assert!(shown(read("ec2", 200, &[], deep.as_bytes())).contains("too deeply"));
    let deep = r#"{"Self":"#.repeat(5000);
    assert!(shown(read("json", 200, &[], deep.as_bytes())).contains("unreadable"));
    let deep = b"\xa1\x64Self".repeat(5000);
    assert!(shown(read("smithy-rpc-v2-cbor", 200, &[], &deep)).contains("too deeply"));
    let deep = format!("<R>{}", "<x>".repeat(5000));
    assert!(shown(read("query", 400, &[], deep.as_bytes())).contains("too deeply"));
}

/// Every name used to be looked for among all the names before it: half a minute for a megabyte.
#[test]
fn many_unknown_names_are_read_in_linear_time() {
    let tags: String = (0..80_000).map(|number| format!("<x{number}/>")).collect();
    let names: String = (0..80_000).map(|number| format!(r#""x{number}":0,"#)).collect();
    for (protocol, status, body, expected) in [
        ("ec2", 200, format!("<R><One>{tags}</One></R>"), "one and only one member"),
        ("json", 200, format!(r#"{{"One":{{{names}"a":"x"}}}}"#), "one and only one member"),
        ("query", 400, format!("<R><Errors><Error><Code>Full</Code>{tags}</Error></Errors></R>"), "Full"),
        ("rest-xml", 400, format!("<Error><Code>Full</Code>{tags}</Error>"), "Full"),
    ] {
        assert!(shown(read(protocol, status, &[], body.as_bytes())).contains(expected), "{protocol}");
    }
    let names: Vec<u8> = (0..80_000).flat_map(|number| format!("f{number:06}\0").into_bytes()).collect();
    let body = [b"\xa1cOne\xbf".as_slice(), &names, b"\xff"].concat();
    assert!(shown(read("smithy-rpc-v2-cbor", 200, &[], &body)).contains("one and only one member"));
}

#[test]
fn length_is_bounded() {
    let service = service("ec2");
    let operation = service.operation("Op").expect("an operation");
    let options = ParseOptions { max_body: 100, timestamps: TimestampStyle::Wire, ..ParseOptions::default() };
    let body = format!("<R><Text>{}</Text></R>", "x".repeat(200));
    let whole = parse(&service, operation, 200, &HeaderMap::new(), body.as_bytes(), &options);
    let streamed = parse_stream(&service, operation, 200, &HeaderMap::new(), &mut body.as_bytes(), &options);
    for result in [whole, streamed] {
        assert!(shown(result).starts_with("unreadable: longer than 100 bytes; "));
    }
}

/// A byte or two on the wire are 32 in memory, so the length of a body does not bound what it makes.
#[test]
fn values_are_bounded_apart_from_bytes() {
    let options = ParseOptions { max_values: 1_000, ..ParseOptions::default() };
    let json = |item: &str| format!(r#"{{"Names":[{}]}}"#, vec![item; 1_000].join(",")).into_bytes();
    let cbor = [b"\xa1eNames\x9f".as_slice(), &[0xf6; 1_000], b"\xff"].concat();
    for (protocol, body) in [
        ("json", json("0")),
        ("json", json("null")),
        ("rest-json", json("[]")),
        ("smithy-rpc-v2-cbor", cbor),
        ("ec2", format!("<R><requestId>{}</requestId></R>", "<a><b/></a>".repeat(600)).into_bytes()),
    ] {
        let service = service(protocol);
        let operation = service.operation("Op").expect("an operation");
        let result = parse(&service, operation, 200, &HeaderMap::new(), &body, &options);
        let expected =
            "unreadable: more than 1000 values; narrow the question, by a filter or a smaller page";
        assert_eq!(shown(result), expected, "{protocol}");
        let result = parse(&service, operation, 200, &HeaderMap::new(), &body, &ParseOptions::default());
        assert!(!shown(result).contains("values"), "{protocol}");
    }
}

/// An error's body is read without a model, so nothing else bounds what it makes.
#[test]
fn very_long_bodies_of_errors_tell_only_their_status() {
    let body = format!(r#"{{"__type":"Full","message":[{}0]}}"#, "[],".repeat(1_000_000));
    assert!(shown(read("json", 400, &[], body.as_bytes())).contains("400"));
    assert!(shown(read("rest-xml", 400, &[], format!("<E>{body}</E>").as_bytes())).contains("400"));
}

#[test]
fn a_stream_reads_as_the_whole() {
    let service = service("ec2");
    let operation = service.operation("Op").expect("an operation");
    let body = format!("<R>{XML}</R>");
    let mut reader = std::io::BufReader::with_capacity(7, body.as_bytes());
    let result =
        parse_stream(&service, operation, 200, &HeaderMap::new(), &mut reader, &ParseOptions::default());
    assert_eq!(shown(result), READ);
}

proptest! {
    #[test]
    fn no_bytes_make_a_parser_panic(bytes in proptest::collection::vec(any::<u8>(), 0..200), status in 200_u16..600) {
        for protocol in PROTOCOLS {
            let _ = read(protocol, status, &[], &bytes);
        }
        let mut rest = bytes.as_slice();
        let _ = event_stream::next_message(&mut rest);
    }

    #[test]
    fn no_damage_makes_a_parser_panic(at in 0_usize..600, byte in any::<u8>(), cut in 0_usize..700, status in 200_u16..600) {
        let body = format!("<R><OpResult>{XML}</OpResult></R>");
        for (protocol, body) in [("query", body.as_str()), ("rest-json", READ), ("json", READ)] {
            let mut bytes = body.as_bytes().to_vec();
            if let Some(place) = bytes.get_mut(at) {
                *place = byte;
            }
            bytes.truncate(cut);
            let _ = read(protocol, status, &[], &bytes);
        }
    }
}
