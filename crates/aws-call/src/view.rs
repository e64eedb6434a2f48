//! A shape as one place uses it: the member's traits, and below them the shape's own.

use aws_model::{Member, Service, Shape, ShapeId, ShapeKind, TimestampFormat, XmlNamespace};
use value::Key;

/// A shape at its place.
#[derive(Clone, Copy)]
pub(crate) struct View<'a> {
    /// The service whose model it is of.
    pub(crate) service: &'a Service,
    /// Its place in the service's table.
    pub(crate) id: ShapeId,
    /// What it is.
    pub(crate) shape: &'a Shape,
    /// Where it stands; nothing for an operation's input or output.
    pub(crate) member: Option<&'a Member>,
}

impl<'a> View<'a> {
    /// A shape that stands alone.
    pub(crate) fn of(service: &'a Service, id: ShapeId) -> View<'a> {
        View { service, id, shape: service.shape(id), member: None }
    }

    /// The shape of a member, list item, map key or map value.
    pub(crate) fn at(self, member: &'a Member) -> View<'a> {
        View {
            service: self.service,
            id: member.shape,
            shape: self.service.shape(member.shape),
            member: Some(member),
        }
    }

    pub(crate) fn kind(self) -> &'a ShapeKind {
        &self.shape.kind
    }

    /// The name on the wire, if the model sets one.
    pub(crate) fn wire_name(self) -> Option<&'a Key> {
        self.member.and_then(|member| member.wire_name.as_ref()).or(self.shape.traits.wire_name.as_ref())
    }

    pub(crate) fn query_name(self) -> Option<&'a Key> {
        self.member.and_then(|member| member.query_name.as_ref())
    }

    pub(crate) fn flattened(self) -> bool {
        self.shape.traits.flattened || self.member.is_some_and(|member| member.traits.flattened)
    }

    pub(crate) fn xml_attribute(self) -> bool {
        self.shape.traits.xml_attribute || self.member.is_some_and(|member| member.traits.xml_attribute)
    }

    pub(crate) fn json_value(self) -> bool {
        self.shape.traits.json_value || self.member.is_some_and(|member| member.traits.json_value)
    }

    pub(crate) fn document(self) -> bool {
        self.shape.traits.document || self.member.is_some_and(|member| member.traits.document)
    }

    pub(crate) fn union(self) -> bool {
        self.shape.traits.union
    }

    pub(crate) fn event_stream(self) -> bool {
        self.shape.traits.event_stream || self.member.is_some_and(|member| member.traits.event_stream)
    }

    pub(crate) fn xml_namespace(self) -> Option<&'a XmlNamespace> {
        self.member.and_then(|member| member.traits.xml_namespace.as_ref()).or(self
            .shape
            .traits
            .xml_namespace
            .as_ref())
    }

    pub(crate) fn timestamp_format(self, default: TimestampFormat) -> TimestampFormat {
        self.member
            .and_then(|member| member.traits.timestamp_format)
            .or(self.shape.traits.timestamp_format)
            .unwrap_or(default)
    }

    /// The member that is the whole body, if the structure names one.
    pub(crate) fn payload(self) -> Option<&'a Member> {
        self.shape.member(self.shape.traits.payload.as_ref()?)
    }

    /// The member that is a stream of events, if there is one.
    pub(crate) fn event_stream_member(self) -> Option<&'a Member> {
        self.shape.members().iter().find(|member| self.at(member).event_stream())
    }
}
