//! `ddb`: what is asked for, and how items are shown.

use super::*;

const PAGE: &str = r#"{"Count": 1, "ScannedCount": 1, "Items": [{"a": {"S": "x"}, "n": {"N": "1.50"}, "b": {"B": "aGVsbG8="},
    "ss": {"SS": ["q", "p"]}, "ns": {"NS": ["2", "1.5"]}, "l": {"L": [{"NULL": true}, {"L": []}]}, "m": {"M": {"t": {"BOOL": true}}},
    "s": {"S": "12"}}]}"#;

#[test]
fn items_are_shown_as_yaml() {
    let line = "ddb select t --filter a = 1 --projection a, b --key-condition 'k = \"v\"' --index-name idx --return-consumed-capacity";
    let ran = stage(&Environment::empty(), line, &[(200, PAGE)]);
    assert_eq!((ran.code, ran.err.as_str()), (0, ""));
    insta::assert_snapshot!(ran.out, @r#"
    Count: 1
    Items:
    - a: x
      b: !!binary "aGVsbG8="
      l:
      - null
      - []
      m:
        t: true
      n: 1.50
      ns: !!set
        1.5: null
        2: null
      s: '12'
      ss: !!set
        p: null
        q: null
    ScannedCount: 1
    "#);
    insta::assert_snapshot!(ran.bodies[0], @r##"{"TableName": "t", "ConsistentRead": true, "IndexName": "idx", "ProjectionExpression": "#n0, #n1", "ExpressionAttributeNames": {"#n0": "a", "#n1": "b", "#n2": "a", "#n4": "k"}, "FilterExpression": "#n2 = :n3", "ExpressionAttributeValues": {":n3": {"N": "1"}, ":n5": {"S": "v"}}, "KeyConditionExpression": "#n4 = :n5", "ReturnConsumedCapacity": "INDEXES"}"##);
    let ran = stage(&Environment::empty(), "ddb select t --query Items[0].ss", &[(200, PAGE)]);
    assert_eq!(ran.out, "!!set\np: null\nq: null\n");
    let fault = read("ddb select t --output json", Profile::Chat).unwrap_err();
    assert_eq!(fault.reason, "json output format is not supported for ddb commands");
}

#[test]
fn items_are_put_with_their_types() {
    let line = "ddb put t '{a: x, n: 1.50, l: [1, true, null]}' --condition attribute_not_exists(a)";
    let ran = stage(&Environment::empty(), line, &[(200, "{}")]);
    assert_eq!((ran.code, ran.out.as_str(), ran.err.as_str()), (0, "", ""));
    insta::assert_snapshot!(ran.bodies[0], @r##"{"ReturnConsumedCapacity": "NONE", "ConditionExpression": "attribute_not_exists(#n0)", "ExpressionAttributeNames": {"#n0": "a"}, "TableName": "t", "Item": {"a": {"S": "x"}, "n": {"N": "1.50"}, "l": {"L": [{"N": "1"}, {"BOOL": true}, {"NULL": true}]}}}"##);
    let left = r#"{"UnprocessedItems": {"t": [{"PutRequest": {"Item": {"a": {"N": "2"}}}}]}}"#;
    let ran = stage(&Environment::empty(), "ddb put t '[{a: 1}, {a: 2}]'", &[(200, left), (200, "{}")]);
    assert_eq!((ran.code, ran.asked.len()), (0, 2));
    insta::assert_snapshot!(ran.bodies[1], @r#"{"ReturnConsumedCapacity": "NONE", "RequestItems": {"t": [{"PutRequest": {"Item": {"a": {"N": "2"}}}}]}}"#);
    for (line, expected) in [
        ("ddb put t -", "`ddb put` is not available in chat: chat has no standard input"),
        ("ddb put t '[{a: 1}, {a: 2}]' --condition a", "--condition is not supported for multiple items"),
        ("ddb put t '{a: 1'", "line 1:"),
    ] {
        let fault = read(line, Profile::Chat).unwrap_err();
        assert!(fault.reason.starts_with(expected), "{line}: {}", fault.reason);
    }
}
