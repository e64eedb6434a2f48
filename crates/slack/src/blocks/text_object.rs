//! Text objects: plain, and Slack's markup built from safe pieces.

use serde::Serialize;

use super::{limits, raw_weight};
use crate::payload::is_id;
use crate::text::{cut, escape, fit, fit_escaped, length, visible};

/// What stands in for a time.
const TIME_TEXT: usize = 60;

/// Text of either kind, where Block Kit takes both.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(untagged)]
pub enum TextObject {
    /// Shown as it is.
    Plain(PlainText),
    /// Slack's markup.
    Mrkdwn(Mrkdwn),
}

impl TextObject {
    pub(crate) fn weight(&self) -> usize {
        match self {
            TextObject::Plain(text) => text.weight(),
            TextObject::Mrkdwn(text) => length(&text.text),
        }
    }
}

/// Text that is shown as it is; `:smile:` stays seven characters.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(tag = "type", rename = "plain_text")]
pub struct PlainText {
    text: String,
    emoji: bool,
}

impl PlainText {
    /// Visible text, cut at the limit. Escaped like markup: Slack undoes it, and no reader can take it for more.
    pub fn new(text: &str, limit: usize) -> PlainText {
        PlainText { text: fit_escaped(text, limit), emoji: false }
    }

    pub(crate) fn weight(&self) -> usize {
        raw_weight(&self.text)
    }
}

/// Slack's markup, built from pieces that are escaped as they are added. Never longer than 3,000 characters.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
#[serde(tag = "type", rename = "mrkdwn")]
pub struct Mrkdwn {
    text: String,
    /// Tells Slack not to turn what looks like a link or a mention into one.
    verbatim: bool,
}

impl Mrkdwn {
    /// Nothing yet.
    pub fn new() -> Mrkdwn {
        Mrkdwn { text: String::new(), verbatim: true }
    }

    /// Adds text as it is.
    #[must_use]
    pub fn text(mut self, text: &str) -> Mrkdwn {
        let room = limits::SECTION_TEXT - length(&self.text);
        if room > 0 && !text.is_empty() {
            self.text.push_str(&fit_escaped(text, room));
        }
        self
    }

    /// Adds bold text. Stars and line ends within it would end the bold and are replaced.
    #[must_use]
    pub fn bold(self, text: &str) -> Mrkdwn {
        self.wrapped(&text.replace('*', "∗").replace('\n', " "), "*")
    }

    /// Adds text in a fixed width. Backticks and line ends within it would end it and are replaced.
    #[must_use]
    pub fn code(self, text: &str) -> Mrkdwn {
        self.wrapped(&text.replace('`', "ˋ").replace('\n', " "), "`")
    }

    /// Names a user, who is notified.
    #[must_use]
    pub fn user(self, id: &str) -> Mrkdwn {
        self.named("<@", id)
    }

    /// Names a channel.
    #[must_use]
    pub fn channel(self, id: &str) -> Mrkdwn {
        self.named("<#", id)
    }

    /// Names a usergroup, all of whom are notified.
    #[must_use]
    pub fn usergroup(self, id: &str) -> Mrkdwn {
        self.named("<!subteam^", id)
    }

    /// Shows a time, in seconds since 1970, as the reader's clock has it; `otherwise` where that cannot be done.
    #[must_use]
    pub fn time(self, seconds: u64, otherwise: &str) -> Mrkdwn {
        let otherwise = fit_escaped(&otherwise.replace('|', "/"), TIME_TEXT);
        self.whole(&format!("<!date^{seconds}^{{date_short_pretty}} {{time}}|{otherwise}>"))
    }

    /// What is no id is shown as text.
    fn named(self, mark: &str, id: &str) -> Mrkdwn {
        if is_id(id) { self.whole(&format!("{mark}{id}>")) } else { self.text(id) }
    }

    /// Adds it if there is room for all of it.
    fn whole(mut self, piece: &str) -> Mrkdwn {
        if length(&self.text) + length(piece) <= limits::SECTION_TEXT {
            self.text.push_str(piece);
        }
        self
    }

    fn wrapped(mut self, text: &str, mark: &str) -> Mrkdwn {
        let room = limits::SECTION_TEXT - length(&self.text);
        let text = text.trim();
        if room > 2 && !text.is_empty() {
            self.text.push_str(mark);
            self.text.push_str(&fit_escaped(text, room - 2));
            self.text.push_str(mark);
        }
        self
    }

    /// The same, cut at a lower limit.
    pub(crate) fn within(mut self, limit: usize) -> Mrkdwn {
        if length(&self.text) > limit {
            let mut kept = cut(&self.text, limit - 1);
            // Entities and names must stay whole.
            for (begin, end) in [('&', ';'), ('<', '>')] {
                if let Some(at) = kept.rfind(begin)
                    && !kept[at..].contains(end)
                {
                    kept = &kept[..at];
                }
            }
            self.text = format!("{kept}…");
        }
        self
    }
}

impl From<PlainText> for TextObject {
    fn from(text: PlainText) -> TextObject {
        TextObject::Plain(text)
    }
}

impl From<Mrkdwn> for TextObject {
    fn from(mut text: Mrkdwn) -> TextObject {
        if text.text.is_empty() {
            text.text.push(' ');
        }
        TextObject::Mrkdwn(text)
    }
}

/// Raw text for elements that know no markup at all: visible, cut at the limit.
pub(crate) fn raw(text: &str, limit: usize) -> String {
    fit(text, limit)
}

/// The longest beginning of visible text whose weight is within the limit.
pub(crate) fn raw_within_weight(text: &str, limit: usize) -> String {
    let text = visible(text);
    if raw_weight(&text) <= limit {
        return text.into_owned();
    }
    let mut kept = String::new();
    let mut left = limit.saturating_sub(1);
    for character in text.chars() {
        let mut buffer = [0; 4];
        let piece: &str = character.encode_utf8(&mut buffer);
        match left.checked_sub(length(&escape(piece))) {
            Some(rest) => left = rest,
            None => break,
        }
        kept.push(character);
    }
    kept.push('…');
    kept
}
