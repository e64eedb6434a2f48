//! The shorthand grammar, `Name=web,Values=[a,b],Nested={k=v}`: words to an untyped tree.
//!
//! Facts are the AWS CLI's (`shorthand.py`): the grammar knows no model, so every leaf is text; what the model makes
//! of it is [`super::fit`]'s business. Invariant: nesting is bounded. A leaf after `@=` may name a file.

use std::collections::HashSet;

use value::{Key, Map, Value};

use super::paramfile::ParamFiles;
use crate::UsageError;

/// How deeply lists and structures may nest.
const MAX_DEPTH: usize = 64;

/// Why a shorthand value cannot be read.
#[derive(Debug)]
pub(crate) enum ShorthandFault {
    /// The grammar is broken; the text goes behind `Error parsing parameter '--x': `.
    Syntax(String),
    /// A file cannot be read.
    File(UsageError),
}

/// Reads one shorthand value.
pub(crate) fn parse(text: &str, files: &ParamFiles<'_>) -> Result<Map, ShorthandFault> {
    let input: Vec<char> = text.chars().collect();
    let mut parser = Parser { input, at: 0, resolve: false, depth: 0, files };
    parser.parameter().map_err(|fault| fault.described(&parser.input))
}

/// A fault on its way. Most are swallowed, since `a,b=c` shows only behind `b` that a key began there; so the input is
/// copied into a text only for the one that is reported.
enum Fault {
    Expected { wanted: String, found: String, at: usize },
    Duplicate { key: Key, at: usize },
    TooDeep,
    File(UsageError),
}

impl Fault {
    fn described(self, input: &[char]) -> ShorthandFault {
        ShorthandFault::Syntax(match self {
            Fault::File(error) => return ShorthandFault::File(error),
            Fault::TooDeep => format!("nested deeper than {MAX_DEPTH} levels"),
            Fault::Expected { wanted, found, at } => {
                format!("Expected: '{wanted}', received: '{found}' for input:\n {}", location(input, at))
            }
            Fault::Duplicate { key, at } => format!(
                "Second instance of key \"{key}\" encountered for input:\n{}\nThis is often because there is a \
                 preceding \",\" instead of a space.",
                location(input, at)
            ),
        })
    }
}

/// The input with a caret under the position, below the line that holds it.
fn location(input: &[char], at: usize) -> String {
    let at = at.min(input.len());
    let line_start = input[..at].iter().rposition(|c| *c == '\n').map_or(0, |newline| newline + 1);
    let line_end = input[at..].iter().position(|c| *c == '\n').map_or(input.len(), |newline| at + newline);
    let consumed: String = input[..line_end].iter().collect();
    let remaining: String = input[line_end..].iter().collect();
    format!("{consumed}\n{}^{remaining}", " ".repeat(at - line_start))
}

struct Parser<'a> {
    input: Vec<char>,
    at: usize,
    /// Whether leaves here may name files: the key was followed by `@=`.
    resolve: bool,
    depth: usize,
    files: &'a ParamFiles<'a>,
}

type Parsed<T> = Result<T, Fault>;

