//! A reply as it waits in the store for its delivery: JSON with a version, then sealed.
//!
//! Version 1 knew no buttons, version 2 no names in sentences; both are still read.

use std::time::Duration;

use render::{Audience, Body, Button, ButtonLook, Card, Facts, Problem, Reply, Span, Status};
use serde::{Deserialize, Serialize};

/// The version of [`StoredReply`].
const VERSION: u32 = 3;

#[derive(Serialize, Deserialize)]
struct StoredReply {
    version: u32,
    command: String,
    account: Option<String>,
    region: Option<String>,
    took_ms: Option<u64>,
    request_id: Option<String>,
    status: StoredStatus,
    body: StoredBody,
    notes: Vec<String>,
    #[serde(default)]
    buttons: Vec<StoredButton>,
    to_channel: bool,
}

#[derive(Serialize, Deserialize)]
struct StoredButton {
    label: String,
    action: String,
    value: String,
    look: StoredLook,
}

#[derive(Serialize, Deserialize)]
enum StoredLook {
    Plain,
    Primary,
    Danger,
}

#[derive(Serialize, Deserialize)]
enum StoredStatus {
    Done,
    Running,
    Asking,
    Waiting,
    Denied,
    Failed,
    MayHaveHappened,
    Partly,
}

#[derive(Serialize, Deserialize)]
enum StoredBody {
    Nothing,
    Text(String),
    Spoken(Vec<StoredSpan>),
    Preformatted(String),
    Table { columns: Vec<String>, rows: Vec<Vec<String>> },
    Problem { what: String, why: Option<String>, next: Option<String> },
    Cards(Vec<StoredCard>),
    Parts(Vec<StoredBody>),
}

#[derive(Serialize, Deserialize)]
struct StoredCard {
    title: String,
    link: Option<String>,
    lines: Vec<String>,
    links: Vec<(String, String)>,
}

#[derive(Serialize, Deserialize)]
enum StoredSpan {
    Text(String),
    User(String),
    Usergroup(String),
    Channel(String),
}

