//! The AWS engine in the real world: this machine's environment, files and network.

use std::collections::BTreeMap;
use std::io::{self, IsTerminal as _};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use aws_cli::{Environment, Files};
use aws_model::Catalog;

/// The machine's files, for command lines of its own users.
#[derive(Debug, Clone, Copy)]
struct RealFiles;

#[expect(clippy::disallowed_methods, reason = "the rim: a terminal's command line may read and write files")]
impl Files for RealFiles {
    fn read(&self, path: &Path) -> io::Result<Vec<u8>> {
        std::fs::read(path)
    }

    fn write(&self, path: &Path, content: &[u8]) -> io::Result<()> {
        std::fs::write(path, content)
    }
}

/// What a command line of the terminal sees.
pub(crate) fn environment(vars: BTreeMap<String, String>) -> Environment {
    let columns = vars.get("COLUMNS").and_then(|columns| columns.parse().ok()).unwrap_or(80);
    Environment {
        home: home(&vars),
        vars,
        files: Arc::new(RealFiles),
        is_terminal: io::stdout().is_terminal(),
        columns,
    }
}

/// The models of this binary, and those that the user has added.
pub(crate) fn catalog(vars: &BTreeMap<String, String>) -> Catalog {
    let mut folders: Vec<PathBuf> =
        vars.get("AWS_DATA_PATH").map(|paths| std::env::split_paths(paths).collect()).unwrap_or_default();
    folders.extend(home(vars).map(|home| home.join(".aws/models")));
    folders.retain(|folder| folder.is_dir());
    if folders.is_empty() { Catalog::embedded() } else { Catalog::embedded().with_directories(folders) }
}

fn home(vars: &BTreeMap<String, String>) -> Option<PathBuf> {
    vars.get("HOME").filter(|home| !home.is_empty()).map(PathBuf::from)
}

/// Interim.
pub(crate) fn options(
    globals: &aws_cli::Globals,
    service: &str,
    env: &Environment,
    _client: &aws_call::Client,
) -> anyhow::Result<aws_call::CallOptions> {
    let own = format!("AWS_ENDPOINT_URL_{}", service.to_uppercase().replace('-', "_"));
    let text = |name: &str| env.var(name).map(str::to_owned);
    let region = globals.region.clone().or_else(|| text("AWS_REGION")).or_else(|| text("AWS_DEFAULT_REGION"));
    let mut credentials = aws_call::Credentials::new(
        text("AWS_ACCESS_KEY_ID").unwrap_or_default(),
        text("AWS_SECRET_ACCESS_KEY").unwrap_or_default(),
    );
    credentials.session_token = text("AWS_SESSION_TOKEN");
    Ok(aws_call::CallOptions {
        region,
        endpoint_url: globals.endpoint_url.clone().or_else(|| text(&own)).or_else(|| text("AWS_ENDPOINT_URL")),
        credentials: (!globals.unsigned)
            .then(|| Arc::new(aws_call::credentials::StaticCredentials::new(credentials)) as _),
        ..aws_call::CallOptions::default()
    })
}
