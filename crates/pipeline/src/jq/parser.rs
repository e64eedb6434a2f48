//! Tokens as a program. Names are resolved here, so that a call of nothing is found before anything runs.

use std::sync::Arc;

use super::JqFault;
use super::ast::{
    Assignment, Call, Definition, Fold, Format, Node, Operator, Parameter, Pattern, PatternEntry, Target,
};
use super::builtins::{self, Native};
use super::lexer::{Piece, Token};

/// How deeply a program may nest, each operator of a chain a level.
pub(super) const MAX_NESTING: usize = 200;

/// Reads a program. `variables` are those that are set from outside.
pub(super) fn parse(tokens: Vec<Token>, variables: &[Arc<str>], prelude: &Names) -> Result<Node, JqFault> {
    let mut parser = Parser::new(tokens, variables.to_vec(), prelude);
    let node = parser.definitions_or_pipe()?;
    match parser.tokens.next() {
        None => Ok(node),
        Some(token) => Err(unexpected(Some(&token))),
    }
}

/// Reads definitions alone, each of which may call itself and those before it.
pub(super) fn parse_prelude(tokens: Vec<Token>) -> Result<Vec<Definition>, JqFault> {
    let mut names = Names::default();
    let mut definitions = Vec::new();
    let mut tokens = tokens.into_iter().peekable();
    while tokens.peek().is_some() {
        let mut parser = Parser::new(Vec::new(), Vec::new(), &names);
        parser.tokens = tokens;
        let definition = parser.definition()?;
        tokens = parser.tokens;
        names.0.push((definition.name.clone(), definition.parameters.len()));
        definitions.push(definition);
    }
    Ok(definitions)
}

/// Names and numbers of parameters of definitions, in order.
#[derive(Debug, Default)]
pub(super) struct Names(pub(super) Vec<(Arc<str>, usize)>);

struct Parser<'a> {
    tokens: std::iter::Peekable<std::vec::IntoIter<Token>>,
    depth: usize,
    variables: Vec<Arc<str>>,
    functions: Vec<(Arc<str>, usize)>,
    labels: Vec<Arc<str>>,
    prelude: &'a Names,
}

/// Binding powers of operators: left, right. A chain of what does not associate is refused.
fn power(sign: &str) -> Option<(u8, u8)> {
    Some(match sign {
        "," => (3, 4),
        "//" => (6, 5),
        "=" | "|=" | "+=" | "-=" | "*=" | "/=" | "%=" | "//=" => (7, 8),
        "or" => (9, 10),
        "and" => (11, 12),
        "==" | "!=" | "<" | "<=" | ">" | ">=" => (13, 14),
        "+" | "-" => (15, 16),
        "*" | "/" | "%" => (17, 18),
        _ => return None,
    })
}

const NOT_ASSOCIATING: [u8; 2] = [7, 13];

fn operator(sign: &str) -> Option<Operator> {
    Some(match sign {
        "+" | "+=" => Operator::Add,
        "-" | "-=" => Operator::Subtract,
        "*" | "*=" => Operator::Multiply,
        "/" | "/=" => Operator::Divide,
        "%" | "%=" => Operator::Modulo,
        "==" => Operator::Equal,
        "!=" => Operator::Unequal,
        "<" => Operator::Less,
        "<=" => Operator::LessOrEqual,
        ">" => Operator::Greater,
        ">=" => Operator::GreaterOrEqual,
        _ => return None,
    })
}

const KEYWORDS: [&str; 16] = [
    "def", "if", "then", "elif", "else", "end", "as", "reduce", "foreach", "try", "catch", "label", "import",
    "include", "and", "or",
];

