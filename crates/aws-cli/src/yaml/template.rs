//! What templates of CloudFormation have beyond parameters: short tags (`!Ref x` for `{"Ref": "x"}`), anchors, aliases,
//! merge keys, names that come twice, truth values such as `yes`, and days.
//!
//! A day, with or without a time, has no place in a tree of JSON: it is kept as a number that is written as it stands. A name that is no text but
//! a number or a truth value begins with [`PLAIN_NAME`], so that it can be written without quotes again.

use aws_call::timestamp::Moment;
use jiff::tz::TimeZone;
use value::{Map, Number, Value};

use super::{Dialect, Read, Reader, YamlFault, read, scalar};

/// What the names begin with that are no texts.
pub(crate) const PLAIN_NAME: char = '\u{1}';
/// The name `<<` without quotes, which merges maps; in quotes it is a name as any other.
pub(super) const MERGE: &str = "\u{1}<<";
/// How many values aliases may repeat, all together.
const MAX_COPIED: usize = 100_000;
/// Intrinsic functions whose full names have no `Fn::` before them.
const BARE: &[&str] = &["Ref", "Condition"];

/// Reads a template of CloudFormation. JSON is read as YAML, too. Short tags come out with their full names.
///
/// # Errors
/// The text is no YAML, or too deep.
pub fn parse_template(text: &str) -> Result<Value, YamlFault> {
    read(text, Dialect::Template)
}

/// What a scalar without quotes means.
pub(super) fn resolve(text: &str) -> Value {
    match text {
        "yes" | "Yes" | "YES" | "on" | "On" | "ON" => Value::Bool(true),
        "no" | "No" | "NO" | "off" | "Off" | "OFF" => Value::Bool(false),
        _ => match day(text).or_else(|| moment(text)) {
            Some(day) => Value::Number(Number::Big(day.into())),
            None => scalar::resolve(text),
        },
    }
}

/// `2010-09-09`, also where its month and day have one digit.
fn day(text: &str) -> Option<String> {
    let mut parts = text.splitn(3, '-');
    let (year, month, day) = (parts.next()?, parts.next()?, parts.next()?);
    let number = |part: &str, lengths: &[usize]| -> Option<i16> {
        let digits = lengths.contains(&part.len()) && part.bytes().all(|byte| byte.is_ascii_digit());
        digits.then(|| part.parse().ok())?
    };
    let (year, month, day) = (number(year, &[4])?, number(month, &[1, 2])?, number(day, &[1, 2])?);
    let date = jiff::civil::Date::new(year, i8::try_from(month).ok()?, i8::try_from(day).ok()?).ok()?;
    Some(date.to_string())
}

/// A day with a time, `2001-12-14 21:59:43`, perhaps with a fraction and a zone.
fn moment(text: &str) -> Option<String> {
    let shape = text.get(10..)?.trim_start_matches(['T', 't', ' ']);
    let is_time =
        shape.len() + 10 < text.len() && shape.get(2..3) == Some(":") && shape.get(5..6) == Some(":");
    let dashes = text.get(4..5) == Some("-") && text.get(7..8) == Some("-");
    let spaced = (is_time && dashes).then(|| format!("{} {shape}", &text[..10]))?;
    let moment = Moment::from_text(&spaced, &TimeZone::UTC)?;
    Some(moment.isoformat().replacen('T', " ", 1))
}

/// How many values a tree has.
fn count(value: &Value) -> usize {
    match value {
        Value::List(items) => 1 + items.iter().map(count).sum::<usize>(),
        Value::Map(map) => 1 + map.values().map(count).sum::<usize>(),
        _ => 1,
    }
}

/// How deep a tree is.
fn depth(value: &Value) -> usize {
    match value {
        Value::List(items) => 1 + items.iter().map(depth).max().unwrap_or(0),
        Value::Map(map) => 1 + map.values().map(depth).max().unwrap_or(0),
        _ => 0,
    }
}

