use value::Value;

use super::*;

fn printed(output: Output, title: &str, json: &str) -> String {
    let layout = Layout::plain(output);
    let value = Value::from_json(json.as_bytes()).expect("JSON");
    let mut out = Vec::new();
    write(&value, &layout, title, &mut out).expect("printable");
    String::from_utf8(out).expect("UTF-8")
}

fn fault(output: Output, json: &str) -> String {
    let value = Value::from_json(json.as_bytes()).expect("JSON");
    write(&value, &Layout::plain(output), "List", &mut Vec::new()).expect_err("unprintable").to_string()
}

fn lines(lines: &[&str]) -> String {
    lines.iter().map(|line| format!("{line}\n")).collect()
}

#[test]
fn names_are_those_of_the_option() {
    for output in Output::ALL {
        assert_eq!(Output::from_name(output.name()), Some(output));
    }
    assert_eq!(Output::from_name("JSON"), None);
}

#[test]
fn an_empty_answer_prints_nothing() {
    for output in Output::ALL {
        assert_eq!(printed(output, "List", "{}"), "", "{output:?}");
    }
    assert_eq!(printed(Output::Json, "List", "[]"), "[]\n");
    assert_eq!(printed(Output::Yaml, "List", "[]"), "[]\n");
    assert_eq!(printed(Output::Text, "List", "[]"), "");
    assert_eq!(printed(Output::Table, "List", "[]"), "");
    assert_eq!(printed(Output::Off, "List", "[1]"), "");
}

#[test]
fn nothing_found_prints_as_null() {
    for (output, expected) in
        [(Output::Json, "null\n"), (Output::Yaml, "null\n"), (Output::Text, "None\n"), (Output::Table, "")]
    {
        assert_eq!(printed(output, "List", "null"), expected);
    }
}

