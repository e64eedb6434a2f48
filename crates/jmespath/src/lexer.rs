//! Text → tokens. Columns count characters, as the AWS CLI's error texts do.

use value::{Key, Value};

use crate::JmespathError;

/// What a token is; the names are those of the error texts.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Kind {
    Dot,
    Star,
    RightBracket,
    Comma,
    Colon,
    Current,
    LeftParen,
    RightParen,
    LeftBrace,
    RightBrace,
    LeftBracket,
    Flatten,
    Filter,
    Pipe,
    Or,
    And,
    Reference,
    Not,
    Equal,
    NotEqual,
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
    Identifier(Key),
    Quoted(Key),
    Number(i64),
    Literal(Value),
    End,
}

impl Kind {
    /// The kind's name in error texts.
    pub(crate) fn name(&self) -> &'static str {
        match self {
            Kind::Dot => "dot",
            Kind::Star => "star",
            Kind::RightBracket => "rbracket",
            Kind::Comma => "comma",
            Kind::Colon => "colon",
            Kind::Current => "current",
            Kind::LeftParen => "lparen",
            Kind::RightParen => "rparen",
            Kind::LeftBrace => "lbrace",
            Kind::RightBrace => "rbrace",
            Kind::LeftBracket => "lbracket",
            Kind::Flatten => "flatten",
            Kind::Filter => "filter",
            Kind::Pipe => "pipe",
            Kind::Or => "or",
            Kind::And => "and",
            Kind::Reference => "expref",
            Kind::Not => "not",
            Kind::Equal => "eq",
            Kind::NotEqual => "ne",
            Kind::Less => "lt",
            Kind::LessOrEqual => "lte",
            Kind::Greater => "gt",
            Kind::GreaterOrEqual => "gte",
            Kind::Identifier(_) => "unquoted_identifier",
            Kind::Quoted(_) => "quoted_identifier",
            Kind::Number(_) => "number",
            Kind::Literal(_) => "literal",
            Kind::End => "eof",
        }
    }
}

/// A token and where it begins.
#[derive(Debug, Clone)]
pub(crate) struct Token {
    pub(crate) kind: Kind,
    pub(crate) column: usize,
    /// One past its last character.
    pub(crate) end: usize,
}

impl Token {
    /// The token's value as Python prints it: a literal's own text, otherwise what was written.
    pub(crate) fn printed(&self, expression: &str) -> String {
        match &self.kind {
            Kind::Literal(value) => value.python_text().into_owned(),
            Kind::Number(number) => number.to_string(),
            Kind::Identifier(name) | Kind::Quoted(name) => name.to_string(),
            Kind::End => String::new(),
            _ => expression.chars().skip(self.column).take(self.end - self.column).collect(),
        }
    }
}

/// Splits an expression into tokens; the last one is [`Kind::End`].
pub(crate) fn tokens(expression: &str) -> Result<Vec<Token>, JmespathError> {
    let mut lexer = Lexer { expression, characters: expression.chars().collect(), at: 0 };
    let mut tokens = Vec::new();
    while let Some(character) = lexer.peek() {
        let column = lexer.at;
        if matches!(character, ' ' | '\t' | '\n' | '\r') {
            lexer.at += 1;
            continue;
        }
        let kind = lexer.token(character)?;
        tokens.push(Token { kind, column, end: lexer.at });
    }
    tokens.push(Token { kind: Kind::End, column: lexer.at, end: lexer.at });
    Ok(tokens)
}

struct Lexer<'a> {
    expression: &'a str,
    characters: Vec<char>,
    at: usize,
}

