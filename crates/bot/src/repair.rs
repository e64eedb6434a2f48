//! Undoes what chat programs and word processors do to a command that was typed or pasted.
//!
//! Smart quotes and dashes, non-breaking and invisible spaces, Slack's links, mentions and escapes, code fences, a
//! copied prompt, `\` with blanks behind it at the end of a line. Absent on purpose: quoting and splitting, which the
//! command line does; nothing is expanded.

/// The line as it was meant. Never longer than twice the input.
pub(crate) fn repair(text: &str) -> String {
    let text = spaces(text);
    let text = unfenced(&text);
    let text = links(text);
    let text = text.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&");
    let text = continued(&text);
    let text = quotes_and_dashes(&text);
    let text = text.trim();
    text.strip_prefix("$ ").unwrap_or(text).trim().to_owned()
}

/// Odd spaces become plain ones, invisible marks vanish, line ends become line feeds.
fn spaces(text: &str) -> String {
    let mut plain = String::with_capacity(text.len());
    let mut characters = text.chars().peekable();
    while let Some(character) = characters.next() {
        match character {
            '\u{200b}'..='\u{200f}' | '\u{2060}' | '\u{feff}' | '\u{ad}' | '\u{202a}'..='\u{202e}' => {}
            '\r' if characters.peek() == Some(&'\n') => {}
            '\r' | '\u{2028}' | '\u{2029}' => plain.push('\n'),
            '\n' | '\t' => plain.push(character),
            other if other.is_whitespace() => plain.push(' '),
            other => plain.push(other),
        }
    }
    plain
}

/// The inside of a code fence, or of single backticks around the whole line.
fn unfenced(text: &str) -> &str {
    let text = text.trim();
    if let Some(inside) = text.strip_prefix("```").and_then(|rest| rest.strip_suffix("```")) {
        return inside.trim();
    }
    match text.strip_prefix('`').and_then(|rest| rest.strip_suffix('`')) {
        Some(inside) if !inside.contains('`') => inside.trim(),
        _ => text,
    }
}

/// `<http://a.example|a.example>` → `a.example`, `<https://a.example>` → `https://a.example`,
/// `<mailto:a@b.example|a@b.example>` → `a@b.example`, `<@U1|bob>` → `U1`, `<#C1|ops>` → `C1`,
/// `<!subteam^S1|@sre>` → `S1`.
/// Other angle brackets stay.
fn links(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(start) = rest.find('<') {
        out.push_str(&rest[..start]);
        let inside = &rest[start + 1..];
        let end = inside.find(['>', '<', '\n']).filter(|end| inside[*end..].starts_with('>'));
        match end.and_then(|end| unlinked(&inside[..end]).map(|plain| (end, plain))) {
            Some((end, plain)) => {
                out.push_str(plain);
                rest = &inside[end + 1..];
            }
            None => {
                out.push('<');
                rest = inside;
            }
        }
    }
    out.push_str(rest);
    out
}

fn unlinked(inside: &str) -> Option<&str> {
    let (target, label) =
        inside.split_once('|').map_or((inside, None), |(target, label)| (target, Some(label)));
    if let Some(id) = target.strip_prefix(['@', '#']).or_else(|| target.strip_prefix("!subteam^")) {
        let plain = !id.is_empty() && id.bytes().all(|byte| byte.is_ascii_alphanumeric());
        return plain.then_some(id);
    }
    let bare =
        ["http://", "https://", "mailto:", "tel:"].iter().find_map(|scheme| target.strip_prefix(scheme))?;
    // The label is what was typed, wherever it says the same; a link with a text of its own is taken by its target.
    let typed = label.filter(|label| bare.trim_end_matches('/') == label.trim_end_matches('/'));
    match typed {
        Some(label) => Some(label),
        None if target.starts_with("http") => Some(target),
        None => Some(bare),
    }
}

/// Blanks between a `\` and the line's end go, and so does a `\` that nothing follows.
fn continued(text: &str) -> String {
    let lines: Vec<&str> = text.lines().collect();
    let mut out = String::with_capacity(text.len());
    for (index, line) in lines.iter().enumerate() {
        let bare = line.trim_end();
        let last = index + 1 == lines.len();
        match bare.strip_suffix('\\').filter(|rest| !rest.ends_with('\\')) {
            Some(rest) => {
                out.push_str(rest);
                out.push(' ');
            }
            None => {
                out.push_str(line);
                if !last {
                    out.push('\n');
                }
            }
        }
    }
    out
}

