//! The scopes that the app's bot token needs, and for what.
//!
//! Source: each method's page under <https://docs.slack.dev/reference/methods>.

/// A scope, and what it is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Scope {
    /// `chat:write`
    pub name: &'static str,
    /// What does not work without it.
    pub lost: &'static str,
}

/// Every scope that is used, those first without which least works.
pub const SCOPES: &[Scope] = &[
    Scope { name: "commands", lost: "slash commands" },
    Scope { name: "chat:write", lost: "cards, approvals, direct messages" },
    Scope { name: "im:write", lost: "answers that come as direct messages" },
    Scope { name: "users:read", lost: "telling members from guests and admins, so nobody has rights" },
    Scope { name: "usergroups:read", lost: "grants to usergroups" },
    Scope { name: "channels:read", lost: "grants to public channels" },
    Scope { name: "groups:read", lost: "grants to private channels" },
    Scope { name: "files:write", lost: "answers that come as files" },
];

/// Only where IAM users are found by the e-mail address of a profile.
pub const EMAIL: Scope =
    Scope { name: "users:read.email", lost: "finding people's IAM users by e-mail address" };
