//! Which actions a rule covers: `ec2:Describe*`, `s3:*`, `bellhop:find`, `*`.
//!
//! As in IAM, `*` stands for any characters, `?` for one, and letters match whatever their case. A pattern is `*`
//! alone or a service and an action with one colon between them; a wildcard never reaches across the colon.
//! Matching takes no memory and at most pattern length times action length steps; a pattern's length is bounded.

use std::fmt;
use std::str::FromStr;

/// A pattern may have this many characters; the longest IAM action has 64.
const MAX_LENGTH: usize = 128;

/// A checked pattern of actions.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct Pattern {
    text: Box<str>,
    /// Where the colon is; `None` is the pattern that matches everything.
    colon: Option<usize>,
    service: Shape,
    operation: Shape,
}

/// What kind of wildcards a part has: nearly all patterns need no general matching.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
enum Shape {
    /// None.
    Literal,
    /// One star at the end.
    Prefix,
    /// Any others.
    Wild,
}

impl Shape {
    fn of(part: &str) -> Shape {
        match part.find(['*', '?']) {
            None => Shape::Literal,
            Some(at) if at + 1 == part.len() && part.ends_with('*') => Shape::Prefix,
            Some(_) => Shape::Wild,
        }
    }

    fn matches(self, pattern: &[u8], text: &[u8]) -> bool {
        match self {
            Shape::Literal => pattern.eq_ignore_ascii_case(text),
            Shape::Prefix => {
                let prefix = &pattern[..pattern.len() - 1];
                text.get(..prefix.len()).is_some_and(|start| start.eq_ignore_ascii_case(prefix))
            }
            Shape::Wild => glob(pattern, text, true),
        }
    }
}

/// What a pattern can be looked up by.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind<'a> {
    /// It is `*`.
    Everything,
    /// No wildcard: service and operation.
    Name(&'a str, &'a str),
    /// One star at the end: service and what stands before the star.
    Beginning(&'a str, &'a str),
    /// Any other wildcards; the service, if it has none.
    Wild(Option<&'a str>),
}

/// An action taken apart at its colon, once for many patterns.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Action<'a> {
    parts: Option<(&'a [u8], &'a [u8])>,
}

impl<'a> Action<'a> {
    pub(crate) fn new(action: &'a str) -> Action<'a> {
        let parts = action.split_once(':');
        Action { parts: parts.map(|(service, operation)| (service.as_bytes(), operation.as_bytes())) }
    }
}

/// Why a text is no pattern.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PatternFault {
    /// Nothing there.
    #[error("the pattern is empty")]
    Empty,
    /// Longer than any action could be.
    #[error("the pattern is longer than 128 characters")]
    TooLong,
    /// Neither `*` nor `service:Operation`.
    #[error("\"{0}\" is not of the form service:Operation, such as ec2:Describe*")]
    Form(String),
    /// A character that no action has.
    #[error("\"{0}\" holds a character that no action has")]
    Character(String),
}

impl Pattern {
    /// Whether the action, such as `ec2:DescribeInstances`, is covered.
    pub fn matches(&self, action: &str) -> bool {
        self.covers(&Action::new(action))
    }

    /// The same for an action that is taken apart already.
    pub(crate) fn covers(&self, action: &Action<'_>) -> bool {
        let Some(colon) = self.colon else { return true };
        let Some((service, operation)) = action.parts else { return false };
        let (left, right) = (&self.text.as_bytes()[..colon], &self.text.as_bytes()[colon + 1..]);
        self.service.matches(left, service) && self.operation.matches(right, operation)
    }

    /// Whether some action is covered by both.
    pub(crate) fn overlaps(&self, other: &Pattern) -> bool {
        let (Some((service, operation)), Some((second, further))) = (self.halves(), other.halves()) else {
            return true;
        };
        overlap(service, second, true) && overlap(operation, further, true)
    }

    /// Whether whatever this covers is covered by `other` too.
    pub fn is_within(&self, other: &Pattern) -> bool {
        let Some((service, operation)) = other.halves() else { return true };
        self.halves().is_some_and(|(mine, rest)| within(mine, service, true) && within(rest, operation, true))
    }

    fn halves(&self) -> Option<(&[u8], &[u8])> {
        self.colon.map(|colon| (&self.text.as_bytes()[..colon], &self.text.as_bytes()[colon + 1..]))
    }

    /// What the pattern can be looked up by.
    pub(crate) fn kind(&self) -> Kind<'_> {
        let Some(colon) = self.colon else { return Kind::Everything };
        let operation = &self.text[colon + 1..];
        match (self.service(), self.operation) {
            (Some(service), Shape::Literal) => Kind::Name(service, operation),
            (Some(service), Shape::Prefix) => Kind::Beginning(service, &operation[..operation.len() - 1]),
            (service, _) => Kind::Wild(service),
        }
    }

    /// The service, if the pattern names a single one: no wildcard stands before the colon.
    pub fn service(&self) -> Option<&str> {
        self.colon.filter(|_| self.service == Shape::Literal).map(|colon| &self.text[..colon])
    }

    /// The pattern as it was written.
    pub fn as_str(&self) -> &str {
        &self.text
    }
}

