//! Running an invocation: the terminal's way, which prints, and chat's way, which returns the answer.

use std::io::Write;
use std::path::Path;

use aws_call::paginate::{Merger, Pager, Paging, PagingError};
use aws_call::parse::values_in;
use aws_call::wait::{Wait, WaitStep};
use aws_call::{Call, CallError, CallOptions, Client};
use aws_model::Waiter;
use jmespath::Expression;
use value::{Map, Value};

use crate::print::{PrintError, Printer, layout};
use crate::{Environment, Invocation, failure, print_request};

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
    /// The waiter gave up, or saw a state that ends it; the text is the AWS CLI's.
    #[error("{0}")]
    Waiter(String),
    /// The answer's pages cannot be followed, or the options say something impossible about them.
    #[error("{0}")]
    Paging(String),
}

impl From<PagingError> for ExecuteError {
    fn from(error: PagingError) -> ExecuteError {
        ExecuteError::Paging(match error {
            PagingError::BadStartingToken(token) => format!("Bad starting token: {token}"),
            PagingError::RepeatedToken(token) => {
                format!("Error during pagination: The same next token was received twice: {token}")
            }
            PagingError::PageSizeUnsupported => {
                "Error during pagination: PageSize parameter is not supported for the pagination interface for this \
                 operation."
                    .to_owned()
            }
            other => other.to_string(),
        })
    }
}

/// Makes the call, follows and merges its pages, and returns the whole answer as it stands before `--query`.
/// `null` for a waiter that reached its state.
///
/// # Errors
///
/// The call's own error, which says whether it was sent; a waiter that failed; pages that cannot be followed.
pub async fn execute(
    invocation: &Invocation,
    client: &Client,
    options: &CallOptions,
) -> Result<Value, ExecuteError> {
    if let Some(task) = &invocation.task {
        return task.execute(invocation, client, options).await;
    }
    if let Some(waiter) = waiter(invocation) {
        wait(invocation, waiter, client, options).await?;
        return Ok(Value::Null);
    }
    let Some(mut pager) = pager(invocation)? else {
        return Ok(client.call(&invocation.call, options).await?.value);
    };
    let mut merger = Merger::default();
    let mut merged = 0;
    while let Some(mut page) = next_page(invocation, &pager, client, options).await? {
        pager.accept(&mut page)?;
        if options.parse.max_merged_values < usize::MAX {
            merged += values_in(&page);
            check_merged(merged, options)?;
        }
        merger.add(&pager, page);
    }
    Ok(merger.finish(&pager))
}

/// Refuses pages that are too much together; what they held so far is no answer.
pub(crate) fn check_merged(values: usize, options: &CallOptions) -> Result<(), ExecuteError> {
    let limit = options.parse.max_merged_values;
    if values <= limit {
        return Ok(());
    }
    Err(ExecuteError::Paging(format!(
        "the pages hold more than {limit} values; narrow the question, by a filter or --max-items"
    )))
}

fn waiter(invocation: &Invocation) -> Option<&Waiter> {
    let name = invocation.waiter.as_ref()?;
    invocation.call.service.waiters().iter().find(|waiter| waiter.name == *name)
}

/// The walk over the answer's pages, if they are followed.
fn pager(invocation: &Invocation) -> Result<Option<Pager>, ExecuteError> {
    let (call, globals) = (&invocation.call, &invocation.globals);
    let service = &call.service;
    let model = call.model().zip(service.paginator(&call.operation)).filter(|_| globals.paginate);
    let Some((operation, paginator)) = model else { return Ok(None) };
    let paging = Paging {
        max_items: globals.max_items,
        starting_token: globals.starting_token.clone(),
        page_size: globals.page_size,
    };
    Ok(Some(Pager::new(service, operation, paginator, &paging, call.params.clone())?))
}

