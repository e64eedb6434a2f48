//! `uniq`: equal lines beside each other become one.

use crate::budget::Budget;
use crate::fault::FilterFault;
use crate::filter::{Spec, Stage};
use crate::flow::{Flow, Line, Lines, Running, Stream};
use crate::options::{Given, flag, with};

pub(super) const SPEC: Spec = Spec {
    name: "uniq",
    usage: "[options]",
    summary: "makes one of equal lines that stand beside each other; sort before",
    options: &[
        flag('c', "count", "says how many there were"),
        flag('d', "repeated", "keeps only lines that came more than once"),
        flag('u', "unique", "keeps only lines that came once"),
        flag('i', "ignore-case", "lower and upper case are the same"),
        with('f', "skip-fields", "count", "the first fields count for nothing"),
        with('s', "skip-chars", "count", "the first characters count for nothing"),
        with('w', "check-chars", "count", "only that many characters count"),
    ],
    refused: &[("-D", "`sort` shows them"), ("-z", "lines end with a line feed here")],
    number: None,
    plain: false,
    examples: &["… | jq -r '.Reservations[].Instances[].InstanceType' | sort | uniq -c | sort -rn"],
    read,
};

#[derive(Debug)]
struct Uniq {
    count: bool,
    /// How often a line must have come: at least, at most.
    times: (usize, usize),
    fold: bool,
    fields: usize,
    skip: usize,
    check: Option<usize>,
}

fn read(given: &Given) -> Result<Box<dyn Stage>, FilterFault> {
    given.at_most(0)?;
    let least = if given.has("repeated") { 2 } else { 1 };
    let most = if given.has("unique") { 1 } else { usize::MAX };
    Ok(Box::new(Uniq {
        count: given.has("count"),
        times: (least, most),
        fold: given.has("ignore-case"),
        fields: given.number("skip-fields")?.unwrap_or(0),
        skip: given.number("skip-chars")?.unwrap_or(0),
        check: given.number("check-chars")?,
    }))
}

impl Stage for Uniq {
    fn apply<'a>(&'a self, flow: Flow<'a>, running: &'a Running<'a>) -> Result<Flow<'a>, FilterFault> {
        let (lines, columns) = flow.into_lines(&running.budget)?;
        let once = Once { uniq: self, lines, held: None };
        Ok(Flow::Lines(Box::new(once), columns.filter(|_| !self.count)))
    }
}

impl Uniq {
    /// What of a line counts.
    fn part<'t>(&self, line: &'t str) -> &'t str {
        let mut rest = line;
        for _ in 0..self.fields {
            let field = rest.trim_start_matches([' ', '\t']);
            rest = field.find([' ', '\t']).map_or("", |end| &field[end..]);
            if rest.is_empty() {
                break;
            }
        }
        let rest = rest.char_indices().nth(self.skip).map_or("", |(at, _)| &rest[at..]);
        let end = self.check.and_then(|check| rest.char_indices().nth(check));
        end.map_or(rest, |(at, _)| &rest[..at])
    }

    fn equal(&self, a: &str, b: &str) -> bool {
        let (a, b) = (self.part(a), self.part(b));
        if self.fold { a.eq_ignore_ascii_case(b) } else { a == b }
    }
}

struct Once<'a> {
    uniq: &'a Uniq,
    lines: Stream<'a>,
    held: Option<Line>,
}

impl Lines for Once<'_> {
    fn next_line(&mut self, budget: &Budget<'_>) -> Result<Option<Line>, FilterFault> {
        loop {
            let held = match self.held.take() {
                Some(line) => Some(line),
                None => self.lines.next_line(budget)?,
            };
            let Some(mut line) = held else { return Ok(None) };
            let mut times = 1;
            while let Some(next) = self.lines.next_line(budget)? {
                if !self.uniq.equal(&line.text, &next.text) {
                    self.held = Some(next);
                    break;
                }
                times += 1;
            }
            let (least, most) = self.uniq.times;
            if (least..=most).contains(&times) {
                if self.uniq.count {
                    line.text = format!("{times:>7} {}", line.text);
                }
                line.ended = true;
                return Ok(Some(line));
            }
        }
    }
}
