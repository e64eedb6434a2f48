//! `bellhop worker`: works on what the queue and the store hold; no door.

use anyhow::{Context as _, Result, bail};
use bot::Bot;
use store::Holder;
use tokio::sync::watch;

use crate::commands::{Settings, serve};
use crate::config::Queue;
use crate::telemetry::{LAST_SPANS, Telemetry};
use crate::wiring::rules::FollowedRules;
use crate::wiring::secrets::Followed;
use crate::wiring::{self, Wired};
use crate::{config, environment};

/// Works until it is told to stop.
pub(super) fn run(settings: &Settings) -> Result<()> {
    let vars = environment::read();
    let config = config::load(&settings.path(&vars), &vars)?;
    let telemetry = Telemetry::start(&vars, &config.telemetry);
    if config.queue == Queue::Local {
        bail!(
            "a worker of its own needs a queue that others ring by: [queue] kind = \"sqs\" with a url. \
             `bellhop serve` works on what it takes in itself"
        );
    }
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    runtime.block_on(async {
        let Wired { bot, secrets, rules } = wiring::bot(config, vars, Holder::Owner, &[], &telemetry).await?;
        bot.prepare().await?;
        bot.recover().await?;
        until_stopped(bot, secrets, rules).await?;
        telemetry.flush(LAST_SPANS).await;
        Ok(())
    })
}

async fn until_stopped(bot: Bot, secrets: Followed, rules: FollowedRules) -> Result<()> {
    let (stop, stopped) = watch::channel(false);
    serve::listen_for_signals(stop)?;
    let read_again = serve::listen_for_hangup()?;
    let told = |mut stopped: watch::Receiver<bool>| async move {
        // A sender that is gone means the same.
        let _ = stopped.wait_for(|stop| *stop).await;
    };
    let keeping = bot.clone();
    let keepers_told = told(stopped.clone());
    let keepers = tokio::spawn(async move {
        tokio::select! {
            () = keeping.run_keepers(keepers_told) => {}
            () = secrets.keep() => {}
            () = rules.keep(&read_again) => {}
        }
    });
    tracing::info!("working");
    bot.run_workers(told(stopped)).await;
    keepers.await.context("what keeps the record failed")?;
    bot.finish().await;
    tracing::info!("stopped");
    Ok(())
}
