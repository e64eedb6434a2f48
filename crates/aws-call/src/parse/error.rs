//! A service's error, from whatever form its protocol gives it.

use aws_model::{Protocol, Service, Shape};
use http::StatusCode;
use value::{Key, Map, Value};

use super::{AnswerFault, Context, ParseError, cbor, json, rest, shaped, xml};
use crate::message::ServiceError;
use crate::view::View;

/// Longer bodies of errors tell only their status: real ones have a few hundred bytes, and what is read here has no model
/// that bounds it.
const MAX_ERROR: usize = 2 * 1024 * 1024;

/// Reads an answer that is an error. What cannot be read of a body at all is an error of the status alone, save for the
/// query protocols, whose answers without XML come from something other than the service.
pub(super) fn read(context: &Context<'_>, body: &[u8]) -> Result<AnswerFault, ParseError> {
    let is_too_long = body.len() > MAX_ERROR;
    let body = if is_too_long { &[] } else { body };
    let mut found = if is_too_long || is_generic(context, body) {
        of_status(context)
    } else {
        by_protocol(context, body)?
    };
    let code = text_of(found.error.get("Code"), "Unknown");
    let message = text_of(found.error.get("Message"), "Unknown");
    let mut error = ServiceError {
        code,
        message,
        status: context.status,
        request_id: found.request_id.take().or_else(|| context.header("x-amzn-requestid")),
        error: found.error,
        fields: found.fields,
        traits: None,
        modelled: Vec::new(),
        retries: None,
    };
    if let Some(view) = shape_of(context, &error.code) {
        error.traits = view.shape.error.clone();
        error.modelled = view.shape.members().iter().map(|member| member.name.clone()).collect();
        // The members are an extra: an error that lacks them is still that error.
        if let Ok(members) = members(context, view, body) {
            for (name, value) in members {
                error.fields.insert(name, value);
            }
        }
    }
    Ok(AnswerFault::Service(Box::new(error)))
}

/// An error before its model is looked up.
#[derive(Default)]
struct Found {
    /// `Code`, `Message` and what stands beside them.
    error: Map,
    /// What else the body holds.
    fields: Map,
    request_id: Option<String>,
}

fn text_of(value: Option<&Value>, absent: &str) -> String {
    match value {
        None => absent.to_owned(),
        Some(Value::Text(text)) => text.to_string(),
        Some(Value::Null) => "None".to_owned(),
        Some(other) => other.to_json(value::JsonStyle::Line),
    }
}

/// Whether this comes from something in front of the service, which speaks no protocol.
fn is_generic(context: &Context<'_>, body: &[u8]) -> bool {
    let body = body.trim_ascii();
    let names_itself = context.headers.contains_key("x-amzn-errortype");
    context.status >= 500 && (body.is_empty() && !names_itself || body.starts_with(b"<html>"))
}

fn of_status(context: &Context<'_>) -> Found {
    let reason = StatusCode::from_u16(context.status).ok().and_then(|status| status.canonical_reason());
    let mut error = Map::new();
    error.push("Code", context.status.to_string());
    error.push("Message", reason.unwrap_or_default());
    Found { error, request_id: context.header("x-amz-request-id"), ..Found::default() }
}

fn by_protocol(context: &Context<'_>, body: &[u8]) -> Result<Found, ParseError> {
    match context.protocol() {
        Protocol::Query | Protocol::Ec2 => of_query(body),
        Protocol::RestXml if body.is_empty() => Ok(of_status(context)),
        Protocol::RestXml => Ok(of_rest_xml(context, body).unwrap_or_else(|_| of_status(context))),
        Protocol::Json | Protocol::RestJson => Ok(of_tree(context, &json::lenient(body))),
        Protocol::RpcV2Cbor => match cbor::decode(body, context.options) {
            Ok(Value::Map(map)) => Ok(of_tree(context, &map)),
            _ => Ok(of_status(context)),
        },
    }
}

fn of_query(body: &[u8]) -> Result<Found, ParseError> {
    let (_, tree) = xml::tree(body).map_err(|error| xml::diagnosed(error, body))?;
    let Value::Map(mut fields) = tree else { return Ok(Found::default()) };
    if let Some(Value::Map(errors)) = fields.remove("Errors") {
        for (name, value) in errors {
            fields.insert(name, value);
        }
    }
    let id = fields.remove("RequestId").into_iter().chain(fields.remove("RequestID")).find_map(text);
    Ok(Found { error: error_map(&mut fields), fields, request_id: id })
}

fn error_map(fields: &mut Map) -> Map {
    match fields.remove("Error") {
        Some(Value::Map(error)) => error,
        _ => Map::new(),
    }
}

fn text(value: Value) -> Option<String> {
    match value {
        Value::Text(text) => Some(text.into()),
        _ => None,
    }
}

