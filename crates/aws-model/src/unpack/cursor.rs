//! A place in packed bytes.

use std::ops::Range;

/// What is wrong with packed bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub(crate) enum Damage {
    #[error("it ends too early")]
    Short,
    #[error("it was packed by another version")]
    Version,
    #[error("a text is not UTF-8")]
    Text,
    #[error("an index is out of range")]
    Index,
    #[error("an unknown tag")]
    Tag,
    #[error("it nests too deeply")]
    Depth,
}

/// Reads forward through bytes.
#[derive(Debug, Clone)]
pub(crate) struct Cursor<'a> {
    bytes: &'a [u8],
    at: usize,
}

impl<'a> Cursor<'a> {
    pub(crate) fn new(bytes: &'a [u8]) -> Cursor<'a> {
        Cursor { bytes, at: 0 }
    }

    /// A cursor over a part of the bytes; an empty one where the part is not there.
    pub(crate) fn over(bytes: &'a [u8], range: Range<usize>) -> Cursor<'a> {
        Cursor::new(bytes.get(range).unwrap_or(&[]))
    }

    pub(crate) fn byte(&mut self) -> Result<u8, Damage> {
        let byte = *self.bytes.get(self.at).ok_or(Damage::Short)?;
        self.at += 1;
        Ok(byte)
    }

    /// LEB128.
    pub(crate) fn number(&mut self) -> Result<u64, Damage> {
        let mut number = 0_u64;
        for shift in (0..64).step_by(7) {
            let byte = self.byte()?;
            number |= u64::from(byte & 0x7f) << shift;
            if byte < 0x80 {
                return Ok(number);
            }
        }
        Err(Damage::Index)
    }

    pub(crate) fn index(&mut self) -> Result<u32, Damage> {
        u32::try_from(self.number()?).map_err(|_| Damage::Index)
    }

    /// How many items follow. Each takes a byte at least, so a count beyond what is left is damage.
    pub(crate) fn count(&mut self) -> Result<usize, Damage> {
        let count = usize::try_from(self.number()?).map_err(|_| Damage::Index)?;
        if count > self.bytes.len() - self.at { Err(Damage::Short) } else { Ok(count) }
    }

    pub(crate) fn signed(&mut self) -> Result<i64, Damage> {
        let number = self.number()?;
        Ok((number >> 1) as i64 ^ -((number & 1) as i64))
    }

    pub(crate) fn float(&mut self) -> Result<f64, Damage> {
        let bytes = self.take(8)?.try_into().map_err(|_| Damage::Short)?;
        Ok(f64::from_le_bytes(bytes))
    }

    pub(crate) fn take(&mut self, length: usize) -> Result<&'a [u8], Damage> {
        let end = self.at.checked_add(length).ok_or(Damage::Short)?;
        let bytes = self.bytes.get(self.at..end).ok_or(Damage::Short)?;
        self.at = end;
        Ok(bytes)
    }

    /// A length and that many bytes: where they are.
    pub(crate) fn run(&mut self) -> Result<Range<usize>, Damage> {
        let length = self.count()?;
        let start = self.at;
        self.take(length)?;
        Ok(start..self.at)
    }

    /// A table: where each of its records begins and ends.
    pub(crate) fn table(&mut self) -> Result<Table, Damage> {
        let count = self.count()?;
        let mut ends = Vec::with_capacity(count);
        let mut total = 0_u32;
        for _ in 0..count {
            total = total.checked_add(self.index()?).ok_or(Damage::Index)?;
            ends.push(total);
        }
        let start = self.at;
        self.take(total as usize)?;
        Ok(Table { start, ends })
    }
}

/// Where the records of a table are.
#[derive(Debug, Default)]
pub(crate) struct Table {
    start: usize,
    ends: Vec<u32>,
}

impl Table {
    pub(crate) fn len(&self) -> usize {
        self.ends.len()
    }

    /// Where a record is, in the bytes that the cursor read.
    pub(crate) fn range(&self, index: usize) -> Option<Range<usize>> {
        let end = *self.ends.get(index)? as usize;
        let begin = if index == 0 { 0 } else { self.ends[index - 1] as usize };
        Some(self.start + begin..self.start + end)
    }

    /// Where all records are.
    pub(crate) fn whole(&self) -> Range<usize> {
        self.start..self.start + self.ends.last().map_or(0, |end| *end as usize)
    }
}

impl Table {
    /// Only where the records end, counted from the first one's begin.
    pub(crate) fn into_ends(self) -> Vec<u32> {
        self.ends
    }
}
