//! What every store must do that is copied from or into.

use super::{LENGTH_OF_LARGE, answered, begin, claim, job, row};
use crate::portable::{Entry, Portable, Room, copy, mark, room_for};
use crate::{Batch, Change, Class, Enqueued, Expect, Guard, NewJob, Next, UnixMillis, Verification, verify};

/// Everything that a store keeps, in an order of its own.
async fn everything(store: &dyn Portable) -> Vec<String> {
    let (mut all, mut after) = (Vec::new(), None);
    loop {
        let (entries, next) = store.take_out(after).await.expect("reads");
        let is_end = |entry: &Entry| matches!(entry, Entry::Head { head, .. } if head.rows == 0);
        all.extend(entries.iter().filter(|entry| !is_end(entry)).map(|entry| format!("{entry:?}")));
        let Some(next) = next else { break };
        after = Some(next);
    }
    all.sort();
    all
}

/// A job in each place where one can stand, records, and rows.
async fn fill(store: &dyn Portable) {
    for (name, class) in
        [("a", Class::Read), ("b", Class::Write), ("c", Class::Write), ("d", Class::Read), ("e", Class::Read)]
    {
        let guard = (name == "b").then_some(Guard { hash: [9; 32], window_ms: 60_000, insist: false });
        let payload = vec![7; if name == "d" { LENGTH_OF_LARGE } else { 9 }];
        let job = NewJob { guard, payload, ..job(name, class, 1) };
        let accepted = store.enqueue_once(job, vec![row("accepted", name)]).await.expect("enqueues");
        assert_eq!(accepted, Enqueued::Accepted(None));
    }
    let (read, sent) = (claim(store, 2).await.expect("a"), claim(store, 2).await.expect("b"));
    begin(store, &read.fence).await.expect("begins");
    begin(store, &sent.fence).await.expect("begins");
    claim(store, 2).await.expect("c, which sends nothing");
    let replied = claim(store, 2).await.expect("d");
    store.complete(replied.fence, answered(Some("r"), 50)).await.expect("completes");
    let closed = claim(store, 2).await.expect("e");
    store.close(closed.fence, Vec::new()).await.expect("closes");
    let changes = (0..70).map(|number| {
        let ends = (number % 2 == 0).then_some(UnixMillis(1_000));
        Change::put("thing", format!("k{number}"), Expect::Absent, vec![number; usize::from(number)], ends)
    });
    for change in changes {
        let batch = Batch { now: UnixMillis(5), changes: vec![change], job: None, rows: Vec::new() };
        store.commit(batch).await.expect("commits");
    }
}

/// Copies one empty store, once it is filled, into another and back.
///
/// # Panics
/// Where they do otherwise.
pub async fn moves(one: &dyn Portable, other: &dyn Portable) {
    assert_eq!(room_for(other, "x").await.expect("reads"), Room::Empty);
    fill(one).await;
    assert_eq!(room_for(one, "x").await.expect("reads"), Room::Taken);
    let before = everything(one).await;
    mark(other, "x", false).await.expect("marks");
    copy(one, other).await.expect("copies");
    assert_eq!(room_for(other, "x").await.expect("reads"), Room::Begun, "it was interrupted");
    assert_eq!(room_for(other, "y").await.expect("reads"), Room::Taken);
    let count = copy(one, other).await.expect("copies again");
    mark(other, "x", true).await.expect("marks");
    assert_eq!(everything(other).await, before);
    assert!(count >= before.len() as u64);
    let rows = verify(one).await.expect("walks");
    assert!(matches!(rows, Verification::Whole { rows: 8 }), "{rows:?}");
    assert_eq!(verify(other).await.expect("walks"), rows);
    goes_on(other).await;
    other.clear().await.expect("clears");
    assert_eq!(room_for(other, "x").await.expect("reads"), Room::Empty);
    assert_eq!(everything(one).await, before);
}

/// What was moved is as it was where it came from.
async fn goes_on(store: &dyn Portable) {
    let again = store.enqueue_once(job("e", Class::Read, 3), Vec::new()).await.expect("enqueues");
    assert_eq!(again, Enqueued::Duplicate, "the key of a closed job is known");
    let guard = Some(Guard { hash: [9; 32], window_ms: 60_000, insist: false });
    let repeat = NewJob { guard, ..job("f", Class::Write, 3) };
    assert_eq!(
        store.enqueue_once(repeat, Vec::new()).await.expect("enqueues"),
        Enqueued::Repeated(UnixMillis(1))
    );
    let mut next = Vec::new();
    while let Some(claimed) = claim(store, 20_000).await {
        if claimed.job.id == "id-d" {
            assert_eq!(claimed.job.payload.len(), LENGTH_OF_LARGE);
        }
        next.push((claimed.job.id, claimed.next));
    }
    next.sort_by(|one, other| one.0.cmp(&other.0));
    let reply = Next::Deliver { reply: b"r".to_vec(), attempts: 1 };
    let expected = [("id-a", Next::Run), ("id-b", Next::ReportDoubt), ("id-c", Next::Run), ("id-d", reply)];
    assert_eq!(next, expected.map(|(id, next)| (id.to_owned(), next)));
    let record = store.record("thing", "k7", UnixMillis(5)).await.expect("reads").expect("a record");
    let stale = Change::put("thing", "k7", Expect::Version(record.version), b"y".to_vec(), None);
    let batch = Batch { now: UnixMillis(6), changes: vec![stale], job: None, rows: vec![row("x", "")] };
    store.commit(batch).await.expect("commits");
    let whole = verify(store).await.expect("walks");
    assert!(matches!(whole, Verification::Whole { rows: 9 }), "the chain goes on: {whole:?}");
}
