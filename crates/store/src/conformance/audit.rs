//! The part of the suite that is about the record.

use std::sync::Arc;

use super::{job, row};
use crate::{
    Batch, Break, Change, Class, Committed, Expect, Fence, Head, HeadSigner, Place, SigningKey, Store,
    UnixMillis, Verification, verify, verify_signed,
};

/// How many rows all chains have together.
pub(super) async fn all_rows(store: &dyn Store) -> u64 {
    store.audit_heads().await.expect("reads").iter().map(|head| head.rows).sum()
}

/// The chain that whoever writes alone writes to.
async fn only_chain(store: &dyn Store) -> u16 {
    let heads = store.audit_heads().await.expect("reads");
    let written: Vec<&Head> = heads.iter().filter(|head| head.rows > 0).collect();
    assert_eq!(written.len(), 1, "one writer stays in one chain: {heads:?}");
    written[0].chain
}

pub(super) async fn the_chain_verifies(store: &dyn Store) {
    let heads = store.audit_heads().await.expect("reads");
    assert!(heads.iter().all(|head| *head == Head::of_nothing(head.chain)), "{heads:?}");
    assert!(heads.is_sorted_by_key(|head| head.chain));
    assert_eq!(verify(store).await.expect("walks"), Verification::Whole { rows: 0 });
    for number in 0..12 {
        let rows = vec![row("intent", &format!("id-{number}")), row("outcome", &format!("id-{number}"))];
        store.append_audit(rows).await.expect("appends");
    }
    assert_eq!(verify(store).await.expect("walks"), Verification::Whole { rows: 24 });
    let chain = only_chain(store).await;
    let rows = store.audit_rows(chain, 22, 10).await.expect("reads");
    assert_eq!(rows.iter().map(|row| (row.chain, row.seq)).collect::<Vec<_>>(), [(chain, 23), (chain, 24)]);
    assert_eq!(store.audit_rows(chain, 3, 2).await.expect("reads")[1].seq, 5);
    assert_eq!(store.audit_rows(999, 0, 2).await.expect("reads"), []);
    assert_eq!((rows[1].kind.as_str(), rows[1].job.as_str()), ("outcome", "id-11"));
    assert_eq!(rows[1].body, r#"{"line":"ec2 x","user":"U1"}"#);
    assert_eq!(rows[1].hash, rows[1].hash_after(&rows[0].hash));
    assert_ne!(Break::Altered, Break::Missing);
}

pub(super) async fn the_chain_is_signed(store: &dyn Store) {
    let (key, _) = SigningKey::fresh().expect("a key");
    let key = Arc::new(key);
    let sign = async |at: i64| {
        let key = Arc::clone(&key);
        let signer: HeadSigner = Box::new(move |end, others| key.row(UnixMillis(at), end, others));
        store.sign_audit(signer).await.expect("signs")
    };
    assert!(!sign(1).await, "there is nothing to sign");
    for at in [10, 20] {
        store.append_audit(vec![row("intent", "a"), row("outcome", "a")]).await.expect("appends");
        assert!(sign(at).await);
        assert!(!sign(at + 1).await, "nothing came since");
    }
    store.append_audit(vec![row("intent", "b")]).await.expect("appends");
    let (found, signed) = verify_signed(store, &[key.public()]).await.expect("walks");
    assert_eq!(found, Verification::Whole { rows: 7 });
    let last = signed.latest().expect("a checkpoint");
    assert_eq!((signed.checkpoints, last.place.seq, last.rows, last.at), (2, 6, 5, UnixMillis(20)));
    let (found, _) = verify_signed(store, &[]).await.expect("walks");
    let at = Place { chain: only_chain(store).await, seq: 3 };
    assert_eq!(found, Verification::Broken { at, what: Break::UnknownKey });
}

pub(super) async fn a_refused_step_leaves_no_rows(store: &dyn Store) {
    let rows = |kind| vec![row(kind, "id-a")];
    store.enqueue_once(job("a", Class::Read, 1), rows("accepted")).await.expect("enqueues");
    store.enqueue_once(job("a", Class::Read, 1), rows("accepted")).await.expect("a duplicate is no error");
    let gone = Fence { job: "id-a".to_owned(), attempt: 9 };
    store.begin(gone.clone(), row("intent", "id-a")).await.expect_err("not held");
    store.close(gone, rows("closed")).await.expect_err("not held");
    assert_eq!(all_rows(store).await, 1);
}

/// Steps of all sorts at once: each row is there once, and every chain is whole.
pub(super) async fn concurrent_rows_are_all_there(store: Arc<dyn Store>) {
    let (key, _) = SigningKey::fresh().expect("a key");
    let key = Arc::new(key);
    let tasks: Vec<_> = (0..12)
        .map(|number| {
            let (store, key) = (Arc::clone(&store), Arc::clone(&key));
            tokio::spawn(async move {
                let name = format!("{number:02}");
                let rows = vec![row("one", &name), row("two", &name)];
                store.append_audit(rows).await.expect("appends");
                let change = Change::put("thing", name.clone(), Expect::Absent, b"x".to_vec(), None);
                let rows = vec![row("three", &name)];
                let batch = Batch { now: UnixMillis(1), changes: vec![change], job: None, rows };
                assert_eq!(store.commit(batch).await.expect("commits"), Committed::Done(None));
                let signer: HeadSigner = Box::new(move |end, others| key.row(UnixMillis(2), end, others));
                store.sign_audit(signer).await.expect("signs");
            })
        })
        .collect();
    for task in tasks {
        task.await.expect("no panic");
    }
    let (found, signed) = verify_signed(&*store, &[key.public()]).await.expect("walks");
    assert_eq!(found, Verification::Whole { rows: 36 + signed.checkpoints });
    let mut kinds = Vec::new();
    for head in store.audit_heads().await.expect("reads") {
        let rows = store.audit_rows(head.chain, 0, 1000).await.expect("reads");
        kinds
            .extend(rows.into_iter().map(|row| (row.job, row.kind)).filter(|(_, kind)| kind != "checkpoint"));
    }
    kinds.sort();
    kinds.dedup();
    assert_eq!(kinds.len(), 36);
}
