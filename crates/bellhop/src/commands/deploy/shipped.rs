//! The configuration as the functions read it: the operator's own text, with `[store]` and `[queue]` as the stack has them,
//! and with secrets that lie on the operator's machine moved to SSM.
//!
//! Invariant: everything else says afterwards what it said before, or nothing is shipped.

use std::ops::Range;

use anyhow::{Context as _, Result, bail};
use toml::Spanned;
use toml::de::{DeTable, DeValue};

/// The tables that the stack decides about.
const OWN: [&str; 2] = ["store", "queue"];

/// A secret of this machine that the functions are to find in SSM.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Moved {
    /// Its place in the file: `slack.signing_secret`.
    pub(super) key: String,
    /// What stands there: `env:SLACK_SIGNING_SECRET`.
    pub(super) reference: String,
    /// The parameter's name: `/bellhop/slack/signing_secret`.
    pub(super) parameter: String,
}

/// What is shipped.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Shipped {
    /// The text.
    pub(super) text: String,
    /// Secrets to move.
    pub(super) moved: Vec<Moved>,
    /// Names of SSM parameters that it refers to, moved ones among them.
    pub(super) parameters: Vec<String>,
    /// Ids of Secrets Manager secrets that it refers to.
    pub(super) secrets: Vec<String>,
}

/// Makes it from the operator's text. `own` are the stack's tables; `stack` begins the names of parameters; `is_secret` knows the
/// keys that refer to secrets.
///
/// # Errors
/// The text is no TOML, or says things in a form in which they cannot be exchanged.
pub(super) fn ship(text: &str, stack: &str, own: &str, is_secret: impl Fn(&str) -> bool) -> Result<Shipped> {
    let table = DeTable::parse(text).context("the configuration")?;
    let mut leaves = Vec::new();
    walk(table.get_ref(), "", &mut leaves);
    leaves.sort_by_key(|leaf| leaf.span.start);
    let mut shipped =
        Shipped { text: String::new(), moved: Vec::new(), parameters: Vec::new(), secrets: Vec::new() };
    let mut edits: Vec<(Range<usize>, String)> =
        own_lines(text, &leaves).into_iter().map(|lines| (lines, String::new())).collect();
    for leaf in leaves.iter().filter(|leaf| !is_own(&leaf.key) && is_secret(&leaf.key)) {
        if let Some(edit) = shipped.refer(leaf, stack) {
            edits.push((leaf.span.clone(), edit));
        }
    }
    edits.sort_by_key(|(span, _)| span.start);
    let mut done = 0;
    for (span, new) in edits {
        shipped.text.push_str(text.get(done..span.start).context("two edits of one place")?);
        shipped.text.push_str(&new);
        done = span.end;
    }
    shipped.text.push_str(text.get(done..).unwrap_or_default());
    shipped.text = format!("{}\n\n{own}", shipped.text.trim_end());
    say_the_same(text, &shipped)?;
    Ok(shipped)
}

impl Shipped {
    /// Notes what a text refers to; what is to stand in its place, quotes and all, if it cannot stay.
    fn refer(&mut self, leaf: &Leaf, stack: &str) -> Option<String> {
        let (kind, what) = leaf.text.as_deref()?.split_once(':')?;
        match kind {
            "env" | "file" if !what.is_empty() => {
                let parameter = format!("/{stack}/{}", leaf.key.replace('.', "/"));
                let replaced = format!("\"ssm:{parameter}\"");
                self.parameters.push(parameter.clone());
                let reference = format!("{kind}:{what}");
                self.moved.push(Moved { key: leaf.key.clone(), reference, parameter });
                Some(replaced)
            }
            "ssm" => {
                self.parameters.push(what.to_owned());
                None
            }
            "secretsmanager" => {
                self.secrets.push(what.split_once('#').map_or(what, |(id, _)| id).to_owned());
                None
            }
            _ => None,
        }
    }
}

/// A value that is no table, and where it stands.
struct Leaf {
    key: String,
    span: Range<usize>,
    text: Option<String>,
}

fn walk(table: &DeTable<'_>, path: &str, leaves: &mut Vec<Leaf>) {
    for (name, value) in table {
        let key =
            if path.is_empty() { name.get_ref().to_string() } else { format!("{path}.{}", name.get_ref()) };
        walk_value(value, key, leaves);
    }
}

fn walk_value(value: &Spanned<DeValue<'_>>, key: String, leaves: &mut Vec<Leaf>) {
    match value.get_ref() {
        DeValue::Table(table) => walk(table, &key, leaves),
        DeValue::Array(items) => {
            for (number, item) in items.iter().enumerate() {
                walk_value(item, format!("{key}.{}", number + 1), leaves);
            }
        }
        other => {
            let text = other.as_str().map(str::to_owned);
            leaves.push(Leaf { key, span: value.span(), text });
        }
    }
}

fn is_own(key: &str) -> bool {
    OWN.contains(&key.split('.').next().unwrap_or_default())
}

