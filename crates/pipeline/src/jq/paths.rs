//! Getting, setting and deleting by key and by path.

use std::rc::Rc;

use value::{Key, Number};

use super::formats::shown;
use super::order;
use super::stop::Stop;
use super::val::{List, Object, Val};
use crate::budget::Budget;

/// The longest path.
const MAX_PATH: usize = 200;
/// The largest index at which something is set.
const MAX_INDEX: f64 = 536_870_911.0;

/// The steps to a value, last first. `None` is the value itself.
pub(super) type Trail = Option<Rc<Step>>;

#[derive(Debug)]
pub(super) struct Step {
    key: Val,
    before: Trail,
    length: usize,
}

/// One step further.
pub(super) fn further(trail: &Trail, key: Val) -> Result<Trail, Stop> {
    let length = trail.as_ref().map_or(0, |step| step.length) + 1;
    if length > MAX_PATH {
        return Err(Stop::error(format!("a path has more than {MAX_PATH} steps")));
    }
    Ok(Some(Rc::new(Step { key, before: trail.clone(), length })))
}

/// The steps in order.
pub(super) fn steps(trail: &Trail) -> Vec<Val> {
    let mut steps = Vec::new();
    let mut at = trail;
    while let Some(step) = at {
        steps.push(step.key.clone());
        at = &step.before;
    }
    steps.reverse();
    steps
}

fn cannot_index(value: &Val, key: &Val) -> Stop {
    let key = match key {
        Val::Text(name) => format!("string \"{}\"", name.chars().take(60).collect::<String>()),
        other => other.kind().to_owned(),
    };
    Stop::error(format!("Cannot index {} with {key}", value.kind()))
}

/// Where an index lies in a list of that length.
fn place(index: f64, length: usize) -> Option<usize> {
    if index.is_nan() {
        return None;
    }
    let index = index.floor();
    let index = if index < 0.0 { index + length as f64 } else { index };
    (index >= 0.0 && index < length as f64).then_some(index as usize)
}

/// `value[key]`
pub(super) fn index(value: &Val, key: &Val, budget: &Budget<'_>) -> Result<Val, Stop> {
    match (value, key) {
        (Val::Object(object), Val::Text(name)) => {
            budget.step(1 + object.len().min(16) as u64 / 8)?;
            Ok(object.get(name).cloned().unwrap_or(Val::Null))
        }
        (Val::List(list), Val::Number(at)) => {
            Ok(place(at.as_f64(), list.items().len()).map_or(Val::Null, |at| list.items()[at].clone()))
        }
        (_, Val::Object(bounds)) if matches!(value, Val::List(_) | Val::Null | Val::Text(_)) => {
            let bound = |name: &str| bounds.get(name).cloned().unwrap_or(Val::Null);
            slice(value, &bound("start"), &bound("end"), budget)
        }
        (Val::List(list), Val::List(wanted)) => indices(list.items(), wanted.items(), budget),
        (Val::Null, Val::Text(_) | Val::Number(_) | Val::Null) => Ok(Val::Null),
        _ => Err(cannot_index(value, key)),
    }
}

/// Where a list is found inside another.
pub(super) fn indices(items: &[Val], wanted: &[Val], budget: &Budget<'_>) -> Result<Val, Stop> {
    let mut found = Vec::new();
    if !wanted.is_empty() {
        'places: for (at, window) in items.windows(wanted.len()).enumerate() {
            for (one, other) in window.iter().zip(wanted) {
                if !order::equal(one, other, budget)? {
                    continue 'places;
                }
            }
            found.push(Val::int(at as i64));
        }
    }
    Val::list(found, budget)
}

