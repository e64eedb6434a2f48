//! `grep`: lines that match.

use std::collections::VecDeque;

use crate::budget::Budget;
use crate::fault::FilterFault;
use crate::filter::{Spec, Stage};
use crate::flow::{Flow, Line, Lines, Running, Stream};
use crate::options::{Given, flag, with};
use crate::pattern::{Flavor, Pattern};

pub(super) const SPEC: Spec = Spec {
    name: "grep",
    usage: "[options] <pattern>",
    summary: "keeps the lines that match a pattern; without any it counts as a failure for `&&`",
    options: &[
        flag('i', "ignore-case", "lower and upper case are the same"),
        flag('v', "invert-match", "keeps the lines that do not match"),
        flag('c', "count", "gives only the number of lines"),
        flag('n', "line-number", "numbers the lines"),
        flag('o', "only-matching", "gives only what matched, one match a line"),
        flag('w', "word-regexp", "matches whole words only"),
        flag('x', "line-regexp", "matches whole lines only"),
        flag('F', "fixed-strings", "the pattern is plain text"),
        flag('E', "extended-regexp", "the pattern is written `(a|b)+`, not `\\(a\\|b\\)\\+`"),
        flag('G', "basic-regexp", "the pattern is a basic one, as without an option"),
        flag(
            'P',
            "perl-regexp",
            "the pattern is written as in Perl: `\\d+`, lazy repetition; no looking around",
        ),
        flag('q', "quiet", "gives nothing, and only succeeds or fails"),
        with('A', "after-context", "lines", "keeps lines behind each match"),
        with('B', "before-context", "lines", "keeps lines before each match"),
        with('C', "context", "lines", "keeps lines around each match; `-3` is `-C 3`"),
        with('m', "max-count", "lines", "stops behind that many matching lines"),
        with('e', "regexp", "pattern", "a pattern; may be given several times"),
    ],
    refused: &[
        ("-r", FILES),
        ("-R", FILES),
        ("-l", FILES),
        ("-L", FILES),
        ("-f", FILES),
        ("-H", FILES),
        ("-h", FILES),
        ("-z", "lines end with a line feed here"),
        ("--color", "chat shows no colours"),
    ],
    number: Some("context"),
    plain: false,
    examples: &["ec2 describe-vpcs | grep -i vpcid", "logs my-group 1h | grep -E -C2 'error|timeout'"],
    read,
};

const FILES: &str = "there are no files, a filter reads what stands before its `|`";

#[derive(Debug)]
struct Grep {
    pattern: Pattern,
    invert: bool,
    show: Show,
    number: bool,
    before: usize,
    after: usize,
    most: Option<usize>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Show {
    Lines,
    Matches,
    Count,
    Nothing,
}

fn read(given: &Given) -> Result<Box<dyn Stage>, FilterFault> {
    let mut patterns: Vec<&str> = given.values("regexp").collect();
    if patterns.is_empty() {
        let pattern = given.operands.first().ok_or_else(|| given.usage("a pattern is missing"))?;
        patterns.push(pattern);
        given.at_most(1)?;
    } else {
        given.at_most(0)?;
    }
    let around = given.number("context")?.unwrap_or(0);
    let show = if given.has("quiet") {
        Show::Nothing
    } else if given.has("count") {
        Show::Count
    } else if given.has("only-matching") {
        Show::Matches
    } else {
        Show::Lines
    };
    let lines = show == Show::Lines;
    Ok(Box::new(Grep {
        pattern: pattern(given, &patterns)?,
        invert: given.has("invert-match"),
        show,
        number: given.has("line-number"),
        before: if lines { given.number("before-context")?.unwrap_or(around) } else { 0 },
        after: if lines { given.number("after-context")?.unwrap_or(around) } else { 0 },
        most: given.number("max-count")?,
    }))
}

/// Every line of every pattern is an alternative.
fn pattern(given: &Given, patterns: &[&str]) -> Result<Pattern, FilterFault> {
    let flavor = given.in_order().fold(Flavor::Basic, |flavor, (option, _)| match option {
        "fixed-strings" => Flavor::Fixed,
        "extended-regexp" => Flavor::Extended,
        "basic-regexp" => Flavor::Basic,
        "perl-regexp" => Flavor::Modern,
        _ => flavor,
    });
    let mut alternatives = Vec::new();
    for pattern in patterns.iter().flat_map(|patterns| patterns.split('\n')) {
        let translated = Pattern::translated(SPEC.name, pattern, flavor)?;
        alternatives.push(format!("(?:{translated})"));
    }
    let joined = alternatives.join("|");
    let whole = if given.has("line-regexp") {
        format!("^(?:{joined})$")
    } else if given.has("word-regexp") {
        format!(r"\b{{start-half}}(?:{joined})\b{{end-half}}")
    } else {
        joined
    };
    Pattern::compiled(SPEC.name, &whole, |builder| {
        builder.case_insensitive(given.has("ignore-case"));
    })
}

impl Stage for Grep {
    fn apply<'a>(&'a self, flow: Flow<'a>, running: &'a Running<'a>) -> Result<Flow<'a>, FilterFault> {
        let (lines, columns) = flow.into_lines(&running.budget)?;
        let keeps = self.show == Show::Lines && !self.number && self.before + self.after == 0;
        let last = running.last.get();
        if last {
            running.success.set(false);
        }
        let found = Found {
            grep: self,
            lines,
            running,
            last,
            number: 0,
            found: 0,
            ready: VecDeque::new(),
            before: VecDeque::new(),
            after: 0,
            printed: 0,
            over: false,
        };
        Ok(Flow::Lines(Box::new(found), columns.filter(|_| keeps)))
    }
}

/// Lines that were found, and those around them.
struct Found<'a> {
    grep: &'a Grep,
    lines: Stream<'a>,
    running: &'a Running<'a>,
    /// Whether success is told by this stage.
    last: bool,
    /// How many lines were read.
    number: usize,
    /// How many of them were found.
    found: usize,
    ready: VecDeque<Line>,
    /// Lines before, with their numbers, that the next found line may want.
    before: VecDeque<(usize, Line)>,
    /// How many lines are still wanted behind the last found one.
    after: usize,
    /// The number of the last line that was given.
    printed: usize,
    over: bool,
}

