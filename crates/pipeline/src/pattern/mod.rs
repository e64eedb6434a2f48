//! Patterns over text: what they may look like, and what they may cost.
//!
//! Invariants: a pattern is at most [`MAX_PATTERN`] bytes and compiles to a bounded program; no single search looks at
//! more text than that program can get through in about a second, and each is counted.
//! Absent on purpose: backreferences and looking around, which cannot be searched in linear time, and POSIX's longest
//! alternative: the first that matches is taken.

mod posix;

use regex::{Captures, Regex, RegexBuilder};

use crate::budget::Budget;
use crate::fault::FilterFault;
use crate::limits::MAX_PATTERN;

/// How a pattern is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Flavor {
    /// POSIX basic: `\(a\)`, `a\|b`
    Basic,
    /// POSIX extended: `(a)`, `a|b`
    Extended,
    /// Plain text.
    Fixed,
    /// As the regex engine has it: near to Perl's.
    Modern,
}

/// A compiled pattern.
#[derive(Debug, Clone)]
pub(crate) struct Pattern {
    regex: Regex,
    class: Class,
    filter: &'static str,
}

/// What a pattern may compile to, in bytes, the longest text that it is then held against, and what each byte of that
/// counts. The regex engine takes about a second for the longest text in the worst case.
const CLASSES: [Class; 3] = [
    Class { compiled: 8 * 1024, longest: 8 * 1024 * 1024, weight: 1 },
    Class { compiled: 32 * 1024, longest: 1024 * 1024, weight: 8 },
    Class { compiled: 256 * 1024, longest: 48 * 1024, weight: 128 },
];

#[derive(Debug, Clone, Copy)]
struct Class {
    compiled: usize,
    longest: usize,
    weight: u64,
}

/// How much room the engine may use to remember what it worked out.
const MAX_CACHE: usize = 2 * 1024 * 1024;
/// How deeply the groups of a pattern may nest.
const MAX_NESTING: u32 = 100;
/// In a search for many matches, this many bytes behind each count as one step.
const BYTES_PER_STEP: usize = 256;

impl Pattern {
    /// The pattern's text in a flavor, as the regex engine reads it.
    pub(crate) fn translated(
        filter: &'static str,
        pattern: &str,
        flavor: Flavor,
    ) -> Result<String, FilterFault> {
        if pattern.len() > MAX_PATTERN {
            return Err(FilterFault::LongPattern(filter));
        }
        match flavor {
            Flavor::Fixed => Ok(regex::escape(pattern)),
            Flavor::Modern => Ok(pattern.to_owned()),
            Flavor::Basic => {
                posix::translate(pattern, false).map_err(|reason| fault(filter, pattern, reason))
            }
            Flavor::Extended => {
                posix::translate(pattern, true).map_err(|reason| fault(filter, pattern, reason))
            }
        }
    }

    /// Compiles a pattern of the regex engine's own flavor.
    pub(crate) fn compiled(
        filter: &'static str,
        pattern: &str,
        set: impl Fn(&mut RegexBuilder),
    ) -> Result<Pattern, FilterFault> {
        for class in CLASSES {
            let mut builder = RegexBuilder::new(pattern);
            builder.size_limit(class.compiled).dfa_size_limit(MAX_CACHE).nest_limit(MAX_NESTING);
            set(&mut builder);
            match builder.build() {
                Ok(regex) => return Ok(Pattern { regex, class, filter }),
                Err(regex::Error::CompiledTooBig(_)) => {}
                Err(error) => return Err(fault(filter, pattern, reason_of(&error))),
            }
        }
        Err(fault(filter, pattern, "it repeats too much".to_owned()))
    }

    /// Compiles a pattern in a flavor.
    pub(crate) fn new(
        filter: &'static str,
        pattern: &str,
        flavor: Flavor,
        ignore_case: bool,
    ) -> Result<Pattern, FilterFault> {
        let translated = Pattern::translated(filter, pattern, flavor)?;
        Pattern::compiled(filter, &translated, |builder| {
            builder.case_insensitive(ignore_case);
        })
    }

    pub(crate) fn regex(&self) -> &Regex {
        &self.regex
    }

    pub(crate) fn is_match(&self, text: &str, budget: &Budget<'_>) -> Result<bool, FilterFault> {
        self.admit(text, budget)?;
        Ok(self.regex.is_match(text))
    }

    /// Where the pattern next matches at or behind `start`.
    pub(crate) fn find_at(
        &self,
        text: &str,
        start: usize,
        budget: &Budget<'_>,
    ) -> Result<Option<(usize, usize)>, FilterFault> {
        self.admit_rest(text, start, budget)?;
        Ok(self.regex.find_at(text, start).map(|found| (found.start(), found.end())))
    }

    /// As [`Pattern::find_at`], with what the groups matched.
    pub(crate) fn captures_at<'t>(
        &self,
        text: &'t str,
        start: usize,
        budget: &Budget<'_>,
    ) -> Result<Option<Captures<'t>>, FilterFault> {
        self.admit_rest(text, start, budget)?;
        Ok(self.regex.captures_at(text, start))
    }

    fn admit(&self, text: &str, budget: &Budget<'_>) -> Result<(), FilterFault> {
        if text.len() > self.class.longest {
            let reason = format!(
                "a line of {} bytes is too long to be searched with this pattern (at most {}); take it apart before",
                text.len(),
                self.class.longest
            );
            return Err(fault(self.filter, self.regex.as_str(), reason));
        }
        budget.step(self.class.weight.saturating_mul(1 + (text.len() / 64) as u64))
    }

    /// Each match may look at all that follows it.
    fn admit_rest(&self, text: &str, start: usize, budget: &Budget<'_>) -> Result<(), FilterFault> {
        if start == 0 {
            self.admit(text, budget)
        } else {
            let steps = 1 + (text.len().saturating_sub(start) / BYTES_PER_STEP) as u64;
            budget.step(self.class.weight.saturating_mul(steps))
        }
    }
}

fn fault(filter: &'static str, pattern: &str, reason: String) -> FilterFault {
    FilterFault::Pattern { filter, pattern: pattern.chars().take(60).collect(), reason }
}

/// The regex engine draws pictures over several lines; the last line says what is wrong.
fn reason_of(error: &regex::Error) -> String {
    let text = error.to_string();
    let last = text.lines().last().unwrap_or_default();
    last.trim().trim_start_matches("error: ").to_owned()
}
