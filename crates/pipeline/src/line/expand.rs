//! Filling in variables and the results of `$(…)`.
//!
//! Invariants: what is filled in is never read as quotes, signs or further variables; one stage's words stay within
//! [`MAX_WORDS`] and [`MAX_EXPANDED`]. Outside double quotes a value is split at white space, as a shell does.

use super::script::{Part, Pipeline, Word, Words};
use crate::limits::{MAX_EXPANDED, MAX_WORDS};

/// Where the values of variables come from.
pub trait Variables {
    /// The value of a variable; `None` if it is not set. Only `*` and `@` have other than one value.
    fn variable(&self, name: &str) -> Option<Vec<String>>;
}

impl<F: Fn(&str) -> Option<Vec<String>>> Variables for F {
    fn variable(&self, name: &str) -> Option<Vec<String>> {
        self(name)
    }
}

/// Why words cannot be filled in.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ExpandFault {
    /// A variable that is not set.
    #[error(
        "nothing is set for `${0}`: set it before with `{0}=…;`, or write '${0}' where the text itself is meant"
    )]
    Unset(String),
    /// A positional or joint parameter, outside an alias.
    #[error(
        "`${0}` is a parameter: only the line of an alias has those; quote it where the text itself is meant"
    )]
    NoParameter(String),
    /// Fewer results than there are `$(…)`.
    #[error("a `$(…)` has no result yet")]
    NoResult,
    /// More than [`MAX_WORDS`] words or [`MAX_EXPANDED`] bytes.
    #[error(
        "filled in, a stage has more than {MAX_WORDS} words or {MAX_EXPANDED} bytes: narrow what is filled in"
    )]
    TooMuch,
    /// Nothing is left of a stage.
    #[error("nothing is left of a stage once its variables are filled in")]
    Nothing,
}

impl Pipeline {
    /// The words of every stage, source first. `results` are the outputs of [`Pipeline::substitutions`], in that order.
    ///
    /// # Errors
    ///
    /// Variables that are not set, missing results, and more words or bytes than a stage may have.
    pub fn expand(
        &self,
        variables: &dyn Variables,
        results: &[String],
    ) -> Result<Vec<Vec<String>>, ExpandFault> {
        let mut filling = Filling::new(variables, results);
        std::iter::once(&self.source).chain(&self.filters).map(|words| filling.stage(words)).collect()
    }
}

impl Words {
    /// The words, filled in. `results` are the outputs of [`Words::substitutions`], in that order.
    ///
    /// # Errors
    ///
    /// As [`Pipeline::expand`].
    pub fn expand(&self, variables: &dyn Variables, results: &[String]) -> Result<Vec<String>, ExpandFault> {
        Filling::new(variables, results).stage(self)
    }
}

impl Word {
    /// The word as one text that is not split: the value of `name=value`.
    ///
    /// # Errors
    ///
    /// As [`Pipeline::expand`].
    pub fn expand_whole(&self, variables: &dyn Variables, results: &[String]) -> Result<String, ExpandFault> {
        let mut filling = Filling::new(variables, results);
        let mut whole = String::new();
        for part in &self.parts {
            whole.push_str(&filling.values(part)?.join(" "));
            filling.bound(whole.len())?;
        }
        Ok(whole)
    }
}

/// The words of one stage in the making.
struct Filling<'a> {
    variables: &'a dyn Variables,
    results: std::slice::Iter<'a, String>,
    words: Vec<String>,
    /// The word in the making; `None` between words.
    open: Option<String>,
    bytes: usize,
}

impl<'a> Filling<'a> {
    fn new(variables: &'a dyn Variables, results: &'a [String]) -> Filling<'a> {
        Filling { variables, results: results.iter(), words: Vec::new(), open: None, bytes: 0 }
    }

    fn stage(&mut self, words: &Words) -> Result<Vec<String>, ExpandFault> {
        self.bytes = 0;
        for word in &words.0 {
            self.word(word)?;
        }
        if self.words.is_empty() {
            return Err(ExpandFault::Nothing);
        }
        Ok(std::mem::take(&mut self.words))
    }

    fn word(&mut self, word: &Word) -> Result<(), ExpandFault> {
        // `"$@"` alone is as many words as there are parameters, also none.
        let all = matches!(word.parts.as_slice(), [Part::Variable { name, quoted: true, .. }] if name == "@");
        if word.stands && !all {
            self.open = Some(String::new());
        }
        for part in &word.parts {
            let values = self.values(part)?;
            match part {
                Part::Literal(_) => self.join(&values.concat())?,
                Part::Variable { quoted: false, .. } | Part::Substitution { quoted: false, .. } => {
                    self.split(&values.join(" "))?;
                }
                Part::Variable { name, .. } if name == "@" => {
                    for (index, value) in values.iter().enumerate() {
                        if index > 0 {
                            self.close()?;
                        }
                        self.join(value)?;
                    }
                }
                _ => self.join(&values.join(" "))?,
            }
        }
        self.close()
    }

    fn values(&mut self, part: &Part) -> Result<Vec<String>, ExpandFault> {
        match part {
            Part::Literal(text) => Ok(vec![text.clone()]),
            Part::Substitution { .. } => {
                let result = self.results.next().ok_or(ExpandFault::NoResult)?;
                Ok(vec![result.trim_end_matches('\n').to_owned()])
            }
            Part::Variable { name, default, .. } => {
                let set = self.variables.variable(name);
                match default {
                    Some(default) if set.iter().flatten().all(String::is_empty) => Ok(vec![default.clone()]),
                    _ => set.ok_or_else(|| unset(name)),
                }
            }
        }
    }

    fn join(&mut self, text: &str) -> Result<(), ExpandFault> {
        self.bound(text.len())?;
        self.open.get_or_insert_default().push_str(text);
        Ok(())
    }

    /// White space at either end ends the word before and after as well.
    fn split(&mut self, text: &str) -> Result<(), ExpandFault> {
        if text.starts_with(char::is_whitespace) && self.open.as_ref().is_some_and(|open| !open.is_empty()) {
            self.close()?;
        }
        let mut pieces = text.split_whitespace().peekable();
        while let Some(piece) = pieces.next() {
            self.join(piece)?;
            if pieces.peek().is_some() || text.ends_with(char::is_whitespace) {
                self.close()?;
            }
        }
        Ok(())
    }

    fn close(&mut self) -> Result<(), ExpandFault> {
        if let Some(word) = self.open.take() {
            if self.words.len() == MAX_WORDS {
                return Err(ExpandFault::TooMuch);
            }
            self.words.push(word);
        }
        Ok(())
    }

    fn bound(&mut self, more: usize) -> Result<(), ExpandFault> {
        self.bytes = self.bytes.saturating_add(more);
        if self.bytes > MAX_EXPANDED { Err(ExpandFault::TooMuch) } else { Ok(()) }
    }
}

fn unset(name: &str) -> ExpandFault {
    if name.starts_with(|c: char| c.is_ascii_digit() || "*@".contains(c)) {
        ExpandFault::NoParameter(name.to_owned())
    } else {
        ExpandFault::Unset(name.to_owned())
    }
}
