//! Items of the table: how their attributes are written and read.

use value::{Map, Value};

use crate::StoreError;

/// The name of the attribute by which the table parts its items.
pub(super) const PARTITION: &str = "pk";
/// The name of the attribute by which items of one part are sorted, by the bytes of its text.
pub(super) const SORT: &str = "sk";

/// Where an item lies.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Key {
    pub(super) partition: String,
    pub(super) sort: String,
}

impl Key {
    pub(super) fn new(partition: impl Into<String>, sort: impl Into<String>) -> Key {
        Key { partition: partition.into(), sort: sort.into() }
    }

    /// As calls take it.
    pub(super) fn map(&self) -> Map {
        Map::from_unique(vec![(PARTITION.into(), text(&self.partition)), (SORT.into(), text(&self.sort))])
    }

    /// An item at this place with those attributes.
    pub(super) fn item(&self, attributes: impl IntoIterator<Item = (&'static str, Value)>) -> Map {
        let mut item = self.map();
        for (name, value) in attributes {
            item.push(name, value);
        }
        item
    }
}

fn typed(kind: &'static str, value: Value) -> Value {
    Value::Map(Map::from_unique(vec![(kind.into(), value)]))
}

/// Text as an attribute.
pub(super) fn text(text: &str) -> Value {
    typed("S", Value::text(text))
}

/// A whole number as an attribute.
pub(super) fn number(number: i64) -> Value {
    typed("N", Value::from(number.to_string()))
}

/// Bytes as an attribute.
pub(super) fn bytes(bytes: &[u8]) -> Value {
    typed("B", Value::Blob(bytes.into()))
}

/// An item that was read.
#[derive(Debug, Clone)]
pub(super) struct Item(pub(super) Map);

impl Item {
    fn value(&self, name: &str, kind: &str) -> Option<&Value> {
        self.0.get(name)?.get(kind)
    }

    /// A text that must be there.
    pub(super) fn text(&self, name: &str) -> Result<&str, StoreError> {
        self.maybe_text(name).ok_or_else(|| unreadable(name))
    }

    pub(super) fn maybe_text(&self, name: &str) -> Option<&str> {
        self.value(name, "S")?.as_text()
    }

    /// A number that must be there.
    pub(super) fn number(&self, name: &str) -> Result<i64, StoreError> {
        self.maybe_number(name)?.ok_or_else(|| unreadable(name))
    }

    /// A number that may be there; one that is none is a fault.
    pub(super) fn maybe_number(&self, name: &str) -> Result<Option<i64>, StoreError> {
        let Some(found) = self.value(name, "N") else { return Ok(None) };
        let number = found.as_text().and_then(|text| text.parse().ok()).or_else(|| found.as_i64());
        number.map(Some).ok_or_else(|| unreadable(name))
    }

    /// A count that must be there.
    pub(super) fn count(&self, name: &str) -> Result<u32, StoreError> {
        u32::try_from(self.number(name)?).map_err(|_| unreadable(name))
    }

    /// Bytes; none where the attribute is not there.
    pub(super) fn bytes(&self, name: &str) -> Vec<u8> {
        match self.value(name, "B") {
            Some(Value::Blob(bytes)) => bytes.to_vec(),
            _ => Vec::new(),
        }
    }
}

fn unreadable(name: &str) -> StoreError {
    StoreError::Unreadable(format!("an item without a good attribute `{name}`"))
}
