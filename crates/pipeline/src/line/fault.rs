//! Why a line cannot be read.

use std::ops::Range;

use crate::limits::{MAX_LINE, MAX_STAGES, MAX_STATEMENTS, MAX_SUBSTITUTIONS, MAX_WORDS};

/// Why a line cannot be read, and where.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{reason}")]
pub struct ScriptFault {
    /// What is wrong.
    pub reason: Reason,
    /// Which bytes of the line it is about.
    pub span: Range<usize>,
}

/// What is wrong with a line.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Reason {
    /// A quote or `$(` is opened and never closed.
    #[error("the {what} at character {at} is never closed")]
    Unclosed {
        /// The quote as the message shows it.
        what: &'static str,
        /// Its position, counted in characters from 1.
        at: usize,
    },
    /// A backslash has nothing after it.
    #[error("the line ends in a backslash")]
    TrailingBackslash,
    /// More than [`MAX_LINE`] bytes.
    #[error("the line is longer than {MAX_LINE} bytes")]
    TooLong,
    /// More than [`MAX_WORDS`] words.
    #[error("the line has more than {MAX_WORDS} words")]
    TooManyWords,
    /// More than [`MAX_STATEMENTS`] statements.
    #[error("the line has more than {MAX_STATEMENTS} statements")]
    TooManyStatements,
    /// More than [`MAX_STAGES`] stages.
    #[error("a pipeline has more than {MAX_STAGES} stages")]
    TooManyStages,
    /// More than [`MAX_SUBSTITUTIONS`] levels of `$(…)`.
    #[error("`$(…)` nests more than {MAX_SUBSTITUTIONS} levels")]
    TooDeep,
    /// Something that only a shell could do.
    #[error("`{sign}` stands outside quotes: {feature} is not there, because no shell is; {instead}")]
    Shell {
        /// What was typed.
        sign: String,
        /// What a shell would do.
        feature: &'static str,
        /// What to do instead.
        instead: &'static str,
    },
    /// `a | | b`, `&& b`, `a ; ; b`
    #[error("nothing stands before `{0}`")]
    NothingBefore(&'static str),
    /// `a |`, `a &&`
    #[error("nothing stands after `{0}`")]
    NothingAfter(&'static str),
    /// `x=1 ec2 …`
    #[error("`{0}=…` stands before a command: variables are set for the line; write `{0}=…; …`")]
    SetBeforeCommand(String),
    /// `x=1 | …`, `x=1 > …`
    #[error("`{0}=…` sets a variable and gives nothing: nothing can read from it")]
    SetInPipeline(String),
    /// `${…}` that names no variable.
    #[error(
        "`${{{0}}}` names no variable: a name has letters, digits and `_`, and `${{name:-text}}` gives a default"
    )]
    VariableName(String),
    /// `>` without a usable file name.
    #[error(
        "`> {0}` names no file to upload: a plain name that ends in .csv, .tsv, .json, .txt or .png is wanted \
         (quote `>` where it compares)"
    )]
    SinkName(String),
    /// Something stands after `> name.csv`.
    #[error(
        "`> {0}` does not stand at the end: further stages go before it, and `tee {0}` keeps a copy on the way"
    )]
    SinkNotLast(String),
}
