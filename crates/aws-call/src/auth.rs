//! Which signature a call bears: what the operation says, then what its endpoint says, then what the service says.

use aws_model::{Operation, Service, ShapeKind};
use value::Key;

use crate::call::CallOptions;
use crate::endpoint::{AuthScheme, Endpoint};
use crate::error::NotSent;
use crate::global;
use crate::outgoing::Outgoing;
use crate::quirks::{self, Context};
use crate::sign::{Payload, SESSION_HEADER, Scheme, Version};

/// How a request shows who sends it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Auth {
    /// Not at all.
    None,
    /// By a signature.
    Sign(Scheme),
    /// By a signature of version 2 in the form.
    SignV2,
    /// By a token in the `Authorization` header.
    Bearer,
}

/// Signing names that sign in S3's dialect.
const S3_NAMES: [&str; 4] = ["s3", "s3-outposts", "s3-object-lambda", "s3express"];

/// Whether the operation is never signed.
pub(crate) fn is_unsigned(context: &Context<'_>) -> bool {
    let operation = context.operation;
    operation.auth_type.as_deref() == Some("none")
        || operation.auth.first().is_some_and(|scheme| scheme == "smithy.api#noAuth")
        || quirks::is_unsigned(context)
}

/// Chooses how a call is signed.
pub(crate) fn choose(
    context: &Context<'_>,
    endpoint: &Endpoint,
    request: &Outgoing,
    options: &CallOptions,
) -> Result<Auth, NotSent> {
    let (service, operation) = (context.service, context.operation);
    if is_unsigned(context) {
        return Ok(Auth::None);
    }
    let scheme = match endpoint.auth_schemes.is_empty() {
        true => None,
        false => Some(first_usable(&endpoint.auth_schemes, options)?),
    };
    if scheme.is_some_and(|scheme| scheme.name == "none") {
        return Ok(Auth::None);
    }
    if scheme.is_none()
        && let Some(other) = by_model(service, operation, options)?
    {
        return Ok(other);
    }
    let metadata = service.metadata();
    let own_name = metadata.signing_name.as_ref().unwrap_or(&metadata.endpoint_prefix);
    let name = scheme.and_then(|scheme| scheme.signing_name.clone()).unwrap_or_else(|| own_name.to_string());
    let version = version(service, operation, scheme, options);
    let region = match version {
        Version::V4 => region(scheme, request, options)?,
        Version::V4a => region_set(scheme, options),
    };
    let mut chosen = Scheme { version, ..Scheme::new(name, region) };
    // S3's Outposts service signs under a name of S3's, but plainly, and nothing but its model tells.
    let told = scheme.is_some() || operation.auth_type.is_some() || !operation.auth.is_empty();
    let own_dialect = matches!(metadata.signature_version.as_str(), "s3" | "s3v4");
    chosen.s3 = own_dialect || told && S3_NAMES.contains(&chosen.name.as_str());
    chosen.payload = payload(service, operation, request, &chosen, options);
    if scheme.is_some_and(|scheme| scheme.name == "sigv4-s3express") {
        chosen.token_header = SESSION_HEADER;
    }
    Ok(Auth::Sign(chosen))
}

/// The endpoint's word on the version counts, then the model's: what stands first there is preferred, unless the caller
/// prefers something else.
fn version(
    service: &Service,
    operation: &Operation,
    scheme: Option<&AuthScheme>,
    options: &CallOptions,
) -> Version {
    let asymmetric = match scheme {
        Some(scheme) => scheme.name == "sigv4a",
        None => {
            let mut listed = listed(service, operation, options).into_iter();
            listed.find(|name| matches!(*name, "sigv4" | "sigv4a")) == Some("sigv4a")
        }
    };
    if asymmetric { Version::V4a } else { Version::V4 }
}

fn region(scheme: Option<&AuthScheme>, request: &Outgoing, options: &CallOptions) -> Result<String, NotSent> {
    let region = scheme.and_then(|scheme| scheme.signing_region.clone());
    let region = region.or_else(|| region_of_host(&request.authority)).or_else(|| options.region.clone());
    let region = region.ok_or(NotSent::NoRegion)?;
    Ok(if region == global::REGION { global::SIGNING_REGION.to_owned() } else { region })
}

/// The regions in which a signature of version 4a is good: all of them, unless the caller or the endpoint names some.
fn region_set(scheme: Option<&AuthScheme>, options: &CallOptions) -> String {
    match (&options.sigv4a_regions, scheme) {
        (Some(regions), _) => regions.clone(),
        (None, Some(scheme)) if !scheme.signing_region_set.is_empty() => scheme.signing_region_set.join(","),
        _ => "*".to_owned(),
    }
}

/// Health is one service for a whole partition, whichever region's host is asked, and its rules do not always say so.
fn region_of_host(authority: &str) -> Option<String> {
    let place = authority.strip_prefix("global.health.").or_else(|| authority.strip_prefix("health."))?;
    let home = match place {
        "amazonaws.com" => "us-east-1",
        _ if place.ends_with("amazonaws.com.cn") => "cn-northwest-1",
        _ => {
            let region = place.strip_suffix(".amazonaws.com")?;
            if region == "us-east-2" || !is_commercial(region) {
                return None;
            }
            "us-east-1"
        }
    };
    Some(home.to_owned())
}

