//! Filters of rows, forms and charts, and what keeps a table a table.

use pipeline::{Action, Data, Limits, Output, Untimed, parse, run};
use value::Value;

const ANSWER: &str = r#"{"Reservations": [
    {"OwnerId": "1", "Instances": [{"InstanceId": "i-1", "InstanceType": "t3.micro", "State": {"Code": 16, "Name": "running"},
        "Tags": [{"Key": "Name", "Value": "web 1"}, {"Key": "env", "Value": "prod"}], "Cpu": 12.5}]},
    {"OwnerId": "1", "Instances": [
        {"InstanceId": "i-2", "InstanceType": "m5.large", "State": {"Code": 80, "Name": "stopped"}, "Cpu": 3},
        {"InstanceId": "i-3", "InstanceType": "t3.micro", "State": {"Code": 16, "Name": "running"}, "Tags": [], "Cpu": 80}]}]}"#;

fn filtered(line: &str, data: Data) -> Result<Output, String> {
    let script = parse(&format!("x | {line}")).map_err(|fault| fault.to_string())?;
    let Action::Run(pipeline) = &script.statements[0].action else { return Err("no pipeline".to_owned()) };
    let plan = pipeline.plan(&|_: &str| None, &[]).map_err(|fault| fault.to_string())?;
    run(&plan.legs[0].filters, data, &Limits::default(), &Untimed).map_err(|fault| fault.to_string())
}

fn answer() -> Data {
    Data::Value(Value::from_json(ANSWER.as_bytes()).expect("JSON"))
}

/// A table as its columns and rows, a value as JSON, text as it is.
fn shown(data: &Data) -> String {
    match data {
        Data::Table(table) => table.aligned(),
        Data::Text(text) => text.clone(),
        Data::Value(value) => value.to_json(value::JsonStyle::Compact),
        Data::Values { items, .. } => {
            items.iter().map(|item| item.to_json(value::JsonStyle::Compact) + "\n").collect()
        }
    }
}

#[test]
fn rows_of_an_answer() {
    for (line, expected) in [
        (
            "select InstanceId, State as s, tag:Name",
            "InstanceId  s        tag:Name\ni-1         running  web 1\ni-2         stopped\ni-3         running\n",
        ),
        ("select InstanceId,Name | head -1", "InstanceId  Name\ni-1         web 1\n"),
        ("select InstanceId,State.Code | sort -k2n | tail -1", "InstanceId  State.Code\ni-2         80\n"),
        ("where State=running | select InstanceId", "InstanceId\ni-1\ni-3\n"),
        ("where State=running and Cpu>50 | select InstanceId", "InstanceId\ni-3\n"),
        ("where Cpu>=12.5 and not InstanceType~^m5 | count", "2\n"),
        ("where 'Name = \"web 1\" or Cpu < 5' | select InstanceId", "InstanceId\ni-1\ni-2\n"),
        ("where (Cpu<5 or Cpu>50) and State!=stopped | select InstanceId", "InstanceId\ni-3\n"),
        ("where tag:env | select InstanceId", "InstanceId\ni-1\n"),
        ("where InstanceType !~ micro | select InstanceId", "InstanceId\ni-2\n"),
        ("count", "2\n"),
        ("count by InstanceType", "InstanceType  count\nt3.micro      2\nm5.large      1\n"),
        ("count by State | graph -w 4", "running  ████ 2\nstopped  ██ 1\n"),
        ("select InstanceType | sort | uniq -c | sort -rn", "      2 t3.micro\n      1 m5.large\n"),
        ("select InstanceId,Cpu | grep -v i-2 | csv", "InstanceId,Cpu\ni-1,12.5\ni-3,80\n"),
        ("select InstanceId,Cpu | csv --tsv --no-header", "i-1\t12.5\ni-2\t3\ni-3\t80\n"),
        ("select InstanceId,Cpu | head -1 | json", "[{\"InstanceId\":\"i-1\",\"Cpu\":12.5}]"),
        ("select InstanceId,Cpu | jq -c '.[1]'", "{\"InstanceId\":\"i-2\",\"Cpu\":3}\n"),
        ("select InstanceId,Cpu | cut -f 2", "12.5\n3\n80\n"),
        ("jmespath 'Reservations[].Instances[].InstanceId' | json", "[\"i-1\",\"i-2\",\"i-3\"]"),
        ("jq '.Reservations[].Instances[].InstanceId'", "\"i-1\"\n\"i-2\"\n\"i-3\"\n"),
        ("jq -r '.Reservations[].Instances[].InstanceId' | tac", "i-3\ni-2\ni-1\n"),
        ("jq '.Reservations[].Instances[]' | select InstanceId | wc -l", "3\n"),
        ("jq -c '[.Reservations[].Instances[].Cpu]' | graph -w 2", "1  ▍ 12.5\n2  ▏ 3\n3  ██ 80\n"),
        ("grep -c InstanceId", "3\n"),
        ("head -2", "{\n    \"Reservations\": [\n"),
        (
            "table InstanceId,Cpu | column -t -o '|'",
            "InstanceId|Cpu\ni-1       |12.5\ni-2       |3\ni-3       |80\n",
        ),
    ] {
        let output = filtered(line, answer()).unwrap_or_else(|fault| panic!("{line}: {fault}"));
        assert_eq!(shown(&output.data), expected, "{line}");
    }
}

