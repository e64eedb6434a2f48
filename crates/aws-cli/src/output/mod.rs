//! Printing an answer as AWS CLI v2 prints it, byte for byte.
//!
//! [`write()`] prints one complete value: what `--query` left of an answer. `json`, `yaml` and `table` print the merged answer;
//! [`Output::is_per_page`] tells which ones print each page as it comes, with the query applied to each.
//! Invariants: an empty answer (`{}`) prints nothing except as text, where it has nothing to print; nothing here panics on any value.
//! Absent on purpose: the query itself and the pages, which are the runner's.

mod cells;
mod in_order;
mod table;
mod text;
pub(crate) mod yaml;

use std::io::{self, Write};

use value::{JsonStyle, Value};

/// The terminal's width where none is known; the AWS CLI lays tables out for it when its output is no terminal.
pub const DEFAULT_WIDTH: usize = 80;

/// A form of output, as `--output` names it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Output {
    /// Indented JSON.
    #[default]
    Json,
    /// Lines of tab-separated values.
    Text,
    /// Boxes drawn with `+`, `-` and `|`.
    Table,
    /// One YAML document of the whole answer, its names sorted.
    Yaml,
    /// A YAML list with one item for each page.
    YamlStream,
    /// Nothing.
    Off,
}

impl Output {
    /// Every form, in the order in which the AWS CLI names them.
    pub const ALL: [Output; 6] =
        [Output::Json, Output::Text, Output::Table, Output::Yaml, Output::YamlStream, Output::Off];

    /// The form of that name.
    pub fn from_name(name: &str) -> Option<Output> {
        Output::ALL.into_iter().find(|output| output.name() == name)
    }

    /// The name that `--output` takes.
    pub fn name(self) -> &'static str {
        match self {
            Output::Json => "json",
            Output::Text => "text",
            Output::Table => "table",
            Output::Yaml => "yaml",
            Output::YamlStream => "yaml-stream",
            Output::Off => "off",
        }
    }

    /// Whether pages are printed one by one, each after the query was applied to it, instead of merged.
    /// As text, a page is cut down to the paginator's results (the first one keeps what is not paginated);
    /// as a YAML stream it is whole.
    pub fn is_per_page(self) -> bool {
        matches!(self, Output::Text | Output::YamlStream)
    }
}

/// How an answer is laid out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Layout {
    /// The form.
    pub output: Output,
    /// Whether tables use colours: `--color on`, or `auto` on a terminal.
    pub color: bool,
    /// The terminal's width in columns: wider tables turn single rows into columns.
    pub width: usize,
}

impl Layout {
    /// Without colour, at the default width.
    pub const fn plain(output: Output) -> Layout {
        Layout { output, color: false, width: DEFAULT_WIDTH }
    }
}

/// Why a value was not printed, or not wholly.
#[derive(Debug, thiserror::Error)]
pub enum OutputError {
    /// The writer failed.
    #[error("the output cannot be written")]
    Io(#[from] io::Error),
    /// The form cannot show such a value; the text is the AWS CLI's (exit code 255).
    #[error("{0}")]
    Unprintable(String),
    /// Rows that have hardly a name in common.
    #[error(
        "the rows share too few names to be shown side by side ({0} cells, nearly all empty); use --output json"
    )]
    TooManyCells(usize),
    /// One text makes every line unreasonably long.
    #[error("the table would have {lines} lines of {width} columns; use --output json")]
    TooWide {
        /// Columns of each line.
        width: usize,
        /// How many lines.
        lines: usize,
    },
}

/// Prints a value. `title` is the operation's name, which heads a table.
///
/// # Errors
///
/// A failing writer, values of mixed kinds that the AWS CLI cannot put in rows either, and tables out of all proportion to
/// the value.
pub fn write(value: &Value, layout: &Layout, title: &str, out: &mut dyn Write) -> Result<(), OutputError> {
    let is_empty = value.as_map().is_some_and(value::Map::is_empty);
    match layout.output {
        Output::Off => Ok(()),
        Output::Text => text::write(value, out),
        _ if is_empty => Ok(()),
        Output::Json => {
            value.write_json(out, JsonStyle::Pretty)?;
            Ok(out.write_all(b"\n")?)
        }
        Output::Table => table::write(value, title, layout, out),
        Output::Yaml => Ok(yaml::write(value, out)?),
        Output::YamlStream => Ok(yaml::write_item(value, out)?),
    }
}

/// Prints a page of a YAML stream: an item even where it is empty, as a whole answer is not.
pub(crate) fn write_item(page: &Value, out: &mut dyn Write) -> Result<(), OutputError> {
    Ok(yaml::write_item(page, out)?)
}

/// A set, for [`write_yaml_tagged`].
pub(crate) fn yaml_set(elements: Vec<Value>) -> Value {
    yaml::set(elements)
}

/// One YAML document in which blobs and sets bear their tags.
pub(crate) fn write_yaml_tagged(value: &Value, out: &mut dyn Write) -> io::Result<()> {
    match value {
        Value::Map(map) if map.is_empty() => Ok(()),
        value => yaml::write_tagged(value, out),
    }
}

/// A text as YAML writes it in one line.
pub(crate) fn yaml_scalar(text: &str, is_name: bool) -> String {
    yaml::scalar_text(text, is_name)
}

#[cfg(test)]
mod tests;
