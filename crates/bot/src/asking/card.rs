//! The words of a card: what is asked, on which things, what AWS says of it, how it is taken back.

use render::{Body, Button, ButtonLook, Facts, Problem, Reply, Span, Status};
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
    let mut parts = vec![Body::Spoken(opening(pending, looking))];
    if let Some(command) = pending.command() {
        parts.push(Body::Preformatted(command.shown.clone()));
        parts.extend(things(&pending.findings));
    }
    let remarks = remarks(pending);
    if !remarks.is_empty() {
        parts.push(Body::Spoken(remarks.join(&Span::text("\n"))));
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

/// The first sentence. Names notify where the card is posted for approvers to see, and nowhere else: the asker's own card
/// is seen by nobody else.
fn opening(pending: &Pending, looking: Looking) -> Vec<Span> {
    let asker = &pending.asker;
    let mut spans = Vec::new();
    if pending.state != State::Open {
        spans.push(Span::text(format!("{}\n", capital(&pending.became()))));
    }
    if looking == Looking::Approver {
        spans.push(Span::named(&asker.user));
        let spoken_by = asker.spoken_by.as_ref();
        spans.extend(spoken_by.map(|by| Span::text(format!(" (from a terminal, by {by})"))));
    }
    match (&pending.subject, looking) {
        (Subject::Command(AskedCommand { role, .. }), Looking::Asker) => {
            spans.push(Span::text(format!("This runs once, as {role}:")));
        }
        (Subject::Command(AskedCommand { role, .. }), Looking::Approver) => spans.extend([
            Span::text(" asks to run this once, in channel "),
            Span::named(&asker.channel),
            Span::text(format!(", as {role}:")),
        ]),
        (Subject::Elevation { grant, seconds, reason }, Looking::Asker) => {
            let lasts = lasting(*seconds);
            spans.push(Span::text(format!("You asked for {grant}, for {lasts}. Your reason: {reason}")));
        }
        (Subject::Elevation { grant, seconds, reason }, Looking::Approver) => {
            let lasts = lasting(*seconds);
            spans.push(Span::text(format!(" asks for {grant}, for {lasts}. The reason given: {reason}")));
        }
    }
    spans
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

/// What stands below the things, a line each.
fn remarks(pending: &Pending) -> Vec<Vec<Span>> {
    let mut said = Vec::new();
    if let Some(command) = pending.command() {
        let findings = &pending.findings;
        said.push(match findings.touched() {
            0 => "It names no single things that could be looked up.".to_owned(),
            1 => "It touches 1 thing.".to_owned(),
            more => format!("It touches {more} things."),
        });
        said.extend(findings.dry_run.as_ref().map(super::findings::DryRun::sentence));
        said.extend(undo::of(&command.action).map(undo::Undo::sentence));
        said.extend(findings.unknown.iter().cloned());
    }
    let mut remarks: Vec<Vec<Span>> = said.into_iter().map(|text| vec![Span::Text(text)]).collect();
    if let (Needed::Approval { approvers, count }, State::Open) = (&pending.need, &pending.state) {
        let begin = format!("{} of {count} approved. Who may approve: ", pending.votes.len());
        remarks.push(sentence(&begin, approvers));
    }
    if !pending.votes.is_empty() {
        let by: Vec<String> = pending.votes.iter().map(|vote| vote.user.clone()).collect();
        remarks.push(sentence("Approved by ", &by));
    }
    if let State::Rejected { by, .. } = &pending.state {
        remarks.push(sentence("Rejected by ", std::slice::from_ref(by)));
    }
    remarks
}

fn sentence(begin: &str, ids: &[String]) -> Vec<Span> {
    let mut spans = vec![Span::text(begin)];
    spans.extend(Span::listed(ids.iter().map(String::as_str)));
    spans.push(Span::text("."));
    spans
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::asking::findings::DryRun;
    use crate::asking::pending::Vote;
    use crate::request::Caller;

    const ID: &str = "0123456789abcdef0123456789abcdef";

    fn asked(subject: Subject, need: Needed) -> Pending {
        let caller = Caller {
            tenant: "T1".to_owned(),
            user: "U0ALICE".to_owned(),
            channel: "C0OPS".to_owned(),
            spoken_by: None,
        };
        Pending::new(&caller, subject, need, UnixMillis(1_800_000_000_000), 600_000)
    }

    fn command(line: &str, action: &str) -> Subject {
        Subject::Command(AskedCommand {
            line: line.to_owned(),
            shown: format!("aws {line}"),
            meaning: String::new(),
            action: action.to_owned(),
            account: "production".to_owned(),
            region: "eu-west-1".to_owned(),
            role: "arn:aws:iam::111111111111:role/Bellhop".to_owned(),
            untagged: false,
            promises: Vec::new(),
        })
    }

    fn approvers() -> Needed {
        let approvers = ["S0SRE", "U0BOB", "C0LEADS"].map(str::to_owned).to_vec();
        Needed::Approval { approvers, count: 2 }
    }

    fn shown(pending: &Pending, looking: Looking) -> String {
        let json = render::to_slack(&card(pending, ID, looking)).to_json();
        let json: serde_json::Value = serde_json::from_str(&json).unwrap_or_default();
        serde_json::to_string_pretty(&json).unwrap_or_default()
    }

    #[test]
    fn a_write_is_shown_to_its_caller() {
        let mut pending = asked(
            command("ec2 stop-instances --instance-ids i-0a1", "ec2:StopInstances"),
            Needed::Confirmation,
        );
        let text = |text: &str| Some(text.to_owned());
        pending.findings.things.push(Thing {
            noun: "instance".to_owned(),
            id: "i-0a1".to_owned(),
            name: text("<!channel> web-1"),
            state: text("running"),
            detail: text("t3.micro"),
            owner: text("<@U0MALLORY>"),
        });
        pending.findings.dry_run = Some(DryRun::of("DryRunOperation", ""));
        insta::assert_snapshot!(shown(&pending, Looking::Asker));
    }

    #[test]
    fn a_destructive_command_is_shown_to_its_approvers() {
        let line = "ec2 terminate-instances --instance-ids i-0a1";
        let mut pending = asked(command(line, "ec2:TerminateInstances"), approvers());
        pending.votes.push(Vote { user: "U0CAROL".to_owned(), at: 1 });
        insta::assert_snapshot!(shown(&pending, Looking::Approver));
        insta::assert_snapshot!(shown(&pending, Looking::Asker));
        let reason = Some("<!here> not today".to_owned());
        pending.state = State::Rejected { by: "U0BOB".to_owned(), reason, at: 2 };
        insta::assert_snapshot!(shown(&pending, Looking::Approver));
    }

    #[test]
    fn a_right_for_a_while_is_shown_to_its_approvers() {
        let (grant, reason) = ("break-glass".to_owned(), "<@U0BOB> said so".to_owned());
        let pending = asked(Subject::Elevation { grant, seconds: 1800, reason }, approvers());
        insta::assert_snapshot!(shown(&pending, Looking::Approver));
    }
}