#[test]
fn rows_of_text() {
    let text = "web  running 12\ndb   stopped 3\n";
    for (line, expected) in [
        ("select 1,3", "1    3\nweb  12\ndb   3\n"),
        ("where 3>5 | select 1", "1\nweb\n"),
        ("count by 2", "2        count\nrunning  1\nstopped  1\n"),
        ("csv", "web,running,12\ndb,stopped,3\n"),
        ("json", "[\"web  running 12\",\"db   stopped 3\"]"),
        ("count", "2\n"),
        ("graph -t T -w 2", "T\nweb running  ██ 12\ndb stopped   ▌ 3\n"),
    ] {
        let output = filtered(line, Data::text(text)).unwrap_or_else(|fault| panic!("{line}: {fault}"));
        assert_eq!(shown(&output.data), expected, "{line}");
    }
}

#[test]
fn what_runs_beside_the_data() {
    let output = filtered("tee all.json | grep i-1 | tee found | wc -l", answer()).expect("an output");
    assert_eq!(shown(&output.data), "1\n");
    assert_eq!(output.copies[0].name, "all.json");
    assert_eq!(output.copies[0].data, answer());
    assert_eq!(shown(&output.copies[1].data).trim(), "\"InstanceId\": \"i-1\",");
    let output = filtered("count by State | graph -t States", answer()).expect("an output");
    let chart = output.chart.expect("a chart");
    assert_eq!(chart.bars, [("running".to_owned(), 2.0), ("stopped".to_owned(), 1.0)]);
    for (line, success) in [
        ("grep i-1", true),
        ("grep zzz", false),
        ("grep zzz | wc -l", true),
        ("grep -q i-1", true),
        ("grep -v .", false),
        ("jq -e .Reservations", true),
        ("jq -e .none", false),
        ("jq .none", true),
    ] {
        assert_eq!(filtered(line, answer()).expect(line).success, success, "{line}");
    }
}

