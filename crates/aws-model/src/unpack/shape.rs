//! Shapes and members.

use super::{Cursor, Damage, Names};
use crate::format::{error, kind, member, shape as bits, traits};
use crate::{
    Bounds, ErrorTraits, Location, Member, Shape, ShapeId, ShapeKind, ShapeTraits, TimestampFormat,
    XmlNamespace,
};

/// Decodes one record; ids beyond `shapes` are damage.
pub(crate) fn shape(bytes: &[u8], names: &Names, shapes: usize) -> Result<Shape, Damage> {
    let mut cursor = Cursor::new(bytes);
    let name = names.next(&mut cursor)?;
    let kind = cursor.byte()?;
    let flags = cursor.number()?;
    let mut reader = Reader { cursor, names, shapes };
    let traits = if flags & bits::TRAITS != 0 { reader.traits()? } else { ShapeTraits::default() };
    let mut bound = |bit: u64| if flags & bit != 0 { reader.bound().map(Some) } else { Ok(None) };
    let (min, max) = (bound(bits::MIN)?, bound(bits::MAX)?);
    let pattern = reader.optional(flags & bits::PATTERN)?;
    let error = if flags & bits::ERROR != 0 { Some(reader.error()?) } else { None };
    let (kind, required) = reader.contents(kind)?;
    let bounds = Bounds { min, max, pattern };
    Ok(Shape { name, kind, bounds, traits, error, required, deprecated: flags & bits::DEPRECATED != 0 })
}

/// The bits of a member's flags that hold its location.
const LOCATION: u64 = 0b111;

struct Reader<'a> {
    cursor: Cursor<'a>,
    names: &'a Names,
    shapes: usize,
}

