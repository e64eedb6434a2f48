//! The package tools: what each is told, by commands of its own.

use super::Repository;

/// A tool.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Tool {
    Swift,
    Nuget,
    Dotnet,
    Npm,
    Pip,
    Twine,
}

/// A program with its words.
pub(super) struct Command {
    pub(super) words: Vec<String>,
    /// Whether it does not matter if it fails.
    pub(super) may_fail: bool,
}

fn command(words: &[&str]) -> Command {
    Command { words: words.iter().map(|word| (*word).to_owned()).collect(), may_fail: false }
}

impl Tool {
    const ALL: [Tool; 6] = [Tool::Swift, Tool::Nuget, Tool::Dotnet, Tool::Npm, Tool::Pip, Tool::Twine];

    pub(super) fn named(name: &str) -> Option<Tool> {
        Tool::ALL.into_iter().find(|tool| tool.name() == name)
    }

    pub(super) fn name(self) -> &'static str {
        match self {
            Tool::Swift => "swift",
            Tool::Nuget => "nuget",
            Tool::Dotnet => "dotnet",
            Tool::Npm => "npm",
            Tool::Pip => "pip",
            Tool::Twine => "twine",
        }
    }

    /// The format of its packages, as CodeArtifact calls it.
    pub(super) fn format(self) -> &'static str {
        match self {
            Tool::Swift => "swift",
            Tool::Nuget | Tool::Dotnet => "nuget",
            Tool::Npm => "npm",
            Tool::Pip | Tool::Twine => "pypi",
        }
    }

    /// The scope that a namespace stands for.
    pub(super) fn scope(self, namespace: &str) -> Result<String, String> {
        match self {
            Tool::Npm => npm_scope(namespace),
            Tool::Swift if is_swift_scope(namespace) => Ok(namespace.to_owned()),
            Tool::Swift => {
                Err("Invalid scope name, scope must contain URL-safe characters, no leading dots or \
                                underscores and no more than 39 characters"
                    .to_owned())
            }
            _ => Err(format!("Argument --namespace is not supported for {}", self.name())),
        }
    }

    /// The commands that set it up; none for tools that are set up in another way.
    pub(super) fn commands(self, repository: &Repository, scope: Option<&str>) -> Vec<Command> {
        let (endpoint, password) = (repository.endpoint.as_str(), repository.password.as_str());
        let (scheme, address) = endpoint.split_once("://").unwrap_or(("https", endpoint));
        match self {
            Tool::Npm => {
                let registry = scope.map_or("registry".to_owned(), |scope| format!("{scope}:registry"));
                let always = format!("//{address}:always-auth");
                let token = format!("//{address}:_authToken");
                vec![
                    command(&["npm", "config", "set", &registry, endpoint]),
                    Command { may_fail: true, ..command(&["npm", "config", "set", &always, "true"]) },
                    command(&["npm", "config", "set", &token, password]),
                ]
            }
            Tool::Pip => {
                let url = format!("{scheme}://aws:{password}@{address}simple/");
                vec![command(&["pip", "config", "set", "global.index-url", &url])]
            }
            Tool::Swift => {
                let mut set = command(&["swift", "package-registry", "set", endpoint]);
                if let Some(scope) = scope {
                    set.words.extend(["--scope".to_owned(), scope.to_owned()]);
                }
                let mut login = command(&["swift", "package-registry", "login", &format!("{endpoint}login")]);
                if cfg!(target_os = "macos") {
                    login.words.extend(["--token".to_owned(), password.to_owned()]);
                }
                vec![set, login]
            }
            Tool::Nuget | Tool::Dotnet | Tool::Twine => Vec::new(),
        }
    }

    /// The command of a .NET tool that lists its sources.
    pub(super) fn list_sources(self) -> Command {
        match self {
            Tool::Dotnet => command(&["dotnet", "nuget", "list", "source", "--format", "detailed"]),
            _ => command(&["nuget", "sources", "list", "-format", "detailed"]),
        }
    }

    /// The command of a .NET tool that adds a source or changes one.
    pub(super) fn set_source(self, is_known: bool, name: &str, url: &str, password: &str) -> Command {
        match (self, is_known) {
            (Tool::Dotnet, _) => {
                let (action, first, option, second) =
                    if is_known { ("update", name, "--source", url) } else { ("add", url, "--name", name) };
                let mut set = command(&["dotnet", "nuget"]);
                let rest =
                    [action, "source", first, option, second, "--username", "aws", "--password", password];
                set.words.extend(rest.map(str::to_owned));
                set.words.push("--store-password-in-clear-text".to_owned());
                set
            }
            (_, is_known) => {
                let action = if is_known { "update" } else { "add" };
                command(&[
                    "nuget",
                    "sources",
                    action,
                    "-name",
                    name,
                    "-source",
                    url,
                    "-username",
                    "aws",
                    "-password",
                    password,
                ])
            }
        }
    }
}

