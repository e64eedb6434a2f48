//! The message that tells how far reading the lists has come.

use slack::Message;
use slack::web::{PostMessage, Update};

use super::Wanted;
use crate::bot::Inner;

/// Posts it, or changes what was posted. That it cannot be posted stops nothing.
pub(super) async fn tell(inner: &Inner, wanted: &mut Wanted, text: &str) {
    let Some(web) = &inner.web else { return };
    let message = Message::in_channel(text);
    let told = match wanted.posted() {
        Some(posted) => web.ask(&Update { posted: &posted, message: &message }).await.map(|_| None),
        None => {
            let request = PostMessage { channel: &wanted.user, thread_ts: None, message: &message };
            web.ask(&request).await.map(Some)
        }
    };
    match told {
        Ok(Some(posted)) => {
            inner.note(wanted.keep(inner, posted).await);
        }
        Ok(None) => {}
        Err(error) => tracing::warn!(%error, "how far the lists are read could not be told"),
    }
}
