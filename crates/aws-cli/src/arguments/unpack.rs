//! Words to values of the model's types: JSON, shorthand, numbers, lists.
//!
//! Facts are the AWS CLI's (`argprocess.py`). What the model does not want stays as it is: validation names it.

use aws_model::{Service, Shape, ShapeKind};
use value::{Map, Value};

use super::fit::{FitFault, fit};
use super::paramfile::{Loaded, ParamFiles};
use super::shorthand::{self, ShorthandFault};
use super::{MemberRef, json};
use crate::{UsageError, python};

/// What stood on the command line for one argument, files already read.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Raw {
    /// One text.
    Text(String),
    /// Bytes from a file.
    Bytes(Vec<u8>),
    /// Several words.
    Words(Vec<String>),
}

impl Raw {
    /// The words of an option, with the file read that a lone word names.
    pub(crate) fn load(
        argument: &str,
        words: Vec<String>,
        many: bool,
        files: &ParamFiles<'_>,
    ) -> Result<Raw, UsageError> {
        if let [word] = words.as_slice() {
            return Ok(match files.load_for(&format!("--{argument}"), word)? {
                Some(Loaded::Text(text)) => Raw::Text(text),
                Some(Loaded::Bytes(bytes)) => Raw::Bytes(bytes),
                None if many => Raw::Words(words),
                None => Raw::Text(words.into_iter().next().unwrap_or_default()),
            });
        }
        Ok(Raw::Words(words))
    }

    /// As a value without a model.
    pub(crate) fn into_value(self) -> Value {
        match self {
            Raw::Text(text) => Value::from(text),
            Raw::Bytes(bytes) => Value::Blob(bytes.into()),
            Raw::Words(words) => Value::List(words.into_iter().map(Value::from).collect()),
        }
    }

    fn first(&self) -> Option<&str> {
        match self {
            Raw::Text(text) => Some(text),
            Raw::Words(words) => words.first().map(String::as_str),
            Raw::Bytes(_) => None,
        }
    }
}

/// Reads what was given for a member of the input.
pub(crate) struct Unpacker<'a> {
    /// The service.
    pub(crate) service: &'a Service,
    /// The service's command.
    pub(crate) command: &'a str,
    /// The operation's command.
    pub(crate) operation: &'a str,
    /// The argument's name without dashes.
    pub(crate) argument: &'a str,
    /// Files that values may name.
    pub(crate) files: &'a ParamFiles<'a>,
}

