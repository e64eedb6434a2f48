//! What flows between stages, and how one kind becomes another.
//!
//! A value becomes the text that `aws --output json` prints, values the text that `jq` prints, a table's rows lines with
//! tabs between cells and without its columns' names, as `aws --output text` prints. Text becomes values when it is
//! JSON texts one after the other, and a table by its tabs or blanks, with columns named 1, 2, 3.

use value::{JsonStyle, Value};

use crate::budget::Budget;
use crate::fault::FilterFault;
use crate::values_text;

/// What flows between stages.
#[derive(Debug, Clone, PartialEq)]
pub enum Data {
    /// One answer. As text: what `aws --output json` prints.
    Value(Value),
    /// Values in order, with the way in which they print.
    Values {
        /// The values.
        items: Vec<Value>,
        /// How they become text.
        form: Form,
    },
    /// Lines of text, each ended by a line feed; the last one perhaps not.
    Text(String),
    /// Rows under named columns.
    Table(Table),
}

/// Rows under named columns. As text: lines with tabs between cells, without the names.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Table {
    /// The names.
    pub columns: Vec<String>,
    /// The rows, each with a cell for every column.
    pub rows: Vec<Vec<Value>>,
}

/// How values become text, as `jq`'s options say.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Form {
    /// How deep a level is indented; `None` is one line a value.
    pub indent: Option<Indent>,
    /// Whether texts stand without quotes.
    pub raw: bool,
    /// Whether values follow each other without line ends.
    pub joined: bool,
    /// Whether maps print sorted by name.
    pub sorted: bool,
    /// Whether characters outside ASCII are escaped.
    pub ascii: bool,
}

/// What indents a level.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Indent {
    /// That many spaces.
    Spaces(u8),
    /// One tab.
    Tab,
}

impl Default for Form {
    /// Indented by two spaces.
    fn default() -> Form {
        Form { indent: Some(Indent::Spaces(2)), raw: false, joined: false, sorted: false, ascii: false }
    }
}

impl Form {
    /// Texts without quotes, everything else on one line.
    pub const fn raw() -> Form {
        Form { indent: None, raw: true, joined: false, sorted: false, ascii: false }
    }
}

impl Data {
    /// Text.
    pub fn text(text: impl Into<String>) -> Data {
        Data::Text(text.into())
    }

    /// Whether there is nothing in it.
    pub fn is_empty(&self) -> bool {
        match self {
            Data::Value(value) => value.is_null(),
            Data::Values { items, .. } => items.is_empty(),
            Data::Text(text) => text.is_empty(),
            Data::Table(table) => table.rows.is_empty(),
        }
    }

    /// The text that stands for it.
    ///
    /// # Errors
    ///
    /// More bytes than the run may have, and a run whose time is over.
    pub(crate) fn into_text(self, budget: &Budget<'_>) -> Result<String, FilterFault> {
        let text = match self {
            Data::Text(text) => text,
            Data::Value(value) => {
                let mut out = Bounded { bytes: Vec::new(), limit: budget.limits().bytes };
                if value.write_json(&mut out, JsonStyle::Pretty).is_err() {
                    return Err(budget.too_many_bytes());
                }
                let mut text = String::from_utf8(out.bytes).unwrap_or_default();
                text.push('\n');
                text
            }
            Data::Values { items, form } => values_text::all(&items, form, budget)?,
            Data::Table(table) => {
                let mut text = String::new();
                for row in &table.rows {
                    push_row(&mut text, row);
                    text.push('\n');
                    budget.within(text.len())?;
                    budget.step(1)?;
                }
                text
            }
        };
        budget.within(text.len())?;
        budget.text(text.len())?;
        Ok(text)
    }

