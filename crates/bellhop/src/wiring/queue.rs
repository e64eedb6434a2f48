//! What tells workers of other processes, as the configuration says.

use std::sync::Arc;

use aws_call::Client;
use bot::bell::Bell;

use crate::config::{Queue, QueueAddress};
use crate::engine::Engine;
use crate::queue::{Far, SnsBell, SqsBell, SqsDeadLetters};

/// The bell; `None` where this process works by itself.
pub(crate) fn bell(queue: &Queue, client: &Client, engine: &Arc<Engine>) -> Option<Arc<dyn Bell>> {
    let far = |address: &QueueAddress| Far::new(client.clone(), Arc::clone(engine), address.clone());
    let letters =
        |address: &Option<QueueAddress>| address.as_ref().map(|address| SqsDeadLetters(far(address)));
    match queue {
        Queue::Local => None,
        Queue::Sns { topic, dead_letters } => {
            Some(Arc::new(SnsBell { far: far(topic), dead: letters(dead_letters) }))
        }
        Queue::Sqs { url, dead_letters } => {
            Some(Arc::new(SqsBell { far: far(url), dead: letters(dead_letters) }))
        }
    }
}
