//! Credentials that a program prints (`credential_process`).

use std::sync::Arc;

use value::Value;

use crate::BoxFuture;
use crate::credentials::cached::Fetch;
use crate::credentials::surroundings::Surroundings;
use crate::credentials::{Credentials, CredentialsError, json};

const PROVIDER: &str = "custom-process";

#[derive(Debug)]
pub(super) struct Process {
    pub(super) command: String,
    pub(super) surroundings: Arc<dyn Surroundings>,
}

impl Fetch for Process {
    fn fetch(&self) -> BoxFuture<'_, Result<Credentials, CredentialsError>> {
        Box::pin(async move {
            let fault = |reason: String| CredentialsError::Fetch { provider: PROVIDER, reason, code: None };
            let printed =
                self.surroundings.run(&self.command).await.map_err(|error| fault(error.to_string()))?;
            let tree =
                Value::from_json(&printed).map_err(|_| fault("what it printed is not JSON".to_owned()))?;
            if tree.get("Version").and_then(Value::as_i64) != Some(1) {
                return Err(fault("what it printed has another `Version` than 1".to_owned()));
            }
            json::from_tree(&tree, PROVIDER)
        })
    }
}
