//! All services by name: those that the binary carries, and those that directories add or replace.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, OnceLock};

use value::Value;

use crate::archive::{Archive, Blob, Entry};
use crate::directories::Directories;
use crate::iam::{iam_prefix, prefix_of};
use crate::opened::Docs;
use crate::unpack::{Damage, standalone_tree};
use crate::{Service, ServiceDocs};

/// What the build script packed.
static BYTES: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/models.bin"));

#[cfg(test)]
pub(crate) fn bytes() -> &'static [u8] {
    BYTES
}

/// Why a model cannot be had.
#[derive(Debug, thiserror::Error)]
pub enum ModelError {
    /// No service of that name.
    #[error("unknown service `{0}`")]
    UnknownService(String),
    /// The archive, or a model file, is not what it should be.
    #[error("unusable model of `{service}`: {reason}")]
    Corrupt {
        /// The service whose model it is.
        service: String,
        /// What is wrong with it.
        reason: String,
    },
}

impl ModelError {
    pub(crate) fn corrupt(service: &str, reason: impl std::fmt::Display) -> ModelError {
        ModelError::Corrupt { service: service.to_owned(), reason: reason.to_string() }
    }
}

/// All services by their AWS CLI name (botocore's directory name: `ec2`, `s3`, `logs`). Cloning shares everything,
/// what is open too.
#[derive(Clone)]
pub struct Catalog {
    embedded: &'static Embedded,
    directories: Directories,
    /// Services that directories gave.
    added: Arc<Mutex<BTreeMap<String, Arc<Service>>>>,
}

/// The archive, and what of it is open, once for the whole process: it never changes.
struct Embedded {
    archive: Result<Archive<'static>, Damage>,
    opened: Vec<OnceLock<Arc<Service>>>,
    partitions: OnceLock<Value>,
    retry: OnceLock<Value>,
}

static EMBEDDED: OnceLock<Embedded> = OnceLock::new();

impl Embedded {
    fn read(bytes: &'static [u8]) -> Embedded {
        let archive = Archive::read(bytes);
        let count = archive.as_ref().map_or(0, |archive| archive.services.len());
        let opened = (0..count).map(|_| OnceLock::new()).collect();
        Embedded { archive, opened, partitions: OnceLock::new(), retry: OnceLock::new() }
    }

    fn services(&self) -> &[Entry<'static>] {
        self.archive.as_ref().map_or(&[], |archive| &archive.services)
    }

    fn open(&self, name: &str) -> Result<Arc<Service>, ModelError> {
        let archive = self.archive.as_ref().map_err(|damage| ModelError::corrupt(name, damage))?;
        let index = archive.find(name).ok_or_else(|| ModelError::UnknownService(name.to_owned()))?;
        let (entry, cell) = (&archive.services[index], &self.opened[index]);
        if let Some(service) = cell.get() {
            return Ok(service.clone());
        }
        let bytes = entry.model.decompress().map_err(|fault| ModelError::corrupt(name, fault))?;
        let service = Service::open(name, bytes, Docs::Embedded(entry.docs), None)?;
        Ok(cell.get_or_init(|| Arc::new(service)).clone())
    }

