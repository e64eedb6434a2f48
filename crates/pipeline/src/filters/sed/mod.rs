//! `sed`: substitutions, and lines chosen by address.

mod script;

use crate::budget::Budget;
use crate::fault::FilterFault;
use crate::filter::{Spec, Stage};
use crate::flow::{Flow, Line, Lines, Running, Stream};
use crate::options::{Given, flag, with};
use script::{Act, Address, Command, Piece, Substitution};

pub(super) const SPEC: Spec = Spec {
    name: "sed",
    usage: "[-n] [-E] <script>",
    summary: "substitutes (`s/a/b/g`), deletes (`/a/d`) and picks (`-n 2,5p`) lines",
    options: &[
        flag('n', "quiet", "gives only what `p` asks for"),
        flag('E', "regexp-extended", "patterns are written `(a|b)+`, not `\\(a\\|b\\)\\+`"),
        flag('r', "extended", "as -E"),
        with('e', "expression", "script", "a script; may be given several times"),
    ],
    refused: &[
        ("-i", "there are no files to change"),
        ("-f", "there are no files to read a script from"),
        ("-s", "there are no files"),
        ("-z", "lines end with a line feed here"),
    ],
    number: None,
    plain: false,
    examples: &[
        "… | sed 's/^arn:aws:[^:]*:://'",
        "… | sed -n '2,5p'",
        "… | sed -E '/^$/d; s/(web)-([0-9]+)/\\2 \\1/'",
    ],
    read,
};

#[derive(Debug)]
struct Sed {
    quiet: bool,
    commands: Vec<Command>,
}

fn read(given: &Given) -> Result<Box<dyn Stage>, FilterFault> {
    let mut scripts: Vec<&str> = given.values("expression").collect();
    if scripts.is_empty() {
        scripts.push(given.operands.first().ok_or_else(|| given.usage("a script is missing: `s/a/b/`"))?);
        given.at_most(1)?;
    } else {
        given.at_most(0)?;
    }
    let extended = given.has("regexp-extended") || given.has("extended");
    let commands = script::read(&scripts.join("\n"), extended)?;
    Ok(Box::new(Sed { quiet: given.has("quiet"), commands }))
}

impl Stage for Sed {
    fn apply<'a>(&'a self, flow: Flow<'a>, running: &'a Running<'a>) -> Result<Flow<'a>, FilterFault> {
        let lines = flow.into_plain_lines(&running.budget)?;
        let edited = Edited {
            sed: self,
            lines,
            next: None,
            started: false,
            number: 0,
            ranges: vec![Range::Waiting; self.commands.len()],
            ready: Vec::new().into_iter(),
            over: false,
        };
        Ok(Flow::lines(edited))
    }
}

/// Whether a command with two addresses is between them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Range {
    Waiting,
    /// Up to that line if it is a number, else up to one that matches.
    Inside,
    /// A range of numbers that was left does not begin again.
    Done,
}

struct Edited<'a> {
    sed: &'a Sed,
    lines: Stream<'a>,
    /// One line ahead, so that the last is known.
    next: Option<Line>,
    started: bool,
    number: usize,
    ranges: Vec<Range>,
    ready: std::vec::IntoIter<Line>,
    over: bool,
}

impl Lines for Edited<'_> {
    fn next_line(&mut self, budget: &Budget<'_>) -> Result<Option<Line>, FilterFault> {
        loop {
            if let Some(line) = self.ready.next() {
                return Ok(Some(line));
            }
            if self.over {
                return Ok(None);
            }
            if !self.started {
                self.started = true;
                self.next = self.lines.next_line(budget)?;
            }
            let Some(line) = self.next.take() else {
                self.over = true;
                continue;
            };
            self.next = self.lines.next_line(budget)?;
            self.number += 1;
            self.ready = self.edit(line, budget)?.into_iter();
        }
    }
}

