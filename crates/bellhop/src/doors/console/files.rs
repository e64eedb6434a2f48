//! Files that Bellhop uploads, kept in memory for the page to show. Bounded: the oldest are forgotten.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use axum::body::Bytes;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::http::header::{CONTENT_TYPE, HeaderName};
use serde_json::{Value, json};

use crate::doors::console::{Console, speak};

/// The largest file, in bytes.
pub(super) const MAX_FILE: usize = 16 * 1024 * 1024;
/// How many are kept.
const MAX_FILES: usize = 20;

struct File {
    id: String,
    name: String,
    length: usize,
    bytes: Bytes,
}

/// All files that are kept.
#[derive(Default)]
pub(super) struct Files(Mutex<VecDeque<File>>);

impl Files {
    fn lock(&self) -> MutexGuard<'_, VecDeque<File>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A file of that name and length will come; its id.
    pub(super) fn announce(&self, name: &str, length: usize) -> Option<String> {
        let id = format!("F{}", speak::random_id()?.to_uppercase());
        let mut files = self.lock();
        if files.len() >= MAX_FILES {
            files.pop_front();
        }
        files.push_back(File { id: id.clone(), name: name.to_owned(), length, bytes: Bytes::new() });
        Some(id)
    }

    fn put(&self, id: &str, bytes: Bytes) -> bool {
        let mut files = self.lock();
        let file = files.iter_mut().find(|file| file.id == id && file.length == bytes.len());
        file.map(|file| file.bytes = bytes).is_some()
    }

    /// What a message says of a file that has come.
    pub(super) fn about(&self, id: &str, title: &str) -> Option<Value> {
        let files = self.lock();
        let file = files.iter().find(|file| file.id == id && !file.bytes.is_empty())?;
        Some(
            json!({"id": id, "name": file.name, "title": title, "mimetype": kind(&file.name), "size": file.length}),
        )
    }

    fn get(&self, id: &str) -> Option<(&'static str, Bytes)> {
        let files = self.lock();
        let file = files.iter().find(|file| file.id == id)?;
        Some((kind(&file.name), file.bytes.clone()))
    }
}

fn kind(name: &str) -> &'static str {
    match name.rsplit_once('.').map(|(_, ending)| ending) {
        Some("png") => "image/png",
        Some("jpg" | "jpeg") => "image/jpeg",
        Some("csv") => "text/csv",
        Some("txt" | "log") => "text/plain",
        _ => "application/octet-stream",
    }
}

/// Bellhop puts the bytes.
pub(super) async fn put(
    State(console): State<Arc<Console>>,
    Path(id): Path<String>,
    body: Bytes,
) -> StatusCode {
    if console.files.put(&id, body) { StatusCode::OK } else { StatusCode::FORBIDDEN }
}

type Answer = ([(HeaderName, &'static str); 2], Bytes);

/// The page fetches them.
pub(super) async fn get(
    State(console): State<Arc<Console>>,
    Path(id): Path<String>,
) -> Result<Answer, StatusCode> {
    let (kind, bytes) = console.files.get(&id).ok_or(StatusCode::NOT_FOUND)?;
    Ok(([(CONTENT_TYPE, kind), (HeaderName::from_static("x-content-type-options"), "nosniff")], bytes))
}
