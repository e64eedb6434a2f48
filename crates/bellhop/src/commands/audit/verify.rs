//! `bellhop audit verify`: whether the record is as it was written.

use std::time::Duration;

use anyhow::{Context as _, Result, bail};
use bot::journal::Entry;
use store::{Break, PublicKey, Signed, SigningKey, Store, Verification};

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
    /// A row noted earlier, as `verify` prints it: fails if it is not there any more as it was.
    #[arg(long, value_name = "ROW:HASH")]
    holds: Option<String>,
}

/// Walks it.
pub(super) fn run(arguments: &Arguments) -> Result<()> {
    let (store, runtime, config) = super::open(&arguments.settings)?;
    let keys = keys(arguments, &config)?;
    runtime.block_on(async {
        let (found, signed) = store::verify_signed(&store, &keys).await?;
        match found {
            Verification::Whole { rows } => whole(&store, rows, &signed, &keys).await?,
            Verification::Broken { seq, what } => {
                bail!("the audit log is broken at row {seq}: {}{}", told(what), until(&signed))
            }
        }
        match &arguments.holds {
            Some(noted) => holds(&store, noted).await,
            None => Ok(()),
        }
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
    if rows > 0 && signed.last.is_none() && !keys.is_empty() {
        bail!(
            "the audit log is whole in itself, but nothing in it is signed: whoever could write the database could \
             have written all of its {rows} rows"
        );
    }
    say(&format!("the audit log is whole: {rows} rows"));
    let Some(last) = store.audit_rows(rows.saturating_sub(1), 1).await?.into_iter().next() else {
        return Ok(());
    };
    let age = |row: &Entry| row.time(false);
    if let Some(checkpoint) = &signed.last {
        let behind = rows - checkpoint.seq;
        let at = store.audit_rows(checkpoint.seq - 1, 1).await?.into_iter().next().map(Entry::new);
        let time = at.as_ref().map(age).unwrap_or_default();
        say(&format!(
            "signed up to row {} on {time}, {} signatures hold",
            checkpoint.rows, signed.checkpoints
        ));
        let span = Duration::from_millis(u64::try_from(last.at.since(checkpoint.at)).unwrap_or(0));
        if behind > 0 {
            say(&format!(
                "{behind} rows behind that, over {} s, are not signed yet: rows cut off there would not be missed",
                span.as_secs()
            ));
        } else {
            say(
                "its last row is a signature: rows cut off behind it would not be missed; hold it against a row noted later",
            );
        }
    }
    let hash: String = last.hash.iter().map(|byte| format!("{byte:02x}")).collect();
    say(&format!("to hold it against later: --holds {}:{hash}", last.seq));
    Ok(())
}

async fn holds(store: &dyn Store, noted: &str) -> Result<()> {
    let (seq, hash) = noted.split_once(':').context("--holds takes ROW:HASH")?;
    let seq: u64 = seq.parse().context("--holds takes ROW:HASH")?;
    let row = store.audit_rows(seq.saturating_sub(1), 1).await?.into_iter().next();
    let found = row.filter(|row| row.seq == seq);
    let found: Option<String> = found.map(|row| row.hash.iter().map(|byte| format!("{byte:02x}")).collect());
    match found {
        None => bail!("row {seq} is not there any more: the end of the audit log was cut off"),
        Some(found) if found != hash.to_ascii_lowercase() => {
            bail!("row {seq} is not the one that was noted: the audit log was written anew")
        }
        Some(_) => {
            say(&format!("row {seq} is as it was noted"));
            Ok(())
        }
    }
}

fn until(signed: &Signed) -> String {
    signed.last.as_ref().map_or_else(
        || "; nothing before it is signed".to_owned(),
        |checkpoint| format!("; up to row {} everything is as it was signed", checkpoint.rows),
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
