//! The script of `sed`.

use crate::fault::FilterFault;
use crate::pattern::{Flavor, Pattern};

/// The most commands that a script may have.
const MAX_COMMANDS: usize = 64;

#[derive(Debug)]
pub(super) struct Command {
    pub(super) first: Option<Address>,
    pub(super) last: Option<Address>,
    /// `!`: where the addresses do not apply.
    pub(super) negated: bool,
    pub(super) act: Act,
}

#[derive(Debug)]
pub(super) enum Address {
    Line(usize),
    Last,
    Pattern(Pattern),
    /// `first~step`
    Step {
        first: usize,
        step: usize,
    },
}

#[derive(Debug)]
pub(super) enum Act {
    Delete,
    Print,
    /// `=`
    Number,
    Quit,
    Substitute(Substitution),
}

#[derive(Debug)]
pub(super) struct Substitution {
    pub(super) pattern: Pattern,
    pub(super) replacement: Vec<Piece>,
    /// The match that is the first to be replaced, counted from 1.
    pub(super) nth: usize,
    /// Whether all behind it are, too.
    pub(super) global: bool,
    pub(super) print: bool,
}

#[derive(Debug)]
pub(super) enum Piece {
    Text(String),
    Group(usize),
}

/// Reads a script: commands between `;` or line ends.
pub(super) fn read(script: &str, extended: bool) -> Result<Vec<Command>, FilterFault> {
    let mut reader = Reader { rest: script, flavor: if extended { Flavor::Extended } else { Flavor::Basic } };
    let mut commands = Vec::new();
    loop {
        reader.rest = reader.rest.trim_start_matches(|c: char| c.is_whitespace() || c == ';');
        if reader.rest.is_empty() {
            return Ok(commands);
        }
        if commands.len() == MAX_COMMANDS {
            return Err(wrong(format!("a script has more than {MAX_COMMANDS} commands")));
        }
        commands.push(reader.command()?);
    }
}

fn wrong(reason: impl Into<String>) -> FilterFault {
    FilterFault::usage(super::SPEC.name, reason)
}

struct Reader<'a> {
    rest: &'a str,
    flavor: Flavor,
}

