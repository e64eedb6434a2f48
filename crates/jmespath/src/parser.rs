//! Tokens → [`Node`], by operator precedence.
//!
//! What is accepted and refused, and with which text, follows Python's `jmespath`: commas between the arguments of a
//! function and between the pairs of a map may be missing there, so they may here.

use value::Key;

use crate::ast::{Comparison, Node, Slice};
use crate::lexer::{self, Kind, Token};
use crate::{JmespathError, MAX_DEPTH, MAX_LENGTH, growth};

/// How many levels an expression may put around what it is applied to.
const MAX_RESULT_DEPTH: usize = MAX_DEPTH;

/// Tokens that bind no tighter than this end the right side of a projection.
const PROJECTION_STOP: u8 = 10;
const REFERENCE_POWER: u8 = 0;
const FLATTEN_POWER: u8 = 9;
const STAR_POWER: u8 = 20;
const FILTER_POWER: u8 = 21;
const DOT_POWER: u8 = 40;
const NOT_POWER: u8 = 45;

/// Reads a whole expression.
pub(crate) fn parse(expression: &str) -> Result<Node, JmespathError> {
    if expression.is_empty() {
        return Err(JmespathError::Empty);
    }
    if expression.len() > MAX_LENGTH {
        return Err(JmespathError::TooLarge { limit: MAX_LENGTH, unit: "bytes" });
    }
    let tokens = lexer::tokens(expression)?;
    let mut parser = Parser { expression, tokens, at: 0, depth: 0 };
    let tree = parser.expression(0)?;
    if *parser.kind() != Kind::End {
        let message = format!("Unexpected token: {}", parser.token().printed(expression));
        return Err(parser.fault(parser.token(), message));
    }
    if growth::levels(&tree.node) > MAX_RESULT_DEPTH {
        return Err(JmespathError::TooLarge { limit: MAX_RESULT_DEPTH, unit: "levels around its result" });
    }
    Ok(tree.node)
}

/// A node and how many levels it has.
struct Tree {
    node: Node,
    height: usize,
}

impl Tree {
    fn leaf(node: Node) -> Tree {
        Tree { node, height: 1 }
    }

    fn current() -> Tree {
        Tree::leaf(Node::Current)
    }

    /// A node above others, the tallest of which has that height.
    fn above(height: usize, node: Node) -> Result<Tree, JmespathError> {
        let height = height + 1;
        if height > MAX_DEPTH { Err(too_deep()) } else { Ok(Tree { node, height }) }
    }

    fn pair(self, other: Tree, make: fn(Box<[Node; 2]>) -> Node) -> Result<Tree, JmespathError> {
        Tree::above(self.height.max(other.height), make(Box::new([self.node, other.node])))
    }
}

fn too_deep() -> JmespathError {
    JmespathError::TooLarge { limit: MAX_DEPTH, unit: "levels" }
}

struct Parser<'a> {
    expression: &'a str,
    tokens: Vec<Token>,
    at: usize,
    depth: usize,
}

