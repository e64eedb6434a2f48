//! `bellhop aws …`: the AWS CLI. Nothing is set up here that a single call does not need.

use std::ffi::OsString;
use std::io::{self, Write};
use std::process::ExitCode;

use aws_cli::{Console, Environment, Invocation, Parsed, Profile};
use aws_model::Catalog;

use crate::engine::{self, Engine};
use crate::environment;

/// The exit code of AWS CLI v2 for a fault of its own surroundings.
const GENERAL_FAULT: u8 = 255;

/// Runs the words behind `aws`.
pub(crate) fn run(words: impl Iterator<Item = OsString>) -> ExitCode {
    let words: Vec<String> = words.map(|word| word.to_string_lossy().into_owned()).collect();
    let vars = environment::read();
    let catalog = engine::catalog(&vars);
    let env = engine::environment(vars);
    let code = match aws_cli::parse(&catalog, &words, &env, Profile::Terminal) {
        Ok(Parsed::Call(invocation)) => call(*invocation, catalog, &env),
        Ok(Parsed::Help(page)) => print(&page.text),
        Ok(Parsed::Text(text)) => print(&text),
        Err(error) => {
            complain(&error.to_string());
            error.exit_code
        }
    };
    ExitCode::from(code)
}

fn call(mut invocation: Invocation, catalog: Catalog, env: &Environment) -> u8 {
    // One call needs one thread.
    let Ok(runtime) = tokio::runtime::Builder::new_current_thread().enable_all().build() else {
        complain("the runtime cannot be started");
        return GENERAL_FAULT;
    };
    runtime.block_on(async {
        let mut globals = invocation.globals.clone();
        if invocation.command == "configure set" {
            // It may name a profile that it is about to create.
            globals.profile = None;
        }
        let engine = match Engine::for_terminal(env, &globals, catalog) {
            Ok(engine) => engine,
            Err(error) => {
                complain(&format!("\naws: [ERROR]: {error:#}"));
                return GENERAL_FAULT;
            }
        };
        let options = engine.options(&invocation.globals, invocation.call.service.name());
        engine.complete(&mut invocation.globals);
        let mut out = io::BufWriter::with_capacity(64 * 1024, io::stdout());
        let mut err = io::stderr();
        let mut console = Console { out: &mut out, err: &mut err };
        let code = aws_cli::run(&invocation, engine.client(), &options, env, &mut console).await;
        // A reader that went away, as `head` does, is no fault.
        let _ = out.flush();
        code
    })
}

fn print(text: &str) -> u8 {
    // Likewise.
    let _ = io::stdout().write_all(text.as_bytes());
    0
}

fn complain(text: &str) {
    let _ = writeln!(io::stderr(), "{text}");
}
