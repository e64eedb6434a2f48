//! Reads a configuration from where it is, with the secrets that it refers to.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use slack::Secret;
use tokio::task::JoinSet;

use crate::config::place::{self, Place, Unread, Version};
use crate::config::{AwsSecrets, Config, ConfigError, Origin, Referred, Services, Source, read};
use crate::engine;
use crate::own_aws::OwnAws;
use crate::secret::{Finder, Problem, Reference};

/// What became of each reference.
type Answers = BTreeMap<Reference, Result<Secret, Problem>>;

/// Reads what that path names, and asks AWS for what it refers to.
pub(crate) fn load(path: &Path, vars: &BTreeMap<String, String>) -> Result<Config, ConfigError> {
    let text = Text::at(Place::of(path), vars)?;
    let referred = Referred::default();
    let outcome = text.with(vars, &referred);
    let (wanted, how) = referred.wanted();
    if wanted.is_empty() {
        return outcome;
    }
    text.with(vars, &Referred::found(answers(vars, &how, &wanted)))
}

/// Reads what that path names, and asks nobody for secrets: those in AWS are empty.
pub(crate) fn load_offline(path: &Path, vars: &BTreeMap<String, String>) -> Result<Config, ConfigError> {
    Text::at(Place::of(path), vars)?.with(vars, &Referred::default())
}

/// Reads a text as functions that have nothing else do, and asks nobody for secrets.
pub(crate) fn read_shipped(text: &str) -> Result<Config, ConfigError> {
    let vars = BTreeMap::new();
    let origin = Origin { place: Place::File(PathBuf::from("bellhop.toml")), version: Version::default() };
    Text::new(text.to_owned(), origin, &vars).with(&vars, &Referred::default())
}

/// Reads it again, without secrets of AWS; `None` if it still has the version that is known.
pub(crate) async fn load_again(
    origin: &Origin,
    vars: &BTreeMap<String, String>,
    aws: &OwnAws,
) -> Result<Option<Config>, ConfigError> {
    let found = origin.place.read(aws, &origin.version).await;
    match found.map_err(|fault| faulty(&origin.place, &fault))? {
        None => Ok(None),
        Some((text, version)) => {
            let origin = Origin { place: origin.place.clone(), version };
            Text::new(text, origin, vars).with(vars, &Referred::default()).map(Some)
        }
    }
}

/// A configuration's text, and what reading it needs.
struct Text {
    text: String,
    origin: Origin,
    folder: PathBuf,
    services: Services,
}

impl Text {
    fn at(place: Place, vars: &BTreeMap<String, String>) -> Result<Text, ConfigError> {
        let found = match &place {
            Place::File(path) => place::read_file(path).map(|text| (text, Version::default())),
            Place::Parameter(_) | Place::Object { .. } => far(&place, vars),
        };
        let (text, version) = found.map_err(|fault| faulty(&place, &fault))?;
        Ok(Text::new(text, Origin { place, version }, vars))
    }

    fn new(text: String, origin: Origin, vars: &BTreeMap<String, String>) -> Text {
        let folder = origin.place.folder();
        let services = Services::new(engine::catalog(vars).iam_prefixes());
        Text { text, origin, folder, services }
    }

    fn with(&self, vars: &BTreeMap<String, String>, referred: &Referred) -> Result<Config, ConfigError> {
        let (services, origin) = (&self.services, &self.origin);
        let source = Source { vars, folder: &self.folder, services, referred, origin };
        read(&self.origin.place.to_string(), &self.text, &source)
    }
}

fn faulty(place: &Place, fault: &Unread) -> ConfigError {
    ConfigError { lines: vec![format!("{place}: {fault}")] }
}

/// What is in AWS.
fn far(place: &Place, vars: &BTreeMap<String, String>) -> Result<(String, Version), Unread> {
    let refused = |what: String| Unread::because(format!("AWS cannot be asked: {what}"));
    let aws = OwnAws::new(vars).map_err(|error| refused(format!("{error:#}")))?;
    let known = Version::default();
    let found = waited_for(place.read(&aws, &known)).map_err(refused)??;
    found.ok_or_else(|| refused("it answered without a text".to_owned()))
}

/// Asks AWS for all of them at once.
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
    let finder = Arc::new(Finder::new(BTreeMap::new(), PathBuf::new(), aws, how.clone()));
    waited_for(all(finder, wanted)).unwrap_or_else(refused)
}

async fn all(finder: Arc<Finder>, wanted: &[Reference]) -> Answers {
    let mut asking = JoinSet::new();
    for reference in wanted.iter().cloned() {
        let finder = Arc::clone(&finder);
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

/// Waits on a runtime of its own: configurations are read before there is one, too.
fn waited_for<T: Send>(future: impl Future<Output = T> + Send) -> Result<T, String> {
    let wait = || -> std::io::Result<T> {
        Ok(tokio::runtime::Builder::new_current_thread().enable_all().build()?.block_on(future))
    };
    let waited = std::thread::scope(|scope| scope.spawn(wait).join());
    waited.map_err(|_| "it failed".to_owned())?.map_err(|error| error.to_string())
}
