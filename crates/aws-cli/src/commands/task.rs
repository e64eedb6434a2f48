//! A high-level command that is ready to run, and what it sees of the world.
//!
//! Invariants: what a task prints goes to the two writers that it is given; in chat their content is bounded and both
//! end in one text; a task makes no call but those that its line announced as [`crate::Need`]s.

use std::fmt;
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use aws_call::credentials::Surroundings;
use aws_call::credentials::config::{SharedConfig, endpoint_url};
use aws_call::paginate::{Pager, Paging};
use aws_call::{BoxFuture, Call, CallError, CallOptions, Client};
use aws_model::Service;
use value::{Key, Map, Value};

use crate::run::{Console, ExecuteError};
use crate::{Environment, Globals, Invocation, UsageError, failure};

/// The most text that is kept of what a command prints in chat.
const MAX_CHAT_TEXT: usize = 1024 * 1024;

/// What a high-level command does once it may.
pub(crate) trait Runs: fmt::Debug + Send + Sync {
    /// Does it; returns the exit code.
    fn run<'a>(&'a self, world: &'a mut World<'_>) -> BoxFuture<'a, Result<u8, Fault>>;

    /// A region that it calls besides the line's own.
    fn other_region(&self) -> Option<&str> {
        None
    }
}

/// A high-level command, ready to run.
#[derive(Debug, Clone)]
pub struct Task(pub(crate) Arc<dyn Runs>);

/// Why a high-level command ended before its end.
#[derive(Debug)]
pub(crate) enum Fault {
    /// A call failed.
    Call {
        /// Its operation.
        operation: Key,
        /// How.
        error: Box<CallError>,
    },
    /// What was asked for cannot be done, in the words and with the exit code of a usage fault.
    Usage(Box<UsageError>),
    /// Anything else, with exit code 255.
    General(String),
}

impl Fault {
    /// A sentence about it, as the AWS CLI puts it behind `failed: `.
    pub(crate) fn sentence(&self) -> String {
        match self {
            Fault::Call { operation, error } => failure::sentence(operation, error),
            Fault::Usage(error) => error.reason.clone(),
            Fault::General(text) => text.clone(),
        }
    }

    /// The service's code of the error, if the service answered with one.
    pub(crate) fn code(&self) -> Option<&str> {
        match self {
            Fault::Call { error, .. } => error.service_error().map(|error| error.code.as_str()),
            _ => None,
        }
    }

    /// What the service says of the error; otherwise the sentence.
    pub(crate) fn message(&self) -> String {
        match self {
            Fault::Call { error, .. } => {
                error.service_error().map_or_else(|| self.sentence(), |error| error.message.clone())
            }
            _ => self.sentence(),
        }
    }

    fn report(&self, globals: &Globals) -> (String, u8) {
        match self {
            Fault::Call { operation, error } => failure::call_error(operation, globals, error),
            Fault::Usage(error) => failure::usage(error),
            Fault::General(text) => failure::general(text),
        }
    }
}

impl From<io::Error> for Fault {
    fn from(error: io::Error) -> Fault {
        Fault::General(error.to_string())
    }
}

impl From<UsageError> for Fault {
    fn from(error: UsageError) -> Fault {
        Fault::Usage(Box::new(error))
    }
}

/// What a running command sees of the world.
pub(crate) struct World<'w> {
    /// Calls.
    pub(crate) calls: Calls,
    /// The options that every command has.
    pub(crate) globals: &'w Globals,
    /// Variables, files, the terminal.
    pub(crate) env: &'w Environment,
    /// Standard output.
    pub(crate) out: &'w mut (dyn Write + Send),
    /// Standard error.
    pub(crate) err: &'w mut (dyn Write + Send),
}

impl World<'_> {
    /// Writes to standard output. A reader that went away is no fault.
    pub(crate) fn say(&mut self, text: &str) {
        let _ = self.out.write_all(text.as_bytes());
    }

    /// Writes to standard error.
    pub(crate) fn complain(&mut self, text: &str) {
        let _ = self.out.flush();
        let _ = self.err.write_all(text.as_bytes());
    }
}

