//! DynamoDB as moto plays it: the suite of every store, and what goes wrong on the way there.

#![expect(clippy::unwrap_used, reason = "a test may panic")]

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};

use aws_call::credentials::StaticCredentials;
use aws_call::transport::{
    HttpAnswer, HttpRequest, HyperTransport, Limits, Transport, TransportError, TransportErrorKind,
};
use aws_call::{BoxFuture, ClientParts, Credentials, OsRandom, SystemClock};
use aws_model::Catalog;
use testkit::Aws;

use super::*;
use crate::conformance::{self, Owners, claim, job, row};
use crate::{Break, Change, Class, Expect, Guard, Next, Place, UnixMillis, Verification, verify};

fn options(url: &str) -> CallOptions {
    let credentials = Credentials::new("AKIDTEST", "test-secret-key");
    CallOptions { endpoint_url: Some(url.to_owned()), ..CallOptions::in_region("us-east-1") }
        .with_credentials(Arc::new(StaticCredentials::new(credentials)))
}

/// Another process's view of that table.
fn beside(aws: &Aws, table: &str) -> DynamoStore {
    DynamoStore::new(Client::new(Catalog::embedded()), options(aws.url()), table).unwrap()
}

/// A store in a new table.
async fn fresh(aws: &Aws) -> DynamoStore {
    static NUMBER: AtomicU64 = AtomicU64::new(0);
    let name = format!("bellhop-{}-{}", std::process::id(), NUMBER.fetch_add(1, Ordering::Relaxed));
    let store = beside(aws, &name);
    store.create_table().await.unwrap();
    store
}

#[tokio::test(flavor = "multi_thread")]
async fn conforms() {
    let aws = Aws::in_turn().await.unwrap();
    conformance::run(Owners::Many, || fresh(&aws)).await;
}

#[tokio::test]
async fn everything_moves_between_tables_and_files() {
    let aws = Aws::in_turn().await.unwrap();
    conformance::moves(&fresh(&aws).await, &fresh(&aws).await).await;
    let folder = std::env::temp_dir().join(format!("bellhop-moves-{}", std::process::id()));
    std::fs::create_dir_all(&folder).unwrap();
    for (name, from_table) in [("one.db", true), ("other.db", false)] {
        let table = fresh(&aws).await;
        let file = crate::sqlite::SqliteStore::open(&folder.join(name), crate::Holder::Owner).unwrap();
        if from_table {
            conformance::moves(&table, &file).await;
        } else {
            conformance::moves(&file, &table).await;
        }
    }
    std::fs::remove_dir_all(&folder).unwrap();
}

#[tokio::test]
async fn a_table_that_is_missing_or_newer_is_told() {
    let aws = Aws::in_turn().await.unwrap();
    let missing = beside(&aws, "missing").totals().await.unwrap_err().to_string();
    assert!(missing.contains("no table missing") && missing.contains("create-table"), "{missing}");
    let store = fresh(&aws).await;
    store.create_table().await.unwrap();
    store.usable().await.unwrap();
    set_format(&store, 99).await;
    let error = beside(&aws, &store.caller.table).totals().await.unwrap_err();
    assert!(matches!(error, StoreError::TooNew { found: 99, .. }), "{error}");
    assert!(error.to_string().contains("a newer Bellhop"), "{error}");
}

/// Gives the table that format, as another version of Bellhop would.
async fn set_format(store: &DynamoStore, version: i64) {
    let mut params = store.caller.params();
    params.push("Item", keys::format().item([("version", item::number(version))]));
    store.caller.call("PutItem", params).await.unwrap();
}

