//! A small Slack workspace, and the Web API over it: enough of the real one that its official SDKs accept the answers.
//!
//! Absent on purpose: what the code under test does not ask for.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

/// The token that the fake believes.
pub const BOT_TOKEN: &str = "xoxb-test-bot-token";
/// The workspace, and the app's own user.
const TEAM: &str = "T0TEAM";
const APP_USER: &str = "U0BELLHOP";

/// Who and what there is. Tests set it as they like.
#[derive(Debug, Clone)]
pub struct Workspace {
    /// User id → further fields of the user, such as `{"deleted": true}`.
    pub users: BTreeMap<String, Value>,
    /// Usergroup id → members.
    pub usergroups: BTreeMap<String, Vec<String>>,
    /// Channel id → members.
    pub channels: BTreeMap<String, Vec<String>>,
    /// (channel, time stamp) → the message as it stands.
    pub messages: BTreeMap<(String, String), Value>,
    /// View id → the modal as it stands.
    pub views: BTreeMap<String, Value>,
    /// File id → what was uploaded.
    pub files: BTreeMap<String, Uploaded>,
    /// Where files are put; set by the fake.
    pub(crate) upload_base: String,
    /// No page is longer, whatever is asked for.
    pub page: usize,
    /// Grows with every message and modal.
    serial: u64,
}

impl Default for Workspace {
    fn default() -> Workspace {
        Workspace {
            users: BTreeMap::new(),
            usergroups: BTreeMap::new(),
            channels: BTreeMap::new(),
            messages: BTreeMap::new(),
            views: BTreeMap::new(),
            files: BTreeMap::new(),
            upload_base: String::new(),
            page: 1000,
            serial: 0,
        }
    }
}

/// A file on its way, or there.
#[derive(Debug, Clone, Default)]
pub struct Uploaded {
    /// Its name.
    pub name: String,
    /// How many bytes were announced.
    pub length: usize,
    /// What was put.
    pub bytes: Vec<u8>,
    /// The channel that it is shown in.
    pub channel: Option<String>,
}

type Fields<'a> = &'a Map<String, Value>;
type Answered = Result<Value, &'static str>;

impl Workspace {
    /// Adds a user with nothing special about them.
    pub fn user(&mut self, id: &str) {
        self.users.entry(id.to_owned()).or_insert_with(|| json!({}));
    }

    /// Adds a channel and its members as users.
    pub fn channel(&mut self, id: &str, members: &[&str]) {
        members.iter().for_each(|member| self.user(member));
        self.channels.insert(id.to_owned(), members.iter().map(|member| (*member).to_owned()).collect());
    }

    /// Adds a usergroup and its members as users.
    pub fn usergroup(&mut self, id: &str, members: &[&str]) {
        members.iter().for_each(|member| self.user(member));
        self.usergroups.insert(id.to_owned(), members.iter().map(|member| (*member).to_owned()).collect());
    }

    /// What Slack answers.
    pub(crate) fn answer(&mut self, method: &str, fields: Fields<'_>) -> Value {
        let answered = match method {
            "auth.test" => Ok(json!({
                "url": "https://example.slack.com/", "team": "example", "team_id": TEAM, "user": "bellhop",
                "user_id": APP_USER, "bot_id": "B0BELLHOP", "is_enterprise_install": false,
            })),
            "users.info" => self.users_info(fields),
            "users.list" => self.users_list(fields),
            "usergroups.list" => Ok(self.usergroups_list()),
            "usergroups.users.list" => self.usergroups_users_list(fields),
            "conversations.members" => self.conversations_members(fields),
            "conversations.info" => self.conversations_info(fields),
            "conversations.open" => self.conversations_open(fields),
            "chat.postMessage" => self.post(fields),
            "chat.postEphemeral" => self.post_ephemeral(fields),
            "chat.update" => self.update(fields),
            "chat.delete" => self.delete(fields),
            "views.open" | "views.push" => self.open(fields),
            "views.update" => self.update_view(fields),
            "files.getUploadURLExternal" => self.upload_url(fields),
            "files.completeUploadExternal" => self.complete_upload(fields),
            _ => Err("unknown_method"),
        };
        match answered {
            Ok(mut answer) => {
                answer["ok"] = true.into();
                answer
            }
            Err(error) => json!({"ok": false, "error": error}),
        }
    }

    fn users_info(&self, fields: Fields<'_>) -> Answered {
        let id = text(fields, "user").ok_or("user_not_found")?;
        self.user_object(id).map(|user| json!({"user": user})).ok_or("user_not_found")
    }

