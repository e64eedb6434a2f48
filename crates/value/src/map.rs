use std::collections::HashMap;

use crate::{Key, Value};

/// Up to this many entries, walking them is faster than hashing their names.
const SMALL: usize = 32;

/// Named values in the order in which they came.
///
/// Looking one up walks the entries: AWS's structures are small. A map with very many entries is read in order; building
/// one from entries and comparing two take time in proportion to their size.
#[derive(Debug, Clone, Default)]
pub struct Map {
    entries: Vec<(Key, Value)>,
}

impl Map {
    /// A map without entries.
    pub const fn new() -> Map {
        Map { entries: Vec::new() }
    }

    /// A map of entries whose names the caller knows to differ. Takes the vector as it is.
    pub const fn from_unique(entries: Vec<(Key, Value)>) -> Map {
        Map { entries }
    }

    /// The value of that name.
    pub fn get(&self, name: &str) -> Option<&Value> {
        self.entries.iter().find(|(key, _)| key.as_str() == name).map(|(_, value)| value)
    }

    /// The value of that name, to change.
    pub fn get_mut(&mut self, name: &str) -> Option<&mut Value> {
        self.entries.iter_mut().find(|(key, _)| key.as_str() == name).map(|(_, value)| value)
    }

    /// Whether there is an entry of that name.
    pub fn contains(&self, name: &str) -> bool {
        self.get(name).is_some()
    }

    /// Sets the value of a name: in its old place if the name was there, else at the end. Returns the old value.
    pub fn insert(&mut self, key: impl Into<Key>, value: impl Into<Value>) -> Option<Value> {
        let (key, value) = (key.into(), value.into());
        match self.get_mut(&key) {
            Some(old) => Some(std::mem::replace(old, value)),
            None => {
                self.entries.push((key, value));
                None
            }
        }
    }

    /// Appends an entry whose name the caller knows to be new.
    pub fn push(&mut self, key: impl Into<Key>, value: impl Into<Value>) {
        self.entries.push((key.into(), value.into()));
    }

    /// Takes an entry out, keeping the order of the others.
    pub fn remove(&mut self, name: &str) -> Option<Value> {
        let index = self.entries.iter().position(|(key, _)| key.as_str() == name)?;
        Some(self.entries.remove(index).1)
    }

    /// How many entries there are.
    pub fn len(&self) -> usize {
        self.entries.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    /// The entries in order.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = (&Key, &Value)> + DoubleEndedIterator {
        self.entries.iter().map(|(key, value)| (key, value))
    }

    /// The entries in order, their values to change.
    pub fn iter_mut(&mut self) -> impl ExactSizeIterator<Item = (&Key, &mut Value)> {
        self.entries.iter_mut().map(|(key, value)| (&*key, value))
    }

    /// The names in order.
    pub fn keys(&self) -> impl ExactSizeIterator<Item = &Key> {
        self.entries.iter().map(|(key, _)| key)
    }

    /// The values in order.
    pub fn values(&self) -> impl ExactSizeIterator<Item = &Value> {
        self.entries.iter().map(|(_, value)| value)
    }

    /// Gives spare room back, once a map is complete.
    pub fn shrink_to_fit(&mut self) {
        self.entries.shrink_to_fit();
    }
}

/// Two maps are equal when they hold the same entries, in any order.
impl PartialEq for Map {
    fn eq(&self, other: &Map) -> bool {
        if self.len() != other.len() {
            return false;
        }
        if self.keys().eq(other.keys()) {
            return self.values().eq(other.values());
        }
        if self.len() <= SMALL {
            return self.iter().all(|(key, value)| other.get(key) == Some(value));
        }
        let by_name: HashMap<&Key, &Value> = other.iter().collect();
        self.iter().all(|(key, value)| by_name.get(key) == Some(&value))
    }
}

impl<K: Into<Key>, V: Into<Value>> FromIterator<(K, V)> for Map {
    fn from_iter<I: IntoIterator<Item = (K, V)>>(entries: I) -> Map {
        let mut growing = Growing::default();
        for (key, value) in entries {
            growing.set(key.into(), value.into());
        }
        growing.map
    }
}

/// A map in the making, a repeated name replacing the value; above a size, names are looked up by hash.
#[derive(Default)]
pub(crate) struct Growing {
    pub(crate) map: Map,
    places: HashMap<Key, usize>,
}

impl Growing {
    pub(crate) fn set(&mut self, key: Key, value: Value) {
        let end = self.map.len();
        if end < SMALL {
            self.map.insert(key, value);
            return;
        }
        if self.places.is_empty() {
            self.places = self.map.keys().cloned().zip(0..).collect();
        }
        let place = *self.places.entry(key.clone()).or_insert(end);
        match self.map.entries.get_mut(place) {
            Some((_, old)) => *old = value,
            None => self.map.push(key, value),
        }
    }
}

impl IntoIterator for Map {
    type Item = (Key, Value);
    type IntoIter = std::vec::IntoIter<(Key, Value)>;

    fn into_iter(self) -> Self::IntoIter {
        self.entries.into_iter()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keeps_the_order_of_first_insertion() {
        let mut map: Map = [("b", 1_i64), ("a", 2)].into_iter().collect();
        assert_eq!(map.insert("b", 3_i64), Some(Value::from(1)));
        let keys: Vec<&str> = map.keys().map(Key::as_str).collect();
        assert_eq!(keys, ["b", "a"]);
    }

    #[test]
    fn equality_ignores_order() {
        let one: Map = [("a", 1_i64), ("b", 2)].into_iter().collect();
        let other: Map = [("b", 2_i64), ("a", 1)].into_iter().collect();
        assert_eq!(one, other);
    }
    /// Looking each name up among all others takes minutes here.
    #[test]
    fn many_names_are_collected_and_compared_in_linear_time() {
        let names = || (0..200_000_i64).map(|number| (number.to_string(), number));
        let one: Map = names().chain(names().rev()).collect();
        let other: Map = names().rev().collect();
        assert_eq!((one.len(), other.len()), (200_000, 200_000));
        assert!(one == other);
        let less: Map = names().rev().map(|(name, number)| (name, number.max(1))).collect();
        assert!(one != less);
    }
}
