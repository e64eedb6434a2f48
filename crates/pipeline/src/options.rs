//! Options of filters, read as the known tools read theirs: `-in`, `-n5`, `-n 5`, `--lines=5`, `--`, `-5`.

use crate::fault::FilterFault;
use crate::suggest;

/// One option of a filter.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Opt {
    /// `n` of `-n`.
    pub(crate) short: Option<char>,
    /// `lines` of `--lines`.
    pub(crate) long: &'static str,
    /// What its value is called, if it takes one.
    pub(crate) value: Option<&'static str>,
    pub(crate) help: &'static str,
}

/// An option without a value.
pub(crate) const fn flag(short: char, long: &'static str, help: &'static str) -> Opt {
    Opt { short: Some(short), long, value: None, help }
}

/// An option with a value.
pub(crate) const fn with(short: char, long: &'static str, value: &'static str, help: &'static str) -> Opt {
    Opt { short: Some(short), long, value: Some(value), help }
}

/// An option without a value and without a letter.
pub(crate) const fn long(long: &'static str, help: &'static str) -> Opt {
    Opt { short: None, long, value: None, help }
}

/// An option with a value and without a letter.
pub(crate) const fn long_with(long: &'static str, value: &'static str, help: &'static str) -> Opt {
    Opt { short: None, long, value: Some(value), help }
}

/// How a filter's words are told apart.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Syntax {
    pub(crate) filter: &'static str,
    pub(crate) options: &'static [Opt],
    /// Options of the known tool that are not there, and why.
    pub(crate) refused: &'static [(&'static str, &'static str)],
    /// The option that `-5` stands for.
    pub(crate) number: Option<&'static str>,
    /// Whether every word is an operand, even with a dash.
    pub(crate) plain: bool,
}

/// The options and operands that were given.
#[derive(Debug, Clone, Default)]
pub(crate) struct Given {
    pub(crate) filter: &'static str,
    options: Vec<(&'static str, Option<String>)>,
    /// How many operands stood before each option.
    places: Vec<usize>,
    pub(crate) operands: Vec<String>,
}

impl Given {
    /// Tells the words behind a filter's name apart.
    pub(crate) fn read(syntax: &Syntax, words: &[String]) -> Result<Given, FilterFault> {
        let mut given = Given { filter: syntax.filter, ..Given::default() };
        let mut words = words.iter();
        while let Some(word) = words.next() {
            // Options of the word before stand behind as many operands as there are now.
            given.places.resize(given.options.len(), given.operands.len());
            let digits = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
            let names_option = word.strip_prefix('-').is_some_and(|rest| rest.starts_with(may_begin_option));
            let is_count = syntax.number.is_some() && word.strip_prefix('-').is_some_and(digits);
            if syntax.plain || !names_option && !is_count {
                given.operands.push(word.clone());
            } else if word == "--" {
                given.operands.extend(words.by_ref().cloned());
            } else if let (Some(number), true) = (syntax.number, is_count) {
                given.options.push((number, Some(word[1..].to_owned())));
            } else if let Some(name) = word.strip_prefix("--") {
                given.long(syntax, name, &mut words)?;
            } else {
                given.letters(syntax, &word[1..], &mut words)?;
            }
        }
        given.places.resize(given.options.len(), given.operands.len());
        Ok(given)
    }

    fn long(
        &mut self,
        syntax: &Syntax,
        word: &str,
        words: &mut std::slice::Iter<'_, String>,
    ) -> Result<(), FilterFault> {
        let (name, inline) = match word.split_once('=') {
            Some((name, value)) => (name, Some(value.to_owned())),
            None => (word, None),
        };
        let Some(option) = find_long(syntax, name) else { return Err(unknown(syntax, &format!("--{name}"))) };
        let value = match (option.value, inline) {
            (None, Some(_)) => return Err(self.usage(format!("--{} takes no value", option.long))),
            (None, None) => None,
            (Some(_), Some(value)) => Some(value),
            (Some(meant), None) => Some(self.following(&format!("--{name}"), meant, words)?),
        };
        self.options.push((option.long, value));
        Ok(())
    }

