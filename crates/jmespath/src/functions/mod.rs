//! The built-in functions: which there are, what arguments each takes, and calling one.

mod numbers;
mod order;
mod text;
mod trees;

use crate::JmespathError;
use crate::ast::Node;
use crate::budget::weight;
use crate::evaluate::Search;
use crate::found::{Found, Type};

type Outcome<'a> = Result<Found<'a>, JmespathError>;

/// An evaluated argument, or a step to apply later.
#[derive(Debug, Clone)]
pub(crate) enum Argument<'a> {
    Value(Found<'a>),
    Reference(&'a Node),
}

/// What an argument may be; the names are those of the error texts.
type Accepted = &'static [&'static str];

const ANY: Accepted = &[];
const NUMBER: Accepted = &["number"];
const STRING: Accepted = &["string"];
const ARRAY: Accepted = &["array"];
const OBJECT: Accepted = &["object"];
const REFERENCE: Accepted = &["expref"];
const NUMBERS: Accepted = &["array-number"];
const STRINGS: Accepted = &["array-string"];
const NUMBERS_OR_STRINGS: Accepted = &["array-number", "array-string"];
const STRINGS_OR_NUMBERS: Accepted = &["array-string", "array-number"];

type Body = for<'a> fn(&Search<'a>, &[Argument<'a>]) -> Outcome<'a>;

/// One built-in function.
struct Function {
    name: &'static str,
    accepts: &'static [Accepted],
    /// Whether any number of arguments may follow.
    open: bool,
    body: Body,
}

const fn takes(name: &'static str, accepts: &'static [Accepted], body: Body) -> Function {
    Function { name, accepts, open: false, body }
}

static FUNCTIONS: &[Function] = &[
    takes("abs", &[NUMBER], numbers::abs),
    takes("avg", &[NUMBERS], numbers::avg),
    takes("ceil", &[NUMBER], numbers::ceil),
    takes("contains", &[&["array", "string"], ANY], trees::contains),
    takes("ends_with", &[STRING, STRING], text::ends_with),
    takes("floor", &[NUMBER], numbers::floor),
    takes("join", &[STRING, STRINGS], text::join),
    takes("keys", &[OBJECT], trees::keys),
    takes("length", &[&["string", "array", "object"]], trees::length),
    takes("map", &[REFERENCE, ARRAY], trees::map),
    takes("max", &[NUMBERS_OR_STRINGS], order::max),
    takes("max_by", &[ARRAY, REFERENCE], order::max_by),
    Function { name: "merge", accepts: &[OBJECT], open: true, body: trees::merge },
    takes("min", &[NUMBERS_OR_STRINGS], order::min),
    takes("min_by", &[ARRAY, REFERENCE], order::min_by),
    Function { name: "not_null", accepts: &[ANY], open: true, body: trees::not_null },
    takes("reverse", &[&["array", "string"]], trees::reverse),
    takes("sort", &[STRINGS_OR_NUMBERS], order::sort),
    takes("sort_by", &[ARRAY, REFERENCE], order::sort_by),
    takes("starts_with", &[STRING, STRING], text::starts_with),
    takes("sum", &[NUMBERS], numbers::sum),
    takes("to_array", &[ANY], trees::to_array),
    takes("to_number", &[ANY], numbers::to_number),
    takes("to_string", &[ANY], text::to_string),
    takes("type", &[ANY], trees::kind),
    takes("values", &[OBJECT], trees::values),
];

/// Evaluates the arguments, then calls the function: the order in which faults show.
pub(crate) fn call<'a>(
    search: &Search<'a>,
    name: &str,
    arguments: &'a [Node],
    value: &Found<'a>,
) -> Outcome<'a> {
    let mut evaluated = Vec::with_capacity(arguments.len());
    for argument in arguments {
        evaluated.push(match argument {
            Node::Reference(node) => Argument::Reference(node),
            node => {
                let found = search.visit(node, value)?;
                search.walk(weight(&found))?;
                Argument::Value(found)
            }
        });
    }
    let function = FUNCTIONS
        .iter()
        .find(|function| function.name == name)
        .ok_or_else(|| JmespathError::UnknownFunction(name.to_owned()))?;
    function.check_count(evaluated.len())?;
    for (argument, accepted) in evaluated.iter().zip(function.accepts) {
        function.check(search, argument, accepted)?;
    }
    (function.body)(search, &evaluated)
}

