//! Failed calls in the words and with the exit codes of AWS CLI v2.

use aws_call::parse::ParseError;
use aws_call::transport::{TransportError, TransportErrorKind};
use aws_call::{CallError, CredentialsError, Lost, NotSent, ServiceError, causes};
use value::{Map, Value};

use crate::operation::parameter_faults;
use crate::run::ExecuteError;
use crate::usage::prefixed;
use crate::{Globals, Invocation, UsageError, python};

/// How many simple values of a list or map an error shows in line.
const INLINE_ITEMS: usize = 5;

/// The text for standard error, with its last newline, and the exit code.
pub(crate) fn describe(invocation: &Invocation, error: &ExecuteError) -> (String, u8) {
    match error {
        ExecuteError::Call(error) => call_error(&invocation.call.operation, &invocation.globals, error),
        ExecuteError::Waiter(text) | ExecuteError::Paging(text) => general(text),
    }
}

/// A fault without a code.
pub(crate) fn general(text: &str) -> (String, u8) {
    (prefixed(text) + "\n", 255)
}

/// The same as one sentence, without a prefix.
pub(crate) fn sentence(operation: &str, error: &CallError) -> String {
    if let Some(error) = error.service_error() {
        return error.sentence(operation);
    }
    let (text, _) = call_error(operation, &Globals::default(), error);
    let text = text.trim();
    text.strip_prefix("aws: [ERROR]: ").unwrap_or(text).to_owned()
}

pub(crate) fn usage(error: &UsageError) -> (String, u8) {
    (format!("{error}\n"), error.exit_code)
}

/// What is said of a call of that operation that failed, and the exit code.
pub(crate) fn call_error(operation: &str, globals: &Globals, error: &CallError) -> (String, u8) {
    match error {
        CallError::Rejected(error) | CallError::MayHaveHappened(Lost::Service(error)) => {
            service_error(operation, error, globals)
        }
        CallError::NotSent(reason) => not_sent(reason, globals),
        CallError::MayHaveHappened(Lost::Transport { url, source }) => transport_error(url, source),
        CallError::MayHaveHappened(Lost::Answer(
            told @ (ParseError::Short { .. } | ParseError::Union(_)),
        )) => general(&told.to_string()),
        CallError::MayHaveHappened(Lost::Answer(ParseError::Xml { fault, body })) => general(&format!(
            "Unable to parse response ({fault}), invalid XML received. Further retries may succeed:\nb{}",
            python::bytes_repr(body.text())
        )),
        CallError::MayHaveHappened(Lost::Answer(
            bound @ (ParseError::TooLong(_) | ParseError::TooMany(_) | ParseError::Crowded(_)),
        )) => general(&format!("The answer is beyond the bound that Bellhop sets: {bound}")),
        CallError::MayHaveHappened(Lost::Answer(source)) => {
            general(&format!("Unable to parse response, invalid response received: {}", causes(source)))
        }
        CallError::MayHaveHappened(Lost::Deadline) => general("Read timeout: the deadline passed"),
    }
}

fn not_sent(reason: &NotSent, globals: &Globals) -> (String, u8) {
    let usage = |error: UsageError| usage(&error.in_form(globals.error_format.as_deref()));
    match reason {
        NotSent::Params(faults) => usage(parameter_faults(faults)),
        NotSent::NoRegion => usage(UsageError::no_region()),
        NotSent::Credentials(CredentialsError::None) => usage(UsageError::no_credentials()),
        NotSent::Credentials(error) => general(&error.to_string()),
        NotSent::Connect { url, source } => transport_error(url, source),
        NotSent::Endpoint(text) => general(text),
        other => general(&causes(other)),
    }
}

fn transport_error(url: &str, error: &TransportError) -> (String, u8) {
    general(&match error.kind {
        TransportErrorKind::Connect | TransportErrorKind::Unusable => {
            format!("Could not connect to the endpoint URL: \"{url}\"")
        }
        TransportErrorKind::ConnectTimeout => format!("Connect timeout on endpoint URL: \"{url}\""),
        TransportErrorKind::ReadTimeout => format!("Read timeout on endpoint URL: \"{url}\""),
        TransportErrorKind::Tls => format!("SSL validation failed for {url} {error}"),
        _ => {
            let what = "Connection was closed before we received a valid response from endpoint URL";
            format!("{what}: \"{url}\". ({error})")
        }
    })
}

