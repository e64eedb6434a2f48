//! What is called, and how.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use aws_model::{Operation, Service};
use value::{Key, Map};

use crate::credentials::CredentialSource;
use crate::message::ParseOptions;
use crate::retry;
use crate::seen::RequestIds;

/// One call: an operation of a service and its parameters.
#[derive(Debug, Clone)]
pub struct Call {
    /// The service.
    pub service: Arc<Service>,
    /// The operation's name in the model, `DescribeInstances`.
    pub operation: Key,
    /// Parameters by the model's member names. Blobs are [`value::Value::Blob`], timestamps text or numbers.
    pub params: Map,
}

impl Call {
    /// A call of that operation.
    pub fn new(service: Arc<Service>, operation: impl Into<Key>, params: Map) -> Call {
        Call { service, operation: operation.into(), params }
    }

    /// The operation's model; `None` if the service has none of that name.
    pub fn model(&self) -> Option<&Operation> {
        self.service.operation(&self.operation)
    }
}

/// How a call is made. The defaults are those of an AWS CLI v2 without any configuration.
#[derive(Clone)]
pub struct CallOptions {
    /// The region, `eu-west-1`; most services refuse to go without.
    pub region: Option<String>,
    /// Who calls; `None` leaves requests unsigned (`--no-sign-request`).
    pub credentials: Option<Arc<dyn CredentialSource>>,
    /// The token for services that take one instead of a signature.
    pub bearer_token: Option<String>,
    /// Ways to sign in the caller's order of preference, by the models' names without prefix (`sigv4a`, `sigv4`,
    /// `httpBearerAuth`); what a service does not offer is passed over (`auth_scheme_preference`).
    pub auth_preference: Vec<String>,
    /// The regions, separated by commas, in which a signature of version 4a is good, whatever the endpoint says
    /// (`sigv4a_signing_region_set`).
    pub sigv4a_regions: Option<String>,
    /// An endpoint that takes the place of AWS's own (see [`crate::credentials::config::endpoint_url`]).
    pub endpoint_url: Option<String>,
    /// Endpoints that are validated by FIPS 140.
    pub fips: bool,
    /// Endpoints that also speak IPv6.
    pub dual_stack: bool,
    /// Whether operations may put a prefix before the endpoint's host (`AWS_DISABLE_HOST_PREFIX_INJECTION`).
    pub inject_host_prefix: bool,
    /// Whether endpoints may carry the caller's account id.
    pub account_id_endpoints: AccountIdEndpoints,
    /// Choices that only S3 and S3 Control know.
    pub s3: S3Options,
    /// Whether parameters are held against the model before anything else.
    pub validate: bool,
    /// How often and when a call is repeated.
    pub retry: RetryOptions,
    /// The time that all attempts together may take; `None` sets no limit.
    pub deadline: Option<Duration>,
    /// The longest wait for a connection; `None` sets no limit.
    pub connect_timeout: Option<Duration>,
    /// The longest silence of the other side while an answer is awaited or read; `None` sets no limit.
    pub read_timeout: Option<Duration>,
    /// Where idempotency tokens come from.
    pub idempotency: Idempotency,
    /// How answers are read, and how long they may be.
    pub parse: ParseOptions,
    /// The `User-Agent` header.
    pub user_agent: String,
    /// When requests that may carry a checksum do.
    pub request_checksums: ChecksumWhen,
    /// Bodies of this many bytes and more are compressed where the operation allows it; `None` never compresses.
    pub compress_from: Option<usize>,
    /// Where the request ids of all exchanges are noted.
    pub seen: Option<Arc<RequestIds>>,
}

impl CallOptions {
    /// The defaults, in that region.
    pub fn in_region(region: impl Into<String>) -> CallOptions {
        CallOptions { region: Some(region.into()), ..CallOptions::default() }
    }

    /// The same, signed by those credentials.
    pub fn with_credentials(mut self, credentials: Arc<dyn CredentialSource>) -> CallOptions {
        self.credentials = Some(credentials);
        self
    }
}

