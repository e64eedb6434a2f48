//! The part of the suite that is about much at once: large payloads, and several who claim.

use std::sync::Arc;

use super::{answered, begin, claim, job, offer};
use crate::{Class, Completion, Enqueued, NewJob, Next, Store, StoreError, UnixMillis};

pub(super) async fn large_payloads_and_replies_come_back_whole(store: &dyn Store) {
    let blob = |size: usize| (0..size).map(|at| u8::try_from(at % 251).expect("below")).collect::<Vec<u8>>();
    for (name, size) in [("a", 0), ("b", 150_000), ("c", 400_000), ("d", 4 * 1024 * 1024)] {
        let large = NewJob { payload: blob(size), ..job(name, Class::Read, 1) };
        assert_eq!(offer(store, large).await, Enqueued::Accepted(None));
        let claimed = claim(store, 2).await.expect("the job");
        assert_eq!(
            (claimed.job.id.as_str(), claimed.job.payload == blob(size)),
            (&*format!("id-{name}"), true)
        );
        let reply = Completion { reply: Some(blob(size)), deliver_until: UnixMillis(3), rows: Vec::new() };
        store.complete(claimed.fence, reply).await.expect("completes");
        let claimed = claim(store, 3).await.expect("its reply");
        assert_eq!(claimed.job.payload, blob(size), "it is still there");
        assert_eq!(claimed.next, Next::Deliver { reply: blob(size), attempts: 1 });
        store.close(claimed.fence, Vec::new()).await.expect("closes");
    }
    let huge = NewJob { payload: blob(4 * 1024 * 1024 + 1), ..job("e", Class::Read, 1) };
    let refused = store.enqueue_once(huge, Vec::new()).await;
    assert!(matches!(refused, Err(StoreError::TooLarge { .. })), "{refused:?}");
}

pub(super) async fn concurrent_claims_share_the_jobs(store: Arc<dyn Store>) {
    for number in 0..24 {
        offer(&*store, job(&format!("{number:02}"), Class::Write, number)).await;
    }
    let workers: Vec<_> = (0..8)
        .map(|_| {
            let store = Arc::clone(&store);
            tokio::spawn(async move {
                let mut done = Vec::new();
                while let Some(claimed) = claim(&*store, 100).await {
                    begin(&*store, &claimed.fence).await.expect("begins");
                    store.complete(claimed.fence, answered(None, 0)).await.expect("completes");
                    done.push(claimed.job.id);
                }
                done
            })
        })
        .collect();
    let mut done = Vec::new();
    for worker in workers {
        done.extend(worker.await.expect("no panic"));
    }
    while let Some(left) = claim(&*store, 100).await {
        // A worker ends when it finds nothing, which a busy store may tell it too early.
        store.close(left.fence, Vec::new()).await.expect("closes");
        done.push(left.job.id);
    }
    done.sort();
    let all: Vec<String> = (0..24).map(|number| format!("id-{number:02}")).collect();
    assert_eq!(done, all, "each was done by one");
    assert_eq!(store.totals().await.expect("counts").closed, 24);
}
