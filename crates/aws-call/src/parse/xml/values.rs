//! Values by their shapes.

use aws_model::ShapeKind;
use value::{Key, MAX_DEPTH, Map, Value};

use super::super::{ParseError, UNION_RULE, malformed, map_of, scalar, unknown_union_member};
use super::plan::{Attributes, Plan, Planned, attributes, is_plain, same_attribute};
use super::scanner::Token;
use super::{Step, XmlReader};
use crate::view::View;

/// The place of a member that is not there; no stack grows so high.
const ABSENT: u32 = u32::MAX;

impl<'a> XmlReader<'a, '_> {
    pub(super) fn value(
        &mut self,
        view: View<'a>,
        attributes: Attributes,
        depth: usize,
    ) -> Result<Value, ParseError> {
        if depth >= MAX_DEPTH {
            return Err(ParseError::TooDeep);
        }
        self.count.one()?;
        match view.kind() {
            ShapeKind::Structure(_) => self.structure(view, attributes, depth),
            ShapeKind::List(item) => self.list(view.at(item), depth),
            ShapeKind::Map { key, value } => self.map(view.at(key), view.at(value), depth),
            _ => {
                if let Some(text) = self.scanner.take_text() {
                    return scalar::from_text(view, text, self.options);
                }
                self.read_text()?;
                scalar::from_text(view, &self.text, self.options)
            }
        }
    }

    pub(super) fn structure(
        &mut self,
        view: View<'a>,
        attributes: Attributes,
        depth: usize,
    ) -> Result<Value, ParseError> {
        let plan = self.plan(view);
        let base = self.stack.len();
        for (name, value) in attributes {
            if let Some(at) =
                plan.members.iter().position(|member| member.attribute && same_attribute(member.name, &name))
            {
                self.stack.push((at as u32, Value::from(value)));
            }
        }
        let mut before = 0;
        let mut tags = Vec::new();
        loop {
            match self.step(Some(&plan), before)? {
                Step::End => break,
                Step::Member(at, attributes) => {
                    let member = &plan.members[at];
                    if view.union() {
                        note(&mut tags, member.name);
                    }
                    before = at + 1;
                    // Most members are text: put where they belong at once, not handed through three returns.
                    if member.text
                        && depth + 1 < MAX_DEPTH
                        && let Some(text) = self.scanner.take_text()
                    {
                        self.count.one()?;
                        self.stack.push((at as u32, Value::text(text)));
                        continue;
                    }
                    let value = self.member(member, attributes, depth)?;
                    self.stack.push((at as u32, value));
                }
                Step::Other(name) => {
                    if view.union() {
                        note(&mut tags, &name);
                    }
                    if depth == 1 { self.aside(&name)? } else { self.skip()? }
                }
            }
        }
        if view.union() {
            match tags.as_slice() {
                [tag] if plan.members.iter().all(|member| member.name != tag) => {
                    self.stack.truncate(base);
                    return Ok(unknown_union_member(tag));
                }
                [_] => {}
                _ => {
                    return Err(malformed("XML", format!("{}{UNION_RULE}", view.shape.name)));
                }
            }
        }
        Ok(Value::Map(self.assemble(&plan, base)))
    }

    /// One element of a member: its value, or one item or entry of it.
    pub(super) fn member(
        &mut self,
        member: &Planned<'a>,
        attributes: Attributes,
        depth: usize,
    ) -> Result<Value, ParseError> {
        match member.view.kind() {
            ShapeKind::List(item) if member.flattened => {
                let item = member.view.at(item);
                self.value(item, attributes, depth + 2)
            }
            ShapeKind::Map { key, value } if member.flattened => {
                let entry = self.entry(member.view.at(key), member.view.at(value), depth + 1)?;
                Ok(entry.map_or(Value::Null, |(key, value)| Value::List(vec![Value::text(&key), value])))
            }
            _ => self.value(member.view, attributes, depth + 1),
        }
    }

    /// Makes a map of the members above `base`, in the model's order.
    pub(super) fn assemble(&mut self, plan: &Plan<'a>, base: usize) -> Map {
        if !self.sort(plan.members.len(), base) {
            return self.gather(plan, base);
        }
        let mut entries = Vec::with_capacity(self.stack.len() - base);
        for &index in &self.places {
            let Some((at, value)) = self.stack.get_mut(base + index as usize) else { continue };
            let member = &plan.members[*at as usize];
            let value = std::mem::take(value);
            let value = if member.flattened { member.of_many(vec![value]) } else { value };
            entries.push((member.key.clone(), value));
        }
        self.stack.truncate(base);
        Map::from_unique(entries)
    }

    /// Finds the model's order of the members above `base`: their places there, [`ABSENT`] for those between that are not
    /// there. False if one of them is there several times.
    fn sort(&mut self, members: usize, base: usize) -> bool {
        let found = &self.stack[base..];
        self.places.clear();
        if found.is_sorted_by(|(one, _), (next, _)| one < next) {
            self.places.extend(0..found.len() as u32);
            return true;
        }
        self.places.resize(members, ABSENT);
        for (index, (at, _)) in found.iter().enumerate() {
            let place = &mut self.places[*at as usize];
            if std::mem::replace(place, index as u32) != ABSENT {
                return false;
            }
        }
        true
    }

    /// The same where some of the members are there several times.
    fn gather(&mut self, plan: &Plan<'a>, base: usize) -> Map {
        let members = &mut self.stack[base..];
        members.sort_by_key(|(at, _)| *at);
        let distinct = members.chunk_by(|(one, _), (other, _)| one == other).count();
        let mut entries = Vec::with_capacity(distinct);
        let mut members = self.stack.drain(base..).peekable();
        while let Some((at, value)) = members.next() {
            let member = &plan.members[at as usize];
            let mut more = || members.next_if(|(next, _)| *next == at).map(|(_, value)| value);
            let value = if member.flattened {
                member.of_many(std::iter::once(value).chain(std::iter::from_fn(more)).collect())
            } else {
                while more().is_some() {}
                value
            };
            entries.push((member.key.clone(), value));
        }
        drop(members);
        Map::from_unique(entries)
    }

    pub(super) fn list(&mut self, item: View<'a>, depth: usize) -> Result<Value, ParseError> {
        let base = self.stack.len();
        let plan = matches!(item.kind(), ShapeKind::Structure(_)).then(|| self.plan(item));
        let wants = plan.is_some_and(|plan| plan.attributes);
        let name = item.wire_name().map_or("member", |name| name);
        let plain = !wants && is_plain(name);
        loop {
            if plain && self.scanner.take_start(name) {
                let value = self.value(item, Attributes::new(), depth + 1)?;
                self.stack.push((0, value));
                continue;
            }
            let attributes = match self.token()? {
                Token::Start(tag) if wants => attributes(tag)?,
                Token::Start(_) => Attributes::new(),
                Token::End => break,
                Token::Done => return Err(malformed("XML", "unexpected end")),
                _ => continue,
            };
            let value = self.value(item, attributes, depth + 1)?;
            self.stack.push((0, value));
        }
        Ok(Value::List(self.stack.drain(base..).map(|(_, value)| value).collect()))
    }

    pub(super) fn map(&mut self, key: View<'a>, value: View<'a>, depth: usize) -> Result<Value, ParseError> {
        let mut entries = Vec::new();
        loop {
            match self.step(None, 0)? {
                Step::End => break,
                _ => entries.extend(self.entry(key, value, depth + 1)?),
            }
        }
        Ok(Value::Map(map_of(entries)))
    }

    /// Reads an entry's key and value; nothing if one of them is missing.
    pub(super) fn entry(
        &mut self,
        key: View<'a>,
        value: View<'a>,
        depth: usize,
    ) -> Result<Option<(Key, Value)>, ParseError> {
        let key_name = key.wire_name().map_or("key", |name| name);
        let value_name = value.wire_name().map_or("value", |name| name);
        let (mut found_key, mut found_value) = (None, None);
        loop {
            match self.step(None, 0)? {
                Step::End => return Ok(found_key.zip(found_value)),
                Step::Other(name) if name == key_name => {
                    self.read_text()?;
                    found_key = Some(Key::new(&self.text));
                }
                Step::Other(name) if name == value_name => {
                    found_value = Some(self.value(value, Vec::new(), depth)?)
                }
                Step::Other(name) => return Err(malformed("XML", format!("unknown tag: {name}"))),
                Step::Member(..) => {}
            }
        }
    }
}

impl Planned<'_> {
    /// The value of a member whose items or entries stand beside each other.
    fn of_many(&self, mut parts: Vec<Value>) -> Value {
        if matches!(self.view.kind(), ShapeKind::List(_)) {
            parts.shrink_to_fit();
            return Value::List(parts);
        }
        Value::Map(map_of(parts.into_iter().filter_map(pair).collect()))
    }
}

/// Remembers a tag. A second one makes a union a fault, so further ones do not matter.
fn note(tags: &mut Vec<String>, tag: &str) {
    if tags.len() < 2 && tags.iter().all(|known| known != tag) {
        tags.push(tag.to_owned());
    }
}

fn pair(value: Value) -> Option<(Key, Value)> {
    let Value::List(parts) = value else { return None };
    let mut parts = parts.into_iter();
    match (parts.next(), parts.next()) {
        (Some(Value::Text(key)), Some(value)) => Some((Key::new(&key), value)),
        _ => None,
    }
}
