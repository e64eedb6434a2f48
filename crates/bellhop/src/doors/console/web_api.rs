//! Plays Slack's Web API for Bellhop: what it posts is shown by the page, what it asks is answered from the configuration.
//!
//! Only who bears the token of this start is answered, and only this very process knows it.

use std::sync::Arc;

use axum::Json;
use axum::body::Bytes;
use axum::extract::{FromRequest as _, Path, Request, State};
use axum::http::HeaderMap;
use axum::http::header::{AUTHORIZATION, CONTENT_TYPE};
use serde_json::{Map, Value, json};

use crate::doors::console::Console;
use crate::doors::console::workspace::{APP_USER, display_name};

type Answered = Result<Value, &'static str>;

/// One request.
pub(super) async fn call(
    State(console): State<Arc<Console>>,
    Path(method): Path<String>,
    headers: HeaderMap,
    body: Bytes,
) -> Json<Value> {
    let given = headers.get(AUTHORIZATION).and_then(|value| value.to_str().ok()?.strip_prefix("Bearer "));
    if given.map(slack::Secret::new).as_ref() != Some(&console.parts.api_token) {
        return Json(json!({"ok": false, "error": "invalid_auth"}));
    }
    let fields = Fields(fields(&headers, body).await);
    Json(match answer(&console, &method, &fields) {
        Ok(mut answer) => {
            answer["ok"] = true.into();
            answer
        }
        Err(error) => json!({"ok": false, "error": error}),
    })
}

struct Fields(Map<String, Value>);

impl Fields {
    fn text(&self, name: &str) -> Option<&str> {
        self.0.get(name).and_then(Value::as_str).filter(|text| !text.is_empty())
    }

    fn needed(&self, name: &str, error: &'static str) -> Result<&str, &'static str> {
        self.text(name).ok_or(error)
    }

    fn message(&self) -> Value {
        let kept = ["text", "blocks"].iter().filter_map(|name| self.0.get_key_value(*name));
        kept.map(|(name, value)| (name.clone(), value.clone())).collect::<Map<_, _>>().into()
    }
}

/// Methods that change something come as JSON, others as a form.
async fn fields(headers: &HeaderMap, body: Bytes) -> Map<String, Value> {
    let kind = headers.get(CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    if kind.starts_with("application/json") {
        return serde_json::from_slice(&body).unwrap_or_default();
    }
    let request = Request::post("/").header(CONTENT_TYPE, kind).body(body.into()).unwrap_or_default();
    let form = axum::Form::<Vec<(String, String)>>::from_request(request, &()).await;
    let pairs = form.map(|axum::Form(pairs)| pairs).unwrap_or_default();
    pairs.into_iter().map(|(name, text)| (name, text.into())).collect()
}

fn answer(console: &Console, method: &str, fields: &Fields) -> Answered {
    let workspace = &console.parts.workspace;
    match method {
        "auth.test" => Ok(json!({"team_id": workspace.team, "user_id": APP_USER, "bot_id": "B0BELLHOP",
                      "url": "http://localhost/", "team": "console", "user": "bellhop"})),
        "users.info" => {
            let user = workspace.user(fields.needed("user", "user_not_found")?);
            Ok(json!({"user": user.ok_or("user_not_found")?}))
        }
        "users.list" => {
            let users: Vec<Value> = workspace.users.iter().filter_map(|id| workspace.user(id)).collect();
            Ok(json!({"members": users, "response_metadata": {"next_cursor": ""}}))
        }
        "usergroups.list" => Ok(json!({"usergroups": workspace.usergroups()})),
        "usergroups.users.list" => {
            let users = workspace.usergroup(fields.needed("usergroup", "no_such_subteam")?);
            Ok(json!({"users": users.ok_or("no_such_subteam")?}))
        }
        "conversations.members" => {
            let members = workspace.members(fields.needed("channel", "channel_not_found")?);
            let members = members.ok_or("channel_not_found")?;
            Ok(json!({"members": members, "response_metadata": {"next_cursor": ""}}))
        }
        "conversations.info" => {
            let id = fields.needed("channel", "channel_not_found")?;
            let members = workspace.members(id).ok_or("channel_not_found")?;
            Ok(
                json!({"channel": {"id": id, "name": display_name(id), "is_channel": true, "is_archived": false,
                                  "is_member": true, "num_members": members.len()}}),
            )
        }
        "conversations.open" => {
            let direct = workspace.direct(fields.needed("users", "user_not_found")?);
            Ok(json!({"channel": {"id": direct.ok_or("user_not_found")?}}))
        }
        "chat.postMessage" => post(console, fields),
        "chat.postEphemeral" => post_ephemeral(console, fields),
        "chat.update" => update(console, fields),
        "chat.delete" => delete(console, fields),
        "views.open" | "views.push" => open(console, fields),
        "views.update" => update_view(console, fields),
        "files.getUploadURLExternal" => upload_url(console, fields),
        "files.completeUploadExternal" => complete_upload(console, fields),
        _ => Err("unknown_method"),
    }
}

fn post(console: &Console, fields: &Fields) -> Answered {
    let (wanted, workspace) = (fields.needed("channel", "channel_not_found")?, &console.parts.workspace);
    let channel = workspace.direct(wanted).unwrap_or_else(|| wanted.to_owned());
    if !workspace.is_place(&channel) {
        return Err("channel_not_found");
    }
    let (ts, message) = (console.session.stamp(), fields.message());
    console.session.show(&channel, &ts, None, None, message.clone());
    Ok(json!({"channel": channel, "ts": ts, "message": message}))
}

fn post_ephemeral(console: &Console, fields: &Fields) -> Answered {
    let channel = fields.needed("channel", "channel_not_found")?;
    let user = fields.needed("user", "user_not_found")?;
    let members = console.parts.workspace.members(channel).ok_or("channel_not_found")?;
    if !members.iter().any(|member| member == user) {
        return Err("user_not_in_channel");
    }
    let ts = console.session.stamp();
    console.session.show(channel, &ts, Some(user.to_owned()), None, fields.message());
    Ok(json!({"message_ts": ts}))
}

fn update(console: &Console, fields: &Fields) -> Answered {
    let (channel, ts) = place(console, fields)?;
    console.session.show(channel, ts, None, None, fields.message());
    Ok(json!({"channel": channel, "ts": ts, "text": fields.text("text")}))
}

fn delete(console: &Console, fields: &Fields) -> Answered {
    let (channel, ts) = place(console, fields)?;
    console.session.remove(channel, ts);
    Ok(json!({"channel": channel, "ts": ts}))
}

fn place<'a>(console: &Console, fields: &'a Fields) -> Result<(&'a str, &'a str), &'static str> {
    let channel = fields.needed("channel", "channel_not_found")?;
    let ts = fields.needed("ts", "message_not_found")?;
    console.session.message(channel, ts).map(|_| (channel, ts)).ok_or("message_not_found")
}

