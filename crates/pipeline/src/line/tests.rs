use proptest::prelude::*;

use super::*;
use crate::limits::{MAX_LINE, MAX_STAGES, MAX_STATEMENTS, MAX_WORDS};

/// Every stage's plain words joined by `·`, stages by `|`.
fn shown(line: &str) -> String {
    let script = parse(line).unwrap_or_else(|fault| panic!("{line}: {fault}"));
    let statements = script.statements.iter().map(|statement| match &statement.action {
        Action::Set { name, value } => format!("{name}:={}", value.literal().unwrap_or_default()),
        Action::Run(pipeline) => {
            let stages = std::iter::once(&pipeline.source).chain(&pipeline.filters);
            let stages: Vec<String> =
                stages.map(|words| words.literal().expect("plain words").join("·")).collect();
            let sink = pipeline.sink.as_ref().map_or(String::new(), |sink| format!(">{}", sink.name));
            format!("{:?} {}{sink}", statement.connector, stages.join("|")).replacen("Always ", "", 1)
        }
    });
    statements.collect::<Vec<_>>().join("; ")
}

#[test]
fn a_line_without_signs_is_words() {
    for (line, expected) in [
        ("", ""),
        ("   ", ""),
        ("ec2 describe-instances", "ec2·describe-instances"),
        (" a\t b ", "a·b"),
        ("'a b' c", "a b·c"),
        (r#"--q "a \"b\" \n""#, r#"--q·a "b" \n"#),
        (r"a\ b \'c", "a b·'c"),
        ("''", ""),
        ("a '' b", "a··b"),
        ("a''b", "ab"),
        ("a \\\nb", "a·b"),
        ("a \\\n  --b c", "a·--b·c"),
        (r#"'{"a": 1}'"#, r#"{"a": 1}"#),
        ("--x='a b'", "--x=a b"),
        ("x --query 'a | b' --y \"\\$(z) > q\"", "x·--query·a | b·--y·$(z) > q"),
        ("x --query length(a)", "x·--query·length(a)"),
        ("x --query sort_by(a, &b)", "x·--query·sort_by(a,·&b)"),
        (
            "x --query Reservations[].Instances[?State==`a`]",
            "x·--query·Reservations[].Instances[?State==`a`]",
        ),
        ("x a=b&c", "x·a=b&c"),
        ("x {a,b} * ? ~ [0] #1 a#b !x", "x·{a,b}·*·?·~·[0]·#1·a#b·!x"),
        ("x $ a$ $. $, a$-", "x·$·a$·$.·$,·a$-"),
        ("x @ %a% ^b", "x·@·%a%·^b"),
        ("x é\u{a0}y", "x·é·y"),
    ] {
        assert_eq!(shown(line), expected, "{line}");
    }
}

#[test]
fn stages_and_statements_are_told_apart() {
    for (line, expected) in [
        ("a | b", "a|b"),
        ("a|b|c d", "a|b|c·d"),
        ("a | b > x.csv", "a|b>x.csv"),
        ("a>x.json; b", "a>x.json; b"),
        ("a && b || c; d", "a; IfSucceeded b; IfFailed c; d"),
        ("a;b;", "a; b"),
        ("a\nb", "a; b"),
        ("a\n\n  --b\n| c\n&& d", "a·--b|c; IfSucceeded d"),
        ("a |\n b &&\n c", "a|b; IfSucceeded c"),
        ("a | where x>5 and y<6", "a|where·x>5·and·y<6"),
        ("a | where x > 5 > out.csv", "a|where·x·>·5>out.csv"),
        ("a | where x >= 5 | head > o.txt", "a|where·x·>=·5|head>o.txt"),
        ("a | where x > 5; b", "a|where·x·>·5; b"),
        ("x=5; y='a b'; a", "x:=5; y:=a b; a"),
        ("x= && a", "x:=; IfSucceeded a"),
        ("a x=5", "a·x=5"),
        ("'x=5'", "x=5"),
        ("a '|' \\; '&&'", "a·|·;·&&"),
    ] {
        assert_eq!(shown(line), expected, "{line}");
    }
}

#[test]
fn what_is_filled_in() {
    let set = |name: &str| match name {
        "one" => Some(vec!["1".to_owned()]),
        "two" => Some(vec!["a b".to_owned()]),
        "empty" => Some(vec![String::new()]),
        "odd" => Some(vec!["$one; 'q' | x".to_owned()]),
        "1" => Some(vec!["first".to_owned()]),
        "*" | "@" => Some(vec!["p q".to_owned(), "r".to_owned()]),
        _ => None,
    };
    let results = ["i-1\ni-2\n".to_owned(), "z".to_owned()];
    for (line, expected) in [
        ("x $one ${one}0 a${one}b", "x·1·10·a1b"),
        ("x $two \"$two\" '$two'", "x·a·b·a b·$two"),
        ("x p${two}q", "x·pa·bq"),
        ("x $empty \"$empty\" $empty'' a$empty", "x···a"),
        ("x $odd", "x·$one;·'q'·|·x"),
        ("x \"$odd\"", "x·$one; 'q' | x"),
        ("x $1 $12 ${1}2", "x·first·first2·first2"),
        ("x $* \"$*\"", "x·p·q·r·p q r"),
        ("x $@ \"$@\" \"a$@b\"", "x·p·q·r·p q·r·ap q·rb"),
        ("x $(a) \"$(b)\"", "x·i-1·i-2·z"),
        ("x \"$(a)\"", "x·i-1\ni-2"),
        ("x ${none:-d e} \"${none:-d e}\" ${one:-d} ${empty:-d}", "x·d·e·d e·1·d"),
    ] {
        let script = parse(line).expect(line);
        let [Statement { action: Action::Run(pipeline), .. }] = script.statements.as_slice() else {
            panic!("one statement: {line}")
        };
        let words = pipeline.expand(&set, &results).expect(line);
        assert_eq!(words.concat().join("·"), expected, "{line}");
    }
    for (line, expected) in [
        ("x $none", ExpandFault::Unset("none".to_owned())),
        ("x $7", ExpandFault::NoParameter("7".to_owned())),
        ("$empty", ExpandFault::Nothing),
        ("x $(a) $(b) $(c)", ExpandFault::NoResult),
    ] {
        let script = parse(line).expect(line);
        let Action::Run(pipeline) = &script.statements[0].action else { panic!("{line}") };
        assert_eq!(pipeline.expand(&set, &results), Err(expected), "{line}");
    }
    let script = parse("v=a$two$(b)").expect("a line");
    let Action::Set { value, .. } = &script.statements[0].action else { panic!("a variable") };
    assert_eq!(value.expand_whole(&set, &results).as_deref(), Ok("aa bi-1\ni-2"));
}

#[test]
fn substitutions_nest_and_keep_parentheses() {
    let line = "a $(b --query length(x, y) | c $(d \"$(e)\")) $f";
    let script = parse(line).expect(line);
    let Action::Run(pipeline) = &script.statements[0].action else { panic!("a pipeline") };
    let inner: Vec<String> = pipeline.substitutions().map(Script::to_string).collect();
    assert_eq!(inner, ["b --query 'length(x,' 'y)' | c $(d \"$(e)\")"]);
    assert_eq!(pipeline.source.variables().collect::<Vec<_>>(), ["f"]);
    assert_eq!(pipeline.source.literal(), None);
    assert_eq!(&line[pipeline.source.0[1].span.clone()], "$(b --query length(x, y) | c $(d \"$(e)\"))");
}

#[test]
fn what_is_refused_is_named() {
    for (line, expected) in [
        ("a 2>f", "`2>`"),
        ("a > f", "`> f`"),
        ("a > ../f.csv", "`> ../f.csv`"),
        ("a > .csv", "`> .csv`"),
        ("a >", "`> `"),
        ("a > x.csv | b", "does not stand at the end"),
        ("a > x.csv b", "does not stand at the end"),
        ("a >> x.csv", "appending"),
        ("a >| x.csv", "overwriting"),
        ("a >& 2", "joining streams"),
        ("a &> x", "all output"),
        ("a < f", "reading a file"),
        ("a << E", "here-document"),
        ("a <<< x", "here-string"),
        ("a <(b)", "process substitution"),
        ("a >(b)", "process substitution"),
        ("a &", "background"),
        ("a & b", "background"),
        ("a |& b", "pipe of errors"),
        ("a `b`", "backticks"),
        ("(a; b)", "subshell"),
        ("{ a; }", "a group"),
        ("! a", "negation"),
        ("for i in 1 2; do a; done", "a loop"),
        ("while a; do b; done", "a loop"),
        ("if a; then b; fi", "a condition"),
        ("[ a ]", "a condition"),
        ("f() { a; }", "a function"),
        ("function f { a; }", "a function"),
        ("eval a", "running text"),
        ("export A=b", "an environment"),
        ("a $'x'", "quoting with escapes"),
        ("a $((1+1))", "arithmetic"),
        ("a $?", "the status"),
        ("a ${x%y}", "names no variable"),
        ("a ${}", "names no variable"),
        ("a ${x", "never closed"),
        ("a $()", "nothing stands after `$(`"),
        ("a $(b", "never closed"),
        ("a |", "nothing stands after `|`"),
        ("a | | b", "nothing stands after `|`"),
        ("| b", "nothing stands before `|`"),
        ("a &&", "nothing stands after `&&`"),
        ("&& a", "nothing stands before `&&`"),
        ("a ;; b", "nothing stands before `;`"),
        ("; a", "nothing stands before `;`"),
        ("> x.csv", "nothing stands before `>`"),
        ("x=1 a", "stands before a command"),
        ("x=1 | a", "gives nothing"),
        ("a 'b", "the quote ' at character 3 is never closed"),
        ("\"b\\", "the quote \" at character 1 is never closed"),
        ("a\\", "ends in a backslash"),
    ] {
        match parse(line) {
            Err(fault) => {
                assert!(fault.to_string().contains(expected), "{line}: {fault}");
                assert!(line.get(fault.span.clone()).is_some(), "{line}: {:?}", fault.span);
            }
            Ok(script) => panic!("{line}: read as {script:?}"),
        }
    }
}

#[test]
fn lines_have_bounds() {
    let reason = |line: &str| parse(line).expect_err("too much").reason;
    assert_eq!(reason(&"a".repeat(MAX_LINE + 1)), Reason::TooLong);
    assert_eq!(reason(&"a ".repeat(MAX_WORDS + 1)), Reason::TooManyWords);
    assert_eq!(reason(&"a;".repeat(MAX_STATEMENTS + 1)), Reason::TooManyStatements);
    assert_eq!(reason(&format!("a{}", "|b".repeat(10_000))), Reason::TooManyStages);
    assert_eq!(reason(&"$(".repeat(10_000)), Reason::TooDeep);
    assert!(parse(&format!("a{}", "|b".repeat(MAX_STAGES - 1))).is_ok());
    let large = |_: &str| Some(vec!["x ".repeat(MAX_WORDS)]);
    let Action::Run(pipeline) = &parse("a $x").expect("a line").statements[0].action.clone() else {
        panic!("a pipeline")
    };
    assert_eq!(pipeline.expand(&large, &[]), Err(ExpandFault::TooMuch));
}

#[test]
fn words_are_quoted_where_they_must() {
    for (word, expected) in [
        ("i-0abc", "i-0abc"),
        ("", "''"),
        ("a b", "'a b'"),
        ("it's", r"'it'\''s'"),
        ("$x", "'$x'"),
        ("Name=tag:Name,Values=a", "Name=tag:Name,Values=a"),
        ("é", "'é'"),
        ("a\nb", "'a\nb'"),
    ] {
        assert_eq!(quote(word), expected);
        assert_eq!(shown(&format!("x {}", quote(word))), format!("x·{word}"));
    }
}

proptest! {
    #[test]
    fn any_line_is_read_or_refused(line in r#"[a-c1=\\'"|&;<>$(){}`!@*#\n é-]{0,60}"#) {
        if let Err(fault) = parse(&line) {
            prop_assert!(line.get(fault.span).is_some());
        }
    }

    #[test]
    fn a_script_printed_reads_as_itself(
        line in r#"(a|bc|-x| |=|\\|'|"|\||&&|;|\n|\$x|\$\{y\}|\$\{y:-d e\}|\$\(|\)|where| > f.csv|>|for|x=|1|\(|é){0,25}"#
    ) {
        if let Ok(script) = parse(&line) {
            let printed = script.to_string();
            let again = parse(&printed);
            prop_assert_eq!(again.as_ref(), Ok(&script), "{}", printed);
        }
    }

    #[test]
    fn quoted_words_come_back(words in proptest::collection::vec("\\PC{0,12}", 1..6)) {
        let line: Vec<String> = words.iter().map(|word| quote(word)).collect();
        let script = parse(&format!("x {}", line.join(" "))).expect("a line");
        let Action::Run(pipeline) = &script.statements[0].action else { panic!("a pipeline") };
        prop_assert_eq!(&pipeline.source.literal().expect("plain")[1..], words.as_slice());
    }
}