impl Function {
    fn check_count(&self, received: usize) -> Result<(), JmespathError> {
        let expected = self.accepts.len();
        if received == expected || self.open && received > expected {
            return Ok(());
        }
        Err(JmespathError::Arity { function: self.name, expected, at_least: self.open, received })
    }

    fn check<'a>(
        &self,
        search: &Search<'a>,
        argument: &Argument<'a>,
        accepted: Accepted,
    ) -> Result<(), JmespathError> {
        if accepted.is_empty() {
            return Ok(());
        }
        let found = match argument {
            Argument::Reference(_) if accepted == REFERENCE => return Ok(()),
            Argument::Reference(_) => {
                return Err(self.fault("an expression reference".to_owned(), accepted, "expref"));
            }
            Argument::Value(found) => found,
        };
        let kind = found.kind().name();
        if !accepted.iter().any(|&name| name.split('-').next() == Some(kind)) {
            return Err(self.fault(printed(search, found)?, accepted, kind));
        }
        self.check_items(search, found, accepted)
    }

    /// All items must be of one accepted type: where there are two, the first item decides.
    fn check_items<'a>(
        &self,
        search: &Search<'a>,
        found: &Found<'a>,
        accepted: Accepted,
    ) -> Result<(), JmespathError> {
        let kinds: Vec<&str> =
            accepted.iter().filter_map(|name| name.split_once('-')).map(|(_, kind)| kind).collect();
        let Some(items) = found.items().filter(|_| !kinds.is_empty()) else { return Ok(()) };
        let Some(first) = items.get(0) else { return Ok(()) };
        items.iter().try_for_each(|item| search.walk(weight(&item)))?;
        let first = first.kind().name();
        let decided = if kinds.contains(&first) { first } else { kinds[0] };
        match items.iter().find(|item| item.kind().name() != decided) {
            Some(item) => Err(self.fault(printed(search, &item)?, accepted, item.kind().python_name())),
            None => Ok(()),
        }
    }

    fn fault(&self, value: String, accepted: Accepted, received: &'static str) -> JmespathError {
        type_fault(self.name, value, accepted, received)
    }
}

fn type_fault(
    function: &'static str,
    value: String,
    accepted: &[&str],
    received: &'static str,
) -> JmespathError {
    let names: Vec<String> = accepted.iter().map(|name| format!("'{name}'")).collect();
    JmespathError::Type { function, value, expected: format!("[{}]", names.join(", ")), received }
}

fn printed<'a>(search: &Search<'a>, found: &Found<'a>) -> Result<String, JmespathError> {
    Ok(search.take_out(found)?.python_text().into_owned())
}

/// The argument's value. What is not one was refused by [`Function::check`], except where anything is accepted.
fn value_of<'a>(arguments: &[Argument<'a>], index: usize) -> Outcome<'a> {
    match arguments.get(index) {
        Some(Argument::Value(found)) => Ok(found.clone()),
        _ => Err(JmespathError::Refused("an expression reference has no value of its own".to_owned())),
    }
}

/// The argument's step, already known to be one.
fn step_of<'a>(arguments: &[Argument<'a>], index: usize) -> Result<&'a Node, JmespathError> {
    match arguments.get(index) {
        Some(Argument::Reference(node)) => Ok(node),
        _ => Err(JmespathError::Refused("an expression reference is needed".to_owned())),
    }
}

/// Whether a type is one that has an order.
fn is_orderable(kind: Type) -> bool {
    kind.is_number() || kind == Type::String
}
