//! Aliases as TOML, to keep and to carry elsewhere.

use serde::{Deserialize, Serialize};
use store::UnixMillis;

use super::{Alias, Scope};

/// How many aliases one text may hold: what one step of the store takes.
const MOST: usize = 50;

/// Why a text holds no aliases.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(crate) enum PortableFault {
    #[error("it is no TOML of aliases: {0}")]
    Toml(String),
    #[error("`{0}` is no scope: me, channel or workspace")]
    Scope(String),
    #[error("`{0}` stands there twice")]
    Twice(String),
    #[error("it holds more than {MOST} aliases: import them in parts")]
    Many,
    #[error("it holds no alias: write [[alias]] with name and line")]
    None,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Document {
    #[serde(default)]
    alias: Vec<Entry>,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Entry {
    name: String,
    #[serde(default = "mine")]
    scope: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    description: Option<String>,
    line: String,
}

fn mine() -> String {
    Scope::Me.name().to_owned()
}

/// Aliases as text.
pub(crate) fn written(aliases: &[Alias]) -> String {
    let entry = |alias: &Alias| {
        let Alias { name, scope, description, line, .. } = alias.clone();
        Entry { name, scope: scope.name().to_owned(), description, line }
    };
    // Texts are nothing that TOML cannot hold.
    toml::to_string(&Document { alias: aliases.iter().map(entry).collect() }).unwrap_or_default()
}

/// The aliases of a text, unchecked.
///
/// # Errors
/// What keeps it from being read.
pub(crate) fn read(text: &str, by: &str, at: UnixMillis) -> Result<Vec<Alias>, PortableFault> {
    let text = text.trim();
    let text = text.strip_prefix("```").and_then(|text| text.strip_suffix("```")).unwrap_or(text);
    let document: Document =
        toml::from_str(text).map_err(|error| PortableFault::Toml(error.message().to_owned()))?;
    if document.alias.is_empty() {
        return Err(PortableFault::None);
    }
    if document.alias.len() > MOST {
        return Err(PortableFault::Many);
    }
    let mut aliases: Vec<Alias> = Vec::new();
    for Entry { name, scope, description, line } in document.alias {
        let Some(scope) = Scope::named(&scope) else { return Err(PortableFault::Scope(scope)) };
        if aliases.iter().any(|other| other.name == name && other.scope == scope) {
            return Err(PortableFault::Twice(name));
        }
        aliases.push(Alias { name, scope, line, description, by: by.to_owned(), at });
    }
    Ok(aliases)
}

#[cfg(test)]
mod tests {
    #![expect(clippy::expect_used, reason = "a test stops at the first surprise")]

    use proptest::prelude::*;

    use super::*;

    #[test]
    fn what_is_no_toml_of_aliases_is_refused() {
        let cases = [
            ("", "holds no alias"),
            ("x", "no TOML"),
            ("[[alias]]\nname = 'a'", "line"),
            ("[[alias]]\nname = 'a'\nline = 'b'\nrights = 'all'", "rights"),
            ("[[alias]]\nname = 'a'\nline = 'b'\nscope = 'x'", "no scope"),
            ("[[alias]]\nname = 'a'\nline = 'b'\n[[alias]]\nname = 'a'\nline = 'c'", "twice"),
        ];
        for (text, part) in cases {
            let fault = read(text, "U1", UnixMillis(0)).expect_err(text).to_string();
            assert!(fault.contains(part), "{text}: {fault}");
        }
    }

    proptest! {
        #[test]
        fn what_is_written_reads_the_same(lines in prop::collection::vec("\\PC{0,30}", 1..5)) {
            let alias = |(index, line): (usize, &String)| Alias {
                name: format!("a{index}"),
                scope: Scope::ALL[index % 3],
                line: line.clone(),
                description: (index % 2 == 0).then(|| line.clone()),
                by: "U1".to_owned(),
                at: UnixMillis(7),
            };
            let aliases: Vec<Alias> = lines.iter().enumerate().map(alias).collect();
            prop_assert_eq!(read(&written(&aliases), "U1", UnixMillis(7)), Ok(aliases));
        }

        #[test]
        fn any_text_is_read_or_refused(text in "(\\[\\[alias\\]\\]\n|name = \"[a-z]\"\n|line = '\\PC{0,5}'\n|\\PC{0,8}){0,6}") {
            if let Ok(aliases) = read(&text, "U1", UnixMillis(0)) {
                prop_assert!(!aliases.is_empty());
            }
        }
    }
}
