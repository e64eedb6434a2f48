//! Functions of lists: order, groups, extremes.
#![expect(clippy::needless_pass_by_value, reason = "all functions of the table are called alike")]

use std::cmp::Ordering;

use super::generators::Called;
use super::{Entry, Special, special, value};
use crate::jq::formats::shown;
use crate::jq::machine::{Done, Emit, Item, Machine};
use crate::jq::order::{compare, sort};
use crate::jq::paths;
use crate::jq::stop::Stop;
use crate::jq::val::Val;

pub(super) const ENTRIES: &[Entry] = &[
    value("sort", 0, |machine, input, _| {
        let items = items(&input, "sorted")?.to_vec();
        Val::list(sort(items, &mut |a, b| compare(a, b, machine.budget))?, machine.budget)
    }),
    value("unique", 0, |machine, input, _| {
        let sorted = sort(items(&input, "sorted")?.to_vec(), &mut |a, b| compare(a, b, machine.budget))?;
        let groups = grouped(sorted, &mut |a, b| compare(a, b, machine.budget))?;
        Val::list(groups.into_iter().filter_map(|group| group.into_iter().next()).collect(), machine.budget)
    }),
    value("min", 0, |machine, input, _| extreme(machine, &input, Ordering::Less)),
    value("max", 0, |machine, input, _| extreme(machine, &input, Ordering::Greater)),
    value("reverse", 0, reverse),
    value("flatten", 0, |machine, input, _| flatten(machine, &input, f64::INFINITY)),
    value("flatten", 1, |machine, input, arguments| {
        let depth = arguments[0].as_f64().ok_or_else(|| Stop::error("flatten depth must be a number"))?;
        if depth < 0.0 {
            return Err(Stop::error("flatten depth must not be negative"));
        }
        flatten(machine, &input, depth)
    }),
    value("transpose", 0, transpose),
    value("indices", 1, |machine, input, arguments| indices(machine, &input, &arguments[0])),
    value("index", 1, |machine, input, arguments| {
        let found = indices(machine, &input, &arguments[0])?;
        Ok(found.as_list().and_then(<[Val]>::first).cloned().unwrap_or(Val::Null))
    }),
    value("rindex", 1, |machine, input, arguments| {
        let found = indices(machine, &input, &arguments[0])?;
        Ok(found.as_list().and_then(<[Val]>::last).cloned().unwrap_or(Val::Null))
    }),
    value("toarray", 0, |machine, input, _| match input {
        Val::List(_) => Ok(input),
        other => Val::list(vec![other], machine.budget),
    }),
    value("bsearch", 1, search),
    special("sort_by", 1, Special::SortBy),
    special("group_by", 1, Special::GroupBy),
    special("unique_by", 1, Special::UniqueBy),
    special("min_by", 1, Special::MinBy),
    special("max_by", 1, Special::MaxBy),
];

fn items<'v>(value: &'v Val, done: &str) -> Result<&'v [Val], Stop> {
    value
        .as_list()
        .ok_or_else(|| Stop::error(format!("{} cannot be {done}, as it is not an array", shown(value))))
}

/// Sorted items, equal ones together.
fn grouped<T>(
    sorted: Vec<T>,
    order: &mut dyn FnMut(&T, &T) -> Result<Ordering, Stop>,
) -> Result<Vec<Vec<T>>, Stop> {
    let mut groups: Vec<Vec<T>> = Vec::new();
    for item in sorted {
        match groups.last_mut() {
            Some(group) if order(&group[0], &item)?.is_eq() => group.push(item),
            _ => groups.push(vec![item]),
        }
    }
    Ok(groups)
}

/// Of several the first minimum, and the last maximum.
fn extreme(machine: &Machine<'_>, input: &Val, wanted: Ordering) -> Result<Val, Stop> {
    let mut found: Option<&Val> = None;
    for item in items(input, "searched")? {
        let better = match found {
            None => true,
            Some(best) => {
                let ordering = compare(item, best, machine.budget)?;
                ordering == wanted || ordering.is_eq() && wanted.is_gt()
            }
        };
        if better {
            found = Some(item);
        }
    }
    Ok(found.cloned().unwrap_or(Val::Null))
}

fn reverse(machine: &Machine<'_>, input: Val, _: &[Val]) -> Result<Val, Stop> {
    match &input {
        Val::Null => Val::list(Vec::new(), machine.budget),
        Val::Text(text) => {
            machine.budget.hold(text.len())?;
            Ok(Val::text(text.chars().rev().collect::<String>()))
        }
        Val::List(list) => {
            machine.budget.step(list.items().len() as u64 / 8)?;
            Val::list(list.items().iter().rev().cloned().collect(), machine.budget)
        }
        other => Err(Stop::error(format!("Cannot reverse {}", shown(other)))),
    }
}

