//! What a service offers.

use value::Key;

use crate::ShapeId;

/// The protocols that AWS services speak.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Protocol {
    /// Form in, XML out.
    Query,
    /// Query with EC2's own list and name rules.
    Ec2,
    /// One JSON document each way; the operation stands in a header.
    Json,
    /// HTTP bindings with JSON bodies.
    RestJson,
    /// HTTP bindings with XML bodies.
    RestXml,
    /// Smithy RPC v2 with CBOR bodies.
    RpcV2Cbor,
}

/// A service's own facts (`metadata` in its model).
#[derive(Debug, Clone)]
pub struct Metadata {
    /// `apiVersion`
    pub api_version: Key,
    /// `endpointPrefix`
    pub endpoint_prefix: Key,
    /// The name to sign with, where it differs from the endpoint prefix (`signingName`).
    pub signing_name: Option<Key>,
    /// `serviceId`
    pub service_id: Key,
    /// `serviceFullName`
    pub full_name: Key,
    /// `serviceAbbreviation`
    pub abbreviation: Option<Key>,
    /// The protocol to speak: the first of botocore's preference that the model lists.
    pub protocol: Protocol,
    /// `jsonVersion`, as `1.0` or `1.1`
    pub json_version: Option<Key>,
    /// What stands before the operation's name in `X-Amz-Target`.
    pub target_prefix: Option<Key>,
    /// The namespace of XML bodies.
    pub xml_namespace: Option<crate::XmlNamespace>,
    /// `signatureVersion`: `v4`, `s3v4`, `v2`, `bearer` …
    pub signature_version: Key,
    /// `auth`, in the model's order: `aws.auth#sigv4`, `smithy.api#noAuth` …
    pub auth: Vec<Key>,
    /// `globalEndpoint`
    pub global_endpoint: Option<Key>,
    /// Errors carry the code of the query protocol in a header.
    pub aws_query_compatible: bool,
    /// `uid`
    pub uid: Option<Key>,
    /// `protocolSettings.h2`: `optional` or `eventstream` where the service speaks HTTP/2.
    pub http2: Option<Key>,
}

/// One operation of a service.
#[derive(Debug, Clone, Default)]
pub struct Operation {
    /// Its name in the model, `DescribeInstances`.
    pub name: Key,
    /// HTTP method.
    pub method: Key,
    /// Path with labels, and a query string where the model has one.
    pub uri: Key,
    /// The status of a success, where the model says (`http.responseCode`).
    pub response_code: Option<u16>,
    /// The structure it takes, if any.
    pub input: Option<ShapeId>,
    /// The element that wraps the input in XML bodies, and its namespace.
    pub input_wrapper: Option<(Key, Option<crate::XmlNamespace>)>,
    /// The structure it answers with, if any.
    pub output: Option<ShapeId>,
    /// The element that wraps the output in query answers (`resultWrapper`).
    pub result_wrapper: Option<Key>,
    /// Error structures it may answer with.
    pub errors: Vec<ShapeId>,
    /// `endpoint.hostPrefix`, with `{labels}`.
    pub host_prefix: Option<Key>,
    /// `authtype`: `none`, `v4-unsigned-body`, `custom` …
    pub auth_type: Option<Key>,
    /// `auth`, where it differs from the service's.
    pub auth: Vec<Key>,
    /// The body is not part of the signature.
    pub unsigned_payload: bool,
    /// Safe to call twice, says the model.
    pub idempotent: bool,
    /// Changes nothing, says the model (and is wrong at times).
    pub read_only: bool,
    /// Deprecated.
    pub deprecated: bool,
    /// `httpChecksumRequired`
    pub checksum_required: bool,
    /// `httpChecksum`
    pub checksum: Option<ChecksumTraits>,
    /// Encodings a body may be compressed with.
    pub request_compression: Vec<Key>,
    /// This operation finds endpoints for the others.
    pub endpoint_operation: bool,
    /// `endpointdiscovery`: `Some(required)`.
    pub endpoint_discovery: Option<bool>,
    /// Fixed endpoint rule parameters; values are text, booleans or lists of text.
    pub static_context_params: Vec<(Key, value::Value)>,
    /// Endpoint rule parameters taken from the input by a JMESPath expression.
    pub operation_context_params: Vec<(Key, Key)>,
}

/// `httpChecksum` of an operation.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct ChecksumTraits {
    /// A checksum must be sent.
    pub request_required: bool,
    /// The member that chooses the algorithm.
    pub request_algorithm_member: Option<Key>,
    /// The member that asks for checksums in answers.
    pub request_validation_mode_member: Option<Key>,
    /// Algorithms that answers may bear.
    pub response_algorithms: Vec<Key>,
}

/// How an operation's pages follow each other (`paginators-1.json`).
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Paginator {
    /// Input members that take the next page's tokens.
    pub input_tokens: Vec<Key>,
    /// JMESPath expressions that yield those tokens.
    pub output_tokens: Vec<Key>,
    /// The input member that limits a page.
    pub limit_key: Option<Key>,
    /// JMESPath expressions of what pages are made of; the first is the primary one.
    pub result_keys: Vec<Key>,
    /// JMESPath expression that says whether there is more.
    pub more_results: Option<Key>,
    /// Members that every page repeats.
    pub non_aggregate_keys: Vec<Key>,
}

/// A named wait for a state (`waiters-2.json`).
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Waiter {
    /// `InstanceRunning`
    pub name: Key,
    /// The operation that is polled.
    pub operation: Key,
    /// Seconds between polls.
    pub delay: u32,
    /// Polls before giving up.
    pub max_attempts: u32,
    /// Rules, the first that matches decides.
    pub acceptors: Vec<Acceptor>,
}

/// One rule of a waiter.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Acceptor {
    /// `path`, `pathAll`, `pathAny`, `status`, `error`
    pub matcher: Key,
    /// A JMESPath expression, for the path matchers.
    pub argument: Option<Key>,
    /// What is compared with.
    pub expected: value::Value,
    /// `success`, `failure` or `retry`
    pub state: Key,
}