impl Parser<'_> {
    fn token(&self) -> &Token {
        &self.tokens[self.at.min(self.tokens.len() - 1)]
    }

    fn kind(&self) -> &Kind {
        &self.token().kind
    }

    fn next_kind(&self) -> &Kind {
        &self.tokens[(self.at + 1).min(self.tokens.len() - 1)].kind
    }

    fn fault(&self, token: &Token, message: impl Into<String>) -> JmespathError {
        JmespathError::Syntax {
            message: message.into(),
            token: token.printed(self.expression),
            kind: token.kind.name().to_uppercase(),
            expression: self.expression.to_owned(),
            column: token.column,
        }
    }

    fn incomplete(&self) -> JmespathError {
        JmespathError::Incomplete { expression: self.expression.to_owned() }
    }

    /// Takes the token if it is of that kind; `expected` is how the error text names the kind.
    fn take(&mut self, kind: &Kind, expected: &str) -> Result<(), JmespathError> {
        if self.kind() == kind {
            self.at += 1;
            return Ok(());
        }
        Err(self.unexpected(expected))
    }

    fn unexpected(&self, expected: &str) -> JmespathError {
        if *self.kind() == Kind::End {
            return self.incomplete();
        }
        self.fault(self.token(), format!("Expecting: {expected}, got: {}", self.kind().name()))
    }

    fn expression(&mut self, power: u8) -> Result<Tree, JmespathError> {
        self.depth += 1;
        if self.depth > MAX_DEPTH {
            return Err(too_deep());
        }
        let mut left = self.prefix()?;
        while power < binding_power(self.kind()) {
            left = self.infix(left)?;
        }
        self.depth -= 1;
        Ok(left)
    }

    /// What begins an expression.
    fn prefix(&mut self) -> Result<Tree, JmespathError> {
        let token = self.token().clone();
        self.at += 1;
        match token.kind {
            Kind::Literal(value) => Ok(Tree::leaf(Node::Literal(value))),
            Kind::Identifier(name) => Ok(Tree::leaf(Node::Field(name.as_str().into()))),
            Kind::Quoted(name) => self.quoted_field(&name),
            Kind::Current => Ok(Tree::current()),
            Kind::Star => {
                let right = if *self.kind() == Kind::RightBracket {
                    Tree::current()
                } else {
                    self.projected(STAR_POWER)?
                };
                Tree::current().pair(right, Node::ValueProjection)
            }
            Kind::Filter => self.filter(Tree::current()),
            Kind::LeftBrace => self.multi_map(),
            Kind::LeftParen => {
                let inner = self.expression(0)?;
                self.take(&Kind::RightParen, "rparen")?;
                Ok(inner)
            }
            Kind::Flatten => self.flatten(Tree::current()),
            Kind::Not => {
                let inner = self.expression(NOT_POWER)?;
                Tree::above(inner.height, Node::Not(Box::new(inner.node)))
            }
            Kind::LeftBracket => self.leading_bracket(),
            Kind::Reference => {
                let inner = self.expression(REFERENCE_POWER)?;
                Tree::above(inner.height, Node::Reference(Box::new(inner.node)))
            }
            Kind::End => Err(self.incomplete()),
            _ => Err(self.fault(&token, "invalid token")),
        }
    }

    fn quoted_field(&self, name: &Key) -> Result<Tree, JmespathError> {
        if *self.kind() == Kind::LeftParen {
            return Err(JmespathError::Syntax {
                message: "Quoted identifier not allowed for function names.".to_owned(),
                token: "(".to_owned(),
                kind: "LPAREN".to_owned(),
                expression: self.expression.to_owned(),
                column: 0,
            });
        }
        Ok(Tree::leaf(Node::Field(name.as_str().into())))
    }

    /// What follows a complete expression; only called for kinds that bind.
    fn infix(&mut self, left: Tree) -> Result<Tree, JmespathError> {
        let kind = self.kind().clone();
        if matches!(kind, Kind::Star | Kind::Not | Kind::LeftBrace) {
            return Err(self.fault(self.token(), "invalid token"));
        }
        self.at += 1;
        let power = binding_power(&kind);
        match kind {
            Kind::Dot => self.dot(left),
            Kind::Pipe => {
                let right = self.expression(power)?;
                append(left, right, chain_parts, Node::Chain)
            }
            Kind::Or => {
                let right = self.expression(power)?;
                append(left, right, or_parts, Node::Or)
            }
            Kind::And => {
                let right = self.expression(power)?;
                append(left, right, and_parts, Node::And)
            }
            Kind::LeftParen => self.function(left),
            Kind::Filter => self.filter(left),
            Kind::Flatten => self.flatten(left),
            Kind::LeftBracket => self.bracket(left),
            _ => self.comparison(left, &kind),
        }
    }

    fn comparison(&mut self, left: Tree, kind: &Kind) -> Result<Tree, JmespathError> {
        let comparison = match kind {
            Kind::Equal => Comparison::Equal,
            Kind::NotEqual => Comparison::NotEqual,
            Kind::Less => Comparison::Less,
            Kind::LessOrEqual => Comparison::LessOrEqual,
            Kind::Greater => Comparison::Greater,
            _ => Comparison::GreaterOrEqual,
        };
        let right = self.expression(binding_power(kind))?;
        let node = Node::Compare(comparison, Box::new([left.node, right.node]));
        Tree::above(left.height.max(right.height), node)
    }

    fn dot(&mut self, left: Tree) -> Result<Tree, JmespathError> {
        if *self.kind() == Kind::Star {
            self.at += 1;
            let right = self.projected(DOT_POWER)?;
            return left.pair(right, Node::ValueProjection);
        }
        let right = self.after_dot(DOT_POWER)?;
        append(left, right, chain_parts, Node::Chain)
    }

    fn after_dot(&mut self, power: u8) -> Result<Tree, JmespathError> {
        match self.kind() {
            Kind::Identifier(_) | Kind::Quoted(_) | Kind::Star => self.expression(power),
            Kind::LeftBracket => {
                self.at += 1;
                self.multi_list()
            }
            Kind::LeftBrace => {
                self.at += 1;
                self.multi_map()
            }
            kind => {
                let allowed = "['quoted_identifier', 'unquoted_identifier', 'lbracket', 'lbrace']";
                Err(self.fault(self.token(), format!("Expecting: {allowed}, got: {}", kind.name())))
            }
        }
    }

    /// The right side of a projection: applied to every item of the left side.
    fn projected(&mut self, power: u8) -> Result<Tree, JmespathError> {
        match self.kind() {
            kind if binding_power(kind) < PROJECTION_STOP => Ok(Tree::current()),
            Kind::LeftBracket | Kind::Filter => self.expression(power),
            Kind::Dot => {
                self.at += 1;
                self.after_dot(power)
            }
            _ => Err(self.fault(self.token(), "syntax error")),
        }
    }

    fn filter(&mut self, left: Tree) -> Result<Tree, JmespathError> {
        let condition = self.expression(0)?;
        self.take(&Kind::RightBracket, "rbracket")?;
        let right =
            if *self.kind() == Kind::Flatten { Tree::current() } else { self.projected(FILTER_POWER)? };
        let height = left.height.max(right.height).max(condition.height);
        Tree::above(height, Node::Filter(Box::new([left.node, right.node, condition.node])))
    }

    fn flatten(&mut self, left: Tree) -> Result<Tree, JmespathError> {
        let flat = Tree::above(left.height, Node::Flatten(Box::new(left.node)))?;
        let right = self.projected(FLATTEN_POWER)?;
        flat.pair(right, Node::Projection)
    }

    /// A bracket that begins an expression: an index, a slice, `[*]` or a list of expressions.
    fn leading_bracket(&mut self) -> Result<Tree, JmespathError> {
        match self.kind() {
            Kind::Number(_) | Kind::Colon => {
                let inner = self.index_or_slice()?;
                self.indexed(Tree::current(), inner)
            }
            Kind::Star if *self.next_kind() == Kind::RightBracket => {
                self.at += 2;
                let right = self.projected(STAR_POWER)?;
                Tree::current().pair(right, Node::Projection)
            }
            _ => self.multi_list(),
        }
    }

    /// A bracket after an expression: an index, a slice or `[*]`.
    fn bracket(&mut self, left: Tree) -> Result<Tree, JmespathError> {
        if !matches!(self.kind(), Kind::Number(_) | Kind::Colon) {
            self.take(&Kind::Star, "star")?;
            self.take(&Kind::RightBracket, "rbracket")?;
            let right = self.projected(STAR_POWER)?;
            return left.pair(right, Node::Projection);
        }
        let inner = self.index_or_slice()?;
        match left {
            // Python appends here, and so a slice after an index does not project.
            Tree { node: Node::Indexed(mut parts), height } => {
                parts.push(inner);
                Ok(Tree { node: Node::Indexed(parts), height })
            }
            left => self.indexed(left, inner),
        }
    }

    fn indexed(&mut self, left: Tree, inner: Node) -> Result<Tree, JmespathError> {
        let slice = matches!(inner, Node::Slice(_));
        let indexed = Tree::above(left.height, Node::Indexed(vec![left.node, inner]))?;
        if !slice {
            return Ok(indexed);
        }
        let right = self.projected(STAR_POWER)?;
        indexed.pair(right, Node::Projection)
    }

    fn index_or_slice(&mut self) -> Result<Node, JmespathError> {
        match *self.kind() {
            Kind::Number(number) if *self.next_kind() != Kind::Colon => {
                self.at += 1;
                self.take(&Kind::RightBracket, "rbracket")?;
                Ok(Node::Index(number))
            }
            _ => self.slice(),
        }
    }

    fn slice(&mut self) -> Result<Node, JmespathError> {
        let mut parts = [None; 3];
        let mut index = 0;
        while *self.kind() != Kind::RightBracket {
            match *self.kind() {
                Kind::Colon if index < 2 => index += 1,
                Kind::Number(number) => parts[index] = Some(number),
                _ => return Err(self.fault(self.token(), "syntax error")),
            }
            self.at += 1;
        }
        self.at += 1;
        let [start, stop, step] = parts;
        Ok(Node::Slice(Slice { start, stop, step }))
    }

    fn function(&mut self, left: Tree) -> Result<Tree, JmespathError> {
        let Node::Field(name) = left.node else {
            let before = &self.tokens[self.at - 2];
            let message = format!("Invalid function name '{}'", before.printed(self.expression));
            return Err(self.fault(before, message));
        };
        let mut arguments = Vec::new();
        let mut height = 0;
        while *self.kind() != Kind::RightParen {
            let argument = self.expression(0)?;
            if *self.kind() == Kind::Comma {
                self.at += 1;
            }
            height = height.max(argument.height);
            arguments.push(argument.node);
        }
        self.at += 1;
        Tree::above(height, Node::Function(name, arguments))
    }

    fn multi_list(&mut self) -> Result<Tree, JmespathError> {
        let mut parts = Vec::new();
        let mut height = 0;
        loop {
            let part = self.expression(0)?;
            height = height.max(part.height);
            parts.push(part.node);
            if *self.kind() == Kind::RightBracket {
                break;
            }
            self.take(&Kind::Comma, "comma")?;
        }
        self.at += 1;
        Tree::above(height, Node::MultiList(parts))
    }

    fn multi_map(&mut self) -> Result<Tree, JmespathError> {
        let mut pairs = Vec::new();
        let mut height = 0;
        loop {
            let (Kind::Identifier(name) | Kind::Quoted(name)) = self.kind().clone() else {
                return Err(self.unexpected("['quoted_identifier', 'unquoted_identifier']"));
            };
            self.at += 1;
            self.take(&Kind::Colon, "colon")?;
            let part = self.expression(0)?;
            height = height.max(part.height);
            pairs.push((name, part.node));
            match self.kind() {
                Kind::Comma => self.at += 1,
                Kind::RightBrace => break,
                _ => {}
            }
        }
        self.at += 1;
        Tree::above(height, Node::MultiMap(pairs))
    }
}

