//! Files that the app uploads: Slack gives an address, takes the bytes there, and is then told where the file belongs.
//!
//! Source: <https://docs.slack.dev/messaging/working-with-files#upload>. The address is a secret, since whoever has it may
//! put bytes there; it is used for one file, and only encrypted, or on this machine itself.

use std::time::Duration;

use serde::Serialize;

use super::answer::{self, Verdict};
use super::method::{Method, Repeat, Tier};
use super::{AnswerObject, Fields, Request, WebApi, WebError};
use crate::response_url::is_safe;
use crate::{PayloadError, Secret};

/// The longest name that is given to a file, in characters; Slack cuts longer ones.
pub const MAX_FILE_NAME: usize = 120;
/// How often the bytes are sent when nobody took them.
const ATTEMPTS: u32 = 3;
/// The bytes are put at an address and not asked of a method; for errors and pauses it counts as one.
const PUT: Method = Method::changes("the upload address", Tier::Special, Repeat::Harmless);

/// `files.getUploadURLExternal`: an address for the bytes of one file.
#[derive(Debug, Clone)]
pub struct FilesGetUploadUrl<'a> {
    /// The file's name.
    pub filename: &'a str,
    /// How many bytes it has.
    pub length: usize,
}

/// Where one file's bytes go.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UploadPlace {
    /// The address.
    pub url: UploadUrl,
    /// The file's id.
    pub file_id: String,
}

/// An address that Slack gave for bytes: encrypted, or on this machine.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UploadUrl(Secret);

impl UploadUrl {
    /// The address, for the one place that must use it.
    pub fn expose(&self) -> &str {
        self.0.expose()
    }
}

/// `files.completeUploadExternal`: shows the file in a channel or direct message.
#[derive(Debug, Clone)]
pub struct FilesCompleteUpload<'a> {
    /// The file's id.
    pub file_id: &'a str,
    /// What stands above it.
    pub title: &'a str,
    /// The channel or direct message, by its id; a user's id is none.
    pub channel: &'a str,
    /// The thread to show it in.
    pub thread_ts: Option<&'a str>,
    /// What is said with it.
    pub comment: Option<&'a str>,
}

/// A file that is to be shown.
#[derive(Debug, Clone)]
pub struct Upload<'a> {
    /// Its name, with the ending that tells its kind.
    pub filename: &'a str,
    /// What stands above it.
    pub title: &'a str,
    /// What is in it.
    pub bytes: &'a [u8],
    /// The channel or direct message, by its id.
    pub channel: &'a str,
    /// The thread to show it in.
    pub thread_ts: Option<&'a str>,
    /// What is said with it.
    pub comment: Option<&'a str>,
}

#[derive(Serialize)]
struct Completed<'a> {
    id: &'a str,
    title: &'a str,
}

impl Request for FilesGetUploadUrl<'_> {
    type Answer = UploadPlace;
    // It shows nobody anything, so that asking twice does no harm; it takes its arguments as a form.
    const METHOD: Method = Method::reads("files.getUploadURLExternal", Tier::Four);

    fn fields(&self) -> Fields {
        Fields::new().with("filename", self.filename).with("length", self.length)
    }

    fn read(&self, answer: AnswerObject<'_>) -> Result<UploadPlace, PayloadError> {
        let answer = answer.object();
        let url = answer.text("upload_url").ok_or(PayloadError::Missing("upload_url"))?;
        if !is_safe(url) {
            return Err(PayloadError::Malformed("upload_url"));
        }
        Ok(UploadPlace { url: UploadUrl(Secret::new(url)), file_id: answer.needed_id("file_id")? })
    }
}

impl Request for FilesCompleteUpload<'_> {
    type Answer = ();
    const METHOD: Method = Method::changes("files.completeUploadExternal", Tier::Four, Repeat::Shows);

    fn fields(&self) -> Fields {
        Fields::new()
            .with("files", [Completed { id: self.file_id, title: self.title }])
            .with("channel_id", self.channel)
            .with("thread_ts", self.thread_ts)
            .with("initial_comment", self.comment)
    }

    fn read(&self, _: AnswerObject<'_>) -> Result<(), PayloadError> {
        Ok(())
    }
}

impl WebApi {
    /// Uploads a file and shows it. Waits no longer than `patience` at each of the three steps. Returns the file's id.
    ///
    /// # Errors
    /// See [`WebError`]; only the last step can have happened.
    pub async fn upload(&self, upload: &Upload<'_>, patience: Duration) -> Result<String, WebError> {
        let Upload { filename, title, bytes, channel, thread_ts, comment } = *upload;
        let place = self.ask_within(&FilesGetUploadUrl { filename, length: bytes.len() }, patience).await?;
        self.put(&place.url, bytes).await?;
        let complete = FilesCompleteUpload { file_id: &place.file_id, title, channel, thread_ts, comment };
        self.ask_within(&complete, patience).await?;
        Ok(place.file_id)
    }

    /// Puts the bytes; a second time does no harm.
    async fn put(&self, url: &UploadUrl, bytes: &[u8]) -> Result<(), WebError> {
        let mut attempt = 0;
        loop {
            attempt += 1;
            let outcome = self.call.put(url, bytes.to_vec()).await;
            // Slack answers in words here, not in JSON.
            if matches!(&outcome, Ok(reply) if (200..300).contains(&reply.status)) {
                return Ok(());
            }
            let (error, pause) = match answer::judge(PUT, outcome) {
                Verdict::Done(_) => return Ok(()),
                Verdict::Failed(error) => return Err(error),
                Verdict::Again(error, after) => {
                    (error, after.unwrap_or_else(|| crate::deliver::pause(attempt)))
                }
            };
            if attempt == ATTEMPTS {
                return Err(error);
            }
            self.clock.sleep(pause).await;
        }
    }
}
