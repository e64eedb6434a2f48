//! Percent-decoding as Python's `unquote` does it: what is no escape stays, bytes that are no UTF-8 are replaced.

/// Decodes `%41`; with `plus`, also `+` as a space.
pub(super) fn unquote(text: &str, plus: bool) -> String {
    let bytes = text.as_bytes();
    let mut out = Vec::with_capacity(bytes.len());
    let mut index = 0;
    while let Some(&byte) = bytes.get(index) {
        let escaped = (byte == b'%').then(|| hex_pair(bytes.get(index + 1..index + 3)?)).flatten();
        match escaped {
            Some(decoded) => {
                out.push(decoded);
                index += 3;
            }
            None => {
                out.push(if plus && byte == b'+' { b' ' } else { byte });
                index += 1;
            }
        }
    }
    String::from_utf8_lossy(&out).into_owned()
}

fn hex_pair(pair: &[u8]) -> Option<u8> {
    let digit = |byte: u8| char::from(byte).to_digit(16);
    u8::try_from(digit(pair[0])? * 16 + digit(pair[1])?).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn decodes_escapes_and_keeps_the_rest() {
        for (text, plus, expected) in [
            ("a%20b+c", true, "a b c"),
            ("a%20b+c", false, "a b+c"),
            ("%C3%BC", true, "ü"),
            ("100%", true, "100%"),
            ("%zz%4", true, "%zz%4"),
            ("%FF", true, "\u{fffd}"),
        ] {
            assert_eq!(unquote(text, plus), expected, "{text}");
        }
    }
}
