//! What is wrong with a configuration: everything at once, each with its place and, where one helps, a hint.

use std::fmt;

/// One fault.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Fault {
    /// Where in the text it is, in bytes; `None` for what is not written there.
    at: Option<usize>,
    /// The fault, a fragment that begins with the key's path.
    what: String,
    /// What to do about it.
    hint: Option<String>,
}

/// The faults of one text, in the order in which they were found.
#[derive(Debug, Clone, Default)]
pub(crate) struct Faults {
    found: Vec<Fault>,
}

impl Faults {
    /// A fault at an offset of the text.
    pub(crate) fn at(&mut self, offset: usize, what: impl Into<String>) {
        self.found.push(Fault { at: Some(offset), what: what.into(), hint: None });
    }

    /// A fault of something that stands nowhere.
    pub(crate) fn nowhere(&mut self, what: impl Into<String>) {
        self.found.push(Fault { at: None, what: what.into(), hint: None });
    }

    /// Adds a hint to the fault added last.
    pub(crate) fn hint(&mut self, hint: impl Into<String>) {
        if let Some(last) = self.found.last_mut() {
            last.hint = Some(hint.into());
        }
    }

    /// Whether there are none.
    pub(crate) fn is_empty(&self) -> bool {
        self.found.is_empty()
    }

    /// The faults as an error, with lines and columns of `text`, or nothing.
    pub(crate) fn into_result(mut self, name: &str, text: &str) -> Result<(), ConfigError> {
        if self.found.is_empty() {
            return Ok(());
        }
        self.found.sort_by_key(|fault| fault.at.unwrap_or(usize::MAX));
        let lines = self.found.iter().map(|fault| fault.line(name, text)).collect();
        Err(ConfigError { lines })
    }
}

impl Fault {
    fn line(&self, name: &str, text: &str) -> String {
        let place = match self.at {
            Some(offset) => {
                let (line, column) = position(text, offset);
                format!("{name}:{line}:{column}")
            }
            None => name.to_owned(),
        };
        let hint = self.hint.as_ref().map(|hint| format!("\n    hint: {hint}")).unwrap_or_default();
        format!("{place}: {}{hint}", self.what)
    }
}

/// Line and column, both from 1, of a byte offset.
pub(super) fn position(text: &str, offset: usize) -> (usize, usize) {
    let before = &text.as_bytes()[..offset.min(text.len())];
    let line = before.iter().filter(|byte| **byte == b'\n').count() + 1;
    let begin = before.iter().rposition(|byte| *byte == b'\n').map_or(0, |newline| newline + 1);
    let column = String::from_utf8_lossy(&before[begin..]).chars().count() + 1;
    (line, column)
}

/// A configuration that cannot be used. Displays as one line a fault.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(crate) struct ConfigError {
    /// Each fault as it is shown.
    pub(crate) lines: Vec<String>,
}

impl fmt::Display for ConfigError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let count = self.lines.len();
        let noun = if count == 1 { "fault" } else { "faults" };
        write!(f, "{count} {noun} in the configuration:\n{}", self.lines.join("\n"))
    }
}