    /// `-in5`: letters together, of which the last may have a value, joined or as the next word.
    fn letters(
        &mut self,
        syntax: &Syntax,
        letters: &str,
        words: &mut std::slice::Iter<'_, String>,
    ) -> Result<(), FilterFault> {
        for (at, letter) in letters.char_indices() {
            let Some(option) = syntax.options.iter().find(|option| option.short == Some(letter)) else {
                return Err(unknown(syntax, &format!("-{letter}")));
            };
            let Some(meant) = option.value else {
                self.options.push((option.long, None));
                continue;
            };
            let joined = &letters[at + letter.len_utf8()..];
            let value = match joined {
                "" => self.following(&format!("-{letter}"), meant, words)?,
                joined => joined.to_owned(),
            };
            self.options.push((option.long, Some(value)));
            break;
        }
        Ok(())
    }

    fn following(
        &self,
        option: &str,
        meant: &str,
        words: &mut std::slice::Iter<'_, String>,
    ) -> Result<String, FilterFault> {
        words.next().cloned().ok_or_else(|| self.usage(format!("{option} needs a value: {meant}")))
    }

    /// Whether an option was given.
    pub(crate) fn has(&self, long: &str) -> bool {
        self.options.iter().any(|(name, _)| *name == long)
    }

    /// The last value of an option.
    pub(crate) fn value(&self, long: &str) -> Option<&str> {
        self.values(long).last()
    }

    /// Every value of an option.
    pub(crate) fn values(&self, long: &str) -> impl Iterator<Item = &str> {
        self.options.iter().filter(move |(name, _)| *name == long).filter_map(|(_, value)| value.as_deref())
    }

    /// The options in the order in which they were given.
    pub(crate) fn in_order(&self) -> impl Iterator<Item = (&'static str, Option<&str>)> {
        self.options.iter().map(|(name, value)| (*name, value.as_deref()))
    }

    /// Every option, and how many operands stood before it.
    pub(crate) fn positions(&self) -> impl Iterator<Item = (usize, &'static str)> {
        self.places.iter().copied().zip(self.options.iter().map(|(name, _)| *name))
    }

    /// The last value of an option as a count.
    pub(crate) fn number(&self, long: &'static str) -> Result<Option<usize>, FilterFault> {
        self.value(long).map(|value| self.as_number(long, value)).transpose()
    }

    pub(crate) fn as_number(&self, what: &str, value: &str) -> Result<usize, FilterFault> {
        value.parse().map_err(|_| self.usage(format!("{what} needs a whole number, and `{value}` is none")))
    }

    /// Refuses operands beyond so many: there are no files to name.
    pub(crate) fn at_most(&self, operands: usize) -> Result<(), FilterFault> {
        match self.operands.get(operands) {
            None => Ok(()),
            Some(word) => Err(self.usage(format!(
                "`{word}` is one word too many: there are no files here, a filter reads what stands before its `|`"
            ))),
        }
    }

    pub(crate) fn usage(&self, reason: impl Into<String>) -> FilterFault {
        FilterFault::usage(self.filter, reason)
    }
}

/// What is no letter and no dash behind a dash is no option: `-1`, `-.a`.
fn may_begin_option(c: char) -> bool {
    c.is_alphabetic() || c == '-'
}

/// By its whole name, or by a beginning that only one has.
fn find_long(syntax: &Syntax, name: &str) -> Option<&'static Opt> {
    let mut starting = syntax.options.iter().filter(|option| option.long.starts_with(name));
    let whole = syntax.options.iter().find(|option| option.long == name);
    match (whole, starting.next(), starting.next()) {
        (Some(option), ..) => Some(option),
        (None, Some(option), None) if !name.is_empty() => Some(option),
        _ => None,
    }
}

fn unknown(syntax: &Syntax, option: &str) -> FilterFault {
    if let Some((_, reason)) = syntax.refused.iter().find(|(name, _)| *name == option) {
        return FilterFault::usage(syntax.filter, format!("`{option}` is not there: {reason}"));
    }
    let long = syntax.options.iter().map(|option| option.long);
    let nearest = suggest::nearest(option.trim_start_matches('-'), long);
    FilterFault::UnknownOption {
        filter: syntax.filter,
        option: option.to_owned(),
        nearest: nearest.into_iter().map(|name| format!("--{name}")).collect(),
    }
}
