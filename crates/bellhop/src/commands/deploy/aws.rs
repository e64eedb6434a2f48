//! Calls of AWS for the operator who puts Bellhop up, with the operator's own credentials.

use anyhow::{Context as _, Result, bail};
use aws_cli::Globals;
use value::{Map, Value};

use crate::engine::{self, Engine};
use crate::environment;
use crate::own_aws::{self, OwnFault};

/// Where calls go, and as whom.
#[derive(clap::Args, Clone)]
pub(super) struct Place {
    /// The region [default: as for the AWS CLI].
    #[arg(long)]
    region: Option<String>,
    /// The profile of the shared configuration files.
    #[arg(long)]
    profile: Option<String>,
}

/// A way to AWS.
pub(super) struct Aws {
    engine: Engine,
    globals: Globals,
    region: String,
}

/// A call that came to nothing.
#[derive(Debug, thiserror::Error)]
#[error("{operation}: {message}")]
pub(super) struct Refused {
    operation: String,
    /// The service's code; empty if the service gave none.
    pub(super) code: String,
    /// What it says.
    pub(super) message: String,
}

impl Aws {
    /// Opens it; nothing is called yet.
    ///
    /// # Errors
    /// No region, or a profile that does not exist.
    pub(super) fn open(place: &Place) -> Result<Aws> {
        let vars = environment::read();
        let catalog = engine::catalog(&vars);
        let env = engine::environment(vars);
        let globals =
            Globals { region: place.region.clone(), profile: place.profile.clone(), ..Globals::default() };
        let engine = Engine::for_terminal(&env, &globals, catalog)?;
        let Some(region) = engine.options(&globals, "cloudformation").region else {
            bail!("no region is given: --region names one, or AWS_REGION does");
        };
        Ok(Aws { engine, globals, region })
    }

    /// The region of all calls.
    pub(super) fn region(&self) -> &str {
        &self.region
    }

    /// Calls an operation.
    pub(super) async fn call(&self, service: &str, operation: &str, params: Map) -> Result<Value, Refused> {
        let mut options = self.engine.options(&self.globals, service);
        options.region = Some(self.region.clone());
        let answer = own_aws::ask(self.engine.client(), service, operation, params, &options).await;
        answer.map_err(|OwnFault { code, said: message, .. }| {
            let operation = operation.to_owned();
            Refused { operation, code, message }
        })
    }

    /// The account that the credentials belong to, and its partition.
    pub(super) async fn account(&self) -> Result<(String, String)> {
        let answer = self.call("sts", "GetCallerIdentity", Map::new()).await?;
        let arn = text(&answer, "Arn");
        let partition = arn.split(':').nth(1).filter(|partition| !partition.is_empty()).unwrap_or("aws");
        let account = answer.get("Account").and_then(Value::as_text).context("STS names no account")?;
        Ok((account.to_owned(), partition.to_owned()))
    }
}

/// A text member; empty if there is none.
pub(super) fn text<'v>(value: &'v Value, name: &str) -> &'v str {
    value.get(name).and_then(Value::as_text).unwrap_or_default()
}

/// A list member; empty if there is none.
pub(super) fn list<'v>(value: &'v Value, name: &str) -> &'v [Value] {
    value.get(name).and_then(Value::as_list).unwrap_or_default()
}

/// A map of texts.
pub(super) fn texts<const N: usize>(pairs: [(&str, &str); N]) -> Map {
    pairs.into_iter().collect()
}