fn unexpected(token: Option<&Token>) -> JqFault {
    match token {
        None => JqFault::parse("the program ends too soon"),
        Some(Token::Name(name)) => JqFault::parse(format!("`{name}` stands where it means nothing")),
        Some(Token::Field(name)) => JqFault::parse(format!("`.{name}` stands where it means nothing")),
        Some(Token::Variable(name)) => JqFault::parse(format!("`${name}` stands where it means nothing")),
        Some(Token::Format(name)) => JqFault::parse(format!("`@{name}` stands where it means nothing")),
        Some(Token::Sign(sign)) => JqFault::parse(format!("`{sign}` stands where it means nothing")),
        Some(Token::Number(number)) => JqFault::parse(format!("{number} stands where it means nothing")),
        Some(Token::Text(_)) => JqFault::parse("a text stands where it means nothing"),
    }
}

impl<'a> Parser<'a> {
    fn new(tokens: Vec<Token>, variables: Vec<Arc<str>>, prelude: &'a Names) -> Parser<'a> {
        Parser {
            tokens: tokens.into_iter().peekable(),
            depth: 0,
            variables,
            functions: Vec::new(),
            labels: Vec::new(),
            prelude,
        }
    }

    fn is(&mut self, sign: &str) -> bool {
        match self.tokens.peek() {
            Some(Token::Sign(found)) => *found == sign,
            Some(Token::Name(name)) => name == sign,
            _ => false,
        }
    }

    fn takes(&mut self, sign: &str) -> bool {
        let there = self.is(sign);
        if there {
            self.tokens.next();
        }
        there
    }

    fn expect(&mut self, sign: &str) -> Result<(), JqFault> {
        if self.takes(sign) {
            return Ok(());
        }
        match self.tokens.peek() {
            None => Err(JqFault::parse(format!("`{sign}` is missing at the end"))),
            other => Err(unexpected(other)),
        }
    }

    fn deeper<T>(&mut self, read: impl FnOnce(&mut Self) -> Result<T, JqFault>) -> Result<T, JqFault> {
        self.deepen(1)?;
        let result = read(self);
        self.depth -= 1;
        result
    }

    fn deepen(&mut self, levels: usize) -> Result<(), JqFault> {
        self.depth += levels;
        if self.depth > MAX_NESTING {
            return Err(JqFault::parse(format!("the program nests more than {MAX_NESTING} levels")));
        }
        Ok(())
    }

    /// Reads something in which names are known that are not known behind it.
    fn scoped<T>(&mut self, read: impl FnOnce(&mut Self) -> Result<T, JqFault>) -> Result<T, JqFault> {
        let known = (self.variables.len(), self.functions.len(), self.labels.len());
        let result = read(self);
        self.variables.truncate(known.0);
        self.functions.truncate(known.1);
        self.labels.truncate(known.2);
        result
    }

    /// A program may be definitions alone.
    fn definitions_or_pipe(&mut self) -> Result<Node, JqFault> {
        if self.tokens.peek().is_none() { Ok(Node::Identity) } else { self.pipe() }
    }

    fn pipe(&mut self) -> Result<Node, JqFault> {
        self.deeper(|parser| {
            if parser.is("def") {
                return parser.scoped(|parser| {
                    let definition = parser.definition()?;
                    parser.functions.push((definition.name.clone(), definition.parameters.len()));
                    let ends = matches!(parser.tokens.peek(), None | Some(Token::Sign(")" | "]" | "}")));
                    let body = if ends { Node::Identity } else { parser.pipe()? };
                    Ok(Node::Define(Box::new(definition), Box::new(body)))
                });
            }
            if parser.takes("label") {
                return parser.label();
            }
            let left = parser.binary(0)?;
            if !parser.takes("|") {
                return Ok(left);
            }
            Ok(Node::Pipe(Box::new(left), Box::new(parser.pipe()?)))
        })
    }

    fn label(&mut self) -> Result<Node, JqFault> {
        let Some(Token::Variable(name)) = self.tokens.next() else {
            return Err(JqFault::parse("`label` needs a name: `label $out | …`"));
        };
        self.expect("|")?;
        self.scoped(|parser| {
            let name: Arc<str> = name.into();
            parser.labels.push(name.clone());
            Ok(Node::Label(name, Box::new(parser.pipe()?)))
        })
    }

    fn definition(&mut self) -> Result<Definition, JqFault> {
        self.expect("def")?;
        let Some(Token::Name(name)) = self.tokens.next() else {
            return Err(JqFault::parse("`def` needs a name"));
        };
        let name: Arc<str> = name.into();
        let mut parameters = Vec::new();
        if self.takes("(") {
            loop {
                let (name, is_value) = match self.tokens.next() {
                    Some(Token::Name(name)) => (name, false),
                    Some(Token::Variable(name)) => (name, true),
                    other => return Err(unexpected(other.as_ref())),
                };
                parameters.push(Parameter { name: name.into(), is_value });
                if !self.takes(";") {
                    break;
                }
            }
            self.expect(")")?;
        }
        self.expect(":")?;
        let body = self.scoped(|parser| {
            parser.functions.push((name.clone(), parameters.len()));
            for parameter in &parameters {
                parser.functions.push((parameter.name.clone(), 0));
                if parameter.is_value {
                    parser.variables.push(parameter.name.clone());
                }
            }
            parser.pipe()
        })?;
        self.expect(";")?;
        Ok(Definition { name, parameters, body })
    }

    /// Operators that bind at least so strongly.
    fn binary(&mut self, least: u8) -> Result<Node, JqFault> {
        let mut left = self.deeper(Self::postfix)?;
        let mut chained = 0;
        let mut before = None;
        loop {
            let sign = match self.tokens.peek() {
                Some(Token::Sign(sign)) => *sign,
                Some(Token::Name(name)) if name == "and" => "and",
                Some(Token::Name(name)) if name == "or" => "or",
                _ => break,
            };
            let Some((left_power, right_power)) = power(sign) else { break };
            if left_power < least {
                break;
            }
            if before == Some(left_power) && NOT_ASSOCIATING.contains(&left_power) {
                return Err(JqFault::parse(format!("`{sign}` does not chain: use parentheses")));
            }
            before = Some(left_power);
            self.tokens.next();
            // What was read so far lies a level deeper now.
            chained += 1;
            self.deepen(1)?;
            let right = self.binary(right_power)?;
            left = joined(sign, left, right);
        }
        self.depth -= chained;
        Ok(left)
    }

    fn postfix(&mut self) -> Result<Node, JqFault> {
        if self.takes("-") {
            let negated = self.deeper(Self::postfix)?;
            return Ok(Node::Negate(Box::new(negated)));
        }
        let mut node = self.term()?;
        let mut chained = 0;
        while let Some(longer) = self.suffix()? {
            chained += 1;
            self.deepen(1)?;
            node = longer(node);
        }
        self.depth -= chained;
        if self.takes("as") {
            return self.bind(node);
        }
        Ok(node)
    }

    fn bind(&mut self, source: Node) -> Result<Node, JqFault> {
        self.scoped(|parser| {
            let pattern = parser.pattern()?;
            if parser.is("?") {
                return Err(JqFault::parse("`?//` is not there: use `if` or `//`"));
            }
            parser.expect("|")?;
            Ok(Node::Bind(Box::new(source), pattern, Box::new(parser.pipe()?)))
        })
    }

    /// What stands behind a term: `.name`, `[…]`, `?`.
    #[expect(clippy::type_complexity, reason = "a function that wraps a node")]
    fn suffix(&mut self) -> Result<Option<Box<dyn FnOnce(Node) -> Node>>, JqFault> {
        match self.tokens.peek() {
            Some(Token::Field(_)) => {
                let Some(Token::Field(name)) = self.tokens.next() else { return Ok(None) };
                Ok(Some(Box::new(|of| Node::Index(Box::new(of), Box::new(Node::Text(name.into()))))))
            }
            Some(Token::Sign(".")) => {
                self.tokens.next();
                if self.is("[") {
                    return self.suffix();
                }
                let key = self.text(Format::Text)?;
                Ok(Some(Box::new(|of| Node::Index(Box::new(of), Box::new(key)))))
            }
            Some(Token::Sign("?")) => {
                self.tokens.next();
                Ok(Some(Box::new(|of| match of {
                    Node::Index(..) | Node::Slice(..) | Node::Iterate(_) => Node::Optional(Box::new(of)),
                    other => Node::Try(Box::new(other), None),
                })))
            }
            Some(Token::Sign("[")) => {
                self.tokens.next();
                self.brackets().map(Some)
            }
            _ => Ok(None),
        }
    }

    fn brackets(&mut self) -> Result<Box<dyn FnOnce(Node) -> Node>, JqFault> {
        if self.takes("]") {
            return Ok(Box::new(|of| Node::Iterate(Box::new(of))));
        }
        if self.takes(":") {
            let to = self.pipe()?;
            self.expect("]")?;
            return Ok(Box::new(|of| Node::Slice(Box::new(of), None, Some(Box::new(to)))));
        }
        let from = self.pipe()?;
        if !self.takes(":") {
            self.expect("]")?;
            return Ok(Box::new(|of| Node::Index(Box::new(of), Box::new(from))));
        }
        let to = if self.is("]") { None } else { Some(Box::new(self.pipe()?)) };
        self.expect("]")?;
        Ok(Box::new(|of| Node::Slice(Box::new(of), Some(Box::new(from)), to)))
    }

    fn text(&mut self, format: Format) -> Result<Node, JqFault> {
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

    fn term(&mut self) -> Result<Node, JqFault> {
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
    fn handled(&mut self) -> Result<Node, JqFault> {
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

    fn pattern(&mut self) -> Result<Pattern, JqFault> {
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

    fn call(&mut self, name: String) -> Result<Node, JqFault> {
        let mut arguments = Vec::new();
        if self.takes("(") {
            arguments.push(self.scoped(Self::pipe)?);
            while self.takes(";") {
                arguments.push(self.scoped(Self::pipe)?);
            }
            self.expect(")")?;
        }
        let count = arguments.len();
        let is_it = |(known, parameters): &(Arc<str>, usize)| **known == *name && *parameters == count;
        let target = if self.functions.iter().any(is_it) {
            Target::Local
        } else if let Some(place) = self.prelude.0.iter().rposition(is_it) {
            Target::Prelude(place)
        } else {
            Target::Native(self.native(&name, count)?)
        };
        Ok(Node::Call(Call { name: name.into(), arguments, target }))
    }

    fn native(&self, name: &str, count: usize) -> Result<Native, JqFault> {
        if let Some(native) = Native::named(name, count) {
            return Ok(native);
        }
        if let Some(reason) = builtins::refused(name) {
            return Err(JqFault::parse(format!("`{name}` is not there: {reason}")));
        }
        let mut known: Vec<&str> = builtins::names().collect();
        known.extend(self.prelude.0.iter().chain(&self.functions).map(|(name, _)| &**name));
        if known.contains(&name) {
            return Err(JqFault::parse(format!("`{name}` takes another number of arguments than {count}")));
        }
        let nearest = crate::suggest::nearest(name, known);
        let hint = nearest.first().map_or(String::new(), |near| format!("; did you mean `{near}`?"));
        Err(JqFault::parse(format!("`{name}` is not defined{hint}")))
    }
}

fn joined(sign: &str, left: Node, right: Node) -> Node {
    let (left, right) = (Box::new(left), Box::new(right));
    match sign {
        "," => Node::Comma(left, right),
        "//" => Node::Alternative(left, right),
        "and" => Node::And(left, right),
        "or" => Node::Or(left, right),
        "=" => Node::Assign(Assignment::Set, left, right),
        "|=" => Node::Assign(Assignment::Update, left, right),
        "//=" => Node::Assign(Assignment::Default, left, right),
        sign => match operator(sign) {
            Some(operator) if sign.ends_with('=') && sign.len() == 2 && !"=!<>".contains(&sign[..1]) => {
                Node::Assign(Assignment::By(operator), left, right)
            }
            Some(operator) => Node::Binary(operator, left, right),
            None => Node::Comma(left, right),
        },
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
