//! Which words are options, which are their values, and which stand alone: the rules of Python's `argparse`, by which
//! the AWS CLI reads its command line.
//!
//! Invariants: a unique prefix of an option's name stands for it; `--option=value` and `--option value` are the same;
//! what is not known is returned, in order. Absent on purpose: what values mean.

use std::collections::HashMap;

/// How many values an option takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Arity {
    /// None: it is a switch.
    Switch,
    /// Exactly one.
    One,
    /// One or none.
    Optional,
    /// Any number.
    Any,
    /// At least one.
    Some,
}

/// An option as the grammar sees it.
#[derive(Debug, Clone)]
pub(crate) struct OptionRule {
    /// Its name with the dashes.
    pub(crate) name: String,
    /// How many values it takes.
    pub(crate) arity: Arity,
}

/// A word that stands alone.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Positional {
    /// Whether it must be there.
    pub(crate) required: bool,
}

/// The words, sorted out.
#[derive(Debug, Default, PartialEq)]
pub(crate) struct Sorted {
    /// Options in the order in which they came: (index of the rule, values).
    pub(crate) options: Vec<(usize, Vec<String>)>,
    /// The words that stand alone; `None` where there was no word for one.
    pub(crate) positionals: Vec<Option<String>>,
    /// Words that mean nothing here.
    pub(crate) rest: Vec<String>,
}

/// A fault of grammar, in argparse's words.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct GrammarFault(pub(crate) String);

/// A word, classified.
enum Class {
    Word,
    /// `--` alone: all that follows are words.
    Separator,
    Option {
        rule: Option<usize>,
        value: Option<String>,
    },
}

/// Options by name, for many lookups.
pub(crate) struct Rules<'a> {
    options: &'a [OptionRule],
    by_name: HashMap<&'a str, usize>,
}

impl<'a> Rules<'a> {
    /// Indexes the rules.
    pub(crate) fn new(options: &'a [OptionRule]) -> Rules<'a> {
        let by_name = options.iter().enumerate().map(|(index, rule)| (rule.name.as_str(), index)).collect();
        Rules { options, by_name }
    }

    /// Sorts the words out.
    pub(crate) fn sort(&self, positionals: &[Positional], words: &[String]) -> Result<Sorted, GrammarFault> {
        let classes = self.classify(words)?;
        let mut sorter = Sorter {
            rules: self,
            words,
            classes,
            positionals,
            next_positional: 0,
            sorted: Sorted { positionals: vec![None; positionals.len()], ..Sorted::default() },
        };
        sorter.run()?;
        Ok(sorter.sorted)
    }

    fn classify(&self, words: &[String]) -> Result<Vec<Class>, GrammarFault> {
        let mut classes = Vec::with_capacity(words.len());
        let mut only_words = false;
        for word in words {
            classes.push(if only_words {
                Class::Word
            } else if word == "--" {
                only_words = true;
                Class::Separator
            } else {
                self.classify_one(word)?
            });
        }
        Ok(classes)
    }

    fn classify_one(&self, word: &str) -> Result<Class, GrammarFault> {
        if !word.starts_with('-') || word.len() == 1 {
            return Ok(Class::Word);
        }
        if let Some(&index) = self.by_name.get(word) {
            return Ok(Class::Option { rule: Some(index), value: None });
        }
        let (name, value) = match word.split_once('=') {
            Some((name, value)) => (name, Some(value.to_owned())),
            None => (word, None),
        };
        if let (Some(&index), true) = (self.by_name.get(name), value.is_some()) {
            return Ok(Class::Option { rule: Some(index), value });
        }
        match self.abbreviated(name).as_slice() {
            [] => {}
            [index] => return Ok(Class::Option { rule: Some(*index), value }),
            several => {
                return Err(ambiguous(word, several.iter().map(|index| self.options[*index].name.as_str())));
            }
        }
        if is_negative_number(word) || word.contains(' ') {
            return Ok(Class::Word);
        }
        Ok(Class::Option { rule: None, value: None })
    }

    fn abbreviated(&self, prefix: &str) -> Vec<usize> {
        if !prefix.starts_with("--") {
            return Vec::new();
        }
        let matches = |rule: &&OptionRule| rule.name.starts_with(prefix);
        self.options.iter().enumerate().filter(|(_, rule)| matches(rule)).map(|(index, _)| index).collect()
    }
}

fn ambiguous<'a>(word: &str, names: impl Iterator<Item = &'a str>) -> GrammarFault {
    let names: Vec<&str> = names.collect();
    GrammarFault(format!("ambiguous option: {word} could match {}", names.join(", ")))
}

