//! The values that a jq program works on: shared where they are equal by descent, copied only when changed.
//!
//! Invariants: no value nests deeper than [`MAX_DEPTH`], so walking and dropping one is safe; whoever makes or copies a
//! list, a map or a long text counts its bytes.

use std::collections::HashMap;
use std::rc::Rc;
use std::sync::Arc;

use value::{Key, MAX_DEPTH, Map, Number, Value};

use super::stop::Stop;
use crate::budget::Budget;

/// A value.
#[derive(Debug, Clone)]
pub(super) enum Val {
    Null,
    Bool(bool),
    Number(Number),
    Text(Arc<str>),
    List(Rc<List>),
    Object(Rc<Object>),
}

/// Values in order, and how deep they nest at most.
#[derive(Debug, Clone, Default)]
pub(super) struct List {
    items: Vec<Val>,
    depth: usize,
}

/// Named values in order.
#[derive(Debug, Clone, Default)]
pub(super) struct Object {
    entries: Vec<(Key, Val)>,
    /// Where names stand, once there are many.
    places: HashMap<Key, usize>,
    depth: usize,
}

/// Up to this many entries, walking them is faster than hashing their names.
const FEW: usize = 16;

impl Val {
    pub(super) fn text(text: impl AsRef<str>) -> Val {
        Val::Text(Arc::from(text.as_ref()))
    }

    pub(super) fn int(number: i64) -> Val {
        Val::Number(Number::Int(number))
    }

    /// A number, as an integer where it is one.
    pub(super) fn float(number: f64) -> Val {
        const WHOLE: f64 = 9_007_199_254_740_992.0;
        let whole = number.fract() == 0.0 && number.abs() <= WHOLE;
        // Minus zero stays what it is.
        if whole && (number != 0.0 || number.is_sign_positive()) {
            Val::int(number as i64)
        } else {
            Val::Number(Number::Float(number))
        }
    }

    pub(super) fn list(items: Vec<Val>, budget: &Budget<'_>) -> Result<Val, Stop> {
        let depth = 1 + items.iter().map(Val::depth).max().unwrap_or(0);
        bound_depth(depth)?;
        budget.hold(items.len() * size_of::<Val>() + size_of::<List>())?;
        Ok(Val::List(Rc::new(List { items, depth })))
    }

    pub(super) fn object(
        entries: impl IntoIterator<Item = (Key, Val)>,
        budget: &Budget<'_>,
    ) -> Result<Val, Stop> {
        let mut object = Object::default();
        for (key, value) in entries {
            object.set(key, value, budget)?;
        }
        object.depth = object.depth.max(1);
        Ok(Val::Object(Rc::new(object)))
    }

    pub(super) fn depth(&self) -> usize {
        match self {
            Val::List(list) => list.depth.max(1),
            Val::Object(object) => object.depth.max(1),
            _ => 0,
        }
    }

    /// jq's truth: everything but null and false.
    pub(super) fn is_true(&self) -> bool {
        !matches!(self, Val::Null | Val::Bool(false))
    }

    pub(super) fn kind(&self) -> &'static str {
        match self {
            Val::Null => "null",
            Val::Bool(_) => "boolean",
            Val::Number(_) => "number",
            Val::Text(_) => "string",
            Val::List(_) => "array",
            Val::Object(_) => "object",
        }
    }

    pub(super) fn as_f64(&self) -> Option<f64> {
        match self {
            Val::Number(number) => Some(number.as_f64()),
            _ => None,
        }
    }

    pub(super) fn as_text(&self) -> Option<&Arc<str>> {
        match self {
            Val::Text(text) => Some(text),
            _ => None,
        }
    }

    pub(super) fn as_list(&self) -> Option<&[Val]> {
        match self {
            Val::List(list) => Some(&list.items),
            _ => None,
        }
    }

    /// From a tree. Counts what it makes.
    pub(super) fn from_value(value: Value, budget: &Budget<'_>) -> Result<Val, Stop> {
        budget.step(1)?;
        Ok(match value {
            Value::Null => Val::Null,
            Value::Bool(flag) => Val::Bool(flag),
            Value::Number(number) => Val::Number(number),
            Value::Text(text) => {
                budget.hold(text.len())?;
                Val::text(text)
            }
            blob @ Value::Blob(_) => Val::text(blob.printed_text().unwrap_or_default()),
            Value::List(items) => {
                let items: Result<Vec<Val>, Stop> =
                    items.into_iter().map(|item| Val::from_value(item, budget)).collect();
                Val::list(items?, budget)?
            }
            Value::Map(map) => {
                let entries: Result<Vec<(Key, Val)>, Stop> =
                    map.into_iter().map(|(key, value)| Ok((key, Val::from_value(value, budget)?))).collect();
                Val::object(entries?, budget)?
            }
        })
    }

    /// As a tree. Shared parts become copies, which are counted.
    pub(super) fn into_value(self, budget: &Budget<'_>) -> Result<Value, Stop> {
        budget.step(1)?;
        Ok(match self {
            Val::Null => Value::Null,
            Val::Bool(flag) => Value::Bool(flag),
            Val::Number(number) => Value::Number(number),
            Val::Text(text) => {
                budget.hold(text.len())?;
                Value::text(&*text)
            }
            Val::List(list) => {
                let items = Rc::unwrap_or_clone(list).items;
                budget.hold(items.len() * size_of::<Value>())?;
                let items: Result<Vec<Value>, Stop> =
                    items.into_iter().map(|item| item.into_value(budget)).collect();
                Value::List(items?)
            }
            Val::Object(object) => {
                let entries = Rc::unwrap_or_clone(object).entries;
                budget.hold(entries.len() * size_of::<(Key, Value)>())?;
                let entries: Result<Vec<(Key, Value)>, Stop> =
                    entries.into_iter().map(|(key, value)| Ok((key, value.into_value(budget)?))).collect();
                Value::Map(Map::from_unique(entries?))
            }
        })
    }
}