impl Parser<'_> {
    fn parameter(&mut self) -> Parsed<Map> {
        let (key, value) = self.key_value()?;
        let mut names = HashSet::from([key.clone()]);
        let mut params = Map::new();
        params.push(key, value);
        let mut last = self.at;
        while self.at < self.input.len() {
            self.expect_spaced(',')?;
            let (key, value) = self.key_value()?;
            if !names.insert(key.clone()) {
                return Err(Fault::Duplicate { key, at: last + 1 });
            }
            params.push(key, value);
            last = self.at;
        }
        Ok(params)
    }

    fn key_value(&mut self) -> Parsed<(Key, Value)> {
        let key = self.key();
        self.assignment()?;
        let value = match self.current() {
            None => Value::text(""),
            Some('[') => self.list()?,
            Some('{') => self.structure()?,
            Some(_) => self.comma_separated()?,
        };
        Ok((key, value))
    }

    /// `=`, or `@=` after which leaves may name files.
    fn assignment(&mut self) -> Parsed<()> {
        self.skip_space();
        self.resolve = self.current() == Some('@');
        if self.resolve {
            self.at += 1;
        }
        self.expect_spaced('=')
    }

    fn key(&mut self) -> Key {
        let start = self.at;
        while self.current().is_some_and(|c| c.is_ascii_alphanumeric() || "-_.#/:".contains(c)) {
            self.at += 1;
        }
        Key::from(self.input[start..self.at].iter().collect::<String>())
    }

    /// `a` is text and `a,b` a list; `a,b=c` is text again, since a new key begins at `b`.
    fn comma_separated(&mut self) -> Parsed<Value> {
        let first = self.leaf()?;
        self.skip_space();
        if self.current() != Some(',') {
            return Ok(first);
        }
        self.expect_spaced(',')?;
        let mut items = vec![first];
        loop {
            match self.next_item() {
                Ok((item, ended)) => {
                    items.push(item);
                    if ended {
                        break;
                    }
                }
                Err(Fault::Expected { .. }) if self.at < self.input.len() => {
                    while self.at > 0 && self.input[self.at] != ',' {
                        self.at -= 1;
                    }
                    break;
                }
                Err(fault) => return Err(fault),
            }
        }
        if items.len() == 1 {
            return Ok(items.swap_remove(0));
        }
        Ok(Value::List(items))
    }

    /// One more item of `a,b,c`, and whether the text ends with it.
    fn next_item(&mut self) -> Parsed<(Value, bool)> {
        let item = match self.current() {
            Some(quote @ ('\'' | '"')) => self.quoted(quote)?,
            _ => {
                let Some(text) = self.take_word(is_second_follow) else {
                    return Err(self.unmatched("second"));
                };
                self.finish_leaf(text)?
            }
        };
        self.skip_space();
        if self.current().is_none() {
            return Ok((item, true));
        }
        self.expect_spaced(',')?;
        Ok((item, false))
    }

    fn list(&mut self) -> Parsed<Value> {
        self.expect_spaced('[')?;
        self.deeper()?;
        let mut items = Vec::new();
        while self.current() != Some(']') {
            items.push(self.nested()?);
            self.skip_space();
            if self.current() != Some(']') {
                self.expect(',')?;
                self.skip_space();
            }
        }
        self.depth -= 1;
        self.expect(']')?;
        Ok(Value::List(items))
    }

    fn structure(&mut self) -> Parsed<Value> {
        self.expect_spaced('{')?;
        self.deeper()?;
        let mut entries = Vec::new();
        while self.current() != Some('}') {
            let key = self.key();
            self.assignment()?;
            let value = self.nested()?;
            self.skip_space();
            if self.current() != Some('}') {
                self.expect(',')?;
                self.skip_space();
            }
            entries.push((key, value));
        }
        self.depth -= 1;
        self.expect('}')?;
        Ok(Value::Map(entries.into_iter().collect()))
    }

    fn nested(&mut self) -> Parsed<Value> {
        match self.current() {
            Some('[') => self.list(),
            Some('{') => self.structure(),
            _ => self.leaf(),
        }
    }

    fn deeper(&mut self) -> Parsed<()> {
        self.depth += 1;
        if self.depth > MAX_DEPTH {
            return Err(Fault::TooDeep);
        }
        Ok(())
    }

    /// A quoted or plain leaf; nothing at all is empty text.
    fn leaf(&mut self) -> Parsed<Value> {
        match self.current() {
            Some(quote @ ('\'' | '"')) => self.quoted(quote),
            _ => match self.take_word(is_first_follow) {
                Some(text) => self.finish_leaf(text),
                None => Ok(Value::text("")),
            },
        }
    }

    fn take_word(&mut self, follows: fn(char) -> bool) -> Option<String> {
        let start = self.at;
        let mut at = self.after_one(start, is_start)?;
        while let Some(next) = self.after_one(at, follows) {
            at = next;
        }
        self.at = at;
        Some(self.input[start..at].iter().collect::<String>().replace("\\,", ",").trim_end().to_owned())
    }

    /// Past one character of the class, or past an escaped comma.
    fn after_one(&self, at: usize, class: fn(char) -> bool) -> Option<usize> {
        let c = *self.input.get(at)?;
        if c == '\\' && self.input.get(at + 1) == Some(&',') {
            return Some(at + 2);
        }
        class(c).then_some(at + 1)
    }

    fn quoted(&mut self, quote: char) -> Parsed<Value> {
        let start = self.at + 1;
        let Some(end) = self.closing_quote(start, quote) else {
            return Err(self.unmatched(if quote == '"' { "double quoted" } else { "singled quoted" }));
        };
        self.at = end + 1;
        let text: String = self.input[start..end].iter().collect();
        let text = text.replace(&format!("\\{quote}"), &quote.to_string()).replace("\\\\", "\\");
        self.finish_leaf(text)
    }

    /// The quote that closes: the first that no backslash precedes, else the last one of all.
    fn closing_quote(&self, start: usize, quote: char) -> Option<usize> {
        let mut escaped = None;
        let mut at = start;
        while let Some(&c) = self.input.get(at) {
            if c == quote {
                return Some(at);
            }
            if c == '\\' && self.input.get(at + 1) == Some(&quote) {
                escaped = Some(at + 1);
                at += 1;
            }
            at += 1;
        }
        escaped
    }

    fn finish_leaf(&self, text: String) -> Parsed<Value> {
        if !self.resolve {
            return Ok(Value::from(text));
        }
        let loaded = self.files.load_value(&text).map_err(Fault::File)?;
        Ok(loaded.unwrap_or_else(|| Value::from(text)))
    }

    fn current(&self) -> Option<char> {
        self.input.get(self.at).copied()
    }

    fn skip_space(&mut self) {
        while self.current().is_some_and(|c| matches!(c, ' ' | '\t' | '\n' | '\r' | '\u{b}' | '\u{c}')) {
            self.at += 1;
        }
    }

    fn expect_spaced(&mut self, wanted: char) -> Parsed<()> {
        self.skip_space();
        self.expect(wanted)?;
        self.skip_space();
        Ok(())
    }

    fn expect(&mut self, wanted: char) -> Parsed<()> {
        let found = self.current();
        if found == Some(wanted) {
            self.at += 1;
            return Ok(());
        }
        let found = found.map_or_else(|| "EOF".to_owned(), String::from);
        Err(self.syntax(&wanted.to_string(), &found))
    }

    fn unmatched(&self, kind: &str) -> Fault {
        self.syntax(&format!("<{kind}>"), "<none>")
    }

    fn syntax(&self, wanted: &str, found: &str) -> Fault {
        Fault::Expected { wanted: wanted.to_owned(), found: found.to_owned(), at: self.at }
    }
}

