//! Functions of any value.
#![expect(clippy::needless_pass_by_value, reason = "all functions of the table are called alike")]

use value::{Key, Number, Value};

use super::{Entry, value};
use crate::jq::formats::{json, shown, text};
use crate::jq::machine::Machine;
use crate::jq::operators;
use crate::jq::order;
use crate::jq::paths;
use crate::jq::stop::Stop;
use crate::jq::val::Val;

pub(super) const ENTRIES: &[Entry] = &[
    value("type", 0, |_, input, _| Ok(Val::text(input.kind()))),
    value("length", 0, length),
    value("utf8bytelength", 0, |_, input, _| match &input {
        Val::Text(text) => Ok(Val::int(text.len() as i64)),
        other => Err(Stop::error(format!("{} only strings have UTF-8 byte length", shown(other)))),
    }),
    value("keys", 0, |machine, input, _| keys(machine, &input, true)),
    value("keys_unsorted", 0, |machine, input, _| keys(machine, &input, false)),
    value("has", 1, has),
    value("contains", 1, |machine, input, arguments| contains(machine, &input, &arguments[0]).map(Val::Bool)),
    value("to_entries", 0, to_entries),
    value("from_entries", 0, from_entries),
    value("add", 0, add),
    value("tojson", 0, |machine, input, _| json(&input, machine.budget).map(Val::text)),
    value("fromjson", 0, from_json),
    value("tostring", 0, |machine, input, _| match input {
        Val::Text(_) => Ok(input),
        other => text(&other, machine.budget).map(Val::text),
    }),
    value("tonumber", 0, to_number),
    value("toboolean", 0, |_, input, _| match &input {
        Val::Bool(_) => Ok(input),
        Val::Text(text) if &**text == "true" => Ok(Val::Bool(true)),
        Val::Text(text) if &**text == "false" => Ok(Val::Bool(false)),
        other => Err(Stop::error(format!("{} cannot be parsed as a boolean", shown(other)))),
    }),
    value("setpath", 2, |machine, input, arguments| {
        let path = path(&arguments[0])?;
        paths::change(input, path, machine.budget, &mut |_| Ok(arguments[1].clone()))
    }),
    value("delpaths", 1, |machine, input, arguments| {
        let paths =
            arguments[0].as_list().ok_or_else(|| Stop::error("Paths must be specified as an array"))?;
        let paths: Result<Vec<Vec<Val>>, Stop> =
            paths.iter().map(|one| path(one).map(<[Val]>::to_vec)).collect();
        machine.budget.step(arguments[0].as_list().map_or(0, <[Val]>::len) as u64)?;
        paths::delete(input, paths?, machine.budget)
    }),
    value("have_literal_numbers", 0, |_, _, _| Ok(Val::Bool(true))),
    value("have_decnum", 0, |_, _, _| Ok(Val::Bool(false))),
];

/// A path as an argument.
pub(super) fn path(value: &Val) -> Result<&[Val], Stop> {
    value.as_list().ok_or_else(|| Stop::error("Path must be specified as an array"))
}

fn length(machine: &Machine<'_>, input: Val, _: &[Val]) -> Result<Val, Stop> {
    Ok(match &input {
        Val::Null => Val::int(0),
        Val::Text(text) => {
            machine.budget.text(text.len())?;
            Val::int(text.chars().count() as i64)
        }
        Val::List(list) => Val::int(list.items().len() as i64),
        Val::Object(object) => Val::int(object.len() as i64),
        Val::Number(number) => Val::float(number.as_f64().abs()),
        Val::Bool(_) => return Err(Stop::error(format!("{} has no length", shown(&input)))),
    })
}

fn keys(machine: &Machine<'_>, input: &Val, sorted: bool) -> Result<Val, Stop> {
    let keys: Vec<Val> = match input {
        Val::Object(object) if sorted => object.sorted().into_iter().map(|(key, _)| Val::text(key)).collect(),
        Val::Object(object) => object.entries().iter().map(|(key, _)| Val::text(key)).collect(),
        Val::List(list) => (0..list.items().len()).map(|at| Val::int(at as i64)).collect(),
        other => return Err(Stop::error(format!("{} has no keys", shown(other)))),
    };
    machine.budget.step(keys.len() as u64)?;
    Val::list(keys, machine.budget)
}

fn has(_: &Machine<'_>, input: Val, arguments: &[Val]) -> Result<Val, Stop> {
    match (&input, &arguments[0]) {
        (Val::Object(object), Val::Text(name)) => Ok(Val::Bool(object.get(name).is_some())),
        (Val::List(list), Val::Number(at)) => {
            let at = at.as_f64();
            Ok(Val::Bool(at >= 0.0 && at < list.items().len() as f64))
        }
        (value, key) => {
            Err(Stop::error(format!("Cannot check whether {} has a {} key", value.kind(), key.kind())))
        }
    }
}

