//! Reads the YAML that `--cli-input-yaml` is given: block lists and maps, flow ones (JSON among them), plain, quoted,
//! literal and folded scalars, comments, `!!binary`. Templates of CloudFormation may have more ([`template`]).
//!
//! Invariants: any text yields a value or a fault with its line; depth, length and what aliases repeat are bounded.
//! Absent on purpose, each with a fault that says so: keys that are no scalars, other tags, directives, several
//! documents; outside of templates anchors, aliases and merge keys, too.

mod block_scalar;
mod flow;
mod scalar;
mod template;

use std::collections::BTreeMap;

use value::{Map, Number, Value};

use template::MERGE;
pub(crate) use template::PLAIN_NAME;
pub use template::parse_template;

/// How deep lists and maps may nest.
const MAX_DEPTH: usize = 100;
/// The longest text in bytes.
const MAX_LENGTH: usize = 4 * 1024 * 1024;

/// Why a text is not read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("line {line}: {what}")]
pub struct YamlFault {
    /// The line, from 1.
    line: usize,
    what: &'static str,
}

type Read<T> = Result<T, YamlFault>;

/// Reads one document.
pub(crate) fn parse(text: &str) -> Read<Value> {
    read(text, Dialect::Input)
}

/// The same with numbers that have a fraction or an exponent kept as they are written.
pub(crate) fn parse_exact(text: &str) -> Read<Value> {
    read(text, Dialect::Exact)
}

/// What a text may hold, and what becomes of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Dialect {
    /// Parameters.
    Input,
    /// The same; numbers keep their text.
    Exact,
    /// A template of CloudFormation.
    Template,
}

fn read(text: &str, dialect: Dialect) -> Read<Value> {
    let unified;
    let text = if text.contains('\r') {
        unified = text.replace("\r\n", "\n").replace('\r', "\n");
        &unified
    } else {
        text
    };
    let mut reader = Reader { text, at: 0, depth: 0, dialect, anchors: BTreeMap::new(), copied: 0 };
    if text.len() > MAX_LENGTH {
        return Err(reader.fault("longer than 4 MiB"));
    }
    reader.document()
}

struct Reader<'a> {
    text: &'a str,
    at: usize,
    depth: usize,
    dialect: Dialect,
    /// What aliases may repeat.
    anchors: BTreeMap<String, Value>,
    /// How many values aliases have repeated.
    copied: usize,
}

impl<'a> Reader<'a> {
    fn fault(&self, what: &'static str) -> YamlFault {
        let before = self.text.as_bytes().get(..self.at).unwrap_or_default();
        YamlFault { line: 1 + before.iter().filter(|byte| **byte == b'\n').count(), what }
    }

