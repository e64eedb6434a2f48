//! A name for an account that people can type.

use std::collections::BTreeSet;

/// The longest name made here, before an id is added to tell it from another.
const LONGEST: usize = 40;

/// The organisation's name in small letters, digits and dashes; with the id behind it where that is taken, and the id
/// alone where nothing is left.
pub(super) fn of(name: &str, id: &str, taken: &BTreeSet<String>) -> String {
    let mut plain = String::new();
    for letter in name.chars().flat_map(char::to_lowercase) {
        if letter.is_ascii_alphanumeric() {
            plain.push(letter);
        } else if !plain.is_empty() && !plain.ends_with('-') {
            plain.push('-');
        }
        if plain.len() >= LONGEST {
            break;
        }
    }
    let plain = plain.trim_end_matches('-');
    match plain {
        // `all` asks for every account.
        "" | "all" => id.to_owned(),
        plain if taken.contains(plain) => format!("{plain}-{id}"),
        plain => plain.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_can_be_typed_and_differ() {
        let taken = BTreeSet::from(["prod".to_owned()]);
        let cases = [
            ("Data Platform (EU)", "data-platform-eu"),
            ("Prod", "prod-111111111111"),
            ("  ", "111111111111"),
            ("ALL", "111111111111"),
            ("Büro 7", "b-ro-7"),
            ("日本", "111111111111"),
        ];
        for (name, expected) in cases {
            assert_eq!(of(name, "111111111111", &taken), expected, "{name}");
        }
        assert!(of(&"x".repeat(300), "111111111111", &taken).len() <= LONGEST);
    }
}
