//! What an expression is made of once read.

use value::{Key, Value};

/// One step of an expression; each is applied to a current value.
#[derive(Debug, Clone)]
pub(crate) enum Node {
    /// The current value itself: `@`, and wherever a step is left out.
    Current,
    /// A constant.
    Literal(Value),
    /// The entry of that name.
    Field(Box<str>),
    /// The item at that place, from the end if negative.
    Index(i64),
    /// Some of the items, as in Python.
    Slice(Slice),
    /// Each step applied to the result of the one before: `a.b` and `a | b`.
    Chain(Vec<Node>),
    /// As [`Node::Chain`], but written with brackets: a slice that follows one does not project.
    Indexed(Vec<Node>),
    /// The second step applied to each item of the first one's list.
    Projection(Box<[Node; 2]>),
    /// The second step applied to each value of the first one's map.
    ValueProjection(Box<[Node; 2]>),
    /// As [`Node::Projection`], of the items for which the third step holds.
    Filter(Box<[Node; 3]>),
    /// A list of lists made one list.
    Flatten(Box<Node>),
    /// A list of what each step finds.
    MultiList(Vec<Node>),
    /// A map of what each step finds.
    MultiMap(Vec<(Key, Node)>),
    /// The first result that holds, else the last.
    Or(Vec<Node>),
    /// The first result that does not hold, else the last.
    And(Vec<Node>),
    /// Whether the step's result does not hold.
    Not(Box<Node>),
    /// A comparison of two results.
    Compare(Comparison, Box<[Node; 2]>),
    /// A function's result.
    Function(Box<str>, Vec<Node>),
    /// A step handed to a function unevaluated.
    Reference(Box<Node>),
}

/// The parts of `[start:stop:step]`.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Slice {
    pub(crate) start: Option<i64>,
    pub(crate) stop: Option<i64>,
    pub(crate) step: Option<i64>,
}

/// How two results are compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Comparison {
    Equal,
    NotEqual,
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
}
