//! Events that Slack sends: who joined, left, changed.
//!
//! Source: <https://docs.slack.dev/apis/events-api>. Slack sends an event again, up to three times, until it is
//! acknowledged; `event_id` stays the same. Kinds that are not known are kept by their name.

use crate::payload::{self, Object};
use crate::{PayloadError, Secret, User, Usergroup, Verified};

/// The largest body; a large usergroup's event lists its members.
const MAX_BODY: usize = 1024 * 1024;
/// Longest challenge that is given back, in bytes.
const MAX_CHALLENGE: usize = 1024;

/// What is posted to the events' address.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum EventRequest {
    /// Slack asks whether the address is ours: the challenge is the answer.
    UrlVerification {
        /// What to give back.
        challenge: String,
        /// The superseded verification token.
        token: Option<Secret>,
    },
    /// Something happened.
    Callback(Box<Event>),
    /// A kind of post that is not known here, such as `app_rate_limited`.
    Other(String),
}

/// Something that happened.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Event {
    /// The same each time that this event is sent.
    pub event_id: String,
    /// What happened.
    pub kind: EventKind,
    /// Id of the workspace; `None` for some events of a whole organisation.
    pub team_id: Option<String>,
    /// Id of the organisation.
    pub enterprise_id: Option<String>,
    /// Whether the app is installed for a whole organisation.
    pub is_enterprise_install: bool,
    /// Id of the app.
    pub api_app_id: Option<String>,
    /// When it happened, in seconds since 1970.
    pub event_time: Option<u64>,
    /// The superseded verification token.
    pub token: Option<Secret>,
}

/// What happened.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum EventKind {
    /// Somebody is in a channel now.
    MemberJoinedChannel {
        /// Who.
        user: String,
        /// Where.
        channel: String,
    },
    /// Somebody is no longer in a channel.
    MemberLeftChannel {
        /// Who.
        user: String,
        /// Where.
        channel: String,
    },
    /// A usergroup has other members now.
    SubteamMembersChanged {
        /// The usergroup.
        usergroup: String,
        /// Who is in it now.
        added: Vec<String>,
        /// Who is not any more.
        removed: Vec<String>,
        /// Whether both lists are whole, by the counts that Slack gives.
        is_whole: bool,
    },
    /// A usergroup was changed, switched off or on.
    SubteamUpdated(Usergroup),
    /// A user was changed: also deactivated, or made a guest.
    UserChange(Box<User>),
    /// Somebody is new in the workspace.
    TeamJoin(Box<User>),
    /// A channel is no longer in use.
    ChannelArchive {
        /// Which.
        channel: String,
    },
    /// A kind that is not known here.
    Other(String),
}

impl EventRequest {
    /// Reads a verified body, which is JSON.
    ///
    /// # Errors
    /// The body is no JSON object, or an event lacks what its kind has.
    pub fn parse(body: Verified<'_>) -> Result<EventRequest, PayloadError> {
        let map = payload::object(body.bytes(), MAX_BODY)?;
        let top = Object(&map);
        let kind = top.short("type").ok_or(PayloadError::Missing("type"))?;
        match kind.as_str() {
            "url_verification" => {
                let challenge = top.text("challenge").ok_or(PayloadError::Missing("challenge"))?;
                if challenge.len() > MAX_CHALLENGE || challenge.contains(char::is_control) {
                    return Err(PayloadError::Malformed("challenge"));
                }
                let challenge = challenge.to_owned();
                Ok(EventRequest::UrlVerification { challenge, token: top.secret("token") })
            }
            "event_callback" => Event::read(top).map(|event| EventRequest::Callback(Box::new(event))),
            _ => Ok(EventRequest::Other(kind)),
        }
    }
}

impl Event {
    fn read(top: Object<'_>) -> Result<Event, PayloadError> {
        let (team_id, enterprise_id) = (top.id("team_id")?, top.id("enterprise_id")?);
        if team_id.is_none() && enterprise_id.is_none() {
            return Err(PayloadError::Missing("team_id"));
        }
        let for_organisation = top.objects("authorizations").any(|one| one.flag("is_enterprise_install"));
        Ok(Event {
            event_id: top.needed_id("event_id")?,
            kind: EventKind::read(top.object("event").ok_or(PayloadError::Missing("event"))?)?,
            team_id,
            enterprise_id,
            is_enterprise_install: for_organisation,
            api_app_id: top.id("api_app_id")?,
            event_time: top.number("event_time"),
            token: top.secret("token"),
        })
    }

    /// The workspace, or the organisation where there is none: what ids of users are unique within.
    pub fn tenant(&self) -> &str {
        self.team_id.as_deref().or(self.enterprise_id.as_deref()).unwrap_or_default()
    }
}

impl EventKind {
    fn read(event: Object<'_>) -> Result<EventKind, PayloadError> {
        let kind = event.short("type").ok_or(PayloadError::Missing("event.type"))?;
        let within = |name| event.object(name).ok_or(PayloadError::Missing(name));
        Ok(match kind.as_str() {
            "member_joined_channel" => EventKind::MemberJoinedChannel {
                user: event.needed_id("user")?,
                channel: event.needed_id("channel")?,
            },
            "member_left_channel" => EventKind::MemberLeftChannel {
                user: event.needed_id("user")?,
                channel: event.needed_id("channel")?,
            },
            "subteam_members_changed" => members_changed(event)?,
            "subteam_updated" => EventKind::SubteamUpdated(Usergroup::read(within("subteam")?)?),
            "user_change" => EventKind::UserChange(Box::new(User::read(within("user")?)?)),
            "team_join" => EventKind::TeamJoin(Box::new(User::read(within("user")?)?)),
            "channel_archive" | "group_archive" => {
                EventKind::ChannelArchive { channel: event.needed_id("channel")? }
            }
            _ => EventKind::Other(kind),
        })
    }

    /// Slack's name of the kind, for logs.
    pub fn name(&self) -> &str {
        match self {
            EventKind::MemberJoinedChannel { .. } => "member_joined_channel",
            EventKind::MemberLeftChannel { .. } => "member_left_channel",
            EventKind::SubteamMembersChanged { .. } => "subteam_members_changed",
            EventKind::SubteamUpdated(_) => "subteam_updated",
            EventKind::UserChange(_) => "user_change",
            EventKind::TeamJoin(_) => "team_join",
            EventKind::ChannelArchive { .. } => "channel_archive",
            EventKind::Other(name) => name,
        }
    }
}

fn members_changed(event: Object<'_>) -> Result<EventKind, PayloadError> {
    let (added, removed) = (event.ids("added_users")?, event.ids("removed_users")?);
    let counted = |name, users: &[String]| event.number(name).is_none_or(|count| count == users.len() as u64);
    let is_whole = counted("added_users_count", &added) && counted("removed_users_count", &removed);
    Ok(EventKind::SubteamMembersChanged {
        usergroup: event.needed_id("subteam_id")?,
        added,
        removed,
        is_whole,
    })
}