#[tokio::test]
async fn a_table_of_the_format_before_is_used_as_it_is_until_it_is_given_todays() {
    let aws = Aws::in_turn().await.unwrap();
    let made = fresh(&aws).await;
    set_format(&made, 1).await;
    let table = &made.caller.table;
    let (older, other) = (beside(&aws, table), beside(&aws, table));
    for number in 0..24 {
        let store = if number % 2 == 0 { &older } else { &other };
        store.append_audit(vec![row("intent", &number.to_string())]).await.unwrap();
        store.lanes.met(&store.caller);
    }
    assert_eq!(older.audit_heads().await.unwrap().len(), 16, "what older processes know of");
    assert_eq!(verify(&other).await.unwrap(), Verification::Whole { rows: 24 });
    let end = crate::portable::Entry::Head { head: crate::Head::of_nothing(16), kind: String::new() };
    let refused = crate::portable::Portable::put_in(&older, vec![end]).await.unwrap_err().to_string();
    assert!(refused.contains("audit chain 16") && refused.contains("create-table"), "{refused}");

    assert_eq!(beside(&aws, table).create_table().await.unwrap(), Made::Raised { from: 1 });
    assert_eq!(beside(&aws, table).create_table().await.unwrap(), Made::Today);
    let newer = beside(&aws, table);
    assert_eq!(newer.audit_heads().await.unwrap().len(), 64);
    older.append_audit(vec![row("outcome", "more")]).await.unwrap();
    newer.append_audit(vec![row("outcome", "more")]).await.unwrap();
    assert_eq!(verify(&newer).await.unwrap(), Verification::Whole { rows: 26 }, "nothing was moved");
    for unknown in [0, 3] {
        set_format(&made, unknown).await;
        let error = beside(&aws, table).totals().await.unwrap_err().to_string();
        assert!(error.contains(&format!("format {unknown}")), "{error}");
    }
}

#[tokio::test]
async fn two_processes_share_a_table() {
    let aws = Aws::in_turn().await.unwrap();
    let one = fresh(&aws).await;
    let other = beside(&aws, &one.caller.table);
    let guard = Some(Guard { hash: [7; 32], window_ms: 60_000, insist: false });
    let guarded = |name: &str| NewJob { guard, ..job(name, Class::Write, 1) };
    assert_eq!(
        one.enqueue_once(guarded("a"), vec![row("accepted", "a")]).await.unwrap(),
        Enqueued::Accepted(None)
    );
    assert_eq!(other.enqueue_once(guarded("a"), Vec::new()).await.unwrap(), Enqueued::Duplicate);
    assert_eq!(
        other.enqueue_once(guarded("b"), Vec::new()).await.unwrap(),
        Enqueued::Repeated(UnixMillis(1))
    );
    assert_eq!(other.next_ready().await.unwrap(), Some(UnixMillis(1)), "it hears of it by the index");
    let claimed = claim(&other, 2).await.unwrap();
    assert_eq!((claimed.job.id.as_str(), claim(&one, 2).await), ("id-a", None));
    assert_eq!(
        one.next_ready().await.unwrap(),
        Some(UnixMillis(10_002)),
        "what it heard itself is not so any more"
    );
    other.begin(claimed.fence, row("intent", "a")).await.unwrap();
    let again = claim(&one, 20_000).await.unwrap();
    assert_eq!(again.next, Next::ReportDoubt, "the other is gone, and what it sent may have happened");
    assert_eq!(verify(&one).await.unwrap(), Verification::Whole { rows: 2 });
}

#[tokio::test]
async fn any_altered_audit_row_is_named() {
    let aws = Aws::in_turn().await.unwrap();
    let row_key = |seq| keys::row(0, seq);
    let set = |key: item::Key, update: &str, value| {
        let terms = action::Terms::none().updating(update).with(":value", value);
        action::Action::update(&key, terms)
    };
    let gone = |key: item::Key| action::Action::delete(&key, action::Terms::none());
    let body = r#"{"line":"ec2 x","user":"U2"}"#;
    let cases = [
        (set(row_key(3), "SET #body = :value", item::text(body)), 3, Break::Altered),
        (set(row_key(5), "SET #when = :value", item::number(8)), 5, Break::Altered),
        (set(row_key(1), "SET #kind = :value", item::text("x")), 1, Break::Altered),
        (set(row_key(4), "SET #hash = :value", item::bytes(&[0; 32])), 4, Break::Altered),
        (set(row_key(4), "SET #hash = :value", item::bytes(&[0; 31])), 4, Break::Altered),
        (set(row_key(6), "SET #body = :value", item::text("{}")), 6, Break::Unrecorded),
        (gone(row_key(2)), 2, Break::Missing),
        (gone(row_key(5)), 5, Break::Missing),
        (gone(keys::head(0)), 1, Break::Unrecorded),
        (set(keys::head(0), "SET #hash = :value", item::bytes(&[0; 32])), 5, Break::Altered),
    ];
    for (number, (change, seq, what)) in cases.into_iter().enumerate() {
        let mut store = fresh(&aws).await;
        store.lanes = Lanes::new(0);
        store.append_audit((0..5).map(|_| row("intent", "j")).collect()).await.unwrap();
        let mut step = Step::new(store.caller.fresh());
        step.add(change);
        assert!(matches!(store.caller.send(&step).await.unwrap(), Sent::Done));
        let expected = Verification::Broken { at: Place { chain: 0, seq }, what };
        assert_eq!(verify(&store).await.unwrap(), expected, "case {number}");
    }
}

