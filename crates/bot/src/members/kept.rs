//! Memberships as records: lists in chunks, what events said since, and what kind of user somebody is.
//!
//! `list/<team>/<group>/<chunk>` holds ids, all chunks changed in one step; `delta/<team>/<group>/<time>/<event>` holds who
//! came and went; `page/<team>/<group>/<number>` holds the part of a list that is being read. Users are records of their own
//! kind, `<team>/<user>`.

use policy::{ActorKind, Memberships};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use store::{Change, Expect, Page, Record, StoreError, UnixMillis};

use super::GroupOf;
use super::event::Order;
use crate::bot::Inner;
use crate::seal::{Keyring, Purpose};

/// The kind of lists, changes and pages.
pub(super) const MEMBERS: &str = "member";
/// The kind of what is known of users.
pub(super) const USERS: &str = "user";
/// What the keys of lists and of changes begin with.
const LIST: &str = "list/";
const DELTA: &str = "delta/";
/// The version of all of them.
const VERSION: u32 = 1;
/// How many bytes of ids one chunk holds.
const CHUNK: usize = 192 * 1024;
/// How many chunks a list may have: some 200,000 members, and still one step of the store.
const CHUNKS: usize = 14;
/// How long a change is kept: longer than a list is believed.
const DELTA_KEPT_MS: i64 = 8 * 24 * 3_600_000;
/// How many ids one change may name; of more only who left is kept.
pub(super) const DELTA_IDS: usize = 10_000;

/// One chunk of a list.
#[derive(Serialize, Deserialize)]
struct Chunk {
    version: u32,
    /// When reading began, milliseconds.
    since: i64,
    /// How many chunks there are.
    of: usize,
    /// Ids, with spaces between.
    users: String,
}

/// Who came and went.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Delta {
    pub(super) version: u32,
    /// When it happened, by Slack's clock, milliseconds.
    pub(super) happened: i64,
    /// From when on who came counts against lists, milliseconds.
    pub(super) joined_at: i64,
    /// Likewise who went.
    pub(super) left_at: i64,
    pub(super) joined: Vec<String>,
    pub(super) left: Vec<String>,
    /// Nobody is in it any more.
    pub(super) emptied: bool,
}

#[derive(Serialize, Deserialize)]
struct KnownUser {
    version: u32,
    kind: StoredKind,
    admin: bool,
    at: i64,
}

#[derive(Serialize, Deserialize)]
enum StoredKind {
    Member,
    Guest,
    Bot,
    Stranger,
    Deactivated,
}

/// A list has more members than are kept.
#[derive(Debug, thiserror::Error)]
#[error("it has more members than can be kept")]
pub(super) struct TooMany;

/// The changes that put a whole list in the place of another.
pub(super) fn list(
    seal: &Keyring,
    (team, group): &GroupOf,
    members: &[String],
    since: UnixMillis,
    old_chunks: usize,
) -> Result<Vec<Change>, TooMany> {
    let mut chunks = vec![String::new()];
    for user in members {
        if chunks.last().is_some_and(|chunk| chunk.len() + user.len() + 1 > CHUNK) {
            chunks.push(String::new());
        }
        if let Some(chunk) = chunks.last_mut() {
            if !chunk.is_empty() {
                chunk.push(' ');
            }
            chunk.push_str(user);
        }
    }
    let of = chunks.len();
    if of > CHUNKS {
        return Err(TooMany);
    }
    let chunk = |(number, users): (usize, String)| {
        let chunk = Chunk { version: VERSION, since: since.0, of, users };
        put(seal, MEMBERS, chunk_key(team, group, number), &chunk, None)
    };
    let surplus = (of..old_chunks.min(CHUNKS)).map(|number| chunk_key(team, group, number));
    let removed = surplus.map(|key| Change::remove(MEMBERS, key, Expect::Any));
    Ok(chunks.into_iter().enumerate().map(chunk).chain(removed).collect())
}

