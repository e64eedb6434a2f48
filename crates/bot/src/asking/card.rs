//! The words of a card: what is asked, on which things, what AWS says of it, how it is taken back.

use render::{Body, Button, ButtonLook, Facts, Problem, Reply, Status};
use slack::text::length;
use store::UnixMillis;

use crate::asking::findings::{Findings, Thing};
use crate::asking::lasting::{lasting, moment};
use crate::asking::pending::{AskedCommand, Needed, Pending, State, Subject};
use crate::asking::undo;

/// The longest command that a card shows whole, in characters as a message counts them. What is longer is not asked
/// about: nobody gives their word for what they cannot see.
pub(crate) const LONGEST: usize = 6_000;

/// The buttons' identifiers.
pub(crate) const RUN: &str = "run";
pub(crate) const CANCEL: &str = "cancel";
pub(crate) const APPROVE: &str = "approve";
pub(crate) const REJECT: &str = "reject";

/// Who looks at a card.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Looking {
    Asker,
    Approver,
}

/// Whether a card can show that command whole.
pub(crate) fn fits(shown: &str) -> bool {
    length(shown) + 4 * shown.matches(['<', '>', '&']).count() <= LONGEST
}

/// The card of a question as it stands now.
pub(crate) fn card(pending: &Pending, id: &str, looking: Looking) -> Reply {
    let facts = facts(pending, id);
    let mut parts = vec![Body::Text(opening(pending, looking))];
    if let Some(command) = pending.command() {
        parts.push(Body::Preformatted(command.shown.clone()));
        parts.extend(things(&pending.findings));
    }
    let remarks = remarks(pending);
    if !remarks.is_empty() {
        parts.push(Body::Text(remarks.join("\n")));
    }
    let reply = Reply { status: status(pending, looking), ..Reply::done(facts, Body::Parts(parts)) };
    match pending.state {
        State::Open => {
            buttons(pending, id, looking).into_iter().fold(reply, Reply::button).note(until(pending))
        }
        _ => reply,
    }
}

/// What became of a question, in the place of its card.
pub(crate) fn became(pending: &Pending, id: &str) -> Reply {
    let reply = Reply::done(facts(pending, id), Body::Text(capital(&pending.became())));
    Reply { status: status(pending, Looking::Asker), ..reply }
}

/// To whoever pressed what does not count.
pub(crate) fn unheard(why: &str) -> Reply {
    Reply::problem(Facts::default(), Status::Denied, Problem::new(why))
}

fn facts(pending: &Pending, id: &str) -> Facts {
    let (account, region) = match pending.command() {
        Some(command) => (Some(command.account.clone()), Some(command.region.clone())),
        None => (None, None),
    };
    let request_id = id.get(..8).map(|short| format!("question {short}"));
    Facts { command: heading(&pending.subject), account, region, took: None, request_id }
}

/// The first words: the whole stands below.
fn heading(subject: &Subject) -> String {
    match subject {
        Subject::Command(command) => command.shown.split_whitespace().take(3).collect::<Vec<_>>().join(" "),
        Subject::Elevation { grant, .. } => format!("access to {grant}"),
    }
}

fn status(pending: &Pending, looking: Looking) -> Status {
    match (&pending.state, &pending.need, looking) {
        (State::Open, Needed::Approval { .. }, Looking::Asker) => Status::Waiting,
        (State::Open, ..) => Status::Asking,
        (State::Taken { .. }, ..) if pending.command().is_some() => Status::Running,
        (State::Taken { .. } | State::Ended { .. }, ..) => Status::Done,
        (State::Cancelled { .. }, ..) => Status::Failed,
        (State::Rejected { .. }, ..) => Status::Denied,
        (State::Expired | State::Unasked, ..) => Status::Failed,
    }
}

