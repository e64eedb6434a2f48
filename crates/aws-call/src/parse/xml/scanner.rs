//! A body cut into tags, text and references, as it arrives.
//!
//! Invariants: a token is given only once it is whole, so what it says does not depend on how the body came in pieces; an
//! end bears the name of what it ends; time is linear in the body's length, and memory holds little more than the
//! longest token. Comments, instructions and document types are passed over.
//! Absent on purpose: entities that a document declares, other encodings than UTF-8, namespaces beyond their prefixes.

use std::io::BufRead;
use std::ops::Range;

use memchr::{memchr, memchr2, memchr3, memmem};

/// How much of the body is taken at a time.
const PIECE: usize = 64 * 1024;

/// What a body consists of. Text is as it stands there, line ends included.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Token<'a> {
    /// An element begins. One that is empty ends with the next token.
    Start(Tag<'a>),
    /// The innermost element ends.
    End,
    /// Text outside of tags.
    Text(&'a str),
    /// Text in which nothing means anything.
    Literal(&'a str),
    /// What stands between `&` and `;`.
    Reference(&'a str),
    /// Nothing more comes.
    Done,
}

/// An opening tag.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Tag<'a> {
    /// All between the angle brackets, without the slash of an empty element.
    pub(super) content: &'a str,
    /// How long the name is.
    pub(super) name_length: usize,
}

impl<'a> Tag<'a> {
    /// The element's name without its prefix.
    pub(super) fn local_name(self) -> &'a str {
        let name = &self.content[..self.name_length];
        memchr(b':', name.as_bytes()).map_or(name, |colon| &name[colon + 1..])
    }
}

/// Why a body cannot be cut further.
#[derive(Debug, thiserror::Error)]
pub(super) enum ScanError {
    /// It did not arrive.
    #[error("the body does not arrive")]
    Io(#[from] std::io::Error),
    /// It is no XML.
    #[error("{0}")]
    Malformed(&'static str),
    /// A tag ends something else than was begun last.
    #[error("`{expected}` is ended by `{found}`")]
    WrongEnd {
        /// What should end here.
        expected: String,
        /// What the tag says.
        found: String,
    },
}

pub(super) struct Scanner<'r> {
    body: &'r mut dyn BufRead,
    /// What has arrived of the body, from somewhere before the next token on.
    window: String,
    /// Where in the window the next token begins.
    at: usize,
    /// The first bytes of a character whose others have not arrived.
    partial: Vec<u8>,
    begun: bool,
    ended: bool,
    /// The names of all open elements, one behind the other, and where each begins.
    open: String,
    names: Vec<usize>,
    /// The element begun last is empty: its end comes next.
    empty: bool,
}

/// A token's place in the window.
enum Found {
    Start {
        content: Range<usize>,
        name_length: usize,
    },
    End,
    Text(Range<usize>),
    Literal(Range<usize>),
    Reference(Range<usize>),
    /// Something that says nothing.
    Nothing,
}

/// What stands at a place of the window and how many bytes it takes; nothing if its end has not arrived.
type Piece = Option<(Found, usize)>;

impl<'r> Scanner<'r> {
    pub(super) fn new(body: &'r mut dyn BufRead) -> Scanner<'r> {
        Scanner {
            body,
            window: String::new(),
            at: 0,
            partial: Vec::new(),
            begun: false,
            ended: false,
            open: String::new(),
            names: Vec::new(),
            empty: false,
        }
    }

    /// The next token.
    pub(super) fn next(&mut self) -> Result<Token<'_>, ScanError> {
        if self.empty {
            self.empty = false;
            self.close();
            return Ok(Token::End);
        }
        loop {
            let Some((found, length)) = self.piece()? else {
                if self.more()? {
                    continue;
                }
                return self.last();
            };
            self.at += length;
            return Ok(match found {
                Found::Nothing => continue,
                Found::Start { content, name_length } => {
                    Token::Start(Tag { content: &self.window[content], name_length })
                }
                Found::End => Token::End,
                Found::Text(text) => Token::Text(&self.window[text]),
                Found::Literal(text) => Token::Literal(&self.window[text]),
                Found::Reference(name) => Token::Reference(&self.window[name]),
            });
        }
    }

    /// Takes an opening tag that is that name in brackets and nothing else, if one comes next. [`Scanner::next`] gives the
    /// same; but who knows what to expect finds it by one comparison.
    pub(super) fn take_start(&mut self, name: &str) -> bool {
        let rest = &self.window.as_bytes()[self.at..];
        let behind = rest.strip_prefix(b"<").and_then(|rest| rest.strip_prefix(name.as_bytes()));
        let brackets = match behind {
            _ if self.empty => return false,
            Some([b'>', ..]) => 2,
            Some([b'/', b'>', ..]) => 3,
            _ => return false,
        };
        self.empty = brackets == 3;
        self.names.push(self.open.len());
        self.open.push_str(name);
        self.at += name.len() + brackets;
        true
    }

    /// Takes what is left of the innermost element, if that has arrived and is plain text with no line ends to translate.
    pub(super) fn take_text(&mut self) -> Option<&str> {
        if self.empty {
            self.empty = false;
            self.close();
            return Some("");
        }
        let rest = &self.window.as_bytes()[self.at..];
        let name = &self.open.as_bytes()[*self.names.last()?..];
        let length = memchr3(b'<', b'&', b'\r', rest)?;
        rest[length..].strip_prefix(b"</")?.strip_prefix(name)?.strip_prefix(b">")?;
        let text = self.at..self.at + length;
        self.at += length + name.len() + 3;
        self.close();
        Some(&self.window[text])
    }

    /// What is left when nothing more comes.
    fn last(&mut self) -> Result<Token<'_>, ScanError> {
        let rest = &self.window[self.at..];
        self.at = self.window.len();
        match rest.as_bytes().first() {
            None => Ok(Token::Done),
            Some(b'<') => Err(ScanError::Malformed("a tag is not closed")),
            Some(b'&') => Err(UNCLOSED_REFERENCE),
            Some(_) => Ok(Token::Text(rest)),
        }
    }

    fn piece(&mut self) -> Result<Piece, ScanError> {
        let (start, rest) = (self.at, &self.window.as_bytes()[self.at..]);
        match rest {
            [b'<', b'/', ..] => self.end_tag(),
            [b'<', b'?', b'>', ..] => Err(ScanError::Malformed("an instruction is empty")),
            [b'<', b'?', ..] => Ok(through(rest, 2, b"?>")),
            [b'<', b'!', ..] => declaration(rest, start),
            [b'<', _, ..] => self.start_tag(),
            [b'<'] | [] => Ok(None),
            [b'&', ..] => reference(rest, start),
            _ => Ok(memchr2(b'<', b'&', rest).map(|end| (Found::Text(start..start + end), end))),
        }
    }

    fn start_tag(&mut self) -> Result<Piece, ScanError> {
        let rest = &self.window.as_bytes()[self.at..];
        let Some(end) = tag_end(rest) else { return Ok(None) };
        self.empty = rest[end - 1] == b'/';
        let content = self.at + 1..self.at + end - usize::from(self.empty);
        let text = &self.window[content.clone()];
        let name_length = text.bytes().position(is_space).unwrap_or(text.len());
        if name_length == 0 {
            return Err(ScanError::Malformed("an element has no name"));
        }
        self.names.push(self.open.len());
        self.open.push_str(&text[..name_length]);
        Ok(Some((Found::Start { content, name_length }, end + 1)))
    }

    fn end_tag(&mut self) -> Result<Piece, ScanError> {
        let rest = &self.window[self.at..];
        if let Some(&start) = self.names.last() {
            let expected = &self.open.as_bytes()[start..];
            let behind = rest.as_bytes()[2..].strip_prefix(expected);
            if behind.is_some_and(|behind| behind.starts_with(b">")) {
                let length = expected.len() + 3;
                self.close();
                return Ok(Some((Found::End, length)));
            }
        }
        let Some(end) = memchr(b'>', rest.as_bytes()) else { return Ok(None) };
        let found =
            rest[2..end].trim_end_matches(|character: char| u8::try_from(character).is_ok_and(is_space));
        let expected = self.names.last().map(|&start| &self.open[start..]);
        match expected {
            Some(expected) if expected == found => {}
            Some(expected) => {
                return Err(ScanError::WrongEnd { expected: expected.to_owned(), found: found.to_owned() });
            }
            None => return Err(ScanError::Malformed("a tag ends what was not begun")),
        }
        self.close();
        Ok(Some((Found::End, end + 1)))
    }

    fn close(&mut self) {
        if let Some(start) = self.names.pop() {
            self.open.truncate(start);
        }
    }

    /// Takes more of the body into the window; false at its end. Each time that one token needs more, twice as much is
    /// taken, so that looking through it anew costs little.
    fn more(&mut self) -> Result<bool, ScanError> {
        self.window.drain(..self.at);
        self.at = 0;
        let before = self.window.len();
        let wanted = before + PIECE.max(before);
        while self.window.len() < wanted && !self.ended {
            let arrived = match self.body.fill_buf() {
                Err(error) if error.kind() == std::io::ErrorKind::Interrupted => continue,
                arrived => arrived?,
            };
            let length = arrived.len().min(PIECE);
            self.ended = length == 0;
            let taken = take(&mut self.window, &mut self.partial, &arrived[..length]);
            self.body.consume(length);
            taken?;
            if self.ended {
                break;
            }
        }
        if self.ended && !self.partial.is_empty() {
            return Err(NOT_UTF_8);
        }
        if !self.begun && !self.window.is_empty() {
            self.begun = true;
            if self.window.starts_with('\u{feff}') {
                self.at = '\u{feff}'.len_utf8();
            }
        }
        Ok(self.window.len() > before)
    }
}

const NOT_UTF_8: ScanError = ScanError::Malformed("not UTF-8");
const UNCLOSED_REFERENCE: ScanError = ScanError::Malformed("a reference is not closed");

/// Appends bytes as text. A character's first bytes at the end wait in `partial` for the others.
fn take(window: &mut String, partial: &mut Vec<u8>, mut bytes: &[u8]) -> Result<(), ScanError> {
    while !partial.is_empty() {
        let Some((&byte, rest)) = bytes.split_first() else { return Ok(()) };
        partial.push(byte);
        bytes = rest;
        match std::str::from_utf8(partial) {
            Ok(text) => {
                window.push_str(text);
                partial.clear();
            }
            Err(error) if error.error_len().is_none() => {}
            Err(_) => return Err(NOT_UTF_8),
        }
    }
    match std::str::from_utf8(bytes) {
        Ok(text) => window.push_str(text),
        Err(error) if error.error_len().is_none() => {
            let (whole, rest) = bytes.split_at(error.valid_up_to());
            window.push_str(std::str::from_utf8(whole).map_err(|_| NOT_UTF_8)?);
            partial.extend_from_slice(rest);
        }
        Err(_) => return Err(NOT_UTF_8),
    }
    Ok(())
}

fn is_space(byte: u8) -> bool {
    matches!(byte, b' ' | b'\t' | b'\n' | b'\r')
}

/// Something that says nothing and ends with `end`, which may begin from `from` on.
fn through(rest: &[u8], from: usize, end: &[u8]) -> Piece {
    let found = memmem::find(rest.get(from..)?, end)?;
    Some((Found::Nothing, from + found + end.len()))
}

/// The closing bracket of a tag: one outside of quotes.
fn tag_end(rest: &[u8]) -> Option<usize> {
    let mut from = 1;
    loop {
        let end = from + memchr(b'>', rest.get(from..)?)?;
        let Some(quote) = memchr2(b'"', b'\'', &rest[from..end]) else { return Some(end) };
        let opening = from + quote;
        from = opening + 2 + memchr(rest[opening], rest.get(opening + 1..)?)?;
    }
}

fn reference(rest: &[u8], start: usize) -> Result<Piece, ScanError> {
    match memchr3(b';', b'<', b'&', &rest[1..]) {
        None => Ok(None),
        Some(length) if rest[1 + length] == b';' => {
            Ok(Some((Found::Reference(start + 1..start + 1 + length), length + 2)))
        }
        Some(_) => Err(UNCLOSED_REFERENCE),
    }
}

/// What begins with `<!`.
fn declaration(rest: &[u8], start: usize) -> Result<Piece, ScanError> {
    const COMMENT: &[u8] = b"<!--";
    const LITERAL: &[u8] = b"<![CDATA[";
    const TYPE: &[u8] = b"<!DOCTYPE";
    let begins = |with: &[u8]| rest.len() >= with.len() && rest[..with.len()].eq_ignore_ascii_case(with);
    if begins(COMMENT) {
        return Ok(through(rest, COMMENT.len(), b"-->"));
    }
    if rest.starts_with(LITERAL) {
        let length = memmem::find(&rest[LITERAL.len()..], b"]]>");
        return Ok(length.map(|length| {
            let text = start + LITERAL.len();
            (Found::Literal(text..text + length), LITERAL.len() + length + 3)
        }));
    }
    if begins(TYPE) {
        return Ok(type_end(rest).map(|end| (Found::Nothing, end + 1)));
    }
    let may_become = |with: &[u8]| rest.len() < with.len() && with[..rest.len()].eq_ignore_ascii_case(rest);
    if [COMMENT, LITERAL, TYPE].into_iter().any(may_become) {
        return Ok(None);
    }
    Err(ScanError::Malformed("a declaration of an unknown kind"))
}

/// The closing bracket of a document type, which holds declarations in brackets of their own.
fn type_end(rest: &[u8]) -> Option<usize> {
    let (mut open, mut quote) = (0_usize, None);
    for (at, &byte) in rest.iter().enumerate() {
        match (quote, byte) {
            (Some(end), _) => quote = quote.filter(|_| byte != end),
            (None, b'"' | b'\'') => quote = Some(byte),
            (None, b'<') => open += 1,
            (None, b'>') if open == 1 => return Some(at),
            (None, b'>') => open -= 1,
            _ => {}
        }
    }
    None
}

#[cfg(test)]
mod tests;