/// How a command makes its calls. Cheap to clone, so that several can be under way.
#[derive(Clone)]
pub(crate) struct Calls {
    /// Who makes them.
    pub(crate) client: Client,
    /// How calls of the command's own service are made.
    pub(crate) options: Arc<CallOptions>,
    /// The service of `options`.
    own: Arc<Service>,
    /// What `--endpoint-url` and the configuration say, for other services.
    elsewhere: Arc<Elsewhere>,
}

/// Where other services are.
struct Elsewhere {
    given: Option<String>,
    env: Environment,
    profile: String,
}

impl Calls {
    /// The service of that name, from the client's models.
    pub(crate) fn service(&self, name: &str) -> Result<Arc<Service>, Fault> {
        if self.own.name() == name {
            return Ok(Arc::clone(&self.own));
        }
        self.client.parts().catalog.open(name).map_err(|error| Fault::General(error.to_string()))
    }

    /// How calls of that service are made.
    pub(crate) fn options_for(&self, service: &Service) -> CallOptions {
        let mut options = self.options.as_ref().clone();
        if service.name() != self.own.name() {
            options.endpoint_url =
                self.elsewhere.endpoint(service).or_else(|| self.elsewhere.like_own(&options));
        }
        options
    }

    /// The same where `--endpoint-url` does not count, because it names another service's place.
    pub(crate) fn options_as_configured(&self, service: &Service) -> CallOptions {
        let mut options = self.options.as_ref().clone();
        options.endpoint_url =
            self.elsewhere.configured(service).or_else(|| self.elsewhere.like_own(&options));
        options
    }

    /// Makes a call where `--endpoint-url` does not count.
    pub(crate) async fn call_as_configured(
        &self,
        service: &str,
        operation: &str,
        params: Map,
    ) -> Result<Value, Fault> {
        let service = self.service(service)?;
        let options = self.options_as_configured(&service);
        self.call_with(service, operation, params, &options).await
    }

    /// Makes a call of the command's own service or another one.
    pub(crate) async fn call(&self, service: &str, operation: &str, params: Map) -> Result<Value, Fault> {
        let service = self.service(service)?;
        let options = self.options_for(&service);
        self.call_with(service, operation, params, &options).await
    }

    /// The same with options of one's own.
    pub(crate) async fn call_with(
        &self,
        service: Arc<Service>,
        operation: &str,
        params: Map,
        options: &CallOptions,
    ) -> Result<Value, Fault> {
        let call = Call::new(service, operation, params);
        match self.client.call(&call, options).await {
            Ok(answer) => Ok(answer.value),
            Err(error) => Err(Fault::Call { operation: call.operation, error: Box::new(error) }),
        }
    }

    /// The pages of an operation of that service.
    pub(crate) fn pages(
        &self,
        service: &str,
        operation: &str,
        params: Map,
        page_size: Option<i64>,
    ) -> Result<Pages, Fault> {
        let service = self.service(service)?;
        let options = self.options_for(&service);
        Pages::new(self.client.clone(), service, operation, params, page_size, options)
    }
}

impl Elsewhere {
    fn endpoint(&self, service: &Service) -> Option<String> {
        self.given.clone().or_else(|| self.configured(service))
    }

    fn configured(&self, service: &Service) -> Option<String> {
        let seen = Seen(&self.env);
        let shared = SharedConfig::load(&seen).ok()?;
        endpoint_url(&seen, &shared, &self.profile, &service.metadata().service_id)
    }

    /// Without an environment to ask, other services are where the own one is.
    fn like_own(&self, options: &CallOptions) -> Option<String> {
        options.endpoint_url.clone().filter(|_| self.env.vars.is_empty())
    }
}

/// An environment as the configuration's readers see it.
pub(crate) struct Seen<'a>(pub(crate) &'a Environment);

impl fmt::Debug for Seen<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Seen")
    }
}

impl Surroundings for Seen<'_> {
    fn var(&self, name: &str) -> Option<String> {
        self.0.var(name).map(str::to_owned)
    }

    fn home(&self) -> Option<PathBuf> {
        self.0.home.clone()
    }

    fn read(&self, path: &Path) -> io::Result<Vec<u8>> {
        self.0.files.read(path)
    }
}

/// The pages of an operation, one by one.
pub(crate) struct Pages {
    client: Client,
    call: Call,
    options: CallOptions,
    pager: Pager,
}

