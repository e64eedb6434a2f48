//! `s3 presign`: a URL that reads an object for whoever has it.

use aws_call::{BoxFuture, Call};
use aws_model::Level;
use value::Map;

use super::uri;
use crate::commands::line::{Line, step};
use crate::commands::options::{Spec, Takes, Word, one};
use crate::commands::task::{Fault, Runs, World};
use crate::{Parsed, UsageError};

/// How long a URL lasts, in seconds, unless the line says.
const DEFAULT_SECONDS: u32 = 3600;

static SPEC: Spec = Spec {
    about: "Makes a URL that reads an object, for whoever has it, until it expires.",
    words: &[Word { name: "path", shown: "<S3Uri>", required: true }],
    options: &[&[one("expires-in", "Seconds until it expires: 3600, at most 604800.").taking(Takes::Number)]],
};

#[derive(Debug)]
struct Presign {
    params: Map,
    seconds: u32,
}

/// Reads the words of `s3 presign`.
pub(crate) fn start(line: &Line<'_>) -> Result<Parsed, UsageError> {
    let given = match line.read(&SPEC)? {
        Ok(given) => given,
        Err(page) => return Ok(page),
    };
    let (bucket, key) = uri::split(given.word(0).unwrap_or_default())?;
    let params: Map = [("Bucket", bucket), ("Key", key)].into_iter().collect();
    let seconds = given.number("expires-in").map_or(Ok(DEFAULT_SECONDS), u32::try_from);
    let seconds = seconds.map_err(|_| UsageError::validation("--expires-in is not a number of seconds"))?;
    // A URL in hand is as good as a key to the object.
    let steps = vec![step("s3", "GetObject", params.clone()).at(Level::Secret)];
    line.invocation(Presign { params, seconds }, steps)
}

impl Runs for Presign {
    fn run<'a>(&'a self, world: &'a mut World<'_>) -> BoxFuture<'a, Result<u8, Fault>> {
        Box::pin(async move {
            let call = Call::new(world.calls.service("s3")?, "GetObject", self.params.clone());
            let url = world.calls.client.presign(&call, &world.calls.options, self.seconds).await;
            let url = url
                .map_err(|error| Fault::Call { operation: call.operation.clone(), error: Box::new(error) })?;
            world.say(&format!("{url}\n"));
            Ok(0)
        })
    }
}
