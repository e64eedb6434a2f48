//! The audit chains of a table: as many lanes as its format has, which all processes share.
//!
//! A process begins at a lane chosen by chance; each append names the end that it goes behind, so of two that meet one is
//! refused. The refusal brings the end as it is, behind which it goes the next time; who is refused often goes on in
//! another lane. Within a process a lane is used by one step at a time, and its end is remembered: a step in a quiet lane
//! reads nothing.

use std::sync::atomic::{AtomicU32, AtomicUsize, Ordering};

use tokio::sync::{Mutex, MutexGuard};
use value::Map;

use super::action::{Action, Proof, Step, Terms};
use super::caller::{Caller, Sent};
use super::item::{Item, Key, PARTITION, SORT, bytes, number, text};
use super::judged::{Reason, Refusal};
use super::keys;
use super::table::MOST_LANES;
use crate::{AuditRow, Checkpoint, Hash, Head, HeadSigner, NewAuditRow, StoreError, UnixMillis};

/// How often a checkpoint is tried in a lane that others are writing.
const SIGNING: u32 = 4;
/// What a refusal counts against a success, and at how much a lane is left.
const REFUSED: u32 = 2;
const CROWDED: u32 = 6;

/// The lanes, as this process knows them.
pub(super) struct Lanes {
    /// The end of each, as it was left by this process; of so many as any format has.
    ends: Vec<Mutex<Option<Head>>>,
    /// How many the table has.
    count: AtomicUsize,
    /// The lane that is tried first.
    first: AtomicUsize,
    /// How often others were faster there of late.
    met: AtomicU32,
}

/// What a step does to a lane, until it is known what became of it.
pub(super) struct Appending<'a> {
    lanes: &'a Lanes,
    chain: u16,
    lane: MutexGuard<'a, Option<Head>>,
    after: Head,
    /// Where the writes to the lane begin among those of the step.
    begin: usize,
}

impl Lanes {
    /// Those of a table whose format is not known yet; that one is tried first.
    pub(super) fn new(first: usize) -> Lanes {
        let ends: Vec<_> = (0..MOST_LANES).map(|_| Mutex::new(None)).collect();
        let count = AtomicUsize::new(ends.len());
        Lanes { ends, count, first: AtomicUsize::new(first), met: AtomicU32::new(0) }
    }

    /// The table has so many.
    pub(super) fn are(&self, count: u16) {
        self.count.store(usize::from(count.clamp(1, MOST_LANES)), Ordering::Relaxed);
    }

    /// How many the table has.
    pub(super) fn count(&self) -> usize {
        self.count.load(Ordering::Relaxed)
    }

    /// Adds rows to a step, behind the end of a lane that nobody in this process uses just now.
    pub(super) async fn append<'a>(
        &'a self,
        caller: &Caller,
        step: &mut Step,
        rows: &[NewAuditRow],
    ) -> Result<Option<Appending<'a>>, StoreError> {
        if rows.is_empty() {
            return Ok(None);
        }
        let (chain, mut lane) = self.take().await;
        let end = match *lane {
            Some(end) => end,
            None => *lane.insert(end_of(caller, chain).await?),
        };
        let (begin, after) = write_rows(step, end, rows)?;
        Ok(Some(Appending { lanes: self, chain, lane, after, begin }))
    }

    /// A free lane: the first, or one behind it.
    async fn take(&self) -> (u16, MutexGuard<'_, Option<Head>>) {
        let count = self.count();
        let first = self.first.load(Ordering::Relaxed) % count;
        for lane in (0..count).map(|number| (first + number) % count) {
            if let Ok(guard) = self.ends[lane].try_lock() {
                return (chain(lane), guard);
            }
        }
        (chain(first), self.ends[first].lock().await)
    }

    /// Others were faster in a lane: where that happens often this process begins elsewhere from now on.
    pub(super) fn met(&self, caller: &Caller) {
        if self.met.fetch_add(REFUSED, Ordering::Relaxed) + REFUSED < CROWDED {
            return;
        }
        self.met.store(0, Ordering::Relaxed);
        let next = caller.below(self.count());
        self.first.store(next, Ordering::Relaxed);
        if let Ok(mut end) = self.ends[next].try_lock() {
            // Others have been there since.
            *end = None;
        }
    }

    /// Signs every lane whose end is not signed yet.
    pub(super) async fn sign(&self, caller: &Caller, signer: &HeadSigner) -> Result<bool, StoreError> {
        let mut added = false;
        let mut ends = ends(caller, self.count()).await?;
        for lane in 0..ends.len() {
            added |= self.sign_one(caller, lane, &mut ends, signer).await?;
        }
        Ok(added)
    }

    /// Signs that lane; `ends` is how all of them ended a moment ago, and is kept so.
    async fn sign_one(
        &self,
        caller: &Caller,
        lane: usize,
        ends: &mut Vec<(Head, bool)>,
        signer: &HeadSigner,
    ) -> Result<bool, StoreError> {
        let mut remembered = self.ends[lane].lock().await;
        for attempt in 0..SIGNING {
            let (end, signed) = ends[lane];
            if end.rows == 0 || signed {
                return Ok(false);
            }
            let others: Vec<Head> = ends
                .iter()
                .map(|(end, _)| *end)
                .filter(|other| other.chain != end.chain && other.rows > 0)
                .collect();
            let mut step = Step::new(caller.fresh());
            let (_, after) = write_rows(&mut step, end, &[signer(&end, &others)])?;
            if let Sent::Done = caller.send(&step).await? {
                *remembered = Some(after);
                ends[lane] = (after, true);
                return Ok(true);
            }
            *remembered = None;
            caller.pause(attempt).await;
            *ends = self::ends(caller, ends.len()).await?;
        }
        Ok(false)
    }
}

