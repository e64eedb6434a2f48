use proptest::prelude::*;
use value::{JsonStyle, Value};

use crate::{Expression, JmespathError, MAX_DEPTH, MAX_LENGTH};

fn search(expression: &str, input: &str) -> Result<String, JmespathError> {
    let input = Value::from_json(input.as_bytes()).expect("JSON");
    Expression::parse(expression)?.search(&input).map(|value| value.to_json(JsonStyle::Line))
}

/// Each line: expression and expected result, applied to one input.
fn check(input: &str, cases: &[(&str, &str)]) {
    for (expression, expected) in cases {
        assert_eq!(
            search(expression, input).map_err(|e| e.to_string()).as_deref(),
            Ok(*expected),
            "{expression}"
        );
    }
}

fn check_faults(input: &str, cases: &[(&str, &str)]) {
    for (expression, expected) in cases {
        assert_eq!(
            search(expression, input).map_err(|e| e.to_string()),
            Err((*expected).to_owned()),
            "{expression}"
        );
    }
}

#[test]
fn fields_indexes_and_slices() {
    check(
        r#"{"a": {"b c": 1, "ü": 2}, "l": [0, 1, 2, [3, 4]], "n": null}"#,
        &[
            ("a.\"b c\"", "1"),
            ("a.\"\\u00fc\"", "2"),
            ("a.none.deeper", "null"),
            ("n", "null"),
            ("l[0]", "0"),
            ("l[-1][1]", "4"),
            ("l[9]", "null"),
            ("l[-9]", "null"),
            ("a[0]", "null"),
            ("l[1:3]", "[1, 2]"),
            ("l[::-1]", "[[3, 4], 2, 1, 0]"),
            ("l[-2:]", "[2, [3, 4]]"),
            ("a[1:]", "null"),
            ("@.a.\"b c\"", "1"),
        ],
    );
}

