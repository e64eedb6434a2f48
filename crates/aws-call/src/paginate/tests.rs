#![expect(clippy::unwrap_used, reason = "a test may stop where it fails")]

use aws_model::Catalog;
use proptest::prelude::*;
use value::{Map, Value};

use super::*;

fn json(text: &str) -> Value {
    Value::from_json(text.as_bytes()).unwrap()
}

fn pager(service: &str, operation: &str, paging: &Paging) -> Result<Pager, PagingError> {
    let service = Catalog::embedded().open(service).unwrap();
    let model = service.operation(operation).unwrap();
    Pager::new(&service, model, service.paginator(operation).unwrap(), paging, Map::new())
}

/// Walks over pages given as JSON; returns the merged answer and the inputs that were asked for.
fn walk(service: &str, operation: &str, paging: &Paging, pages: &[&str]) -> (Value, Vec<String>) {
    let mut pager = pager(service, operation, paging).unwrap();
    let (mut merger, mut inputs) = (Merger::default(), Vec::new());
    for page in pages {
        let Some(input) = pager.request() else { break };
        inputs.push(Value::Map(input.clone()).to_json(value::JsonStyle::Line));
        let mut page = json(page);
        pager.accept(&mut page).unwrap();
        merger.add(&pager, page);
    }
    (merger.finish(&pager), inputs)
}

const USERS: [&str; 3] = [
    r#"{"Users": [1, 2], "IsTruncated": true, "Marker": "m1"}"#,
    r#"{"Users": [3, 4], "IsTruncated": true, "Marker": "m2"}"#,
    r#"{"Users": [5], "IsTruncated": false}"#,
];

