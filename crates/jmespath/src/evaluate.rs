//! Applying an expression to a value.

use std::cmp::Ordering;
use std::rc::Rc;

use value::{Key, Value};

use crate::JmespathError;
use crate::ast::{Comparison, Node, Slice};
use crate::budget::{Budget, size_of_value, weight};
use crate::found::Found;
use crate::{equality, functions, python};

type Outcome<'a> = Result<Found<'a>, JmespathError>;

/// Applies an expression and copies its result out.
pub(crate) fn search(root: &Node, input: &Value, free_steps: u64) -> Result<Value, JmespathError> {
    let search = Search { budget: Budget::of(input, free_steps) };
    let found = search.visit(root, &Found::Held(input))?;
    search.take_out(&found)
}

/// One search, and what it may still do.
pub(crate) struct Search<'a> {
    budget: Budget<'a>,
}

impl<'a> Search<'a> {
    /// Counts values about to be made, and refuses beyond the limit.
    pub(crate) fn spend(&self, values: usize) -> Result<(), JmespathError> {
        self.budget.spend(values)
    }

    /// Counts items about to be looked at, and refuses beyond the limit.
    pub(crate) fn walk(&self, steps: usize) -> Result<(), JmespathError> {
        self.budget.walk(steps)
    }

    /// Python's `==`.
    pub(crate) fn python_equal(&self, one: &Found<'_>, other: &Found<'_>) -> Result<bool, JmespathError> {
        equality::python_equal(&self.budget, one, other)
    }

    /// Copies a result out, if it is of reasonable size.
    pub(crate) fn take_out(&self, found: &Found<'a>) -> Result<Value, JmespathError> {
        self.measure(found)?;
        Ok(found.to_value())
    }

    fn measure(&self, found: &Found<'a>) -> Result<(), JmespathError> {
        match found {
            Found::Held(value) => self.spend(usize::try_from(size_of_value(value)).unwrap_or(usize::MAX)),
            Found::Scalar(value) => self.spend(usize::try_from(size_of_value(value)).unwrap_or(usize::MAX)),
            Found::List(items) => {
                self.spend(1)?;
                items.iter().try_for_each(|item| self.measure(item))
            }
            Found::Map(entries) => {
                self.spend(1)?;
                entries.iter().try_for_each(|(_, item)| self.measure(item))
            }
        }
    }

