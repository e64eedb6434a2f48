//! `--explain`: what a call needs, without making it.

use aws_model::{Operation, Service};
use value::{JsonStyle, Map, Value};

/// A JSON object: `service`, `operation`, `level`, `iam_action`, `dry_run`, `paginated`.
pub(crate) fn explain(service: &Service, operation: &Operation, params: &Map) -> String {
    let input = operation.input.map(|input| service.shape(input));
    let dry_run = input.is_some_and(|shape| shape.member("DryRun").is_some());
    let report: Map = [
        ("service", Value::text(service.name())),
        ("operation", Value::text(&operation.name)),
        ("level", Value::text(aws_model::level_of_call(service, operation, params).name())),
        ("iam_action", Value::from(aws_model::iam_action(service, operation))),
        ("dry_run", Value::Bool(dry_run)),
        ("paginated", Value::Bool(service.paginator(&operation.name).is_some())),
        ("idempotent", Value::Bool(operation.idempotent || operation.read_only)),
    ]
    .into_iter()
    .collect();
    let mut text = Value::Map(report).to_json(JsonStyle::Pretty);
    text.push('\n');
    text
}