impl Pages {
    /// A walk from the first page.
    pub(crate) fn new(
        client: Client,
        service: Arc<Service>,
        operation: &str,
        params: Map,
        page_size: Option<i64>,
        options: CallOptions,
    ) -> Result<Pages, Fault> {
        let call = Call::new(service, operation, params);
        let model = call.model().zip(call.service.paginator(operation));
        let (operation, paginator) =
            model.ok_or_else(|| Fault::General(format!("{operation} has no pages in the model")))?;
        let paging = Paging { page_size, ..Paging::default() };
        let pager = Pager::new(&call.service, operation, paginator, &paging, call.params.clone())
            .map_err(|error| Fault::General(error.to_string()))?;
        Ok(Pages { client, call, options, pager })
    }

    /// The next page.
    pub(crate) async fn next(&mut self) -> Result<Option<Value>, Fault> {
        let Some(params) = self.pager.request() else { return Ok(None) };
        let call = Call { params: params.clone(), ..self.call.clone() };
        let mut page = match self.client.call(&call, &self.options).await {
            Ok(answer) => answer.value,
            Err(error) => return Err(Fault::Call { operation: call.operation, error: Box::new(error) }),
        };
        self.pager
            .accept(&mut page)
            .map_err(|error| Fault::General(ExecuteError::from(error).to_string()))?;
        Ok(Some(page))
    }
}

impl Task {
    /// Runs on a terminal: prints, and returns the exit code.
    pub(crate) async fn run(
        &self,
        invocation: &Invocation,
        client: &Client,
        options: &CallOptions,
        env: &Environment,
        console: &mut Console<'_>,
    ) -> u8 {
        let calls = calls(invocation, client, options, env);
        let mut world =
            World { calls, globals: &invocation.globals, env, out: console.out, err: console.err };
        match self.0.run(&mut world).await {
            Ok(code) => code,
            Err(fault) => {
                let (text, code) = fault.report(&invocation.globals);
                world.complain(&text);
                code
            }
        }
    }

    /// Runs for chat: what it prints is returned as one text.
    pub(crate) async fn execute(
        &self,
        invocation: &Invocation,
        client: &Client,
        options: &CallOptions,
    ) -> Result<Value, ExecuteError> {
        let mut env = Environment::empty();
        env.now = client.parts().clock.now();
        let calls = calls(invocation, client, options, &env);
        let (mut out, mut err) = (Bounded::default(), Bounded::default());
        let globals = &invocation.globals;
        let mut world = World { calls, globals, env: &env, out: &mut out, err: &mut err };
        let ended = self.0.run(&mut world).await;
        let said = out.text();
        let complaints = err.text();
        match ended {
            Ok(0 | 2) => Ok(Value::from(said + &complaints)),
            Ok(_) if complaints.is_empty() => Ok(Value::from(said)),
            Ok(_) => Err(ExecuteError::Paging(said + &complaints)),
            Err(Fault::Call { error, .. }) if said.is_empty() => Err(ExecuteError::Call(*error)),
            Err(fault) => Err(ExecuteError::Paging(format!("{said}{complaints}{}", fault.sentence()))),
        }
    }
}

fn calls(invocation: &Invocation, client: &Client, options: &CallOptions, env: &Environment) -> Calls {
    let globals = &invocation.globals;
    let profile = globals.profile.as_deref().or_else(|| env.var("AWS_PROFILE")).unwrap_or("default");
    let elsewhere =
        Elsewhere { given: globals.endpoint_url.clone(), env: env.clone(), profile: profile.to_owned() };
    Calls {
        client: client.clone(),
        options: Arc::new(options.clone()),
        own: Arc::clone(&invocation.call.service),
        elsewhere: Arc::new(elsewhere),
    }
}

/// Text up to a bound; what goes beyond is dropped and said so.
#[derive(Default)]
struct Bounded {
    kept: Vec<u8>,
    dropped: usize,
}

impl Bounded {
    fn text(self) -> String {
        let mut text = String::from_utf8_lossy(&self.kept).into_owned();
        if self.dropped > 0 {
            text.push_str(&format!("\n… {} more bytes are not shown\n", self.dropped));
        }
        text
    }
}

impl Write for Bounded {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let keep = bytes.len().min(MAX_CHAT_TEXT.saturating_sub(self.kept.len()));
        self.kept.extend_from_slice(&bytes[..keep]);
        self.dropped += bytes.len() - keep;
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
