//! The models' documentation, HTML fragments, as plain text.
//!
//! Invariant: any input ends as text; tags that are unknown vanish, their content stays.

/// Paragraphs and list items as lines of plain text, not wrapped; an empty line stands between paragraphs.
pub(crate) fn to_text(html: &str) -> String {
    let mut out = Writer::default();
    let mut rest = html;
    while let Some(at) = rest.find('<') {
        out.text(&rest[..at]);
        let Some(end) = rest[at..].find('>') else {
            out.text(&rest[at..]);
            rest = "";
            break;
        };
        out.tag(&rest[at + 1..at + end]);
        rest = &rest[at + end + 1..];
    }
    out.text(rest);
    out.finish()
}

/// The first sentence of the text.
pub(crate) fn first_sentence(html: &str) -> String {
    let text = to_text(html);
    let paragraph = text.split("\n\n").next().unwrap_or_default().replace('\n', " ");
    match paragraph.find(". ") {
        Some(at) => paragraph[..=at].to_owned(),
        None => paragraph,
    }
}

/// The text between the tags as it stands; `None` unless the fragment is well-formed XML.
pub(crate) fn text_content(fragment: &str) -> Option<String> {
    let mut out = String::new();
    let mut open: Vec<&str> = Vec::new();
    let mut rest = fragment;
    while let Some(at) = rest.find('<') {
        out.push_str(&xml_text(&rest[..at])?);
        let tag = &rest[at + 1..];
        let tag = &tag[..tag.find('>')?];
        rest = &rest[at + tag.len() + 2..];
        let name = |tag: &'_ str| tag.find(|c: char| c.is_whitespace() || c == '/').unwrap_or(tag.len());
        match tag.strip_prefix('/') {
            Some(closed) if open.pop() == Some(closed.trim_end()) => {}
            Some(_) => return None,
            None if tag.ends_with('/') => {}
            None => open.push(&tag[..name(tag)]),
        }
    }
    out.push_str(&xml_text(rest)?);
    open.is_empty().then_some(out)
}

/// Text with XML's own entities; others are none to an XML reader.
fn xml_text(raw: &str) -> Option<String> {
    let mut out = String::with_capacity(raw.len());
    let mut rest = raw;
    while let Some(at) = rest.find('&') {
        out.push_str(&rest[..at]);
        let (name, after) = rest[at + 1..].split_once(';')?;
        match name {
            "amp" => out.push('&'),
            "lt" => out.push('<'),
            "gt" => out.push('>'),
            "quot" => out.push('"'),
            "apos" => out.push('\''),
            _ => {
                let number = name.strip_prefix('#')?;
                let code = match number.strip_prefix('x') {
                    Some(hex) => u32::from_str_radix(hex, 16),
                    None => number.parse(),
                };
                out.push(char::from_u32(code.ok()?)?);
            }
        }
        rest = after;
    }
    out.push_str(rest);
    Some(out)
}

#[derive(Default)]
struct Writer {
    out: String,
    /// A line or paragraph break is due before the next text.
    pending: usize,
    list_depth: usize,
}

impl Writer {
    fn text(&mut self, raw: &str) {
        let text = entities(raw);
        let mut words = text.split_whitespace();
        let Some(first) = words.next() else {
            if !text.is_empty() {
                self.space();
            }
            return;
        };
        if text.starts_with(char::is_whitespace) {
            self.space();
        }
        self.settle();
        self.out.push_str(first);
        for word in words {
            self.out.push(' ');
            self.out.push_str(word);
        }
        if text.ends_with(char::is_whitespace) {
            self.out.push(' ');
        }
    }

    fn space(&mut self) {
        if self.pending == 0 && !self.out.is_empty() && !self.out.ends_with([' ', '\n']) {
            self.out.push(' ');
        }
    }

    fn settle(&mut self) {
        if self.pending > 0 {
            self.out.truncate(self.out.trim_end().len());
            if !self.out.is_empty() {
                self.out.push_str(&"\n".repeat(self.pending));
            }
            self.pending = 0;
        }
    }

    fn due(&mut self, breaks: usize) {
        self.pending = self.pending.max(breaks);
    }

