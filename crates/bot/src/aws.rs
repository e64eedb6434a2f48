//! Where AWS begins: the one thing that the flow asks of it, so that a test can stage every ending.

use aws_call::{BoxFuture, CallOptions, Client};
use aws_cli::{ExecuteError, Invocation};
use value::Value;

/// Makes the call of an invocation, and whatever further pages or polls belong to it.
pub trait Aws: Send + Sync {
    /// The whole answer, before `--query`.
    fn execute<'a>(
        &'a self,
        invocation: &'a Invocation,
        options: &'a CallOptions,
    ) -> BoxFuture<'a, Result<Value, ExecuteError>>;

    /// The options that calls of that service start from: endpoints, proxies, whatever is configured.
    fn options(&self, service: &str) -> CallOptions;
}

/// AWS itself.
pub struct AwsClient<F> {
    client: Client,
    options: F,
}

impl<F: Fn(&str) -> CallOptions + Send + Sync> AwsClient<F> {
    /// Calls by that client; `options` gives what calls of a service (`ec2`) start from.
    pub fn new(client: Client, options: F) -> AwsClient<F> {
        AwsClient { client, options }
    }
}

impl<F: Fn(&str) -> CallOptions + Send + Sync> Aws for AwsClient<F> {
    fn execute<'a>(
        &'a self,
        invocation: &'a Invocation,
        options: &'a CallOptions,
    ) -> BoxFuture<'a, Result<Value, ExecuteError>> {
        Box::pin(aws_cli::execute(invocation, &self.client, options))
    }

    fn options(&self, service: &str) -> CallOptions {
        (self.options)(service)
    }
}