fn chunk_key(team: &str, group: &str, number: usize) -> String {
    format!("list/{team}/{group}/{number:03}")
}

/// How many chunks the list of a group has now.
pub(super) async fn chunks_of(inner: &Inner, (team, group): &GroupOf) -> Result<usize, StoreError> {
    let first = inner.store.record(MEMBERS, &chunk_key(team, group, 0), inner.clock.millis()).await?;
    Ok(first.and_then(|record| read::<Chunk>(&inner.seal, &record)).map_or(0, |chunk| chunk.of))
}

/// The change that keeps what an event said.
pub(super) fn delta(
    seal: &Keyring,
    (team, group): &GroupOf,
    event: &str,
    delta: &Delta,
    now: UnixMillis,
) -> Change {
    let mut delta = Delta { version: VERSION, ..delta.clone() };
    if delta.joined.len() + delta.left.len() > DELTA_IDS {
        // The group is read again anyway; until then nobody new counts, and whoever may have left does not either.
        delta.joined.clear();
        delta.emptied |= delta.left.len() > DELTA_IDS;
        delta.left.truncate(DELTA_IDS);
    }
    let key = format!("delta/{team}/{group}/{:013}/{event}", now.0);
    put(seal, MEMBERS, key, &delta, Some(now.plus(DELTA_KEPT_MS)))
}

/// The change that keeps what kind of user somebody is.
pub(super) fn user(
    seal: &Keyring,
    team: &str,
    user: &str,
    kind: ActorKind,
    admin: bool,
    at: UnixMillis,
) -> Option<Change> {
    let kind = match kind {
        ActorKind::Member => StoredKind::Member,
        ActorKind::Guest => StoredKind::Guest,
        ActorKind::Bot => StoredKind::Bot,
        ActorKind::Stranger => StoredKind::Stranger,
        ActorKind::Deactivated => StoredKind::Deactivated,
        ActorKind::Unknown => return None,
    };
    let known = KnownUser { version: VERSION, kind, admin, at: at.0 };
    Some(put(seal, USERS, format!("{team}/{user}"), &known, None))
}

/// All records, those of a list behind one another.
pub(super) async fn records(inner: &Inner) -> Result<Vec<Record>, StoreError> {
    let mut records = Vec::new();
    each(inner, MEMBERS, LIST, 20, |record| records.push(record)).await?;
    each(inner, MEMBERS, DELTA, 500, |record| records.push(record)).await?;
    each(inner, USERS, "", 500, |record| records.push(record)).await?;
    Ok(records)
}

/// The table that the records make.
pub(super) fn table(inner: &Inner, records: &[Record]) -> (Memberships, Order) {
    let mut table = Memberships::new(inner.settings.membership_limits);
    let (mut order, mut gathered) = (Order::default(), Gathered::default());
    for record in records {
        if record.kind == USERS {
            see_user(&inner.seal, record, &mut table);
        } else if record.key.starts_with(LIST) {
            gathered.add(&inner.seal, record, &mut table);
        } else if let Some((group, delta)) =
            group_in(&record.key, DELTA).zip(read::<Delta>(&inner.seal, record))
        {
            apply(&mut table, &group, &delta);
            order.note(&group, &delta);
        }
    }
    (table, order)
}

/// Reads one group again: its list, and what events said since.
pub(super) async fn group(inner: &Inner, (team, group): &GroupOf) -> Result<(), StoreError> {
    let (mut lists, mut deltas) = (Vec::new(), Vec::new());
    each(inner, MEMBERS, &format!("list/{team}/{group}/"), 20, |record| lists.push(record)).await?;
    each(inner, MEMBERS, &format!("delta/{team}/{group}/"), 500, |record| deltas.push(record)).await?;
    let deltas: Vec<Delta> = deltas.iter().filter_map(|record| read(&inner.seal, record)).collect();
    let of = (team.clone(), group.clone());
    deltas.iter().for_each(|delta| super::locked(&inner.members.order).note(&of, delta));
    inner.members.change(|table| {
        let mut gathered = Gathered::default();
        lists.iter().for_each(|record| gathered.add(&inner.seal, record, table));
        deltas.iter().for_each(|delta| apply(table, &of, delta));
    });
    Ok(())
}

