//! The words of an expression.
//!
//! Invariant: any text yields tokens or a fault that shows where it is. Literals have DynamoDB's typed form already.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use value::{Map, Value};

use super::decimal::canonical;
use crate::UsageError;

/// The longest expression in characters.
const LONGEST: usize = 64 * 1024;

/// A word with its place, counted in characters.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Token {
    pub(super) kind: Kind,
    /// As it is shown in messages.
    pub(super) shown: String,
    pub(super) start: usize,
    pub(super) end: usize,
}

/// What a word is.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Kind {
    /// A name, in quotes or not.
    Name { quoted: bool },
    /// A typed value.
    Literal(Value),
    /// `=`, `<>`, `<`, `<=`, `>`, `>=`; (its name, its text).
    Comparator(&'static str, &'static str),
    /// `and`, `or`, `not`, `in`, `between`, and marks.
    Mark(&'static str),
    /// The end.
    End,
}

impl Kind {
    /// What messages call it.
    pub(super) fn name(&self) -> &'static str {
        match self {
            Kind::Name { quoted: true } => "identifier",
            Kind::Name { quoted: false } => "unquoted_identifier",
            Kind::Literal(_) => "literal",
            Kind::Comparator(name, _) | Kind::Mark(name) => name,
            Kind::End => "eof",
        }
    }
}

const MARKS: [(char, &str); 9] = [
    ('.', "dot"),
    (',', "comma"),
    (':', "colon"),
    ('(', "lparen"),
    (')', "rparen"),
    ('{', "lbrace"),
    ('}', "rbrace"),
    ('[', "lbracket"),
    (']', "rbracket"),
];

const WORDS: [&str; 5] = ["and", "between", "in", "or", "not"];

/// A value with its type, `{"S": "x"}`.
pub(super) fn typed(kind: &'static str, value: Value) -> Value {
    Value::Map([(kind, value)].into_iter().collect::<Map>())
}

/// A fault with the place below the expression.
pub(super) fn fault(message: &str, expression: &str, start: usize, length: usize) -> UsageError {
    let marked = format!("{}{}", " ".repeat(start), "^".repeat(length.max(1)));
    UsageError::validation(format!("{message}\n{expression}\n{marked}"))
}

/// The words of an expression, the last one its end.
pub(super) fn tokens(expression: &str) -> Result<Vec<Token>, UsageError> {
    let characters: Vec<char> = expression.chars().collect();
    if characters.is_empty() {
        return Err(UsageError::validation("Expressions must not be empty"));
    }
    if characters.len() > LONGEST {
        return Err(UsageError::validation(format!("Expressions have at most {LONGEST} characters")));
    }
    let mut lexer = Lexer { expression, characters, at: 0 };
    let mut found = Vec::new();
    while let Some(token) = lexer.next()? {
        found.push(token);
    }
    let end = lexer.characters.len();
    found.push(Token { kind: Kind::End, shown: String::new(), start: end, end });
    Ok(found)
}

struct Lexer<'a> {
    expression: &'a str,
    characters: Vec<char>,
    at: usize,
}

