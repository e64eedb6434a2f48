//! What the pages make together.

use value::{Map, Number, Value};

use super::Pager;

/// Collects pages into the one answer that the AWS CLI prints.
#[derive(Debug)]
pub struct Merger {
    whole: Value,
}

impl Default for Merger {
    fn default() -> Merger {
        Merger { whole: Value::Map(Map::new()) }
    }
}

impl Merger {
    /// Adds a page that the pager has accepted: lists grow, numbers add up, text is joined, maps keep the first page's.
    pub fn add(&mut self, pager: &Pager, mut page: Value) {
        for path in pager.result_paths() {
            let Some(new) = path.take(&mut page) else { continue };
            match path.find_mut(&mut self.whole) {
                None => path.set(&mut self.whole, new),
                Some(old) => join(old, new),
            }
        }
    }

    /// The answer, with what every page repeated and, if the walk stopped early, the `NextToken` to go on with.
    ///
    /// What the first page repeats may hold the results too: their lists are the merged ones all the same.
    pub fn finish(mut self, pager: &Pager) -> Value {
        let lists = pager.result_paths().iter().filter_map(|path| match path.find_mut(&mut self.whole)? {
            list @ Value::List(_) => Some((path, std::mem::take(list))),
            _ => None,
        });
        let lists: Vec<_> = lists.collect();
        if let (Value::Map(whole), Some(repeated)) = (&mut self.whole, pager.non_aggregate()) {
            overlay(whole, repeated);
        }
        for (path, list) in lists {
            path.set(&mut self.whole, list);
        }
        if let (Value::Map(whole), Some(token)) = (&mut self.whole, pager.resume_token()) {
            whole.insert("NextToken", token);
        }
        self.whole
    }
}

fn join(old: &mut Value, new: Value) {
    match (old, new) {
        (Value::List(old), Value::List(new)) => old.extend(new),
        (Value::Text(old), Value::Text(new)) => old.push_str(&new),
        (Value::Number(old), Value::Number(new)) => *old = sum(old, &new),
        _ => {}
    }
}

fn sum(a: &Number, b: &Number) -> Number {
    match (a, b) {
        (Number::Int(a), Number::Int(b)) if a.checked_add(*b).is_some() => Number::Int(a + b),
        _ => Number::Float(a.as_f64() + b.as_f64()),
    }
}

/// Lays one map over another: maps in both are merged, everything else is replaced.
fn overlay(under: &mut Map, over: &Map) {
    for (name, value) in over.iter() {
        match (under.get_mut(name), value) {
            (Some(Value::Map(under)), Value::Map(over)) => overlay(under, over),
            (Some(old), _) => *old = value.clone(),
            (None, _) => under.push(name.clone(), value.clone()),
        }
    }
}
