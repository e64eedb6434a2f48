//! What a command in a worker comes to: how it is shown, and what a filter behind it reads.

use render::{Audience, Body, Button, Facts, Problem, Reply, Status};
use value::Value;

/// What a command in a worker comes to.
#[derive(Debug, Clone)]
pub struct Output {
    pub(crate) status: Status,
    /// How it is shown where nothing follows.
    pub(crate) body: Body,
    /// What a filter behind it reads.
    pub(crate) data: Data,
    /// Short remarks, one sentence each.
    pub(crate) notes: Vec<String>,
    pub(crate) buttons: Vec<Button>,
    pub(crate) audience: Audience,
}

/// What a filter reads.
#[derive(Debug, Clone)]
pub(crate) enum Data {
    /// A tree, as AWS answers.
    Value(Value),
    /// Lines.
    Text(String),
    /// Rows under a heading.
    Table { columns: Vec<String>, rows: Vec<Vec<String>> },
}

impl Output {
    /// A tree, shown as `body`.
    pub(crate) fn value(value: Value, body: Body) -> Output {
        Output::with(Data::Value(value), body)
    }

    /// Sentences.
    pub(crate) fn text(text: impl Into<String>) -> Output {
        let text = text.into();
        Output::with(Data::Text(text.clone()), Body::Text(text))
    }

    /// Lines whose columns matter.
    pub(crate) fn lines(text: impl Into<String>) -> Output {
        let text = text.into();
        Output::with(Data::Text(text.clone()), Body::Preformatted(text))
    }

    /// Rows under a heading.
    pub(crate) fn table(columns: &[&str], rows: Vec<Vec<String>>) -> Output {
        let columns: Vec<String> = columns.iter().map(|name| (*name).to_owned()).collect();
        let data = Data::Table { columns: columns.clone(), rows: rows.clone() };
        Output::with(data, Body::Table { columns, rows })
    }

    /// Something that went wrong.
    pub(crate) fn problem(status: Status, problem: Problem) -> Output {
        let output = Output::with(Data::Text(String::new()), Body::Problem(problem));
        Output { status, ..output }
    }

    fn with(data: Data, body: Body) -> Output {
        Output {
            status: Status::Done,
            body,
            data,
            notes: Vec::new(),
            buttons: Vec::new(),
            audience: Audience::Caller,
        }
    }

    /// Adds remarks.
    #[must_use]
    pub(crate) fn noting(mut self, notes: impl IntoIterator<Item = String>) -> Output {
        self.notes.extend(notes);
        self
    }

    /// As that status.
    #[must_use]
    pub(crate) fn with_status(self, status: Status) -> Output {
        Output { status, ..self }
    }

    /// Shown like that.
    #[must_use]
    pub(crate) fn with_body(self, body: Body) -> Output {
        Output { body, ..self }
    }

    /// What another part of Bellhop replied.
    pub(crate) fn of_reply(reply: Reply) -> Output {
        let Reply { status, body, notes, buttons, audience, .. } = reply;
        let data = match &body {
            Body::Text(text) | Body::Preformatted(text) => Data::Text(text.clone()),
            Body::Table { columns, rows } => Data::Table { columns: columns.clone(), rows: rows.clone() },
            Body::Cards(_) | Body::Spoken(_) | Body::Nothing | Body::Problem(_) | Body::Parts(_) => {
                Data::Text(String::new())
            }
        };
        Output { status, data, body, notes, buttons, audience }
    }

    /// The reply to the user.
    pub(crate) fn reply(&self, facts: Facts) -> Reply {
        let Output { status, body, notes, buttons, audience, .. } = self.clone();
        Reply { facts, status, body, notes, buttons, audience }
    }
}