/// What a plain leaf may begin with.
fn is_start(c: char) -> bool {
    matches!(c, '!' | '#'..='&' | '('..='+' | '-'..='<' | '>'..='Z' | '\\'..='z' | '|'..='\u{ffff}')
}

/// What a plain leaf may go on with.
fn is_first_follow(c: char) -> bool {
    c.is_whitespace() || matches!(c, '!' | '#'..='&' | '('..='+' | '-'..='\\' | '^'..='|' | '~'..='\u{ffff}')
}

/// What further items of `a,b,c` may go on with: no `=`, since that would begin a key.
fn is_second_follow(c: char) -> bool {
    c.is_whitespace() || matches!(c, '!' | '#'..='&' | '('..='+' | '-'..='<' | '>'..='\u{ffff}')
}

#[cfg(test)]
mod tests {
    use value::JsonStyle;

    use super::*;
    use crate::NoFiles;

    fn read(text: &str) -> Result<String, String> {
        let files = ParamFiles::refusing(&NoFiles);
        match parse(text, &files) {
            Ok(map) => Ok(Value::Map(map).to_json(JsonStyle::Compact)),
            Err(ShorthandFault::Syntax(text)) => Err(text),
            Err(ShorthandFault::File(error)) => Err(error.reason),
        }
    }

