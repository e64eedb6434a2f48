//! The wheel: which services it has, and their files as JSON.

use std::collections::{BTreeMap, BTreeSet};
use std::io::{Cursor, Read as _};

use crate::pack::{Json, merge_extras};

/// No file of a model is larger, by far.
const MAX_FILE: u64 = 256 << 20;

/// A wheel in memory.
pub(crate) struct Wheel {
    bytes: Vec<u8>,
    /// The newest version of each service, and its files.
    pub(crate) services: BTreeMap<String, Newest>,
    /// The version of botocore.
    pub(crate) version: String,
}

/// The newest version of a service.
pub(crate) struct Newest {
    pub(crate) version: String,
    files: BTreeSet<String>,
}

/// The files of one service, extras merged.
pub(crate) struct Files {
    pub(crate) service: Json,
    pub(crate) paginators: Option<Json>,
    pub(crate) waiters: Option<Json>,
    pub(crate) endpoint_rules: Option<Json>,
}

type Zip<'a> = zip::ZipArchive<Cursor<&'a [u8]>>;

impl Wheel {
    pub(crate) fn open(bytes: Vec<u8>) -> Result<Wheel, String> {
        let names: Vec<String> = zip(&bytes)?.file_names().flatten().map(String::from).collect();
        let mut services = BTreeMap::<String, Newest>::new();
        for path in &names {
            let parts: Vec<&str> = path.split('/').collect();
            let ["botocore", "data", service, version, "service-2.json" | "service-2.json.gz"] = parts[..]
            else {
                continue;
            };
            if services.get(service).is_none_or(|newest| newest.version.as_str() < version) {
                let folder = format!("botocore/data/{service}/{version}/");
                let files =
                    names.iter().filter_map(|name| name.strip_prefix(&folder)).map(str::to_owned).collect();
                services.insert(service.to_owned(), Newest { version: version.to_owned(), files });
            }
        }
        let version = names.iter().find_map(|name| name.strip_prefix("botocore-")?.split_once(".dist-info/"));
        let version = version.map(|(version, _)| version.to_owned()).ok_or("this is no wheel of botocore")?;
        if services.is_empty() {
            return Err("it holds no service".to_owned());
        }
        Ok(Wheel { bytes, services, version })
    }

    /// A reader; each thread has its own.
    pub(crate) fn reader(&self) -> Result<Zip<'_>, String> {
        zip(&self.bytes)
    }

    pub(crate) fn files(&self, zip: &mut Zip<'_>, service: &str) -> Result<Files, String> {
        let newest = self.services.get(service).ok_or("no such service")?;
        let mut load = |kind: &str| -> Result<Option<Json>, String> {
            let Some(mut json) = newest.read(zip, service, kind)? else { return Ok(None) };
            if let Some(extras) = newest.read(zip, service, &format!("{kind}.sdk-extras"))? {
                merge_extras(&mut json, &extras);
            }
            Ok(Some(json))
        };
        Ok(Files {
            service: load("service-2")?.ok_or("it has no model")?,
            paginators: load("paginators-1")?,
            waiters: load("waiters-2")?,
            endpoint_rules: load("endpoint-rule-set-1")?,
        })
    }
}

impl Newest {
    fn read(&self, zip: &mut Zip<'_>, service: &str, kind: &str) -> Result<Option<Json>, String> {
        let plain = format!("{kind}.json");
        let zipped = format!("{plain}.gz");
        let file = [plain, zipped].into_iter().find(|file| self.files.contains(file));
        let Some(file) = file else { return Ok(None) };
        read(zip, &format!("botocore/data/{service}/{}/{file}", self.version)).map(Some)
    }
}

fn zip(bytes: &[u8]) -> Result<Zip<'_>, String> {
    zip::ZipArchive::new(Cursor::new(bytes)).map_err(|fault| fault.to_string())
}

/// Reads one JSON file of the wheel, gzipped or not.
pub(crate) fn read(zip: &mut Zip<'_>, path: &str) -> Result<Json, String> {
    let say = |fault: &dyn std::fmt::Display| format!("{path}: {fault}");
    let mut bytes = Vec::new();
    let file = zip.by_name(path).map_err(|fault| say(&fault))?;
    if path.ends_with(".gz") {
        flate2::read::GzDecoder::new(file)
            .take(MAX_FILE)
            .read_to_end(&mut bytes)
            .map_err(|fault| say(&fault))?;
    } else {
        file.take(MAX_FILE).read_to_end(&mut bytes).map_err(|fault| say(&fault))?;
    }
    serde_json::from_slice(&bytes).map_err(|fault| say(&fault))
}
