//! The strings of a service.

use std::sync::OnceLock;

use value::Key;

use super::{Cursor, Damage};

/// Strings by index. Each becomes a [`Key`] when it is first asked for, and is then shared.
pub(crate) struct Names {
    text: String,
    ends: Vec<u32>,
    keys: Box<[OnceLock<Key>]>,
}

impl Names {
    /// Reads the table of strings that begins here.
    pub(crate) fn read(cursor: &mut Cursor<'_>, bytes: &[u8]) -> Result<Names, Damage> {
        let table = cursor.table()?;
        let text = bytes.get(table.whole()).ok_or(Damage::Short)?;
        let text = std::str::from_utf8(text).map_err(|_| Damage::Text)?.to_owned();
        let keys = (0..table.len()).map(|_| OnceLock::new()).collect();
        Ok(Names { text, ends: table.into_ends(), keys })
    }

    pub(crate) fn text(&self, index: u32) -> Result<&str, Damage> {
        let index = index as usize;
        let end = *self.ends.get(index).ok_or(Damage::Index)? as usize;
        let begin = if index == 0 { 0 } else { self.ends[index - 1] as usize };
        self.text.get(begin..end).ok_or(Damage::Text)
    }

    pub(crate) fn key(&self, index: u32) -> Result<Key, Damage> {
        let cell = self.keys.get(index as usize).ok_or(Damage::Index)?;
        if let Some(key) = cell.get() {
            return Ok(key.clone());
        }
        let text = self.text(index)?;
        Ok(cell.get_or_init(|| Key::new(text)).clone())
    }

    /// The key whose index comes next.
    pub(crate) fn next(&self, cursor: &mut Cursor<'_>) -> Result<Key, Damage> {
        self.key(cursor.index()?)
    }

    /// The same where zero stands for none and indices are one higher.
    pub(crate) fn next_optional(&self, cursor: &mut Cursor<'_>) -> Result<Option<Key>, Damage> {
        match cursor.index()? {
            0 => Ok(None),
            index => self.key(index - 1).map(Some),
        }
    }

    /// As many keys as the count before them says.
    pub(crate) fn next_list(&self, cursor: &mut Cursor<'_>) -> Result<Vec<Key>, Damage> {
        (0..cursor.count()?).map(|_| self.next(cursor)).collect()
    }
}
