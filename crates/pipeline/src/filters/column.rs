//! `column`: fields under each other.

use unicode_width::UnicodeWidthStr as _;

use crate::data::{Data, Table, cell_text};
use crate::fault::FilterFault;
use crate::filter::{Spec, Stage};
use crate::flow::{Flow, Line, Running};
use crate::limits::MAX_COLUMNS;
use crate::options::{Given, flag, with};

pub(super) const SPEC: Spec = Spec {
    name: "column",
    usage: "[-t] [-s <chars>] [-o <text>]",
    summary: "lines fields up under each other; a table gets its columns' names",
    options: &[
        flag('t', "table", "as without it: a chat answer has no width to fill"),
        with('s', "separator", "chars", "what stands between fields, instead of blanks"),
        with('o', "output-separator", "text", "what is put between columns, instead of two blanks"),
    ],
    refused: &[("-c", "a chat answer has no width to fill"), ("-x", "a chat answer has no width to fill")],
    number: None,
    plain: false,
    examples: &["ec2 describe-vpcs --output text | column -t", "… | select Name,State | column -t"],
    read,
};

#[derive(Debug)]
struct Columns {
    separators: Option<Vec<char>>,
    between: String,
}

fn read(given: &Given) -> Result<Box<dyn Stage>, FilterFault> {
    given.at_most(0)?;
    let separators = given.value("separator").map(|chars| chars.replace("\\t", "\t").chars().collect());
    Ok(Box::new(Columns { separators, between: given.value("output-separator").unwrap_or("  ").to_owned() }))
}

impl Stage for Columns {
    fn apply<'a>(&'a self, flow: Flow<'a>, running: &'a Running<'a>) -> Result<Flow<'a>, FilterFault> {
        let budget = &running.budget;
        let mut rows = Vec::new();
        let (mut lines, columns) = flow.into_lines(budget)?;
        // A table's cells are fields as they are, and its names stand above them.
        let cells = columns.is_some();
        rows.extend(columns);
        while let Some(line) = lines.next_line(budget)? {
            let row = if cells { row_of(&line) } else { self.fields(&line.text) };
            budget.hold(row.iter().map(|cell| cell.len() + size_of::<String>()).sum())?;
            // The known tool leaves empty lines out.
            if !row.is_empty() {
                rows.push(row);
            }
        }
        let text = aligned(&rows, &self.between);
        budget.within(text.len())?;
        Ok(Flow::Whole(Data::Text(text)))
    }
}

fn row_of(line: &Line) -> Vec<String> {
    line.row.iter().flatten().map(|cell| cell_text(cell).replace('\n', " ")).collect()
}

impl Columns {
    fn fields(&self, line: &str) -> Vec<String> {
        let fields: Vec<&str> = match &self.separators {
            None => line.splitn(MAX_COLUMNS, [' ', '\t']).filter(|field| !field.is_empty()).collect(),
            Some(_) if line.is_empty() => Vec::new(),
            Some(separators) => line.splitn(MAX_COLUMNS, separators.as_slice()).collect(),
        };
        fields.into_iter().map(str::to_owned).collect()
    }
}

/// Rows with their cells padded to the width of their column, without blanks at the ends of lines.
pub(crate) fn aligned(rows: &[Vec<String>], between: &str) -> String {
    let columns = rows.iter().map(Vec::len).max().unwrap_or(0);
    let mut widths = vec![0; columns];
    for row in rows {
        for (width, cell) in widths.iter_mut().zip(row) {
            *width = (*width).max(cell.width());
        }
    }
    let mut text = String::new();
    for row in rows {
        for (index, width) in widths.iter().enumerate() {
            let cell = row.get(index).map_or("", String::as_str);
            text.push_str(if index > 0 { between } else { "" });
            text.push_str(cell);
            text.extend(std::iter::repeat_n(' ', width - cell.width()));
        }
        text.truncate(text.trim_end_matches(' ').len());
        text.push('\n');
    }
    text
}

impl Table {
    /// The table as text for people: its columns' names, and cells lined up under them.
    pub fn aligned(&self) -> String {
        let cells =
            self.rows.iter().map(|row| row.iter().map(|cell| cell_text(cell).replace('\n', " ")).collect());
        let rows: Vec<Vec<String>> = std::iter::once(self.columns.clone()).chain(cells).collect();
        aligned(&rows, "  ")
    }
}
