//! A shorthand tree fitted to the model: numbers and booleans get their types, lone values become lists of one.
//!
//! Facts are the AWS CLI's (`BackCompatVisitor`): what does not fit stays as it is, for validation to name.

use aws_model::{Member, Service, Shape, ShapeKind};
use value::{Map, Value};

use crate::UsageError;
use crate::python;

/// Why a tree cannot be fitted.
pub(crate) enum FitFault {
    /// A document stands below; shorthand has no types to fill it with.
    Document,
    /// The text goes behind `Error parsing parameter '--x': `.
    Parameter(String),
    /// Python would have stumbled.
    Usage(UsageError),
}

/// Fits a tree to the shape of its argument.
pub(crate) fn fit(service: &Service, shape: &Shape, value: &mut Value) -> Result<(), FitFault> {
    match &shape.kind {
        ShapeKind::Structure(_) if shape.traits.document => Err(FitFault::Document),
        ShapeKind::Structure(members) => match value {
            Value::Map(map) => fit_members(service, members, map),
            _ => Ok(()),
        },
        ShapeKind::List(item) => {
            let item = service.shape(item.shape);
            match value {
                Value::List(items) => items.iter_mut().try_for_each(|value| fit(service, item, value)),
                lone => {
                    *lone = Value::List(vec![std::mem::take(lone)]);
                    Ok(())
                }
            }
        }
        ShapeKind::Map { value: of, .. } => {
            let of = service.shape(of.shape);
            match value {
                Value::Map(map) => map.iter_mut().try_for_each(|(_, value)| fit(service, of, value)),
                _ => Ok(()),
            }
        }
        kind => fit_scalar(kind, value).map_err(FitFault::Usage),
    }
}

fn fit_members(service: &Service, members: &[Member], map: &mut Map) -> Result<(), FitFault> {
    for member in members {
        let Some(value) = map.get_mut(&member.name) else { continue };
        let shape = service.shape(member.shape);
        let fitted = match member.traits.document {
            true => Err(FitFault::Document),
            false => fit(service, shape, value),
        };
        fitted.map_err(|fault| match fault {
            FitFault::Document => FitFault::Parameter(format!(
                "Shorthand syntax does not support document types. Use JSON input for top-level argument to specify \
                 nested parameter: {}",
                member.name
            )),
            other => other,
        })?;
    }
    Ok(())
}

fn fit_scalar(kind: &ShapeKind, value: &mut Value) -> Result<(), UsageError> {
    match kind {
        ShapeKind::Integer | ShapeKind::Long => {
            let text =
                text_of(value, "int() argument must be a string, a bytes-like object or a real number")?;
            let number =
                python::integer(&text).ok_or_else(|| UsageError::general(python::integer_fault(&text)))?;
            *value = Value::Number(number);
        }
        ShapeKind::Float | ShapeKind::Double => {
            let text = text_of(value, "float() argument must be a string or a real number")?;
            let number =
                python::float(&text).ok_or_else(|| UsageError::general(python::float_fault(&text)))?;
            *value = Value::from(number);
        }
        ShapeKind::Boolean => match value {
            Value::Text(text) if text.eq_ignore_ascii_case("true") => *value = Value::Bool(true),
            Value::Text(text) if text.eq_ignore_ascii_case("false") => *value = Value::Bool(false),
            Value::List(_) => return Err(UsageError::general("'list' object has no attribute 'lower'")),
            Value::Map(_) => return Err(UsageError::general("'dict' object has no attribute 'lower'")),
            _ => {}
        },
        _ => {}
    }
    Ok(())
}

fn text_of(value: &Value, demand: &str) -> Result<String, UsageError> {
    match value {
        Value::Text(text) => Ok(text.to_string()),
        Value::Blob(bytes) => Ok(String::from_utf8_lossy(bytes).into_owned()),
        Value::List(_) => Err(UsageError::general(format!("{demand}, not 'list'"))),
        Value::Map(_) => Err(UsageError::general(format!("{demand}, not 'dict'"))),
        other => Ok(other.to_json(value::JsonStyle::Compact)),
    }
}
