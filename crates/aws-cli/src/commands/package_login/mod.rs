//! `codeartifact login`: tells a package tool of this machine where a CodeArtifact repository is, and its password.
//!
//! Invariant: the password is shown by `--dry-run` only, never in a fault.

mod dotfiles;
mod tools;

use aws_call::BoxFuture;
use aws_model::Level;
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp, Unit, ZonedDifference};
use value::{Map, Value};

use super::line::{Line, step};
use super::options::{Given, Spec, Takes, one, switch};
use super::task::{Fault, Runs, World};
use crate::{Parsed, UsageError};
use tools::{Command, Tool};

static SPEC: Spec = Spec {
    about: "Sets a package tool up for a CodeArtifact repository, for up to 12 hours.",
    words: &[],
    options: &[&[
        one("tool", "The tool.").of(&["swift", "nuget", "dotnet", "npm", "pip", "twine"]).needed(),
        one("domain", "The CodeArtifact domain.").needed(),
        one("domain-owner", "The account that owns the domain."),
        one("namespace", "The npm or Swift scope that the repository is for."),
        one("duration-seconds", "How long the login is good, in seconds.").taking(Takes::Number),
        one("repository", "The repository.").needed(),
        one("endpoint-type", "The kind of endpoint, dualstack or ipv4."),
        switch("dry-run", "Print what would be done, with the password, and do nothing."),
    ]],
};

#[derive(Debug)]
struct Login {
    tool: Tool,
    scope: Option<String>,
    token: Map,
    endpoint: Map,
    /// What a source is called that a tool does not know yet.
    source: String,
    dry_run: bool,
}

/// What AWS said of the repository.
struct Repository {
    endpoint: String,
    password: String,
    expiration: Timestamp,
    expiration_text: String,
}

/// Reads the words of `codeartifact login`.
pub(super) fn start(line: &Line<'_>) -> Result<Parsed, UsageError> {
    let given = match line.read(&SPEC)? {
        Ok(given) => given,
        Err(page) => return Ok(page),
    };
    let tool = Tool::named(&given.needed("tool"));
    let tool = tool.ok_or_else(|| UsageError::general("there is no such tool"))?;
    let scope = given.text("namespace").map(|namespace| tool.scope(namespace));
    let login = Login {
        tool,
        scope: scope.transpose().map_err(UsageError::general)?,
        token: token_params(&given),
        endpoint: endpoint_params(&given, tool),
        source: format!("{}/{}", given.needed("domain"), given.needed("repository")),
        dry_run: given.has("dry-run"),
    };
    let steps = vec![
        step("codeartifact", "GetAuthorizationToken", login.token.clone()).at(Level::Secret),
        step("codeartifact", "GetRepositoryEndpoint", login.endpoint.clone()),
    ];
    line.invocation(login, steps)
}

fn token_params(given: &Given) -> Map {
    let mut params: Map = [("domain", given.needed("domain"))].into_iter().collect();
    if let Some(owner) = given.text("domain-owner") {
        params.push("domainOwner", owner);
    }
    if let Some(seconds) = given.number("duration-seconds").filter(|seconds| *seconds != 0) {
        params.push("durationSeconds", seconds);
    }
    params
}

fn endpoint_params(given: &Given, tool: Tool) -> Map {
    let mut params: Map = [
        ("domain", given.needed("domain")),
        ("repository", given.needed("repository")),
        ("format", tool.format().to_owned()),
    ]
    .into_iter()
    .collect();
    for (option, member) in [("endpoint-type", "endpointType"), ("domain-owner", "domainOwner")] {
        if let Some(text) = given.text(option) {
            params.push(member, text);
        }
    }
    params
}

impl Runs for Login {
    fn run<'a>(&'a self, world: &'a mut World<'_>) -> BoxFuture<'a, Result<u8, Fault>> {
        Box::pin(async move {
            let token = world.calls.call("codeartifact", "GetAuthorizationToken", self.token.clone()).await?;
            let endpoint =
                world.calls.call("codeartifact", "GetRepositoryEndpoint", self.endpoint.clone()).await?;
            let repository = repository(&token, &endpoint)?;
            self.set_up(world, &repository)?;
            Ok(0)
        })
    }
}

fn repository(token: &Value, endpoint: &Value) -> Result<Repository, Fault> {
    let text = |value: &Value, name: &str| value.get(name).and_then(Value::as_text).map(str::to_owned);
    let lacking = || Fault::General("the answer lacks a token, its end or an endpoint".to_owned());
    let expiration_text = text(token, "expiration").ok_or_else(lacking)?;
    Ok(Repository {
        endpoint: text(endpoint, "repositoryEndpoint").ok_or_else(lacking)?,
        password: text(token, "authorizationToken").ok_or_else(lacking)?,
        expiration: expiration_text.parse().map_err(|_| lacking())?,
        expiration_text: expiration_text.replacen('T', " ", 1),
    })
}

