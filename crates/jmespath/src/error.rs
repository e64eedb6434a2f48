//! What can be wrong with an expression or with applying it, in the words that the AWS CLI shows.

/// Why an expression cannot be read or applied.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum JmespathError {
    /// No text at all.
    #[error("Invalid JMESPath expression: cannot be empty.")]
    Empty,
    /// A character or a literal that no token begins with or that does not end.
    #[error("Bad jmespath expression: {message}:\n{expression}\n{:column$}^", "")]
    Token {
        /// What is wrong.
        message: String,
        /// The whole expression.
        expression: String,
        /// Where, in characters from 0.
        column: usize,
    },
    /// The expression stops where more must follow.
    #[error("Invalid jmespath expression: Incomplete expression:\n\"{expression}\"\n{:width$}^", "", width = expression.chars().count() + 1)]
    Incomplete {
        /// The whole expression.
        expression: String,
    },
    /// A token where it cannot stand.
    #[error(
        "{message}: Parse error at column {column}, token \"{token}\" ({kind}), for expression:\n\"{expression}\"\n{:width$}^", "", width = column + 1
    )]
    Syntax {
        /// What is wrong.
        message: String,
        /// The token, as Python prints its value.
        token: String,
        /// The token's kind in upper case.
        kind: String,
        /// The whole expression.
        expression: String,
        /// Where, in characters from 0.
        column: usize,
    },
    /// Longer than [`crate::MAX_LENGTH`] or deeper than [`crate::MAX_DEPTH`].
    #[error("Invalid jmespath expression: more than {limit} {unit}")]
    TooLarge {
        /// The limit that it exceeds.
        limit: usize,
        /// Of what.
        unit: &'static str,
    },
    /// A function that does not exist.
    #[error("Unknown function: {0}()")]
    UnknownFunction(String),
    /// Too few or too many arguments.
    #[error("Expected {}{expected} argument{} for function {function}(), received {received}",
        if *at_least { "at least " } else { "" }, if *expected == 1 { "" } else { "s" })]
    Arity {
        /// The function's name.
        function: &'static str,
        /// How many arguments it takes.
        expected: usize,
        /// Whether it takes more, too.
        at_least: bool,
        /// How many it was given.
        received: usize,
    },
    /// An argument of the wrong type.
    #[error(
        "In function {function}(), invalid type for value: {value}, expected one of: {expected}, received: \"{received}\""
    )]
    Type {
        /// The function's name.
        function: &'static str,
        /// The value, as Python prints it.
        value: String,
        /// The types it could have, as Python prints a list.
        expected: String,
        /// The type it has.
        received: &'static str,
    },
    /// What Python itself would raise: comparing text with a number, a slice of step zero, and the like.
    #[error("{0}")]
    Refused(String),
    /// The result, or something on the way to it, would be unreasonably large.
    #[error("the query makes more than {0} values")]
    Exhausted(u64),
    /// Finding the result would look at unreasonably much.
    #[error("the query takes more than {0} steps; ask for less at once, or filter before it compares")]
    TooMuchWork(u64),
}
