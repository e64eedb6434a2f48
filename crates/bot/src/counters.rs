//! What is counted, as plain numbers; whoever runs the bot exports them in its own format.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

/// A number that grows, or for gauges goes up and down.
#[derive(Debug, Default)]
pub struct Counter(AtomicU64);

impl Counter {
    /// One more.
    pub fn add(&self) {
        self.0.fetch_add(1, Ordering::Relaxed);
    }

    /// So many more.
    pub fn add_many(&self, count: u64) {
        self.0.fetch_add(count, Ordering::Relaxed);
    }

    /// One less, for gauges.
    pub fn less(&self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }

    /// A time, in microseconds.
    pub fn add_time(&self, time: Duration) {
        self.add_many(u64::try_from(time.as_micros()).unwrap_or(u64::MAX));
    }

    /// It is so many now, for gauges.
    pub fn set(&self, count: u64) {
        self.0.store(count, Ordering::Relaxed);
    }

    /// The number.
    pub fn get(&self) -> u64 {
        self.0.load(Ordering::Relaxed)
    }
}

/// Declares the counters once: field, exported name, help.
macro_rules! counters {
    ($($field:ident $name:literal $help:literal)*) => {
        /// What the bot counts.
        #[derive(Debug, Default)]
        pub struct Counters { $(#[doc = $help] pub $field: Counter,)* }

        impl Counters {
            /// Calls `see` with name, help and number of each. Names that end in `_running`, `_lag` or `_percent` are
            /// gauges.
            pub fn each(&self, mut see: impl FnMut(&'static str, &'static str, u64)) {
                $(see($name, $help, self.$field.get());)*
            }
        }
    };
}

counters! {
    received "bellhop_commands_received" "Verified commands that reached the bot."
    packed "bellhop_session_packed_percent" "The most of STS's room for session policies and tags that a session took, in percent."
    accepted "bellhop_commands_accepted" "Commands whose job was written down."
    answered "bellhop_commands_answered" "Commands answered at once, without a job."
    duplicates "bellhop_commands_duplicate" "Repeats of a request that was accepted before."
    asked "bellhop_commands_asked" "Commands that somebody was asked about first."
    pressed "bellhop_presses" "Presses of a card's buttons."
    unheard "bellhop_presses_unheard" "Presses that did not count."
    repeated "bellhop_commands_repeated" "Identical writes that were asked about first."
    denied "bellhop_commands_denied" "Commands that the rules did not allow."
    unusable "bellhop_commands_unusable" "Requests from elsewhere, or with an address that is not posted to."
    events "bellhop_events" "Events of Slack's that were taken."
    ack_micros "bellhop_ack_microseconds" "Time until the acknowledgement was ready, summed over all commands."
    done "bellhop_jobs_done" "Jobs that AWS carried out."
    rejected "bellhop_jobs_rejected" "Jobs that AWS rejected."
    partly "bellhop_jobs_partly" "Jobs of which some was done before they failed."
    not_sent "bellhop_jobs_not_sent" "Jobs of which nothing reached AWS."
    may_have_happened "bellhop_jobs_may_have_happened" "Jobs of which nobody knows whether they happened."
    refused "bellhop_jobs_refused" "Jobs that the rules of their moment did not allow any more."
    forged "bellhop_jobs_forged" "Jobs in the store that this bot did not seal."
    abandoned "bellhop_jobs_abandoned" "Jobs given up after they were interrupted again and again."
    panicked "bellhop_jobs_panicked" "Jobs whose worker panicked."
    job_micros "bellhop_job_microseconds" "Time that jobs took to run, summed."
    running "bellhop_jobs_running" "Jobs that run now."
    delivered "bellhop_replies_delivered" "Replies that Slack took."
    undeliverable "bellhop_replies_undeliverable" "Replies that could not be delivered."
    copy_lag "bellhop_audit_copy_lag" "Rows of the record that are not copied elsewhere yet."
    copy_failures "bellhop_audit_copy_failures" "Attempts to copy the record elsewhere that failed."
    unmet "bellhop_users_unmet" "Users of whom Slack did not tell in time what kind they are."
    unread_groups "bellhop_groups_unread" "Attempts to read a group's members that failed."
    rung "bellhop_rings" "Jobs that workers elsewhere were told of."
    unrung "bellhop_rings_failed" "Jobs that no worker elsewhere could be told of; the sweep finds them."
    misheard "bellhop_messages_unreadable" "Messages of the queue that are none of Bellhop's."
    current "bellhop_rights_current" "Looks for what other processes changed about rights that found nothing new."
    reread "bellhop_rights_reread" "Such looks after which rights, members or accounts were read anew."
    stale "bellhop_rights_stale" "Requests for which nothing that the store grants counted, since it did not answer for too long."
    cache_hits "bellhop_shared_cache_hits" "Times that the shared cache had what is known of members."
    cache_misses "bellhop_shared_cache_misses" "Times that it had not, or nothing to be believed, and the store was read."
    store_failures "bellhop_store_failures" "Calls of the store that failed."
}
