//! CBOR (RFC 8949) as far as AWS uses it: everything but simple values and tags other than that of epoch time.
//!
//! Lengths are never believed: nothing is reserved that the remaining bytes could not hold.

use value::{Key, MAX_DEPTH, Number, Text, Value};

use super::count::Count;
use super::{ParseError, malformed, map_of, scalar};
use crate::message::ParseOptions;

const INDEFINITE: u8 = 31;
const BREAK: u8 = 0xff;

/// Reads one data item that makes up the whole of `bytes`.
pub fn decode(bytes: &[u8], options: &ParseOptions) -> Result<Value, ParseError> {
    let mut reader = Reader { rest: bytes, options, count: Count::of(options) };
    let value = reader.item(0)?;
    if reader.rest.is_empty() { Ok(value) } else { Err(broken("bytes after the end")) }
}

struct Reader<'a> {
    rest: &'a [u8],
    options: &'a ParseOptions,
    count: Count,
}

fn broken(reason: &str) -> ParseError {
    malformed("CBOR", reason)
}

impl<'a> Reader<'a> {
    fn take(&mut self, count: u64) -> Result<&'a [u8], ParseError> {
        let count = usize::try_from(count).map_err(|_| broken("unexpected end"))?;
        let (taken, rest) = self.rest.split_at_checked(count).ok_or_else(|| broken("unexpected end"))?;
        self.rest = rest;
        Ok(taken)
    }

    fn head(&mut self) -> Result<(u8, u8), ParseError> {
        let byte = self.take(1)?[0];
        Ok((byte >> 5, byte & 31))
    }

    fn number(&mut self, info: u8) -> Result<u64, ParseError> {
        let width = match info {
            0..24 => return Ok(u64::from(info)),
            24..=27 => 1_u64 << (info - 24),
            _ => return Err(broken("impossible length")),
        };
        Ok(self.take(width)?.iter().fold(0, |sum, byte| sum << 8 | u64::from(*byte)))
    }

    /// Whether the end of an item of unknown length is next; passes it.
    fn at_break(&mut self) -> bool {
        let there = self.rest.first() == Some(&BREAK);
        if there {
            self.rest = &self.rest[1..];
        }
        there
    }

    fn item(&mut self, depth: usize) -> Result<Value, ParseError> {
        if depth >= MAX_DEPTH {
            return Err(ParseError::TooDeep);
        }
        self.count.one()?;
        let (major, info) = self.head()?;
        match major {
            0 => Ok(integer(i128::from(self.number(info)?))),
            1 => Ok(integer(-1 - i128::from(self.number(info)?))),
            2 => Ok(Value::Blob(self.string(2, info)?.into())),
            3 => {
                let bytes = self.string(3, info)?;
                Ok(Value::Text(Text::from_utf8(bytes).map_err(|_| broken("text that is not UTF-8"))?))
            }
            4 => self.list(info, depth),
            5 => self.map(info, depth),
            6 => self.tag(info, depth),
            _ => self.simple(info),
        }
    }

    fn string(&mut self, major: u8, info: u8) -> Result<Vec<u8>, ParseError> {
        if info != INDEFINITE {
            let length = self.number(info)?;
            return self.take(length).map(<[u8]>::to_vec);
        }
        let mut bytes = Vec::new();
        while !self.at_break() {
            let (kind, info) = self.head()?;
            if kind != major || info == INDEFINITE {
                return Err(broken("a chunk of another kind"));
            }
            let length = self.number(info)?;
            bytes.extend_from_slice(self.take(length)?);
        }
        Ok(bytes)
    }

    /// How many items follow; nothing if a mark ends them.
    fn count(&mut self, info: u8, width: u64) -> Result<Option<u64>, ParseError> {
        if info == INDEFINITE {
            return Ok(None);
        }
        let count = self.number(info)?;
        if count.saturating_mul(width) > self.rest.len() as u64 {
            Err(broken("unexpected end"))
        } else {
            Ok(Some(count))
        }
    }

    fn list(&mut self, info: u8, depth: usize) -> Result<Value, ParseError> {
        let mut left = self.count(info, 1)?;
        let mut items = Vec::new();
        while self.more(&mut left) {
            items.push(self.item(depth + 1)?);
        }
        Ok(Value::List(items))
    }

    fn map(&mut self, info: u8, depth: usize) -> Result<Value, ParseError> {
        let mut left = self.count(info, 2)?;
        let mut entries = Vec::new();
        while self.more(&mut left) {
            let Value::Text(key) = self.item(depth + 1)? else {
                return Err(broken("a key that is not text"));
            };
            let value = self.item(depth + 1)?;
            entries.push((Key::new(&key), value));
        }
        Ok(Value::Map(map_of(entries)))
    }

    fn more(&mut self, left: &mut Option<u64>) -> bool {
        match left {
            None => !self.at_break(),
            Some(0) => false,
            Some(count) => {
                *count -= 1;
                true
            }
        }
    }

    fn tag(&mut self, info: u8, depth: usize) -> Result<Value, ParseError> {
        let tag = self.number(info)?;
        let value = self.item(depth + 1)?;
        match (tag, &value) {
            (1, Value::Number(_)) => scalar::timestamp(&value, self.options),
            (1, _) => Err(broken("a time that is not a number")),
            _ => Err(malformed("CBOR", format!("unknown tag {tag}"))),
        }
    }

    fn simple(&mut self, info: u8) -> Result<Value, ParseError> {
        let number = match info {
            20 => return Ok(Value::Bool(false)),
            21 => return Ok(Value::Bool(true)),
            22 | 23 => return Ok(Value::Null),
            25 => half(self.number(25)? as u16),
            26 => f64::from(f32::from_bits(self.number(26)? as u32)),
            27 => f64::from_bits(self.number(27)?),
            _ => return Err(broken("an unknown simple value")),
        };
        Ok(Value::Number(Number::Float(number)))
    }
}

fn integer(number: i128) -> Value {
    Value::Number(match i64::try_from(number) {
        Ok(number) => Number::Int(number),
        Err(_) => Number::Big(number.to_string().into()),
    })
}

/// A float of 16 bits.
fn half(bits: u16) -> f64 {
    let sign = if bits & 0x8000 == 0 { 1.0 } else { -1.0 };
    let fraction = f64::from(bits & 0x3ff);
    match bits >> 10 & 31 {
        0 => sign * fraction * 2_f64.powi(-24),
        31 if fraction == 0.0 => sign * f64::INFINITY,
        31 => f64::NAN,
        exponent => sign * (1.0 + fraction / 1024.0) * 2_f64.powi(i32::from(exponent) - 15),
    }
}