impl Lines for Found<'_> {
    fn next_line(&mut self, budget: &Budget<'_>) -> Result<Option<Line>, FilterFault> {
        loop {
            if let Some(line) = self.ready.pop_front() {
                return Ok(Some(line));
            }
            if self.over {
                return Ok(None);
            }
            let done = self.grep.most.is_some_and(|most| self.found >= most);
            let next = if done && self.after == 0 { None } else { self.lines.next_line(budget)? };
            match next {
                Some(line) => self.see(line, done, budget)?,
                None => {
                    self.over = true;
                    if self.grep.show == Show::Count {
                        self.ready.push_back(Line::new(self.found.to_string()));
                    }
                }
            }
        }
    }
}

impl Found<'_> {
    /// `done`: enough was found, and only lines behind the last are wanted.
    fn see(&mut self, line: Line, done: bool, budget: &Budget<'_>) -> Result<(), FilterFault> {
        self.number += 1;
        if done || self.grep.pattern.is_match(&line.text, budget)? == self.grep.invert {
            self.around(line, budget)
        } else {
            self.matched(line, budget)
        }
    }

    fn matched(&mut self, line: Line, budget: &Budget<'_>) -> Result<(), FilterFault> {
        self.found += 1;
        if self.last {
            self.running.success.set(true);
        }
        match self.grep.show {
            Show::Count => {}
            Show::Nothing => self.over = true,
            Show::Matches => self.matches(&line.text, budget)?,
            Show::Lines => {
                let first = self.number - self.before.len();
                if self.printed > 0 && first > self.printed + 1 && self.grep.before + self.grep.after > 0 {
                    self.ready.push_back(Line::new("--"));
                }
                for (number, line) in std::mem::take(&mut self.before) {
                    self.give(number, line, '-');
                }
                self.give(self.number, line, ':');
                self.after = self.grep.after;
            }
        }
        Ok(())
    }

    fn around(&mut self, line: Line, budget: &Budget<'_>) -> Result<(), FilterFault> {
        if self.after > 0 {
            self.after -= 1;
            self.give(self.number, line, '-');
        } else if self.grep.before > 0 {
            if self.before.len() == self.grep.before {
                self.before.pop_front();
            } else {
                budget.hold(line.weight())?;
            }
            self.before.push_back((self.number, line));
        }
        Ok(())
    }

    fn give(&mut self, number: usize, mut line: Line, sign: char) {
        self.printed = number;
        if self.grep.number {
            line.text = format!("{number}{sign}{}", line.text);
        }
        line.ended = true;
        self.ready.push_back(line);
    }

    /// Every match that is not empty.
    fn matches(&mut self, text: &str, budget: &Budget<'_>) -> Result<(), FilterFault> {
        let mut at = 0;
        while at <= text.len() && !self.grep.invert {
            let Some((start, end)) = self.grep.pattern.find_at(text, at, budget)? else { break };
            if start == end {
                at = end + text[end..].chars().next().map_or(1, char::len_utf8);
                continue;
            }
            at = end;
            self.give(self.number, Line::new(&text[start..end]), ':');
        }
        Ok(())
    }
}
