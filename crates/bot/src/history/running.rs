//! Which jobs run in this process, and how one of them is stopped.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use store::{Class, Job};
use tokio::sync::Notify;

/// The jobs that run.
#[derive(Default)]
pub(crate) struct Running(Mutex<BTreeMap<String, Entry>>);

struct Entry {
    class: Class,
    stop: Arc<Notify>,
}

/// What became of the wish to stop a job.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Stop {
    /// It does not run here.
    NotHere,
    /// It only reads, and ends now.
    Stopping,
    /// It changes things, and goes on.
    GoesOn,
}

/// A job's entry, for as long as it runs.
pub(crate) struct Place<'a> {
    running: &'a Running,
    job: &'a Job,
    stop: Arc<Notify>,
}

impl Running {
    /// Enters a job that begins.
    pub(crate) fn enter<'a>(&'a self, job: &'a Job) -> Place<'a> {
        let stop = Arc::new(Notify::new());
        self.entries().insert(job.id.clone(), Entry { class: job.class, stop: Arc::clone(&stop) });
        Place { running: self, job, stop }
    }

    /// Whether a job runs here.
    pub(crate) fn has(&self, id: &str) -> bool {
        self.entries().contains_key(id)
    }

    /// Stops a job that only reads.
    pub(crate) fn stop(&self, id: &str) -> Stop {
        match self.entries().get(id) {
            None => Stop::NotHere,
            Some(entry) if entry.class == Class::Write => Stop::GoesOn,
            Some(entry) => {
                entry.stop.notify_one();
                Stop::Stopping
            }
        }
    }

    fn entries(&self) -> MutexGuard<'_, BTreeMap<String, Entry>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Place<'_> {
    /// Resolves once the job is to stop.
    pub(crate) async fn stopped(&self) {
        self.stop.notified().await;
    }
}

impl Drop for Place<'_> {
    fn drop(&mut self) {
        self.running.entries().remove(&self.job.id);
    }
}