    fn tag(&mut self, tag: &str) {
        let name = tag
            .split(|c: char| c.is_whitespace() || c == '/')
            .find(|part| !part.is_empty())
            .unwrap_or_default();
        let closes = tag.starts_with('/');
        match name.to_ascii_lowercase().as_str() {
            "p" if self.list_depth > 0 => {}
            "p" | "note" | "important" | "fullname" | "h1" | "h2" | "h3" | "h4" | "pre" => self.due(2),
            "ul" | "ol" | "dl" => {
                self.list_depth =
                    if closes { self.list_depth.saturating_sub(1) } else { self.list_depth + 1 };
                self.due(if self.list_depth == 0 || !closes && self.list_depth == 1 { 2 } else { 1 });
            }
            "li" | "dt" if !closes => {
                self.due(1);
                self.settle();
                if !self.out.is_empty() && !self.out.ends_with('\n') {
                    self.out.push('\n');
                }
                self.out.push_str(&"  ".repeat(self.list_depth.saturating_sub(1)));
                self.out.push_str("* ");
            }
            "br" | "dd" => self.due(1),
            _ => {}
        }
    }

    fn finish(mut self) -> String {
        self.out.truncate(self.out.trim_end().len());
        self.out
    }
}

fn entities(text: &str) -> String {
    if !text.contains('&') {
        return text.to_owned();
    }
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find('&') {
        out.push_str(&rest[..at]);
        let tail = &rest[at..];
        let decoded =
            tail.find(';').filter(|end| *end <= 10).and_then(|end| Some((entity(&tail[1..end])?, end)));
        match decoded {
            Some((c, end)) => {
                out.push(c);
                rest = &tail[end + 1..];
            }
            None => {
                out.push('&');
                rest = &tail[1..];
            }
        }
    }
    out.push_str(rest);
    out
}

fn entity(name: &str) -> Option<char> {
    Some(match name {
        "lt" => '<',
        "gt" => '>',
        "amp" => '&',
        "quot" => '"',
        "apos" => '\'',
        "nbsp" => ' ',
        _ => {
            let number = name.strip_prefix('#')?;
            let code = match number.strip_prefix(['x', 'X']) {
                Some(hex) => u32::from_str_radix(hex, 16).ok()?,
                None => number.parse().ok()?,
            };
            char::from_u32(code)?
        }
    })
}

/// Wraps text to a width, with an indent before each line. List items hang.
pub(crate) fn wrap(text: &str, indent: usize, width: usize) -> String {
    let mut out = String::new();
    for line in text.lines() {
        if line.trim().is_empty() {
            out.push('\n');
            continue;
        }
        let own = line.len() - line.trim_start().len();
        let hang = indent + own + if line.trim_start().starts_with("* ") { 2 } else { 0 };
        let mut column = indent + own;
        out.push_str(&" ".repeat(column));
        let mut fresh = true;
        for word in line.split_whitespace() {
            let length = word.chars().count();
            if !fresh && column + 1 + length > width.max(hang + 20) {
                out.push('\n');
                out.push_str(&" ".repeat(hang));
                column = hang;
                fresh = true;
            }
            if !fresh {
                out.push(' ');
                column += 1;
            }
            out.push_str(word);
            column += length;
            fresh = false;
        }
        out.push('\n');
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn html_becomes_text() {
        for (html, expected) in [
            ("<p>Starts an <b>instance</b>.</p>", "Starts an instance."),
            ("<p>One.</p> <p>Two &amp; three&#33;</p>", "One.\n\nTwo & three!"),
            ("<p>Values:</p><ul><li><p>a</p></li><li>b</li></ul><p>End</p>", "Values:\n\n* a\n* b\n\nEnd"),
            ("a <code>--x</code>, b", "a --x, b"),
            ("broken <tag", "broken <tag"),
            ("", ""),
        ] {
            assert_eq!(to_text(html), expected, "{html}");
        }
        assert_eq!(first_sentence("<p>First one. Second.</p>"), "First one.");
    }

    #[test]
    fn lines_wrap_and_items_hang() {
        assert_eq!(
            wrap("one two three four five six\n* seven eight nine ten eleven", 2, 24),
            "  one two three four\n  five six\n  * seven eight nine ten\n    eleven\n"
        );
    }

    proptest::proptest! {
        #[test]
        fn never_panics(html in "[<>/a-cpuli &;#x0-9\n é]{0,60}") {
            let text = to_text(&html);
            wrap(&text, 4, 40);
        }
    }
}
