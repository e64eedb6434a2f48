//! What happened in the workspace that is played, kept in memory for the page to fetch.
//!
//! Every message has a place: its channel and time stamp. What Bellhop posts, updates or deletes, by whichever way, comes
//! to the page as numbered news. Bounded: the oldest are forgotten.

use std::collections::{HashMap, VecDeque};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use axum::http::StatusCode;
use serde::Serialize;
use serde_json::Value;
use tokio::sync::Notify;

use crate::clock;

/// As Slack has it.
const USES: u8 = 5;
const LIFETIME: Duration = Duration::from_secs(30 * 60);
/// Older ones are forgotten.
const MAX_NEWS: usize = 500;
const MAX_KEPT: usize = 1000;
/// How long the page is kept waiting for news.
const PATIENCE: Duration = Duration::from_secs(20);

/// Something for the page to show.
#[derive(Debug, Clone, Serialize)]
pub(super) struct News {
    number: u64,
    #[serde(flatten)]
    what: What,
}

/// What there is to show.
#[derive(Debug, Clone, Serialize)]
#[serde(tag = "what", rename_all = "snake_case")]
pub(super) enum What {
    /// A message; one of the same place is replaced.
    Message {
        /// Where.
        channel: String,
        /// Its id there.
        ts: String,
        /// The only one who sees it.
        only: Option<String>,
        /// Since the command was sent, or the button pressed.
        milliseconds: Option<f64>,
        /// What is shown.
        message: Value,
    },
    /// A message is gone.
    Removed {
        /// Where.
        channel: String,
        /// Its id there.
        ts: String,
    },
    /// A modal opens, or the one of the same id changes.
    View {
        /// Who sees it.
        user: String,
        /// What is shown; with its `id`.
        view: Value,
    },
}

/// A `response_url` that was given out.
#[derive(Debug, Clone)]
pub(super) struct Conversation {
    /// To whom.
    pub(super) user: String,
    /// Where.
    pub(super) channel: String,
    /// The message whose button was pressed.
    pub(super) pressed: Option<String>,
}

struct Open {
    begun: Instant,
    uses: u8,
    conversation: Conversation,
}

/// Entries of which the oldest are forgotten.
struct Kept<T> {
    entries: HashMap<String, T>,
    order: VecDeque<String>,
}

impl<T> Default for Kept<T> {
    fn default() -> Kept<T> {
        Kept { entries: HashMap::new(), order: VecDeque::new() }
    }
}

impl<T> Kept<T> {
    fn put(&mut self, key: String, entry: T) {
        if self.entries.insert(key.clone(), entry).is_none() {
            self.order.push_back(key);
        }
        if self.order.len() > MAX_KEPT
            && let Some(oldest) = self.order.pop_front()
        {
            self.entries.remove(&oldest);
        }
    }

    fn take(&mut self, key: &str) -> Option<T> {
        self.order.retain(|known| known != key);
        self.entries.remove(key)
    }
}

#[derive(Default)]
struct Inside {
    conversations: Kept<Open>,
    /// `channel ts` → the message as it stands.
    messages: Kept<Value>,
    /// Trigger → who may be shown a modal for it.
    triggers: Kept<String>,
    /// View id → who sees it, and what.
    views: Kept<(String, Value)>,
    news: VecDeque<News>,
    last: u64,
    stamps: u64,
}

/// All that is played.
#[derive(Default)]
pub(super) struct Session {
    inside: Mutex<Inside>,
    rung: Notify,
}

impl Session {
    fn lock(&self) -> MutexGuard<'_, Inside> {
        self.inside.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A `response_url` with that id is given out.
    pub(super) fn open(&self, id: &str, conversation: Conversation) {
        self.lock().conversations.put(id.to_owned(), Open { begun: Instant::now(), uses: 0, conversation });
    }

    /// A message for it, answered as Slack answers.
    pub(super) fn receive(&self, id: &str, message: Value) -> StatusCode {
        let (conversation, milliseconds) = {
            let mut inside = self.lock();
            let Some(open) = inside.conversations.entries.get_mut(id) else { return StatusCode::NOT_FOUND };
            if open.uses >= USES || open.begun.elapsed() > LIFETIME {
                return StatusCode::NOT_FOUND;
            }
            open.uses += 1;
            (open.conversation.clone(), open.begun.elapsed().as_secs_f64() * 1000.0)
        };
        let Conversation { user, channel, pressed } = conversation;
        let asks = |name: &str| message[name] == true;
        match pressed.filter(|_| asks("replace_original") || asks("delete_original")) {
            Some(ts) if asks("delete_original") => self.remove(&channel, &ts),
            replaced => {
                let ts = replaced.unwrap_or_else(|| self.stamp());
                let only = (message["response_type"] != "in_channel").then_some(user);
                self.show(&channel, &ts, only, Some(milliseconds), message);
            }
        }
        StatusCode::OK
    }

    /// A time stamp of its own.
    pub(super) fn stamp(&self) -> String {
        let mut inside = self.lock();
        inside.stamps += 1;
        format!("{}.{:06}", clock::seconds(), inside.stamps)
    }

