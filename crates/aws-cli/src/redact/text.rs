//! Credentials inside any text, known by their shape: private keys, tokens of known issuers, JSON web tokens, passwords
//! in addresses, values of names that tell (`password=…`, `"client_secret": "…"`), secret keys beside their access key.
//!
//! Invariants: one walk forward, no backtracking beyond a name's length; what is masked stays masked when masked again (of credentials that overlap, more may go then);
//! a text without such a shape comes back as it was.
//! Absent on purpose: access key ids, which are names and no secrets; tokens that ask for the next page; signed
//! addresses, whose point is to be handed on, and which an operation of level `data` or `secret` gave.

use std::ops::Range;

use super::MASK;
use super::names::{is_reference, is_value, tells};

/// No name is longer than that.
const MAX_NAME: usize = 64;
/// So much of a value is looked at to see whether it is a reference.
const MAX_REFERENCE: usize = 256;
/// The begin of a token, and how many characters must follow.
const ISSUED: &[(&str, usize)] = &[
    ("xoxb-", 10),
    ("xoxp-", 10),
    ("xoxa-", 10),
    ("xoxr-", 10),
    ("xoxs-", 10),
    ("xoxo-", 10),
    ("xoxc-", 10),
    ("xoxd-", 10),
    ("xoxe-", 10),
    ("xoxe.", 10),
    ("xapp-", 10),
    ("ghp_", 20),
    ("gho_", 20),
    ("ghu_", 20),
    ("ghs_", 20),
    ("ghr_", 20),
    ("github_pat_", 20),
    ("glpat-", 16),
    ("npm_", 30),
    ("pypi-", 30),
    ("sk_live_", 16),
    ("rk_live_", 16),
    ("sk-ant-", 20),
];

/// The text with its credentials masked; `None` where it has none.
pub(super) fn masked(text: &str) -> Option<String> {
    let mut finder =
        Finder { text, bytes: text.as_bytes(), found: Vec::new(), secret_keys: Vec::new(), ids: 0 };
    finder.walk();
    if finder.ids > 0 {
        finder.found.append(&mut finder.secret_keys);
    }
    finder.found.sort_by_key(|range| range.start);
    if finder.found.is_empty() {
        return None;
    }
    let (mut out, mut end) = (String::with_capacity(text.len()), 0);
    for range in finder.found {
        if range.end <= end {
            continue;
        }
        out.push_str(text.get(end..range.start.max(end)).unwrap_or_default());
        out.push_str(MASK);
        end = range.end;
    }
    out.push_str(text.get(end..).unwrap_or_default());
    Some(out)
}

struct Finder<'a> {
    text: &'a str,
    bytes: &'a [u8],
    /// What is to be masked, each range on the boundaries of characters.
    found: Vec<Range<usize>>,
    /// What is masked too if there is an access key id.
    secret_keys: Vec<Range<usize>>,
    ids: usize,
}

