//! Where AWS begins: the one thing that the flow asks of it, so that a test can stage every ending.

use std::sync::Arc;

use aws_call::{BoxFuture, CallOptions, Client, Memory};
use aws_cli::{ExecuteError, Invocation};
use value::Value;

/// The most bytes of an answer that a line in chat may ask for.
const MAX_BODY: usize = 64 * 1024 * 1024;
/// The most values of such an answer: with what is made of them, they stay within some hundred megabytes.
const MAX_VALUES: usize = 4_000_000;

/// Makes the call of an invocation, and whatever further pages or polls belong to it.
pub trait Aws: Send + Sync {
    /// The whole answer, before `--query`.
    fn execute<'a>(
        &'a self,
        invocation: &'a Invocation,
        options: &'a CallOptions,
    ) -> BoxFuture<'a, Result<Value, ExecuteError>>;

    /// The options that calls of that service start from: endpoints, proxies, whatever is configured. What their answers
    /// take of the memory is held as long as these options are, so each command asks for its own.
    fn options(&self, service: &str) -> CallOptions;
}

/// AWS itself.
pub struct AwsClient<F> {
    client: Client,
    options: F,
    memory: Option<Arc<Memory>>,
}

impl<F: Fn(&str) -> CallOptions + Send + Sync> AwsClient<F> {
    /// Calls by that client; `options` gives what calls of a service (`ec2`) start from.
    pub fn new(client: Client, options: F) -> AwsClient<F> {
        AwsClient { client, options, memory: None }
    }

    /// The same, all answers sharing that memory.
    pub fn within(self, memory: Arc<Memory>) -> AwsClient<F> {
        AwsClient { memory: Some(memory), ..self }
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
        let mut options = within_bounds((self.options)(service));
        options.parse.share = self.memory.as_ref().map(Memory::share);
        options
    }
}

/// A server answers many at once: each answer may take less of its memory than a terminal gives.
fn within_bounds(mut options: CallOptions) -> CallOptions {
    options.parse.max_body = options.parse.max_body.min(MAX_BODY);
    options.parse.max_values = options.parse.max_values.min(MAX_VALUES);
    options.parse.max_merged_values = options.parse.max_merged_values.min(MAX_VALUES);
    options
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What suits a terminal would let a few answers at once exhaust the server's memory.
    #[test]
    fn answers_for_chat_are_smaller_than_the_terminals() {
        let bounded = within_bounds(CallOptions::default()).parse;
        assert_eq!((bounded.max_body, bounded.max_values), (MAX_BODY, MAX_VALUES));
        assert_eq!(bounded.max_merged_values, MAX_VALUES);
        let mut less = CallOptions::default();
        (less.parse.max_body, less.parse.max_values) = (10, 20);
        let less = within_bounds(less).parse;
        assert_eq!((less.max_body, less.max_values), (10, 20));
    }
}
