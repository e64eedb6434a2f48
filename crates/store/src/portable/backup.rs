//! A backup: lines of JSON. The first says what it is, each further one is an entry, and the last says how many there were
//! and bears the SHA-256 of all lines before it.

use std::io::{self, BufRead, Read as _, Write};

use aws_lc_rs::digest::{Context, SHA256};
use serde_json::{Value, json};

use super::line::{self, MAX_LINE};
use super::{Entry, Portable};
use crate::StoreError;

/// The version of the form.
const VERSION: u64 = 1;
/// How many entries are put into a store at a time.
const TOGETHER: usize = 100;

/// Why a backup was not written or read.
#[derive(Debug, thiserror::Error)]
pub enum BackupFault {
    /// The file cannot be read or written.
    #[error("the file cannot be used")]
    File(#[from] io::Error),
    /// The store does not answer.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// It is something else.
    #[error("it is no backup of Bellhop's store")]
    Other,
    /// A newer Bellhop wrote it.
    #[error("it has version {0}, and this Bellhop knows version {VERSION}")]
    TooNew(u64),
    /// A line cannot be read.
    #[error("line {0} cannot be read")]
    Line(u64),
    /// It ends before its end, or was changed.
    #[error("it is not as it was written: its end is missing, or its checksum is another")]
    Broken,
}

/// What a backup holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Summary {
    /// How many entries.
    pub entries: u64,
    /// Its checksum, in hexadecimal digits; it names the backup.
    pub sha256: String,
}

/// Writes everything in a store.
///
/// # Errors
/// The store does not answer, or the file takes no more.
pub async fn write(store: &dyn Portable, out: &mut (dyn Write + Send)) -> Result<Summary, BackupFault> {
    let mut hash = Context::new(&SHA256);
    put(out, &mut hash, &json!({ "bellhop-backup": VERSION }))?;
    let (mut after, mut entries) = (None, 0);
    loop {
        let (taken, next) = store.take_out(after).await?;
        for entry in taken.iter().filter(|entry| !super::is_mark(entry)) {
            put(out, &mut hash, &line::written(entry))?;
            entries += 1;
        }
        let Some(next) = next else { break };
        after = Some(next);
    }
    let summary = Summary { entries, sha256: hex(hash) };
    end(out, &summary)?;
    Ok(summary)
}

fn put(out: &mut (dyn Write + Send), hash: &mut Context, value: &Value) -> io::Result<()> {
    let line = format!("{value}\n");
    hash.update(line.as_bytes());
    out.write_all(line.as_bytes())
}

fn end(out: &mut (dyn Write + Send), summary: &Summary) -> io::Result<()> {
    writeln!(out, "{}", json!({ "end": summary.entries, "sha256": summary.sha256 }))?;
    out.flush()
}

/// Reads a whole backup and holds it against its checksum.
///
/// # Errors
/// It cannot be read, or is not as it was written.
pub fn check(file: &mut (dyn BufRead + Send)) -> Result<Summary, BackupFault> {
    let mut lines = Lines::begin(file)?;
    while lines.next()?.is_some() {}
    lines.summary.ok_or(BackupFault::Broken)
}

/// Puts a backup into a store. Whoever calls it has checked it, and has seen to it that there is room.
///
/// # Errors
/// It cannot be read, or the store does not answer. It can be done again.
pub async fn read(file: &mut (dyn BufRead + Send), store: &dyn Portable) -> Result<Summary, BackupFault> {
    let mut lines = Lines::begin(file)?;
    let mut entries = Vec::new();
    while let Some(entry) = lines.next()? {
        entries.push(entry);
        if entries.len() == TOGETHER {
            store.put_in(std::mem::take(&mut entries)).await?;
        }
    }
    store.put_in(entries).await?;
    lines.summary.ok_or(BackupFault::Broken)
}

struct Lines<'a> {
    file: &'a mut (dyn BufRead + Send),
    hash: Option<Context>,
    number: u64,
    summary: Option<Summary>,
}

impl Lines<'_> {
    fn begin<'a>(file: &'a mut (dyn BufRead + Send)) -> Result<Lines<'a>, BackupFault> {
        let mut lines = Lines { file, hash: Some(Context::new(&SHA256)), number: 0, summary: None };
        let (line, first) = lines.line().map_err(|fault| match fault {
            BackupFault::Line(_) | BackupFault::Broken => BackupFault::Other,
            other => other,
        })?;
        match first.get("bellhop-backup").and_then(Value::as_u64) {
            Some(VERSION) => lines.count(&line),
            Some(newer) => return Err(BackupFault::TooNew(newer)),
            None => return Err(BackupFault::Other),
        }
        Ok(lines)
    }

    fn count(&mut self, line: &[u8]) {
        if let Some(hash) = &mut self.hash {
            hash.update(line);
        }
    }

    fn line(&mut self) -> Result<(Vec<u8>, Value), BackupFault> {
        let mut line = Vec::new();
        let limit = MAX_LINE as u64 + 1;
        (&mut *self.file).take(limit).read_until(b'\n', &mut line)?;
        self.number += 1;
        if line.last() != Some(&b'\n') {
            // Cut off, or no line of a backup: those have a bound.
            return Err(BackupFault::Broken);
        }
        let value = serde_json::from_slice(&line).map_err(|_| BackupFault::Line(self.number))?;
        Ok((line, value))
    }

    /// The next entry; `None` behind the last, when all was as it was written.
    fn next(&mut self) -> Result<Option<Entry>, BackupFault> {
        let (line, value) = self.line()?;
        if let Some(count) = value.get("end").and_then(Value::as_u64) {
            let found = self.hash.take().map(hex).unwrap_or_default();
            let told = value.get("sha256").and_then(Value::as_str);
            let all = count + 2 == self.number && told == Some(found.as_str());
            if !all || !self.file.fill_buf()?.is_empty() {
                return Err(BackupFault::Broken);
            }
            self.summary = Some(Summary { entries: count, sha256: found });
            return Ok(None);
        }
        self.count(&line);
        line::read(&value).map(Some).ok_or(BackupFault::Line(self.number))
    }
}

fn hex(hash: Context) -> String {
    hash.finish().as_ref().iter().map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests;
