//! Reading one word: quotes, backslashes, variables and where `$(…)` begins.

use super::fault::{Reason, ScriptFault};
use super::parse::script_inside;
use super::refused;
use super::script::{Part, Word};
use crate::limits::{MAX_SUBSTITUTIONS, MAX_WORDS};

/// A place in a line, and what was counted up to it.
pub(super) struct Reader<'a> {
    pub(super) line: &'a str,
    pub(super) at: usize,
    /// How many `$(` are open.
    pub(super) depth: usize,
    /// How many unquoted parentheses are open inside the innermost `$(`; those are text.
    pub(super) parentheses: usize,
    pub(super) words: usize,
    pub(super) statements: usize,
    /// Inside a stage that compares, `<` and `>` are text.
    pub(super) comparing: bool,
}

impl<'a> Reader<'a> {
    pub(super) fn new(line: &'a str) -> Reader<'a> {
        Reader { line, at: 0, depth: 0, parentheses: 0, words: 0, statements: 0, comparing: false }
    }

    pub(super) fn rest(&self) -> &'a str {
        &self.line[self.at..]
    }

    pub(super) fn peek(&self) -> Option<char> {
        self.rest().chars().next()
    }

    pub(super) fn next(&mut self) -> Option<char> {
        let c = self.peek()?;
        self.at += c.len_utf8();
        Some(c)
    }

    /// Takes `sign` if it comes next.
    pub(super) fn takes(&mut self, sign: &str) -> bool {
        let there = self.rest().starts_with(sign);
        if there {
            self.at += sign.len();
        }
        there
    }

    pub(super) fn fault<T>(&self, start: usize, reason: Reason) -> Result<T, ScriptFault> {
        Err(ScriptFault { reason, span: start..self.at.max(start) })
    }

    fn unclosed<T>(&self, what: &'static str, start: usize) -> Result<T, ScriptFault> {
        let at = self.line[..start].chars().count() + 1;
        self.fault(start, Reason::Unclosed { what, at })
    }

    /// Skips blanks and joined lines; stops at a line's end.
    pub(super) fn skip_blanks(&mut self) {
        loop {
            match self.peek() {
                Some('\n') => return,
                Some(c) if c.is_whitespace() => {
                    self.next();
                }
                Some('\\') if self.rest().starts_with("\\\n") => self.at += 2,
                _ => return,
            }
        }
    }

    /// Whether what comes next ends an unquoted word.
    pub(super) fn ends_word(&self) -> bool {
        let rest = self.rest();
        match self.peek() {
            None | Some('|' | ';') => true,
            Some(c) if c.is_whitespace() => true,
            Some('<' | '>') => !self.comparing,
            Some('&') => rest.starts_with("&&") || rest.starts_with("&>"),
            Some(')') => self.depth > 0 && self.parentheses == 0,
            Some(_) => false,
        }
    }

    /// One word; blanks before it were skipped and it does not end at once.
    pub(super) fn word(&mut self) -> Result<Word, ScriptFault> {
        let start = self.at;
        if self.words == MAX_WORDS {
            return self.fault(start, Reason::TooManyWords);
        }
        self.words += 1;
        let mut word = Growing::default();
        if self.peek() == Some('`') {
            self.next();
            let instead = "use `$(…)`, or quote a JMESPath literal";
            return self.fault(start, refused::shell("`", "a command in backticks", instead));
        }
        while !self.ends_word() {
            self.unquoted(&mut word)?;
        }
        let span = start..self.at;
        Ok(Word { stands: word.stands || !word.text.is_empty(), parts: word.finish(), span })
    }

    fn unquoted(&mut self, word: &mut Growing) -> Result<(), ScriptFault> {
        let at = self.at;
        let Some(c) = self.next() else { return Ok(()) };
        match c {
            '\'' => self.single_quoted(at, word),
            '"' => self.double_quoted(at, word),
            '\\' => self.escaped(at, word),
            '$' => self.dollar(at, word, false),
            _ => {
                match c {
                    '(' => self.parentheses += 1,
                    ')' => self.parentheses = self.parentheses.saturating_sub(1),
                    _ => {}
                }
                word.push(c);
                Ok(())
            }
        }
    }

    fn single_quoted(&mut self, start: usize, word: &mut Growing) -> Result<(), ScriptFault> {
        word.stands = true;
        let Some(end) = self.rest().find('\'') else { return self.unclosed("quote '", start) };
        word.text.push_str(&self.rest()[..end]);
        self.at += end + 1;
        Ok(())
    }

