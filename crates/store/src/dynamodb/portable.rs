//! Everything in the table, as a scan finds it; and back.

use value::{JsonStyle, Map, Value};

use super::item::{Item, Key, PARTITION, SORT, number, text};
use super::{DynamoStore, jobs, keys, lanes, parts, records};
use crate::portable::{Entry, KeptJob, Mark, Portable, Taken};
use crate::record::Put;
use crate::stage::{Stage, class_number};
use crate::{AuditRow, Class, Head, Pending, StoreError};

/// How many items are read at a time.
const PAGE: i64 = 100;
/// How many items one call writes.
/// Source: <https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_BatchWriteItem.html>.
const TOGETHER: usize = 25;

impl Portable for DynamoStore {
    fn take_out(&self, after: Option<Mark>) -> Pending<'_, Taken> {
        Box::pin(async move {
            self.usable().await?;
            let (items, mark) = self.scan(after.as_ref()).await?;
            let mut entries = Vec::new();
            for item in items {
                entries.extend(self.entry(&item).await?);
            }
            Ok((entries, mark))
        })
    }

    fn put_in(&self, entries: Vec<Entry>) -> Pending<'_, ()> {
        Box::pin(async move {
            self.usable().await?;
            let mut puts = Vec::new();
            for entry in &entries {
                for item in self.items(entry).await? {
                    puts.push(one("PutRequest", "Item", item));
                }
            }
            self.write_all(puts).await
        })
    }

    fn clear(&self) -> Pending<'_, ()> {
        Box::pin(async move {
            self.usable().await?;
            loop {
                // From the beginning each time: what was removed is not found again.
                let (items, mark) = self.scan(None).await?;
                let mut deletes = Vec::new();
                for item in &items {
                    let key = Key::new(item.text(PARTITION)?, item.text(SORT)?);
                    if key != keys::format() {
                        deletes.push(one("DeleteRequest", "Key", key.map()));
                    }
                }
                let found = deletes.len();
                self.write_all(deletes).await?;
                if found == 0 && mark.is_none() {
                    return Ok(());
                }
            }
        })
    }
}

fn one(kind: &'static str, member: &'static str, what: Map) -> Value {
    let inner = Map::from_unique(vec![(member.into(), Value::Map(what))]);
    Value::Map(Map::from_unique(vec![(kind.into(), Value::Map(inner))]))
}

impl DynamoStore {
    async fn scan(&self, after: Option<&Mark>) -> Result<(Vec<Item>, Option<Mark>), StoreError> {
        let mut params = self.caller.params();
        params.push("ConsistentRead", true);
        params.push("Limit", PAGE);
        if let Some(Mark(text)) = after {
            let key = Value::from_json(text.as_bytes());
            params.push(
                "ExclusiveStartKey",
                key.map_err(|_| StoreError::Unfit("a mark of another store".to_owned()))?,
            );
        }
        let answer = self.caller.call("Scan", params).await?;
        let mark = answer.get("LastEvaluatedKey").filter(|key| key.is_truthy());
        let mark = mark.map(|key| Mark(key.to_json(JsonStyle::Compact)));
        Ok((super::pages::items_of(answer.get("Items")).collect(), mark))
    }

    /// What an item is; nothing where it belongs to another.
    async fn entry(&self, item: &Item) -> Result<Option<Entry>, StoreError> {
        let partition = item.text(PARTITION)?;
        let (kind, name) = partition.split_once('#').unwrap_or((partition, ""));
        Ok(match kind {
            "job" => Some(Entry::Job(self.job_entry(name, item).await?)),
            "recent" => Some(recent_entry(name, item)?),
            "record" => Some(Entry::Record(records::record_of(name, item)?)),
            "audit" => {
                let chain =
                    name.parse().map_err(|_| StoreError::Unreadable(format!("audit chain {name}")))?;
                Some(if item.text(SORT)? == "head" {
                    let kind = item.text("kind")?.to_owned();
                    Entry::Head { head: lanes::head_of(chain, item)?, kind }
                } else {
                    Entry::Row(lanes::row_of(chain, item)?)
                })
            }
            // The format is each store's own, a key is its job's, and parts are read with what they are part of.
            _ => None,
        })
    }