#[test]
fn follows_tokens_and_merges() {
    let (whole, inputs) = walk("iam", "ListUsers", &Paging::default(), &USERS);
    assert_eq!(whole, json(r#"{"Users": [1, 2, 3, 4, 5]}"#));
    assert_eq!(inputs, ["{}", r#"{"Marker": "m1"}"#, r#"{"Marker": "m2"}"#]);
}

#[test]
fn a_maximum_inside_a_page_can_be_resumed() {
    let paging = Paging { max_items: Some(3), page_size: Some(2), ..Paging::default() };
    let (whole, inputs) = walk("iam", "ListUsers", &paging, &USERS);
    assert_eq!(whole.get("Users"), Some(&json("[1, 2, 3]")));
    assert_eq!(inputs, [r#"{"MaxItems": 2}"#, r#"{"MaxItems": 2, "Marker": "m1"}"#]);
    let token = whole.get("NextToken").unwrap().as_text().unwrap().to_owned();
    assert_eq!(token, "eyJNYXJrZXIiOiAibTEiLCAiYm90b190cnVuY2F0ZV9hbW91bnQiOiAxfQ==");

    let paging = Paging { starting_token: Some(token), ..Paging::default() };
    let (rest, inputs) = walk("iam", "ListUsers", &paging, &USERS[1..]);
    assert_eq!(rest, json(r#"{"Users": [4, 5]}"#));
    assert_eq!(inputs, [r#"{"Marker": "m1"}"#, r#"{"Marker": "m2"}"#]);
}

#[test]
fn a_maximum_at_a_page_boundary_keeps_the_services_token() {
    let paging = Paging { max_items: Some(2), ..Paging::default() };
    let (whole, inputs) = walk("iam", "ListUsers", &paging, &USERS);
    assert_eq!(inputs.len(), 1);
    assert_eq!(whole.get("NextToken").unwrap().as_text(), Some("eyJNYXJrZXIiOiAibTEifQ=="));
}

#[test]
fn numbers_add_up_and_repeated_members_stay() {
    let pages = [
        r#"{"Items": [{"id": {"S": "1"}}], "Count": 1, "ScannedCount": 3, "LastEvaluatedKey": {"id": {"S": "1"}}}"#,
        r#"{"Items": [], "Count": 0, "ScannedCount": 2}"#,
    ];
    let (whole, inputs) = walk("dynamodb", "Query", &Paging::default(), &pages);
    assert_eq!(
        whole,
        json(r#"{"Items": [{"id": {"S": "1"}}], "Count": 1, "ScannedCount": 5, "ConsumedCapacity": null}"#)
    );
    assert_eq!(inputs[1], r#"{"ExclusiveStartKey": {"id": {"S": "1"}}}"#);
}

#[test]
fn lists_inside_what_pages_repeat_are_merged() {
    let pages = [
        r#"{"ResourceCollection": {"CloudFormation": {"StackNames": ["a"]}, "Tags": [1]}, "NextToken": "t"}"#,
        r#"{"ResourceCollection": {"CloudFormation": {"StackNames": ["b"]}, "Tags": [2]}}"#,
    ];
    let (whole, _) = walk("devops-guru", "GetResourceCollection", &Paging::default(), &pages);
    let expected =
        r#"{"ResourceCollection": {"CloudFormation": {"StackNames": ["a", "b"]}, "Tags": [1, 2]}}"#;
    assert_eq!(whole.to_json(value::JsonStyle::Line), expected);
}

#[test]
fn a_page_alone_shows_its_results() {
    let mut pager = pager("dynamodb", "Query", &Paging::default()).unwrap();
    let mut page = json(r#"{"Items": [], "Count": 0, "LastEvaluatedKey": {"id": {"S": "1"}}}"#);
    pager.accept(&mut page).unwrap();
    let results = r#"{"Items": [], "Count": 0, "ScannedCount": null}"#;
    assert_eq!(pager.shown(page.clone(), false), json(results));
    assert_eq!(pager.shown(page, true).get("ConsumedCapacity"), Some(&Value::Null));
}

#[test]
fn bytes_in_a_token_come_back_as_bytes() {
    let mut key = Map::new();
    key.push("B", Value::Blob(vec![0, 255].into()));
    let mut token = Token::default();
    token.push("ExclusiveStartKey".into(), Value::Map([("id", Value::Map(key))].into_iter().collect()));
    let names = ["ExclusiveStartKey".into()];
    let (back, shown) = token::parse_starting(&token.encode(), &names).unwrap();
    assert_eq!((back, shown), (token, 0));
}

#[test]
fn older_tokens_are_read() {
    let names = ["A".into(), "B".into()];
    for (text, first, second, shown) in [
        ("x", Value::text("x"), Value::Null, 0),
        ("x___y", Value::text("x"), Value::text("y"), 0),
        ("x___None___7", Value::text("x"), Value::Null, 7),
    ] {
        let (token, count) = token::parse_starting(text, &names).unwrap();
        let expected: Map = [("A", first), ("B", second)].into_iter().collect();
        assert_eq!((Value::Map(token.0), count), (Value::Map(expected), shown), "{text}");
    }
    assert!(matches!(token::parse_starting("a___b___c___d", &names), Err(PagingError::BadStartingToken(_))));
}

#[test]
fn a_service_that_repeats_itself_is_stopped() {
    let mut pager = pager("iam", "ListUsers", &Paging::default()).unwrap();
    pager.accept(&mut json(USERS[0])).unwrap();
    let fault = pager.accept(&mut json(USERS[0])).unwrap_err();
    assert!(matches!(&fault, PagingError::RepeatedToken(token) if token == "{'Marker': 'm1'}"), "{fault}");
}

#[test]
fn a_page_size_needs_a_parameter_for_it() {
    let paging = Paging { page_size: Some(1), ..Paging::default() };
    let service = Catalog::embedded().open("iam").unwrap();
    let mut paginator = service.paginator("ListUsers").unwrap().clone();
    paginator.limit_key = None;
    let made = Pager::new(&service, service.operation("ListUsers").unwrap(), &paginator, &paging, Map::new());
    assert!(matches!(made, Err(PagingError::PageSizeUnsupported)));
}

proptest! {
    #[test]
    fn any_starting_token_is_read_or_refused(text in ".{0,80}") {
        let _ = token::parse_starting(&text, &["Marker".into()]);
    }
}