/// The bounds of a slice in something of that length.
fn bounds(value: &Val, from: &Val, to: &Val, length: usize) -> Result<(usize, usize), Stop> {
    let wrong = || Stop::error(format!("Start and end indices of an {} slice must be numbers", value.kind()));
    let bound = |bound: &Val, missing: f64, round: fn(f64) -> f64| match bound {
        Val::Null => Ok(missing),
        Val::Number(number) => {
            let at = number.as_f64();
            Ok(round(if at < 0.0 { at + length as f64 } else { at }))
        }
        _ => Err(wrong()),
    };
    let from = bound(from, 0.0, f64::floor)?.clamp(0.0, length as f64);
    let to = bound(to, length as f64, f64::ceil)?.clamp(0.0, length as f64);
    let from = if from.is_nan() { 0 } else { from as usize };
    let to = if to.is_nan() { length } else { to as usize };
    Ok((from, to.max(from)))
}

/// `value[from:to]`
pub(super) fn slice(value: &Val, from: &Val, to: &Val, budget: &Budget<'_>) -> Result<Val, Stop> {
    match value {
        Val::Null => Ok(Val::Null),
        Val::List(list) => {
            let (from, to) = bounds(value, from, to, list.items().len())?;
            budget.step((to - from) as u64 / 8)?;
            Val::list(list.items()[from..to].to_vec(), budget)
        }
        Val::Text(text) => {
            budget.text(text.len())?;
            let (from, to) = bounds(value, from, to, text.chars().count())?;
            let sliced: String = text.chars().skip(from).take(to - from).collect();
            budget.hold(sliced.len())?;
            Ok(Val::text(sliced))
        }
        other => Err(Stop::error(format!("Cannot index {} with object", other.kind()))),
    }
}

/// The key of a slice in a path.
pub(super) fn slice_key(from: Val, to: Val, budget: &Budget<'_>) -> Result<Val, Stop> {
    Val::object([(Key::new("start"), from), (Key::new("end"), to)], budget)
}

/// The value at a path; null where there is nothing.
pub(super) fn get(value: &Val, path: &[Val], budget: &Budget<'_>) -> Result<Val, Stop> {
    let mut at = value.clone();
    for key in path {
        budget.step(1)?;
        if matches!(at, Val::Null) {
            return Ok(Val::Null);
        }
        at = index(&at, key, budget)?;
    }
    Ok(at)
}

/// Changes the value at a path to what `change` makes of it. What was there is handed over, not copied.
pub(super) fn change(
    value: Val,
    path: &[Val],
    budget: &Budget<'_>,
    change_it: &mut dyn FnMut(Val) -> Result<Val, Stop>,
) -> Result<Val, Stop> {
    budget.step(1)?;
    let Some((key, rest)) = path.split_first() else { return change_it(value) };
    if path.len() > MAX_PATH {
        return Err(Stop::error(format!("a path has more than {MAX_PATH} steps")));
    }
    match (value, key) {
        (Val::Null, Val::Text(_)) => {
            let inner = change(Val::Null, rest, budget, change_it)?;
            set_entry(Rc::default(), key, inner, budget)
        }
        (Val::Object(mut object), Val::Text(name)) => {
            let old = Object::to_change(&mut object, budget)?.take(name);
            let inner = change(old, rest, budget, change_it)?;
            set_entry(object, key, inner, budget)
        }
        (value @ (Val::Null | Val::List(_)), Val::Number(at)) => {
            let mut list = if let Val::List(list) = value { list } else { Rc::default() };
            let at = place_to_set(at, list.items().len())?;
            let items = List::to_change(&mut list, budget)?;
            let old = items.take(at);
            let inner = change(old, rest, budget, change_it)?;
            List::to_change(&mut list, budget)?.set(at, inner, budget)?;
            Ok(Val::List(list))
        }
        (value @ (Val::Null | Val::List(_)), Val::Object(_)) => {
            let old = index(&value, key, budget)?;
            let inner = change(old, rest, budget, change_it)?;
            replace_slice(&value, key, &inner, budget)
        }
        (value, key) => Err(cannot_index(&value, key)),
    }
}

