//! When two requests or texts agree.
//!
//! Requests agree by meaning: headers in any order and case, bodies by what they say. Where method, URL, signed headers and
//! body agree byte for byte, the signature has to agree, too; one that is random (version 4a) has to verify.

use std::collections::BTreeMap;

use value::Value;

use crate::asymmetric;
use crate::recording::Message;
use crate::world;

/// Headers that say nothing about the call: who sends it, and how it is carried.
const IGNORED: &[&str] = &[
    "accept-encoding",
    "amz-sdk-invocation-id",
    "amz-sdk-request",
    "authorization",
    "connection",
    "content-length",
    "expect",
    "host",
    "transfer-encoding",
    "user-agent",
    "x-amz-user-agent",
];

/// A way in which something differs; the class is the same for all that differ alike.
#[derive(Debug, Clone)]
pub(crate) struct Difference {
    pub(crate) class: String,
    pub(crate) detail: String,
}

impl Difference {
    pub(crate) fn of(class: &str) -> Difference {
        Difference { class: class.to_owned(), detail: String::new() }
    }

    fn between(class: impl Into<String>, expected: &str, found: &str) -> Difference {
        Difference { class: class.into(), detail: format!("expected: {expected}\n   found: {found}") }
    }
}

/// The first telling line of an error text, what is quoted or counted in it blotted out.
pub(crate) fn gist(text: &str) -> String {
    let line = text.lines().map(str::trim).find(|line| !line.is_empty()).unwrap_or("no error text");
    let mut gist = String::new();
    let mut quote = None;
    for character in line.chars() {
        match (quote, character) {
            (Some(end), character) if character == end => {
                quote = None;
                gist.push('…');
                gist.push(end);
            }
            (Some(_), _) => {}
            (None, '\'' | '"' | '`') => {
                quote = Some(character);
                gist.push(character);
            }
            (None, '0'..='9') if gist.ends_with('#') => {}
            (None, '0'..='9') => gist.push('#'),
            (None, _) => gist.push(character),
        }
    }
    gist.chars().take(110).collect()
}

/// Whether two texts are the same.
pub(crate) fn text(name: &str, expected: &str, found: &str) -> Result<(), Difference> {
    if expected == found {
        return Ok(());
    }
    let kind = match (expected.is_empty(), found.is_empty()) {
        (false, true) => format!("no {name}"),
        (true, false) => format!("unexpected {name}"),
        _ => format!("other {name}"),
    };
    let mut lines = expected.lines().zip(found.lines()).enumerate();
    let (number, pair) = match lines.find(|(_, (expected, found))| expected != found) {
        Some((number, pair)) => (number + 1, pair),
        None => {
            let common = expected.lines().count().min(found.lines().count());
            let line = |text: &'_ str| text.lines().nth(common).unwrap_or("(end)").to_owned();
            return Err(Difference::between(kind, &line(expected), &line(found)));
        }
    };
    let mut difference = Difference::between(kind, pair.0, pair.1);
    difference.detail = format!("line {number}\n{}", difference.detail);
    Err(difference)
}

/// Whether two requests mean the same.
pub(crate) fn request(expected: &Message, found: &Message) -> Result<(), Difference> {
    if expected.method != found.method {
        return Err(Difference::between("method", &expected.method, &found.method));
    }
    let same_url = url(&expected.url, &found.url)?;
    headers(expected, found)?;
    let same_body = body(expected, found)?;
    if same_url && same_body { signature(expected, found) } else { Ok(()) }
}

/// Whether two requests have the same method and URL.
pub(crate) fn is_same_place(one: &Message, other: &Message) -> bool {
    one.method == other.method && url(&one.url, &other.url).is_ok()
}

/// Whether the URLs are the same text; a difference if they do not even mean the same.
fn url(expected: &str, found: &str) -> Result<bool, Difference> {
    if expected == found {
        return Ok(true);
    }
    let ((place, query), (found_place, found_query)) = (split_query(expected), split_query(found));
    if host(place) != host(found_place) {
        return Err(Difference::between("host", expected, found));
    }
    if without_host(place) != without_host(found_place) {
        return Err(Difference::between("path", expected, found));
    }
    if pairs(query) != pairs(found_query) {
        return Err(Difference::between("query", expected, found));
    }
    Ok(false)
}

fn split_query(url: &str) -> (&str, &str) {
    url.split_once('?').unwrap_or((url, ""))
}