impl Finder<'_> {
    fn walk(&mut self) {
        let mut at = 0;
        while let Some(byte) = self.bytes.get(at).copied() {
            let end = match byte {
                b'=' | b':' => self.value_of_name(at).or_else(|| self.password_of_address(at)),
                b'-' => self.private_key(at).or_else(|| self.value_of_flag(at)),
                _ if !byte.is_ascii_alphanumeric() || self.is_within_word(at) => None,
                b'e' => self.web_token(at),
                b'x' | b'g' | b'n' | b'p' | b's' | b'r' => self.issued_token(at),
                b'B' | b'b' => self.bearer(at),
                b'h' => self.slack_hook(at),
                _ => None,
            };
            if let Some(end) = end {
                at = end.max(at + 1);
                continue;
            }
            at = self.long_word(at).unwrap_or(at + 1);
        }
    }

    fn rest(&self, at: usize) -> &[u8] {
        self.bytes.get(at..).unwrap_or_default()
    }

    /// Whether the byte before belongs to the same word.
    fn is_within_word(&self, at: usize) -> bool {
        at.checked_sub(1)
            .is_some_and(|before| matches!(self.bytes[before], b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9'))
    }

    /// Where a run of such bytes from there ends.
    fn run(&self, at: usize, of: impl Fn(u8) -> bool) -> usize {
        at + self.rest(at).iter().take_while(|byte| of(**byte)).count()
    }

    fn mask(&mut self, range: Range<usize>) -> Option<usize> {
        let end = range.end;
        self.found.push(range);
        Some(end)
    }

    /// `-----BEGIN … PRIVATE KEY-----` to its end, or to the text's.
    fn private_key(&mut self, at: usize) -> Option<usize> {
        let rest = self.rest(at).strip_prefix(b"-----BEGIN ")?;
        let title = rest
            .iter()
            .take(MAX_NAME)
            .take_while(|byte| matches!(byte, b'A'..=b'Z' | b'0'..=b'9' | b' '))
            .count();
        let title = self.text.get(at + 11..at + 11 + title)?;
        if !title.contains("PRIVATE KEY") {
            return None;
        }
        let behind = at + 11 + title.len();
        let end = self.text.get(behind..)?.find("-----END ").map_or(self.bytes.len(), |end| {
            let end = behind + end + 9;
            let end = self.run(end, |byte| matches!(byte, b'A'..=b'Z' | b'0'..=b'9' | b' '));
            self.run(end, |byte| byte == b'-')
        });
        self.mask(at..end)
    }

    /// Three parts in base64url, the first a JSON object.
    fn web_token(&mut self, at: usize) -> Option<usize> {
        let within = at.checked_sub(1).is_some_and(|before| is_url_safe(self.bytes[before]));
        if within || !self.rest(at).starts_with(b"eyJ") {
            return None;
        }
        let header = self.run(at, is_url_safe);
        let body = self.run(header + 1, is_url_safe);
        let dots = self.bytes.get(header) == Some(&b'.') && self.bytes.get(body) == Some(&b'.');
        if !dots || header - at < 12 || body - header < 12 {
            return None;
        }
        self.mask(at..self.run(body + 1, |byte| is_url_safe(byte) || byte == b'.'))
    }

    fn issued_token(&mut self, at: usize) -> Option<usize> {
        let (begin, length) = ISSUED.iter().find(|(begin, _)| self.rest(at).starts_with(begin.as_bytes()))?;
        let end = self.run(at + begin.len(), |byte| is_url_safe(byte) || byte == b'.');
        if end - at - begin.len() < *length { None } else { self.mask(at..end) }
    }

    /// `Bearer …`, as in an `Authorization` header.
    fn bearer(&mut self, at: usize) -> Option<usize> {
        if !self.rest(at).get(..7)?.eq_ignore_ascii_case(b"bearer ") {
            return None;
        }
        let end =
            self.run(at + 7, |byte| is_url_safe(byte) || matches!(byte, b'.' | b'~' | b'+' | b'/' | b'='));
        if end - at < 7 + 16 { None } else { self.mask(at + 7..end) }
    }

    /// The secret part of the address that posts into a channel.
    fn slack_hook(&mut self, at: usize) -> Option<usize> {
        let begin = b"hooks.slack.com/";
        self.rest(at).strip_prefix(begin)?;
        let end = self.run(at + begin.len(), |byte| is_url_safe(byte) || byte == b'/');
        if end - at < begin.len() + 20 { None } else { self.mask(at + begin.len()..end) }
    }

    /// `://user:password@host`.
    fn password_of_address(&mut self, at: usize) -> Option<usize> {
        self.rest(at).strip_prefix(b"://")?;
        let end = self.run(at + 3, |byte| {
            !matches!(byte, b'/' | b'?' | b'#' | b'"' | b'\'' | b'<' | b'>') && byte > b' '
        });
        let authority = self.text.get(at + 3..end)?;
        let (userinfo, _) = authority.rsplit_once('@')?;
        let (user, password) = userinfo.split_once(':')?;
        if is_reference(password) {
            return None;
        }
        let begin = at + 3 + user.len() + 1;
        self.mask(begin..begin + password.len());
        // What goes for a user may hold something, too.
        Some(at + 3)
    }

    /// The value behind `name=` or `name:`, if the name tells.
    fn value_of_name(&mut self, at: usize) -> Option<usize> {
        let name = self.name_before(at)?;
        if !tells(self.text.get(name.clone())?) && !self.is_named_before(name) {
            return None;
        }
        let quoted_name = at.checked_sub(1).is_some_and(|before| matches!(self.bytes[before], b'"' | b'\''));
        let mut begin = at + 1;
        if self.bytes[at] == b'=' && self.bytes.get(begin) == Some(&b'>') {
            begin += 1;
        }
        let spaced = self.run(begin, |byte| matches!(byte, b' ' | b'\t'));
        let quoted = matches!(self.bytes.get(spaced), Some(b'"' | b'\'' | b'\\'));
        // `arn:aws:secretsmanager:eu-west-1:111111111111:secret:name` holds no value.
        if self.bytes[at] == b':' && !(quoted_name || quoted || spaced > begin) {
            return None;
        }
        self.mask_value(spaced)
    }

    /// The value behind `--name `, if the name tells.
    fn value_of_flag(&mut self, at: usize) -> Option<usize> {
        let name = self.rest(at).strip_prefix(b"--")?.iter().take(MAX_NAME);
        let length = name.take_while(|byte| is_url_safe(**byte)).count();
        let end = at + 2 + length;
        let blank = self.bytes.get(end) == Some(&b' ');
        let flag = matches!(self.bytes.get(end + 1), Some(b'-') | None);
        if !blank || flag || !tells(self.text.get(at + 2..end)?) {
            return None;
        }
        self.mask_value(end + 1)
    }

    /// Masks the value that begins there, unless it is a reference.
    fn mask_value(&mut self, at: usize) -> Option<usize> {
        if self.text.get(self.value(at, MAX_REFERENCE)).is_none_or(is_reference) {
            return None;
        }
        self.mask(self.value(at, self.bytes.len()))
    }

    /// The name that ends before a separator, which quotes and blanks may stand between.
    fn name_before(&self, at: usize) -> Option<Range<usize>> {
        let before = self.bytes.get(at.saturating_sub(MAX_NAME)..at)?;
        let blanks = before
            .iter()
            .rev()
            .take(4)
            .take_while(|byte| matches!(byte, b' ' | b'"' | b'\'' | b'\\'))
            .count();
        let end = before.len() - blanks;
        let is_name = |byte: &&u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-' | b'.');
        let length = before[..end].iter().rev().take_while(is_name).count();
        let end = at - blanks;
        (length > 0).then_some(end - length..end)
    }

    /// `ParameterKey=DbPassword,ParameterValue=…`: whether that is the second name, and what goes before tells.
    fn is_named_before(&self, name: Range<usize>) -> bool {
        let (Some(word), Some(before)) =
            (self.text.get(name.clone()), self.bytes.get(name.start.saturating_sub(8)..name.start))
        else {
            return false;
        };
        if !is_value(word) {
            return false;
        }
        let between = |byte: &&u8| matches!(byte, b' ' | b'\n' | b'"' | b'\'' | b'\\' | b',');
        let signs = before.iter().rev().take_while(between).count();
        let comma = before[before.len() - signs..].contains(&b',');
        let first = self.name_before(name.start - signs).and_then(|first| self.text.get(first));
        comma && first.is_some_and(tells)
    }

    /// Where the value that begins there is, without its quotes; at most so many bytes of it, and a few more to the end of
    /// a character.
    fn value(&self, at: usize, most: usize) -> Range<usize> {
        let escapes = self.rest(at).iter().take(MAX_NAME).take_while(|byte| **byte == b'\\').count();
        let (begin, end) = match self.bytes.get(at + escapes) {
            Some(quote @ (b'"' | b'\'')) => {
                let begin = at + escapes + 1;
                (begin, self.closing(begin, *quote, escapes, most))
            }
            _ => {
                let ends = |byte: &u8| {
                    *byte <= b' ' || matches!(byte, b',' | b';' | b'&' | b'"' | b'\'' | b'<' | b'>' | b'\\')
                };
                (at, at + self.rest(at).iter().take(most).take_while(|byte| !ends(byte)).count())
            }
        };
        let whole = (end..self.bytes.len()).find(|end| self.text.is_char_boundary(*end));
        begin..whole.unwrap_or(self.bytes.len())
    }

    /// Where the quote that was opened behind so many backslashes closes; the end of what is looked at if nowhere.
    fn closing(&self, begin: usize, quote: u8, escapes: usize, most: usize) -> usize {
        let mut slashes = 0;
        for (at, byte) in self.rest(begin).iter().enumerate().take(most) {
            match *byte {
                b'\\' => slashes += 1,
                byte if byte == quote && slashes <= escapes => return begin + at - slashes,
                _ => slashes = 0,
            }
        }
        self.bytes.len().min(begin.saturating_add(most))
    }

    /// An access key id, or what can be its secret key; where the word ends if it is long.
    fn long_word(&mut self, at: usize) -> Option<usize> {
        let in_word = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'/' | b'+');
        if !in_word(self.bytes[at]) || at.checked_sub(1).is_some_and(|before| in_word(self.bytes[before])) {
            return None;
        }
        let end = self.run(at, in_word);
        let word = &self.bytes[at..end];
        match word.len() {
            20 if is_access_key_id(word) => self.ids += 1,
            40 if is_secret_key(word) => self.secret_keys.push(at..end),
            _ => return None,
        }
        Some(end)
    }
}