/// What stands before a node.
enum Mark<'a> {
    Anchor(&'a str),
    Alias(&'a str),
    Tag(&'a str),
}

impl<'a> Reader<'a> {
    /// A name without quotes: text, unless it means something else.
    pub(super) fn plain_name(&self, name: &str) -> String {
        if name == "<<" {
            return MERGE.to_owned();
        }
        if self.dialect != Dialect::Template {
            return name.to_owned();
        }
        match resolve(name) {
            Value::Text(_) => name.to_owned(),
            Value::Bool(flag) => format!("{PLAIN_NAME}{flag}"),
            Value::Number(number) => format!("{PLAIN_NAME}{number}"),
            _ => format!("{PLAIN_NAME}null"),
        }
    }

    /// Adds an entry, or those of the maps that `<<` names: they come first, and what the map says itself counts.
    pub(super) fn enter_or_merge(&mut self, map: &mut Map, name: String, value: Value) -> Read<()> {
        if name != MERGE {
            map.insert(name, value);
            return Ok(());
        }
        let merged = match value {
            Value::Map(other) => vec![other],
            Value::List(items) => {
                let map = |item: Value| match item {
                    Value::Map(map) => Some(map),
                    _ => None,
                };
                let maps: Option<Vec<Map>> = items.into_iter().map(map).collect();
                maps.ok_or_else(|| self.fault("only maps can be merged"))?
            }
            _ => return Err(self.fault("only maps can be merged")),
        };
        let mut whole = Map::new();
        // Of several maps the first one counts.
        for (name, value) in merged.iter().rev().flat_map(Map::iter).chain(map.iter()) {
            whole.insert(name.clone(), value.clone());
        }
        *map = whole;
        Ok(())
    }

    /// The mark that stands here; the position goes behind it.
    fn mark(&mut self) -> Read<Mark<'a>> {
        let rest = self.rest();
        let end = rest.find([' ', '\t', '\n', ',', '[', ']', '{', '}']).unwrap_or(rest.len());
        let (mark, name) = rest[..end].split_at(1);
        self.at += end;
        match (mark, name) {
            ("&", name) if !name.is_empty() => Ok(Mark::Anchor(name)),
            ("*", name) if !name.is_empty() => Ok(Mark::Alias(name)),
            ("!", "!binary" | "!str") => Ok(Mark::Tag(name)),
            ("!", name) if !name.is_empty() && !name.starts_with(['!', '<']) => Ok(Mark::Tag(name)),
            _ => Err(self.fault("this tag, anchor or alias is not understood")),
        }
    }

    /// What an alias stands for.
    fn alias(&mut self, name: &str) -> Read<Value> {
        let Some(value) = self.anchors.get(name).cloned() else {
            return Err(self.fault("this alias names no anchor"));
        };
        self.copied += count(&value);
        if self.copied > MAX_COPIED {
            return Err(self.fault("aliases repeat too much"));
        }
        if self.depth + depth(&value) > super::MAX_DEPTH {
            return Err(self.fault("too deep"));
        }
        Ok(value)
    }

    /// A node with a tag or an anchor before it, or an alias.
    pub(super) fn marked(&mut self, parent: isize, inline: bool) -> Read<Value> {
        match self.mark()? {
            Mark::Alias(name) => {
                let value = self.alias(name)?;
                self.end_of_node()?;
                Ok(value)
            }
            Mark::Anchor(name) => {
                self.inline_space();
                let value = self.behind_mark(parent, inline, false)?;
                self.anchors.insert(name.to_owned(), value.clone());
                Ok(value)
            }
            Mark::Tag(tag) => {
                self.inline_space();
                self.nested(|reader| {
                    let value = reader.behind_mark(parent, inline, true)?;
                    reader.tagged_value(tag, value)
                })
            }
        }
    }

    /// The node behind a mark: in the line, or on deeper lines. `raw`: a scalar is text whatever it looks like.
    fn behind_mark(&mut self, parent: isize, inline: bool, raw: bool) -> Read<Value> {
        let mut inline = inline;
        if self.at_line_end() {
            self.space()?;
            let now = isize::try_from(self.column()).unwrap_or(isize::MAX);
            let dash = self.byte() == Some(b'-') && matches!(self.byte_after(1), None | Some(b' ' | b'\n'));
            if self.ended() || now < parent || now == parent && !(inline && dash) {
                return Ok(if raw { Value::text("") } else { Value::Null });
            }
            inline = false;
        } else {
            inline = true;
        }
        let raw = raw && self.is_plain_scalar(inline)?;
        if raw { self.plain(parent).map(Value::from) } else { self.node(parent, inline) }
    }

    /// Whether a scalar without quotes stands here. The position stays.
    fn is_plain_scalar(&mut self, inline: bool) -> Read<bool> {
        let begins_other = matches!(
            self.byte(),
            None | Some(
                b'"' | b'\'' | b'{' | b'[' | b'|' | b'>' | b'&' | b'*' | b'!' | b'?' | b'%' | b'@' | b'`'
            )
        );
        let dash =
            self.byte() == Some(b'-') && matches!(self.byte_after(1), None | Some(b' ' | b'\n' | b'\t'));
        if begins_other || dash && !inline {
            return Ok(false);
        }
        let start = self.at;
        let key = if inline { None } else { self.key()? };
        self.at = start;
        Ok(key.is_none())
    }

    /// The same within brackets.
    pub(super) fn marked_in_flow(&mut self) -> Read<Value> {
        match self.mark()? {
            Mark::Alias(name) => self.alias(name),
            Mark::Anchor(name) => {
                self.flow_space();
                let value = self.flow()?;
                self.anchors.insert(name.to_owned(), value.clone());
                Ok(value)
            }
            Mark::Tag(tag) => {
                self.flow_space();
                self.nested(|reader| {
                    let value = match reader.byte() {
                        None | Some(b',' | b']' | b'}') => Value::text(""),
                        Some(b'"' | b'\'' | b'{' | b'[' | b'&' | b'*' | b'!') => reader.flow()?,
                        _ => Value::from(reader.flow_plain()?),
                    };
                    reader.tagged_value(tag, value)
                })
            }
        }
    }

    /// What a tag makes of a node.
    fn tagged_value(&mut self, tag: &str, value: Value) -> Read<Value> {
        match (tag, value) {
            ("!str", value @ Value::Text(_)) => Ok(value),
            ("!binary", Value::Text(text)) => scalar::base64(&text)
                .map(|bytes| Value::Blob(bytes.into()))
                .ok_or_else(|| self.fault("this is not base64")),
            ("!str" | "!binary", _) => Err(self.fault("only a scalar can have this tag")),
            ("GetAtt", Value::Text(text)) => {
                let parts = text.splitn(2, '.').map(Value::text).collect();
                Ok(function(tag, Value::List(parts)))
            }
            (_, Value::Null) => Ok(function(tag, Value::text(""))),
            (_, value) => Ok(function(tag, value)),
        }
    }
}

fn function(tag: &str, value: Value) -> Value {
    let name = if BARE.contains(&tag) { tag.to_owned() } else { format!("Fn::{tag}") };
    Value::Map([(name, value)].into_iter().collect::<Map>())
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test may stop where it fails")]

    use value::JsonStyle;

    use super::*;

    fn json(text: &str) -> String {
        parse_template(text).unwrap().to_json(JsonStyle::Line)
    }

    #[test]
    fn short_tags_become_functions() {
        for (text, expected) in [
            ("a: !Ref B", r#"{"a": {"Ref": "B"}}"#),
            ("a: !GetAtt B.C.D", r#"{"a": {"Fn::GetAtt": ["B", "C.D"]}}"#),
            ("a: !GetAtt [B, C]", r#"{"a": {"Fn::GetAtt": ["B", "C"]}}"#),
            ("a: !Sub 12", r#"{"a": {"Fn::Sub": "12"}}"#),
            ("a: !Sub", r#"{"a": {"Fn::Sub": ""}}"#),
            ("a: !Sub \"x: ${B}\"", r#"{"a": {"Fn::Sub": "x: ${B}"}}"#),
            ("a: !Sub |\n  x\n  y\nb: 1", r#"{"a": {"Fn::Sub": "x\ny\n"}, "b": 1}"#),
            ("a: !Join\n  - ','\n  - - !Ref X\n    - 2", r#"{"a": {"Fn::Join": [",", [{"Ref": "X"}, 2]]}}"#),
            ("a: !Join\n- ','\n- b", r#"{"a": {"Fn::Join": [",", "b"]}}"#),
            (
                "- !If [c, !Ref A, !Ref 'AWS::NoValue']",
                r#"[{"Fn::If": ["c", {"Ref": "A"}, {"Ref": "AWS::NoValue"}]}]"#,
            ),
            (
                "a: !Transform {Name: 'AWS::Include', P: {L: x}}",
                r#"{"a": {"Fn::Transform": {"Name": "AWS::Include", "P": {"L": "x"}}}}"#,
            ),
            (
                "a: !Transform\n  Name: x\n  P: y\nb: !Condition c",
                r#"{"a": {"Fn::Transform": {"Name": "x", "P": "y"}}, "b": {"Condition": "c"}}"#,
            ),
            ("a:\n  !Sub\n    x\n    y", r#"{"a": {"Fn::Sub": "x y"}}"#),
            ("{\"a\": !Ref b, c: [x\n  y]}", r#"{"a": {"Ref": "b"}, "c": ["x y"]}"#),
        ] {
            assert_eq!(json(text), expected, "{text}");
        }
    }

    #[test]
    fn anchors_and_merges_are_followed() {
        for (text, expected) in [
            ("a: &x [1]\nb: *x", r#"{"a": [1], "b": [1]}"#),
            (
                "a: &x\n  p: 1\n  q: 2\nb:\n  q: 3\n  <<: *x\n  r: 4",
                r#"{"a": {"p": 1, "q": 2}, "b": {"p": 1, "q": 3, "r": 4}}"#,
            ),
            ("a: 1\na: 2", r#"{"a": 2}"#),
            ("a: yes\nb: Off", r#"{"a": true, "b": false}"#),
            (
                "V: 2010-09-09\nw: 2010-9-9\nx: '2010-09-09'",
                r#"{"V": 2010-09-09, "w": 2010-09-09, "x": "2010-09-09"}"#,
            ),
        ] {
            assert_eq!(json(text), expected, "{text}");
        }
    }

    #[test]
    fn what_cannot_be_read_is_a_fault() {
        let bomb: String = (0..40).fold("a0: &a0 [x, x]\n".to_owned(), |text, n| {
            text + &format!("a{}: &a{} [*a{n}, *a{n}]\n", n + 1, n + 1)
        });
        for text in ["a: *x", "a: !", "a: !<x> b", "<<: 1", bomb.as_str(), "a: !!binary é", "a: !!str [b]"] {
            assert!(parse_template(text).is_err(), "{text}");
        }
    }

    proptest::proptest! {
        #[test]
        fn no_text_panics(text in r#"[a-c0-9!&*<:,'"{}|> \n\[\]-]{0,60}"#) {
            let _ = parse_template(&text);
        }
    }
}
