//! Reads one table of the configuration. Asking for a key makes it known; what nobody asked for is a fault.

use std::collections::BTreeMap;

use toml::de::{DeTable, DeValue};

use crate::config::faults::Faults;

/// A value and where it stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Spot<T> {
    /// The value.
    pub(crate) value: T,
    /// Its offset in the text.
    pub(crate) at: usize,
}

/// A table that is being read.
pub(crate) struct Section<'a> {
    table: Option<&'a DeTable<'a>>,
    /// `slack`, `accounts.production`, `grants[2]`; empty at the top.
    path: String,
    at: usize,
    known: Vec<&'static str>,
}

impl<'a> Section<'a> {
    /// The top of a configuration.
    pub(crate) fn top(table: &'a DeTable<'a>) -> Section<'a> {
        Section { table: Some(table), path: String::new(), at: 0, known: Vec::new() }
    }

    /// Whether the file has the table, empty or not.
    pub(crate) fn is_there(&self) -> bool {
        self.table.is_some()
    }

    /// Where the table begins.
    pub(crate) fn at(&self) -> usize {
        self.at
    }

    /// How the table is called in faults.
    pub(crate) fn path(&self) -> &str {
        &self.path
    }

    fn full(&self, key: &str) -> String {
        if self.path.is_empty() { key.to_owned() } else { format!("{}.{key}", self.path) }
    }

    fn value(&mut self, key: &'static str) -> Option<(&'a DeValue<'a>, usize)> {
        self.known.push(key);
        let value = self.table?.get(key)?;
        Some((value.get_ref(), value.span().start))
    }

    /// The table of that name; an absent one reads as empty.
    pub(crate) fn section(&mut self, key: &'static str, faults: &mut Faults) -> Section<'a> {
        let path = self.full(key);
        let mut section = Section { table: None, path, at: self.at, known: Vec::new() };
        if let Some((value, at)) = self.value(key) {
            section.at = at;
            section.table = value.as_table();
            if section.table.is_none() {
                wrong_kind(faults, at, &section.path, "a table", value);
            }
        }
        section
    }

    /// Each table under that name, `[accounts.production]`, in file order.
    pub(crate) fn named_sections(
        &mut self,
        key: &'static str,
        faults: &mut Faults,
    ) -> Vec<(String, Section<'a>)> {
        let parent = self.section(key, faults);
        let Some(table) = parent.table else { return Vec::new() };
        let mut sections = Vec::new();
        for (name, value) in table {
            let path = format!("{}.{}", parent.path, name.get_ref());
            match value.get_ref().as_table() {
                Some(table) => {
                    let at = name.span().start;
                    let section = Section { table: Some(table), path, at, known: Vec::new() };
                    sections.push((name.get_ref().to_string(), section));
                }
                None => wrong_kind(faults, value.span().start, &path, "a table", value.get_ref()),
            }
        }
        sections.sort_by_key(|(_, section)| section.at);
        sections
    }

    /// Each `[[grants]]`.
    pub(crate) fn listed_sections(&mut self, key: &'static str, faults: &mut Faults) -> Vec<Section<'a>> {
        let path = self.full(key);
        let Some((value, at)) = self.value(key) else { return Vec::new() };
        let Some(items) = value.as_array() else {
            wrong_kind(faults, at, &path, "a list of tables", value);
            return Vec::new();
        };
        let mut sections = Vec::new();
        for (number, item) in items.iter().enumerate() {
            let path = format!("{path}[{}]", number + 1);
            match item.get_ref().as_table() {
                Some(table) => {
                    let at = item.span().start;
                    sections.push(Section { table: Some(table), path, at, known: Vec::new() });
                }
                None => wrong_kind(faults, item.span().start, &path, "a table", item.get_ref()),
            }
        }
        sections
    }

    /// Text.
    pub(crate) fn text(&mut self, key: &'static str, faults: &mut Faults) -> Option<Spot<String>> {
        let (value, at) = self.value(key)?;
        match value.as_str() {
            Some(text) => Some(Spot { value: text.to_owned(), at }),
            None => {
                wrong_kind(faults, at, &self.full(key), "text in quotes", value);
                None
            }
        }
    }

    /// `true` or `false`.
    pub(crate) fn flag(&mut self, key: &'static str, faults: &mut Faults) -> Option<bool> {
        let (value, at) = self.value(key)?;
        value.as_bool().or_else(|| {
            wrong_kind(faults, at, &self.full(key), "true or false", value);
            None
        })
    }

    /// A whole number within bounds.
    pub(crate) fn number(
        &mut self,
        key: &'static str,
        bounds: std::ops::RangeInclusive<i64>,
        faults: &mut Faults,
    ) -> Option<i64> {
        let (value, at) = self.value(key)?;
        let number =
            value.as_integer().and_then(|number| i64::from_str_radix(number.as_str(), number.radix()).ok());
        match number {
            Some(number) if bounds.contains(&number) => Some(number),
            Some(number) => {
                let full = self.full(key);
                faults.at(
                    at,
                    format!("{full}: {number} is not within {} and {}", bounds.start(), bounds.end()),
                );
                None
            }
            None => {
                wrong_kind(faults, at, &self.full(key), "a whole number", value);
                None
            }
        }
    }

    /// A list of texts. A single text is taken as a list of one.
    pub(crate) fn texts(&mut self, key: &'static str, faults: &mut Faults) -> Option<Vec<Spot<String>>> {
        let (value, at) = self.value(key)?;
        texts_in(value, at, &self.full(key), faults)
    }

    /// A table of such lists with free keys, each with the offset of its value.
    pub(crate) fn texts_map(
        &mut self,
        key: &'static str,
        faults: &mut Faults,
    ) -> Vec<(Spot<String>, Vec<Spot<String>>)> {
        let section = self.section(key, faults);
        let mut found = Vec::new();
        for (name, value) in section.table.into_iter().flatten() {
            let path = format!("{}.{}", section.path, name.get_ref());
            let texts = texts_in(value.get_ref(), value.span().start, &path, faults);
            let name = Spot { value: name.get_ref().to_string(), at: name.span().start };
            found.push((name, texts.unwrap_or_default()));
        }
        found
    }

    /// A table of texts with free keys, as labels are.
    pub(crate) fn text_map(
        &mut self,
        key: &'static str,
        faults: &mut Faults,
    ) -> BTreeMap<String, Spot<String>> {
        let section = self.section(key, faults);
        let mut map = BTreeMap::new();
        for (name, value) in section.table.into_iter().flatten() {
            let at = value.span().start;
            match value.get_ref().as_str() {
                Some(text) => {
                    map.insert(name.get_ref().to_string(), Spot { value: text.to_owned(), at });
                }
                None => {
                    let path = format!("{}.{}", section.path, name.get_ref());
                    wrong_kind(faults, at, &path, "text in quotes", value.get_ref());
                }
            }
        }
        map
    }

    /// The free keys of this table, each as (key, value's offset, text if it is text, table if it is one).
    pub(crate) fn entries(&self) -> impl Iterator<Item = (&'a str, usize, Entry<'a>)> {
        let path = self.path.clone();
        self.table.into_iter().flatten().map(move |(name, value)| {
            let at = value.span().start;
            let entry = match value.get_ref() {
                DeValue::String(text) => Entry::Text(text),
                DeValue::Table(table) => Entry::Section(Section {
                    table: Some(table),
                    path: format!("{path}.{}", name.get_ref()),
                    at,
                    known: Vec::new(),
                }),
                _ => Entry::Other,
            };
            (name.get_ref().as_ref(), at, entry)
        })
    }

    /// Every key that nobody asked for is a fault. Call it last.
    pub(crate) fn finish(self, faults: &mut Faults) {
        for (name, _) in self.table.into_iter().flatten() {
            if self.known.iter().any(|known| *known == name.get_ref()) {
                continue;
            }
            faults.at(name.span().start, format!("{}: no such key", self.full(name.get_ref())));
            match nearest(name.get_ref(), self.known.iter().copied()) {
                Some(close) => faults.hint(format!("did you mean `{close}`?")),
                None => faults.hint(format!("known here: {}", self.known.join(", "))),
            }
        }
    }
}

/// What stands under a free key.
pub(crate) enum Entry<'a> {
    /// Text.
    Text(&'a str),
    /// A table.
    Section(Section<'a>),
    /// Something else.
    Other,
}

fn texts_in(value: &DeValue<'_>, at: usize, path: &str, faults: &mut Faults) -> Option<Vec<Spot<String>>> {
    if let Some(text) = value.as_str() {
        return Some(vec![Spot { value: text.to_owned(), at }]);
    }
    let Some(items) = value.as_array() else {
        wrong_kind(faults, at, path, "a list of texts", value);
        return None;
    };
    let mut texts = Vec::new();
    for item in items.iter() {
        match item.get_ref().as_str() {
            Some(text) => texts.push(Spot { value: text.to_owned(), at: item.span().start }),
            None => wrong_kind(faults, item.span().start, path, "text in quotes", item.get_ref()),
        }
    }
    Some(texts)
}

fn wrong_kind(faults: &mut Faults, at: usize, path: &str, wanted: &str, value: &DeValue<'_>) {
    faults.at(at, format!("{path}: must be {wanted}, not {}", value.type_str()));
}

/// The closest of the known words, if one is close enough to have been meant.
pub(crate) fn nearest<'a>(word: &str, known: impl Iterator<Item = &'a str>) -> Option<&'a str> {
    known
        .map(|candidate| (strsim::damerau_levenshtein(word, candidate), candidate))
        .filter(|(distance, candidate)| *distance <= candidate.len().max(3) / 3)
        .min()
        .map(|(_, candidate)| candidate)
}
