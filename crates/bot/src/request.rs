//! Who asks, where, and what: the same for every door.

use slack::{ResponseUrl, Secret, SlashCommand, UrlError};
use store::UnixMillis;

use crate::settings::Settings;

/// The longest line that is looked at, in bytes.
pub const MAX_LINE: usize = 32 * 1024;

/// One request.
#[derive(Debug, Clone)]
pub struct Request {
    /// What makes a repeat of the same request the same.
    pub key: String,
    /// Who asks.
    pub caller: Caller,
    /// What was typed, with what the configuration puts before it.
    pub line: String,
    /// When it arrived.
    pub at: UnixMillis,
    /// Where the answer goes.
    pub answer: AnswerTo,
}

/// Who asks, and where. Ids only: names can be changed by anybody.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Caller {
    /// Workspace, or organisation where there is none.
    pub tenant: String,
    /// User.
    pub user: String,
    /// Channel.
    pub channel: String,
    /// The system user who speaks as that Slack user from a terminal.
    pub spoken_by: Option<String>,
}

/// Where an answer goes.
#[derive(Debug, Clone)]
pub enum AnswerTo {
    /// To Slack, at that address.
    Slack(ResponseUrl),
    /// Back to whoever waits for it in this process.
    Waiting,
}

/// Why a verified request is not taken.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum RequestFault {
    /// The verification token is missing or wrong.
    #[error("the verification token does not match")]
    Token,
    /// The workspace is not served.
    #[error("the workspace is not among those allowed")]
    Team,
    /// The address for answers cannot be used.
    #[error("the address for answers cannot be used")]
    Address(#[from] UrlError),
}

impl Caller {
    /// Whether it was asked in a direct message.
    pub fn is_direct(&self) -> bool {
        self.channel.starts_with('D')
    }
}

/// A slash command as a request.
///
/// # Errors
/// It is not one that this bot answers; nothing in it has been acted upon.
pub fn from_slash_command(
    command: &SlashCommand,
    settings: &Settings,
    at: UnixMillis,
) -> Result<Request, RequestFault> {
    let tenant = command.tenant();
    believe(settings, tenant, command.token.as_ref())?;
    let url = settings.response_bases.check(&command.response_url)?;
    let prefix = settings.commands.get(&command.command).map_or("", String::as_str);
    let line = if prefix.is_empty() { command.text.clone() } else { format!("{prefix} {}", command.text) };
    Ok(Request {
        key: format!("slash:{tenant}:{}", command.trigger_id),
        caller: Caller {
            tenant: tenant.to_owned(),
            user: command.user_id.clone(),
            channel: command.channel_id.clone(),
            spoken_by: None,
        },
        line,
        at,
        answer: AnswerTo::Slack(url),
    })
}

/// What is asked besides the signature, of whatever comes from Slack.
pub(crate) fn believe(settings: &Settings, tenant: &str, token: Option<&Secret>) -> Result<(), RequestFault> {
    check_token(settings, token)?;
    let served =
        settings.allowed_teams.is_empty() || settings.allowed_teams.iter().any(|team| team == tenant);
    if served { Ok(()) } else { Err(RequestFault::Team) }
}

/// The superseded verification token, where it is asked for.
pub(crate) fn check_token(settings: &Settings, given: Option<&Secret>) -> Result<(), RequestFault> {
    let Some(expected) = &settings.verification_token else { return Ok(()) };
    let Some(given) = given else { return Err(RequestFault::Token) };
    // All are looked at, whatever the first says.
    let right =
        expected.values().iter().fold(false, |found, value| found | same(given.expose(), value.expose()));
    if right {
        return Ok(());
    }
    expected.doubt();
    Err(RequestFault::Token)
}

/// Compares in a time that does not tell where they differ.
fn same(given: &str, expected: &str) -> bool {
    aws_lc_rs::constant_time::verify_slices_are_equal(given.as_bytes(), expected.as_bytes()).is_ok()
}
