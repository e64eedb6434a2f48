//! Elements, text and ends, one after another.

use quick_xml::events::{BytesRef, Event};
use value::{MAX_DEPTH, Map, Value};

use super::super::{ParseError, malformed, scalar};
use super::plan::{Attributes, Plan, attributes, find};
use super::{Step, XmlReader};

/// How many different children of one element are kept where no model says which there are. An error has a handful; a map
/// is searched from its start for each.
const MAX_UNTYPED: usize = 256;

impl XmlReader<'_, '_> {
    pub(super) fn event(&mut self) -> Result<Event<'_>, ParseError> {
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
    pub(super) fn root(
        &mut self,
        plan: Option<&Plan<'_>>,
    ) -> Result<Option<(String, Attributes)>, ParseError> {
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
    pub(super) fn end(&mut self) -> Result<(), ParseError> {
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
    pub(super) fn descend(&mut self, name: &str) -> Result<bool, ParseError> {
        loop {
            match self.step(None, 0)? {
                Step::Other(found) if found == name => return Ok(true),
                Step::Other(_) | Step::Member(..) => self.skip()?,
                Step::End => return Ok(false),
            }
        }
    }

    /// The next child or the end. A child's member is looked for from the place of the one before it.
    pub(super) fn step(&mut self, plan: Option<&Plan<'_>>, hint: usize) -> Result<Step, ParseError> {
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
    pub(super) fn skip(&mut self) -> Result<(), ParseError> {
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

    /// Reads the text of the present element, which ends with it, into `self.text`.
    pub(super) fn read_text(&mut self) -> Result<(), ParseError> {
        let mut text = std::mem::take(&mut self.text);
        text.clear();
        let result = self.collect_text(&mut text);
        self.text = text;
        result
    }

    pub(super) fn collect_text(&mut self, text: &mut String) -> Result<(), ParseError> {
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

    pub(super) fn untyped(&mut self, depth: usize) -> Result<Value, ParseError> {
        if depth >= MAX_DEPTH {
            return Err(ParseError::TooDeep);
        }
        self.count.one()?;
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
            if map.len() < MAX_UNTYPED && !map.contains(&name) {
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
