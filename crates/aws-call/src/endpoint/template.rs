//! Texts of rules with `{references}` in them: `https://{Region}.{PartitionResult#dnsSuffix}`.

use value::Value;

/// Fills a text in; `look_up` knows the values by name. `{{` and `}}` stand for the braces themselves in texts that
/// have references; a text without any is taken as it is.
pub(super) fn fill<'v>(text: &str, look_up: impl Fn(&str) -> Option<&'v Value>) -> Result<String, String> {
    if !has_reference(text) {
        return Ok(text.to_owned());
    }
    let mut out = String::with_capacity(text.len() + 32);
    let mut rest = text;
    while let Some(at) = rest.find(['{', '}']) {
        out.push_str(&rest[..at]);
        let brace = &rest[at..=at];
        rest = &rest[at + 1..];
        if let Some(after) = rest.strip_prefix(brace) {
            out.push_str(brace);
            rest = after;
            continue;
        }
        let (reference, after) = match brace {
            "{" => rest.split_once('}').ok_or_else(|| format!("unclosed reference in `{text}`"))?,
            _ => return Err(format!("stray brace in `{text}`")),
        };
        push_value(&mut out, reference, &look_up)?;
        rest = after;
    }
    out.push_str(rest);
    Ok(out)
}

fn push_value<'v>(
    out: &mut String,
    reference: &str,
    look_up: &impl Fn(&str) -> Option<&'v Value>,
) -> Result<(), String> {
    let unknown = || format!("unknown reference `{reference}`");
    let mut names = reference.split('#');
    let mut value = names.next().and_then(look_up).ok_or_else(unknown)?;
    for name in names {
        value = value.get(name).ok_or_else(unknown)?;
    }
    match value {
        Value::Text(text) => out.push_str(text),
        Value::Bool(true) => out.push_str("True"),
        Value::Bool(false) => out.push_str("False"),
        Value::Number(number) => out.push_str(&number.to_string()),
        _ => return Err(unknown()),
    }
    Ok(())
}

/// Whether there is a `{Name}` or `{Name#part}` anywhere.
fn has_reference(text: &str) -> bool {
    text.split('{').skip(1).any(|part| {
        part.split_once('}').is_some_and(|(name, _)| {
            !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_alphabetic() || byte == b'#')
        })
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn references_are_filled() {
        let map = Value::from_json(br#"{"Region": "eu-west-1", "P": {"suffix": "aws"}, "N": null}"#)
            .unwrap_or_default();
        for (text, expected) in [
            ("https://{Region}.{P#suffix}/", Ok("https://eu-west-1.aws/")),
            ("no reference {}", Ok("no reference {}")),
            ("{{{Region}}}", Ok("{eu-west-1}")),
            ("{Missing}", Err(())),
            ("{P#missing}", Err(())),
            ("{N}", Err(())),
            ("{Region", Ok("{Region")),
            ("{Region}{", Err(())),
        ] {
            let filled = fill(text, |name| map.get(name));
            assert_eq!(filled.as_deref().map_err(|_| ()), expected, "{text}");
        }
    }
}
