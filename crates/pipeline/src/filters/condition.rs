//! The condition of `where`: comparisons joined by `and`, `or`, `not` and parentheses.

use std::cmp::Ordering;

use value::Value;

use crate::budget::Budget;
use crate::data::cell_text;
use crate::fault::FilterFault;
use crate::options::Given;
use crate::pattern::{Flavor, Pattern};

/// How deeply `not` and parentheses may nest.
const MAX_DEPTH: usize = 50;

#[derive(Debug)]
pub(super) enum Condition {
    All(Vec<Condition>),
    Any(Vec<Condition>),
    Not(Box<Condition>),
    /// Whether there is something in a column.
    Has(Operand),
    Compare(Operand, Sign, String),
    Matches(Operand, Pattern),
}

/// A column.
#[derive(Debug)]
pub(super) struct Operand(String);

#[derive(Debug, Clone, Copy)]
pub(super) enum Sign {
    Equal,
    Unequal,
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
}

impl Operand {
    pub(super) fn value(&self, cell: &dyn Fn(&str) -> Option<Value>) -> Value {
        cell(&self.0).unwrap_or_default()
    }
}

#[derive(Debug, Clone, PartialEq)]
enum Token {
    /// A name or a value; whether it was in quotes.
    Word(String, bool),
    Sign(&'static str),
    Open,
    Close,
}

/// Longer signs first.
const SIGNS: [&str; 9] = ["!=", "==", "<=", ">=", "!~", "=", "<", ">", "~"];

/// Reads the words of `where`. A single word is a whole condition, so that it can stand in quotes.
pub(super) fn read(given: &Given) -> Result<Condition, FilterFault> {
    let mut tokens = Vec::new();
    match given.operands.as_slice() {
        [] => return Err(given.usage("a condition is missing: `State=running`")),
        [only] if tokens_of_text(only).is_some_and(|read| read.len() > 3) => {
            tokens = tokens_of_text(only).unwrap_or_default();
        }
        words => words.iter().for_each(|word| tokens_of_word(word, &mut tokens)),
    }
    let mut parser = Parser { given, tokens: tokens.into_iter().peekable() };
    let condition = parser.any(0)?;
    match parser.tokens.next() {
        None => Ok(condition),
        Some(token) => Err(given.usage(format!("{} stands where `and` or `or` is wanted", shown(&token)))),
    }
}

fn shown(token: &Token) -> String {
    match token {
        Token::Word(text, _) => format!("`{text}`"),
        Token::Sign(sign) => format!("`{sign}`"),
        Token::Open => "`(`".to_owned(),
        Token::Close => "`)`".to_owned(),
    }
}

/// A word of the line: a column, a sign and a value, together or apart. What follows a sign is the value as it is.
fn tokens_of_word(word: &str, tokens: &mut Vec<Token>) {
    let after_sign = matches!(tokens.last(), Some(Token::Sign(_)));
    if after_sign {
        tokens.push(Token::Word(word.to_owned(), true));
        return;
    }
    let mut word = word;
    while let Some(rest) = word.strip_prefix('(') {
        tokens.push(Token::Open);
        word = rest;
    }
    let found = word
        .char_indices()
        .find_map(|(at, _)| SIGNS.iter().find(|sign| word[at..].starts_with(**sign)).map(|sign| (at, *sign)));
    let Some((at, sign)) = found else {
        let bare = word.trim_end_matches(')');
        if !bare.is_empty() {
            tokens.push(Token::Word(bare.to_owned(), false));
        }
        tokens.extend(std::iter::repeat_n(Token::Close, word.len() - bare.len()));
        return;
    };
    if at > 0 {
        tokens.push(Token::Word(word[..at].to_owned(), false));
    }
    tokens.push(Token::Sign(sign));
    let mut value = &word[at + sign.len()..];
    // A parenthesis that was opened closes behind the value.
    let mut closes = 0;
    let open = |tokens: &[Token]| {
        let count = |wanted: &Token| tokens.iter().filter(|token| *token == wanted).count();
        count(&Token::Open) - count(&Token::Close).min(count(&Token::Open))
    };
    while closes < open(tokens) && value.ends_with(')') {
        value = &value[..value.len() - 1];
        closes += 1;
    }
    if !value.is_empty() {
        tokens.push(Token::Word(value.to_owned(), true));
    }
    tokens.extend(std::iter::repeat_n(Token::Close, closes));
}

/// A whole condition as one text, with quotes of its own; `None` if a quote is not closed.
fn tokens_of_text(text: &str) -> Option<Vec<Token>> {
    let mut tokens = Vec::new();
    let mut rest = text.trim_start();
    while let Some(c) = rest.chars().next() {
        let sign = SIGNS.iter().find(|sign| rest.starts_with(**sign));
        let (token, length) = match (c, sign) {
            (_, Some(sign)) => (Token::Sign(sign), sign.len()),
            ('(', _) => (Token::Open, 1),
            (')', _) => (Token::Close, 1),
            ('"' | '\'', _) => {
                let end = rest[1..].find(c)?;
                (Token::Word(rest[1..=end].to_owned(), true), end + 2)
            }
            _ => {
                let ends = |c: char| c.is_whitespace() || "()=<>~!\"'".contains(c);
                let end = rest.find(ends).unwrap_or(rest.len()).max(c.len_utf8());
                (Token::Word(rest[..end].to_owned(), false), end)
            }
        };
        tokens.push(token);
        rest = rest[length..].trim_start();
    }
    Some(tokens)
}

struct Parser<'a> {
    given: &'a Given,
    tokens: std::iter::Peekable<std::vec::IntoIter<Token>>,
}

