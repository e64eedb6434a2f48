//! One command within a script, and what it gives to the filters behind it.

use aws_cli::Invocation;
use pipeline::{Data, Table};
use render::{Body, Problem, Status};
use value::Value;

use crate::answer;
use crate::outcome::Outcome;
use crate::output::{self, Output};

/// What a command gave.
pub(crate) struct Given {
    /// Whether it succeeded, for `&&` and `||`.
    pub(crate) success: bool,
    /// How it is shown where nothing follows.
    pub(crate) output: Output,
    /// What a filter behind it reads.
    pub(crate) data: Data,
}

impl Given {
    /// An answer of AWS: a tree, unless its line asks for another form.
    pub(crate) fn answer(value: Value, invocation: &Invocation, filtered: bool) -> Given {
        let is_tree = invocation.globals.output.as_deref().is_none_or(|form| form == "json");
        let is_tree = is_tree && !matches!((&invocation.task, &value), (Some(_), Value::Text(_)));
        if filtered && is_tree {
            return match aws_cli::queried(invocation, value) {
                Ok(value) => Given { success: true, output: Output::text(""), data: Data::Value(value) },
                Err(error) => Given::failed(Output::problem(Status::Failed, Problem::new(error.to_string()))),
            };
        }
        match answer::print(&value, invocation) {
            Ok(answer) => {
                let output = Output::lines(answer.text.trim_end()).with_body(answer::body(&answer));
                Given {
                    success: true,
                    data: Data::Text(answer.text.clone()),
                    output: output.noting(answer::missing(&answer)),
                }
            }
            Err(error) => Given::failed(Output::problem(Status::Failed, Problem::new(error.to_string()))),
        }
    }

    /// What a command of Bellhop's own came to.
    pub(crate) fn output(output: Output) -> Given {
        let success = matches!(output.status, Status::Done);
        let data = match output.data.clone() {
            output::Data::Value(value) => Data::Value(value),
            output::Data::Text(text) => Data::Text(text),
            output::Data::Table { columns, rows } => {
                let cells = |row: Vec<String>| row.into_iter().map(Value::text).collect();
                Data::Table(Table { columns, rows: rows.into_iter().map(cells).collect() })
            }
        };
        Given { success, output, data }
    }

    /// Something that did not come to an answer.
    pub(crate) fn failed(output: Output) -> Given {
        Given { success: false, output, data: Data::Text(String::new()) }
    }

    /// The same, as what became of a call.
    pub(crate) fn outcome(outcome: &Outcome) -> Given {
        Given::failed(Output::of_reply(outcome.reply(render::Facts::default())))
    }
}

/// How data is shown in a message.
pub(crate) fn body(data: &Data, text: &str) -> Body {
    if let Data::Table(table) = data {
        let cells =
            |row: &Vec<Value>| row.iter().map(|cell| pipeline::cell_text(cell).into_owned()).collect();
        return Body::Table { columns: table.columns.clone(), rows: table.rows.iter().map(cells).collect() };
    }
    match text.trim_end() {
        "" => Body::Text("There is no output.".to_owned()),
        text => Body::Preformatted(text.to_owned()),
    }
}
