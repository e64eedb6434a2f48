//! `sort`: lines in order.

use std::cmp::Ordering;
use std::ops::Range;

use super::compare::{human, numeric, version};
use crate::fault::FilterFault;
use crate::filter::{Spec, Stage};
use crate::flow::{Flow, Line, Running};
use crate::options::{Given, flag, with};

pub(super) const SPEC: Spec = Spec {
    name: "sort",
    usage: "[options] [-k <key>]…",
    summary: "puts lines into order, byte by byte if nothing else is said",
    options: &[
        flag('n', "numeric-sort", "by the number at the beginning"),
        flag('g', "general-numeric-sort", "by the number at the beginning, also 1e3"),
        flag('h', "human-numeric-sort", "by numbers such as 2K and 1.5G"),
        flag('V', "version-sort", "digits inside text compare as numbers"),
        flag('r', "reverse", "the other way round"),
        flag('u', "unique", "keeps the first of equal lines"),
        flag('f', "ignore-case", "lower and upper case are the same"),
        flag('b', "ignore-leading-blanks", "blanks before a key count for nothing"),
        flag('s', "stable", "equal keys keep their order"),
        with(
            'k',
            "key",
            "first[,last]",
            "compares these fields: `-k2`, `-k2,2n`, `-k1.3,1.5`; may be given several times",
        ),
        with('t', "field-separator", "char", "what stands between fields, instead of blanks"),
    ],
    refused: &[
        ("-c", "it only checks; compare by eye, or with `uniq`"),
        ("-m", "there are no files to merge"),
        ("-o", "use `> name.txt`, which uploads to the channel"),
        ("-R", "the order would differ each time"),
        ("-M", "months have no order here; AWS writes dates that sort as they are"),
        ("-d", "compare whole fields, or take signs away with `tr -d`"),
        ("-i", "all characters count"),
        ("-z", "lines end with a line feed here"),
    ],
    number: None,
    plain: false,
    examples: &[
        "s3 usage --all | sort -k2 -h -r",
        "… | jq -r '.[].InstanceType' | sort | uniq -c | sort -rn | head -5",
    ],
    read,
};

/// How keys compare.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
struct Way {
    kind: Kind,
    reverse: bool,
    fold: bool,
    blanks: bool,
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
enum Kind {
    #[default]
    Text,
    Numeric,
    General,
    Human,
    Version,
}

/// `-k first[.char][way][,last[.char][way]]`, counted from 1; a last char of 0 is the field's end.
#[derive(Debug, Clone, Copy)]
struct Key {
    first: (usize, usize),
    last: Option<(usize, usize)>,
    /// Whether blanks before the first and before the last field are skipped.
    skip: (bool, bool),
    way: Way,
}

#[derive(Debug)]
struct Sort {
    keys: Vec<Key>,
    way: Way,
    separator: Option<char>,
    unique: bool,
    stable: bool,
}

fn read(given: &Given) -> Result<Box<dyn Stage>, FilterFault> {
    given.at_most(0)?;
    let mut way = Way::default();
    for (option, _) in given.in_order() {
        let letter = SPEC.options.iter().find(|known| known.long == option).and_then(|known| known.short);
        if let Some(letter) = letter {
            way.set(letter);
        }
    }
    let keys: Result<Vec<Key>, FilterFault> =
        given.values("key").map(|key| read_key(given, key, way)).collect();
    Ok(Box::new(Sort {
        keys: keys?,
        way,
        separator: given.value("field-separator").map(|text| separator(given, text)).transpose()?,
        unique: given.has("unique"),
        stable: given.has("stable"),
    }))
}

/// One character; `\t` is a tab.
pub(super) fn separator(given: &Given, text: &str) -> Result<char, FilterFault> {
    let mut characters = text.chars();
    match (characters.next(), characters.next(), text) {
        (_, _, "\\t") => Ok('\t'),
        (_, _, "\\0") => Ok('\0'),
        (Some(one), None, _) => Ok(one),
        _ => Err(given.usage(format!("fields are separated by one character, and `{text}` is not one"))),
    }
}

impl Way {
    /// Takes an option's letter, if it says how keys compare.
    fn set(&mut self, letter: char) -> bool {
        match letter {
            'n' => self.kind = Kind::Numeric,
            'g' => self.kind = Kind::General,
            'h' => self.kind = Kind::Human,
            'V' => self.kind = Kind::Version,
            'r' => self.reverse = true,
            'f' => self.fold = true,
            'b' => self.blanks = true,
            _ => return false,
        }
        true
    }

