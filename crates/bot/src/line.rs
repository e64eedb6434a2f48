//! A repaired line as words, without Bellhop's own flags.

use aws_cli::words::{self, Word, WordsError};

/// A line, read.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct Line {
    /// The words that are left, without a leading `aws`.
    pub(crate) words: Vec<String>,
    /// `--account`
    pub(crate) account: Option<String>,
    /// `--again`: the caller was asked and means it.
    pub(crate) again: bool,
}

/// Why a line cannot be read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(crate) enum LineFault {
    #[error(transparent)]
    Words(#[from] WordsError),
    #[error("`{0}` stands outside quotes: there is no shell here, and pipes are not built yet")]
    Shell(String),
    #[error("--account is given twice")]
    AccountTwice,
    #[error("--account needs the name or the id of an account")]
    AccountMissing,
    #[error("several accounts at once are not built yet: name one")]
    SeveralAccounts,
}

/// Splits a line and takes Bellhop's own flags out of it.
pub(crate) fn read(line: &str) -> Result<Line, LineFault> {
    let words = words::split(line)?;
    if let Some(sign) = words.iter().find_map(shell_sign) {
        return Err(LineFault::Shell(sign));
    }
    let mut read = Line::default();
    let mut words = words.into_iter().map(|word| word.text).peekable();
    if words.peek().is_some_and(|first| first == "aws") {
        words.next();
    }
    while let Some(word) = words.next() {
        if word == "--again" {
            read.again = true;
        } else if word == "--account" {
            set_account(&mut read, words.next())?;
        } else if let Some(name) = word.strip_prefix("--account=") {
            set_account(&mut read, Some(name.to_owned()))?;
        } else {
            read.words.push(word);
        }
    }
    Ok(read)
}

fn set_account(line: &mut Line, name: Option<String>) -> Result<(), LineFault> {
    let name =
        name.filter(|name| !name.is_empty() && !name.starts_with("--")).ok_or(LineFault::AccountMissing)?;
    if name.contains(',') || name == "all" {
        return Err(LineFault::SeveralAccounts);
    }
    match line.account.replace(name) {
        None => Ok(()),
        Some(_) => Err(LineFault::AccountTwice),
    }
}

/// What a shell would act upon, were there one. Parentheses and single signs that mean nothing at their place stay.
fn shell_sign(word: &Word) -> Option<String> {
    let acts = |at: &usize| {
        let rest = &word.text[*at..];
        rest.starts_with(['|', ';', '<', '>'])
            || rest.starts_with("$(")
            || rest.starts_with("&&")
            || word.text == "&"
    };
    word.special.iter().find(|at| acts(at)).map(|_| word.text.chars().take(20).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn own_flags_are_taken_out() {
        let cases = [
            ("aws ec2 describe-vpcs", "ec2 describe-vpcs", None, false),
            (
                "ec2 describe-vpcs --account dev --region eu-west-1",
                "ec2 describe-vpcs --region eu-west-1",
                Some("dev"),
                false,
            ),
            ("--account=111111111111 s3api list-buckets", "s3api list-buckets", Some("111111111111"), false),
            ("ec2 stop-instances --again", "ec2 stop-instances", None, true),
            ("x --query 'a | b' --y \"$(z) > q\"", "x --query a | b --y $(z) > q", None, false),
            ("x --query length(a)", "x --query length(a)", None, false),
            ("x a=b&c", "x a=b&c", None, false),
            ("aws", "", None, false),
        ];
        for (line, words, account, again) in cases {
            let read = read(line).expect(line);
            assert_eq!(read.words.join(" "), words, "{line}");
            assert_eq!((read.account.as_deref(), read.again), (account, again), "{line}");
        }
    }

    #[test]
    fn what_only_a_shell_could_do_is_refused() {
        for line in ["a | b", "a|b", "a; b", "a > f", "a 2>f", "a $(b)", "a && b", "a &"] {
            assert!(matches!(read(line), Err(LineFault::Shell(_))), "{line}");
        }
        let cases = [
            ("a --account", LineFault::AccountMissing),
            ("a --account --region x", LineFault::AccountMissing),
            ("a --account=", LineFault::AccountMissing),
            ("a --account x --account=y", LineFault::AccountTwice),
            ("a --account x,y", LineFault::SeveralAccounts),
            ("a --account all", LineFault::SeveralAccounts),
        ];
        for (line, fault) in cases {
            assert_eq!(read(line), Err(fault), "{line}");
        }
    }
}
