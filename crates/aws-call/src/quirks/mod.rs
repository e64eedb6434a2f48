//! What the models cannot say: services that need a call's parameters, request or answer touched up.
//!
//! One table, [`QUIRKS`]; each entry names its services and operations and what is done, and each theme has a file. The list
//! is botocore's (`handlers.py`), without what endpoint rules and signatures do today.
//!
//! Adding one: a function in the file of its theme, a line in the table, a case in that file's tests.
//!
//! Invariant: a quirk runs no code for services that it does not name. Absent on purpose: anything that the model says.

mod ec2;
mod expires;
mod glacier;
mod iam;
mod odd_requests;
mod route53;
mod s3;
mod sse;
mod unquote;

pub(crate) use expires::{put_expires, take_expires};

use aws_model::{Operation, Service};
use value::{Map, Value};

use crate::message::RequestParts;

/// The call that a quirk looks at.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Context<'a> {
    pub(crate) service: &'a Service,
    pub(crate) operation: &'a Operation,
    /// The parameters as the caller gave them, before any quirk.
    pub(crate) given: &'a Map,
}

/// What a quirk touches. A refusal is a sentence for the caller.
enum Hook {
    /// Parameters, before they are validated.
    Params(fn(&Context<'_>, &mut Map) -> Result<(), String>),
    /// The request, before it is signed.
    Request(fn(&Context<'_>, &mut RequestParts)),
    /// The answer: its body as it came, and what was read from it.
    Answer(fn(&Context<'_>, &[u8], &mut Value)),
}

struct Quirk {
    /// `serviceId`s.
    services: &'static [&'static str],
    /// Operations; all if empty.
    operations: &'static [&'static str],
    hook: Hook,
}

const S3: &[&str] = &["S3"];
const LISTS: &[&str] = &["ListObjects", "ListObjectsV2", "ListObjectVersions"];
const COPIES: &[&str] = &["CopyObject", "UploadPartCopy"];
const WITH_METADATA: &[&str] = &["CopyObject", "PutObject", "CreateMultipartUpload"];
const ESCAPED: &[&str] = &["DeleteObjects", "PutBucketLifecycleConfiguration"];
const WITH_KEY: &[&str] = &[
    "HeadObject",
    "GetObject",
    "PutObject",
    "CopyObject",
    "CreateMultipartUpload",
    "UploadPart",
    "UploadPartCopy",
    "CompleteMultipartUpload",
];

const QUIRKS: &[Quirk] = &[
    Quirk { services: S3, operations: &[], hook: Hook::Params(s3::check_bucket) },
    Quirk { services: S3, operations: &[], hook: Hook::Params(s3::ask_for_checksums) },
    Quirk { services: S3, operations: LISTS, hook: Hook::Params(s3::ask_for_encoded_keys) },
    Quirk { services: S3, operations: COPIES, hook: Hook::Params(s3::quote_copy_source) },
    Quirk { services: S3, operations: WITH_METADATA, hook: Hook::Params(s3::check_metadata) },
    Quirk { services: S3, operations: WITH_KEY, hook: Hook::Params(sse::digest_key) },
    Quirk { services: S3, operations: COPIES, hook: Hook::Params(sse::digest_source_key) },
    Quirk { services: S3, operations: &[], hook: Hook::Request(s3::drop_bucket_from_path) },
    Quirk { services: S3, operations: ESCAPED, hook: Hook::Request(s3::escape_line_ends) },
    Quirk { services: S3, operations: LISTS, hook: Hook::Answer(s3::decode_keys) },
    Quirk { services: S3, operations: &["GetBucketLocation"], hook: Hook::Answer(s3::read_location) },
    Quirk { services: &["S3 Control"], operations: &[], hook: Hook::Request(s3::drop_account_prefix) },
    Quirk { services: &["IAM"], operations: &[], hook: Hook::Answer(iam::decode_policies) },
    Quirk {
        services: &["CloudFormation"],
        operations: &["GetTemplate"],
        hook: Hook::Answer(iam::decode_template),
    },
    Quirk { services: &["EC2"], operations: &["RunInstances"], hook: Hook::Params(ec2::encode_user_data) },
    Quirk {
        services: &["Auto Scaling"],
        operations: &["CreateLaunchConfiguration"],
        hook: Hook::Params(ec2::encode_user_data),
    },
    Quirk {
        services: &["EC2"],
        operations: &["GetConsoleOutput"],
        hook: Hook::Answer(ec2::decode_console_output),
    },
    Quirk { services: &["Route 53"], operations: &[], hook: Hook::Params(route53::trim_ids) },
    Quirk { services: &["Glacier"], operations: &[], hook: Hook::Params(glacier::default_account) },
    Quirk { services: &["Glacier"], operations: &[], hook: Hook::Request(glacier::add_version) },
    Quirk {
        services: &["Glacier"],
        operations: &["UploadArchive", "UploadMultipartPart"],
        hook: Hook::Request(glacier::add_digests),
    },
    Quirk { services: &["API Gateway"], operations: &[], hook: Hook::Request(odd_requests::accept_json) },
    Quirk {
        services: &["CloudSearch Domain"],
        operations: &["Search"],
        hook: Hook::Request(odd_requests::search_by_post),
    },
];

fn of<'a>(context: &'a Context<'_>) -> impl Iterator<Item = &'static Hook> + 'a {
    let service = context.service.metadata().service_id.as_str();
    let operation = context.operation.name.as_str();
    let applies = move |quirk: &&Quirk| {
        quirk.services.contains(&service)
            && (quirk.operations.is_empty() || quirk.operations.contains(&operation))
    };
    QUIRKS.iter().filter(applies).map(|quirk| &quirk.hook)
}

/// Touches up parameters, before they are validated.
///
/// # Errors
///
/// A sentence for the caller, where parameters cannot work.
pub(crate) fn on_params(context: &Context<'_>, params: &mut Map) -> Result<(), String> {
    for hook in of(context) {
        if let Hook::Params(run) = hook {
            run(context, params)?;
        }
    }
    Ok(())
}

/// Touches up a request, before it is signed. A path may be empty afterwards: then the endpoint's own path is meant.
pub(crate) fn on_request(context: &Context<'_>, parts: &mut RequestParts) {
    if context.operation.endpoint_operation {
        parts.set_header("x-amz-api-version", context.service.metadata().api_version.as_str());
    }
    for hook in of(context) {
        if let Hook::Request(run) = hook {
            run(context, parts);
        }
    }
}

/// Touches up an answer. `body` is the answer's body as it came; empty where it was streamed.
pub(crate) fn on_answer(context: &Context<'_>, body: &[u8], value: &mut Value) {
    for hook in of(context) {
        if let Hook::Answer(run) = hook {
            run(context, body, value);
        }
    }
}

/// An endpoint that the call's own parameters name, in place of the service's: Machine Learning's predictions.
pub(crate) fn endpoint_of(context: &Context<'_>) -> Option<String> {
    let predicts =
        context.service.metadata().service_id == "Machine Learning" && context.operation.name == "Predict";
    let endpoint = predicts.then(|| context.given.get("PredictEndpoint")).flatten()?;
    endpoint.as_text().map(str::to_owned)
}

/// Whether the operation is called without a signature although its model does not say so.
pub(crate) fn is_unsigned(context: &Context<'_>) -> bool {
    matches!(
        (context.service.metadata().service_id.as_str(), context.operation.name.as_str()),
        ("Cognito Identity", "GetId" | "GetOpenIdToken" | "UnlinkIdentity" | "GetCredentialsForIdentity")
            | ("STS", "AssumeRoleWithSAML" | "AssumeRoleWithWebIdentity")
    )
}

#[cfg(test)]
mod tests;
