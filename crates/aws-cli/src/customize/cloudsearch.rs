//! `cloudsearch define-index-field` and `define-expression` with the members of their one structure as options, and
//! `cloudsearchdomain`, which has no endpoint of its own.

use value::Value;

use super::Customization;
use super::hoisted::map_of;
use crate::arguments::{Custom, Fill, Given};
use crate::grammar::Arity;
use crate::{UsageError, python};

pub(super) const ALL: &[Customization] = &[
    Customization::of("cloudsearch", &["define-expression"]).table(|table, _| {
        table.remove("expression");
        table.add(&EXPRESSION);
    }),
    Customization::of("cloudsearch", &["define-index-field"]).table(|table, _| {
        table.remove("index-field");
        table.add(&INDEX_FIELD);
    }),
];

const fn custom(
    name: &'static str,
    required: bool,
    apply: fn(&mut Fill<'_>, Given<'_>) -> Result<(), UsageError>,
) -> Custom {
    Custom { name, arity: Arity::One, choices: &[], required, help: "", apply }
}

static EXPRESSION: [Custom; 2] = [
    custom("name", true, |fill, given| set(fill, "Expression", "ExpressionName", given)),
    custom("expression", true, |fill, given| set(fill, "Expression", "ExpressionValue", given)),
];

static INDEX_FIELD: [Custom; 10] = [
    custom("name", true, |fill, given| set(fill, "IndexField", "IndexFieldName", given)),
    custom("type", true, |fill, given| set(fill, "IndexField", "IndexFieldType", given)),
    custom("default-value", false, |fill, given| {
        let value = default_value(&options_member(fill)?, given.text())?;
        option(fill, "DefaultValue", value)
    }),
    custom("facet-enabled", false, |fill, given| option(fill, "FacetEnabled", truth(given))),
    custom("search-enabled", false, |fill, given| option(fill, "SearchEnabled", truth(given))),
    custom("return-enabled", false, |fill, given| option(fill, "ReturnEnabled", truth(given))),
    custom("sort-enabled", false, |fill, given| option(fill, "SortEnabled", truth(given))),
    custom("source-field", false, |fill, given| option(fill, "SourceField", Value::text(given.text()))),
    custom("highlight-enabled", false, |fill, given| option(fill, "HighlightEnabled", truth(given))),
    custom("analysis-scheme", false, |fill, given| option(fill, "AnalysisScheme", Value::text(given.text()))),
];

fn set(fill: &mut Fill<'_>, structure: &str, member: &str, given: Given<'_>) -> Result<(), UsageError> {
    map_of(&mut fill.params, structure).insert(member, Value::text(given.text()));
    Ok(())
}

fn truth(given: Given<'_>) -> Value {
    Value::Bool(!given.text().eq_ignore_ascii_case("false"))
}

/// The member that holds the options of a field of this type: `int-array` → `IntArrayOptions`.
fn options_member(fill: &Fill<'_>) -> Result<String, UsageError> {
    let kind =
        fill.params.get("IndexField").and_then(|field| field.get("IndexFieldType")).and_then(Value::as_text);
    let Some(kind) = kind else { return Err(UsageError::validation("You must pass the --type option.")) };
    if kind == "latlon" {
        return Ok("LatLonOptions".to_owned());
    }
    let mut name = String::new();
    for word in kind.split('-') {
        let mut letters = word.chars();
        name.extend(letters.next().map(|first| first.to_ascii_uppercase()));
        name.push_str(&letters.as_str().to_ascii_lowercase());
    }
    Ok(name + "Options")
}

fn default_value(options: &str, text: &str) -> Result<Value, UsageError> {
    match options {
        "IntOptions" | "IntArrayOptions" => python::integer(text)
            .map(Value::Number)
            .ok_or_else(|| UsageError::general(python::integer_fault(text))),
        "DoubleOptions" | "DoubleArrayOptions" => {
            python::float(text).map(Value::from).ok_or_else(|| UsageError::general(python::float_fault(text)))
        }
        _ => Ok(Value::text(text)),
    }
}

fn option(fill: &mut Fill<'_>, member: &str, value: Value) -> Result<(), UsageError> {
    let options = options_member(fill)?;
    map_of(map_of(&mut fill.params, "IndexField"), &options).insert(member, value);
    Ok(())
}
