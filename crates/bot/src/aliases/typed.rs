//! `alias set` and `alias import` as they are typed: what follows is a line of its own, and a text.

use pipeline::{Action, Part, Word};

use crate::command::NotUnderstood;
use crate::line::names_bellhop;

/// What is left behind `alias`, if a line begins with it.
fn behind(line: &str) -> Option<&str> {
    let (first, rest) = split(line);
    let (word, rest) = if names_bellhop(first) { split(rest) } else { (first, rest) };
    word.eq_ignore_ascii_case("alias").then_some(rest)
}

/// The first word, and what stands behind it.
fn split(text: &str) -> (&str, &str) {
    let text = text.trim_start();
    text.split_once(char::is_whitespace).unwrap_or((text, ""))
}

/// Whether a line is about aliases, so that none in it is replaced.
pub(super) fn is_about_aliases(line: &str) -> bool {
    behind(line).is_some()
}

/// The words of `alias set` and `alias import`, of which the last is the line or the text; `None` for other lines.
///
/// # Errors
/// The line of the alias cannot be told from what stands around it.
pub(crate) fn typed(line: &str) -> Result<Option<Vec<String>>, NotUnderstood> {
    let Some((command, rest)) = behind(line).map(split) else { return Ok(None) };
    match command {
        "import" => Ok(Some(vec!["import".to_owned(), rest.trim().to_owned()])),
        "set" => set(line).map(Some),
        _ => Ok(None),
    }
}

fn set(line: &str) -> Result<Vec<String>, NotUnderstood> {
    let script = pipeline::parse(line).map_err(|fault| NotUnderstood::saying(&fault.to_string()))?;
    let ends_early = || {
        NotUnderstood::saying(
            "a line with `|`, `;`, `&&`, `||` or `>` would end the command here: quote it as one word, as in \
             alias set web 'ec2 list running | grep web'",
        )
    };
    let [statement] = script.statements.as_slice() else { return Err(ends_early()) };
    let Action::Run(pipeline) = &statement.action else { return Err(ends_early()) };
    if !pipeline.filters.is_empty() || pipeline.sink.is_some() {
        return Err(ends_early());
    }
    let words = &pipeline.source.0;
    let at = words.iter().position(|word| word.literal().as_deref() == Some("set")).unwrap_or(0);
    let mut rest = words.get(at + 1..).unwrap_or_default();
    let mut set = vec!["set".to_owned()];
    let mut named = false;
    while let Some((first, others)) = rest.split_first() {
        let Some(text) = first.literal() else { break };
        if text == "--" {
            rest = others;
            break;
        }
        let valued = matches!(text.as_str(), "--scope" | "--description");
        if !valued && !text.starts_with("--scope=") && !text.starts_with("--description=") {
            if named {
                break;
            }
            named = true;
        }
        set.push(text);
        rest = others;
        if let (true, Some((value, others))) = (valued, rest.split_first()) {
            set.extend(value.literal());
            rest = others;
        }
    }
    let line = match rest {
        [] => return Ok(set),
        [word] => unquoted(word),
        words => words.iter().map(Word::to_string).collect::<Vec<_>>().join(" "),
    };
    set.extend(["--".to_owned(), line]);
    Ok(set)
}

/// A whole line that was quoted as one word; in double quotes its parameters were read already.
fn unquoted(word: &Word) -> String {
    let mut line = String::new();
    for part in &word.parts {
        match part {
            Part::Literal(text) => line.push_str(text),
            other => line.push_str(&Word { parts: vec![other.clone()], ..Word::default() }.to_string()),
        }
    }
    line
}

#[cfg(test)]
mod tests {
    #![expect(clippy::expect_used, reason = "a test stops at the first surprise")]

    use super::*;

    #[test]
    fn the_line_of_an_alias_is_quoted_or_typed_on() {
        let cases: [(&str, &[&str]); 8] = [
            (
                "alias set v ec2 describe-vpcs --vpc-ids $1 \"$2\"",
                &["set", "v", "--", "ec2 describe-vpcs --vpc-ids ${1} \"${2}\""],
            ),
            (
                "aws Alias set v --scope channel 'ec2 list $1 | wc -l'",
                &["set", "v", "--scope", "channel", "--", "ec2 list $1 | wc -l"],
            ),
            (
                "alias set --scope=me v --description 'a b' ec2",
                &["set", "--scope=me", "v", "--description", "a b", "--", "ec2"],
            ),
            ("alias set v \"ec2 list $1\"", &["set", "v", "--", "ec2 list \"${1}\""]),
            ("alias set v ec2 list 'a b' --scope x", &["set", "v", "--", "ec2 list 'a b' --scope x"]),
            ("alias set v -- --account dev ec2", &["set", "v", "--", "--account dev ec2"]),
            ("alias set v", &["set", "v"]),
            ("alias import [[alias]]\nname = \"x\"", &["import", "[[alias]]\nname = \"x\""]),
        ];
        for (line, expected) in cases {
            assert_eq!(typed(line).expect(line).expect(line), expected, "{line}");
        }
        for line in ["alias list", "alias", "aliases set v x", "ec2 list"] {
            assert_eq!(typed(line), Ok(None), "{line}");
        }
        for line in
            ["alias set v ec2 list | wc", "alias set v a; b", "alias set v a && b", "alias set v a > x.csv"]
        {
            assert!(typed(line).expect_err(line).what.contains("quote it as one word"), "{line}");
        }
    }
}
