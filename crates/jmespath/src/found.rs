//! What a step finds: borrowed from the input wherever it can be, made where it must be.

use std::borrow::Cow;
use std::rc::Rc;

use value::{Key, Map, Number, Value};

static NULL: Value = Value::Null;
static TRUE: Value = Value::Bool(true);
static FALSE: Value = Value::Bool(false);

/// A result on its way. Copying one is cheap: made lists and maps are shared.
#[derive(Debug, Clone)]
pub(crate) enum Found<'a> {
    /// Part of the input or of the expression.
    Held(&'a Value),
    /// A text or number that was made; never a list or map.
    Scalar(Rc<Value>),
    /// A list that was made.
    List(Rc<Vec<Found<'a>>>),
    /// A map that was made.
    Map(Rc<Vec<(Key, Found<'a>)>>),
}

/// JMESPath's types, and Python's where it tells more.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Type {
    Null,
    Boolean,
    Integer,
    Float,
    String,
    Array,
    Object,
}

impl Type {
    /// The type's name in JMESPath.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Type::Null => "null",
            Type::Boolean => "boolean",
            Type::Integer | Type::Float => "number",
            Type::String => "string",
            Type::Array => "array",
            Type::Object => "object",
        }
    }

    /// The type's name in Python.
    pub(crate) fn python_name(self) -> &'static str {
        match self {
            Type::Null => "NoneType",
            Type::Boolean => "bool",
            Type::Integer => "int",
            Type::Float => "float",
            Type::String => "str",
            Type::Array => "list",
            Type::Object => "dict",
        }
    }

    /// Whether this is a number.
    pub(crate) fn is_number(self) -> bool {
        matches!(self, Type::Integer | Type::Float)
    }
}

impl<'a> Found<'a> {
    pub(crate) fn null() -> Found<'a> {
        Found::Held(&NULL)
    }

    pub(crate) fn boolean(flag: bool) -> Found<'a> {
        Found::Held(if flag { &TRUE } else { &FALSE })
    }

    pub(crate) fn scalar(value: impl Into<Value>) -> Found<'a> {
        Found::Scalar(Rc::new(value.into()))
    }

    pub(crate) fn number(number: Number) -> Found<'a> {
        Found::scalar(Value::Number(number))
    }

    pub(crate) fn list(items: Vec<Found<'a>>) -> Found<'a> {
        Found::List(Rc::new(items))
    }

    /// The value, unless it is a list or map that was made.
    pub(crate) fn plain(&self) -> Option<&Value> {
        match self {
            Found::Held(value) => Some(value),
            Found::Scalar(value) => Some(value),
            Found::List(_) | Found::Map(_) => None,
        }
    }

    pub(crate) fn is_null(&self) -> bool {
        matches!(self, Found::Held(Value::Null))
    }

    /// Whether the result counts as false: null, false, and what is empty. Zero does not.
    pub(crate) fn is_false(&self) -> bool {
        match self {
            Found::List(items) => items.is_empty(),
            Found::Map(entries) => entries.is_empty(),
            _ => match self.plain() {
                Some(Value::Bool(flag)) => !flag,
                Some(Value::Text(text)) => text.is_empty(),
                Some(Value::Blob(bytes)) => bytes.is_empty(),
                Some(Value::List(items)) => items.is_empty(),
                Some(Value::Map(map)) => map.is_empty(),
                Some(Value::Number(_)) => false,
                Some(Value::Null) | None => true,
            },
        }
    }

    pub(crate) fn kind(&self) -> Type {
        match self {
            Found::List(_) => Type::Array,
            Found::Map(_) => Type::Object,
            _ => match self.plain() {
                Some(Value::Bool(_)) => Type::Boolean,
                Some(Value::Number(Number::Float(_))) => Type::Float,
                Some(Value::Number(_)) => Type::Integer,
                Some(Value::Text(_) | Value::Blob(_)) => Type::String,
                Some(Value::List(_)) => Type::Array,
                Some(Value::Map(_)) => Type::Object,
                Some(Value::Null) | None => Type::Null,
            },
        }
    }

    pub(crate) fn as_number(&self) -> Option<&Number> {
        self.plain().and_then(Value::as_number)
    }

    pub(crate) fn as_bool(&self) -> Option<bool> {
        self.plain().and_then(Value::as_bool)
    }

    /// The text; of a blob its base64, which is what the AWS CLI holds.
    pub(crate) fn as_text(&self) -> Option<Cow<'_, str>> {
        self.plain().and_then(Value::printed_text)
    }

    pub(crate) fn items(&self) -> Option<Items<'a>> {
        match self {
            Found::Held(Value::List(items)) => Some(Items::Held(items)),
            Found::List(items) => Some(Items::Made(Rc::clone(items))),
            _ => None,
        }
    }

    pub(crate) fn entries(&self) -> Option<Entries<'a>> {
        match self {
            Found::Held(Value::Map(map)) => Some(Entries::Held(map)),
            Found::Map(entries) => Some(Entries::Made(Rc::clone(entries))),
            _ => None,
        }
    }

    /// How many names a lookup may walk past.
    pub(crate) fn names(&self) -> usize {
        match self {
            Found::Held(Value::Map(map)) => map.len(),
            Found::Map(entries) => entries.len(),
            _ => 0,
        }
    }

    /// The entry of that name; null if there is none.
    pub(crate) fn field(&self, name: &str) -> Found<'a> {
        match self {
            Found::Held(Value::Map(map)) => map.get(name).map_or_else(Found::null, Found::Held),
            Found::Map(entries) => entries
                .iter()
                .find(|(key, _)| key.as_str() == name)
                .map_or_else(Found::null, |(_, found)| found.clone()),
            _ => Found::null(),
        }
    }

    /// Copies the result out.
    pub(crate) fn to_value(&self) -> Value {
        match self {
            Found::Held(value) => (*value).clone(),
            Found::Scalar(value) => (**value).clone(),
            Found::List(items) => Value::List(items.iter().map(Found::to_value).collect()),
            Found::Map(entries) => {
                let mut map = Map::new();
                for (key, found) in entries.iter() {
                    map.push(key.clone(), found.to_value());
                }
                Value::Map(map)
            }
        }
    }
}

