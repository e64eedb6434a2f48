//! The command line on a terminal, to try things before the real binary has it: `cargo run --example aws -- sts help`.
//! Credentials come from the environment only.

#![expect(clippy::disallowed_methods, reason = "this is the rim: the terminal's environment and files")]

use std::io::{self, IsTerminal, Write};
use std::path::Path;
use std::process::ExitCode;
use std::sync::Arc;

use aws_call::credentials::StaticCredentials;
use aws_call::{CallOptions, Client, Credentials};
use aws_cli::{Console, Environment, Files, Parsed, Profile};
use aws_model::Catalog;

struct RealFiles;

impl Files for RealFiles {
    fn read(&self, path: &Path) -> io::Result<Vec<u8>> {
        std::fs::read(path)
    }

    fn write(&self, path: &Path, content: &[u8]) -> io::Result<()> {
        std::fs::write(path, content)
    }
}

fn environment() -> Environment {
    Environment {
        vars: std::env::vars().collect(),
        home: std::env::home_dir(),
        files: Arc::new(RealFiles),
        is_terminal: io::stdout().is_terminal(),
        columns: std::env::var("COLUMNS").ok().and_then(|text| text.parse().ok()).unwrap_or(80),
        now: jiff::Timestamp::now(),
        chance: std::process::id(),
    }
}

fn options(globals: &aws_cli::Globals, env: &Environment) -> CallOptions {
    let mut options = CallOptions { region: globals.region.clone(), ..CallOptions::default() };
    options.endpoint_url =
        globals.endpoint_url.clone().or_else(|| env.var("AWS_ENDPOINT_URL").map(str::to_owned));
    options.inject_host_prefix = env.var("AWS_DISABLE_HOST_PREFIX_INJECTION") != Some("true");
    if let (false, Some(id), Some(secret)) =
        (globals.unsigned, env.var("AWS_ACCESS_KEY_ID"), env.var("AWS_SECRET_ACCESS_KEY"))
    {
        options.credentials = Some(Arc::new(StaticCredentials::new(Credentials::new(id, secret))));
    }
    options
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let catalog = Catalog::embedded();
    let env = environment();
    let (mut out, mut err) = (io::stdout(), io::stderr());
    match aws_cli::parse(&catalog, &words, &env, Profile::Terminal) {
        Ok(Parsed::Text(text)) => {
            let _ = out.write_all(text.as_bytes());
            ExitCode::SUCCESS
        }
        Ok(Parsed::Help(page)) => {
            let _ = out.write_all(page.text.as_bytes());
            ExitCode::SUCCESS
        }
        Ok(Parsed::Call(invocation)) => {
            let options = options(&invocation.globals, &env);
            let client = Client::new(catalog);
            let mut console = Console { out: &mut out, err: &mut err };
            ExitCode::from(aws_cli::run(&invocation, &client, &options, &env, &mut console).await)
        }
        Err(error) => {
            let _ = writeln!(err, "{error}");
            ExitCode::from(error.exit_code)
        }
    }
}