impl Reader<'_> {
    fn peek(&self) -> Option<char> {
        self.rest.chars().next()
    }

    fn next(&mut self) -> Option<char> {
        let c = self.peek()?;
        self.rest = &self.rest[c.len_utf8()..];
        Some(c)
    }

    fn takes(&mut self, c: char) -> bool {
        let there = self.peek() == Some(c);
        if there {
            self.next();
        }
        there
    }

    fn skip_blanks(&mut self) {
        self.rest = self.rest.trim_start_matches([' ', '\t']);
    }

    fn number(&mut self) -> Result<Option<usize>, FilterFault> {
        let end = self.rest.find(|c: char| !c.is_ascii_digit()).unwrap_or(self.rest.len());
        let (digits, rest) = self.rest.split_at(end);
        if digits.is_empty() {
            return Ok(None);
        }
        self.rest = rest;
        digits.parse().map(Some).map_err(|_| wrong(format!("`{digits}` is too large")))
    }

    fn command(&mut self) -> Result<Command, FilterFault> {
        let first = self.address()?;
        self.skip_blanks();
        let last = if first.is_some() && self.takes(',') {
            self.skip_blanks();
            Some(self.address()?.ok_or_else(|| wrong("an address is missing behind `,`"))?)
        } else {
            None
        };
        if matches!((&first, &last), (Some(Address::Line(0)), _) | (_, Some(Address::Step { .. }))) {
            return Err(wrong("lines count from 1, and a range ends at a line, a pattern or `$`"));
        }
        self.skip_blanks();
        let negated = self.takes('!');
        self.skip_blanks();
        let act = self.act()?;
        self.skip_blanks();
        match self.peek() {
            None | Some(';' | '\n') => Ok(Command { first, last, negated, act }),
            Some(c) => Err(wrong(format!("`{c}` stands where a command ends"))),
        }
    }

    fn address(&mut self) -> Result<Option<Address>, FilterFault> {
        match self.peek() {
            Some('$') => {
                self.next();
                Ok(Some(Address::Last))
            }
            Some('/') => {
                self.next();
                let pattern = self.until('/', "the pattern of an address")?;
                self.pattern_address(&pattern)
            }
            Some('\\') => {
                self.next();
                let mark = self.next().ok_or_else(|| wrong("the script ends in a backslash"))?;
                let pattern = self.until(mark, "the pattern of an address")?;
                self.pattern_address(&pattern)
            }
            _ => {
                let Some(number) = self.number()? else { return Ok(None) };
                if !self.takes('~') {
                    return Ok(Some(Address::Line(number)));
                }
                let step = self.number()?.ok_or_else(|| wrong("a step is missing behind `~`"))?;
                Ok(Some(Address::Step { first: number, step }))
            }
        }
    }

    fn pattern_address(&mut self, pattern: &str) -> Result<Option<Address>, FilterFault> {
        let ignore_case = self.takes('I');
        Pattern::new(super::SPEC.name, pattern, self.flavor, ignore_case)
            .map(|pattern| Some(Address::Pattern(pattern)))
    }

    fn act(&mut self) -> Result<Act, FilterFault> {
        match self.next() {
            Some('d') => Ok(Act::Delete),
            Some('p') => Ok(Act::Print),
            Some('=') => Ok(Act::Number),
            Some('q') => Ok(Act::Quit),
            Some('s') => self.substitution().map(Act::Substitute),
            Some('y') => Err(wrong("`y` is not there: use `tr`")),
            Some(c @ ('w' | 'r' | 'W' | 'R')) => {
                Err(wrong(format!("`{c}` is not there: there are no files")))
            }
            Some('e') => Err(wrong("`e` is not there: nothing runs a program")),
            Some(c) if "aicgGhHxnNDPltTbq{}:".contains(c) => Err(wrong(format!(
                "`{c}` is not there: of its commands sed has s, d, p, q and `=` here; `jq` can do more"
            ))),
            Some(c) => Err(wrong(format!("`{c}` is no command"))),
            None => Err(wrong("a command is missing behind an address")),
        }
    }

    /// Text up to an unescaped mark; the mark itself loses its backslash. Inside `[…]` it is text.
    fn until(&mut self, mark: char, what: &str) -> Result<String, FilterFault> {
        let mut text = String::new();
        while let Some(c) = self.next() {
            if c == mark {
                return Ok(text);
            }
            if c == '\\' {
                match self.next() {
                    Some(escaped) if escaped == mark => text.push(mark),
                    Some(escaped) => text.extend(['\\', escaped]),
                    None => break,
                }
            } else {
                text.push(c);
            }
        }
        Err(wrong(format!("`{mark}` is missing behind {what}")))
    }

    fn substitution(&mut self) -> Result<Substitution, FilterFault> {
        let mark = self.next().filter(|c| !matches!(c, '\n' | '\\'));
        let mark = mark.ok_or_else(|| wrong("`s` needs a pattern: `s/a/b/`"))?;
        let pattern = self.until(mark, "the pattern of `s`")?;
        let replacement = self.until(mark, "the replacement of `s`")?;
        let (mut nth, mut global, mut print, mut ignore_case) = (None, false, false, false);
        loop {
            match self.peek() {
                Some('g') => global = true,
                Some('p') => print = true,
                Some('i' | 'I') => ignore_case = true,
                Some(c) if c.is_ascii_digit() => {
                    nth = self.number()?;
                    continue;
                }
                Some(c @ ('w' | 'e' | 'm' | 'M')) => {
                    return Err(wrong(format!("`s` has no option `{c}` here: g, i, p and a number")));
                }
                _ => break,
            }
            self.next();
        }
        if nth == Some(0) {
            return Err(wrong("matches count from 1"));
        }
        if pattern.is_empty() {
            return Err(wrong("`s` needs a pattern: the last one is not remembered"));
        }
        let pattern = Pattern::new(super::SPEC.name, &pattern, self.flavor, ignore_case)?;
        let replacement = pieces(&replacement, pattern.regex().captures_len())?;
        Ok(Substitution { pattern, replacement, nth: nth.unwrap_or(1), global, print })
    }
}

/// `&` is the whole match, `\1` a group, `\n` a line end.
fn pieces(text: &str, groups: usize) -> Result<Vec<Piece>, FilterFault> {
    let mut pieces = Vec::new();
    let mut literal = String::new();
    let mut characters = text.chars();
    while let Some(c) = characters.next() {
        let group = match c {
            '&' => Some(0),
            '\\' => match characters.next() {
                Some(digit) if digit.is_ascii_digit() => digit.to_digit(10).map(|digit| digit as usize),
                Some('n') => {
                    literal.push('\n');
                    None
                }
                Some('t') => {
                    literal.push('\t');
                    None
                }
                Some(c @ ('U' | 'L' | 'u' | 'l' | 'E')) => {
                    return Err(wrong(format!(
                        "`\\{c}` is not there: use `tr a-z A-Z` or jq's ascii_upcase"
                    )));
                }
                Some(other) => {
                    literal.push(other);
                    None
                }
                None => None,
            },
            c => {
                literal.push(c);
                None
            }
        };
        let Some(group) = group else { continue };
        if group >= groups {
            return Err(wrong(format!("`\\{group}` names a group that the pattern does not have")));
        }
        if !literal.is_empty() {
            pieces.push(Piece::Text(std::mem::take(&mut literal)));
        }
        pieces.push(Piece::Group(group));
    }
    if !literal.is_empty() {
        pieces.push(Piece::Text(literal));
    }
    Ok(pieces)
}