fn npm_scope(namespace: &str) -> Result<String, String> {
    let scope = if namespace.starts_with('@') { namespace.to_owned() } else { format!("@{namespace}") };
    let first = scope.chars().nth(1);
    if first.is_some_and(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || "-~".contains(c)) {
        return Ok(scope);
    }
    Err("Invalid scope name, scope must contain URL-safe characters, no leading dots or underscores"
        .to_owned())
}

/// Letters, digits and single dashes between them, at most 39.
fn is_swift_scope(namespace: &str) -> bool {
    (1..=39).contains(&namespace.len())
        && namespace.chars().all(|c| c.is_ascii_alphanumeric() || c == '-')
        && !namespace.contains("--")
        && !namespace.starts_with('-')
        && !namespace.ends_with('-')
}

/// The sources that a .NET tool lists, as (name, URL): a numbered line `1.  name [state]`, and the next one.
pub(super) fn sources(listed: &[u8]) -> Vec<(String, String)> {
    let listed = String::from_utf8_lossy(listed);
    let lines: Vec<&str> = listed.lines().map(str::trim).filter(|line| !line.is_empty()).collect();
    let name = |line: &str| -> Option<String> {
        let (number, rest) = line.split_once('.')?;
        let is_numbered = !number.is_empty() && number.chars().all(|c| c.is_ascii_digit());
        let (name, state) = rest.strip_prefix(char::is_whitespace)?.rsplit_once(" [")?;
        (is_numbered && state.contains(']')).then(|| name.trim().to_owned())
    };
    let pair = |pair: &[&str]| Some((name(pair[0])?, pair[1].to_owned()));
    lines.windows(2).filter_map(pair).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn scopes_are_checked() {
        for (tool, namespace, expected) in [
            (Tool::Npm, "a", Some("@a")),
            (Tool::Npm, "@a", Some("@a")),
            (Tool::Npm, ".a", None),
            (Tool::Swift, "a-b", Some("a-b")),
            (Tool::Swift, "a--b", None),
            (Tool::Swift, "-", None),
            (Tool::Pip, "a", None),
        ] {
            assert_eq!(tool.scope(namespace).ok().as_deref(), expected, "{namespace}");
        }
    }

    #[test]
    fn listed_sources_are_found() {
        let listed = "Registered Sources:\n\n  1.  Source Name 1 [Enabled]\n      https://a/\n 100. B [Activé]\n  https://b/\n";
        let expected = [("Source Name 1", "https://a/"), ("B", "https://b/")];
        assert_eq!(sources(listed.as_bytes()), expected.map(|(name, url)| (name.to_owned(), url.to_owned())));
        assert!(sources(b"1. x [Enabled]").is_empty());
    }

    #[test]
    fn sources_are_added_or_changed() {
        for (tool, known, expected) in [
            (Tool::Nuget, true, "nuget sources update -name n -source u -username aws -password p"),
            (
                Tool::Dotnet,
                false,
                "dotnet nuget add source u --name n --username aws --password p --store-password-in-clear-text",
            ),
            (
                Tool::Dotnet,
                true,
                "dotnet nuget update source n --source u --username aws --password p --store-password-in-clear-text",
            ),
        ] {
            assert_eq!(tool.set_source(known, "n", "u", "p").words.join(" "), expected);
        }
    }
}
