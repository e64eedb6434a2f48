//! Reading recordings.

use std::path::Path;

use anyhow::{Context as _, Result};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use value::Value;

/// The recordings of one file.
pub(crate) struct Suite {
    pub(crate) name: String,
    pub(crate) recordings: Vec<Recording>,
}

/// One command line and all that came of it.
pub(crate) struct Recording {
    /// Its place in the suite, from 0.
    pub(crate) number: usize,
    pub(crate) id: String,
    pub(crate) words: Vec<String>,
    /// Variables besides those that every recording has.
    pub(crate) variables: Vec<(String, String)>,
    pub(crate) exchanges: Vec<Exchange>,
    /// `None` where the command waited for a person.
    pub(crate) exit_code: Option<i64>,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
    /// Files that it wrote.
    pub(crate) files: Vec<(String, Vec<u8>)>,
    /// Whether it started other programs.
    pub(crate) spawned: bool,
}

/// A request and the answer that it was given.
#[derive(Debug, Clone)]
pub(crate) struct Exchange {
    /// The model that the request was made by, if any.
    pub(crate) service: Option<String>,
    pub(crate) request: Message,
    pub(crate) answer: Message,
}

/// Either; a request has no status.
#[derive(Debug, Clone, Default)]
pub(crate) struct Message {
    pub(crate) method: String,
    pub(crate) url: String,
    pub(crate) status: u16,
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) body: Vec<u8>,
}

impl Message {
    /// The header of that name, whatever its case.
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(key, _)| key.eq_ignore_ascii_case(name)).map(|(_, value)| value.as_str())
    }

    fn read(value: &Value) -> Result<Message> {
        let text = |name: &str| value.get(name).and_then(Value::as_text);
        let body = match (text("body"), text("body_b64")) {
            (_, Some(encoded)) => STANDARD.decode(encoded).context("a body in base64")?,
            (body, None) => body.unwrap_or_default().as_bytes().to_vec(),
        };
        Ok(Message {
            method: text("method").unwrap_or_default().to_owned(),
            url: text("url").unwrap_or_default().to_owned(),
            status: value
                .get("status")
                .and_then(Value::as_i64)
                .and_then(|code| u16::try_from(code).ok())
                .unwrap_or(0),
            headers: pairs(value.get("headers")),
            body,
        })
    }

    /// Reads what `--print-request` prints.
    pub(crate) fn from_printed(text: &[u8]) -> Result<Message> {
        Message::read(&Value::from_json(text)?)
    }
}

fn pairs(value: Option<&Value>) -> Vec<(String, String)> {
    let entries = value.and_then(Value::as_map).into_iter().flat_map(value::Map::iter);
    entries.map(|(key, value)| (key.to_string(), value.python_text().into_owned())).collect()
}

impl Recording {
    fn read(number: usize, line: &str) -> Result<Recording> {
        let value = Value::from_json(line.as_bytes())?;
        let text = |name: &str| value.get(name).and_then(Value::as_text).unwrap_or_default().to_owned();
        let list = |name: &str| value.get(name).and_then(Value::as_list).unwrap_or_default();
        let exchange = |value: &Value| {
            let answer = Message::read(value.get("response").unwrap_or(&Value::Null))?;
            let service = value.get("service").and_then(Value::as_text).map(str::to_owned);
            anyhow::Ok(Exchange { service, request: Message::read(value)?, answer })
        };
        let files = value.get("files_out").and_then(Value::as_map).into_iter().flat_map(value::Map::iter);
        Ok(Recording {
            number,
            id: text("id"),
            words: list("argv").iter().filter_map(Value::as_text).map(str::to_owned).collect(),
            variables: pairs(value.get("env")),
            exchanges: list("http").iter().map(exchange).collect::<Result<_>>()?,
            exit_code: value.get("rc").and_then(Value::as_i64),
            stdout: text("stdout"),
            stderr: text("stderr"),
            files: files
                .map(|(name, content)| Ok((name.to_string(), Message::read(content)?.body)))
                .collect::<Result<_>>()?,
            spawned: value.get("spawned").is_some(),
        })
    }
}

/// The suites of a folder: every `*.jsonl` and `*.jsonl.zst` in it, by name.
pub(crate) fn suites(folder: &Path) -> Result<Vec<Suite>> {
    let entries = std::fs::read_dir(folder).with_context(|| format!("cannot read {}", folder.display()))?;
    let mut files: Vec<_> = entries.map(|entry| Ok(entry?.path())).collect::<Result<_>>()?;
    files.sort();
    let mut suites = Vec::new();
    for file in files {
        let name = file.file_name().unwrap_or_default().to_string_lossy().into_owned();
        let bytes = match name.rsplit_once('.') {
            Some((stem, "zst")) if stem.ends_with(".jsonl") => zstd::decode_all(std::fs::File::open(&file)?)?,
            Some((_, "jsonl")) => std::fs::read(&file)?,
            _ => continue,
        };
        let text = String::from_utf8(bytes).with_context(|| name.clone())?;
        let recordings = text
            .lines()
            .enumerate()
            .map(|(number, line)| {
                Recording::read(number, line).with_context(|| format!("{name}, line {}", number + 1))
            })
            .collect::<Result<_>>()?;
        suites.push(Suite { name: name.split('.').next().unwrap_or_default().to_owned(), recordings });
    }
    anyhow::ensure!(!suites.is_empty(), "no recordings (*.jsonl, *.jsonl.zst) in {}", folder.display());
    Ok(suites)
}
