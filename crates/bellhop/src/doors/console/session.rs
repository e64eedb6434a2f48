//! What was said to the console's `response_url`s, kept in memory for the page to fetch.

use std::collections::{HashMap, VecDeque};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use axum::http::StatusCode;
use serde::Serialize;
use serde_json::Value;
use tokio::sync::Notify;

/// As Slack has it.
const USES: u8 = 5;
const LIFETIME: Duration = Duration::from_secs(30 * 60);
/// Older ones are forgotten.
const MAX_MESSAGES: usize = 500;
const MAX_CONVERSATIONS: usize = 1000;
/// How long the page is kept waiting for news.
const PATIENCE: Duration = Duration::from_secs(20);

/// A message that arrived.
#[derive(Debug, Clone, Serialize)]
pub(super) struct Arrived {
    number: u64,
    /// Since the command was sent.
    milliseconds: f64,
    message: Value,
}

struct Conversation {
    begun: Instant,
    uses: u8,
}

#[derive(Default)]
struct Inside {
    conversations: HashMap<String, Conversation>,
    order: VecDeque<String>,
    messages: VecDeque<Arrived>,
    last: u64,
}

/// All conversations of one console.
#[derive(Default)]
pub(super) struct Session {
    inside: Mutex<Inside>,
    news: Notify,
}

impl Session {
    fn lock(&self) -> MutexGuard<'_, Inside> {
        self.inside.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A `response_url` with that id is given out.
    pub(super) fn open(&self, id: &str) {
        let mut inside = self.lock();
        inside.conversations.insert(id.to_owned(), Conversation { begun: Instant::now(), uses: 0 });
        inside.order.push_back(id.to_owned());
        if inside.order.len() > MAX_CONVERSATIONS
            && let Some(oldest) = inside.order.pop_front()
        {
            inside.conversations.remove(&oldest);
        }
    }

    /// A message for it, answered as Slack answers.
    pub(super) fn receive(&self, id: &str, message: Value) -> StatusCode {
        let mut inside = self.lock();
        let Some(conversation) = inside.conversations.get_mut(id) else { return StatusCode::NOT_FOUND };
        if conversation.uses >= USES || conversation.begun.elapsed() > LIFETIME {
            return StatusCode::NOT_FOUND;
        }
        conversation.uses += 1;
        let milliseconds = conversation.begun.elapsed().as_secs_f64() * 1000.0;
        inside.last += 1;
        let number = inside.last;
        inside.messages.push_back(Arrived { number, milliseconds, message });
        if inside.messages.len() > MAX_MESSAGES {
            inside.messages.pop_front();
        }
        drop(inside);
        self.news.notify_waiters();
        StatusCode::OK
    }

    /// Messages after that number, and the last number; waits a while for some.
    pub(super) async fn wait_after(&self, after: u64) -> (Vec<Arrived>, u64) {
        let deadline = tokio::time::Instant::now() + PATIENCE;
        loop {
            // Registered before looking, so that nothing slips through between.
            let mut news = std::pin::pin!(self.news.notified());
            news.as_mut().enable();
            let found = self.after(after);
            if !found.0.is_empty() || tokio::time::timeout_at(deadline, news).await.is_err() {
                return found;
            }
        }
    }

    fn after(&self, after: u64) -> (Vec<Arrived>, u64) {
        let inside = self.lock();
        let messages = inside.messages.iter().filter(|message| message.number > after).cloned().collect();
        (messages, inside.last)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_good_for_five_messages() {
        let session = Session::default();
        session.open("a");
        let statuses: Vec<u16> = (0..6).map(|number| session.receive("a", number.into()).as_u16()).collect();
        assert_eq!(statuses, [200, 200, 200, 200, 200, 404]);
        assert_eq!(session.receive("b", Value::Null), StatusCode::NOT_FOUND);
        let (messages, last) = session.after(3);
        assert_eq!((messages.len(), last), (2, 5));
    }
}
