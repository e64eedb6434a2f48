//! What is asked of the policy: who wants to do what, where.

use crate::Level;

/// One thing that somebody wants to do.
#[derive(Debug, Clone, Copy)]
pub struct Question<'a> {
    /// Who asks.
    pub actor: Actor<'a>,
    /// Where it was asked.
    pub place: Place<'a>,
    /// IAM's name of the action, such as `ec2:DescribeInstances`, or a built-in's, such as `bellhop:find`.
    pub action: &'a str,
    /// What kind of thing the action is.
    pub level: Level,
    /// The account asked for, by name or by twelve-digit id; `None` leaves the choice to the grants.
    pub account: Option<&'a str>,
    /// The region asked for; `None` is the account's first.
    pub region: Option<&'a str>,
}

/// Who asks.
#[derive(Debug, Clone, Copy)]
pub struct Actor<'a> {
    /// Workspace id.
    pub team: &'a str,
    /// User id; never a display name, which anybody can change.
    pub user: &'a str,
    /// How the user belongs to the workspace.
    pub kind: ActorKind,
    /// Ids of the usergroups that the user is known to be in now.
    pub usergroups: &'a [&'a str],
    /// Ids of the channels that the user is known to be in now. The channel of the place counts besides.
    pub channels: &'a [&'a str],
}

/// How a user belongs to the workspace. All but members are denied unless a grant names the user's own id.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ActorKind {
    /// A full member.
    Member,
    /// A single- or multi-channel guest.
    Guest,
    /// A program.
    Bot,
    /// Somebody from another organisation, in a shared channel.
    Stranger,
}

/// Where something was asked.
#[derive(Debug, Clone, Copy)]
pub struct Place<'a> {
    /// Workspace id.
    pub team: &'a str,
    /// Channel id.
    pub channel: &'a str,
    /// What kind of place that is.
    pub kind: PlaceKind,
}

/// What kind of place a channel id stands for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum PlaceKind {
    /// A public or private channel.
    Channel,
    /// A direct message.
    Direct,
}
