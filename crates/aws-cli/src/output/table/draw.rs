//! Drawing sections.

use std::borrow::Cow;
use std::io::{self, Write};

use super::section::{Section, Sheet, text_width};
use crate::output::Layout;

const CELL_STYLE: (&str, &str) = ("\x1b[1m\x1b[34m", "\x1b[0m");
const BORDER_STYLE: (&str, &str) = ("\x1b[2m\x1b[33m", "\x1b[0m");
const SPACES: &str = "                                                                ";
const DASHES: &str = "----------------------------------------------------------------";
const PLAIN: (&str, &str) = ("", "");
/// What the AWS CLI's terminal library writes behind every piece of a coloured table.
const RESET: &str = "\x1b[0m";

/// How many bytes are gathered before they are handed on.
const PAGE: usize = 32 * 1024;

/// Draws all sections as wide as the widest wants to be.
pub(super) fn draw(sheet: &Sheet<'_>, layout: &Layout, out: &mut dyn Write) -> io::Result<()> {
    let width = sheet.widest();
    let (cell, border, reset) =
        if layout.color { (CELL_STYLE, BORDER_STYLE, RESET) } else { (PLAIN, PLAIN, "") };
    let mut pen = Pen { out, page: String::new(), indent: String::new(), cell, reset, widths: Vec::new() };
    pen.repeat(DASHES, width);
    pen.page.push('\n');
    pen.page.push_str(reset);
    for section in &sheet.sections {
        pen.indent.clear();
        for _ in 0..section.indent {
            pen.indent.extend([border.0, "|", border.1]);
        }
        pen.section(sheet, section, width - 2 * section.indent)?;
    }
    pen.out.write_all(pen.page.as_bytes())
}

struct Pen<'a> {
    out: &'a mut dyn Write,
    /// What is drawn and not yet handed on.
    page: String,
    /// The borders of the sections around, on each side.
    indent: String,
    cell: (&'static str, &'static str),
    reset: &'static str,
    /// The widths of the present section's columns.
    widths: Vec<usize>,
}

impl Pen<'_> {
    fn section(&mut self, sheet: &Sheet<'_>, section: &Section<'_>, width: usize) -> io::Result<()> {
        let heads = !section.heads.is_empty() && !section.vertical;
        if let Some(title) = section.title.filter(|title| !title.is_empty()) {
            self.begin_line();
            self.centred(title, width, "|");
            self.end_line()?;
            if !heads && section.rows == 0 {
                self.begin_line();
                self.page.push('+');
                self.repeat(DASHES, width.saturating_sub(2));
                self.page.push('+');
                self.end_line()?;
            }
        }
        let mut widths = std::mem::take(&mut self.widths);
        sheet.column_widths(section, width, &mut widths);
        if heads {
            self.rule(&widths)?;
            self.begin_line();
            for (index, (head, &width)) in section.heads.iter().zip(&widths).enumerate() {
                self.centred(head, width, if index == 0 { "|" } else { "" });
            }
            self.end_line()?;
        }
        if section.rows > 0 && !widths.is_empty() {
            self.rule(&widths)?;
            if section.vertical {
                let cells = sheet.rows(section).flatten();
                for (head, cell) in section.heads.iter().zip(cells) {
                    self.row(&[Cow::Borrowed(*head), Cow::Borrowed(cell)], &widths)?;
                }
            } else {
                sheet.rows(section).try_for_each(|row| self.row(row, &widths))?;
            }
            self.rule(&widths)?;
        }
        self.widths = widths;
        Ok(())
    }

    fn row(&mut self, cells: &[Cow<'_, str>], widths: &[usize]) -> io::Result<()> {
        self.begin_line();
        for (index, (cell, &width)) in cells.iter().zip(widths).enumerate() {
            self.aligned(cell, width, if index == 0 { "|" } else { "" });
        }
        self.end_line()
    }

    fn begin_line(&mut self) {
        self.page.push_str(&self.indent);
        self.page.push_str(self.reset);
    }

    fn end_line(&mut self) -> io::Result<()> {
        for part in [self.reset, &self.indent, self.reset, "\n", self.reset] {
            self.page.push_str(part);
        }
        if self.page.len() >= PAGE {
            self.out.write_all(self.page.as_bytes())?;
            self.page.clear();
        }
        Ok(())
    }

    fn spaces(&mut self, count: usize) {
        self.repeat(SPACES, count);
    }

    /// A run of one character, in pieces that are copied whole.
    fn repeat(&mut self, run: &str, mut count: usize) {
        while count > 0 {
            let length = count.min(run.len());
            self.page.push_str(&run[..length]);
            count -= length;
        }
    }

    fn rule(&mut self, widths: &[usize]) -> io::Result<()> {
        self.begin_line();
        for (index, &width) in widths.iter().enumerate() {
            let corners = if index == 0 { 2 } else { 1 };
            self.page.push_str(if index == 0 { "+" } else { "" });
            self.repeat(DASHES, width.saturating_sub(corners));
            self.page.push('+');
        }
        self.end_line()
    }

    /// A text in the middle of a cell; an odd space goes to the right.
    fn centred(&mut self, text: &str, width: usize, left: &str) {
        let own = text_width(text);
        let before = (width / 2).saturating_sub(own / 2).saturating_sub(1);
        self.page.push_str(left);
        self.spaces(before);
        self.page.push_str(text);
        self.spaces(width.saturating_sub(1 + left.len() + before + own));
        self.page.push('|');
    }

    /// A text at the left of a cell, two columns in if there is room.
    fn aligned(&mut self, text: &str, width: usize, left: &str) {
        let own = text_width(text);
        let padding = if width > own + 2 + left.len() { 2 } else { 0 };
        self.page.push_str(left);
        self.spaces(padding);
        self.page.push_str(self.cell.0);
        self.page.push_str(text);
        self.page.push_str(self.cell.1);
        self.spaces(width.saturating_sub(left.len() + padding + own + 1));
        self.page.push('|');
    }
}
