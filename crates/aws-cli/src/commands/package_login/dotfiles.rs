//! The files in a home that hold passwords of package tools: `.netrc` and `.pypirc`.
//!
//! Invariants: both are written for their owner only; what a file holds for others stays; one that cannot be read is
//! not written. As with the AWS CLI, comments in `.pypirc` are lost.

use std::io::ErrorKind;

use super::Repository;
use crate::commands::task::{Fault, World};

/// Writes the password for a host into `.netrc`, or says what would be written.
pub(super) fn write_netrc(
    world: &mut World<'_>,
    repository: &Repository,
    dry_run: bool,
) -> Result<(), Fault> {
    let path = world.env.expand_path("~/.netrc");
    let (_, address) = repository.endpoint.split_once("://").unwrap_or_default();
    let host = address.split(['/', ':']).next().unwrap_or_default();
    let entry = format!("machine {host} login token password {}", repository.password);
    if dry_run {
        world.say(&format!(
            "Dryrun mode is enabled, not writing to netrc.\nThe following line would have been written to {}:\n\n{entry}\
             \n\nAnd would have run the following commands:\n\n",
            path.display()
        ));
        return Ok(());
    }
    let changed = match read(world, &path)? {
        None => entry + "\n",
        Some(text) => netrc_with(&text, host, &entry, &repository.password),
    };
    Ok(world.env.files.write_private(&path, changed.as_bytes())?)
}

fn read(world: &World<'_>, path: &std::path::Path) -> Result<Option<String>, Fault> {
    match world.env.files.read(path) {
        Ok(bytes) => String::from_utf8(bytes)
            .map(Some)
            .map_err(|_| Fault::General(format!("{} is not UTF-8 text", path.display()))),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error.into()),
    }
}

/// `.netrc` with the host's password exchanged, or with the entry at its end.
fn netrc_with(text: &str, host: &str, entry: &str, password: &str) -> String {
    let start = text.as_ptr().addr();
    let words: Vec<&str> = text.split_whitespace().collect();
    let mut out = String::with_capacity(text.len());
    let mut copied = 0;
    for six in words.windows(6) {
        if let ["machine", of, "login", _, "password", old] = six
            && *of == host
        {
            let at = old.as_ptr().addr() - start;
            out.push_str(&text[copied..at]);
            out.push_str(password);
            copied = at + old.len();
        }
    }
    out.push_str(&text[copied..]);
    if out == text {
        if !out.ends_with('\n') {
            out.push('\n');
        }
        out.push_str(entry);
        out.push('\n');
    }
    out
}

/// Writes the repository into `.pypirc`; `false` if it was only shown.
pub(super) fn write_pypirc(
    world: &mut World<'_>,
    repository: &Repository,
    dry_run: bool,
) -> Result<bool, Fault> {
    let path = world.env.expand_path("~/.pypirc");
    let text = read(world, &path)?;
    let changed = pypirc_with(text.as_deref(), &repository.endpoint, &repository.password);
    let Ok(changed) = changed else {
        world.say(&format!("{} is in an invalid state.\n", path.display()));
        return Err(Fault::General(
            "it has no index-servers under [distutils], or is no such file".to_owned(),
        ));
    };
    if dry_run {
        world.say(&format!(
            "Dryrun mode is enabled, not writing to pypirc.\n{} would have been set to the following:\n\n{changed}\n",
            path.display()
        ));
        return Ok(false);
    }
    world.env.files.write_private(&path, changed.as_bytes())?;
    Ok(true)
}

/// A file that cannot be understood.
#[derive(Debug, PartialEq, Eq)]
struct Invalid;

/// A section's name and its settings.
type Section = (String, Vec<(String, String)>);

const NAME: &str = "codeartifact";
const FRESH: &str = "[distutils]\nindex-servers=\n pypi\n codeartifact\n";

