//! An answer, whatever form it will take.

use std::time::Duration;

/// An answer to one command.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reply {
    /// What was asked, and the circumstances.
    pub facts: Facts,
    /// How it went.
    pub status: Status,
    /// The answer itself.
    pub body: Body,
    /// Short remarks below it, one sentence each.
    pub notes: Vec<String>,
    /// What can be pressed.
    pub buttons: Vec<Button>,
    /// Who sees it.
    pub audience: Audience,
}

/// What was asked, and the circumstances. Whatever is not known is left out of the answer.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Facts {
    /// The command as it was understood, such as `aws ec2 describe-instances`.
    pub command: String,
    /// Name of the account.
    pub account: Option<String>,
    /// Region.
    pub region: Option<String>,
    /// How long it took.
    pub took: Option<Duration>,
    /// Bellhop's id of this request, which joins it to the log.
    pub request_id: Option<String>,
}

/// How it went.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Status {
    /// It worked.
    Done,
    /// It is under way.
    Running,
    /// It waits for the word of whoever reads this.
    Asking,
    /// It waits for somebody else's word.
    Waiting,
    /// It was not allowed, and nothing was done.
    Denied,
    /// It failed, and nothing was changed.
    Failed,
    /// Nobody knows whether it happened.
    MayHaveHappened,
    /// Some of it worked.
    Partly,
}

/// The answer itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Body {
    /// The facts are all there is.
    Nothing,
    /// Sentences.
    Text(String),
    /// Sentences that name people and places.
    Spoken(Vec<Span>),
    /// Output whose lines and columns matter.
    Preformatted(String),
    /// Rows under a heading.
    Table {
        /// The heading.
        columns: Vec<String>,
        /// The rows; short ones are filled up.
        rows: Vec<Vec<String>>,
    },
    /// What went wrong.
    Problem(Problem),
    /// Things with pages of their own.
    Cards(Vec<Card>),
    /// Several, one below the other; where room is short, the first go first.
    Parts(Vec<Body>),
}

/// A piece of sentences.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Span {
    /// Words.
    Text(String),
    /// A user, by id.
    User(String),
    /// A usergroup, by id.
    Usergroup(String),
    /// A channel, by id.
    Channel(String),
}

impl Span {
    /// Words.
    pub fn text(text: impl Into<String>) -> Span {
        Span::Text(text.into())
    }

    /// Whoever or whatever an id of Slack's names, told by its first letter; else the text itself.
    pub fn named(id: &str) -> Span {
        match id.as_bytes().first() {
            Some(b'U' | b'W') => Span::User(id.to_owned()),
            Some(b'S') => Span::Usergroup(id.to_owned()),
            Some(b'C' | b'G') => Span::Channel(id.to_owned()),
            _ => Span::text(id),
        }
    }

    /// The same for each, with commas between.
    pub fn listed<'a>(ids: impl IntoIterator<Item = &'a str>) -> Vec<Span> {
        let mut spans = Vec::new();
        for id in ids {
            if !spans.is_empty() {
                spans.push(Span::text(", "));
            }
            spans.push(Span::named(id));
        }
        spans
    }

    /// Without any name: ids stay ids.
    pub fn plain(&self) -> &str {
        match self {
            Span::Text(text) | Span::User(text) | Span::Usergroup(text) | Span::Channel(text) => text,
        }
    }
}

/// What went wrong, for the person who asked.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Problem {
    /// What happened, in one sentence.
    pub what: String,
    /// Why, in AWS's words or Bellhop's.
    pub why: Option<String>,
    /// What can be done now.
    pub next: Option<String>,
}

/// A thing, and where more is to be seen of it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Card {
    /// What it is.
    pub title: String,
    /// Its page: an `https` address.
    pub link: Option<String>,
    /// What is known of it, a line each.
    pub lines: Vec<String>,
    /// Further pages: what each is called, and its `https` address.
    pub links: Vec<(String, String)>,
}

/// Something that can be pressed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Button {
    /// What stands on it.
    pub label: String,
    /// What kind of press it is.
    pub action: String,
    /// What the press is about; at most 2,000 characters.
    pub value: String,
    /// How it looks.
    pub look: ButtonLook,
}

/// How a button looks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ButtonLook {
    /// Like any other.
    Plain,
    /// The way forward.
    Primary,
    /// Something that cannot be undone.
    Danger,
}

/// Who sees an answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Audience {
    /// Only the one who asked.
    Caller,
    /// Everybody in the channel.
    Channel,
}

impl Reply {
    /// A successful answer to the caller alone.
    pub fn done(facts: Facts, body: Body) -> Reply {
        Reply {
            facts,
            status: Status::Done,
            body,
            notes: Vec::new(),
            buttons: Vec::new(),
            audience: Audience::Caller,
        }
    }

    /// Something that went wrong, told to the caller alone.
    pub fn problem(facts: Facts, status: Status, problem: Problem) -> Reply {
        Reply { status, ..Reply::done(facts, Body::Problem(problem)) }
    }

    /// Adds a remark.
    #[must_use]
    pub fn note(mut self, note: impl Into<String>) -> Reply {
        self.notes.push(note.into());
        self
    }

    /// Adds a button.
    #[must_use]
    pub fn button(mut self, button: Button) -> Reply {
        self.buttons.push(button);
        self
    }

    /// Shows it to the whole channel.
    #[must_use]
    pub fn to_channel(mut self) -> Reply {
        self.audience = Audience::Channel;
        self
    }
}

impl Problem {
    /// A problem of which only this is known.
    pub fn new(what: impl Into<String>) -> Problem {
        Problem { what: what.into(), why: None, next: None }
    }

    /// Says why.
    #[must_use]
    pub fn why(mut self, why: impl Into<String>) -> Problem {
        self.why = Some(why.into());
        self
    }

    /// Says what can be done now.
    #[must_use]
    pub fn next(mut self, next: impl Into<String>) -> Problem {
        self.next = Some(next.into());
        self
    }
}
