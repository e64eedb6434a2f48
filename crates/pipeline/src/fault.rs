//! Why a filter cannot be read or run.

use value::JsonError;

use crate::jq::JqFault;
use crate::limits::MAX_PATTERN;

/// Why a filter cannot be read or run.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum FilterFault {
    /// No filter has that name.
    #[error("`{name}` is no filter{}: behind a `|` stand filters (`help pipes` lists them); quote a `|` that is text", meant(.nearest))]
    Unknown {
        /// What was typed.
        name: String,
        /// The names nearest to it.
        nearest: Vec<String>,
    },
    /// Something a shell has in that place.
    #[error("`{name}` is not there, because no shell is; {instead}")]
    NoProgram {
        /// What was typed.
        name: &'static str,
        /// What to do instead.
        instead: &'static str,
    },
    /// An option that the filter does not have.
    #[error("{filter} has no option `{option}`{}; `{filter} --help` shows those it has", meant(.nearest))]
    UnknownOption {
        /// The filter.
        filter: &'static str,
        /// What was typed.
        option: String,
        /// The options nearest to it.
        nearest: Vec<String>,
    },
    /// Words that the filter cannot use.
    #[error("{filter}: {reason}; `{filter} --help` shows how it is used")]
    Usage {
        /// The filter.
        filter: &'static str,
        /// What is wrong.
        reason: String,
    },
    /// A pattern that is no regular expression, or too large a one.
    #[error("{filter}: `{pattern}` is no pattern that can be used: {reason}")]
    Pattern {
        /// The filter.
        filter: &'static str,
        /// The pattern, cut where it is long.
        pattern: String,
        /// What is wrong.
        reason: String,
    },
    /// A pattern beyond [`MAX_PATTERN`].
    #[error("{0}: a pattern has more than {MAX_PATTERN} bytes")]
    LongPattern(&'static str),
    /// Text where JSON is needed.
    #[error("{filter} reads JSON, and `{shown}` is none")]
    NoJson {
        /// The filter.
        filter: &'static str,
        /// What the reader says.
        #[source]
        error: JsonError,
        /// The beginning of the text.
        shown: String,
    },
    /// Nothing that is a table, where one is needed.
    #[error("{filter}: {reason}")]
    NoTable {
        /// The filter.
        filter: &'static str,
        /// Why.
        reason: String,
    },
    /// A program that jq refuses, or that fails.
    #[error("jq: {0}")]
    Jq(JqFault),
    /// An expression that JMESPath refuses, or that fails.
    #[error("jmespath: the expression fails")]
    Jmespath(#[source] jmespath::JmespathError),
    /// More bytes than may be in memory.
    #[error("more than {} would lie in memory at once: narrow the call or filter sooner", size(*.0))]
    TooManyBytes(usize),
    /// More lines than a stage may see.
    #[error("a stage sees more than {0} lines: narrow the call or filter sooner")]
    TooManyLines(usize),
    /// More work than a run may make.
    #[error("the filters have more to do than a chat answer may take: narrow the call or filter sooner")]
    TooMuchWork,
    /// The time that the run was given is over.
    #[error("the time for filters is over: narrow the call or filter sooner")]
    TimeOver,
}

impl FilterFault {
    pub(crate) fn usage(filter: &'static str, reason: impl Into<String>) -> FilterFault {
        FilterFault::Usage { filter, reason: reason.into() }
    }
}

fn meant(nearest: &[String]) -> String {
    match nearest {
        [] => String::new(),
        names => format!(" (did you mean {}?)", names.join(", ")),
    }
}

fn size(bytes: usize) -> String {
    const MEBIBYTE: usize = 1024 * 1024;
    if bytes.is_multiple_of(MEBIBYTE) {
        format!("{} MiB", bytes / MEBIBYTE)
    } else {
        format!("{bytes} bytes")
    }
}
