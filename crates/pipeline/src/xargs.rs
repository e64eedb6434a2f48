//! `xargs`: calls made of what flows by.
//!
//! It is no filter: each call is a line of its own, which whoever runs the pipeline understands, authorises and runs, and
//! whose answers flow on. Unlike GNU's, it makes no call at all where nothing flows by.

use crate::fault::FilterFault;
use crate::limits::{MAX_EXPANDED, MAX_WORDS, MAX_XARGS_CALLS};
use crate::options::{Given, Opt, Syntax, flag, with};

const NAME: &str = "xargs";

const OPTIONS: [Opt; 6] = [
    with('n', "max-args", "count", "that many arguments a call"),
    with('I', "replace", "text", "one call a line, in which this text stands for the line: `-I {}`"),
    with('L', "max-lines", "count", "that many lines a call"),
    with('d', "delimiter", "char", "what stands between arguments, instead of blanks and quotes"),
    with('P', "max-procs", "count", "counts for nothing: calls run side by side as limits allow"),
    flag('r', "no-run-if-empty", "as without it: nothing makes no call"),
];

const REFUSED: [(&str, &str); 5] = [
    ("-0", "use `-d '\\0'`, or leave it out"),
    ("-a", "there are no files"),
    ("-p", "writes are confirmed as one list by themselves"),
    ("-t", "each call is shown by itself"),
    ("-s", "the length of a call is bounded by itself"),
];

/// How calls are made of what flows by.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Xargs {
    /// The words of the call.
    command: Vec<String>,
    /// The text in them that a line stands for.
    replace: Option<String>,
    /// The most arguments of one call.
    arguments: Option<usize>,
    /// The most lines of one call.
    lines: Option<usize>,
    delimiter: Option<char>,
}

impl Xargs {
    /// Reads the words of a stage, of which the first is `xargs`. Options end where the command begins.
    pub(crate) fn parse(words: &[String]) -> Result<Xargs, FilterFault> {
        let syntax =
            Syntax { filter: NAME, options: &OPTIONS, refused: &REFUSED, number: None, plain: false };
        let rest = words.get(1..).unwrap_or_default();
        let begins = command_begins(rest);
        let given = Given::read(&syntax, &rest[..begins])?;
        let command: Vec<String> = rest[begins..].to_vec();
        if command.is_empty() {
            return Err(given.usage("a command is missing: `xargs ec2 describe-instances --instance-ids`"));
        }
        let at_least_one = |count: Option<usize>| match count {
            Some(0) => Err(given.usage("a call has at least one argument")),
            count => Ok(count),
        };
        let delimiter = match given.value("delimiter") {
            None => None,
            Some("\\n") => Some('\n'),
            Some("\\t") => Some('\t'),
            Some("\\0") => Some('\0'),
            Some(text) => {
                let mut characters = text.chars();
                let one = characters.next().filter(|_| characters.next().is_none());
                Some(one.ok_or_else(|| given.usage("`-d` takes one character"))?)
            }
        };
        let replace = given.value("replace").map(str::to_owned);
        if replace.as_deref() == Some("") {
            return Err(given.usage("`-I` needs a text that stands in the command: `-I {}`"));
        }
        if let Some(replace) =
            replace.as_ref().filter(|replace| !command.iter().any(|word| word.contains(*replace)))
        {
            return Err(given.usage(format!("`{replace}` stands nowhere in the command")));
        }
        let (arguments, lines) =
            (at_least_one(given.number("max-args")?)?, at_least_one(given.number("max-lines")?)?);
        Ok(Xargs { command, replace, arguments, lines, delimiter })
    }

    /// The words of the call, without arguments.
    pub fn command(&self) -> &[String] {
        &self.command
    }

    /// The words of each call that a text makes; none of an empty one.
    ///
    /// # Errors
    ///
    /// More than [`MAX_XARGS_CALLS`] calls, more words or bytes than a call may have, a quote that is not closed.
    pub fn calls(&self, text: &str) -> Result<Vec<Vec<String>>, FilterFault> {
        let mut calls = Calls { xargs: self, made: Vec::new(), call: Vec::new(), lines: 0 };
        if let Some(replace) = &self.replace {
            let ends = self.delimiter.unwrap_or('\n');
            for line in text.split(ends).map(str::trim_start).filter(|line| !line.is_empty()) {
                let words = self.command.iter().map(|word| replaced(word, replace, line));
                calls.push(words.collect::<Result<_, _>>()?)?;
            }
            return Ok(calls.made);
        }
        match self.delimiter {
            Some(delimiter) => {
                let text = text.strip_suffix('\n').unwrap_or(text);
                if !text.is_empty() {
                    text.split(delimiter).try_for_each(|argument| calls.add(argument.to_owned()))?;
                }
            }
            None => {
                for line in text.lines() {
                    let arguments = arguments(line)?;
                    let any = !arguments.is_empty();
                    arguments.into_iter().try_for_each(|argument| calls.add(argument))?;
                    if any {
                        calls.end_line()?;
                    }
                }
            }
        }
        calls.flush()?;
        Ok(calls.made)
    }
}

