//! `--cli-input-json` and `--cli-input-yaml`: the whole input in one text; options win over it.

use value::{Map, Value};

use crate::UsageError;
use crate::arguments::paramfile::ParamFiles;
use crate::arguments::{Action, Argument, json};

/// Adds to the parameters what the text holds and no option gave.
pub(crate) fn merge(
    argument: &Argument,
    text: &str,
    files: &ParamFiles<'_>,
    params: &mut Map,
) -> Result<(), UsageError> {
    let text = match files.load_for(&argument.spelling(), text)? {
        Some(loaded) => loaded.into_text(),
        None => text.to_owned(),
    };
    let whole = match argument.action {
        Action::InputYaml => yaml(&text)?,
        _ => json::parse(&text)
            .map_err(|_| UsageError::parameter("cli-input-json", "Invalid JSON received."))?,
    };
    let Value::Map(whole) = whole else {
        let received = python_type(&whole);
        let message = format!("Invalid type: expecting map, received <class '{received}'>");
        return Err(UsageError::parameter(&argument.spelling(), message));
    };
    for (name, value) in whole {
        if !params.contains(&name) {
            params.push(name, value);
        }
    }
    Ok(())
}

fn yaml(text: &str) -> Result<Value, UsageError> {
    crate::yaml::parse(text).map_err(|fault| {
        UsageError::parameter("cli-input-yaml", format!("Invalid YAML received.\n\n{fault}"))
    })
}

fn python_type(value: &Value) -> &'static str {
    match value {
        Value::Null => "NoneType",
        Value::Bool(_) => "bool",
        Value::Number(value::Number::Float(_)) => "float",
        Value::Number(_) => "int",
        Value::Text(_) => "str",
        Value::Blob(_) => "bytes",
        Value::List(_) => "list",
        Value::Map(_) => "dict",
    }
}
