//! Hears rings from a queue that is asked for them, and works on their jobs; beside that, takes what nobody rang for.
//!
//! Invariants: a ring is hidden from others for as long as its job runs here, and removed only when its job is done with;
//! no more is heard than there are places to work.

use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::{OwnedSemaphorePermit, watch};
use tokio::task::JoinSet;

use crate::bell::{BellFault, Heard, Inbox, Message};
use crate::bot::Inner;
use crate::rounds::{self, Taken};
use crate::worker::{self, Places};

/// The most rings that are heard at once: what SQS hands out.
const MOST: usize = 10;
/// For how long a ring is hidden at a time while its job runs.
const HIDDEN: Duration = Duration::from_secs(60);
/// How long a ring whose job was put back stays hidden.
const AGAIN: Duration = Duration::from_secs(15);
/// The pause after a queue failed.
const AFTER_FAULT: Duration = Duration::from_secs(5);

/// Works until `shutdown` resolves, then waits for what is running.
pub(crate) async fn work(inner: &Arc<Inner>, shutdown: impl Future<Output = ()> + Send) {
    let places = Places::of(inner);
    let Some(inbox) = inner.far.as_ref().and_then(|bell| bell.inbox()) else {
        return worker::run(inner, &places, shutdown).await;
    };
    let (stop, stopped) = watch::channel(false);
    let told = |mut stopped: watch::Receiver<bool>| async move {
        // A sender that is gone means the same.
        let _ = stopped.wait_for(|stop| *stop).await;
    };
    tokio::join!(
        async {
            shutdown.await;
            stop.send_replace(true);
        },
        worker::run(inner, &places, told(stopped.clone())),
        listen(inner, &inbox, &places, told(stopped.clone())),
    );
}

async fn listen(
    inner: &Arc<Inner>,
    inbox: &Arc<dyn Inbox>,
    places: &Places,
    shutdown: impl Future<Output = ()> + Send,
) {
    let mut shutdown = std::pin::pin!(shutdown);
    let mut tasks = JoinSet::new();
    loop {
        let heard = tokio::select! {
            () = &mut shutdown => break,
            heard = hear(inbox, places) => heard,
        };
        match heard {
            Ok((heard, place)) => begin(inner, inbox, places, &mut tasks, heard, place).await,
            Err(fault) => {
                tracing::error!(fault = %fault, "the queue does not say which jobs wait; they are looked for in the store");
                tokio::select! {
                    () = &mut shutdown => break,
                    () = inner.clock.pause(AFTER_FAULT) => {}
                }
            }
        }
        while tasks.try_join_next().is_some() {}
    }
    worker::drain(inner, tasks).await;
}

/// Waits for a place to work, then for rings.
async fn hear(
    inbox: &Arc<dyn Inbox>,
    places: &Places,
) -> Result<(Vec<Heard>, OwnedSemaphorePermit), BellFault> {
    let place = Arc::clone(&places.work).acquire_owned().await;
    let place = place.map_err(|_| BellFault("nothing works here any more".to_owned()))?;
    let most = (1 + places.work.available_permits()).min(MOST);
    Ok((inbox.hear(most).await?, place))
}

async fn begin(
    inner: &Arc<Inner>,
    inbox: &Arc<dyn Inbox>,
    places: &Places,
    tasks: &mut JoinSet<()>,
    heard: Vec<Heard>,
    place: OwnedSemaphorePermit,
) {
    let mut first = Some(place);
    for heard in heard {
        let place = first.take().or_else(|| Arc::clone(&places.work).try_acquire_owned().ok());
        let Some(place) = place else {
            // Somebody else took the place meanwhile: others may hear it.
            noted(inbox.hide(&heard.receipt, Duration::ZERO).await);
            continue;
        };
        let (inner, inbox) = (Arc::clone(inner), Arc::clone(inbox));
        tasks.spawn(async move {
            attend(&inner, &*inbox, &heard).await;
            drop(place);
            // Whoever waits in the store finds the place.
            inner.bell.notify_one();
        });
    }
}

/// Does what a ring asks for.
async fn attend(inner: &Inner, inbox: &dyn Inbox, heard: &Heard) {
    let taken = match Message::of_queue(&heard.body) {
        Ok(Message::Job(job)) => {
            let hiding = async {
                loop {
                    noted(inbox.hide(&heard.receipt, HIDDEN).await);
                    inner.clock.pause(HIDDEN / 2).await;
                }
            };
            tokio::select! {
                taken = rounds::take(inner, &job) => taken,
                () = hiding => Taken::Again,
            }
        }
        // It is looked for all the time.
        Ok(Message::Sweep) => Taken::Settled,
        Err(fault) => {
            inner.counters.misheard.add();
            tracing::warn!(fault = %fault, "a message in the queue is none of Bellhop's; removed it");
            Taken::Settled
        }
    };
    noted(match taken {
        Taken::Settled => inbox.remove(&heard.receipt).await,
        Taken::Again => inbox.hide(&heard.receipt, AGAIN).await,
    });
}

/// A ring that could not be removed comes again and does nothing; one that could not be hidden likewise.
fn noted(done: Result<(), BellFault>) {
    if let Err(fault) = done {
        tracing::warn!(fault = %fault, "the queue did not take what became of a message");
    }
}
