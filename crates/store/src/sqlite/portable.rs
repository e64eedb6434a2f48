//! Everything in the file, section after section; and back.

use rusqlite::{Connection, Row, params};

use super::SqliteStore;
use super::audit::signed;
use crate::portable::{Entry, KeptJob, Mark, Portable, Taken};
use crate::stage::{class_number, class_of};
use crate::{AuditRow, Head, Pending, Record, StoreError, UnixMillis};

/// How many rows are read at a time: a job may have eight megabytes.
const PAGE: u32 = 50;

/// The tables in the order in which they are read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Section {
    Jobs,
    Recent,
    Records,
    Audit,
    OtherAudit,
    Heads,
}

const SECTIONS: [Section; 6] =
    [Section::Jobs, Section::Recent, Section::Records, Section::Audit, Section::OtherAudit, Section::Heads];

impl Portable for SqliteStore {
    fn take_out(&self, after: Option<Mark>) -> Pending<'_, Taken> {
        self.reader.run(move |connection| take_out(connection, after.as_ref()))
    }

    fn put_in(&self, entries: Vec<Entry>) -> Pending<'_, ()> {
        self.writer.run(move |connection| entries.iter().try_for_each(|entry| put_in(connection, entry)))
    }

    fn clear(&self) -> Pending<'_, ()> {
        self.writer.run(|connection| {
            connection.execute_batch(
                "DELETE FROM jobs; DELETE FROM recent_writes; DELETE FROM records; DELETE FROM audit;
                 DELETE FROM other_audit; DELETE FROM other_audit_head;
                 UPDATE audit_head SET seq = 0, hash = zeroblob(32);",
            )?;
            Ok(())
        })
    }
}

/// A mark is the number of a section and how many of its rows were read: nobody changes them meanwhile.
fn take_out(connection: &Connection, after: Option<&Mark>) -> Result<Taken, StoreError> {
    let (number, read) = match after {
        None => (0, 0),
        Some(Mark(text)) => {
            let parts =
                text.split_once(' ').and_then(|(one, two)| Some((one.parse().ok()?, two.parse().ok()?)));
            parts.ok_or_else(|| StoreError::Unfit("a mark of another store".to_owned()))?
        }
    };
    let Some(section) = SECTIONS.get(number) else { return Ok((Vec::new(), None)) };
    let entries = section.read(connection, read)?;
    let mark = if entries.len() == PAGE as usize {
        Mark(format!("{number} {}", read + i64::from(PAGE)))
    } else if number + 1 < SECTIONS.len() {
        Mark(format!("{} 0", number + 1))
    } else {
        return Ok((entries, None));
    };
    Ok((entries, Some(mark)))
}

impl Section {
    fn sql(self) -> &'static str {
        match self {
            Section::Jobs => {
                "SELECT id, key, class, stage, attempt, starts, deliveries, accepted_at, ready_at, payload, reply
                 FROM jobs ORDER BY seq"
            }
            Section::Recent => "SELECT hash, at FROM recent_writes ORDER BY hash",
            Section::Records => "SELECT kind, key, version, expires_at, body FROM records ORDER BY id",
            Section::Audit => "SELECT 0, seq, at, kind, job, body, hash FROM audit ORDER BY seq",
            Section::OtherAudit => {
                "SELECT chain, seq, at, kind, job, body, hash FROM other_audit ORDER BY chain, seq"
            }
            Section::Heads => {
                "SELECT 0, h.seq, h.hash, coalesce(a.kind, '') FROM audit_head h
                     LEFT JOIN audit a ON a.seq = h.seq
                 UNION ALL SELECT h.chain, h.seq, h.hash, coalesce(a.kind, '') FROM other_audit_head h
                     LEFT JOIN other_audit a ON a.chain = h.chain AND a.seq = h.seq"
            }
        }
    }

    fn read(self, connection: &Connection, after: i64) -> Result<Vec<Entry>, StoreError> {
        let sql = format!("{} LIMIT {PAGE} OFFSET ?1", self.sql());
        let mut select = connection.prepare_cached(&sql)?;
        let mut rows = select.query([after])?;
        let mut entries = Vec::new();
        while let Some(row) = rows.next()? {
            entries.push(match self {
                Section::Jobs => Entry::Job(job(row)?),
                Section::Recent => Entry::Recent { hash: row.get(0)?, at: UnixMillis(row.get(1)?) },
                Section::Records => Entry::Record(Record {
                    kind: row.get(0)?,
                    key: row.get(1)?,
                    version: row.get::<_, i64>(2)?.cast_unsigned(),
                    expires_at: row.get::<_, Option<i64>>(3)?.map(UnixMillis),
                    body: row.get(4)?,
                }),
                Section::Audit | Section::OtherAudit => Entry::Row(AuditRow {
                    chain: row.get(0)?,
                    seq: row.get::<_, i64>(1)?.cast_unsigned(),
                    at: UnixMillis(row.get(2)?),
                    kind: row.get(3)?,
                    job: row.get(4)?,
                    body: row.get(5)?,
                    hash: row.get(6)?,
                }),
                Section::Heads => {
                    let rows = row.get::<_, i64>(1)?.cast_unsigned();
                    Entry::Head {
                        head: Head { chain: row.get(0)?, rows, hash: row.get(2)? },
                        kind: row.get(3)?,
                    }
                }
            });
        }
        Ok(entries)
    }
}