    fn compare(self, a: &str, b: &str) -> Ordering {
        let (a, b) =
            if self.blanks { (a.trim_start_matches(BLANKS), b.trim_start_matches(BLANKS)) } else { (a, b) };
        let ordering = match self.kind {
            Kind::Text if self.fold => folded(a).cmp(folded(b)),
            Kind::Text => a.cmp(b),
            Kind::Numeric => numeric(a, b),
            Kind::General => general(a).total_cmp(&general(b)),
            Kind::Human => human(a, b),
            Kind::Version => version(a, b),
        };
        if self.reverse { ordering.reverse() } else { ordering }
    }
}

const BLANKS: [char; 2] = [' ', '\t'];

fn folded(text: &str) -> impl Iterator<Item = char> {
    text.chars().map(|c| c.to_ascii_uppercase())
}

/// The number at the beginning; what is none comes before all numbers.
fn general(text: &str) -> f64 {
    let text = text.trim_start();
    let end = text.find(|c: char| !c.is_ascii_digit() && !"+-.eE".contains(c)).unwrap_or(text.len());
    let mut candidate = &text[..end];
    while !candidate.is_empty() {
        if let Ok(number) = candidate.parse::<f64>() {
            // Both zeros are the same number.
            return number + 0.0;
        }
        candidate = &candidate[..candidate.len() - 1];
        // A number has few characters; signs in a row are none.
        if end - candidate.len() > 32 {
            break;
        }
    }
    f64::NEG_INFINITY
}

fn read_key(given: &Given, text: &str, inherited: Way) -> Result<Key, FilterFault> {
    let wrong = || given.usage(format!("`-k {text}` is no key: `-k2`, `-k2,2n`, `-k1.3,1.5` are"));
    let (first, last) = match text.split_once(',') {
        Some((first, last)) => (first, Some(last)),
        None => (text, None),
    };
    let mut way = Way::default();
    let mut own = false;
    let mut place = |text: &str, least: usize| -> Option<((usize, usize), bool)> {
        let end = text.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(text.len());
        let mut blanks = false;
        for letter in text[end..].chars() {
            // Blanks are skipped on the side that says so.
            blanks |= letter == 'b';
            own = true;
            if letter != 'b' && !way.set(letter) {
                return None;
            }
        }
        let (field, char) = text[..end].split_once('.').unwrap_or((&text[..end], "0"));
        let (field, char) = (field.parse().ok()?, char.parse().ok()?);
        (field > 0 && (char >= least || !text[..end].contains('.'))).then_some(((field, char), blanks))
    };
    let (first, first_blanks) = place(first, 1).ok_or_else(wrong)?;
    let last = last.map(|last| place(last, 0).ok_or_else(wrong)).transpose()?;
    let last_blanks = last.is_some_and(|(_, blanks)| blanks);
    let (way, skip) = if own {
        (way, (first_blanks, last_blanks))
    } else {
        (inherited, (inherited.blanks, inherited.blanks))
    };
    Ok(Key { first, last: last.map(|(place, _)| place), skip, way: Way { blanks: false, ..way } })
}

impl Key {
    /// Which bytes of a line compare.
    fn range(&self, line: &str, separator: Option<char>) -> Range<usize> {
        let start = place(line, separator, self.first.0, self.first.1.max(1) - 1, self.skip.0);
        let end = match self.last {
            None => line.len(),
            Some((field, 0)) => field_end(line, separator, field),
            Some((field, char)) => place(line, separator, field, char, self.skip.1),
        };
        start..end.max(start)
    }
}

/// Where a field begins, and so many characters further.
fn place(line: &str, separator: Option<char>, field: usize, characters: usize, skip: bool) -> usize {
    let mut at = field_start(line, separator, field);
    if skip {
        at = line.len() - line[at..].trim_start_matches(BLANKS).len();
    }
    line[at..].char_indices().nth(characters).map_or(line.len(), |(more, _)| at + more)
}

fn field_start(line: &str, separator: Option<char>, field: usize) -> usize {
    if field == 1 {
        return 0;
    }
    let end = field_end(line, separator, field - 1);
    match separator {
        Some(separator) if end < line.len() => end + separator.len_utf8(),
        _ => end,
    }
}

/// Blanks before a field belong to it, unless a separator is given.
fn field_end(line: &str, separator: Option<char>, field: usize) -> usize {
    if let Some(separator) = separator {
        return line.match_indices(separator).nth(field - 1).map_or(line.len(), |(at, _)| at);
    }
    let mut at = 0;
    for _ in 0..field {
        let rest = &line[at..];
        let begins = rest.find(|c| !BLANKS.contains(&c)).unwrap_or(rest.len());
        let length = rest[begins..].find(BLANKS).unwrap_or(rest.len() - begins);
        at += begins + length;
        if at == line.len() {
            break;
        }
    }
    at
}

struct Keyed {
    line: Line,
    keys: Vec<Range<usize>>,
}

impl Stage for Sort {
    fn apply<'a>(&'a self, flow: Flow<'a>, running: &'a Running<'a>) -> Result<Flow<'a>, FilterFault> {
        let budget = &running.budget;
        let (mut lines, columns) = flow.into_lines(budget)?;
        // Cells stand between tabs in a row's line.
        let separator = self.separator.or(columns.is_some().then_some('\t'));
        let mut keyed = Vec::new();
        while let Some(mut line) = lines.next_line(budget)? {
            line.ended = true;
            let keys: Vec<Range<usize>> =
                self.keys.iter().map(|key| key.range(&line.text, separator)).collect();
            budget.hold(line.weight() + size_of_val(keys.as_slice()) + size_of::<Keyed>())?;
            budget.text(line.text.len().saturating_mul(1 + keys.len()))?;
            keyed.push(Keyed { line, keys });
        }
        // Comparing cannot be interrupted, so it is counted beforehand.
        budget.step((keyed.len() as u64).saturating_mul(u64::from(keyed.len().max(1).ilog2())))?;
        keyed.sort_by(|a, b| self.compare(a, b));
        if self.unique {
            keyed.dedup_by(|b, a| self.by_keys(a, b).is_eq());
        }
        let lines: Vec<Line> = keyed.into_iter().map(|keyed| keyed.line).collect();
        Ok(Flow::Lines(Box::new(lines.into_iter()), columns))
    }
}

impl Sort {
    fn by_keys(&self, a: &Keyed, b: &Keyed) -> Ordering {
        if self.keys.is_empty() {
            return self.way.compare(&a.line.text, &b.line.text);
        }
        let pairs = self.keys.iter().zip(a.keys.iter().zip(&b.keys));
        pairs
            .map(|(key, (one, other))| {
                key.way.compare(&a.line.text[one.clone()], &b.line.text[other.clone()])
            })
            .find(|ordering| ordering.is_ne())
            .unwrap_or(Ordering::Equal)
    }

    /// What is equal by its keys is ordered by the whole line at last.
    fn compare(&self, a: &Keyed, b: &Keyed) -> Ordering {
        let by_keys = self.by_keys(a, b);
        if by_keys.is_ne() || self.stable || self.unique {
            return by_keys;
        }
        let whole = a.line.text.cmp(&b.line.text);
        if self.way.reverse { whole.reverse() } else { whole }
    }
}