impl Parser<'_> {
    fn takes(&mut self, word: &str) -> bool {
        let is_it =
            |token: &Token| matches!(token, Token::Word(text, false) if text.eq_ignore_ascii_case(word));
        self.tokens.next_if(is_it).is_some()
    }

    fn any(&mut self, depth: usize) -> Result<Condition, FilterFault> {
        let mut parts = vec![self.all(depth)?];
        while self.takes("or") {
            parts.push(self.all(depth)?);
        }
        Ok(single(parts, Condition::Any))
    }

    fn all(&mut self, depth: usize) -> Result<Condition, FilterFault> {
        let mut parts = vec![self.one(depth)?];
        while self.takes("and") {
            parts.push(self.one(depth)?);
        }
        Ok(single(parts, Condition::All))
    }

    fn one(&mut self, depth: usize) -> Result<Condition, FilterFault> {
        if depth == MAX_DEPTH {
            return Err(self.given.usage(format!("the condition nests more than {MAX_DEPTH} levels")));
        }
        if self.takes("not") {
            return Ok(Condition::Not(Box::new(self.one(depth + 1)?)));
        }
        match self.tokens.next() {
            Some(Token::Open) => {
                let inside = self.any(depth + 1)?;
                match self.tokens.next() {
                    Some(Token::Close) => Ok(inside),
                    _ => Err(self.given.usage("`(` is never closed")),
                }
            }
            Some(Token::Word(column, _)) => self.comparison(Operand(column)),
            Some(token) => {
                Err(self.given.usage(format!("{} stands where a column is wanted", shown(&token))))
            }
            None => Err(self.given.usage("a column is missing at the end")),
        }
    }

    fn comparison(&mut self, column: Operand) -> Result<Condition, FilterFault> {
        let Some(Token::Sign(sign)) = self.tokens.next_if(|token| matches!(token, Token::Sign(_))) else {
            return Ok(Condition::Has(column));
        };
        let value = match self.tokens.next() {
            Some(Token::Word(value, _)) => value,
            _ => return Err(self.given.usage(format!("a value is missing behind `{sign}`"))),
        };
        let matches = |column| -> Result<Condition, FilterFault> {
            Ok(Condition::Matches(column, Pattern::new("where", &value, Flavor::Modern, false)?))
        };
        let sign = match sign {
            "~" => return matches(column),
            "!~" => return matches(column).map(|condition| Condition::Not(Box::new(condition))),
            "!=" => Sign::Unequal,
            "<" => Sign::Less,
            "<=" => Sign::LessOrEqual,
            ">" => Sign::Greater,
            ">=" => Sign::GreaterOrEqual,
            _ => Sign::Equal,
        };
        Ok(Condition::Compare(column, sign, value))
    }
}

fn single(mut parts: Vec<Condition>, join: fn(Vec<Condition>) -> Condition) -> Condition {
    match (parts.pop(), parts.is_empty()) {
        (Some(only), true) => only,
        (last, _) => {
            parts.extend(last);
            join(parts)
        }
    }
}

impl Condition {
    /// The columns it looks at.
    pub(super) fn columns(&self, columns: &mut Vec<String>) {
        match self {
            Condition::All(parts) | Condition::Any(parts) => {
                parts.iter().for_each(|part| part.columns(columns))
            }
            Condition::Not(inside) => inside.columns(columns),
            Condition::Has(Operand(name))
            | Condition::Compare(Operand(name), ..)
            | Condition::Matches(Operand(name), _) => {
                columns.push(name.clone());
            }
        }
    }

    /// Whether it holds for a row.
    pub(super) fn holds(
        &self,
        cell: &mut dyn FnMut(&Operand) -> Value,
        budget: &Budget<'_>,
    ) -> Result<bool, FilterFault> {
        budget.step(1)?;
        match self {
            Condition::All(parts) => {
                for part in parts {
                    if !part.holds(cell, budget)? {
                        return Ok(false);
                    }
                }
                Ok(true)
            }
            Condition::Any(parts) => {
                for part in parts {
                    if part.holds(cell, budget)? {
                        return Ok(true);
                    }
                }
                Ok(false)
            }
            Condition::Not(inside) => inside.holds(cell, budget).map(|holds| !holds),
            Condition::Has(column) => Ok(!matches!(cell(column), Value::Null | Value::Bool(false))),
            Condition::Compare(column, sign, value) => {
                let cell = cell(column);
                let text = cell_text(&cell);
                budget.text(text.len())?;
                Ok(sign.holds(&text, value))
            }
            Condition::Matches(column, pattern) => pattern.is_match(&cell_text(&cell(column)), budget),
        }
    }
}

impl Sign {
    /// Numbers compare as numbers, everything else as text.
    fn holds(self, cell: &str, value: &str) -> bool {
        let ordering = match (number(cell), number(value)) {
            (Some(a), Some(b)) => a.partial_cmp(&b),
            _ => Some(cell.cmp(value)),
        };
        match self {
            Sign::Equal => ordering == Some(Ordering::Equal),
            Sign::Unequal => ordering != Some(Ordering::Equal),
            Sign::Less => ordering == Some(Ordering::Less),
            Sign::LessOrEqual => matches!(ordering, Some(Ordering::Less | Ordering::Equal)),
            Sign::Greater => ordering == Some(Ordering::Greater),
            Sign::GreaterOrEqual => matches!(ordering, Some(Ordering::Greater | Ordering::Equal)),
        }
    }
}

/// A plain decimal number of at most 15 characters. What begins with a zero is an id.
fn number(text: &str) -> Option<f64> {
    let id = text.len() > 15 || text.starts_with('0') && text.len() > 1 && !text.starts_with("0.");
    let plain = text.bytes().all(|byte| byte.is_ascii_digit() || b"-+.".contains(&byte));
    if id || !plain { None } else { text.parse().ok() }
}
