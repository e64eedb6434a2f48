//! `jq`: its language, in this process.

use value::{Map, Value};

use crate::data::{Data, Form, Indent};
use crate::fault::FilterFault;
use crate::filter::{Spec, Stage};
use crate::flow::{Flow, Running};
use crate::jq::Program;
use crate::options::{Given, flag, long, with};

pub(super) const SPEC: Spec = Spec {
    name: "jq",
    usage: "[options] <program>",
    summary: "applies a jq program to each JSON value",
    options: &[
        flag('r', "raw-output", "texts stand without quotes"),
        flag('j', "join-output", "as -r, without line ends"),
        flag('c', "compact-output", "one line a value"),
        flag('a', "ascii-output", "characters outside ASCII are escaped"),
        flag('S', "sort-keys", "maps are sorted by name"),
        flag('s', "slurp", "all values become one list before"),
        flag('n', "null-input", "the program runs once, on null; `inputs` gives the values"),
        flag('R', "raw-input", "each line is a text"),
        flag('e', "exit-status", "a last result of null or false, or none, is a failure for `&&`"),
        long("tab", "a level is indented by a tab"),
        with('I', "indent", "spaces", "a level is indented by so many spaces"),
        long("arg", "`--arg name text` sets $name to a text"),
        long("argjson", "`--argjson name json` sets $name to a value"),
    ],
    refused: &[
        ("-f", "there are no files: write the program in the line"),
        ("--slurpfile", "there are no files"),
        ("--rawfile", "there are no files"),
        ("--args", "use --arg"),
        ("--stream", "answers are read whole"),
        ("--seq", "chat shows no control characters"),
        ("-C", "chat shows no colours"),
        ("-L", "there are no modules"),
    ],
    number: None,
    plain: false,
    examples: &[
        "ec2 describe-instances | jq '.Reservations[].Instances[].InstanceType' | sort | uniq -c",
        "iam list-users | jq -r '.Users[] | \"\\(.UserName) \\(.CreateDate)\"'",
    ],
    read,
};

#[derive(Debug)]
struct Jq {
    program: Program,
    form: Form,
    slurp: bool,
    null_input: bool,
    raw_input: bool,
    exit_status: bool,
}

fn read(given: &Given) -> Result<Box<dyn Stage>, FilterFault> {
    let (variables, operands) = variables(given)?;
    let [program] = operands.as_slice() else {
        return Err(given.usage(match operands.get(1) {
            None => "a program is missing: `jq .`".to_owned(),
            Some(word) => format!("`{word}` is one word too many: a program with blanks stands in quotes"),
        }));
    };
    let program = Program::parse(program, variables).map_err(FilterFault::Jq)?;
    let raw = given.has("raw-output") || given.has("join-output");
    let spaces = given.number("indent")?.unwrap_or(2);
    if spaces > 7 {
        return Err(given.usage("at most 7 spaces indent a level"));
    }
    let indent = match given.has("compact-output") || spaces == 0 {
        true => None,
        false if given.has("tab") => Some(Indent::Tab),
        false => Some(Indent::Spaces(spaces as u8)),
    };
    let form = Form {
        indent,
        raw,
        joined: given.has("join-output"),
        sorted: given.has("sort-keys"),
        ascii: given.has("ascii-output"),
    };
    Ok(Box::new(Jq {
        program,
        form,
        slurp: given.has("slurp"),
        null_input: given.has("null-input"),
        raw_input: given.has("raw-input"),
        exit_status: given.has("exit-status"),
    }))
}

/// Variables that are set from outside.
type Named = Vec<(String, Value)>;

/// Variables and what else stands as an operand: each `--arg` takes two of the operands, in order.
fn variables(given: &Given) -> Result<(Named, Vec<String>), FilterFault> {
    let mut operands = given.operands.clone();
    let mut variables: Named = Vec::new();
    let mut named = Map::new();
    for (index, option) in given.positions() {
        if option != "arg" && option != "argjson" {
            continue;
        }
        // Those before took their two away.
        let index = index.saturating_sub(2 * variables.len());
        if operands.len() < index + 2 {
            return Err(given.usage(format!("--{option} needs a name and a value")));
        }
        let pair: Vec<String> = operands.drain(index..index + 2).collect();
        let value = match option {
            "arg" => Value::from(pair[1].as_str()),
            _ => Value::from_json(pair[1].as_bytes()).map_err(|error| FilterFault::NoJson {
                filter: SPEC.name,
                error,
                shown: pair[1].chars().take(40).collect(),
            })?,
        };
        named.insert(pair[0].as_str(), value.clone());
        variables.push((pair[0].clone(), value));
    }
    let all: Map = [("named", Value::Map(named))].into_iter().collect();
    variables.push(("ARGS".to_owned(), Value::Map(all)));
    Ok((variables, operands))
}

impl Stage for Jq {
    fn apply<'a>(&'a self, flow: Flow<'a>, running: &'a Running<'a>) -> Result<Flow<'a>, FilterFault> {
        let budget = &running.budget;
        let mut values = if self.raw_input {
            let text = flow.into_text(budget)?;
            budget.hold(text.len())?;
            if self.slurp { vec![Value::from(text)] } else { lines(&text, running)? }
        } else {
            let values = flow.into_whole(budget)?.into_values(SPEC.name, budget)?;
            if self.slurp { vec![Value::List(values)] } else { values }
        };
        values.shrink_to_fit();
        let items = self.program.run(values, self.null_input, budget)?;
        if self.exit_status && running.last.get() {
            let holds = items.last().is_some_and(|last| !matches!(last, Value::Null | Value::Bool(false)));
            running.success.set(holds);
        }
        Ok(Flow::Whole(Data::Values { items, form: self.form }))
    }
}

fn lines(text: &str, running: &Running<'_>) -> Result<Vec<Value>, FilterFault> {
    let mut lines = Vec::new();
    for line in text.lines() {
        running.budget.hold(size_of::<Value>())?;
        running.budget.count(lines.len() + 1)?;
        lines.push(Value::from(line));
    }
    Ok(lines)
}
