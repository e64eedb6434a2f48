//! A Slack workspace that is played at the Web API's place.

use std::collections::{BTreeMap, VecDeque};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use serde_json::{Value, json};
use slack::web::{Call, CallBody, CallReply, UploadUrl};
use slack::{Event, EventKind, PostError, Secret, User};

use crate::stage::{Running, Stage};

/// A token that must not be seen.
pub(crate) const TOKEN: &str = "xyzzyBOTTOKENxyzzy";

/// Who is where.
#[derive(Default)]
pub(crate) struct Workspace {
    pub(crate) groups: Mutex<BTreeMap<String, Vec<String>>>,
    /// Further fields of users.
    pub(crate) users: Mutex<BTreeMap<String, Value>>,
    /// What was asked, as method and arguments.
    pub(crate) asked: Mutex<Vec<(String, BTreeMap<String, String>)>>,
    /// Answers that come first, by method.
    pub(crate) first: Mutex<VecDeque<(&'static str, Answer)>>,
    /// No page is longer.
    pub(crate) page: Mutex<usize>,
    /// Reading lists waits while this is held.
    pub(crate) gate: tokio::sync::Mutex<()>,
}

/// What comes first.
pub(crate) enum Answer {
    /// The workspace's own answer.
    Own,
    Limited(u64),
    Hang,
}

impl Workspace {
    pub(crate) fn new(groups: &[(&str, &[&str])]) -> Arc<Workspace> {
        let workspace = Workspace { page: Mutex::new(1000), ..Workspace::default() };
        for (group, members) in groups {
            workspace.set(group, members);
        }
        Arc::new(workspace)
    }

    pub(crate) fn set(&self, group: &str, members: &[&str]) {
        let members = members.iter().map(|member| (*member).to_owned()).collect();
        self.groups.lock().expect("groups").insert(group.to_owned(), members);
    }

    pub(crate) fn count(&self, method: &str) -> usize {
        self.asked.lock().expect("asked").iter().filter(|(asked, _)| asked == method).count()
    }

    fn answer(&self, method: &str, fields: &BTreeMap<String, String>) -> Value {
        let field = |name: &str| fields.get(name).cloned().unwrap_or_default();
        let groups = self.groups.lock().expect("groups");
        match method {
            "auth.test" => json!({"ok": true, "team_id": "T1", "user_id": "U0BELLHOP"}),
            "usergroups.users.list" => match groups.get(&field("usergroup")) {
                Some(users) => json!({"ok": true, "users": users}),
                None => json!({"ok": false, "error": "no_such_subteam"}),
            },
            "conversations.members" => {
                let Some(users) = groups.get(&field("channel")) else {
                    return json!({"ok": false, "error": "channel_not_found"});
                };
                let start: usize = field("cursor").parse().unwrap_or(0);
                let end = (start + *self.page.lock().expect("page")).min(users.len());
                let next = if end < users.len() { end.to_string() } else { String::new() };
                json!({"ok": true, "members": users[start..end], "response_metadata": {"next_cursor": next}})
            }
            "users.info" => {
                let mut user = json!({"id": field("user"), "team_id": "T1"});
                let users = self.users.lock().expect("users");
                for (name, value) in
                    users.get(&field("user")).and_then(Value::as_object).into_iter().flatten()
                {
                    user[name] = value.clone();
                }
                json!({"ok": true, "user": user})
            }
            "chat.postMessage" => json!({"ok": true, "channel": "D0DIRECT", "ts": "1.0"}),
            "views.open" => json!({"ok": true, "view": {"id": "V1", "hash": "h"}}),
            "chat.update" => json!({"ok": true, "channel": "D0DIRECT", "ts": "1.0"}),
            _ => json!({"ok": false, "error": "unknown_method"}),
        }
    }
}

impl Call for Workspace {
    fn put<'a>(&'a self, _: &'a UploadUrl, _: Vec<u8>) -> slack::BoxFuture<'a, Result<CallReply, PostError>> {
        Box::pin(async { Err(PostError::NotSent("no files are played here".to_owned())) })
    }

    fn post<'a>(
        &'a self,
        method: &'static str,
        body: CallBody,
        token: &'a Secret,
    ) -> slack::BoxFuture<'a, Result<CallReply, PostError>> {
        assert_eq!(token.expose(), TOKEN);
        let fields = fields_of(&body);
        self.asked.lock().expect("asked").push((method.to_owned(), fields.clone()));
        Box::pin(async move {
            let first = {
                let mut first = self.first.lock().expect("first");
                let place = first.iter().position(|(of, _)| *of == method);
                place.and_then(|place| first.remove(place))
            };
            let reply = |status, after: Option<u64>, answer: Value| CallReply {
                status,
                retry_after: after.map(Duration::from_secs),
                body: answer.to_string().into_bytes(),
            };
            match first {
                Some((_, Answer::Limited(seconds))) => Ok(reply(429, Some(seconds), json!({}))),
                Some((_, Answer::Hang)) => std::future::pending().await,
                None | Some((_, Answer::Own)) => {
                    let answer = self.answer(method, &fields);
                    if matches!(method, "conversations.members" | "usergroups.users.list") {
                        drop(self.gate.lock().await);
                    }
                    Ok(reply(200, None, answer))
                }
            }
        })
    }
}

fn fields_of(body: &CallBody) -> BTreeMap<String, String> {
    if body.content_type.starts_with("application/json") {
        let value: Value = serde_json::from_slice(&body.bytes).expect("JSON");
        let text = |value: &Value| value.as_str().map_or_else(|| value.to_string(), str::to_owned);
        return value
            .as_object()
            .expect("an object")
            .iter()
            .map(|(name, value)| (name.clone(), text(value)))
            .collect();
    }
    let text = String::from_utf8(body.bytes.clone()).expect("utf-8");
    text.split('&')
        .filter_map(|pair| pair.split_once('='))
        .map(|(name, value)| (name.to_owned(), value.to_owned()))
        .collect()
}

/// An event of the workspace at that time.
pub(crate) fn event(id: &str, happened: Option<u64>, kind: EventKind) -> Event {
    Event {
        event_id: id.to_owned(),
        kind,
        team_id: Some("T1".to_owned()),
        enterprise_id: None,
        is_enterprise_install: false,
        api_app_id: None,
        event_time: happened,
        token: None,
    }
}

pub(crate) fn user(id: &str) -> User {
    User { id: id.to_owned(), team_id: Some("T1".to_owned()), ..User::default() }
}

/// A bot at work with its keepers.
pub(crate) struct Kept {
    pub(crate) running: Running,
    keepers: tokio::task::JoinHandle<()>,
}

impl Kept {
    pub(crate) async fn start(stage: &Stage) -> Kept {
        let running = Running::start(stage).await;
        let bot = running.bot.clone();
        let keepers = tokio::spawn(async move { bot.run_keepers(std::future::pending()).await });
        Kept { running, keepers }
    }

    pub(crate) async fn stop(self) {
        self.keepers.abort();
        let _ = self.keepers.await;
        self.running.stop().await;
    }
}
