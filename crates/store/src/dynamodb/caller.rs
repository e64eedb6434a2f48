//! Calls of DynamoDB: repeated with growing pauses where that is safe, for a bounded time.
//!
//! A transaction whose answer was lost is sent again with the same token, by which DynamoDB knows it for ten minutes.
//! Where the second answer is a refusal, the step itself may be what stands in its way: its proof is looked up.

use std::time::{Duration, Instant};

use aws_call::{Call, CallOptions, Client, causes};
use value::{Map, Value};

use super::action::{Proof, Step, name_all};
use super::item::{Item, Key};
use super::judged::{Attempt, Reason, Refusal, judged};
use super::pages::{Pages, items_of};
use crate::StoreError;

/// How long a call is repeated at most.
const PATIENCE: Duration = Duration::from_secs(20);
/// The first pause is a random part of this; it doubles with each.
const PAUSE: Duration = Duration::from_millis(40);
/// The longest pause.
const LONGEST: Duration = Duration::from_secs(2);

/// What became of a step.
#[derive(Debug)]
pub(super) enum Sent {
    /// It is durable.
    Done,
    /// Nothing was changed, for these reasons: one a write, in their order.
    Refused(Vec<Refusal>),
}

/// What became of a single write.
#[derive(Debug)]
pub(super) enum Written {
    /// It is durable; the item as it is then, if it was asked for.
    Done(Option<Item>),
    /// Its condition does not hold; the item as it is, if it was asked for and the answer had it.
    Refused(Option<Item>),
}

/// Makes the calls of one table.
pub(super) struct Caller {
    client: Client,
    options: CallOptions,
    /// What each call is made of: it names the service.
    prototype: Call,
    pub(super) table: String,
}

impl Caller {
    pub(super) fn new(client: Client, mut options: CallOptions, table: String) -> Result<Caller, StoreError> {
        let service = client.parts().catalog.open("dynamodb");
        let service = service.map_err(|error| StoreError::Failed(causes(&error)))?;
        // Calls are repeated here, where it is known what that means.
        options.retry.max_attempts = 1;
        options.read_timeout = options.read_timeout.map(|limit| limit.min(Duration::from_secs(10)));
        options.connect_timeout = options.connect_timeout.map(|limit| limit.min(Duration::from_secs(3)));
        let prototype = Call::new(service, "", Map::new());
        Ok(Caller { client, options, prototype, table })
    }

    /// A name that nothing else has.
    pub(super) fn fresh(&self) -> String {
        self.client.parts().random.uuid()
    }

    /// A random number below that one, which is above zero.
    pub(super) fn below(&self, bound: usize) -> usize {
        let chance = self.client.parts().random.unit();
        // The unit is below 1, so the product is below the bound.
        (chance * bound as f64) as usize
    }

    /// The parameters that every call has.
    pub(super) fn params(&self) -> Map {
        Map::from_unique(vec![("TableName".into(), Value::text(&self.table))])
    }

    /// A random part of a pause that doubles with each attempt.
    pub(super) async fn pause(&self, attempt: u32) {
        let most = PAUSE.saturating_mul(1 << attempt.min(8)).min(LONGEST);
        let parts = self.client.parts();
        parts.clock.sleep(most.mul_f64(parts.random.unit())).await;
    }

    /// Waits.
    pub(super) async fn wait(&self, time: Duration) {
        self.client.parts().clock.sleep(time).await;
    }

