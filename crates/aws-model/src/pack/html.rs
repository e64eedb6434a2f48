//! Fragments of HTML, made smaller.

/// The entities of XML, which any reader knows.
const ENTITIES: [&str; 5] = ["amp;", "lt;", "gt;", "quot;", "apos;"];

/// The fragment with bare tags: nobody shows where a link leads. `None` unless it is well-formed XML without entities of
/// HTML's own: readers of XML show others as they stand, tags and all.
pub(super) fn without_attributes(html: &str) -> Option<String> {
    let mut out = String::with_capacity(html.len());
    let mut open: Vec<&str> = Vec::new();
    let mut rest = html;
    while let Some((before, after)) = rest.split_once('<') {
        out.push_str(plain(before)?);
        let (tag, after) = after.split_once('>')?;
        let name = tag.trim_start_matches('/').split(|c: char| c.is_whitespace() || c == '/').next()?;
        if name.is_empty() {
            return None;
        }
        let (opens, closes) = if tag.starts_with('/') {
            if open.pop() != Some(tag.strip_prefix('/')?.trim_end()) {
                return None;
            }
            ("</", ">")
        } else if tag.ends_with('/') {
            ("<", "/>")
        } else {
            open.push(name);
            ("<", ">")
        };
        out.extend([opens, name, closes]);
        rest = after;
    }
    out.push_str(plain(rest)?);
    open.is_empty().then_some(out)
}

fn plain(text: &str) -> Option<&str> {
    let mut ampersands = text.split('&').skip(1);
    ampersands.all(|after| ENTITIES.iter().any(|entity| after.starts_with(entity))).then_some(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn attributes_go_and_nothing_else() {
        for (html, expected) in [
            ("", Some("")),
            ("a &lt; b &amp; c", Some("a &lt; b &amp; c")),
            (
                r#"<p>See <a href="https://x/y" target=_blank>it</a >.<br clear="all"/></p>"#,
                Some("<p>See <a>it</a>.<br/></p>"),
            ),
            ("<p>one<p>two", None),
            ("<p>one</b></p>", None),
            ("</p>", None),
            ("1 < 2", None),
            ("<a href=\"x\">a&nbsp;b</a>", None),
            ("<a href=\"x\">a & b</a>", None),
            ("<>", None),
            ("<//p>", None),
        ] {
            assert_eq!(without_attributes(html).as_deref(), expected, "{html}");
        }
    }
}
