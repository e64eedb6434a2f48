//! `head` and `tail`: the first or last lines.

use std::collections::VecDeque;

use crate::budget::Budget;
use crate::fault::FilterFault;
use crate::filter::{Spec, Stage};
use crate::flow::{Flow, Line, Lines, Running, Stream};
use crate::options::{Given, with};

pub(super) const HEAD: Spec = Spec {
    name: "head",
    usage: "[-n <lines>] [-c <bytes>]",
    summary: "keeps the first lines, ten if nothing else is said",
    options: &[
        with('n', "lines", "count", "how many; `-n -5` is all but the last five, `-5` is `-n 5`"),
        with('c', "bytes", "count", "that many bytes instead"),
    ],
    refused: &[
        ("-q", "there are no files"),
        ("-v", "there are no files"),
        ("-z", "lines end with a line feed here"),
    ],
    number: Some("lines"),
    plain: false,
    examples: &["ec2 describe-instances | jq -r '.Reservations[].Instances[].InstanceId' | head -5"],
    read: read_head,
};

pub(super) const TAIL: Spec = Spec {
    name: "tail",
    usage: "[-n <lines>] [+<line>]",
    summary: "keeps the last lines, ten if nothing else is said",
    options: &[
        with('n', "lines", "count", "how many; `-n +5` is all from the fifth on, `-5` is `-n 5`"),
        with('c', "bytes", "count", "that many bytes instead"),
    ],
    refused: &[("-f", "use `logs tail`"), ("-F", "use `logs tail`"), ("-q", "there are no files")],
    number: Some("lines"),
    plain: false,
    examples: &["ec2 console web-1 | tail -20", "s3 ls | sort | tail -n +2"],
    read: read_tail,
};

/// Which part of what flows by.
#[derive(Debug, Clone, Copy)]
enum Part {
    First(usize),
    AllButLast(usize),
    Last(usize),
    /// From that line on, counted from 1.
    From(usize),
}

#[derive(Debug)]
struct Cut {
    part: Part,
    bytes: bool,
}

fn read_head(given: &Given) -> Result<Box<dyn Stage>, FilterFault> {
    given.at_most(0)?;
    let (count, bytes) = count(given).unwrap_or(("10", false));
    let part = match count.strip_prefix('-') {
        Some(count) => Part::AllButLast(given.as_number("-n", count)?),
        None => Part::First(given.as_number("-n", count)?),
    };
    Ok(Box::new(Cut { part, bytes }))
}

fn read_tail(given: &Given) -> Result<Box<dyn Stage>, FilterFault> {
    let first = given.operands.first().filter(|word| word.starts_with('+'));
    given.at_most(usize::from(first.is_some()))?;
    let (count, bytes) = count(given).or(first.map(|word| (word.as_str(), false))).unwrap_or(("10", false));
    let part = match count.strip_prefix('+') {
        Some(count) => Part::From(given.as_number("-n", count)?),
        None => Part::Last(given.as_number("-n", count.strip_prefix('-').unwrap_or(count))?),
    };
    Ok(Box::new(Cut { part, bytes }))
}

/// What was said last of lines and bytes.
fn count(given: &Given) -> Option<(&str, bool)> {
    let (option, value) = given.in_order().last()?;
    Some((value?, option == "bytes"))
}

impl Stage for Cut {
    fn apply<'a>(&'a self, flow: Flow<'a>, running: &'a Running<'a>) -> Result<Flow<'a>, FilterFault> {
        if self.bytes {
            let text = flow.into_text(&running.budget)?;
            return Ok(Flow::Whole(crate::Data::text(self.bytes(&text))));
        }
        let (lines, columns) = flow.into_lines(&running.budget)?;
        let part = Passing { part: self.part, lines, seen: 0, kept: VecDeque::new(), read: false };
        Ok(Flow::Lines(Box::new(part), columns))
    }
}

impl Cut {
    /// A part of a text; a character that would be cut through is left out.
    fn bytes<'t>(&self, text: &'t str) -> &'t str {
        let down = |mut at: usize| {
            while !text.is_char_boundary(at) {
                at -= 1;
            }
            at
        };
        let up = |mut at: usize| {
            while !text.is_char_boundary(at) {
                at += 1;
            }
            at
        };
        let length = text.len();
        match self.part {
            Part::First(count) => &text[..down(count.min(length))],
            Part::AllButLast(count) => &text[..down(length.saturating_sub(count))],
            Part::Last(count) => &text[up(length.saturating_sub(count))..],
            Part::From(count) => &text[up(count.saturating_sub(1).min(length))..],
        }
    }
}

struct Passing<'a> {
    part: Part,
    lines: Stream<'a>,
    seen: usize,
    kept: VecDeque<Line>,
    /// Whether all lines were read.
    read: bool,
}

impl Lines for Passing<'_> {
    fn next_line(&mut self, budget: &Budget<'_>) -> Result<Option<Line>, FilterFault> {
        match self.part {
            Part::First(count) if self.seen == count => Ok(None),
            Part::First(_) => {
                self.seen += 1;
                self.lines.next_line(budget)
            }
            Part::From(first) => {
                while self.seen + 1 < first {
                    self.seen += 1;
                    if self.lines.next_line(budget)?.is_none() {
                        return Ok(None);
                    }
                }
                self.lines.next_line(budget)
            }
            Part::AllButLast(count) => self.delayed(count, budget),
            Part::Last(count) => {
                if !self.read {
                    self.read = true;
                    self.keep_last(count, budget)?;
                }
                Ok(self.kept.pop_front())
            }
        }
    }
}

impl Passing<'_> {
    fn delayed(&mut self, count: usize, budget: &Budget<'_>) -> Result<Option<Line>, FilterFault> {
        while let Some(line) = self.lines.next_line(budget)? {
            if self.kept.len() < count {
                budget.hold(line.weight())?;
            }
            self.kept.push_back(line);
            if self.kept.len() > count {
                return Ok(self.kept.pop_front());
            }
        }
        Ok(None)
    }

    fn keep_last(&mut self, count: usize, budget: &Budget<'_>) -> Result<(), FilterFault> {
        let mut bytes = 0;
        while let Some(line) = self.lines.next_line(budget)? {
            bytes += line.weight();
            self.kept.push_back(line);
            if self.kept.len() > count {
                bytes -= self.kept.pop_front().map_or(0, |line| line.weight());
            }
            budget.within(bytes)?;
        }
        Ok(())
    }
}