/// Whether a region belongs to the partition `aws`.
fn is_commercial(region: &str) -> bool {
    !["cn-", "us-gov-", "us-iso", "eu-iso", "eusc-"].iter().any(|prefix| region.starts_with(prefix))
}

/// The preferred scheme of those that are built, else the first; or a refusal that names the others.
fn first_usable<'a>(schemes: &'a [AuthScheme], options: &CallOptions) -> Result<&'a AuthScheme, NotSent> {
    let usable = |scheme: &&AuthScheme| {
        matches!(scheme.name.as_str(), "sigv4" | "sigv4a" | "sigv4-s3express" | "none")
    };
    let named = |name: &String| schemes.iter().filter(usable).find(|scheme| scheme.name == *name);
    let preferred = options.auth_preference.iter().find_map(named);
    preferred.or_else(|| schemes.iter().find(usable)).ok_or_else(|| {
        let names: Vec<&str> = schemes.iter().map(|scheme| scheme.name.as_str()).collect();
        refused(&names.join(", "))
    })
}

fn refused(scheme: &str) -> NotSent {
    NotSent::Unsupported(format!("requests signed by {scheme}"))
}

/// The ways to sign that the model lists, without their prefix: those that the caller prefers, then in the model's order.
fn listed<'a>(service: &'a Service, operation: &'a Operation, options: &CallOptions) -> Vec<&'a str> {
    let listed = if operation.auth.is_empty() { &service.metadata().auth } else { &operation.auth };
    let plain = |name: &'a Key| name.rsplit('#').next().unwrap_or(name);
    let mut names: Vec<&str> = listed.iter().map(plain).collect();
    let rank = |name: &str| options.auth_preference.iter().position(|preferred| preferred == name);
    names.sort_by_key(|name| rank(name).unwrap_or(usize::MAX));
    names
}

/// What the model asks for, if that is not version 4 or 4a.
fn by_model(
    service: &Service,
    operation: &Operation,
    options: &CallOptions,
) -> Result<Option<Auth>, NotSent> {
    let listed = listed(service, operation, options);
    let signs = |name: &str| matches!(name, "sigv4" | "sigv4a");
    let chosen =
        listed.iter().find(|name| options.auth_preference.iter().any(|preferred| preferred == *name));
    if chosen.is_some_and(|name| signs(name)) {
        return Ok(None);
    }
    if listed.contains(&"httpBearerAuth") && options.bearer_token.is_some() {
        return Ok(Some(Auth::Bearer));
    }
    if listed.iter().any(|name| signs(name)) {
        return Ok(None);
    }
    match listed.first() {
        Some(&"httpBearerAuth") => Ok(Some(Auth::Bearer)),
        Some(other) => Err(refused(other)),
        None => by_version(service, options),
    }
}

/// What a model asks for that lists nothing.
fn by_version(service: &Service, options: &CallOptions) -> Result<Option<Auth>, NotSent> {
    match service.metadata().signature_version.as_str() {
        "v4" | "s3v4" | "s3" | "" => Ok(None),
        "bearer" => Ok(Some(Auth::Bearer)),
        // Version 2 has never left the first partition.
        "v2" if options.region.as_deref().is_some_and(|region| !is_commercial(region)) => Ok(None),
        "v2" => Ok(Some(Auth::SignV2)),
        other => Err(refused(&format!("signature version {other}"))),
    }
}

fn payload(
    service: &Service,
    operation: &Operation,
    request: &Outgoing,
    scheme: &Scheme,
    options: &CallOptions,
) -> Payload {
    if request.header("x-amz-trailer").is_some() {
        return Payload::Trailer;
    }
    if operation.unsigned_payload || operation.auth_type.as_deref() == Some("v4-unsigned-body") {
        return Payload::Unsigned;
    }
    // A stream that bears a checksum and travels encrypted need not be hashed once more. (For version 4a the AWS CLI
    // takes no checksum but MD5 for one.)
    let checked = request.headers.iter().any(|(name, _)| {
        let name = name.to_ascii_lowercase();
        name == "content-md5" || scheme.version == Version::V4 && name.starts_with("x-amz-checksum-")
    });
    if scheme.s3 && checked && request.is_https() && !options.s3.sign_payload && streams(service, operation) {
        return Payload::Unsigned;
    }
    Payload::Signed
}

/// Whether the operation's input has a streamed body.
fn streams(service: &Service, operation: &Operation) -> bool {
    let Some(input) = operation.input.map(|id| service.shape(id)) else { return false };
    let Some(member) = input.traits.payload.as_ref().and_then(|name| input.member(name)) else {
        return false;
    };
    let shape = service.shape(member.shape);
    matches!(shape.kind, ShapeKind::Blob) && (member.traits.streaming || shape.traits.streaming)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn health_has_a_home_in_each_partition() {
        for (host, expected) in [
            ("global.health.amazonaws.com", Some("us-east-1")),
            ("health.ap-southeast-3.amazonaws.com", Some("us-east-1")),
            ("health.us-east-2.amazonaws.com", None),
            ("health.us-gov-west-1.amazonaws.com", None),
            ("global.health.amazonaws.com.cn", Some("cn-northwest-1")),
            ("healthlake.eu-west-1.amazonaws.com", None),
        ] {
            assert_eq!(region_of_host(host).as_deref(), expected, "{host}");
        }
    }
}