/// How a stage of `xargs` begins its command.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Begun {
    /// Which of its words is the command's first.
    pub at: usize,
    /// Whether what flows by stands in the command's words, by `-I`, and not behind them.
    pub replaces: bool,
    /// Whether a call takes one argument, by `-n 1`.
    pub single: bool,
}

impl Begun {
    /// Reads the first words of a stage; `None` for another stage, and where its options cannot be read.
    pub fn read(words: &[String]) -> Option<Begun> {
        let rest = words.strip_prefix(&[NAME.to_owned()])?;
        let begins = command_begins(rest);
        if begins >= rest.len() {
            return None;
        }
        let syntax =
            Syntax { filter: NAME, options: &OPTIONS, refused: &REFUSED, number: None, plain: false };
        let given = Given::read(&syntax, &rest[..begins]).ok()?;
        let single = given.number("max-args").ok()? == Some(1);
        Some(Begun { at: begins + 1, replaces: given.value("replace").is_some(), single })
    }
}

/// Where options end: behind `--`, or at the first word that is no option and no option's value.
fn command_begins(words: &[String]) -> usize {
    let mut at = 0;
    while let Some(word) = words.get(at) {
        if word == "--" {
            return at + 1;
        }
        if !word.starts_with('-') || word == "-" {
            return at;
        }
        let takes_value = match word.strip_prefix("--") {
            Some(name) => OPTIONS.iter().any(|option| option.long == name && option.value.is_some()),
            None => {
                let last = word.chars().last();
                let letters = word.chars().count() == 2 || word[1..].starts_with('r');
                letters && OPTIONS.iter().any(|option| option.short == last && option.value.is_some())
            }
        };
        at += if takes_value { 2 } else { 1 };
    }
    words.len()
}

fn fault(reason: impl Into<String>) -> FilterFault {
    FilterFault::usage(NAME, reason)
}

fn replaced(word: &str, replace: &str, line: &str) -> Result<String, FilterFault> {
    let times = word.matches(replace).count();
    if word.len().saturating_add(times.saturating_mul(line.len())) > MAX_EXPANDED {
        return Err(fault(format!("a call has more than {MAX_EXPANDED} bytes")));
    }
    Ok(word.replace(replace, line))
}

/// The arguments in a line: between blanks, with quotes and backslashes.
fn arguments(line: &str) -> Result<Vec<String>, FilterFault> {
    let mut arguments = Vec::new();
    let mut open: Option<String> = None;
    let mut characters = line.chars();
    while let Some(c) = characters.next() {
        match c {
            c if c.is_whitespace() => arguments.extend(open.take()),
            '\\' => open.get_or_insert_default().extend(characters.next()),
            '"' | '\'' => {
                let (inside, rest) = characters.as_str().split_once(c).ok_or_else(|| {
                    fault(format!(
                        "the quote {c} is not closed in what flows to it; `-d '\\n'` takes quotes as text"
                    ))
                })?;
                open.get_or_insert_default().push_str(inside);
                characters = rest.chars();
            }
            c => open.get_or_insert_default().push(c),
        }
    }
    arguments.extend(open);
    Ok(arguments)
}

struct Calls<'a> {
    xargs: &'a Xargs,
    made: Vec<Vec<String>>,
    /// Arguments of the call in the making.
    call: Vec<String>,
    lines: usize,
}

impl Calls<'_> {
    fn add(&mut self, argument: String) -> Result<(), FilterFault> {
        self.call.push(argument);
        if self.xargs.arguments.is_some_and(|most| self.call.len() >= most) { self.flush() } else { Ok(()) }
    }

    fn end_line(&mut self) -> Result<(), FilterFault> {
        self.lines += 1;
        if self.xargs.lines.is_some_and(|most| self.lines >= most) { self.flush() } else { Ok(()) }
    }

    fn flush(&mut self) -> Result<(), FilterFault> {
        self.lines = 0;
        if self.call.is_empty() {
            return Ok(());
        }
        let mut words = self.xargs.command.clone();
        words.append(&mut self.call);
        self.push(words)
    }

    fn push(&mut self, words: Vec<String>) -> Result<(), FilterFault> {
        if self.made.len() == MAX_XARGS_CALLS {
            return Err(fault(format!(
                "it would make more than {MAX_XARGS_CALLS} calls: narrow what flows to it"
            )));
        }
        if words.len() > MAX_WORDS || words.iter().map(String::len).sum::<usize>() > MAX_EXPANDED {
            return Err(fault("a call has too many arguments: `-n 50` makes several calls"));
        }
        self.made.push(words);
        Ok(())
    }
}

/// The page of `xargs`.
pub fn help() -> String {
    let mut page = "xargs: makes calls of what flows by, each authorised by itself\n\n  … | xargs [options] <command>\n\nOptions:\n".to_owned();
    for option in &OPTIONS {
        let letter = option.short.unwrap_or(' ');
        let value = option.value.map_or(String::new(), |value| format!(" <{value}>"));
        page.push_str(&format!("  -{letter}, --{}{value}  {}\n", option.long, option.help));
    }
    page.push_str("\nExamples:\n  … | jq -r '.[].InstanceId' | xargs ec2 stop-instances --instance-ids\n");
    page.push_str("  … | xargs -I {} s3api get-bucket-location --bucket {}\n");
    page
}
