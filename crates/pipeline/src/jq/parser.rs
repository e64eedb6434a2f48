//! Tokens as a program. Names are resolved here, so that a call of nothing is found before anything runs.

mod terms;

use std::sync::Arc;

use super::JqFault;
use super::ast::{Assignment, Call, Definition, Format, Node, Operator, Parameter, Target};
use super::builtins::{self, Native};
use super::lexer::Token;

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