/// Why a stored reply cannot be read.
#[derive(Debug, thiserror::Error)]
pub(crate) enum StoredFault {
    #[error("the reply's content cannot be read")]
    Content(#[from] serde_json::Error),
    #[error("the reply has version {0}, which is not known here")]
    Version(u32),
}

/// The reply as bytes.
pub(crate) fn to_bytes(reply: &Reply) -> Result<Vec<u8>, StoredFault> {
    let stored = StoredReply {
        version: VERSION,
        command: reply.facts.command.clone(),
        account: reply.facts.account.clone(),
        region: reply.facts.region.clone(),
        took_ms: reply.facts.took.map(|took| u64::try_from(took.as_millis()).unwrap_or(u64::MAX)),
        request_id: reply.facts.request_id.clone(),
        status: status_out(reply.status),
        body: body_out(&reply.body),
        notes: reply.notes.clone(),
        buttons: reply.buttons.iter().map(button_out).collect(),
        to_channel: reply.audience == Audience::Channel,
    };
    Ok(serde_json::to_vec(&stored)?)
}

/// The reply again.
pub(crate) fn from_bytes(bytes: &[u8]) -> Result<Reply, StoredFault> {
    let stored: StoredReply = serde_json::from_slice(bytes)?;
    if !(1..=VERSION).contains(&stored.version) {
        return Err(StoredFault::Version(stored.version));
    }
    Ok(Reply {
        facts: Facts {
            command: stored.command,
            account: stored.account,
            region: stored.region,
            took: stored.took_ms.map(Duration::from_millis),
            request_id: stored.request_id,
        },
        status: status_in(&stored.status),
        body: body_in(stored.body),
        notes: stored.notes,
        buttons: stored.buttons.into_iter().map(button_in).collect(),
        audience: if stored.to_channel { Audience::Channel } else { Audience::Caller },
    })
}

fn button_out(button: &Button) -> StoredButton {
    let Button { label, action, value, look } = button.clone();
    let look = match look {
        ButtonLook::Plain => StoredLook::Plain,
        ButtonLook::Primary => StoredLook::Primary,
        ButtonLook::Danger => StoredLook::Danger,
    };
    StoredButton { label, action, value, look }
}

fn button_in(button: StoredButton) -> Button {
    let StoredButton { label, action, value, look } = button;
    let look = match look {
        StoredLook::Plain => ButtonLook::Plain,
        StoredLook::Primary => ButtonLook::Primary,
        StoredLook::Danger => ButtonLook::Danger,
    };
    Button { label, action, value, look }
}

fn status_out(status: Status) -> StoredStatus {
    match status {
        Status::Done => StoredStatus::Done,
        Status::Running => StoredStatus::Running,
        Status::Asking => StoredStatus::Asking,
        Status::Waiting => StoredStatus::Waiting,
        Status::Denied => StoredStatus::Denied,
        Status::Failed => StoredStatus::Failed,
        Status::MayHaveHappened => StoredStatus::MayHaveHappened,
        Status::Partly => StoredStatus::Partly,
    }
}

fn status_in(status: &StoredStatus) -> Status {
    match status {
        StoredStatus::Done => Status::Done,
        StoredStatus::Running => Status::Running,
        StoredStatus::Asking => Status::Asking,
        StoredStatus::Waiting => Status::Waiting,
        StoredStatus::Denied => Status::Denied,
        StoredStatus::Failed => Status::Failed,
        StoredStatus::MayHaveHappened => Status::MayHaveHappened,
        StoredStatus::Partly => Status::Partly,
    }
}

fn body_out(body: &Body) -> StoredBody {
    match body.clone() {
        Body::Nothing => StoredBody::Nothing,
        Body::Text(text) => StoredBody::Text(text),
        Body::Spoken(spans) => StoredBody::Spoken(spans.into_iter().map(span_out).collect()),
        Body::Preformatted(text) => StoredBody::Preformatted(text),
        Body::Table { columns, rows } => StoredBody::Table { columns, rows },
        Body::Problem(Problem { what, why, next }) => StoredBody::Problem { what, why, next },
        Body::Cards(cards) => {
            let stored = |Card { title, link, lines, links }| StoredCard { title, link, lines, links };
            StoredBody::Cards(cards.into_iter().map(stored).collect())
        }
        Body::Parts(parts) => StoredBody::Parts(parts.iter().map(body_out).collect()),
    }
}

fn body_in(body: StoredBody) -> Body {
    match body {
        StoredBody::Nothing => Body::Nothing,
        StoredBody::Text(text) => Body::Text(text),
        StoredBody::Spoken(spans) => Body::Spoken(spans.into_iter().map(span_in).collect()),
        StoredBody::Preformatted(text) => Body::Preformatted(text),
        StoredBody::Table { columns, rows } => Body::Table { columns, rows },
        StoredBody::Problem { what, why, next } => Body::Problem(Problem { what, why, next }),
        StoredBody::Cards(cards) => {
            let card = |StoredCard { title, link, lines, links }| Card { title, link, lines, links };
            Body::Cards(cards.into_iter().map(card).collect())
        }
        StoredBody::Parts(parts) => Body::Parts(parts.into_iter().map(body_in).collect()),
    }
}

fn span_out(span: Span) -> StoredSpan {
    match span {
        Span::Text(text) => StoredSpan::Text(text),
        Span::User(id) => StoredSpan::User(id),
        Span::Usergroup(id) => StoredSpan::Usergroup(id),
        Span::Channel(id) => StoredSpan::Channel(id),
    }
}

fn span_in(span: StoredSpan) -> Span {
    match span {
        StoredSpan::Text(text) => Span::Text(text),
        StoredSpan::User(id) => Span::User(id),
        StoredSpan::Usergroup(id) => Span::Usergroup(id),
        StoredSpan::Channel(id) => Span::Channel(id),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn replies_come_back_as_they_were() {
        let facts = Facts {
            command: "aws ec2 describe-vpcs".to_owned(),
            account: Some("dev".to_owned()),
            region: Some("eu-west-1".to_owned()),
            took: Some(Duration::from_millis(42)),
            request_id: Some("r".to_owned()),
        };
        let problem = Problem::new("what").why("why").next("next");
        let button =
            |look| Button { label: "Run".to_owned(), action: "run".to_owned(), value: "v".to_owned(), look };
        let link = "https://a.example".to_owned();
        let card = Card {
            title: "t".to_owned(),
            link: Some(link.clone()),
            lines: vec!["l".to_owned()],
            links: vec![("n".to_owned(), link)],
        };
        let parts = vec![
            Body::Cards(vec![card]),
            Body::Text("a".to_owned()),
            Body::Preformatted("b".to_owned()),
            Body::Spoken(vec![Span::text("c"), Span::named("U1"), Span::named("S1"), Span::named("C1")]),
        ];
        let replies = [
            Reply { status: Status::Asking, ..Reply::done(facts.clone(), Body::Parts(parts)) }
                .button(button(ButtonLook::Primary))
                .button(button(ButtonLook::Danger))
                .button(button(ButtonLook::Plain)),
            Reply { status: Status::Waiting, ..Reply::done(facts.clone(), Body::Nothing) },
            Reply::done(facts.clone(), Body::Preformatted("{}".to_owned())).note("a remark"),
            Reply::problem(facts.clone(), Status::MayHaveHappened, problem),
            Reply::done(facts.clone(), Body::Table { columns: vec!["a".to_owned()], rows: vec![vec![]] })
                .to_channel(),
            Reply { status: Status::Partly, ..Reply::done(facts, Body::Nothing) },
        ];
        for reply in replies {
            assert_eq!(from_bytes(&to_bytes(&reply).expect("writes")).expect("reads"), reply);
        }
    }

    #[test]
    fn replies_of_the_first_version_are_read() {
        let old = br#"{"version": 1, "command": "c", "account": null, "region": null, "took_ms": null,
            "request_id": null, "status": "Done", "body": "Nothing", "notes": [], "to_channel": false}"#;
        let expected = Reply::done(Facts { command: "c".to_owned(), ..Facts::default() }, Body::Nothing);
        assert_eq!(from_bytes(old).expect("reads"), expected);
    }
}
