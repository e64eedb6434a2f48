//! XML by the model, piece by piece, without a document in between.
//!
//! A structure's children are matched against its members as they come and sorted into the model's order at its end.
//! Names are compared without their prefixes. Text is an element's text before its first child.

use std::collections::HashMap;
use std::io::BufRead;
use std::rc::Rc;

use aws_model::{Location, ShapeId, ShapeKind};
use quick_xml::Reader;
use quick_xml::events::{BytesRef, BytesStart, Event};
use value::{Key, MAX_DEPTH, Map, Value};

use super::{ParseError, malformed, map_of, scalar, unique_map, unknown_union_member};
use crate::message::ParseOptions;
use crate::view::View;

/// Reads an answer of the query and ec2 protocols: its value and its request id.
pub(super) fn query_answer(
    body: &mut dyn BufRead,
    output: Option<View<'_>>,
    wrapper: Option<&str>,
    options: &ParseOptions,
) -> Result<(Value, Option<String>), ParseError> {
    let mut reader = XmlReader::new(body, options);
    let plan = output.filter(|_| wrapper.is_none()).map(|output| reader.plan(output));
    let Some((_, attributes)) = reader.root(plan.as_deref())? else {
        return match output.filter(|output| !output.shape.members().is_empty()) {
            None => Ok((Value::Map(Map::new()), None)),
            Some(_) => Err(malformed("XML", "no element found")),
        };
    };
    let value = match (output, wrapper) {
        (Some(output), Some(wrapper)) => {
            let found = reader.wrapped(output, wrapper)?;
            found.ok_or_else(|| malformed("XML", format!("no element `{wrapper}`")))?
        }
        (Some(output), None) => reader.structure(output, attributes, 1)?,
        (None, _) => {
            reader.wrapped_nothing()?;
            Value::Map(Map::new())
        }
    };
    reader.end()?;
    Ok((value, reader.request_id))
}

/// Reads a body whose root is a value of that shape. Nothing if the body is empty.
pub(super) fn body(view: View<'_>, body: &[u8], options: &ParseOptions) -> Result<Option<Value>, ParseError> {
    let mut bytes = body;
    let mut reader = XmlReader::new(&mut bytes, options);
    let plan = matches!(view.kind(), ShapeKind::Structure(_)).then(|| reader.plan(view));
    let Some((_, attributes)) = reader.root(plan.as_deref())? else { return Ok(None) };
    let value = reader.value(view, attributes, 1)?;
    reader.end()?;
    Ok(Some(value))
}

/// Reads a value of that shape from the element that `path` leads to below the root.
pub(super) fn body_at(
    view: View<'_>,
    body: &[u8],
    path: &[&str],
    options: &ParseOptions,
) -> Result<Option<Value>, ParseError> {
    let mut bytes = body;
    let mut reader = XmlReader::new(&mut bytes, options);
    if reader.root(None)?.is_none() {
        return Ok(None);
    }
    for step in path {
        if !reader.descend(step)? {
            return Ok(None);
        }
    }
    reader.structure(view, Vec::new(), 1).map(Some)
}

/// Reads a body without a model: the root's name and its content, where an element with children is a map (the first of
/// several of one name counts) and any other is its text, or null if it has none.
pub(super) fn tree(body: &[u8]) -> Result<(String, Value), ParseError> {
    let options = ParseOptions::default();
    let mut bytes = body;
    let mut reader = XmlReader::new(&mut bytes, &options);
    let Some((name, _)) = reader.root(None)? else { return Err(malformed("XML", "no element found")) };
    let value = reader.untyped(1)?;
    reader.end()?;
    Ok((name, value))
}

/// What is known of a structure before its first element is read.
struct Plan<'a> {
    members: Vec<Planned<'a>>,
    /// Whether any member is an attribute.
    attributes: bool,
}

struct Planned<'a> {
    /// The element's name.
    name: &'a str,
    key: &'a Key,
    view: View<'a>,
    /// The member's elements stand beside each other.
    flattened: bool,
    attribute: bool,
    /// The plan of the member's own shape is needed before its children: it has attributes.
    has_attributes: bool,
}

type Attributes = Vec<(String, String)>;

/// What comes next inside an element.
enum Step {
    /// The element of a member.
    Member(usize, Attributes),
    /// Another element.
    Other(String),
    /// The element's end.
    End,
}

struct XmlReader<'a, 'r> {
    reader: Reader<&'r mut dyn BufRead>,
    buffer: Vec<u8>,
    text: String,
    plans: HashMap<ShapeId, Rc<Plan<'a>>>,
    /// Members of all open structures with their places, and items of all open lists.
    stack: Vec<(u32, Value)>,
    request_id: Option<String>,
    options: &'r ParseOptions,
}

