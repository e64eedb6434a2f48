//! `--include` and `--exclude`: shell patterns over whole paths, the last that matches decides.

/// The patterns of a line.
#[derive(Debug, Clone, Default)]
pub(super) struct Filter {
    /// (whether it includes, pattern under the source's root, pattern under the target's root)
    rules: Vec<(bool, String, String)>,
}

impl Filter {
    /// Patterns in the order of the line, below the two roots.
    pub(super) fn new(given: &[(&'static str, String)], source_root: &str, target_root: &str) -> Filter {
        let rule = |(name, pattern): &(&'static str, String)| {
            (*name == "include", joined(source_root, pattern), joined(target_root, pattern))
        };
        Filter { rules: given.iter().map(rule).collect() }
    }

    /// Whether a path stays.
    pub(super) fn keeps(&self, path: &str) -> bool {
        let deciding = self
            .rules
            .iter()
            .rev()
            .find(|(_, source, target)| matches(source, path) || matches(target, path));
        deciding.is_none_or(|(includes, ..)| *includes)
    }
}

/// As Python's `os.path.join`.
fn joined(root: &str, pattern: &str) -> String {
    if pattern.starts_with('/') || root.is_empty() {
        return pattern.to_owned();
    }
    let slash = if root.ends_with('/') { "" } else { "/" };
    format!("{root}{slash}{pattern}")
}

/// Shell patterns as Python's `fnmatch` reads them: `*` also matches slashes. Time grows with pattern times text at most.
pub(super) fn matches(pattern: &str, text: &str) -> bool {
    let (pattern, text): (Vec<char>, Vec<char>) = (pattern.chars().collect(), text.chars().collect());
    let (mut at, mut seen) = (0, 0);
    let mut retry: Option<(usize, usize)> = None;
    while seen < text.len() {
        if pattern.get(at) == Some(&'*') {
            retry = Some((at + 1, seen));
            at += 1;
        } else if let Some(length) = pattern.get(at).and_then(|_| one(&pattern[at..], text[seen])) {
            at += length;
            seen += 1;
        } else if let Some((after, from)) = retry {
            retry = Some((after, from + 1));
            (at, seen) = (after, from + 1);
        } else {
            return false;
        }
    }
    pattern[at..].iter().all(|sign| *sign == '*')
}

/// How much of the pattern matches that character; `None` if it does not.
fn one(pattern: &[char], sign: char) -> Option<usize> {
    match pattern {
        ['?', ..] => Some(1),
        ['[', rest @ ..] => match set(rest) {
            Some((length, negated, members)) => (contains(members, sign) != negated).then_some(length + 1),
            None => (sign == '[').then_some(1),
        },
        [plain, ..] => (*plain == sign).then_some(1),
        [] => None,
    }
}

/// A set behind its bracket: its length with the closing bracket, whether it is negated, its members.
fn set(rest: &[char]) -> Option<(usize, bool, &[char])> {
    let negated = rest.first() == Some(&'!');
    let from = usize::from(negated);
    // A bracket that comes first is a member.
    let close = rest.iter().skip(from + 1).position(|sign| *sign == ']')? + from + 1;
    Some((close + 1, negated, &rest[from..close]))
}

fn contains(members: &[char], sign: char) -> bool {
    let mut at = 0;
    while at < members.len() {
        if let Some([low, '-', high]) = members.get(at..at + 3) {
            if (*low..=*high).contains(&sign) {
                return true;
            }
            at += 3;
        } else {
            if members[at] == sign {
                return true;
            }
            at += 1;
        }
    }
    false
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patterns_match_as_in_python() {
        for (pattern, text, expected) in [
            ("*", "", true),
            ("*.jpg", "a/b.jpg", true),
            ("*.jpg", "b.jpeg", false),
            ("b/another/*", "b/another/x/y", true),
            ("a?c", "abc", true),
            ("a?c", "ac", false),
            ("[a-c]x", "bx", true),
            ("[!a-c]x", "bx", false),
            ("[!a-c]x", "dx", true),
            ("[]]x", "]x", true),
            ("[x", "[x", true),
            ("a*b*c", "aXbYc", true),
            ("a*b*c", "aXbY", false),
            ("", "", true),
            ("", "a", false),
        ] {
            assert_eq!(matches(pattern, text), expected, "{pattern} {text}");
        }
    }

    #[test]
    fn the_last_match_decides() {
        let given = [("exclude", "*".to_owned()), ("include", "*.log".to_owned())];
        let filter = Filter::new(&given, "b/logs/", "c/logs/");
        assert!(filter.keeps("b/logs/x.log"));
        assert!(!filter.keeps("b/logs/x.txt"));
        assert!(filter.keeps("elsewhere/x.txt"), "patterns stand below the roots");
    }

    proptest::proptest! {
        #[test]
        fn nothing_panics(pattern in "[a\\]\\[!*?-]{0,20}", text in "[ab\\]-]{0,20}") {
            let _ = matches(&pattern, &text);
        }
    }
}
