//! Services that tell at run time where to call them (`DescribeEndpoints`), and must be asked first.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use aws_model::Service;
use value::Value;

use crate::message::Answer;

/// How many addresses are kept.
const MOST: usize = 1000;

/// Addresses by service, region and access key.
#[derive(Debug, Default)]
pub(crate) struct Discovered(Mutex<HashMap<Place, (Instant, String)>>);

/// What an address belongs to.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) struct Place {
    pub(crate) service: String,
    pub(crate) region: String,
    pub(crate) access_key_id: String,
}

impl Discovered {
    /// The endpoint that was told, if it still holds.
    pub(crate) fn get(&self, place: &Place, now: Instant) -> Option<String> {
        let kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        kept.get(place).filter(|(until, _)| *until > now).map(|(_, url)| url.clone())
    }

    /// Keeps what the service told, and yields it.
    pub(crate) fn keep(&self, place: Place, answer: &Answer, now: Instant) -> Option<String> {
        let first = answer.value.get("Endpoints")?.as_list()?.first()?;
        let address = first.get("Address")?.as_text()?;
        let url = if address.contains("://") { address.to_owned() } else { format!("https://{address}") };
        let minutes = first.get("CachePeriodInMinutes").and_then(Value::as_i64).unwrap_or(1);
        let until = now + Duration::from_secs(u64::try_from(minutes).unwrap_or(1).min(24 * 60) * 60);
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        kept.retain(|_, (until, _)| *until > now);
        if kept.len() < MOST {
            kept.insert(place, (until, url.clone()));
        }
        Some(url)
    }
}

/// The operation that tells the service's endpoints.
pub(crate) fn operation(service: &Service) -> Option<&value::Key> {
    let names = service.operation_names();
    names.iter().find(|name| service.operation(name).is_some_and(|operation| operation.endpoint_operation))
}
