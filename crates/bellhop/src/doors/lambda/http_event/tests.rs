use serde_json::{Value, json};

use proptest::prelude::*;

use super::super::event::Event;
use super::*;

fn read(event: &Value) -> HttpEvent {
    match Event::of(event) {
        Event::Http(Ok(request)) => *request,
        other => panic!("no request: {other:?}"),
    }
}

fn fault(event: &Value) -> &'static str {
    match Event::of(event) {
        Event::Http(Err(fault)) => fault.why,
        other => panic!("no fault: {other:?}"),
    }
}

fn rest() -> Value {
    json!({
        "resource": "/{proxy+}",
        "path": "/slack/commands",
        "httpMethod": "POST",
        "headers": {"X-Slack-Signature": "v0=b"},
        "multiValueHeaders": {"X-Slack-Signature": ["v0=a", "v0=b"], "Accept": ["*/*"]},
        "queryStringParameters": {"a": "2"},
        "multiValueQueryStringParameters": {"a": ["1 &", "2"]},
        "pathParameters": {"proxy": "slack/commands"},
        "requestContext": {"stage": "prod", "path": "/prod/slack/commands", "domainName": "x1.execute-api.us-east-1.amazonaws.com"},
        "body": "token=a%20b&text=%C3%BC",
        "isBase64Encoded": false
    })
}

fn api2() -> Value {
    json!({
        "version": "2.0",
        "routeKey": "$default",
        "rawPath": "/slack/commands",
        "rawQueryString": "a=1&a=2",
        "cookies": ["k=1", "l=2"],
        "headers": {"x-slack-signature": "v0=a,v0=b"},
        "requestContext": {"stage": "$default", "domainName": "x1.lambda-url.us-east-1.on.aws", "http": {"method": "POST", "path": "/slack/commands"}},
        "body": "dG9rZW49YSUyMGI=",
        "isBase64Encoded": true
    })
}

fn balancer() -> Value {
    json!({
        "requestContext": {"elb": {"targetGroupArn": "arn:aws:elasticloadbalancing:us-east-1:1:targetgroup/t/1"}},
        "httpMethod": "POST",
        "path": "/slack/events",
        "queryStringParameters": {"a": "1%20"},
        "headers": {"x-amzn-trace-id": "Root=1"},
        "body": "",
        "isBase64Encoded": false
    })
}

fn with(mut event: Value, changes: &[(&str, Value)]) -> Value {
    for (name, value) in changes {
        let place = event.pointer_mut(name);
        match place {
            Some(place) => *place = value.clone(),
            None => event[name.trim_start_matches('/')] = value.clone(),
        }
    }
    event
}

#[test]
fn each_front_is_read_in_its_own_dialect() {
    let text = |text: &str| text.to_owned();
    let read_rest = read(&rest());
    assert_eq!(
        (read_rest.front, read_rest.method.as_str(), read_rest.path.as_str()),
        (Front::Rest, "POST", "/slack/commands")
    );
    let signatures = read_rest.headers.iter().filter(|(name, _)| name == "X-Slack-Signature").count();
    assert_eq!(signatures, 2, "both are seen, so neither is believed");
    assert_eq!(read_rest.body, b"token=a%20b&text=%C3%BC");
    assert_eq!(read_rest.query, "a=1+%26&a=2");

    let read_api2 = read(&api2());
    assert_eq!((read_api2.front, read_api2.query.as_str()), (Front::Api2, "a=1&a=2"));
    assert_eq!(read_api2.body, b"token=a%20b");
    assert!(read_api2.headers.contains(&(text("cookie"), text("k=1; l=2"))));

    let read_balancer = read(&balancer());
    assert_eq!(
        (read_balancer.front, read_balancer.query.as_str()),
        (Front::Balancer { multi: false }, "a=1%20")
    );
    assert!(read_balancer.body.is_empty());
    let several =
        with(balancer(), &[("multiValueHeaders", json!({"a": ["1", "2"]})), ("/headers", Value::Null)]);
    let several = read(&several);
    assert_eq!(several.front, Front::Balancer { multi: true });
    assert_eq!(several.headers, [(text("a"), text("1")), (text("a"), text("2"))]);
}

#[test]
fn stages_and_mappings_are_left_out_of_paths() {
    let own = json!("bot.example.com");
    let execute = json!("x1.execute-api.us-east-1.amazonaws.com");
    let route = |path: &str| json!(path);
    for (event, changes, expected) in [
        // A REST API says its path without the stage, and with the name it is mapped to.
        (rest(), vec![], "/slack/commands"),
        (rest(), vec![("/path", route("/base/slack/commands"))], "/slack/commands"),
        (
            rest(),
            vec![
                ("/resource", route("/slack/commands")),
                ("/pathParameters", Value::Null),
                ("/path", route("/base/slack/commands")),
            ],
            "/slack/commands",
        ),
        (
            rest(),
            vec![("/resource", Value::Null), ("/path", route("/prod/slack/commands"))],
            "/slack/commands",
        ),
        (
            rest(),
            vec![("/resource", Value::Null), ("/path", route("/production/slack"))],
            "/production/slack",
        ),
        (rest(), vec![("/resource", Value::Null), ("/path", route("/prod"))], "/"),
        (rest(), vec![("/pathParameters", json!({"proxy": "elsewhere"}))], "/slack/commands"),
        (
            rest(),
            vec![("/resource", route("/slack/{kind}")), ("/pathParameters", json!({"kind": "commands"}))],
            "/slack/commands",
        ),
        // An HTTP API says it with the stage, except at a domain of one's own.
        (api2(), vec![], "/slack/commands"),
        (
            api2(),
            vec![
                ("/rawPath", route("/prod/slack/commands")),
                ("/requestContext/stage", json!("prod")),
                ("/requestContext/domainName", execute.clone()),
            ],
            "/slack/commands",
        ),
        (
            api2(),
            vec![
                ("/rawPath", route("/slack/slack/commands")),
                ("/requestContext/stage", json!("slack")),
                ("/requestContext/domainName", execute),
            ],
            "/slack/commands",
        ),
        (
            api2(),
            vec![("/requestContext/stage", json!("slack")), ("/requestContext/domainName", own)],
            "/slack/commands",
        ),
        (
            api2(),
            vec![
                ("/rawPath", route("/m/slack/events")),
                ("/routeKey", json!("POST /{proxy+}")),
                ("pathParameters", json!({"proxy": "slack/events"})),
            ],
            "/slack/events",
        ),
        (
            api2(),
            vec![("/rawPath", route("/m/slack/events")), ("/routeKey", json!("POST /slack/events"))],
            "/slack/events",
        ),
    ] {
        let event = with(event, &changes);
        assert_eq!(read(&event).path, expected, "{event}");
    }
}

