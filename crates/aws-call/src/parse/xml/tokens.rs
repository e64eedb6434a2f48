//! Elements, text and ends, one after another.

use std::borrow::Cow;

use value::{MAX_DEPTH, Map, Value};

use super::super::{ParseError, malformed, scalar};
use super::plan::{Attributes, Plan, attributes};
use super::scanner::{ScanError, Token};
use super::{Step, XmlReader};

/// How many different children of one element are kept where no model says which there are. An error has a handful; a map
/// is searched from its start for each.
const MAX_UNTYPED: usize = 256;

impl XmlReader<'_, '_> {
    pub(super) fn token(&mut self) -> Result<Token<'_>, ParseError> {
        let limit = self.options.max_body;
        self.scanner.next().map_err(|error| match error {
            ScanError::Io(error) if error.kind() == std::io::ErrorKind::FileTooLarge => {
                ParseError::TooLong(limit)
            }
            ScanError::Io(error) => ParseError::Io(error),
            error => malformed("XML", error),
        })
    }

    /// Goes to the root element; nothing if there is none at all.
    pub(super) fn root(
        &mut self,
        plan: Option<&Plan<'_>>,
    ) -> Result<Option<(String, Attributes)>, ParseError> {
        loop {
            match self.token()? {
                Token::Start(tag) => {
                    let attributes = match plan {
                        Some(plan) if plan.attributes => attributes(tag)?,
                        _ => Attributes::new(),
                    };
                    return Ok(Some((tag.local_name().to_owned(), attributes)));
                }
                Token::Done => return Ok(None),
                Token::Text(text) if text.trim().is_empty() => {}
                _ => return Err(malformed("XML", "text before the first element")),
            }
        }
    }

    /// Makes sure that nothing follows the root element.
    pub(super) fn end(&mut self) -> Result<(), ParseError> {
        loop {
            match self.token()? {
                Token::Done => return Ok(()),
                Token::Text(text) if text.trim().is_empty() => {}
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

    /// The next child or the end. A child's member is looked for from that of the one before it on.
    pub(super) fn step(&mut self, plan: Option<&Plan<'_>>, before: usize) -> Result<Step, ParseError> {
        if let Some((plan, expected)) = plan.and_then(|plan| Some((plan, plan.expected(before)?)))
            && self.scanner.take_start(plan.members[expected].name)
        {
            return Ok(Step::Member(expected, Attributes::new()));
        }
        loop {
            match self.token()? {
                Token::Start(tag) => {
                    let name = tag.local_name();
                    let Some((plan, found)) = plan.and_then(|plan| Some((plan, plan.find(name, before)?)))
                    else {
                        return Ok(Step::Other(name.to_owned()));
                    };
                    let wants = plan.members[found].has_attributes;
                    let attributes = if wants { attributes(tag)? } else { Attributes::new() };
                    return Ok(Step::Member(found, attributes));
                }
                Token::End => return Ok(Step::End),
                Token::Done => return Err(malformed("XML", "unexpected end")),
                _ => {}
            }
        }
    }

    /// Skips the rest of the present element.
    pub(super) fn skip(&mut self) -> Result<(), ParseError> {
        let mut open = 1_usize;
        while open > 0 {
            match self.token()? {
                Token::Start(_) => open += 1,
                Token::End => open -= 1,
                Token::Done => return Err(malformed("XML", "unexpected end")),
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
            match self.token()? {
                Token::Text(part) | Token::Literal(part) if before_child => text.push_str(&lines(part)),
                Token::Reference(name) if before_child => text.push(character(name)?),
                Token::Start(_) => {
                    before_child = false;
                    open += 1;
                }
                Token::End => {
                    open -= 1;
                    if open == 0 {
                        return Ok(());
                    }
                }
                Token::Done => return Err(malformed("XML", "unexpected end")),
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
            let name = match self.token()? {
                Token::Text(part) | Token::Literal(part) if map.is_none() => {
                    text.push_str(&lines(part));
                    continue;
                }
                Token::Reference(name) if map.is_none() => {
                    text.push(character(name)?);
                    continue;
                }
                Token::Start(tag) => tag.local_name().to_owned(),
                Token::End => break,
                Token::Done => return Err(malformed("XML", "unexpected end")),
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

/// Text with the line ends that XML reads it with: every other kind becomes a newline.
fn lines(text: &str) -> Cow<'_, str> {
    if !text.contains('\r') {
        return Cow::Borrowed(text);
    }
    Cow::Owned(text.replace("\r\n", "\n").replace('\r', "\n"))
}

/// The character that a reference stands for. Entities that a document declares itself are refused.
fn character(name: &str) -> Result<char, ParseError> {
    if let Some(number) = name.strip_prefix('#') {
        let character = numbered(number).filter(|character| *character != '\0');
        return character.ok_or_else(|| {
            malformed("XML", format!("no character has the number `{}`", scalar::shortened(number)))
        });
    }
    Ok(match name {
        "amp" => '&',
        "lt" => '<',
        "gt" => '>',
        "quot" => '"',
        "apos" => '\'',
        other => return Err(malformed("XML", format!("undefined entity `{}`", scalar::shortened(other)))),
    })
}

fn numbered(number: &str) -> Option<char> {
    let (digits, radix) = number.strip_prefix('x').map_or((number, 10), |digits| (digits, 16));
    let plain = digits.starts_with(|digit: char| digit.is_digit(radix));
    plain.then(|| u32::from_str_radix(digits, radix).ok().and_then(char::from_u32)).flatten()
}