fn flatten(machine: &Machine<'_>, input: &Val, depth: f64) -> Result<Val, Stop> {
    let mut flat = Vec::new();
    let top = match input {
        Val::Object(object) => object.entries().iter().map(|(_, value)| value.clone()).collect(),
        other => other
            .as_list()
            .ok_or_else(|| Stop::error(format!("Cannot iterate over {}", shown(other))))?
            .to_vec(),
    };
    flatten_into(machine, &top, depth, &mut flat)?;
    Val::list(flat, machine.budget)
}

/// Values nest within a bound, so this does.
fn flatten_into(machine: &Machine<'_>, items: &[Val], depth: f64, flat: &mut Vec<Val>) -> Result<(), Stop> {
    for item in items {
        machine.budget.step(1)?;
        match item.as_list() {
            Some(inner) if depth > 0.0 => flatten_into(machine, inner, depth - 1.0, flat)?,
            _ => {
                machine.budget.hold(size_of::<Val>())?;
                flat.push(item.clone());
            }
        }
    }
    Ok(())
}

fn transpose(machine: &Machine<'_>, input: Val, _: &[Val]) -> Result<Val, Stop> {
    let rows: Result<Vec<&[Val]>, Stop> =
        items(&input, "transposed")?.iter().map(|row| items(row, "transposed")).collect();
    let rows = rows?;
    let width = rows.iter().map(|row| row.len()).max().unwrap_or(0);
    machine.budget.step((width as u64).saturating_mul(rows.len() as u64))?;
    let mut columns = Vec::new();
    for at in 0..width {
        let column = rows.iter().map(|row| row.get(at).cloned().unwrap_or(Val::Null)).collect();
        columns.push(Val::list(column, machine.budget)?);
    }
    Val::list(columns, machine.budget)
}

fn indices(machine: &Machine<'_>, input: &Val, wanted: &Val) -> Result<Val, Stop> {
    match (input, wanted) {
        (Val::Null, _) => Ok(Val::Null),
        (Val::Text(text), Val::Text(wanted)) => super::texts::places(text, wanted, machine.budget),
        (Val::List(list), Val::List(wanted)) => paths::indices(list.items(), wanted.items(), machine.budget),
        (Val::List(list), wanted) => {
            paths::indices(list.items(), std::slice::from_ref(wanted), machine.budget)
        }
        (value, key) => {
            Err(Stop::error(format!("Cannot determine indices of {} in {}", shown(key), value.kind())))
        }
    }
}

/// Where a value stands in a sorted list, or -1 minus where it would.
fn search(machine: &Machine<'_>, input: Val, arguments: &[Val]) -> Result<Val, Stop> {
    let items = items(&input, "searched")?;
    let (mut low, mut high) = (0, items.len());
    while low < high {
        let middle = low + (high - low) / 2;
        match compare(&items[middle], &arguments[0], machine.budget)? {
            Ordering::Equal => return Ok(Val::int(middle as i64)),
            Ordering::Less => low = middle + 1,
            Ordering::Greater => high = middle,
        }
    }
    Ok(Val::int(-1 - low as i64))
}

impl Called<'_, '_, '_> {
    /// Functions that look at items by a key: all results of a filter.
    pub(super) fn by(&self, special: Special, input: &Val, emit: Emit<'_>) -> Done {
        let budget = self.machine.budget;
        let mut keyed = Vec::new();
        for item in items(input, "sorted")? {
            let key = self.machine.collect(&self.arguments[0], self.scope, Item::plain(item.clone()))?;
            keyed.push((Val::list(key, budget)?, item.clone()));
        }
        let mut by_key = |a: &(Val, Val), b: &(Val, Val)| compare(&a.0, &b.0, budget);
        let list = |items: Vec<Val>| Val::list(items, budget);
        let result = match special {
            Special::MinBy | Special::MaxBy => {
                let mut best: Option<(Val, Val)> = None;
                for item in keyed {
                    let better = match &best {
                        None => true,
                        Some(best) if special == Special::MinBy => by_key(&item, best)?.is_lt(),
                        Some(best) => by_key(&item, best)?.is_ge(),
                    };
                    if better {
                        best = Some(item);
                    }
                }
                best.map_or(Val::Null, |(_, item)| item)
            }
            Special::SortBy => {
                let sorted = sort(keyed, &mut by_key)?;
                list(sorted.into_iter().map(|(_, item)| item).collect())?
            }
            _ => {
                let groups = grouped(sort(keyed, &mut by_key)?, &mut by_key)?;
                let mut made = Vec::new();
                for group in groups {
                    let mut items = group.into_iter().map(|(_, item)| item);
                    if special == Special::UniqueBy {
                        made.extend(items.next());
                    } else {
                        made.push(list(items.collect())?);
                    }
                }
                list(made)?
            }
        };
        emit(Item::plain(result))
    }
}
