//! The configuration file and the environment become one checked [`Config`].
//!
//! Invariants: all faults are found in one pass and listed with their places; a value that is used later was
//! checked here; nothing outside this folder reads a configuration key.
//! Absent on purpose: defaults that widen rights. No grants, no accounts or no signing secret: no start.

mod access;
mod accounts;
mod audit;
mod cache;
mod coming;
mod commands;
mod compare;
mod console;
mod delegation;
mod discovery;
mod faults;
mod grants;
mod index;
mod load;
mod place;
mod queue;
mod rules;
mod secret;
mod secrets;
mod section;
mod server;
mod services;
mod slack;
mod store;
mod telemetry;
#[cfg(test)]
mod tests;
mod workers;

use std::collections::BTreeMap;
use std::io::{self, Read as _};
use std::path::Path;

use bot::{Delegation, Discovery};
use policy::{Policy, Rulebook};
use toml::de::DeTable;

pub(crate) use access::Access;
pub(crate) use accounts::Account;
pub(crate) use audit::{Audit, CopySettings};
pub(crate) use cache::CacheSettings;
pub(crate) use compare::{Fixed, difference, told};
pub(crate) use console::Console;
pub(crate) use faults::{ConfigError, Faults};
pub(crate) use index::Index;
pub(crate) use load::{load, load_again, load_offline, read_shipped};
pub(crate) use place::{Place, Version};
pub(crate) use queue::{Address as QueueAddress, Queue};
pub(crate) use secret::Referred;
pub(crate) use secrets::{AwsSecrets, Secrets};
pub(crate) use section::Section;
pub(crate) use server::Server;
pub(crate) use services::Services;
pub(crate) use slack::{API_BASE, Slack, is_loopback};
pub(crate) use store::{Store, StoreKind};
pub(crate) use telemetry::Telemetry;
pub(crate) use workers::Workers;

use crate::config::accounts::Found;
use crate::config::grants::Around;

/// Everything that `serve` and `run` need to know.
#[derive(Debug)]
pub(crate) struct Config {
    /// `[server]`
    pub(crate) server: Server,
    /// `[slack]`
    pub(crate) slack: Slack,
    /// `[store]`
    pub(crate) store: Store,
    /// `[queue]`
    pub(crate) queue: Queue,
    /// `[audit]`
    pub(crate) audit: Audit,
    /// `[telemetry]`
    pub(crate) telemetry: Telemetry,
    /// `[workers]`
    pub(crate) workers: Workers,
    /// `[console]`
    pub(crate) console: Console,
    /// `[accounts]` in file order, then those of the environment by name.
    pub(crate) accounts: Vec<Account>,
    /// `[accounts] discover`: where further accounts come from.
    pub(crate) discovery: Option<Discovery>,
    /// `[index]`
    pub(crate) index: Option<Index>,
    /// `[access]`
    pub(crate) access: Access,
    /// `[[delegation]]`.
    pub(crate) delegations: Vec<Delegation>,
    /// `[[grants]]`, `[[deny]]` and `[ceiling]`, checked.
    pub(crate) policy: Policy,
    /// The same as written, to make the policy anew when accounts or grants of the store come and go.
    pub(crate) book: Rulebook,
    /// `[commands]`: a slash command's name and the words that it stands for.
    pub(crate) commands: BTreeMap<String, String>,
    /// `[cache]`
    pub(crate) cache: Option<CacheSettings>,
    /// `[secrets]`, and where each secret is found.
    pub(crate) secrets: Secrets,
    /// Where it was read.
    pub(crate) origin: Origin,
}

/// Where a configuration was read, and which version of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Origin {
    /// The place.
    pub(crate) place: Place,
    /// The version.
    pub(crate) version: Version,
}

impl Config {
    /// The files that hold keys.
    pub(crate) fn key_files(&self) -> impl Iterator<Item = &Path> {
        let sealing = self.store.key.is_none().then_some(self.store.key_file.as_path());
        let signing = (!self.audit.key_in_store).then_some(self.audit.key_file.as_path());
        sealing.into_iter().chain(signing)
    }
}

