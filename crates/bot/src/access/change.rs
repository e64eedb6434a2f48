//! A change that waits for its author's button, and what pressing it does.

use render::{Body, Button, ButtonLook, Facts, Problem, Reply, Span, Status};
use serde::{Deserialize, Serialize};
use slack::{Interaction, InteractionKind, ResponseUrl};
use store::{Batch, Change, Committed, Expect, NewAuditRow, NewJob, StoreError, UnixMillis};

use super::draft::Draft;
use super::kept::{self, Kept};
use super::{form, preview};
use crate::ack::Ack;
use crate::asking;
use crate::bot::Inner;
use crate::clock::in_millis;
use crate::job::{Payload, new_id};
use crate::request::Caller;
use crate::seal::{Purpose, SealError};
use crate::{members, record, stored};

/// The buttons.
const APPLY: &str = "access-apply";
const DROP: &str = "access-drop";
/// How much of a change is shown, in characters: all of it, or it is not made.
const LONGEST: usize = 2_500;
/// The kind of changes that wait.
const KIND: &str = "pending";

/// A change, as it was shown.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct Waiting {
    version: u32,
    team: String,
    user: String,
    channel: String,
    what: What,
    /// What was shown of it; if it would be something else by now, it is shown anew.
    shown: Vec<String>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
enum What {
    Add(Draft),
    Remove { id: String, version: u64, draft: Draft },
}

