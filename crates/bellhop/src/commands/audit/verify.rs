//! `bellhop audit verify`: whether the record is as it was written.

use std::time::Duration;

use anyhow::{Context as _, Result, bail};
use bot::journal::Entry;
use store::{AuditRow, Break, Checkpoint, Head, Place, PublicKey, Signed, SigningKey, Store, Verification};

use crate::commands::{Settings, say};
use crate::config::Config;
use crate::keys::file as key_file;

/// What to hold it against.
#[derive(clap::Args)]
pub(in crate::commands) struct Arguments {
    #[command(flatten)]
    settings: Settings,
    /// A public key, or a file that holds one; several where the key was changed [default: that of the key file].
    #[arg(long, value_name = "KEY or FILE")]
    public_key: Vec<String>,
    /// A row noted earlier, as `verify` prints it, or several: fails if one is not there any more as it was.
    #[arg(long, value_name = "ROW:HASH")]
    holds: Vec<String>,
}

/// Walks it.
pub(super) fn run(arguments: &Arguments) -> Result<()> {
    let (store, runtime, config) = super::open(&arguments.settings)?;
    let keys = keys(arguments, &config)?;
    runtime.block_on(async {
        let (found, signed) = store::verify_signed(&*store, &keys).await?;
        match found {
            Verification::Whole { rows } => whole(&*store, rows, &signed, &keys).await?,
            Verification::Broken { at, what } => {
                bail!("the audit log is broken at row {at}: {}{}", told(what), until(at, &signed))
            }
        }
        for noted in &arguments.holds {
            holds(&*store, noted).await?;
        }
        Ok(())
    })
}

fn keys(arguments: &Arguments, config: &Config) -> Result<Vec<PublicKey>> {
    if arguments.public_key.is_empty() {
        let key: Option<SigningKey> = match super::kept_key(config)? {
            Some(key) => Some(key),
            None => key_file::load(&config.audit.key_file)?,
        };
        return Ok(key.iter().map(SigningKey::public).collect());
    }
    let read = |given: &String| {
        #[expect(clippy::disallowed_methods, reason = "the rim: a file that the caller names")]
        let text = std::fs::read_to_string(given).unwrap_or_else(|_| given.clone());
        text.parse().with_context(|| format!("{given} is neither a public key nor a file that holds one"))
    };
    arguments.public_key.iter().map(read).collect()
}

async fn whole(store: &dyn Store, rows: u64, signed: &Signed, keys: &[PublicKey]) -> Result<()> {
    if rows > 0 && signed.last.is_empty() && !keys.is_empty() {
        bail!(
            "the audit log is whole in itself, but nothing in it is signed: whoever could write the database could \
             have written all of its {rows} rows"
        );
    }
    let heads = store.audit_heads().await?;
    let heads: Vec<Head> = heads.into_iter().filter(|head| head.rows > 0).collect();
    match heads.len() {
        0 | 1 => say(&format!("the audit log is whole: {rows} rows")),
        chains => say(&format!("the audit log is whole: {rows} rows in {chains} chains")),
    }
    let mut notes = Vec::new();
    for head in heads {
        let Some(last) = row_at(store, Place { chain: head.chain, seq: head.rows }).await? else { continue };
        if let Some(checkpoint) = signed.last.get(&head.chain) {
            signed_to(&last, checkpoint, signed);
        } else if !keys.is_empty() {
            say(&format!("nothing of the {} rows up to row {} is signed yet", head.rows, last.place()));
        }
        notes.push(format!("--holds {}:{}", last.place(), hex(&last)));
    }
    if !notes.is_empty() {
        say(&format!("to hold it against later: {}", notes.join(" ")));
    }
    Ok(())
}

/// How far a chain is signed.
fn signed_to(last: &AuditRow, checkpoint: &Checkpoint, signed: &Signed) {
    let Place { chain, seq } = checkpoint.place;
    let time = Entry::new(AuditRow { at: checkpoint.at, ..last.clone() }).time(false);
    let covered = Place { chain, seq: checkpoint.rows };
    say(&format!("signed up to row {covered} on {time}, {} signatures hold", signed.checkpoints));
    let span = Duration::from_millis(u64::try_from(last.at.since(checkpoint.at)).unwrap_or(0));
    match last.seq.saturating_sub(seq) {
        0 => say(
            "its last row is a signature: rows cut off behind it would not be missed; hold it against a row noted later",
        ),
        behind => say(&format!(
            "{behind} rows behind that, over {} s, are not signed yet: rows cut off there would not be missed",
            span.as_secs()
        )),
    }
}

async fn row_at(store: &dyn Store, place: Place) -> Result<Option<AuditRow>> {
    let rows = store.audit_rows(place.chain, place.seq.saturating_sub(1), 1).await?;
    Ok(rows.into_iter().next().filter(|row| row.seq == place.seq))
}

fn hex(row: &AuditRow) -> String {
    row.hash.iter().map(|byte| format!("{byte:02x}")).collect()
}

async fn holds(store: &dyn Store, noted: &str) -> Result<()> {
    let (place, hash) = noted.split_once(':').context("--holds takes ROW:HASH")?;
    let place: Place = place.parse().context("--holds takes ROW:HASH")?;
    match row_at(store, place).await?.as_ref().map(hex) {
        None => bail!("row {place} is not there any more: the end of the audit log was cut off"),
        Some(found) if found != hash.to_ascii_lowercase() => {
            bail!("row {place} is not the one that was noted: the audit log was written anew")
        }
        Some(_) => {
            say(&format!("row {place} is as it was noted"));
            Ok(())
        }
    }
}

fn until(at: Place, signed: &Signed) -> String {
    signed.last.get(&at.chain).map_or_else(
        || "; nothing before it is signed".to_owned(),
        |checkpoint| {
            let covered = Place { chain: at.chain, seq: checkpoint.rows };
            format!("; up to row {covered} everything is as it was signed")
        },
    )
}

fn told(what: Break) -> &'static str {
    match what {
        Break::Altered => "it is not as it was written",
        Break::Missing => "it is missing",
        Break::Unrecorded => "it was not written by Bellhop",
        Break::Signature => {
            "this signature was not made for what stands before it; some of that was written anew"
        }
        Break::UnknownKey => {
            "it is signed by another key than those given (if the key was changed, give each: --public-key)"
        }
    }
}