impl FromStr for Pattern {
    type Err = PatternFault;

    fn from_str(text: &str) -> Result<Pattern, PatternFault> {
        if text.is_empty() {
            return Err(PatternFault::Empty);
        }
        if text.len() > MAX_LENGTH {
            return Err(PatternFault::TooLong);
        }
        if text == "*" {
            return Ok(Pattern {
                text: text.into(),
                colon: None,
                service: Shape::Prefix,
                operation: Shape::Prefix,
            });
        }
        if !text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_.:*?".contains(&byte)) {
            return Err(PatternFault::Character(text.escape_debug().collect()));
        }
        match text.split_once(':') {
            Some((service, operation))
                if !service.is_empty() && !operation.is_empty() && !operation.contains(':') =>
            {
                let (left, right) = (Shape::of(service), Shape::of(operation));
                Ok(Pattern { text: text.into(), colon: Some(service.len()), service: left, operation: right })
            }
            _ => Err(PatternFault::Form(text.into())),
        }
    }
}

impl fmt::Display for Pattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

impl fmt::Debug for Pattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Pattern({})", self.text)
    }
}

/// Whether two bytes count as the same; `fold` forgets the case of letters.
fn same(one: u8, other: u8, fold: bool) -> bool {
    one == other || (fold && one.eq_ignore_ascii_case(&other))
}

/// Whether a text fits a pattern of IAM's: `*` stands for any characters, `?` for one; `fold` forgets the case of letters.
// Greedy matching that returns to the last star only: earlier stars never need another try.
pub fn glob(pattern: &[u8], text: &[u8], fold: bool) -> bool {
    let (mut p, mut t) = (0, 0);
    let mut last_star: Option<(usize, usize)> = None;
    while t < text.len() {
        match pattern.get(p) {
            Some(b'*') => {
                last_star = Some((p, t));
                p += 1;
            }
            Some(&want) if want == b'?' || same(want, text[t], fold) => {
                p += 1;
                t += 1;
            }
            _ => match last_star {
                Some((star, from)) => {
                    last_star = Some((star, from + 1));
                    p = star + 1;
                    t = from + 1;
                }
                None => return false,
            },
        }
    }
    pattern[p..].iter().all(|byte| *byte == b'*')
}

/// Whether some text fits both patterns. Takes length times length steps.
pub(crate) fn overlap(one: &[u8], other: &[u8], fold: bool) -> bool {
    // `reached[o]`: the patterns so far, of which `o` bytes of the other, can be filled by one text.
    let mut reached = vec![false; other.len() + 1];
    for (at, slot) in reached.iter_mut().enumerate() {
        *slot = other[..at].iter().all(|byte| *byte == b'*');
    }
    for &mine in one {
        let mut next = vec![false; other.len() + 1];
        next[0] = mine == b'*' && reached[0];
        for at in 1..=other.len() {
            let theirs = other[at - 1];
            next[at] = match (mine, theirs) {
                // A star ends here, or takes one more byte of the other.
                (b'*', _) | (_, b'*') => reached[at] || next[at - 1],
                _ => reached[at - 1] && (mine == b'?' || theirs == b'?' || same(mine, theirs, fold)),
            };
        }
        reached = next;
    }
    reached[other.len()]
}

