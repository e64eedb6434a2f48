//! Flow lists and maps, and quoted scalars: JSON is a part of it.

use value::{Map, Value};

use super::{Dialect, Read, Reader};

/// Where the comment of a line begins: at a `#` behind white space.
pub(super) fn comment_in(line: &str) -> Option<usize> {
    let bytes = line.as_bytes();
    (0..bytes.len()).find(|&at| bytes[at] == b'#' && (at == 0 || matches!(bytes[at - 1], b' ' | b'\t')))
}

/// Where the colon of a line is that ends a name: one before white space or the end.
pub(super) fn colon_in(line: &str) -> Option<usize> {
    let bytes = line.as_bytes();
    (0..bytes.len()).find(|&at| bytes[at] == b':' && matches!(bytes.get(at + 1), None | Some(b' ' | b'\t')))
}

impl Reader<'_> {
    /// A list or map in brackets, or a scalar within one.
    pub(super) fn flow(&mut self) -> Read<Value> {
        match self.byte() {
            Some(b'[') => self.nested(Self::flow_list),
            Some(b'{') => self.nested(Self::flow_map),
            Some(b'"' | b'\'') => self.quoted().map(Value::from),
            Some(b'&' | b'*' | b'!') if self.dialect == Dialect::Template => self.marked_in_flow(),
            Some(b'&' | b'*' | b'!') => Err(self.fault("tags, anchors and aliases are not supported here")),
            _ => self.flow_plain().map(|text| self.resolve(&text)),
        }
    }

    /// Skips white space of any kind, and comments.
    pub(super) fn flow_space(&mut self) {
        loop {
            match self.byte() {
                Some(b' ' | b'\t' | b'\n') => self.at += 1,
                Some(b'#') => self.at += self.line().len(),
                _ => return,
            }
        }
    }

    /// Whether the list or map ends here; else, unless it has just begun, a comma must stand here.
    fn flow_ends(&mut self, end: u8, first: bool) -> Read<bool> {
        self.flow_space();
        if !first && self.byte() != Some(end) {
            if self.byte() != Some(b',') {
                return Err(self.fault("a comma or a closing bracket is missing"));
            }
            self.at += 1;
            self.flow_space();
        }
        if self.byte() == Some(end) {
            self.at += 1;
            return Ok(true);
        }
        Ok(false)
    }

    fn flow_list(&mut self) -> Read<Value> {
        self.at += 1;
        let mut items = Vec::new();
        while !self.flow_ends(b']', items.is_empty())? {
            items.push(self.flow()?);
        }
        Ok(Value::List(items))
    }

    fn flow_map(&mut self) -> Read<Value> {
        self.at += 1;
        let mut map = Map::new();
        while !self.flow_ends(b'}', map.is_empty())? {
            let name = match self.byte() {
                Some(b'"' | b'\'') => self.quoted()?,
                _ => {
                    let name = self.flow_plain()?;
                    self.plain_name(&name)
                }
            };
            self.check_name(&map, &name)?;
            self.flow_space();
            if self.byte() != Some(b':') {
                return Err(self.fault("a colon is missing"));
            }
            self.at += 1;
            self.flow_space();
            let value = match self.byte() {
                Some(b',' | b'}') => Value::Null,
                _ => self.flow()?,
            };
            self.enter(&mut map, name, value)?;
        }
        Ok(Value::Map(map))
    }

    /// A scalar without quotes; in templates it may go on in further lines.
    pub(super) fn flow_plain(&mut self) -> Read<String> {
        let mut text = self.flow_plain_line()?;
        while self.dialect == Dialect::Template && self.byte() == Some(b'\n') {
            self.flow_space();
            if matches!(self.byte(), None | Some(b',' | b'[' | b']' | b'{' | b'}' | b':')) {
                break;
            }
            text.push(' ');
            text.push_str(&self.flow_plain_line()?);
        }
        Ok(text)
    }

    /// What of it stands in this line.
    fn flow_plain_line(&mut self) -> Read<String> {
        let rest = self.rest();
        let bytes = rest.as_bytes();
        let ends = |at: usize| match bytes[at] {
            b',' | b'[' | b']' | b'{' | b'}' | b'\n' => true,
            b':' => {
                let next = bytes.get(at + 1);
                matches!(next, None | Some(b' ' | b'\t' | b'\n' | b',' | b'[' | b']' | b'{' | b'}'))
            }
            b'#' => at > 0 && matches!(bytes[at - 1], b' ' | b'\t'),
            _ => false,
        };
        let length = (0..bytes.len()).find(|&at| ends(at)).unwrap_or(bytes.len());
        if length == 0 {
            return Err(self.fault("a value is missing"));
        }
        self.at += length;
        Ok(rest[..length].trim_end().to_owned())
    }

    /// A scalar in quotes; line ends within it are folded.
    pub(super) fn quoted(&mut self) -> Read<String> {
        let double = self.byte() == Some(b'"');
        self.at += 1;
        let mut text = String::new();
        // What an escape has made is not trimmed before a line's end.
        let mut fixed = 0;
        loop {
            let Some(character) = self.rest().chars().next() else {
                return Err(self.fault("a quote is not closed"));
            };
            self.at += character.len_utf8();
            match character {
                '"' if double => return Ok(text),
                '\'' if !double && self.byte() == Some(b'\'') => {
                    self.at += 1;
                    text.push('\'');
                }
                '\'' if !double => return Ok(text),
                '\\' if double => {
                    self.escape(&mut text)?;
                    fixed = text.len();
                }
                '\n' => {
                    let kept = text.trim_end_matches([' ', '\t']).len().max(fixed);
                    text.truncate(kept);
                    let breaks = self.folded_lines();
                    text.push_str(&if breaks == 0 { " ".to_owned() } else { "\n".repeat(breaks) });
                    fixed = text.len();
                }
                other => text.push(other),
            }
        }
    }

    /// Skips empty lines and the next one's indentation; says how many were empty.
    fn folded_lines(&mut self) -> usize {
        let mut empty = 0;
        loop {
            self.inline_space();
            if self.byte() != Some(b'\n') {
                return empty;
            }
            self.at += 1;
            empty += 1;
        }
    }

    /// What stands behind a backslash.
    fn escape(&mut self, text: &mut String) -> Read<()> {
        let Some(character) = self.rest().chars().next() else {
            return Err(self.fault("a quote is not closed"));
        };
        self.at += character.len_utf8();
        let simple = match character {
            '0' => '\0',
            'a' => '\u{7}',
            'b' => '\u{8}',
            't' | '\t' => '\t',
            'n' => '\n',
            'v' => '\u{b}',
            'f' => '\u{c}',
            'r' => '\r',
            'e' => '\u{1b}',
            ' ' | '"' | '/' | '\\' => character,
            'N' => '\u{85}',
            '_' => '\u{a0}',
            'L' => '\u{2028}',
            'P' => '\u{2029}',
            'x' => self.code_point(2)?,
            'u' => self.utf_16()?,
            'U' => self.code_point(8)?,
            '\n' => {
                let empty = self.folded_lines();
                text.push_str(&"\n".repeat(empty));
                return Ok(());
            }
            _ => return Err(self.fault("this escape is unknown")),
        };
        text.push(simple);
        Ok(())
    }

    fn hex(&mut self, digits: usize) -> Read<u32> {
        let found = self.rest().get(..digits).filter(|text| text.bytes().all(|b| b.is_ascii_hexdigit()));
        let number = found.and_then(|text| u32::from_str_radix(text, 16).ok());
        let number = number.ok_or_else(|| self.fault("an escape lacks hexadecimal digits"))?;
        self.at += digits;
        Ok(number)
    }

    fn code_point(&mut self, digits: usize) -> Read<char> {
        let number = self.hex(digits)?;
        char::from_u32(number).ok_or_else(|| self.fault("an escape is no character"))
    }

    /// `\uXXXX`, or the two that make one character, as JSON writes it.
    fn utf_16(&mut self) -> Read<char> {
        let first = self.hex(4)?;
        let mut number = first;
        if (0xd800..0xdc00).contains(&first) && self.rest().starts_with("\\u") {
            self.at += 2;
            let second = self.hex(4)?;
            if (0xdc00..0xe000).contains(&second) {
                number = 0x10000 + ((first - 0xd800) << 10) + (second - 0xdc00);
            }
        }
        char::from_u32(number).ok_or_else(|| self.fault("an escape is no character"))
    }
}
