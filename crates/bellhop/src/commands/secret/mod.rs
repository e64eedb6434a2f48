//! `bellhop secret`: secrets for the configuration, encrypted by KMS.

mod typed;

use anyhow::{Context as _, Result, anyhow, bail};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use slack::Secret;
use store::Holder;
use value::{Map, Value};

use crate::commands::{Settings, say};
use crate::config::{self, AwsSecrets};
use crate::own_aws::OwnAws;
use crate::secret::{Finder, Reference};
use crate::{environment, keys, wiring};

/// The most that KMS encrypts in one call, in bytes.
/// Source: <https://docs.aws.amazon.com/kms/latest/APIReference/API_Encrypt.html>.
const MAX_PLAIN: usize = 4096;

/// What to do with secrets.
#[derive(clap::Subcommand)]
pub(super) enum Action {
    /// Encrypts a secret by KMS and prints a reference to paste into the configuration. Reads it from standard input, or
    /// asks for it; it is never an argument.
    #[command(after_help = "Examples:\n  \
        bellhop secret encrypt --key-id alias/bellhop\n  \
        printf %s \"$TOKEN\" | bellhop secret encrypt --key-id alias/bellhop --context app=bellhop")]
    Encrypt(Encrypt),
    /// Prints the secret that a `kms:` reference stands for, which is read from standard input or asked for.
    #[command(after_help = "Example:\n  bellhop secret decrypt --context app=bellhop < reference.txt")]
    Decrypt(Bound),
    /// Makes a new key that seals what Bellhop keeps, and seals anew what older ones have sealed; those still open. Where KMS
    /// keeps the keys and a key file is there, its keys are given to KMS first. A running Bellhop takes the new key up by
    /// itself.
    #[command(after_help = "Example:\n  bellhop secret rotate --config bellhop.toml")]
    Rotate(Settings),
}

/// What ciphertexts are bound to.
#[derive(clap::Args)]
pub(super) struct Bound {
    /// The encryption context, one pair each; the same as `[secrets] kms_context`.
    #[arg(long = "context", value_name = "KEY=VALUE", value_parser = pair)]
    context: Vec<(String, String)>,
    /// The region of the key [default: as the environment says].
    #[arg(long)]
    region: Option<String>,
}

/// What to encrypt with.
#[derive(clap::Args)]
pub(super) struct Encrypt {
    /// The key: its id, ARN, or alias (`alias/bellhop`).
    #[arg(long)]
    key_id: String,
    #[command(flatten)]
    bound: Bound,
}

fn pair(text: &str) -> Result<(String, String), String> {
    match text.split_once('=') {
        Some((key, value)) if !key.is_empty() && !value.is_empty() => Ok((key.to_owned(), value.to_owned())),
        _ => Err("write key=value".to_owned()),
    }
}

/// Does it.
pub(super) fn run(action: &Action) -> Result<()> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    match action {
        Action::Encrypt(arguments) => runtime.block_on(encrypt(arguments)),
        Action::Decrypt(bound) => runtime.block_on(decrypt(bound)),
        Action::Rotate(settings) => runtime.block_on(rotate(settings)),
    }
}

async fn encrypt(arguments: &Encrypt) -> Result<()> {
    let aws = OwnAws::new(&environment::read())?;
    let plain = typed::secret("secret: ")?;
    if plain.expose().len() > MAX_PLAIN {
        bail!("KMS encrypts at most {MAX_PLAIN} bytes, and this has {}", plain.expose().len());
    }
    let mut params: Map = [("KeyId", arguments.key_id.as_str())].into_iter().collect();
    params.insert("Plaintext", Value::Blob(plain.expose().as_bytes().to_vec().into()));
    if !arguments.bound.context.is_empty() {
        params.insert("EncryptionContext", Value::Map(arguments.bound.pairs().collect()));
    }
    let region = arguments.bound.region.as_deref();
    let answer = aws.call("kms", "Encrypt", params, region).await.map_err(|fault| {
        let right = "; Bellhop's credentials need kms:Encrypt for that key";
        anyhow!("{}{}", fault.what, if fault.is_denied() { right } else { "" })
    })?;
    match answer.get("CiphertextBlob") {
        Some(Value::Blob(blob)) => say(&format!("kms:{}", STANDARD.encode(blob))),
        _ => bail!("KMS answered without a ciphertext"),
    }
    Ok(())
}

async fn decrypt(bound: &Bound) -> Result<()> {
    let vars = environment::read();
    let typed = typed::secret("reference (kms:…): ")?;
    let text = typed.expose();
    let text = if text.starts_with("kms:") { text.to_owned() } else { format!("kms:{text}") };
    let reference = Reference::parse(&text).context("that is no kms: reference")?;
    let how =
        AwsSecrets { kms_context: bound.context.iter().cloned().collect(), region: bound.region.clone() };
    let finder = Finder::new(vars.clone(), "".into(), OwnAws::new(&vars)?, how);
    let found: Secret = finder.find(&reference).await?;
    say(found.expose());
    Ok(())
}

async fn rotate(settings: &Settings) -> Result<()> {
    let vars = environment::read();
    let config = config::load_offline(&settings.path(&vars), &vars)?;
    let aws = OwnAws::new(&vars)?;
    let store = wiring::store::open(&config.store, Holder::Guest, &aws)?;
    let taken = keys::take_over(&config.store, &store, &aws).await?;
    if taken > 0 {
        say(&format!("{taken} of the keys in {} were given to KMS", config.store.key_file.display()));
    }
    let id = keys::rotate(&config.store, &store, &aws).await?;
    say(&format!("{id} seals from now on"));
    let anew = keys::seal_anew(&config.store, &store, &aws).await?;
    say(&format!("{} records of older keys were sealed anew", anew.records));
    if anew.closed > 0 {
        say(&format!("{} records are sealed by keys that are not known; they stay as they are", anew.closed));
    }
    if taken > 0 {
        say(&format!(
            "nothing reads {} any more: keep it with the backups that it seals",
            config.store.key_file.display()
        ));
    }
    Ok(())
}

impl Bound {
    fn pairs(&self) -> impl Iterator<Item = (&str, &str)> {
        self.context.iter().map(|(key, value)| (key.as_str(), value.as_str()))
    }
}