impl Lexer<'_> {
    fn peek(&self) -> Option<char> {
        self.characters.get(self.at).copied()
    }

    fn fault(&self, message: String, column: usize) -> JmespathError {
        JmespathError::Token { message, expression: self.expression.to_owned(), column }
    }

    fn token(&mut self, character: char) -> Result<Kind, JmespathError> {
        let start = self.at;
        match character {
            'a'..='z' | 'A'..='Z' | '_' => Ok(self.identifier()),
            '0'..='9' | '-' => self.number(),
            '\'' => self.raw_string(),
            '`' => self.literal(),
            '"' => self.quoted_identifier(),
            _ => {
                self.at += 1;
                self.symbol(character).ok_or_else(|| self.fault(unknown_symbol(character), start))
            }
        }
    }

    fn symbol(&mut self, character: char) -> Option<Kind> {
        Some(match character {
            '.' => Kind::Dot,
            '*' => Kind::Star,
            ']' => Kind::RightBracket,
            ',' => Kind::Comma,
            ':' => Kind::Colon,
            '@' => Kind::Current,
            '(' => Kind::LeftParen,
            ')' => Kind::RightParen,
            '{' => Kind::LeftBrace,
            '}' => Kind::RightBrace,
            '[' if self.follows('?') => Kind::Filter,
            '[' => self.either(']', Kind::Flatten, Kind::LeftBracket),
            '|' => self.either('|', Kind::Or, Kind::Pipe),
            '&' => self.either('&', Kind::And, Kind::Reference),
            '<' => self.either('=', Kind::LessOrEqual, Kind::Less),
            '>' => self.either('=', Kind::GreaterOrEqual, Kind::Greater),
            '!' => self.either('=', Kind::NotEqual, Kind::Not),
            '=' if self.follows('=') => Kind::Equal,
            _ => return None,
        })
    }

    fn follows(&mut self, expected: char) -> bool {
        let found = self.peek() == Some(expected);
        self.at += usize::from(found);
        found
    }

    fn either(&mut self, expected: char, with: Kind, without: Kind) -> Kind {
        if self.follows(expected) { with } else { without }
    }

    fn identifier(&mut self) -> Kind {
        let start = self.at;
        while self.peek().is_some_and(|c| c.is_ascii_alphanumeric() || c == '_') {
            self.at += 1;
        }
        Kind::Identifier(self.text(start, self.at).into())
    }

    fn text(&self, start: usize, end: usize) -> String {
        self.characters[start..end].iter().collect()
    }

    fn number(&mut self) -> Result<Kind, JmespathError> {
        let start = self.at;
        self.at += 1;
        while self.peek().is_some_and(|c| c.is_ascii_digit()) {
            self.at += 1;
        }
        let text = self.text(start, self.at);
        if text == "-" {
            return Err(self.fault("Unknown token '-'".to_owned(), start));
        }
        let limit = if text.starts_with('-') { i64::MIN } else { i64::MAX };
        Ok(Kind::Number(text.parse().unwrap_or(limit)))
    }

    /// The text up to the closing delimiter; a backslash and what follows it are kept as they are.
    fn delimited(&mut self, delimiter: char) -> Result<String, JmespathError> {
        let start = self.at;
        self.at += 1;
        while let Some(character) = self.peek() {
            self.at += 1;
            if character == delimiter {
                return Ok(self.text(start + 1, self.at - 1));
            }
            if character == '\\' {
                self.at += 1;
            }
        }
        Err(self.fault(format!("Unclosed {delimiter} delimiter"), start))
    }

    fn raw_string(&mut self) -> Result<Kind, JmespathError> {
        let text = self.delimited('\'')?;
        Ok(Kind::Literal(Value::from(text.replace("\\'", "'"))))
    }

    /// JSON, or, as an old form that Python still reads, the inside of a JSON string.
    fn literal(&mut self) -> Result<Kind, JmespathError> {
        let start = self.at;
        let text = self.delimited('`')?.replace("\\`", "`");
        if let Ok(value) = Value::from_json(text.as_bytes()) {
            return Ok(Kind::Literal(value));
        }
        let quoted = format!("\"{}\"", text.trim_start());
        Value::from_json(quoted.as_bytes())
            .map(Kind::Literal)
            .map_err(|_| self.fault(format!("Bad token {text}"), start))
    }

    fn quoted_identifier(&mut self) -> Result<Kind, JmespathError> {
        let start = self.at;
        let quoted = format!("\"{}\"", self.delimited('"')?);
        match Value::from_json(quoted.as_bytes()) {
            Ok(Value::Text(name)) => Ok(Kind::Quoted(Key::new(&name))),
            Ok(_) => Err(self.fault("Expecting value".to_owned(), start)),
            Err(error) => Err(self.fault(error.reason().to_owned(), start)),
        }
    }
}

fn unknown_symbol(character: char) -> String {
    if character == '=' { "Unknown token '='".to_owned() } else { format!("Unknown token {character}") }
}