/// The parameters of the first request: those of the line, and what paging adds to them.
pub(crate) fn first_params(invocation: &Invocation) -> Result<Map, ExecuteError> {
    let pager = pager(invocation)?;
    let first = pager.as_ref().and_then(Pager::request);
    Ok(first.unwrap_or(&invocation.call.params).clone())
}

async fn next_page(
    invocation: &Invocation,
    pager: &Pager,
    client: &Client,
    options: &CallOptions,
) -> Result<Option<Value>, ExecuteError> {
    let Some(params) = pager.request() else { return Ok(None) };
    let call = Call { params: params.clone(), ..invocation.call.clone() };
    Ok(Some(client.call(&call, options).await?.value))
}

async fn wait(
    invocation: &Invocation,
    waiter: &Waiter,
    client: &Client,
    options: &CallOptions,
) -> Result<(), ExecuteError> {
    let broken = |error: jmespath::JmespathError| ExecuteError::Waiter(error.to_string());
    let mut wait = Wait::new(waiter).map_err(broken)?;
    loop {
        let polled = client.call(&invocation.call, options).await;
        let step = match &polled {
            Ok(answer) => wait.observe(Ok(answer)),
            Err(error) => match error.service_error() {
                Some(error) => wait.observe(Err(error)),
                None => {
                    return Err(polled
                        .map(|_| ())
                        .map_err(ExecuteError::Call)
                        .err()
                        .unwrap_or_else(unreached));
                }
            },
        };
        match step.map_err(broken)? {
            WaitStep::Reached => return Ok(()),
            WaitStep::PollAfter(pause) => client.parts().clock.sleep(pause).await,
            WaitStep::Failed(failure) => return Err(ExecuteError::Waiter(failure.to_string())),
        }
    }
}

fn unreached() -> ExecuteError {
    ExecuteError::Waiter("the waiter ended without a reason".to_owned())
}

/// Makes the call and prints its answer, or its error, as AWS CLI v2 does. Returns the exit code.
pub async fn run(
    invocation: &Invocation,
    client: &Client,
    options: &CallOptions,
    env: &Environment,
    console: &mut Console<'_>,
) -> u8 {
    for warning in &invocation.warnings {
        let _ = writeln!(console.err, "{warning}");
    }
    if invocation.globals.print_request {
        return match print_request::print(invocation, client, options, console.out).await {
            Ok(()) => 0,
            Err(error) => report(invocation, &error, console),
        };
    }
    if let Some(task) = &invocation.task {
        return task.run(invocation, client, options, env, console).await;
    }
    match run_printing(invocation, client, options, env, console).await {
        Ok(()) => 0,
        Err(RunError::Execute(error)) => report(invocation, &error, console),
        Err(RunError::Print(PrintError::Output(crate::output::OutputError::Io(_)))) => 0,
        Err(RunError::Print(error)) => say(failure::general(&error.to_string()), console),
        Err(RunError::File(text)) => say(failure::general(&text), console),
    }
}

fn report(invocation: &Invocation, error: &ExecuteError, console: &mut Console<'_>) -> u8 {
    say(failure::describe(invocation, error), console)
}

fn say((text, code): (String, u8), console: &mut Console<'_>) -> u8 {
    let _ = console.out.flush();
    let _ = console.err.write_all(text.as_bytes());
    code
}

enum RunError {
    Execute(ExecuteError),
    Print(PrintError),
    File(String),
}

impl<E: Into<ExecuteError>> From<E> for RunError {
    fn from(error: E) -> RunError {
        RunError::Execute(error.into())
    }
}