fn host(url: &str) -> String {
    url.split('/').take(3).collect::<Vec<_>>().join("/").to_lowercase()
}

fn without_host(url: &str) -> &str {
    let path = url.match_indices('/').nth(2).map_or("/", |(at, _)| &url[at..]);
    if path.is_empty() { "/" } else { path }
}

fn pairs(text: &str) -> Vec<(String, String)> {
    let mut pairs: Vec<(String, String)> = text
        .split('&')
        .filter(|pair| !pair.is_empty())
        .map(|pair| pair.split_once('=').unwrap_or((pair, "")))
        .map(|(name, value)| (decoded(name), decoded(value)))
        .collect();
    pairs.sort();
    pairs
}

fn decoded(text: &str) -> String {
    let bytes = text.as_bytes();
    let mut out = Vec::with_capacity(bytes.len());
    let mut at = 0;
    while at < bytes.len() {
        let hex = text.get(at + 1..at + 3).and_then(|hex| u8::from_str_radix(hex, 16).ok());
        match (bytes[at], hex) {
            (b'%', Some(byte)) => {
                out.push(byte);
                at += 3;
                continue;
            }
            (b'+', _) => out.push(b' '),
            (byte, _) => out.push(byte),
        }
        at += 1;
    }
    String::from_utf8_lossy(&out).into_owned()
}

fn headers(expected: &Message, found: &Message) -> Result<(), Difference> {
    let telling = |message: &Message| -> BTreeMap<String, String> {
        let lower =
            message.headers.iter().map(|(name, value)| (name.to_lowercase(), value.trim().to_owned()));
        lower.filter(|(name, _)| !IGNORED.contains(&name.as_str())).collect()
    };
    let (expected, found) = (telling(expected), telling(found));
    for (name, value) in &expected {
        match found.get(name) {
            None => return Err(Difference::between(format!("header {name} is missing"), value, "")),
            Some(other) if other != value => {
                return Err(Difference::between(format!("header {name}"), value, other));
            }
            Some(_) => {}
        }
    }
    match found.iter().find(|(name, _)| !expected.contains_key(*name)) {
        Some((name, value)) => Err(Difference::between(format!("header {name} is too much"), "", value)),
        None => Ok(()),
    }
}

/// Whether the bodies are the same bytes; a difference if they do not even mean the same.
fn body(expected: &Message, found: &Message) -> Result<bool, Difference> {
    if expected.body == found.body {
        return Ok(true);
    }
    let (text, other) = (String::from_utf8_lossy(&expected.body), String::from_utf8_lossy(&found.body));
    let same = match (Value::from_json(&expected.body), Value::from_json(&found.body)) {
        (Ok(one), Ok(other)) => one == other,
        _ if text.starts_with('<') => without_chance(&squeezed(&text)) == without_chance(&squeezed(&other)),
        _ => text.contains('=') && !text.contains('\n') && pairs(&text) == pairs(&other),
    };
    if same { Ok(false) } else { Err(Difference::between("body", &text, &other)) }
}

fn squeezed(text: &str) -> String {
    text.split('>').map(str::trim).collect::<Vec<_>>().join(">").replace('\'', "\"")
}

/// A text without the random numbers in names that the AWS CLI makes up: a prefix, the second of the frozen clock, a
/// number of up to seven digits.
fn without_chance(text: &str) -> String {
    let second = format!("-{}-", world::now().as_second());
    let mut parts = text.split(second.as_str());
    let mut out = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let digits = part.bytes().take(7).take_while(u8::is_ascii_digit).count();
        out.push_str(&second);
        out.push_str(&part[digits..]);
    }
    out
}

fn signature(expected: &Message, found: &Message) -> Result<(), Difference> {
    let (one, other) = (expected.header("authorization"), found.header("authorization"));
    match (one, other) {
        (Some(one), Some(other)) if one.starts_with("AWS4-ECDSA") => {
            if asymmetric::head(one) != asymmetric::head(other) {
                return Err(Difference::between("signature", one, other));
            }
            for (message, class) in
                [(expected, "the recorded signature does not verify"), (found, "signature does not verify")]
            {
                if !asymmetric::verifies(message) {
                    return Err(Difference::of(class));
                }
            }
            Ok(())
        }
        (one, other) if one == other => Ok(()),
        (one, other) => {
            Err(Difference::between("signature", one.unwrap_or("unsigned"), other.unwrap_or("unsigned")))
        }
    }
}
