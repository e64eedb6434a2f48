//! Where XML that cannot be read breaks the format's rules, in the words and places of expat, which reads XML for the AWS
//! CLI. Only asked once a body has been refused, so nothing here decides what is read.
//!
//! Columns count characters from 0, lines from 1.

/// What is wrong with a text, `mismatched tag: line 1, column 55`; nothing where this finds no fault.
pub(super) fn of(text: &str) -> Option<String> {
    let mut walk = Walk { text, at: 0, open: Vec::new(), root_seen: false };
    let (what, at) = walk.fault()?;
    let before = text.get(..at).unwrap_or(text);
    let line = before.matches('\n').count() + 1;
    let column = before.rsplit('\n').next().unwrap_or_default().chars().count();
    Some(format!("{what}: line {line}, column {column}"))
}

const INVALID: &str = "not well-formed (invalid token)";
const UNCLOSED: &str = "unclosed token";
/// Signs that mean something to the format before the root, so that only their place is wrong.
const MARKS: &[u8] = b"\"'[](),|>%#?*+";

type Found = (&'static str, usize);

/// A walk over the text, tag by tag.
struct Walk<'t> {
    text: &'t str,
    at: usize,
    open: Vec<&'t str>,
    root_seen: bool,
}

impl<'t> Walk<'t> {
    fn rest(&self) -> &'t str {
        self.text.get(self.at..).unwrap_or_default()
    }

    fn fault(&mut self) -> Option<Found> {
        loop {
            let rest = self.rest();
            let markup = rest.find('<').unwrap_or(rest.len());
            if let Some(found) = self.content(&rest[..markup]) {
                return Some(found);
            }
            self.at += markup;
            let rest = self.rest();
            if rest.is_empty() {
                let ends_early = !self.open.is_empty() || !self.root_seen;
                return ends_early.then_some(("no element found", self.at));
            }
            if let Some(found) = self.markup(rest) {
                return Some(found);
            }
        }
    }

    /// Text between tags: only white space may stand outside of the root.
    fn content(&self, text: &str) -> Option<Found> {
        if self.open.is_empty() {
            let first = text.find(|sign: char| !matches!(sign, ' ' | '\t' | '\r' | '\n' | '\u{feff}'))?;
            let at = self.at + first;
            if self.root_seen {
                return Some(("junk after document element", at));
            }
            let sign = text[first..].chars().next()?;
            let is_word = sign.is_alphanumeric() || matches!(sign, '_' | ':' | '-' | '.');
            let is_mark = u8::try_from(sign).is_ok_and(|sign| MARKS.contains(&sign));
            return Some((if is_word || is_mark { "syntax error" } else { INVALID }, at));
        }
        text.find(|sign: char| sign.is_control() && !matches!(sign, '\t' | '\r' | '\n') && sign < ' ')
            .map(|first| (INVALID, self.at + first))
    }

    /// A tag, a comment or an instruction; the position goes behind it.
    fn markup(&mut self, rest: &'t str) -> Option<Found> {
        for (begin, end) in [("<!--", "-->"), ("<?", "?>"), ("<![CDATA[", "]]>"), ("<!", ">")] {
            if let Some(inner) = rest.strip_prefix(begin) {
                let Some(length) = inner.find(end) else { return Some((UNCLOSED, self.at)) };
                self.at += begin.len() + length + end.len();
                return None;
            }
        }
        let is_end = rest.starts_with("</");
        let start = if is_end { 2 } else { 1 };
        let name = &rest[start..];
        let name = &name[..name.find(|sign: char| " \t\r\n/>=<\"'".contains(sign)).unwrap_or(name.len())];
        if is_end && self.open.is_empty() {
            return Some((INVALID, self.at + 1));
        }
        if !name.starts_with(|sign: char| sign.is_alphabetic() || matches!(sign, '_' | ':')) {
            return Some(match name.is_empty() && rest.len() == start {
                true => (UNCLOSED, self.at),
                false => (INVALID, self.at + start),
            });
        }
        let Some(length) = tag_length(rest) else { return Some((UNCLOSED, self.at)) };
        if is_end {
            if self.open.pop() != Some(name) {
                return Some(("mismatched tag", self.at + start));
            }
        } else {
            if self.open.is_empty() && self.root_seen {
                return Some(("junk after document element", self.at));
            }
            self.root_seen = true;
            if !rest[..length].ends_with("/>") {
                self.open.push(name);
            }
        }
        self.at += length;
        None
    }
}

/// How long a tag is; a `>` in quotes does not end it.
fn tag_length(rest: &str) -> Option<usize> {
    let mut quote = None;
    for (at, byte) in rest.bytes().enumerate() {
        match (quote, byte) {
            (None, b'"' | b'\'') => quote = Some(byte),
            (Some(open), byte) if open == byte => quote = None,
            (None, b'>') => return Some(at + 1),
            _ => {}
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn faults_have_expats_words_and_places() {
        for (text, expected) in [
            ("", Some("no element found: line 1, column 0")),
            ("null", Some("syntax error: line 1, column 0")),
            ("{}", Some("not well-formed (invalid token): line 1, column 0")),
            ("<html><body>busy<br></body></html>", Some("mismatched tag: line 1, column 22")),
            ("<a>\n<b>", Some("no element found: line 2, column 3")),
            ("<a>\n<b", Some("unclosed token: line 2, column 0")),
            ("<a/>x", Some("junk after document element: line 1, column 4")),
            ("<a/><b/>", Some("junk after document element: line 1, column 4")),
            ("<?xml version='1.0'?>\n<a x='>'>é</b>", Some("mismatched tag: line 2, column 12")),
            ("</a>", Some("not well-formed (invalid token): line 1, column 1")),
            ("<a></a>\n", None),
        ] {
            assert_eq!(of(text).as_deref(), expected, "{text}");
        }
    }

    proptest::proptest! {
        #[test]
        fn no_text_panics(text in r#"[a-c<>/!?"'= é&;\n\[\]-]{0,40}"#) {
            let _ = of(&text);
        }
    }
}
