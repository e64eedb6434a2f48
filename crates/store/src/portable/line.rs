//! An entry as a line of JSON, and back.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};

use super::{Entry, KeptJob};
use crate::stage::{MAX_BLOB, Stage, class_number, class_of};
use crate::{AuditRow, Hash, Head, MAX_RECORD, Record, UnixMillis};

/// The bound of a line: a payload and a reply of four megabytes each, as base64.
pub(super) const MAX_LINE: usize = 12 * 1024 * 1024;

/// More often nothing was tried: what counts on from there must have room.
const MAX_COUNT: u32 = 1 << 30;

/// The entry as an object.
pub(super) fn written(entry: &Entry) -> Value {
    match entry {
        Entry::Job(job) => json!({"job": {
            "id": job.id, "key": job.key, "class": class_number(job.class), "stage": job.stage,
            "attempt": job.attempt, "starts": job.starts, "deliveries": job.deliveries,
            "accepted_at": job.accepted_at.0, "ready_at": job.ready_at.map(|at| at.0),
            "payload": STANDARD.encode(&job.payload), "reply": job.reply.as_ref().map(|reply| STANDARD.encode(reply)),
        }}),
        Entry::Recent { hash, at } => json!({"recent": {"hash": STANDARD.encode(hash), "at": at.0}}),
        Entry::Record(record) => json!({"record": {
            "kind": record.kind, "key": record.key, "version": record.version,
            "expires_at": record.expires_at.map(|at| at.0), "body": STANDARD.encode(&record.body),
        }}),
        Entry::Row(row) => json!({"row": {
            "chain": row.chain, "seq": row.seq, "at": row.at.0, "kind": row.kind, "job": row.job,
            "body": row.body, "hash": STANDARD.encode(row.hash),
        }}),
        Entry::Head { head, kind } => json!({"head": {
            "chain": head.chain, "rows": head.rows, "hash": STANDARD.encode(head.hash), "kind": kind,
        }}),
    }
}

/// The entry that an object is; `None` if it is none.
pub(super) fn read(line: &Value) -> Option<Entry> {
    let (kind, fields) = line.as_object().filter(|object| object.len() == 1)?.iter().next()?;
    let fields = Fields(fields);
    match kind.as_str() {
        "job" => job(&fields).map(Entry::Job),
        "recent" => Some(Entry::Recent { hash: fields.hash("hash")?, at: fields.time("at")? }),
        "record" => Some(Entry::Record(Record {
            kind: fields.text("kind")?,
            key: fields.text("key")?,
            version: fields.0.get("version")?.as_u64()?,
            expires_at: fields.maybe_time("expires_at")?,
            body: fields.bytes("body", MAX_RECORD)?,
        })),
        "row" => Some(Entry::Row(AuditRow {
            chain: u16::try_from(fields.0.get("chain")?.as_u64()?).ok()?,
            seq: fields.0.get("seq")?.as_u64()?,
            at: fields.time("at")?,
            kind: fields.text("kind")?,
            job: fields.text("job")?,
            body: fields.text("body")?,
            hash: fields.hash("hash")?,
        })),
        "head" => Some(Entry::Head {
            head: Head {
                chain: u16::try_from(fields.0.get("chain")?.as_u64()?).ok()?,
                rows: fields.0.get("rows")?.as_u64()?,
                hash: fields.hash("hash")?,
            },
            kind: fields.text("kind")?,
        }),
        _ => None,
    }
}

fn job(fields: &Fields<'_>) -> Option<KeptJob> {
    let stage = fields.0.get("stage")?.as_i64()?;
    Stage::of(stage).ok()?;
    let reply = fields.0.get("reply")?;
    Some(KeptJob {
        id: fields.text("id")?,
        key: fields.text("key")?,
        class: class_of(fields.0.get("class")?.as_i64()?).ok()?,
        stage,
        attempt: fields.count("attempt")?,
        starts: fields.count("starts")?,
        deliveries: fields.count("deliveries")?,
        accepted_at: fields.time("accepted_at")?,
        ready_at: fields.maybe_time("ready_at")?,
        payload: fields.bytes("payload", MAX_BLOB)?,
        reply: if reply.is_null() { None } else { Some(fields.bytes("reply", MAX_BLOB)?) },
    })
}

