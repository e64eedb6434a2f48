//! The stage: a bot whose Slack, AWS, roles and clock are played, over a real store in a file.

use std::collections::VecDeque;
use std::io::Write;
use std::path::PathBuf;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, OnceLock};
use std::time::{Duration, Instant};

use crate::table::Table;
use crate::workspace::{TOKEN, Workspace};
use aws_call::credentials::StaticCredentials;
use aws_call::{
    BoxFuture, CallError, CallOptions, CredentialSource, Credentials, Lost, NotSent, ServiceError,
};
use aws_cli::{ExecuteError, Invocation};
use bot::bell::Bell;
use bot::journal::AuditCopy;
use bot::{Aws, Bot, BotParts, Keyring, LiveRules, RoleSession, RoleSource, Rules, Settings, WebParts};
use policy::{Account, Grant, Levels, Rulebook, Subjects};
use slack::{Action, Entered, Interaction, InteractionKind};
use slack::{PostError, PostReply, ResponseUrl, Secret, SlashCommand};
use store::sqlite::SqliteStore;
use store::{Holder, SigningKey, Store, StoreError};
use value::Value;

/// Time runs a hundred times as fast.
const SPEED: u32 = 100;

/// What must never be seen anywhere.
pub(crate) const URL_SECRET: &str = "xyzzyURLSECRETxyzzy";
pub(crate) const KEY_SECRET: &str = "xyzzyACCESSKEYxyzzy";
pub(crate) const PASSWORD: &str = "xyzzyPASSWORDxyzzy";

/// How AWS answers one call.
pub(crate) enum Play {
    Answer(&'static str),
    Doubt,
    /// AWS says no.
    Reject,
    /// Nothing reaches AWS.
    NotSent,
    Panic,
    /// Never answers.
    Hang,
}

/// An AWS that plays what it is told, then answers `{}`. Dry runs, and the looks at instances before a command runs,
/// are played apart.
#[derive(Default)]
pub(crate) struct PlayedAws {
    pub(crate) plays: Mutex<VecDeque<Play>>,
    pub(crate) calls: Mutex<Vec<(String, String)>>,
    /// The code that a dry run is answered with; none is `DryRunOperation`.
    pub(crate) dry_run: Mutex<Option<&'static str>>,
    /// What `DescribeInstances` answers; `None` plays it like any other.
    pub(crate) instances: Mutex<Option<&'static str>>,
    /// Dry runs and looks.
    pub(crate) looks: Mutex<Vec<String>>,
}

impl PlayedAws {
    fn look(&self, invocation: &Invocation) -> Option<Result<Value, ExecuteError>> {
        let operation = invocation.call.operation.to_string();
        if invocation.call.params.get("DryRun") == Some(&Value::Bool(true)) {
            let code = self.dry_run.lock().expect("dry run").unwrap_or("DryRunOperation");
            self.looks.lock().expect("looks").push(format!("dry run of {operation}"));
            let error = ServiceError { code: code.to_owned(), ..refused() };
            return Some(Err(ExecuteError::Call(CallError::Rejected(Box::new(error)))));
        }
        let instances = (*self.instances.lock().expect("instances"))?;
        (operation == "DescribeInstances").then(|| {
            self.looks.lock().expect("looks").push(operation);
            Ok(Value::from_json(instances.as_bytes()).expect("json"))
        })
    }
}

impl Aws for PlayedAws {
    fn execute<'a>(
        &'a self,
        invocation: &'a Invocation,
        options: &'a CallOptions,
    ) -> BoxFuture<'a, Result<Value, ExecuteError>> {
        Box::pin(async move {
            if let Some(looked) = self.look(invocation) {
                return looked;
            }
            let token = format!("{:?}", options.idempotency);
            self.calls.lock().expect("calls").push((invocation.call.operation.to_string(), token));
            let play = self.plays.lock().expect("plays").pop_front();
            match play.unwrap_or(Play::Answer("{}")) {
                Play::Answer(json) => {
                    if let Some(seen) = &options.seen {
                        seen.note("aws-request-1");
                    }
                    Ok(Value::from_json(json.as_bytes()).expect("json"))
                }
                Play::Doubt => Err(ExecuteError::Call(CallError::MayHaveHappened(Lost::Deadline))),
                Play::Reject => Err(ExecuteError::Call(CallError::Rejected(Box::new(refused())))),
                Play::NotSent => Err(ExecuteError::Call(CallError::NotSent(NotSent::Deadline))),
                Play::Panic => panic!("staged"),
                Play::Hang => std::future::pending().await,
            }
        })
    }

    fn options(&self, _service: &str) -> CallOptions {
        CallOptions::default()
    }
}