    fn tree(&self, blob: impl Fn(&Archive<'static>) -> Blob<'static>) -> Value {
        let bytes = self.archive.as_ref().ok().and_then(|archive| blob(archive).decompress().ok());
        bytes.and_then(|bytes| standalone_tree(&bytes).ok()).unwrap_or_default()
    }
}

/// Decodes all that an archive in the form of the build script's holds, which nothing does in daily use, and says how
/// many services it has. For tools that check an archive; any bytes may come.
pub fn verify_archive(bytes: &[u8]) -> Result<usize, ModelError> {
    let archive = Archive::read(bytes).map_err(|damage| ModelError::corrupt("archive", damage))?;
    for tree in [archive.partitions, archive.retry] {
        let bytes = tree.decompress().map_err(|fault| ModelError::corrupt("archive", fault))?;
        standalone_tree(&bytes).map_err(|damage| ModelError::corrupt("archive", damage))?;
    }
    for entry in &archive.services {
        let corrupt = |fault: &dyn std::fmt::Display| ModelError::corrupt(entry.name, fault);
        let bytes = entry.model.decompress().map_err(|fault| corrupt(&fault))?;
        let service = Service::from_packed(entry.name, bytes)?;
        service.verify()?;
        let docs = entry.docs.decompress().map_err(|fault| corrupt(&fault))?;
        ServiceDocs::read(docs, service.operation_names().to_vec()).map_err(|damage| corrupt(&damage))?;
    }
    Ok(archive.services.len())
}

impl Catalog {
    /// The services that the binary carries.
    pub fn embedded() -> Catalog {
        let embedded = EMBEDDED.get_or_init(|| Embedded::read(BYTES));
        Catalog { embedded, directories: Directories::default(), added: Arc::default() }
    }

    /// The same, with directories in botocore's layout (`<dir>/<service>/<version>/service-2.json`, or `.json.gz`)
    /// that add or replace services. As in botocore the newest version of a service wins, and of one version the
    /// earlier directory; all of them win over what the binary carries.
    pub fn with_directories(self, directories: Vec<PathBuf>) -> Catalog {
        Catalog { directories: Directories::new(directories), added: Arc::default(), ..self }
    }

    /// The version of botocore whose models the binary carries.
    pub fn version(&self) -> &'static str {
        self.embedded.archive.as_ref().map_or("", |archive| archive.version)
    }

    /// The names of all services, sorted.
    pub fn names(&self) -> Vec<String> {
        let mut names: Vec<String> =
            self.embedded.services().iter().map(|entry| entry.name.to_owned()).collect();
        names.extend(self.directories.names());
        names.sort_unstable();
        names.dedup();
        names
    }

    /// IAM's prefix of each service, by the service's name. Opens those only that directories give; one of them whose
    /// model is unusable has none.
    pub fn iam_prefixes(&self) -> BTreeMap<String, String> {
        let embedded = self.embedded.services().iter();
        let mut prefixes: BTreeMap<String, String> = embedded
            .map(|entry| (entry.name.to_owned(), prefix_of(entry.name, entry.signing_name).to_owned()))
            .collect();
        for name in self.directories.names() {
            if let Ok(service) = self.open(&name) {
                prefixes.insert(name, iam_prefix(&service).to_owned());
            }
        }
        prefixes
    }

    /// Opens a service. Opening it again is free.
    pub fn open(&self, name: &str) -> Result<Arc<Service>, ModelError> {
        if self.directories.is_empty() {
            return self.embedded.open(name);
        }
        if let Some(service) = self.added.lock().ok().and_then(|added| added.get(name).cloned()) {
            return Ok(service);
        }
        let entry = self.embedded.services().iter().find(|entry| entry.name == name);
        let Some(found) = self
            .directories
            .newest(name)
            .filter(|found| entry.is_none_or(|entry| found.version.as_str() >= entry.version))
        else {
            return self.embedded.open(name);
        };
        let same = entry.filter(|entry| entry.version == found.version);
        let base = same.map(|_| self.embedded.open(name)).transpose()?;
        let service = Arc::new(self.directories.load(name, &found, base)?);
        if let Ok(mut added) = self.added.lock() {
            added.insert(name.to_owned(), service.clone());
        }
        Ok(service)
    }

    /// botocore's `partitions.json` as a tree.
    pub fn partitions(&self) -> &'static Value {
        self.embedded.partitions.get_or_init(|| self.embedded.tree(|archive| archive.partitions))
    }

    /// botocore's `_retry.json` as a tree.
    pub fn retry_rules(&self) -> &'static Value {
        self.embedded.retry.get_or_init(|| self.embedded.tree(|archive| archive.retry))
    }
}

impl std::fmt::Debug for Catalog {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Catalog").field("directories", &self.directories).finish_non_exhaustive()
    }
}