    /// The values in it: one, those of a list of values, the JSON texts in a text, or a map for each row.
    pub(crate) fn into_values(
        self,
        filter: &'static str,
        budget: &Budget<'_>,
    ) -> Result<Vec<Value>, FilterFault> {
        match self {
            Data::Value(value) => Ok(vec![value]),
            Data::Values { items, .. } => Ok(items),
            Data::Text(text) => json_texts(filter, &text, budget),
            Data::Table(table) => {
                budget.step(table.rows.len() as u64)?;
                Ok(vec![Value::List(table.into_maps())])
            }
        }
    }
}

/// Memory that refuses to grow beyond a limit.
struct Bounded {
    bytes: Vec<u8>,
    limit: usize,
}

impl std::io::Write for Bounded {
    fn write(&mut self, more: &[u8]) -> std::io::Result<usize> {
        if self.bytes.len() + more.len() > self.limit {
            return Err(std::io::ErrorKind::OutOfMemory.into());
        }
        self.bytes.extend_from_slice(more);
        Ok(more.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

/// The JSON texts that follow each other in a text.
fn json_texts(filter: &'static str, text: &str, budget: &Budget<'_>) -> Result<Vec<Value>, FilterFault> {
    let mut items = Vec::new();
    let mut rest = text.trim_start();
    while !rest.is_empty() {
        let end = end_of_json(rest, budget)?;
        let value = Value::from_json(&rest.as_bytes()[..end]).map_err(|error| FilterFault::NoJson {
            filter,
            error,
            shown: rest.chars().take(40).collect(),
        })?;
        // A value takes several times the bytes of its text at most.
        budget.count(items.len() + 1)?;
        items.push(value);
        rest = rest[end..].trim_start();
    }
    Ok(items)
}

/// Where the first JSON text ends: by its brackets or quotes, or at the next blank. Not JSON ends anywhere.
fn end_of_json(text: &str, budget: &Budget<'_>) -> Result<usize, FilterFault> {
    let bytes = text.as_bytes();
    let (mut open, mut at, mut quoted) = (0_usize, 0, false);
    while at < bytes.len() {
        let byte = bytes[at];
        at += 1;
        match byte {
            b'\\' if quoted => at += 1,
            b'"' => {
                quoted = !quoted;
                if !quoted && open == 0 {
                    break;
                }
            }
            _ if quoted => {}
            b'[' | b'{' => open += 1,
            b']' | b'}' => {
                open = open.saturating_sub(1);
                if open == 0 {
                    break;
                }
            }
            b' ' | b'\n' | b'\t' | b'\r' if open == 0 => break,
            _ if open == 0 && bytes.get(at).is_some_and(|next| b"\"[{".contains(next)) => break,
            _ => {}
        }
    }
    let mut end = at.min(bytes.len());
    while !text.is_char_boundary(end) {
        end += 1;
    }
    budget.text(end)?;
    Ok(end)
}

/// A cell as text: text itself, nothing for null, JSON on one line for what has parts.
pub fn cell_text(cell: &Value) -> std::borrow::Cow<'_, str> {
    match cell {
        Value::Null => "".into(),
        Value::Text(_) | Value::Blob(_) => cell.printed_text().unwrap_or_default(),
        other => other.to_json(JsonStyle::Compact).into(),
    }
}

/// A row as a line. A line end or a tab inside a cell becomes a blank, so that a row stays a line.
pub(crate) fn push_row(line: &mut String, row: &[Value]) {
    for (index, cell) in row.iter().enumerate() {
        if index > 0 {
            line.push('\t');
        }
        let text = cell_text(cell);
        if text.contains(['\n', '\t']) {
            line.push_str(&text.replace(['\n', '\t'], " "));
        } else {
            line.push_str(&text);
        }
    }
}

impl Table {
    /// A map for each row.
    pub fn into_maps(self) -> Vec<Value> {
        let keys: Vec<value::Key> = self.columns.iter().map(|name| value::Key::new(name)).collect();
        let rows = self.rows.into_iter();
        rows.map(|row| keys.iter().cloned().zip(row).collect::<value::Map>().into()).collect()
    }
}
