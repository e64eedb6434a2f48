#![expect(clippy::unwrap_used, reason = "a test may stop where it fails")]

use std::io::{BufReader, Read};

use proptest::prelude::*;
use quick_xml::events::Event;

use super::*;

/// Gives so many bytes at a time.
struct Slowly<'a>(&'a [u8], usize);

impl Read for Slowly<'_> {
    fn read(&mut self, out: &mut [u8]) -> std::io::Result<usize> {
        let length = self.0.len().min(self.1).min(out.len());
        out[..length].copy_from_slice(&self.0[..length]);
        self.0 = &self.0[length..];
        Ok(length)
    }
}

/// The tokens of a body that comes in pieces of that length, joined; an error ends them.
fn tokens(body: &[u8], length: usize) -> String {
    let mut reader = BufReader::with_capacity(length, Slowly(body, length));
    let mut scanner = Scanner::new(&mut reader);
    let mut out = String::new();
    loop {
        match scanner.next() {
            Ok(Token::Done) => return out,
            Ok(Token::Start(tag)) => out.push_str(&format!("({}|{})", tag.local_name(), tag.content)),
            Ok(Token::End) => out.push_str("(/)"),
            Ok(Token::Text(text)) => out.push_str(text),
            Ok(Token::Literal(text)) => out.push_str(&format!("[{text}]")),
            Ok(Token::Reference(name)) => out.push_str(&format!("&{name};")),
            Err(error) => return format!("{out}!{error}"),
        }
    }
}

#[test]
fn bodies_are_cut_into_tokens() {
    for (body, expected) in [
        ("", ""),
        ("<?xml version='1.0'?>\n<!-- > --><a>x</a>", "\n(a|a)x(/)"),
        ("\u{feff}<n:a b='/>' c=\">\"/>", "(a|n:a b='/>' c=\">\")(/)"),
        ("<a><b/></a >", "(a|a)(b|b)(/)(/)"),
        ("<a>1 &amp; é<![CDATA[<&]]]]></a>", "(a|a)1 &amp; é[<&]]](/)"),
        ("<!DOCTYPE a [<!ENTITY b '>'>]><a/>", "(a|a)(/)"),
        ("<a></b>", "(a|a)!`a` is ended by `b`"),
        ("</a>", "!a tag ends what was not begun"),
        ("<a", "!a tag is not closed"),
        ("<a b='>", "!a tag is not closed"),
        ("< a>", "!an element has no name"),
        ("<a>&amp</a>", "(a|a)!a reference is not closed"),
        ("<!ELEMENT>", "!a declaration of an unknown kind"),
        ("<a><!-- ", "(a|a)!a tag is not closed"),
    ] {
        assert_eq!(tokens(body.as_bytes(), 64), expected, "{body}");
        assert_eq!(tokens(body.as_bytes(), 1), expected, "{body}, byte by byte");
    }
    for body in [&b"<a>\xff</a>"[..], b"<a>\xc3", b"\xc3<a>"] {
        assert!(tokens(body, 1).ends_with("!not UTF-8"), "{body:?}");
    }
}

/// The same where openings of that name and plain texts are taken as who expects them takes them.
fn expected_tokens(body: &[u8], length: usize, name: &str) -> String {
    let mut reader = BufReader::with_capacity(length, Slowly(body, length));
    let mut scanner = Scanner::new(&mut reader);
    let mut out = String::new();
    loop {
        if scanner.take_start(name) {
            out.push_str(&format!("({name}|{name})"));
            if let Some(text) = scanner.take_text() {
                out.push_str(&format!("{text}(/)"));
            }
            continue;
        }
        match scanner.next() {
            Ok(Token::Done) => return out,
            Ok(Token::Start(tag)) => out.push_str(&format!("({}|{})", tag.local_name(), tag.content)),
            Ok(Token::End) => out.push_str("(/)"),
            Ok(Token::Text(text)) => out.push_str(text),
            Ok(Token::Literal(text)) => out.push_str(&format!("[{text}]")),
            Ok(Token::Reference(name)) => out.push_str(&format!("&{name};")),
            Err(error) => return format!("{out}!{error}"),
        }
    }
}

#[test]
fn a_long_text_takes_linear_time() {
    let body = format!("<a>{}</a>", "x".repeat(20_000_000));
    let mut bytes = body.as_bytes();
    let mut scanner = Scanner::new(&mut bytes);
    assert!(matches!(scanner.next().unwrap(), Token::Start(_)));
    assert!(matches!(scanner.next().unwrap(), Token::Text(text) if text.len() == 20_000_000));
}

/// The same as quick-xml makes of the body, in the same words; nothing if it finds a fault.
fn theirs(body: &str) -> Option<String> {
    let mut reader = quick_xml::Reader::from_str(body);
    reader.config_mut().expand_empty_elements = true;
    let mut out = String::new();
    loop {
        match reader.read_event().ok()? {
            Event::Eof => return Some(out),
            Event::Start(tag) if tag.name().into_inner().is_empty() => return None,
            Event::Start(tag) => out.push_str(&format!("({}|{})", tag.local_name().into_inner(), &*tag)),
            Event::End(_) => out.push_str("(/)"),
            Event::Text(text) => out.push_str(&text),
            Event::CData(text) => out.push_str(&format!("[{}]", &*text)),
            Event::GeneralRef(name) => out.push_str(&format!("&{};", &*name)),
            _ => {}
        }
    }
}

proptest! {
    #[test]
    fn any_body_is_cut_as_quick_xml_cuts_it(parts in proptest::collection::vec(prop::sample::select(vec![
        "<a>", "<a/>", "<a>x</a>", "</a>", "<b c='1'>", "</b>", "<d/>", "<n:e f=\"/>\" />", "x", " ", "é", "\r\n", "&amp;", "&#65;", "&", ";", "<", ">",
        "'", "\"", "<!--", "-->", "<![CDATA[", "]]>", "<?x", "?>", "/", "=",
    ]), 0..24), length in 1_usize..9) {
        let body: String = parts.concat();
        let ours = tokens(body.as_bytes(), length);
        prop_assert_eq!(&ours, &tokens(body.as_bytes(), 4096));
        prop_assert_eq!(&ours, &expected_tokens(body.as_bytes(), length, "a"), "{}", body);
        prop_assert_eq!(&ours, &expected_tokens(body.as_bytes(), 4096, "d"), "{}", body);
        if let Some(theirs) = theirs(&body) {
            prop_assert_eq!(ours, theirs, "{}", body);
        } else {
            prop_assert!(ours.contains('!'), "{} became {}", body, ours);
        }
    }

    #[test]
    fn any_bytes_end(body in proptest::collection::vec(any::<u8>(), 0..200), length in 1_usize..9) {
        prop_assert_eq!(tokens(&body, length), tokens(&body, 4096));
    }
}
