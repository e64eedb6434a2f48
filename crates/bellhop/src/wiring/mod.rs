//! Joins the parts. Only here do they meet the real clock, network, randomness and files.

mod queue;
pub(crate) mod rules;
pub(crate) mod secrets;
pub(crate) mod store;

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use ::store::Holder;
use ::store::index::{Index, LocalIndex};
use anyhow::Result;
use aws_call::{CallOptions, Client, Memory};
use aws_cli::Globals;
use bot::cache::SharedCache;
use bot::journal::{AuditCopy, AwsCopy};
use bot::{AwsClient, Bot, BotParts, Doctor, LiveRules, LiveSecret, Rules, Settings, StsRoles, WebParts};
use policy::Limits;
use slack::ResponseUrlBases;
use slack::web::Call;

use crate::cache::Redis;
use crate::config::{self, Config, CopySettings, Fixed};
use crate::doctor::{self, Facts, Resident, Subject};
use crate::engine::{self, Engine};
use crate::keys;
use crate::own_aws::OwnAws;
use crate::poster::Poster;
use crate::telemetry::{Calls, MeasuredCall, MeasuredPost, Telemetry};
use crate::web_caller::{Following, WebCaller};
use rules::FollowedRules;
use secrets::Followed;

/// What a configuration describes.
pub(crate) struct Wired {
    /// The bot.
    pub(crate) bot: Bot,
    /// The secrets that it and its doors go by.
    pub(crate) secrets: Followed,
    /// Its rules, as they follow the configuration.
    pub(crate) rules: FollowedRules,
}

/// The bot that a configuration describes. `more_bases` are further addresses that answers may go to.
pub(crate) async fn bot(
    config: Config,
    vars: BTreeMap<String, String>,
    holder: Holder,
    more_bases: &[String],
    telemetry: &Telemetry,
) -> Result<Wired> {
    let (secrets_vars, follow_vars) = (vars.clone(), vars.clone());
    let (known, every) = ((config.origin.clone(), Fixed::of(&config)), config.secrets.every);
    let catalog = engine::catalog(&vars);
    let calls = Calls(Arc::clone(&telemetry.metrics));
    let client = engine::client(&vars, catalog.clone())?.observed(Arc::new(calls));
    telemetry.send_by(&client.parts().transport);
    let engine = Arc::new(Engine::for_chat(vars.clone(), &client)?);
    let own = OwnAws::of(client.clone(), Arc::clone(&engine));
    let store = store::open(&config.store, holder, &own)?;
    let shared_store = store.is_shared();
    let cache =
        config.cache.as_ref().map(|cache| Arc::new(Redis::new(cache, own.clock())) as Arc<dyn SharedCache>);
    let secrets = Followed::new(&config, secrets_vars, &own, &telemetry.metrics);
    let doctor = doctor(&config, vars, (&client, &engine), &secrets);
    let seal = keys::ring(&config.store, &store, &own).await?;
    let signing = keys::signing(&config, &store, &seal, &own).await?;
    for warning in config.key_files().filter_map(keys::file::exposure) {
        tracing::warn!("{warning}");
    }
    let memory = Memory::new(config.server.answers_memory());
    let parts = BotParts {
        store,
        catalog,
        aws: Arc::new(AwsClient::new(client.clone(), options_of(&engine)).within(memory)),
        roles: Arc::new(StsRoles::new(client.clone(), engine.credentials(), options_of(&engine))),
        bell: queue::bell(&config.queue, &client, &engine),
        post: Arc::new(MeasuredPost {
            post: Poster::new(Arc::clone(&client.parts().transport)),
            metrics: Arc::clone(&telemetry.metrics),
        }),
        web: web(&config.slack, &client, &secrets, telemetry),
        clock: Arc::clone(&client.parts().clock),
        seal,
        signing: Some(signing),
        copy: copy(&config, &client, &engine),
        index: index(&config, holder),
        settings: Settings {
            doctor: Some(doctor),
            shared_store,
            cache,
            telemetry: Arc::new(telemetry.clone()),
            verification_token: secrets.verification_token.clone().map(|token| token as Arc<dyn LiveSecret>),
            ..settings(&config, more_bases)?
        },
        rules: Arc::new(LiveRules::new(rules(config))),
    };
    let bot = Bot::new(parts);
    let rules = FollowedRules::new(bot.clone(), own, follow_vars, every, known);
    Ok(Wired { bot, secrets, rules })
}

