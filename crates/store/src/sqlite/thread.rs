//! A thread with a connection. The one that writes gathers what has come in meanwhile into one transaction.

use std::sync::mpsc::{Receiver, Sender, channel};
use std::thread::JoinHandle;

use rusqlite::{Connection, Transaction, TransactionBehavior};
use tokio::sync::oneshot;

use super::checkpoint::Checkpointer;
use crate::{Pending, StoreError};

/// How many calls share one commit at most.
const BATCH: usize = 256;

/// Runs a call's statements; what it returns answers the caller once it is known whether they were committed.
/// It is given an error instead of a connection when there is no transaction to run in.
type Work = Box<dyn FnOnce(Result<&Connection, StoreError>) -> Answer + Send>;
type Answer = Box<dyn FnOnce(Result<(), StoreError>) + Send>;

/// A thread that owns a connection, ended by dropping this.
pub(crate) struct Thread {
    work: Option<Sender<Work>>,
    handle: Option<JoinHandle<()>>,
}

impl Thread {
    /// A thread whose calls run inside transactions.
    pub(crate) fn writing(
        name: &str,
        connection: Connection,
        mut checkpointer: Option<Checkpointer>,
    ) -> Result<Thread, StoreError> {
        Thread::start(name, move |work| {
            while let Ok(first) = work.recv() {
                let batch: Vec<Work> =
                    std::iter::once(first).chain(work.try_iter().take(BATCH - 1)).collect();
                let calls = batch.len();
                commit(&connection, batch);
                if let Some(checkpointer) = &mut checkpointer {
                    checkpointer.committed(calls);
                }
            }
        })
    }

    /// A thread whose calls run one by one.
    pub(crate) fn reading(name: &str, connection: Connection) -> Result<Thread, StoreError> {
        Thread::start(name, move |work| {
            while let Ok(call) = work.recv() {
                call(Ok(&connection))(Ok(()));
            }
        })
    }

    fn start(name: &str, body: impl FnOnce(Receiver<Work>) + Send + 'static) -> Result<Thread, StoreError> {
        let (sender, receiver) = channel();
        let handle = std::thread::Builder::new().name(name.to_owned()).spawn(move || body(receiver))?;
        Ok(Thread { work: Some(sender), handle: Some(handle) })
    }

    /// Queues the call at once; the future waits for its result. Dropping the future does not undo the call.
    pub(crate) fn run<T: Send + 'static>(
        &self,
        call: impl FnOnce(&Connection) -> Result<T, StoreError> + Send + 'static,
    ) -> Pending<'static, T> {
        let (answer, answered) = oneshot::channel();
        let work: Work = Box::new(move |connection| {
            let result = connection.and_then(|connection| within_savepoint(connection, call));
            Box::new(move |committed| {
                // A caller that no longer waits is no fault.
                let _ = answer.send(committed.and(result));
            })
        });
        let queued = self.work.as_ref().is_some_and(|queue| queue.send(work).is_ok());
        Box::pin(async move {
            if !queued {
                return Err(StoreError::Closed);
            }
            answered.await.unwrap_or(Err(StoreError::Closed))
        })
    }
}

impl Drop for Thread {
    fn drop(&mut self) {
        drop(self.work.take());
        if let Some(handle) = self.handle.take() {
            let _ = handle.join();
        }
    }
}

/// Runs the calls in one transaction and answers each after the commit.
fn commit(connection: &Connection, batch: Vec<Work>) {
    let transaction = match Transaction::new_unchecked(connection, TransactionBehavior::Immediate) {
        Ok(transaction) => transaction,
        Err(error) => {
            let error = StoreError::from(error);
            return batch.into_iter().for_each(|work| work(Err(error.clone()))(Ok(())));
        }
    };
    let answers: Vec<Answer> = batch.into_iter().map(|work| work(Ok(&transaction))).collect();
    let committed = transaction
        .commit()
        .map_err(|error| StoreError::Failed(format!("the commit failed, it may or may not hold: {error}")));
    for answer in answers {
        answer(committed.clone());
    }
}

/// Lets a call that fails half-way leave nothing behind while the others of its batch stay.
fn within_savepoint<T>(
    connection: &Connection,
    call: impl FnOnce(&Connection) -> Result<T, StoreError>,
) -> Result<T, StoreError> {
    if connection.is_autocommit() {
        return call(connection);
    }
    connection.prepare_cached("SAVEPOINT call")?.execute([])?;
    let result = call(connection);
    if result.is_err() {
        connection.prepare_cached("ROLLBACK TO call")?.execute([])?;
    }
    connection.prepare_cached("RELEASE call")?.execute([])?;
    result
}