    fn rest(&self) -> &'a str {
        self.text.get(self.at..).unwrap_or_default()
    }

    fn byte(&self) -> Option<u8> {
        self.text.as_bytes().get(self.at).copied()
    }

    fn byte_after(&self, offset: usize) -> Option<u8> {
        self.text.as_bytes().get(self.at + offset).copied()
    }

    fn resolve(&self, text: &str) -> Value {
        if self.dialect == Dialect::Template {
            return template::resolve(text);
        }
        match scalar::resolve(text) {
            Value::Number(Number::Float(float)) if self.dialect == Dialect::Exact && float.is_finite() => {
                Value::Number(Number::Big(text.replace('_', "").into()))
            }
            value => value,
        }
    }

    /// The column of the position, from 0.
    fn column(&self) -> usize {
        self.column_of(self.at)
    }

    /// The rest of the line.
    fn line(&self) -> &'a str {
        let rest = self.rest();
        &rest[..rest.find('\n').unwrap_or(rest.len())]
    }

    fn inline_space(&mut self) {
        while matches!(self.byte(), Some(b' ' | b'\t')) {
            self.at += 1;
        }
    }

    /// Whether nothing but a comment stands in the rest of the line.
    fn at_line_end(&self) -> bool {
        matches!(self.byte(), None | Some(b'\n' | b'#'))
    }

    /// Skips white space, comments and line ends. Tabs do not indent.
    fn space(&mut self) -> Read<()> {
        loop {
            match self.byte() {
                Some(b' ') => self.at += 1,
                Some(b'\n') => self.at += 1,
                Some(b'\t') if self.line().trim().is_empty() => self.at += self.line().len(),
                Some(b'\t') => return Err(self.fault("a tab may not indent")),
                Some(b'#') => self.at += self.line().len(),
                _ => return Ok(()),
            }
        }
    }

    fn is_marker(&self, marker: &str) -> bool {
        let after = || matches!(self.byte_after(3), None | Some(b' ' | b'\n' | b'\t'));
        self.rest().starts_with(marker) && after() && self.column() == 0
    }

    fn document(&mut self) -> Read<Value> {
        self.space()?;
        if self.byte() == Some(b'%') {
            return Err(self.fault("directives are not supported"));
        }
        if self.is_marker("---") {
            self.at += 3;
            self.space()?;
        }
        let value = if self.ended() { Value::Null } else { self.node(-1, false)? };
        self.space()?;
        if self.is_marker("...") {
            self.at += 3;
            self.space()?;
        }
        match self.byte() {
            None => Ok(value),
            Some(_) if self.is_marker("---") => Err(self.fault("only one document is read")),
            Some(_) => Err(self.fault("something stands behind the value")),
        }
    }

    /// Whether the document ends here.
    fn ended(&self) -> bool {
        self.byte().is_none() || self.is_marker("...") || self.is_marker("---")
    }

    /// A list or map, one level deeper.
    fn nested(&mut self, read: impl FnOnce(&mut Self) -> Read<Value>) -> Read<Value> {
        self.depth += 1;
        if self.depth > MAX_DEPTH {
            return Err(self.fault("too deep"));
        }
        let value = read(self);
        self.depth -= 1;
        value
    }

    /// The node that begins here. Its parent stands at column `parent`; `inline`: behind `name:` in the same line.
    fn node(&mut self, parent: isize, inline: bool) -> Read<Value> {
        let followed = |reader: &Self| matches!(reader.byte_after(1), None | Some(b' ' | b'\n' | b'\t'));
        match self.byte() {
            Some(b'-') if followed(self) && !inline => return self.nested(Self::list),
            Some(b'-') if followed(self) => return Err(self.fault("a list begins on its own line")),
            Some(b'?') if followed(self) => {
                return Err(self.fault("keys other than scalars are not supported"));
            }
            Some(b'&' | b'*' | b'!') if self.dialect == Dialect::Template => {
                return self.marked(parent, inline);
            }
            Some(b'&') => return Err(self.fault("anchors are not supported")),
            Some(b'*') => return Err(self.fault("aliases are not supported")),
            Some(b'|' | b'>') => return self.block_scalar(parent),
            Some(b'%' | b'@' | b'`') => return Err(self.fault("no value begins so")),
            Some(b'!') => return self.tagged(parent),
            _ => {}
        }
        if !inline {
            let start = self.at;
            if let Some(key) = self.key()? {
                let column = self.column_of(start);
                return self.nested(|reader| reader.map(column, key));
            }
        }
        let value = match self.byte() {
            Some(b'"' | b'\'') => Value::from(self.quoted()?),
            Some(b'{' | b'[') => self.flow()?,
            _ => return self.plain(parent).map(|text| self.resolve(&text)),
        };
        self.end_of_node()?;
        Ok(value)
    }

    fn column_of(&self, at: usize) -> usize {
        let before = &self.text.as_bytes()[..at];
        before.iter().rev().take_while(|byte| **byte != b'\n').count()
    }

    /// Only a comment may follow in the line.
    fn end_of_node(&mut self) -> Read<()> {
        self.inline_space();
        if self.at_line_end() { Ok(()) } else { Err(self.fault("something stands behind the value")) }
    }

    /// `!!binary` or `!!str` and its scalar.
    fn tagged(&mut self, parent: isize) -> Read<Value> {
        let line = self.line();
        let tag = &line[..line.find([' ', '\t']).unwrap_or(line.len())];
        if !matches!(tag, "!!binary" | "!!str") {
            return Err(self.fault("only the tags !!binary and !!str are supported"));
        }
        self.at += tag.len();
        self.inline_space();
        let text = match self.byte() {
            Some(b'|' | b'>') => self.block_scalar(parent)?.as_text().unwrap_or_default().to_owned(),
            Some(b'"' | b'\'') => {
                let text = self.quoted()?;
                self.end_of_node()?;
                text
            }
            _ => self.plain(parent)?,
        };
        if tag == "!!str" {
            return Ok(Value::from(text));
        }
        scalar::base64(&text)
            .map(|bytes| Value::Blob(bytes.into()))
            .ok_or_else(|| self.fault("this is not base64"))
    }

    /// A list whose first dash stands here.
    fn list(&mut self) -> Read<Value> {
        let column = self.column();
        let mut items = Vec::new();
        loop {
            self.at += 1;
            self.inline_space();
            items.push(self.below(column, false)?);
            self.space()?;
            let dash = self.byte() == Some(b'-') && matches!(self.byte_after(1), None | Some(b' ' | b'\n'));
            match self.column() {
                _ if self.ended() => return Ok(Value::List(items)),
                now if now == column && dash => {}
                now if now > column => return Err(self.fault("this is indented too far")),
                _ => return Ok(Value::List(items)),
            }
        }
    }

    /// What stands behind a dash or a name at that column: in the line, or on deeper lines.
    fn below(&mut self, column: usize, of_name: bool) -> Read<Value> {
        let parent = isize::try_from(column).unwrap_or(isize::MAX);
        if !self.at_line_end() {
            return self.node(parent, of_name);
        }
        self.space()?;
        let now = self.column();
        let dash = self.byte() == Some(b'-') && matches!(self.byte_after(1), None | Some(b' ' | b'\n'));
        if !self.ended() && (now > column || now == column && of_name && dash) {
            return self.node(parent, false);
        }
        Ok(Value::Null)
    }

    /// A map at that column whose first name has been read.
    fn map(&mut self, column: usize, first: String) -> Read<Value> {
        let mut map = Map::new();
        let mut name = first;
        loop {
            self.check_name(&map, &name)?;
            self.inline_space();
            let value = self.below(column, true)?;
            self.enter(&mut map, name, value)?;
            self.space()?;
            match self.column() {
                _ if self.ended() => return Ok(Value::Map(map)),
                now if now > column => return Err(self.fault("this is indented too far")),
                now if now < column => return Ok(Value::Map(map)),
                _ => {}
            }
            name = self.key()?.ok_or_else(|| self.fault("a name and a colon are missing"))?;
        }
    }

    /// Whether an entry of that name may come.
    fn check_name(&self, map: &Map, name: &str) -> Read<()> {
        if self.dialect == Dialect::Template {
            return Ok(());
        }
        match name {
            MERGE => Err(self.fault("merge keys are not supported")),
            name if map.contains(name) => Err(self.fault("a name comes twice")),
            _ => Ok(()),
        }
    }

    /// Adds an entry; in templates one may come twice, the last one counts.
    fn enter(&mut self, map: &mut Map, name: String, value: Value) -> Read<()> {
        match self.dialect {
            Dialect::Template => self.enter_or_merge(map, name, value),
            _ => {
                map.push(name, value);
                Ok(())
            }
        }
    }

    /// The name that stands here and its colon, if there is one; else the position stays.
    fn key(&mut self) -> Read<Option<String>> {
        let start = self.at;
        if matches!(self.byte(), Some(b'"' | b'\'')) {
            let name = self.quoted()?;
            let one_line = !self.text[start..self.at].contains('\n');
            self.inline_space();
            if one_line && self.byte() == Some(b':') && self.ends_key(1) {
                self.at += 1;
                return Ok(Some(name));
            }
            self.at = start;
            return Ok(None);
        }
        if matches!(self.byte(), Some(b'{' | b'[')) {
            return Ok(None);
        }
        let line = self.line();
        let line = &line[..flow::comment_in(line).unwrap_or(line.len())];
        let Some(colon) = flow::colon_in(line) else { return Ok(None) };
        self.at += colon + 1;
        match line.as_bytes().first() {
            Some(b'&' | b'*' | b'!') => {
                Err(self.fault("tags, anchors and aliases of names are not supported"))
            }
            _ => Ok(Some(self.plain_name(line[..colon].trim_end()))),
        }
    }

    fn ends_key(&self, offset: usize) -> bool {
        matches!(self.byte_after(offset), None | Some(b' ' | b'\n' | b'\t'))
    }

    /// A scalar without quotes, perhaps of several lines that are indented more than the parent.
    fn plain(&mut self, parent: isize) -> Read<String> {
        let mut text = String::new();
        loop {
            let line = self.line();
            let comment = flow::comment_in(line);
            let part = line[..comment.unwrap_or(line.len())].trim();
            if flow::colon_in(part).is_some() {
                return Err(self.fault("a colon and a space need quotes around the text"));
            }
            text.push_str(part);
            self.at += line.len();
            if comment.is_some() || !self.continues(parent, &mut text)? {
                return Ok(text);
            }
        }
    }

    /// Goes to the next line if it belongs to the same plain scalar, and adds what stands for the line ends.
    fn continues(&mut self, parent: isize, text: &mut String) -> Read<bool> {
        let end = self.at;
        let mut breaks = 0;
        while self.byte() == Some(b'\n') {
            self.at += 1;
            breaks += 1;
            self.inline_space();
        }
        let deeper = isize::try_from(self.column()).unwrap_or(isize::MAX) > parent;
        if breaks == 0 || self.at_line_end() || !deeper || self.ended() {
            self.at = end;
            return Ok(false);
        }
        match breaks {
            1 => text.push(' '),
            _ => text.push_str(&"\n".repeat(breaks - 1)),
        }
        Ok(true)
    }
}

#[cfg(test)]
mod tests;
