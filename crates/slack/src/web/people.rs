//! Who is where. A token for a whole organisation names the workspace besides.

use serde_json::Value;

use super::method::{Method, Repeat, Tier};
use super::{AnswerObject, Cursor, Fields, Page, Request};
use crate::payload::Object;
use crate::{Channel, PayloadError, User, Usergroup};

/// How many a page Slack is asked for; it may give fewer.
const MEMBERS_A_PAGE: u32 = 999;
const USERS_A_PAGE: u32 = 200;

/// `conversations.members`: a part of a channel's members.
#[derive(Debug, Clone)]
pub struct ConversationsMembers<'a> {
    /// The channel.
    pub channel: &'a str,
    /// Where to go on.
    pub cursor: Option<&'a Cursor>,
}

/// `conversations.info`.
#[derive(Debug, Clone)]
pub struct ConversationsInfo<'a> {
    /// The channel.
    pub channel: &'a str,
}

/// `conversations.open`: the direct message with a user.
#[derive(Debug, Clone)]
pub struct ConversationsOpen<'a> {
    /// Who.
    pub user: &'a str,
}

/// `usergroups.list`: all of them, those switched off too.
#[derive(Debug, Clone)]
pub struct UsergroupsList<'a> {
    /// The workspace, for a token of an organisation.
    pub team: Option<&'a str>,
}

/// `usergroups.users.list`: the members of one, in one answer.
#[derive(Debug, Clone)]
pub struct UsergroupsUsersList<'a> {
    /// Which.
    pub usergroup: &'a str,
    /// The workspace, for a token of an organisation.
    pub team: Option<&'a str>,
}

/// `users.info`.
#[derive(Debug, Clone)]
pub struct UsersInfo<'a> {
    /// Who.
    pub user: &'a str,
}

/// `users.list`: a part of all users.
#[derive(Debug, Clone)]
pub struct UsersList<'a> {
    /// Where to go on.
    pub cursor: Option<&'a Cursor>,
    /// The workspace, for a token of an organisation.
    pub team: Option<&'a str>,
}

/// `auth.test`: whose the token is.
#[derive(Debug, Clone)]
pub struct AuthTest;

/// Whose a token is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Identity {
    /// The workspace.
    pub team_id: Option<String>,
    /// The organisation.
    pub enterprise_id: Option<String>,
    /// The app's own user.
    pub user_id: String,
    /// The app's bot.
    pub bot_id: Option<String>,
    /// Whether it is for a whole organisation.
    pub is_enterprise_install: bool,
}

impl Request for ConversationsMembers<'_> {
    type Answer = Page<String>;
    const METHOD: Method = Method::reads("conversations.members", Tier::Four);

    fn fields(&self) -> Fields {
        let cursor = self.cursor.map(Cursor::as_str);
        Fields::new().with("channel", self.channel).with("limit", MEMBERS_A_PAGE).with("cursor", cursor)
    }

    fn read(&self, answer: AnswerObject<'_>) -> Result<Page<String>, PayloadError> {
        Ok(Page { items: members(answer, "members")?, next: answer.next()? })
    }
}

impl Request for ConversationsInfo<'_> {
    type Answer = Channel;
    const METHOD: Method = Method::reads("conversations.info", Tier::Three);

    fn fields(&self) -> Fields {
        Fields::new().with("channel", self.channel).with("include_num_members", true)
    }

    fn read(&self, answer: AnswerObject<'_>) -> Result<Channel, PayloadError> {
        Channel::read(answer.within("channel")?)
    }
}

impl Request for ConversationsOpen<'_> {
    type Answer = String;
    const METHOD: Method = Method::changes("conversations.open", Tier::Three, Repeat::Harmless);

    fn fields(&self) -> Fields {
        Fields::new().with("users", self.user)
    }

    fn read(&self, answer: AnswerObject<'_>) -> Result<String, PayloadError> {
        answer.within("channel")?.needed_id("id")
    }
}

impl Request for UsergroupsList<'_> {
    type Answer = Vec<Usergroup>;
    const METHOD: Method = Method::reads("usergroups.list", Tier::Two);

    fn fields(&self) -> Fields {
        let fields = Fields::new().with("include_disabled", true).with("include_count", true);
        fields.with("team_id", self.team)
    }

    fn read(&self, answer: AnswerObject<'_>) -> Result<Vec<Usergroup>, PayloadError> {
        objects(answer, "usergroups")?.into_iter().map(Usergroup::read).collect()
    }
}

impl Request for UsergroupsUsersList<'_> {
    type Answer = Vec<String>;
    const METHOD: Method = Method::reads("usergroups.users.list", Tier::Two);

    fn fields(&self) -> Fields {
        Fields::new().with("usergroup", self.usergroup).with("team_id", self.team)
    }

    fn read(&self, answer: AnswerObject<'_>) -> Result<Vec<String>, PayloadError> {
        members(answer, "users")
    }
}

impl Request for UsersInfo<'_> {
    type Answer = User;
    const METHOD: Method = Method::reads("users.info", Tier::Four);

    fn fields(&self) -> Fields {
        Fields::new().with("user", self.user)
    }

    fn read(&self, answer: AnswerObject<'_>) -> Result<User, PayloadError> {
        User::read(answer.within("user")?)
    }
}

impl Request for UsersList<'_> {
    type Answer = Page<User>;
    const METHOD: Method = Method::reads("users.list", Tier::Two);

    fn fields(&self) -> Fields {
        let cursor = self.cursor.map(Cursor::as_str);
        Fields::new().with("limit", USERS_A_PAGE).with("cursor", cursor).with("team_id", self.team)
    }

    fn read(&self, answer: AnswerObject<'_>) -> Result<Page<User>, PayloadError> {
        let users = objects(answer, "members")?.into_iter().map(User::read);
        Ok(Page { items: users.collect::<Result<_, _>>()?, next: answer.next()? })
    }
}

impl Request for AuthTest {
    type Answer = Identity;
    const METHOD: Method = Method::reads("auth.test", Tier::Special);

    fn fields(&self) -> Fields {
        Fields::new()
    }

    fn read(&self, answer: AnswerObject<'_>) -> Result<Identity, PayloadError> {
        let answer = answer.object();
        Ok(Identity {
            team_id: answer.id("team_id")?,
            enterprise_id: answer.id("enterprise_id")?,
            user_id: answer.needed_id("user_id")?,
            bot_id: answer.id("bot_id")?,
            is_enterprise_install: answer.flag("is_enterprise_install"),
        })
    }
}

/// Ids of a list that must be there: one that is missing would look like an empty group.
fn members(answer: AnswerObject<'_>, name: &'static str) -> Result<Vec<String>, PayloadError> {
    list(answer, name)?;
    answer.object().ids(name)
}

/// Objects of a list that must be there, and nothing else in it: a part would look whole.
fn objects<'a>(answer: AnswerObject<'a>, name: &'static str) -> Result<Vec<Object<'a>>, PayloadError> {
    let object = |value: &'a Value| value.as_object().map(Object).ok_or(PayloadError::Malformed(name));
    list(answer, name)?.iter().map(object).collect()
}

fn list<'a>(answer: AnswerObject<'a>, name: &'static str) -> Result<&'a [Value], PayloadError> {
    let list = answer.object().0.get(name).and_then(Value::as_array);
    list.map(Vec::as_slice).ok_or(PayloadError::Missing(name))
}
