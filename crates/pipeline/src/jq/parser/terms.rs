//! Terms: texts, objects, conditions, folds, patterns.

use std::sync::Arc;

use super::super::JqFault;
use super::super::ast::{Fold, Format, Node, Pattern, PatternEntry};
use super::super::lexer::{Piece, Token};
use super::{KEYWORDS, Parser, unexpected};

impl Parser<'_> {
    pub(super) fn text(&mut self, format: Format) -> Result<Node, JqFault> {
        match self.tokens.next() {
            Some(Token::Text(pieces)) => self.joined_text(pieces, format),
            other => Err(unexpected(other.as_ref())),
        }
    }

    fn joined_text(&mut self, pieces: Vec<Piece>, format: Format) -> Result<Node, JqFault> {
        let mut nodes = Vec::new();
        let mut only_text = true;
        for piece in pieces {
            nodes.push(match piece {
                Piece::Plain(text) => Node::Text(text.into()),
                Piece::Inside(tokens) => {
                    only_text = false;
                    let outer = std::mem::replace(&mut self.tokens, tokens.into_iter().peekable());
                    let inside = self.pipe();
                    let left = std::mem::replace(&mut self.tokens, outer).next();
                    match left {
                        Some(token) if inside.is_ok() => return Err(unexpected(Some(&token))),
                        // Anything but a text, so that it is formatted.
                        _ => Node::Pipe(Box::new(Node::Identity), Box::new(inside?)),
                    }
                }
            });
        }
        match nodes.pop() {
            Some(only) if only_text && nodes.is_empty() => Ok(only),
            last => {
                nodes.extend(last);
                Ok(Node::Joined(format, nodes))
            }
        }
    }

    pub(super) fn term(&mut self) -> Result<Node, JqFault> {
        let Some(token) = self.tokens.next() else { return Err(unexpected(None)) };
        match token {
            Token::Number(number) => Ok(Node::Number(number)),
            Token::Text(pieces) => self.joined_text(pieces, Format::Text),
            Token::Field(name) => {
                Ok(Node::Index(Box::new(Node::Identity), Box::new(Node::Text(name.into()))))
            }
            Token::Format(name) => {
                let format = Format::named(&name)?;
                match self.tokens.peek() {
                    Some(Token::Text(_)) => self.text(format),
                    _ => Ok(Node::Format(format)),
                }
            }
            Token::Variable(name) => self.variable(name),
            Token::Sign("..") => Ok(Node::Descend),
            Token::Sign(".") => match self.tokens.peek() {
                Some(Token::Text(_)) => {
                    let key = self.text(Format::Text)?;
                    Ok(Node::Index(Box::new(Node::Identity), Box::new(key)))
                }
                _ => Ok(Node::Identity),
            },
            Token::Sign("(") => {
                let inside = self.scoped(Self::pipe)?;
                self.expect(")")?;
                Ok(inside)
            }
            Token::Sign("[") => {
                if self.takes("]") {
                    return Ok(Node::List(None));
                }
                let inside = self.scoped(Self::pipe)?;
                self.expect("]")?;
                Ok(Node::List(Some(Box::new(inside))))
            }
            Token::Sign("{") => self.object(),
            Token::Name(name) => self.named(name),
            other => Err(unexpected(Some(&other))),
        }
    }

    fn variable(&mut self, name: String) -> Result<Node, JqFault> {
        if name == "__loc__" {
            let entry = |name: &str, value| (Node::Text(name.into()), value);
            let file = entry("file", Node::Text("<line>".into()));
            return Ok(Node::Object(vec![file, entry("line", Node::Number(value::Number::Int(1)))]));
        }
        if name == "ENV" {
            return Err(JqFault::parse("`$ENV` is not there: there is no environment"));
        }
        if self.variables.iter().any(|known| **known == *name) {
            return Ok(Node::Variable(name.into()));
        }
        Err(JqFault::parse(format!("`${name}` is not set")))
    }

    fn object(&mut self) -> Result<Node, JqFault> {
        let mut entries = Vec::new();
        while !self.takes("}") {
            if !entries.is_empty() {
                self.expect(",")?;
                if self.takes("}") {
                    break;
                }
            }
            entries.push(self.entry()?);
        }
        Ok(Node::Object(entries))
    }

    fn entry(&mut self) -> Result<(Node, Node), JqFault> {
        let Some(token) = self.tokens.next() else { return Err(unexpected(None)) };
        let (key, own) = match token {
            Token::Variable(name) => {
                let value = self.variable(name.clone())?;
                return Ok((Node::Text(name.into()), value));
            }
            Token::Name(name) => (Node::Text(name.as_str().into()), Some(Node::Text(name.into()))),
            Token::Number(number) => {
                return Err(JqFault::parse(format!("an object's names are texts: \"{number}\"")));
            }
            Token::Text(pieces) => {
                let own = self.joined_text(pieces.clone(), Format::Text)?;
                (self.joined_text(pieces, Format::Text)?, Some(own))
            }
            Token::Format(name) => {
                let format = Format::named(&name)?;
                let Some(Token::Text(pieces)) = self.tokens.next() else { return Err(unexpected(None)) };
                let own = self.joined_text(pieces.clone(), format)?;
                (self.joined_text(pieces, format)?, Some(own))
            }
            Token::Sign("(") => {
                let key = self.scoped(Self::pipe)?;
                self.expect(")")?;
                (key, None)
            }
            other => return Err(unexpected(Some(&other))),
        };
        if self.takes(":") {
            let value = self.scoped(|parser| parser.deeper(Self::entry_value))?;
            return Ok((key, value));
        }
        match own {
            Some(own) => Ok((key, Node::Index(Box::new(Node::Identity), Box::new(own)))),
            None => Err(JqFault::parse("`:` is missing behind `(…)` in an object")),
        }
    }

    /// Without a comma, which ends the entry.
    fn entry_value(&mut self) -> Result<Node, JqFault> {
        let left = self.binary(5)?;
        if !self.takes("|") {
            return Ok(left);
        }
        let right = self.deeper(Self::entry_value)?;
        Ok(Node::Pipe(Box::new(left), Box::new(right)))
    }

    fn named(&mut self, name: String) -> Result<Node, JqFault> {
        match name.as_str() {
            "null" => Ok(Node::Null),
            "true" => Ok(Node::True),
            "false" => Ok(Node::False),
            "if" => self.condition(),
            "try" => {
                let body = self.deeper(Self::handled)?;
                let handler =
                    if self.takes("catch") { Some(Box::new(self.deeper(Self::handled)?)) } else { None };
                Ok(Node::Try(Box::new(body), handler))
            }
            "reduce" => self.fold(false).map(|fold| Node::Reduce(Box::new(fold))),
            "foreach" => self.fold(true).map(|fold| Node::Foreach(Box::new(fold))),
            "label" => self.label(),
            "def" => Err(JqFault::parse("`def` stands before what uses it: put it in parentheses")),
            "import" | "include" => Err(JqFault::parse(format!("`{name}` is not there: there are no files"))),
            "break" => match self.tokens.next() {
                Some(Token::Variable(label)) if self.labels.iter().any(|known| **known == *label) => {
                    Ok(Node::Break(label.into()))
                }
                Some(Token::Variable(label)) => Err(JqFault::parse(format!("`${label}` is no label here"))),
                other => Err(unexpected(other.as_ref())),
            },
            keyword if KEYWORDS.contains(&keyword) => Err(unexpected(Some(&Token::Name(name)))),
            _ => self.call(name),
        }
    }

    /// A term with what follows it, without `as`.
    pub(super) fn handled(&mut self) -> Result<Node, JqFault> {
        if self.takes("-") {
            return self.deeper(Self::handled).map(|node| Node::Negate(Box::new(node)));
        }
        let mut node = self.term()?;
        let mut chained = 0;
        while let Some(longer) = self.suffix()? {
            chained += 1;
            self.deepen(1)?;
            node = longer(node);
        }
        self.depth -= chained;
        Ok(node)
    }

    fn condition(&mut self) -> Result<Node, JqFault> {
        let condition = self.scoped(Self::pipe)?;
        self.expect("then")?;
        let then = self.scoped(Self::pipe)?;
        let other = if self.takes("elif") {
            Some(Box::new(self.deeper(Self::condition)?))
        } else if self.takes("else") {
            let other = self.scoped(Self::pipe)?;
            self.expect("end")?;
            Some(Box::new(other))
        } else {
            self.expect("end")?;
            None
        };
        Ok(Node::If(Box::new(condition), Box::new(then), other))
    }

    fn fold(&mut self, extracts: bool) -> Result<Fold, JqFault> {
        let source = self.deeper(Self::handled)?;
        self.expect("as")?;
        let known = self.variables.len();
        let pattern = self.pattern()?;
        self.expect("(")?;
        let start = self.outside(known, Self::pipe)?;
        self.expect(";")?;
        let step = self.pipe()?;
        let extract = if extracts && self.takes(";") { Some(self.pipe()?) } else { None };
        self.expect(")")?;
        self.variables.truncate(known);
        Ok(Fold { source, pattern, start, step, extract })
    }

    /// Reads something in which only the first so many variables are known.
    fn outside<T>(
        &mut self,
        known: usize,
        read: impl FnOnce(&mut Self) -> Result<T, JqFault>,
    ) -> Result<T, JqFault> {
        let later = self.variables.split_off(known);
        let result = read(self);
        self.variables.extend(later);
        result
    }

    pub(super) fn pattern(&mut self) -> Result<Pattern, JqFault> {
        self.deeper(|parser| match parser.tokens.next() {
            Some(Token::Variable(name)) => {
                let name: Arc<str> = name.into();
                parser.variables.push(name.clone());
                Ok(Pattern::Variable(name))
            }
            Some(Token::Sign("[")) => {
                let mut items = vec![parser.pattern()?];
                while parser.takes(",") {
                    items.push(parser.pattern()?);
                }
                parser.expect("]")?;
                Ok(Pattern::List(items))
            }
            Some(Token::Sign("{")) => {
                let mut entries = vec![parser.pattern_entry()?];
                while parser.takes(",") {
                    entries.push(parser.pattern_entry()?);
                }
                parser.expect("}")?;
                Ok(Pattern::Object(entries))
            }
            other => Err(unexpected(other.as_ref())),
        })
    }

    fn pattern_entry(&mut self) -> Result<PatternEntry, JqFault> {
        let (key, variable) = match self.tokens.next() {
            Some(Token::Variable(name)) => {
                let name: Arc<str> = name.into();
                self.variables.push(name.clone());
                (Node::Text(name.clone()), Some(name))
            }
            Some(Token::Name(name)) => (Node::Text(name.into()), None),
            Some(Token::Text(pieces)) => (self.joined_text(pieces, Format::Text)?, None),
            Some(Token::Sign("(")) => {
                let key = self.pipe()?;
                self.expect(")")?;
                (key, None)
            }
            other => return Err(unexpected(other.as_ref())),
        };
        let pattern = match self.takes(":") {
            true => Some(self.pattern()?),
            false if variable.is_none() => return Err(JqFault::parse("`:` is missing in a pattern")),
            false => None,
        };
        Ok(PatternEntry { key, variable, pattern })
    }
}

impl Format {
    fn named(name: &str) -> Result<Format, JqFault> {
        Ok(match name {
            "text" => Format::Text,
            "json" => Format::Json,
            "csv" => Format::Csv,
            "tsv" => Format::Tsv,
            "html" => Format::Html,
            "uri" => Format::Uri,
            "sh" => Format::Shell,
            "base64" => Format::Base64,
            "base64d" => Format::Base64Decoded,
            other => {
                return Err(JqFault::parse(format!(
                    "`@{other}` is no format: text, json, csv, tsv, html, uri, sh, base64 and base64d are"
                )));
            }
        })
    }
}
