//! Bodies of `rest-xml`, written as Python's ElementTree writes them.

use aws_model::{ShapeKind, TimestampFormat, XmlNamespace};
use value::{Map, Value};

use super::{SerializeError, entries, items, member_of, scalar_text};
use crate::view::View;

/// Writes a value as a document with that root. `namespace` stands where the shape declares none.
pub(super) fn document(
    view: View<'_>,
    value: &Value,
    root: &str,
    namespace: Option<&XmlNamespace>,
) -> Result<Vec<u8>, SerializeError> {
    let mut out = Writer { out: String::new() };
    out.value(view, value, root, namespace.or(view.xml_namespace()))?;
    Ok(out.out.into_bytes())
}

struct Writer {
    out: String,
}

impl Writer {
    fn value(
        &mut self,
        view: View<'_>,
        value: &Value,
        name: &str,
        namespace: Option<&XmlNamespace>,
    ) -> Result<(), SerializeError> {
        match view.kind() {
            ShapeKind::Structure(_) => self.structure(view, entries(view, value)?, name, namespace),
            ShapeKind::List(item) => self.list(view, view.at(item), items(view, value)?, name),
            ShapeKind::Map { key, value: part } => {
                self.map(view, view.at(key), view.at(part), entries(view, value)?, name)
            }
            _ => {
                let text = scalar_text(view, value, TimestampFormat::Iso8601)?;
                self.open(name, namespace);
                self.close_with(name, |writer| writer.text(&text));
                Ok(())
            }
        }
    }

    fn structure(
        &mut self,
        view: View<'_>,
        params: &Map,
        name: &str,
        namespace: Option<&XmlNamespace>,
    ) -> Result<(), SerializeError> {
        self.open(name, namespace);
        let mut children = Vec::new();
        for (key, value) in params.iter().filter(|(_, value)| !value.is_null()) {
            let member = member_of(view, key)?;
            let wire_name = member.wire_name().unwrap_or(key);
            if member.xml_attribute() {
                let text = scalar_text(member, value, TimestampFormat::Iso8601)?;
                self.attribute(wire_name, &text);
            } else {
                children.push((member, wire_name, value));
            }
        }
        self.try_close_with(name, |writer| {
            children.iter().try_for_each(|(member, wire_name, value)| {
                writer.value(*member, value, wire_name, member.xml_namespace())
            })
        })
    }

    fn list(
        &mut self,
        view: View<'_>,
        item: View<'_>,
        values: &[Value],
        name: &str,
    ) -> Result<(), SerializeError> {
        if view.flattened() {
            return values.iter().try_for_each(|value| self.value(item, value, name, item.xml_namespace()));
        }
        let item_name = item.wire_name().map_or("member", |name| name);
        self.open(name, view.xml_namespace());
        self.try_close_with(name, |writer| {
            values.iter().try_for_each(|value| writer.value(item, value, item_name, item.xml_namespace()))
        })
    }

    fn map(
        &mut self,
        view: View<'_>,
        key: View<'_>,
        part: View<'_>,
        map: &Map,
        name: &str,
    ) -> Result<(), SerializeError> {
        if view.flattened() {
            return map.iter().try_for_each(|(label, value)| self.entry(key, part, name, label, value));
        }
        self.open(name, view.xml_namespace());
        self.try_close_with(name, |writer| {
            map.iter().try_for_each(|(label, value)| writer.entry(key, part, "entry", label, value))
        })
    }

    fn entry(
        &mut self,
        key: View<'_>,
        part: View<'_>,
        name: &str,
        label: &str,
        value: &Value,
    ) -> Result<(), SerializeError> {
        self.open(name, None);
        self.try_close_with(name, |writer| {
            let key_name = key.wire_name().map_or("key", |name| name);
            writer.value(key, &Value::text(label), key_name, key.xml_namespace())?;
            writer.value(part, value, part.wire_name().map_or("value", |name| name), part.xml_namespace())
        })
    }

    /// Writes `<name` and its namespace; [`Writer::close_with`] closes the tag.
    fn open(&mut self, name: &str, namespace: Option<&XmlNamespace>) {
        self.out.push('<');
        self.out.push_str(name);
        if let Some(namespace) = namespace {
            match namespace.prefix.as_deref().filter(|prefix| !prefix.is_empty()) {
                Some(prefix) => self.attribute(&format!("xmlns:{prefix}"), &namespace.uri),
                None => self.attribute("xmlns", &namespace.uri),
            }
        }
    }

    fn attribute(&mut self, name: &str, value: &str) {
        self.out.push(' ');
        self.out.push_str(name);
        self.out.push_str("=\"");
        for character in value.chars() {
            match character {
                '&' => self.out.push_str("&amp;"),
                '<' => self.out.push_str("&lt;"),
                '>' => self.out.push_str("&gt;"),
                '"' => self.out.push_str("&quot;"),
                '\r' => self.out.push_str("&#13;"),
                '\n' => self.out.push_str("&#10;"),
                '\t' => self.out.push_str("&#09;"),
                _ => self.out.push(character),
            }
        }
        self.out.push('"');
    }

    fn text(&mut self, text: &str) {
        for character in text.chars() {
            match character {
                '&' => self.out.push_str("&amp;"),
                '<' => self.out.push_str("&lt;"),
                '>' => self.out.push_str("&gt;"),
                _ => self.out.push(character),
            }
        }
    }

    fn close_with(&mut self, name: &str, content: impl FnOnce(&mut Writer)) {
        // Without a failure there is nothing to report.
        let _ = self.try_close_with(name, |writer| {
            content(writer);
            Ok(())
        });
    }

    /// Ends the open tag, writes the content and the closing tag; ` />` if there is no content.
    fn try_close_with(
        &mut self,
        name: &str,
        content: impl FnOnce(&mut Writer) -> Result<(), SerializeError>,
    ) -> Result<(), SerializeError> {
        self.out.push('>');
        let start = self.out.len();
        content(self)?;
        if self.out.len() == start {
            self.out.truncate(start - 1);
            self.out.push_str(" />");
        } else {
            self.out.push_str("</");
            self.out.push_str(name);
            self.out.push('>');
        }
        Ok(())
    }
}