impl Default for CallOptions {
    fn default() -> CallOptions {
        CallOptions {
            region: None,
            credentials: None,
            bearer_token: None,
            auth_preference: Vec::new(),
            sigv4a_regions: None,
            endpoint_url: None,
            fips: false,
            dual_stack: false,
            inject_host_prefix: true,
            account_id_endpoints: AccountIdEndpoints::Preferred,
            s3: S3Options::default(),
            validate: true,
            retry: RetryOptions::default(),
            deadline: None,
            connect_timeout: Some(Duration::from_secs(60)),
            read_timeout: Some(Duration::from_secs(60)),
            idempotency: Idempotency::Random,
            parse: ParseOptions::default(),
            user_agent: concat!("bellhop/", env!("CARGO_PKG_VERSION")).to_owned(),
            request_checksums: ChecksumWhen::Supported,
            compress_from: Some(10_240),
            seen: None,
        }
    }
}

/// Shows everything but the credentials, of which only the presence is told.
impl fmt::Debug for CallOptions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("CallOptions")
            .field("region", &self.region)
            .field("signed", &self.credentials.is_some())
            .field("endpoint_url", &self.endpoint_url)
            .field("fips", &self.fips)
            .field("dual_stack", &self.dual_stack)
            .field("retry", &self.retry)
            .field("deadline", &self.deadline)
            .finish_non_exhaustive()
    }
}

/// Whether endpoints may carry the caller's account id (`account_id_endpoint_mode`).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum AccountIdEndpoints {
    /// Where the service offers it and the account is known.
    #[default]
    Preferred,
    /// Never.
    Disabled,
    /// Always; a call without a known account fails where the service offers such endpoints.
    Required,
}

/// Choices that only S3 and S3 Control know (`s3` section of a profile).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct S3Options {
    /// Where the bucket's name stands.
    pub addressing: Addressing,
    /// `use_accelerate_endpoint`
    pub accelerate: bool,
    /// Whether an ARN's region wins over the client's (`s3_use_arn_region`); AWS CLI v2 does so unless told not to.
    pub use_arn_region: bool,
    /// `s3_disable_multiregion_access_points`
    pub disable_multiregion_access_points: bool,
    /// `s3_disable_express_session_auth`
    pub disable_express_session_auth: bool,
    /// Whether bodies are signed also where `UNSIGNED-PAYLOAD` would do (`payload_signing_enabled`).
    pub sign_payload: bool,
}

impl Default for S3Options {
    fn default() -> S3Options {
        S3Options {
            addressing: Addressing::Auto,
            accelerate: false,
            use_arn_region: true,
            disable_multiregion_access_points: false,
            disable_express_session_auth: false,
            sign_payload: false,
        }
    }
}

/// Where a bucket's name stands in a URL (`addressing_style`).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Addressing {
    /// In the host where it can, else in the path.
    #[default]
    Auto,
    /// In the host.
    Virtual,
    /// In the path.
    Path,
}

/// How often and when a call is repeated.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RetryOptions {
    /// Which habit of AWS's SDKs is followed.
    pub mode: RetryMode,
    /// Attempts in all, the first included; at least 1.
    pub max_attempts: u32,
    /// What becomes of writes that may have happened.
    pub writes: WriteRetries,
    /// The longest pause between attempts that is not the service's own wish.
    pub longest_pause: Duration,
}

impl Default for RetryOptions {
    fn default() -> RetryOptions {
        RetryOptions {
            mode: RetryMode::Standard,
            max_attempts: 3,
            writes: WriteRetries::Careful,
            longest_pause: retry::LONGEST,
        }
    }
}

/// The retry habits of AWS's SDKs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum RetryMode {
    /// Exponential back-off with jitter, and a quota of retries that all calls of a client share.
    #[default]
    Standard,
    /// As [`RetryMode::Standard`], without the shared quota, and status 509 is tried again, too.
    Legacy,
    /// [`RetryMode::Standard`], and requests to a service that said “slower” go out no faster than it was seen to bear.
    Adaptive,
}

/// What becomes of a write without an idempotency token when its answer is lost: a timeout, a broken connection, a 5xx.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum WriteRetries {
    /// It is not repeated, and the caller is told that it may have happened.
    #[default]
    Careful,
    /// It is repeated, as the AWS CLI does.
    LikeAwsCli,
}

/// Where idempotency tokens come from.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum Idempotency {
    /// A random UUID for each call.
    #[default]
    Random,
    /// Derived from this text, the operation and its parameters: the same call from the same seed repeats its token,
    /// and no other call does.
    Seed(String),
}

/// When a request or an answer that may carry a checksum does (`request_checksum_calculation`).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum ChecksumWhen {
    /// Wherever the operation can.
    #[default]
    Supported,
    /// Only where the operation must.
    Required,
}
