//! `s3 cp`, `mv`, `rm`, `sync`: what a line asks for, and what is done about it.
//!
//! Invariants: in chat both ends lie in buckets; with `--dryrun` nothing is called but what lists; as many transfers are
//! under way as the configuration allows, and memory holds no more than one part for each.

mod case_conflict;
mod compare;
mod copy;
mod crew;
mod download;
mod filter;
mod listing;
mod mime;
mod multipart;
mod params;
mod paths;
mod results;
mod streams;
mod upload;
mod words;
mod work;

use std::path::Path;
use std::sync::Arc;

use aws_call::credentials::config::SharedConfig;
use aws_call::{BoxFuture, CallOptions};
use value::Map;

use self::case_conflict::{CaseConflict, Names};
use self::compare::{Act, Compared, Differences, Feed};
use self::crew::Crew;
use self::filter::Filter;
use self::listing::{Listing, Look};
use self::params::Params;
use self::paths::{Root, Roots, Side};
use self::results::{Results, Talk};
use self::work::{Habits, Keep, Sizes};
use super::{size, uri};
use crate::commands::line::{Line, Step, step};
use crate::commands::options::Given;
use crate::commands::task::{Fault, Runs, Seen, World};
use crate::{Level, Parsed, UsageError};

/// From this size on, and into parts of this size, objects are cut unless the profile says otherwise.
const DEFAULT_PART: i64 = 8 << 20;

/// Which of the commands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Verb {
    Cp,
    Mv,
    Rm,
    Sync,
}

impl Verb {
    fn name(self) -> &'static str {
        match self {
            Verb::Cp => "cp",
            Verb::Mv => "mv",
            Verb::Rm => "rm",
            Verb::Sync => "sync",
        }
    }
}

/// What becomes of each thing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Way {
    Copy,
    Upload,
    Download,
    Delete,
}