async fn run_printing(
    invocation: &Invocation,
    client: &Client,
    options: &CallOptions,
    env: &Environment,
    console: &mut Console<'_>,
) -> Result<(), RunError> {
    let layout = layout(&invocation.globals, Some(env));
    let title = &invocation.call.operation;
    let printer = Printer::new(&invocation.globals, title, &layout).map_err(RunError::Print)?;
    if let Some(mut pager) = pager(invocation)?.filter(|_| printer.is_per_page()) {
        let mut first = true;
        while let Some(mut page) = next_page(invocation, &pager, client, options).await? {
            pager.accept(&mut page)?;
            printer.page(&pager, page, first, console.out).map_err(RunError::Print)?;
            first = false;
        }
        return printer.resume_token(&pager, console.out).map_err(RunError::Print);
    }
    let mut answer = match &invocation.outfile {
        Some((_, path)) => download(invocation, path, client, options, env).await?,
        None => execute(invocation, client, options).await?,
    };
    if invocation.waiter.is_some() {
        return Ok(());
    }
    save_files(invocation, &mut answer, env).map_err(RunError::File)?;
    let printed = printer.one(&answer, console.out).map_err(RunError::Print);
    // A terminal's program ends here: taking a million values apart one by one would only keep it.
    std::mem::forget(answer);
    printed
}

/// Makes a call whose answer's body goes to a file as it comes. The file is made when the first piece is there.
async fn download(
    invocation: &Invocation,
    path: &str,
    client: &Client,
    options: &CallOptions,
    env: &Environment,
) -> Result<Value, RunError> {
    let mut file: Option<Box<dyn Write + Send>> = None;
    let mut broken = None;
    let mut sink = |piece: &[u8]| {
        let written = match &mut file {
            Some(file) => file.write_all(piece),
            None => env.files.create(Path::new(path)).and_then(|made| file.insert(made).write_all(piece)),
        };
        written.inspect_err(|error| broken = Some(error.to_string()))
    };
    let answered = client.call_into(&invocation.call, options, &mut sink).await;
    if let Some(error) = broken {
        return Err(RunError::File(format!("Unable to write to file: {path}: {error}")));
    }
    let flushed = file.as_mut().map_or(Ok(()), |file| file.flush());
    let mut answer = answered?.value;
    flushed.map_err(|error| RunError::File(format!("Unable to write to file: {path}: {error}")))?;
    if let (Some(_), Some((member, _)), Value::Map(map)) = (&file, &invocation.outfile, &mut answer) {
        map.remove(member);
    }
    Ok(answer)
}

/// Writes the streamed body and single members to the files that the line names.
fn save_files(invocation: &Invocation, answer: &mut Value, env: &Environment) -> Result<(), String> {
    if let (Some((member, path)), Value::Map(map)) = (&invocation.outfile, &mut *answer)
        && let Some(body) = map.remove(member)
    {
        write_file(env, Path::new(path), &body)?;
    }
    for (member, path) in &invocation.member_files {
        let found = Expression::parse(member).and_then(|expression| expression.search(answer));
        write_file(env, &env.expand_path(path), &found.map_err(|error| error.to_string())?)?;
    }
    if !invocation.member_files.is_empty()
        && let Value::Map(map) = answer
        && let Some(Value::Map(device)) = map.get_mut("VirtualMFADevice")
    {
        device.remove("QRCodePNG");
        device.remove("Base32StringSeed");
    }
    Ok(())
}

fn write_file(env: &Environment, path: &Path, content: &Value) -> Result<(), String> {
    let bytes = match content {
        Value::Blob(bytes) => bytes.to_vec(),
        Value::Text(text) => text.as_bytes().to_vec(),
        _ => Vec::new(),
    };
    env.files
        .write(path, &bytes)
        .map_err(|error| format!("Unable to write to file: {}: {error}", path.display()))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Each page is within its bound, but nothing bounded what they make together.
    #[test]
    fn merged_pages_are_bounded_together() {
        let mut options = CallOptions::default();
        assert!(check_merged(usize::MAX, &options).is_ok(), "a terminal follows pages without end");
        options.parse.max_merged_values = 10;
        assert!(check_merged(10, &options).is_ok());
        let refused = check_merged(11, &options).expect_err("too many").to_string();
        assert!(refused.contains("more than 10 values; narrow the question"), "{refused}");
    }
}
