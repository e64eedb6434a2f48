//! The reference page of the high-level commands: each command of AWS CLI v2, and how far it works here.

use super::{State, TABLE};

/// What commands that work still lack, wherever they are run; they say so themselves when it is asked for.
const LACKING: &[(&str, &str)] = &[
    ("s3 cp", "not yet: `--copy-props all` of large objects"),
    ("s3 mv", "not yet: likewise, `--validate-same-s3-paths` with access points"),
    ("s3 sync", "not yet: as `s3 cp`"),
];

/// `docs/cli-commands.md`, as the registry has it.
pub fn reference() -> String {
    let mut page = String::from(
        "# High-level commands\n\nThe commands of AWS CLI v2 that are more than one call of an operation. Every one \
         stands here.\n\n| command | terminal | chat |\n|---|---|---|\n",
    );
    for entry in TABLE {
        let name = format!("{} {}", entry.service, entry.name);
        let lacking = LACKING.iter().find(|(command, _)| *command == name);
        let works = lacking.map_or("works".to_owned(), |(_, what)| format!("works; {what}"));
        let (terminal, chat) = match entry.state {
            State::Works(_, "") => (works.clone(), works),
            State::Works(_, but) => (works.clone(), format!("{works}; {but}")),
            State::Terminal(_, why) => (works, format!("refused: {why}")),
            State::Never(why) => (format!("not available: {why}"), "likewise".to_owned()),
        };
        page.push_str(&format!("| `{}` | {terminal} | {chat} |\n", name.trim()));
    }
    page
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_reference_page_is_up_to_date() {
        assert_eq!(
            include_str!("../../../../docs/cli-commands.md"),
            reference(),
            "write it anew: cargo run -p aws-cli --example cli_commands > docs/cli-commands.md"
        );
    }

    #[test]
    fn no_command_stands_there_twice() {
        for (index, entry) in TABLE.iter().enumerate() {
            let twice =
                TABLE[..index].iter().any(|other| (other.service, other.name) == (entry.service, entry.name));
            assert!(!twice, "{} {}", entry.service, entry.name);
        }
    }
}
