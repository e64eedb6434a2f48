//! The options of a high-level command: one list gives the parser, the help, and what a command finds of them.

use value::Value;

use crate::arguments::paramfile::{Loaded, ParamFiles};
use crate::globals::check_choice;
use crate::grammar::{Arity, OptionRule, Positional, Rules};
use crate::{Environment, Profile, UsageError, python};

/// What a command takes.
#[derive(Debug)]
pub(crate) struct Spec {
    /// What it does, in a sentence or two.
    pub(crate) about: &'static str,
    /// The words that stand alone, in order.
    pub(crate) words: &'static [Word],
    /// Its options; several lists, so that commands can share some.
    pub(crate) options: &'static [&'static [Opt]],
}

/// A word that stands alone.
#[derive(Debug)]
pub(crate) struct Word {
    /// What error messages call it.
    pub(crate) name: &'static str,
    /// What the synopsis calls it.
    pub(crate) shown: &'static str,
    /// Whether it must be there.
    pub(crate) required: bool,
}

/// An option.
#[derive(Debug)]
pub(crate) struct Opt {
    /// Its name without dashes.
    pub(crate) name: &'static str,
    /// How many words it takes.
    pub(crate) takes: Takes,
    /// The words it takes, if they are listed.
    pub(crate) choices: &'static [&'static str],
    /// Whether it must be there.
    pub(crate) required: bool,
    /// What help says of it.
    pub(crate) about: &'static str,
}

/// How many words an option takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Takes {
    /// None.
    Nothing,
    /// One.
    One,
    /// One whole number.
    Number,
    /// One; without it, this one.
    OneOr(&'static str),
    /// One or more.
    Some,
    /// Two, and the option may be repeated.
    Two,
}

/// An option that takes a word.
pub(crate) const fn one(name: &'static str, about: &'static str) -> Opt {
    Opt { name, takes: Takes::One, choices: &[], required: false, about }
}

/// A switch.
pub(crate) const fn switch(name: &'static str, about: &'static str) -> Opt {
    Opt { name, takes: Takes::Nothing, choices: &[], required: false, about }
}

impl Opt {
    /// The same, taking other words.
    pub(crate) const fn taking(mut self, takes: Takes) -> Opt {
        self.takes = takes;
        self
    }

    /// The same with listed words.
    pub(crate) const fn of(mut self, choices: &'static [&'static str]) -> Opt {
        self.choices = choices;
        self
    }

    /// The same, which must be there.
    pub(crate) const fn needed(mut self) -> Opt {
        self.required = true;
        self
    }

    fn arity(&self) -> Arity {
        match self.takes {
            Takes::Nothing => Arity::Switch,
            Takes::One | Takes::Number => Arity::One,
            Takes::OneOr(_) => Arity::Optional,
            Takes::Some | Takes::Two => Arity::Some,
        }
    }
}

/// What was given, in the order in which it came.
#[derive(Debug, Default, Clone)]
pub(crate) struct Given {
    words: Vec<Option<String>>,
    options: Vec<(&'static str, Vec<Value>)>,
}

impl Given {
    /// The word at that place.
    pub(crate) fn word(&self, index: usize) -> Option<&str> {
        self.words.get(index)?.as_deref()
    }

    /// Whether the option was given.
    pub(crate) fn has(&self, name: &str) -> bool {
        self.options.iter().any(|(given, _)| *given == name)
    }

    /// The value of an option; of several, the last.
    pub(crate) fn value(&self, name: &str) -> Option<&Value> {
        self.options.iter().rev().find(|(given, _)| *given == name)?.1.first()
    }

    /// The text of an option.
    pub(crate) fn text(&self, name: &str) -> Option<&str> {
        self.value(name).and_then(Value::as_text)
    }

    /// The number of an option.
    pub(crate) fn number(&self, name: &str) -> Option<i64> {
        let number = python::integer(self.text(name)?)?;
        Some(number.as_i64().unwrap_or(i64::MAX))
    }

    /// The words of an option that takes several.
    pub(crate) fn several(&self, name: &str) -> Vec<&str> {
        let found = self.options.iter().rev().find(|(given, _)| *given == name);
        found.map(|(_, values)| values.iter().filter_map(Value::as_text).collect()).unwrap_or_default()
    }

    /// All values of an option that may be repeated.
    pub(crate) fn repeated(&self, name: &str) -> impl Iterator<Item = &[Value]> {
        self.options.iter().filter(move |(given, _)| *given == name).map(|(_, values)| values.as_slice())
    }

    /// Options of those names with their text, in order.
    pub(crate) fn in_order(&self, names: &[&str]) -> Vec<(&'static str, String)> {
        let wanted = self.options.iter().filter(|(given, _)| names.contains(given));
        wanted.filter_map(|(name, values)| Some((*name, values.first()?.as_text()?.to_owned()))).collect()
    }

