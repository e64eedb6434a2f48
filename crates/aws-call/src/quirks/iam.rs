//! Documents inside answers: IAM's policies come URL-encoded, CloudFormation's templates as text; both are shown as the
//! trees that they are. What cannot be read stays as it came.

use aws_model::{Service, ShapeId, ShapeKind};
use value::Value;

use super::Context;
use super::unquote::unquote;

/// Decodes every policy document in an answer of IAM.
pub(super) fn decode_policies(context: &Context<'_>, _: &[u8], answer: &mut Value) {
    if let Some(output) = context.operation.output {
        decode_in(context.service, output, answer);
    }
}

/// Walks along the model: all policy documents have one shape.
fn decode_in(service: &Service, shape: ShapeId, value: &mut Value) {
    let shape = service.shape(shape);
    match &shape.kind {
        ShapeKind::String if shape.name == "policyDocumentType" => decode_json(value),
        ShapeKind::Structure(members) => {
            let Value::Map(map) = value else { return };
            for member in members {
                if let Some(inner) = map.get_mut(&member.name) {
                    decode_in(service, member.shape, inner);
                }
            }
        }
        ShapeKind::List(item) => {
            let Value::List(items) = value else { return };
            for inner in items {
                decode_in(service, item.shape, inner);
            }
        }
        _ => {}
    }
}

fn decode_json(value: &mut Value) {
    let document = value.as_text().and_then(|text| Value::from_json(unquote(text, false).as_bytes()).ok());
    if let Some(document) = document {
        *value = document;
    }
}

/// Decodes a template that is JSON; one in YAML stays text.
pub(super) fn decode_template(_: &Context<'_>, _: &[u8], answer: &mut Value) {
    let Value::Map(answer) = answer else { return };
    let Some(body) = answer.get_mut("TemplateBody") else { return };
    let document = body.as_text().and_then(|text| Value::from_json(text.as_bytes()).ok());
    if let Some(document) = document {
        *body = document;
    }
}
