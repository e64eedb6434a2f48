//! Waiting for a state that the model names, at the pace of a high-level command.

use std::time::Duration;

use aws_call::Call;
use aws_call::wait::{Wait, WaitStep};
use aws_model::Waiter;
use value::{Map, Value};

use super::task::{Calls, Fault};

/// How often to look; what is not given is the model's.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Pace {
    /// Seconds between two looks.
    pub(super) delay: Option<u32>,
    /// How many looks.
    pub(super) attempts: Option<u32>,
}

/// Waits for a state; if it is not reached, the reason and the last answer.
pub(super) async fn wait(
    calls: &Calls,
    service: &str,
    name: &str,
    pace: Pace,
    params: Map,
) -> Result<Option<(String, Value)>, Fault> {
    let service = calls.service(service)?;
    let waiter = service.waiters().iter().find(|waiter| waiter.name == name);
    let waiter = waiter.ok_or_else(|| Fault::General(format!("the model has no waiter {name}")))?;
    let waiter = Waiter {
        delay: pace.delay.unwrap_or(waiter.delay),
        max_attempts: pace.attempts.unwrap_or(waiter.max_attempts),
        ..waiter.clone()
    };
    let broken = |error: jmespath::JmespathError| Fault::General(error.to_string());
    let mut state = Wait::new(&waiter).map_err(broken)?;
    let options = calls.options_for(&service);
    let call = Call::new(service.clone(), waiter.operation.clone(), params);
    loop {
        let polled = calls.client.call(&call, &options).await;
        let seen = match &polled {
            Ok(answer) => state.observe(Ok(answer)),
            Err(error) => match error.service_error() {
                Some(error) => state.observe(Err(error)),
                None => Ok(WaitStep::PollAfter(Duration::ZERO)),
            },
        };
        match (seen.map_err(broken)?, polled) {
            (WaitStep::Reached, _) => return Ok(None),
            (WaitStep::Failed(failure), polled) => {
                let last = polled.map(|answer| answer.value).unwrap_or_default();
                return Ok(Some((failure.to_string(), last)));
            }
            (WaitStep::PollAfter(_), Err(error)) if error.service_error().is_none() => {
                return Err(Fault::Call { operation: call.operation, error: Box::new(error) });
            }
            (WaitStep::PollAfter(pause), _) => calls.client.parts().clock.sleep(pause).await,
        }
    }
}