impl Reader<'_> {
    fn contents(&mut self, kind: u8) -> Result<(ShapeKind, Vec<value::Key>), Damage> {
        let kind = match kind {
            kind::STRUCTURE => {
                let count = self.cursor.count()?;
                let members = (0..count).map(|_| self.member()).collect::<Result<Vec<Member>, Damage>>()?;
                let count = self.cursor.count()?;
                let required = (0..count).map(|_| self.required(&members)).collect::<Result<_, Damage>>()?;
                return Ok((ShapeKind::Structure(members), required));
            }
            kind::LIST => ShapeKind::List(Box::new(self.member()?)),
            kind::MAP => ShapeKind::Map { key: Box::new(self.member()?), value: Box::new(self.member()?) },
            kind::STRING => ShapeKind::String,
            kind::CHARACTER => ShapeKind::Character,
            kind::INTEGER => ShapeKind::Integer,
            kind::LONG => ShapeKind::Long,
            kind::FLOAT => ShapeKind::Float,
            kind::DOUBLE => ShapeKind::Double,
            kind::BIG_INTEGER => ShapeKind::BigInteger,
            kind::BIG_DECIMAL => ShapeKind::BigDecimal,
            kind::BOOLEAN => ShapeKind::Boolean,
            kind::TIMESTAMP => ShapeKind::Timestamp,
            kind::BLOB => ShapeKind::Blob,
            _ => return Err(Damage::Tag),
        };
        Ok((kind, Vec::new()))
    }

    fn required(&mut self, members: &[Member]) -> Result<value::Key, Damage> {
        let position = self.cursor.index()? as usize;
        members.get(position).map(|member| member.name.clone()).ok_or(Damage::Index)
    }

    fn member(&mut self) -> Result<Member, Damage> {
        let name = self.names.next(&mut self.cursor)?;
        let shape = shape_id(&mut self.cursor, self.shapes)?;
        let flags = self.cursor.number()?;
        let has = |bit: u64| flags & bit != 0;
        Ok(Member {
            name,
            shape,
            location: location(flags & LOCATION)?,
            wire_name: self.optional(flags & member::WIRE_NAME)?,
            query_name: self.optional(flags & member::QUERY_NAME)?,
            required: has(member::REQUIRED),
            traits: if has(member::TRAITS) { self.traits()? } else { ShapeTraits::default() },
            context_param: self.optional(flags & member::CONTEXT_PARAM)?,
            idempotency_token: has(member::IDEMPOTENCY_TOKEN),
            host_label: has(member::HOST_LABEL),
            deprecated: has(member::DEPRECATED),
            event_payload: has(member::EVENT_PAYLOAD),
            event_header: has(member::EVENT_HEADER),
        })
    }

    fn traits(&mut self) -> Result<ShapeTraits, Damage> {
        let flags = self.cursor.number()?;
        let has = |bit: u64| flags & bit != 0;
        Ok(ShapeTraits {
            flattened: has(traits::FLATTENED),
            streaming: has(traits::STREAMING),
            json_value: has(traits::JSON_VALUE),
            sensitive: has(traits::SENSITIVE),
            union: has(traits::UNION),
            document: has(traits::DOCUMENT),
            event_stream: has(traits::EVENT_STREAM),
            event: has(traits::EVENT),
            xml_attribute: has(traits::XML_ATTRIBUTE),
            boxed: has(traits::BOXED),
            requires_length: has(traits::REQUIRES_LENGTH),
            timestamp_format: if has(traits::TIMESTAMP) {
                Some(timestamp(self.cursor.byte()?)?)
            } else {
                None
            },
            xml_namespace: if has(traits::NAMESPACE) {
                namespace(&mut self.cursor, self.names)?
            } else {
                None
            },
            wire_name: self.optional(flags & traits::WIRE_NAME)?,
            values: if has(traits::VALUES) { self.names.next_list(&mut self.cursor)? } else { Vec::new() },
            payload: self.optional(flags & traits::PAYLOAD)?,
        })
    }

    fn error(&mut self) -> Result<ErrorTraits, Damage> {
        let flags = self.cursor.number()?;
        let has = |bit: u64| flags & bit != 0;
        Ok(ErrorTraits {
            code: self.optional(flags & error::CODE)?,
            http_status: if has(error::STATUS) { Some(small(&mut self.cursor)?) } else { None },
            sender_fault: has(error::SENDER),
            retryable: has(error::RETRYABLE),
            throttling: has(error::THROTTLING),
        })
    }

    fn optional(&mut self, bit: u64) -> Result<Option<value::Key>, Damage> {
        if bit == 0 { Ok(None) } else { self.names.next(&mut self.cursor).map(Some) }
    }

    fn bound(&mut self) -> Result<f64, Damage> {
        match self.cursor.byte()? {
            0 => Ok(self.cursor.signed()? as f64),
            _ => self.cursor.float(),
        }
    }
}

pub(super) fn shape_id(cursor: &mut Cursor<'_>, shapes: usize) -> Result<ShapeId, Damage> {
    let id = cursor.index()?;
    if (id as usize) < shapes { Ok(ShapeId(id)) } else { Err(Damage::Index) }
}

pub(super) fn small(cursor: &mut Cursor<'_>) -> Result<u16, Damage> {
    u16::try_from(cursor.number()?).map_err(|_| Damage::Index)
}

/// A namespace, if there is one.
pub(super) fn namespace(cursor: &mut Cursor<'_>, names: &Names) -> Result<Option<XmlNamespace>, Damage> {
    let Some(uri) = names.next_optional(cursor)? else { return Ok(None) };
    Ok(Some(XmlNamespace { uri, prefix: names.next_optional(cursor)? }))
}

fn location(number: u64) -> Result<Location, Damage> {
    Ok(match number {
        0 => Location::Body,
        1 => Location::Uri,
        2 => Location::QueryString,
        3 => Location::Header,
        4 => Location::Headers,
        5 => Location::StatusCode,
        _ => return Err(Damage::Tag),
    })
}

fn timestamp(byte: u8) -> Result<TimestampFormat, Damage> {
    Ok(match byte {
        0 => TimestampFormat::Iso8601,
        1 => TimestampFormat::Rfc822,
        2 => TimestampFormat::Unix,
        _ => return Err(Damage::Tag),
    })
}