    #[test]
    fn reads_the_grammar() {
        for (text, expected) in [
            ("Key=env", r#"{"Key":"env"}"#),
            ("Key=env,Value=prod", r#"{"Key":"env","Value":"prod"}"#),
            ("Key=,Value=", r#"{"Key":"","Value":""}"#),
            ("Name=vpc-id,Values=vpc-1,vpc-2", r#"{"Name":"vpc-id","Values":["vpc-1","vpc-2"]}"#),
            ("Values=a,b,Name=x,y", r#"{"Values":["a","b"],"Name":["x","y"]}"#),
            ("Names=[]", r#"{"Names":[]}"#),
            ("Names=[ a , b ]", r#"{"Names":["a","b"]}"#),
            ("Names=[a=b,c=d]", r#"{"Names":["a=b","c=d"]}"#),
            ("Names=[,]", r#"{"Names":[""]}"#),
            ("A={b=[c,d],e={f=g}},h=i", r#"{"A":{"b":["c","d"],"e":{"f":"g"}},"h":"i"}"#),
            ("A=[{b=c}, {d=e}]", r#"{"A":[{"b":"c"},{"d":"e"}]}"#),
            (r#"A="x, y",B='it\'s'"#, r#"{"A":"x, y","B":"it's"}"#),
            (r#"A="a","b""#, r#"{"A":["a","b"]}"#),
            (r"A='ends in a backslash\'", r#"{"A":"ends in a backslash\\"}"#),
            (r"A=one\,two", r#"{"A":"one,two"}"#),
            (r"A=one,two\,three", r#"{"A":["one","two,three"]}"#),
            ("A =  b  , C =d  ", r#"{"A":"b","C":"d"}"#),
            ("A=b,\nC=d\n", r#"{"A":"b","C":"d"}"#),
            ("A@=b,C@=[d]", r#"{"A":"b","C":["d"]}"#),
            ("url=https://x/?a=b&c=d", r#"{"url":"https://x/?a=b&c=d"}"#),
            ("tag:Name=✓,é", r#"{"tag:Name":["✓","é"]}"#),
        ] {
            assert_eq!(read(text).as_deref(), Ok(expected), "{text}");
        }
    }

    #[test]
    fn says_what_it_expected_and_where() {
        insta::assert_snapshot!(read("foo").expect_err("no ="), @r"
        Expected: '=', received: 'EOF' for input:
         foo
           ^
        ");
        insta::assert_snapshot!(read("a=b,\nc==d,\ne=f").expect_err("two ="), @r"
        Expected: ',', received: '=' for input:
         a=b,
        c==d,
          ^
        e=f
        ");
        insta::assert_snapshot!(read("a=[b").expect_err("open list"), @r"
        Expected: ',', received: 'EOF' for input:
         a=[b
            ^
        ");
        insta::assert_snapshot!(read("a='b").expect_err("open quote"), @r"
        Expected: '<singled quoted>', received: '<none>' for input:
         a='b
          ^
        ");
        insta::assert_snapshot!(read("a=b,a=c").expect_err("twice"), @r#"
        Second instance of key "a" encountered for input:
        a=b,a=c
            ^
        This is often because there is a preceding "," instead of a space.
        "#);
    }

    #[test]
    fn nesting_is_bounded() {
        for open in ["[", "{a="] {
            assert!(read(&format!("a={}", open.repeat(10_000))).is_err());
        }
    }

    /// Each empty value is found by a fault that is swallowed; copying the whole input into each takes minutes here.
    #[test]
    fn swallowed_faults_do_not_copy_the_input() {
        let pairs = |value: &str| -> String {
            let pairs: Vec<String> = (0..100_000).map(|number| format!("k{number}={value}")).collect();
            pairs.join(",")
        };
        let files = ParamFiles::refusing(&NoFiles);
        let read = |text: &str| parse(text, &files).map_err(|_| "a fault").expect("pairs");
        assert_eq!(read(&pairs("")).len(), 100_000);
        let nested = read(&format!("a={{{}}}", pairs("v")));
        assert_eq!(nested.get("a").and_then(Value::as_map).map(Map::len), Some(100_000));
    }

    proptest::proptest! {
        #[test]
        fn never_panics(text in r#"[a-c=,\[\]{}'"\\@\n é]{0,30}"#) {
            let _ = read(&text);
        }

        #[test]
        fn plain_pairs_come_back(pairs in proptest::collection::btree_map("[a-z]{1,5}", "[a-z0-9/+. -]{0,8}[a-z0-9]", 1..5)) {
            let line: Vec<String> = pairs.iter().map(|(key, text)| format!("{key}='{text}'")).collect();
            let files = ParamFiles::refusing(&NoFiles);
            let parsed = parse(&line.join(","), &files).expect("plain pairs are shorthand");
            for (key, text) in pairs {
                proptest::prop_assert_eq!(parsed.get(&key).and_then(Value::as_text), Some(text.as_str()));
            }
        }
    }
}
