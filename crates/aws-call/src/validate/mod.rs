//! Parameters held against the model, all faults at once, in the AWS CLI's words.
//!
//! As there, only types, required members, unknown names, lower bounds and the rule of unions are checked; upper bounds,
//! patterns and enumerations are the service's to judge.

use aws_model::{Operation, Service, ShapeKind};
use jiff::tz::TimeZone;
use value::{Key, Map, Number, Value};

use python::Maps;

use crate::timestamp::Moment;
use crate::view::View;

pub(crate) mod python;

/// One thing that is wrong with the parameters; prints as the AWS CLI's line about it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct ParamFault(pub String);

/// Holds parameters against the operation's input. The AWS CLI prints the faults, one a line, under
/// `Parameter validation failed:`.
pub fn validate(service: &Service, operation: &Operation, params: &Map) -> Result<(), Vec<ParamFault>> {
    validate_written(service, operation, params, &[])
}

/// The same, where these members were written as JSON of their own: the AWS CLI shows maps in them by another name.
pub fn validate_written(
    service: &Service,
    operation: &Operation,
    params: &Map,
    as_json: &[Key],
) -> Result<(), Vec<ParamFault>> {
    let Some(input) = operation.input else { return Ok(()) };
    let mut faults = Faults { found: Vec::new(), as_json, maps: Maps::Plain };
    faults.structure(View::of(service, input), params, "");
    if faults.found.is_empty() { Ok(()) } else { Err(faults.found) }
}

const STR: &[&str] = &["<class 'str'>"];
const DICT: &[&str] = &["<class 'dict'>"];
const LIST: &[&str] = &["<class 'list'>", "<class 'tuple'>"];
const INT: &[&str] = &["<class 'int'>"];
const BOOL: &[&str] = &["<class 'bool'>"];
const FLOAT: &[&str] = &["<class 'float'>", "<class 'decimal.Decimal'>", "<class 'int'>"];
const TIME: &[&str] = &["<class 'datetime.datetime'>", "timestamp-string"];
const BYTES: &[&str] = &["<class 'bytes'>", "<class 'bytearray'>", "file-like object"];

struct Faults<'a> {
    found: Vec<ParamFault>,
    /// Members of the input that were written as JSON.
    as_json: &'a [Key],
    /// What the maps of the present member are.
    maps: Maps,
}

/// A place as messages name it: without the dot in front, and `input` for the whole.
fn shown(place: &str) -> &str {
    match place.strip_prefix('.').unwrap_or(place) {
        "" => "input",
        place => place,
    }
}