#[test]
fn json_keeps_order_and_characters() {
    assert_eq!(
        printed(Output::Json, "List", r#"{"b": "é", "a": [1.0, {}]}"#),
        lines(&["{", "    \"b\": \"é\",", "    \"a\": [", "        1.0,", "        {}", "    ]", "}"])
    );
}

#[test]
fn text_rows() {
    for (json, expected) in [
        (r#""x""#, "x\n"),
        ("[1, true, null, 2.0]", "1\tTrue\tNone\t2.0\n"),
        (r#"[["a", "b"], ["c"]]"#, "a\tb\nc\n"),
        (r#"["x", ["a"], "y"]"#, "x\ty\na\n"),
        (r#"{"b": 1, "a": 2}"#, "2\t1\n"),
        (
            r#"{"Id": "i", "Tags": [{"Value": "v", "Key": "k"}, {"Key": "only"}]}"#,
            "i\nTAGS\tk\tv\nTAGS\tonly\t\n",
        ),
        (r#"{"names": ["a", "b"], "none": []}"#, "NAMES\ta\nNAMES\tb\n"),
        (r#"{"l": [{"s": {"x": 1}, "n": "a"}, {"s": "plain"}]}"#, "L\ta\t{'x': 1}\nL\t\tplain\n"),
        (r#"{"state": {"deep": {"er": "e"}}}"#, "DEEP\te\n"),
    ] {
        assert_eq!(printed(Output::Text, "List", json), expected, "{json}");
    }
    assert_eq!(fault(Output::Text, r#"[{"a": 1}, "x"]"#), "'str' object has no attribute 'items'");
}

#[test]
fn table_of_rows() {
    assert_eq!(
        printed(
            Output::Table,
            "ListThings",
            r#"{"Things": [{"Name": "a", "Id": 1}, {"Name": "long name"}], "Next": "t"}"#
        ),
        lines(&[
            "-----------------------",
            "|     ListThings      |",
            "+------------+--------+",
            "|  Next      |  t     |",
            "+------------+--------+",
            "||      Things       ||",
            "|+-----+-------------+|",
            "|| Id  |    Name     ||",
            "|+-----+-------------+|",
            "||  1  |  a          ||",
            "||     |  long name  ||",
            "|+-----+-------------+|",
        ])
    );
}

#[test]
fn table_of_nested_rows_repeats_heads() {
    assert_eq!(
        printed(Output::Table, "L", r#"[{"n": "a", "t": ["x", "y"]}, {"n": "b", "t": []}]"#),
        lines(&[
            "---------",
            "|   L   |",
            "+-------+",
            "|   n   |",
            "+-------+",
            "|  a    |",
            "+-------+",
            "||  t  ||",
            "|+-----+|",
            "||  x  ||",
            "||  y  ||",
            "|+-----+|",
            "|   L   |",
            "+-------+",
            "|   n   |",
            "+-------+",
            "|  b    |",
            "+-------+",
        ])
    );
}

#[test]
fn a_wide_row_becomes_a_column() {
    let long = "x".repeat(70);
    let table = printed(Output::Table, "Get", &format!(r#"{{"a": "{long}", "b": "1"}}"#));
    assert!(table.contains(&format!("|  a|  {long}   |\n")), "{table}");
}

#[test]
fn wide_characters_take_two_columns() {
    let table = printed(Output::Table, "Get", r#"[["日本", "x"], ["abcd", "y"]]"#);
    assert!(table.contains("|  日本 |  x  |\n|  abcd |  y  |\n"), "{table}");
}

#[test]
fn colours_only_when_asked_for() {
    let value = Value::from_json(br#"{"a": {"b": "1"}}"#).expect("JSON");
    let mut out = Vec::new();
    let layout = Layout { color: true, ..Layout::plain(Output::Table) };
    write(&value, &layout, "Get", &mut out).expect("printable");
    let text = String::from_utf8(out).expect("UTF-8");
    assert!(
        text.starts_with("--------------\n\x1b[0m\x1b[0m|     Get    |\x1b[0m\x1b[0m\n\x1b[0m"),
        "{text:?}"
    );
    let (border, end) = ("\x1b[2m\x1b[33m|\x1b[0m", "\x1b[0m");
    let row = "|  \x1b[1m\x1b[34mb\x1b[0m |  \x1b[1m\x1b[34m1\x1b[0m  |";
    assert!(text.contains(&format!("{border}{end}{row}{end}{border}{end}\n{end}")), "{text:?}");
}

#[test]
fn uneven_rows_are_refused() {
    assert_eq!(fault(Output::Table, "[[1, 2], [3]]"), "Row should have 2 elements, instead it has 1");
    assert_eq!(fault(Output::Table, r#"[{"a": 1}, null]"#), "'NoneType' object is not iterable");
}

#[test]
fn yaml_blocks() {
    assert_eq!(
        printed(
            Output::Yaml,
            "List",
            r#"{"b": [{"y": 1, "x": [true, null]}, [], {}], "a": {"n": 1.5, "m": {"k": ""}}, "l": [[1, [2]], "z"]}"#
        ),
        lines(&[
            "a:",
            "  m:",
            "    k: ''",
            "  n: 1.5",
            "b:",
            "- x:",
            "  - true",
            "  - null",
            "  y: 1",
            "- []",
            "- {}",
            "l:",
            "- - 1",
            "  - - 2",
            "- z",
        ])
    );
    assert_eq!(printed(Output::Yaml, "List", r#""it's""#), "\"it's\"\n");
    assert_eq!(printed(Output::YamlStream, "List", r#"{"b": 1, "a": "x"}"#), "- a: x\n  b: 1\n");
    assert_eq!(printed(Output::YamlStream, "List", "null"), "- null\n");
}

#[test]
fn yaml_quotes_what_would_be_read_otherwise() {
    for (text, expected) in [
        ("plain text", "plain text"),
        ("yes", "yes"),
        ("1:30", "1:30"),
        ("a#b", "a#b"),
        ("-x", "-x"),
        ("é日", "é日"),
        ("true", "'true'"),
        ("12", "'12'"),
        ("1_0", "'1_0'"),
        ("0x1F", "'0x1F'"),
        ("1e5", "'1e5'"),
        (".5", "'.5'"),
        ("null", "'null'"),
        ("2024-01-02", "'2024-01-02'"),
        ("2024-01-02T03:04:05+00:00", "'2024-01-02T03:04:05+00:00'"),
        ("a: b", "'a: b'"),
        ("a #b", "'a #b'"),
        ("*", "'*'"),
        ("[x]", "'[x]'"),
        ("%x", "'%x'"),
        (" lead", "' lead'"),
        ("", "''"),
        ("it's: so", "\"it's: so\""),
        ("it's", "it's"),
        ("a\\nb", "\"a\\nb\""),
        ("tab\\there", "\"tab\\there\""),
        ("\\u0000\\u0085", "\"\\0\\N\""),
    ] {
        assert_eq!(
            printed(Output::Yaml, "List", &format!("{{\"k\": \"{text}\"}}")),
            format!("k: {expected}\n")
        );
    }
}

#[test]
fn yaml_folds_long_texts() {
    let long = "word ".repeat(20) + "end";
    assert_eq!(
        printed(Output::Yaml, "List", &format!(r#"{{"k": "{long}"}}"#)),
        format!("k: {}\n  {}end\n", "word ".repeat(15), "word ".repeat(5))
    );
    let arn = "a".repeat(79);
    assert_eq!(printed(Output::Yaml, "List", &format!(r#"{{"k": "{arn}"}}"#)), format!("k: \n  {arn}\n"));
    assert_eq!(printed(Output::Yaml, "List", &format!(r#"["{arn}"]"#)), format!("- {arn}\n"));
}

/// Looking ahead for a space at every fold walks the whole text each time.
#[test]
fn long_texts_of_escapes_are_folded_in_linear_time() {
    for (name, of) in
        [("feeds", "\n"), ("tabs", "\t"), ("feeds and spaces", "\n "), ("tabs and quotes", "\t'")]
    {
        let value = Value::text(of.repeat(1_000_000));
        let mut out = Vec::new();
        write(&Value::List(vec![value]), &Layout::plain(Output::Yaml), "List", &mut out).expect("printable");
        assert!((2_000_000..8_000_000).contains(&out.len()), "{name}: {} bytes", out.len());
    }
}

/// Maps without a name in common make a cell for each map and name.
#[test]
fn rows_that_share_no_names_are_refused() {
    let items: Vec<String> = (0..3_000).map(|number| format!("{{\"n{number}\": 1}}")).collect();
    let nested: Vec<String> = (0..3_000).map(|number| format!("{{\"n{number}\": [1]}}")).collect();
    for items in [items, nested] {
        let items = format!("[{}]", items.join(","));
        assert!(fault(Output::Table, &items).ends_with("use --output json"), "{items:.40}");
    }
    let items: Vec<String> = (0..3_000).map(|number| format!("{{\"n{number}\": 1}}")).collect();
    assert!(fault(Output::Text, &format!("[{}]", items.join(","))).ends_with("use --output json"));
    let shared: Vec<String> = (0..3_000).map(|number| format!("{{\"a\": {number}, \"b\": [1]}}")).collect();
    assert!(printed(Output::Table, "List", &format!("[{}]", shared.join(","))).len() > 100_000);
}

/// Every line of a table is as long as its longest text.
#[test]
fn tables_that_one_long_text_makes_huge_are_refused() {
    let mut items = vec![Value::from(1); 1_000];
    items.push(Value::text("x".repeat(1_000_000)));
    let outcome = write(&Value::List(items), &Layout::plain(Output::Table), "List", &mut Vec::new());
    assert!(matches!(outcome, Err(OutputError::TooWide { width: 1_000_006, lines: 1_007 })));
}

/// Looking up each of a map's names among all of them takes minutes here.
#[test]
fn maps_of_many_names_are_laid_out_in_linear_time() {
    let map: value::Map = (0..100_000).map(|number| (format!("n{number}"), Value::from(number))).collect();
    for value in [Value::List(vec![Value::Map(map.clone())]), Value::Map(map)] {
        for output in Output::ALL {
            write(&value, &Layout::plain(output), "List", &mut Vec::new()).expect("printable");
        }
    }
}

proptest::proptest! {
    #[test]
    fn any_value_is_answered(text in r#"[\[\]{}:, "a1\n'é-]{0,40}"#) {
        if let Ok(value) = Value::from_json(text.as_bytes()) {
            for output in Output::ALL {
                let _ = write(&value, &Layout::plain(output), "List", &mut Vec::new());
            }
        }
    }
}
