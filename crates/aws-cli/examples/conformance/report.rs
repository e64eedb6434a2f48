//! The table of what agrees, and the differences by class.

use std::collections::BTreeMap;
use std::path::PathBuf;

use crate::compare::Difference;
use crate::recording::Recording;
use crate::replay::{Outcome, Part};

const USAGE: &str =
    "FOLDER [--suite NAME] [--match TEXT] [--show N] [--version-1 | --through-process N PROGRAM]";

/// What the command line asks for.
#[derive(Debug, Default)]
pub(crate) struct Options {
    pub(crate) folder: String,
    pub(crate) suite: Option<String>,
    /// Whether the recordings are requests of AWS CLI v1.
    pub(crate) version_1: bool,
    /// The program that runs a sample in processes of its own, and how many of each suite.
    pub(crate) process: Option<(PathBuf, usize)>,
    matching: Option<String>,
    show: usize,
}

impl Options {
    pub(crate) fn from_words(words: impl Iterator<Item = String>) -> anyhow::Result<Options> {
        let mut options = Options::default();
        let mut words = words;
        while let Some(word) = words.next() {
            let mut next = || words.next().ok_or_else(|| anyhow::anyhow!("{word} needs a value"));
            match word.as_str() {
                "--suite" => options.suite = Some(next()?),
                "--match" => options.matching = Some(next()?),
                "--version-1" => options.version_1 = true,
                "--through-process" => {
                    let count = next()?.parse()?;
                    options.process = Some((PathBuf::from(next()?), count));
                }
                "--show" => options.show = next()?.parse()?,
                _ if options.folder.is_empty() && !word.starts_with('-') => options.folder = word,
                _ => anyhow::bail!("unknown option {word}: {USAGE}"),
            }
        }
        anyhow::ensure!(!options.folder.is_empty(), "name the folder with the recordings");
        Ok(options)
    }

    pub(crate) fn wants(&self, recording: &Recording) -> bool {
        self.matching
            .as_ref()
            .is_none_or(|text| recording.words.join(" ").contains(text.as_str()) || recording.id == *text)
    }
}

#[derive(Default)]
struct Row {
    passed: usize,
    failed: usize,
}

/// All differences of one class.
#[derive(Default)]
struct Class {
    count: usize,
    examples: Vec<String>,
}

#[derive(Default)]
pub(crate) struct Report {
    rows: BTreeMap<(String, Part), Row>,
    skipped: BTreeMap<(String, &'static str), usize>,
    classes: BTreeMap<(Part, String), Class>,
}

impl Report {
    pub(crate) fn add(&mut self, suite: &str, recording: &Recording, outcome: Outcome) {
        let parts = match outcome {
            Outcome::Skipped(reason) => {
                *self.skipped.entry((suite.to_owned(), reason)).or_default() += 1;
                return;
            }
            Outcome::Compared(parts) => parts,
        };
        for (part, result) in parts {
            let row = self.rows.entry((suite.to_owned(), part)).or_default();
            match result {
                Ok(()) => row.passed += 1,
                Err(difference) => {
                    row.failed += 1;
                    self.add_difference(part, suite, recording, difference);
                }
            }
        }
    }

    fn add_difference(&mut self, part: Part, suite: &str, recording: &Recording, difference: Difference) {
        let class = self.classes.entry((part, difference.class)).or_default();
        class.count += 1;
        let words = recording.words.join(" ");
        class.examples.push(format!("[{suite} {}] aws {words}\n{}", recording.id, difference.detail));
    }

    pub(crate) fn differences(&self) -> usize {
        self.rows.values().map(|row| row.failed).sum()
    }

    pub(crate) fn agrees(&self) -> bool {
        self.differences() == 0
    }

    pub(crate) fn print(&self, options: &Options) {
        println!("{:<16} {:<14} {:>7} {:>7} {:>7}", "suite", "part", "cases", "passed", "failed");
        for ((suite, part), row) in &self.rows {
            let cases = row.passed + row.failed;
            println!("{suite:<16} {:<14} {cases:>7} {:>7} {:>7}", part.name(), row.passed, row.failed);
        }
        for ((suite, reason), count) in &self.skipped {
            println!("{suite:<16} skipped {count}: {reason}");
        }
        let mut classes: Vec<_> = self.classes.iter().collect();
        classes.sort_by_key(|((part, _), class)| (*part, std::cmp::Reverse(class.count)));
        for ((part, name), class) in classes {
            println!("\n{:>5} × {}: {name}", class.count, part.name());
            for example in class.examples.iter().take(options.show.max(1)) {
                for line in example.lines() {
                    println!("        {}", line.chars().take(600).collect::<String>());
                }
            }
        }
    }
}
