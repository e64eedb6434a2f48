//! The part of Block Kit that is used, within its limits by construction.
//!
//! Every constructor takes raw text, makes it safe and fits it, so what can be built can be sent. [`Blocks`] keeps
//! the limits of the message as a whole. The serialised form is exactly what Slack takes.
//! Absent on purpose: raw markup (there is no way to say "this is already escaped"), images and the `markdown` block,
//! whose dialect has no dependable escape.

mod button;
mod element;
mod input;
pub mod limits;
mod rich;
mod select;
mod table;
mod text_object;
mod view;

use serde::Serialize;

pub use button::{Actions, Button, ButtonStyle, Confirm};
pub use element::{Element, ElementFault};
pub use input::{Input, TextInput};
pub use rich::{Preformatted, RichElement, RichSection, RichText};
pub use select::{Choice, Offered, Options, Select};
pub use table::Table;
pub use text_object::{Mrkdwn, PlainText, TextObject};
pub use view::{NoRoomInView, View, ViewAnswer};

use crate::text::length;

/// One block of a message.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum Block {
    /// Large bold text.
    Header(Header),
    /// Text with optional fields, and a button or select beside it.
    Section(Box<Section>),
    /// Small grey text.
    Context(Context),
    /// A line.
    Divider,
    /// Buttons and selects.
    Actions(Actions),
    /// Styled and preformatted text without markup.
    RichText(RichText),
    /// A table.
    Table(Table),
}

/// Large bold text.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Header {
    text: PlainText,
}

/// Text with optional fields, and a button or select beside it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Section {
    #[serde(skip_serializing_if = "Option::is_none")]
    text: Option<TextObject>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    fields: Vec<TextObject>,
    #[serde(skip_serializing_if = "Option::is_none")]
    accessory: Option<Element>,
}

/// Small grey text.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Context {
    elements: Vec<TextObject>,
}

impl Block {
    /// A header; text beyond 150 characters is cut.
    pub fn header(text: &str) -> Block {
        Block::Header(Header { text: PlainText::new(text, limits::HEADER_TEXT) })
    }

    /// A section with marked-up text.
    pub fn section(text: Mrkdwn) -> Block {
        Section::new(text).into()
    }

    /// A context line of plain text.
    pub fn context(text: &str) -> Block {
        Block::Context(Context { elements: vec![PlainText::new(text, limits::CONTEXT_TEXT).into()] })
    }

    /// A context of several elements; `None` without any, and what is beyond ten is dropped.
    pub fn context_of(elements: impl IntoIterator<Item = TextObject>) -> Option<Block> {
        let elements: Vec<TextObject> = elements.into_iter().take(limits::CONTEXT_ELEMENTS).collect();
        (!elements.is_empty()).then_some(Block::Context(Context { elements }))
    }

    /// How much of [`limits::MESSAGE_TEXT`] the block takes.
    pub fn weight(&self) -> usize {
        match self {
            Block::Header(header) => header.text.weight(),
            Block::Section(section) => section.weight(),
            Block::Context(context) => context.elements.iter().map(TextObject::weight).sum(),
            Block::Divider => 0,
            Block::Actions(actions) => actions.weight(),
            Block::RichText(rich) => rich.weight(),
            Block::Table(table) => table.weight(),
        }
    }
}

impl Section {
    /// A section with text.
    pub fn new(text: Mrkdwn) -> Section {
        Section { text: Some(text.into()), fields: Vec::new(), accessory: None }
    }

    /// Adds a field, if there is room for one more; fields are cut at 2,000 characters.
    #[must_use]
    pub fn field(mut self, text: Mrkdwn) -> Section {
        if self.fields.len() < limits::SECTION_FIELDS {
            self.fields.push(text.within(limits::FIELD_TEXT).into());
        }
        self
    }

    /// Puts a button or select beside the text.
    #[must_use]
    pub fn accessory(mut self, element: impl Into<Element>) -> Section {
        self.accessory = Some(element.into());
        self
    }

    fn weight(&self) -> usize {
        let texts = self.text.iter().chain(&self.fields).map(TextObject::weight);
        texts.sum::<usize>() + self.accessory.as_ref().map_or(0, Element::weight)
    }
}

impl From<Section> for Block {
    fn from(section: Section) -> Block {
        Block::Section(Box::new(section))
    }
}

/// The blocks of one message: at most 50, one table among them, their text together within what Slack takes.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
#[serde(transparent)]
pub struct Blocks {
    blocks: Vec<Block>,
}

/// The message has no room for the block, which comes back.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the message has no room for another block of this size")]
pub struct NoRoom(pub Box<Block>);

impl Blocks {
    /// No blocks yet.
    pub fn new() -> Blocks {
        Blocks::default()
    }

    /// Adds a block.
    ///
    /// # Errors
    /// The message would pass one of its limits; it is as it was.
    pub fn push(&mut self, block: Block) -> Result<(), NoRoom> {
        let second_table =
            matches!(block, Block::Table(_)) && self.blocks.iter().any(|b| matches!(b, Block::Table(_)));
        if self.blocks.len() == limits::MESSAGE_BLOCKS || block.weight() > self.room() || second_table {
            return Err(NoRoom(Box::new(block)));
        }
        self.blocks.push(block);
        Ok(())
    }

    /// How much text still fits.
    pub fn room(&self) -> usize {
        limits::MESSAGE_TEXT - self.blocks.iter().map(Block::weight).sum::<usize>()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.blocks.is_empty()
    }

    /// The blocks in order.
    pub fn iter(&self) -> impl Iterator<Item = &Block> {
        self.blocks.iter()
    }
}

/// What raw text weighs. Escapes are counted whether or not Slack adds them, so the sum is never below Slack's.
pub(crate) fn raw_weight(text: &str) -> usize {
    length(text)
        + text
            .bytes()
            .map(|byte| match byte {
                b'&' => 4,
                b'<' | b'>' => 3,
                _ => 0,
            })
            .sum::<usize>()
}
