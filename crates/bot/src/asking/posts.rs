//! What is posted about questions besides the answers to commands: cards for approvers, the asker's own message, and
//! their changes. All of it needs the bot token.
//!
//! A message that could not be posted or changed is logged and no more: where a question stands does not hang on it.

use std::time::Duration;

use render::{Reply, to_slack};
use slack::web::{PostMessage, Posted, Update, UsergroupsUsersList, WebError};
use slack::{Message, WebApi};

use crate::asking::card::{self, Looking};
use crate::asking::pending::{CardPlace, Pending};
use crate::bot::Inner;
use crate::outcome::causes;

/// How long one message waits for its turn.
const PATIENCE: Duration = Duration::from_secs(60);
/// How many people are asked one by one at most.
const PEOPLE: usize = 20;

/// Posts a reply; a user's id as channel is a direct message.
pub(crate) async fn post(
    inner: &Inner,
    channel: &str,
    thread: Option<&str>,
    reply: &Reply,
) -> Option<Posted> {
    let web = inner.web.as_ref()?;
    let message = to_slack(reply);
    let posted = match send(web, channel, thread, &message).await {
        Err(error) if error.refusal().is_some_and(|why| why.contains("block")) => {
            send(web, channel, thread, &message.text_only()).await
        }
        posted => posted,
    };
    match posted {
        Ok(posted) => Some(posted),
        Err(error) => {
            inner.counters.undeliverable.add();
            tracing::warn!(channel, fault = causes(&error), "a message could not be posted");
            None
        }
    }
}

/// Posts a reply to somebody directly. Tells whether that worked.
pub(crate) async fn post_to(inner: &Inner, user: &str, reply: &Reply) -> bool {
    post(inner, user, None, reply).await.is_some()
}

async fn send(
    web: &WebApi,
    channel: &str,
    thread: Option<&str>,
    message: &Message,
) -> Result<Posted, WebError> {
    web.ask_within(&PostMessage { channel, thread_ts: thread, message }, PATIENCE).await
}

/// Posts the card to everybody who may approve, each as a channel or a direct message. Returns where it stands.
pub(crate) async fn to_approvers(
    inner: &Inner,
    pending: &Pending,
    id: &str,
    approvers: &[String],
) -> Vec<CardPlace> {
    let reply = card::card(pending, id, Looking::Approver);
    let mut places = Vec::new();
    for target in targets(inner, approvers, &pending.asker.user).await {
        if let Some(Posted { channel, ts }) = post(inner, &target, None, &reply).await {
            places.push(CardPlace { channel, ts, for_approvers: true });
        }
    }
    places
}

/// Posts the asker's own message.
pub(crate) async fn to_asker(inner: &Inner, pending: &Pending, id: &str) -> Option<CardPlace> {
    let reply = card::card(pending, id, Looking::Asker);
    let Posted { channel, ts } = post(inner, &pending.asker.user, None, &reply).await?;
    Some(CardPlace { channel, ts, for_approvers: false })
}

/// The approvers' channel, if there is one; otherwise channels as they are, users and the people of usergroups by their
/// ids, without the asker.
async fn targets(inner: &Inner, approvers: &[String], asker: &str) -> Vec<String> {
    if let Some(channel) = &inner.settings.approvers_channel {
        return vec![channel.clone()];
    }
    let mut targets: Vec<String> = Vec::new();
    for approver in approvers {
        let of_group =
            if approver.starts_with('S') { people(inner, approver).await } else { vec![approver.clone()] };
        for target in of_group {
            if target != asker && !targets.contains(&target) && targets.len() < PEOPLE {
                targets.push(target);
            }
        }
    }
    targets
}

async fn people(inner: &Inner, usergroup: &str) -> Vec<String> {
    let Some(web) = &inner.web else { return Vec::new() };
    match web.ask_within(&UsergroupsUsersList { usergroup, team: None }, PATIENCE).await {
        Ok(users) => users,
        Err(error) => {
            tracing::warn!(
                usergroup,
                fault = causes(&error),
                "the people of a usergroup could not be listed"
            );
            Vec::new()
        }
    }
}

/// Brings everything that was posted about a question in line with where it stands.
pub(crate) async fn refresh(inner: &Inner, pending: &Pending, id: &str) {
    let Some(web) = &inner.web else { return };
    for CardPlace { channel, ts, for_approvers } in &pending.cards {
        let looking = if *for_approvers { Looking::Approver } else { Looking::Asker };
        let message = to_slack(&card::card(pending, id, looking));
        let posted = Posted { channel: channel.clone(), ts: ts.clone() };
        let update = Update { posted: &posted, message: &message };
        if let Err(error) = web.ask_within(&update, PATIENCE).await {
            tracing::warn!(
                channel,
                fault = causes(&error),
                "a message about a question could not be changed"
            );
        }
    }
}

/// Reminds approvers, below each card.
pub(crate) async fn remind(inner: &Inner, pending: &Pending, reply: &Reply) {
    for place in pending.cards.iter().filter(|place| place.for_approvers) {
        post(inner, &place.channel, Some(&place.ts), reply).await;
    }
}