    /// Shows a message in that place.
    pub(super) fn show(
        &self,
        channel: &str,
        ts: &str,
        only: Option<String>,
        milliseconds: Option<f64>,
        message: Value,
    ) {
        self.keep(channel, ts, message.clone());
        let (channel, ts) = (channel.to_owned(), ts.to_owned());
        self.tell(What::Message { channel, ts, only, milliseconds, message });
    }

    /// Keeps what the page shows already.
    pub(super) fn keep(&self, channel: &str, ts: &str, message: Value) {
        self.lock().messages.put(format!("{channel} {ts}"), message);
    }

    /// The message in that place, as it stands.
    pub(super) fn message(&self, channel: &str, ts: &str) -> Option<Value> {
        self.lock().messages.entries.get(&format!("{channel} {ts}")).cloned()
    }

    /// Takes the message away.
    pub(super) fn remove(&self, channel: &str, ts: &str) {
        self.lock().messages.take(&format!("{channel} {ts}"));
        self.tell(What::Removed { channel: channel.to_owned(), ts: ts.to_owned() });
    }

    /// That user did something, for which a modal may be opened.
    pub(super) fn trigger(&self, trigger: &str, user: &str) {
        self.lock().triggers.put(trigger.to_owned(), user.to_owned());
    }

    /// Whose trigger that is; it works once.
    pub(super) fn triggered(&self, trigger: &str) -> Option<String> {
        self.lock().triggers.take(trigger)
    }

    /// Opens a modal, or changes it.
    pub(super) fn open_view(&self, user: &str, id: &str, mut view: Value) -> Value {
        view["id"] = id.into();
        view["hash"] = self.stamp().into();
        self.lock().views.put(id.to_owned(), (user.to_owned(), view.clone()));
        self.tell(What::View { user: user.to_owned(), view: view.clone() });
        view
    }

    /// Who sees a modal, and what.
    pub(super) fn view(&self, id: &str) -> Option<(String, Value)> {
        self.lock().views.entries.get(id).cloned()
    }

    fn tell(&self, what: What) {
        let mut inside = self.lock();
        inside.last += 1;
        let number = inside.last;
        inside.news.push_back(News { number, what });
        if inside.news.len() > MAX_NEWS {
            inside.news.pop_front();
        }
        drop(inside);
        self.rung.notify_waiters();
    }

    /// News after that number, and the last number; waits a while for some.
    pub(super) async fn wait_after(&self, after: u64) -> (Vec<News>, u64) {
        let deadline = tokio::time::Instant::now() + PATIENCE;
        loop {
            // Registered before looking, so that nothing slips through between.
            let mut rung = std::pin::pin!(self.rung.notified());
            rung.as_mut().enable();
            let found = self.after(after);
            if !found.0.is_empty() || tokio::time::timeout_at(deadline, rung).await.is_err() {
                return found;
            }
        }
    }

    fn after(&self, after: u64) -> (Vec<News>, u64) {
        let inside = self.lock();
        let news = inside.news.iter().filter(|news| news.number > after).cloned().collect();
        (news, inside.last)
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::expect_used, reason = "a test stops at the first surprise")]

    use super::*;
    use serde_json::json;

    fn conversation(pressed: Option<&str>) -> Conversation {
        let (user, channel) = ("U1".to_owned(), "C1".to_owned());
        Conversation { user, channel, pressed: pressed.map(str::to_owned) }
    }

    #[test]
    fn an_address_is_good_for_five_messages() {
        let session = Session::default();
        session.open("a", conversation(None));
        let statuses: Vec<u16> = (0..6).map(|number| session.receive("a", number.into()).as_u16()).collect();
        assert_eq!(statuses, [200, 200, 200, 200, 200, 404]);
        assert_eq!(session.receive("b", Value::Null), StatusCode::NOT_FOUND);
        let (news, last) = session.after(3);
        assert_eq!((news.len(), last), (2, 5));
    }

    #[test]
    fn a_pressed_message_is_replaced_or_removed() {
        let session = Session::default();
        session.open("a", conversation(Some("1.1")));
        let ask = |message: Value| {
            assert_eq!(session.receive("a", message), StatusCode::OK);
            let (news, _) = session.after(0);
            serde_json::to_value(news.last().expect("news")).expect("JSON")
        };
        let replaced = ask(json!({"text": "x", "replace_original": true}));
        assert_eq!(
            (&replaced["what"], &replaced["ts"], &replaced["only"]),
            (&json!("message"), &json!("1.1"), &json!("U1"))
        );
        assert_eq!(session.message("C1", "1.1").expect("kept")["text"], "x");
        let public = ask(json!({"text": "y", "response_type": "in_channel"}));
        assert_eq!(public["only"], Value::Null);
        assert_ne!(public["ts"], "1.1");
        let removed = ask(json!({"delete_original": true}));
        assert_eq!((&removed["what"], &removed["ts"]), (&json!("removed"), &json!("1.1")));
        assert!(session.message("C1", "1.1").is_none());
    }

    #[test]
    fn a_trigger_works_once() {
        let session = Session::default();
        session.trigger("t", "U1");
        assert_eq!((session.triggered("t").as_deref(), session.triggered("t")), (Some("U1"), None));
    }
}