fn job(row: &Row<'_>) -> Result<KeptJob, StoreError> {
    Ok(KeptJob {
        id: row.get(0)?,
        key: row.get(1)?,
        class: class_of(row.get(2)?)?,
        stage: row.get(3)?,
        attempt: row.get(4)?,
        starts: row.get(5)?,
        deliveries: row.get(6)?,
        accepted_at: UnixMillis(row.get(7)?),
        ready_at: row.get::<_, Option<i64>>(8)?.map(UnixMillis),
        payload: row.get(9)?,
        reply: row.get(10)?,
    })
}

fn put_in(connection: &Connection, entry: &Entry) -> Result<(), StoreError> {
    match entry {
        Entry::Job(job) => connection
            .prepare_cached(
                "INSERT OR REPLACE INTO jobs
                 (id, key, class, stage, guest, attempt, starts, deliveries, accepted_at, ready_at, payload, reply)
                 VALUES (?1, ?2, ?3, ?4, 0, ?5, ?6, ?7, ?8, ?9, ?10, ?11)",
            )?
            .execute(params![
                job.id,
                job.key,
                class_number(job.class),
                job.stage,
                job.attempt,
                job.starts,
                job.deliveries,
                job.accepted_at.0,
                job.ready_at.map(|at| at.0),
                job.payload,
                job.reply,
            ])?,
        Entry::Recent { hash, at } => connection
            .prepare_cached("INSERT OR REPLACE INTO recent_writes (hash, at) VALUES (?1, ?2)")?
            .execute(params![hash, at.0])?,
        Entry::Record(record) => connection
            .prepare_cached(
                "INSERT OR REPLACE INTO records (kind, key, version, expires_at, body)
                 VALUES (?1, ?2, ?3, ?4, ?5)",
            )?
            .execute(params![
                record.kind,
                record.key,
                record.version.cast_signed(),
                record.expires_at.map(|at| at.0),
                record.body,
            ])?,
        Entry::Row(row) => put_row(connection, row)?,
        Entry::Head { head, .. } => put_head(connection, head)?,
    };
    Ok(())
}

fn put_row(connection: &Connection, row: &AuditRow) -> Result<usize, StoreError> {
    let sql = match row.chain {
        0 => {
            "INSERT OR REPLACE INTO audit (seq, at, kind, job, body, hash)
             SELECT ?2, ?3, ?4, ?5, ?6, ?7 WHERE ?1 = 0"
        }
        _ => {
            "INSERT OR REPLACE INTO other_audit (chain, seq, at, kind, job, body, hash)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)"
        }
    };
    let values = params![row.chain, signed(row.seq), row.at.0, row.kind, row.job, row.body, row.hash];
    Ok(connection.prepare_cached(sql)?.execute(values)?)
}

fn put_head(connection: &Connection, head: &Head) -> Result<usize, StoreError> {
    let values = params![head.chain, signed(head.rows), head.hash];
    let sql = match (head.chain, head.rows) {
        (0, _) => "UPDATE audit_head SET seq = ?2, hash = ?3 WHERE ?1 = 0",
        // A chain without rows is none here.
        (_, 0) => return Ok(0),
        _ => "INSERT OR REPLACE INTO other_audit_head (chain, seq, hash) VALUES (?1, ?2, ?3)",
    };
    Ok(connection.prepare_cached(sql)?.execute(values)?)
}
