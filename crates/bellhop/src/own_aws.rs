//! Calls that Bellhop makes in its own name: for secrets, its configuration, and the keys that seal what it keeps.
//!
//! Invariants: an error names service, operation and AWS's code and sentence, never a parameter or an answer; a call ends
//! within [`PATIENCE`]. Absent on purpose: roles, which are the callers' whom Bellhop works for.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use anyhow::Result;
use aws_call::{Call, CallError, CallOptions, Client, Lost, NotSent, causes};
use aws_cli::Globals;
use value::{Map, Value};

use crate::engine::{self, Engine};

/// How long one call may take, with all its attempts.
const PATIENCE: Duration = Duration::from_secs(10);
/// How long a connection may take, and the other side's silence.
const SILENCE: Duration = Duration::from_secs(4);

/// The process's own credentials, region and endpoints.
#[derive(Clone)]
pub(crate) struct OwnAws {
    client: Client,
    engine: Arc<Engine>,
}

/// A call that came to nothing.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{what}")]
pub(crate) struct OwnFault {
    /// What happened, as a fragment without secrets.
    pub(crate) what: String,
    /// The same without naming the call: AWS's code and sentence where it answered.
    pub(crate) said: String,
    /// AWS's code for it, where AWS answered; else empty.
    pub(crate) code: String,
    /// Whether no credentials were found.
    pub(crate) no_credentials: bool,
    /// Whether AWS was not reached, or did not answer.
    pub(crate) unreached: bool,
}

impl OwnAws {
    /// As the environment and the shared files say.
    ///
    /// # Errors
    /// They cannot be used.
    pub(crate) fn new(vars: &BTreeMap<String, String>) -> Result<OwnAws> {
        let client = engine::client(vars, engine::catalog(vars))?;
        let engine = Arc::new(Engine::for_chat(vars.clone(), &client)?);
        Ok(OwnAws { client, engine })
    }

    /// By that client and engine, which others use too.
    pub(crate) fn of(client: Client, engine: Arc<Engine>) -> OwnAws {
        OwnAws { client, engine }
    }

    /// The clock that calls go by.
    pub(crate) fn clock(&self) -> Arc<dyn aws_call::Clock> {
        Arc::clone(&self.client.parts().clock)
    }

    /// What calls are made with.
    pub(crate) fn client(&self) -> &Client {
        &self.client
    }

    /// What calls of that service start from.
    pub(crate) fn options(&self, service: &str) -> CallOptions {
        self.engine.options(&Globals::default(), service)
    }

    /// Calls an operation, in that region or Bellhop's own.
    pub(crate) async fn call(
        &self,
        service: &str,
        operation: &str,
        params: Map,
        region: Option<&str>,
    ) -> Result<Value, OwnFault> {
        let mut options = self.options(service);
        options.deadline = Some(PATIENCE);
        options.connect_timeout = Some(SILENCE);
        options.read_timeout = Some(SILENCE);
        if let Some(region) = region {
            options.region = Some(region.to_owned());
        }
        ask(&self.client, service, operation, params, &options).await
    }
}

/// Calls an operation with those options; the answer's value.
pub(crate) async fn ask(
    client: &Client,
    service: &str,
    operation: &str,
    params: Map,
    options: &CallOptions,
) -> Result<Value, OwnFault> {
    let model = client.parts().catalog.open(service).map_err(|error| OwnFault::plain(&error))?;
    let answer = client.call(&Call::new(model, operation, params), options).await;
    answer.map(|answer| answer.value).map_err(|error| OwnFault::of(&error, service, operation))
}

impl OwnFault {
    fn plain(error: &dyn std::error::Error) -> OwnFault {
        let said = causes(error);
        OwnFault { what: said.clone(), said, code: String::new(), no_credentials: false, unreached: false }
    }

    fn of(error: &CallError, service: &str, operation: &str) -> OwnFault {
        if let Some(answered) = error.service_error() {
            let (code, message) = (answered.code.clone(), &answered.message);
            let what = format!("{service} answers {code} to {operation}: {message}");
            let said = format!("{code}: {message}");
            let unreached = matches!(error, CallError::MayHaveHappened(_)) || answered.status >= 500;
            return OwnFault { what, said, code, no_credentials: false, unreached };
        }
        let no_credentials = matches!(error, CallError::NotSent(NotSent::Credentials(_)));
        let unreached = matches!(
            error,
            CallError::NotSent(NotSent::Connect { .. } | NotSent::Deadline)
                | CallError::MayHaveHappened(Lost::Transport { .. } | Lost::Deadline)
        );
        let said = causes(error);
        let what = format!("{service} cannot be asked to {operation}: {said}");
        OwnFault { what, said, code: String::new(), no_credentials, unreached }
    }

    /// Whether AWS has answered, and will not answer otherwise until somebody changes something.
    pub(crate) fn is_final(&self) -> bool {
        let passes =
            ["Throttl", "TooMany", "LimitExceeded", "Expired", "UnrecognizedClient", "InvalidClientToken"];
        !self.code.is_empty() && !self.unreached && !passes.iter().any(|begin| self.code.starts_with(begin))
    }

    /// Whether AWS says that Bellhop may not.
    pub(crate) fn is_denied(&self) -> bool {
        matches!(self.code.as_str(), "AccessDenied" | "AccessDeniedException" | "UnauthorizedOperation")
    }
}