fn service_error(operation: &str, error: &ServiceError, globals: &Globals) -> (String, u8) {
    let message = error.sentence(operation);
    let details = error.details();
    let mut text = match globals.error_format.as_deref() {
        _ if details.is_empty() => return (prefixed(&message) + "\n", 254),
        Some(form @ ("json" | "yaml" | "text" | "table")) => {
            match crate::print::error_in_form(&details, form) {
                Some(text) => return (text, 254),
                None => prefixed(&message) + "\n",
            }
        }
        Some("legacy") => return (prefixed(&message) + "\n", 254),
        _ => prefixed(&message) + "\n",
    };
    text.push_str(&additional(&details));
    (text, 254)
}

/// What an error says besides its code and message.
fn additional(details: &Map) -> String {
    let further: Vec<(&str, &Value)> = details
        .iter()
        .map(|(name, value)| (name.as_str(), value))
        .filter(|(name, _)| !name.eq_ignore_ascii_case("code") && !name.eq_ignore_ascii_case("message"))
        .collect();
    if further.is_empty() {
        return String::new();
    }
    let mut text = "\nAdditional error details:\n".to_owned();
    let mut complex = false;
    for (name, value) in further {
        let shown = simple(value).or_else(|| inline(value)).unwrap_or_else(|| {
            complex = true;
            "<complex value>".to_owned()
        });
        text.push_str(&format!("{name}: {shown}\n"));
    }
    if complex {
        text.push_str("Use \"--cli-error-format json\" or another error format to see the full details.\n");
    }
    text
}

/// As Python's `str` shows a scalar.
fn simple(value: &Value) -> Option<String> {
    match value {
        Value::Null => Some("None".to_owned()),
        Value::Bool(true) => Some("True".to_owned()),
        Value::Bool(false) => Some("False".to_owned()),
        Value::Text(text) => Some(text.to_string()),
        Value::Number(number) => Some(number.to_string()),
        _ => None,
    }
}

fn inline(value: &Value) -> Option<String> {
    match value {
        Value::List(items) if items.len() < INLINE_ITEMS => {
            let items = items.iter().map(simple).collect::<Option<Vec<String>>>()?;
            Some(format!("[{}]", items.join(", ")))
        }
        Value::Map(map) if map.len() < INLINE_ITEMS => {
            let pair =
                |(name, value): (&value::Key, &Value)| simple(value).map(|value| format!("{name}: {value}"));
            Some(format!("{{{}}}", map.iter().map(pair).collect::<Option<Vec<String>>>()?.join(", ")))
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_error_without_members_is_a_sentence_in_every_form() {
        let error = ServiceError { code: "Unknown".to_owned(), ..ServiceError::default() };
        let globals = Globals { error_format: Some("json".to_owned()), ..Globals::default() };
        let (text, code) = service_error("Op", &error, &globals);
        assert_eq!(
            (text.trim(), code),
            ("aws: [ERROR]: An error occurred (Unknown) when calling the Op operation:", 254)
        );
    }

    #[test]
    fn an_answer_beyond_its_bound_says_what_to_do() {
        let error = CallError::MayHaveHappened(Lost::Answer(ParseError::TooLong(268_435_456)));
        let (text, code) = call_error("DescribeInstances", &Globals::default(), &error);
        insta::assert_snapshot!(text.trim(), @"aws: [ERROR]: The answer is beyond the bound that Bellhop sets: longer than 268435456 bytes; narrow the question, by a filter or a smaller page");
        assert_eq!(code, 255);
    }

    #[test]
    fn shows_what_an_error_says_besides() {
        let details: Map = [
            ("Code", Value::text("X")),
            ("Retry", Value::Bool(true)),
            ("Ids", Value::List(vec!["a".into(), "b".into()])),
            ("Deep", Value::List(vec![Value::List(Vec::new())])),
        ]
        .into_iter()
        .collect();
        insta::assert_snapshot!(additional(&details), @r#"

        Additional error details:
        Retry: True
        Ids: [a, b]
        Deep: <complex value>
        Use "--cli-error-format json" or another error format to see the full details.
        "#);
    }
}
