//! Modals, and what sending one off can be answered with.

use std::collections::BTreeMap;

use serde::Serialize;
use serde::ser::{SerializeMap, Serializer};

use super::element::{ElementFault, identifier};
use super::{Block, Input, PlainText, limits};
use crate::text::{fit, length};

/// How large a modal may be as JSON, in bytes. Slack refuses 250 KB (`view_too_large`).
const VIEW_BYTES: usize = 200_000;

/// A modal within Slack's limits.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(tag = "type", rename = "modal")]
pub struct View {
    title: PlainText,
    blocks: Vec<ViewBlock>,
    #[serde(skip_serializing_if = "Option::is_none")]
    submit: Option<PlainText>,
    close: PlainText,
    callback_id: String,
    #[serde(skip_serializing_if = "String::is_empty")]
    private_metadata: String,
    notify_on_close: bool,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(untagged)]
enum ViewBlock {
    Shown(Box<Block>),
    Input(Box<Input>),
}

/// The modal has no room for the block, or it is one that modals cannot show.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the modal has no room for another block of this kind and size")]
pub struct NoRoomInView;

/// What happens to a modal that was sent off.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ViewAnswer {
    /// It closes.
    Close,
    /// It and all those below it close.
    Clear,
    /// It stays; inputs are told to be wrong: identifier → what is wrong.
    Errors(BTreeMap<String, String>),
    /// Another takes its place.
    Update(Box<View>),
    /// Another is put on top.
    Push(Box<View>),
}

impl View {
    /// A modal without blocks; title and the word on its closing button are cut at 24 characters.
    ///
    /// # Errors
    /// The identifier is empty or longer than 255 characters.
    pub fn new(callback_id: &str, title: &str, close: &str) -> Result<View, ElementFault> {
        Ok(View {
            title: PlainText::new(title, limits::VIEW_TITLE),
            blocks: Vec::new(),
            submit: None,
            close: PlainText::new(close, limits::VIEW_TITLE),
            callback_id: identifier(callback_id)?,
            private_metadata: String::new(),
            notify_on_close: false,
        })
    }

    /// The word on the button that sends it off; a modal with an input has one in any case.
    #[must_use]
    pub fn submit(mut self, text: &str) -> View {
        self.submit = Some(PlainText::new(text, limits::VIEW_TITLE));
        self
    }

    /// What its maker wants back. Whoever reads it later must not take it for proof of anything.
    ///
    /// # Errors
    /// It is longer than 3,000 characters.
    pub fn private_metadata(mut self, text: &str) -> Result<View, ElementFault> {
        if length(text) > limits::PRIVATE_METADATA {
            return Err(ElementFault("private metadata"));
        }
        text.clone_into(&mut self.private_metadata);
        Ok(self)
    }

    /// Asks to be told when it is closed.
    #[must_use]
    pub fn tells_when_closed(mut self) -> View {
        self.notify_on_close = true;
        self
    }

    /// Adds a block.
    ///
    /// # Errors
    /// There is no room, or it is a table: messages alone show those.
    pub fn push(&mut self, block: Block) -> Result<(), NoRoomInView> {
        if matches!(block, Block::Table(_)) {
            return Err(NoRoomInView);
        }
        self.add(ViewBlock::Shown(Box::new(block)))
    }

    /// Adds an input.
    ///
    /// # Errors
    /// There is no room.
    pub fn ask(&mut self, input: Input) -> Result<(), NoRoomInView> {
        self.add(ViewBlock::Input(Box::new(input)))?;
        self.submit.get_or_insert_with(|| PlainText::new("Submit", limits::VIEW_TITLE));
        Ok(())
    }

    fn add(&mut self, block: ViewBlock) -> Result<(), NoRoomInView> {
        self.blocks.push(block);
        if self.blocks.len() > limits::VIEW_BLOCKS || self.to_json().len() > VIEW_BYTES {
            self.blocks.pop();
            return Err(NoRoomInView);
        }
        Ok(())
    }

    /// Exactly what Slack takes.
    pub fn to_json(&self) -> String {
        // Every part is text, truth values and lists: there is nothing that could fail.
        serde_json::to_string(self).unwrap_or_else(|_| String::from("{}"))
    }
}

impl ViewAnswer {
    /// One input is wrong.
    pub fn error(action_id: &str, what: &str) -> ViewAnswer {
        ViewAnswer::Errors(BTreeMap::from([(action_id.to_owned(), fit(what, limits::LABEL))]))
    }

    /// Exactly what Slack takes; `None` is an empty body.
    pub fn to_json(&self) -> Option<String> {
        // As above.
        (*self != ViewAnswer::Close).then(|| serde_json::to_string(self).unwrap_or_default())
    }
}

impl Serialize for ViewAnswer {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        match self {
            ViewAnswer::Close => {}
            ViewAnswer::Clear => map.serialize_entry("response_action", "clear")?,
            ViewAnswer::Errors(errors) => {
                map.serialize_entry("response_action", "errors")?;
                map.serialize_entry("errors", errors)?;
            }
            ViewAnswer::Update(view) | ViewAnswer::Push(view) => {
                let action = if matches!(self, ViewAnswer::Update(_)) { "update" } else { "push" };
                map.serialize_entry("response_action", action)?;
                map.serialize_entry("view", view)?;
            }
        }
        map.end()
    }
}
