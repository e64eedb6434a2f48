//! Rings by a topic: it calls the worker function, or fills a queue that does.

use std::sync::Arc;

use aws_call::BoxFuture;
use bot::bell::{Bell, BellFault, DeadLetters, Ring};
use value::Map;

use super::{Far, PATIENCE, SqsDeadLetters, ordering};

/// A topic.
pub(crate) struct SnsBell {
    /// The topic.
    pub(crate) far: Far,
    /// Where messages end that nobody could act upon.
    pub(crate) dead: Option<SqsDeadLetters>,
}

impl Bell for SnsBell {
    fn ring<'a>(&'a self, ring: &'a Ring) -> BoxFuture<'a, Result<(), BellFault>> {
        Box::pin(async move {
            let mut params: Map = [("TopicArn", self.far.address.name.clone()), ("Message", ring.message())]
                .into_iter()
                .collect();
            if self.far.address.is_fifo() {
                ordering(&mut params, ring);
            }
            self.far.call("sns", "Publish", params, PATIENCE).await.map(drop)
        })
    }

    fn dead_letters(&self) -> Option<Arc<dyn DeadLetters>> {
        self.dead.clone().map(|dead| Arc::new(dead) as Arc<dyn DeadLetters>)
    }
}
