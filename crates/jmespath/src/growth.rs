//! How many levels of lists and maps an expression can put around what it is applied to.
//!
//! Steps applied one after the other (`[@] | [@] | …`) are wide, not deep, yet each makes the result a level deeper; results
//! are walked recursively, so their depth is bounded before the expression is ever applied.

use crate::ast::Node;

/// The most levels that a result can have beyond those of the input and of the expression's literals.
pub(crate) fn levels(node: &Node) -> usize {
    match node {
        Node::Current | Node::Literal(_) | Node::Field(_) | Node::Index(_) | Node::Slice(_) => 0,
        Node::Chain(steps) | Node::Indexed(steps) => sum(steps),
        // An item's level is taken away before the step and given back after it.
        Node::Projection(parts) | Node::ValueProjection(parts) => sum(parts.iter()),
        Node::Filter(parts) => {
            let [left, right, condition] = &**parts;
            levels(left).saturating_add(levels(right).max(levels(condition)))
        }
        Node::Flatten(inner) | Node::Not(inner) | Node::Reference(inner) => levels(inner),
        Node::MultiList(parts) => highest(parts).saturating_add(1),
        Node::MultiMap(pairs) => highest(pairs.iter().map(|(_, part)| part)).saturating_add(1),
        Node::Or(parts) | Node::And(parts) => highest(parts),
        Node::Compare(_, sides) => highest(sides.iter()),
        Node::Function(_, arguments) => of_function(arguments),
    }
}

/// A function may apply its references to its values, and put one list around (`to_array`).
fn of_function(arguments: &[Node]) -> usize {
    let (steps, values): (Vec<&Node>, Vec<&Node>) =
        arguments.iter().partition(|argument| matches!(argument, Node::Reference(_)));
    sum(steps).saturating_add(highest(values)).saturating_add(1)
}

fn sum<'n>(nodes: impl IntoIterator<Item = &'n Node>) -> usize {
    nodes.into_iter().map(levels).fold(0, usize::saturating_add)
}

fn highest<'n>(nodes: impl IntoIterator<Item = &'n Node>) -> usize {
    nodes.into_iter().map(levels).max().unwrap_or(0)
}
