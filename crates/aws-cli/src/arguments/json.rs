//! JSON as Python's `json.loads` reads it, with its faults in Python's words, because the AWS CLI shows them.
//!
//! Invariant: nesting is bounded by [`value::MAX_DEPTH`]. Like Python it takes `NaN`, `Infinity` and `-Infinity`, keeps
//! integers of any size, and lets the last of several equal names win.

use std::collections::HashMap;

use value::{Key, MAX_DEPTH, Map, Number, Value};

/// Reads one JSON document; the fault is Python's text.
pub(crate) fn parse(text: &str) -> Result<Value, String> {
    let mut reader = Reader { text, at: 0, depth: 0 };
    reader.space();
    let value = reader.value()?;
    reader.space();
    if reader.at < text.len() {
        return Err(reader.fault("Extra data", reader.at));
    }
    Ok(value)
}

struct Reader<'a> {
    text: &'a str,
    at: usize,
    depth: usize,
}

impl Reader<'_> {
    fn fault(&self, what: &str, at: usize) -> String {
        let before = &self.text[..at];
        let line = before.matches('\n').count() + 1;
        let column = before.rsplit('\n').next().unwrap_or_default().chars().count() + 1;
        format!("{what}: line {line} column {column} (char {})", before.chars().count())
    }

    fn byte(&self) -> Option<u8> {
        self.text.as_bytes().get(self.at).copied()
    }

    fn space(&mut self) {
        while matches!(self.byte(), Some(b' ' | b'\t' | b'\n' | b'\r')) {
            self.at += 1;
        }
    }

    fn value(&mut self) -> Result<Value, String> {
        match self.byte() {
            Some(b'"') => Ok(Value::from(self.string()?)),
            Some(b'{') => self.nested(Reader::object),
            Some(b'[') => self.nested(Reader::array),
            _ => self.literal(),
        }
    }

    fn nested(&mut self, read: fn(&mut Self) -> Result<Value, String>) -> Result<Value, String> {
        self.depth += 1;
        if self.depth > MAX_DEPTH {
            return Err(self.fault(&format!("Nested deeper than {MAX_DEPTH} levels"), self.at));
        }
        self.at += 1;
        let value = read(self)?;
        self.depth -= 1;
        Ok(value)
    }

    fn object(&mut self) -> Result<Value, String> {
        let mut entries: Vec<(Key, Value)> = Vec::new();
        let mut places: HashMap<Key, usize> = HashMap::new();
        self.space();
        if self.byte() == Some(b'}') {
            self.at += 1;
            return Ok(Value::Map(Map::new()));
        }
        loop {
            if self.byte() != Some(b'"') {
                return Err(self.fault("Expecting property name enclosed in double quotes", self.at));
            }
            let key = Key::from(self.string()?);
            self.space();
            if self.byte() != Some(b':') {
                return Err(self.fault("Expecting ':' delimiter", self.at));
            }
            self.at += 1;
            self.space();
            let value = self.value()?;
            match places.get(&key) {
                Some(&place) => entries[place].1 = value,
                None => {
                    places.insert(key.clone(), entries.len());
                    entries.push((key, value));
                }
            }
            if self.ends(b'}', "Illegal trailing comma before end of object")? {
                return Ok(Value::Map(collect(entries)));
            }
        }
    }

    fn array(&mut self) -> Result<Value, String> {
        let mut items = Vec::new();
        self.space();
        if self.byte() == Some(b']') {
            self.at += 1;
            return Ok(Value::List(items));
        }
        loop {
            items.push(self.value()?);
            if self.ends(b']', "Illegal trailing comma before end of array")? {
                return Ok(Value::List(items));
            }
        }
    }

    /// Past the end or past the comma that announces more.
    fn ends(&mut self, end: u8, trailing: &str) -> Result<bool, String> {
        self.space();
        let comma = self.at;
        match self.byte() {
            Some(byte) if byte == end => {
                self.at += 1;
                return Ok(true);
            }
            Some(b',') => self.at += 1,
            _ => return Err(self.fault("Expecting ',' delimiter", self.at)),
        }
        self.space();
        if self.byte() == Some(end) {
            return Err(self.fault(trailing, comma));
        }
        Ok(false)
    }

    fn literal(&mut self) -> Result<Value, String> {
        let rest = &self.text[self.at..];
        for (word, value) in [
            ("null", Value::Null),
            ("true", Value::Bool(true)),
            ("false", Value::Bool(false)),
            ("NaN", Value::from(f64::NAN)),
            ("Infinity", Value::from(f64::INFINITY)),
            ("-Infinity", Value::from(f64::NEG_INFINITY)),
        ] {
            if rest.starts_with(word) {
                self.at += word.len();
                return Ok(value);
            }
        }
        let length = number_length(rest.as_bytes());
        let number = &rest[..length];
        self.at += length;
        if number.bytes().all(|b| b.is_ascii_digit() || b == b'-') {
            if let Some(number) = Number::parse_integer(number) {
                return Ok(Value::Number(number));
            }
        } else if let Ok(number) = number.parse::<f64>() {
            return Ok(Value::from(number));
        }
        Err(self.fault("Expecting value", self.at))
    }

    fn string(&mut self) -> Result<String, String> {
        let begin = self.at;
        self.at += 1;
        let mut out = String::new();
        loop {
            let rest = &self.text[self.at..];
            let plain =
                rest.find(|c: char| c == '"' || c == '\\' || u32::from(c) < 0x20).unwrap_or(rest.len());
            out.push_str(&rest[..plain]);
            self.at += plain;
            match self.byte() {
                Some(b'"') => {
                    self.at += 1;
                    return Ok(out);
                }
                Some(b'\\') => self.escape(begin, &mut out)?,
                Some(_) => return Err(self.fault("Invalid control character at", self.at)),
                None => return Err(self.fault("Unterminated string starting at", begin)),
            }
        }
    }

    fn escape(&mut self, begin: usize, out: &mut String) -> Result<(), String> {
        let backslash = self.at;
        self.at += 1;
        let Some(c) = self.text[self.at..].chars().next() else {
            return Err(self.fault("Unterminated string starting at", begin));
        };
        self.at += c.len_utf8();
        out.push(match c {
            '"' | '\\' | '/' => c,
            'b' => '\u{8}',
            'f' => '\u{c}',
            'n' => '\n',
            'r' => '\r',
            't' => '\t',
            'u' => self.unicode(backslash)?,
            _ => return Err(self.fault("Invalid \\escape", backslash)),
        });
        Ok(())
    }

    /// Four hexadecimal digits, or a pair of surrogates. A lone surrogate, which Python keeps, is no text here.
    fn unicode(&mut self, backslash: usize) -> Result<char, String> {
        let first = self.hex().ok_or_else(|| self.fault("Invalid \\uXXXX escape", backslash + 1))?;
        if !(0xd800..0xdc00).contains(&first) {
            return Ok(char::from_u32(first).unwrap_or('\u{fffd}'));
        }
        if self.text[self.at..].starts_with("\\u") {
            let resume = self.at;
            self.at += 2;
            match self.hex() {
                Some(second @ 0xdc00..0xe000) => {
                    let code = 0x10000 + ((first - 0xd800) << 10) + (second - 0xdc00);
                    return Ok(char::from_u32(code).unwrap_or('\u{fffd}'));
                }
                _ => self.at = resume,
            }
        }
        Ok('\u{fffd}')
    }

    fn hex(&mut self) -> Option<u32> {
        let digits = self.text.as_bytes().get(self.at..self.at + 4)?;
        let digits =
            std::str::from_utf8(digits).ok().filter(|text| text.bytes().all(|b| b.is_ascii_hexdigit()))?;
        let code = u32::from_str_radix(digits, 16).ok()?;
        self.at += 4;
        Some(code)
    }
}