impl<'a, 'r> XmlReader<'a, 'r> {
    fn new(body: &'r mut dyn BufRead, options: &'r ParseOptions) -> XmlReader<'a, 'r> {
        let mut reader = Reader::from_reader(body);
        reader.config_mut().expand_empty_elements = true;
        XmlReader {
            reader,
            buffer: Vec::new(),
            text: String::new(),
            plans: HashMap::new(),
            stack: Vec::new(),
            request_id: None,
            options,
        }
    }

    fn event(&mut self) -> Result<Event<'_>, ParseError> {
        self.buffer.clear();
        let limit = self.options.max_body;
        self.reader.read_event_into(&mut self.buffer).map_err(|error| match error {
            quick_xml::Error::Io(error) if error.kind() == std::io::ErrorKind::FileTooLarge => {
                ParseError::TooLong(limit)
            }
            quick_xml::Error::Io(error) => ParseError::Io(std::io::Error::new(error.kind(), error)),
            error => malformed("XML", error),
        })
    }

    /// Goes to the root element; nothing if there is none at all.
    fn root(&mut self, plan: Option<&Plan<'_>>) -> Result<Option<(String, Attributes)>, ParseError> {
        loop {
            match self.event()? {
                Event::Start(start) => {
                    let attributes = match plan {
                        Some(plan) if plan.attributes => attributes(&start)?,
                        _ => Attributes::new(),
                    };
                    return Ok(Some((start.local_name().into_inner().to_owned(), attributes)));
                }
                Event::Eof => return Ok(None),
                Event::Text(text) if text.xml10_content().trim().is_empty() => {}
                Event::Decl(_) | Event::Comment(_) | Event::PI(_) | Event::DocType(_) => {}
                _ => return Err(malformed("XML", "text before the first element")),
            }
        }
    }

    /// Makes sure that nothing follows the root element.
    fn end(&mut self) -> Result<(), ParseError> {
        loop {
            match self.event()? {
                Event::Eof => return Ok(()),
                Event::Text(text) if text.xml10_content().trim().is_empty() => {}
                Event::Comment(_) | Event::PI(_) => {}
                _ => return Err(malformed("XML", "content after the root element")),
            }
        }
    }

    /// Goes to the next child of that name, past others; false at the element's end.
    fn descend(&mut self, name: &str) -> Result<bool, ParseError> {
        loop {
            match self.step(None, 0)? {
                Step::Other(found) if found == name => return Ok(true),
                Step::Other(_) | Step::Member(..) => self.skip()?,
                Step::End => return Ok(false),
            }
        }
    }

    /// Reads the root's children where one of them holds the output.
    fn wrapped(&mut self, output: View<'a>, wrapper: &str) -> Result<Option<Value>, ParseError> {
        let mut found = None;
        loop {
            match self.step(None, 0)? {
                Step::Other(name) if name == wrapper && found.is_none() => {
                    found = Some(self.structure(output, Vec::new(), 2)?);
                }
                Step::Other(name) => self.aside(&name)?,
                Step::Member(..) => {}
                Step::End => return Ok(found),
            }
        }
    }

    fn wrapped_nothing(&mut self) -> Result<(), ParseError> {
        loop {
            match self.step(None, 0)? {
                Step::Other(name) => self.aside(&name)?,
                Step::Member(..) => {}
                Step::End => return Ok(()),
            }
        }
    }

    /// Reads a child of the root that is no part of the output: perhaps the request id.
    fn aside(&mut self, name: &str) -> Result<(), ParseError> {
        let id = match name {
            "requestId" | "RequestId" | "ResponseMetadata" => self.untyped(2)?,
            _ => return self.skip(),
        };
        let id = if name == "ResponseMetadata" { id.get("RequestId").cloned() } else { Some(id) };
        if let Some(Value::Text(id)) = id {
            self.request_id = Some(id.into());
        }
        Ok(())
    }

    fn plan(&mut self, view: View<'a>) -> Rc<Plan<'a>> {
        if let Some(plan) = self.plans.get(&view.id) {
            return Rc::clone(plan);
        }
        let members: Vec<Planned<'a>> =
            view.shape.members().iter().map(|member| planned(view.at(member), member)).collect();
        let plan = Rc::new(Plan { attributes: members.iter().any(|member| member.attribute), members });
        self.plans.insert(view.id, Rc::clone(&plan));
        plan
    }

    /// The next child or the end. A child's member is looked for from the place of the one before it.
    fn step(&mut self, plan: Option<&Plan<'_>>, hint: usize) -> Result<Step, ParseError> {
        loop {
            match self.event()? {
                Event::Start(start) => {
                    let name = start.local_name().into_inner();
                    let Some(found) = plan.and_then(|plan| find(plan, name, hint)) else {
                        return Ok(Step::Other(name.to_owned()));
                    };
                    let wants = plan.is_some_and(|plan| plan.members[found].has_attributes);
                    let attributes = if wants { attributes(&start)? } else { Attributes::new() };
                    return Ok(Step::Member(found, attributes));
                }
                Event::End(_) => return Ok(Step::End),
                Event::Eof => return Err(malformed("XML", "unexpected end")),
                _ => {}
            }
        }
    }

    /// Skips the rest of the present element.
    fn skip(&mut self) -> Result<(), ParseError> {
        let mut open = 1_usize;
        while open > 0 {
            match self.event()? {
                Event::Start(_) => open += 1,
                Event::End(_) => open -= 1,
                Event::Eof => return Err(malformed("XML", "unexpected end")),
                _ => {}
            }
        }
        Ok(())
    }

    fn value(&mut self, view: View<'a>, attributes: Attributes, depth: usize) -> Result<Value, ParseError> {
        if depth >= MAX_DEPTH {
            return Err(ParseError::TooDeep);
        }
        match view.kind() {
            ShapeKind::Structure(_) => self.structure(view, attributes, depth),
            ShapeKind::List(item) => self.list(view.at(item), depth),
            ShapeKind::Map { key, value } => self.map(view.at(key), view.at(value), depth),
            _ => {
                self.read_text()?;
                scalar::from_text(view, &self.text, self.options)
            }
        }
    }

    fn structure(
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
        let mut hint = 0;
        let mut tags = Vec::new();
        loop {
            match self.step(Some(&plan), hint)? {
                Step::End => break,
                Step::Member(at, attributes) => {
                    let member = &plan.members[at];
                    if view.union() {
                        note(&mut tags, member.name);
                    }
                    hint = at;
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
                    return Err(malformed(
                        "XML",
                        format!("{} must have one and only one member set", view.shape.name),
                    ));
                }
            }
        }
        Ok(Value::Map(self.assemble(&plan, base)))
    }

    /// One element of a member: its value, or one item or entry of it.
    fn member(
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
    fn assemble(&mut self, plan: &Plan<'a>, base: usize) -> Map {
        let members = &mut self.stack[base..];
        if !members.is_sorted_by_key(|(at, _)| *at) {
            members.sort_by_key(|(at, _)| *at);
        }
        let distinct = members.chunk_by(|(one, _), (other, _)| one == other).count();
        let mut entries = Vec::with_capacity(distinct);
        let mut members = self.stack.drain(base..).peekable();
        while let Some((at, value)) = members.next() {
            let member = &plan.members[at as usize];
            let mut more = || members.next_if(|(next, _)| *next == at).map(|(_, value)| value);
            let value = match (member.flattened, member.view.kind()) {
                (true, ShapeKind::List(_)) => {
                    let mut items = vec![value];
                    items.extend(std::iter::from_fn(more));
                    items.shrink_to_fit();
                    Value::List(items)
                }
                (true, _) => {
                    let pairs = std::iter::once(value).chain(std::iter::from_fn(more)).filter_map(pair);
                    Value::Map(map_of(pairs.collect()))
                }
                (false, _) => {
                    while more().is_some() {}
                    value
                }
            };
            entries.push((member.key.clone(), value));
        }
        drop(members);
        unique_map(entries)
    }

    fn list(&mut self, item: View<'a>, depth: usize) -> Result<Value, ParseError> {
        let base = self.stack.len();
        let plan = matches!(item.kind(), ShapeKind::Structure(_)).then(|| self.plan(item));
        let wants = plan.is_some_and(|plan| plan.attributes);
        loop {
            let attributes = match self.event()? {
                Event::Start(start) if wants => attributes(&start)?,
                Event::Start(_) => Attributes::new(),
                Event::End(_) => break,
                Event::Eof => return Err(malformed("XML", "unexpected end")),
                _ => continue,
            };
            let value = self.value(item, attributes, depth + 1)?;
            self.stack.push((0, value));
        }
        Ok(Value::List(self.stack.drain(base..).map(|(_, value)| value).collect()))
    }

    fn map(&mut self, key: View<'a>, value: View<'a>, depth: usize) -> Result<Value, ParseError> {
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
    fn entry(
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

    /// Reads the text of the present element, which ends with it, into `self.text`.
    fn read_text(&mut self) -> Result<(), ParseError> {
        let mut text = std::mem::take(&mut self.text);
        text.clear();
        let result = self.collect_text(&mut text);
        self.text = text;
        result
    }

    fn collect_text(&mut self, text: &mut String) -> Result<(), ParseError> {
        let mut before_child = true;
        let mut open = 1_usize;
        loop {
            match self.event()? {
                Event::Text(part) if before_child => text.push_str(&part.xml10_content()),
                Event::CData(part) if before_child => text.push_str(&part.xml10_content()),
                Event::GeneralRef(part) if before_child => text.push(character(&part)?),
                Event::Start(_) => {
                    before_child = false;
                    open += 1;
                }
                Event::End(_) => {
                    open -= 1;
                    if open == 0 {
                        return Ok(());
                    }
                }
                Event::Eof => return Err(malformed("XML", "unexpected end")),
                _ => {}
            }
        }
    }

    fn untyped(&mut self, depth: usize) -> Result<Value, ParseError> {
        if depth >= MAX_DEPTH {
            return Err(ParseError::TooDeep);
        }
        let mut text = String::new();
        let mut map: Option<Map> = None;
        loop {
            let name = match self.event()? {
                Event::Text(part) if map.is_none() => {
                    text.push_str(&part.xml10_content());
                    continue;
                }
                Event::CData(part) if map.is_none() => {
                    text.push_str(&part.xml10_content());
                    continue;
                }
                Event::GeneralRef(part) if map.is_none() => {
                    text.push(character(&part)?);
                    continue;
                }
                Event::Start(start) => start.local_name().into_inner().to_owned(),
                Event::End(_) => break,
                Event::Eof => return Err(malformed("XML", "unexpected end")),
                _ => continue,
            };
            let value = self.untyped(depth + 1)?;
            let map = map.get_or_insert_default();
            if !map.contains(&name) {
                map.push(name, value);
            }
        }
        Ok(match map {
            Some(map) => Value::Map(map),
            None if text.is_empty() => Value::Null,
            None => Value::from(text),
        })
    }
}

fn planned<'a>(view: View<'a>, member: &'a aws_model::Member) -> Planned<'a> {
    let flattened = view.flattened();
    let item_name = match view.kind() {
        ShapeKind::List(item) if flattened => view.at(item).wire_name(),
        _ => None,
    };
    let element = match view.kind() {
        ShapeKind::List(item) if flattened => view.at(item),
        _ => view,
    };
    let elsewhere = matches!(member.location, Location::Header | Location::Headers | Location::StatusCode);
    Planned {
        // No element has an empty name.
        name: if elsewhere || member.event_header {
            ""
        } else {
            item_name.or(view.wire_name()).unwrap_or(&member.name)
        },
        key: &member.name,
        view,
        flattened: flattened && matches!(view.kind(), ShapeKind::List(_) | ShapeKind::Map { .. }),
        attribute: view.xml_attribute(),
        has_attributes: element.shape.members().iter().any(|member| element.at(member).xml_attribute()),
    }
}

/// The member of that element name, looked for from `hint` on and then from the start.
fn find(plan: &Plan<'_>, name: &str, hint: usize) -> Option<usize> {
    let (before, after) = plan.members.split_at(hint.min(plan.members.len()));
    let here = after.iter().position(|member| member.name == name).map(|at| at + before.len());
    here.or_else(|| before.iter().position(|member| member.name == name))
}

fn attributes(start: &BytesStart<'_>) -> Result<Attributes, ParseError> {
    start
        .attributes()
        .map(|attribute| {
            let attribute = attribute.map_err(|error| malformed("XML", error))?;
            let value = attribute
                .normalized_value(quick_xml::XmlVersion::Implicit1_0)
                .map_err(|error| malformed("XML", error))?;
            Ok((attribute.key.into_inner().to_owned(), value.into_owned()))
        })
        .collect()
}

/// Whether an attribute has the model's name; which prefix a document chose for a namespace does not matter.
fn same_attribute(wanted: &str, found: &str) -> bool {
    match (wanted.split_once(':'), found.split_once(':')) {
        (Some((_, wanted)), Some((_, found))) => wanted == found,
        (None, None) => wanted == found,
        _ => false,
    }
}

fn note(tags: &mut Vec<String>, tag: &str) {
    if tags.iter().all(|known| known != tag) {
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

/// The character that a reference stands for. Entities that a document declares itself are refused.
fn character(reference: &BytesRef<'_>) -> Result<char, ParseError> {
    if let Some(character) = reference.resolve_char_ref().map_err(|error| malformed("XML", error))? {
        return Ok(character);
    }
    Ok(match &**reference {
        "amp" => '&',
        "lt" => '<',
        "gt" => '>',
        "quot" => '"',
        "apos" => '\'',
        other => return Err(malformed("XML", format!("undefined entity `{}`", scalar::shortened(other)))),
    })
}