/// The lines of the tables that the stack decides about, from their heads to the next one's.
fn own_lines(text: &str, leaves: &[Leaf]) -> Vec<Range<usize>> {
    let mut found: Vec<Range<usize>> = Vec::new();
    let mut dropping = false;
    let mut start = 0;
    for line in text.split_inclusive('\n') {
        let end = start + line.len();
        let within = leaves.iter().any(|leaf| leaf.span.start < start && start < leaf.span.end);
        let head = line.trim_start();
        if !within && head.starts_with('[') {
            let name = head.trim_start_matches('[').split([']', '.', ' ']).next().unwrap_or_default();
            dropping = OWN.contains(&name.trim().trim_matches(['"', '\'']));
        }
        if dropping {
            match found.last_mut() {
                Some(last) if last.end == start => last.end = end,
                _ => found.push(start..end),
            }
        }
        start = end;
    }
    found
}

/// An error unless the two say the same but for what was to be exchanged.
fn say_the_same(before: &str, shipped: &Shipped) -> Result<()> {
    let read = |text: &str| -> Result<toml::Table> {
        let mut table: toml::Table =
            toml::from_str(text).context("the configuration as it would be shipped")?;
        OWN.iter().for_each(|name| drop(table.remove(*name)));
        Ok(table)
    };
    let mut expected = toml::Value::Table(read(before)?);
    for moved in &shipped.moved {
        let mut place = Some(&mut expected);
        for part in moved.key.split('.') {
            place = place.and_then(|value| match value {
                toml::Value::Array(items) => {
                    part.parse::<usize>().ok().and_then(|number| items.get_mut(number.wrapping_sub(1)))
                }
                other => other.get_mut(part),
            });
        }
        if let Some(value) = place {
            *value = toml::Value::String(format!("ssm:{}", moved.parameter));
        }
    }
    if toml::Value::Table(read(&shipped.text)?) != expected {
        bail!(
            "the configuration cannot be shipped as it is: write [store] and [queue] as tables of their own"
        );
    }
    Ok(())
}

/// Lines that only one of the two has, in their order.
pub(super) fn differing(before: &str, after: &str) -> Vec<String> {
    let only = |one: &str, other: &str, mark: char| -> Vec<String> {
        let mut left: Vec<&str> = other.lines().collect();
        let mut lines = Vec::new();
        for line in one.lines() {
            match left.iter().position(|known| *known == line) {
                Some(place) => drop(left.remove(place)),
                None => lines.push(format!("  {mark} {line}")),
            }
        }
        lines
    };
    [only(before, after, '-'), only(after, before, '+')].concat()
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test may stop where it fails")]

    use super::*;

    fn is_secret(key: &str) -> bool {
        key.starts_with("slack.")
    }

    const OWN_TABLES: &str = "[store]\nkind = \"dynamodb\"\n";

    #[test]
    fn the_stacks_tables_take_the_place_of_the_operators() {
        let text = "# Ours.\n[slack]\nsigning_secret = \"env:SLACK_SIGNING_SECRET\" # from Slack\nbot_token = \"kms:abc\"\n\n\
                    [store] # here\npath = \"\"\"\n[grants]\n\"\"\"\n[store.more]\nx = 1\n[[grants]]\nusers = [\"U0ALICE\"]\n\
                    [queue]\nkind = \"sns\"\n[accounts.dev]\nrole_arn = \"env:NOT\"\n";
        let shipped = ship(text, "bellhop", OWN_TABLES, is_secret).unwrap();
        assert_eq!(
            shipped.text,
            "# Ours.\n[slack]\nsigning_secret = \"ssm:/bellhop/slack/signing_secret\" # from Slack\nbot_token = \"kms:abc\"\n\n\
             [[grants]]\nusers = [\"U0ALICE\"]\n[accounts.dev]\nrole_arn = \"env:NOT\"\n\n[store]\nkind = \"dynamodb\"\n"
        );
        let moved = Moved {
            key: "slack.signing_secret".to_owned(),
            reference: "env:SLACK_SIGNING_SECRET".to_owned(),
            parameter: "/bellhop/slack/signing_secret".to_owned(),
        };
        assert_eq!(shipped.moved, [moved]);
        assert_eq!(shipped.parameters, ["/bellhop/slack/signing_secret"]);
    }

    #[test]
    fn references_are_found() {
        let text = "[slack]\nsigning_secret = \"ssm:/a/b\"\nbot_token = 'secretsmanager:slack#token'\n\
                    list = [\"file:x\", \"https://x\"]\n";
        let shipped = ship(text, "s", OWN_TABLES, is_secret).unwrap();
        assert_eq!(shipped.parameters, ["/a/b", "/s/slack/list/1"]);
        assert_eq!(shipped.secrets, ["slack"]);
        assert!(shipped.text.contains("list = [\"ssm:/s/slack/list/1\", \"https://x\"]"), "{}", shipped.text);
    }

    #[test]
    fn what_cannot_be_exchanged_is_not_shipped() {
        for text in ["store = { path = \"x\" }\n[slack]\n", "store.path = \"x\"\n", "[slack\n"] {
            assert!(ship(text, "s", OWN_TABLES, is_secret).is_err(), "{text}");
        }
    }

    #[test]
    fn what_is_shipped_ships_again_unchanged() {
        let text = "[slack]\nsigning_secret = \"env:A\"\n[store]\n";
        let once = ship(text, "s", OWN_TABLES, is_secret).unwrap();
        let twice = ship(&once.text, "s", OWN_TABLES, is_secret).unwrap();
        assert_eq!(once.text, twice.text);
    }

    #[test]
    fn only_lines_that_differ_are_shown() {
        assert_eq!(differing("a\nb\nb\n", "b\na\nc"), ["  - b", "  + c"]);
        assert!(differing("x\n", "x\n").is_empty());
    }
}