/// What `/aws doctor` asks.
fn doctor(
    config: &Config,
    vars: BTreeMap<String, String>,
    (client, engine): (&Client, &Arc<Engine>),
    secrets: &Followed,
) -> Arc<dyn Doctor> {
    let subject = Subject {
        facts: Arc::new(Facts::of("the configuration", config)),
        vars: Arc::new(vars),
        client: client.clone(),
        engine: Arc::clone(engine),
        health: None,
        patience: doctor::PATIENCE,
    };
    Arc::new(Resident { subject, secrets: secrets.clone() })
}

/// Slack's Web API, where there is a token for it.
fn web(
    slack: &config::Slack,
    client: &Client,
    secrets: &Followed,
    telemetry: &Telemetry,
) -> Option<WebParts> {
    let token = slack.bot_token.clone()?;
    let base = slack.api_base.clone().unwrap_or_else(|| config::API_BASE.to_owned());
    let caller = WebCaller::new(Arc::clone(&client.parts().transport), base);
    let metrics = Arc::clone(&telemetry.metrics);
    let call: Arc<dyn Call> = match &secrets.bot_token {
        Some(live) => {
            let call = Following { caller, token: Arc::clone(live) };
            Arc::new(MeasuredCall { call, metrics })
        }
        None => Arc::new(MeasuredCall { call: caller, metrics }),
    };
    Some(WebParts { call, token })
}

/// The index, if there is to be one. Nothing depends on it, so nothing stops without it.
fn index(config: &Config, holder: Holder) -> Option<Arc<dyn Index>> {
    let path = &config.index.as_ref()?.path;
    match LocalIndex::open(path, holder) {
        Ok(index) => Some(Arc::new(index)),
        Err(error) => {
            tracing::warn!(path = %path.display(), error = %error, "there is no index: it cannot be opened");
            None
        }
    }
}

/// Where the record is copied to, if it is.
fn copy(config: &Config, client: &Client, engine: &Arc<Engine>) -> Option<Arc<dyn AuditCopy>> {
    let CopySettings { target, region } = config.audit.copy.clone()?;
    Some(Arc::new(AwsCopy::new(client.clone(), engine.credentials(), options_of(engine), target, region)))
}

/// What calls of a service start from.
fn options_of(engine: &Arc<Engine>) -> impl Fn(&str) -> CallOptions + Send + Sync + use<> {
    let engine = Arc::clone(engine);
    move |service: &str| engine.options(&Globals::default(), service)
}

fn settings(config: &Config, more_bases: &[String]) -> Result<Settings> {
    let own = std::iter::once(config.slack.response_url_base.as_str());
    let bases = own.chain(more_bases.iter().map(String::as_str));
    let access = &config.access;
    let in_millis = |time: Duration| i64::try_from(time.as_millis()).unwrap_or(i64::MAX);
    Ok(Settings {
        response_bases: ResponseUrlBases::new(bases)?,
        allowed_teams: config.slack.allowed_teams.clone(),
        commands: config.commands.clone(),
        workers: config.workers.count,
        time_limit: config.workers.deadline,
        keep_results: config.workers.keep_results,
        drain: config.server.drain,
        confirm_within: access.confirm_within,
        approve_within: access.approve_within,
        remind_after: access.remind_after,
        approvers_channel: access.approvers_channel.clone(),
        access_admins: access.admins.clone(),
        workspace_admins: access.workspace_admins,
        sync_every: access.sync_every,
        membership_limits: Limits { groups: in_millis(access.members_limit), ..Limits::default() },
        discovery: config.discovery.clone(),
        indexing: config.index.as_ref().map(|index| index.indexing.clone()),
        version: env!("CARGO_PKG_VERSION").to_owned(),
        ..Settings::default()
    })
}

fn rules(config: Config) -> Rules {
    let accounts = config.accounts.into_iter().map(|account| (account.policy.name, account.settings));
    Rules {
        policy: Arc::new(config.policy),
        book: config.book,
        accounts: accounts.collect(),
        delegations: config.delegations,
    }
}
