//! Stages joined: lines are pulled through them one at a time, everything else is handed on whole.
//!
//! A line that came from a table's row carries the row, so that filters which only choose or order lines keep the table.

use std::cell::{Cell, RefCell};

use value::Value;

use crate::budget::Budget;
use crate::chart::Chart;
use crate::data::{Data, Table, push_row};
use crate::fault::FilterFault;
use crate::run::Copied;

/// One line on its way.
#[derive(Debug, Clone, Default)]
pub(crate) struct Line {
    /// Without its line end.
    pub(crate) text: String,
    /// Whether a line end followed it.
    pub(crate) ended: bool,
    /// The row that it shows.
    pub(crate) row: Option<Vec<Value>>,
}

impl Line {
    pub(crate) fn new(text: impl Into<String>) -> Line {
        Line { text: text.into(), ended: true, row: None }
    }

    /// About how many bytes it takes to keep it.
    pub(crate) fn weight(&self) -> usize {
        let row = self.row.as_ref().map_or(0, |row| row.len() * size_of::<Value>() + self.text.len());
        size_of::<Line>() + self.text.len() + row
    }
}

/// Lines, one at a time.
pub(crate) trait Lines {
    /// The next line; after `None` it is not asked again.
    fn next_line(&mut self, budget: &Budget<'_>) -> Result<Option<Line>, FilterFault>;
}

/// Lines on their way.
pub(crate) type Stream<'a> = Box<dyn Lines + 'a>;

/// What comes out of a stage.
pub(crate) enum Flow<'a> {
    /// Everything at once.
    Whole(Data),
    /// Lines; with the names of columns, if every line carries its row.
    Lines(Stream<'a>, Option<Vec<String>>),
}

/// What a run knows, and what comes out of it beside its data.
pub(crate) struct Running<'a> {
    pub(crate) budget: Budget<'a>,
    /// Which filter is the last: its success is the run's.
    pub(crate) last: Cell<bool>,
    pub(crate) success: Cell<bool>,
    pub(crate) copies: RefCell<Vec<Copied>>,
    pub(crate) chart: RefCell<Option<Chart>>,
}

impl<'a> Flow<'a> {
    pub(crate) fn lines(lines: impl Lines + 'a) -> Flow<'a> {
        Flow::Lines(Box::new(lines), None)
    }

    /// The lines, and the columns of the rows they carry.
    pub(crate) fn into_lines(
        self,
        budget: &Budget<'_>,
    ) -> Result<(Stream<'a>, Option<Vec<String>>), FilterFault> {
        match self {
            Flow::Lines(lines, columns) => Ok((lines, columns)),
            Flow::Whole(Data::Table(table)) => {
                Ok((Box::new(RowLines { rows: table.rows.into_iter() }), Some(table.columns)))
            }
            Flow::Whole(data) => {
                let text = data.into_text(budget)?;
                Ok((Box::new(TextLines { text, at: 0, seen: 0 }), None))
            }
        }
    }

    /// The lines, for a stage that changes them.
    pub(crate) fn into_plain_lines(self, budget: &Budget<'_>) -> Result<Stream<'a>, FilterFault> {
        self.into_lines(budget).map(|(lines, _)| lines)
    }

    /// Everything at once.
    pub(crate) fn into_whole(self, budget: &Budget<'_>) -> Result<Data, FilterFault> {
        let (mut lines, columns) = match self {
            Flow::Whole(data) => return Ok(data),
            Flow::Lines(lines, columns) => (lines, columns),
        };
        let Some(columns) = columns else { return collect(&mut *lines, budget).map(Data::Text) };
        let mut table = Table { columns, rows: Vec::new() };
        let mut bytes = 0;
        while let Some(line) = lines.next_line(budget)? {
            bytes += line.weight();
            budget.within(bytes)?;
            budget.count(table.rows.len() + 1)?;
            table.rows.extend(line.row);
        }
        Ok(Data::Table(table))
    }

    /// Everything as one text.
    pub(crate) fn into_text(self, budget: &Budget<'_>) -> Result<String, FilterFault> {
        match self {
            Flow::Whole(data) => data.into_text(budget),
            Flow::Lines(mut lines, _) => collect(&mut *lines, budget),
        }
    }
}

fn collect(lines: &mut dyn Lines, budget: &Budget<'_>) -> Result<String, FilterFault> {
    let mut text = String::new();
    let mut seen = 0;
    while let Some(line) = lines.next_line(budget)? {
        seen += 1;
        budget.count(seen)?;
        budget.within(text.len() + line.text.len() + 1)?;
        text.push_str(&line.text);
        if line.ended {
            text.push('\n');
        }
    }
    Ok(text)
}

/// The lines of a text.
struct TextLines {
    text: String,
    at: usize,
    seen: usize,
}

impl Lines for TextLines {
    fn next_line(&mut self, budget: &Budget<'_>) -> Result<Option<Line>, FilterFault> {
        let rest = &self.text[self.at..];
        if rest.is_empty() {
            return Ok(None);
        }
        let end = rest.find('\n');
        let text = &rest[..end.unwrap_or(rest.len())];
        self.seen += 1;
        budget.count(self.seen)?;
        budget.text(text.len())?;
        self.at += text.len() + usize::from(end.is_some());
        Ok(Some(Line { text: text.to_owned(), ended: end.is_some(), row: None }))
    }
}

/// The rows of a table as lines.
struct RowLines {
    rows: std::vec::IntoIter<Vec<Value>>,
}

impl Lines for RowLines {
    fn next_line(&mut self, budget: &Budget<'_>) -> Result<Option<Line>, FilterFault> {
        let Some(row) = self.rows.next() else { return Ok(None) };
        let mut text = String::new();
        push_row(&mut text, &row);
        budget.text(text.len())?;
        Ok(Some(Line { text, ended: true, row: Some(row) }))
    }
}

/// Lines that are all there.
impl Lines for std::vec::IntoIter<Line> {
    fn next_line(&mut self, budget: &Budget<'_>) -> Result<Option<Line>, FilterFault> {
        budget.step(1)?;
        Ok(self.next())
    }
}
