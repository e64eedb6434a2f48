//! Fills in the parameters of an alias's line: what is given for one stays within its word, whatever is in it.

use pipeline::{Action, Part, Pipeline, Script, Statement, Word, Words};

use super::expand::AliasFault;
use super::parameters::{Given, Parameters};
use crate::request::MAX_LINE;

/// Fills in the parameters of one alias.
pub(super) struct Filling<'a> {
    alias: &'a str,
    parameters: &'a Parameters,
    given: &'a Given,
    bytes: usize,
}

impl<'a> Filling<'a> {
    pub(super) fn new(alias: &'a str, parameters: &'a Parameters, given: &'a Given) -> Filling<'a> {
        Filling { alias, parameters, given, bytes: 0 }
    }

    /// The script with its parameters filled in.
    pub(super) fn script(&mut self, script: &Script) -> Result<Script, AliasFault> {
        let mut statements = Vec::with_capacity(script.statements.len());
        for Statement { connector, action } in &script.statements {
            let action = match action {
                Action::Set { name, value } => Action::Set { name: name.clone(), value: self.whole(value)? },
                Action::Run(pipeline) => Action::Run(self.pipeline(pipeline)?),
            };
            statements.push(Statement { connector: *connector, action });
        }
        Ok(Script { statements })
    }

    fn pipeline(&mut self, pipeline: &Pipeline) -> Result<Pipeline, AliasFault> {
        let source = self.words(&pipeline.source)?;
        let filters = pipeline.filters.iter().map(|words| self.words(words)).collect::<Result<_, _>>()?;
        Ok(Pipeline { source, filters, sink: pipeline.sink.clone() })
    }

    fn words(&mut self, words: &Words) -> Result<Words, AliasFault> {
        let mut filled = Vec::with_capacity(words.0.len());
        for word in &words.0 {
            filled.extend(self.word(word)?);
        }
        if filled.is_empty() { Err(AliasFault::Nothing(self.alias.to_owned())) } else { Ok(Words(filled)) }
    }

    /// The words that one comes to: one, but where `$*` or `$@` stand for several or none.
    fn word(&mut self, word: &Word) -> Result<Vec<Word>, AliasFault> {
        let mut words = vec![Word { parts: Vec::new(), stands: word.stands, span: 0..0 }];
        for part in &word.parts {
            match part {
                Part::Variable { name, default, quoted } if name == "@" || (name == "*" && !quoted) => {
                    if self.given.positional.is_empty() && default.is_none() && word.parts.len() == 1 {
                        return Ok(Vec::new());
                    }
                    self.each(default.as_deref(), &mut words)?;
                }
                part => {
                    if let Some(last) = words.last_mut() {
                        self.part(part, last)?;
                    }
                }
            }
        }
        words.retain(|word| word.stands || !word.parts.is_empty());
        Ok(words)
    }

    /// The word as one, whatever is in it.
    fn whole(&mut self, word: &Word) -> Result<Word, AliasFault> {
        let mut whole = Word { parts: Vec::new(), stands: word.stands, span: 0..0 };
        for part in &word.parts {
            self.part(part, &mut whole)?;
        }
        Ok(whole)
    }

    /// Every argument as a word of its own.
    fn each(&mut self, default: Option<&str>, words: &mut Vec<Word>) -> Result<(), AliasFault> {
        let given = self.given;
        for (index, argument) in given.positional.iter().enumerate() {
            if index > 0 {
                words.push(Word::default());
            }
            if let Some(last) = words.last_mut() {
                last.stands |= argument.stands;
                for part in &argument.parts {
                    self.push(last, part.clone())?;
                }
            }
        }
        if let (true, Some(default), Some(last)) = (given.positional.is_empty(), default, words.last_mut()) {
            self.push(last, Part::Literal(default.to_owned()))?;
        }
        Ok(())
    }

    fn part(&mut self, part: &Part, word: &mut Word) -> Result<(), AliasFault> {
        match part {
            Part::Variable { name, default, .. } if self.parameters.has(name) => {
                self.parameter(name, default.as_deref(), word)
            }
            Part::Substitution { script, quoted } => {
                let script = self.script(script)?;
                self.push(word, Part::Substitution { script, quoted: *quoted })
            }
            other => self.push(word, other.clone()),
        }
    }

    /// A parameter's value, which stays within its word whatever is in it.
    fn parameter(&mut self, name: &str, default: Option<&str>, word: &mut Word) -> Result<(), AliasFault> {
        word.stands = true;
        let given = self.given;
        let values: &[Word] = match name.parse::<usize>() {
            Ok(number) => given.positional.get(number.saturating_sub(1)).map_or(&[], std::slice::from_ref),
            Err(_) if matches!(name, "*" | "@") => &given.positional,
            Err(_) => given.named.get(name).map_or(&[], std::slice::from_ref),
        };
        if values.iter().all(|value| value.parts.is_empty())
            && let Some(default) = default
        {
            return self.push(word, Part::Literal(default.to_owned()));
        }
        if values.is_empty() && !matches!(name, "*" | "@") {
            let usage = self.parameters.usage(self.alias);
            return Err(AliasFault::Missing { parameter: name.to_owned(), usage });
        }
        for (index, value) in values.iter().enumerate() {
            if index > 0 {
                self.push(word, Part::Literal(" ".to_owned()))?;
            }
            for part in &value.parts {
                self.push(word, in_quotes(part.clone()))?;
            }
        }
        Ok(())
    }

    /// Adds a part; what is filled in is bounded, as each alias may name a parameter often.
    fn push(&mut self, word: &mut Word, part: Part) -> Result<(), AliasFault> {
        self.bytes += match &part {
            Part::Literal(text) => text.len(),
            Part::Variable { name, .. } => name.len(),
            Part::Substitution { script, .. } => script.to_string().len(),
        };
        if self.bytes > MAX_LINE {
            return Err(AliasFault::Long);
        }
        match (word.parts.last_mut(), part) {
            (_, Part::Literal(text)) if text.is_empty() => word.stands = true,
            (Some(Part::Literal(before)), Part::Literal(text)) => before.push_str(&text),
            (_, part) => word.parts.push(part),
        }
        Ok(())
    }
}

fn in_quotes(part: Part) -> Part {
    match part {
        Part::Literal(text) => Part::Literal(text),
        Part::Variable { name, default, .. } => Part::Variable { name, default, quoted: true },
        Part::Substitution { script, .. } => Part::Substitution { script, quoted: true },
    }
}