#[test]
fn what_is_no_request_is_a_fault_that_repeats_nothing() {
    for (event, changes, expected) in [
        (api2(), vec![("/body", json!("%%%secret"))], "its body is no base64"),
        (api2(), vec![("/body", json!("dG9rZW4"))], "its body is no base64"),
        (api2(), vec![("/body", json!({"a": 1}))], "its body is no text"),
        (api2(), vec![("/isBase64Encoded", json!("yes"))], "it does not say whether its body is encoded"),
        (api2(), vec![("/requestContext/http", json!({}))], "it has no method"),
        (api2(), vec![("/rawPath", Value::Null)], "it has no path"),
        (api2(), vec![("/rawPath", json!("slack"))], "it has no path"),
        (api2(), vec![("/headers", json!({"a": 1}))], "a header of it is no text"),
        (rest(), vec![("/httpMethod", json!(7))], "it has no method"),
        (balancer(), vec![("/path", json!(format!("/{}", "a".repeat(9000))))], "its path is too long"),
    ] {
        assert_eq!(fault(&with(event, &changes)), expected);
    }
    let headers: Map<String, Value> = (0..300).map(|number| (format!("h{number}"), json!("x"))).collect();
    assert_eq!(fault(&with(api2(), &[("/headers", Value::Object(headers))])), "it has too many headers");
}

#[test]
fn each_front_is_answered_in_its_own_dialect() {
    let headers = [("content-type", "a"), ("x", "1"), ("x", "2")];
    let headers = headers.map(|(name, value)| (name.to_owned(), value.to_owned()));
    let rest = answer(Front::Rest, 200, &headers, "ü".as_bytes());
    assert_eq!(
        rest,
        json!({"statusCode": 200, "body": "ü", "isBase64Encoded": false, "multiValueHeaders": {"content-type": ["a"], "x": ["1", "2"]}})
    );
    let api2 = answer(Front::Api2, 401, &headers[..1], &[0xff]);
    assert_eq!(
        api2,
        json!({"statusCode": 401, "body": "/w==", "isBase64Encoded": true, "headers": {"content-type": "a"}})
    );
    let balancer = answer(Front::Balancer { multi: false }, 404, &headers[..1], b"");
    assert_eq!(
        balancer,
        json!({"statusCode": 404, "body": "", "isBase64Encoded": false, "statusDescription": "404 Not Found", "headers": {"content-type": "a"}})
    );
    assert!(answer(Front::Balancer { multi: true }, 200, &headers, b"")["multiValueHeaders"].is_object());
}

/// Events that look like something, with anything in them.
fn anything() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        "[ -~]{0,12}".prop_map(Value::from),
        Just(json!("POST")),
        Just(json!("/prod/slack")),
        Just(json!("aws:sqs")),
    ];
    let name = prop_oneof![
        Just("requestContext"),
        Just("elb"),
        Just("http"),
        Just("method"),
        Just("stage"),
        Just("httpMethod"),
        Just("path"),
        Just("rawPath"),
        Just("resource"),
        Just("routeKey"),
        Just("pathParameters"),
        Just("proxy"),
        Just("headers"),
        Just("multiValueHeaders"),
        Just("body"),
        Just("isBase64Encoded"),
        Just("Records"),
        Just("eventSource"),
        Just("Sns"),
        Just("bellhop"),
        Just("job"),
        Just("cookies"),
        Just("queryStringParameters"),
        Just("multiValueQueryStringParameters"),
    ];
    leaf.prop_recursive(4, 64, 8, move |inner| {
        prop_oneof![
            proptest::collection::vec(inner.clone(), 0..4).prop_map(Value::Array),
            proptest::collection::vec((name.clone(), inner), 0..8).prop_map(|fields| Value::Object(
                fields.into_iter().map(|(name, value)| (name.to_owned(), value)).collect()
            )),
        ]
    })
}

proptest! {
    #[test]
    fn any_event_is_told(event in anything()) {
        if let Event::Http(Ok(request)) = Event::of(&event) {
            prop_assert!(request.path.starts_with('/') && !request.method.is_empty());
            prop_assert!(request.headers.len() <= MAX_HEADERS);
        }
    }

    #[test]
    fn bodies_come_out_as_they_went_in(body in proptest::collection::vec(any::<u8>(), 0..200)) {
        let event = with(api2(), &[("/body", json!(STANDARD.encode(&body)))]);
        prop_assert_eq!(read(&event).body, body);
    }
}
