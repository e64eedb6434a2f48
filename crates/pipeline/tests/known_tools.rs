//! Filters give what the tools of their name give: recorded from GNU coreutils 9.1, grep 3.8, sed 4.9 and util-linux's
//! `column` and `rev` 2.38 with `LC_ALL=C`, for programs and inputs of our own. Blanks at the ends of `column`'s lines
//! are left out here.

use pipeline::{Action, Data, Filter, Limits, Untimed, parse, run};
use value::Value;

fn filtered(filter: &str, input: &str) -> Result<(String, bool), String> {
    let script = parse(&format!("x | {filter}")).map_err(|fault| fault.to_string())?;
    let Action::Run(pipeline) = &script.statements[0].action else { return Err("no pipeline".to_owned()) };
    let words = pipeline.filters[0].literal().ok_or("something is to be filled in")?;
    let filter = Filter::parse(&words).map_err(|fault| fault.to_string())?;
    let output =
        run(&[filter], Data::text(input), &Limits::default(), &Untimed).map_err(|fault| fault.to_string())?;
    match output.data {
        Data::Text(text) => Ok((text, output.success)),
        other => Err(format!("no text: {other:?}")),
    }
}

#[test]
fn filters_give_what_the_known_tools_give() {
    let table = Value::from_json(include_bytes!("known_tools.json")).expect("the table");
    let (inputs, cases) = (table.get("inputs").expect("inputs"), table.get("cases").expect("cases"));
    let text = |value: &Value, name: &str| value.get(name).and_then(Value::as_text).expect(name).to_owned();
    let mut differing = Vec::new();
    for case in cases.as_list().expect("cases") {
        let (filter, input) = (text(case, "filter"), text(case, "input"));
        let success = case.get("success").and_then(Value::as_bool).expect("success");
        let mut output = text(case, "output");
        if filter.starts_with("column") {
            output = output.lines().map(|line| format!("{}\n", line.trim_end_matches(' '))).collect();
        }
        let expected = Ok((output, success));
        let found = filtered(&filter, &text(inputs, &input));
        if found != expected {
            differing.push(format!("{input} | {filter}\n   expected {expected:?}\n   found    {found:?}"));
        }
    }
    assert!(differing.is_empty(), "{} differ:\n{}", differing.len(), differing.join("\n"));
}