/// What the configuration is read from besides its text.
pub(crate) struct Source<'a> {
    /// Environment variables.
    pub(crate) vars: &'a BTreeMap<String, String>,
    /// Relative paths start here: the configuration file's folder.
    pub(crate) folder: &'a Path,
    /// What can be granted.
    pub(crate) services: &'a Services,
    /// What AWS said that secrets are.
    pub(crate) referred: &'a Referred,
    /// Where all this is read.
    pub(crate) origin: &'a Origin,
}

/// A text file of at most that many bytes.
pub(crate) fn read_bounded(path: &Path, limit: u64) -> io::Result<String> {
    let file = std::fs::File::open(path)?;
    let mut text = String::new();
    file.take(limit.saturating_add(1)).read_to_string(&mut text)?;
    if text.len() as u64 > limit {
        return Err(io::Error::new(io::ErrorKind::FileTooLarge, format!("it has more than {limit} bytes")));
    }
    Ok(text)
}

/// Reads a text; `name` stands before each fault.
pub(crate) fn read(name: &str, text: &str, source: &Source<'_>) -> Result<Config, ConfigError> {
    let mut faults = Faults::default();
    let (table, errors) = DeTable::parse_recoverable(text);
    for error in errors {
        faults.at(error.span().map_or(0, |span| span.start), error.message().to_owned());
    }
    if !faults.is_empty() {
        // What follows a fault of syntax would be misread.
        faults.into_result(name, text)?;
        faults = Faults::default();
    }
    let written = Written { file: name, text };
    let config = read_table(table.get_ref(), source, &written, &mut faults);
    faults.into_result(name, text)?;
    // Without a fault there is a policy.
    config.ok_or_else(|| ConfigError { lines: vec![format!("{name}: no policy came of it")] })
}

struct Written<'a> {
    file: &'a str,
    text: &'a str,
}

impl Written<'_> {
    /// How people and the audit call what begins there: `bellhop.toml line 12`.
    fn line_of(&self, offset: usize) -> String {
        let file = Path::new(self.file).file_name().map_or(self.file.into(), |name| name.to_string_lossy());
        format!("{file} line {}", faults::position(self.text, offset).0)
    }
}

fn read_table(
    table: &DeTable<'_>,
    source: &Source<'_>,
    written: &Written<'_>,
    faults: &mut Faults,
) -> Option<Config> {
    let mut top = Section::top(table);
    let server = server::read(top.section("server", faults), source, faults);
    let slack = slack::read(top.section("slack", faults), source, faults);
    let store = store::read(top.section("store", faults), source, faults);
    let queue = queue::read(top.section("queue", faults), faults);
    let audit = audit::read(top.section("audit", faults), &store, source, faults);
    let telemetry = telemetry::read(top.section("telemetry", faults), source, faults);
    let workers = workers::read(top.section("workers", faults), faults);
    let console = console::read(top.section("console", faults), &server, faults);
    let commands = commands::read(&mut top, faults);
    let access = access::read(top.section("access", faults), faults);
    let Found { accounts, placed, discovery } = accounts::read(&mut top, source, faults);
    let delegations = delegation::read(&mut top, &accounts, discovery.is_some(), faults);
    let index = top.section("index", faults);
    let index = index::read(index, &store, &accounts, discovery.is_some(), source, faults);
    let around = Around {
        services: source.services,
        accounts: &accounts,
        discovered: discovery.is_some(),
        line_of: &|offset| written.line_of(offset),
    };
    let rules = grants::read(&mut top, &around, placed, faults);
    let cache = cache::read(top.section("cache", faults), source, faults);
    let secrets = secrets::read(top.section("secrets", faults), source, faults);
    top.finish(faults);
    let (policy, book) = rules?;
    Some(Config {
        server,
        slack,
        store,
        queue,
        audit,
        telemetry,
        workers,
        console,
        accounts,
        discovery,
        index,
        access,
        delegations,
        policy,
        book,
        commands,
        cache,
        secrets,
        origin: source.origin.clone(),
    })
}
