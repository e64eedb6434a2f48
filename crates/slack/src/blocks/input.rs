//! Inputs of a modal: a label, and something to type into or choose with.

use serde::Serialize;

use super::element::{ElementFault, identifier};
use super::{PlainText, Select, limits};
use crate::text::{cut, length};

/// A labelled input. Its block has the identifier of its element, so an error can be shown beside it by that name.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(tag = "type", rename = "input")]
pub struct Input {
    block_id: String,
    label: PlainText,
    element: InputElement,
    #[serde(skip_serializing_if = "Option::is_none")]
    hint: Option<PlainText>,
    optional: bool,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(untagged)]
enum InputElement {
    Text(TextInput),
    Select(Box<Select>),
}

/// Something to type into.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(tag = "type", rename = "plain_text_input")]
pub struct TextInput {
    action_id: String,
    multiline: bool,
    max_length: usize,
    #[serde(skip_serializing_if = "Option::is_none")]
    placeholder: Option<PlainText>,
    #[serde(skip_serializing_if = "Option::is_none")]
    initial_value: Option<String>,
}

impl TextInput {
    /// One line.
    ///
    /// # Errors
    /// The identifier is empty or longer than 255 characters.
    pub fn new(action_id: &str) -> Result<TextInput, ElementFault> {
        let action_id = identifier(action_id)?;
        let max_length = limits::INPUT_TEXT;
        Ok(TextInput { action_id, multiline: false, max_length, placeholder: None, initial_value: None })
    }

    /// Several lines.
    #[must_use]
    pub fn multiline(mut self) -> TextInput {
        self.multiline = true;
        self
    }

    /// Takes no more characters than that, and 3,000 at the most.
    #[must_use]
    pub fn at_most(mut self, characters: usize) -> TextInput {
        self.max_length = characters.clamp(1, limits::INPUT_TEXT);
        self
    }

    /// What shows while nothing is typed.
    #[must_use]
    pub fn placeholder(mut self, text: &str) -> TextInput {
        self.placeholder = Some(PlainText::new(text, limits::PLACEHOLDER));
        self
    }

    /// Types beforehand.
    ///
    /// # Errors
    /// The text is longer than what can be typed; cut, it would be sent off as something else.
    pub fn typed(mut self, text: &str) -> Result<TextInput, ElementFault> {
        if length(text) > self.max_length {
            return Err(ElementFault("initial text"));
        }
        self.initial_value = Some(text.to_owned()).filter(|text| !text.is_empty());
        Ok(self)
    }
}

impl Input {
    /// Text.
    pub fn text(label: &str, input: TextInput) -> Input {
        Input::new(label, input.action_id.clone(), InputElement::Text(input))
    }

    /// A choice.
    pub fn select(label: &str, select: Select) -> Input {
        Input::new(label, select.action_id().to_owned(), InputElement::Select(Box::new(select)))
    }

    fn new(label: &str, block_id: String, element: InputElement) -> Input {
        let label = PlainText::new(label, limits::LABEL);
        Input { block_id, label, element, hint: None, optional: false }
    }

    /// Adds a line below.
    #[must_use]
    pub fn hint(mut self, text: &str) -> Input {
        self.hint = Some(PlainText::new(cut(text, limits::LABEL), limits::LABEL));
        self
    }

    /// It may be left empty.
    #[must_use]
    pub fn optional(mut self) -> Input {
        self.optional = true;
        self
    }
}