fn refused() -> ServiceError {
    ServiceError {
        code: "UnauthorizedOperation".to_owned(),
        message: "You may not.".to_owned(),
        status: 403,
        ..ServiceError::default()
    }
}

impl PlayedAws {
    pub(crate) fn count(&self) -> usize {
        self.calls.lock().expect("calls").len()
    }
}

/// Roles that are always given, with credentials that must not be seen.
#[derive(Default)]
pub(crate) struct PlayedRoles(pub(crate) Mutex<Vec<RoleSession>>);

impl RoleSource for PlayedRoles {
    fn assume(&self, session: &RoleSession) -> Arc<dyn CredentialSource> {
        self.0.lock().expect("sessions").push(session.clone());
        Arc::new(StaticCredentials::new(Credentials::new("AKID", KEY_SECRET)))
    }
}

/// A Slack that keeps what is posted and answers with the statuses it is told, then 200.
#[derive(Default)]
pub(crate) struct PlayedSlack {
    pub(crate) statuses: Mutex<VecDeque<(u16, Option<u64>)>>,
    pub(crate) posts: Mutex<Vec<String>>,
}

impl slack::Post for PlayedSlack {
    fn post_json<'a>(
        &'a self,
        _url: &'a ResponseUrl,
        body: &'a [u8],
    ) -> slack::BoxFuture<'a, Result<PostReply, PostError>> {
        let (status, after) = self.statuses.lock().expect("statuses").pop_front().unwrap_or((200, None));
        if status == 200 {
            self.posts.lock().expect("posts").push(String::from_utf8(body.to_vec()).expect("utf-8"));
        }
        let retry_after = after.map(Duration::from_secs);
        Box::pin(async move { Ok(PostReply { status, retry_after, body_start: "ok".to_owned() }) })
    }
}

impl PlayedSlack {
    pub(crate) fn posts(&self) -> Vec<String> {
        self.posts.lock().expect("posts").clone()
    }
}

/// A Web API that keeps what it is asked and answers `ok`.
#[derive(Default)]
pub(crate) struct PlayedWeb {
    asked: Mutex<Vec<(&'static str, serde_json::Value)>>,
    /// Bytes that were put.
    pub(crate) files: Mutex<Vec<Vec<u8>>>,
    /// Methods that are answered with an error.
    pub(crate) failing: Mutex<Vec<&'static str>>,
}

impl slack::web::Call for PlayedWeb {
    fn post<'a>(
        &'a self,
        method: &'static str,
        body: slack::web::CallBody,
        _token: &'a Secret,
    ) -> slack::BoxFuture<'a, Result<slack::web::CallReply, PostError>> {
        let fields = match serde_json::from_slice(&body.bytes) {
            Ok(fields) => fields,
            Err(_) => serde_json::Value::String(String::from_utf8(body.bytes).expect("utf-8")),
        };
        let number = {
            let mut asked = self.asked.lock().expect("asked");
            asked.push((method, fields.clone()));
            asked.iter().filter(|(method, _)| method.starts_with("chat.")).count()
        };
        let failing = self.failing.lock().expect("failing").contains(&method);
        let channel = fields["channel"].as_str().unwrap_or("C0").replace('U', "D");
        let answer = match (failing, method) {
            (true, _) => serde_json::json!({ "ok": false, "error": "channel_not_found" }),
            (false, "usergroups.users.list") => {
                serde_json::json!({ "ok": true, "users": ["U0BOB", "U0ALICE", "U0CAROL"] })
            }
            (false, "users.info") => {
                let user = fields.as_str().and_then(|form| form.strip_prefix("user=")).unwrap_or_default();
                serde_json::json!({ "ok": true, "user": { "id": user, "team_id": "T1" } })
            }
            (false, "conversations.open") => {
                serde_json::json!({ "ok": true, "channel": { "id": "D0DIRECT" } })
            }
            (false, "files.getUploadURLExternal") => {
                let url = "https://files.slack.com/upload/v1/played";
                serde_json::json!({ "ok": true, "upload_url": url, "file_id": "F1" })
            }
            (false, "views.open") => serde_json::json!({ "ok": true, "view": { "id": "V1", "hash": "h" } }),
            (false, _) => serde_json::json!({ "ok": true, "channel": channel, "ts": format!("{number}.1") }),
        };
        let body = answer.to_string().into_bytes();
        Box::pin(async move { Ok(slack::web::CallReply { status: 200, retry_after: None, body }) })
    }

    fn put<'a>(
        &'a self,
        _url: &'a slack::web::UploadUrl,
        bytes: Vec<u8>,
    ) -> slack::BoxFuture<'a, Result<slack::web::CallReply, PostError>> {
        self.files.lock().expect("files").push(bytes);
        let body = b"OK".to_vec();
        Box::pin(async move { Ok(slack::web::CallReply { status: 200, retry_after: None, body }) })
    }
}