fn contains(machine: &Machine<'_>, whole: &Val, part: &Val) -> Result<bool, Stop> {
    machine.budget.step(1)?;
    match (whole, part) {
        (Val::Object(whole), Val::Object(part)) => {
            for (key, inner) in part.entries() {
                match whole.get(key) {
                    Some(value) if contains(machine, value, inner)? => {}
                    _ => return Ok(false),
                }
            }
            Ok(true)
        }
        (Val::List(whole), Val::List(part)) => {
            'parts: for inner in part.items() {
                for value in whole.items() {
                    if value.kind() == inner.kind() && contains(machine, value, inner)? {
                        continue 'parts;
                    }
                }
                return Ok(false);
            }
            Ok(true)
        }
        (Val::Text(whole), Val::Text(part)) => {
            machine.budget.text(whole.len())?;
            Ok(whole.contains(&**part))
        }
        (whole, part) if whole.kind() == part.kind() => order::equal(whole, part, machine.budget),
        (whole, part) => Err(Stop::error(format!(
            "{} and {} cannot have their containment checked",
            shown(whole),
            shown(part)
        ))),
    }
}

fn to_entries(machine: &Machine<'_>, input: Val, _: &[Val]) -> Result<Val, Stop> {
    let (key_name, value_name) = (Key::new("key"), Key::new("value"));
    let entry = |key: Val, value: &Val| {
        machine.budget.step(1)?;
        Val::object([(key_name.clone(), key), (value_name.clone(), value.clone())], machine.budget)
    };
    let entries: Result<Vec<Val>, Stop> = match &input {
        Val::Object(object) => {
            object.entries().iter().map(|(key, value)| entry(Val::text(key), value)).collect()
        }
        Val::List(list) => {
            list.items().iter().enumerate().map(|(at, value)| entry(Val::int(at as i64), value)).collect()
        }
        other => return Err(Stop::error(format!("{} has no keys", shown(other)))),
    };
    Val::list(entries?, machine.budget)
}

/// Entries may name their key and value in any of the ways that jq knows.
fn from_entries(machine: &Machine<'_>, input: Val, _: &[Val]) -> Result<Val, Stop> {
    let items = match &input {
        Val::List(list) => list.items(),
        other => return Err(Stop::error(format!("Cannot iterate over {}", shown(other)))),
    };
    let mut made = Vec::new();
    for item in items {
        machine.budget.step(1)?;
        let Val::Object(entry) = item else {
            return Err(Stop::error(format!("Cannot index {} with \"key\"", item.kind())));
        };
        let first = |names: &[&str]| {
            let values = names.iter().filter_map(|name| entry.get(name));
            let usable = values.clone().find(|value| value.is_true());
            usable.or_else(|| values.clone().next()).cloned().unwrap_or(Val::Null)
        };
        let key = match first(&["key", "k", "name", "Name", "Key", "K"]) {
            Val::Text(name) => Key::new(&name),
            Val::Null => Key::new("null"),
            plain @ (Val::Bool(_) | Val::Number(_)) => Key::new(&text(&plain, machine.budget)?),
            other => {
                return Err(Stop::error(format!("Cannot use {} as object key", shown(&other))));
            }
        };
        made.push((key, first(&["value", "v", "Value", "V"])));
    }
    Val::object(made, machine.budget)
}

fn add(machine: &Machine<'_>, input: Val, _: &[Val]) -> Result<Val, Stop> {
    let items: Vec<Val> = match &input {
        Val::List(list) => list.items().to_vec(),
        Val::Object(object) => object.entries().iter().map(|(_, value)| value.clone()).collect(),
        other => return Err(Stop::error(format!("Cannot iterate over {}", shown(other)))),
    };
    machine.budget.step(items.len() as u64)?;
    // Texts are joined at once, not one by one.
    if items.len() > 1 && items.iter().all(|item| matches!(item, Val::Text(_))) {
        let length = items.iter().filter_map(Val::as_text).map(|text| text.len()).sum();
        machine.budget.hold(length)?;
        return Ok(Val::text(items.iter().filter_map(Val::as_text).map(|text| &**text).collect::<String>()));
    }
    drop(input);
    let mut sum = Val::Null;
    for item in items {
        sum = operators::add(sum, item, machine.budget)?;
    }
    Ok(sum)
}

fn from_json(machine: &Machine<'_>, input: Val, _: &[Val]) -> Result<Val, Stop> {
    let Val::Text(text) = &input else {
        return Err(Stop::error(format!("{} only strings can be parsed", shown(&input))));
    };
    machine.budget.text(text.len())?;
    // A tree takes up to some sixteen times its text.
    machine.budget.hold(text.len().saturating_mul(16))?;
    match Value::from_json(text.as_bytes()) {
        Ok(value) => Val::from_value(value, machine.budget),
        Err(error) => Err(Stop::error(format!(
            "{error} (while parsing '{}')",
            text.chars().take(40).collect::<String>()
        ))),
    }
}

fn to_number(_: &Machine<'_>, input: Val, _: &[Val]) -> Result<Val, Stop> {
    let parsed = match &input {
        Val::Number(_) => return Ok(input),
        Val::Text(text) => number(text),
        _ => None,
    };
    parsed.ok_or_else(|| match &input {
        Val::Text(_) => Stop::error(format!("{} cannot be parsed as a number", shown(&input))),
        other => Stop::error(format!("{} cannot be parsed as a number", shown(other))),
    })
}

fn number(text: &str) -> Option<Val> {
    let plain = text.bytes().all(|byte| byte.is_ascii_digit() || b"+-.eE".contains(&byte));
    if !plain || text.starts_with('+') {
        return None;
    }
    match Number::parse_integer(text) {
        Some(number) => Some(Val::Number(number)),
        None => text.parse().ok().map(Val::float),
    }
}
