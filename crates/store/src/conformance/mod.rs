//! What every store must do, as one suite: [`run`] it with a function that makes an empty store.
//!
//! Each case panics with its name when the store does otherwise.

mod audit;
mod many;
mod portable;
mod records;

use std::future::Future;
use std::sync::Arc;

use serde_json::json;

use crate::{
    Claim, Claimed, Class, Completion, Enqueued, Fence, Guard, MAX_ATTEMPTS, NewAuditRow, NewJob, Next,
    Recovery, Store, StoreError, UnixMillis,
};

const LEASE: i64 = 10_000;
/// More bytes than fit into one item of a table.
const LENGTH_OF_LARGE: usize = 400_000;

pub use portable::moves;

/// Who may have held the jobs that a process finds when it starts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Owners {
    /// Its predecessor, which is gone: the store has one owner at a time.
    One,
    /// Anybody: leases alone tell.
    Many,
}

/// Runs the whole suite; `make` gives an empty store of an owner each time.
pub async fn run<S, F>(owners: Owners, make: impl Fn() -> F)
where
    S: Store + 'static,
    F: Future<Output = S>,
{
    a_key_is_accepted_once(Arc::new(make().await)).await;
    concurrent_offers_of_one_key(Arc::new(make().await)).await;
    jobs_come_in_order_and_only_once(&make().await).await;
    a_job_is_claimed_by_its_id(&make().await).await;
    a_whole_life(&make().await).await;
    a_read_runs_again(&make().await).await;
    a_write_without_intent_runs_again(&make().await).await;
    a_write_with_intent_becomes_doubt(&make().await).await;
    a_job_that_kills_is_given_up(&make().await).await;
    a_late_worker_is_fenced_off(&make().await).await;
    a_held_job_is_not_claimed(&make().await).await;
    match owners {
        Owners::One => recovery_ends_leases(&make().await).await,
        Owners::Many => recovery_leaves_leases(&make().await).await,
    }
    a_repeat_asks_first(&make().await).await;
    a_reply_is_delivered_again(&make().await).await;
    old_jobs_are_pruned(&make().await).await;
    many::large_payloads_and_replies_come_back_whole(&make().await).await;
    many::concurrent_claims_share_the_jobs(Arc::new(make().await)).await;
    audit::the_chain_verifies(&make().await).await;
    audit::the_chain_is_signed(&make().await).await;
    audit::a_refused_step_leaves_no_rows(&make().await).await;
    audit::concurrent_rows_are_all_there(Arc::new(make().await)).await;
    records::changes_are_conditional(&make().await).await;
    records::a_record_ends_with_its_time(&make().await).await;
    records::records_come_in_order_by_pages(&make().await).await;
    records::a_step_holds_whole_or_not_at_all(&make().await).await;
    records::a_step_heeds_its_jobs_guard(&make().await).await;
    records::of_concurrent_presses_one_wins(Arc::new(make().await)).await;
    records::what_is_too_large_is_refused(&make().await).await;
}

/// A job of that name, for suites that go on from here.
pub fn job(name: &str, class: Class, at: i64) -> NewJob {
    NewJob {
        id: format!("id-{name}"),
        key: format!("key-{name}"),
        payload: name.as_bytes().to_vec(),
        class,
        accepted_at: UnixMillis(at),
        held_until: None,
        guard: None,
    }
}

/// An audit row of that kind, for suites that go on from here.
pub fn row(kind: &'static str, job: &str) -> NewAuditRow {
    NewAuditRow { at: UnixMillis(7), kind, job: job.to_owned(), body: json!({"user": "U1", "line": "ec2 x"}) }
}

/// Claims at that time with the suite's lease.
pub async fn claim(store: &dyn Store, now: i64) -> Option<Claimed> {
    let claim = Claim { now: UnixMillis(now), lease_until: UnixMillis(now + LEASE) };
    store.claim(claim).await.expect("claims")
}

async fn offer(store: &dyn Store, job: NewJob) -> Enqueued {
    store.enqueue_once(job, Vec::new()).await.expect("enqueues")
}

async fn begin(store: &dyn Store, fence: &Fence) -> Result<(), StoreError> {
    store.begin(fence.clone(), row("intent", &fence.job)).await
}

fn answered(reply: Option<&str>, until: i64) -> Completion {
    let reply = reply.map(|text| text.as_bytes().to_vec());
    Completion { reply, deliver_until: UnixMillis(until), rows: vec![row("outcome", "id-a")] }
}

