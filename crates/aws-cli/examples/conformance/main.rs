//! Replays recordings of AWS CLI v2 and says where Bellhop differs: `conformance FOLDER [--suite NAME] [--match TEXT] [--show N]`.
//!
//! A recording is a line of JSON: the words of a command (`argv`), the requests that it made (`http[]`, each with the
//! `response` that it was served), and what it printed (`rc`, `stdout`, `stderr`). Everything runs inside this process: the
//! words go through the same parser, client and printer as those of `bellhop aws`; only the network is replaced, by one that
//! answers from the recording and keeps what it was asked, and the clock, which stands where it stood.
//! `--through-process N PROGRAM` runs N recordings of each suite through the real program instead ([`process`]);
//! `--version-1` compares only requests, with those of AWS CLI v1 ([`version_1`]).
//! `cargo xtask conformance --recorded FOLDER` builds this with the models that the recordings were made with.
#![expect(clippy::print_stdout, reason = "the report is its work")]
#![expect(clippy::disallowed_methods, reason = "the recordings are files that the command line names")]

mod asymmetric;
mod compare;
mod files;
mod process;
mod recording;
mod replay;
mod report;
mod threads;
mod version_1;
mod world;

use std::path::PathBuf;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

use aws_model::Catalog;

use recording::{Recording, Suite};
use report::{Options, Report};

fn main() -> anyhow::Result<()> {
    let options = Options::from_words(std::env::args().skip(1))?;
    let mut report = Report::default();
    for suite in recording::suites(&PathBuf::from(&options.folder))? {
        if options.suite.as_ref().is_none_or(|name| suite.name == *name) {
            run_suite(&suite, &options, &mut report);
        }
    }
    report.print(&options);
    anyhow::ensure!(report.agrees(), "{} differences", report.differences());
    Ok(())
}

/// Runs all recordings of a suite on every core, keeping their order in the report.
fn run_suite(suite: &Suite, options: &Options, report: &mut Report) {
    let catalog = Catalog::embedded();
    let step =
        options.process.as_ref().map_or(1, |(_, count)| suite.recordings.len().div_ceil((*count).max(1)));
    let next = AtomicUsize::new(0);
    let results = Mutex::new(Vec::new());
    let workers = std::thread::available_parallelism().map_or(1, usize::from);
    std::thread::scope(|scope| {
        for _ in 0..workers {
            scope.spawn(|| {
                while let Some(recording) = suite.recordings.get(next.fetch_add(step, Ordering::Relaxed)) {
                    if !options.wants(recording) {
                        continue;
                    }
                    let outcome = match &options.process {
                        Some((program, _)) => process::replay(recording, program),
                        None if options.version_1 => version_1::replay(recording, &catalog),
                        None => replay::replay(recording, &catalog),
                    };
                    if let Ok(mut results) = results.lock() {
                        results.push((recording.number, outcome));
                    }
                }
            });
        }
    });
    let mut results = results.into_inner().unwrap_or_default();
    results.sort_by_key(|(number, _)| *number);
    for (number, outcome) in results {
        let recording: &Recording = &suite.recordings[number];
        report.add(&suite.name, recording, outcome);
    }
}
