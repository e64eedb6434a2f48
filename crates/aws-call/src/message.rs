//! What passes between the stages of a call: a request before endpoint and signature, an answer, a service's error.
//!
//! Absent on purpose: hosts, credentials, signatures and retries; those stages take these types and add theirs.

use std::collections::HashMap;
use std::fmt;
use std::sync::Arc;

use aws_model::ErrorTraits;
use value::{Map, Value};

use crate::encoding::{QUERY_SAFE, percent_encode};
use crate::memory::Share;

/// What a protocol makes of a call, before endpoint and signature.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct RequestParts {
    /// The HTTP method.
    pub method: String,
    /// The path with its labels filled, percent-encoded; starts with `/`. Has no query.
    pub path: String,
    /// The query that the model's path carries, as it stands there (`tagging`, `list-type=2`); empty if none.
    pub literal_query: String,
    /// Further query parameters, not yet encoded, in order; a name may come several times.
    pub query: Vec<(String, String)>,
    /// Headers, names written as botocore writes them.
    pub headers: Vec<(String, String)>,
    /// The body; empty if none.
    pub body: Vec<u8>,
    /// What stands before the endpoint's host, with its labels filled (`123456789012.`).
    pub host_prefix: Option<String>,
}

impl RequestParts {
    /// The whole query, encoded as it is sent: the path's own part first. Empty if there is none.
    pub fn encoded_query(&self) -> String {
        let mut out = self.literal_query.clone();
        for (name, value) in &self.query {
            if !out.is_empty() {
                out.push('&');
            }
            percent_encode(&mut out, name, QUERY_SAFE);
            out.push('=');
            percent_encode(&mut out, value, QUERY_SAFE);
        }
        out
    }

    /// The header of that name, whatever its case.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(key, _)| key.eq_ignore_ascii_case(name)).map(|(_, value)| value.as_str())
    }

    /// Sets many headers, each as [`RequestParts::set_header`] does; all of them together are looked up once.
    pub fn set_headers(&mut self, headers: impl IntoIterator<Item = (String, String)>) {
        let lower = |name: &str| name.to_ascii_lowercase();
        let mut places: HashMap<String, usize> =
            self.headers.iter().enumerate().rev().map(|(place, (name, _))| (lower(name), place)).collect();
        for header in headers {
            let place = *places.entry(lower(&header.0)).or_insert(self.headers.len());
            match self.headers.get_mut(place) {
                Some(entry) => *entry = header,
                None => self.headers.push(header),
            }
        }
    }

    /// Sets a header, replacing one of the same name in any case.
    pub fn set_header(&mut self, name: &str, value: impl Into<String>) {
        match self.headers.iter_mut().find(|(key, _)| key.eq_ignore_ascii_case(name)) {
            Some(entry) => *entry = (name.to_owned(), value.into()),
            None => self.headers.push((name.to_owned(), value.into())),
        }
    }
}

/// How a parsed answer should look.
#[derive(Debug, Clone)]
pub struct ParseOptions {
    /// How timestamps are written.
    pub timestamps: TimestampStyle,
    /// Where timestamps that the wire gives as numbers are shown (the AWS CLI takes the machine's zone).
    pub zone: jiff::tz::TimeZone,
    /// The most bytes that a body may have.
    pub max_body: usize,
    /// The most values that a body may hold: a value takes 32 bytes and more, however little it takes on the wire.
    pub max_values: usize,
    /// The most values that all the pages of an answer may hold where they are merged into one.
    pub max_merged_values: usize,
    /// What the answer takes of memory that many share; it is held as long as these options are. Bodies that are streamed
    /// elsewhere take nothing.
    pub share: Option<Arc<Share>>,
}

impl Default for ParseOptions {
    /// ISO 8601 in UTC; bodies up to 256 MB, as many values as some 1 GB of memory holds; pages without end.
    fn default() -> ParseOptions {
        ParseOptions {
            timestamps: TimestampStyle::Iso8601,
            zone: jiff::tz::TimeZone::UTC,
            max_body: 256 * 1024 * 1024,
            max_values: 32 * 1024 * 1024,
            max_merged_values: usize::MAX,
            share: None,
        }
    }
}

