//! What a program was read as.

use std::sync::Arc;

use value::Number;

use super::builtins::Native;

/// A piece of a program.
#[derive(Debug)]
pub(super) enum Node {
    /// `.`
    Identity,
    /// `..`
    Descend,
    Null,
    True,
    False,
    Number(Number),
    Text(Arc<str>),
    /// `"…\(…)…"`, each result formatted.
    Joined(Format, Vec<Node>),
    /// `@csv`
    Format(Format),
    /// `of[key]`
    Index(Box<Node>, Box<Node>),
    /// `of[from:to]`
    Slice(Box<Node>, Option<Box<Node>>, Option<Box<Node>>),
    /// `of[]`
    Iterate(Box<Node>),
    /// One of the three with a `?` behind it: what cannot be looked into gives nothing, and does not end what comes.
    Optional(Box<Node>),
    /// `[…]`
    List(Option<Box<Node>>),
    /// `{…}`
    Object(Vec<(Node, Node)>),
    Negate(Box<Node>),
    Pipe(Box<Node>, Box<Node>),
    Comma(Box<Node>, Box<Node>),
    Binary(Operator, Box<Node>, Box<Node>),
    And(Box<Node>, Box<Node>),
    Or(Box<Node>, Box<Node>),
    /// `a // b`
    Alternative(Box<Node>, Box<Node>),
    /// `path = …` and its kin
    Assign(Assignment, Box<Node>, Box<Node>),
    If(Box<Node>, Box<Node>, Option<Box<Node>>),
    Try(Box<Node>, Option<Box<Node>>),
    Reduce(Box<Fold>),
    Foreach(Box<Fold>),
    /// `def …; body`
    Define(Box<Definition>, Box<Node>),
    /// `source as pattern | body`
    Bind(Box<Node>, Pattern, Box<Node>),
    Variable(Arc<str>),
    Label(Arc<str>, Box<Node>),
    Break(Arc<str>),
    Call(Call),
}

/// `reduce source as pattern (start; step)`, `foreach source as pattern (start; step; extract)`
#[derive(Debug)]
pub(super) struct Fold {
    pub(super) source: Node,
    pub(super) pattern: Pattern,
    pub(super) start: Node,
    pub(super) step: Node,
    pub(super) extract: Option<Node>,
}

#[derive(Debug)]
pub(super) struct Definition {
    pub(super) name: Arc<str>,
    pub(super) parameters: Vec<Parameter>,
    pub(super) body: Node,
}

#[derive(Debug)]
pub(super) struct Parameter {
    pub(super) name: Arc<str>,
    /// `$name`: its values, besides the filter of the same name.
    pub(super) is_value: bool,
}

#[derive(Debug)]
pub(super) struct Call {
    pub(super) name: Arc<str>,
    pub(super) arguments: Vec<Node>,
    pub(super) target: Target,
}

/// What a call calls.
#[derive(Debug, Clone, Copy)]
pub(super) enum Target {
    /// A definition or a parameter of the program itself.
    Local,
    /// A definition of the prelude, by its place there.
    Prelude(usize),
    Native(Native),
}

/// What values are taken apart by.
#[derive(Debug)]
pub(super) enum Pattern {
    Variable(Arc<str>),
    List(Vec<Pattern>),
    Object(Vec<PatternEntry>),
}

/// `key: pattern`, `$name`, `$name: pattern`
#[derive(Debug)]
pub(super) struct PatternEntry {
    pub(super) key: Node,
    /// The variable that is the whole value under the key.
    pub(super) variable: Option<Arc<str>>,
    pub(super) pattern: Option<Pattern>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Operator {
    Add,
    Subtract,
    Multiply,
    Divide,
    Modulo,
    Equal,
    Unequal,
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Assignment {
    /// `=`
    Set,
    /// `|=`
    Update,
    /// `+=` and its kin
    By(Operator),
    /// `//=`
    Default,
}

/// How a value becomes text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Format {
    Text,
    Json,
    Csv,
    Tsv,
    Html,
    Uri,
    Shell,
    Base64,
    Base64Decoded,
}
