//! `cut`: some fields or characters of each line.

use super::each::each;
use super::sort::separator;
use crate::fault::FilterFault;
use crate::filter::{Spec, Stage};
use crate::flow::{Flow, Running};
use crate::options::{Given, flag, long, long_with, with};

pub(super) const SPEC: Spec = Spec {
    name: "cut",
    usage: "-f <list> [-d <char>] | -c <list>",
    summary: "keeps some fields or characters of each line",
    options: &[
        with('f', "fields", "list", "these fields: `1`, `1,3`, `2-`, `-3`, `2-4`"),
        with('c', "characters", "list", "these characters"),
        with('b', "bytes", "list", "as -c: a character is never cut through"),
        with('d', "delimiter", "char", "what stands between fields, instead of a tab"),
        flag('s', "only-delimited", "leaves out lines without a delimiter"),
        long("complement", "keeps all but these"),
        long_with("output-delimiter", "text", "what is put between the kept fields"),
    ],
    refused: &[("-n", "a character is never cut through"), ("-z", "lines end with a line feed here")],
    number: None,
    plain: false,
    examples: &["ec2 describe-vpcs --output text | cut -f 1,4", "… | cut -d : -f 2-"],
    read,
};

#[derive(Debug)]
struct Cut {
    /// Fields between these; otherwise characters.
    delimiter: Option<char>,
    ranges: Vec<(usize, usize)>,
    complement: bool,
    only_delimited: bool,
    between: Option<String>,
}

fn read(given: &Given) -> Result<Box<dyn Stage>, FilterFault> {
    given.at_most(0)?;
    let lists: Vec<(&str, &str)> = ["fields", "characters", "bytes"]
        .into_iter()
        .filter_map(|option| given.value(option).map(|list| (option, list)))
        .collect();
    let [(option, list)] = lists.as_slice() else {
        return Err(given.usage("one list of fields (-f) or of characters (-c) is needed"));
    };
    let delimiter = match (*option, given.value("delimiter")) {
        ("fields", Some(text)) => Some(separator(given, text)?),
        ("fields", None) => Some('\t'),
        (_, None) => None,
        (_, Some(_)) => return Err(given.usage("a delimiter goes with fields (-f)")),
    };
    let ranges: Option<Vec<(usize, usize)>> =
        list.split([',', ' ']).filter(|range| !range.is_empty()).map(range).collect();
    Ok(Box::new(Cut {
        delimiter,
        ranges: ranges
            .filter(|ranges| !ranges.is_empty())
            .ok_or_else(|| given.usage(format!("`{list}` is no list: `1`, `1,3`, `2-`, `-3`, `2-4` are")))?,
        complement: given.has("complement"),
        only_delimited: given.has("only-delimited"),
        between: given.value("output-delimiter").map(str::to_owned),
    }))
}

/// `2`, `2-`, `-3`, `2-4`, counted from 1.
fn range(text: &str) -> Option<(usize, usize)> {
    let (first, last) = match text.split_once('-') {
        None => (text, text),
        Some(("", "")) => return None,
        Some(("", last)) => ("1", last),
        Some((first, "")) => {
            return first.parse().ok().filter(|first| *first > 0).map(|first| (first, usize::MAX));
        }
        Some(both) => both,
    };
    let (first, last) = (first.parse().ok()?, last.parse().ok()?);
    (first > 0 && last >= first).then_some((first, last))
}

impl Stage for Cut {
    fn apply<'a>(&'a self, flow: Flow<'a>, running: &'a Running<'a>) -> Result<Flow<'a>, FilterFault> {
        each(flow, running, |line| self.cut(line))
    }
}

impl Cut {
    fn keeps(&self, number: usize) -> bool {
        self.ranges.iter().any(|(first, last)| (*first..=*last).contains(&number)) != self.complement
    }

    fn cut(&self, line: &str) -> Option<String> {
        let Some(delimiter) = self.delimiter else { return Some(self.characters(line)) };
        if !line.contains(delimiter) {
            return (!self.only_delimited).then(|| line.to_owned());
        }
        let mut bytes = [0; 4];
        let between = self.between.as_deref().unwrap_or_else(|| delimiter.encode_utf8(&mut bytes));
        let fields = (1..).zip(line.split(delimiter)).filter(|(number, _)| self.keeps(*number));
        Some(fields.map(|(_, field)| field).collect::<Vec<_>>().join(between))
    }

    /// Runs of kept characters, with the output delimiter between them.
    fn characters(&self, line: &str) -> String {
        let mut kept = String::new();
        let mut last = 0;
        for (number, c) in (1..).zip(line.chars()).filter(|(number, _)| self.keeps(*number)) {
            if let Some(between) = self.between.as_deref().filter(|_| !kept.is_empty() && number > last + 1) {
                kept.push_str(between);
            }
            kept.push(c);
            last = number;
        }
        kept
    }
}