/// One of these commands, ready to run.
#[derive(Debug)]
pub(super) struct Transfer {
    verb: Verb,
    way: Way,
    source: String,
    target: String,
    whole: bool,
    stream: bool,
    dry: bool,
    talk: Talk,
    filters: Vec<(&'static str, String)>,
    params: Params,
    habits: Habits,
    differences: Differences,
    page_size: Option<i64>,
    follow_links: bool,
    source_region: Option<String>,
    expected_size: Option<i64>,
    archived: Archived,
    case_conflict: Option<CaseConflict>,
}

/// What becomes of objects in an archive.
#[derive(Debug, Clone, Copy)]
struct Archived {
    force: bool,
    silent: bool,
}

/// Reads the words of `s3 cp`.
pub(crate) fn cp(line: &Line<'_>) -> Result<Parsed, UsageError> {
    start(line, Verb::Cp)
}

/// Reads the words of `s3 mv`.
pub(crate) fn mv(line: &Line<'_>) -> Result<Parsed, UsageError> {
    start(line, Verb::Mv)
}

/// Reads the words of `s3 rm`.
pub(crate) fn rm(line: &Line<'_>) -> Result<Parsed, UsageError> {
    start(line, Verb::Rm)
}

/// Reads the words of `s3 sync`.
pub(crate) fn sync(line: &Line<'_>) -> Result<Parsed, UsageError> {
    start(line, Verb::Sync)
}

fn start(line: &Line<'_>, verb: Verb) -> Result<Parsed, UsageError> {
    let spec = match verb {
        Verb::Cp => &words::CP,
        Verb::Mv => &words::MV,
        Verb::Rm => &words::RM,
        Verb::Sync => &words::SYNC,
    };
    let given = match line.read(spec)? {
        Ok(given) => given,
        Err(page) => return Ok(page),
    };
    let source = with_slash(given.word(0).unwrap_or_default())?;
    let target =
        if verb == Verb::Rm { source.clone() } else { with_slash(given.word(1).unwrap_or_default())? };
    let way = way(verb, &source, &target)?;
    let local = |path: &str| !path.starts_with("s3://");
    if line.is_chat() && (local(&source) || local(&target)) {
        return Err(
            line.refuse("there are no local files and no standard input here; name two s3:// addresses")
        );
    }
    let stream = source == "-" || target == "-";
    let whole = verb == Verb::Sync || given.has("recursive");
    check(&given, verb, way, stream, whole, [&source, &target])?;
    let params = params::read(&given, line, way == Way::Copy)?;
    let transfer = Transfer {
        verb,
        way,
        whole,
        stream,
        dry: given.has("dryrun"),
        talk: talk(&given, line, verb, stream),
        filters: given.in_order(&["include", "exclude"]),
        habits: habits(&given, verb, whole),
        differences: Differences {
            size_only: given.has("size-only"),
            exact_times: given.has("exact-timestamps"),
            no_overwrite: given.has("no-overwrite"),
            delete: given.has("delete"),
        },
        page_size: given.number("page-size"),
        follow_links: !given.has("no-follow-symlinks"),
        source_region: given.text("source-region").map(str::to_owned),
        expected_size: given.number("expected-size"),
        archived: Archived {
            force: given.has("force-glacier-transfer"),
            silent: given.has("ignore-glacier-warnings"),
        },
        case_conflict: CaseConflict::read(given.text("case-conflict"))
            .filter(|_| way == Way::Download && whole),
        source,
        target,
        params,
    };
    let steps = transfer.steps(given.has("acl") || given.has("grants"))?;
    line.invocation(transfer, steps)
}

/// What deletes all objects of a bucket, and the calls that it makes.
pub(super) fn everything_in(bucket: &str) -> (Transfer, Vec<Step>) {
    let path = format!("s3://{bucket}/");
    let transfer = Transfer {
        verb: Verb::Rm,
        way: Way::Delete,
        source: path.clone(),
        target: path,
        whole: true,
        stream: false,
        dry: false,
        talk: Talk::Done,
        filters: Vec::new(),
        params: Params::default(),
        habits: Habits {
            moves: false,
            whole: true,
            guess_type: false,
            no_overwrite: false,
            keep: Keep::Default,
        },
        differences: Differences::default(),
        page_size: None,
        follow_links: true,
        source_region: None,
        expected_size: None,
        archived: Archived { force: false, silent: false },
        case_conflict: None,
    };
    let place: Map = [("Bucket", bucket), ("Prefix", "")].into_iter().collect();
    (transfer, vec![step("s3", "ListObjectsV2", place), step("s3", "DeleteObject", Map::new())])
}

/// A bucket alone stands for all that is in it.
fn with_slash(path: &str) -> Result<String, UsageError> {
    if path.starts_with("s3://") {
        let (_, key) = uri::split(path)?;
        if key.is_empty() && !path.ends_with('/') {
            return Ok(format!("{path}/"));
        }
    }
    Ok(path.to_owned())
}

fn way(verb: Verb, source: &str, target: &str) -> Result<Way, UsageError> {
    let in_bucket = |path: &str| path.starts_with("s3://");
    let usage = if verb == Verb::Rm { "<S3Uri>" } else { BOTH };
    match (verb, in_bucket(source), in_bucket(target)) {
        (Verb::Rm, true, _) => Ok(Way::Delete),
        (Verb::Rm, false, _) | (_, false, false) => Err(UsageError::validation(format!(
            "usage: aws s3 {} {usage}\nError: Invalid argument type",
            verb.name()
        ))),
        (_, true, true) => Ok(Way::Copy),
        (_, false, true) => Ok(Way::Upload),
        (_, true, false) => Ok(Way::Download),
    }
}

const BOTH: &str = "<LocalPath> <S3Uri> or <S3Uri> <LocalPath> or <S3Uri> <S3Uri>";

fn check(
    given: &Given,
    verb: Verb,
    way: Way,
    stream: bool,
    whole: bool,
    [source, target]: [&str; 2],
) -> Result<(), UsageError> {
    if stream && (verb != Verb::Cp || whole) {
        return Err(UsageError::validation(
            "Streaming currently is only compatible with non-recursive cp commands",
        ));
    }
    if stream && target == "-" && given.has("no-overwrite") {
        return Err(UsageError::validation(
            "--no-overwrite parameter is not supported for streaming downloads",
        ));
    }
    if verb == Verb::Mv && way == Way::Copy {
        check_move(given, source, target)?;
    }
    check_paths(given, way, "checksum-algorithm", &[Way::Upload, Way::Copy])?;
    check_paths(given, way, "checksum-mode", &[Way::Download])?;
    let directory = |path: &str| -> Result<bool, UsageError> {
        Ok(path.starts_with("s3://") && uri::is_directory_bucket(uri::split(path)?.0))
    };
    if verb == Verb::Sync && (directory(source)? || directory(target)?) {
        return Err(UsageError::validation("Cannot use sync command with a directory bucket."));
    }
    let unordered = way == Way::Download && whole && directory(source)?;
    if let Some(word @ ("skip" | "error")) = given.text("case-conflict").filter(|_| unordered) {
        return Err(UsageError::validation(format!(
            "`{word}` is not a valid value for `--case-conflict` when operating on S3 Express directory buckets. Valid \
             values: `warn`, `ignore`."
        )));
    }
    Ok(())
}

fn check_paths(given: &Given, way: Way, option: &str, allowed: &[Way]) -> Result<(), UsageError> {
    if !given.has(option) || allowed.contains(&way) {
        return Ok(());
    }
    let form = |way: &Way| match way {
        Way::Upload => "<LocalPath> <S3Uri>",
        Way::Copy => "<S3Uri> <S3Uri>",
        Way::Download => "<S3Uri> <LocalPath>",
        Way::Delete => "<S3Uri>",
    };
    let wanted: Vec<&str> = allowed.iter().map(form).collect();
    Err(UsageError::validation(format!(
        "Expected {option} parameter to be used with one of following path formats: {}. Instead, received {}.",
        wanted.join(", "),
        form(&way)
    )))
}

/// A move of an object onto itself would delete it.
fn check_move(given: &Given, source: &str, target: &str) -> Result<(), UsageError> {
    let same = |source: &str, target: &str| {
        let name = source.rsplit('/').next().unwrap_or(source);
        source == target || (target.ends_with('/') && source == format!("{target}{name}"))
    };
    if same(source, target) {
        return Err(UsageError::validation(format!("Cannot mv a file onto itself: {source} - {target}")));
    }
    let indirect = |path: &str| {
        uri::split(path).is_ok_and(|(bucket, _)| {
            bucket.starts_with("arn:") || bucket.ends_with("-s3alias") || bucket.ends_with("--op-s3")
        })
    };
    if given.has("validate-same-s3-paths") && (indirect(source) || indirect(target)) {
        return Err(UsageError::validation(
            "--validate-same-s3-paths with access points is not available here yet",
        ));
    }
    Ok(())
}

fn talk(given: &Given, line: &Line<'_>, verb: Verb, stream: bool) -> Talk {
    if given.has("quiet") {
        Talk::Quiet
    } else if given.has("only-show-errors") || stream {
        Talk::Errors
    } else if given.has("no-progress") || line.is_chat() || verb == Verb::Rm {
        Talk::Done
    } else {
        Talk::Progress {
            every: given.number("progress-frequency").unwrap_or(0),
            lines: given.has("progress-multiline"),
        }
    }
}

fn habits(given: &Given, verb: Verb, whole: bool) -> Habits {
    let keep = match (given.has("metadata-directive"), given.text("copy-props")) {
        (true, _) => Keep::Directive,
        (_, Some("none")) => Keep::Nothing,
        (_, Some("metadata-directive")) => Keep::Metadata,
        (_, Some("all")) => Keep::All,
        _ => Keep::Default,
    };
    Habits {
        moves: verb == Verb::Mv,
        whole,
        guess_type: !given.has("no-guess-mime-type"),
        no_overwrite: given.has("no-overwrite") && verb != Verb::Sync,
        keep,
    }
}

impl Transfer {
    /// All calls that it may make, the first one first.
    fn steps(&self, sets_rights: bool) -> Result<Vec<Step>, UsageError> {
        let mut steps = vec![self.first_step()?];
        if self.dry {
            return Ok(steps);
        }
        let mut add = |operation, level| steps.push(step("s3", operation, Map::new()).at(level));
        match self.way {
            Way::Delete => add("DeleteObject", Level::Destructive),
            Way::Download => add("GetObject", Level::Data),
            Way::Copy => {
                add("GetObject", Level::Data);
                add("HeadObject", Level::Read);
                add("CopyObject", Level::Write);
                add("UploadPartCopy", Level::Write);
                add("GetObjectTagging", Level::Read);
                add("PutObjectTagging", Level::Write);
            }
            Way::Upload => {
                add("PutObject", Level::Write);
                add("UploadPart", Level::Write);
            }
        }
        if matches!(self.way, Way::Copy | Way::Upload) {
            for operation in ["CreateMultipartUpload", "CompleteMultipartUpload", "AbortMultipartUpload"] {
                add(operation, Level::Write);
            }
        }
        if sets_rights {
            add("PutObjectAcl", Level::Permissions);
        }
        if self.habits.moves || self.differences.delete {
            add("DeleteObject", Level::Destructive);
        }
        if self.verb == Verb::Sync {
            add("ListObjectsV2", Level::List);
        }
        Ok(steps)
    }