#[test]
fn a_cell_cannot_run_in_a_spreadsheet() {
    let data = Data::Value(
        Value::from_json(br#"[{"a": "=1+1", "b": -5}, {"a": "x,\"y\"", "b": "-z"}]"#).expect("JSON"),
    );
    let output = filtered("csv", data).expect("an output");
    assert_eq!(shown(&output.data), "a,b\n\"'=1+1\",-5\n\"x,\"\"y\"\"\",\"'-z\"\n");
}

#[test]
fn what_cannot_be_read_says_why() {
    for (line, expected) in [
        ("gerp x", "did you mean grep?"),
        ("awk '{print $1}'", "use `select`"),
        ("cat", "leave it out"),
        ("grep", "a pattern is missing"),
        ("grep a b.txt", "there are no files"),
        ("grep -r a", "there are no files"),
        ("grep --ignore-cas a --inver", "`--help`"),
        ("grep --colour a", "no option `--colour`"),
        ("grep '\\(a\\)\\1'", "refers back"),
        ("grep -E 'a{5000}{5000}'", "repeats too much"),
        ("grep -E '('", "never closed"),
        ("sort -M", "months have no order"),
        ("sort -k0", "is no key"),
        ("head -n x", "needs a whole number"),
        ("cut", "one list"),
        ("cut -f 3-1", "is no list"),
        ("tr z-a b", "runs backwards"),
        ("tr a", "second set is missing"),
        ("sed 's/a/b'", "`/` is missing"),
        ("sed y/a/b/", "use `tr`"),
        ("sed 'w f'", "there are no files"),
        ("sed 's/a/\\1/'", "a group that the pattern does not have"),
        ("select", "name of a column is missing"),
        ("select Nme", "no row has a column `Nme`; there are"),
        ("where State ~", "a value is missing"),
        ("where", "a condition is missing"),
        ("count by", "count by <column>"),
        ("tee ../x", "no plain name"),
        ("jmespath 'a['", "jmespath"),
        ("jq", "a program is missing"),
        ("jq . x", "one word too many"),
        ("jq --arg a", "needs a name and a value"),
    ] {
        match filtered(line, answer()) {
            Err(message) => assert!(message.contains(expected), "{line}: {message}"),
            Ok(output) => assert_eq!(expected, "`--help`", "{line} gave {output:?}"),
        }
    }
}

#[test]
fn every_filter_has_a_page() {
    for (name, summary) in pipeline::names() {
        let page = pipeline::help(name).expect(name);
        assert!(page.contains(summary) && page.contains("Examples:"), "{name}");
        let output = filtered(&format!("{name} --help"), Data::text("x")).expect(name);
        assert_eq!(output.data, Data::Text(page));
    }
}

#[test]
fn limits_hold() {
    let small = Limits { bytes: 10_000, lines: 1_000, steps: 50_000 };
    let text = "some line of text\n".repeat(500);
    for line in [
        "sort",
        "tac",
        "tail -n 600",
        "sed 's/e/eeeeeeeeeeeeeeeeeeee/g'",
        "jq -R .",
        "paste -s",
        "csv",
        "json",
        "grep e | tee x",
    ] {
        let script = parse(&format!("x | {line}")).expect(line);
        let Action::Run(pipeline) = &script.statements[0].action else { panic!("{line}") };
        let plan = pipeline.plan(&|_: &str| None, &[]).expect(line);
        let output = run(&plan.legs[0].filters, Data::text(text.repeat(20)), &small, &Untimed);
        assert!(output.is_err(), "{line}: {output:?}");
    }
    let script = parse("x | jq -n 'last(range(1e15))'").expect("a line");
    let Action::Run(pipeline) = &script.statements[0].action else { panic!("a pipeline") };
    let plan = pipeline.plan(&|_: &str| None, &[]).expect("a plan");
    let endless = run(&plan.legs[0].filters, Data::text(""), &small, &Untimed);
    assert!(endless.is_err_and(|fault| fault.to_string().contains("more to do")));
    let over = run(&plan.legs[0].filters, Data::text(""), &Limits::default(), &|| true);
    assert!(over.is_err_and(|fault| fault.to_string().contains("time")));
}

#[test]
fn xargs_makes_calls() {
    for (line, text, expected) in [
        ("xargs ec2 stop", "i-1\ni-2\n", vec!["ec2 stop i-1 i-2"]),
        ("xargs -n 1 ec2 stop", "i-1 i-2\n", vec!["ec2 stop i-1", "ec2 stop i-2"]),
        ("xargs -n2 a", "1 2 3\n", vec!["a 1 2", "a 3"]),
        ("xargs -L 1 a -x", "1 2\n\n3\n", vec!["a -x 1 2", "a -x 3"]),
        ("xargs -I {} a --b {} x{}", "1 2\n3\n", vec!["a --b 1 2 x1 2", "a --b 3 x3"]),
        ("xargs -I{} a {}", "1\n", vec!["a 1"]),
        ("xargs a", "\"i-1\"\n'b c' d\\ e\n", vec!["a i-1 b c d e"]),
        ("xargs -d , a", "1,2\n", vec!["a 1 2"]),
        ("xargs -r -P 4 a", "", vec![]),
        ("xargs -- a -n", "1", vec!["a -n 1"]),
    ] {
        let script = parse(&format!("x | {line} | wc -l")).expect(line);
        let Action::Run(pipeline) = &script.statements[0].action else { panic!("{line}") };
        let plan = pipeline.plan(&|_: &str| None, &[]).expect(line);
        assert_eq!(plan.legs.len(), 2, "{line}");
        let calls = plan.legs[0].calls.as_ref().expect(line).calls(text).expect(line);
        let calls: Vec<String> = calls.iter().map(|words| words.join(" ")).collect();
        assert_eq!(calls, expected, "{line}");
    }
    let script = parse("x | xargs -n1 a").expect("a line");
    let Action::Run(pipeline) = &script.statements[0].action else { panic!("a pipeline") };
    let plan = pipeline.plan(&|_: &str| None, &[]).expect("a plan");
    let many = plan.legs[0].calls.as_ref().expect("calls").calls(&"1\n".repeat(1_000));
    assert!(many.is_err_and(|fault| fault.to_string().contains("more than 256 calls")));
    for line in ["x | xargs", "x | xargs -n 0 a", "x | xargs -I {} a", "x | xargs -p a"] {
        let script = parse(line).expect(line);
        let Action::Run(pipeline) = &script.statements[0].action else { panic!("{line}") };
        assert!(pipeline.check().is_err(), "{line}");
    }
}

mod hostile {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn filters_stay_within_limits(
            stages in r#"(grep|sed|sort|tr|cut|uniq|head|tail|wc|nl|paste|column|where|select|count|graph|csv|json|jq|xargs)( (-[a-zA-Z0-9]|[a-z.*\[\]\\(){}/+^$0-9:,-]{1,8}|'[ -~]{0,8}')){0,3}"#,
            text in "[ -~\t\né€]{0,80}",
        ) {
            let small = Limits { bytes: 100_000, lines: 1_000, steps: 50_000 };
            let Ok(script) = parse(&format!("x | {}", stages.replace("'", ""))) else { return Ok(()) };
            for statement in &script.statements {
                let Action::Run(pipeline) = &statement.action else { continue };
                let Ok(plan) = pipeline.plan(&|_: &str| Some(vec!["1".to_owned()]), &[]) else { continue };
                for leg in &plan.legs {
                    if let Ok(output) = run(&leg.filters, Data::text(text.as_str()), &small, &Untimed)
                        && let Data::Text(text) = output.data
                    {
                        prop_assert!(text.len() <= small.bytes);
                    }
                }
            }
        }
    }
}
