//! A script as a line that reads as the same script.

use std::fmt;

use super::refused;
use super::script::{Action, Connector, Part, Pipeline, Script, Statement, Word, Words};

/// A word so that a line, and a shell, read it as that word: as it is where that is plain, else in single quotes.
pub fn quote(word: &str) -> String {
    if !word.is_empty() && word.bytes().all(is_plain) { word.to_owned() } else { quoted(word) }
}

fn is_plain(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"-_./:,=@%+".contains(&byte)
}

fn quoted(word: &str) -> String {
    format!("'{}'", word.replace('\'', r"'\''"))
}

impl fmt::Display for Script {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, statement) in self.statements.iter().enumerate() {
            if index > 0 {
                f.write_str(match statement.connector {
                    Connector::Always => "; ",
                    Connector::IfSucceeded => " && ",
                    Connector::IfFailed => " || ",
                })?;
            }
            statement.fmt(f)?;
        }
        Ok(())
    }
}

/// Without its connector.
impl fmt::Display for Statement {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.action {
            Action::Run(pipeline) => pipeline.fmt(f),
            Action::Set { name, value } => {
                write!(f, "{name}=")?;
                write_parts(value, f)
            }
        }
    }
}

impl fmt::Display for Pipeline {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write_source(&self.source, f)?;
        for filter in &self.filters {
            write!(f, " | {filter}")?;
        }
        match &self.sink {
            Some(sink) => write!(f, " > {}", sink.name),
            None => Ok(()),
        }
    }
}

/// The first word of a statement must not read as a keyword or as `name=value`.
fn write_source(words: &Words, f: &mut fmt::Formatter<'_>) -> fmt::Result {
    let Some((first, others)) = words.0.split_first() else { return Ok(()) };
    match first.parts.split_first() {
        Some((Part::Literal(text), rest)) if text.contains('=') || refused::first_word(text).is_some() => {
            f.write_str(&quoted(text))?;
            rest.iter().try_for_each(|part| write_part(part, f))?;
        }
        _ => write!(f, "{first}")?,
    }
    others.iter().try_for_each(|word| write!(f, " {word}"))
}

impl fmt::Display for Words {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, word) in self.0.iter().enumerate() {
            f.write_str(if index > 0 { " " } else { "" })?;
            word.fmt(f)?;
        }
        Ok(())
    }
}

impl fmt::Display for Word {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write_parts(self, f)?;
        let shows = self.parts.iter().any(|part| match part {
            Part::Literal(_) => true,
            Part::Variable { quoted, .. } | Part::Substitution { quoted, .. } => *quoted,
        });
        if self.stands && !shows { f.write_str("''") } else { Ok(()) }
    }
}

fn write_parts(word: &Word, f: &mut fmt::Formatter<'_>) -> fmt::Result {
    word.parts.iter().try_for_each(|part| write_part(part, f))
}

fn write_part(part: &Part, f: &mut fmt::Formatter<'_>) -> fmt::Result {
    match part {
        Part::Literal(text) => f.write_str(&quote(text)),
        Part::Variable { name, default, quoted } => {
            let mark = if *quoted { "\"" } else { "" };
            match default {
                Some(default) => write!(f, "{mark}${{{name}:-{default}}}{mark}"),
                None => write!(f, "{mark}${{{name}}}{mark}"),
            }
        }
        Part::Substitution { script, quoted } => {
            let mark = if *quoted { "\"" } else { "" };
            write!(f, "{mark}$({script}){mark}")
        }
    }
}
