//! HTTP as Lambda's events carry it, in its four dialects; and the answer in the same one.
//!
//! Invariants: a body comes out as the very bytes that the client sent, since their signature is checked; headers that came
//! several times stay several; the path is what the client sent less what the front put before it (a stage, a mapping).
//! Any object is a request or a fault, without a panic.
//! Absent on purpose: what a front knows of the caller (identity, authorizers), which nobody here believes.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Map, Value, json};

/// More headers than any front passes on.
const MAX_HEADERS: usize = 256;
/// The longest path, in bytes.
const MAX_PATH: usize = 8 * 1024;

/// What stands before the function, which decides how requests look and answers must.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Front {
    /// API Gateway's REST API, or an HTTP API with payload version 1.0.
    Rest,
    /// API Gateway's HTTP API, or a function URL.
    Api2,
    /// A load balancer.
    Balancer {
        /// Whether it is set to send headers several times.
        multi: bool,
    },
}

/// A request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct HttpEvent {
    /// Where it came from.
    pub(crate) front: Front,
    /// `POST`
    pub(crate) method: String,
    /// `/slack/commands`
    pub(crate) path: String,
    /// Without its question mark.
    pub(crate) query: String,
    /// In their order, repeated ones repeatedly.
    pub(crate) headers: Vec<(String, String)>,
    /// The raw bytes.
    pub(crate) body: Vec<u8>,
}

/// Why a request cannot be used.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct HttpFault {
    /// Who is to be answered.
    pub(crate) front: Front,
    /// What is wrong, without what was sent.
    pub(crate) why: &'static str,
}

type Fields = Map<String, Value>;

/// Which front an event is from, if it is from one. What an API asks its authorizer, and what comes by a web socket, looks
/// much like a request and wants another answer.
pub(crate) fn front_of(fields: &Fields) -> Option<Front> {
    let context = fields.get("requestContext")?.as_object()?;
    let asks_for_rights = ["methodArn", "routeArn"].iter().any(|name| fields.contains_key(*name));
    if asks_for_rights || context.contains_key("connectionId") {
        return None;
    }
    if context.contains_key("elb") {
        return Some(Front::Balancer {
            multi: fields.get("multiValueHeaders").is_some_and(Value::is_object),
        });
    }
    if context.get("http").is_some_and(Value::is_object) {
        return Some(Front::Api2);
    }
    fields.contains_key("httpMethod").then_some(Front::Rest)
}

impl HttpEvent {
    /// Reads the request of an event from that front.
    ///
    /// # Errors
    /// It lacks what a request has, or its body is not encoded as it says.
    pub(crate) fn read(front: Front, fields: &Fields) -> Result<HttpEvent, HttpFault> {
        let fault = |why| HttpFault { front, why };
        let headers = headers(front, fields).map_err(fault)?;
        let context = fields.get("requestContext");
        let method = match front {
            Front::Api2 => context.and_then(|context| context.get("http")?.get("method")?.as_str()),
            Front::Rest | Front::Balancer { .. } => text(fields, "httpMethod"),
        };
        let path = match front {
            Front::Api2 => routed(fields, text(fields, "rawPath"), route_of(fields)),
            Front::Rest => routed(fields, text(fields, "path"), text(fields, "resource")),
            Front::Balancer { .. } => text(fields, "path").map(str::to_owned),
        };
        let method = method.filter(|method| !method.is_empty()).ok_or_else(|| fault("it has no method"))?;
        let path = path.filter(|path| path.starts_with('/')).ok_or_else(|| fault("it has no path"))?;
        if path.len() > MAX_PATH {
            return Err(fault("its path is too long"));
        }
        Ok(HttpEvent {
            front,
            method: method.to_owned(),
            path,
            query: query(front, fields),
            headers,
            body: body(fields).map_err(fault)?,
        })
    }
}

/// `POST /slack/{proxy+}` → `/slack/{proxy+}`
fn route_of(fields: &Fields) -> Option<&str> {
    text(fields, "routeKey").and_then(|key| key.split_once(' ')).map(|(_, route)| route)
}

/// The path as the routes of the API see it: its own if that names no variable, else with what its variable stood for. So a
/// stage, or the name under which the API is mapped to a domain, is left out. Where the route tells nothing, the stage is.
fn routed(fields: &Fields, path: Option<&str>, route: Option<&str>) -> Option<String> {
    let path = path?;
    let filled = route.and_then(|route| {
        let (before, name) = match route.split_once('{') {
            Some((before, rest)) => (before, rest.strip_suffix('}')?.trim_end_matches('+')),
            None => return Some(route.to_owned()),
        };
        let value = fields.get("pathParameters")?.get(name)?.as_str()?;
        Some(format!("{before}{value}"))
    });
    match filled {
        Some(filled) if filled.len() > 1 && path.ends_with(&filled) => Some(filled),
        _ => Some(without_stage(fields, path).to_owned()),
    }
}

/// The path without the stage that stands first in it; a domain of one's own has no stage in its paths.
fn without_stage<'a>(fields: &Fields, path: &'a str) -> &'a str {
    let context = |name| fields.get("requestContext").and_then(|context| context.get(name)?.as_str());
    let (stage, domain) = (context("stage").unwrap_or_default(), context("domainName").unwrap_or_default());
    let is_own = !domain.is_empty() && !domain.contains(".execute-api.");
    if stage.is_empty() || stage == "$default" || is_own {
        return path;
    }
    match path.strip_prefix('/').and_then(|rest| rest.strip_prefix(stage)) {
        Some(rest) if rest.starts_with('/') => rest,
        Some("") => "/",
        _ => path,
    }
}