fn collect(entries: Vec<(Key, Value)>) -> Map {
    let mut map = Map::new();
    for (key, value) in entries {
        map.push(key, value);
    }
    map
}

/// How many bytes at the front are a JSON number; 0 if none is there.
fn number_length(bytes: &[u8]) -> usize {
    let digits =
        |from: usize| bytes[from.min(bytes.len())..].iter().take_while(|b| b.is_ascii_digit()).count();
    let start = usize::from(bytes.first() == Some(&b'-'));
    let whole = match bytes.get(start) {
        Some(b'0') => 1,
        Some(b'1'..=b'9') => digits(start),
        _ => return 0,
    };
    let mut end = start + whole;
    if bytes.get(end) == Some(&b'.') && digits(end + 1) > 0 {
        end += 1 + digits(end + 1);
    }
    if matches!(bytes.get(end), Some(b'e' | b'E')) {
        let sign = usize::from(matches!(bytes.get(end + 1), Some(b'+' | b'-')));
        let exponent = digits(end + 1 + sign);
        if exponent > 0 {
            end += 1 + sign + exponent;
        }
    }
    end
}

#[cfg(test)]
mod tests {
    use value::JsonStyle;

    use super::*;

    #[test]
    fn reads_what_python_reads() {
        for (text, expected) in [
            (r#" {"b": 1, "a": [true, null, "x"]} "#, r#"{"b":1,"a":[true,null,"x"]}"#),
            (r#"{"a": 1, "b": 2, "a": 3}"#, r#"{"a":3,"b":2}"#),
            (
                "[1.0, 1e5, -0, 123456789012345678901234567890]",
                "[1.0,100000.0,0,123456789012345678901234567890]",
            ),
            (r#""é\u00e9\ud83d\ude00\n""#, r#""éé😀\n""#),
            ("[NaN, -Infinity]", "[NaN,-Infinity]"),
            ("{}", "{}"),
        ] {
            assert_eq!(parse(text).expect(text).to_json(JsonStyle::Compact), expected);
        }
    }

    #[test]
    fn faults_are_pythons() {
        for (text, expected) in [
            ("", "Expecting value: line 1 column 1 (char 0)"),
            ("{", "Expecting property name enclosed in double quotes: line 1 column 2 (char 1)"),
            ("{a: 1}", "Expecting property name enclosed in double quotes: line 1 column 2 (char 1)"),
            ("{\"a\" 1}", "Expecting ':' delimiter: line 1 column 6 (char 5)"),
            ("{\"a\":\n x}", "Expecting value: line 2 column 2 (char 7)"),
            ("[1 2]", "Expecting ',' delimiter: line 1 column 4 (char 3)"),
            ("[1,]", "Illegal trailing comma before end of array: line 1 column 3 (char 2)"),
            ("[1] x", "Extra data: line 1 column 5 (char 4)"),
            ("\"a", "Unterminated string starting at: line 1 column 1 (char 0)"),
            ("\"a\\x\"", "Invalid \\escape: line 1 column 3 (char 2)"),
            ("\"a\nb\"", "Invalid control character at: line 1 column 3 (char 2)"),
        ] {
            assert_eq!(parse(text).expect_err(text), expected);
        }
    }

    #[test]
    fn nesting_is_bounded() {
        assert!(parse(&"[".repeat(100_000)).expect_err("too deep").contains("deeper"));
        assert!(parse(&"{\"a\":".repeat(100_000)).expect_err("too deep").contains("deeper"));
    }

    proptest::proptest! {
        #[test]
        fn never_panics(text in r#"[\[\]{}",:a-f0-9.eE+\\u\n é-]{0,30}"#) {
            let _ = parse(&text);
        }

        #[test]
        fn what_is_printed_is_read(text in ".{0,20}", number in proptest::prelude::any::<i64>()) {
            let value = Value::List(vec![Value::from(text), Value::from(number)]);
            proptest::prop_assert_eq!(parse(&value.to_json(JsonStyle::Line)), Ok(value));
        }
    }
}
