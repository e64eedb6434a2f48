//! `--generate-cli-skeleton`: a sample of an operation's input or output, made from the model.

mod yaml;

use aws_model::{Operation, Service, ShapeId, ShapeKind};
use value::{JsonStyle, Map, Value};

use crate::{Globals, UsageError};

/// Which sample is wanted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Skeleton {
    /// The input, for `--cli-input-json`.
    Input,
    /// The input, for `--cli-input-yaml`.
    YamlInput,
    /// The output.
    Output,
}

impl Skeleton {
    /// By its name on the command line; the input by default.
    pub(crate) fn named(name: Option<&str>) -> Skeleton {
        match name {
            Some("output") => Skeleton::Output,
            Some("yaml-input") => Skeleton::YamlInput,
            _ => Skeleton::Input,
        }
    }
}

/// The input as JSON or as YAML.
pub(crate) fn input(service: &Service, operation: &Operation, form: &Skeleton) -> String {
    if *form == Skeleton::YamlInput {
        return yaml::input(service, operation);
    }
    let mut maker = Maker { service, member_names: false, stack: Vec::new() };
    let sample = operation.input.map_or_else(|| Value::Map(Map::new()), |input| maker.make(input, ""));
    let mut text = sample.to_json(JsonStyle::Pretty);
    text.push('\n');
    text
}

/// The output, printed as an answer would be. Like the AWS CLI it holds the sample against the output's own shape, so
/// that some operations have none.
pub(crate) fn output(
    service: &Service,
    operation: &Operation,
    globals: &Globals,
) -> Result<String, UsageError> {
    let sample = sample_output(service, operation);
    if let Value::Map(members) = &sample {
        let mirrored = Operation { input: operation.output, ..operation.clone() };
        aws_call::validate::validate(service, &mirrored, members)
            .map_err(|faults| crate::operation::parameter_faults(&faults))?;
    }
    let mut text = Vec::new();
    crate::print::print_value(&sample, globals, &operation.name, &mut text)
        .map_err(|error| UsageError::general(error.to_string()))?;
    Ok(String::from_utf8_lossy(&text).into_owned())
}

/// A sample of the output: text members hold their own names.
pub(crate) fn sample_output(service: &Service, operation: &Operation) -> Value {
    let mut maker = Maker { service, member_names: true, stack: Vec::new() };
    operation.output.map_or_else(|| Value::Map(Map::new()), |output| maker.make(output, ""))
}

struct Maker<'a> {
    service: &'a Service,
    member_names: bool,
    /// The shapes that are being made, to end at the second round of a recursive one.
    stack: Vec<ShapeId>,
}

impl Maker<'_> {
    fn make(&mut self, id: ShapeId, name: &str) -> Value {
        self.stack.push(id);
        let value = self.make_shape(id, name);
        self.stack.pop();
        value
    }

    fn make_shape(&mut self, id: ShapeId, name: &str) -> Value {
        let service = self.service;
        let shape = service.shape(id);
        match &shape.kind {
            ShapeKind::Structure(members) => {
                let mut sample = Map::new();
                if self.stack.iter().filter(|other| **other == id).count() > 1 {
                    return Value::Map(sample);
                }
                for member in members {
                    sample.push(member.name.clone(), self.make(member.shape, &member.name));
                }
                Value::Map(sample)
            }
            ShapeKind::List(item) => {
                let item_name = service.shape(item.shape).name.clone();
                Value::List(vec![self.make(item.shape, &item_name)])
            }
            ShapeKind::Map { value, .. } => {
                Value::Map([("KeyName", self.make(value.shape, ""))].into_iter().collect())
            }
            ShapeKind::String if self.member_names => Value::text(name),
            ShapeKind::String => shape.traits.values.first().map_or_else(|| Value::text(""), Value::text),
            ShapeKind::Integer | ShapeKind::Long => Value::from(0),
            ShapeKind::Float | ShapeKind::Double => Value::from(0.0),
            ShapeKind::Boolean => Value::Bool(true),
            ShapeKind::Timestamp => Value::text("1970-01-01T00:00:00"),
            _ => Value::Null,
        }
    }
}