/// Why a change cannot be made.
#[derive(Debug, thiserror::Error)]
pub(super) enum ChangeFault {
    #[error("the store failed")]
    Store(#[from] StoreError),
    #[error("it cannot be sealed")]
    Seal(#[from] SealError),
    #[error("the answer cannot be written down")]
    Answer(#[from] asking::KeptFault),
    /// What whoever pressed the button reads: it did not count.
    #[error("{0}")]
    Refused(String),
}

/// What is shown of a change, and its id; or why there is none.
pub(super) type Proposed = Result<(Vec<String>, String), String>;

/// Shows what a new grant would give, with the button that makes it.
pub(crate) async fn propose_adding(inner: &Inner, caller: &Caller, draft: Draft, facts: Facts) -> Reply {
    let title = titled("This would give ", &draft, ":");
    match propose(inner, caller, What::Add(draft)).await {
        Ok((shown, id)) => card(facts, title, &shown, &id, "Grant it", ButtonLook::Primary),
        Err(why) => refused(facts, "No grant is made.", &why),
    }
}

/// Shows what goes with a grant, with the button that removes it.
pub(crate) async fn propose_removing(inner: &Inner, caller: &Caller, kept: Kept, facts: Facts) -> Reply {
    let title = titled("This would take away from ", &kept.draft, " (what other grants give stays):");
    let what = What::Remove { id: kept.id, version: kept.version, draft: kept.draft };
    match propose(inner, caller, what).await {
        Ok((shown, id)) => card(facts, title, &shown, &id, "Take it away", ButtonLook::Danger),
        Err(why) => refused(facts, "Nothing is taken away.", &why),
    }
}

/// Writes a change down as waiting.
pub(super) async fn propose_draft(inner: &Inner, caller: &Caller, draft: Draft) -> Proposed {
    propose(inner, caller, What::Add(draft)).await
}

async fn propose(inner: &Inner, caller: &Caller, what: What) -> Proposed {
    let shown = show(inner, &caller.tenant, &what)?;
    if shown.iter().map(|line| line.chars().count()).sum::<usize>() > LONGEST {
        return Err("it is too long to be shown whole: make several of it".to_owned());
    }
    let id = asking::pending::new_id().map_err(|error| error.to_string())?;
    let waiting = Waiting {
        version: 1,
        team: caller.tenant.clone(),
        user: caller.user.clone(),
        channel: caller.channel.clone(),
        what,
        shown: shown.clone(),
    };
    match keep(inner, &waiting, &id).await {
        Ok(()) => Ok((shown, id)),
        Err(fault) => {
            tracing::error!(%fault, "a change of grants could not be written down");
            Err("it could not be written down; try again in a moment".to_owned())
        }
    }
}

async fn keep(inner: &Inner, waiting: &Waiting, id: &str) -> Result<(), ChangeFault> {
    let (key, now) = (key_of(&waiting.team, id), inner.clock.millis());
    // It holds nothing that JSON cannot.
    let plain = serde_json::to_vec(waiting).unwrap_or_default();
    let body = inner.seal.seal(Purpose::Grant, &[KIND, &key], &plain)?;
    let until = now.plus(in_millis(inner.settings.confirm_within));
    let changes = vec![Change::put(KIND, key, Expect::Absent, body, Some(until))];
    inner.store.commit(Batch { now, changes, job: None, rows: Vec::new() }).await?;
    Ok(())
}

fn key_of(team: &str, id: &str) -> String {
    format!("access/{team}/{id}")
}

/// What the change is about, in the words of now.
fn show(inner: &Inner, team: &str, what: &What) -> Result<Vec<String>, String> {
    match what {
        What::Add(draft) => {
            let mut shown = preview::rights(inner, &draft.grant("new", team), true)?;
            if let Some(until) = draft.until {
                shown.push(format!("until     {}", asking::lasting::moment(UnixMillis(until))));
            }
            Ok(shown)
        }
        What::Remove { id, draft, .. } => {
            let grant = draft.grant(id, team);
            let gone = |why: String| vec![format!("grant {id}, which gives nothing now: {why}")];
            Ok(preview::rights(inner, &grant, false).unwrap_or_else(gone))
        }
    }
}

/// A sentence about whom a grant is for. Only its author sees it, so it notifies nobody.
fn titled(begin: &str, draft: &Draft, end: &str) -> Vec<Span> {
    let ids = draft.users.iter().chain(&draft.usergroups).chain(&draft.channels).map(String::as_str);
    let words = [(draft.admins, "admins and owners"), (draft.everyone, "every full member")];
    let words = words.into_iter().filter(|(meant, _)| *meant).map(|(_, word)| word);
    let mut spans = vec![Span::text(begin)];
    spans.extend(Span::listed(ids.chain(words)));
    spans.push(Span::text(end));
    spans
}

fn card(facts: Facts, title: Vec<Span>, shown: &[String], id: &str, label: &str, look: ButtonLook) -> Reply {
    let button = |label: &str, action: &str, look| Button {
        label: label.to_owned(),
        action: action.to_owned(),
        value: id.to_owned(),
        look,
    };
    let body = Body::Parts(vec![Body::Spoken(title), Body::Preformatted(shown.join("\n"))]);
    let reply = Reply { status: Status::Asking, ..Reply::done(facts, body) };
    reply.button(button(label, APPLY, look)).button(button("Cancel", DROP, ButtonLook::Plain))
}

fn refused(facts: Facts, what: &str, why: &str) -> Reply {
    Reply::problem(facts, Status::Failed, Problem::new(what).why(why.to_owned()))
}

/// Takes a press of one of the buttons, or one of the forms; `None` if it is neither.
pub(crate) async fn press(inner: &Inner, interaction: &Interaction) -> Option<Ack> {
    match &interaction.kind {
        InteractionKind::BlockActions { actions, .. } => {
            let entered = &actions.first()?.entered;
            let apply = match entered.action_id.as_str() {
                APPLY => true,
                DROP => false,
                _ => return None,
            };
            let id = entered.text.as_deref().unwrap_or_default();
            let said = settle(inner, interaction, id, apply, true).await;
            if let Err(text) = said {
                tell(inner, interaction, id, &text, false).await;
            }
            Some(Ack::empty())
        }
        InteractionKind::ViewSubmission(view) => form::submitted(inner, interaction, view).await,
        _ => None,
    }
}

/// Makes the change, or drops it. Gives what is said to its author; the fault if it did not count. With `answer` the
/// message that was pressed is replaced in the same step.
pub(super) async fn settle(
    inner: &Inner,
    interaction: &Interaction,
    id: &str,
    apply: bool,
    answer: bool,
) -> Result<String, String> {
    match settled(inner, interaction, id, apply, answer).await {
        Ok(said) => Ok(said),
        Err(ChangeFault::Refused(why)) => Err(why),
        Err(fault) => {
            inner.counters.store_failures.add();
            tracing::error!(%fault, "a change of grants could not be made");
            Err("Bellhop could not write this down, so nothing changed. Press again in a moment.".to_owned())
        }
    }
}

async fn settled(
    inner: &Inner,
    interaction: &Interaction,
    id: &str,
    apply: bool,
    answer: bool,
) -> Result<String, ChangeFault> {
    let now = inner.clock.millis();
    let key = key_of(interaction.tenant(), id);
    let (waiting, version) = pressed(inner, interaction, id, &key).await?;
    let mut changes = vec![Change::remove(KIND, key, Expect::Version(version))];
    let mut rows = Vec::new();
    let said = if apply {
        let made = made(inner, &waiting, now)?;
        changes.extend(made.changes);
        rows.push(made.row);
        made.said
    } else {
        "Dropped. Nothing changed.".to_owned()
    };
    let job = if answer { told(inner, interaction, id, &said, true)? } else { None };
    match inner.store.commit(Batch { now, changes, job, rows }).await? {
        Committed::Done(_) => {}
        Committed::Conflict { .. } | Committed::Duplicate | Committed::Repeated(_) => {
            return no("Somebody was quicker: the grant was changed meanwhile. Nothing was changed by this.");
        }
    }
    if apply {
        super::renew(inner).await?;
    }
    Ok(said)
}

fn no<T>(why: impl Into<String>) -> Result<T, ChangeFault> {
    Err(ChangeFault::Refused(why.into()))
}

/// The change that waits for this button, and its record's version, if whoever pressed it may make it.
async fn pressed(
    inner: &Inner,
    interaction: &Interaction,
    id: &str,
    key: &str,
) -> Result<(Waiting, u64), ChangeFault> {
    let (team, user, now) = (interaction.tenant(), interaction.user_id.as_str(), inner.clock.millis());
    if interaction.user_team_id.as_deref().is_some_and(|own| own != team) {
        return no("Only people of this workspace may change its grants.");
    }
    let record = if asking::pending::is_id(id) { inner.store.record(KIND, key, now).await? } else { None };
    let Some(record) = record else {
        return no("This change is over: it was made, dropped, or waited too long.");
    };
    let plain = inner.seal.open(Purpose::Grant, &[KIND, key], &record.body)?;
    let Ok(waiting) = serde_json::from_slice::<Waiting>(&plain) else {
        return no("This change cannot be read any more. Type it again.");
    };
    if waiting.user != user {
        return no("Only who asked for this change may press that.");
    }
    let known = members::known(inner, team, user).await;
    if !members::is_administrator(inner, &known, team, user) {
        return no("You may not change grants any more, so nothing changed.");
    }
    Ok((waiting, record.version))
}

/// A change that is made: what becomes of the records, the row that tells of it, and what is said.
struct Made {
    changes: Vec<Change>,
    row: NewAuditRow,
    said: String,
}

fn made(inner: &Inner, waiting: &Waiting, now: UnixMillis) -> Result<Made, ChangeFault> {
    let (team, user) = (&waiting.team, &waiting.user);
    match show(inner, team, &waiting.what) {
        Ok(shown) if shown == waiting.shown => {}
        Ok(_) => {
            return no(
                "The rules changed since this was shown, so nothing changed. Type it again to see what it would give now.",
            );
        }
        Err(why) => return no(format!("That cannot be granted any more: {why}. Nothing changed.")),
    }
    let request = new_id(now)?;
    let (grant, kind, changes, said) = match &waiting.what {
        What::Add(draft) => {
            let grant = request[6..].to_owned();
            let changes = kept::added(&inner.seal, team, &grant, user, now, draft)?;
            let said = format!("Granted, as {grant}. It is in force.");
            (grant, "grant added", changes, said)
        }
        What::Remove { id, version, .. } => {
            let changes = kept::removed(team, id, *version);
            (id.clone(), "grant removed", changes, format!("Taken away: {id}."))
        }
    };
    let caller = Caller {
        tenant: team.clone(),
        user: user.clone(),
        channel: waiting.channel.clone(),
        spoken_by: None,
    };
    let told = format!("{grant}: {}", waiting.shown.join("; "));
    Ok(Made { changes, row: record::Facts::new(&request, &caller).did(kind, now, &told), said })
}

/// The job that says something where the button stood.
fn told(
    inner: &Inner,
    interaction: &Interaction,
    id: &str,
    text: &str,
    replaces: bool,
) -> Result<Option<NewJob>, ChangeFault> {
    let url: Option<ResponseUrl> =
        interaction.response_url.as_ref().and_then(|url| inner.settings.response_bases.check(url).ok());
    let Some(url) = url else { return Ok(None) };
    let facts = Facts { command: "access".to_owned(), ..Facts::default() };
    let reply = Reply::done(facts, Body::Text(text.to_owned()));
    let Ok(bytes) = stored::to_bytes(&reply) else { return Ok(None) };
    let (team, user, now) = (interaction.tenant(), interaction.user_id.as_str(), inner.clock.millis());
    let payload = Payload::telling(team, user, String::from_utf8_lossy(&bytes).into_owned(), &url, now);
    let payload = if replaces { payload.replacing(Some(&url), now) } else { payload };
    let key = format!("access:{team}:{id}:{user}:{}", new_id(now)?);
    Ok(Some(asking::later(inner, &key, now, &payload)?))
}

async fn tell(inner: &Inner, interaction: &Interaction, id: &str, text: &str, replaces: bool) {
    match told(inner, interaction, id, text, replaces) {
        Ok(Some(job)) => {
            inner.note(inner.store.enqueue_once(job, Vec::new()).await);
        }
        Ok(None) => {}
        Err(fault) => tracing::error!(%fault, "an answer about a change of grants could not be written down"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_grant_is_shown_before_it_is_made() {
        let texts = |texts: &[&str]| texts.iter().map(|text| (*text).to_owned()).collect::<Vec<_>>();
        let draft = Draft {
            users: texts(&["U0BOB"]),
            usergroups: texts(&["S0SRE"]),
            channels: texts(&["C0OPS"]),
            admins: true,
            ..Draft::default()
        };
        let shown = texts(&["who       U0BOB, S0SRE (2 people now)", "accounts  dev", "actions   ec2:*"]);
        let title = titled("This would give ", &draft, ":");
        let card = card(Facts::default(), title, &shown, "0123", "Grant it", ButtonLook::Primary);
        let json: serde_json::Value =
            serde_json::from_str(&render::to_slack(&card).to_json()).unwrap_or_default();
        insta::assert_snapshot!(serde_json::to_string_pretty(&json).unwrap_or_default());
    }
}
