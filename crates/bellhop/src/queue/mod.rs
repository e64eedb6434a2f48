//! What carries rings to workers of other processes: a topic of SNS, or a queue of SQS.
//!
//! Calls are made with Bellhop's own credentials, through `aws-call` as all are. A call that sends twice what was sent once
//! does no harm here: a ring is no order.

mod dead;
mod sns;
mod sqs;

use std::sync::Arc;
use std::time::Duration;

use aws_call::{Client, WriteRetries};
use aws_cli::Globals;
use bot::bell::BellFault;
use value::{Map, Value};

pub(crate) use dead::SqsDeadLetters;
pub(crate) use sns::SnsBell;
pub(crate) use sqs::SqsBell;

use crate::config::QueueAddress;
use crate::engine::Engine;
use crate::own_aws;

/// How long a call may take that waits for nothing.
pub(crate) const PATIENCE: Duration = Duration::from_secs(5);

/// A topic or queue, and how it is spoken to.
#[derive(Clone)]
pub(crate) struct Far {
    client: Client,
    engine: Arc<Engine>,
    address: QueueAddress,
}

impl Far {
    /// By that client and engine.
    pub(crate) fn new(client: Client, engine: Arc<Engine>, address: QueueAddress) -> Far {
        Far { client, engine, address }
    }

    /// Makes a call about it; an error names the call and AWS's words, never what was sent.
    async fn call(
        &self,
        service: &str,
        operation: &str,
        params: Map,
        patience: Duration,
    ) -> Result<Value, BellFault> {
        let mut options = self.engine.options(&Globals::default(), service);
        if self.address.region.is_some() {
            options.region.clone_from(&self.address.region);
        }
        options.deadline = Some(patience);
        options.read_timeout = Some(patience);
        options.connect_timeout = Some(PATIENCE);
        options.retry.writes = WriteRetries::LikeAwsCli;
        let answer = own_aws::ask(&self.client, service, operation, params, &options).await;
        answer.map_err(|fault| {
            let (address, why) = (&self.address.name, fault.said);
            BellFault(format!("{service} {operation} for {address}: {why}"))
        })
    }
}

/// What a queue or topic that keeps an order wants to know of a ring: its group, and the id by which it is known again.
fn ordering(params: &mut Map, ring: &bot::bell::Ring) {
    params.insert("MessageGroupId", ring.group.clone());
    let known_by = match ring.again {
        None => ring.job.clone(),
        Some(at) => format!("{}-{}", ring.job, at.0),
    };
    params.insert("MessageDeduplicationId", known_by);
}
