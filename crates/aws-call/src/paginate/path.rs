//! A result key: names joined by dots. Every result key of the models is one, so finding and setting needs no
//! expression language.

use value::{Key, Map, Value};

/// Names that lead into nested maps.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct KeyPath(Vec<Key>);

impl KeyPath {
    pub(super) fn new(text: &str) -> KeyPath {
        KeyPath(text.split('.').map(Key::new).collect())
    }

    /// The value there; `None` if there is none or it is null.
    pub(super) fn find<'v>(&self, root: &'v Value) -> Option<&'v Value> {
        let found = self.0.iter().try_fold(root, |value, name| value.get(name))?;
        (!found.is_null()).then_some(found)
    }

    /// As [`KeyPath::find`], to change.
    pub(super) fn find_mut<'v>(&self, root: &'v mut Value) -> Option<&'v mut Value> {
        let found = self.0.iter().try_fold(root, |value, name| match value {
            Value::Map(map) => map.get_mut(name),
            _ => None,
        })?;
        (!found.is_null()).then_some(found)
    }

    /// Takes the value out, leaving null in its place.
    pub(super) fn take(&self, root: &mut Value) -> Option<Value> {
        self.find_mut(root).map(std::mem::take)
    }

    /// Puts a value there, making the maps on the way.
    pub(super) fn set(&self, root: &mut Value, value: Value) {
        let Some((last, way)) = self.0.split_last() else { return };
        let mut here = root;
        for name in way {
            let map = as_map(here);
            if !map.contains(name) {
                map.push(name.clone(), Map::new());
            }
            match map.get_mut(name) {
                Some(inner) => here = inner,
                None => return,
            }
        }
        as_map(here).insert(last.clone(), value);
    }
}

/// The map that a value is, or is made into.
fn as_map(value: &mut Value) -> &mut Map {
    if !matches!(value, Value::Map(_)) {
        *value = Value::Map(Map::new());
    }
    match value {
        Value::Map(map) => map,
        _ => unreachable!("it was made a map above"),
    }
}
