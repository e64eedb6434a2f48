//! `[commands]`: further slash commands, each standing for the first words of a line.

use std::collections::BTreeMap;

use crate::config::{Faults, Section};

/// Reads the table.
pub(super) fn read(top: &mut Section<'_>, faults: &mut Faults) -> BTreeMap<String, String> {
    let mut commands = BTreeMap::new();
    for (name, prefix) in top.text_map("commands", faults) {
        if !name.starts_with('/') || name.len() < 2 || name.contains(char::is_whitespace) {
            faults.at(prefix.at, format!("commands: `{name}` is not the name of a slash command"));
            faults.hint("such as \"/infra-search\" = \"find\"");
        }
        commands.insert(name, prefix.value);
    }
    commands
}
