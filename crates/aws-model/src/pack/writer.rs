//! Bytes, and strings that are written once.

use std::collections::HashMap;

/// Bytes that grow.
#[derive(Default)]
pub(crate) struct Writer {
    pub(crate) bytes: Vec<u8>,
}

impl Writer {
    pub(crate) fn byte(&mut self, byte: u8) {
        self.bytes.push(byte);
    }

    /// LEB128.
    pub(crate) fn number(&mut self, mut number: u64) {
        while number >= 0x80 {
            self.bytes.push(number as u8 | 0x80);
            number >>= 7;
        }
        self.bytes.push(number as u8);
    }

    /// A whole number of either sign, small ones short.
    pub(crate) fn signed(&mut self, number: i64) {
        self.number(((number << 1) ^ (number >> 63)) as u64);
    }

    pub(crate) fn float(&mut self, number: f64) {
        self.bytes.extend_from_slice(&number.to_le_bytes());
    }

    /// A length and that many bytes.
    pub(crate) fn run(&mut self, bytes: &[u8]) {
        self.number(bytes.len() as u64);
        self.bytes.extend_from_slice(bytes);
    }

    /// A table: how many records, how long each is, the records.
    pub(crate) fn table(&mut self, records: &[Vec<u8>]) {
        self.number(records.len() as u64);
        for record in records {
            self.number(record.len() as u64);
        }
        for record in records {
            self.bytes.extend_from_slice(record);
        }
    }
}

/// Gives each string an index, the same for the same text.
#[derive(Default)]
pub(crate) struct Interner {
    indices: HashMap<String, u64>,
    texts: Vec<Vec<u8>>,
}

impl Interner {
    pub(crate) fn index(&mut self, text: &str) -> u64 {
        if let Some(index) = self.indices.get(text) {
            return *index;
        }
        let index = self.texts.len() as u64;
        self.indices.insert(text.to_owned(), index);
        self.texts.push(text.as_bytes().to_vec());
        index
    }

    /// Writes all strings as a table.
    pub(crate) fn write(&self, out: &mut Writer) {
        out.table(&self.texts);
    }
}
