//! The transfers that are under way, and what becomes of each.

use std::collections::HashMap;
use std::path::Path;
use std::sync::Arc;

use aws_call::CallOptions;
use tokio::sync::Semaphore;
use tokio::sync::mpsc::{UnboundedReceiver, unbounded_channel};
use tokio::task::JoinSet;

use super::compare::Act;
use super::listing::Item;
use super::paths::{self, Side};
use super::results::{Results, Tally};
use super::work::{Sizes, Tools};
use super::{Transfer, Way, copy, download, is_at_hand, upload};
use crate::commands::s3::size;
use crate::commands::task::{Fault, World};

/// The most that S3 takes of one object.
const MAX_OBJECT: i64 = 5 << 40;

/// What came of a transfer, by its number.
type Ended = (usize, Result<(), Fault>);

/// All transfers of a command.
pub(super) struct Crew<'t> {
    transfer: &'t Transfer,
    pub(super) tools: Tools,
    moved: UnboundedReceiver<(usize, i64)>,
    working: JoinSet<Ended>,
    open: HashMap<usize, (String, Tally)>,
    last: usize,
}

/// What there is to do about an item.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Job {
    Way(Way),
    DeleteFile,
}

impl<'t> Crew<'t> {
    pub(super) fn new(
        transfer: &'t Transfer,
        world: &World<'_>,
        source: Arc<CallOptions>,
        sizes: Sizes,
    ) -> Result<Crew<'t>, Fault> {
        let (sender, moved) = unbounded_channel();
        let tools = Tools {
            calls: world.calls.clone(),
            source,
            target: Arc::clone(&world.calls.options),
            params: Arc::new(transfer.params.clone()),
            files: Arc::clone(&world.env.files),
            limit: Arc::new(Semaphore::new(sizes.at_once)),
            moved: sender,
            sizes,
            habits: transfer.habits,
        };
        Ok(Crew { transfer, tools, moved, working: JoinSet::new(), open: HashMap::new(), last: 0 })
    }

    /// Whether no more should be begun for now.
    pub(super) fn is_full(&self) -> bool {
        self.working.len() >= self.tools.sizes.at_once
    }

    /// Whether anything is under way.
    pub(super) fn is_busy(&self) -> bool {
        !self.working.is_empty()
    }

    /// Begins what there is to do about an item, unless it must be left out.
    pub(super) fn take(&mut self, act: Act, item: Item, results: &mut Results, world: &mut World<'_>) {
        let job = match (act, item.side) {
            (Act::Bring, _) => Job::Way(self.transfer.way),
            (Act::Delete, Side::Bucket) => Job::Way(Way::Delete),
            (Act::Delete, Side::Local) => Job::DeleteFile,
        };
        if self.leaves_out(job, &item, results, world) {
            return;
        }
        let what = self.told(job, &item);
        if self.transfer.dry {
            results.dry(&what.replacen('\u{0}', ": ", 1), world);
            return;
        }
        let size = if job == Job::DeleteFile { Some(0) } else { item.size };
        results.queued(size);
        self.last += 1;
        let id = self.last;
        self.open.insert(id, (what, Tally { size, done: 0 }));
        let tools = self.tools.clone();
        let deletes_source = act == Act::Delete;
        self.working.spawn(async move { (id, carry_out(job, &tools, &item, id, deletes_source).await) });
    }

    /// Waits until something happens, and counts it.
    pub(super) async fn next(&mut self, results: &mut Results, world: &mut World<'_>) {
        let clock = Arc::clone(&world.calls.client.parts().clock);
        tokio::select! {
            biased;
            Some((id, bytes)) = self.moved.recv() => {
                results.at(clock.now());
                if let Some((_, tally)) = self.open.get_mut(&id) {
                    tally.done += bytes;
                }
                results.moved(bytes, world);
            }
            Some(ended) = self.working.join_next() => {
                results.at(clock.now());
                if let Ok((id, ended)) = ended {
                    self.count(id, ended, results, world);
                }
            }
            else => {}
        }
    }

    fn count(&mut self, id: usize, ended: Result<(), Fault>, results: &mut Results, world: &mut World<'_>) {
        let (what, tally) = self.open.remove(&id).unwrap_or_default();
        match ended {
            Ok(()) => results.done(&what.replacen('\u{0}', ": ", 1), world),
            Err(fault) if fault.code() == Some("PreconditionFailed") => results.skipped(world),
            Err(fault) => {
                let text = format!("{} {}", what.replacen('\u{0}', " failed: ", 1), fault.sentence());
                results.failed(&text, tally, world);
            }
        }
    }

    /// What is said of an item: the kind of transfer, a zero character, its ends.
    fn told(&self, job: Job, item: &Item) -> String {
        let files = self.tools.files.as_ref();
        let shown = |side: Side, path: &str| match side {
            Side::Bucket => format!("s3://{path}"),
            Side::Local => paths::relative(path, files),
        };
        let source = shown(item.side, &item.source);
        let (kind, target) = match job {
            Job::DeleteFile | Job::Way(Way::Delete) => return format!("delete\u{0}{source}"),
            Job::Way(Way::Copy) => ("copy", Side::Bucket),
            Job::Way(Way::Upload) => ("upload", Side::Bucket),
            Job::Way(Way::Download) => ("download", Side::Local),
        };
        let kind = if self.transfer.habits.moves { "move" } else { kind };
        format!("{kind}\u{0}{source} to {}", shown(target, &item.target))
    }

    /// Whether an item is left out; says why.
    fn leaves_out(&self, job: Job, item: &Item, results: &mut Results, world: &mut World<'_>) -> bool {
        let Job::Way(way @ (Way::Copy | Way::Download | Way::Upload)) = job else { return false };
        if way == Way::Upload {
            if item.size.is_some_and(|size| size > MAX_OBJECT) {
                let path = paths::relative(&item.source, self.tools.files.as_ref());
                let limit = size::human(MAX_OBJECT as f64);
                results.warning(&format!("warning: File {path} exceeds s3 upload limit of {limit}."), world);
            }
            return false;
        }
        if !self.transfer.archived.force && !is_at_hand(item) {
            if !self.transfer.archived.silent {
                let verb = if way == Way::Copy { "copy" } else { "download" };
                results.warning(&archived(&item.source, verb), world);
            }
            return true;
        }
        if way == Way::Copy {
            return false;
        }
        if paths::escapes(&item.name) {
            let text = format!("warning: Skipping file {}. File references a parent directory.", item.name);
            results.warning(&text, world);
            return true;
        }
        self.transfer.habits.no_overwrite && self.tools.files.facts(Path::new(&item.target), true).is_ok()
    }
}

fn archived(source: &str, verb: &str) -> String {
    format!(
        "warning: Skipping file s3://{source}. Object is of storage class GLACIER. Unable to perform {verb} operations \
         on GLACIER objects. You must restore the object to be able to perform the operation. See aws s3 {verb} help \
         for additional parameter options to ignore or force these transfers."
    )
}

async fn carry_out(job: Job, tools: &Tools, item: &Item, id: usize, at_target: bool) -> Result<(), Fault> {
    match job {
        Job::DeleteFile => tools.delete_file(&item.source),
        Job::Way(Way::Delete) => {
            let options = if at_target { &tools.target } else { &tools.source };
            tools.delete(&item.source, options).await
        }
        Job::Way(Way::Copy) => copy::copy(tools, item, id).await,
        Job::Way(Way::Upload) => upload::upload(tools, item, id).await,
        Job::Way(Way::Download) => download::download(tools, item, id).await,
    }
}