    fn patience(&self) -> Patience<'_> {
        Patience { caller: self, begun: self.client.parts().clock.instant(), attempt: 0 }
    }

    /// A call that reads, or that does the same when it is made twice.
    pub(super) async fn call(&self, operation: &'static str, params: Map) -> Result<Value, StoreError> {
        let mut patience = self.patience();
        loop {
            match self.attempt(operation, params.clone()).await {
                Ok(answer) => return Ok(answer),
                Err(Attempt::Later(what) | Attempt::Lost(what)) => patience.again(&what).await?,
                Err(Attempt::Condition(_)) => {
                    return Err(StoreError::Failed("a condition was refused".to_owned()));
                }
                Err(Attempt::Cancelled(_, what)) => return Err(StoreError::Failed(what)),
                Err(Attempt::Final(error)) => return Err(error),
            }
        }
    }

    /// The item that lies there, as it is now.
    pub(super) async fn get(&self, key: &Key) -> Result<Option<Item>, StoreError> {
        let mut params = self.params();
        params.push("Key", key.map());
        params.push("ConsistentRead", true);
        let answer = self.call("GetItem", params).await?;
        Ok(answer.get("Item").and_then(Value::as_map).cloned().map(Item))
    }

    /// The items that lie at those places, as they are now, in any order; with those attributes only, if they are named
    /// (`#pk, #sk, #version`). At most 100.
    pub(super) async fn get_all(&self, keys: &[Key], only: Option<&str>) -> Result<Vec<Item>, StoreError> {
        let mut wanted: Vec<Value> = keys.iter().map(|key| Value::Map(key.map())).collect();
        let mut found = Vec::new();
        let mut patience = self.patience();
        while !wanted.is_empty() {
            let mut request = Map::new();
            request.push("Keys", wanted);
            request.push("ConsistentRead", true);
            if let Some(only) = only {
                let mut names = Map::new();
                name_all(only, &mut names);
                request.push("ProjectionExpression", only);
                request.push("ExpressionAttributeNames", names);
            }
            let tables = Map::from_unique(vec![(self.table.as_str().into(), Value::Map(request))]);
            let params = Map::from_unique(vec![("RequestItems".into(), Value::Map(tables))]);
            let answer = self.call("BatchGetItem", params).await?;
            let items = answer.get("Responses").and_then(|tables| tables.get(&self.table));
            found.extend(items_of(items));
            let left = answer.get("UnprocessedKeys").and_then(|tables| tables.get(&self.table));
            wanted = left.and_then(|left| left.get("Keys")?.as_list()).unwrap_or_default().to_vec();
            if !wanted.is_empty() {
                patience.again("DynamoDB did not read every item").await?;
            }
        }
        Ok(found)
    }

    /// Items in order, at most `limit`: of the table as it is now, or of an index as it soon was.
    pub(super) async fn query(
        &self,
        index: Option<&str>,
        condition: &str,
        values: &[(&'static str, Value)],
        limit: u32,
    ) -> Result<Vec<Item>, StoreError> {
        let mut found = Vec::new();
        let mut pages = Pages::new(self, index, condition, values);
        while (found.len() as u64) < u64::from(limit) {
            let left = u64::from(limit) - found.len() as u64;
            let Some(items) = pages.next(left).await? else { break };
            found.extend(items);
        }
        Ok(found)
    }

    /// One write with a condition. A write whose answer was lost is recognised by its proof.
    pub(super) async fn write(
        &self,
        operation: &'static str,
        params: Map,
        proof: &Proof,
    ) -> Result<Written, StoreError> {
        let mut patience = self.patience();
        let mut doubt = false;
        loop {
            match self.attempt(operation, params.clone()).await {
                Ok(answer) => {
                    let item = answer.get("Attributes").and_then(Value::as_map).cloned();
                    return Ok(Written::Done(item.map(Item)));
                }
                Err(Attempt::Later(what)) => patience.again(&what).await.map_err(|e| in_doubt(e, doubt))?,
                Err(Attempt::Lost(what)) => {
                    doubt = true;
                    patience.again(&what).await.map_err(|error| in_doubt(error, true))?;
                }
                Err(Attempt::Condition(_)) if doubt => {
                    return match self.proven(proof).await? {
                        Some(item) => Ok(Written::Done(Some(item))),
                        None => Ok(Written::Refused(None)),
                    };
                }
                Err(Attempt::Condition(found)) => return Ok(Written::Refused(found)),
                Err(Attempt::Cancelled(_, what)) => return Err(StoreError::Failed(what)),
                Err(Attempt::Final(error)) => return Err(in_doubt(error, doubt)),
            }
        }
    }

    /// All writes of a step, or none.
    pub(super) async fn send(&self, step: &Step) -> Result<Sent, StoreError> {
        let params = step.params(&self.table)?;
        let mut patience = self.patience();
        let mut doubt = false;
        loop {
            match self.attempt("TransactWriteItems", params.clone()).await {
                Ok(_) => return Ok(Sent::Done),
                Err(Attempt::Later(what)) => patience.again(&what).await.map_err(|e| in_doubt(e, doubt))?,
                Err(Attempt::Lost(what)) => {
                    doubt = true;
                    patience.again(&what).await.map_err(|error| in_doubt(error, true))?;
                }
                Err(Attempt::Cancelled(..)) if doubt && self.proven(&step.proof).await?.is_some() => {
                    return Ok(Sent::Done);
                }
                Err(Attempt::Cancelled(_, what)) if doubt && matches!(step.proof, Proof::None) => {
                    return Err(in_doubt(StoreError::Failed(what), true));
                }
                Err(Attempt::Cancelled(refusals, what)) => {
                    let mut reasons = refusals.iter().map(|refusal| refusal.reason);
                    if reasons.clone().any(|reason| reason == Reason::Other) {
                        return Err(StoreError::Failed(what));
                    }
                    if reasons.all(|reason| matches!(reason, Reason::None | Reason::Throttled)) {
                        patience.again(&what).await?;
                        continue;
                    }
                    return Ok(Sent::Refused(refusals));
                }
                Err(Attempt::Condition(_)) => {
                    return Err(StoreError::Failed("a condition was refused".to_owned()));
                }
                Err(Attempt::Final(error)) => return Err(in_doubt(error, doubt)),
            }
        }
    }

    /// The item by which it is known that a step whose answer was lost has happened.
    async fn proven(&self, proof: &Proof) -> Result<Option<Item>, StoreError> {
        let Proof::Has(key, name, expected) = proof else { return Ok(None) };
        let item = self.get(key).await.map_err(|error| in_doubt(error, true))?;
        Ok(item.filter(|item| item.0.get(name) == Some(expected)))
    }

    async fn attempt(&self, operation: &'static str, params: Map) -> Result<Value, Attempt> {
        let call = Call { operation: operation.into(), params, ..self.prototype.clone() };
        let answer = self.client.call(&call, &self.options).await;
        answer.map(|answer| answer.value).map_err(|error| judged(&self.table, operation, &error))
    }
}

/// How long is still tried.
struct Patience<'a> {
    caller: &'a Caller,
    begun: Instant,
    attempt: u32,
}

impl Patience<'_> {
    async fn again(&mut self, what: &str) -> Result<(), StoreError> {
        let clock = &self.caller.client.parts().clock;
        if clock.instant().duration_since(self.begun) > PATIENCE {
            return Err(StoreError::Failed(what.to_owned()));
        }
        self.caller.pause(self.attempt).await;
        self.attempt += 1;
        Ok(())
    }
}

/// Says of a failure that what was asked may hold nevertheless.
fn in_doubt(error: StoreError, doubt: bool) -> StoreError {
    match error {
        StoreError::Failed(what) if doubt => {
            StoreError::Failed(format!("an answer was lost, the change may or may not hold: {what}"))
        }
        other => other,
    }
}