    /// Applies one step to a value.
    pub(crate) fn visit(&self, node: &'a Node, value: &Found<'a>) -> Outcome<'a> {
        self.walk(1)?;
        match node {
            Node::Current => Ok(value.clone()),
            Node::Literal(literal) => Ok(Found::Held(literal)),
            Node::Field(name) => {
                self.budget.look_up(value.names())?;
                Ok(value.field(name))
            }
            Node::Index(index) => Ok(item_at(value, *index)),
            Node::Slice(slice) => self.slice(slice, value),
            Node::Chain(steps) | Node::Indexed(steps) => self.chain(steps, value),
            Node::Projection(parts) => self.projection(parts, value),
            Node::ValueProjection(parts) => self.value_projection(parts, value),
            Node::Filter(parts) => self.filter(parts, value),
            Node::Flatten(inner) => self.flatten(inner, value),
            Node::MultiList(parts) => self.multi_list(parts, value),
            Node::MultiMap(pairs) => self.multi_map(pairs, value),
            Node::Or(parts) => self.first_where(parts, value, |found| !found.is_false()),
            Node::And(parts) => self.first_where(parts, value, Found::is_false),
            Node::Not(inner) => Ok(Found::boolean(self.visit(inner, value)?.is_false())),
            Node::Compare(comparison, sides) => self.compare(*comparison, sides, value),
            Node::Function(name, arguments) => functions::call(self, name, arguments, value),
            Node::Reference(_) => Err(JmespathError::Refused(
                "an expression reference is only possible as an argument".to_owned(),
            )),
        }
    }

    fn chain(&self, steps: &'a [Node], value: &Found<'a>) -> Outcome<'a> {
        let mut result = value.clone();
        for step in steps {
            result = self.visit(step, &result)?;
        }
        Ok(result)
    }

    fn slice(&self, slice: &Slice, value: &Found<'a>) -> Outcome<'a> {
        let Some(items) = value.items() else { return Ok(Found::null()) };
        let places = python::slice_places(items.len(), slice.start, slice.stop, slice.step)
            .ok_or_else(|| JmespathError::Refused("slice step cannot be zero".to_owned()))?;
        self.spend(places.len())?;
        Ok(Found::list(places.into_iter().filter_map(|place| items.get(place)).collect()))
    }

    /// Applies a step to every item, leaving out where it finds nothing.
    fn project(&self, items: impl Iterator<Item = Found<'a>>, step: &'a Node) -> Outcome<'a> {
        let mut collected = Vec::new();
        for item in items {
            let found = self.visit(step, &item)?;
            if !found.is_null() {
                self.spend(1)?;
                collected.push(found);
            }
        }
        Ok(Found::list(collected))
    }

    fn projection(&self, [left, right]: &'a [Node; 2], value: &Found<'a>) -> Outcome<'a> {
        let base = self.visit(left, value)?;
        self.walk(base.items().map_or(0, |items| items.len()))?;
        match base.items() {
            // Nothing is applied: the items that are not null, which is mostly all of them.
            Some(items) if matches!(right, Node::Current) && items.iter().all(|item| !item.is_null()) => {
                Ok(base)
            }
            Some(items) => self.project(items.iter(), right),
            None => Ok(Found::null()),
        }
    }

    fn value_projection(&self, [left, right]: &'a [Node; 2], value: &Found<'a>) -> Outcome<'a> {
        match self.visit(left, value)?.entries() {
            Some(entries) => self.project(entries.iter().map(|(_, found)| found), right),
            None => Ok(Found::null()),
        }
    }

    fn filter(&self, [left, right, condition]: &'a [Node; 3], value: &Found<'a>) -> Outcome<'a> {
        let Some(items) = self.visit(left, value)?.items() else { return Ok(Found::null()) };
        let mut collected = Vec::new();
        for item in items.iter() {
            if self.visit(condition, &item)?.is_false() {
                continue;
            }
            let found = self.visit(right, &item)?;
            if !found.is_null() {
                self.spend(1)?;
                collected.push(found);
            }
        }
        Ok(Found::list(collected))
    }

    fn flatten(&self, inner: &'a Node, value: &Found<'a>) -> Outcome<'a> {
        let Some(items) = self.visit(inner, value)?.items() else { return Ok(Found::null()) };
        let mut merged = Vec::new();
        for item in items.iter() {
            self.walk(1)?;
            match item.items() {
                Some(inner) => {
                    self.spend(inner.len())?;
                    merged.extend(inner.iter());
                }
                None => {
                    self.spend(1)?;
                    merged.push(item);
                }
            }
        }
        Ok(Found::list(merged))
    }

    fn multi_list(&self, parts: &'a [Node], value: &Found<'a>) -> Outcome<'a> {
        if value.is_null() {
            return Ok(Found::null());
        }
        self.spend(parts.len() + 1)?;
        let found: Result<Vec<_>, _> = parts.iter().map(|part| self.visit(part, value)).collect();
        Ok(Found::list(found?))
    }

    fn multi_map(&self, pairs: &'a [(Key, Node)], value: &Found<'a>) -> Outcome<'a> {
        if value.is_null() {
            return Ok(Found::null());
        }
        self.spend(pairs.len() + 1)?;
        let mut entries: Vec<(Key, Found<'a>)> = Vec::with_capacity(pairs.len());
        for (key, part) in pairs {
            let found = self.visit(part, value)?;
            self.budget.look_up(entries.len())?;
            match entries.iter_mut().find(|(known, _)| known == key) {
                Some((_, old)) => *old = found,
                None => entries.push((key.clone(), found)),
            }
        }
        Ok(Found::Map(Rc::new(entries)))
    }

    fn first_where(
        &self,
        parts: &'a [Node],
        value: &Found<'a>,
        stops: fn(&Found<'a>) -> bool,
    ) -> Outcome<'a> {
        let mut found = Found::null();
        for part in parts {
            found = self.visit(part, value)?;
            if stops(&found) {
                break;
            }
        }
        Ok(found)
    }

    fn compare(
        &self,
        comparison: Comparison,
        [left, right]: &'a [Node; 2],
        value: &Found<'a>,
    ) -> Outcome<'a> {
        let left = self.visit(left, value)?;
        let right = self.visit(right, value)?;
        match comparison {
            Comparison::Equal => Ok(Found::boolean(equality::equal(&self.budget, &left, &right)?)),
            Comparison::NotEqual => Ok(Found::boolean(!equality::equal(&self.budget, &left, &right)?)),
            ordering => {
                self.walk(weight(&left).min(weight(&right)))?;
                ordered(ordering, &left, &right)
            }
        }
    }
}

fn item_at<'a>(value: &Found<'a>, index: i64) -> Found<'a> {
    let Some(items) = value.items() else { return Found::null() };
    let place =
        if index < 0 { index.saturating_add(i64::try_from(items.len()).unwrap_or(i64::MAX)) } else { index };
    usize::try_from(place).ok().and_then(|place| items.get(place)).unwrap_or_else(Found::null)
}

/// Only numbers and texts have an order, and Python does not order one against the other.
fn ordered<'a>(comparison: Comparison, left: &Found<'a>, right: &Found<'a>) -> Outcome<'a> {
    let order = if let (Some(a), Some(b)) = (left.as_number(), right.as_number()) {
        python::compare_numbers(a, b)
    } else if let (Some(a), Some(b)) = (left.as_text(), right.as_text()) {
        Some(a.cmp(&b))
    } else {
        let comparable = |found: &Found<'_>| found.as_number().is_some() || found.as_text().is_some();
        if comparable(left) && comparable(right) {
            return Err(unordered(symbol(comparison), left, right));
        }
        return Ok(Found::null());
    };
    Ok(Found::boolean(order.is_some_and(|order| match comparison {
        Comparison::Less => order == Ordering::Less,
        Comparison::LessOrEqual => order != Ordering::Greater,
        Comparison::Greater => order == Ordering::Greater,
        _ => order != Ordering::Less,
    })))
}

fn symbol(comparison: Comparison) -> &'static str {
    match comparison {
        Comparison::Equal => "==",
        Comparison::NotEqual => "!=",
        Comparison::Less => "<",
        Comparison::LessOrEqual => "<=",
        Comparison::Greater => ">",
        Comparison::GreaterOrEqual => ">=",
    }
}

/// Python's text for two values that it does not order.
pub(crate) fn unordered(symbol: &str, left: &Found<'_>, right: &Found<'_>) -> JmespathError {
    JmespathError::Refused(format!(
        "'{symbol}' not supported between instances of '{}' and '{}'",
        left.kind().python_name(),
        right.kind().python_name()
    ))
}
