//! `bellhop serve`: answers Slack until it is told to stop.

use std::collections::BTreeMap;
use std::sync::Arc;

use anyhow::{Context as _, Result, bail};
use axum::Router;
use bot::Bot;
use slack::SigningSecret;
use store::Holder;
use tokio::net::TcpListener;
use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::{Notify, watch};

use crate::commands::{Settings, mention};
use crate::config::{self, Config, Queue};
use crate::doors::lambda::Role;
use crate::doors::signing::Signing;
use crate::doors::{console, http};
use crate::telemetry::{LAST_SPANS, Telemetry};
use crate::wiring::rules::FollowedRules;
use crate::wiring::secrets::Followed;
use crate::wiring::{self, Wired};
use crate::{engine, environment, server};

/// Serves as the configuration says.
pub(super) fn run(settings: &Settings) -> Result<()> {
    let vars = environment::read();
    let config = config::load(&settings.path(&vars), &vars)?;
    let role = Role::read(vars.get("BELLHOP_ROLE").map(String::as_str))?;
    match role {
        Role::Worker => bail!("BELLHOP_ROLE is worker: `bellhop worker` works and answers no requests"),
        Role::Front if config.queue == Queue::Local => bail!(
            "BELLHOP_ROLE is front, and nobody else would work: [queue] rings for workers of other processes"
        ),
        Role::Front | Role::Both => {}
    }
    let telemetry = Telemetry::start(&vars, &config.telemetry);
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    runtime.block_on(serve(config, vars, role, &telemetry))
}

async fn serve(
    mut config: Config,
    vars: BTreeMap<String, String>,
    role: Role,
    telemetry: &Telemetry,
) -> Result<()> {
    let address = config.server.listen;
    let listener = TcpListener::bind(address).await.with_context(|| format!("cannot listen on {address}"))?;
    let address = listener.local_addr()?;
    let console = console_parts(&config, &vars, address)?;
    let bases: Vec<String> = console.iter().map(console::Parts::response_base).collect();
    if let Some(parts) = console.as_ref().filter(|_| config.slack.api_base.is_none()) {
        // The console plays Slack's Web API too; a real token has no business there.
        config.slack.api_base = Some(parts.api_base());
        config.slack.bot_token = Some(parts.api_token.clone());
        config.secrets.references.remove("slack.bot_token");
    }
    let (max_body_bytes, max_connections) = (config.server.max_body_bytes, config.server.max_connections);

    let Wired { bot, secrets, rules } = wiring::bot(config, vars, Holder::Owner, &bases, telemetry).await?;
    bot.prepare().await?;
    bot.recover().await?;
    let signing = Signing::new(Arc::clone(&secrets.signing))?;
    let door = http::Door { signing, max_body_bytes, bot: bot.clone(), telemetry: telemetry.clone() };
    let mut router = http::router(Arc::new(door));
    tracing::info!(%address, "listening");
    if let Some(parts) = console {
        mention(&format!("console: {}", parts.page_address()));
        router = router.merge(console::router(parts));
    }
    let parts = (bot, role, secrets, rules);
    until_stopped(listener, router, max_connections, parts).await?;
    telemetry.flush(LAST_SPANS).await;
    Ok(())
}

/// The door closes first; what was accepted by then is worked off.
async fn until_stopped(
    listener: TcpListener,
    router: Router,
    max_connections: usize,
    (bot, role, secrets, rules): (Bot, Role, Followed, FollowedRules),
) -> Result<()> {
    let (stop, stopped) = watch::channel(false);
    listen_for_signals(stop)?;
    let read_again = listen_for_hangup()?;
    let mut workers_stop = stopped.clone();
    let mut keepers_stop = stopped.clone();
    let (keeping, finishing) = (bot.clone(), bot.clone());
    let keepers = tokio::spawn(async move {
        let shutdown = async move {
            let _ = keepers_stop.wait_for(|stop| *stop).await;
        };
        tokio::select! {
            () = keeping.run_keepers(shutdown) => {}
            () = secrets.keep() => {}
            () = rules.keep(&read_again) => {}
        }
    });
    let workers = tokio::spawn(async move {
        let shutdown = async move {
            // A sender that is gone means the same.
            let _ = workers_stop.wait_for(|stop| *stop).await;
        };
        if role.works() {
            bot.run_workers(shutdown).await;
        } else {
            shutdown.await;
        }
    });
    server::serve(listener, router, max_connections, stopped).await;
    workers.await.context("the workers failed")?;
    keepers.await.context("what keeps the record failed")?;
    finishing.finish().await;
    tracing::info!("stopped");
    Ok(())
}

/// The first SIGTERM or SIGINT asks for a polite end, the second for an end.
pub(super) fn listen_for_signals(stop: watch::Sender<bool>) -> Result<()> {
    let mut terminate = signal(SignalKind::terminate())?;
    let mut interrupt = signal(SignalKind::interrupt())?;
    tokio::spawn(async move {
        for first in [true, false] {
            tokio::select! {
                _ = terminate.recv() => {}
                _ = interrupt.recv() => {}
            }
            if first {
                tracing::info!("stopping: running commands are finished first; a second signal ends at once");
                stop.send_replace(true);
            } else {
                std::process::exit(130);
            }
        }
    });
    Ok(())
}

/// SIGHUP asks for another look at the configuration.
pub(super) fn listen_for_hangup() -> Result<Arc<Notify>> {
    let mut hangup = signal(SignalKind::hangup())?;
    let asked = Arc::new(Notify::new());
    let ringing = Arc::clone(&asked);
    tokio::spawn(async move {
        while hangup.recv().await.is_some() {
            ringing.notify_one();
        }
    });
    Ok(asked)
}

fn console_parts(
    config: &Config,
    vars: &BTreeMap<String, String>,
    address: std::net::SocketAddr,
) -> Result<Option<console::Parts>> {
    if !config.console.enabled {
        return Ok(None);
    }
    if !config.console.allow_real_aws && !engine::is_local(vars) {
        bail!(
            "the console lends anyone's identity, and AWS_ENDPOINT_URL does not name a local AWS: \
             set [console] allow_real_aws = true if that is meant"
        );
    }
    let or = |given: &[String], default: &str| match given {
        [] => vec![default.to_owned()],
        given => given.to_vec(),
    };
    Ok(Some(console::Parts {
        address,
        signing_secret: SigningSecret::new(config.slack.signing_secret.expose())?,
        verification_token: config.slack.verification_token.clone(),
        workspace: console::Workspace {
            team: config.slack.allowed_teams.first().cloned().unwrap_or_else(|| "T0CONSOLE".to_owned()),
            users: or(&config.console.users, "U0ALICE"),
            admins: config.console.admins.clone(),
            channels: or(&config.console.channels, "C0OPERATIONS"),
            groups: config.console.groups.clone(),
        },
        key: console::fresh_key()?,
        api_token: console::fresh_key()?,
    }))
}