fn is_negative_number(word: &str) -> bool {
    let Some(digits) = word.strip_prefix('-') else { return false };
    let (whole, fraction) = digits.split_once('.').unwrap_or((digits, "0"));
    let all_digits = |text: &str| text.bytes().all(|b| b.is_ascii_digit());
    let has_whole = !whole.is_empty() || digits.contains('.');
    has_whole && all_digits(whole) && !fraction.is_empty() && all_digits(fraction)
}

struct Sorter<'a> {
    rules: &'a Rules<'a>,
    words: &'a [String],
    classes: Vec<Class>,
    positionals: &'a [Positional],
    next_positional: usize,
    sorted: Sorted,
}

impl Sorter<'_> {
    fn run(&mut self) -> Result<(), GrammarFault> {
        let last_option = self.classes.iter().rposition(|class| matches!(class, Class::Option { .. }));
        let mut at = 0;
        while let Some(last) = last_option {
            if at > last {
                break;
            }
            let next = (at..=last)
                .find(|index| matches!(self.classes[*index], Class::Option { .. }))
                .unwrap_or(last);
            if at != next {
                let end = self.take_positionals(at);
                if end > at {
                    at = end;
                    continue;
                }
                self.leave(at, next);
            }
            at = self.take_option(next)?;
        }
        let end = self.take_positionals(at);
        self.leave(end, self.words.len());
        Ok(())
    }

    fn leave(&mut self, from: usize, to: usize) {
        self.sorted.rest.extend(self.words[from..to].iter().cloned());
    }

    /// Gives the words that stand here to the positionals that still want one; an optional one that finds no word
    /// here is never asked again. Returns where the words that were taken end.
    fn take_positionals(&mut self, mut at: usize) -> usize {
        while let Some(positional) = self.positionals.get(self.next_positional) {
            let mut word = at;
            while matches!(self.classes.get(word), Some(Class::Separator)) {
                word += 1;
            }
            if matches!(self.classes.get(word), Some(Class::Word)) {
                self.sorted.positionals[self.next_positional] = Some(self.words[word].clone());
                at = word + 1;
            } else if positional.required {
                break;
            }
            self.next_positional += 1;
        }
        at
    }

    fn take_option(&mut self, at: usize) -> Result<usize, GrammarFault> {
        let Class::Option { rule, value } = &self.classes[at] else { return Ok(at + 1) };
        let Some(rule) = *rule else {
            self.sorted.rest.push(self.words[at].clone());
            return Ok(at + 1);
        };
        let option = &self.rules.options[rule];
        if let Some(value) = value {
            if option.arity == Arity::Switch {
                return Err(GrammarFault(format!(
                    "argument {}: ignored explicit argument {}",
                    option.name,
                    crate::python::repr(value)
                )));
            }
            let values = vec![value.clone()];
            self.sorted.options.push((rule, values));
            return Ok(at + 1);
        }
        let words = self.classes[at + 1..].iter().take_while(|class| matches!(class, Class::Word)).count();
        let taken = match option.arity {
            Arity::Switch => 0,
            Arity::One | Arity::Optional => words.min(1),
            Arity::Any | Arity::Some => words,
        };
        let lacking = match option.arity {
            Arity::One if taken == 0 => "one argument",
            Arity::Some if taken == 0 => "at least one argument",
            _ => {
                let values = self.words[at + 1..at + 1 + taken].to_vec();
                self.sorted.options.push((rule, values));
                return Ok(at + 1 + taken);
            }
        };
        Err(GrammarFault(format!("argument {}: expected {lacking}", option.name)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rules() -> Vec<OptionRule> {
        [
            ("--region", Arity::One),
            ("--filters", Arity::Any),
            ("--filter", Arity::One),
            ("--dry-run", Arity::Switch),
            ("--skeleton", Arity::Optional),
            ("--paths", Arity::Some),
        ]
        .map(|(name, arity)| OptionRule { name: name.to_owned(), arity })
        .to_vec()
    }

    const COMMAND: Positional = Positional { required: true };
    const HELP: Positional = Positional { required: false };

    fn sort(line: &str, positionals: &[Positional]) -> Result<String, GrammarFault> {
        let rules = rules();
        let words: Vec<String> = line.split_whitespace().map(str::to_owned).collect();
        let sorted = Rules::new(&rules).sort(positionals, &words)?;
        let options: Vec<String> = sorted
            .options
            .iter()
            .map(|(index, values)| format!("{}{values:?}", rules[*index].name))
            .collect();
        Ok(format!("{} | {:?} | {:?}", options.join(" "), sorted.positionals, sorted.rest))
    }

    #[test]
    fn sorts_words_as_argparse_does() {
        for (line, expected) in [
            ("ec2 x --region r --unknown y", r#"--region["r"] | [Some("ec2")] | ["x", "--unknown", "y"]"#),
            ("--unknown ec2 x", r#" | [Some("ec2")] | ["--unknown", "x"]"#),
            ("--region=r ec2", r#"--region["r"] | [Some("ec2")] | []"#),
            ("--reg r ec2", r#"--region["r"] | [Some("ec2")] | []"#),
            ("ec2 --region -5", r#"--region["-5"] | [Some("ec2")] | []"#),
            ("ec2 --filters a b --dry-run c", r#"--filters["a", "b"] --dry-run[] | [Some("ec2")] | ["c"]"#),
            ("ec2 --filters", r#"--filters[] | [Some("ec2")] | []"#),
            ("ec2 --filter=a=b", r#"--filter["a=b"] | [Some("ec2")] | []"#),
            ("--skeleton --dry-run ec2", r#"--skeleton[] --dry-run[] | [Some("ec2")] | []"#),
            ("", r#" | [None] | []"#),
        ] {
            assert_eq!(sort(line, &[COMMAND]).expect(line), expected, "{line}");
        }
    }

    #[test]
    fn an_optional_word_is_taken_once() {
        assert_eq!(sort("help", &[HELP]).expect("sorted"), r#" | [Some("help")] | []"#);
        assert_eq!(sort("a b --dry-run", &[HELP]).expect("sorted"), r#"--dry-run[] | [Some("a")] | ["b"]"#);
        assert_eq!(
            sort("out.bin --dry-run", &[COMMAND, HELP]).expect("sorted"),
            r#"--dry-run[] | [Some("out.bin"), None] | []"#
        );
    }

    #[test]
    fn faults_are_in_argparse_words() {
        for (line, expected) in [
            ("--region", "argument --region: expected one argument"),
            ("--paths", "argument --paths: expected at least one argument"),
            ("--fil x", "ambiguous option: --fil could match --filters, --filter"),
            ("--dry-run=yes", "argument --dry-run: ignored explicit argument 'yes'"),
        ] {
            assert_eq!(sort(line, &[COMMAND]), Err(GrammarFault(expected.to_owned())));
        }
    }

    proptest::proptest! {
        #[test]
        fn never_panics_and_loses_no_word(words in proptest::collection::vec("-{0,2}[a-f=. 0-9]{0,8}", 0..12)) {
            let rules = rules();
            if let Ok(sorted) = Rules::new(&rules).sort(&[COMMAND, HELP], &words) {
                let values: usize = sorted.options.iter().map(|(_, values)| values.len().max(1)).sum();
                let alone = sorted.positionals.iter().flatten().count();
                proptest::prop_assert!(values + alone + sorted.rest.len() <= words.len() + sorted.options.len());
            }
        }
    }
}
