//! `--explain`: what a call needs, without making it.

use aws_model::{Access, IamAction, Level, Operation, Resource, Service};
use value::{JsonStyle, Map, Value};

/// A JSON object: `service`, `operation`, `level`, `iam_action` (as grants name it), `iam_actions` (as IAM does: a list
/// of `action`, `access_level`, `resources` with `type`, `arn`, `required`), `dry_run`, `paginated`, `idempotent`.
/// `access_level` is null where IAM's table does not know the action.
pub(crate) fn explain(service: &Service, operation: &Operation, params: &Map) -> String {
    let level = aws_model::level_of_call(service, operation, params);
    let mut text = Value::Map(of(service, operation, level)).to_json(JsonStyle::Pretty);
    text.push('\n');
    text
}

/// The same as a map, at a level that is known.
pub(crate) fn of(service: &Service, operation: &Operation, level: Level) -> Map {
    let input = operation.input.map(|input| service.shape(input));
    let dry_run = input.is_some_and(|shape| shape.member("DryRun").is_some());
    let actions = aws_model::iam_actions(service, operation);
    [
        ("service", Value::text(service.name())),
        ("operation", Value::text(&operation.name)),
        ("level", Value::text(level.name())),
        ("iam_action", Value::from(aws_model::iam_action(service, operation))),
        ("iam_actions", Value::List(actions.iter().map(action).collect())),
        ("dry_run", Value::Bool(dry_run)),
        ("paginated", Value::Bool(service.paginator(&operation.name).is_some())),
        ("idempotent", Value::Bool(operation.idempotent || operation.read_only)),
    ]
    .into_iter()
    .collect()
}

fn action(action: &IamAction) -> Value {
    let report: Map = [
        ("action", Value::text(&action.name)),
        ("access_level", action.access.map_or(Value::Null, |access| Value::text(access_name(access)))),
        ("resources", Value::List(action.resources.iter().map(resource).collect())),
    ]
    .into_iter()
    .collect();
    Value::Map(report)
}

fn access_name(access: Access) -> &'static str {
    match access {
        Access::List => "List",
        Access::Read => "Read",
        Access::Write => "Write",
        Access::Permissions => "Permissions management",
        Access::Tagging => "Tagging",
    }
}

fn resource(resource: &Resource) -> Value {
    let report: Map = [
        ("type", Value::text(resource.kind)),
        ("arn", Value::text(&resource.arn)),
        ("required", Value::Bool(resource.required)),
    ]
    .into_iter()
    .collect();
    Value::Map(report)
}