    async fn job_entry(&self, id: &str, item: &Item) -> Result<KeptJob, StoreError> {
        let found = jobs::Found::read(id, item)?;
        let stage = found.standing.stage;
        let reply = parts::read(&self.caller, item, parts::REPLY).await?;
        Ok(KeptJob {
            id: found.job.id,
            key: found.job.key,
            class: found.job.class,
            stage: stage.number(),
            attempt: found.standing.attempt,
            starts: found.standing.starts,
            deliveries: found.standing.deliveries,
            accepted_at: found.job.accepted_at,
            ready_at: found.is_open.then_some(found.at),
            payload: parts::read(&self.caller, item, parts::PAYLOAD).await?,
            reply: (stage == Stage::Deliver).then_some(reply),
        })
    }

    /// The items that an entry becomes.
    async fn items(&self, entry: &Entry) -> Result<Vec<Map>, StoreError> {
        if let Entry::Row(AuditRow { chain, .. }) | Entry::Head { head: Head { chain, .. }, .. } = entry
            && usize::from(*chain) >= self.lanes.count()
        {
            // It would lie there and be seen by nobody.
            return Err(StoreError::Unfit(format!(
                "keep audit chain {chain} in a table whose format has {}; `bellhop store create-table` gives it today's",
                self.lanes.count()
            )));
        }
        Ok(match entry {
            Entry::Job(job) => {
                keys::check(&job.id)?;
                keys::check(&job.key)?;
                vec![self.job_item(job).await?, keys::accepted(&job.key).item([("job", text(&job.id))])]
            }
            Entry::Recent { hash, at } => vec![records::recent_item(hash, *at)],
            Entry::Record(record) => {
                let put = Put { body: record.body.clone(), expires_at: record.expires_at };
                vec![records::record_item(&keys::record(&record.kind, &record.key), record.version, &put)]
            }
            Entry::Row(row) => vec![lanes::row_item(row)],
            Entry::Head { head, .. } if head.rows == 0 => Vec::new(),
            Entry::Head { head, kind } => vec![lanes::head_item(head, kind)],
        })
    }

    async fn job_item(&self, job: &KeptJob) -> Result<Map, StoreError> {
        // A write that has begun is one that runs here.
        let sent = job.stage == Stage::Sent.number();
        let stage = if sent { Stage::Running.number() } else { job.stage };
        let (queue, at) = match job.ready_at {
            Some(at) => (keys::READY, at),
            None => (keys::CLOSED, job.accepted_at),
        };
        let mut item = keys::job(&job.id).item([
            ("key", text(&job.key)),
            ("class", number(class_number(job.class))),
            ("stage", number(stage)),
            ("attempt", number(i64::from(job.attempt))),
            ("starts", number(i64::from(job.starts))),
            ("deliveries", number(i64::from(job.deliveries))),
            ("accepted_at", number(job.accepted_at.0)),
            ("queue", text(queue)),
            ("at", number(at.0)),
        ]);
        if sent && job.class == Class::Write {
            item.push("begun", number(i64::from(job.attempt)));
        }
        let payload = parts::keep(&self.caller, &job.payload, at).await?;
        let reply = parts::keep(&self.caller, job.reply.as_deref().unwrap_or_default(), at).await?;
        for (name, value) in
            payload.attributes(parts::PAYLOAD).into_iter().chain(reply.attributes(parts::REPLY))
        {
            item.push(name, value);
        }
        Ok(item)
    }

    async fn write_all(&self, writes: Vec<Value>) -> Result<(), StoreError> {
        for some in writes.chunks(TOGETHER) {
            let mut left = Value::List(some.to_vec());
            let mut attempt = 0;
            while left.is_truthy() {
                let tables = Map::from_unique(vec![(self.caller.table.as_str().into(), left)]);
                let params = Map::from_unique(vec![("RequestItems".into(), Value::Map(tables))]);
                let answer = self.caller.call("BatchWriteItem", params).await?;
                let unprocessed =
                    answer.get("UnprocessedItems").and_then(|tables| tables.get(&self.caller.table));
                left = unprocessed.cloned().unwrap_or_default();
                if left.is_truthy() {
                    attempt += 1;
                    self.caller.pause(attempt).await;
                }
            }
        }
        Ok(())
    }
}

fn recent_entry(name: &str, item: &Item) -> Result<Entry, StoreError> {
    let digits: Vec<u8> = name.chars().filter_map(|c| c.to_digit(16)?.try_into().ok()).collect();
    let bytes: Vec<u8> = digits.chunks_exact(2).map(|pair| pair[0] * 16 + pair[1]).collect();
    let hash = bytes.try_into().map_err(|_| StoreError::Unreadable("a recent write".to_owned()))?;
    Ok(Entry::Recent { hash, at: crate::UnixMillis(item.number("at")?) })
}
