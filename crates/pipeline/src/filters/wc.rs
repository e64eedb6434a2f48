//! `wc`: how many lines, words, characters, bytes.

use crate::data::Data;
use crate::fault::FilterFault;
use crate::filter::{Spec, Stage};
use crate::flow::{Flow, Running};
use crate::options::{Given, flag};

pub(super) const SPEC: Spec = Spec {
    name: "wc",
    usage: "[-l] [-w] [-m] [-c] [-L]",
    summary: "counts lines, words and bytes",
    options: &[
        flag('l', "lines", "line ends"),
        flag('w', "words", "words between blanks"),
        flag('m', "chars", "characters"),
        flag('c', "bytes", "bytes"),
        flag('L', "max-line-length", "the width of the longest line"),
    ],
    refused: &[],
    number: None,
    plain: false,
    examples: &["iam list-users | jq -r '.Users[].UserName' | wc -l"],
    read,
};

/// In the order in which the counts stand.
const COUNTS: [&str; 5] = ["lines", "words", "chars", "bytes", "max-line-length"];

#[derive(Debug)]
struct Wc {
    shown: Vec<usize>,
}

fn read(given: &Given) -> Result<Box<dyn Stage>, FilterFault> {
    given.at_most(0)?;
    let asked: Vec<usize> = (0..COUNTS.len()).filter(|index| given.has(COUNTS[*index])).collect();
    Ok(Box::new(Wc { shown: if asked.is_empty() { vec![0, 1, 3] } else { asked } }))
}

impl Stage for Wc {
    fn apply<'a>(&'a self, flow: Flow<'a>, running: &'a Running<'a>) -> Result<Flow<'a>, FilterFault> {
        let budget = &running.budget;
        let mut lines = flow.into_plain_lines(budget)?;
        let mut counts = [0; COUNTS.len()];
        while let Some(line) = lines.next_line(budget)? {
            let ended = usize::from(line.ended);
            let width = unicode_width::UnicodeWidthStr::width(line.text.as_str());
            counts[0] += ended;
            counts[1] += line.text.split_whitespace().count();
            counts[2] += line.text.chars().count() + ended;
            counts[3] += line.text.len() + ended;
            counts[4] = counts[4].max(width);
        }
        let text = match self.shown.as_slice() {
            [only] => counts[*only].to_string(),
            shown => {
                let padded: Vec<String> =
                    shown.iter().map(|index| format!("{:>7}", counts[*index])).collect();
                padded.join(" ")
            }
        };
        Ok(Flow::Whole(Data::Text(text + "\n")))
    }
}
