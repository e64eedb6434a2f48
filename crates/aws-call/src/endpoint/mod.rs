//! Where a call goes: the service's endpoint rule set applied to region, settings and parameters.
//!
//! Facts are botocore's (`endpoint_provider.py`, `regions.py`, `args.py`); the rules themselves are data of the model.
//! They are read in place, nothing is compiled, so a one-shot process pays only for the rules that it reaches.
//!
//! Invariants: resolving touches no network; an unusable rule set is an error, never a panic (trees are bounded by
//! [`value::MAX_DEPTH`]). Absent on purpose: host prefixes of operations and the path of the request, which the client
//! adds.

mod arguments;
mod functions;
mod partition;
mod rules;
mod template;
mod url;

use aws_model::{Operation, Service};
use value::{Map, Value};

use crate::CallOptions;

pub use partition::Partitions;
pub use rules::Rules;
pub(crate) use url::remove_dot_segments;

/// Where a call goes and how it is to be signed there.
#[derive(Debug, Clone, PartialEq)]
pub struct Endpoint {
    /// `https://host` with a port or a path where the rules or the configuration gave one.
    pub url: String,
    /// Headers that the rules ask for.
    pub headers: Vec<(String, String)>,
    /// Ways to sign, the preferred one first; empty where the rules leave that to the model.
    pub auth_schemes: Vec<AuthScheme>,
    /// All properties, as the rules gave them.
    pub properties: Value,
}

/// One way to sign that an endpoint accepts.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct AuthScheme {
    /// `sigv4`, `sigv4a`, `sigv4-s3express`, `none`, …
    pub name: String,
    /// The service's name in signatures.
    pub signing_name: Option<String>,
    /// The region in signatures.
    pub signing_region: Option<String>,
    /// The regions in signatures of version 4a.
    pub signing_region_set: Vec<String>,
    /// Whether the path is encoded once instead of twice.
    pub disable_double_encoding: bool,
}

/// Why there is no endpoint.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum EndpointError {
    /// The rules refuse this combination, in their own words.
    #[error("{0}")]
    Refused(String),
    /// No region is set, and the service has no endpoint without one.
    #[error("you must specify a region")]
    NoRegion,
    /// No rule matched.
    #[error("no endpoint found for {0}")]
    NoMatch(String),
    /// The configured endpoint is no `http` or `https` URL.
    #[error("invalid endpoint: {0}")]
    InvalidUrl(String),
}

/// Finds the endpoint of a call.
///
/// `account_id` is the caller's account where the credentials tell it.
///
/// # Errors
///
/// What the rules refuse (FIPS where there is none, a malformed ARN), a missing region, an unusable endpoint URL.
pub fn resolve(
    service: &Service,
    operation: &Operation,
    params: &Map,
    options: &CallOptions,
    account_id: Option<&str>,
    partitions: &Partitions<'_>,
) -> Result<Endpoint, EndpointError> {
    if let Some(endpoint) = &options.endpoint_url
        && url::Url::parse(endpoint).is_none()
    {
        return Err(EndpointError::InvalidUrl(endpoint.clone()));
    }
    let rules = Rules::new(service.endpoint_rules(), *partitions);
    let arguments = arguments::collect(&rules, service, operation, params, options, account_id);
    if !arguments.contains("Region") && rules.has_parameter("Region") && !arguments.contains("Endpoint") {
        return Err(EndpointError::NoRegion);
    }
    rules.resolve(arguments)
}

#[cfg(test)]
mod tests;
