//! Calls that first ask for what they change: the answer of one operation completes the parameters of the other.
//!
//! Invariant: the second call is held against the model when it is complete, so nothing is sent that would not be sent
//! if its parameters had all been given.

use std::sync::Arc;

use aws_call::{BoxFuture, Call};
use aws_model::{Operation, Service};
use value::{Map, Value};

use crate::commands::{Fault, Runs, Task, World};
use crate::operation::parameter_faults;
use crate::print::{Printer, layout};
use crate::{Invocation, Need, Profile, redact};

/// What is asked first, and what becomes of the answer.
#[derive(Debug, Clone)]
pub(crate) struct Prelude {
    /// The operation of the same service that answers.
    pub(crate) operation: &'static str,
    /// Its parameters, from those of the call itself.
    pub(crate) ask: fn(&Map) -> Map,
    /// Completes the parameters by the answer and what was given on the line.
    pub(crate) complete: fn(&mut Map, &Value, &str),
    /// What was given on the line.
    pub(crate) given: String,
}

/// Both calls, ready to run.
#[derive(Debug)]
struct Both {
    call: Call,
    prelude: Prelude,
    profile: Profile,
}

/// The invocation of both calls from that of the second one; as it was if the model lacks the first one.
pub(crate) fn before(invocation: Invocation, prelude: Prelude, profile: Profile) -> Invocation {
    let service = Arc::clone(&invocation.call.service);
    let Some(operation) = service.operation(prelude.operation) else { return invocation };
    let first = Call::new(Arc::clone(&service), prelude.operation, (prelude.ask)(&invocation.call.params));
    let need = Need {
        action: aws_model::iam_action(&service, operation),
        level: aws_model::level_of_call(&service, operation, &first.params),
    };
    let both = Both { call: invocation.call.clone(), prelude, profile };
    Invocation { call: first, task: Some(Task(Arc::new(both))), further: vec![need], ..invocation }
}

impl Both {
    async fn work(&self, world: &mut World<'_>) -> Result<u8, Fault> {
        let options = Arc::clone(&world.calls.options);
        let service = || Arc::clone(&self.call.service);
        let mut params = self.call.params.clone();
        let ask = (self.prelude.ask)(&params);
        let found = world.calls.call_with(service(), self.prelude.operation, ask, &options).await?;
        (self.prelude.complete)(&mut params, &found, &self.prelude.given);
        let Some(operation) = self.call.model() else {
            return Err(Fault::General(format!("the model has no operation {}", self.call.operation)));
        };
        check(&self.call.service, operation, &params)?;
        let mut answer = world.calls.call_with(service(), &self.call.operation, params, &options).await?;
        if self.profile == Profile::Chat {
            redact(&self.call.service, operation, &mut answer);
        }
        let layout = layout(world.globals, Some(world.env));
        let printed = Printer::new(world.globals, &self.call.operation, &layout)
            .and_then(|printer| printer.one(&answer, world.out));
        printed.map_err(|error| Fault::General(error.to_string()))?;
        Ok(0)
    }
}

fn check(service: &Service, operation: &Operation, params: &Map) -> Result<(), Fault> {
    let checked = aws_call::validate::validate(service, operation, params);
    checked.map_err(|faults| Fault::from(parameter_faults(&faults)))
}

impl Runs for Both {
    fn run<'a>(&'a self, world: &'a mut World<'_>) -> BoxFuture<'a, Result<u8, Fault>> {
        Box::pin(self.work(world))
    }
}
