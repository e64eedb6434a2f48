//! Models from directories, as `AWS_DATA_PATH` and `~/.aws/models` give them.
//!
//! The one place that reads files. Names from outside never become paths unless they are plain names.

use std::fs;
use std::io::Read;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::pack::{Json, Parts, merge_extras};
use crate::{ModelError, Service};

/// The largest file that is read, and the largest that a gzipped one may become: EC2's has 4 MB.
const MAX_FILE: u64 = 64 << 20;

/// Directories, the one that wins first.
#[derive(Debug, Clone, Default)]
pub(crate) struct Directories {
    paths: Arc<[PathBuf]>,
}

/// The newest version of a service in the directories.
#[derive(Debug)]
pub(crate) struct Found {
    pub(crate) version: String,
}

impl Directories {
    pub(crate) fn new(paths: Vec<PathBuf>) -> Directories {
        Directories { paths: paths.into() }
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.paths.is_empty()
    }

    /// Services that have a model somewhere; a directory that cannot be read has none.
    pub(crate) fn names(&self) -> Vec<String> {
        let folders = self.paths.iter().flat_map(|path| folders(path));
        folders.filter(|name| self.newest(name).is_some()).collect()
    }

    pub(crate) fn newest(&self, service: &str) -> Option<Found> {
        if !is_plain(service) {
            return None;
        }
        let versions = self.paths.iter().flat_map(|path| {
            let folder = path.join(service);
            folders(&folder)
                .into_iter()
                .filter(move |version| locate(&folder.join(version), "service-2").is_some())
        });
        versions.max().map(|version| Found { version })
    }

    /// Reads and packs the model; `base` gives the files that the directories lack.
    pub(crate) fn load(
        &self,
        service: &str,
        found: &Found,
        base: Option<Arc<Service>>,
    ) -> Result<Service, ModelError> {
        let load = |kind: &str| self.file(service, &found.version, kind);
        let model = load("service-2")?.ok_or_else(|| ModelError::UnknownService(service.to_owned()))?;
        let (paginators, waiters) = (load("paginators-1")?, load("waiters-2")?);
        let endpoint_rules = load("endpoint-rule-set-1")?;
        let parts = Parts {
            service: &model.json,
            paginators: paginators.as_ref().map(|file| &file.json),
            waiters: waiters.as_ref().map(|file| &file.json),
            endpoint_rules: endpoint_rules.as_ref().map(|file| &file.json),
        };
        Service::compile(service, &parts, base).map_err(|fault| match fault {
            ModelError::Corrupt { service, reason } => {
                ModelError::Corrupt { reason: format!("{}: {reason}", model.path.display()), service }
            }
            other => other,
        })
    }

    /// The first file of that kind, with what extras files of any directory add to it.
    fn file(&self, service: &str, version: &str, kind: &str) -> Result<Option<File>, ModelError> {
        let places = || self.paths.iter().map(|path| path.join(service).join(version));
        let Some(path) = places().find_map(|place| locate(&place, kind)) else { return Ok(None) };
        let corrupt = |path: &Path, reason: String| {
            ModelError::corrupt(service, format_args!("{}: {reason}", path.display()))
        };
        let mut json = read(&path).map_err(|reason| corrupt(&path, reason))?;
        for extras in places().filter_map(|place| locate(&place, &format!("{kind}.sdk-extras"))) {
            merge_extras(&mut json, &read(&extras).map_err(|reason| corrupt(&extras, reason))?);
        }
        Ok(Some(File { path, json }))
    }
}

struct File {
    path: PathBuf,
    json: Json,
}

/// A name that cannot lead out of the directory it is joined to.
fn is_plain(name: &str) -> bool {
    !name.is_empty() && !name.starts_with('.') && !name.contains(['/', '\\', '\0', ':'])
}

fn folders(path: &Path) -> Vec<String> {
    let entries = fs::read_dir(path).into_iter().flatten().flatten();
    let folders = entries.filter(|entry| entry.path().is_dir());
    folders.filter_map(|entry| entry.file_name().into_string().ok()).filter(|name| is_plain(name)).collect()
}

fn locate(folder: &Path, kind: &str) -> Option<PathBuf> {
    ["json", "json.gz"].iter().map(|end| folder.join(format!("{kind}.{end}"))).find(|path| path.is_file())
}

fn read(path: &Path) -> Result<Json, String> {
    let file = fs::File::open(path).map_err(|fault| fault.to_string())?;
    let zipped = path.extension().is_some_and(|end| end == "gz");
    let bytes = if zipped { bounded(flate2::read::GzDecoder::new(file)) } else { bounded(file) }?;
    // The reader bounds the depth itself, at 128.
    serde_json::from_slice(&bytes).map_err(|fault| fault.to_string())
}

fn bounded(reader: impl Read) -> Result<Vec<u8>, String> {
    let mut bytes = Vec::new();
    reader.take(MAX_FILE + 1).read_to_end(&mut bytes).map_err(|fault| fault.to_string())?;
    if bytes.len() as u64 > MAX_FILE {
        return Err(format!("it is larger than {} MB", MAX_FILE >> 20));
    }
    Ok(bytes)
}