#[test]
fn projections() {
    check(
        r#"{"r": [{"i": [{"n": 1}, {"n": 2}]}, {"i": [{"n": 3}, {"x": 4}]}], "m": {"z": {"v": 1}, "a": {"v": 2}}, "d": [[1, [2]], 3]}"#,
        &[
            ("r[*].i[*].n", "[[1, 2], [3]]"),
            ("r[].i[].n", "[1, 2, 3]"),
            ("r[].i[].[n, x]", "[[1, null], [2, null], [3, null], [null, 4]]"),
            ("r[*].i[0]", r#"[{"n": 1}, {"n": 3}]"#),
            ("r[*].i | [0]", r#"[{"n": 1}, {"n": 2}]"#),
            ("r[0].i[:1].n", "[1]"),
            ("m.*.v", "[1, 2]"),
            ("m.*", r#"[{"v": 1}, {"v": 2}]"#),
            ("d[]", "[1, [2], 3]"),
            ("d[][]", "[1, 2, 3]"),
            ("d[*][0]", "[1]"),
            ("m[*]", "null"),
            ("m[]", "null"),
            ("r.*", "null"),
        ],
    );
}

#[test]
fn a_slice_after_an_index_does_not_project() {
    check(r#"{"a": [[{"b": 1}, {"b": 2}]]}"#, &[("a[0][:1].b", "null"), ("a[0] | [:1].b", "[1]")]);
}

#[test]
fn filters_and_comparisons() {
    check(
        r#"{"l": [{"n": "a", "v": 1}, {"n": "b", "v": 2.5, "t": true}, {"n": "c", "v": 0}]}"#,
        &[
            ("l[?v > `1`].n", r#"["b"]"#),
            ("l[?v >= `1` && n != 'b'].n", r#"["a"]"#),
            ("l[?n == 'a' || n == 'c'].v", "[1, 0]"),
            ("l[?v].n", r#"["a", "b", "c"]"#),
            ("l[?!t].n", r#"["a", "c"]"#),
            ("l[?n < 'b'] | [0].v", "1"),
            ("l[?v == `1.0`].n", r#"["a"]"#),
            ("l[?t == `1`].n", "[]"),
            ("l[?v > n.none].n", "[]"),
            ("l[?(v)]|length(@)", "3"),
            ("`0` == `false`", "false"),
            ("`[0]` == `[false]`", "true"),
            ("`{\"a\": 1, \"b\": 2}` == `{\"b\": 2, \"a\": 1}`", "true"),
            ("none == `null`", "true"),
            ("!`0`", "false"),
            ("none && 'x'", "null"),
            ("'' || `[]` || `{}`", "{}"),
        ],
    );
    check_faults("{}", &[("'a' < `1`", "'<' not supported between instances of 'str' and 'int'")]);
}

#[test]
fn selections_keep_the_order_they_were_written_in() {
    check(
        r#"{"z": 1, "a": {"y": 2, "b": 3}}"#,
        &[
            ("{z: z, a: a.b}", r#"{"z": 1, "a": 3}"#),
            ("{\"k k\": a.y, z: z, \"k k\": z}", r#"{"k k": 1, "z": 1}"#),
            ("{a: z b: a.y}", r#"{"a": 1, "b": 2}"#),
            ("[z, a]", r#"[1, {"y": 2, "b": 3}]"#),
            ("none.[z]", "null"),
            ("none.{a: z}", "null"),
            ("@", r#"{"z": 1, "a": {"y": 2, "b": 3}}"#),
        ],
    );
}

#[test]
fn literals() {
    check(
        "{}",
        &[
            ("'it\\'s \\\\ `x`'", r#""it's \\\\ `x`""#),
            ("`\"a\\`b\"`", r#""a`b""#),
            ("` foo`", r#""foo""#),
            ("`{\"b\": [1, 1.0, null], \"a\": \"é\"}`", r#"{"b": [1, 1.0, null], "a": "é"}"#),
            ("`123456789012345678901234567890`", "123456789012345678901234567890"),
        ],
    );
}

#[test]
fn functions_of_numbers() {
    check(
        r#"{"i": [1, 2, 3], "f": [0.1, 0.1, 0.1, 0.1, 0.1, 0.1, 0.1, 0.1, 0.1, 0.1], "m": [1, 2.5], "e": [], "big": [9223372036854775807, 1]}"#,
        &[
            ("sum(i)", "6"),
            ("sum(f)", "1.0"),
            ("sum(m)", "3.5"),
            ("sum(e)", "0"),
            ("sum(big)", "9223372036854775808"),
            ("avg(i)", "2.0"),
            ("avg(e)", "null"),
            ("max(m)", "2.5"),
            ("min(i)", "1"),
            ("max(e)", "null"),
            ("abs(`-3`)", "3"),
            ("abs(`-3.5`)", "3.5"),
            ("ceil(`1.2`)", "2"),
            ("ceil(`-0.5`)", "0"),
            ("floor(`-1.2`)", "-2"),
            ("floor(`1e20`)", "100000000000000000000"),
            ("floor(`7`)", "7"),
            ("to_number('12')", "12"),
            ("to_number('1.50')", "1.5"),
            ("to_number('x')", "null"),
            ("to_number(`true`)", "null"),
            ("to_number(i)", "null"),
        ],
    );
}

#[test]
fn functions_of_text() {
    check(
        r#"{"s": "añb", "l": ["x", "y"]}"#,
        &[
            ("length(s)", "3"),
            ("reverse(s)", r#""bña""#),
            ("starts_with(s, 'añ')", "true"),
            ("ends_with(s, 'a')", "false"),
            ("contains(s, 'ñ')", "true"),
            ("join(', ', l)", r#""x, y""#),
            ("join(',', `[]`)", "\"\""),
            ("to_string(s)", r#""añb""#),
            ("to_string(@)", r#""{\"s\":\"a\\u00f1b\",\"l\":[\"x\",\"y\"]}""#),
            ("to_string('😀')", r#""😀""#),
            ("to_string([`\"😀\"`, `1.0`])", r#""[\"\\ud83d\\ude00\",1.0]""#),
        ],
    );
}

#[test]
fn functions_of_trees() {
    check(
        r#"{"m": {"z": 1, "a": 2}, "l": [{"k": "b", "v": 1}, {"k": "a", "v": 1}, {"k": "c", "v": 0}], "mixed": [1, "1", true]}"#,
        &[
            ("keys(m)", r#"["z", "a"]"#),
            ("values(m)", "[1, 2]"),
            ("length(m)", "2"),
            ("merge(m, `{\"y\": 3, \"z\": 4}`)", r#"{"z": 4, "a": 2, "y": 3}"#),
            ("not_null(none, m.a, m.z)", "2"),
            ("to_array(m.a)", "[2]"),
            ("to_array(mixed)", r#"[1, "1", true]"#),
            ("mixed[].type(@)", r#"["number", "string", "boolean"]"#),
            ("type(none)", r#""null""#),
            ("contains(mixed, '1')", "true"),
            ("contains(mixed, `2`)", "false"),
            ("reverse(mixed)", r#"[true, "1", 1]"#),
            ("map(&v, l)", "[1, 1, 0]"),
            ("map(&none, l)", "[null, null, null]"),
            ("sort(`[3, 1.5, 2]`)", "[1.5, 2, 3]"),
            ("sort(l[].k)", r#"["a", "b", "c"]"#),
            ("sort_by(l, &v)[].k", r#"["c", "b", "a"]"#),
            ("sort_by(l, &k)[].v", "[1, 1, 0]"),
            ("max_by(l, &v).k", r#""b""#),
            ("min_by(l, &v).k", r#""c""#),
            ("max_by(`[]`, &v)", "null"),
        ],
    );
}

#[test]
fn faults_in_applying() {
    check_faults(
        r#"{"a": {"b": "it's"}, "l": [1, "x"], "o": [{"n": 1}, {"n": "x"}]}"#,
        &[
            ("nope(@)", "Unknown function: nope()"),
            ("length()", "Expected 1 argument for function length(), received 0"),
            ("join('x')", "Expected 2 arguments for function join(), received 1"),
            ("not_null()", "Expected at least 1 argument for function not_null(), received 0"),
            (
                "length(`5`)",
                "In function length(), invalid type for value: 5, expected one of: ['string', 'array', 'object'], received: \"number\"",
            ),
            (
                "abs(a)",
                "In function abs(), invalid type for value: {'b': \"it's\"}, expected one of: ['number'], received: \"object\"",
            ),
            (
                "sum(l)",
                "In function sum(), invalid type for value: x, expected one of: ['array-number'], received: \"str\"",
            ),
            (
                "sort(l)",
                "In function sort(), invalid type for value: x, expected one of: ['array-string', 'array-number'], received: \"str\"",
            ),
            (
                "sort_by(o, &n)",
                "In function sort_by(), invalid type for value: x, expected one of: ['number'], received: \"string\"",
            ),
            ("max_by(o, &n)", "'>' not supported between instances of 'str' and 'int'"),
            ("contains('a', `1`)", "'in <string>' requires string as left operand, not int"),
            ("l[::0]", "slice step cannot be zero"),
        ],
    );
}

#[test]
fn faults_in_reading() {
    check_faults(
        "{}",
        &[
            ("", "Invalid JMESPath expression: cannot be empty."),
            ("a[", "Invalid jmespath expression: Incomplete expression:\n\"a[\"\n   ^"),
            (" ", "Invalid jmespath expression: Incomplete expression:\n\" \"\n  ^"),
            (
                "a b",
                "Unexpected token: b: Parse error at column 2, token \"b\" (UNQUOTED_IDENTIFIER), for expression:\n\"a b\"\n   ^",
            ),
            (
                "a.",
                "Expecting: ['quoted_identifier', 'unquoted_identifier', 'lbracket', 'lbrace'], got: eof: Parse error at column 2, token \"\" (EOF), for expression:\n\"a.\"\n   ^",
            ),
            (
                "a[x]",
                "Expecting: star, got: unquoted_identifier: Parse error at column 2, token \"x\" (UNQUOTED_IDENTIFIER), for expression:\n\"a[x]\"\n   ^",
            ),
            (
                "a!b",
                "invalid token: Parse error at column 1, token \"!\" (NOT), for expression:\n\"a!b\"\n  ^",
            ),
            ("é", "Bad jmespath expression: Unknown token é:\né\n^"),
            ("a = b", "Bad jmespath expression: Unknown token '=':\na = b\n  ^"),
            ("a-", "Bad jmespath expression: Unknown token '-':\na-\n ^"),
            ("a['x", "Bad jmespath expression: Unclosed ' delimiter:\na['x\n  ^"),
            ("\"a\\z\"", "Bad jmespath expression: Invalid \\escape:\n\"a\\z\"\n^"),
            ("`\"a`", "Bad jmespath expression: Bad token \"a:\n`\"a`\n^"),
            (
                "\"f\"(@)",
                "Quoted identifier not allowed for function names.: Parse error at column 0, token \"(\" (LPAREN), for expression:\n\"\"f\"(@)\"\n ^",
            ),
            (
                "[0](a)",
                "Invalid function name ']': Parse error at column 2, token \"]\" (RBRACKET), for expression:\n\"[0](a)\"\n   ^",
            ),
            (
                "a[1:2:3:4]",
                "syntax error: Parse error at column 7, token \":\" (COLON), for expression:\n\"a[1:2:3:4]\"\n        ^",
            ),
            (
                "{a}",
                "Expecting: colon, got: rbrace: Parse error at column 2, token \"}\" (RBRACE), for expression:\n\"{a}\"\n   ^",
            ),
            (
                "{1: a}",
                "Expecting: ['quoted_identifier', 'unquoted_identifier'], got: number: Parse error at column 1, token \"1\" (NUMBER), for expression:\n\"{1: a}\"\n  ^",
            ),
        ],
    );
}

#[test]
fn depth_and_length_are_bounded() {
    for text in [
        "(".repeat(100_000),
        "[".repeat(60_000),
        "!".repeat(60_000),
        "a[].".repeat(10_000) + "a",
        "a==".repeat(10_000) + "a",
        "a[?".repeat(10_000),
        "a".repeat(MAX_LENGTH + 1),
    ] {
        assert!(matches!(Expression::parse(&text), Err(JmespathError::TooLarge { .. })), "{}", &text[..8]);
    }
    for text in ["a || ".repeat(10_000) + "a", "a.".repeat(10_000) + "a", "a|".repeat(10_000) + "a"] {
        let expression = Expression::parse(&text).expect("wide is not deep");
        assert_eq!(expression.search(&Value::Null).expect("a result"), Value::Null);
    }
    let text = "@[]".to_owned() + &"[]".repeat(MAX_DEPTH / 2 - 3);
    assert!(Expression::parse(&text).is_ok());
}

#[test]
fn results_are_bounded() {
    for text in
        ["[@, @] | ".repeat(60) + "@", "[@, @][] | ".repeat(60) + "@", "join('', [@, @]) | ".repeat(60) + "@"]
    {
        let outcome = Expression::parse(&text).expect("an expression").search(&Value::text("x".repeat(64)));
        assert!(matches!(outcome, Err(JmespathError::Exhausted(_))), "{text}");
    }
}

/// A short expression that looks at a large input again and again makes few values; work is bounded all the same.
#[test]
fn looking_at_much_again_and_again_is_refused() {
    let free_steps = 100_000;
    let numbers = Value::List((0..10_000).map(Value::from).collect());
    let names: Value = Value::Map((0..10_000).map(|number| (number.to_string(), number)).collect());
    let text = Value::text("x".repeat(1_000_000));
    for (part, input) in [
        ("@==@", &numbers),
        ("max(@)", &numbers),
        ("sum(@)", &numbers),
        ("avg(@)", &numbers),
        ("contains(@, `-1`)", &numbers),
        ("sort(@) && `1`", &numbers),
        ("@[*] && `1`", &numbers),
        ("@==@", &names),
        ("x", &names),
        ("@==@", &text),
        ("@ < @", &text),
        ("length(@)", &text),
        ("contains(@, 'y')", &text),
    ] {
        let query = format!("[{}]", vec![part; 20_000 / (part.len() + 1)].join(","));
        let query = Expression::parse(&query).expect("an expression");
        let outcome = crate::evaluate::search(&query.root, input, free_steps);
        assert!(matches!(outcome, Err(JmespathError::TooMuchWork(_))), "{part}: {}", outcome.is_ok());
    }
    let literal: Vec<String> = (0..10_000).map(|number| number.to_string()).collect();
    let query = Expression::parse(&format!("[?contains(`[{}]`, @)]", literal.join(","))).expect("a query");
    let items = Value::List(vec![Value::from(-1); 1_000]);
    let outcome = crate::evaluate::search(&query.root, &items, free_steps);
    assert!(matches!(outcome, Err(JmespathError::TooMuchWork(_))));
}

/// Looking each name up among all others takes minutes here.
#[test]
fn maps_of_many_names_are_compared_in_linear_time() {
    let names = || (0..200_000_i64).map(|number| (number.to_string(), number));
    let maps = [names().collect(), names().rev().collect()].map(Value::Map);
    let equal = Expression::parse("@[0] == @[1]").expect("an expression");
    assert_eq!(equal.search(&Value::List(maps.into())), Ok(Value::Bool(true)));
}

/// What is usual over very large answers stays far within the bounds.
#[test]
fn ordinary_queries_over_large_answers_are_allowed() {
    let instance =
        r#"{"Id": "i-1", "State": {"Name": "running"}, "Tags": [{"Key": "Name", "Value": "web"}]}"#;
    let item = Value::from_json(instance.as_bytes()).expect("JSON");
    let input = Value::List(vec![item; 100_000]);
    for query in [
        "[?State.Name == 'running'].[Id, State.Name, Tags[?Key == 'Name'] | [0].Value]",
        "sort_by(@, &Id)[].Id | length(@)",
        "[?contains(Tags[].Value, 'web')] | [0].Id",
    ] {
        assert!(Expression::parse(query).expect("an expression").search(&input).is_ok(), "{query}");
    }
}

/// Each step puts a level around the result of the one before: walking such a result would exhaust the stack.
#[test]
fn results_that_steps_nest_without_end_are_refused() {
    for text in [
        "[@] | ".repeat(10_000) + "@",
        "{a: @} | ".repeat(7_000) + "@",
        "to_array([@]) | ".repeat(4_000) + "@",
        "map(&[@], [@]) | ".repeat(3_000) + "@",
        "[@].".repeat(10_000) + "[@] == @",
        "[?".to_owned() + &"[@] | ".repeat(10_000) + "@]",
    ] {
        assert!(matches!(Expression::parse(&text), Err(JmespathError::TooLarge { .. })), "{}", &text[..8]);
    }
    let deepest = "[@] | ".repeat(MAX_DEPTH) + "@";
    let found = Expression::parse(&deepest).expect("an expression").search(&Value::from(true));
    assert_eq!(found.expect("a result").to_json(JsonStyle::Compact).len(), 4 + 2 * MAX_DEPTH);
}

proptest! {
    #[test]
    fn any_text_is_answered(text in r#"[a-c.\[\]{}()*?!&|<=>,:@0-2'"`\\ é-]{0,40}"#) {
        let input = Value::from_json(br#"{"a": [{"b": 1, "c": "x"}, [2]], "b": {"a": null}, "c": "\u00e9"}"#).expect("JSON");
        if let Ok(expression) = Expression::parse(&text) {
            let _ = expression.search(&input);
        }
    }

    #[test]
    fn any_characters_are_answered(text in any::<String>()) {
        let _ = Expression::parse(&text);
    }
}