/// Adds a step to a node of several; anything else becomes the first of two.
fn append(
    left: Tree,
    right: Tree,
    parts_of: fn(Node) -> Result<Vec<Node>, Node>,
    make: fn(Vec<Node>) -> Node,
) -> Result<Tree, JmespathError> {
    match parts_of(left.node) {
        Ok(mut parts) => {
            parts.push(right.node);
            Tree::above((left.height - 1).max(right.height), make(parts))
        }
        Err(node) => Tree::above(left.height.max(right.height), make(vec![node, right.node])),
    }
}

fn chain_parts(node: Node) -> Result<Vec<Node>, Node> {
    if let Node::Chain(parts) = node { Ok(parts) } else { Err(node) }
}

fn or_parts(node: Node) -> Result<Vec<Node>, Node> {
    if let Node::Or(parts) = node { Ok(parts) } else { Err(node) }
}

fn and_parts(node: Node) -> Result<Vec<Node>, Node> {
    if let Node::And(parts) = node { Ok(parts) } else { Err(node) }
}

fn binding_power(kind: &Kind) -> u8 {
    match kind {
        Kind::Pipe => 1,
        Kind::Or => 2,
        Kind::And => 3,
        Kind::Equal
        | Kind::NotEqual
        | Kind::Less
        | Kind::LessOrEqual
        | Kind::Greater
        | Kind::GreaterOrEqual => 5,
        Kind::Flatten => FLATTEN_POWER,
        Kind::Star => STAR_POWER,
        Kind::Filter => FILTER_POWER,
        Kind::Dot => DOT_POWER,
        Kind::Not => NOT_POWER,
        Kind::LeftBrace => 50,
        Kind::LeftBracket => 55,
        Kind::LeftParen => 60,
        _ => 0,
    }
}
