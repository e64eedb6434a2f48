//! The archive: an index, then each service's model and its documentation, compressed one by one.

use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

use crate::format::{MAGIC, VERSION};
use crate::pack::rules::write_tree;
use crate::pack::writer::{Interner, Writer};
use crate::pack::{Json, PackError, Parts, pack_docs, pack_service};
use crate::wheel::{self, Wheel};

/// Models are opened at every start: they are small, and decompress equally fast whatever the level.
const MODEL_LEVEL: i32 = 19;
/// For documentation 19 takes twice as long, for half a percent.
const DOCS_LEVEL: i32 = 17;

struct Packed {
    /// The name it signs with: policies that name services are checked without opening any.
    signing_name: String,
    model: Blob,
    docs: Blob,
}

struct Blob {
    compressed: Vec<u8>,
    raw: usize,
}

pub(crate) fn pack(wheel: &Wheel) -> Result<Vec<u8>, String> {
    let mut zip = wheel.reader()?;
    let mut shared = Vec::new();
    for file in ["partitions", "_retry"] {
        let json = wheel::read(&mut zip, &format!("botocore/data/{file}.json"))?;
        let tree = pack_tree(&json).map_err(|fault| format!("{file}: {fault}"))?;
        shared.push(compress(&tree, MODEL_LEVEL)?);
    }
    Ok(assemble(wheel, &shared, &services(wheel)?))
}

/// A tree that stands alone, with its own strings.
fn pack_tree(json: &Json) -> Result<Vec<u8>, PackError> {
    let (mut strings, mut body, mut out) = (Interner::default(), Writer::default(), Writer::default());
    write_tree(json, &mut strings, &mut body, 0)?;
    out.byte(VERSION);
    strings.write(&mut out);
    out.run(&body.bytes);
    Ok(out.bytes)
}

/// Packs all services, on as many threads as there are processors.
fn services(wheel: &Wheel) -> Result<Vec<Packed>, String> {
    let names: Vec<&String> = wheel.services.keys().collect();
    let (next, done) = (AtomicUsize::new(0), Mutex::new(Vec::new()));
    let threads = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
    let work = || -> Result<(), String> {
        let mut zip = wheel.reader()?;
        while let Some(name) = names.get(next.fetch_add(1, Ordering::Relaxed)) {
            let files = wheel.files(&mut zip, name)?;
            let packed = pack_one(&files).map_err(|fault| format!("{name}: {fault}"))?;
            if let Ok(mut done) = done.lock() {
                done.push((*name, packed));
            }
        }
        Ok(())
    };
    std::thread::scope(|scope| {
        let threads: Vec<_> = (0..threads).map(|_| scope.spawn(work)).collect();
        threads
            .into_iter()
            .try_for_each(|thread| thread.join().map_err(|_| "a thread panicked".to_owned())?)
    })?;
    let mut done = done.into_inner().map_err(|fault| fault.to_string())?;
    done.sort_by_key(|(name, _)| *name);
    Ok(done.into_iter().map(|(_, packed)| packed).collect())
}

fn pack_one(files: &wheel::Files) -> Result<Packed, String> {
    let parts = Parts {
        service: &files.service,
        paginators: files.paginators.as_ref(),
        waiters: files.waiters.as_ref(),
        endpoint_rules: files.endpoint_rules.as_ref(),
    };
    let model = pack_service(&parts).map_err(|fault| fault.to_string())?;
    let docs = pack_docs(&files.service).map_err(|fault| fault.to_string())?;
    let facts = &files.service["metadata"];
    let signing_name = facts["signingName"].as_str().or(facts["endpointPrefix"].as_str()).unwrap_or_default();
    Ok(Packed {
        signing_name: signing_name.to_owned(),
        model: compress(&model, MODEL_LEVEL)?,
        docs: compress(&docs, DOCS_LEVEL)?,
    })
}

/// One frame with a checksum, so that damage shows before anything is decoded.
fn compress(bytes: &[u8], level: i32) -> Result<Blob, String> {
    let mut compressor = zstd::bulk::Compressor::new(level).map_err(|fault| fault.to_string())?;
    compressor.include_checksum(true).map_err(|fault| fault.to_string())?;
    let compressed = compressor.compress(bytes).map_err(|fault| fault.to_string())?;
    Ok(Blob { compressed, raw: bytes.len() })
}

fn assemble(wheel: &Wheel, shared: &[Blob], services: &[Packed]) -> Vec<u8> {
    let (mut index, mut blobs) = (Writer::default(), Vec::new());
    let mut place = |index: &mut Writer, blob: &Blob| {
        for number in [blobs.len(), blob.compressed.len(), blob.raw] {
            index.number(number as u64);
        }
        blobs.extend_from_slice(&blob.compressed);
    };
    index.run(wheel.version.as_bytes());
    for blob in shared {
        place(&mut index, blob);
    }
    index.number(services.len() as u64);
    for ((name, newest), packed) in wheel.services.iter().zip(services) {
        index.run(name.as_bytes());
        index.run(newest.version.as_bytes());
        index.run(packed.signing_name.as_bytes());
        place(&mut index, &packed.model);
        place(&mut index, &packed.docs);
    }
    let mut out = MAGIC.to_vec();
    out.extend_from_slice(&(index.bytes.len() as u32).to_le_bytes());
    out.extend_from_slice(&index.bytes);
    out.extend_from_slice(&blobs);
    out
}
