//! Drawing sections.

use std::io::{self, Write};

use super::section::{Section, text_width};
use crate::output::Layout;

const CELL_STYLE: (&str, &str) = ("\x1b[1m\x1b[34m", "\x1b[0m");
const BORDER_STYLE: (&str, &str) = ("\x1b[2m\x1b[33m", "\x1b[0m");
const SPACES: &str = "                                                                ";
const DASHES: &str = "----------------------------------------------------------------";
const PLAIN: (&str, &str) = ("", "");
/// What the AWS CLI's terminal library writes behind every piece of a coloured table.
const RESET: &str = "\x1b[0m";

/// Sections that are too wide together: single rows become columns.
pub(super) fn fit<'a>(sections: Vec<Section<'a>>, layout: &Layout) -> Vec<Section<'a>> {
    if widest(&sections) <= layout.width {
        return sections;
    }
    sections.into_iter().map(Section::into_vertical).collect()
}

/// Draws all sections as wide as the widest wants to be.
pub(super) fn draw(sections: &[Section<'_>], layout: &Layout, out: &mut dyn Write) -> io::Result<()> {
    let width = widest(sections);
    let reset = if layout.color { RESET } else { "" };
    write!(out, "{}\n{reset}", "-".repeat(width))?;
    for section in sections {
        let (cell, border) = if layout.color { (CELL_STYLE, BORDER_STYLE) } else { (PLAIN, PLAIN) };
        let indent = format!("{}|{}", border.0, border.1).repeat(section.indent);
        let mut pen = Pen { out, indent, cell, reset, line: String::new() };
        pen.section(section, width - 2 * section.indent)?;
    }
    Ok(())
}

/// How wide the widest section wants to be.
pub(super) fn widest(sections: &[Section<'_>]) -> usize {
    sections.iter().map(Section::wanted_width).max().unwrap_or(0)
}

struct Pen<'a> {
    out: &'a mut dyn Write,
    /// The borders of the sections around, on each side.
    indent: String,
    cell: (&'static str, &'static str),
    reset: &'static str,
    line: String,
}

impl Pen<'_> {
    fn section(&mut self, section: &Section<'_>, width: usize) -> io::Result<()> {
        let heads = !section.heads.is_empty();
        if let Some(title) = section.title.filter(|title| !title.is_empty()) {
            self.centred(title, width, "|");
            self.end_line()?;
            if !heads && section.rows.is_empty() {
                self.line.push_str(&format!("+{}+", "-".repeat(width.saturating_sub(2))));
                self.end_line()?;
            }
        }
        let widths = section.column_widths(width);
        if heads {
            self.rule(&widths)?;
            for (index, (head, &width)) in section.heads.iter().zip(&widths).enumerate() {
                self.centred(head, width, if index == 0 { "|" } else { "" });
            }
            self.end_line()?;
        }
        if !section.rows.is_empty() && !widths.is_empty() {
            self.rule(&widths)?;
            for row in &section.rows {
                for (index, (cell, &width)) in row.iter().zip(&widths).enumerate() {
                    self.aligned(cell, width, if index == 0 { "|" } else { "" });
                }
                self.end_line()?;
            }
            self.rule(&widths)?;
        }
        Ok(())
    }

    fn end_line(&mut self) -> io::Result<()> {
        for part in
            [&self.indent, self.reset, &self.line, self.reset, &self.indent, self.reset, "\n", self.reset]
        {
            if !part.is_empty() {
                self.out.write_all(part.as_bytes())?;
            }
        }
        self.line.clear();
        Ok(())
    }

    fn spaces(&mut self, count: usize) {
        self.repeat(SPACES, count);
    }

    /// A run of one character, in pieces that are copied whole.
    fn repeat(&mut self, run: &str, mut count: usize) {
        while count > 0 {
            let length = count.min(run.len());
            self.line.push_str(&run[..length]);
            count -= length;
        }
    }

    fn rule(&mut self, widths: &[usize]) -> io::Result<()> {
        for (index, &width) in widths.iter().enumerate() {
            let corners = if index == 0 { 2 } else { 1 };
            self.line.push_str(if index == 0 { "+" } else { "" });
            self.repeat(DASHES, width.saturating_sub(corners));
            self.line.push('+');
        }
        self.end_line()
    }

    /// A text in the middle of a cell; an odd space goes to the right.
    fn centred(&mut self, text: &str, width: usize, left: &str) {
        let own = text_width(text);
        let before = (width / 2).saturating_sub(own / 2).saturating_sub(1);
        self.line.push_str(left);
        self.spaces(before);
        self.line.push_str(text);
        self.spaces(width.saturating_sub(1 + left.len() + before + own));
        self.line.push('|');
    }

    /// A text at the left of a cell, two columns in if there is room.
    fn aligned(&mut self, text: &str, width: usize, left: &str) {
        let own = text_width(text);
        let padding = if width > own + 2 + left.len() { 2 } else { 0 };
        self.line.push_str(left);
        self.spaces(padding);
        self.line.push_str(self.cell.0);
        self.line.push_str(text);
        self.line.push_str(self.cell.1);
        self.spaces(width.saturating_sub(left.len() + padding + own + 1));
        self.line.push('|');
    }
}
