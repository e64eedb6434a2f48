//! Messages that the app posts itself.

use super::method::{Method, Repeat, Tier};
use super::{AnswerObject, Fields, Request};
use crate::{Message, PayloadError};

/// Which message it became: channel and time stamp together are its id.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Posted {
    /// The channel; for a message to a user, the direct message's.
    pub channel: String,
    /// The time stamp, such as `1700000000.000100`.
    pub ts: String,
}

/// `chat.postMessage`: for everybody in the channel, or to one user directly.
#[derive(Debug, Clone)]
pub struct PostMessage<'a> {
    /// A channel, or a user.
    pub channel: &'a str,
    /// The thread to answer in.
    pub thread_ts: Option<&'a str>,
    /// What to post.
    pub message: &'a Message,
}

/// `chat.update`: puts another message in its place.
#[derive(Debug, Clone)]
pub struct Update<'a> {
    /// Which.
    pub posted: &'a Posted,
    /// What stands there instead.
    pub message: &'a Message,
}

/// `chat.postEphemeral`: for one person's eyes. It cannot be updated.
#[derive(Debug, Clone)]
pub struct PostEphemeral<'a> {
    /// The channel.
    pub channel: &'a str,
    /// Who sees it; they must be in the channel.
    pub user: &'a str,
    /// The thread to show it in.
    pub thread_ts: Option<&'a str>,
    /// What to show.
    pub message: &'a Message,
}

/// `chat.delete`.
#[derive(Debug, Clone)]
pub struct Delete<'a> {
    /// Which.
    pub posted: &'a Posted,
}

fn content(message: &Message) -> Fields {
    let blocks = Some(message.blocks()).filter(|blocks| !blocks.is_empty());
    Fields::new().with("text", message.text()).with("blocks", blocks)
}

fn posted(answer: AnswerObject<'_>, ts: &'static str) -> Result<Posted, PayloadError> {
    let channel = answer.object().needed_id("channel")?;
    let ts = answer.object().short(ts).ok_or(PayloadError::Missing(ts))?;
    Ok(Posted { channel, ts })
}

impl Request for PostMessage<'_> {
    type Answer = Posted;
    const METHOD: Method = Method::changes("chat.postMessage", Tier::Special, Repeat::Shows);

    fn fields(&self) -> Fields {
        content(self.message)
            .with("channel", self.channel)
            .with("thread_ts", self.thread_ts)
            .with("unfurl_links", false)
            .with("unfurl_media", false)
    }

    fn read(&self, answer: AnswerObject<'_>) -> Result<Posted, PayloadError> {
        posted(answer, "ts")
    }

    fn paced_by(&self) -> Option<&str> {
        Some(self.channel)
    }
}

impl Request for Update<'_> {
    type Answer = Posted;
    const METHOD: Method = Method::changes("chat.update", Tier::Three, Repeat::Harmless);

    fn fields(&self) -> Fields {
        // Without blocks of its own it must take away those that were there.
        let fields = Fields::new().with("text", self.message.text()).with("blocks", self.message.blocks());
        fields.with("channel", &self.posted.channel).with("ts", &self.posted.ts)
    }

    fn read(&self, answer: AnswerObject<'_>) -> Result<Posted, PayloadError> {
        posted(answer, "ts")
    }
}

impl Request for PostEphemeral<'_> {
    type Answer = ();
    const METHOD: Method = Method::changes("chat.postEphemeral", Tier::Four, Repeat::Shows);

    fn fields(&self) -> Fields {
        content(self.message)
            .with("channel", self.channel)
            .with("user", self.user)
            .with("thread_ts", self.thread_ts)
    }

    fn read(&self, _: AnswerObject<'_>) -> Result<(), PayloadError> {
        Ok(())
    }
}

impl Request for Delete<'_> {
    type Answer = ();
    const METHOD: Method = Method::changes("chat.delete", Tier::Three, Repeat::Harmless);

    fn fields(&self) -> Fields {
        Fields::new().with("channel", &self.posted.channel).with("ts", &self.posted.ts)
    }

    fn read(&self, _: AnswerObject<'_>) -> Result<(), PayloadError> {
        Ok(())
    }
}
