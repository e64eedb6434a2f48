//! JSON in.
//!
//! Strict, except for what Python's `json.loads` reads as well: `NaN`, `Infinity`, `-Infinity`. Key order and every
//! digit of an integer are kept; a name that comes twice keeps its last value in its first place; half a surrogate
//! pair becomes U+FFFD. Faults have Python's words and places, because the AWS CLI shows them.

use crate::map::Growing;
use crate::{Key, MAX_DEPTH, Map, Number, Text, Value};

/// Why a text is not JSON that can be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{reason}: line {line} column {column} (char {offset})")]
pub struct JsonError {
    reason: &'static str,
    line: usize,
    column: usize,
    offset: usize,
}

impl JsonError {
    /// What is wrong, in Python's words: `Expecting value`.
    pub fn reason(&self) -> &'static str {
        self.reason
    }

    /// The line of the fault, from 1.
    pub fn line(&self) -> usize {
        self.line
    }

    /// The column of the fault in characters, from 1.
    pub fn column(&self) -> usize {
        self.column
    }
}

impl Value {
    /// Reads one JSON document. A name that comes twice keeps its last value; nesting beyond [`MAX_DEPTH`] is refused.
    ///
    /// # Errors
    ///
    /// Text that is not JSON, not UTF-8, or nested too deeply.
    pub fn from_json(text: &[u8]) -> Result<Value, JsonError> {
        let text = std::str::from_utf8(text).map_err(|error| {
            let valid = text.get(..error.valid_up_to()).and_then(|valid| std::str::from_utf8(valid).ok());
            fault_at(valid.unwrap_or_default(), usize::MAX, "Invalid UTF-8")
        })?;
        let mut reader = Reader { text, bytes: text.as_bytes(), at: 0, names: Names::new() };
        reader.document().map_err(|fault| fault_at(text, fault.at, fault.reason))
    }
}

/// A fault's byte offset, before anyone needs its line.
struct Fault {
    reason: &'static str,
    at: usize,
}

fn fault_at(text: &str, at: usize, reason: &'static str) -> JsonError {
    let mut end = at.min(text.len());
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    let before = &text[..end];
    let line_start = before.rfind('\n').map_or(0, |newline| newline + 1);
    JsonError {
        reason,
        line: before.matches('\n').count() + 1,
        column: before[line_start..].chars().count() + 1,
        offset: before.chars().count(),
    }
}

struct Reader<'a> {
    text: &'a str,
    bytes: &'a [u8],
    at: usize,
    names: Names,
}

impl<'a> Reader<'a> {
    fn fault<T>(&self, reason: &'static str) -> Result<T, Fault> {
        Err(Fault { reason, at: self.at })
    }

    fn peek(&self) -> Option<u8> {
        self.bytes.get(self.at).copied()
    }

    fn skip_space(&mut self) {
        while let Some(b' ' | b'\n' | b'\r' | b'\t') = self.peek() {
            self.at += 1;
        }
    }

    fn document(&mut self) -> Result<Value, Fault> {
        self.skip_space();
        let value = self.value(0)?;
        self.skip_space();
        if self.at < self.bytes.len() { self.fault("Extra data") } else { Ok(value) }
    }

    fn value(&mut self, depth: usize) -> Result<Value, Fault> {
        match self.peek() {
            Some(b'"') => self.string().map(Value::Text),
            Some(b'{') => self.map(depth + 1),
            Some(b'[') => self.list(depth + 1),
            Some(b'-' | b'0'..=b'9') => self.number(),
            _ => self.word(),
        }
    }

    fn word(&mut self) -> Result<Value, Fault> {
        let rest = &self.bytes[self.at..];
        let words: [(&[u8], Value); 6] = [
            (b"null", Value::Null),
            (b"true", Value::Bool(true)),
            (b"false", Value::Bool(false)),
            (b"NaN", Value::from(f64::NAN)),
            (b"Infinity", Value::from(f64::INFINITY)),
            (b"-Infinity", Value::from(f64::NEG_INFINITY)),
        ];
        for (word, value) in words {
            if rest.starts_with(word) {
                self.at += word.len();
                return Ok(value);
            }
        }
        self.fault("Expecting value")
    }