fn set_entry(mut object: Rc<Object>, key: &Val, value: Val, budget: &Budget<'_>) -> Result<Val, Stop> {
    let Val::Text(name) = key else { return Ok(Val::Object(object)) };
    Object::to_change(&mut object, budget)?.set(Key::new(name), value, budget)?;
    Ok(Val::Object(object))
}

fn place_to_set(at: &Number, length: usize) -> Result<usize, Stop> {
    let index = at.as_f64().floor();
    let index = if index < 0.0 { index + length as f64 } else { index };
    if index < 0.0 {
        return Err(Stop::error("Out of bounds negative array index"));
    }
    if index.is_nan() || index > MAX_INDEX {
        return Err(Stop::error("Array index too large"));
    }
    Ok(index as usize)
}

fn replace_slice(value: &Val, key: &Val, with: &Val, budget: &Budget<'_>) -> Result<Val, Stop> {
    let Val::List(with) = with else {
        return Err(Stop::error("A slice of an array can only be assigned another array"));
    };
    let items = value.as_list().unwrap_or_default();
    let (from, to) = key_bounds(value, key, items.len())?;
    let parts = items[..from].iter().chain(with.items()).chain(&items[to..]);
    budget.step(items.len() as u64 / 8)?;
    Val::list(parts.cloned().collect(), budget)
}

fn key_bounds(value: &Val, key: &Val, length: usize) -> Result<(usize, usize), Stop> {
    let Val::Object(key) = key else { return Ok((0, 0)) };
    let bound = |name: &str| key.get(name).cloned().unwrap_or(Val::Null);
    bounds(value, &bound("start"), &bound("end"), length)
}

/// Deletes what lies at each of these paths.
pub(super) fn delete(value: Val, paths: Vec<Vec<Val>>, budget: &Budget<'_>) -> Result<Val, Stop> {
    let paths: Result<Vec<Val>, Stop> = paths.into_iter().map(|path| Val::list(path, budget)).collect();
    // From behind, so that what is before keeps its place.
    let sorted = order::sort(paths?, &mut |a, b| order::compare(b, a, budget))?;
    let mut value = value;
    for path in sorted {
        value = delete_one(value, path.as_list().unwrap_or_default(), budget)?;
    }
    Ok(value)
}

fn delete_one(value: Val, path: &[Val], budget: &Budget<'_>) -> Result<Val, Stop> {
    budget.step(1)?;
    let Some((key, rest)) = path.split_first() else { return Ok(Val::Null) };
    if path.len() > MAX_PATH {
        return Err(Stop::error(format!("a path has more than {MAX_PATH} steps")));
    }
    if !rest.is_empty() {
        if matches!(index(&value, key, budget)?, Val::Null) {
            return Ok(value);
        }
        return change(value, std::slice::from_ref(key), budget, &mut |inner| {
            delete_one(inner, rest, budget)
        });
    }
    match (value, key) {
        (Val::Null, _) => Ok(Val::Null),
        (Val::Object(mut object), Val::Text(name)) => {
            budget.step(object.len() as u64 / 4)?;
            Object::to_change(&mut object, budget)?.remove_all(|key| key == &**name);
            Ok(Val::Object(object))
        }
        (Val::List(mut list), Val::Number(at)) => {
            if let Some(at) = place(at.as_f64(), list.items().len()) {
                budget.step(list.items().len() as u64 / 16)?;
                List::to_change(&mut list, budget)?.items_mut().remove(at);
            }
            Ok(Val::List(list))
        }
        (Val::List(mut list), Val::Object(_)) => {
            let whole = Val::List(list.clone());
            let (from, to) = key_bounds(&whole, key, list.items().len())?;
            drop(whole);
            List::to_change(&mut list, budget)?.items_mut().drain(from..to);
            Ok(Val::List(list))
        }
        (value, key) => {
            let key = shown(key);
            Err(Stop::error(format!("Cannot delete {key} of {}", value.kind())))
        }
    }
}