fn headers(front: Front, fields: &Fields) -> Result<Vec<(String, String)>, &'static str> {
    let mut headers = Vec::new();
    if let Some(several) = fields.get("multiValueHeaders").and_then(Value::as_object) {
        for (name, values) in several {
            for value in values.as_array().into_iter().flatten() {
                add(&mut headers, name, value)?;
            }
        }
    }
    // A front that sends both says the same in both.
    if headers.is_empty() {
        for (name, value) in fields.get("headers").and_then(Value::as_object).into_iter().flatten() {
            add(&mut headers, name, value)?;
        }
    }
    if front == Front::Api2
        && let Some(cookies) = fields.get("cookies").and_then(Value::as_array)
    {
        let cookies: Vec<&str> = cookies.iter().filter_map(Value::as_str).collect();
        add(&mut headers, "cookie", &Value::String(cookies.join("; ")))?;
    }
    Ok(headers)
}

fn add(headers: &mut Vec<(String, String)>, name: &str, value: &Value) -> Result<(), &'static str> {
    let value = value.as_str().ok_or("a header of it is no text")?;
    if headers.len() == MAX_HEADERS {
        return Err("it has too many headers");
    }
    headers.push((name.to_owned(), value.to_owned()));
    Ok(())
}

/// The query as it was sent, or, where the front has taken it apart, put together again.
fn query(front: Front, fields: &Fields) -> String {
    if front == Front::Api2 {
        return text(fields, "rawQueryString").unwrap_or_default().to_owned();
    }
    let mut pairs = Vec::new();
    if let Some(several) = fields.get("multiValueQueryStringParameters").and_then(Value::as_object) {
        for (name, values) in several {
            pairs.extend(
                values.as_array().into_iter().flatten().filter_map(|value| Some((name, value.as_str()?))),
            );
        }
    } else if let Some(single) = fields.get("queryStringParameters").and_then(Value::as_object) {
        pairs.extend(single.iter().filter_map(|(name, value)| Some((name, value.as_str()?))));
    }
    // A balancer leaves both as they were sent; a REST API decodes them.
    let sent = |text: &str| match front {
        Front::Rest => {
            let mut encoded = String::new();
            aws_call::encoding::form_encode(&mut encoded, text);
            encoded
        }
        Front::Api2 | Front::Balancer { .. } => text.to_owned(),
    };
    let pairs = pairs.into_iter().map(|(name, value)| format!("{}={}", sent(name), sent(value)));
    pairs.collect::<Vec<_>>().join("&")
}

fn body(fields: &Fields) -> Result<Vec<u8>, &'static str> {
    let encoded = match fields.get("isBase64Encoded") {
        None | Some(Value::Null) => false,
        Some(Value::Bool(encoded)) => *encoded,
        Some(_) => return Err("it does not say whether its body is encoded"),
    };
    match fields.get("body") {
        None | Some(Value::Null) => Ok(Vec::new()),
        Some(Value::String(body)) if encoded => STANDARD.decode(body).map_err(|_| "its body is no base64"),
        Some(Value::String(body)) => Ok(body.clone().into_bytes()),
        Some(_) => Err("its body is no text"),
    }
}

fn text<'a>(fields: &'a Fields, name: &str) -> Option<&'a str> {
    fields.get(name).and_then(Value::as_str)
}

/// An answer in the dialect of that front.
pub(crate) fn answer(front: Front, status: u16, headers: &[(String, String)], body: &[u8]) -> Value {
    let (body, encoded) = match std::str::from_utf8(body) {
        Ok(text) => (text.to_owned(), false),
        Err(_) => (STANDARD.encode(body), true),
    };
    let mut answer = json!({ "statusCode": status, "body": body, "isBase64Encoded": encoded });
    let several = match front {
        Front::Rest => true,
        Front::Api2 => false,
        Front::Balancer { multi } => {
            answer["statusDescription"] = json!(format!("{status} {}", reason(status)));
            multi
        }
    };
    if several {
        let mut map = Map::new();
        for (name, value) in headers {
            if let Value::Array(values) = map.entry(name.clone()).or_insert_with(|| json!([])) {
                values.push(json!(value));
            }
        }
        answer["multiValueHeaders"] = Value::Object(map);
    } else {
        let map: Map<String, Value> =
            headers.iter().map(|(name, value)| (name.clone(), json!(value))).collect();
        answer["headers"] = Value::Object(map);
    }
    answer
}

/// What a balancer wants to read behind the number.
fn reason(status: u16) -> &'static str {
    match status {
        200 => "OK",
        400 => "Bad Request",
        401 => "Unauthorized",
        403 => "Forbidden",
        404 => "Not Found",
        405 => "Method Not Allowed",
        408 => "Request Timeout",
        413 => "Payload Too Large",
        503 => "Service Unavailable",
        _ if status < 400 => "Done",
        _ if status < 500 => "Refused",
        _ => "Failed",
    }
}

#[cfg(test)]
mod tests;