fn quotes_and_dashes(text: &str) -> String {
    let characters: Vec<char> = text.chars().collect();
    let mut out = String::with_capacity(text.len());
    let mut in_double = false;
    for (at, character) in characters.iter().enumerate() {
        let before = at.checked_sub(1).map(|at| characters[at]);
        let after = characters.get(at + 1).copied();
        let within_word =
            before.is_some_and(char::is_alphanumeric) && after.is_some_and(char::is_alphanumeric);
        match character {
            '“' | '”' | '„' | '‟' | '″' => {
                in_double = !in_double;
                out.push('"');
            }
            '"' => {
                in_double = !in_double;
                out.push('"');
            }
            // An apostrophe outside quotes would open one: it stays as it was typed.
            '‘' | '’' | '‚' | '‛' | '′' if within_word && !in_double => out.push(*character),
            '‘' | '’' | '‚' | '‛' | '′' => out.push('\''),
            '—' | '―' => out.push_str("--"),
            '–' if before.is_none_or(char::is_whitespace) && after.is_some_and(char::is_alphabetic) => {
                out.push_str("--");
            }
            '–' | '‐' | '‑' | '‒' | '−' => out.push('-'),
            other => out.push(*other),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn what_chat_did_is_undone() {
        let cases = [
            ("ec2 describe-instances", "ec2 describe-instances"),
            ("  aws\u{a0}s3api   list-buckets ", "aws s3api   list-buckets"),
            (
                "ec2 describe-instances —filters “Name=tag:Name,Values=web”",
                "ec2 describe-instances --filters \"Name=tag:Name,Values=web\"",
            ),
            ("iam get-user –user-name bob", "iam get-user --user-name bob"),
            ("x --range 10–20", "x --range 10-20"),
            ("x --query ‘a[?b==`1`]’", "x --query 'a[?b==`1`]'"),
            ("x --d “It’s fine”", "x --d \"It's fine\""),
            ("x --d It’s", "x --d It’s"),
            ("```ec2 describe-vpcs```", "ec2 describe-vpcs"),
            ("```\naws ec2 describe-vpcs \\\n  --output text\n```", "aws ec2 describe-vpcs    --output text"),
            ("`ec2 describe-vpcs`", "ec2 describe-vpcs"),
            ("x --query `a` --other `b`", "x --query `a` --other `b`"),
            ("$ aws sts get-caller-identity", "aws sts get-caller-identity"),
            ("r53 --name <http://a.example.com|a.example.com>", "r53 --name a.example.com"),
            ("x --url <https://a.example/b?c=1&amp;d=2>", "x --url https://a.example/b?c=1&d=2"),
            ("x --url <https://a.example/|the page>", "x --url https://a.example/"),
            ("x --mail <mailto:a@b.example|a@b.example>", "x --mail a@b.example"),
            ("whoami <@U0ALICE|alice> <#C0OPS|ops>", "whoami U0ALICE C0OPS"),
            ("x a &lt; b &amp;&amp; c", "x a < b && c"),
            ("x &amp;lt;", "x &lt;"),
            ("x <b> <", "x <b> <"),
            ("ec2 describe-vpcs \\  \n --output text", "ec2 describe-vpcs   --output text"),
            ("ec2 describe-vpcs \\", "ec2 describe-vpcs"),
            ("a\u{200b}b\u{feff}", "ab"),
            ("", ""),
        ];
        for (typed, meant) in cases {
            assert_eq!(repair(typed), meant, "{typed:?}");
        }
    }

    proptest! {
        #[test]
        fn anything_is_repaired_within_bounds(text in r#"[ab<>|@#:/"'“’—–`\\ \n\r&;lt$]{0,60}|\PC{0,40}"#) {
            let repaired = repair(&text);
            prop_assert!(repaired.len() <= 2 * text.len() + 2);
            let odd = ['“', '”', '—', '\u{a0}', '\r'];
            prop_assert!(!repaired.contains(odd));
        }
    }
}
