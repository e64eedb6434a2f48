//! Rich text: styles as data instead of markup, so nothing in it can be mistaken for markup.

use serde::Serialize;
use serde::ser::{SerializeStruct, Serializer};

use super::text_object::raw_within_weight;
use super::{Block, limits, raw_weight};
use crate::payload::is_id;

/// What a name takes of a message's room besides its id: rather too much.
const NAME_WEIGHT: usize = 32;

/// A block of sections and preformatted text.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct RichText {
    elements: Vec<RichElement>,
}

/// One part of a rich text block.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(untagged)]
pub enum RichElement {
    /// Running text.
    Section(RichSection),
    /// Text in a fixed width, line ends kept.
    Preformatted(Preformatted),
}

/// Running text in pieces of different style.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
#[serde(tag = "type", rename = "rich_text_section")]
pub struct RichSection {
    elements: Vec<Piece>,
}

/// Text in a fixed width, line ends kept. Back-ticks in it are characters like any other.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(tag = "type", rename = "rich_text_preformatted")]
pub struct Preformatted {
    elements: [Piece; 1],
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Piece {
    Text {
        text: String,
        style: Option<&'static str>,
    },
    /// Somebody or something that Slack shows by its name: the kind, the member that holds the id, the id.
    Named(&'static str, &'static str, String),
    /// Text that leads to an address.
    Link {
        text: String,
        url: String,
    },
}

impl Serialize for Piece {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Piece::Text { text, style } => {
                let mut object = serializer.serialize_struct("Piece", 2 + usize::from(style.is_some()))?;
                object.serialize_field("type", "text")?;
                object.serialize_field("text", text)?;
                if let Some(style) = style {
                    object.serialize_field("style", &std::collections::BTreeMap::from([(style, true)]))?;
                }
                object.end()
            }
            Piece::Link { text, url } => {
                let mut object = serializer.serialize_struct("Piece", 3)?;
                object.serialize_field("type", "link")?;
                object.serialize_field("url", url)?;
                object.serialize_field("text", text)?;
                object.end()
            }
            Piece::Named(kind, member, id) => {
                let mut object = serializer.serialize_struct("Piece", 2)?;
                object.serialize_field("type", kind)?;
                object.serialize_field(member, id)?;
                object.end()
            }
        }
    }
}

impl Piece {
    fn weight(&self) -> usize {
        match self {
            Piece::Text { text, .. } => raw_weight(text),
            Piece::Link { text, url } => raw_weight(text) + raw_weight(url),
            Piece::Named(_, _, id) => NAME_WEIGHT + raw_weight(id),
        }
    }
}

impl RichText {
    /// No elements yet.
    pub fn new() -> RichText {
        RichText::default()
    }

    /// Adds running text; an empty section adds nothing.
    #[must_use]
    pub fn section(mut self, section: RichSection) -> RichText {
        if !section.elements.is_empty() {
            self.elements.push(RichElement::Section(section));
        }
        self
    }

    /// Adds preformatted text. Cut, with `…`, where it alone would fill the message.
    #[must_use]
    pub fn preformatted(mut self, text: &str) -> RichText {
        let text = raw_within_weight(text, limits::MESSAGE_TEXT);
        let text = if text.is_empty() { " ".to_owned() } else { text };
        self.elements
            .push(RichElement::Preformatted(Preformatted { elements: [Piece::Text { text, style: None }] }));
        self
    }

    /// The elements in order.
    pub fn elements(&self) -> &[RichElement] {
        &self.elements
    }

    pub(crate) fn weight(&self) -> usize {
        let of = |element: &RichElement| match element {
            RichElement::Section(section) => section.elements.iter().map(Piece::weight).sum::<usize>(),
            RichElement::Preformatted(preformatted) => preformatted.elements.iter().map(Piece::weight).sum(),
        };
        self.elements.iter().map(of).sum()
    }
}

impl RichSection {
    /// Nothing yet.
    pub fn new() -> RichSection {
        RichSection::default()
    }

    /// Adds text.
    #[must_use]
    pub fn text(self, text: &str) -> RichSection {
        self.piece(text, None)
    }

    /// Adds bold text.
    #[must_use]
    pub fn bold(self, text: &str) -> RichSection {
        self.piece(text, Some("bold"))
    }

    /// Adds text in a fixed width.
    #[must_use]
    pub fn code(self, text: &str) -> RichSection {
        self.piece(text, Some("code"))
    }

    /// Adds text that leads to an address; text alone where that is no `https` address, or longer than any page's.
    #[must_use]
    pub fn link(mut self, text: &str, url: &str) -> RichSection {
        if text.is_empty() || !url.starts_with("https://") || url.len() > limits::LINK {
            return self.text(text);
        }
        let text = raw_within_weight(text, limits::SECTION_TEXT);
        self.elements.push(Piece::Link { text, url: url.to_owned() });
        self
    }

    /// Names a user, who is notified where they see the message and were not told of it otherwise.
    #[must_use]
    pub fn user(self, id: &str) -> RichSection {
        self.named("user", "user_id", id)
    }

    /// Names a channel.
    #[must_use]
    pub fn channel(self, id: &str) -> RichSection {
        self.named("channel", "channel_id", id)
    }

    /// Names a usergroup, all of whom are notified where they see the message.
    #[must_use]
    pub fn usergroup(self, id: &str) -> RichSection {
        self.named("usergroup", "usergroup_id", id)
    }

    /// What is no id is shown as text.
    fn named(mut self, kind: &'static str, member: &'static str, id: &str) -> RichSection {
        if !is_id(id) {
            return self.text(id);
        }
        self.elements.push(Piece::Named(kind, member, id.to_owned()));
        self
    }

    fn piece(mut self, text: &str, style: Option<&'static str>) -> RichSection {
        if !text.is_empty() {
            self.elements.push(Piece::Text { text: raw_within_weight(text, limits::SECTION_TEXT), style });
        }
        self
    }
}

impl From<RichText> for Block {
    fn from(rich: RichText) -> Block {
        Block::RichText(rich)
    }
}
