//! What stands in a row of actions or beside a section: buttons and selects.

use serde::Serialize;

use super::{Button, Select, limits};
use crate::text::length;

/// Something to press or choose with.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(untagged)]
pub enum Element {
    /// A button.
    Button(Box<Button>),
    /// A select.
    Select(Box<Select>),
}

/// What identifies something is empty or longer than Slack takes. It must not be cut: it would mean something else.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the element's {0} is empty or too long")]
pub struct ElementFault(pub &'static str);

impl Element {
    pub(crate) fn weight(&self) -> usize {
        match self {
            Element::Button(button) => button.weight(),
            Element::Select(select) => select.weight(),
        }
    }
}

impl From<Button> for Element {
    fn from(button: Button) -> Element {
        Element::Button(Box::new(button))
    }
}

impl From<Select> for Element {
    fn from(select: Select) -> Element {
        Element::Select(Box::new(select))
    }
}

/// An identifier within 255 characters.
pub(crate) fn identifier(text: &str) -> Result<String, ElementFault> {
    if text.is_empty() || length(text) > limits::IDENTIFIER {
        return Err(ElementFault("identifier"));
    }
    Ok(text.to_owned())
}
