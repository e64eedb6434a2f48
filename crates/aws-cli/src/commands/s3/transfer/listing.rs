//! What a source holds, in the order of its names: objects page by page, files folder by folder.

use std::collections::VecDeque;
use std::path::Path;
use std::sync::Arc;

use aws_call::CallOptions;
use jiff::Timestamp;
use value::{Map, Value};

use super::paths::{Roots, Side};
use crate::commands::s3::{time, uri};
use crate::commands::task::{Calls, Fault, Pages};
use crate::{FileKind, Files};

/// How deeply folders may lie in each other: links may lead in circles.
const MAX_FOLDERS: usize = 100;

/// Something to transfer or delete.
#[derive(Debug, Clone)]
pub(super) struct Item {
    /// `bucket/key`, or an absolute path.
    pub(super) source: String,
    /// Where it goes, likewise.
    pub(super) target: String,
    /// The name by which source and target are compared.
    pub(super) name: String,
    /// Where the source lies.
    pub(super) side: Side,
    /// Bytes; unknown for an object that was not asked about.
    pub(super) size: Option<i64>,
    /// When it was last changed.
    pub(super) modified: Option<Timestamp>,
    /// What S3 says about it: the listing's entry or the answer of HeadObject.
    pub(super) facts: Map,
}

/// How to look at a source.
#[derive(Debug, Clone)]
pub(super) struct Look {
    pub(super) page_size: Option<i64>,
    pub(super) list: Map,
    pub(super) head: Map,
    /// Single objects are deleted unseen.
    pub(super) deletes: bool,
    pub(super) follow_links: bool,
}

/// A source that is being listed.
pub(super) struct Listing {
    roots: Roots,
    look: Look,
    calls: Calls,
    options: Arc<CallOptions>,
    state: State,
    /// Sentences about what was left out.
    pub(super) warnings: Vec<String>,
}

enum State {
    Single,
    Objects { pages: Box<Pages>, waiting: VecDeque<Value>, bucket: String },
    Files { files: Arc<dyn Files>, folders: Vec<VecDeque<String>> },
    End,
}

impl Listing {
    pub(super) fn new(
        roots: Roots,
        look: Look,
        calls: Calls,
        options: Arc<CallOptions>,
        files: Arc<dyn Files>,
    ) -> Result<Listing, Fault> {
        let root = &roots.source;
        let state = match root.side {
            Side::Local => State::Files { files, folders: vec![VecDeque::from([root.path.clone()])] },
            Side::Bucket => {
                let (bucket, key) = uri::split(&root.path)?;
                if roots.whole || key.is_empty() {
                    let mut params: Map = [("Bucket", bucket), ("Prefix", key)].into_iter().collect();
                    super::params::add(&mut params, &[&look.list]);
                    let (client, service) = (calls.client.clone(), calls.service("s3")?);
                    let options = options.as_ref().clone();
                    let pages =
                        Pages::new(client, service, "ListObjectsV2", params, look.page_size, options)?;
                    State::Objects {
                        pages: Box::new(pages),
                        waiting: VecDeque::new(),
                        bucket: bucket.to_owned(),
                    }
                } else {
                    State::Single
                }
            }
        };
        Ok(Listing { roots, look, calls, options, state, warnings: Vec::new() })
    }

    /// The next thing.
    pub(super) async fn next(&mut self) -> Result<Option<Item>, Fault> {
        loop {
            match &mut self.state {
                State::End => return Ok(None),
                State::Single => {
                    self.state = State::End;
                    return self.single().await.map(Some);
                }
                State::Objects { pages, waiting, bucket } => match waiting.pop_front() {
                    Some(entry) => {
                        let bucket = bucket.clone();
                        if let Some(item) = self.object(&bucket, entry) {
                            return Ok(Some(item));
                        }
                    }
                    None => match pages.next().await? {
                        Some(page) => *waiting = contents(page),
                        None => self.state = State::End,
                    },
                },
                State::Files { .. } => match self.step() {
                    Step::Item(item) => return Ok(Some(*item)),
                    Step::On => {}
                    Step::End => self.state = State::End,
                },
            }
        }
    }

    /// The object that the line names, asked about unless it is only to be deleted.
    async fn single(&self) -> Result<Item, Fault> {
        let path = self.roots.source.path.clone();
        let mut item = self.item(path.clone(), Side::Bucket);
        if self.look.deletes {
            return Ok(item);
        }
        let (bucket, key) = uri::split(&path)?;
        let mut params: Map = [("Bucket", bucket), ("Key", key)].into_iter().collect();
        super::params::add(&mut params, &[&self.look.head]);
        params.insert("ChecksumMode", "ENABLED");
        let service = self.calls.service("s3")?;
        let answer = self.calls.call_with(service, "HeadObject", params, &self.options).await;
        let answer = answer.map_err(|fault| absent(fault, key))?;
        item.size = answer.get("ContentLength").and_then(Value::as_i64);
        item.modified = time(answer.get("LastModified"));
        if let Value::Map(facts) = answer {
            item.facts = facts;
        }
        Ok(item)
    }

