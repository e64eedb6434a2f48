//! Reads a configuration from where it is, with the secrets that it refers to.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use slack::Secret;
use tokio::task::JoinSet;

use crate::config::{AwsSecrets, Config, ConfigError, Referred, Services, Source, read, read_bounded};
use crate::engine;
use crate::own_aws::OwnAws;
use crate::secret::{Finder, Problem, Reference};

/// The largest configuration file, in bytes.
const MAX_FILE: u64 = 4 * 1024 * 1024;

/// What became of each reference.
type Answers = BTreeMap<Reference, Result<Secret, Problem>>;

/// Reads the file of that path, and asks AWS for what it refers to.
pub(crate) fn load(path: &Path, vars: &BTreeMap<String, String>) -> Result<Config, ConfigError> {
    let text = Text::read(path, vars)?;
    let referred = Referred::default();
    let outcome = text.with(vars, &referred);
    let (wanted, how) = referred.wanted();
    if wanted.is_empty() {
        return outcome;
    }
    text.with(vars, &Referred::found(answers(vars, &how, &wanted)))
}

/// Reads the file of that path, and asks nobody: secrets in AWS are empty.
pub(crate) fn load_offline(path: &Path, vars: &BTreeMap<String, String>) -> Result<Config, ConfigError> {
    Text::read(path, vars)?.with(vars, &Referred::default())
}

/// A configuration's text, and what reading it needs.
struct Text {
    name: String,
    text: String,
    folder: PathBuf,
    services: Services,
}

impl Text {
    fn read(path: &Path, vars: &BTreeMap<String, String>) -> Result<Text, ConfigError> {
        let name = path.display().to_string();
        let text = read_bounded(path, MAX_FILE).map_err(|error| ConfigError {
            lines: vec![format!(
                "{name}: cannot be read: {error}\n    hint: --config names the file to read"
            )],
        })?;
        let folder = path.parent().map(PathBuf::from).unwrap_or_default();
        let services = Services::new(engine::catalog(vars).iam_prefixes());
        Ok(Text { name, text, folder, services })
    }

    fn with(&self, vars: &BTreeMap<String, String>, referred: &Referred) -> Result<Config, ConfigError> {
        let source = Source { vars, folder: &self.folder, services: &self.services, referred };
        read(&self.name, &self.text, &source)
    }
}

/// Asks AWS for all of them at once, on a runtime of its own: configurations are read before there is one, too.
fn answers(vars: &BTreeMap<String, String>, how: &AwsSecrets, wanted: &[Reference]) -> Answers {
    let refused = |what: String| {
        let hint = "AWS_PROFILE, or the files it names, must be there".to_owned();
        let problem = Problem { what: format!("AWS cannot be asked: {what}"), hint };
        wanted.iter().map(|reference| (reference.clone(), Err(problem.clone()))).collect()
    };
    let aws = match OwnAws::new(vars) {
        Ok(aws) => aws,
        Err(error) => return refused(format!("{error:#}")),
    };
    // Their folder does not matter: files are not asked of AWS.
    let finder = Finder::new(BTreeMap::new(), PathBuf::new(), aws, how.clone());
    let asking = || -> std::io::Result<Answers> {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
        Ok(runtime.block_on(all(finder, wanted.to_vec())))
    };
    let asked = std::thread::scope(|scope| scope.spawn(asking).join());
    match asked {
        Ok(Ok(answers)) => answers,
        Ok(Err(error)) => refused(error.to_string()),
        Err(_) => refused("it failed".to_owned()),
    }
}

async fn all(finder: Finder, wanted: Vec<Reference>) -> Answers {
    let finder = std::sync::Arc::new(finder);
    let mut asking = JoinSet::new();
    for reference in wanted {
        let finder = std::sync::Arc::clone(&finder);
        asking.spawn(async move {
            let found = finder.find(&reference).await;
            (reference, found)
        });
    }
    let mut answers = Answers::new();
    while let Some(answer) = asking.join_next().await {
        answers.extend(answer);
    }
    answers
}
