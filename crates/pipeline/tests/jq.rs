//! The `jq` filter gives what jq gives: recorded from jq 1.6 for programs and inputs of our own.

use pipeline::{Data, Filter, Limits, Untimed, run};
use value::Value;

fn filtered(words: &[String], input: &str) -> Result<String, String> {
    let filter = Filter::parse(words).map_err(|fault| fault.to_string())?;
    // A filter of lines makes text of it.
    let all = Filter::parse(&["tail", "-n", "+1"].map(str::to_owned)).expect("a filter");
    let output = run(&[filter, all], Data::text(input), &Limits::default(), &Untimed);
    match output.map_err(|fault| fault.to_string())?.data {
        Data::Text(text) => Ok(text),
        other => Err(format!("no text: {other:?}")),
    }
}

fn jq(options: &str, program: &str, input: &str) -> Result<String, String> {
    let words = std::iter::once("jq").chain(options.split_whitespace()).chain([program]);
    filtered(&words.map(str::to_owned).collect::<Vec<_>>(), input)
}

#[test]
fn programs_give_what_jq_gives() {
    let table = Value::from_json(include_bytes!("jq.json")).expect("the table");
    let (inputs, cases) = (table.get("inputs").expect("inputs"), table.get("cases").expect("cases"));
    let text = |value: &Value, name: &str| value.get(name).and_then(Value::as_text).expect(name).to_owned();
    let mut differing = Vec::new();
    for case in cases.as_list().expect("cases") {
        let (options, program, input) = (text(case, "options"), text(case, "program"), text(case, "input"));
        let fails = case.get("fails").and_then(Value::as_bool).expect("fails");
        let found = jq(&options, &program, &text(inputs, &input));
        let as_expected = match &found {
            Ok(found) => !fails && *found == text(case, "output"),
            // What came before the failure is not shown.
            Err(_) => fails,
        };
        if !as_expected {
            let expected = if fails { "a failure".to_owned() } else { text(case, "output") };
            differing.push(format!(
                "{input} | jq {options} '{program}'\n   expected {expected:?}\n   found    {found:?}"
            ));
        }
    }
    assert!(differing.is_empty(), "{} differ:\n{}", differing.len(), differing.join("\n"));
}

/// What jq 1.7 added or changed, and what is ours.
#[test]
fn programs_newer_than_the_recording() {
    for (program, expected) in [
        ("try error(null) catch .", "null\n"),
        ("[1,2,3]|.[1.7]", "2\n"),
        ("\"<'>\"|@html", "\"&lt;&#39;&gt;\"\n"),
        ("\"aaa\"|gsub(\"^a\";\"b\")", "\"baa\"\n"),
        ("\"abc\"|gsub(\"\";\"-\")", "\"-a-b-c-\"\n"),
        ("[\"abc\"|gsub(\"(?<x>.)\";\"\\(.x)1\",\"\\(.x)2\")]", "[\"a1b1c1\",\"a2b2c2\"]\n"),
        ("\"ab\"|[match(\"\";\"g\").offset]", "[0,1,2]\n"),
        ("[limit(0;1,2)]", "[]\n"),
        ("[1|limit(3;repeat(.*2))]", "[1,2,4]\n"),
        (
            "[{name:\"a\",value:1},{k:\"b\",v:2},{key:null},{key:false}]|from_entries",
            "{\"a\":1,\"b\":2,\"null\":null,\"false\":null}\n",
        ),
        ("{a:1,b:{c:2,d:3}}|pick(.b.c)", "{\"b\":{\"c\":2}}\n"),
        ("[-1,2.5|abs]", "[1,2.5]\n"),
        ("[1,[2]|toarray]", "[[1],[2]]\n"),
        ("\"  a \"|trim,ltrim,rtrim", "\"a\"\n\"a \"\n\"  a\"\n"),
        ("[skip(1;1,2,3)]", "[2,3]\n"),
        ("add(1,2)", "3\n"),
        ("[1,3]|bsearch(3),bsearch(2)", "1\n-2\n"),
        ("if . then 1 end", "null\n"),
        ("[.[]?//1]", "[1]\n"),
        ("try ([]|.[-1]=1) catch .", "\"Out of bounds negative array index\"\n"),
        ("[1,2,3,4]|(.[]|select(.>2))|=empty", "[1,2]\n"),
        ("{x:1+2,y:(3,4)}", "{\"x\":3,\"y\":3}\n{\"x\":3,\"y\":4}\n"),
        ("\"x\"|ascii_downcase as $y|$y", "\"x\"\n"),
        ("\"aXbxc\"|ascii_downcase|[splits(\"x\")]", "[\"a\",\"b\",\"c\"]\n"),
        ("[\"a,b;c\"|splits(\"[,;]\")]", "[\"a\",\"b\",\"c\"]\n"),
        ("\"12345678901234567890\"|tonumber", "12345678901234567890\n"),
        ("12345678901234567890", "12345678901234567890\n"),
        ("\"2026-11-21T10:00:00.5+00:00\"|fromdate|todate", "\"2026-11-21T10:00:00Z\"\n"),
        ("{\"b\":1,\"a\":2}|tojson", "\"{\\\"b\\\":1,\\\"a\\\":2}\"\n"),
    ] {
        assert_eq!(jq("-c", program, "null").as_deref(), Ok(expected), "{program}");
    }
}