async fn a_key_is_accepted_once(store: Arc<dyn Store>) {
    assert_eq!(offer(&*store, job("a", Class::Read, 1)).await, Enqueued::Accepted(None));
    let mut again = job("a", Class::Read, 2);
    again.id = "id-other".to_owned();
    assert_eq!(offer(&*store, again).await, Enqueued::Duplicate);
    let claimed = claim(&*store, 5).await.expect("the job");
    store.close(claimed.fence, Vec::new()).await.expect("closes");
    assert_eq!(offer(&*store, job("a", Class::Read, 6)).await, Enqueued::Duplicate, "closed jobs count too");
    assert_eq!(claim(&*store, 7).await, None);
}

async fn concurrent_offers_of_one_key(store: Arc<dyn Store>) {
    let offers: Vec<_> = (0..50)
        .map(|number| {
            let store = Arc::clone(&store);
            tokio::spawn(async move {
                let mut job = job("same", Class::Write, 1);
                job.id = format!("id-{number}");
                offer(&*store, job).await
            })
        })
        .collect();
    let mut accepted = 0;
    for offer in offers {
        match offer.await.expect("no panic") {
            Enqueued::Accepted(_) => accepted += 1,
            Enqueued::Duplicate => {}
            Enqueued::Repeated(_) => panic!("nothing was guarded"),
        }
    }
    assert_eq!(accepted, 1, "exactly one of fifty");
}

async fn jobs_come_in_order_and_only_once(store: &dyn Store) {
    for (name, at) in [("b", 20), ("a", 10), ("c", 30)] {
        offer(store, job(name, Class::Read, at)).await;
    }
    assert_eq!(store.next_ready().await.expect("reads"), Some(UnixMillis(10)));
    assert_eq!(claim(store, 5).await, None, "nothing is ready yet");
    let mut seen = Vec::new();
    while let Some(claimed) = claim(store, 40).await {
        assert_eq!(claimed.next, Next::Run);
        assert_eq!(claimed.job.payload, claimed.job.id.as_bytes()[3..].to_vec());
        seen.push(claimed.job.id);
    }
    assert_eq!(seen, ["id-a", "id-b", "id-c"]);
}

async fn a_job_is_claimed_by_its_id(store: &dyn Store) {
    for (name, at) in [("a", 10), ("b", 20), ("c", 30)] {
        offer(store, job(name, Class::Write, at)).await;
    }
    let claim_it = async |id: &str, now: i64| {
        let claim = Claim { now: UnixMillis(now), lease_until: UnixMillis(now + LEASE) };
        store.claim_job(id, claim).await.expect("claims")
    };
    assert_eq!(claim_it("id-b", 19).await, None, "it is not ready yet");
    assert_eq!(claim_it("id-x", 40).await, None, "there is none");
    let claimed = claim_it("id-b", 40).await.expect("the job, though another has been ready for longer");
    assert_eq!((claimed.job.payload.as_slice(), &claimed.next), (&b"b"[..], &Next::Run));
    assert_eq!(claim_it("id-b", 40).await, None, "it is held");
    assert_eq!(claim(store, 40).await.expect("a job").job.id, "id-a");
    begin(store, &claimed.fence).await.expect("begins");
    let again = claim_it("id-b", 40 + LEASE).await.expect("its lease is over");
    assert_eq!(again.next, Next::ReportDoubt, "the rules are the same");
    assert!(matches!(begin(store, &claimed.fence).await, Err(StoreError::Lost)));
    store.close(again.fence, Vec::new()).await.expect("closes");
    assert_eq!(claim_it("id-b", 9 * LEASE).await, None, "it is closed");
}

async fn a_whole_life(store: &dyn Store) {
    offer(store, job("a", Class::Write, 1)).await;
    assert_eq!(store.totals().await.expect("counts").queued, 1);
    let claimed = claim(store, 2).await.expect("the job");
    begin(store, &claimed.fence).await.expect("begins");
    begin(store, &claimed.fence).await.expect("a second call of the same job begins too");
    assert_eq!(store.totals().await.expect("counts").running, 1);
    store.complete(claimed.fence.clone(), answered(Some("done"), 100)).await.expect("completes");
    assert_eq!(store.totals().await.expect("counts").undelivered, 1);
    assert_eq!(claim(store, 50).await, None, "whoever completed it delivers it");
    store.close(claimed.fence.clone(), vec![row("delivered", "id-a")]).await.expect("closes");
    let totals = store.totals().await.expect("counts");
    assert_eq!((totals.closed, totals.undelivered, totals.running), (1, 0, 0));
    assert_eq!(store.next_ready().await.expect("reads"), None);
    assert!(
        matches!(store.close(claimed.fence, Vec::new()).await, Err(StoreError::Lost)),
        "closed is closed"
    );
}

