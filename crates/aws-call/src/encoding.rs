//! Percent-encoding as Python's `quote` and `quote_plus` do it, which is what AWS's signatures expect.

const HEX: &[u8; 16] = b"0123456789ABCDEF";

/// What stays as it is in a query besides letters and digits.
pub const QUERY_SAFE: &[u8] = b"-._~";

/// What stays as it is in a greedy path label besides letters and digits.
pub const PATH_SAFE: &[u8] = b"-._~/";

/// Appends `text` with every byte but letters, digits and `safe` percent-encoded.
pub fn percent_encode(out: &mut String, text: &str, safe: &[u8]) {
    for &byte in text.as_bytes() {
        if byte.is_ascii_alphanumeric() || safe.contains(&byte) {
            out.push(char::from(byte));
        } else {
            push_escape(out, byte);
        }
    }
}

/// Appends `text` as forms encode it: spaces become `+`.
pub fn form_encode(out: &mut String, text: &str) {
    for &byte in text.as_bytes() {
        match byte {
            b' ' => out.push('+'),
            _ if byte.is_ascii_alphanumeric() || QUERY_SAFE.contains(&byte) => out.push(char::from(byte)),
            _ => push_escape(out, byte),
        }
    }
}

fn push_escape(out: &mut String, byte: u8) {
    out.push('%');
    out.push(char::from(HEX[usize::from(byte >> 4)]));
    out.push(char::from(HEX[usize::from(byte & 15)]));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn encodes_as_python_does() {
        for (text, query, path, form) in [
            ("a b", "a%20b", "a%20b", "a+b"),
            ("a/b~c", "a%2Fb~c", "a/b~c", "a%2Fb~c"),
            ("ü+*", "%C3%BC%2B%2A", "%C3%BC%2B%2A", "%C3%BC%2B%2A"),
        ] {
            let (mut out, mut greedy, mut posted) = (String::new(), String::new(), String::new());
            percent_encode(&mut out, text, QUERY_SAFE);
            percent_encode(&mut greedy, text, PATH_SAFE);
            form_encode(&mut posted, text);
            assert_eq!((out.as_str(), greedy.as_str(), posted.as_str()), (query, path, form));
        }
    }
}
