//! The protocols `query` and `ec2`: a form of flat names.

use aws_model::{Operation, Service, ShapeKind, TimestampFormat};
use value::{Map, Value};

use super::{SerializeError, entries, items, member_of, scalar_text};
use crate::encoding::form_encode;
use crate::message::RequestParts;
use crate::view::View;

/// Which of the two protocols.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Dialect {
    Query,
    Ec2,
}

pub(super) fn request(
    service: &Service,
    operation: &Operation,
    input: Option<View<'_>>,
    params: &Map,
    dialect: Dialect,
) -> Result<RequestParts, SerializeError> {
    let mut form = Form { body: String::new(), prefix: String::new(), dialect };
    form.pair("Action", &operation.name);
    form.pair("Version", &service.metadata().api_version);
    if let Some(input) = input {
        form.structure(input, params)?;
    }
    let content_type = "application/x-www-form-urlencoded; charset=utf-8";
    Ok(RequestParts {
        method: operation.method.to_string(),
        path: "/".to_owned(),
        headers: vec![("Content-Type".to_owned(), content_type.to_owned())],
        body: form.body.into_bytes(),
        ..RequestParts::default()
    })
}

/// The form so far, and the name of the place that is being written.
struct Form {
    body: String,
    prefix: String,
    dialect: Dialect,
}

impl Form {
    fn pair(&mut self, name: &str, value: &str) {
        if !self.body.is_empty() {
            self.body.push('&');
        }
        form_encode(&mut self.body, name);
        self.body.push('=');
        form_encode(&mut self.body, value);
    }

    /// Writes a value under the present prefix.
    fn here(&mut self, value: &str) {
        let prefix = std::mem::take(&mut self.prefix);
        self.pair(&prefix, value);
        self.prefix = prefix;
    }

    /// Writes a value one name further down.
    fn below(&mut self, view: View<'_>, name: &str, value: &Value) -> Result<(), SerializeError> {
        let length = self.prefix.len();
        if length > 0 {
            self.prefix.push('.');
        }
        self.prefix.push_str(name);
        let result = self.value(view, value);
        self.prefix.truncate(length);
        result
    }

    fn value(&mut self, view: View<'_>, value: &Value) -> Result<(), SerializeError> {
        match view.kind() {
            ShapeKind::Structure(_) => self.structure(view, entries(view, value)?),
            ShapeKind::List(item) => self.list(view, view.at(item), items(view, value)?),
            ShapeKind::Map { key, value: part } => {
                self.map(view, view.at(key), view.at(part), entries(view, value)?)
            }
            _ => {
                let text = scalar_text(view, value, TimestampFormat::Iso8601)?;
                self.here(&text);
                Ok(())
            }
        }
    }

    fn structure(&mut self, view: View<'_>, params: &Map) -> Result<(), SerializeError> {
        for (name, value) in params.iter().filter(|(_, value)| !value.is_null()) {
            let member = member_of(view, name)?;
            let name = self.name(member, name);
            self.below(member, &name, value)?;
        }
        Ok(())
    }

    fn list(&mut self, view: View<'_>, item: View<'_>, values: &[Value]) -> Result<(), SerializeError> {
        if self.dialect == Dialect::Ec2 {
            return self.numbered(item, values);
        }
        if values.is_empty() {
            self.here("");
            return Ok(());
        }
        let saved = self.prefix.clone();
        match (view.flattened(), item.wire_name()) {
            (true, None) => {}
            (true, Some(name)) => {
                // The item's name stands in for the list's own.
                let parent = self.prefix.rfind('.').map_or(0, |dot| dot + 1);
                self.prefix.truncate(parent);
                self.prefix.push_str(name);
            }
            (false, name) => {
                self.prefix.push('.');
                self.prefix.push_str(name.map_or("member", |name| name));
            }
        }
        let result = self.numbered(item, values);
        self.prefix = saved;
        result
    }

    fn numbered(&mut self, item: View<'_>, values: &[Value]) -> Result<(), SerializeError> {
        for (index, value) in values.iter().enumerate() {
            self.below(item, &(index + 1).to_string(), value)?;
        }
        Ok(())
    }

    fn map(
        &mut self,
        view: View<'_>,
        key: View<'_>,
        value: View<'_>,
        map: &Map,
    ) -> Result<(), SerializeError> {
        let length = self.prefix.len();
        if !view.flattened() {
            self.prefix.push_str(".entry");
        }
        let (key_name, value_name) = (self.name(key, "key"), self.name(value, "value"));
        for (index, (name, entry)) in map.iter().enumerate() {
            self.below(key, &format!("{}.{key_name}", index + 1), &Value::text(name))?;
            self.below(value, &format!("{}.{value_name}", index + 1), entry)?;
        }
        self.prefix.truncate(length);
        Ok(())
    }

    fn name(&self, view: View<'_>, default: &str) -> String {
        match self.dialect {
            Dialect::Query => view.wire_name().map_or(default, |name| name).to_owned(),
            Dialect::Ec2 => match (view.query_name(), view.wire_name()) {
                (Some(name), _) => name.to_string(),
                (None, Some(name)) => capitalised(name),
                (None, None) => capitalised(default),
            },
        }
    }
}

fn capitalised(name: &str) -> String {
    let mut rest = name.chars();
    rest.next().map_or_else(String::new, |first| first.to_uppercase().chain(rest).collect())
}