#[test]
fn what_is_no_program_says_why() {
    for (program, expected) in [
        ("env", "a program reads what flows to it"),
        ("$ENV.HOME", "there is no environment"),
        ("halt", "use `error`"),
        ("now", "`fromdate` and `todate`"),
        ("debug", "there is no terminal"),
        ("input_filename", "reads what flows to it"),
        ("import \"a\" as a; 1", "there are no files"),
        ("lenght", "did you mean `length`?"),
        ("map", "another number of arguments"),
        ("$x", "`$x` is not set"),
        (".[", "ends too soon"),
        ("1 +", "ends too soon"),
        ("\"a", "never closed"),
        ("1 == 2 == 3", "does not chain"),
        ("@foo", "is no format"),
        (". as [$a] ?// $b | 1", "`?//` is not there"),
        ("{(1):2}", "Object keys must be strings"),
        ("", ""),
    ] {
        match jq("-c", program, "null") {
            Err(message) => assert!(message.contains(expected), "{program}: {message}"),
            Ok(text) => assert_eq!((program, text.as_str()), ("", "null\n")),
        }
    }
}

/// Programs that would run for ever, eat memory or break the stack end with an error, on a small stack.
#[test]
fn hostile_programs_end() {
    let nested = |open: &str, close: &str, times| format!("{}1{}", open.repeat(times), close.repeat(times));
    let mut programs: Vec<String> = [
        "def f: 1+f; f",
        "def f: f|f; f",
        "def f: [f]; f",
        "def f(x): f(x|x); f(.)",
        "\"x\"*1e9|length",
        "[\"x\"*1e6|.,.,.,.]|until(false;map(.+.))",
        "[range(1e9)]|length",
        "[limit(1e9;repeat(1))]|length",
        "last(range(1e12))",
        "repeat(empty)|1",
        "[repeat(.)]",
        "[recurse(.)]",
        "until(false;.)",
        "1|until(false;.+1)",
        "reduce range(1e6) as $i (null;[.])|tojson|length",
        "reduce range(1e6) as $i (null;{a:.})",
        "[range(1e5)]|[.[]|[range(1e5)]]",
        "reduce range(1e9) as $i (0;.+1)",
        "null|.[536870911]=1",
        "null|.[1e300]=1",
        "[range(1000000)] as $a|[range(1000)|$a+[.]]|sort|length",
        "[range(3000)|[range(3000)]]|length",
        "\"a\"*100000|[match(\"(a*)*b\";\"g\")]",
        "\"a\"*100000|[match(\"(?:a?){1000}a{1000}\";\"g\")]|length",
        "\"a\"*1000000|gsub(\"\";\"xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx\")|length",
        "[range(200000)]|tojson|[range(100)|.]|map(fromjson)|length",
        "\"[\"*100000|fromjson",
        "[range(100000)]|combinations(5)",
        "[[range(100)]|combinations(10)]",
        "[paths(repeat(1))]",
        "[range(20)]|[.[] as $a|.[] as $b|.[] as $c|.[] as $d|.[] as $e|.[] as $f|1]|length",
        "def f: def g: f; g; f",
        "reduce range(300) as $i ([];[$i]+[.])",
        "getpath([range(100000)|\"a\"])",
        "setpath([range(100000)|\"a\"];1)",
        "path(getpath([range(100000)|\"a\"]))",
        "label $a|repeat(.)|empty",
        "try (def f: f; f) catch .",
        "[.[]?,(def f: (try f catch f); f)]",
        "\"\\(\"x\"*1e8)\"",
        "[range(1e6)|tostring]|join(\",\")|length|.*0|repeat(.)",
        "@base64 \"\\(\"x\"*6e7)\"|@base64|@base64",
        "walk(repeat(1))",
        "[splits(repeat(\"a\"))]",
        "implode?, ([range(1e7)]|implode)",
        "ltrimstr(repeat(1))",
        "{} | until(length > 1e6; .[length|tostring] = 1) | length",
        "inputs, input, (repeat(input?)|empty)",
    ]
    .map(str::to_owned)
    .to_vec();
    programs.extend([
        nested("(", ")", 5_000),
        nested("[", "]", 5_000),
        nested("{a:", "}", 2_000),
        nested("-", "", 10_000),
        nested("if 1 then ", " end", 1_000),
        nested("try ", "", 3_000),
        nested("def f: ", "; f", 1_000),
        nested("reduce . as $x (", ";.)", 1_000),
        nested("\"\\(", ")\"", 1_000),
        nested("1 as [", "] | 1", 1_000),
        format!("1{}", "+1".repeat(7_000)),
        format!("1{}", "|1".repeat(7_000)),
        format!("1{}", ",1".repeat(7_000)),
        format!("1{}", "//1".repeat(5_000)),
        format!(".{}", "[0]".repeat(5_000)),
        format!(".{}", "?".repeat(15_000)),
        format!(". {}", "as $x|.".repeat(2_000)),
        "1".repeat(20_000),
    ]);
    let run = std::thread::Builder::new().stack_size(2 * 1024 * 1024).spawn(move || {
        for program in programs {
            let words = ["jq".to_owned(), "-c".to_owned(), program.clone()];
            let small = Limits { bytes: 16 << 20, lines: 100_000, steps: 300_000 };
            let shown: String = program.chars().take(60).collect();
            if let Ok(filter) = Filter::parse(&words) {
                let output = run(&[filter], Data::text("null"), &small, &Untimed);
                assert!(output.is_err() || output.is_ok_and(|output| is_small(&output.data)), "{shown}");
            }
        }
    });
    run.expect("a thread").join().expect("no program broke anything");
}

fn is_small(data: &Data) -> bool {
    matches!(data, Data::Values { items, .. } if items.len() <= 10_000)
}