impl Edited<'_> {
    /// The lines that come of one.
    fn edit(&mut self, mut line: Line, budget: &Budget<'_>) -> Result<Vec<Line>, FilterFault> {
        let mut out = Vec::new();
        let ended = line.ended;
        let mut deleted = false;
        for (index, command) in self.sed.commands.iter().enumerate() {
            budget.step(1)?;
            if self.applies(index, command, &line.text, budget)? == command.negated {
                continue;
            }
            match &command.act {
                Act::Delete => deleted = true,
                Act::Print => out.push(Line::new(line.text.clone())),
                Act::Number => out.push(Line::new(self.number.to_string())),
                Act::Quit => self.over = true,
                Act::Substitute(substitution) => {
                    if let Some(text) = substituted(substitution, &line.text, budget)? {
                        line.text = text;
                        if substitution.print {
                            out.push(Line::new(line.text.clone()));
                        }
                    }
                }
            }
            if deleted || self.over {
                break;
            }
        }
        if !deleted && !self.sed.quiet {
            out.push(Line { text: line.text, ended: true, row: None });
        }
        if let Some(last) = out.last_mut() {
            last.ended = ended;
        }
        Ok(out)
    }

    fn matches(&self, address: &Address, text: &str, budget: &Budget<'_>) -> Result<bool, FilterFault> {
        match address {
            Address::Line(number) => Ok(*number == self.number),
            Address::Last => Ok(self.next.is_none()),
            Address::Pattern(pattern) => pattern.is_match(text, budget),
            Address::Step { first, step } => {
                let behind = self.number.checked_sub(*first);
                Ok(behind.is_some_and(
                    |behind| if *step == 0 { behind == 0 } else { behind.is_multiple_of(*step) },
                ))
            }
        }
    }

    fn applies(
        &mut self,
        index: usize,
        command: &Command,
        text: &str,
        budget: &Budget<'_>,
    ) -> Result<bool, FilterFault> {
        let Some(first) = &command.first else { return Ok(true) };
        let Some(last) = &command.last else { return self.matches(first, text, budget) };
        let begins = match self.ranges[index] {
            Range::Inside => false,
            Range::Done => return Ok(false),
            Range::Waiting => {
                if !self.matches(first, text, budget)? {
                    return Ok(false);
                }
                true
            }
        };
        let ends = match last {
            Address::Line(number) => *number <= self.number,
            // What begins a range is not held against the pattern that ends it.
            Address::Pattern(_) if begins => false,
            last => self.matches(last, text, budget)?,
        };
        let once = matches!(first, Address::Line(_));
        self.ranges[index] = match (ends, once) {
            (false, _) => Range::Inside,
            (true, true) => Range::Done,
            (true, false) => Range::Waiting,
        };
        // Past its end by number, a range that was entered before is one line longer than meant.
        let past = !begins && matches!(last, Address::Line(number) if *number < self.number);
        Ok(!past)
    }
}

/// The text with the substitution made; `None` if nothing matched.
fn substituted(
    substitution: &Substitution,
    text: &str,
    budget: &Budget<'_>,
) -> Result<Option<String>, FilterFault> {
    let mut out = String::new();
    let (mut copied, mut at, mut found, mut changed) = (0, 0, 0, false);
    let mut last_end = None;
    while at <= text.len() {
        let Some(groups) = substitution.pattern.captures_at(text, at, budget)? else { break };
        let Some(whole) = groups.get(0) else { break };
        let step = text[whole.end()..].chars().next().map_or(1, char::len_utf8);
        // Nothing is found right behind what was found.
        if whole.is_empty() && last_end == Some(whole.start()) {
            at = whole.end() + step;
            continue;
        }
        found += 1;
        last_end = Some(whole.end());
        if found >= substitution.nth {
            changed = true;
            out.push_str(&text[copied..whole.start()]);
            for piece in &substitution.replacement {
                match piece {
                    Piece::Text(text) => out.push_str(text),
                    Piece::Group(number) => {
                        out.push_str(groups.get(*number).map_or("", |group| group.as_str()))
                    }
                }
            }
            copied = whole.end();
            budget.within(out.len())?;
            if !substitution.global {
                break;
            }
        }
        at = if whole.is_empty() { whole.end() + step } else { whole.end() };
    }
    if !changed {
        return Ok(None);
    }
    out.push_str(&text[copied..]);
    budget.text(out.len())?;
    Ok(Some(out))
}