    /// The first call, with its parameters.
    fn first_step(&self) -> Result<Step, UsageError> {
        let path = if self.source.starts_with("s3://") { &self.source } else { &self.target };
        let (bucket, key) = uri::split(path)?;
        let listed = (self.whole || key.is_empty()) && (self.way != Way::Upload || self.verb == Verb::Sync);
        if listed {
            let slash = if self.whole && !key.is_empty() && !key.ends_with('/') { "/" } else { "" };
            let mut params: Map = [("Bucket", bucket)].into_iter().collect();
            params.push("Prefix", format!("{key}{slash}"));
            params::add(&mut params, &[&self.params.payer]);
            return Ok(step("s3", "ListObjectsV2", params));
        }
        let mut params: Map = [("Bucket", bucket), ("Key", key)].into_iter().collect();
        let large = self.stream && self.expected_size.is_some_and(|size| size >= DEFAULT_PART);
        let (operation, further) = match self.way {
            Way::Upload if large => ("CreateMultipartUpload", &self.params.put),
            Way::Delete => ("DeleteObject", &self.params.payer),
            Way::Upload => ("PutObject", &self.params.put),
            Way::Copy | Way::Download => ("HeadObject", &self.params.head),
        };
        params::add(&mut params, &[further]);
        if large {
            params.insert("ChecksumAlgorithm", upload::DEFAULT_ALGORITHM);
        }
        if operation == "HeadObject" && !self.stream {
            params.insert("ChecksumMode", "ENABLED");
        }
        Ok(step("s3", operation, params))
    }

