//! The part of the suite that is about records and the steps that change them.

use std::sync::Arc;

use super::audit::all_rows;
use super::{claim, job, row};
use crate::{
    Batch, Change, Class, Committed, Enqueued, Expect, Guard, MAX_BATCH, MAX_CHANGES, MAX_RECORD, NewJob,
    Page, Record, Store, StoreError, UnixMillis, Verification, verify,
};

const KIND: &str = "thing";

/// A step at that time with only these changes.
fn step(now: i64, changes: Vec<Change>) -> Batch {
    Batch { now: UnixMillis(now), changes, job: None, rows: Vec::new() }
}

fn put(key: &str, expect: Expect, body: &str) -> Change {
    Change::put(KIND, key, expect, body.as_bytes().to_vec(), None)
}

async fn commit(store: &dyn Store, batch: Batch) -> Committed {
    store.commit(batch).await.expect("commits")
}

async fn get(store: &dyn Store, key: &str, now: i64) -> Option<Record> {
    store.record(KIND, key, UnixMillis(now)).await.expect("reads")
}

fn conflict(key: &str) -> Committed {
    Committed::Conflict { kind: KIND, key: key.to_owned() }
}

pub(super) async fn changes_are_conditional(store: &dyn Store) {
    assert_eq!(get(store, "a", 1).await, None);
    assert_eq!(commit(store, step(10, vec![put("a", Expect::Absent, "1")])).await, Committed::Done(None));
    assert_eq!(commit(store, step(11, vec![put("a", Expect::Absent, "2")])).await, conflict("a"));
    let first = get(store, "a", 11).await.expect("the record");
    assert_eq!((first.body.as_slice(), first.kind.as_str(), first.key.as_str()), (&b"1"[..], KIND, "a"));
    let at = Expect::Version(first.version);
    assert_eq!(commit(store, step(12, vec![put("a", at, "3")])).await, Committed::Done(None));
    assert_eq!(
        commit(store, step(12, vec![put("a", at, "4")])).await,
        conflict("a"),
        "the version is used up"
    );
    let second = get(store, "a", 12).await.expect("the record");
    assert!(second.version > first.version);
    assert_eq!(commit(store, step(5, vec![put("a", Expect::Any, "5")])).await, Committed::Done(None));
    let third = get(store, "a", 12).await.expect("the record");
    assert!(third.version > second.version, "though the clock went back");
    assert_eq!(commit(store, step(13, vec![Change::remove(KIND, "a", at)])).await, conflict("a"));
    let gone = Change::remove(KIND, "a", Expect::Version(third.version));
    assert_eq!(commit(store, step(13, vec![gone.clone()])).await, Committed::Done(None));
    assert_eq!(get(store, "a", 13).await, None);
    assert_eq!(commit(store, step(13, vec![gone])).await, conflict("a"));
    let any = Change::remove(KIND, "a", Expect::Any);
    assert_eq!(
        commit(store, step(13, vec![any])).await,
        Committed::Done(None),
        "nothing to remove is no fault"
    );
    commit(store, step(20, vec![put("a", Expect::Absent, "6")])).await;
    assert!(get(store, "a", 20).await.expect("made anew").version > third.version, "no version comes twice");
}

pub(super) async fn a_record_ends_with_its_time(store: &dyn Store) {
    let until = |at: i64| Change::put(KIND, "a", Expect::Absent, b"x".to_vec(), Some(UnixMillis(at)));
    commit(store, step(10, vec![until(100)])).await;
    let held = get(store, "a", 99).await.expect("still there");
    assert_eq!(held.expires_at, Some(UnixMillis(100)));
    assert_eq!(get(store, "a", 100).await, None);
    let page = Page { kind: KIND, prefix: String::new(), after: None, limit: 9 };
    assert_eq!(store.records(page.clone(), UnixMillis(99)).await.expect("reads").len(), 1);
    assert_eq!(store.records(page, UnixMillis(100)).await.expect("reads"), []);
    let late = put("a", Expect::Version(held.version), "y");
    assert_eq!(commit(store, step(100, vec![late])).await, conflict("a"), "what is over cannot be used");
    assert_eq!(commit(store, step(99, vec![until(200)])).await, conflict("a"));
    assert_eq!(commit(store, step(100, vec![until(200)])).await, Committed::Done(None));
    assert!(get(store, "a", 100).await.expect("anew").version > held.version);
    store.prune(UnixMillis(201)).await.expect("prunes");
    assert_eq!(get(store, "a", 100).await, None, "pruned");
}

pub(super) async fn records_come_in_order_by_pages(store: &dyn Store) {
    let keys = ["b/2", "a", "b/10", "b", "b/é", "b/\u{10FFFF}x", "B/1", "c", "b0"];
    commit(store, step(1, keys.iter().map(|key| put(key, Expect::Absent, key)).collect())).await;
    let other = Change::put("other", "b/3", Expect::Absent, Vec::new(), None);
    commit(store, step(1, vec![other])).await;
    let read = async |prefix: &str, after: Option<&str>, limit: u32| -> Vec<String> {
        let page = Page { kind: KIND, prefix: prefix.to_owned(), after: after.map(str::to_owned), limit };
        let records = store.records(page, UnixMillis(1)).await.expect("reads");
        assert!(records.iter().all(|record| record.body == record.key.as_bytes() && record.kind == KIND));
        records.into_iter().map(|record| record.key).collect()
    };
    let all = ["B/1", "a", "b", "b/10", "b/2", "b/é", "b/\u{10FFFF}x", "b0", "c"];
    assert_eq!(read("", None, 100).await, all);
    assert_eq!(read("b/", None, 100).await, all[3..7]);
    assert_eq!(read("b/", Some("b/2"), 1).await, all[5..6]);
    assert_eq!(read("b/", Some("a"), 1).await, all[3..4], "the prefix holds whatever was read before");
    assert_eq!(read("x", None, 100).await, all[..0]);
    let mut paged = Vec::new();
    loop {
        let page = read("", paged.last().map(String::as_str), 2).await;
        let end = page.len() < 2;
        paged.extend(page);
        if end {
            break;
        }
    }
    assert_eq!(paged, all);
}

