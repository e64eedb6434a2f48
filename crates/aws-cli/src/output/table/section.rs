//! The sections of a table, and how wide their columns are.
//!
//! A table of ten thousand things has a hundred thousand sections. So their cells and widths lie behind each other in two
//! lists, and a section knows where its own begin.

use std::borrow::Cow;
use std::rc::Rc;

use super::wide::is_wide;

/// What a cell needs besides its text: two columns on each side, borders included.
const PADDING: usize = 4;

/// A cell's text, borrowed from the value wherever it holds it as text.
pub(super) type Cell<'a> = Cow<'a, str>;

/// Column heads, which thousands of sections may share.
pub(super) type Heads<'a> = Rc<[&'a str]>;

/// A title, column heads and rows of cells.
#[derive(Debug)]
pub(super) struct Section<'a> {
    pub(super) title: Option<&'a str>,
    pub(super) indent: usize,
    pub(super) heads: Heads<'a>,
    /// How many rows it has.
    pub(super) rows: usize,
    /// How many cells a row has, once that is settled.
    columns: Option<usize>,
    first_cell: usize,
    first_width: usize,
    widths: usize,
    /// Its heads and its one row are drawn as rows of two.
    pub(super) vertical: bool,
}

/// Sections in order, the last one still growing.
#[derive(Debug, Default)]
pub(super) struct Sheet<'a> {
    pub(super) sections: Vec<Section<'a>>,
    cells: Vec<Cell<'a>>,
    widths: Vec<u32>,
    /// No heads, to be shared like others.
    headless: Heads<'a>,
}

impl<'a> Sheet<'a> {
    /// Begins a section.
    pub(super) fn begin(&mut self, title: Option<&'a str>, indent: usize) {
        self.sections.push(Section {
            title,
            indent,
            heads: Rc::clone(&self.headless),
            rows: 0,
            columns: None,
            first_cell: self.cells.len(),
            first_width: self.widths.len(),
            widths: 0,
            vertical: false,
        });
    }

    /// The section that grows, and the widths of its columns.
    fn last(&mut self) -> (&mut Section<'a>, &mut Vec<u32>, &[Cell<'a>]) {
        if self.sections.is_empty() {
            self.begin(None, 0);
        }
        let last = self.sections.len() - 1;
        (&mut self.sections[last], &mut self.widths, &self.cells)
    }

    pub(super) fn add_heads(&mut self, heads: &Heads<'a>) -> Result<(), String> {
        let (section, widths, _) = self.last();
        section.columns.get_or_insert(heads.len());
        section.heads = Rc::clone(heads);
        section.widen(widths, heads.iter().copied())
    }

    pub(super) fn add_row(&mut self, cells: impl Iterator<Item = Cell<'a>>) -> Result<(), String> {
        let first = self.cells.len();
        self.cells.extend(cells);
        let length = self.cells.len() - first;
        let (section, widths, all) = self.last();
        let columns = *section.columns.get_or_insert(length);
        if length != columns {
            return Err(format!("Row should have {columns} elements, instead it has {length}"));
        }
        section.rows += 1;
        section.widen(widths, all[first..].iter().map(|cell| &**cell))
    }

    /// The cells of all rows of a section, each row of so many.
    pub(super) fn rows(&self, section: &Section<'a>) -> std::slice::Chunks<'_, Cell<'a>> {
        let columns = section.columns.unwrap_or(0);
        self.cells[section.first_cell..][..section.rows * columns].chunks(columns.max(1))
    }

    fn widths(&self, section: &Section<'a>) -> &[u32] {
        &self.widths[section.first_width..][..section.widths]
    }

    /// How wide the widest section wants to be.
    pub(super) fn widest(&self) -> usize {
        self.sections.iter().map(|section| self.wanted_width(section)).max().unwrap_or(0)
    }

    /// How many lines it takes to draw everything, at most.
    pub(super) fn lines(&self) -> usize {
        const TITLE_HEADS_AND_RULES: usize = 6;
        self.sections.iter().map(|section| section.lines() + TITLE_HEADS_AND_RULES).sum()
    }

    /// The width that the section wants, with its borders and those of the sections around it.
    fn wanted_width(&self, section: &Section<'a>) -> usize {
        const BORDERS: usize = 2;
        let around = 2 * section.indent;
        let cells: usize = self.widths(section).iter().map(|&width| width as usize + PADDING).sum();
        // Python prints a missing title as `None`.
        let title = section.title.map_or(4, text_width);
        (title + BORDERS + around).max(cells + BORDERS + around)
    }

    /// The columns of a section stretched so that together they have exactly that width.
    pub(super) fn column_widths(&self, section: &Section<'a>, total: usize, stretched: &mut Vec<usize>) {
        stretched.clear();
        stretched.extend(self.widths(section).iter().map(|&width| width as usize + PADDING));
        let sum: usize = stretched.iter().sum();
        if sum == 0 {
            return;
        }
        let scale = total as f64 / sum as f64;
        // Rounding half to even, as Python does.
        for width in stretched.iter_mut() {
            *width = (scale * *width as f64).round_ties_even() as usize;
        }
        settle(stretched, total);
    }

    /// Turns heads and row into a row for each column in each section that has exactly those.
    pub(super) fn turn(&mut self) {
        for section in &mut self.sections {
            if section.rows != 1 || section.heads.is_empty() {
                continue;
            }
            section.vertical = true;
            let cells = &self.cells[section.first_cell..][..section.columns.unwrap_or(0)];
            let widest = |texts: &mut dyn Iterator<Item = &str>| texts.map(text_width).max().unwrap_or(0);
            let drawn = section.heads.len().min(cells.len());
            let widths = [
                widest(&mut section.heads.iter().take(drawn).copied()),
                widest(&mut cells.iter().take(drawn).map(|cell| &**cell)),
            ];
            section.first_width = self.widths.len();
            section.widths = widths.len();
            self.widths.extend(widths.map(narrowed));
        }
    }
}

impl Section<'_> {
    /// How many rows are drawn.
    fn lines(&self) -> usize {
        if self.vertical { self.heads.len() } else { self.rows }
    }

    /// Makes room for texts, one a column.
    fn widen<'t>(
        &mut self,
        widths: &mut Vec<u32>,
        texts: impl ExactSizeIterator<Item = &'t str>,
    ) -> Result<(), String> {
        if self.widths == 0 {
            self.widths = texts.len();
            widths.extend(texts.map(|text| narrowed(text_width(text))));
            return Ok(());
        }
        if texts.len() > self.widths {
            return Err("list index out of range".to_owned());
        }
        for (width, text) in widths[self.first_width..].iter_mut().zip(texts) {
            *width = narrowed(text_width(text)).max(*width);
        }
        Ok(())
    }
}

/// No text is as wide as this can count.
fn narrowed(width: usize) -> u32 {
    u32::try_from(width).unwrap_or(u32::MAX)
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

/// A text's width as the AWS CLI counts it: two for wide, fullwidth and ambiguous characters, one for all others.
pub(super) fn text_width(text: &str) -> usize {
    if text.is_ascii() {
        return text.len();
    }
    text.chars().map(|character| if is_wide(character) { 2 } else { 1 }).sum()
}
