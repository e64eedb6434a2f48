//! What is known of a structure before its first element is read, and how elements and attributes find their members.

use aws_model::{Location, Member, ShapeKind};
use std::cell::Cell;

use quick_xml::events::BytesStart;
use value::Key;

use super::super::{ParseError, malformed};
use super::scanner::Tag;
use crate::view::View;

/// A structure's members by the names of their elements.
pub(super) struct Plan<'a> {
    pub(super) members: Vec<Planned<'a>>,
    /// Whether any member is an attribute.
    pub(super) attributes: bool,
    /// Which member came the last time first, and behind each: it is looked at first, because what a service writes a
    /// thousand times it writes in the same order.
    next: Box<[Cell<usize>]>,
}

/// One member.
pub(super) struct Planned<'a> {
    /// The element's name.
    pub(super) name: &'a str,
    pub(super) key: &'a Key,
    pub(super) view: View<'a>,
    /// The member's elements stand beside each other.
    pub(super) flattened: bool,
    pub(super) attribute: bool,
    /// The plan of the member's own shape is needed before its children: it has attributes.
    pub(super) has_attributes: bool,
    /// The member is text as it stands there.
    pub(super) text: bool,
    /// Its elements are recognised by their name alone.
    plain: bool,
}

/// An element's attributes by name.
pub(super) type Attributes = Vec<(String, String)>;

fn planned<'a>(view: View<'a>, member: &'a Member) -> Planned<'a> {
    let flattened = view.flattened();
    let item_name = match view.kind() {
        ShapeKind::List(item) if flattened => view.at(item).wire_name(),
        _ => None,
    };
    let element = match view.kind() {
        ShapeKind::List(item) if flattened => view.at(item),
        _ => view,
    };
    let elsewhere = matches!(member.location, Location::Header | Location::Headers | Location::StatusCode);
    // No element has an empty name.
    let name = if elsewhere || member.event_header {
        ""
    } else {
        item_name.or(view.wire_name()).unwrap_or(&member.name)
    };
    let has_attributes = element.shape.members().iter().any(|member| element.at(member).xml_attribute());
    Planned {
        name,
        key: &member.name,
        view,
        flattened: flattened && matches!(view.kind(), ShapeKind::List(_) | ShapeKind::Map { .. }),
        attribute: view.xml_attribute(),
        has_attributes,
        text: matches!(view.kind(), ShapeKind::String),
        plain: !has_attributes && is_plain(name),
    }
}

impl<'a> Plan<'a> {
    pub(super) fn of(view: View<'a>) -> Plan<'a> {
        let members: Vec<Planned<'a>> =
            view.shape.members().iter().map(|member| planned(view.at(member), member)).collect();
        let attributes = members.iter().any(|member| member.attribute);
        let next = (0..=members.len()).map(Cell::new).collect();
        Plan { members, attributes, next }
    }

    /// The place of the member that came last time where `before` is now, if its elements bear no more than a name.
    pub(super) fn expected(&self, before: usize) -> Option<usize> {
        let next = self.next.get(before)?.get();
        self.members.get(next).is_some_and(|member| member.plain).then_some(next)
    }

    /// The place of the member of that element name; `before` is one more than that of the member before it.
    pub(super) fn find(&self, name: &str, before: usize) -> Option<usize> {
        let next = self.next.get(before)?;
        if self.members.get(next.get()).is_some_and(|member| member.name == name) {
            return Some(next.get());
        }
        let found = self.members.iter().position(|member| member.name == name)?;
        next.set(found);
        Some(found)
    }
}

/// Whether an element of that name is known by it: one with a prefix would be another.
pub(super) fn is_plain(name: &str) -> bool {
    !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_'))
}

pub(super) fn attributes(tag: Tag<'_>) -> Result<Attributes, ParseError> {
    BytesStart::from_content(tag.content, tag.name_length)
        .attributes()
        .map(|attribute| {
            let attribute = attribute.map_err(|error| malformed("XML", error))?;
            let value = attribute
                .normalized_value(quick_xml::XmlVersion::Implicit1_0)
                .map_err(|error| malformed("XML", error))?;
            Ok((attribute.key.into_inner().to_owned(), value.into_owned()))
        })
        .collect()
}

/// Whether an attribute has the model's name; which prefix a document chose for a namespace does not matter.
pub(super) fn same_attribute(wanted: &str, found: &str) -> bool {
    match (wanted.split_once(':'), found.split_once(':')) {
        (Some((_, wanted)), Some((_, found))) => wanted == found,
        (None, None) => wanted == found,
        _ => false,
    }
}