struct Fields<'a>(&'a Value);

impl Fields<'_> {
    fn text(&self, name: &str) -> Option<String> {
        self.0.get(name)?.as_str().map(str::to_owned)
    }

    fn count(&self, name: &str) -> Option<u32> {
        u32::try_from(self.0.get(name)?.as_u64()?).ok().filter(|count| *count < MAX_COUNT)
    }

    fn time(&self, name: &str) -> Option<UnixMillis> {
        self.0.get(name)?.as_i64().map(UnixMillis)
    }

    /// The outer `None` is a fault.
    fn maybe_time(&self, name: &str) -> Option<Option<UnixMillis>> {
        let value = self.0.get(name)?;
        if value.is_null() { Some(None) } else { value.as_i64().map(|at| Some(UnixMillis(at))) }
    }

    fn bytes(&self, name: &str, limit: usize) -> Option<Vec<u8>> {
        let bytes = STANDARD.decode(self.0.get(name)?.as_str()?).ok()?;
        (bytes.len() <= limit).then_some(bytes)
    }

    fn hash(&self, name: &str) -> Option<Hash> {
        self.bytes(name, 32)?.try_into().ok()
    }
}

#[cfg(test)]
pub(super) mod tests {
    use proptest::prelude::*;

    use super::*;

    fn bytes() -> impl Strategy<Value = Vec<u8>> {
        prop::collection::vec(any::<u8>(), 0..40)
    }

    /// Any entry, sensible or not.
    pub(in crate::portable) fn entry() -> impl Strategy<Value = Entry> {
        let hash = any::<[u8; 32]>();
        let times = (any::<i64>(), any::<Option<i64>>());
        let job = (".*", ".*", 0..7_i64, 0..MAX_COUNT, times, bytes(), prop::option::of(bytes()));
        prop_oneof![
            job.prop_map(|(id, key, stage, count, (at, ready), payload, reply)| Entry::Job(KeptJob {
                id,
                key,
                class: crate::Class::Write,
                stage,
                attempt: count,
                starts: count,
                deliveries: count,
                accepted_at: UnixMillis(at),
                ready_at: ready.map(UnixMillis),
                payload,
                reply,
            })),
            (hash, any::<i64>()).prop_map(|(hash, at)| Entry::Recent { hash, at: UnixMillis(at) }),
            (".*", ".*", any::<u64>(), any::<Option<i64>>(), bytes()).prop_map(
                |(kind, key, version, ends, body)| {
                    Entry::Record(Record { kind, key, version, expires_at: ends.map(UnixMillis), body })
                }
            ),
            (any::<u16>(), any::<u64>(), any::<i64>(), ".*", hash).prop_map(
                |(chain, seq, at, text, hash)| {
                    let (kind, job, body) = (text.clone(), text.clone(), text);
                    Entry::Row(AuditRow { chain, seq, at: UnixMillis(at), kind, job, body, hash })
                }
            ),
            (any::<u16>(), any::<u64>(), ".*", any::<[u8; 32]>())
                .prop_map(|(chain, rows, kind, hash)| Entry::Head { head: Head { chain, rows, hash }, kind }),
        ]
    }

    proptest! {
        #[test]
        fn entries_are_read_as_they_are_written(entry in entry()) {
            prop_assert_eq!(read(&written(&entry)), Some(entry));
        }

        #[test]
        fn what_is_changed_is_an_entry_or_none(entry in entry(), at in any::<prop::sample::Index>(), byte in any::<u8>()) {
            let mut line = written(&entry).to_string().into_bytes();
            let at = at.index(line.len());
            line[at] = byte;
            if let Ok(value) = serde_json::from_slice(&line) {
                let _ = read(&value);
            }
        }
    }

    #[test]
    fn what_is_no_entry_is_none() {
        for bad in [
            "{}",
            "[]",
            "7",
            r#"{"job": {}}"#,
            r#"{"recent": {"hash": "AAAA", "at": 1}}"#,
            r#"{"record": {"kind": "k", "key": "k", "version": -1, "expires_at": null, "body": ""}}"#,
            r#"{"else": {}}"#,
        ] {
            assert_eq!(read(&serde_json::from_str(bad).expect("JSON")), None, "{bad}");
        }
    }
}
