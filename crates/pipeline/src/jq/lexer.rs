//! A program as tokens.

use value::Number;

use super::JqFault;

/// How deeply `\(…)` may nest in texts.
const MAX_TEXTS: usize = 16;

#[derive(Debug, Clone, PartialEq)]
pub(super) enum Token {
    /// A name or a keyword.
    Name(String),
    /// `.name`
    Field(String),
    /// `$name`
    Variable(String),
    /// `@name`
    Format(String),
    Number(Number),
    Text(Vec<Piece>),
    Sign(&'static str),
}

/// A piece of a text.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Piece {
    Plain(String),
    /// `\(…)`
    Inside(Vec<Token>),
}

/// Longer signs first.
const SIGNS: [&str; 34] = [
    "//=", "|=", "+=", "-=", "*=", "/=", "%=", "==", "!=", "<=", ">=", "//", "..", "(", ")", "[", "]", "{",
    "}", "|", ",", ";", ":", "=", "<", ">", "+", "-", "*", "/", "%", "?", ".", "$",
];

/// Splits a program into tokens.
pub(super) fn tokens(program: &str) -> Result<Vec<Token>, JqFault> {
    let mut lexer = Lexer { rest: program, texts: 0 };
    let tokens = lexer.until(None)?;
    Ok(tokens)
}

struct Lexer<'a> {
    rest: &'a str,
    texts: usize,
}

fn is_name(c: char) -> bool {
    c.is_ascii_alphanumeric() || c == '_'
}

fn begins_name(text: &str) -> bool {
    text.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_')
}