    fn roots(&self, world: &World<'_>) -> Result<Roots, Fault> {
        let files = world.env.files.as_ref();
        if self.way == Way::Upload && files.facts(Path::new(&self.source), true).is_err() {
            return Err(Fault::General(format!("The user-provided path {} does not exist.", self.source)));
        }
        let target = Root::new(&self.target, self.whole, files);
        if self.way == Way::Download && self.whole && !self.dry {
            let made = files.create_folder(Path::new(&target.path));
            made.map_err(|error| Fault::General(error.to_string()))?;
        }
        Ok(Roots { source: Root::new(&self.source, self.whole, files), target, whole: self.whole })
    }

    fn filter(&self, world: &World<'_>) -> Filter {
        let root = |path: &str| match path.strip_prefix("s3://") {
            Some(path) if self.whole => path.to_owned(),
            Some(path) => path.rsplit_once('/').map_or(path, |(folder, _)| folder).to_owned() + "/",
            None => {
                let files = world.env.files.as_ref();
                let whole = paths::absolute(path, files);
                let folder = whole.rsplit_once('/').map_or("/", |(folder, _)| folder);
                if self.whole { whole.clone() } else { folder.to_owned() }
            }
        };
        Filter::new(&self.filters, &root(&self.source), &root(&self.target))
    }

    /// What there is to do, in order.
    fn feed(&self, world: &World<'_>, roots: &Roots, source: &Arc<CallOptions>) -> Result<Feed, Fault> {
        let look = Look {
            page_size: self.page_size,
            list: self.params.payer.clone(),
            head: self.params.head.clone(),
            deletes: self.way == Way::Delete,
            follow_links: self.follow_links,
        };
        let files = || Arc::clone(&world.env.files);
        let filter = self.filter(world);
        let listing =
            Listing::new(roots.clone(), look.clone(), world.calls.clone(), Arc::clone(source), files())?;
        if self.verb != Verb::Sync {
            let act = if self.way == Way::Delete { Act::Delete } else { Act::Bring };
            return Ok(Feed::One { listing: Box::new(listing), filter, act });
        }
        let target = Arc::clone(&world.calls.options);
        let there = Listing::new(roots.reversed(), look, world.calls.clone(), target, files())?;
        Ok(Feed::Two(Box::new(Compared::new(listing, there, &filter, self.differences))))
    }