pub(super) async fn a_step_holds_whole_or_not_at_all(store: &dyn Store) {
    let with = |name: &str, changes: Vec<Change>| Batch {
        job: Some(job(name, Class::Write, 1)),
        rows: vec![row("accepted", name)],
        ..step(5, changes)
    };
    let pending = || put("pending", Expect::Absent, "x");
    assert_eq!(commit(store, with("a", vec![pending()])).await, Committed::Done(None));
    assert_eq!(all_rows(store).await, 1);
    // Whatever refuses a step refuses all of it.
    let both = vec![put("new", Expect::Any, "y"), pending()];
    assert_eq!(commit(store, with("b", both.clone())).await, conflict("pending"));
    assert_eq!(commit(store, with("a", vec![put("new", Expect::Any, "y")])).await, Committed::Duplicate);
    let mut huge = with("c", vec![put("new", Expect::Any, "y")]);
    huge.rows[0].body = serde_json::json!({"line": "x".repeat(200_000)});
    assert!(matches!(store.commit(huge).await, Err(StoreError::TooLarge { .. })));
    assert_eq!(get(store, "new", 5).await, None);
    assert_eq!(all_rows(store).await, 1);
    assert_eq!(claim(store, 5).await.expect("one job").job.id, "id-a");
    assert_eq!(claim(store, 5).await, None, "and no other");
    // A key that was refused by a conflict is not used up.
    let check = Change::check(KIND, "pending", Expect::Any);
    assert_eq!(commit(store, with("b", vec![check])).await, Committed::Done(None));
    assert_eq!(get(store, "pending", 5).await.expect("checked, not changed").body, b"x");
    assert_eq!(verify(store).await.expect("walks"), Verification::Whole { rows: 2 });
}

pub(super) async fn a_step_heeds_its_jobs_guard(store: &dyn Store) {
    let guarded = |name: &str| {
        let guard = Guard { hash: [7; 32], window_ms: 60_000, insist: false };
        let job =
            NewJob { guard: Some(guard), held_until: Some(UnixMillis(90)), ..job(name, Class::Write, 1) };
        Batch { job: Some(job), ..step(1, vec![put(name, Expect::Absent, "x")]) }
    };
    let Committed::Done(Some(fence)) = commit(store, guarded("a")).await else { panic!("accepted as held") };
    assert_eq!(fence.job, "id-a");
    assert_eq!(commit(store, guarded("b")).await, Committed::Repeated(UnixMillis(1)));
    assert_eq!(get(store, "b", 1).await, None);
    let offered = store.enqueue_once(job("a", Class::Write, 2), Vec::new()).await.expect("enqueues");
    assert_eq!(offered, Enqueued::Duplicate, "steps and offers share their keys");
}

pub(super) async fn of_concurrent_presses_one_wins(store: Arc<dyn Store>) {
    commit(&*store, step(1, vec![put("pending", Expect::Absent, "x")])).await;
    let version = get(&*store, "pending", 1).await.expect("the record").version;
    let presses: Vec<_> = (0..50)
        .map(|number| {
            let store = Arc::clone(&store);
            tokio::spawn(async move {
                let consumed = Change::remove(KIND, "pending", Expect::Version(version));
                let name = format!("press-{number}");
                let rows = vec![row("confirmed", &name)];
                let job = Some(job(&name, Class::Write, 1));
                commit(&*store, Batch { job, rows, ..step(2, vec![consumed]) }).await
            })
        })
        .collect();
    let mut won = 0;
    for press in presses {
        match press.await.expect("no panic") {
            Committed::Done(_) => won += 1,
            other => assert_eq!(other, conflict("pending")),
        }
    }
    assert_eq!(won, 1, "exactly one of fifty");
    assert_eq!(store.totals().await.expect("counts").queued, 1);
    assert_eq!(all_rows(&*store).await, 1);
}

pub(super) async fn what_is_too_large_is_refused(store: &dyn Store) {
    let sized = |key: &str, size: usize| Change::put(KIND, key, Expect::Any, vec![7; size], None);
    let full = MAX_BATCH / MAX_RECORD;
    let many = |count: usize, size: usize| (0..count).map(|n| sized(&format!("k{n:03}"), size)).collect();
    let good = [
        step(1, vec![sized("a", MAX_RECORD)]),
        step(1, many(MAX_CHANGES, 9)),
        step(1, many(full, MAX_RECORD)),
    ];
    for batch in good {
        assert_eq!(commit(store, batch).await, Committed::Done(None));
    }
    let bad = [
        vec![sized("b", MAX_RECORD + 1)],
        many(MAX_CHANGES + 1, 1),
        many(full + 1, MAX_RECORD),
        vec![sized(&"k".repeat(513), 1)],
        vec![sized("", 1)],
        vec![sized("b", 1), sized("c", 1), sized("b", 1)],
    ];
    for changes in bad {
        let result = store.commit(step(1, changes)).await;
        assert!(matches!(result, Err(StoreError::TooLarge { .. } | StoreError::Unfit(_))), "{result:?}");
    }
    assert_eq!(get(store, "b", 1).await, None);
    assert_eq!(get(store, "a", 1).await.expect("kept").body.len(), MAX_RECORD);
}
