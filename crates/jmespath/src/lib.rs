//! JMESPath over [`Value`] trees, with the meaning that the AWS CLI's `--query` gives it.
//!
//! Where the specification leaves room, or where Python's `jmespath` 1.x departs from it, this follows Python: that is what
//! the AWS CLI evaluates with. Maps keep the order of the response, integers stay integers, errors have the texts
//! that the AWS CLI shows.
//!
//! Invariants: an expression is at most [`MAX_LENGTH`] bytes, nests at most [`MAX_DEPTH`] levels and makes its result at most
//! so many levels deeper than its input, so neither parsing nor
//! searching can exhaust the stack; a search makes a bounded number of values and takes a bounded number of steps, so it
//! can exhaust neither memory nor patience.
//! A search borrows from its input: only the result is copied.
//! Absent on purpose: custom functions, and expression references outside a function's arguments.

mod ast;
mod budget;
mod equality;
mod error;
mod evaluate;
mod found;
mod functions;
mod growth;
mod lexer;
mod parser;
mod python;

pub use error::JmespathError;
use value::Value;

/// The longest expression that is read, in bytes.
pub const MAX_LENGTH: usize = 64 * 1024;

/// How many levels an expression may have.
pub const MAX_DEPTH: usize = 150;

/// An expression that was read and can be applied to any number of values.
#[derive(Debug, Clone)]
pub struct Expression {
    root: ast::Node,
}

impl Expression {
    /// Reads an expression.
    ///
    /// # Errors
    ///
    /// Any text that is no expression, and expressions beyond [`MAX_LENGTH`] or [`MAX_DEPTH`].
    pub fn parse(text: &str) -> Result<Expression, JmespathError> {
        parser::parse(text).map(|root| Expression { root })
    }

    /// Applies the expression; what it does not find is [`Value::Null`].
    ///
    /// # Errors
    ///
    /// Unknown functions, wrong arguments, comparisons that Python refuses, results of unreasonable size, and
    /// searches that look at unreasonably much.
    pub fn search(&self, input: &Value) -> Result<Value, JmespathError> {
        evaluate::search(&self.root, input, budget::FREE_STEPS)
    }
}

#[cfg(test)]
mod tests;
