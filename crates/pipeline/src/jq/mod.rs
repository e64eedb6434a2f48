//! A subset of the jq language over `value` trees.
//!
//! Invariants: a program is at most [`MAX_LENGTH`] bytes and nests within a bound; running it counts every step, every
//! byte it makes and every level it calls itself, so any program ends; it sees its input and its arguments, and
//! nothing else. Keys keep their order, and what is not computed keeps its digits.
//! Absent on purpose: modules, the environment, the clock, exits, streams of tokens, `?//`. `docs/adr` says why this is
//! not one of the published implementations.

mod assign;
mod ast;
mod builtins;
mod formats;
mod lexer;
mod machine;
mod operators;
mod order;
mod parser;
mod paths;
mod scope;
mod stop;
#[cfg(test)]
mod tests;
mod val;

use std::cell::RefCell;
use std::sync::{Arc, LazyLock};

use value::Value;

use crate::budget::Budget;
use crate::fault::FilterFault;
use ast::{Definition, Node};
use machine::{Item, Machine};
use scope::Scope;
use stop::Stop;
use val::Val;

/// The longest program that is read, in bytes.
const MAX_LENGTH: usize = 16 * 1024;

/// Why a program cannot be read, or fails.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum JqFault {
    /// A text that is no program.
    #[error("the program cannot be read: {0}")]
    Parse(String),
    /// An error that nothing in the program caught.
    #[error("{0}")]
    Failed(String),
}

impl JqFault {
    fn parse(reason: impl Into<String>) -> JqFault {
        JqFault::Parse(reason.into())
    }
}

/// A program that was read and can be run on any number of inputs.
#[derive(Debug)]
pub(crate) struct Program {
    root: Node,
    /// Variables that are set from outside.
    variables: Vec<(Arc<str>, Value)>,
}

struct Prelude {
    definitions: Vec<Definition>,
    names: parser::Names,
}

/// Functions that are written in jq itself.
static PRELUDE: LazyLock<Prelude> = LazyLock::new(|| {
    let definitions = lexer::tokens(include_str!("prelude.jq")).and_then(parser::parse_prelude);
    // A test reads it, so that it is never empty.
    let definitions = definitions.unwrap_or_default();
    let names = definitions.iter().map(|definition| (definition.name.clone(), definition.parameters.len()));
    Prelude { names: parser::Names(names.collect()), definitions }
});

impl Program {
    pub(crate) fn parse(text: &str, variables: Vec<(String, Value)>) -> Result<Program, JqFault> {
        if text.len() > MAX_LENGTH {
            return Err(JqFault::parse(format!("it has more than {MAX_LENGTH} bytes")));
        }
        let variables: Vec<(Arc<str>, Value)> =
            variables.into_iter().map(|(name, value)| (name.into(), value)).collect();
        let names: Vec<Arc<str>> = variables.iter().map(|(name, _)| name.clone()).collect();
        let root = parser::parse(lexer::tokens(text)?, &names, &PRELUDE.names)?;
        Ok(Program { root, variables })
    }

    /// Runs the program on each input, or once on null while the inputs wait for `input`.
    pub(crate) fn run(
        &self,
        inputs: Vec<Value>,
        null_input: bool,
        budget: &Budget<'_>,
    ) -> Result<Vec<Value>, FilterFault> {
        self.results(inputs, null_input, budget).map_err(|stop| match stop {
            Stop::Fault(fault) => *fault,
            Stop::Error(Val::Text(message)) => FilterFault::Jq(JqFault::Failed(message.to_string())),
            Stop::Error(other) => {
                FilterFault::Jq(JqFault::Failed(format!("{} (not a string)", formats::shown(&other))))
            }
            Stop::Break(_) => FilterFault::Jq(JqFault::Failed("break".to_owned())),
        })
    }

    fn results(&self, inputs: Vec<Value>, null_input: bool, budget: &Budget<'_>) -> Result<Vec<Value>, Stop> {
        let mut queue = std::collections::VecDeque::new();
        for input in inputs {
            queue.push_back(Val::from_value(input, budget)?);
        }
        let queue = RefCell::new(queue);
        let machine = Machine::new(budget, &PRELUDE.definitions, &queue);
        let mut scope = Scope::default();
        for (name, value) in &self.variables {
            scope = scope.with_variable(name, Val::from_value(value.clone(), budget)?);
        }
        let mut results = Vec::new();
        let mut take = |item: Item| {
            budget.count(results.len() + 1)?;
            results.push(item.value.into_value(budget)?);
            Ok(())
        };
        if null_input {
            machine.eval(&self.root, &scope, Item::plain(Val::Null), &mut take)?;
            return Ok(results);
        }
        loop {
            let Some(input) = queue.borrow_mut().pop_front() else { break };
            machine.eval(&self.root, &scope, Item::plain(input), &mut take)?;
        }
        Ok(results)
    }
}