impl PlayedWeb {
    /// What was asked of a method, as text.
    pub(crate) fn asked(&self, method: &str) -> Vec<String> {
        let asked = self.asked.lock().expect("asked");
        asked.iter().filter(|(name, _)| *name == method).map(|(_, fields)| fields.to_string()).collect()
    }
}

/// A clock that runs so many times as fast as the machine's.
#[derive(Debug)]
struct FastClock(Instant, u32);

impl aws_call::Clock for FastClock {
    fn now(&self) -> jiff::Timestamp {
        let start = jiff::Timestamp::from_second(1_800_000_000).expect("a time");
        let passed = self.0.elapsed() * self.1;
        start + jiff::SignedDuration::try_from(passed).expect("a short time")
    }

    fn instant(&self) -> Instant {
        Instant::now()
    }

    fn sleep(&self, time: Duration) -> BoxFuture<'static, ()> {
        Box::pin(tokio::time::sleep(time / self.1))
    }
}

/// Everything around a bot that outlives it.
pub(crate) struct Stage {
    folder: PathBuf,
    key: String,
    started: Instant,
    /// How many times as fast as the machine's the bot's clock runs: slower where what is looked at must not be overtaken by
    /// the bot's own limits on a busy machine.
    pub(crate) speed: u32,
    pub(crate) aws: Arc<PlayedAws>,
    pub(crate) roles: Arc<PlayedRoles>,
    pub(crate) slack: Arc<PlayedSlack>,
    /// The Web API, where there is a token.
    pub(crate) web: Option<Arc<PlayedWeb>>,
    pub(crate) rules: Arc<LiveRules>,
    pub(crate) settings: Settings,
    triggers: AtomicUsize,
    /// The file of the key that the record is signed with, if it is.
    pub(crate) signing: Option<String>,
    pub(crate) copy: Option<Arc<dyn AuditCopy>>,
    /// What tells workers of other processes.
    pub(crate) bell: Option<Arc<dyn Bell>>,
    pub(crate) index: Option<Arc<dyn store::index::Index>>,
    /// The workspace that the Web API shows; without one there is no token.
    pub(crate) workspace: Option<Arc<Workspace>>,
    /// Takes the place of the played AWS and roles.
    pub(crate) real: Option<(Arc<dyn Aws>, Arc<dyn RoleSource>)>,
    /// Takes the place of the store in a file.
    pub(crate) table: Option<Table>,
}

impl Stage {
    pub(crate) fn new() -> Stage {
        static NUMBER: AtomicU64 = AtomicU64::new(0);
        logs();
        let name = format!("bellhop-bot-{}-{}", std::process::id(), NUMBER.fetch_add(1, Ordering::Relaxed));
        let folder = std::env::temp_dir().join(name);
        std::fs::create_dir_all(&folder).expect("a folder");
        let settings = Settings {
            preview_within: Duration::from_secs(300),
            commands: [("/vpcs".to_owned(), "ec2 describe-vpcs".to_owned())].into(),
            ..Settings::default()
        };
        Stage {
            folder,
            key: Keyring::fresh().expect("a key").1,
            started: Instant::now(),
            speed: SPEED,
            aws: Arc::default(),
            roles: Arc::default(),
            slack: Arc::default(),
            web: None,
            rules: Arc::new(LiveRules::new(rules(
                &["*"],
                &["list", "read", "write", "destructive", "permissions", "secret"],
            ))),
            settings,
            triggers: AtomicUsize::new(0),
            signing: None,
            copy: None,
            bell: None,
            index: None,
            workspace: None,
            real: None,
            table: None,
        }
    }