/// Whether every text that fits `narrow` fits `wide`. Never wrong when it says so; `a*?` within `a?*` it may miss.
pub(crate) fn within(narrow: &[u8], wide: &[u8], fold: bool) -> bool {
    // `reached[w]`: the narrow pattern so far lies within the first `w` bytes of the wide one.
    let mut reached = vec![false; wide.len() + 1];
    for (at, slot) in reached.iter_mut().enumerate() {
        *slot = wide[..at].iter().all(|byte| *byte == b'*');
    }
    for &mine in narrow {
        let mut next = vec![false; wide.len() + 1];
        for at in 1..=wide.len() {
            next[at] = match wide[at - 1] {
                b'*' => reached[at] || next[at - 1],
                b'?' => mine != b'*' && reached[at - 1],
                theirs => mine != b'*' && mine != b'?' && same(mine, theirs, fold) && reached[at - 1],
            };
        }
        reached = next;
    }
    reached[wide.len()]
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn patterns_match_as_in_iam() {
        let cases = [
            ("*", "ec2:DescribeInstances", true),
            ("*", "bellhop:find", true),
            ("ec2:*", "ec2:DescribeInstances", true),
            ("ec2:*", "ec2messages:GetEndpoint", false),
            ("EC2:describe*", "ec2:DescribeInstances", true),
            ("ec2:Describe*", "ec2:StopInstances", false),
            ("ec2:*Instances", "ec2:DescribeInstances", true),
            ("ec2:*Instances", "ec2:DescribeInstancesX", false),
            ("ec2:*n*n*s", "ec2:DescribeInstances", true),
            ("s3:?etObject", "s3:GetObject", true),
            ("s3:?etObject", "s3:etObject", false),
            ("s3:List*", "s3:List", true),
            ("*:List*", "sqs:ListQueues", true),
            ("*:List*", "ListQueues", false),
            ("ec2:*", "ec2", false),
            ("e*:Stop*", "ec2:StopInstances", true),
            ("e*s", "ec2:StopInstances", false),
        ];
        for (pattern, action, expected) in cases {
            let matched = pattern.parse::<Pattern>().is_ok_and(|pattern| pattern.matches(action));
            assert_eq!(matched, expected, "{pattern} on {action}");
        }
    }

    #[test]
    fn patterns_overlap_and_contain_each_other() {
        let cases = [
            ("ec2:*", "ec2:Describe*", true, false),
            ("ec2:Describe*", "EC2:*", true, true),
            ("ec2:*s", "ec2:Stop*", true, false),
            ("ec2:a*", "ec2:b*", false, false),
            ("ec2:*", "s3:*", false, false),
            ("ec2:*", "*", true, true),
            ("*", "ec2:*", true, false),
            ("e?2:Stop?nstances", "ec2:StopInstances", true, false),
        ];
        for (one, other, meet, inside) in cases {
            let (one, other): (Pattern, Pattern) = (one.parse().expect(one), other.parse().expect(other));
            assert_eq!(one.overlaps(&other), meet, "{one} and {other}");
            assert_eq!(one.is_within(&other), inside, "{one} within {other}");
        }
    }

    #[test]
    fn only_a_prefix_without_wildcards_names_a_service() {
        let cases = [
            ("ec2:*", Some("ec2")),
            ("bellhop:find", Some("bellhop")),
            ("*", None),
            ("e*:*", None),
            ("?s:x", None),
        ];
        for (text, expected) in cases {
            assert_eq!(text.parse::<Pattern>().expect(text).service(), expected, "{text}");
        }
    }

    #[test]
    fn what_is_no_pattern_is_refused() {
        for text in ["", "ec2", "ec2:", ":List", "a:b:c", "ec2:Get Object", "ec2:Gét", "**", "ec2:a\n"] {
            assert!(text.parse::<Pattern>().is_err(), "{text:?}");
        }
        assert_eq!(format!("a:{}", "b".repeat(MAX_LENGTH)).parse::<Pattern>(), Err(PatternFault::TooLong));
    }

    /// The plain recursive definition, to hold the fast one against.
    fn by_definition(pattern: &[u8], text: &[u8]) -> bool {
        match (pattern.split_first(), text.split_first()) {
            (None, None) => true,
            (Some((b'*', rest)), _) => {
                by_definition(rest, text)
                    || text.split_first().is_some_and(|(_, t)| by_definition(pattern, t))
            }
            (Some((b'?', rest)), Some((_, t))) => by_definition(rest, t),
            (Some((p, rest)), Some((c, t))) => p.eq_ignore_ascii_case(c) && by_definition(rest, t),
            _ => false,
        }
    }

    proptest! {
        #[test]
        fn the_fast_matcher_agrees_with_the_definition(pattern in "[aAb*?]{0,8}|[aAb]{0,3}\\*?", text in "[abB]{0,10}") {
            let (shape, pattern, text) = (Shape::of(&pattern), pattern.as_bytes(), text.as_bytes());
            prop_assert_eq!(glob(pattern, text, true), by_definition(pattern, text));
            prop_assert_eq!(shape.matches(pattern, text), by_definition(pattern, text));
        }

        #[test]
        fn overlap_and_containment_agree_with_matching(
            one in "[ab*?]{0,6}", other in "[ab*?]{0,6}", text in "[ab]{0,6}",
        ) {
            let (one, other, text) = (one.as_bytes(), other.as_bytes(), text.as_bytes());
            let fits = (glob(one, text, false), glob(other, text, false));
            prop_assert!(fits != (true, true) || overlap(one, other, false));
            prop_assert!(fits != (true, false) || !within(one, other, false));
            prop_assert_eq!(overlap(one, other, false), overlap(other, one, false));
            prop_assert!(within(one, one, false) && within(one, b"*", false));
        }

        #[test]
        fn any_text_is_a_pattern_or_a_fault(text in ".{0,200}", action in ".{0,200}") {
            if let Ok(pattern) = text.parse::<Pattern>() {
                pattern.matches(&action);
                prop_assert_eq!(pattern.to_string(), text);
            }
        }
    }

    #[test]
    fn many_stars_cost_no_exponential_time() {
        let pattern = format!("a:{}b", "a*".repeat(60));
        let pattern: Pattern = pattern.parse().expect("within bounds");
        assert!(!pattern.matches(&format!("a:{}", "a".repeat(100_000))));
    }
}
