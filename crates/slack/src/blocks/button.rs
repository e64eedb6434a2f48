//! Buttons and the question that one may ask first.

use serde::Serialize;

use super::element::{Element, ElementFault, identifier};
use super::{Block, PlainText, limits};
use crate::text::{cut, length};

/// A row of buttons and selects.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Actions {
    #[serde(skip_serializing_if = "Option::is_none")]
    block_id: Option<String>,
    elements: Vec<Element>,
}

/// A button. What it stands for travels in `action_id` and `value`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(tag = "type", rename = "button")]
pub struct Button {
    text: PlainText,
    action_id: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    value: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    style: Option<ButtonStyle>,
    #[serde(skip_serializing_if = "Option::is_none")]
    confirm: Option<Confirm>,
}

/// How a button looks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum ButtonStyle {
    /// The way forward.
    Primary,
    /// Something that cannot be undone.
    Danger,
}

/// What Slack asks before it sends the press on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Confirm {
    title: PlainText,
    text: PlainText,
    confirm: PlainText,
    deny: PlainText,
}

impl Button {
    /// A button; its text is cut at 75 characters.
    ///
    /// # Errors
    /// The identifier is empty or longer than 255 characters, or the value is longer than 2,000.
    pub fn new(text: &str, action_id: &str, value: Option<&str>) -> Result<Button, ElementFault> {
        let action_id = identifier(action_id)?;
        if value.is_some_and(|value| length(value) > limits::BUTTON_VALUE) {
            return Err(ElementFault("value"));
        }
        Ok(Button {
            text: PlainText::new(text, limits::BUTTON_TEXT),
            action_id,
            value: value.map(str::to_owned),
            style: None,
            confirm: None,
        })
    }

    /// Gives it a colour.
    #[must_use]
    pub fn style(mut self, style: ButtonStyle) -> Button {
        self.style = Some(style);
        self
    }

    /// Makes it ask first.
    #[must_use]
    pub fn confirm(mut self, confirm: Confirm) -> Button {
        self.confirm = Some(confirm);
        self
    }

    pub(crate) fn weight(&self) -> usize {
        let value = self.value.as_deref().map_or(0, length);
        let asked = self.confirm.as_ref().map_or(0, |asked| {
            asked.title.weight() + asked.text.weight() + asked.confirm.weight() + asked.deny.weight()
        });
        self.text.weight() + value + asked
    }
}

impl Confirm {
    /// Title, question, and the words on the two buttons; each cut at its limit.
    pub fn new(title: &str, text: &str, yes: &str, no: &str) -> Confirm {
        Confirm {
            title: PlainText::new(title, limits::CONFIRM_TITLE),
            text: PlainText::new(text, limits::CONFIRM_TEXT),
            confirm: PlainText::new(yes, limits::CONFIRM_BUTTON),
            deny: PlainText::new(no, limits::CONFIRM_BUTTON),
        }
    }
}

impl Actions {
    /// A row of buttons and selects; `None` without any, and what is beyond 25 is dropped.
    pub fn new<E: Into<Element>>(elements: impl IntoIterator<Item = E>) -> Option<Actions> {
        let elements = elements.into_iter().take(limits::ACTIONS_ELEMENTS);
        let elements: Vec<Element> = elements.map(Into::into).collect();
        (!elements.is_empty()).then_some(Actions { block_id: None, elements })
    }

    /// Names the row, within 255 characters.
    #[must_use]
    pub fn named(mut self, block_id: &str) -> Actions {
        self.block_id = Some(cut(block_id, limits::IDENTIFIER).to_owned());
        self
    }

    pub(crate) fn weight(&self) -> usize {
        self.elements.iter().map(Element::weight).sum()
    }
}

impl From<Actions> for Block {
    fn from(actions: Actions) -> Block {
        Block::Actions(actions)
    }
}
