//! Selects, check boxes and radio buttons.

use serde::Serialize;

use super::element::{ElementFault, identifier};
use super::{PlainText, limits};
use crate::text::length;

/// Something to choose.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Choice {
    text: PlainText,
    value: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    description: Option<PlainText>,
}

/// The answer to a select that asks for choices.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Options {
    options: Vec<Choice>,
}

impl Options {
    /// The first hundred of the choices.
    pub fn new(choices: impl IntoIterator<Item = Choice>) -> Options {
        Options { options: choices.into_iter().take(limits::SELECT_OPTIONS).collect() }
    }
}

/// An element to choose with.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Select {
    #[serde(rename = "type")]
    kind: Kind,
    action_id: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    placeholder: Option<PlainText>,
    /// After how many characters Slack asks for choices.
    #[serde(skip_serializing_if = "Option::is_none")]
    min_query_length: Option<u8>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    options: Vec<Choice>,
    #[serde(skip_serializing_if = "Option::is_none")]
    initial_option: Option<Choice>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    initial_options: Vec<Choice>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
enum Kind {
    StaticSelect,
    MultiStaticSelect,
    UsersSelect,
    MultiUsersSelect,
    ChannelsSelect,
    MultiChannelsSelect,
    ConversationsSelect,
    MultiConversationsSelect,
    MultiExternalSelect,
    Checkboxes,
    RadioButtons,
}

/// What Slack offers by itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Offered {
    /// People of the workspace.
    Users,
    /// Public channels.
    Channels,
    /// Channels of either kind, and direct messages.
    Conversations,
}

impl Choice {
    /// A choice; its text is cut at 75 characters, and a blank where there is none.
    ///
    /// # Errors
    /// The value is empty or longer than 150 characters. It must not be cut: it would mean something else.
    pub fn new(text: &str, value: &str) -> Result<Choice, ElementFault> {
        if value.is_empty() || length(value) > limits::OPTION_VALUE {
            return Err(ElementFault("value"));
        }
        let text = PlainText::new(text, limits::OPTION_TEXT);
        Ok(Choice { text, value: value.to_owned(), description: None })
    }

    /// Adds a line below, cut at 75 characters.
    #[must_use]
    pub fn described(mut self, description: &str) -> Choice {
        self.description = Some(PlainText::new(description, limits::OPTION_TEXT));
        self
    }

    fn weight(&self) -> usize {
        let described = self.description.as_ref().map_or(0, PlainText::weight);
        self.text.weight() + length(&self.value) + described
    }
}

impl Select {
    /// One of up to 100 choices, in a menu.
    ///
    /// # Errors
    /// The identifier is unfit, or there is no choice, or one too many.
    pub fn one(action_id: &str, choices: Vec<Choice>) -> Result<Select, ElementFault> {
        Select::of(Kind::StaticSelect, action_id, choices, limits::SELECT_OPTIONS)
    }

    /// Several of up to 100 choices, in a menu.
    ///
    /// # Errors
    /// As [`Select::one`].
    pub fn several(action_id: &str, choices: Vec<Choice>) -> Result<Select, ElementFault> {
        Select::of(Kind::MultiStaticSelect, action_id, choices, limits::SELECT_OPTIONS)
    }

    /// Several of up to ten choices, all in sight.
    ///
    /// # Errors
    /// As [`Select::one`].
    pub fn boxes(action_id: &str, choices: Vec<Choice>) -> Result<Select, ElementFault> {
        Select::of(Kind::Checkboxes, action_id, choices, limits::BOX_OPTIONS)
    }

    /// One of up to ten choices, all in sight.
    ///
    /// # Errors
    /// As [`Select::one`].
    pub fn radio(action_id: &str, choices: Vec<Choice>) -> Result<Select, ElementFault> {
        Select::of(Kind::RadioButtons, action_id, choices, limits::BOX_OPTIONS)
    }

    /// One of what Slack offers.
    ///
    /// # Errors
    /// The identifier is unfit.
    pub fn one_of(action_id: &str, offered: Offered) -> Result<Select, ElementFault> {
        let kind = match offered {
            Offered::Users => Kind::UsersSelect,
            Offered::Channels => Kind::ChannelsSelect,
            Offered::Conversations => Kind::ConversationsSelect,
        };
        Select::made(kind, action_id, Vec::new())
    }

    /// Several of what Slack offers.
    ///
    /// # Errors
    /// The identifier is unfit.
    pub fn several_of(action_id: &str, offered: Offered) -> Result<Select, ElementFault> {
        let kind = match offered {
            Offered::Users => Kind::MultiUsersSelect,
            Offered::Channels => Kind::MultiChannelsSelect,
            Offered::Conversations => Kind::MultiConversationsSelect,
        };
        Select::made(kind, action_id, Vec::new())
    }

    /// Several of many choices: Slack asks for those that fit what is typed, and is answered with [`Options`].
    ///
    /// # Errors
    /// The identifier is unfit.
    pub fn several_asked_for(action_id: &str) -> Result<Select, ElementFault> {
        let select = Select::made(Kind::MultiExternalSelect, action_id, Vec::new())?;
        Ok(Select { min_query_length: Some(1), ..select })
    }

    fn of(kind: Kind, action_id: &str, choices: Vec<Choice>, limit: usize) -> Result<Select, ElementFault> {
        if choices.is_empty() || choices.len() > limit {
            return Err(ElementFault("list of choices"));
        }
        Select::made(kind, action_id, choices)
    }

    fn made(kind: Kind, action_id: &str, options: Vec<Choice>) -> Result<Select, ElementFault> {
        let action_id = identifier(action_id)?;
        let (initial_option, initial_options) = (None, Vec::new());
        let (placeholder, min_query_length) = (None, None);
        Ok(Select {
            kind,
            action_id,
            placeholder,
            min_query_length,
            options,
            initial_option,
            initial_options,
        })
    }

    /// What shows while nothing is chosen; boxes and radio buttons have no room for it.
    #[must_use]
    pub fn placeholder(mut self, text: &str) -> Select {
        if !matches!(self.kind, Kind::Checkboxes | Kind::RadioButtons) {
            self.placeholder = Some(PlainText::new(text, limits::PLACEHOLDER));
        }
        self
    }

    /// Chooses beforehand, by values; what is not among the choices is passed over.
    #[must_use]
    pub fn chosen(mut self, values: &[&str]) -> Select {
        let mut found = self.options.iter().filter(|option| values.contains(&option.value.as_str())).cloned();
        match self.kind {
            Kind::StaticSelect | Kind::RadioButtons => self.initial_option = found.next(),
            _ => self.initial_options = found.collect(),
        }
        self
    }

    pub(crate) fn action_id(&self) -> &str {
        &self.action_id
    }

    pub(crate) fn weight(&self) -> usize {
        let initial = self.initial_option.iter().chain(&self.initial_options);
        let options: usize = self.options.iter().chain(initial).map(Choice::weight).sum();
        options + self.placeholder.as_ref().map_or(0, PlainText::weight)
    }
}