    /// The store, as another process would open it; waits for tasks of a killed bot to let go of it.
    pub(crate) fn store(&self, holder: Holder) -> Arc<dyn Store> {
        if let Some(table) = &self.table {
            return table.store();
        }
        let path = self.folder.join("bellhop.db");
        for _ in 0..500 {
            match SqliteStore::open(&path, holder) {
                Err(StoreError::InUse { .. }) => std::thread::sleep(Duration::from_millis(10)),
                opened => return Arc::new(opened.expect("the store")),
            }
        }
        panic!("the store stays in use");
    }

    /// Lets the audit's rows in, or makes the store fail on each as it would on a full disk.
    pub(crate) fn let_store_write(&self, writes: bool) {
        let database = rusqlite::Connection::open(self.folder.join("bellhop.db")).expect("the database");
        let full =
            "CREATE TRIGGER full BEFORE INSERT ON audit BEGIN SELECT RAISE(ABORT, 'disk is full'); END";
        database.execute_batch(if writes { "DROP TRIGGER full" } else { full }).expect("a trigger");
    }

    /// A bot, as after a start.
    pub(crate) fn bot(&self, store: Arc<dyn Store>) -> Bot {
        let played = || {
            let (aws, roles): (Arc<dyn Aws>, Arc<dyn RoleSource>) = (self.aws.clone(), self.roles.clone());
            (aws, roles)
        };
        let (aws, roles) = self.real.clone().unwrap_or_else(played);
        Bot::new(BotParts {
            store,
            catalog: aws_model::Catalog::embedded(),
            aws,
            roles,
            rules: Arc::clone(&self.rules),
            bell: self.bell.clone(),
            post: Arc::clone(&self.slack) as Arc<dyn slack::Post>,
            web: self.workspace.clone().map(|call| WebParts { call, token: Secret::new(TOKEN) }).or_else(
                || self.web.clone().map(|call| WebParts { call, token: Secret::new("xoxb-played") }),
            ),
            clock: Arc::new(FastClock(self.started, self.speed)),
            seal: Keyring::parse(self.key.as_bytes()).expect("the key"),
            signing: self.signing.as_ref().map(|file| SigningKey::parse(file.as_bytes()).expect("the key")),
            copy: self.copy.clone(),
            index: self.index.clone(),
            settings: self.settings.clone(),
        })
    }

    /// What Slack sends when alice types that.
    pub(crate) fn typed(&self, text: &str) -> SlashCommand {
        let number = self.triggers.fetch_add(1, Ordering::Relaxed);
        SlashCommand {
            command: "/aws".to_owned(),
            text: text.to_owned(),
            user_id: "U0ALICE".to_owned(),
            user_name: Some("alice".to_owned()),
            channel_id: "C0OPS".to_owned(),
            channel_name: None,
            team_id: Some("T1".to_owned()),
            enterprise_id: None,
            is_enterprise_install: false,
            api_app_id: None,
            trigger_id: format!("trigger.{number}"),
            response_url: Secret::new(format!("https://hooks.slack.com/commands/T1/{URL_SECRET}")),
            token: None,
        }
    }

    /// What Slack sends when somebody presses that button.
    pub(crate) fn pressed(&self, user: &str, action_id: &str, value: &str) -> Interaction {
        let number = self.triggers.fetch_add(1, Ordering::Relaxed);
        let entered = Entered {
            block_id: String::new(),
            action_id: action_id.to_owned(),
            kind: "button".to_owned(),
            text: Some(value.to_owned()),
            chosen: Vec::new(),
        };
        Interaction {
            kind: InteractionKind::BlockActions {
                actions: vec![Action { entered, action_ts: Some(format!("{number}.0")) }],
                message: None,
                view: None,
            },
            user_id: user.to_owned(),
            user_team_id: Some("T1".to_owned()),
            user_name: None,
            team_id: Some("T1".to_owned()),
            enterprise_id: None,
            is_enterprise_install: false,
            api_app_id: None,
            channel_id: Some("C0OPS".to_owned()),
            trigger_id: Some(format!("trigger.{number}")),
            response_url: Some(Secret::new(format!("https://hooks.slack.com/actions/T1/{URL_SECRET}"))),
            token: None,
        }
    }