    fn users_list(&self, fields: Fields<'_>) -> Answered {
        let users: Vec<Value> = self.users.keys().filter_map(|id| self.user_object(id)).collect();
        let (page, next) = self.page_of(&users, fields)?;
        Ok(json!({"members": page, "cache_ts": 1, "response_metadata": {"next_cursor": next}}))
    }

    fn user_object(&self, id: &str) -> Option<Value> {
        let mut user = json!({
            "id": id, "team_id": TEAM, "name": id.to_lowercase(), "deleted": false, "real_name": id,
            "profile": {"real_name": id, "display_name": id.to_lowercase(), "team": TEAM,
                        "email": format!("{}@example.com", id.to_lowercase())},
            "is_admin": false, "is_owner": false, "is_primary_owner": false, "is_restricted": false,
            "is_ultra_restricted": false, "is_bot": false, "is_app_user": false, "updated": 1,
        });
        for (name, value) in self.users.get(id)?.as_object().into_iter().flatten() {
            user[name] = value.clone();
        }
        Some(user)
    }

    fn usergroups_list(&self) -> Value {
        let group = |(id, users): (&String, &Vec<String>)| {
            json!({"id": id, "team_id": TEAM, "is_usergroup": true, "is_subteam": true, "name": id,
                   "handle": id.to_lowercase(), "date_delete": 0, "user_count": users.len()})
        };
        json!({"usergroups": self.usergroups.iter().map(group).collect::<Vec<_>>()})
    }

    fn usergroups_users_list(&self, fields: Fields<'_>) -> Answered {
        let group = text(fields, "usergroup").and_then(|id| self.usergroups.get(id));
        Ok(json!({"users": group.ok_or("no_such_subteam")?}))
    }

    fn conversations_members(&self, fields: Fields<'_>) -> Answered {
        let members = text(fields, "channel").and_then(|id| self.channels.get(id));
        let (page, next) = self.page_of(members.ok_or("channel_not_found")?, fields)?;
        Ok(json!({"members": page, "response_metadata": {"next_cursor": next}}))
    }

    fn conversations_info(&self, fields: Fields<'_>) -> Answered {
        let id = text(fields, "channel").ok_or("channel_not_found")?;
        let members = self.channels.get(id).ok_or("channel_not_found")?;
        Ok(json!({"channel": {
            "id": id, "name": id.to_lowercase(), "is_channel": true, "is_archived": false, "is_private": false,
            "is_im": false, "is_mpim": false, "is_ext_shared": false, "is_member": true,
            "num_members": members.len(),
        }}))
    }

    fn conversations_open(&self, fields: Fields<'_>) -> Answered {
        let user = text(fields, "users").filter(|user| self.users.contains_key(*user));
        Ok(json!({"channel": {"id": direct(user.ok_or("user_not_found")?)}}))
    }

    fn post(&mut self, fields: Fields<'_>) -> Answered {
        let wanted = text(fields, "channel").ok_or("channel_not_found")?;
        let channel = if self.users.contains_key(wanted) { direct(wanted) } else { wanted.to_owned() };
        let is_direct = self.users.keys().any(|user| direct(user) == channel);
        if !is_direct && !self.channels.contains_key(&channel) {
            return Err("channel_not_found");
        }
        let (ts, message) = (self.stamp(), content(fields)?);
        self.messages.insert((channel.clone(), ts.clone()), message.clone());
        Ok(json!({"channel": channel, "ts": ts, "message": message}))
    }

    fn post_ephemeral(&mut self, fields: Fields<'_>) -> Answered {
        let members =
            text(fields, "channel").and_then(|id| self.channels.get(id)).ok_or("channel_not_found")?;
        let user = text(fields, "user").ok_or("user_not_found")?;
        if !members.iter().any(|member| member == user) {
            return Err("user_not_in_channel");
        }
        content(fields)?;
        Ok(json!({"message_ts": self.stamp()}))
    }

    fn update(&mut self, fields: Fields<'_>) -> Answered {
        let (channel, ts) = place(fields)?;
        let message = content(fields)?;
        let standing = self.messages.get_mut(&(channel.clone(), ts.clone())).ok_or("message_not_found")?;
        standing.clone_from(&message);
        Ok(json!({"channel": channel, "ts": ts, "text": message["text"], "message": message}))
    }

    fn delete(&mut self, fields: Fields<'_>) -> Answered {
        let (channel, ts) = place(fields)?;
        self.messages.remove(&(channel.clone(), ts.clone())).ok_or("message_not_found")?;
        Ok(json!({"channel": channel, "ts": ts}))
    }

    fn open(&mut self, fields: Fields<'_>) -> Answered {
        text(fields, "trigger_id").ok_or("invalid_trigger_id")?;
        let id = format!("V0{}", self.stamp().replace('.', ""));
        self.keep_view(id, fields)
    }

