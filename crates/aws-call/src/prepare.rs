//! From a call to a request that is ready to be signed: everything before the network.

use std::net::Ipv4Addr;

use aws_lc_rs::digest;
use aws_model::{Operation, Service};
use value::{JsonStyle, Map, Value};

use crate::auth::{self, Auth};
use crate::call::{Call, CallOptions, ChecksumWhen, Idempotency};
use crate::checksum::{self, ChecksumPolicy};
use crate::clock::{Random, uuid_of};
use crate::compress;
use crate::credentials::Credentials;
use crate::cross_region;
use crate::endpoint::{self, Endpoint, EndpointError, Partitions};
use crate::error::NotSent;
use crate::message::RequestParts;
use crate::outgoing::Outgoing;
use crate::quirks::{self, Context};
use crate::serialize;
use crate::validate::{self, ParamFault};

/// A request without a signature yet.
#[derive(Debug, Clone)]
pub(crate) struct Prepared {
    pub(crate) outgoing: Outgoing,
    pub(crate) auth: Auth,
    /// Whether repeating it does nothing more.
    pub(crate) repeatable: bool,
    /// Set for copies between regions.
    pub(crate) copies: Option<cross_region::Habit>,
    /// The directory bucket whose session signs.
    pub(crate) session_of: Option<String>,
}

/// What a request is made for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Purpose {
    /// To be sent.
    Send,
    /// To be given away as a URL, which bears neither checksums nor wishes for them.
    Url,
}

/// The parameters as they are sent: touched up, with tokens, and held against the model. Says besides whether they
/// bear a token.
pub(crate) fn parameters(
    call: &Call,
    operation: &Operation,
    options: &CallOptions,
    random: &dyn Random,
    purpose: Purpose,
) -> Result<(Map, bool), NotSent> {
    let context = Context { service: &call.service, operation, given: &call.params };
    let mut params = call.params.clone();
    quirks::on_params(&context, &mut params).map_err(|fault| NotSent::Params(vec![ParamFault(fault)]))?;
    if purpose == Purpose::Url
        && let Some(member) =
            operation.checksum.as_ref().and_then(|traits| traits.request_validation_mode_member.as_ref())
        && !call.params.contains(member)
    {
        params.remove(member);
    }
    let bears_token = fill_tokens(call, operation, options, random, &mut params);
    if options.validate {
        validate::validate(&call.service, operation, &params).map_err(NotSent::Params)?;
    }
    Ok((params, bears_token))
}

/// Gives the parameters the idempotency tokens that they lack; says whether they bear one now.
pub(crate) fn fill_tokens(
    call: &Call,
    operation: &Operation,
    options: &CallOptions,
    random: &dyn Random,
    params: &mut Map,
) -> bool {
    let mut count = 0;
    serialize::fill_tokens(&call.service, operation, params, &mut || {
        count += 1;
        token(call, &options.idempotency, count, random)
    })
}

/// An idempotency token: random, or what the seed makes of this very call.
fn token(call: &Call, source: &Idempotency, count: u32, random: &dyn Random) -> String {
    let Idempotency::Seed(seed) = source else { return random.uuid() };
    let mut hash = digest::Context::new(&digest::SHA256);
    let params = Value::Map(call.params.clone()).to_json(JsonStyle::Compact);
    for part in [seed, call.service.name(), call.operation.as_str(), &count.to_string(), &params] {
        hash.update(&(part.len() as u64).to_le_bytes());
        hash.update(part.as_bytes());
    }
    let mut bytes = [0; 16];
    bytes.copy_from_slice(&hash.finish().as_ref()[..16]);
    uuid_of(bytes)
}

