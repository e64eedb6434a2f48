//! What has become of each object, counted and printed as the AWS CLI prints it, with its line of progress.

use jiff::Timestamp;

use crate::commands::s3::size::human;
use crate::commands::task::World;

/// How much is said.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Talk {
    /// Nothing.
    Quiet,
    /// Errors and warnings.
    Errors,
    /// What was done.
    Done,
    /// What is being done, too.
    Progress {
        /// Seconds between two lines.
        every: i64,
        /// Each on a line of its own.
        lines: bool,
    },
}

/// The count of a command's results.
#[derive(Debug)]
pub(super) struct Results {
    talk: Talk,
    bytes_done: i64,
    bytes_lost: i64,
    bytes_expected: i64,
    files_expected: u64,
    files_done: u64,
    files_skipped: u64,
    files_failed: u64,
    /// Warnings so far.
    warned: u64,
    /// Errors that ended the command.
    fatal: u64,
    final_count: Option<u64>,
    started: Option<Timestamp>,
    now: Timestamp,
    printed_at: Option<Timestamp>,
    width: usize,
}

/// One transfer's part of the count.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Tally {
    /// Its size, where it is known.
    pub(super) size: Option<i64>,
    /// What of it has gone over.
    pub(super) done: i64,
}

impl Results {
    pub(super) fn new(talk: Talk, now: Timestamp) -> Results {
        Results {
            talk,
            bytes_done: 0,
            bytes_lost: 0,
            bytes_expected: 0,
            files_expected: 0,
            files_done: 0,
            files_skipped: 0,
            files_failed: 0,
            warned: 0,
            fatal: 0,
            final_count: None,
            started: None,
            now,
            printed_at: None,
            width: 0,
        }
    }

    /// The exit code of what has become of it all.
    pub(super) fn exit_code(&self) -> u8 {
        match (self.files_failed + self.fatal, self.warned) {
            (1.., _) => 1,
            (0, 1..) => 2,
            (0, 0) => 0,
        }
    }

    /// A transfer begins.
    pub(super) fn queued(&mut self, size: Option<i64>) {
        self.started.get_or_insert(self.now);
        self.bytes_expected += size.unwrap_or_default();
        self.files_expected += 1;
    }

    /// Time goes on.
    pub(super) fn at(&mut self, now: Timestamp) {
        self.now = now;
    }

    /// Bytes have gone over; negative when they must go again.
    pub(super) fn moved(&mut self, bytes: i64, world: &mut World<'_>) {
        self.bytes_done += bytes;
        self.progress(world);
    }

    /// A transfer is done.
    pub(super) fn done(&mut self, what: &str, world: &mut World<'_>) {
        self.files_done += 1;
        if matches!(self.talk, Talk::Done | Talk::Progress { .. }) {
            self.line(what, false, world);
        }
        self.redraw(world);
    }

    /// A transfer has failed.
    pub(super) fn failed(&mut self, what: &str, tally: Tally, world: &mut World<'_>) {
        self.bytes_lost += tally.size.map_or(0, |size| size - tally.done);
        self.files_failed += 1;
        self.files_done += 1;
        self.complain(what, world);
    }

    /// A transfer was not needed after all.
    pub(super) fn skipped(&mut self, world: &mut World<'_>) {
        self.files_skipped += 1;
        if self.talk != Talk::Quiet {
            self.progress_or_clear(world, '\r');
        }
    }

    /// Something the user should know.
    pub(super) fn warning(&mut self, what: &str, world: &mut World<'_>) {
        self.warned += 1;
        self.complain(what, world);
    }

    /// The command ends here.
    pub(super) fn fatal(&mut self, what: &str, world: &mut World<'_>) {
        self.fatal += 1;
        if self.talk != Talk::Quiet {
            self.line(&format!("fatal error: {what}"), true, world);
        }
    }

    /// What would be done.
    pub(super) fn dry(&mut self, what: &str, world: &mut World<'_>) {
        if self.talk != Talk::Quiet {
            self.line(&format!("(dryrun) {what}"), false, world);
        }
    }

    /// All transfers have begun.
    pub(super) fn complete(&mut self, world: &mut World<'_>) {
        self.final_count = Some(self.files_expected);
        self.clear(world, '\n');
    }

    fn complain(&mut self, what: &str, world: &mut World<'_>) {
        if self.talk != Talk::Quiet {
            self.line(what, true, world);
        }
        self.redraw(world);
    }

    fn line(&self, text: &str, error: bool, world: &mut World<'_>) {
        let line = format!("{text:<width$}\n", width = self.width);
        if error { world.complain(&line) } else { world.say(&line) }
    }

    fn redraw(&mut self, world: &mut World<'_>) {
        self.width = 0;
        self.progress_or_clear(world, '\r');
    }

    fn progress_or_clear(&mut self, world: &mut World<'_>, end: char) {
        if self.remains() { self.progress(world) } else { self.clear(world, end) }
    }

    fn remains(&self) -> bool {
        self.final_count != Some(self.files_expected)
            || self.files_done + self.files_skipped != self.files_expected
    }

    fn clear(&mut self, world: &mut World<'_>, end: char) {
        if self.width > 0 && !self.remains() {
            world.say(&format!("{:width$}{end}", "", width = self.width));
        }
    }

    fn progress(&mut self, world: &mut World<'_>) {
        let Talk::Progress { every, lines } = self.talk else { return };
        let text = self.progress_text();
        let padded = format!("{text:<width$}", width = self.width);
        if !lines {
            self.width = padded.chars().count();
        }
        let waited = self.printed_at.is_none_or(|then| self.now.as_second() - then.as_second() >= every);
        if every == 0 || waited {
            self.printed_at = Some(self.now);
            world.say(&format!("{padded}{}", if lines { '\n' } else { '\r' }));
            let _ = world.out.flush();
        }
    }

    fn progress_text(&self) -> String {
        let certain = self.final_count == Some(self.files_expected);
        let about = if certain { "" } else { "~" };
        let calculating = if certain { "" } else { " (calculating...)" };
        let left = i128::from(self.files_expected) - i128::from(self.files_done + self.files_skipped);
        if self.bytes_expected <= 0 {
            return format!(
                "Completed {} file(s) with {about}{left} file(s) remaining{calculating}",
                self.files_done
            );
        }
        let done = human((self.bytes_done + self.bytes_lost) as f64);
        let expected = human(self.bytes_expected as f64);
        let speed = human(self.speed());
        format!(
            "Completed {done}/{about}{expected} ({speed}/s) with {about}{left} file(s) remaining{calculating}"
        )
    }

    fn speed(&self) -> f64 {
        let seconds = self.started.map_or(0.0, |start| self.now.duration_since(start).as_secs_f64());
        if seconds > 0.0 { self.bytes_done as f64 / seconds } else { 0.0 }
    }
}