    fn update_view(&mut self, fields: Fields<'_>) -> Answered {
        let id = text(fields, "view_id").filter(|id| self.views.contains_key(*id)).ok_or("not_found")?;
        self.keep_view(id.to_owned(), fields)
    }

    fn keep_view(&mut self, id: String, fields: Fields<'_>) -> Answered {
        let mut view = fields.get("view").cloned().ok_or("invalid_arguments")?;
        view["id"] = id.clone().into();
        view["hash"] = self.stamp().into();
        self.views.insert(id, view.clone());
        Ok(json!({"view": view}))
    }

    fn upload_url(&mut self, fields: Fields<'_>) -> Answered {
        let name = text(fields, "filename").ok_or("invalid_arguments")?.to_owned();
        let length = fields.get("length").and_then(|value| value.as_u64().or(value.as_str()?.parse().ok()));
        let length = length.and_then(|length| usize::try_from(length).ok()).filter(|length| *length > 0);
        let length = length.ok_or("invalid_arguments")?;
        let id = format!("F0{}", self.stamp().replace('.', ""));
        let url = format!("{}{id}", self.upload_base);
        self.files.insert(id.clone(), Uploaded { name, length, ..Uploaded::default() });
        Ok(json!({"upload_url": url, "file_id": id}))
    }

    /// Takes the bytes of a file, if they were announced.
    pub(crate) fn put(&mut self, id: &str, bytes: &[u8]) -> bool {
        let Some(file) = self.files.get_mut(id).filter(|file| file.length == bytes.len()) else {
            return false;
        };
        file.bytes = bytes.to_vec();
        true
    }

    fn complete_upload(&mut self, fields: Fields<'_>) -> Answered {
        let files = fields.get("files").and_then(Value::as_array).ok_or("invalid_arguments")?;
        // Without a channel it stays private.
        let channel = text(fields, "channel_id").map(str::to_owned);
        let is_direct = |channel: &String| self.users.keys().any(|user| direct(user) == *channel);
        if channel.as_ref().is_some_and(|channel| !self.channels.contains_key(channel) && !is_direct(channel))
        {
            return Err("channel_not_found");
        }
        let mut shown = Vec::new();
        for file in files {
            let id = file["id"].as_str().ok_or("invalid_arguments")?;
            let uploaded = self.files.get_mut(id).filter(|file| !file.bytes.is_empty());
            let uploaded = uploaded.ok_or("file_not_found")?;
            uploaded.channel.clone_from(&channel);
            shown.push(json!({"id": id, "title": file["title"]}));
        }
        Ok(json!({"files": shown}))
    }

    /// A time stamp of its own.
    fn stamp(&mut self) -> String {
        self.serial += 1;
        format!("1700000000.{:06}", self.serial)
    }

    fn page_of<'a, T>(&self, all: &'a [T], fields: Fields<'_>) -> Result<(&'a [T], String), &'static str> {
        let number =
            |name| fields.get(name).and_then(|value| value.as_u64().or(value.as_str()?.parse().ok()));
        let limit = number("limit").unwrap_or(100).max(1);
        let limit = usize::try_from(limit).unwrap_or(usize::MAX).min(self.page);
        let begin = match text(fields, "cursor") {
            None => 0,
            Some(cursor) => {
                cursor.strip_prefix("after=").and_then(|at| at.parse().ok()).ok_or("invalid_cursor")?
            }
        };
        let rest = all.get(begin..).ok_or("invalid_cursor")?;
        let page = &rest[..limit.min(rest.len())];
        let next =
            if page.len() < rest.len() { format!("after={}", begin + page.len()) } else { String::new() };
        Ok((page, next))
    }
}

fn text<'a>(fields: Fields<'a>, name: &str) -> Option<&'a str> {
    fields.get(name).and_then(Value::as_str).filter(|text| !text.is_empty())
}

/// The id of the direct message with a user.
fn direct(user: &str) -> String {
    format!("D{user}")
}

fn place(fields: Fields<'_>) -> Result<(String, String), &'static str> {
    let channel = text(fields, "channel").ok_or("channel_not_found")?;
    Ok((channel.to_owned(), text(fields, "ts").ok_or("message_not_found")?.to_owned()))
}

fn content(fields: Fields<'_>) -> Result<Value, &'static str> {
    let blocks = fields.get("blocks").and_then(Value::as_array).cloned().unwrap_or_default();
    match text(fields, "text") {
        None if blocks.is_empty() => Err("no_text"),
        said => Ok(json!({"type": "message", "user": APP_USER, "bot_id": "B0BELLHOP", "app_id": "A0APP",
                          "text": said.unwrap_or_default(), "blocks": blocks})),
    }
}