/// Makes the request: message, endpoint, checksum, and how it is to be signed.
pub(crate) fn request(
    call: &Call,
    operation: &Operation,
    params: &Map,
    options: &CallOptions,
    credentials: Option<&Credentials>,
    partitions: &Partitions<'_>,
    purpose: Purpose,
) -> Result<Prepared, NotSent> {
    let service: &Service = &call.service;
    let context = Context { service, operation, given: &call.params };
    // The endpoint first, as in botocore: its rules name what is wrong with a label better than serialization does.
    let account = credentials.and_then(|credentials| credentials.account_id.as_deref());
    let endpoint =
        endpoint::resolve(service, operation, params, options, account, partitions).map_err(refused)?;
    let mut parts = serialize::serialize(service, operation, params)?;
    quirks::on_request(&context, &mut parts);
    compress::compress(operation, &mut parts, options.compress_from);
    let url = quirks::endpoint_of(&context).unwrap_or_else(|| reachable(&endpoint.url, options));
    if purpose == Purpose::Send {
        add_checksum(service, operation, params, &mut parts, options, url.starts_with("https:"));
    }
    let outgoing = Outgoing::new(parts, &url, options.inject_host_prefix);
    let mut outgoing = outgoing.ok_or_else(|| NotSent::Endpoint(format!("`{url}` is no URL")))?;
    add_headers(&endpoint, &mut outgoing);
    let auth = match options.credentials {
        None if options.bearer_token.is_none() => Auth::None,
        _ => auth::choose(&context, &endpoint, &outgoing, options)?,
    };
    let is_express = matches!(&auth, Auth::Sign(scheme) if scheme.is_express());
    let bucket = params.get("Bucket").and_then(Value::as_text).filter(|_| is_express);
    let session_of = bucket.map(str::to_owned);
    let copies = cross_region::habit(service, operation);
    Ok(Prepared { outgoing, auth, repeatable: false, copies, session_of })
}

/// The endpoint's URL. Some rules put a label before whatever host they are given; where prefixes are switched off, none stands
/// before an IP address: no such name leads anywhere.
fn reachable(url: &str, options: &CallOptions) -> String {
    let given = options.endpoint_url.as_deref().filter(|_| !options.inject_host_prefix);
    let authority = |url: &str| url.split('/').nth(2).unwrap_or_default().to_owned();
    let Some(given) = given.map(authority) else { return url.to_owned() };
    let host = given.rsplit_once(':').map_or(given.as_str(), |(host, _)| host);
    if host.parse::<Ipv4Addr>().is_err() || !authority(url).ends_with(&format!(".{given}")) {
        return url.to_owned();
    }
    url.replacen(&authority(url), &given, 1)
}

fn refused(error: EndpointError) -> NotSent {
    match error {
        EndpointError::NoRegion => NotSent::NoRegion,
        other => NotSent::Endpoint(other.to_string()),
    }
}

fn add_checksum(
    service: &Service,
    operation: &Operation,
    params: &Map,
    parts: &mut RequestParts,
    options: &CallOptions,
    https: bool,
) {
    let policy = match options.request_checksums {
        ChecksumWhen::Supported => ChecksumPolicy::WhenSupported,
        ChecksumWhen::Required => ChecksumPolicy::WhenRequired,
    };
    let wanted = checksum::resolve(service, operation, params, parts, policy, https);
    checksum::apply(parts, wanted);
}

fn add_headers(endpoint: &Endpoint, outgoing: &mut Outgoing) {
    for (name, value) in &endpoint.headers {
        outgoing.set_header(name, value.as_str());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_label_stands_before_an_address_where_prefixes_are_off() {
        for (url, given, inject, expected) in [
            ("http://1234.127.0.0.1:80/x", "http://127.0.0.1:80", false, "http://127.0.0.1:80/x"),
            ("http://1234.127.0.0.1:80/x", "http://127.0.0.1:80", true, "http://1234.127.0.0.1:80/x"),
            ("http://1234.local:80", "http://local:80", false, "http://1234.local:80"),
            ("http://127.0.0.1:80", "http://127.0.0.1:80", false, "http://127.0.0.1:80"),
        ] {
            let options = CallOptions {
                endpoint_url: Some(given.to_owned()),
                inject_host_prefix: inject,
                ..CallOptions::default()
            };
            assert_eq!(reachable(url, &options), expected);
        }
    }
}