/// The items of a list.
#[derive(Debug, Clone)]
pub(crate) enum Items<'a> {
    Held(&'a [Value]),
    Made(Rc<Vec<Found<'a>>>),
}

impl<'a> Items<'a> {
    pub(crate) fn len(&self) -> usize {
        match self {
            Items::Held(items) => items.len(),
            Items::Made(items) => items.len(),
        }
    }

    pub(crate) fn get(&self, index: usize) -> Option<Found<'a>> {
        match self {
            Items::Held(items) => items.get(index).map(Found::Held),
            Items::Made(items) => items.get(index).cloned(),
        }
    }

    pub(crate) fn iter(&self) -> impl DoubleEndedIterator<Item = Found<'a>> {
        (0..self.len()).map(|index| self.get(index).unwrap_or_else(Found::null))
    }
}

/// The entries of a map.
#[derive(Debug, Clone)]
pub(crate) enum Entries<'a> {
    Held(&'a Map),
    Made(Rc<Vec<(Key, Found<'a>)>>),
}

impl<'a> Entries<'a> {
    pub(crate) fn len(&self) -> usize {
        match self {
            Entries::Held(map) => map.len(),
            Entries::Made(entries) => entries.len(),
        }
    }

    pub(crate) fn get(&self, name: &str) -> Option<Found<'a>> {
        match self {
            Entries::Held(map) => map.get(name).map(Found::Held),
            Entries::Made(entries) => {
                entries.iter().find(|(key, _)| key.as_str() == name).map(|(_, found)| found.clone())
            }
        }
    }

    pub(crate) fn iter(&self) -> Box<dyn Iterator<Item = (&Key, Found<'a>)> + '_> {
        match self {
            Entries::Held(map) => Box::new(map.iter().map(|(key, value)| (key, Found::Held(value)))),
            Entries::Made(entries) => Box::new(entries.iter().map(|(key, found)| (key, found.clone()))),
        }
    }
}
