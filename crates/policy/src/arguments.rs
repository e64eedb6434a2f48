//! Rules about what a call is given: `--instance-type` must be `t3.*`, what `--instance-ids` names must bear a tag.
//!
//! A rule about an option means that the option must be there, and that every value given fits; an option that is left
//! out, or given without a value, fits nothing. `--region` is the exception: it is always there, as asked for or as
//! the account's first. Values are compared with their case; `*` stands for any characters and `?` for one.
//! Absent on purpose: looking a tag up, which takes a call; such a rule becomes a condition of the permit.

use crate::pattern::{glob, overlap, within};
use crate::question::{Argument, Question};

/// The option that the policy knows the value of itself.
pub(crate) const REGION: &str = "--region";
/// What a rule about tags begins with.
const TAG: &str = "tag:";
/// The longest pattern, and the longest value that can fit anything but `*`, in bytes.
const MAX_LENGTH: usize = 1024;
/// How many values a rule may list.
const MAX_VALUES: usize = 256;

/// What the resources that an option names must bear.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct TagCondition {
    /// The option, `--instance-ids`.
    pub option: String,
    /// The tag's key, case and all.
    pub key: String,
    /// The tag's value, a pattern as values of options are: see [`TagCondition::holds`].
    pub value: String,
}

/// A checked rule about one option.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum ArgumentRule {
    /// Every value must fit one of these.
    Values { option: String, patterns: Vec<String> },
    /// Every resource named must bear the tag.
    Tag(TagCondition),
}

/// Why a text is no rule about an option.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ArgumentFault {
    /// The name is none.
    #[error("\"{0}\" is no option; options look like --instance-ids")]
    Option(String),
    /// No value at all.
    #[error("arguments for \"{0}\": names no value that would fit")]
    Empty(String),
    /// More, or longer ones, than anybody needs.
    #[error("arguments for \"{0}\": more than 256 values, or one longer than 1024 bytes")]
    TooMuch(String),
    /// A tag rule beside something else, of `--region`, or without key or value.
    #[error("arguments for \"{0}\": a tag stands alone, as \"tag:team=web\", and not for --region")]
    Tag(String),
}

impl ArgumentRule {
    /// Reads a rule as it is written.
    pub(crate) fn read(option: &str, values: &[String]) -> Result<ArgumentRule, ArgumentFault> {
        if !is_option(option) {
            return Err(ArgumentFault::Option(
                option.chars().take(64).flat_map(char::escape_debug).collect(),
            ));
        }
        let option = option.to_owned();
        if values.is_empty() || values.iter().any(String::is_empty) {
            return Err(ArgumentFault::Empty(option));
        }
        if values.len() > MAX_VALUES || values.iter().any(|value| value.len() > MAX_LENGTH) {
            return Err(ArgumentFault::TooMuch(option));
        }
        if !values.iter().any(|value| value.starts_with(TAG)) {
            let mut patterns = values.to_vec();
            patterns.sort();
            patterns.dedup();
            return Ok(ArgumentRule::Values { option, patterns });
        }
        let [only] = values else { return Err(ArgumentFault::Tag(option)) };
        match only.strip_prefix(TAG).and_then(|tag| tag.split_once('=')) {
            Some((key, value)) if !key.is_empty() && !value.is_empty() && option != REGION => {
                let (key, value) = (key.to_owned(), value.to_owned());
                Ok(ArgumentRule::Tag(TagCondition { option, key, value }))
            }
            _ => Err(ArgumentFault::Tag(option)),
        }
    }

    /// Whether what is asked may fit, as far as it can be told before account and region are known.
    pub(crate) fn fits(&self, question: &Question<'_>) -> bool {
        match self {
            ArgumentRule::Values { option, .. } if option == REGION => {
                question.region.is_none_or(|region| self.fits_region(region))
            }
            ArgumentRule::Values { option, patterns } => {
                let fits = |value: &String| patterns.iter().any(|pattern| fits(pattern, value));
                given(question.arguments, option) && values(question.arguments, option).all(fits)
            }
            ArgumentRule::Tag(tag) => !question.untagged && given(question.arguments, &tag.option),
        }
    }

    /// Whether a region fits; rules about other options say nothing about it.
    pub(crate) fn fits_region(&self, region: &str) -> bool {
        match self {
            ArgumentRule::Values { option, patterns } if option == REGION => {
                patterns.iter().any(|pattern| fits(pattern, region))
            }
            ArgumentRule::Values { .. } | ArgumentRule::Tag(_) => true,
        }
    }

    /// The tag that is asked for.
    pub(crate) fn tag(&self) -> Option<&TagCondition> {
        match self {
            ArgumentRule::Tag(tag) => Some(tag),
            ArgumentRule::Values { .. } => None,
        }
    }

    /// Whether a call may fit both rules.
    pub(crate) fn may_meet(&self, other: &ArgumentRule) -> bool {
        match (self, other) {
            (
                ArgumentRule::Values { option, patterns },
                ArgumentRule::Values { option: second, patterns: others },
            ) if option == second => patterns
                .iter()
                .any(|one| others.iter().any(|another| overlap(one.as_bytes(), another.as_bytes(), false))),
            _ => true,
        }
    }

    /// Whether whatever fits this fits `other` too.
    pub(crate) fn implies(&self, other: &ArgumentRule) -> bool {
        match (self, other) {
            (
                ArgumentRule::Values { option, patterns },
                ArgumentRule::Values { option: second, patterns: wider },
            ) => {
                let inside = |pattern: &String| {
                    wider.iter().any(|wide| within(pattern.as_bytes(), wide.as_bytes(), false))
                };
                option == second && patterns.iter().all(inside)
            }
            (ArgumentRule::Tag(tag), ArgumentRule::Tag(wider)) => {
                let same = (&tag.option, &tag.key) == (&wider.option, &wider.key);
                same && within(tag.value.as_bytes(), wider.value.as_bytes(), false)
            }
            _ => false,
        }
    }

    /// What would fit, for people.
    pub(crate) fn wanted(&self) -> String {
        match self {
            ArgumentRule::Values { option, patterns } => {
                let shown: Vec<&str> = patterns.iter().take(10).map(String::as_str).collect();
                format!("{option} {}", shown.join(" or "))
            }
            ArgumentRule::Tag(TagCondition { option, key, value }) => {
                format!("{option} of things with the tag {key}={value}")
            }
        }
    }
}

impl TagCondition {
    /// Whether a tag's value, as AWS tells it, fits.
    pub fn holds(&self, actual: &str) -> bool {
        fits(&self.value, actual)
    }
}

fn values<'a>(arguments: &'a [Argument], option: &'a str) -> impl Iterator<Item = &'a String> {
    arguments.iter().filter(move |argument| argument.option == option).flat_map(|argument| &argument.values)
}

fn given(arguments: &[Argument], option: &str) -> bool {
    values(arguments, option).next().is_some()
}

fn fits(pattern: &str, value: &str) -> bool {
    pattern == "*" || (value.len() <= MAX_LENGTH && glob(pattern.as_bytes(), value.as_bytes(), false))
}

fn is_option(text: &str) -> bool {
    let plain = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
    text.strip_prefix("--").is_some_and(|name| {
        (1..=80).contains(&name.len()) && !name.starts_with('-') && name.bytes().all(plain)
    })
}
