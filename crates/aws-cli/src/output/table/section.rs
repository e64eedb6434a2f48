//! One section of a table, and how wide its columns are.

use std::borrow::Cow;
use std::rc::Rc;

use super::wide::is_wide;

/// What a cell needs besides its text: two columns on each side, borders included.
const PADDING: usize = 4;

/// A row's cells, borrowed from the value wherever it holds them as text.
pub(super) type Row<'a> = Vec<Cow<'a, str>>;

/// Column heads, which thousands of sections may share.
pub(super) type Heads<'a> = Rc<[&'a str]>;

/// A title, column heads and rows of cells.
#[derive(Debug)]
pub(super) struct Section<'a> {
    pub(super) title: Option<&'a str>,
    pub(super) indent: usize,
    pub(super) heads: Heads<'a>,
    pub(super) rows: Vec<Row<'a>>,
    columns: Option<usize>,
    widths: Vec<usize>,
}

impl<'a> Section<'a> {
    pub(super) fn new(title: Option<&'a str>, indent: usize) -> Section<'a> {
        Section { title, indent, heads: Rc::default(), rows: Vec::new(), columns: None, widths: Vec::new() }
    }

    pub(super) fn add_heads(&mut self, heads: &Heads<'a>) -> Result<(), String> {
        self.columns.get_or_insert(heads.len());
        self.heads = Rc::clone(heads);
        widen(&mut self.widths, heads)
    }

    /// How many lines it takes to draw the section, at most.
    pub(super) fn lines(&self) -> usize {
        const TITLE_HEADS_AND_RULES: usize = 6;
        self.rows.len() + TITLE_HEADS_AND_RULES
    }

    pub(super) fn add_row(&mut self, cells: Row<'a>) -> Result<(), String> {
        let columns = *self.columns.get_or_insert(cells.len());
        if cells.len() != columns {
            return Err(format!("Row should have {columns} elements, instead it has {}", cells.len()));
        }
        widen(&mut self.widths, &cells)?;
        self.rows.push(cells);
        Ok(())
    }

    /// The width that the section wants, with its borders and those of the sections around it.
    pub(super) fn wanted_width(&self) -> usize {
        const BORDERS: usize = 2;
        let around = 2 * self.indent;
        let cells: usize = self.widths.iter().map(|width| width + PADDING).sum();
        // Python prints a missing title as `None`.
        let title = self.title.map_or(4, text_width);
        (title + BORDERS + around).max(cells + BORDERS + around)
    }

    /// The columns stretched so that together they have exactly that width.
    pub(super) fn column_widths(&self, total: usize) -> Vec<usize> {
        let wanted: Vec<usize> = self.widths.iter().map(|width| width + PADDING).collect();
        let sum: usize = wanted.iter().sum();
        if sum == 0 {
            return Vec::new();
        }
        let scale = total as f64 / sum as f64;
        // Rounding half to even, as Python does.
        let mut widths: Vec<usize> =
            wanted.iter().map(|&width| (scale * width as f64).round_ties_even() as usize).collect();
        settle(&mut widths, total);
        widths
    }

    /// A row and its heads turned into a row for each column, if the section is exactly that.
    pub(super) fn into_vertical(self) -> Section<'a> {
        if self.rows.len() != 1 || self.heads.is_empty() {
            return self;
        }
        let mut turned = Section::new(self.title, self.indent);
        for (head, cell) in self.heads.iter().zip(self.rows.into_iter().flatten()) {
            // Two cells a row always fit.
            let _ = turned.add_row(vec![Cow::Borrowed(*head), cell]);
        }
        turned
    }
}

/// Takes what is too much from the first columns, or gives what is missing to the last.
fn settle(widths: &mut [usize], total: usize) {
    let sum: usize = widths.iter().sum();
    let columns = widths.len();
    for step in 0..sum.saturating_sub(total) {
        widths[step % columns] = widths[step % columns].saturating_sub(1);
    }
    for step in 0..total.saturating_sub(sum) {
        widths[columns - 1 - step % columns] += 1;
    }
}

fn widen(widths: &mut Vec<usize>, cells: &[impl AsRef<str>]) -> Result<(), String> {
    if widths.is_empty() {
        widths.extend(cells.iter().map(|cell| text_width(cell.as_ref())));
        return Ok(());
    }
    if cells.len() > widths.len() {
        return Err("list index out of range".to_owned());
    }
    for (width, cell) in widths.iter_mut().zip(cells) {
        *width = text_width(cell.as_ref()).max(*width);
    }
    Ok(())
}

/// A text's width as the AWS CLI counts it: two for wide, fullwidth and ambiguous characters, one for all others.
pub(super) fn text_width(text: &str) -> usize {
    if text.is_ascii() {
        return text.len();
    }
    text.chars().map(|character| if is_wide(character) { 2 } else { 1 }).sum()
}