impl Unpacker<'_> {
    fn option(&self) -> String {
        format!("--{}", self.argument)
    }

    /// The value of the model's type.
    pub(crate) fn unpack(&self, member: &MemberRef, raw: Raw) -> Result<Value, UsageError> {
        let shape = self.service.shape(member.shape);
        if !looks_like_json(&raw) && supports_shorthand(self.service, shape) {
            if let Some(value) = self.special_form(shape, &raw) {
                return Ok(value);
            }
            return self.shorthand(shape, raw);
        }
        if member.json {
            return self.json(raw);
        }
        if member.streaming {
            return match raw {
                Raw::Text(path) => self.files.stream(&self.option(), &path),
                _ => Err(UsageError::parameter(&self.option(), "Blob values must be a path to a file.")),
            };
        }
        self.plain(shape, raw)
    }

    fn shorthand(&self, shape: &Shape, raw: Raw) -> Result<Value, UsageError> {
        let mut value = match raw {
            Raw::Words(words) => {
                let parsed = words.iter().map(|word| self.parse_shorthand(word).map(Value::Map));
                Value::List(parsed.collect::<Result<_, _>>()?)
            }
            Raw::Text(text) => Value::Map(self.parse_shorthand(&text)?),
            Raw::Bytes(_) => return Err(UsageError::general("a bytes-like object is required, not 'str'")),
        };
        fit(self.service, shape, &mut value).map_err(|fault| match fault {
            FitFault::Parameter(text) => UsageError::parameter(&self.option(), text),
            FitFault::Usage(error) => error,
            FitFault::Document => {
                UsageError::parameter(&self.option(), "Shorthand syntax does not support documents.")
            }
        })?;
        Ok(value)
    }

    fn parse_shorthand(&self, text: &str) -> Result<Map, UsageError> {
        shorthand::parse(text, self.files).map_err(|fault| match fault {
            ShorthandFault::Syntax(text) => UsageError::parameter(&self.option(), text),
            ShorthandFault::File(error) => error,
        })
    }

    /// Two forms that older versions had: a list of structures with one member takes bare words, and a structure
    /// whose only member is the text `Value` takes that text.
    fn special_form(&self, shape: &Shape, raw: &Raw) -> Option<Value> {
        match (&shape.kind, raw) {
            (ShapeKind::List(item), Raw::Words(words)) => {
                let [member] = self.service.shape(item.shape).members() else { return None };
                if !uses_old_list_form(self.command, self.operation, self.argument) {
                    return None;
                }
                let wrap = |word: &String| {
                    Value::Map([(member.name.clone(), Value::text(word))].into_iter().collect())
                };
                Some(Value::List(words.iter().map(wrap).collect()))
            }
            (ShapeKind::Structure(members), Raw::Text(text)) => {
                let [member] = members.as_slice() else { return None };
                let is_text = matches!(self.service.shape(member.shape).kind, ShapeKind::String);
                if member.name.as_str() != "Value" || !is_text || text.contains('=') {
                    return None;
                }
                Some(Value::Map([("Value", Value::text(text))].into_iter().collect()))
            }
            _ => None,
        }
    }

    fn json(&self, raw: Raw) -> Result<Value, UsageError> {
        let text = match raw {
            Raw::Text(text) => text,
            Raw::Words(words) => words.into_iter().next().unwrap_or_default(),
            Raw::Bytes(bytes) => String::from_utf8_lossy(&bytes).into_owned(),
        };
        json::parse(&text).map_err(|fault| {
            UsageError::parameter(&self.option(), format!("Invalid JSON: {fault}\nJSON received: {text}"))
        })
    }

    fn plain(&self, shape: &Shape, raw: Raw) -> Result<Value, UsageError> {
        match &shape.kind {
            ShapeKind::Structure(_) | ShapeKind::Map { .. } => match &raw {
                Raw::Text(text) if text.trim_start().starts_with('{') => self.json(raw),
                Raw::Text(text) if text.trim_start().is_empty() => {
                    Err(UsageError::general("string index out of range"))
                }
                Raw::Text(text) => {
                    Err(UsageError::parameter(&self.option(), format!("Invalid JSON:\n{text}")))
                }
                _ => Err(UsageError::parameter(&self.option(), "Invalid JSON:\n")),
            },
            ShapeKind::List(item) => self.list(self.service.shape(item.shape), raw),
            _ => self.scalar(shape, raw),
        }
    }

    fn list(&self, item: &Shape, raw: Raw) -> Result<Value, UsageError> {
        let is_json = match &raw {
            Raw::Text(text) => text.trim_start().starts_with('['),
            Raw::Words(words) => words.len() == 1 && words[0].trim().starts_with('['),
            Raw::Bytes(_) => false,
        };
        if is_json {
            return self.json(raw);
        }
        let words = match raw {
            Raw::Words(words) => words,
            // A file's text that is no JSON: each character is an item, as Python iterates text.
            Raw::Text(text) => text.chars().map(String::from).collect(),
            Raw::Bytes(_) => return Err(UsageError::parameter(&self.option(), "expected text")),
        };
        let mut items = Vec::with_capacity(words.len());
        for word in &words {
            items.push(self.item(item, word, &words)?);
        }
        Ok(Value::List(items))
    }

    fn item(&self, shape: &Shape, word: &str, words: &[String]) -> Result<Value, UsageError> {
        if shape.traits.document {
            return self.json(Raw::Text(word.to_owned()));
        }
        match self.plain(shape, Raw::Text(word.to_owned())) {
            Err(fault) if fault.exit_code == 255 && scalar_kind(shape) => {
                let first = words.first().map(String::as_str).unwrap_or_default();
                Err(UsageError::parameter(&self.option(), first))
            }
            other => other,
        }
    }

    fn scalar(&self, shape: &Shape, raw: Raw) -> Result<Value, UsageError> {
        let text = match raw {
            Raw::Text(text) => text,
            Raw::Words(words) => words.into_iter().next().unwrap_or_default(),
            Raw::Bytes(bytes) if matches!(shape.kind, ShapeKind::Blob) => {
                return Ok(Value::Blob(bytes.into()));
            }
            Raw::Bytes(bytes) => String::from_utf8_lossy(&bytes).into_owned(),
        };
        match shape.kind {
            ShapeKind::Integer | ShapeKind::Long => python::integer(&text)
                .map(Value::Number)
                .ok_or_else(|| UsageError::general(python::integer_fault(&text))),
            ShapeKind::Float | ShapeKind::Double => python::float(&text)
                .map(Value::from)
                .ok_or_else(|| UsageError::general(python::float_fault(&text))),
            ShapeKind::Boolean => Ok(Value::Bool(!text.is_empty() && !text.eq_ignore_ascii_case("false"))),
            _ => Ok(Value::from(text)),
        }
    }
}

fn scalar_kind(shape: &Shape) -> bool {
    matches!(shape.kind, ShapeKind::Integer | ShapeKind::Long | ShapeKind::Float | ShapeKind::Double)
}

/// Whether the words are read as JSON rather than as shorthand.
pub(crate) fn looks_like_json(raw: &Raw) -> bool {
    raw.first().is_some_and(|text| text.trim().starts_with(['[', '{']))
}

/// Whether a shape can be written in shorthand: structures, maps, and lists of what is not a scalar, unless they hold
/// nothing but documents.
pub(crate) fn supports_shorthand(service: &Service, shape: &Shape) -> bool {
    let complex = |shape: &Shape| {
        matches!(shape.kind, ShapeKind::Structure(_) | ShapeKind::List(_) | ShapeKind::Map { .. })
    };
    let suits = match &shape.kind {
        ShapeKind::List(item) => complex(service.shape(item.shape)),
        _ => complex(shape),
    };
    suits && !only_documents(service, shape)
}

fn only_documents(service: &Service, shape: &Shape) -> bool {
    let mut shape = shape;
    // Lists and maps nest only a few levels in any model; a cycle without a structure cannot be.
    for _ in 0..32 {
        if shape.traits.document {
            return true;
        }
        shape = match &shape.kind {
            ShapeKind::List(item) => service.shape(item.shape),
            ShapeKind::Map { value, .. } => service.shape(value.shape),
            _ => return false,
        };
    }
    false
}

/// Whether an argument still takes bare words for a list of structures with one member.
fn uses_old_list_form(service: &str, operation: &str, argument: &str) -> bool {
    matches!(
        (service, operation, argument),
        ("firehose", "put-record-batch", "records")
            | ("workspaces", "reboot-workspaces", "reboot-workspace-requests")
            | ("workspaces", "rebuild-workspaces", "rebuild-workspace-requests")
            | ("workspaces", "terminate-workspaces", "terminate-workspace-requests")
            | ("elb", "remove-tags", "tags")
            | ("elb", "describe-instance-health", "instances")
            | ("elb", "deregister-instances-from-load-balancer", "instances")
            | ("elb", "register-instances-with-load-balancer", "instances")
    )
}
