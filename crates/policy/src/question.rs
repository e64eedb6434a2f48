//! What is asked of the policy: who wants to do what, where.

use crate::{Groups, Level};

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
    /// What the call is given, whichever way it was typed. Not the region, which stands above.
    pub arguments: &'a [Argument],
    /// Keys of the tags that the call sets or removes.
    pub tag_keys: &'a [String],
    /// What is frozen at this moment.
    pub frozen: &'a [Freeze],
    /// Whether the resources named were looked at and bear not what a grant asks for: grants with tag rules are then
    /// left out.
    pub untagged: bool,
}

/// One option of a call.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Argument {
    /// Its name with dashes, `--instance-ids`.
    pub option: String,
    /// Its values, each as text; a structure as one JSON text.
    pub values: Vec<String>,
}

/// A stop to everything but looking.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Freeze {
    /// The account, by name; `None` is all of them.
    pub account: Option<String>,
    /// Who froze it, until when and why, as a phrase behind a colon; may be empty.
    pub why: String,
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
    /// Whether the user is an admin or owner of the workspace.
    pub admin: bool,
    /// The usergroups and channels that the user is known to be in. The channel of the place counts besides.
    pub groups: Groups<'a>,
    /// Names of the grants that were given to the user for a while and are in force.
    pub elevations: &'a [String],
}

/// How a user belongs to the workspace. All but members are denied unless a grant names the user's own id; who was
/// deactivated is denied even then.
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
    /// Nobody knows (yet, or any more).
    Unknown,
    /// An account that was switched off.
    Deactivated,
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

impl<'a> Question<'a> {
    /// A question about an action without arguments, in whichever account and region the grants lead to.
    pub fn new(actor: Actor<'a>, place: Place<'a>, action: &'a str, level: Level) -> Question<'a> {
        Question {
            actor,
            place,
            action,
            level,
            account: None,
            region: None,
            arguments: &[],
            tag_keys: &[],
            frozen: &[],
            untagged: false,
        }
    }
}

impl<'a> Actor<'a> {
    /// A full member who is in no group.
    pub fn member(team: &'a str, user: &'a str) -> Actor<'a> {
        let (kind, groups) = (ActorKind::Member, Groups::NONE);
        Actor { team, user, kind, admin: false, groups, elevations: &[] }
    }

    /// How the actor counts in a place: people of another workspace are strangers there.
    pub(crate) fn kind_in(&self, place: &Place<'_>) -> ActorKind {
        match self.kind {
            ActorKind::Member | ActorKind::Guest if self.team != place.team => ActorKind::Stranger,
            kind => kind,
        }
    }
}