    fn item(&self, source: String, side: Side) -> Item {
        let (target, name) = self.roots.target_of(&source);
        Item { source, target, name, side, size: None, modified: None, facts: Map::new() }
    }

    fn object(&self, bucket: &str, entry: Value) -> Option<Item> {
        let key = entry.get("Key").and_then(Value::as_text)?;
        let path = format!("{bucket}/{key}");
        let size = entry.get("Size").and_then(Value::as_i64).unwrap_or_default();
        // Folders that someone made by hand are only ever deleted.
        let folder = size == 0 && path.ends_with('/');
        if folder && !self.look.deletes {
            return None;
        }
        if !folder && !self.roots.whole && path != self.roots.source.path {
            return None;
        }
        let mut item = self.item(path, Side::Bucket);
        item.size = Some(size);
        item.modified = time(entry.get("LastModified"));
        if let Value::Map(facts) = entry {
            item.facts = facts;
        }
        Some(item)
    }

    /// One step of the walk through files.
    fn step(&mut self) -> Step {
        let State::Files { files, folders } = &mut self.state else { return Step::End };
        let Some(paths) = folders.last_mut() else { return Step::End };
        let Some(path) = paths.pop_front() else {
            folders.pop();
            return Step::On;
        };
        let depth = folders.len();
        let files = Arc::clone(files);
        match visit(&path, &self.roots, self.look.follow_links, files.as_ref()) {
            Visit::Ignored => Step::On,
            Visit::Warned(warning) => {
                self.warnings.push(format!("warning: Skipping file {path}. {warning}"));
                Step::On
            }
            Visit::Folder(names) if depth < MAX_FOLDERS => {
                if let State::Files { folders, .. } = &mut self.state {
                    folders.push(names);
                }
                Step::On
            }
            Visit::Folder(_) => {
                self.warnings
                    .push(format!("warning: Skipping file {path}. Folders lie too deeply in each other."));
                Step::On
            }
            Visit::File(size, modified) => {
                let mut item = self.item(path, Side::Local);
                item.size = Some(i64::try_from(size).unwrap_or(i64::MAX));
                item.modified = modified;
                Step::Item(Box::new(item))
            }
        }
    }
}

enum Step {
    Item(Box<Item>),
    On,
    End,
}

enum Visit {
    Ignored,
    Warned(&'static str),
    Folder(VecDeque<String>),
    File(u64, Option<Timestamp>),
}

/// Looks at one path of the walk.
fn visit(path: &str, roots: &Roots, follow: bool, files: &dyn Files) -> Visit {
    let bare = Path::new(path.strip_suffix('/').filter(|bare| !bare.is_empty()).unwrap_or(path));
    if !follow && files.facts(bare, false).is_ok_and(|facts| facts.kind == FileKind::Link) {
        return Visit::Ignored;
    }
    let Ok(facts) = files.facts(bare, true) else { return Visit::Warned("File does not exist.") };
    match facts.kind {
        FileKind::Special | FileKind::Link => {
            Visit::Warned("File is character special device, block special device, FIFO, or socket.")
        }
        FileKind::Folder if !roots.whole => Visit::Ignored,
        FileKind::Folder => match files.names(bare) {
            Ok(names) => Visit::Folder(children(path, names, files)),
            Err(_) => Visit::Warned("File/Directory is not readable."),
        },
        FileKind::File if files.read_part(bare, 0, 0).is_err() => {
            Visit::Warned("File/Directory is not readable.")
        }
        FileKind::File => Visit::File(facts.size, facts.modified),
    }
}

/// The paths in a folder, in the order in which S3 would list them: a folder's name ends in a slash.
fn children(path: &str, names: Vec<std::ffi::OsString>, files: &dyn Files) -> VecDeque<String> {
    let base = if path.ends_with('/') { path.to_owned() } else { format!("{path}/") };
    let whole = |name: std::ffi::OsString| {
        let path = format!("{base}{}", name.to_string_lossy());
        let folder = files.facts(Path::new(&path), true).is_ok_and(|facts| facts.kind == FileKind::Folder);
        if folder { format!("{path}/") } else { path }
    };
    let mut paths: Vec<String> = names.into_iter().map(whole).collect();
    paths.sort_unstable();
    paths.into()
}

fn contents(page: Value) -> VecDeque<Value> {
    match page {
        Value::Map(mut page) => match page.remove("Contents") {
            Some(Value::List(entries)) => entries.into(),
            _ => VecDeque::new(),
        },
        _ => VecDeque::new(),
    }
}

/// HeadObject's bare 404 in words.
fn absent(fault: Fault, key: &str) -> Fault {
    if fault.code() != Some("404") {
        return fault;
    }
    Fault::General(format!(
        "An error occurred (404) when calling the HeadObject operation: Key \"{key}\" does not exist"
    ))
}