fn opening(pending: &Pending, looking: Looking) -> String {
    let asker = &pending.asker;
    let who = match &asker.spoken_by {
        Some(system_user) => format!("{} (from a terminal, by {system_user})", asker.user),
        None => asker.user.clone(),
    };
    let mut text = match (&pending.subject, looking) {
        (Subject::Command(AskedCommand { role, .. }), Looking::Asker) => {
            format!("This runs once, as {role}:")
        }
        (Subject::Command(AskedCommand { role, .. }), Looking::Approver) => {
            format!("{who} asks to run this once, in channel {}, as {role}:", asker.channel)
        }
        (Subject::Elevation { grant, seconds, reason }, Looking::Asker) => {
            format!("You asked for {grant}, for {}. Your reason: {reason}", lasting(*seconds))
        }
        (Subject::Elevation { grant, seconds, reason }, Looking::Approver) => {
            format!("{who} asks for {grant}, for {}. The reason given: {reason}", lasting(*seconds))
        }
    };
    if pending.state != State::Open {
        text = format!("{}\n{text}", capital(&pending.became()));
    }
    text
}

/// A part of a thing that may be known.
type Part = fn(&Thing) -> &Option<String>;

fn things(findings: &Findings) -> Option<Body> {
    if findings.things.is_empty() {
        return None;
    }
    let known =
        |part: fn(&Thing) -> &Option<String>| findings.things.iter().any(|thing| part(thing).is_some());
    let columns: [(&str, Part); 4] = [
        ("Name", |thing| &thing.name),
        ("State", |thing| &thing.state),
        ("Type", |thing| &thing.detail),
        ("Owner", |thing| &thing.owner),
    ];
    let shown: Vec<_> = columns.into_iter().filter(|(_, part)| known(*part)).collect();
    let heading = ["Kind", "Id"].into_iter().chain(shown.iter().map(|(name, _)| *name));
    let row = |thing: &Thing| {
        let cells = shown.iter().map(|(_, part)| part(thing).clone().unwrap_or_default());
        [thing.noun.clone(), thing.id.clone()].into_iter().chain(cells).collect()
    };
    let rows = findings.things.iter().map(row).collect();
    Some(Body::Table { columns: heading.map(str::to_owned).collect(), rows })
}

/// What stands below the things.
fn remarks(pending: &Pending) -> Vec<String> {
    let mut remarks = Vec::new();
    if let Some(command) = pending.command() {
        let findings = &pending.findings;
        remarks.push(match findings.touched() {
            0 => "It names no single things that could be looked up.".to_owned(),
            1 => "It touches 1 thing.".to_owned(),
            more => format!("It touches {more} things."),
        });
        remarks.extend(findings.dry_run.as_ref().map(super::findings::DryRun::sentence));
        remarks.extend(undo::of(&command.action).map(undo::Undo::sentence));
        remarks.extend(findings.unknown.iter().cloned());
    }
    if let (Needed::Approval { approvers, count }, State::Open) = (&pending.need, &pending.state) {
        remarks.push(format!(
            "{} of {count} approved. Who may approve: {}.",
            pending.votes.len(),
            approvers.join(", ")
        ));
    }
    if !pending.votes.is_empty() {
        let by: Vec<&str> = pending.votes.iter().map(|vote| vote.user.as_str()).collect();
        remarks.push(format!("Approved by {}.", by.join(", ")));
    }
    if let State::Rejected { by, .. } = &pending.state {
        remarks.push(format!("Rejected by {by}."));
    }
    remarks
}

fn buttons(pending: &Pending, id: &str, looking: Looking) -> Vec<Button> {
    let button = |label: &str, action: &str, look| Button {
        label: label.to_owned(),
        action: action.to_owned(),
        value: id.to_owned(),
        look,
    };
    match (&pending.need, looking) {
        (Needed::Confirmation, _) => {
            vec![button("Run", RUN, ButtonLook::Primary), button("Cancel", CANCEL, ButtonLook::Plain)]
        }
        (Needed::Approval { .. }, Looking::Approver) => {
            vec![
                button("Approve", APPROVE, ButtonLook::Primary),
                button("Reject", REJECT, ButtonLook::Danger),
            ]
        }
        (Needed::Approval { .. }, Looking::Asker) => vec![button("Cancel", CANCEL, ButtonLook::Plain)],
    }
}

fn until(pending: &Pending) -> String {
    let last = pending.expires_at - pending.asked_at;
    let seconds = u64::try_from(last / 1000).unwrap_or(0);
    format!(
        "Good for one run, within {}: until {}.",
        lasting(seconds),
        moment(UnixMillis(pending.expires_at))
    )
}

fn capital(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map(|first| first.to_uppercase().chain(letters).collect()).unwrap_or_default()
}