/// Reads again what is known of one user.
pub(super) async fn somebody(inner: &Inner, team: &str, user: &str) -> Result<(), StoreError> {
    let record = inner.store.record(USERS, &format!("{team}/{user}"), inner.clock.millis()).await?;
    if let Some(record) = record {
        inner.members.change(|table| see_user(&inner.seal, &record, table));
    }
    Ok(())
}

fn see_user(seal: &Keyring, record: &Record, table: &mut Memberships) {
    let Some((team, user)) = record.key.split_once('/') else { return };
    let Some(known) = read::<KnownUser>(seal, record) else { return };
    let kind = match known.kind {
        StoredKind::Member => ActorKind::Member,
        StoredKind::Guest => ActorKind::Guest,
        StoredKind::Bot => ActorKind::Bot,
        StoredKind::Stranger => ActorKind::Stranger,
        StoredKind::Deactivated => ActorKind::Deactivated,
    };
    table.user(team, user, kind, known.admin, known.at);
}

/// Puts a change into the table.
pub(super) fn apply(table: &mut Memberships, (team, group): &GroupOf, delta: &Delta) {
    if delta.emptied {
        table.empty(team, group, delta.left_at);
    }
    for user in &delta.joined {
        table.join(team, group, user, delta.joined_at);
    }
    for user in &delta.left {
        table.leave(team, group, user, delta.left_at);
    }
}

/// Chunks of one list, which come one behind the other.
#[derive(Default)]
struct Gathered {
    group: GroupOf,
    chunks: Vec<Chunk>,
}

impl Gathered {
    fn add(&mut self, seal: &Keyring, record: &Record, table: &mut Memberships) {
        let Some((group, chunk)) = group_in(&record.key, LIST).zip(read::<Chunk>(seal, record)) else {
            return;
        };
        if group != self.group {
            *self = Gathered { group, chunks: Vec::new() };
        }
        let (of, since) = (chunk.of, chunk.since);
        self.chunks.push(chunk);
        // A list that lacks a chunk is no list: the group was never read.
        if self.chunks.len() == of && self.chunks.iter().all(|chunk| chunk.since == since) {
            let users =
                self.chunks.iter().flat_map(|chunk| chunk.users.split(' ')).filter(|user| !user.is_empty());
            table.list(&self.group.0, &self.group.1, users, since);
        }
    }
}

/// Calls `see` with every record of that kind and prefix.
pub(super) async fn each(
    inner: &Inner,
    kind: &'static str,
    prefix: &str,
    limit: u32,
    mut see: impl FnMut(Record),
) -> Result<(), StoreError> {
    let now = inner.clock.millis();
    let mut page = Page { kind, prefix: prefix.to_owned(), after: None, limit };
    loop {
        let records = inner.store.records(page.clone(), now).await?;
        let end = records.len() < limit as usize;
        page.after = records.last().map(|record| record.key.clone());
        records.into_iter().for_each(&mut see);
        if end {
            return Ok(());
        }
    }
}

/// `list/T1/C1/000` → T1, C1
fn group_in(key: &str, prefix: &str) -> Option<GroupOf> {
    let mut parts = key.strip_prefix(prefix)?.split('/');
    Some((parts.next()?.to_owned(), parts.next()?.to_owned()))
}

/// A record that was not sealed here for its key, or that this version cannot read, counts as none: what it would grant
/// is not granted.
pub(super) fn read<T: DeserializeOwned>(seal: &Keyring, record: &Record) -> Option<T> {
    let plain = seal.open(Purpose::Members, &[&record.kind, &record.key], &record.body).ok();
    let read = plain.and_then(|plain| serde_json::from_slice(&plain).ok());
    if read.is_none() {
        tracing::error!(
            kind = record.kind,
            key = record.key,
            "a record about members cannot be believed; it counts as none"
        );
    }
    read
}

