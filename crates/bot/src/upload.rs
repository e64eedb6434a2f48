//! Files that belong to an answer: pictures, tables that are too large for a message.
//!
//! A file goes where its answer goes: to the channel when everybody sees the answer, otherwise to its caller's direct message
//! with Bellhop. Invariants: the bytes are bounded; nothing is shown to more people than the answer; without a bot token
//! nothing is tried, and that is said. Absent on purpose: files of the machine; what is uploaded is made here.

use std::time::Duration;

use render::{Audience, Problem};
use slack::web::{ConversationsOpen, MAX_FILE_NAME, Upload, WebError};

use crate::bot::Inner;
use crate::outcome::causes;
use crate::request::{AnswerTo, Request};

/// The most bytes of one file.
pub(crate) const MOST_BYTES: usize = 10 * 1024 * 1024;
/// How long one step of an upload waits for its turn.
const PATIENCE: Duration = Duration::from_secs(60);

/// A file for Slack.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct File {
    /// Its name, with the ending that tells its kind: `i-0abc.png`.
    pub(crate) name: String,
    /// What stands above it.
    pub(crate) title: String,
    /// What is in it.
    pub(crate) bytes: Vec<u8>,
}

/// Why a file was not uploaded.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(crate) enum NoUpload {
    /// There is no token for Slack's Web API.
    #[error("Bellhop has no bot token, and Slack takes files only with one")]
    NoToken,
    /// Whoever asked sits at a terminal.
    #[error("files go to Slack, and this was asked at a terminal")]
    Terminal,
    /// There is nothing in it.
    #[error("there is nothing in it")]
    Empty,
    /// It is too large.
    #[error("it has {0} bytes, and {MOST_BYTES} is the most")]
    TooLarge(usize),
    /// The token lacks a scope.
    #[error("Bellhop's token lacks the scope {0}")]
    Scope(String),
    /// Bellhop is not in the channel.
    #[error("Bellhop is not in this channel")]
    NotThere,
    /// Slack may show it all the same.
    #[error("Slack did not say whether it took it")]
    Unclear,
    /// Something else.
    #[error("Slack did not take it: {0}")]
    Failed(String),
}

impl NoUpload {
    fn of(error: &WebError) -> NoUpload {
        match error {
            WebError::Refused { error, needed, .. } => match (error.as_str(), needed) {
                ("missing_scope", needed) => {
                    NoUpload::Scope(needed.clone().unwrap_or_else(|| "files:write".to_owned()))
                }
                ("not_in_channel" | "channel_not_found", _) => NoUpload::NotThere,
                (why, _) => NoUpload::Failed(why.to_owned()),
            },
            WebError::Unclear { .. } => NoUpload::Unclear,
            WebError::NotSent { .. } => NoUpload::Failed("it could not be reached".to_owned()),
            WebError::RateLimited { .. } => NoUpload::Failed("it takes no more at the moment".to_owned()),
        }
    }

    /// For whoever asked: what happened to that file, why, what can be done.
    pub(crate) fn problem(&self, name: &str) -> Problem {
        let problem = match self {
            NoUpload::Unclear => Problem::new(format!("{name} may have been uploaded, or not.")),
            _ => Problem::new(format!("{name} was not uploaded.")),
        };
        let text = self.to_string();
        let mut letters = text.chars();
        let first = letters.next().into_iter().flat_map(char::to_uppercase);
        let problem = problem.why(format!("{}.", first.chain(letters).collect::<String>()));
        match self {
            NoUpload::NoToken => problem.next("Whoever runs Bellhop sets `slack.bot_token`."),
            NoUpload::Scope(_) => problem.next("Whoever runs Bellhop adds it and installs the app anew."),
            NoUpload::NotThere => problem.next("Invite it with /invite, or ask in a direct message with it."),
            NoUpload::Terminal => problem.next("Ask in Slack."),
            NoUpload::Empty => problem,
            NoUpload::TooLarge(_) => problem.next("Ask for less."),
            NoUpload::Unclear | NoUpload::Failed(_) => problem.next("Try again in a moment."),
        }
    }
}

