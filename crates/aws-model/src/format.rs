//! The packed form of a service, as the packer writes it and the decoder reads it.
//!
//! A service is one run of bytes, compressed as a whole: strings (each once), the service's facts, then three tables
//! (shapes, operations, paginators), the waiters and the endpoint rules. A table is a count, the length of each
//! record, and the records; a record begins with its name, so it is found by binary search without decoding
//! others. Numbers are LEB128; a string is its index in the table of strings.
//!
//! Documentation is a run of slots, then texts of which each ends with a zero byte (`pack::docs`).
//! Absent on purpose: any compatibility between versions. Archive and binary are built together.

/// First byte of a packed service.
pub(crate) const VERSION: u8 = 1;
/// First bytes of the archive.
pub(crate) const MAGIC: &[u8; 8] = b"BHMODEL2";
/// How deep a tree of plain data (endpoint rules, partitions) may nest.
pub(crate) const MAX_DEPTH: usize = 100;

/// Bits of the byte that says which parts a service has.
pub(crate) mod parts {
    pub(crate) const PAGINATORS: u8 = 1;
    pub(crate) const WAITERS: u8 = 1 << 1;
    pub(crate) const RULES: u8 = 1 << 2;
}

/// What a shape is made of.
pub(crate) mod kind {
    pub(crate) const STRUCTURE: u8 = 0;
    pub(crate) const LIST: u8 = 1;
    pub(crate) const MAP: u8 = 2;
    pub(crate) const STRING: u8 = 3;
    pub(crate) const CHARACTER: u8 = 4;
    pub(crate) const INTEGER: u8 = 5;
    pub(crate) const LONG: u8 = 6;
    pub(crate) const FLOAT: u8 = 7;
    pub(crate) const DOUBLE: u8 = 8;
    pub(crate) const BIG_INTEGER: u8 = 9;
    pub(crate) const BIG_DECIMAL: u8 = 10;
    pub(crate) const BOOLEAN: u8 = 11;
    pub(crate) const TIMESTAMP: u8 = 12;
    pub(crate) const BLOB: u8 = 13;
}

/// Bits of a shape's own flags.
pub(crate) mod shape {
    pub(crate) const TRAITS: u64 = 1;
    pub(crate) const MIN: u64 = 1 << 1;
    pub(crate) const MAX: u64 = 1 << 2;
    pub(crate) const PATTERN: u64 = 1 << 3;
    pub(crate) const ERROR: u64 = 1 << 4;
    pub(crate) const DEPRECATED: u64 = 1 << 5;
}

/// Bits of the traits that shapes and members share.
pub(crate) mod traits {
    pub(crate) const FLATTENED: u64 = 1;
    pub(crate) const STREAMING: u64 = 1 << 1;
    pub(crate) const JSON_VALUE: u64 = 1 << 2;
    pub(crate) const SENSITIVE: u64 = 1 << 3;
    pub(crate) const UNION: u64 = 1 << 4;
    pub(crate) const DOCUMENT: u64 = 1 << 5;
    pub(crate) const EVENT_STREAM: u64 = 1 << 6;
    pub(crate) const EVENT: u64 = 1 << 7;
    pub(crate) const XML_ATTRIBUTE: u64 = 1 << 8;
    pub(crate) const BOXED: u64 = 1 << 9;
    pub(crate) const REQUIRES_LENGTH: u64 = 1 << 10;
    pub(crate) const TIMESTAMP: u64 = 1 << 11;
    pub(crate) const NAMESPACE: u64 = 1 << 12;
    pub(crate) const WIRE_NAME: u64 = 1 << 13;
    pub(crate) const VALUES: u64 = 1 << 14;
    pub(crate) const PAYLOAD: u64 = 1 << 15;
}

/// Bits of a member's flags; the lowest three hold its location.
pub(crate) mod member {
    pub(crate) const WIRE_NAME: u64 = 1 << 3;
    pub(crate) const QUERY_NAME: u64 = 1 << 4;
    pub(crate) const REQUIRED: u64 = 1 << 5;
    pub(crate) const TRAITS: u64 = 1 << 6;
    pub(crate) const CONTEXT_PARAM: u64 = 1 << 7;
    pub(crate) const IDEMPOTENCY_TOKEN: u64 = 1 << 8;
    pub(crate) const HOST_LABEL: u64 = 1 << 9;
    pub(crate) const DEPRECATED: u64 = 1 << 10;
    pub(crate) const EVENT_PAYLOAD: u64 = 1 << 11;
    pub(crate) const EVENT_HEADER: u64 = 1 << 12;
}

/// Bits of an error's flags.
pub(crate) mod error {
    pub(crate) const CODE: u64 = 1;
    pub(crate) const STATUS: u64 = 1 << 1;
    pub(crate) const SENDER: u64 = 1 << 2;
    pub(crate) const RETRYABLE: u64 = 1 << 3;
    pub(crate) const THROTTLING: u64 = 1 << 4;
}

/// Bits of an operation's flags.
pub(crate) mod operation {
    pub(crate) const INPUT: u64 = 1;
    pub(crate) const INPUT_WRAPPER: u64 = 1 << 1;
    pub(crate) const OUTPUT: u64 = 1 << 2;
    pub(crate) const RESULT_WRAPPER: u64 = 1 << 3;
    pub(crate) const HOST_PREFIX: u64 = 1 << 4;
    pub(crate) const AUTH_TYPE: u64 = 1 << 5;
    pub(crate) const AUTH: u64 = 1 << 6;
    pub(crate) const UNSIGNED_PAYLOAD: u64 = 1 << 7;
    pub(crate) const IDEMPOTENT: u64 = 1 << 8;
    pub(crate) const READ_ONLY: u64 = 1 << 9;
    pub(crate) const DEPRECATED: u64 = 1 << 10;
    pub(crate) const CHECKSUM_REQUIRED: u64 = 1 << 11;
    pub(crate) const CHECKSUM: u64 = 1 << 12;
    pub(crate) const COMPRESSION: u64 = 1 << 13;
    pub(crate) const ENDPOINT_OPERATION: u64 = 1 << 14;
    pub(crate) const DISCOVERY: u64 = 1 << 15;
    pub(crate) const DISCOVERY_REQUIRED: u64 = 1 << 16;
    pub(crate) const STATIC_PARAMS: u64 = 1 << 17;
    pub(crate) const CONTEXT_PARAMS: u64 = 1 << 18;
    pub(crate) const RESPONSE_CODE: u64 = 1 << 19;
}

/// Bits of `httpChecksum`.
pub(crate) mod checksum {
    pub(crate) const REQUIRED: u64 = 1;
    pub(crate) const ALGORITHM: u64 = 1 << 1;
    pub(crate) const VALIDATION: u64 = 1 << 2;
}

/// Tags of plain data.
pub(crate) mod tree {
    pub(crate) const NULL: u8 = 0;
    pub(crate) const FALSE: u8 = 1;
    pub(crate) const TRUE: u8 = 2;
    pub(crate) const INTEGER: u8 = 3;
    pub(crate) const FLOAT: u8 = 4;
    pub(crate) const TEXT: u8 = 5;
    pub(crate) const LIST: u8 = 6;
    pub(crate) const MAP: u8 = 7;
}
