//! From bytes to an interaction.

use crate::payload::{self, Object};
use crate::{
    Action, Entered, Form, FormLimits, Interaction, InteractionKind, MessagePlace, OpenView, PayloadError,
};

/// The payload repeats the message or modal that was used; ours are far smaller.
const LIMITS: FormLimits = FormLimits { bytes: 1024 * 1024, fields: 16 };

pub(super) fn interaction(body: &[u8]) -> Result<Interaction, PayloadError> {
    let form = Form::parse(body, LIMITS).map_err(PayloadError::Form)?;
    let payload = form.get("payload").filter(|payload| !payload.is_empty());
    let payload = payload.ok_or(PayloadError::Missing("payload"))?;
    let map = payload::object(payload.as_bytes(), LIMITS.bytes)?;
    let top = Object(&map);
    let user = top.object("user").ok_or(PayloadError::Missing("user"))?;
    let (team_id, enterprise_id) = (id_within(top, "team")?, id_within(top, "enterprise")?);
    if team_id.is_none() && enterprise_id.is_none() {
        return Err(PayloadError::Missing("team"));
    }
    Ok(Interaction {
        kind: kind(top)?,
        user_id: user.needed_id("id")?,
        user_team_id: user.id("team_id")?,
        user_name: user.short("username").or_else(|| user.short("name")),
        team_id,
        enterprise_id,
        is_enterprise_install: top.flag("is_enterprise_install"),
        api_app_id: top.id("api_app_id")?,
        channel_id: channel(top)?,
        trigger_id: top.short("trigger_id"),
        response_url: top.secret("response_url"),
        token: top.secret("token"),
    })
}

fn id_within(top: Object<'_>, name: &'static str) -> Result<Option<String>, PayloadError> {
    top.object(name).map_or(Ok(None), |object| object.id("id"))
}

fn channel(top: Object<'_>) -> Result<Option<String>, PayloadError> {
    match id_within(top, "channel")? {
        Some(id) => Ok(Some(id)),
        None => top.object("container").map_or(Ok(None), |container| container.id("channel_id")),
    }
}

fn kind(top: Object<'_>) -> Result<InteractionKind, PayloadError> {
    let kind = top.short("type").ok_or(PayloadError::Missing("type"))?;
    let callback_id = || top.short("callback_id").ok_or(PayloadError::Missing("callback_id"));
    Ok(match kind.as_str() {
        "block_actions" => InteractionKind::BlockActions {
            actions: top.objects("actions").map(action).collect::<Result<_, _>>()?,
            message: message(top),
            view: top.object("view").map(view).transpose()?.map(Box::new),
        },
        "view_submission" => InteractionKind::ViewSubmission(Box::new(needed_view(top)?)),
        "view_closed" => InteractionKind::ViewClosed {
            view: Box::new(needed_view(top)?),
            is_cleared: top.flag("is_cleared"),
        },
        "shortcut" => InteractionKind::Shortcut { callback_id: callback_id()? },
        "message_action" => {
            InteractionKind::MessageAction { callback_id: callback_id()?, message: message(top) }
        }
        "block_suggestion" => InteractionKind::BlockSuggestion {
            action_id: identifier(top, "action_id")?,
            typed: top.text("value").unwrap_or_default().to_owned(),
        },
        _ => InteractionKind::Other(kind),
    })
}

fn action(action: Object<'_>) -> Result<Action, PayloadError> {
    let block_id = action.short("block_id").unwrap_or_default();
    let entered = Entered::read(action, &block_id, &identifier(action, "action_id")?);
    Ok(Action { entered, action_ts: action.short("action_ts") })
}

fn identifier(object: Object<'_>, name: &'static str) -> Result<String, PayloadError> {
    object.short(name).ok_or(PayloadError::Missing(name))
}

/// Ephemeral messages come without `message`; their container names them all the same.
fn message(top: Object<'_>) -> Option<MessagePlace> {
    let (message, container) = (top.object("message"), top.object("container"));
    let ts = message.and_then(|message| message.short("ts"));
    let ts = ts.or_else(|| container?.short("message_ts")).or_else(|| top.short("message_ts"))?;
    let thread_ts = message.and_then(|message| message.short("thread_ts"));
    let thread_ts = thread_ts.or_else(|| container?.short("thread_ts"));
    let is_ephemeral = container.is_some_and(|container| container.flag("is_ephemeral"));
    Some(MessagePlace { ts, thread_ts, is_ephemeral })
}

fn needed_view(top: Object<'_>) -> Result<OpenView, PayloadError> {
    view(top.object("view").ok_or(PayloadError::Missing("view"))?)
}

fn view(view: Object<'_>) -> Result<OpenView, PayloadError> {
    Ok(OpenView {
        id: view.needed_id("id")?,
        callback_id: view.short("callback_id"),
        private_metadata: view.text("private_metadata").unwrap_or_default().to_owned(),
        hash: view.short("hash"),
        values: view.object("state").and_then(|state| state.object("values")).map(values).unwrap_or_default(),
    })
}

/// `{block id: {action id: element}}`.
fn values(values: Object<'_>) -> Vec<Entered> {
    let mut entered = Vec::new();
    for block_id in values.0.keys() {
        let Some(block) = values.object(block_id) else { continue };
        for action_id in block.0.keys() {
            if let Some(element) = block.object(action_id) {
                entered.push(Entered::read(element, block_id, action_id));
            }
        }
    }
    entered
}