/// Whether files can be uploaded for whoever asked.
///
/// # Errors
/// Why not.
pub(crate) fn possible(inner: &Inner, request: &Request) -> Result<(), NoUpload> {
    match (&inner.web, &request.answer) {
        (None, _) => Err(NoUpload::NoToken),
        (_, AnswerTo::Waiting) => Err(NoUpload::Terminal),
        (Some(_), AnswerTo::Slack(_)) => Ok(()),
    }
}

/// Uploads a file to where an answer for that audience goes. Says where it stands, as a sentence.
///
/// # Errors
/// It stands nowhere; only [`NoUpload::Unclear`] leaves that open.
pub(crate) async fn upload(
    inner: &Inner,
    request: &Request,
    audience: Audience,
    file: &File,
) -> Result<String, NoUpload> {
    possible(inner, request)?;
    let Some(web) = &inner.web else { return Err(NoUpload::NoToken) };
    match file.bytes.len() {
        0 => return Err(NoUpload::Empty),
        length if length > MOST_BYTES => return Err(NoUpload::TooLarge(length)),
        _ => {}
    }
    let caller = &request.caller;
    let is_public = audience == Audience::Channel;
    let channel = if is_public {
        caller.channel.clone()
    } else {
        let opened = web.ask_within(&ConversationsOpen { user: &caller.user }, PATIENCE).await;
        opened.map_err(|error| told(&error))?
    };
    let (filename, title) = (file_name(&file.name), file.title.as_str());
    let upload = Upload {
        filename: &filename,
        title,
        bytes: &file.bytes,
        channel: &channel,
        thread_ts: None,
        comment: None,
    };
    web.upload(&upload, PATIENCE).await.map_err(|error| told(&error))?;
    tracing::info!(channel, bytes = file.bytes.len(), "uploaded a file");
    Ok(if is_public || channel == caller.channel {
        format!("{filename} is in this channel.")
    } else {
        format!("{filename} is in your direct message with Bellhop.")
    })
}

fn told(error: &WebError) -> NoUpload {
    tracing::warn!(fault = causes(error), "a file could not be uploaded");
    NoUpload::of(error)
}

/// A name without folders and signs that hide something.
fn file_name(name: &str) -> String {
    let good = |c: char| c.is_alphanumeric() || "-_.+=@ ,()".contains(c);
    let name: String = name.chars().map(|c| if good(c) { c } else { '_' }).collect();
    let name = name.trim_start_matches(['.', ' ']).trim_end();
    let over = name.chars().count().saturating_sub(MAX_FILE_NAME);
    // Its end tells what it is.
    let name: String = name.chars().skip(over).collect();
    if name.is_empty() { "file".to_owned() } else { name }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_plain_and_keep_their_ends() {
        let cases = [
            ("report.csv", "report.csv"),
            ("../../etc/passwd", "_.._etc_passwd"),
            ("a\u{202e}gpj.exe", "a_gpj.exe"),
            ("", "file"),
            ("..", "file"),
            (".env", "env"),
            ("Übersicht (1).csv", "Übersicht (1).csv"),
        ];
        for (name, expected) in cases {
            assert_eq!(file_name(name), expected, "{name}");
        }
        let long = file_name(&format!("{}.csv", "x".repeat(500)));
        assert!(long.ends_with(".csv") && long.chars().count() == MAX_FILE_NAME);
    }

    #[test]
    fn each_failure_says_what_happened_and_what_to_do() {
        let refused = |error: &str, needed: Option<&str>| WebError::Refused {
            method: "files.completeUploadExternal",
            error: error.to_owned(),
            needed: needed.map(str::to_owned),
            details: Vec::new(),
        };
        let cases = [
            (refused("missing_scope", Some("im:write")), "lacks the scope im:write"),
            (refused("not_in_channel", None), "not in this channel"),
            (refused("file_uploads_disabled", None), "file_uploads_disabled"),
            (WebError::Unclear { method: "x", why: "reset".to_owned() }, "did not say whether"),
        ];
        for (error, part) in cases {
            let problem = NoUpload::of(&error).problem("a.png");
            let why = problem.why.unwrap_or_default();
            assert!(why.contains(part) && problem.next.is_some(), "{part}: {why}");
            assert_eq!(problem.what.contains("may have been"), error.may_have_happened());
        }
    }
}