impl Appending<'_> {
    /// The step is durable.
    pub(super) fn done(mut self) {
        *self.lane = Some(self.after);
        let met = self.lanes.met.load(Ordering::Relaxed);
        self.lanes.met.store(met.saturating_sub(1), Ordering::Relaxed);
    }

    /// The step was refused, for these reasons: perhaps somebody else was faster in this lane.
    pub(super) fn refused(mut self, caller: &Caller, refusals: &[Refusal]) {
        let lane = refusals.get(self.begin..).unwrap_or_default();
        if lane.iter().all(|refusal| refusal.reason == Reason::None) {
            return;
        }
        let told = lane.last().and_then(|end| end.found.as_ref());
        *self.lane = told.and_then(|item| head_of(self.chain, item).ok());
        self.lanes.met(caller);
    }
}

fn chain(lane: usize) -> u16 {
    u16::try_from(lane).unwrap_or(u16::MAX)
}

/// Adds the writes that put rows behind that end. Where they begin, and the end behind them. They are the last writes of
/// their step.
fn write_rows(step: &mut Step, end: Head, rows: &[NewAuditRow]) -> Result<(usize, Head), StoreError> {
    let mut after = end;
    let mut begin = None;
    let mut kind = "";
    for new in rows {
        let row = after.next(new)?;
        after = Head::behind(&row);
        kind = new.kind;
        let key = keys::row(row.chain, row.seq);
        step.proof = Proof::Has(key.clone(), "hash", bytes(&row.hash));
        let at = step.add(Action::put(row_item(&row), Terms::absent()));
        begin.get_or_insert(at);
    }
    let moved = head_item(&after, kind);
    let terms = if end.rows == 0 {
        Terms::absent()
    } else {
        Terms::when("#rows = :rows AND #hash = :hash")
            .with(":rows", number(signed(end.rows)))
            .with(":hash", bytes(&end.hash))
    };
    let at = step.add(Action::put(moved, terms).telling());
    Ok((begin.unwrap_or(at), after))
}

/// A row as an item.
pub(super) fn row_item(row: &AuditRow) -> Map {
    keys::row(row.chain, row.seq).item([
        ("when", number(row.at.0)),
        ("kind", text(&row.kind)),
        ("job", text(&row.job)),
        ("body", text(&row.body)),
        ("hash", bytes(&row.hash)),
    ])
}

/// The end of a chain as an item; `kind` is that of its last row.
pub(super) fn head_item(head: &Head, kind: &str) -> Map {
    keys::head(head.chain).item([
        ("rows", number(signed(head.rows))),
        ("hash", bytes(&head.hash)),
        ("kind", text(kind)),
    ])
}

async fn end_of(caller: &Caller, chain: u16) -> Result<Head, StoreError> {
    let item = caller.get(&keys::head(chain)).await?;
    item.map_or_else(|| Ok(Head::of_nothing(chain)), |item| head_of(chain, &item))
}

/// The end of each of so many lanes, and whether a checkpoint is its last row.
pub(super) async fn ends(caller: &Caller, count: usize) -> Result<Vec<(Head, bool)>, StoreError> {
    let wanted: Vec<Key> = (0..count).map(|lane| keys::head(chain(lane))).collect();
    let found = caller.get_all(&wanted, None).await?;
    (0..count)
        .map(chain)
        .map(|chain| {
            match found.iter().find(|item| item.maybe_text(PARTITION) == Some(&keys::chain_rows(chain))) {
                None => Ok((Head::of_nothing(chain), false)),
                Some(item) => Ok((head_of(chain, item)?, item.text("kind")? == Checkpoint::KIND)),
            }
        })
        .collect()
}

pub(super) fn head_of(chain: u16, item: &Item) -> Result<Head, StoreError> {
    let rows = u64::try_from(item.number("rows")?);
    let rows = rows.map_err(|_| StoreError::Unreadable(format!("the end of audit chain {chain}")))?;
    Ok(Head { chain, rows, hash: hash_of(&item.bytes("hash")) })
}

/// Rows of a chain above a number, in order.
pub(super) async fn rows(
    caller: &Caller,
    chain: u16,
    after: u64,
    limit: u32,
) -> Result<Vec<AuditRow>, StoreError> {
    let terms = [
        (":of", text(&keys::chain_rows(chain))),
        (":from", text(&keys::row_sort(after.saturating_add(1)))),
        (":to", text("row#~")),
    ];
    let found = caller.query(None, "#pk = :of AND #sk BETWEEN :from AND :to", &terms, limit).await?;
    found.iter().map(|item| row_of(chain, item)).collect()
}

pub(super) fn row_of(chain: u16, item: &Item) -> Result<AuditRow, StoreError> {
    Ok(AuditRow {
        chain,
        seq: keys::seq_of(item.text(SORT)?),
        // What somebody took away or made something else is an altered row, which the walk over the chain shall name.
        at: UnixMillis(item.maybe_number("when").ok().flatten().unwrap_or_default()),
        kind: item.maybe_text("kind").unwrap_or_default().to_owned(),
        job: item.maybe_text("job").unwrap_or_default().to_owned(),
        body: item.maybe_text("body").unwrap_or_default().to_owned(),
        hash: hash_of(&item.bytes("hash")),
    })
}

/// A hash of another length is nobody's hash: it becomes one that no row has.
fn hash_of(bytes: &[u8]) -> Hash {
    bytes.try_into().unwrap_or([0xff; 32])
}

fn signed(seq: u64) -> i64 {
    i64::try_from(seq).unwrap_or(i64::MAX)
}
