//! What people do with buttons, selects, modals and shortcuts.
//!
//! Source: <https://docs.slack.dev/reference/interaction-payloads>. The workspace is missing (`team: null`) where the
//! app is installed for a whole organisation; then the organisation's id stands in, as for slash commands.
//! Kinds that are not known are kept by their name: Slack adds some, and a payload that is answered with an error is
//! shown to the user as a failure. Names of users are for display only.
//! Absent on purpose: the message's blocks, which a sender should not read back, and what an `action_id` means.

mod entered;
mod read;

pub use entered::Entered;

use crate::{PayloadError, Secret, Verified};

/// Something that a person did.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Interaction {
    /// What was done.
    pub kind: InteractionKind,
    /// Id of the user who did it.
    pub user_id: String,
    /// The user's own workspace, which differs from the other one in a channel shared between organisations.
    pub user_team_id: Option<String>,
    /// The user's name, for display.
    pub user_name: Option<String>,
    /// Id of the workspace; `None` for installations over a whole organisation.
    pub team_id: Option<String>,
    /// Id of the organisation.
    pub enterprise_id: Option<String>,
    /// Whether the app is installed for a whole organisation.
    pub is_enterprise_install: bool,
    /// Id of the app.
    pub api_app_id: Option<String>,
    /// The channel, where there is one: a modal has none.
    pub channel_id: Option<String>,
    /// Opens a modal within three seconds.
    pub trigger_id: Option<String>,
    /// Where answers go; whoever knows it can post there.
    pub response_url: Option<Secret>,
    /// The superseded verification token.
    pub token: Option<Secret>,
}

/// What was done.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum InteractionKind {
    /// Buttons or selects: usually one.
    BlockActions {
        /// What was pressed or chosen, and what it carries.
        actions: Vec<Action>,
        /// The message that it stands in.
        message: Option<MessagePlace>,
        /// The modal that it stands in.
        view: Option<Box<OpenView>>,
    },
    /// A modal was sent off.
    ViewSubmission(Box<OpenView>),
    /// A modal was closed that asked to be told so.
    ViewClosed {
        /// The modal.
        view: Box<OpenView>,
        /// Whether all modals on top of each other were closed.
        is_cleared: bool,
    },
    /// A shortcut that is bound to no message.
    Shortcut {
        /// Its identifier.
        callback_id: String,
    },
    /// A shortcut of a message's menu.
    MessageAction {
        /// Its identifier.
        callback_id: String,
        /// The message.
        message: Option<MessagePlace>,
    },
    /// A select asks for options that fit what was typed.
    BlockSuggestion {
        /// The select's identifier.
        action_id: String,
        /// What was typed.
        typed: String,
    },
    /// A kind that is not known here.
    Other(String),
}

/// One element that was pressed or chosen.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Action {
    /// The element and its value.
    pub entered: Entered,
    /// When, as Slack counts it; unique within the message.
    pub action_ts: Option<String>,
}

/// Which message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MessagePlace {
    /// Its time stamp, which is its id within the channel.
    pub ts: String,
    /// The thread that it stands in.
    pub thread_ts: Option<String>,
    /// Whether only one person sees it; such a message can be replaced by the `response_url` alone.
    pub is_ephemeral: bool,
}

/// A modal as it stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OpenView {
    /// Its id.
    pub id: String,
    /// What kind of modal its maker called it.
    pub callback_id: Option<String>,
    /// What its maker put into it. It went through Slack, signed by nobody: an identifier, not a right.
    pub private_metadata: String,
    /// Changes with every update; an update that names it does not overwrite a newer one.
    pub hash: Option<String>,
    /// What stands in its inputs.
    pub values: Vec<Entered>,
}

impl Interaction {
    /// Reads a verified body: a form whose field `payload` is JSON.
    ///
    /// # Errors
    /// The body is no form, the payload no JSON object, or it lacks what every interaction has.
    pub fn parse(body: Verified<'_>) -> Result<Interaction, PayloadError> {
        read::interaction(body.bytes())
    }

    /// The workspace, or the organisation where there is none: what ids of users are unique within.
    pub fn tenant(&self) -> &str {
        self.team_id.as_deref().or(self.enterprise_id.as_deref()).unwrap_or_default()
    }
}

impl OpenView {
    /// What stands in the input of that identifier.
    pub fn value(&self, action_id: &str) -> Option<&Entered> {
        self.values.iter().find(|entered| entered.action_id == action_id)
    }
}
