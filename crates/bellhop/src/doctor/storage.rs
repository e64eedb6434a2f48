//! The store: whether it takes writes, what waits in it, and how much room it has.

use std::path::Path;
use std::time::Duration;

use bot::StoreHealth;

use super::{Seen, Subject};

/// A trial write that takes longer is told of: an acknowledgement waits for one.
const SLOW: Duration = Duration::from_millis(500);
/// A job that waits longer is told of.
const LATE: Duration = Duration::from_secs(60);
/// A job that waits longer shows that nobody works.
const STUCK: Duration = Duration::from_secs(600);
/// With less room than that, in bytes, writes will soon fail.
const SCANT: u64 = 1024 * 1024 * 1024;
const NONE_LEFT: u64 = 100 * 1024 * 1024;

fn health(subject: &Subject) -> Option<Result<&StoreHealth, &str>> {
    Some(match subject.health.as_ref()? {
        Ok(health) => health.store.as_ref().map_err(String::as_str),
        Err(why) => Err(why),
    })
}

pub(super) async fn writing(subject: &Subject) -> Vec<Seen> {
    vec![match health(subject) {
        None => Seen::ok("it is not there yet; the first start makes it"),
        Some(Ok(store)) if store.took > SLOW => Seen::warning(
            format!("it takes writes, slowly: {} ms for one and reading it", store.took.as_millis()),
            "Put it on a faster disk, or nearer; an acknowledgement to Slack waits for a write.",
        ),
        Some(Ok(store)) => {
            Seen::ok(format!("it takes writes: {} ms for one and reading it", store.took.as_millis()))
        }
        Some(Err(why)) => Seen::failure(
            format!("it does not take writes: {why}"),
            "See that it is the right file or table, that Bellhop's user may read and write it, and that there is room.",
        ),
    }]
}

/// What waits, and for how long: what nobody takes up shows that no worker runs, or that the sweep does not.
pub(super) async fn jobs(subject: &Subject) -> Vec<Seen> {
    let Some(Ok(store)) = health(subject) else { return Vec::new() };
    let (totals, waiting) = (&store.totals, store.waiting.unwrap_or_default());
    let mut seen = Vec::new();
    let late = |text: &str| format!("the job that waits longest {text} {} s ago", waiting.as_secs());
    let remedy = "See that a worker runs: `bellhop serve`, or the worker function, its queue and the schedule that \
                  sweeps each minute.";
    if waiting > STUCK {
        seen.push(Seen::failure(late("could have begun"), remedy));
    } else if waiting > LATE {
        seen.push(Seen::warning(late("could have begun"), remedy));
    }
    if totals.doubtful > 0 {
        seen.push(Seen::warning(
            format!("{} writes may have happened, and nobody was told yet", totals.doubtful),
            "Start a worker: it tells whoever asked; `bellhop audit list` tells which.",
        ));
    }
    if seen.is_empty() {
        let (queued, running) = (totals.queued, totals.running);
        seen.push(Seen::ok(format!("{queued} queued, {running} running, {} to deliver", totals.undelivered)));
    }
    seen
}

pub(super) async fn disk(subject: &Subject) -> Vec<Seen> {
    let Some(path) = &subject.facts.database else { return Vec::new() };
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let shown = folder.display();
    vec![match nix::sys::statvfs::statvfs(folder) {
        Err(error) => Seen::failure(
            format!("the folder {shown} cannot be looked at: {error}"),
            "Make the folder, and let Bellhop's user write there.",
        ),
        Ok(told) if told.flags().contains(nix::sys::statvfs::FsFlags::ST_RDONLY) => Seen::failure(
            format!("{shown} is mounted read-only"),
            "Mount it for writing, or move [store] path.",
        ),
        // The fields' types differ from system to system.
        #[allow(clippy::useless_conversion, reason = "u32 on some systems, u64 on others")]
        Ok(told) => room(
            &shown.to_string(),
            u64::from(told.blocks_available()).saturating_mul(told.fragment_size().into()),
        ),
    }]
}

fn room(folder: &str, free: u64) -> Seen {
    let megabytes = free / (1024 * 1024);
    let what = format!("{megabytes} MB are free in {folder}");
    let remedy = "Make room, or move [store] path: when it is full nothing is accepted any more.";
    match free {
        ..NONE_LEFT => Seen::failure(what, remedy),
        NONE_LEFT..SCANT => Seen::warning(what, remedy),
        _ => Seen::ok(what),
    }
}

#[cfg(test)]
mod tests {
    use bot::Level;

    use super::*;

    #[test]
    fn scant_room_is_told_before_there_is_none() {
        for (free, level) in [
            (0, Level::Failure),
            (NONE_LEFT - 1, Level::Failure),
            (NONE_LEFT, Level::Warning),
            (SCANT, Level::Ok),
            (u64::MAX, Level::Ok),
        ] {
            assert_eq!(room("/var", free).level, level, "{free}");
        }
    }
}
