//! `tr`: characters for characters.

use std::collections::VecDeque;

use crate::budget::Budget;
use crate::fault::FilterFault;
use crate::filter::{Spec, Stage};
use crate::flow::{Flow, Line, Lines, Running, Stream};
use crate::options::{Given, flag};

pub(super) const SPEC: Spec = Spec {
    name: "tr",
    usage: "[-d] [-s] [-c] <set> [<set>]",
    summary: "puts characters in the place of others, or deletes or squeezes them",
    options: &[
        flag('d', "delete", "deletes the characters of the first set"),
        flag('s', "squeeze-repeats", "makes one of the same character repeated"),
        flag('c', "complement", "the first set is every other character"),
        flag('t', "truncate-set1", "cuts the first set to the length of the second"),
    ],
    refused: &[("-C", "use -c")],
    number: None,
    plain: false,
    examples: &["… | tr a-z A-Z", "… | tr -d '\"'", "… | tr '\\n' ' '", "… | tr -s ' '"],
    read,
};

#[derive(Debug)]
struct Tr {
    delete: bool,
    complement: bool,
    first: Set,
    second: Option<Set>,
    /// Squeezed by the last set that was given.
    squeeze: bool,
}

/// Ranges of characters in the order in which they were written, and how many characters stand before each.
#[derive(Debug, Default)]
struct Set {
    ranges: Vec<(char, char, usize)>,
    length: usize,
}

impl Set {
    fn push(&mut self, first: char, last: char) {
        self.ranges.push((first, last, self.length));
        self.length += last as usize - first as usize + 1;
    }

    fn position(&self, c: char) -> Option<usize> {
        // As the last of several places: a later mapping of the same character wins.
        let (first, _, before) =
            self.ranges.iter().rev().find(|(first, last, _)| (*first..=*last).contains(&c))?;
        Some(before + c as usize - *first as usize)
    }

    fn contains(&self, c: char) -> bool {
        self.ranges.iter().any(|(first, last, _)| (*first..=*last).contains(&c))
    }

    /// The character at a place; behind the end the last one.
    fn at(&self, place: usize) -> Option<char> {
        let (first, last, before) = self.ranges.iter().rev().find(|(.., before)| *before <= place)?;
        let code = (*first as usize).saturating_add(place - before).min(*last as usize);
        u32::try_from(code).ok().and_then(char::from_u32).or(Some(*last))
    }
}

fn read(given: &Given) -> Result<Box<dyn Stage>, FilterFault> {
    given.at_most(2)?;
    let delete = given.has("delete");
    let squeeze = given.has("squeeze-repeats");
    let first = given.operands.first().ok_or_else(|| given.usage("a set of characters is missing"))?;
    let second = given.operands.get(1);
    let mut first = set(given, first, None)?;
    let second = second.map(|text| set(given, text, Some(first.length))).transpose()?;
    match (&second, delete, squeeze) {
        (Some(_), true, false) => return Err(given.usage("-d takes one set")),
        (None, true, true) => return Err(given.usage("-d with -s takes two sets")),
        (None, false, false) => return Err(given.usage("a second set is missing: what the first becomes")),
        (Some(second), false, _) if second.length == 0 => return Err(given.usage("the second set is empty")),
        _ => {}
    }
    if let (Some(second), true) = (&second, given.has("truncate-set1")) {
        first.truncate(second.length);
    }
    Ok(Box::new(Tr { delete, complement: given.has("complement"), first, second, squeeze }))
}

impl Set {
    fn truncate(&mut self, length: usize) {
        self.ranges.retain(|(.., before)| *before < length);
        if let Some((first, last, before)) = self.ranges.last_mut() {
            let most = *first as usize + (length - *before) - 1;
            let cut = u32::try_from(most.min(*last as usize)).ok().and_then(char::from_u32);
            *last = cut.unwrap_or(*last);
        }
        self.length = self.length.min(length);
    }
}

/// `a-z`, `[:upper:]`, `\n`, `\101`, `[x*]`.
fn set(given: &Given, text: &str, fill_to: Option<usize>) -> Result<Set, FilterFault> {
    let characters: Vec<char> = text.chars().collect();
    let mut set = Set::default();
    let mut at = 0;
    while at < characters.len() {
        let rest = &characters[at..];
        if let Some((ranges, length)) = class(given, rest)? {
            ranges.iter().for_each(|(first, last)| set.push(*first, *last));
            at += length;
        } else if let ['[', c, '*', ']', ..] = rest {
            let missing = fill_to.unwrap_or(1).saturating_sub(set.length);
            (0..missing.min(MAX_FILLED)).for_each(|_| set.push(*c, *c));
            at += 4;
        } else {
            let (first, length) = character(rest);
            at += length;
            if characters.get(at) == Some(&'-') && at + 1 < characters.len() {
                let (last, length) = character(&characters[at + 1..]);
                if last < first {
                    return Err(given.usage(format!("`{first}-{last}` runs backwards")));
                }
                set.push(first, last);
                at += 1 + length;
            } else {
                set.push(first, first);
            }
        }
    }
    Ok(set)
}