/// How timestamps of an answer are written (the AWS CLI's `cli_timestamp_format`).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum TimestampStyle {
    /// `2024-01-02T03:04:05+00:00`
    #[default]
    Iso8601,
    /// As they came.
    Wire,
}

/// What a service answered when all went well.
#[derive(Debug, Clone, PartialEq)]
pub struct Answer {
    /// A map by the model's member names, in the order in which the AWS CLI prints them.
    pub value: Value,
    /// The HTTP status.
    pub status: u16,
    /// The service's own name for this exchange.
    pub request_id: Option<String>,
}

/// What a service answered when it refused or failed.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct ServiceError {
    /// The error's code, `AccessDenied`; the HTTP status where the answer bore none.
    pub code: String,
    /// The service's sentence; may be empty.
    pub message: String,
    /// The HTTP status.
    pub status: u16,
    /// The service's own name for this exchange.
    pub request_id: Option<String>,
    /// All that the answer says of the error besides the members below: `Code`, `Message`, `Type` …
    pub error: Map,
    /// The members of the modelled error structure of this code.
    pub fields: Map,
    /// The traits of the modelled error structure of this code, if the service has one.
    pub traits: Option<ErrorTraits>,
    /// The names of the members of that structure.
    pub modelled: Vec<value::Key>,
    /// How often the call had been made again, if no further attempt was allowed.
    pub retries: Option<u32>,
}

impl ServiceError {
    /// The AWS CLI's sentence for it.
    pub fn sentence(&self, operation: &str) -> String {
        let retries =
            self.retries.map(|count| format!(" (reached max retries: {count})")).unwrap_or_default();
        let ServiceError { code, message, .. } = self;
        format!("An error occurred ({code}) when calling the {operation} operation{retries}: {message}")
    }

    /// Whether the service says that the caller is at fault (`Sender`); `None` where it does not say.
    pub fn sender_fault(&self) -> Option<bool> {
        let told = self.error.get("Type").and_then(Value::as_text).map(|kind| kind == "Sender");
        told.or_else(|| self.traits.as_ref().map(|traits| traits.sender_fault))
    }

    /// What the AWS CLI shows of the error: `Code`, `Message` and the members that the model knows.
    pub fn details(&self) -> Map {
        let known = |name: &str| {
            name.eq_ignore_ascii_case("code")
                || name.eq_ignore_ascii_case("message")
                || self.modelled.iter().any(|member| member.eq_ignore_ascii_case(name))
        };
        let mut details = Map::new();
        for (name, value) in self.error.iter().filter(|(name, _)| known(name)) {
            details.insert(name.clone(), value.clone());
        }
        for (name, value) in self.fields.iter() {
            if !matches!(name.as_str(), "Code" | "Message" | "Error" | "ResponseMetadata")
                && !details.contains(name)
            {
                details.insert(name.clone(), value.clone());
            }
        }
        details
    }
}

impl fmt::Display for ServiceError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.code, self.message)
    }
}

impl std::error::Error for ServiceError {}

#[cfg(test)]
mod tests {
    use super::*;

    /// Looking each name up among all others takes minutes here.
    #[test]
    fn many_headers_are_set_in_linear_time() {
        let mut parts = RequestParts {
            headers: vec![("X-Meta-7".to_owned(), "old".to_owned())],
            ..RequestParts::default()
        };
        let numbers = (0..100_000).chain(0..100_000);
        parts.set_headers(numbers.map(|number| (format!("x-meta-{number}"), number.to_string())));
        assert_eq!(parts.headers.len(), 100_000);
        assert_eq!(parts.headers[0], ("x-meta-7".to_owned(), "7".to_owned()));
        assert_eq!(parts.header("X-Meta-99999"), Some("99999"));
    }
}