async fn a_read_runs_again(store: &dyn Store) {
    offer(store, job("a", Class::Read, 1)).await;
    let first = claim(store, 2).await.expect("the job");
    begin(store, &first.fence).await.expect("begins");
    assert_eq!(claim(store, 2 + LEASE - 1).await, None, "held");
    let second = claim(store, 2 + LEASE).await.expect("the job again");
    assert_eq!(second.next, Next::Run);
    assert_ne!(first.fence, second.fence);
}

async fn a_write_without_intent_runs_again(store: &dyn Store) {
    offer(store, job("a", Class::Write, 1)).await;
    claim(store, 2).await.expect("the job");
    let second = claim(store, 2 + LEASE).await.expect("the job again");
    assert_eq!(second.next, Next::Run, "nothing was sent");
}

async fn a_write_with_intent_becomes_doubt(store: &dyn Store) {
    offer(store, job("a", Class::Write, 1)).await;
    let first = claim(store, 2).await.expect("the job");
    begin(store, &first.fence).await.expect("begins");
    let second = claim(store, 2 + LEASE).await.expect("the job again");
    assert_eq!(second.next, Next::ReportDoubt);
    let third = claim(store, 2 + 2 * LEASE).await.expect("the report was interrupted too");
    assert_eq!(third.next, Next::ReportDoubt, "it never runs again");
    assert!(matches!(begin(store, &third.fence).await, Err(StoreError::Lost)), "doubt cannot begin");
    store
        .complete(third.fence.clone(), answered(Some("may have happened"), 3 * LEASE))
        .await
        .expect("completes");
    store.close(third.fence, Vec::new()).await.expect("closes");
    assert_eq!(claim(store, 100 * LEASE).await, None, "reported once");
}

async fn a_job_that_kills_is_given_up(store: &dyn Store) {
    offer(store, job("a", Class::Read, 1)).await;
    let mut now = 2;
    for _ in 0..MAX_ATTEMPTS {
        assert_eq!(claim(store, now).await.expect("the job").next, Next::Run);
        now += LEASE;
    }
    assert_eq!(claim(store, now).await.expect("the job").next, Next::ReportAbandoned);
}

async fn a_late_worker_is_fenced_off(store: &dyn Store) {
    offer(store, job("a", Class::Read, 1)).await;
    let late = claim(store, 2).await.expect("the job");
    let now = claim(store, 2 + LEASE).await.expect("the job again");
    let lost = |result| assert!(matches!(result, Err(StoreError::Lost)), "{result:?}");
    lost(begin(store, &late.fence).await);
    lost(store.complete(late.fence.clone(), answered(None, 0)).await);
    lost(store.put_back(late.fence.clone(), UnixMillis(0)).await);
    lost(store.close(late.fence, Vec::new()).await);
    begin(store, &now.fence).await.expect("the holder begins");
    store.complete(now.fence, answered(None, 0)).await.expect("the holder completes");
    assert_eq!(store.totals().await.expect("counts").closed, 1, "without a reply it is closed");
}

async fn a_held_job_is_not_claimed(store: &dyn Store) {
    let held = NewJob { held_until: Some(UnixMillis(500)), ..job("a", Class::Write, 1) };
    let Enqueued::Accepted(Some(fence)) = offer(store, held).await else { panic!("accepted as held") };
    assert_eq!(claim(store, 499).await, None);
    begin(store, &fence).await.expect("its holder begins");
    assert_eq!(claim(store, 500).await.expect("let go").next, Next::ReportDoubt);
}

