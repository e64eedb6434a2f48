//! The words of a command, without Bellhop's own flags.

/// A line, read.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct Line {
    /// The words that are left, without a leading `aws`.
    pub(crate) words: Vec<String>,
    /// `--account`, as it was typed.
    pub(crate) account: Option<String>,
    /// `--again`: the caller was asked and means it.
    pub(crate) again: bool,
    /// `--yes`: the caller confirms beforehand.
    pub(crate) yes: bool,
    /// `--confirm`: the caller is asked whatever the grant says.
    pub(crate) confirm: bool,
    /// `--then-wait`: once it is done, its effect is awaited.
    pub(crate) wait: bool,
}

/// Why a line cannot be read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(crate) enum LineFault {
    #[error("--account is given twice")]
    AccountTwice,
    #[error("--account needs the name or the id of an account")]
    AccountMissing,
}

/// Takes Bellhop's own flags out of the words of a command.
///
/// `has_account` tells whether an operation has an option `--account` of its own. Behind such an operation that option
/// is meant, and Bellhop's stands before the service: `--account dev redshift describe-endpoint-authorization …`.
pub(crate) fn read(words: Vec<String>, has_account: impl Fn(&str, &str) -> bool) -> Result<Line, LineFault> {
    let mut read = Line::default();
    let mut words = words.into_iter().peekable();
    if words.peek().is_some_and(|first| names_bellhop(first)) {
        words.next();
    }
    while let Some(word) = words.next() {
        if word == "--again" {
            read.again = true;
        } else if word == "--yes" {
            read.yes = true;
        } else if word == "--confirm" {
            read.confirm = true;
        } else if word == "--then-wait" {
            read.wait = true;
        } else if is_account(&word) && read.words.len() >= 2 && has_account(&read.words[0], &read.words[1]) {
            read.words.push(word);
        } else if word == "--account" {
            set_account(&mut read, words.next())?;
        } else if let Some(name) = word.strip_prefix("--account=") {
            set_account(&mut read, Some(name.to_owned()))?;
        } else {
            read.words.push(word);
        }
    }
    lower_first(&mut read.words);
    Ok(read)
}

/// `aws`, as a phone's keyboard begins it, and as it is pasted with its slash.
pub(crate) fn names_bellhop(word: &str) -> bool {
    word.strip_prefix('/').unwrap_or(word).eq_ignore_ascii_case("aws")
}

/// Keyboards of phones begin a line with a capital; no service and no command has one.
fn lower_first(words: &mut [String]) {
    if let Some(first) = words.first_mut() {
        first.make_ascii_lowercase();
    }
}

fn is_account(word: &str) -> bool {
    word == "--account" || word.starts_with("--account=")
}

fn set_account(line: &mut Line, name: Option<String>) -> Result<(), LineFault> {
    let name =
        name.filter(|name| !name.is_empty() && !name.starts_with("--")).ok_or(LineFault::AccountMissing)?;
    match line.account.replace(name) {
        None => Ok(()),
        Some(_) => Err(LineFault::AccountTwice),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn never(_: &str, _: &str) -> bool {
        false
    }

    fn split(line: &str) -> Vec<String> {
        line.split(' ').filter(|word| !word.is_empty()).map(str::to_owned).collect()
    }

    #[test]
    fn an_operations_own_account_stays_behind_it() {
        let own = |service: &str, operation: &str| (service, operation) == ("redshift", "x");
        let read = read(split("--account dev redshift x --account 1 --account=2"), own).expect("a line");
        assert_eq!(read.words.join(" "), "redshift x --account 1 --account=2");
        assert_eq!(read.account.as_deref(), Some("dev"));
    }

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
            ("x --query length(a)", "x --query length(a)", None, false),
            ("x a=b&c", "x a=b&c", None, false),
            ("aws", "", None, false),
            ("Aws ec2 describe-vpcs", "ec2 describe-vpcs", None, false),
            ("/aws ec2 describe-vpcs", "ec2 describe-vpcs", None, false),
            ("Ec2 describe-vpcs --x Y", "ec2 describe-vpcs --x Y", None, false),
        ];
        for (line, words, account, again) in cases {
            let read = read(split(line), never).expect(line);
            assert_eq!(read.words.join(" "), words, "{line}");
            assert_eq!((read.account.as_deref(), read.again), (account, again), "{line}");
        }
    }

    #[test]
    fn an_account_is_named_once_or_the_line_is_refused() {
        let cases = [
            ("a --account", LineFault::AccountMissing),
            ("a --account --region x", LineFault::AccountMissing),
            ("a --account=", LineFault::AccountMissing),
            ("a --account x --account=y", LineFault::AccountTwice),
        ];
        for (line, fault) in cases {
            assert_eq!(read(split(line), never), Err(fault), "{line}");
        }
    }

    proptest! {
        #[test]
        fn any_words_are_read_or_refused(typed in prop::collection::vec("--account|--account=x?|--again|--yes|aws|[a-z-]{0,3}", 0..8)) {
            if let Ok(read) = read(typed, never) {
                prop_assert!(read.words.iter().all(|word| word != "--account" && word != "--again" && word != "--yes"));
            }
        }
    }
}