    /// Every audit row, as lines; the chain is verified.
    pub(crate) async fn audit(&self) -> Vec<String> {
        let store = self.store(Holder::Guest);
        let verified = store::verify(&*store).await.expect("walks");
        assert!(matches!(verified, store::Verification::Whole { .. }), "{verified:?}");
        let rows = store.audit_rows(0, 0, 1000).await.expect("rows");
        rows.iter().map(store::AuditRow::line).collect()
    }

    /// The whole database, log included, as bytes.
    pub(crate) fn bytes(&self) -> Vec<u8> {
        let mut bytes = Vec::new();
        for entry in std::fs::read_dir(&self.folder).expect("the folder") {
            bytes.extend(std::fs::read(entry.expect("an entry").path()).expect("a file"));
        }
        bytes
    }
}

impl Drop for Stage {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.folder);
    }
}

/// Rules that give alice those actions at those levels in `dev`; `prod` exists too.
pub(crate) fn rules(allow: &[&str], levels: &[&str]) -> Rules {
    rules_for(Subjects { users: vec!["U0ALICE".to_owned()], ..Subjects::default() }, allow, levels)
}

/// The same for others.
pub(crate) fn rules_for(subjects: Subjects, allow: &[&str], levels: &[&str]) -> Rules {
    let texts = |list: &[&str]| list.iter().map(|text| (*text).to_owned()).collect();
    let accounts = vec![
        Account::new("dev", "arn:aws:iam::111111111111:role/Bellhop", &["eu-west-1", "us-east-1"]),
        Account::new("prod", "arn:aws:iam::222222222222:role/Bellhop", &["us-east-1"]),
    ];
    let grant = Grant {
        subjects,
        accounts: vec!["dev".to_owned()],
        allow: texts(allow),
        levels: texts(levels),
        ..Grant::default()
    };
    let book = Rulebook { accounts, grants: vec![grant], confirm: Levels::NONE, ..Rulebook::default() };
    Rules::of(book).expect("rules")
}

/// A bot at work, stopped by [`Running::stop`] or killed by [`Running::kill`].
pub(crate) struct Running {
    pub(crate) bot: Bot,
    task: tokio::task::JoinHandle<()>,
    stop: tokio::sync::oneshot::Sender<()>,
}

impl Running {
    pub(crate) async fn start(stage: &Stage) -> Running {
        let bot = stage.bot(stage.store(Holder::Owner));
        bot.recover().await.expect("recovers");
        bot.prepare().await.expect("prepares");
        let (stop, stopped) = tokio::sync::oneshot::channel();
        let working = bot.clone();
        let task = tokio::spawn(async move {
            working.run_workers(async { stopped.await.unwrap_or(()) }).await;
        });
        Running { bot, task, stop }
    }

    pub(crate) async fn stop(self) {
        let _ = self.stop.send(());
        self.task.await.expect("drains");
    }

    /// Ends it between two polls, as a crash would.
    pub(crate) async fn kill(self) {
        self.task.abort();
        let _ = self.task.await;
    }
}

/// Waits, for at most some seconds, until that holds.
pub(crate) async fn until(what: &str, mut holds: impl FnMut() -> bool) {
    for _ in 0..1000 {
        if holds() {
            return;
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    panic!("never: {what}");
}

/// All that was logged in this process.
pub(crate) fn logs() -> String {
    static LOGS: OnceLock<Arc<Mutex<Vec<u8>>>> = OnceLock::new();
    let logs = LOGS.get_or_init(|| {
        let buffer: Arc<Mutex<Vec<u8>>> = Arc::default();
        let writer = Arc::clone(&buffer);
        let make = move || Writer(Arc::clone(&writer));
        tracing_subscriber::fmt().with_max_level(tracing::Level::TRACE).with_writer(make).init();
        buffer
    });
    String::from_utf8(logs.lock().expect("logs").clone()).expect("utf-8")
}

struct Writer(Arc<Mutex<Vec<u8>>>);

impl Write for Writer {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().expect("logs").extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}
