//! A row of the record, read: for lists, tables and filters.

use serde_json::{Map, Value};
use store::{AuditRow, UnixMillis};

use super::moment;

/// A row and its facts.
pub struct Entry {
    /// The row as it stands.
    pub row: AuditRow,
    facts: Map<String, Value>,
}

impl Entry {
    /// Reads a row; one whose body is no object (which Bellhop never writes) has no facts.
    pub fn new(row: AuditRow) -> Entry {
        let facts = serde_json::from_str(&row.body).unwrap_or_default();
        Entry { row, facts }
    }

    /// A fact as text: lists are joined by spaces; empty if there is none.
    pub fn fact(&self, name: &str) -> String {
        match self.facts.get(name) {
            None | Some(Value::Null) => String::new(),
            Some(Value::String(text)) => text.clone(),
            Some(Value::Array(items)) => {
                let texts =
                    items.iter().map(|item| item.as_str().map_or_else(|| item.to_string(), str::to_owned));
                texts.collect::<Vec<_>>().join(" ")
            }
            Some(other) => other.to_string(),
        }
    }

    /// When, in UTC; to the second or the millisecond.
    pub fn time(&self, millis: bool) -> String {
        moment::shown(self.row.at, millis)
    }

    /// What it was about: the line, or the action, or what else names it.
    pub fn what(&self) -> String {
        ["line", "action", "change", "result"]
            .iter()
            .map(|name| self.fact(name))
            .find(|text| !text.is_empty())
            .unwrap_or_default()
    }

    /// What came of it: the outcome with its code, or the reason.
    pub fn came_of_it(&self) -> String {
        let (outcome, code) = (self.fact("outcome"), self.fact("code"));
        match (outcome.as_str(), code.as_str()) {
            ("", "") => self.fact("reason"),
            ("", code) => code.to_owned(),
            (outcome, "") => outcome.to_owned(),
            (outcome, code) => format!("{outcome} ({code})"),
        }
    }

    /// Whether it tells what somebody did or wanted, and not a step on the way there.
    pub fn concludes(&self) -> bool {
        !matches!(self.row.kind.as_str(), "accepted" | "assume" | "intent" | "delivery" | "checkpoint")
    }

    /// When.
    pub fn at(&self) -> UnixMillis {
        self.row.at
    }
}