/// Loses the answers of some of the writes that pass.
#[derive(Debug)]
struct Losing {
    inner: HyperTransport,
    writes: AtomicUsize,
    lost: AtomicUsize,
}

impl Transport for Losing {
    fn send(
        &self,
        request: HttpRequest,
        limits: Limits,
    ) -> BoxFuture<'_, Result<HttpAnswer, TransportError>> {
        let target = request.headers().get("x-amz-target").and_then(|value| value.to_str().ok());
        let is_write = target.is_some_and(|target| {
            ["TransactWriteItems", "UpdateItem"].iter().any(|operation| target.ends_with(operation))
        });
        let number = if is_write { self.writes.fetch_add(1, Ordering::Relaxed) } else { 1 };
        Box::pin(async move {
            let answer = self.inner.send(request, limits).await?;
            // Every second one is lost, and so every change is sent twice.
            if number % 2 == 0 {
                self.lost.fetch_add(1, Ordering::Relaxed);
                let reason = "the connection broke".to_owned();
                return Err(TransportError { kind: TransportErrorKind::Broken, sent: true, reason });
            }
            Ok(answer)
        })
    }
}

#[tokio::test]
async fn a_change_whose_answer_was_lost_is_made_once_and_told_as_made() {
    let aws = Aws::in_turn().await.unwrap();
    let table = fresh(&aws).await.caller.table;
    let losing = Arc::new(Losing {
        inner: HyperTransport::new(),
        writes: AtomicUsize::new(0),
        lost: AtomicUsize::new(0),
    });
    let client = Client::from_parts(ClientParts {
        transport: Arc::clone(&losing) as Arc<dyn Transport>,
        clock: Arc::new(SystemClock),
        random: Arc::new(OsRandom),
        catalog: Catalog::embedded(),
    });
    let store = DynamoStore::new(client, options(aws.url()), &table).unwrap();
    assert_eq!(
        store.enqueue_once(job("a", Class::Write, 1), vec![row("accepted", "a")]).await.unwrap(),
        Enqueued::Accepted(None)
    );
    assert_eq!(
        store.enqueue_once(job("b", Class::Write, 2), Vec::new()).await.unwrap(),
        Enqueued::Accepted(None)
    );
    assert_eq!(store.enqueue_once(job("b", Class::Write, 2), Vec::new()).await.unwrap(), Enqueued::Duplicate);
    let change = |key: &str| Change::put("thing", key, Expect::Absent, b"x".to_vec(), None);
    let batch = |rows| Batch { now: UnixMillis(1), changes: vec![change("k")], job: None, rows };
    assert_eq!(store.commit(batch(Vec::new())).await.unwrap(), Committed::Done(None));
    assert!(matches!(store.commit(batch(Vec::new())).await.unwrap(), Committed::Conflict { .. }));
    let claimed = claim(&store, 3).await.unwrap();
    assert_eq!((claimed.job.id.as_str(), claimed.fence.attempt), ("id-a", 1));
    store.begin(claimed.fence.clone(), row("intent", "a")).await.unwrap();
    let reply = crate::Completion {
        reply: Some(b"r".to_vec()),
        deliver_until: UnixMillis(9),
        rows: vec![row("outcome", "a")],
    };
    store.complete(claimed.fence.clone(), reply).await.unwrap();
    store.put_back(claimed.fence.clone(), UnixMillis(5)).await.unwrap();
    let again = claim(&store, 5).await.unwrap();
    store.close(again.fence.clone(), vec![row("delivered", "a")]).await.unwrap();
    assert!(
        matches!(store.close(again.fence, Vec::new()).await, Err(StoreError::Lost)),
        "it was closed before"
    );
    assert!(losing.lost.load(Ordering::Relaxed) >= 8, "{losing:?}");
    assert_eq!(verify(&store).await.unwrap(), Verification::Whole { rows: 4 });
}