/// The most places that `[x*]` fills.
const MAX_FILLED: usize = 4096;

/// One character, perhaps escaped, and how many it took to write it.
fn character(rest: &[char]) -> (char, usize) {
    let ['\\', escaped, ..] = rest else { return (rest.first().copied().unwrap_or_default(), 1) };
    let octal: String = rest[1..].iter().take(3).take_while(|c| ('0'..='7').contains(c)).collect();
    if let Some(c) = u32::from_str_radix(&octal, 8).ok().and_then(char::from_u32) {
        return (c, 1 + octal.len());
    }
    let c = match escaped {
        'n' => '\n',
        't' => '\t',
        'r' => '\r',
        'a' => '\u{7}',
        'b' => '\u{8}',
        'f' => '\u{c}',
        'v' => '\u{b}',
        other => *other,
    };
    (c, 2)
}

type Ranges = &'static [(char, char)];

const CLASSES: [(&str, Ranges); 12] = [
    ("alnum", &[('0', '9'), ('A', 'Z'), ('a', 'z')]),
    ("alpha", &[('A', 'Z'), ('a', 'z')]),
    ("blank", &[('\t', '\t'), (' ', ' ')]),
    ("cntrl", &[('\0', '\u{1f}'), ('\u{7f}', '\u{7f}')]),
    ("digit", &[('0', '9')]),
    ("graph", &[('!', '~')]),
    ("lower", &[('a', 'z')]),
    ("print", &[(' ', '~')]),
    ("punct", &[('!', '/'), (':', '@'), ('[', '`'), ('{', '~')]),
    ("space", &[('\t', '\r'), (' ', ' ')]),
    ("upper", &[('A', 'Z')]),
    ("xdigit", &[('0', '9'), ('A', 'F'), ('a', 'f')]),
];

/// `[:alpha:]` at the beginning, and how long it is.
fn class(given: &Given, rest: &[char]) -> Result<Option<(Ranges, usize)>, FilterFault> {
    let ['[', ':', inside @ ..] = rest else { return Ok(None) };
    let Some(end) = inside.windows(2).position(|pair| pair == [':', ']']) else { return Ok(None) };
    let name: String = inside[..end].iter().collect();
    match CLASSES.iter().find(|(known, _)| *known == name) {
        Some((_, ranges)) => Ok(Some((ranges, end + 4))),
        None => Err(given.usage(format!("`[:{name}:]` is no class of characters"))),
    }
}

impl Stage for Tr {
    fn apply<'a>(&'a self, flow: Flow<'a>, running: &'a Running<'a>) -> Result<Flow<'a>, FilterFault> {
        let lines = flow.into_plain_lines(&running.budget)?;
        let changed =
            Changed { tr: self, lines, text: String::new(), ready: VecDeque::new(), last: None, over: false };
        Ok(Flow::lines(changed))
    }
}

impl Tr {
    fn in_first(&self, c: char) -> bool {
        self.first.contains(c) != self.complement
    }

    /// What becomes of a character.
    fn change(&self, c: char) -> Option<char> {
        let is_in = self.in_first(c);
        if self.delete {
            return (!is_in).then_some(c);
        }
        match &self.second {
            // All characters outside the first set become the last of the second.
            Some(second) if is_in && self.complement => second.at(usize::MAX),
            Some(second) if is_in => self.first.position(c).and_then(|place| second.at(place)),
            _ => Some(c),
        }
    }

    /// Whether a repeated character is left out.
    fn squeezes(&self, c: char) -> bool {
        self.squeeze
            && match &self.second {
                Some(second) => second.contains(c),
                None => self.in_first(c),
            }
    }
}

/// Line ends are characters too: lines may join or break.
struct Changed<'a> {
    tr: &'a Tr,
    lines: Stream<'a>,
    /// The line in the making.
    text: String,
    ready: VecDeque<Line>,
    last: Option<char>,
    over: bool,
}

impl Lines for Changed<'_> {
    fn next_line(&mut self, budget: &Budget<'_>) -> Result<Option<Line>, FilterFault> {
        loop {
            if let Some(line) = self.ready.pop_front() {
                return Ok(Some(line));
            }
            if self.over {
                return Ok(None);
            }
            match self.lines.next_line(budget)? {
                Some(line) => {
                    line.text.chars().for_each(|c| self.take(c));
                    if line.ended {
                        self.take('\n');
                    }
                    budget.within(self.text.len())?;
                }
                None => {
                    self.over = true;
                    if !self.text.is_empty() {
                        let text = std::mem::take(&mut self.text);
                        self.ready.push_back(Line { text, ended: false, row: None });
                    }
                }
            }
        }
    }
}

impl Changed<'_> {
    fn take(&mut self, c: char) {
        let Some(c) = self.tr.change(c) else { return };
        if self.last == Some(c) && self.tr.squeezes(c) {
            return;
        }
        self.last = Some(c);
        if c == '\n' {
            self.ready.push_back(Line::new(std::mem::take(&mut self.text)));
        } else {
            self.text.push(c);
        }
    }
}