fn is_url_safe(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_')
}

fn is_access_key_id(word: &[u8]) -> bool {
    (word.starts_with(b"AKIA") || word.starts_with(b"ASIA"))
        && word.iter().all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit())
}

/// Forty characters of base64 that are no hash in hexadecimal.
fn is_secret_key(word: &[u8]) -> bool {
    let has = |of: fn(&u8) -> bool| word.iter().any(of);
    has(u8::is_ascii_uppercase) && has(u8::is_ascii_lowercase) && !word.iter().all(u8::is_ascii_hexdigit)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::masked;

    const KEY: &str = "-----BEGIN RSA PRIVATE KEY-----\nMIIE\n-----END RSA PRIVATE KEY-----";
    const JWT: &str =
        "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0NTY3ODkwIn0.dozjgNryP4J3jVmNHl0w5N_XgL0n3I9PlFUP0THsR8U";
    const SECRET: &str = "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY";

    #[test]
    fn credentials_are_masked_and_their_surroundings_stay() {
        for (text, expected) in [
            ("password=hunter2", "password=***"),
            ("a DB_PASSWORD = 'hunter2' b", "a DB_PASSWORD = '***' b"),
            ("export API_KEY=\"x y\"\nnext", "export API_KEY=\"***\"\nnext"),
            ("password: hunter2\nuser: bob", "password: ***\nuser: bob"),
            (r#"{"user":"bob","password":"hun\"ter2","n":1}"#, r#"{"user":"bob","password":"***","n":1}"#),
            (r#"{"x":"{\"password\":\"hunter2\",\"n\":1}"}"#, r#"{"x":"{\"password\":\"***\",\"n\":1}"}"#),
            ("{password:'hunter2'}", "{password:'***'}"),
            ("secret => hunter2,", "secret => ***,"),
            ("mysql --password hunter2 -h db", "mysql --password *** -h db"),
            ("mysql --password=hunter2 -h db", "mysql --password=*** -h db"),
            ("postgres://bob:hunter2@db:5432/x?y", "postgres://bob:***@db:5432/x?y"),
            ("redis://:hunter2@cache", "redis://:***@cache"),
            ("https://x/?user=a&api_key=hunter2&b=c", "https://x/?user=a&api_key=***&b=c"),
            ("Authorization: Bearer abcdefghijklmnopqrst.uv=", "Authorization: Bearer ***"),
            ("xoxb-1234567890-abcdefghij", "***"),
            ("say xapp-1-A0123-456-abcdef!", "say ***!"),
            ("ghp_abcdefghijklmnopqrstuvwxyz0123456789", "***"),
            ("https://hooks.slack.com/services/T0/B0/abcdefghijklmnop", "https://hooks.slack.com/***"),
            (
                "aws_access_key_id = AKIAIOSFODNN7EXAMPLE\naws_secret_access_key = x",
                "aws_access_key_id = AKIAIOSFODNN7EXAMPLE\naws_secret_access_key = ***",
            ),
            ("aws_session_token=IQoJb3JpZ2lu//ab==", "aws_session_token=***"),
            ("é password=hü", "é password=***"),
            (
                "ParameterKey=DbPassword,ParameterValue=hunter2,X=y",
                "ParameterKey=DbPassword,ParameterValue=***,X=y",
            ),
            (r#"[{"name": "API_KEY", "value": "x"}]"#, r#"[{"name": "API_KEY", "value": "***"}]"#),
        ] {
            assert_eq!(masked(text).as_deref(), Some(expected), "{text}");
        }
        assert_eq!(masked(&format!("a {KEY} b")).as_deref(), Some("a *** b"));
        assert_eq!(masked(&format!("k: {}", &KEY[..40])).as_deref(), Some("k: ***"), "cut off");
        assert_eq!(masked(&format!("t={JWT};")).as_deref(), Some("t=***;"));
        assert_eq!(
            masked(&format!("AKIAIOSFODNN7EXAMPLE {SECRET}")).as_deref(),
            Some("AKIAIOSFODNN7EXAMPLE ***")
        );
        assert_eq!(
            masked(&format!("{SECRET},AKIAIOSFODNN7EXAMPLE")).as_deref(),
            Some("***,AKIAIOSFODNN7EXAMPLE")
        );
    }

    #[test]
    fn what_only_looks_like_a_credential_stays() {
        for text in [
            "",
            "AKIAIOSFODNN7EXAMPLE",
            SECRET,
            "AKIAIOSFODNN7EXAMPLE da39a3ee5e6b4b0d3255bfef95601890afd80709",
            "arn:aws:secretsmanager:eu-west-1:111111111111:secret:prod/db-AbCdEf",
            "arn:aws:iam::111111111111:user/password",
            "sha256:9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
            "password",
            "password:",
            "password=",
            "password=${DB_PASSWORD}",
            "password: {{resolve:secretsmanager:x}}",
            "PasswordLastUsed=2020-01-01",
            "NextToken=eyJ0b2tlbiI6IDF9",
            "eyJ2IjoxfQ==",
            "eyJhbGciOiJIUzI1NiJ9.short.x",
            "2024-01-02T03:04:05+00:00",
            "https://example.com:8080/a@b",
            "-----BEGIN CERTIFICATE-----\nMIIE\n-----END CERTIFICATE-----",
            "-----BEGIN PUBLIC KEY-----",
            "Bearer of news",
            "xoxb-",
            r#"{"Effect":"Allow","Action":"secretsmanager:GetSecretValue","Resource":"*"}"#,
            "The secret of this: none.",
            "Key=Colour,Value=red",
            "Key=password Value=red",
        ] {
            assert_eq!(masked(text), None, "{text}");
        }
    }

    /// A password in an address was masked alone although its user's name held another.
    #[test]
    fn what_goes_for_a_user_is_looked_at_too() {
        let once = masked("js://bpassword=h:x@host").expect("masked");
        assert_eq!(once, "js://bpassword=***");
        assert_eq!(masked(&once), None);
    }

    /// What only began as a reference does was taken for one, with all that followed.
    #[test]
    fn a_reference_is_one_to_its_end() {
        assert_eq!(masked("password=${X:-y}xoxb-1234567890").as_deref(), Some("password=***"));
        assert_eq!(masked("https://bob:${X}hunter2@db").as_deref(), Some("https://bob:***@db"));
        assert_eq!(masked("password=${X} https://bob:{{x}}@db"), None);
    }

    proptest! {
        #[test]
        fn masking_again_changes_nothing(text in "[ -~é\n]{0,80}") {
            if let Some(once) = masked(&text) {
                prop_assert_eq!(masked(&once).unwrap_or_else(|| once.clone()), once);
            }
        }

        #[test]
        fn what_is_planted_is_gone(before in "[a-z ,\n]{0,20}", after in "[ ,\n][ -~é]{0,20}", secret in "[a-zA-Z0-9]{8,40}") {
            prop_assume!(!before.contains(&secret) && !after.contains(&secret));
            for planted in [
                format!("{before} password={secret}{after}"),
                format!("{before} \"apiKey\": \"{secret}\"{after}"),
                format!("{before} https://user:{secret}@host{after}"),
                format!("{before} xoxb-1234567890{secret}{after}"),
            ] {
                let shown = masked(&planted).unwrap_or_else(|| planted.clone());
                prop_assert!(!shown.contains(&secret), "{}", shown);
            }
        }
    }

    /// No part of a text is walked over again and again.
    #[test]
    fn repetitions_take_time_in_proportion() {
        for part in [
            "password={{",
            "eyJ-",
            "a/",
            "://a:b",
            "-----BEGIN ",
            "xoxb-",
            "password:",
            "bearer ",
            "--password ",
        ] {
            let text = part.repeat(400_000 / part.len());
            let _ = masked(&text);
        }
    }
}