    fn number(&mut self) -> Result<Value, Fault> {
        let start = self.at;
        self.at += usize::from(self.peek() == Some(b'-'));
        match self.peek() {
            Some(b'0') => self.at += 1,
            Some(b'1'..=b'9') => self.digits(),
            _ => {
                self.at = start;
                return self.word();
            }
        }
        let whole = self.at;
        if self.peek() == Some(b'.') && self.is_digit(self.at + 1) {
            self.at += 1;
            self.digits();
        }
        if let Some(b'e' | b'E') = self.peek() {
            let signed = matches!(self.bytes.get(self.at + 1), Some(b'+' | b'-'));
            let first = self.at + 1 + usize::from(signed);
            if self.is_digit(first) {
                self.at = first;
                self.digits();
            }
        }
        let text = &self.text[start..self.at];
        let number =
            if self.at == whole { Number::parse_integer(text) } else { text.parse().ok().map(Number::Float) };
        number.map_or_else(|| self.fault("Expecting value"), |number| Ok(Value::Number(number)))
    }

    fn is_digit(&self, at: usize) -> bool {
        self.bytes.get(at).is_some_and(u8::is_ascii_digit)
    }

    fn digits(&mut self) {
        while self.is_digit(self.at) {
            self.at += 1;
        }
    }

    fn list(&mut self, depth: usize) -> Result<Value, Fault> {
        self.check_depth(depth)?;
        self.at += 1;
        let mut items = Vec::new();
        self.skip_space();
        if self.peek() == Some(b']') {
            self.at += 1;
            return Ok(Value::List(items));
        }
        loop {
            items.push(self.value(depth)?);
            self.skip_space();
            match self.peek() {
                Some(b',') => self.at += 1,
                Some(b']') => break,
                _ => return self.fault("Expecting ',' delimiter"),
            }
            let comma = self.at - 1;
            self.skip_space();
            if self.peek() == Some(b']') {
                return Err(Fault { reason: "Illegal trailing comma before end of array", at: comma });
            }
        }
        self.at += 1;
        items.shrink_to_fit();
        Ok(Value::List(items))
    }

    fn check_depth(&self, depth: usize) -> Result<(), Fault> {
        if depth > MAX_DEPTH { self.fault("Nested too deeply") } else { Ok(()) }
    }

    fn map(&mut self, depth: usize) -> Result<Value, Fault> {
        self.check_depth(depth)?;
        self.at += 1;
        let mut entries = Growing::default();
        self.skip_space();
        if self.peek() == Some(b'}') {
            self.at += 1;
            return Ok(Value::Map(Map::new()));
        }
        loop {
            if self.peek() != Some(b'"') {
                return self.fault("Expecting property name enclosed in double quotes");
            }
            let key = self.name()?;
            self.skip_space();
            if self.peek() != Some(b':') {
                return self.fault("Expecting ':' delimiter");
            }
            self.at += 1;
            self.skip_space();
            let value = self.value(depth)?;
            entries.set(key, value);
            self.skip_space();
            match self.peek() {
                Some(b',') => self.at += 1,
                Some(b'}') => break,
                _ => return self.fault("Expecting ',' delimiter"),
            }
            let comma = self.at - 1;
            self.skip_space();
            if self.peek() == Some(b'}') {
                return Err(Fault { reason: "Illegal trailing comma before end of object", at: comma });
            }
        }
        self.at += 1;
        entries.map.shrink_to_fit();
        Ok(Value::Map(entries.map))
    }

    fn name(&mut self) -> Result<Key, Fault> {
        let (text, end) = self.plain_run();
        if self.bytes.get(end) == Some(&b'"') {
            self.at = end + 1;
            return Ok(self.names.key(text));
        }
        self.string().map(|name| Key::new(&name))
    }