fn bound_depth(depth: usize) -> Result<(), Stop> {
    if depth > MAX_DEPTH {
        return Err(Stop::error(format!("a value would nest more than {MAX_DEPTH} levels")));
    }
    Ok(())
}

impl List {
    pub(super) fn items(&self) -> &[Val] {
        &self.items
    }

    /// The list, to change: a copy if somebody else has it, too.
    pub(super) fn to_change<'l>(list: &'l mut Rc<List>, budget: &Budget<'_>) -> Result<&'l mut List, Stop> {
        if Rc::strong_count(list) > 1 {
            budget.step(list.items.len() as u64 / 8)?;
            budget.hold(list.items.len() * size_of::<Val>())?;
        }
        Ok(Rc::make_mut(list))
    }

    pub(super) fn push(&mut self, item: Val, budget: &Budget<'_>) -> Result<(), Stop> {
        budget.hold(size_of::<Val>())?;
        self.depth = self.depth.max(1 + item.depth());
        bound_depth(self.depth)?;
        self.items.push(item);
        Ok(())
    }

    /// Sets an item; nulls fill what lies between the end and it.
    pub(super) fn set(&mut self, at: usize, item: Val, budget: &Budget<'_>) -> Result<(), Stop> {
        if at >= self.items.len() {
            let missing = at - self.items.len() + 1;
            budget.hold(missing.saturating_mul(size_of::<Val>()))?;
            self.items.resize(at + 1, Val::Null);
        }
        self.depth = self.depth.max(1 + item.depth());
        bound_depth(self.depth)?;
        self.items[at] = item;
        Ok(())
    }

    pub(super) fn take(&mut self, at: usize) -> Val {
        self.items.get_mut(at).map_or(Val::Null, |item| std::mem::replace(item, Val::Null))
    }

    pub(super) fn items_mut(&mut self) -> &mut Vec<Val> {
        &mut self.items
    }
}

impl Object {
    pub(super) fn entries(&self) -> &[(Key, Val)] {
        &self.entries
    }

    pub(super) fn len(&self) -> usize {
        self.entries.len()
    }

    fn place(&self, name: &str) -> Option<usize> {
        if self.places.is_empty() {
            return self.entries.iter().position(|(key, _)| key.as_str() == name);
        }
        self.places.get(name).copied()
    }

    pub(super) fn get(&self, name: &str) -> Option<&Val> {
        self.place(name).map(|place| &self.entries[place].1)
    }

    /// The entries sorted by name.
    pub(super) fn sorted(&self) -> Vec<&(Key, Val)> {
        let mut entries: Vec<_> = self.entries.iter().collect();
        entries.sort_by(|a, b| a.0.cmp(&b.0));
        entries
    }

    /// The object, to change: a copy if somebody else has it, too.
    pub(super) fn to_change<'o>(
        object: &'o mut Rc<Object>,
        budget: &Budget<'_>,
    ) -> Result<&'o mut Object, Stop> {
        if Rc::strong_count(object) > 1 {
            budget.step(object.len() as u64 / 4)?;
            budget.hold(object.len() * 2 * size_of::<(Key, Val)>())?;
        }
        Ok(Rc::make_mut(object))
    }

    pub(super) fn set(&mut self, key: Key, value: Val, budget: &Budget<'_>) -> Result<(), Stop> {
        self.depth = self.depth.max(1 + value.depth());
        bound_depth(self.depth)?;
        if let Some(place) = self.place(&key) {
            self.entries[place].1 = value;
            return Ok(());
        }
        budget.step(1)?;
        budget.hold(2 * size_of::<(Key, Val)>())?;
        if self.places.is_empty() && self.entries.len() >= FEW {
            self.places = self.entries.iter().map(|(key, _)| key.clone()).zip(0..).collect();
        }
        if !self.places.is_empty() {
            self.places.insert(key.clone(), self.entries.len());
        }
        self.entries.push((key, value));
        Ok(())
    }

    pub(super) fn take(&mut self, name: &str) -> Val {
        match self.place(name) {
            Some(place) => std::mem::replace(&mut self.entries[place].1, Val::Null),
            None => Val::Null,
        }
    }

    /// Takes out every entry of these names.
    pub(super) fn remove_all(&mut self, gone: impl Fn(&str) -> bool) {
        self.entries.retain(|(key, _)| !gone(key));
        self.places = if self.entries.len() > FEW {
            self.entries.iter().map(|(key, _)| key.clone()).zip(0..).collect()
        } else {
            HashMap::new()
        };
    }
}