impl Lexer<'_> {
    fn skip(&mut self) {
        loop {
            self.rest = self.rest.trim_start();
            let Some(comment) = self.rest.strip_prefix('#') else { return };
            self.rest = comment.find('\n').map_or("", |end| &comment[end..]);
        }
    }

    fn take(&mut self, length: usize) -> String {
        let (taken, rest) = self.rest.split_at(length);
        self.rest = rest;
        taken.to_owned()
    }

    /// Tokens to the end, or to the parenthesis that closes `\(`.
    fn until(&mut self, closing: Option<()>) -> Result<Vec<Token>, JqFault> {
        let mut tokens = Vec::new();
        let mut open = 0_usize;
        loop {
            self.skip();
            if self.rest.is_empty() {
                return match closing {
                    None => Ok(tokens),
                    Some(()) => Err(JqFault::parse("`\\(` is never closed")),
                };
            }
            if closing.is_some() && open == 0 && self.rest.starts_with(')') {
                self.take(1);
                return Ok(tokens);
            }
            let token = self.token()?;
            match token {
                Token::Sign("(") => open += 1,
                Token::Sign(")") => open = open.saturating_sub(1),
                _ => {}
            }
            tokens.push(token);
        }
    }

    fn name_length(text: &str) -> usize {
        let mut length = text.find(|c| !is_name(c)).unwrap_or(text.len());
        // `module::name`
        while text[length..].starts_with("::") && begins_name(&text[length + 2..]) {
            let rest = &text[length + 2..];
            length += 2 + rest.find(|c| !is_name(c)).unwrap_or(rest.len());
        }
        length
    }

    fn token(&mut self) -> Result<Token, JqFault> {
        let rest = self.rest;
        if begins_name(rest) {
            return Ok(Token::Name(self.take(Self::name_length(rest))));
        }
        for (mark, make) in
            [('.', Token::Field as fn(String) -> Token), ('$', Token::Variable), ('@', Token::Format)]
        {
            if let Some(name) = rest.strip_prefix(mark).filter(|name| begins_name(name)) {
                let length = Self::name_length(name);
                self.take(1);
                return Ok(make(self.take(length)));
            }
        }
        if rest.starts_with('"') {
            self.take(1);
            return self.text().map(Token::Text);
        }
        let digits = rest.strip_prefix('.').unwrap_or(rest);
        if digits.starts_with(|c: char| c.is_ascii_digit()) {
            return self.number();
        }
        match SIGNS.iter().find(|sign| rest.starts_with(**sign)) {
            Some(sign) => {
                self.take(sign.len());
                Ok(Token::Sign(sign))
            }
            None => {
                let c: String = rest.chars().take(1).collect();
                Err(JqFault::parse(format!("`{c}` means nothing here")))
            }
        }
    }

    fn number(&mut self) -> Result<Token, JqFault> {
        let bytes = self.rest.as_bytes();
        let digits = |from: usize| bytes[from..].iter().take_while(|byte| byte.is_ascii_digit()).count();
        let mut length = digits(0);
        if bytes.get(length) == Some(&b'.') {
            length += 1 + digits(length + 1);
        }
        if matches!(bytes.get(length), Some(b'e' | b'E')) {
            let sign = usize::from(matches!(bytes.get(length + 1), Some(b'+' | b'-')));
            let exponent = digits(length + 1 + sign);
            if exponent > 0 {
                length += 1 + sign + exponent;
            }
        }
        let text = self.take(length);
        let number = Number::parse_integer(&text).or_else(|| text.parse().ok().map(Number::Float));
        number.map(Token::Number).ok_or_else(|| JqFault::parse(format!("`{text}` is no number")))
    }

    /// A text behind its first quote.
    fn text(&mut self) -> Result<Vec<Piece>, JqFault> {
        if self.texts == MAX_TEXTS {
            return Err(JqFault::parse(format!("`\\(…)` nests more than {MAX_TEXTS} levels")));
        }
        let unclosed = || JqFault::parse("a text is never closed");
        let mut pieces = Vec::new();
        let mut plain = String::new();
        loop {
            let c = self.rest.chars().next().ok_or_else(unclosed)?;
            self.rest = &self.rest[c.len_utf8()..];
            match c {
                '"' => break,
                '\\' if self.rest.starts_with('(') => {
                    self.take(1);
                    if !plain.is_empty() {
                        pieces.push(Piece::Plain(std::mem::take(&mut plain)));
                    }
                    self.texts += 1;
                    pieces.push(Piece::Inside(self.until(Some(()))?));
                    self.texts -= 1;
                }
                '\\' => plain.push(self.escape()?),
                c => plain.push(c),
            }
        }
        if !plain.is_empty() || pieces.is_empty() {
            pieces.push(Piece::Plain(plain));
        }
        Ok(pieces)
    }

    fn escape(&mut self) -> Result<char, JqFault> {
        let c = self.rest.chars().next().ok_or_else(|| JqFault::parse("a text is never closed"))?;
        self.rest = &self.rest[c.len_utf8()..];
        Ok(match c {
            '"' | '\\' | '/' => c,
            'n' => '\n',
            't' => '\t',
            'r' => '\r',
            'b' => '\u{8}',
            'f' => '\u{c}',
            'u' => {
                let first = self.unit()?;
                let is_high = (0xd800..0xdc00).contains(&first);
                if is_high && self.rest.starts_with("\\u") {
                    let before = self.rest;
                    self.take(2);
                    let second = self.unit()?;
                    if (0xdc00..0xe000).contains(&second) {
                        let code = 0x10000 + ((first - 0xd800) << 10) + (second - 0xdc00);
                        return Ok(char::from_u32(code).unwrap_or('\u{fffd}'));
                    }
                    self.rest = before;
                }
                char::from_u32(first).unwrap_or('\u{fffd}')
            }
            other => return Err(JqFault::parse(format!("`\\{other}` means nothing in a text"))),
        })
    }

    fn unit(&mut self) -> Result<u32, JqFault> {
        let digits = self.rest.get(..4).filter(|digits| digits.bytes().all(|byte| byte.is_ascii_hexdigit()));
        let unit = digits.and_then(|digits| u32::from_str_radix(digits, 16).ok());
        let unit = unit.ok_or_else(|| JqFault::parse("`\\u` needs four digits"))?;
        self.take(4);
        Ok(unit)
    }
}
