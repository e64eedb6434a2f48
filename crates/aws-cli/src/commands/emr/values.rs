//! Structures as EMR's commands take them: shorthand or JSON, and what applies to a map only if it says something.

use aws_model::Service;
use value::{Map, Value};

use crate::UsageError;
use crate::arguments::fit::{FitFault, fit};
use crate::arguments::paramfile::ParamFiles;
use crate::arguments::{json, shorthand};
use crate::commands::options::Given;

/// The structures of an option, untyped; `None` if it is not there.
pub(super) fn structures(
    given: &Given,
    name: &str,
    files: &ParamFiles<'_>,
) -> Result<Option<Vec<Value>>, UsageError> {
    if !given.has(name) {
        return Ok(None);
    }
    let words = given.several(name);
    let fault = |reason: String| UsageError::parameter(&format!("--{name}"), reason);
    if let [word] = words.as_slice()
        && word.trim_start().starts_with(['[', '{'])
    {
        return match json::parse(word).map_err(fault)? {
            Value::List(items) => Ok(Some(items)),
            item => Ok(Some(vec![item])),
        };
    }
    let read = |word: &&str| match shorthand::parse(word, files) {
        Ok(item) => Ok(Value::Map(item)),
        Err(shorthand::ShorthandFault::File(error)) => Err(error),
        Err(shorthand::ShorthandFault::Syntax(reason)) => Err(fault(reason)),
    };
    words.iter().map(read).collect::<Result<_, _>>().map(Some)
}

/// The one structure of an option.
pub(super) fn structure(
    given: &Given,
    name: &str,
    files: &ParamFiles<'_>,
) -> Result<Option<Map>, UsageError> {
    let found = structures(given, name, files)?.and_then(|items| items.into_iter().next());
    match found {
        None => Ok(None),
        Some(Value::Map(map)) => Ok(Some(map)),
        Some(_) => Err(UsageError::parameter(&format!("--{name}"), "Invalid JSON: it is no structure")),
    }
}

/// Gives the parameters of an operation the types of the model.
pub(super) fn typed(service: &Service, operation: &str, params: Map) -> Result<Map, UsageError> {
    let input = service.operation(operation).and_then(|operation| operation.input);
    let mut value = Value::Map(params);
    if let Some(input) = input {
        fit(service, service.shape(input), &mut value).map_err(|fault| match fault {
            FitFault::Usage(error) => error,
            FitFault::Parameter(text) => UsageError::validation(text),
            FitFault::Document => UsageError::validation("documents cannot be given here"),
        })?;
    }
    match value {
        Value::Map(params) => Ok(params),
        _ => Ok(Map::new()),
    }
}

/// Text of a member, unless it is empty.
pub(super) fn text<'a>(item: &'a Value, name: &str) -> Option<&'a str> {
    item.get(name).and_then(Value::as_text).filter(|text| !text.is_empty())
}

/// Refuses structures in which one of these members is missing.
pub(super) fn check_members(items: &[Value], names: &[&str]) -> Result<(), UsageError> {
    let mut lacking = String::new();
    for (index, item) in items.iter().enumerate() {
        for name in names.iter().filter(|name| item.get(name).is_none()) {
            lacking.push_str(&format!("\nMissing required parameter in [{index}]: \"{name}\""));
        }
    }
    if lacking.is_empty() {
        return Ok(());
    }
    Err(UsageError::validation(format!("Parameter validation failed:{lacking}")))
}

/// Text that must be there; the fault is Python's for an absent key.
pub(super) fn needed<'a>(item: &'a Value, name: &str) -> Result<&'a str, UsageError> {
    item.get(name).and_then(Value::as_text).ok_or_else(|| UsageError::general(format!("'{name}'")))
}

/// The words of a member; a lone one is a list of one.
pub(super) fn words(item: &Value, name: &str) -> Option<Vec<Value>> {
    match item.get(name)? {
        Value::List(words) => Some(words.clone()),
        Value::Null => None,
        word => Some(vec![word.clone()]),
    }
}

/// Adds a value unless it is empty.
pub(super) fn apply(params: &mut Map, name: &'static str, value: Option<&Value>) {
    if let Some(value) = value.filter(|value| value.is_truthy()) {
        params.insert(name, value.clone());
    }
}

/// Parameters that are missing in a structure.
pub(super) fn missing(structure: &str, names: &str) -> UsageError {
    UsageError::validation(format!("The following required parameters are missing for {structure}: {names}."))
}

/// Two options that do not go together.
pub(super) fn exclusive(one: &str, other: &str, more: &str) -> UsageError {
    UsageError::validation(format!("You cannot specify both {one} and {other} options together.{more}"))
}
