//! Tables. A message has at most one.

use serde::Serialize;

use super::text_object::raw;
use super::{Block, limits, raw_weight};

/// A table whose first row is its heading.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Table {
    rows: Vec<Vec<Cell>>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(tag = "type", rename = "raw_text")]
struct Cell {
    text: String,
}

/// Longest text of one cell; more would be unreadable.
const CELL_TEXT: usize = 200;

impl Table {
    /// A table with its heading; columns beyond 20 are dropped. `None` without columns.
    pub fn new<'a>(heading: impl IntoIterator<Item = &'a str>) -> Option<Table> {
        let heading = cells(heading, limits::TABLE_COLUMNS);
        (!heading.is_empty()).then(|| Table { rows: vec![heading] })
    }

    /// Adds a row, filled up or cut to the width of the heading. Says whether there was room within `limit`
    /// characters of the message; without room the table is as it was.
    pub fn push<'a>(&mut self, row: impl IntoIterator<Item = &'a str>, limit: usize) -> bool {
        let width = self.rows.first().map_or(0, Vec::len);
        let mut row = cells(row, width);
        row.resize_with(width, || cell(""));
        let weight = self.weight() + row.iter().map(Cell::weight).sum::<usize>();
        let room = self.rows.len() < limits::TABLE_ROWS && weight <= limit.min(limits::TABLE_TEXT);
        if room {
            self.rows.push(row);
        }
        room
    }

    /// Rows without the heading.
    pub fn len(&self) -> usize {
        self.rows.len().saturating_sub(1)
    }

    /// Whether there is nothing but the heading.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// How much of the message's text the table takes.
    pub fn weight(&self) -> usize {
        self.rows.iter().flatten().map(Cell::weight).sum()
    }
}

impl Cell {
    fn weight(&self) -> usize {
        raw_weight(&self.text)
    }
}

fn cells<'a>(texts: impl IntoIterator<Item = &'a str>, limit: usize) -> Vec<Cell> {
    texts.into_iter().take(limit).map(cell).collect()
}

fn cell(text: &str) -> Cell {
    Cell { text: raw(text, CELL_TEXT) }
}

impl From<Table> for Block {
    fn from(table: Table) -> Block {
        Block::Table(table)
    }
}