impl Login {
    fn set_up(&self, world: &mut World<'_>, repository: &Repository) -> Result<(), Fault> {
        match self.tool {
            Tool::Twine => {
                let changed = dotfiles::write_pypirc(world, repository, self.dry_run)?;
                if changed {
                    self.tell_success(world, repository);
                }
                Ok(())
            }
            Tool::Nuget | Tool::Dotnet => self.add_source(world, repository),
            Tool::Swift | Tool::Npm | Tool::Pip => {
                if self.tool == Tool::Swift && !cfg!(target_os = "macos") {
                    dotfiles::write_netrc(world, repository, self.dry_run)?;
                }
                let commands = self.tool.commands(repository, self.scope.as_deref());
                if self.dry_run {
                    for command in commands {
                        world.say(&format!("{}\n\n", command.words.join(" ")));
                    }
                    return Ok(());
                }
                for command in commands {
                    run(world, self.tool, &command, repository)?;
                }
                self.tell_success(world, repository);
                Ok(())
            }
        }
    }

    /// Tells a .NET tool of the source, or where one that it knows is now.
    fn add_source(&self, world: &mut World<'_>, repository: &Repository) -> Result<(), Fault> {
        let listed = run(world, self.tool, &self.tool.list_sources(), repository)?;
        let url = format!("{}v3/index.json", repository.endpoint);
        let known = tools::sources(&listed);
        let same = known.iter().find(|(_, known)| *known == url);
        let same = same.or_else(|| known.iter().find(|(name, _)| *name == self.source));
        let name = same.map_or(self.source.as_str(), |(name, _)| name.as_str());
        let command = self.tool.set_source(same.is_some(), name, &url, &repository.password);
        if self.dry_run {
            world.say(&format!("{}\n", command.words.join(" ")));
            return Ok(());
        }
        if let Err(fault) = run(world, self.tool, &command, repository) {
            world.say("Failed to update the NuGet.Config\n");
            return Err(fault);
        }
        world.say(&match same {
            Some(_) => format!("Updated source {name} in the NuGet.Config\n"),
            None => format!("Added source {name} to the user level NuGet.Config\n"),
        });
        self.tell_success(world, repository);
        Ok(())
    }

    fn tell_success(&self, world: &mut World<'_>, repository: &Repository) {
        let tool = match self.tool {
            Tool::Dotnet => Tool::Nuget,
            tool => tool,
        };
        let left = time_left(world.env.now, repository.expiration);
        world.say(&format!(
            "Successfully configured {} to use AWS CodeArtifact repository {} \nLogin expires in {left} at {}\n",
            tool.name(),
            repository.endpoint,
            repository.expiration_text
        ));
    }
}

/// Runs a command of the tool; returns what it printed.
fn run(world: &World<'_>, tool: Tool, command: &Command, repository: &Repository) -> Result<Vec<u8>, Fault> {
    let (program, arguments) =
        command.words.split_first().ok_or_else(|| Fault::General("there is nothing to run".to_owned()))?;
    let ended = world.env.files.run_program(program, arguments).map_err(|error| match error.kind() {
        std::io::ErrorKind::NotFound => {
            Fault::General(format!("{} was not found. Please verify installation.", tool.name()))
        }
        _ => Fault::General(error.to_string()),
    })?;
    if ended.code == Some(0) || command.may_fail {
        return Ok(ended.out);
    }
    let words: Vec<String> = command.words.iter().map(|word| crate::python::repr(word)).collect();
    let code = ended.code.map_or("of a signal".to_owned(), |code| code.to_string());
    let told = format!(
        "Command '[{}]' returned non-zero exit status {code}. Stderr from command:\n{}",
        words.join(", "),
        String::from_utf8_lossy(&ended.err)
    );
    Err(Fault::General(told.replace(&repository.password, "******")))
}

/// A span in its largest unit, and the next one below if it is not zero.
fn time_left(now: Timestamp, then: Timestamp) -> String {
    // Half a minute more, so that what was asked for is what is told.
    let then = then.saturating_add(SignedDuration::from_secs(30)).unwrap_or(then).to_zoned(TimeZone::UTC);
    let now = now.to_zoned(TimeZone::UTC);
    let Ok(span) = now.until(ZonedDifference::new(&then).largest(Unit::Year)) else { return String::new() };
    let parts = [
        (i64::from(span.get_years()), "year"),
        (i64::from(span.get_months()), "month"),
        (i64::from(span.get_days()), "day"),
        (i64::from(span.get_hours()), "hour"),
        (span.get_minutes(), "minute"),
    ];
    let from = parts.iter().position(|(count, _)| *count > 0).unwrap_or(parts.len());
    let shown = parts[from..].iter().take(2).filter(|(count, _)| *count > 0);
    let shown: Vec<String> =
        shown.map(|(count, unit)| format!("{count} {unit}{}", if *count == 1 { "" } else { "s" })).collect();
    shown.join(" and ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_time_left_has_two_units() {
        for (seconds, expected) in [
            (43_171, "12 hours"),
            (43_199, "12 hours"),
            (5_430, "1 hour and 31 minutes"),
            (86_400 + 60, "1 day"),
            (61, "1 minute"),
            (0, ""),
        ] {
            let then = Timestamp::UNIX_EPOCH + SignedDuration::from_secs(seconds);
            assert_eq!(time_left(Timestamp::UNIX_EPOCH, then), expected, "{seconds}");
        }
    }
}
