//! What a line was read as.

use std::ops::Range;

use super::sink::Sink;

/// A line: statements in order. A line of nothing but spaces has none.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Script {
    /// The statements.
    pub statements: Vec<Statement>,
}

/// One statement and when it runs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Statement {
    /// What the success of the statement before it must have been.
    pub connector: Connector,
    /// What it does.
    pub action: Action,
}

/// When a statement runs, seen from what ran before it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Connector {
    /// The first statement, and after `;` or a new line.
    Always,
    /// After `&&`.
    IfSucceeded,
    /// After `||`.
    IfFailed,
}

/// What a statement does.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Action {
    /// Runs a pipeline.
    Run(Pipeline),
    /// `name=value`: sets a variable for the rest of the line.
    Set {
        /// The variable.
        name: String,
        /// Its value, which is not split into words.
        value: Word,
    },
}

/// `source | filter | … > name.csv`
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pipeline {
    /// The words of the first stage: a command. Never without words.
    pub source: Words,
    /// The words of the further stages. None is without words.
    pub filters: Vec<Words>,
    /// Where the result goes instead of into the answer.
    pub sink: Option<Sink>,
}

impl Pipeline {
    /// The scripts of every `$(…)`, in the order in which their results are wanted.
    pub fn substitutions(&self) -> impl Iterator<Item = &Script> {
        std::iter::once(&self.source).chain(&self.filters).flat_map(Words::substitutions)
    }

    /// Where in the line it stands.
    pub fn span(&self) -> Range<usize> {
        let last = self.filters.last().unwrap_or(&self.source);
        self.source.span().start..last.span().end
    }
}

/// The words of one stage.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Words(pub Vec<Word>);

impl Words {
    /// The words as plain text, if there is nothing in them to fill in.
    pub fn literal(&self) -> Option<Vec<String>> {
        self.0.iter().map(Word::literal).collect()
    }

    /// The scripts of every `$(…)`, in the order in which their results are wanted.
    pub fn substitutions(&self) -> impl Iterator<Item = &Script> {
        self.0.iter().flat_map(Word::substitutions)
    }

    /// The variables that are named outside `$(…)`, in order, each as often as it is named.
    pub fn variables(&self) -> impl Iterator<Item = &str> {
        self.0.iter().flat_map(Word::variables)
    }

    /// Where in the line they stand, from the first word to the last.
    pub fn span(&self) -> Range<usize> {
        let start = self.0.first().map_or(0, |word| word.span.start);
        start..self.0.last().map_or(start, |word| word.span.end)
    }
}

/// One word: parts that are joined without anything between them.
#[derive(Debug, Clone, Default)]
pub struct Word {
    /// The parts; no two literals beside each other, and no empty literal.
    pub parts: Vec<Part>,
    /// Whether the word is there even if all its parts come to nothing: some of it is text or stands in quotes.
    pub stands: bool,
    /// Where in the line it stood, quotes included.
    pub span: Range<usize>,
}

/// Where a word stood makes no difference to what it is.
impl PartialEq for Word {
    fn eq(&self, other: &Word) -> bool {
        self.parts == other.parts && self.stands == other.stands
    }
}

impl Eq for Word {}

impl Word {
    /// A word of plain text.
    pub fn plain(text: impl Into<String>) -> Word {
        let text = text.into();
        let parts = if text.is_empty() { Vec::new() } else { vec![Part::Literal(text)] };
        Word { parts, stands: true, span: 0..0 }
    }

    /// The word as plain text, if there is nothing in it to fill in.
    pub fn literal(&self) -> Option<String> {
        match self.parts.as_slice() {
            [] => Some(String::new()),
            [Part::Literal(text)] => Some(text.clone()),
            _ => None,
        }
    }

    /// The scripts of every `$(…)`, in order.
    pub fn substitutions(&self) -> impl Iterator<Item = &Script> {
        self.parts.iter().filter_map(|part| match part {
            Part::Substitution { script, .. } => Some(script),
            _ => None,
        })
    }

    /// The variables that are named outside `$(…)`, in order.
    pub fn variables(&self) -> impl Iterator<Item = &str> {
        self.parts.iter().filter_map(|part| match part {
            Part::Variable { name, .. } => Some(name.as_str()),
            _ => None,
        })
    }
}

/// A piece of a word.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Part {
    /// Text without its quotes.
    Literal(String),
    /// `$name`, `${name}`, `${name:-text}`, `$1`, `$*`, `$@`
    Variable {
        /// The name: letters, digits and `_`, or all digits, or `*`, or `@`.
        name: String,
        /// What stands for it when it is not set or empty.
        default: Option<String>,
        /// Whether it stands in double quotes, so that its value is not split into words.
        quoted: bool,
    },
    /// `$(…)`
    Substitution {
        /// What runs.
        script: Script,
        /// Whether it stands in double quotes, so that its result is not split into words.
        quoted: bool,
    },
}