impl Faults<'_> {
    fn report(&mut self, text: String) {
        self.found.push(ParamFault(text));
    }

    fn wrong_type(&mut self, place: &str, value: &Value, valid: &[&str]) {
        self.report(format!(
            "Invalid type for parameter {}, value: {}, type: {}, valid types: {}",
            shown(place),
            python::shown(value, self.maps),
            python::type_of(value, self.maps),
            valid.join(", ")
        ));
    }

    fn value(&mut self, view: View<'_>, value: &Value, place: &str) {
        match (view.kind(), value) {
            (ShapeKind::String, _) if is_header_of_json(view) => self.json(value, place),
            (ShapeKind::Structure(_), _) if view.document() => self.document(value, place),
            (ShapeKind::Structure(_), Value::Map(map)) => self.structure(view, map, place),
            (ShapeKind::Map { .. }, Value::Map(map)) => self.map(view, map, place),
            (ShapeKind::Structure(_) | ShapeKind::Map { .. }, _) => self.wrong_type(place, value, DICT),
            (ShapeKind::List(item), Value::List(items)) => {
                self.least(view, "length", items.len() as f64, &items.len().to_string(), place);
                for (index, value) in items.iter().enumerate() {
                    self.value(view.at(item), value, &format!("{place}[{index}]"));
                }
            }
            (ShapeKind::List(_), _) => self.wrong_type(place, value, LIST),
            (ShapeKind::String | ShapeKind::Character, Value::Text(text)) => {
                let length = text.chars().count();
                self.least(view, "length", length as f64, &length.to_string(), place);
            }
            (ShapeKind::String | ShapeKind::Character, _) => self.wrong_type(place, value, STR),
            _ => self.scalar(view, value, place),
        }
    }

    fn scalar(&mut self, view: View<'_>, value: &Value, place: &str) {
        match (view.kind(), value) {
            (ShapeKind::Boolean, Value::Bool(_)) => {}
            (ShapeKind::Boolean, _) => self.wrong_type(place, value, BOOL),
            // A truth value is an integer in Python.
            (ShapeKind::Integer | ShapeKind::Long | ShapeKind::BigInteger, Value::Bool(flag))
            | (ShapeKind::Float | ShapeKind::Double | ShapeKind::BigDecimal, Value::Bool(flag)) => {
                self.least(
                    view,
                    "value",
                    f64::from(u8::from(*flag)),
                    &python::shown(value, self.maps),
                    place,
                );
            }
            (ShapeKind::Integer | ShapeKind::Long | ShapeKind::BigInteger, Value::Number(number))
                if !matches!(number, Number::Float(_)) =>
            {
                self.least(view, "value", number.as_f64(), &number.to_string(), place);
            }
            (ShapeKind::Integer | ShapeKind::Long | ShapeKind::BigInteger, _) => {
                self.wrong_type(place, value, INT)
            }
            (ShapeKind::Float | ShapeKind::Double | ShapeKind::BigDecimal, Value::Number(number)) => {
                self.least(view, "value", number.as_f64(), &python::shown(value, self.maps), place);
            }
            (ShapeKind::Float | ShapeKind::Double | ShapeKind::BigDecimal, _) => {
                self.wrong_type(place, value, FLOAT)
            }
            (ShapeKind::Blob, Value::Blob(_) | Value::Text(_)) => {}
            (ShapeKind::Blob, _) => self.wrong_type(place, value, BYTES),
            (ShapeKind::Timestamp, _) if Moment::from_value(value, &TimeZone::UTC).is_some() => {}
            (ShapeKind::Timestamp, _) => self.wrong_type(place, value, TIME),
            _ => {}
        }
    }

    /// Reports what is below its lower bound: a `length` or a `value`.
    fn least(&mut self, view: View<'_>, what: &str, number: f64, text: &str, place: &str) {
        let bound_to_host = view.member.is_some_and(|member| member.host_label);
        let min = view.shape.bounds.min.or(bound_to_host.then_some(1.0));
        if let Some(min) = min.filter(|min| number < *min) {
            let label = if what == "length" { "valid min length" } else { "valid min value" };
            self.report(format!(
                "Invalid {what} for parameter {}, value: {text}, {label}: {min}",
                shown(place)
            ));
        }
    }

    fn structure(&mut self, view: View<'_>, params: &Map, place: &str) {
        let members = view.shape.members();
        let names = |separator: &str| {
            members.iter().map(|member| member.name.as_str()).collect::<Vec<&str>>().join(separator)
        };
        if view.union() && params.is_empty() {
            let keys = names(". ");
            let place = shown(place);
            self.report(format!(
                "Must set one of the following keys for tagged unionstructure {place}: {keys}."
            ));
        } else if view.union() && params.len() > 1 {
            self.report(format!(
                "Invalid number of parameters set for tagged union structure {}. Can only set one of the following keys: {}.",
                shown(place),
                names(". ")
            ));
        }
        for name in view.shape.required.iter().filter(|name| !params.contains(name)) {
            self.report(format!("Missing required parameter in {}: \"{name}\"", shown(place)));
        }
        for name in params.keys().filter(|name| view.shape.member(name).is_none()) {
            let known = names(", ");
            self.report(format!(
                "Unknown parameter in {}: \"{name}\", must be one of: {known}",
                shown(place)
            ));
        }
        for (name, value) in params.iter() {
            if let Some(member) = view.shape.member(name) {
                if place.is_empty() {
                    self.maps = if self.as_json.contains(name) { Maps::Ordered } else { Maps::Plain };
                }
                self.value(view.at(member), value, &format!("{place}.{name}"));
            }
        }
    }

    fn map(&mut self, view: View<'_>, map: &Map, place: &str) {
        let ShapeKind::Map { key, value: part } = view.kind() else { return };
        for (name, value) in map.iter() {
            self.value(view.at(key), &Value::text(name), &format!("{place} (key: {name})"));
            self.value(view.at(part), value, &format!("{place}.{name}"));
        }
    }

    fn json(&mut self, value: &Value, place: &str) {
        if python::holds_bytes(value) {
            self.report(format!(
                "Invalid parameter {} must be json serializable: Object of type bytes is not JSON serializable",
                shown(place)
            ));
        }
    }

    fn document(&mut self, value: &Value, place: &str) {
        match value {
            // Inside a document the AWS CLI names an entry by its own name alone.
            Value::Map(map) => map.iter().for_each(|(name, value)| self.document(value, name)),
            Value::List(items) => {
                for (index, value) in items.iter().enumerate() {
                    self.document(value, &format!("{place}[{index}]"));
                }
            }
            Value::Blob(_) => self.report(format!(
                "Invalid type for document parameter {}, value: {}, type: {}, valid types: <class 'str'>, <class 'int'>, \
                 <class 'bool'>, <class 'float'>, <class 'list'>, <class 'dict'>",
                shown(place),
                python::shown(value, self.maps),
                python::type_of(value, self.maps),
            )),
            _ => {}
        }
    }
}

fn is_header_of_json(view: View<'_>) -> bool {
    view.json_value() && view.member.is_some_and(|member| member.location == aws_model::Location::Header)
}

#[cfg(test)]
mod tests;