fn open(console: &Console, fields: &Fields) -> Answered {
    let user = fields.text("trigger_id").and_then(|trigger| console.session.triggered(trigger));
    let id = format!("V{}", console.session.stamp().replace('.', ""));
    let view = fields.0.get("view").cloned().ok_or("invalid_arguments")?;
    Ok(json!({"view": console.session.open_view(&user.ok_or("invalid_trigger_id")?, &id, view)}))
}

fn update_view(console: &Console, fields: &Fields) -> Answered {
    let id = fields.needed("view_id", "not_found")?;
    let (user, standing) = console.session.view(id).ok_or("not_found")?;
    if fields.text("hash").is_some_and(|hash| standing["hash"] != hash) {
        return Err("hash_conflict");
    }
    let view = fields.0.get("view").cloned().ok_or("invalid_arguments")?;
    Ok(json!({"view": console.session.open_view(&user, id, view)}))
}

fn upload_url(console: &Console, fields: &Fields) -> Answered {
    let name = fields.needed("filename", "invalid_arguments")?;
    let length = fields.needed("length", "invalid_arguments")?.parse().map_err(|_| "invalid_arguments")?;
    let id = console.files.announce(name, length).ok_or("internal_error")?;
    Ok(json!({"upload_url": format!("{}{id}", console.parts.upload_base()), "file_id": id}))
}

/// Shows files where they belong; one that belongs nowhere is kept and shown to nobody.
fn complete_upload(console: &Console, fields: &Fields) -> Answered {
    let wanted = fields.0.get("files").and_then(Value::as_array).ok_or("invalid_arguments")?;
    let about = |file: &Value| {
        let id = file["id"].as_str().unwrap_or_default();
        console.files.about(id, file["title"].as_str().unwrap_or_default()).ok_or("file_not_found")
    };
    let files: Vec<Value> = wanted.iter().map(about).collect::<Result<_, _>>()?;
    if let Some(channel) = fields.text("channel_id") {
        if !console.parts.workspace.is_place(channel) {
            return Err("channel_not_found");
        }
        let message =
            json!({"text": fields.text("initial_comment").unwrap_or_default(), "files": files.clone()});
        console.session.show(channel, &console.session.stamp(), None, None, message);
    }
    Ok(json!({"files": files}))
}