fn pypirc_with(text: Option<&str>, endpoint: &str, password: &str) -> Result<String, Invalid> {
    let mut sections = sections(text.unwrap_or(FRESH))?;
    let servers = sections
        .iter_mut()
        .find(|(name, _)| name == "distutils")
        .and_then(|(_, settings)| settings.iter_mut().find(|(name, _)| name == "index-servers"))
        .map(|(_, value)| value)
        .ok_or(Invalid)?;
    let mut names: Vec<&str> = servers.lines().map(str::trim).filter(|name| !name.is_empty()).collect();
    if !names.contains(&NAME) {
        names.push(NAME);
        *servers = format!("\n{}", names.join("\n"));
    }
    if !sections.iter().any(|(name, _)| name == NAME) {
        sections.push((NAME.to_owned(), Vec::new()));
    }
    for (_, settings) in sections.iter_mut().filter(|(name, _)| name == NAME) {
        for (name, value) in [("repository", endpoint), ("username", "aws"), ("password", password)] {
            match settings.iter_mut().find(|(found, _)| found == name) {
                Some((_, found)) => *found = value.to_owned(),
                None => settings.push((name.to_owned(), value.to_owned())),
            }
        }
    }
    Ok(sections.iter().map(shown).collect())
}

fn shown((name, settings): &Section) -> String {
    let settings: String =
        settings.iter().map(|(name, value)| format!("{name} = {}\n", value.replace('\n', "\n\t"))).collect();
    format!("[{name}]\n{settings}\n")
}

fn sections(text: &str) -> Result<Vec<Section>, Invalid> {
    let mut sections: Vec<Section> = Vec::new();
    for line in text.lines() {
        let trimmed = line.trim();
        if trimmed.is_empty() || trimmed.starts_with(['#', ';']) {
            continue;
        }
        let last = sections.last_mut();
        if line.starts_with(char::is_whitespace)
            && let Some((_, value)) = last.and_then(|(_, settings)| settings.last_mut())
        {
            value.push('\n');
            value.push_str(trimmed);
            continue;
        }
        if let Some(name) = trimmed.strip_prefix('[').and_then(|rest| rest.split_once(']')) {
            sections.push((name.0.to_owned(), Vec::new()));
            continue;
        }
        let (name, value) = trimmed.split_once(['=', ':']).ok_or(Invalid)?;
        let (_, settings) = sections.last_mut().ok_or(Invalid)?;
        settings.push((name.trim().to_lowercase(), value.trim().to_owned()));
    }
    Ok(sections)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_password_is_exchanged_in_place() {
        for (text, expected) in [
            ("machine h login x password old\n", "machine h login x password new\n"),
            ("machine h\n  login x\n  password old # no", "machine h\n  login x\n  password new # no"),
            ("machine a login x password y", "machine a login x password y\nE\n"),
            ("", "\nE\n"),
        ] {
            assert_eq!(netrc_with(text, "h", "E", "new"), expected);
        }
    }

    #[test]
    fn other_repositories_stay() {
        let text =
            "[distutils]\nindex-servers =\n    pypi\n    mine\n\n# no\n[mine]\nrepository: https://m\n";
        let expected = "[distutils]\nindex-servers = \n\tpypi\n\tmine\n\tcodeartifact\n\n[mine]\nrepository = https://m\n\n\
                        [codeartifact]\nrepository = e\nusername = aws\npassword = p\n\n";
        assert_eq!(pypirc_with(Some(text), "e", "p").as_deref(), Ok(expected));
        assert_eq!(pypirc_with(Some(expected), "e", "p").as_deref(), Ok(expected));
        for text in ["x", "[distutils]", "a = b"] {
            assert_eq!(pypirc_with(Some(text), "e", "p"), Err(Invalid), "{text}");
        }
    }

    proptest::proptest! {
        #[test]
        fn nothing_panics(text in "(machine|login|password|h|é|\\[a\\]|[ =:\n]){0,30}") {
            let _ = netrc_with(&text, "h", "E", "p");
            let _ = pypirc_with(Some(&text), "e", "p");
        }
    }
}