/// The change that keeps a record, sealed for its key.
pub(super) fn put(
    seal: &Keyring,
    kind: &'static str,
    key: String,
    value: &impl Serialize,
    until: Option<UnixMillis>,
) -> Change {
    // These types hold nothing that JSON cannot; and what could not be sealed is not believed when it is read.
    let plain = serde_json::to_vec(value).unwrap_or_default();
    let body = seal.seal(Purpose::Members, &[kind, &key], &plain).unwrap_or_default();
    Change::put(kind, key, Expect::Any, body, until)
}

#[cfg(test)]
mod tests {
    #![expect(clippy::expect_used, reason = "a test stops at the first surprise")]

    use store::To;

    use super::*;

    fn group() -> GroupOf {
        ("T1".to_owned(), "S1".to_owned())
    }

    fn key() -> Keyring {
        Keyring::fresh().expect("a key").0
    }

    #[test]
    fn a_record_that_was_put_elsewhere_is_not_believed() {
        let seal = key();
        let change = user(&seal, "T1", "U1", ActorKind::Member, true, UnixMillis(1)).expect("a change");
        let To::Put(put) = change.to else { panic!("a record") };
        for (key, believed) in [("T1/U1", true), ("T1/U2", false), ("T2/U1", false)] {
            let (kind, key) = (USERS.to_owned(), key.to_owned());
            let record = Record { kind, key, version: 1, expires_at: None, body: put.body.clone() };
            assert_eq!(read::<KnownUser>(&seal, &record).is_some(), believed, "{}", record.key);
        }
        let body = br#"{"version":1,"kind":"Member","admin":true,"at":1}"#.to_vec();
        let forged =
            Record { kind: USERS.to_owned(), key: "T1/U1".to_owned(), version: 1, expires_at: None, body };
        assert!(read::<KnownUser>(&seal, &forged).is_none());
    }

    fn bodies(changes: &[Change]) -> Vec<usize> {
        let size = |change: &Change| match &change.to {
            To::Put(put) => put.body.len(),
            To::Gone | To::Same => 0,
        };
        changes.iter().map(size).collect()
    }

    #[test]
    fn a_large_list_fits_the_store_in_one_step() {
        let members: Vec<String> = (0..50_000).map(|number| format!("U0{number:09}")).collect();
        let changes = list(&key(), &group(), &members, UnixMillis(5), 7).expect("fits");
        let sizes = bodies(&changes);
        assert_eq!((sizes.len(), sizes.iter().filter(|size| **size > 0).count()), (7, 4), "{sizes:?}");
        assert!(sizes.iter().all(|size| *size <= store::MAX_RECORD));
        let many: Vec<String> = (0..250_000).map(|number| format!("U0{number:09}")).collect();
        assert!(list(&key(), &group(), &many, UnixMillis(5), 0).is_err());
        assert_eq!(
            bodies(&list(&key(), &group(), &[], UnixMillis(5), 0).expect("fits")).len(),
            1,
            "an empty list is one"
        );
    }

    #[test]
    fn a_change_that_is_too_large_grants_nothing() {
        let users = |count: usize| (0..count).map(|number| format!("U{number}")).collect();
        let large = Delta { joined: users(9_000), left: users(2_000), ..Delta::default() };
        let seal = key();
        let change = delta(&seal, &group(), "Ev1", &large, UnixMillis(7));
        let To::Put(put) = change.to else { panic!("a record") };
        assert!(put.body.len() <= store::MAX_RECORD);
        let (kind, key) = (MEMBERS.to_owned(), change.key);
        let record = Record { kind, key, version: 1, expires_at: None, body: put.body };
        let kept: Delta = read(&seal, &record).expect("reads");
        assert_eq!((kept.joined.len(), kept.left.len(), kept.emptied), (0, 2_000, false));
    }
}
