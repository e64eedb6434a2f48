//! A whole message, as `response_url` and the answer to a slash command take it.

use serde::Serialize;

use crate::blocks::{Blocks, limits};
use crate::text::fit_escaped;

/// Who sees the answer to a slash command.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum ResponseType {
    /// Only the one who typed it.
    Ephemeral,
    /// Everybody in the channel.
    InChannel,
}

/// A message within Slack's limits.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Message {
    response_type: ResponseType,
    /// What notifications and screen readers show; escaped markup.
    text: String,
    #[serde(skip_serializing_if = "Blocks::is_empty")]
    blocks: Blocks,
    #[serde(skip_serializing_if = "Option::is_none")]
    replace_original: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    delete_original: Option<bool>,
    /// Links in the text are not fetched and shown.
    unfurl_links: bool,
    unfurl_media: bool,
}

impl Message {
    /// A message of raw text, which is escaped and cut at 4,000 characters.
    pub fn new(response_type: ResponseType, text: &str) -> Message {
        Message {
            response_type,
            text: fit_escaped(text, limits::FALLBACK_TEXT),
            blocks: Blocks::new(),
            replace_original: None,
            delete_original: None,
            unfurl_links: false,
            unfurl_media: false,
        }
    }

    /// For the caller's eyes only.
    pub fn ephemeral(text: &str) -> Message {
        Message::new(ResponseType::Ephemeral, text)
    }

    /// For the whole channel.
    pub fn in_channel(text: &str) -> Message {
        Message::new(ResponseType::InChannel, text)
    }

    /// Puts blocks in the text's place; the text remains for notifications.
    #[must_use]
    pub fn with_blocks(mut self, blocks: Blocks) -> Message {
        self.blocks = blocks;
        self
    }

    /// Replaces the message whose button was pressed. A slash command's own answers cannot be replaced this way.
    #[must_use]
    pub fn replacing(mut self) -> Message {
        self.replace_original = Some(true);
        self
    }

    /// Removes the message whose button was pressed.
    #[must_use]
    pub fn deleting(mut self) -> Message {
        self.delete_original = Some(true);
        self
    }

    /// The same without blocks: what is left to try when Slack refuses them.
    #[must_use]
    pub fn text_only(&self) -> Message {
        Message { blocks: Blocks::new(), ..self.clone() }
    }

    /// Who sees it.
    pub fn response_type(&self) -> ResponseType {
        self.response_type
    }

    /// The text for notifications, escaped.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// The blocks.
    pub fn blocks(&self) -> &Blocks {
        &self.blocks
    }

    /// Exactly what Slack takes.
    pub fn to_json(&self) -> String {
        // Every part is text, truth values and lists: there is nothing that could fail.
        serde_json::to_string(self).unwrap_or_else(|_| String::from("{}"))
    }
}