impl Lexer<'_> {
    fn peek(&self, ahead: usize) -> Option<char> {
        self.characters.get(self.at + ahead).copied()
    }

    fn fault(&self, message: &str, at: usize) -> UsageError {
        fault(message, self.expression, at, 1)
    }

    fn text(&self, start: usize) -> String {
        self.characters[start..self.at].iter().collect()
    }

    fn token(&self, kind: Kind, shown: String, start: usize) -> Token {
        Token { kind, shown, start, end: self.at }
    }

    fn next(&mut self) -> Result<Option<Token>, UsageError> {
        while self.peek(0).is_some_and(|sign| [' ', '\t', '\n', '\r'].contains(&sign)) {
            self.at += 1;
        }
        let start = self.at;
        let Some(sign) = self.peek(0) else { return Ok(None) };
        if let Some((_, name)) = MARKS.iter().find(|(mark, _)| *mark == sign) {
            self.at += 1;
            return Ok(Some(self.token(Kind::Mark(name), sign.to_string(), start)));
        }
        match sign {
            '=' | '<' | '>' => Ok(Some(self.comparator(sign))),
            'b' | 'B' if self.peek(1) == Some('"') => self.bytes().map(Some),
            'a'..='z' | 'A'..='Z' | '_' => Ok(Some(self.word())),
            '\'' => {
                let name = self.quoted('\'')?;
                Ok(Some(self.token(Kind::Name { quoted: true }, name, start)))
            }
            '"' => {
                let text = self.quoted('"')?;
                let kind = Kind::Literal(typed("S", Value::text(&text)));
                Ok(Some(self.token(kind, text, start)))
            }
            '0'..='9' | '-' => self.number().map(Some),
            other => Err(self.fault(&format!("Unrecognized character {other}"), start)),
        }
    }

    fn comparator(&mut self, sign: char) -> Token {
        let start = self.at;
        let (name, text) = match (sign, self.peek(1)) {
            ('<', Some('>')) => ("ne", "<>"),
            ('<', Some('=')) => ("lte", "<="),
            ('>', Some('=')) => ("gte", ">="),
            ('<', _) => ("lt", "<"),
            ('>', _) => ("gt", ">"),
            _ => ("eq", "="),
        };
        self.at += text.len();
        self.token(Kind::Comparator(name, text), text.to_owned(), start)
    }

    fn word(&mut self) -> Token {
        let start = self.at;
        while self.peek(0).is_some_and(|sign| sign.is_ascii_alphanumeric() || sign == '_') {
            self.at += 1;
        }
        let text = self.text(start);
        let lower = text.to_ascii_lowercase();
        let (kind, shown) = match lower.as_str() {
            "true" => (Kind::Literal(typed("BOOL", Value::Bool(true))), "True".to_owned()),
            "false" => (Kind::Literal(typed("BOOL", Value::Bool(false))), "False".to_owned()),
            "null" => (Kind::Literal(typed("NULL", Value::Bool(true))), "None".to_owned()),
            lower => match WORDS.iter().find(|word| **word == lower) {
                Some(word) => (Kind::Mark(word), text),
                None => (Kind::Name { quoted: false }, text),
            },
        };
        self.token(kind, shown, start)
    }

    /// The text up to a mark; `\` before the mark keeps it, before anything else it stays.
    fn quoted(&mut self, mark: char) -> Result<String, UsageError> {
        let start = self.at;
        self.at += 1;
        let mut text = String::new();
        loop {
            match self.peek(0) {
                None => return Err(self.fault(&format!("Unclosed {mark} delimiter"), start)),
                Some('\\') if self.peek(1).is_some() => {
                    let escaped = self.peek(1).unwrap_or_default();
                    if escaped != mark {
                        text.push('\\');
                    }
                    text.push(escaped);
                    self.at += 2;
                }
                Some(sign) if sign == mark => {
                    self.at += 1;
                    return Ok(text);
                }
                Some(sign) => {
                    text.push(sign);
                    self.at += 1;
                }
            }
        }
    }

    fn bytes(&mut self) -> Result<Token, UsageError> {
        let start = self.at;
        self.at += 1;
        let text = self.quoted('"')?;
        let decoded = STANDARD.decode(&text);
        let decoded =
            decoded.map_err(|_| self.fault(&format!("Invalid base64 string b\"{text}\""), start))?;
        Ok(self.token(Kind::Literal(typed("B", Value::Blob(decoded.into()))), text, start))
    }

    fn digits(&mut self) {
        while self.peek(0).is_some_and(|sign| sign.is_ascii_digit()) {
            self.at += 1;
        }
    }

    fn number(&mut self) -> Result<Token, UsageError> {
        let start = self.at;
        self.at += 1;
        self.digits();
        if self.text(start) == "-" {
            return Err(self.fault("Unknown token -", start));
        }
        let shown = |sign: Option<char>| sign.map_or("None".to_owned(), |sign| sign.to_string());
        if self.peek(0) == Some('.') {
            self.at += 1;
            if !self.peek(0).is_some_and(|sign| sign.is_ascii_digit()) {
                let message = format!("Invalid fractional character {}", shown(self.peek(0)));
                return Err(self.fault(&message, self.at));
            }
            self.digits();
        }
        if matches!(self.peek(0), Some('e' | 'E')) {
            self.at += 1;
            if !self.peek(0).is_some_and(|sign| sign.is_ascii_digit() || sign == '-' || sign == '+') {
                let message = format!("Invalid exponential character {}", shown(self.peek(0)));
                return Err(self.fault(&message, self.at));
            }
            self.at += 1;
            self.digits();
        }
        let text = self.text(start);
        let number = canonical(&text)
            .ok_or_else(|| self.fault(&format!("{text} is no number that DynamoDB can hold"), start))?;
        Ok(self.token(Kind::Literal(typed("N", Value::text(&number))), number, start))
    }
}
