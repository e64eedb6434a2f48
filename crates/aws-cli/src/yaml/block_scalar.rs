//! Literal (`|`) and folded (`>`) scalars.

use value::Value;

use super::{Read, Reader};

/// What becomes of the line ends at the end.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Chomp {
    Strip,
    Clip,
    Keep,
}

impl Reader<'_> {
    /// A scalar whose `|` or `>` stands here.
    pub(super) fn block_scalar(&mut self, parent: isize) -> Read<Value> {
        let folded = self.byte() == Some(b'>');
        self.at += 1;
        let (mut chomp, mut deeper) = (Chomp::Clip, None);
        loop {
            match self.byte() {
                Some(b'-') => chomp = Chomp::Strip,
                Some(b'+') => chomp = Chomp::Keep,
                Some(digit @ b'1'..=b'9') => deeper = Some(usize::from(digit - b'0')),
                _ => break,
            }
            self.at += 1;
        }
        self.end_of_node()?;
        self.at += self.line().len();
        self.at += usize::from(self.byte().is_some());
        let least = usize::try_from(parent + 1).unwrap_or(0).max(1);
        let indent = match deeper {
            Some(deeper) => least + deeper - 1,
            None => self.first_indent().max(least),
        };
        let lines = self.lines(indent);
        Ok(Value::from(joined(&lines, folded, chomp)))
    }

    /// How far the first line that is not empty is indented.
    fn first_indent(&self) -> usize {
        let line = self.rest().lines().find(|line| !line.trim_start_matches(' ').is_empty());
        line.map_or(0, |line| line.len() - line.trim_start_matches(' ').len())
    }

    /// The lines of the scalar without their indentation. It ends before the first that is indented less.
    fn lines(&mut self, indent: usize) -> Vec<&str> {
        let mut lines = Vec::new();
        while self.byte().is_some() {
            let line = self.line();
            let spaces = line.len() - line.trim_start_matches(' ').len();
            if spaces < indent && spaces < line.len() {
                break;
            }
            lines.push(line.get(indent..).unwrap_or_default());
            self.at += line.len();
            self.at += usize::from(self.byte().is_some());
        }
        // The position stays at a line's end, so that what follows knows its column.
        if self.byte().is_some() {
            self.at -= 1;
        }
        lines
    }
}

fn joined(lines: &[&str], folded: bool, chomp: Chomp) -> String {
    let content = lines.iter().rposition(|line| !line.is_empty()).map_or(0, |last| last + 1);
    let spaced = |line: &str| line.starts_with([' ', '\t']);
    let mut text = String::new();
    let mut previous: Option<&str> = None;
    let mut empty = 0;
    for line in &lines[..content] {
        if line.is_empty() {
            empty += 1;
            continue;
        }
        match previous {
            Some(before) if folded && !spaced(before) && !spaced(line) => {
                text.push_str(if empty == 0 { " " } else { "" });
            }
            Some(_) => text.push('\n'),
            None => {}
        }
        text.push_str(&"\n".repeat(empty));
        text.push_str(line);
        previous = Some(line);
        empty = 0;
    }
    match chomp {
        Chomp::Strip => {}
        Chomp::Clip if content > 0 => text.push('\n'),
        Chomp::Clip => {}
        Chomp::Keep => text.push_str(&"\n".repeat(lines.len() - content + usize::from(content > 0))),
    }
    text
}
