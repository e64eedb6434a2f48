//! `bellhop lambda`: a function of AWS Lambda.

use std::collections::BTreeMap;
use std::sync::Arc;

use anyhow::{Context as _, Result, bail};
use store::Holder;

use crate::commands::Settings;
use crate::config::{Config, StoreKind};
use crate::doors::http;
use crate::doors::lambda::{self, ApiAddress, Function, Role, Trust};
use crate::doors::signing::Signing;
use crate::telemetry::Telemetry;
use crate::wiring::{self, Wired};
use crate::{config, environment};

/// Answers events until Lambda ends it. What keeps it from starting is logged, and told to Lambda.
pub(super) fn run(settings: &Settings) -> Result<()> {
    let vars = environment::read();
    let api = ApiAddress::read(&vars)?;
    // It asks AWS for what the configuration refers to, in a runtime of its own.
    let config = config::load(&settings.path(&vars), &vars).map_err(anyhow::Error::from);
    let traced = config.as_ref().map(|config| config.telemetry.clone()).unwrap_or_default();
    let telemetry = Telemetry::start(&vars, &traced);
    // One thread: a function has one event at a time, and mostly less than one processor.
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    let runtime = runtime.context("the runtime cannot be started")?;
    runtime.block_on(async {
        let made = match config {
            Ok(config) => Box::pin(function(config, vars, telemetry)).await,
            Err(error) => Err(error),
        };
        match made {
            Ok(function) => Box::pin(lambda::serve(function)).await,
            Err(error) => {
                tracing::error!(error = format!("{error:#}"), "the function cannot start");
                lambda::report_failed_start(&api, &error).await;
                Err(error)
            }
        }
    })
}

async fn function(
    config: Config,
    vars: BTreeMap<String, String>,
    telemetry: Telemetry,
) -> Result<Arc<Function>> {
    lasting(&config.store)?;
    let name = vars.get("AWS_LAMBDA_FUNCTION_NAME").cloned().unwrap_or_default();
    let role = Role::read(vars.get("BELLHOP_ROLE").map(String::as_str))?;
    let max_body_bytes = config.server.max_body_bytes;
    let trusted = config.slack.token_trust().map(|_| config.slack.allowed_teams.clone());
    if trusted.is_some() {
        tracing::warn!(
            "slack.legacy_token_only is set: commands without a signature are believed by their token, which is weak"
        );
    }
    let Wired { bot, secrets, rules } = wiring::bot(config, vars, Holder::Owner, &[], &telemetry).await?;
    bot.prepare().await.context("what the store holds cannot be read")?;
    let token = secrets.verification_token.clone();
    let trust = token.zip(trusted).map(|(token, teams)| Trust { token, teams });
    let signing = Signing::new(Arc::clone(&secrets.signing))?;
    let door = http::Door { signing, max_body_bytes, bot: bot.clone(), telemetry: telemetry.clone() };
    let router = http::router(Arc::new(door));
    Ok(Arc::new(Function { router, bot, role, secrets, rules, trust, telemetry, name }))
}

/// Refuses a store that ends with the function's own disk.
fn lasting(store: &config::Store) -> Result<()> {
    if store.kind == StoreKind::Sqlite {
        bail!(
            "[store] kind = \"sqlite\" keeps everything in a file, and a function of Lambda has no disk that lasts: jobs, grants \
             and the record would be gone with it. Nothing was started. Set [store] kind = \"dynamodb\" and make the table by \
             `bellhop store create-table` (`bellhop deploy` does both); `bellhop store migrate` takes along what there is"
        );
    }
    Ok(())
}