async fn recovery_ends_leases(store: &dyn Store) {
    for (name, class) in [("a", Class::Read), ("b", Class::Write), ("c", Class::Read), ("d", Class::Read)] {
        offer(store, job(name, class, 1)).await;
    }
    let (_read, write, replied) = (claim(store, 2).await, claim(store, 2).await, claim(store, 2).await);
    begin(store, &write.expect("b").fence).await.expect("begins");
    store.complete(replied.expect("c").fence, answered(Some("r"), 2 + LEASE)).await.expect("completes");
    let recovery = store.recover(UnixMillis(3)).await.expect("recovers");
    assert_eq!((recovery.interrupted, recovery.doubtful, recovery.undelivered), (1, 1, 1));
    let mut next = Vec::new();
    while let Some(claimed) = claim(store, 3).await {
        next.push((claimed.job.id, claimed.next));
    }
    next.sort_by(|one, other| one.0.cmp(&other.0));
    let reply = Next::Deliver { reply: b"r".to_vec(), attempts: 1 };
    let expected = [("id-a", Next::Run), ("id-b", Next::ReportDoubt), ("id-c", reply), ("id-d", Next::Run)];
    assert_eq!(next, expected.map(|(id, next)| (id.to_owned(), next)));
}

async fn recovery_leaves_leases(store: &dyn Store) {
    for name in ["a", "b"] {
        offer(store, job(name, Class::Read, 1)).await;
    }
    claim(store, 2).await.expect("a job of somebody who lives");
    assert_eq!(store.recover(UnixMillis(3)).await.expect("recovers"), Recovery::default());
    assert_eq!(claim(store, 3).await.expect("what nobody holds").job.id, "id-b");
    assert_eq!(claim(store, 3).await, None);
    assert_eq!(claim(store, 2 + LEASE).await.expect("its lease is over").job.id, "id-a");
}

async fn a_repeat_asks_first(store: &dyn Store) {
    let guarded = |name: &str, at: i64, insist: bool| {
        let guard = Guard { hash: [7; 32], window_ms: 60_000, insist };
        NewJob { guard: Some(guard), ..job(name, Class::Write, at) }
    };
    assert_eq!(offer(store, guarded("a", 1_000, false)).await, Enqueued::Accepted(None));
    assert_eq!(offer(store, guarded("a", 2_000, false)).await, Enqueued::Duplicate, "the same request");
    assert_eq!(offer(store, guarded("b", 3_000, false)).await, Enqueued::Repeated(UnixMillis(1_000)));
    assert_eq!(offer(store, guarded("b", 60_999, false)).await, Enqueued::Repeated(UnixMillis(1_000)));
    assert_eq!(offer(store, guarded("b", 60_999, true)).await, Enqueued::Accepted(None), "insisted");
    assert_eq!(offer(store, guarded("c", 61_001, false)).await, Enqueued::Repeated(UnixMillis(60_999)));
    assert_eq!(offer(store, guarded("c", 120_999, false)).await, Enqueued::Accepted(None), "a minute later");
    let mut other = guarded("d", 121_000, false);
    other.guard = Some(Guard { hash: [8; 32], window_ms: 60_000, insist: false });
    assert_eq!(offer(store, other).await, Enqueued::Accepted(None), "something else");
}

async fn a_reply_is_delivered_again(store: &dyn Store) {
    offer(store, job("a", Class::Write, 1)).await;
    let first = claim(store, 2).await.expect("the job");
    begin(store, &first.fence).await.expect("begins");
    store.complete(first.fence.clone(), answered(Some("r"), 50)).await.expect("completes");
    store.put_back(first.fence, UnixMillis(30)).await.expect("puts back");
    assert_eq!(claim(store, 29).await, None);
    let second = claim(store, 30).await.expect("the delivery");
    assert_eq!(second.next, Next::Deliver { reply: b"r".to_vec(), attempts: 1 });
    let third = claim(store, 30 + LEASE).await.expect("the delivery again");
    assert_eq!(third.next, Next::Deliver { reply: b"r".to_vec(), attempts: 2 });
    store.close(third.fence, Vec::new()).await.expect("closes");
    assert_eq!(claim(store, 90 * LEASE).await, None);
}

async fn old_jobs_are_pruned(store: &dyn Store) {
    for (name, at) in [("a", 10), ("b", 20), ("c", 30)] {
        offer(store, job(name, Class::Read, at)).await;
    }
    for _ in 0..2 {
        let claimed = claim(store, 40).await.expect("a job");
        store.close(claimed.fence, Vec::new()).await.expect("closes");
    }
    assert_eq!(store.prune(UnixMillis(20)).await.expect("prunes"), 1);
    assert_eq!(store.prune(UnixMillis(1_000)).await.expect("prunes"), 1, "an open job stays");
    assert_eq!(claim(store, 40).await.expect("c").job.id, "id-c");
    assert_eq!(
        offer(store, job("a", Class::Read, 50)).await,
        Enqueued::Accepted(None),
        "its key is forgotten"
    );
}