    /// What follows the opening quote up to the first byte that is not plain text, and where that byte is.
    fn plain_run(&self) -> (&'a str, usize) {
        let start = self.at + 1;
        let length =
            self.bytes[start..].iter().position(|&byte| ends_run(byte)).unwrap_or(self.bytes.len() - start);
        (&self.text[start..start + length], start + length)
    }

    fn string(&mut self) -> Result<Text, Fault> {
        let begin = self.at;
        let (run, end) = self.plain_run();
        self.at = end;
        if self.peek() == Some(b'"') {
            self.at += 1;
            return Ok(Text::new(run));
        }
        let mut text = String::from(run);
        loop {
            match self.peek() {
                Some(b'"') => break,
                Some(b'\\') => self.escape(begin, &mut text)?,
                Some(byte) if byte < 0x20 => return self.fault("Invalid control character at"),
                Some(_) => {
                    let rest = &self.bytes[self.at..];
                    let length = rest.iter().position(|&byte| ends_run(byte)).unwrap_or(rest.len());
                    text.push_str(&self.text[self.at..self.at + length]);
                    self.at += length;
                }
                None => return Err(Fault { reason: "Unterminated string starting at", at: begin }),
            }
        }
        self.at += 1;
        Ok(Text::from(text))
    }

    fn escape(&mut self, begin: usize, text: &mut String) -> Result<(), Fault> {
        let character = match self.bytes.get(self.at + 1) {
            Some(b'"') => '"',
            Some(b'\\') => '\\',
            Some(b'/') => '/',
            Some(b'b') => '\u{8}',
            Some(b'f') => '\u{c}',
            Some(b'n') => '\n',
            Some(b'r') => '\r',
            Some(b't') => '\t',
            Some(b'u') => return self.unicode_escape(text),
            Some(_) => return self.fault("Invalid \\escape"),
            None => return Err(Fault { reason: "Unterminated string starting at", at: begin }),
        };
        text.push(character);
        self.at += 2;
        Ok(())
    }

    fn unicode_escape(&mut self, text: &mut String) -> Result<(), Fault> {
        let Some(unit) = self.unit(self.at) else {
            return Err(Fault { reason: "Invalid \\uXXXX escape", at: self.at + 1 });
        };
        self.at += 6;
        if (0xd800..0xdc00).contains(&unit)
            && let Some(low @ 0xdc00..0xe000) = self.unit(self.at)
        {
            self.at += 6;
            let code = 0x10000 + ((unit - 0xd800) << 10) + (low - 0xdc00);
            text.push(char::from_u32(code).unwrap_or(char::REPLACEMENT_CHARACTER));
            return Ok(());
        }
        text.push(char::from_u32(unit).unwrap_or(char::REPLACEMENT_CHARACTER));
        Ok(())
    }

    /// The four hexadecimal digits of an escape that begins there.
    fn unit(&self, at: usize) -> Option<u32> {
        let escape = self.bytes.get(at..at + 6)?;
        if !escape.starts_with(b"\\u") {
            return None;
        }
        escape[2..].iter().try_fold(0, |unit, &digit| Some(unit * 16 + char::from(digit).to_digit(16)?))
    }
}

fn ends_run(byte: u8) -> bool {
    byte == b'"' || byte == b'\\' || byte < 0x20
}

/// Names lately seen, so that one text is one allocation however often it comes.
struct Names {
    slots: Vec<Option<Key>>,
}

impl Names {
    const SLOTS: usize = 512;

    fn new() -> Names {
        Names { slots: Vec::new() }
    }

    fn key(&mut self, text: &str) -> Key {
        if self.slots.is_empty() {
            self.slots.resize(Names::SLOTS, None);
        }
        let hash =
            text.bytes().fold(text.len(), |hash, byte| hash.wrapping_mul(31).wrapping_add(usize::from(byte)));
        let slot = &mut self.slots[hash % Names::SLOTS];
        match slot {
            Some(key) if key.as_str() == text => key.clone(),
            _ => slot.insert(Key::new(text)).clone(),
        }
    }
}

#[cfg(test)]
mod tests;