/// S3's errors are the root element; other services' stand in it.
fn of_rest_xml(context: &Context<'_>, body: &[u8]) -> Result<Found, ParseError> {
    let (root, tree) = xml::tree(body)?;
    let mut fields = match tree {
        Value::Map(fields) => fields,
        _ => Map::new(),
    };
    let id = fields.remove("RequestId").and_then(text);
    if root == "Error" {
        fields.remove("HostId");
        let from_header = context.header("x-amz-request-id");
        return Ok(Found { error: fields, fields: Map::new(), request_id: from_header.or(id) });
    }
    let mut error: Map = [("Message", Value::text("")), ("Code", Value::text(""))].into_iter().collect();
    for (name, value) in error_map(&mut fields) {
        error.insert(name, value);
    }
    Ok(Found { error, fields, request_id: id })
}

/// Errors of the JSON protocols and of CBOR.
fn of_tree(context: &Context<'_>, body: &Map) -> Found {
    let message = body.get("message").or_else(|| body.get("Message")).or_else(|| body.get("errorMessage"));
    let mut error = Map::new();
    error.push("Message", message.cloned().unwrap_or_else(|| Value::text("")));
    error.push("Code", Value::text(code_of(context, body)));
    if let Some((code, kind)) = context.header("x-amzn-query-error").as_deref().and_then(query_error) {
        error.insert("Code", code);
        error.push("Type", kind);
    }
    Found { error, ..Found::default() }
}

/// `AWS.SimpleQueueService.NonExistentQueue;Sender`
fn query_error(header: &str) -> Option<(&str, &str)> {
    header.split_once(';').filter(|(code, kind)| !code.is_empty() && !kind.contains(';'))
}

fn code_of(context: &Context<'_>, body: &Map) -> String {
    let header = || context.header("x-amzn-errortype");
    let kind = || body.get("__type").and_then(Value::as_text).map(str::to_owned);
    let member = || match body.get("code").or_else(|| body.get("Code")) {
        Some(Value::Text(code)) => Some(code.to_string()),
        Some(Value::Number(code)) => Some(code.to_string()),
        _ => None,
    };
    let code = match context.protocol() {
        Protocol::RestJson => header().or_else(member).or_else(kind),
        _ => kind().or_else(header).or_else(member),
    };
    let code = code.unwrap_or_else(|| context.status.to_string());
    let code = code.split(':').next().unwrap_or_default();
    code.rsplit('#').next().unwrap_or_default().to_owned()
}

/// The structure that a code names: by the operation's errors, or by the service's shape of that name.
fn shape_of<'a>(context: &Context<'a>, code: &str) -> Option<View<'a>> {
    let service: &'a Service = context.service;
    let has_code = |shape: &Shape| {
        let own = shape.error.as_ref().and_then(|error| error.code.as_ref());
        own.unwrap_or(&shape.name).as_str() == code
    };
    let listed = context.operation.errors.iter().find(|id| has_code(service.shape(**id)));
    if let Some(id) = listed {
        return Some(View::of(service, *id));
    }
    let id = service.shape_id_named(code)?;
    Some(View::of(service, id)).filter(|view| view.shape.error.is_some())
}

fn members(context: &Context<'_>, view: View<'_>, body: &[u8]) -> Result<Map, ParseError> {
    let value = match context.protocol() {
        Protocol::Json => json::body(view, body, json::Scalars::AsIs, context.options)?,
        Protocol::RpcV2Cbor => shaped::cbor_body(view, body, context.options)?,
        Protocol::RestJson => return rest::answer(context, view, body),
        Protocol::Query | Protocol::Ec2 | Protocol::RestXml => {
            let mut found = rest::located(context, view)?;
            let (root, tree) = xml::tree(body)?;
            let path = path_to_error(context.protocol(), &root, &tree);
            if let Some(Value::Map(members)) = xml::body_at(view, body, path, context.options)? {
                for (name, value) in members {
                    found.insert(name, value);
                }
            }
            return Ok(found);
        }
    };
    match value {
        Value::Map(map) => Ok(map),
        _ => Ok(Map::new()),
    }
}

/// The elements from the root to the one that holds the error's members.
fn path_to_error(protocol: Protocol, root: &str, tree: &Value) -> &'static [&'static str] {
    let nested = tree.get("Errors").is_some_and(|errors| errors.get("Error").is_some());
    match protocol {
        Protocol::Ec2 if nested => &["Errors", "Error"],
        Protocol::Query | Protocol::RestXml if root == "ErrorResponse" && tree.get("Error").is_some() => {
            &["Error"]
        }
        _ => &[],
    }
}

/// The error that an event of a stream carries.
pub(super) fn of_event(context: &Context<'_>, code: &str, message: &str, fields: Map) -> AnswerFault {
    let mut error = Map::new();
    error.push("Code", code);
    error.push("Message", message);
    let shape = shape_of(context, code);
    let modelled: Vec<Key> =
        shape.iter().flat_map(|view| view.shape.members()).map(|member| member.name.clone()).collect();
    AnswerFault::Service(Box::new(ServiceError {
        code: code.to_owned(),
        message: message.to_owned(),
        status: context.status,
        request_id: context.header("x-amzn-requestid"),
        error,
        fields,
        traits: shape.and_then(|view| view.shape.error.clone()),
        modelled,
        retries: None,
    }))
}
