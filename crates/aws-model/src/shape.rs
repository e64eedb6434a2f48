//! What a service's data looks like.

use value::Key;

/// A shape's place in its service's table.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ShapeId(pub u32);

/// One data type of a service.
#[derive(Debug, Clone, Default)]
pub struct Shape {
    /// The name that the model gives it.
    pub name: Key,
    /// What it is made of.
    pub kind: ShapeKind,
    /// Limits that a value of this shape keeps.
    pub bounds: Bounds,
    /// Traits that hold wherever the shape is used.
    pub traits: ShapeTraits,
    /// Set on structures that are errors.
    pub error: Option<ErrorTraits>,
    /// The names of a structure's required members in the order in which the model demands them, which is the order
    /// of complaints and not always the order of the members.
    pub required: Vec<Key>,
    /// Not for use any more.
    pub deprecated: bool,
}

/// What a shape is made of.
#[derive(Debug, Clone, Default)]
pub enum ShapeKind {
    /// Named members in the model's order.
    Structure(Vec<Member>),
    /// A list and its item.
    List(Box<Member>),
    /// A map from text to values.
    Map {
        /// The key, always text.
        key: Box<Member>,
        /// The value.
        value: Box<Member>,
    },
    /// Text, with the values it may take if they are listed.
    #[default]
    String,
    /// One character, which no service uses differently from text.
    Character,
    /// 32 bits (the models say nothing of smaller ones).
    Integer,
    /// 64 bits.
    Long,
    /// 32-bit floating point.
    Float,
    /// 64-bit floating point.
    Double,
    /// An integer of any size.
    BigInteger,
    /// A decimal of any size.
    BigDecimal,
    /// `true` or `false`.
    Boolean,
    /// A point in time.
    Timestamp,
    /// Bytes.
    Blob,
}

/// A use of a shape: as a structure's member, a list's item, a map's key or value. Its traits win over the shape's.
#[derive(Debug, Clone, Default)]
pub struct Member {
    /// The member's name; empty for list items, map keys and map values.
    pub name: Key,
    /// The shape it has.
    pub shape: ShapeId,
    /// Where in an HTTP message it travels.
    pub location: Location,
    /// Its name on the wire where that differs from `name` (`locationName`; for map and list parts too).
    pub wire_name: Option<Key>,
    /// Its name in the ec2 protocol's queries (`queryName`).
    pub query_name: Option<Key>,
    /// Whether a structure must have it.
    pub required: bool,
    /// The remaining traits.
    pub traits: ShapeTraits,
    /// The endpoint rule parameter that it fills (`contextParam`).
    pub context_param: Option<Key>,
    /// Filled with a fresh token when absent.
    pub idempotency_token: bool,
    /// Inserted into the host prefix.
    pub host_label: bool,
    /// Not for use any more.
    pub deprecated: bool,
    /// Carries an event's payload.
    pub event_payload: bool,
    /// Carries one of an event's headers.
    pub event_header: bool,
}

/// Traits that models put on shapes and on members alike.
#[derive(Debug, Clone, Default)]
pub struct ShapeTraits {
    /// Items stand beside each other instead of inside an element of their own.
    pub flattened: bool,
    /// A body that is read as a stream.
    pub streaming: bool,
    /// Text that holds JSON.
    pub json_value: bool,
    /// May not be shown.
    pub sensitive: bool,
    /// A structure of which exactly one member is set.
    pub union: bool,
    /// A structure that holds any JSON.
    pub document: bool,
    /// A structure of events.
    pub event_stream: bool,
    /// One event of an event stream.
    pub event: bool,
    /// Written as an attribute of the parent's element.
    pub xml_attribute: bool,
    /// `box`: absent and zero differ.
    pub boxed: bool,
    /// A blob that needs its length before it is sent.
    pub requires_length: bool,
    /// The form of a timestamp where the protocol's own is not meant.
    pub timestamp_format: Option<TimestampFormat>,
    /// XML namespace.
    pub xml_namespace: Option<XmlNamespace>,
    /// `locationName` on a shape: the element's name in XML.
    pub wire_name: Option<Key>,
    /// The values that a text may take; empty means any.
    pub values: Vec<Key>,
    /// For structures: the member that is the whole body.
    pub payload: Option<Key>,
}

/// Limits that a value keeps: length for text, lists, maps and blobs; size for numbers.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Bounds {
    /// The least length or number.
    pub min: Option<f64>,
    /// The greatest length or number.
    pub max: Option<f64>,
    /// A regular expression in the model's dialect; not enforced by the AWS CLI.
    pub pattern: Option<Key>,
}

/// Traits of an error structure.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct ErrorTraits {
    /// The code on the wire where it differs from the shape's name.
    pub code: Option<Key>,
    /// The status it comes with.
    pub http_status: Option<u16>,
    /// The caller's fault rather than the service's.
    pub sender_fault: bool,
    /// Worth trying again.
    pub retryable: bool,
    /// Worth trying again, slower.
    pub throttling: bool,
}

/// Where in an HTTP message a member travels.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Location {
    /// In the body.
    #[default]
    Body,
    /// In the path.
    Uri,
    /// In the query string.
    QueryString,
    /// A header.
    Header,
    /// All headers that begin with a prefix.
    Headers,
    /// The status code.
    StatusCode,
}

/// How a timestamp is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TimestampFormat {
    /// `2024-01-02T03:04:05Z`
    Iso8601,
    /// `Tue, 02 Jan 2024 03:04:05 GMT`
    Rfc822,
    /// Seconds since 1970, with a fraction where there is one.
    Unix,
}

/// An XML namespace declaration.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct XmlNamespace {
    /// The namespace.
    pub uri: Key,
    /// The prefix that it is bound to.
    pub prefix: Option<Key>,
}

impl Default for ShapeId {
    /// No shape: past the end of every table.
    fn default() -> ShapeId {
        ShapeId(u32::MAX)
    }
}

impl Shape {
    /// The members, if this is a structure; else none.
    pub fn members(&self) -> &[Member] {
        match &self.kind {
            ShapeKind::Structure(members) => members,
            _ => &[],
        }
    }

    /// The member of that name, if this is a structure that has one.
    pub fn member(&self, name: &str) -> Option<&Member> {
        self.members().iter().find(|member| member.name.as_str() == name)
    }
}