    fn double_quoted(&mut self, start: usize, word: &mut Growing) -> Result<(), ScriptFault> {
        word.stands = true;
        loop {
            let at = self.at;
            match self.next() {
                Some('"') => return Ok(()),
                Some('\\') => match self.next() {
                    Some('\n') => {}
                    Some(c) => {
                        if !matches!(c, '"' | '\\' | '$' | '`') {
                            word.push('\\');
                        }
                        word.push(c);
                    }
                    None => return self.unclosed("quote \"", start),
                },
                Some('$') => self.dollar(at, word, true)?,
                Some(c) => word.push(c),
                None => return self.unclosed("quote \"", start),
            }
        }
    }

    fn escaped(&mut self, start: usize, word: &mut Growing) -> Result<(), ScriptFault> {
        match self.next() {
            // A backslash at the end of a line joins it with the next.
            Some('\n') => Ok(()),
            Some(c) => {
                word.push(c);
                word.stands = true;
                Ok(())
            }
            None => self.fault(start, Reason::TrailingBackslash),
        }
    }

    /// What begins with `$`, which was taken.
    fn dollar(&mut self, start: usize, word: &mut Growing, quoted: bool) -> Result<(), ScriptFault> {
        let whole = &self.line[start..];
        if let Some(reason) = refused::dollar(whole, quoted) {
            return self.fault(start, reason);
        }
        word.stands |= quoted;
        match self.peek() {
            Some('(') => {
                self.next();
                let script = self.substitution(start)?;
                word.add(Part::Substitution { script, quoted });
            }
            Some('{') => {
                self.next();
                let (name, default) = self.braced(start)?;
                word.add(Part::Variable { name, default, quoted });
            }
            Some('*' | '@') => {
                let name = self.next().into_iter().collect();
                word.add(Part::Variable { name, default: None, quoted });
            }
            // As in a shell, `$12` is the first parameter and a 2.
            Some(digit) if digit.is_ascii_digit() => {
                self.next();
                word.add(Part::Variable { name: digit.to_string(), default: None, quoted });
            }
            _ => match name_length(self.rest()) {
                0 => word.push('$'),
                length => {
                    let name = self.rest()[..length].to_owned();
                    self.at += length;
                    word.add(Part::Variable { name, default: None, quoted });
                }
            },
        }
        Ok(())
    }

    fn braced(&mut self, start: usize) -> Result<(String, Option<String>), ScriptFault> {
        let Some(end) = self.rest().find('}') else { return self.unclosed("`${`", start) };
        let inside = &self.rest()[..end];
        self.at += end + 1;
        let (name, default) = match inside.split_once(":-") {
            Some((name, default)) => (name, Some(default.to_owned())),
            None => (inside, None),
        };
        if !is_variable(name) {
            return self.fault(start, Reason::VariableName(inside.chars().take(40).collect()));
        }
        Ok((name.to_owned(), default))
    }

    fn substitution(&mut self, start: usize) -> Result<super::script::Script, ScriptFault> {
        if self.depth == MAX_SUBSTITUTIONS {
            return self.fault(start, Reason::TooDeep);
        }
        let outer = (self.parentheses, self.comparing);
        self.depth += 1;
        (self.parentheses, self.comparing) = (0, false);
        let script = script_inside(self)?;
        if !self.takes(")") {
            return self.unclosed("`$(`", start);
        }
        if script.statements.is_empty() {
            return self.fault(start, Reason::NothingAfter("$("));
        }
        self.depth -= 1;
        (self.parentheses, self.comparing) = outer;
        Ok(script)
    }
}

/// How many bytes at the beginning are a variable's name.
pub(super) fn name_length(text: &str) -> usize {
    let starts = text.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_');
    let ends = text.find(|c: char| !c.is_ascii_alphanumeric() && c != '_').unwrap_or(text.len());
    if starts { ends } else { 0 }
}

/// Whether a name may stand in `${…}`.
fn is_variable(name: &str) -> bool {
    let digits = !name.is_empty() && name.len() <= 4 && name.bytes().all(|byte| byte.is_ascii_digit());
    digits || matches!(name, "*" | "@") || !name.is_empty() && name_length(name) == name.len()
}

/// A word in the making.
#[derive(Default)]
struct Growing {
    parts: Vec<Part>,
    text: String,
    stands: bool,
}

impl Growing {
    fn push(&mut self, c: char) {
        self.text.push(c);
    }

    fn add(&mut self, part: Part) {
        self.flush();
        self.parts.push(part);
    }

    fn flush(&mut self) {
        if !self.text.is_empty() {
            self.stands = true;
            self.parts.push(Part::Literal(std::mem::take(&mut self.text)));
        }
    }

    fn finish(mut self) -> Vec<Part> {
        self.flush();
        self.parts
    }
}