    /// Text that the command line must have brought.
    pub(crate) fn needed(&self, name: &str) -> String {
        self.text(name).unwrap_or_default().to_owned()
    }
}

/// What came of a command's words.
pub(crate) enum Reading {
    /// Help is asked for.
    Help,
    /// Words and options.
    Given(Given),
}

/// Reads a command's words.
pub(crate) fn read(
    spec: &'static Spec,
    words: &[String],
    env: &Environment,
    profile: Profile,
) -> Result<Reading, UsageError> {
    if words.len() == 1 && words[0] == "help" {
        return Ok(Reading::Help);
    }
    let options: Vec<&'static Opt> = spec.options.iter().copied().flatten().collect();
    let rules: Vec<OptionRule> = options
        .iter()
        .map(|option| OptionRule { name: format!("--{}", option.name), arity: option.arity() })
        .collect();
    let positionals: Vec<Positional> =
        spec.words.iter().map(|word| Positional { required: word.required }).collect();
    let (pairs, words) = take_pairs(&options, words)?;
    let sorted =
        Rules::new(&rules).sort(&positionals, &words).map_err(|fault| UsageError::syntax(fault.0))?;
    let files = ParamFiles::new(env, profile);
    let mut given = Given { words: sorted.positionals, options: pairs };
    for (index, values) in sorted.options {
        given.options.push((options[index].name, values_of(options[index], values, &files)?));
    }
    check_missing(spec, &options, &given)?;
    if !sorted.rest.is_empty() {
        return Err(UsageError::unknown_options(&sorted.rest));
    }
    Ok(Reading::Given(given))
}

type Pairs = Vec<(&'static str, Vec<Value>)>;

/// Takes out the options that take exactly two words, which the grammar does not know.
fn take_pairs(options: &[&'static Opt], words: &[String]) -> Result<(Pairs, Vec<String>), UsageError> {
    let (mut pairs, mut rest) = (Vec::new(), Vec::new());
    let mut words = words.iter();
    while let Some(word) = words.next() {
        let pair = options
            .iter()
            .find(|option| option.takes == Takes::Two && word.strip_prefix("--") == Some(option.name));
        let Some(option) = pair else {
            rest.push(word.clone());
            continue;
        };
        match (words.next(), words.next()) {
            (Some(key), Some(value)) => pairs.push((option.name, vec![Value::text(key), Value::text(value)])),
            _ => return Err(UsageError::syntax(format!("argument --{}: expected 2 arguments", option.name))),
        }
    }
    Ok((pairs, rest))
}

fn values_of(option: &Opt, words: Vec<String>, files: &ParamFiles<'_>) -> Result<Vec<Value>, UsageError> {
    let dashed = format!("--{}", option.name);
    if let (Takes::OneOr(word), true) = (option.takes, words.is_empty()) {
        return Ok(vec![Value::text(word)]);
    }
    let mut values = Vec::with_capacity(words.len());
    for word in words {
        check_choice(&dashed, option.choices, &word)?;
        if option.takes == Takes::Number && python::integer(&word).is_none() {
            let shown = python::repr(&word);
            return Err(UsageError::syntax(format!("argument {dashed}: invalid int value: {shown}")));
        }
        values.push(match files.load_for(&dashed, &word)? {
            Some(Loaded::Text(text)) => Value::from(text),
            Some(Loaded::Bytes(bytes)) => Value::Blob(bytes.into()),
            None => Value::from(word),
        });
    }
    Ok(values)
}

fn check_missing(spec: &Spec, options: &[&'static Opt], given: &Given) -> Result<(), UsageError> {
    let mut missing: Vec<String> = Vec::new();
    for (index, word) in spec.words.iter().enumerate() {
        if word.required && given.word(index).is_none() && !missing.iter().any(|name| name == word.name) {
            missing.push(word.name.to_owned());
        }
    }
    let lacking = options.iter().filter(|option| option.required && !given.has(option.name));
    missing.extend(lacking.map(|option| format!("--{}", option.name)));
    if missing.is_empty() {
        return Ok(());
    }
    Err(UsageError::syntax(format!("the following arguments are required: {}", missing.join(", "))))
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test may stop where it fails")]

    use super::*;

    static SPEC: Spec = Spec {
        about: "",
        words: &[
            Word { name: "paths", shown: "<a>", required: true },
            Word { name: "paths", shown: "<b>", required: true },
        ],
        options: &[&[
            switch("dryrun", ""),
            one("exclude", ""),
            one("include", ""),
            one("page-size", "").taking(Takes::Number),
            one("sse", "").taking(Takes::OneOr("AES256")).of(&["AES256", "aws:kms"]),
            one("tags", "").taking(Takes::Two),
        ]],
    };

    fn given(line: &str) -> Result<Given, UsageError> {
        let words: Vec<String> = line.split(' ').map(str::to_owned).collect();
        match read(&SPEC, &words, &Environment::empty(), Profile::Chat)? {
            Reading::Given(given) => Ok(given),
            Reading::Help => Ok(Given::default()),
        }
    }

    #[test]
    fn options_are_read_in_order() {
        let given = given("a --exclude * --dryrun b --include *.x --sse --page-size 5 --tags k v --tags l w")
            .unwrap();
        assert_eq!((given.word(0), given.word(1)), (Some("a"), Some("b")));
        assert!(given.has("dryrun") && !given.has("nothing"));
        let filters = given.in_order(&["include", "exclude"]);
        assert_eq!(filters, [("exclude", "*".to_owned()), ("include", "*.x".to_owned())]);
        assert_eq!((given.text("sse"), given.number("page-size")), (Some("AES256"), Some(5)));
        assert_eq!(given.repeated("tags").count(), 2);
    }

    #[test]
    fn faults_have_the_words_of_the_aws_cli() {
        for (line, expected) in [
            ("a", "the following arguments are required: paths"),
            ("a b --page-size x", "argument --page-size: invalid int value: 'x'"),
            ("a b --nope", "Unknown options: --nope"),
            ("a b --tags k", "argument --tags: expected 2 arguments"),
            ("a b c", "Unknown options: c"),
            ("a b --exclude file:///etc/passwd", "file:///etc/passwd is not available in chat"),
        ] {
            let reason = given(line).unwrap_err().reason;
            assert!(reason.starts_with(expected), "{line}: {reason}");
        }
    }
}
