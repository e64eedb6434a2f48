//! `rev`, `tac`, `nl` and `paste`: each a few lines.

use crate::budget::Budget;
use crate::data::Data;
use crate::fault::FilterFault;
use crate::filter::{Spec, Stage};
use crate::flow::{Flow, Line, Lines, Running, Stream};
use crate::options::{Given, flag, with};

use super::each::each;

pub(super) const REV: Spec = Spec {
    name: "rev",
    usage: "",
    summary: "turns the characters of each line round",
    options: &[],
    refused: &[],
    number: None,
    plain: false,
    examples: &["… | rev | cut -d / -f 1 | rev"],
    read: |given| given.at_most(0).map(|()| Box::new(Rev) as Box<dyn Stage>),
};

pub(super) const TAC: Spec = Spec {
    name: "tac",
    usage: "",
    summary: "gives the last line first",
    options: &[],
    refused: &[],
    number: None,
    plain: false,
    examples: &["ec2 console web-1 | tac | head -5"],
    read: |given| given.at_most(0).map(|()| Box::new(Tac) as Box<dyn Stage>),
};

pub(super) const NL: Spec = Spec {
    name: "nl",
    usage: "[-b a]",
    summary: "numbers lines that are not empty",
    options: &[with('b', "body-numbering", "a|t", "`a` numbers empty lines too")],
    refused: &[],
    number: None,
    plain: false,
    examples: &["ec2 console web-1 | nl"],
    read: read_nl,
};

pub(super) const PASTE: Spec = Spec {
    name: "paste",
    usage: "[-s] [-d <chars>] [-]…",
    summary: "joins lines: all into one with -s, or as many as there are `-`",
    options: &[
        flag('s', "serial", "joins all lines into one"),
        with('d', "delimiters", "chars", "what is put between them, one after the other, instead of tabs"),
    ],
    refused: &[],
    number: None,
    plain: false,
    examples: &["… | paste -s -d ,", "… | paste - -"],
    read: read_paste,
};

#[derive(Debug)]
struct Rev;

impl Stage for Rev {
    fn apply<'a>(&'a self, flow: Flow<'a>, running: &'a Running<'a>) -> Result<Flow<'a>, FilterFault> {
        each(flow, running, |line| Some(line.chars().rev().collect()))
    }
}

#[derive(Debug)]
struct Tac;

impl Stage for Tac {
    fn apply<'a>(&'a self, flow: Flow<'a>, running: &'a Running<'a>) -> Result<Flow<'a>, FilterFault> {
        let budget = &running.budget;
        let (mut lines, columns) = flow.into_lines(budget)?;
        let mut kept = Vec::new();
        while let Some(mut line) = lines.next_line(budget)? {
            budget.hold(line.weight())?;
            line.ended = true;
            kept.push(line);
        }
        kept.reverse();
        Ok(Flow::Lines(Box::new(kept.into_iter()), columns))
    }
}

#[derive(Debug)]
struct Nl {
    empty: bool,
}

fn read_nl(given: &Given) -> Result<Box<dyn Stage>, FilterFault> {
    given.at_most(0)?;
    match given.value("body-numbering").unwrap_or("t") {
        "a" => Ok(Box::new(Nl { empty: true })),
        "t" => Ok(Box::new(Nl { empty: false })),
        other => Err(given.usage(format!("`-b {other}` is neither `a` nor `t`"))),
    }
}

impl Stage for Nl {
    fn apply<'a>(&'a self, flow: Flow<'a>, running: &'a Running<'a>) -> Result<Flow<'a>, FilterFault> {
        let mut number = 0;
        each(flow, running, move |line| {
            if line.is_empty() && !self.empty {
                return Some("       ".to_owned());
            }
            number += 1;
            Some(format!("{number:>6}\t{line}"))
        })
    }
}

#[derive(Debug)]
struct Paste {
    /// `None` joins everything.
    lines: Option<usize>,
    delimiters: Vec<char>,
}

fn read_paste(given: &Given) -> Result<Box<dyn Stage>, FilterFault> {
    if let Some(other) = given.operands.iter().find(|operand| *operand != "-") {
        return Err(given.usage(format!("`{other}` is no `-`: there are no files here")));
    }
    let delimiters = given.value("delimiters").unwrap_or("\t");
    let delimiters: Vec<char> = delimiters.replace("\\t", "\t").replace("\\n", "\n").chars().collect();
    if given.operands.len() > MAX_JOINED {
        return Err(given.usage(format!("at most {MAX_JOINED} lines become one")));
    }
    let lines = if given.has("serial") { None } else { Some(given.operands.len().max(1)) };
    Ok(Box::new(Paste { lines, delimiters }))
}

/// The most lines that `paste - - …` joins.
const MAX_JOINED: usize = 256;

impl Stage for Paste {
    fn apply<'a>(&'a self, flow: Flow<'a>, running: &'a Running<'a>) -> Result<Flow<'a>, FilterFault> {
        let mut lines = flow.into_plain_lines(&running.budget)?;
        let Some(count) = self.lines else {
            let mut joined = Joined { paste: self, text: String::new(), lines: 0 };
            while let Some(line) = lines.next_line(&running.budget)? {
                joined.push(&line.text);
                running.budget.within(joined.text.len())?;
            }
            return Ok(Flow::Whole(Data::Text(joined.text + "\n")));
        };
        Ok(Flow::lines(Pasted { paste: self, lines, count }))
    }
}

/// A line in the making.
struct Joined<'a> {
    paste: &'a Paste,
    text: String,
    lines: usize,
}

impl Joined<'_> {
    fn push(&mut self, line: &str) {
        let delimiters = &self.paste.delimiters;
        if self.lines > 0 && !delimiters.is_empty() {
            self.text.push(delimiters[(self.lines - 1) % delimiters.len()]);
        }
        self.text.push_str(line);
        self.lines += 1;
    }
}

struct Pasted<'a> {
    paste: &'a Paste,
    lines: Stream<'a>,
    count: usize,
}

impl Lines for Pasted<'_> {
    fn next_line(&mut self, budget: &Budget<'_>) -> Result<Option<Line>, FilterFault> {
        let Some(first) = self.lines.next_line(budget)? else { return Ok(None) };
        let mut joined = Joined { paste: self.paste, text: first.text, lines: 1 };
        for _ in 1..self.count {
            let next = self.lines.next_line(budget)?;
            joined.push(next.as_ref().map_or("", |line| &line.text));
        }
        Ok(Some(Line::new(joined.text)))
    }
}
