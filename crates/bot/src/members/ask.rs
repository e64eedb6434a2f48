//! Reads the members of one group from Slack, page by page. A page that was read is kept, with where it goes on: after a
//! restart reading goes on there.

use serde::{Deserialize, Serialize};
use slack::WebApi;
use slack::web::{ConversationsMembers, Cursor, UsergroupsUsersList, WebError};
use store::{Batch, Change, Expect, MAX_CHANGES, StoreError, UnixMillis};

use super::GroupOf;
use super::kept::{self, MEMBERS, TooMany};
use crate::bot::Inner;

/// How many members of a group are read at most.
const MOST: usize = 250_000;
/// A list that was begun longer ago is begun anew.
const PARTS_KEPT_MS: i64 = 3_600_000;

/// Why a group could not be read.
#[derive(Debug, thiserror::Error)]
pub(super) enum AskFault {
    #[error("{}", told(.0))]
    Slack(#[from] WebError),
    #[error(transparent)]
    TooMany(#[from] TooMany),
    #[error("the store failed")]
    Store(#[from] StoreError),
}

/// A part of a list that is being read.
#[derive(Serialize, Deserialize)]
struct Part {
    version: u32,
    /// When reading the list began.
    since: i64,
    users: String,
    /// Where it goes on; none at the end.
    next: Option<String>,
}

/// A list that was read.
pub(super) struct Listed {
    pub(super) members: Vec<String>,
    /// When reading began.
    pub(super) since: UnixMillis,
    /// Parts that are kept, to be removed once the list is.
    pub(super) parts: Vec<Change>,
}

/// Reads who is in a usergroup or channel now. `for_team` names the workspace for a token of an organisation.
pub(super) async fn members(
    inner: &Inner,
    web: &WebApi,
    group: &GroupOf,
    for_team: Option<&str>,
) -> Result<Listed, AskFault> {
    let since = inner.clock.millis();
    if group.1.starts_with('S') {
        let asked = web.ask(&UsergroupsUsersList { usergroup: &group.1, team: for_team }).await;
        let members = match asked {
            Err(error) if error.refusal() == Some("no_such_subteam") => Vec::new(),
            asked => asked?,
        };
        return Ok(Listed { members, since, parts: Vec::new() });
    }
    pages(inner, web, group).await
}

async fn pages(inner: &Inner, web: &WebApi, group: &GroupOf) -> Result<Listed, AskFault> {
    let mut reading = Reading::resume(inner, group).await?;
    loop {
        let cursor = match reading.next.take() {
            Next::End => break,
            Next::First => None,
            Next::At(cursor) => Some(cursor),
        };
        let page = match web.ask(&ConversationsMembers { channel: &group.1, cursor: cursor.as_ref() }).await {
            Err(error) if cursor.is_some() && error.refusal() == Some("invalid_cursor") => {
                reading.forget(inner).await?;
                continue;
            }
            Err(error) if error.refusal() == Some("is_archived") => break,
            page => page?,
        };
        reading.take(inner, group, page.items, page.next).await?;
        if reading.listed.members.len() > MOST {
            return Err(TooMany.into());
        }
    }
    Ok(reading.listed)
}

/// Where reading a list stands.
struct Reading {
    listed: Listed,
    next: Next,
}

enum Next {
    First,
    At(Cursor),
    End,
}

impl Next {
    /// What is next, to be put anew.
    fn take(&mut self) -> Next {
        std::mem::replace(self, Next::End)
    }
}

impl Reading {
    fn begin(now: UnixMillis) -> Reading {
        Reading { listed: Listed { members: Vec::new(), since: now, parts: Vec::new() }, next: Next::First }
    }

    /// Where a predecessor stopped.
    async fn resume(inner: &Inner, (team, group): &GroupOf) -> Result<Reading, StoreError> {
        let now = inner.clock.millis();
        let mut reading = Reading::begin(now);
        let prefix = format!("page/{team}/{group}/");
        kept::each(inner, MEMBERS, &prefix, 100, |record| {
            let Some(part) = kept::read::<Part>(&inner.seal, &record) else { return };
            reading.listed.since = UnixMillis(part.since);
            reading.listed.members.extend(ids(&part.users));
            reading.listed.parts.push(Change::remove(MEMBERS, record.key, Expect::Any));
            reading.next = part.next.and_then(Cursor::new).map_or(Next::End, Next::At);
        })
        .await?;
        if now.since(reading.listed.since) > PARTS_KEPT_MS {
            reading.forget(inner).await?;
        }
        Ok(reading)
    }

    /// Begins anew.
    async fn forget(&mut self, inner: &Inner) -> Result<(), StoreError> {
        remove(inner, std::mem::take(&mut self.listed.parts)).await?;
        *self = Reading::begin(inner.clock.millis());
        Ok(())
    }

    async fn take(
        &mut self,
        inner: &Inner,
        (team, group): &GroupOf,
        members: Vec<String>,
        next: Option<Cursor>,
    ) -> Result<(), StoreError> {
        let is_only = self.listed.parts.is_empty() && next.is_none();
        if !is_only {
            let key = format!("page/{team}/{group}/{:05}", self.listed.parts.len());
            let part = Part {
                version: 1,
                since: self.listed.since.0,
                users: members.join(" "),
                next: next.as_ref().map(|cursor| cursor.as_str().to_owned()),
            };
            let now = inner.clock.millis();
            let until = Some(now.plus(2 * PARTS_KEPT_MS));
            let changes = vec![kept::put(&inner.seal, MEMBERS, key.clone(), &part, until)];
            inner.store.commit(Batch { now, changes, job: None, rows: Vec::new() }).await?;
            self.listed.parts.push(Change::remove(MEMBERS, key, Expect::Any));
        }
        self.listed.members.extend(members);
        self.next = next.map_or(Next::End, Next::At);
        Ok(())
    }
}

/// Removes records, as many steps as that takes.
pub(super) async fn remove(inner: &Inner, changes: Vec<Change>) -> Result<(), StoreError> {
    for changes in changes.chunks(MAX_CHANGES) {
        let (now, changes) = (inner.clock.millis(), changes.to_vec());
        inner.store.commit(Batch { now, changes, job: None, rows: Vec::new() }).await?;
    }
    Ok(())
}

fn ids(users: &str) -> impl Iterator<Item = String> {
    users.split(' ').filter(|user| !user.is_empty()).map(str::to_owned)
}

/// What happened and what to do about it.
fn told(error: &WebError) -> String {
    match error {
        WebError::Refused { needed: Some(scope), .. } => {
            format!("the bot token lacks the scope {scope}: add it to the app and install it again")
        }
        WebError::Refused { error, .. } if error == "channel_not_found" || error == "not_in_channel" => {
            "Slack does not show it to the app: invite the app to the channel".to_owned()
        }
        other => other.to_string(),
    }
}
