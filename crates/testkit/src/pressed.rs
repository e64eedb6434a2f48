//! Interactions and events as Slack sends them.

use anyhow::Result;
use serde_json::{Value, json};

use crate::slash::encode;
use crate::{Answer, SIGNING_SECRET, now, random_hex, sign};

/// An interaction; its payload may be changed before it is signed.
#[derive(Debug, Clone)]
pub struct Interacted {
    /// What becomes the form's field `payload`.
    pub payload: Value,
}

impl Interacted {
    /// That user presses a button of a message in the operations channel; only they see the message.
    pub fn button(user: &str, action_id: &str, value: &str, response_url: &str) -> Interacted {
        let ts = format!("{}.000100", now());
        let mut interacted = Interacted::of("block_actions", user);
        interacted.payload["container"] =
            json!({"type": "message", "message_ts": ts, "channel_id": "C0OPS", "is_ephemeral": true});
        interacted.payload["channel"] = json!({"id": "C0OPS", "name": "operations"});
        interacted.payload["response_url"] = response_url.into();
        interacted.payload["actions"] = json!([{
            "type": "button", "action_id": action_id, "block_id": "buttons", "value": value,
            "text": {"type": "plain_text", "text": action_id}, "action_ts": ts,
        }]);
        interacted
    }

    /// The same for a message that everybody in that channel sees.
    #[must_use]
    pub fn in_message(mut self, channel: &str, ts: &str) -> Interacted {
        self.payload["container"] =
            json!({"type": "message", "message_ts": ts, "channel_id": channel, "is_ephemeral": false});
        self.payload["channel"] = json!({"id": channel, "name": "somewhere"});
        self.payload["message"] = json!({"type": "message", "ts": ts, "text": "", "blocks": []});
        self
    }

    /// That user sends off a modal. `values` is `{input: element}`, each element as Slack gives it back.
    pub fn submitted(user: &str, callback_id: &str, private_metadata: &str, values: &Value) -> Interacted {
        let block = |(name, element): (&String, &Value)| (name.clone(), json!({name: element}));
        let blocks: serde_json::Map<String, Value> =
            values.as_object().into_iter().flatten().map(block).collect();
        let mut interacted = Interacted::of("view_submission", user);
        interacted.payload["view"] = json!({
            "id": "V0VIEW", "team_id": "T0TEAM", "type": "modal", "callback_id": callback_id,
            "private_metadata": private_metadata, "hash": "1.abc", "state": {"values": blocks},
        });
        interacted
    }

    /// That user types in a select that asks what to offer; to be sent to `/slack/options`.
    pub fn typing(user: &str, action_id: &str, typed: &str) -> Interacted {
        let mut interacted = Interacted::of("block_suggestion", user);
        interacted.payload["action_id"] = action_id.into();
        interacted.payload["block_id"] = action_id.into();
        interacted.payload["value"] = typed.into();
        interacted
    }

    fn of(kind: &str, user: &str) -> Interacted {
        let payload = json!({
            "type": kind, "token": "old-verification-token", "api_app_id": "A0APP",
            "team": {"id": "T0TEAM", "domain": "example"}, "enterprise": null, "is_enterprise_install": false,
            "user": {"id": user, "username": user.to_lowercase(), "team_id": "T0TEAM"},
            "trigger_id": random_hex(),
        });
        Interacted { payload }
    }

    /// Posts it, signed now with the tests' secret.
    pub async fn post(&self, server: &str) -> Result<Answer> {
        self.post_to(&format!("{server}/slack/interactions")).await
    }

    /// Posts it to another address.
    pub async fn post_to(&self, url: &str) -> Result<Answer> {
        let body = format!("payload={}", encode(&self.payload.to_string()));
        let headers = sign(SIGNING_SECRET, now(), body.as_bytes());
        crate::post(url, &headers, body).await
    }
}

/// An event; its body may be changed before it is signed.
#[derive(Debug, Clone)]
pub struct Happened {
    /// The body.
    pub body: Value,
}

impl Happened {
    /// That event, with an id of its own.
    pub fn new(event: &Value) -> Happened {
        let body = json!({
            "token": "old-verification-token", "team_id": "T0TEAM", "api_app_id": "A0APP",
            "type": "event_callback", "event_id": format!("Ev{}", random_hex()), "event_time": now(),
            "event": event, "is_ext_shared_channel": false,
            "authorizations": [{"enterprise_id": null, "team_id": "T0TEAM", "user_id": "U0BELLHOP",
                                "is_bot": true, "is_enterprise_install": false}],
        });
        Happened { body }
    }

    /// Posts it, signed now with the tests' secret; `retry` is which of Slack's repeats it is.
    pub async fn post(&self, server: &str, retry: u32) -> Result<Answer> {
        let body = self.body.to_string();
        let mut headers = sign(SIGNING_SECRET, now(), body.as_bytes());
        headers.retain(|(name, _)| *name != "content-type");
        headers.push(("content-type", "application/json".to_owned()));
        if retry > 0 {
            headers.push(("x-slack-retry-num", retry.to_string()));
            headers.push(("x-slack-retry-reason", "http_timeout".to_owned()));
        }
        crate::post(&format!("{server}/slack/events"), &headers, body).await
    }
}