    /// How calls for the source's bucket are made.
    fn source_options(&self, world: &World<'_>) -> Arc<CallOptions> {
        match &self.source_region {
            Some(region) => {
                let mut options = world.calls.options.as_ref().clone();
                options.region = Some(region.clone());
                Arc::new(options)
            }
            None => Arc::clone(&world.calls.options),
        }
    }

    /// The names that differ by case, where somebody wants to know.
    fn names(&self, world: &mut World<'_>) -> Result<Option<Names>, Fault> {
        let Some(on_conflict) = self.case_conflict else { return Ok(None) };
        if uri::is_directory_bucket(uri::split(&self.source)?.0) {
            world.complain(&case_conflict::of_directory_bucket());
            return Ok(None);
        }
        Ok(Some(Names::new(on_conflict)))
    }

    async fn work(&self, world: &mut World<'_>) -> Result<u8, Fault> {
        let source = self.source_options(world);
        let sizes = sizes(world);
        let mut crew = Crew::new(self, world, Arc::clone(&source), sizes)?;
        if self.stream {
            return streams::run(self, &crew.tools, world).await;
        }
        let roots = self.roots(world)?;
        let mut feed = self.feed(world, &roots, &source)?;
        let clock = Arc::clone(&world.calls.client.parts().clock);
        let mut results = Results::new(self.talk, clock.now());
        let mut names = self.names(world)?;
        loop {
            let next = feed.next().await;
            results.at(clock.now());
            for warning in feed.warnings() {
                results.warning(&warning, world);
            }
            match next {
                Ok(Some((act, item))) => {
                    let may = match names.as_mut().filter(|_| act == Act::Bring) {
                        Some(names) => names.may_take(&item, world),
                        None => Ok(true),
                    };
                    match may {
                        Ok(true) => crew.take(act, item, &mut results, world),
                        Ok(false) => {}
                        Err(fault) => {
                            results.fatal(&fault.sentence(), world);
                            return Ok(results.exit_code());
                        }
                    }
                }
                Ok(None) => break,
                Err(fault) => {
                    results.fatal(&fault.sentence(), world);
                    return Ok(results.exit_code());
                }
            }
            while crew.is_full() {
                crew.next(&mut results, world).await;
            }
        }
        results.complete(world);
        while crew.is_busy() {
            crew.next(&mut results, world).await;
        }
        Ok(results.exit_code())
    }
}

/// When objects are cut into parts, as the profile's `s3` section says.
fn sizes(world: &World<'_>) -> Sizes {
    let shared = SharedConfig::load(&Seen(world.env)).unwrap_or_default();
    let profile =
        world.globals.profile.as_deref().or_else(|| world.env.var("AWS_PROFILE")).unwrap_or("default");
    let section = shared.profile(profile);
    let bytes = |key: &str| {
        let size = section.nested("s3", key).and_then(size::parse)?;
        i64::try_from(size).ok().filter(|size| *size > 0)
    };
    let at_once = section.nested("s3", "max_concurrent_requests").and_then(|text| text.parse().ok());
    Sizes {
        threshold: bytes("multipart_threshold").unwrap_or(DEFAULT_PART),
        part: bytes("multipart_chunksize").unwrap_or(DEFAULT_PART),
        at_once: at_once.filter(|count| (1..=1000).contains(count)).unwrap_or(10),
    }
}

impl Runs for Transfer {
    fn run<'a>(&'a self, world: &'a mut World<'_>) -> BoxFuture<'a, Result<u8, Fault>> {
        Box::pin(self.work(world))
    }

    fn other_region(&self) -> Option<&str> {
        self.source_region.as_deref()
    }
}

/// Whether S3 can give the object out: it lies in no archive, or was brought back from it.
fn is_at_hand(item: &listing::Item) -> bool {
    let text = |name: &str| item.facts.get(name).and_then(value::Value::as_text);
    let archived = matches!(text("StorageClass"), Some("GLACIER" | "DEEP_ARCHIVE"));
    let restored = text("Restore").is_some_and(|text| text.contains("ongoing-request=\"false\""));
    item.side == Side::Local || !archived || restored
}
