//! The one way to write a tree as JSON, so that its hash is always the same.

use serde_json::Value;

/// JSON without white space, keys sorted by their code points.
pub(super) fn write_canonical(value: &Value, out: &mut Vec<u8>) -> serde_json::Result<()> {
    match value {
        Value::Array(items) => {
            out.push(b'[');
            for (index, item) in items.iter().enumerate() {
                if index > 0 {
                    out.push(b',');
                }
                write_canonical(item, out)?;
            }
            out.push(b']');
        }
        Value::Object(entries) => {
            let mut sorted: Vec<_> = entries.iter().collect();
            sorted.sort_unstable_by_key(|(key, _)| key.as_str());
            out.push(b'{');
            for (index, (key, item)) in sorted.into_iter().enumerate() {
                if index > 0 {
                    out.push(b',');
                }
                serde_json::to_writer(&mut *out, key)?;
                out.push(b':');
                write_canonical(item, out)?;
            }
            out.push(b'}');
        }
        plain => serde_json::to_writer(out, plain)?,
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn the_canonical_form_sorts_keys_and_has_no_white_space() {
        let cases = [
            (
                json!({"b": 1, "a": [true, null, {"d": "x y", "c": 1.5}]}),
                r#"{"a":[true,null,{"c":1.5,"d":"x y"}],"b":1}"#,
            ),
            (json!({}), "{}"),
            (json!({"q": "\"\n"}), r#"{"q":"\"\n"}"#),
        ];
        for (value, expected) in cases {
            let mut text = Vec::new();
            write_canonical(&value, &mut text).expect("a tree is written");
            assert_eq!(String::from_utf8_lossy(&text), expected);
        }
    }
}
