//! JSON as Python's `json.dumps` writes it where what is signed or digested must be the same text.

/// JSON with everything outside printable ASCII escaped.
pub(super) fn ascii(json: &str) -> String {
    let mut out = String::with_capacity(json.len());
    for c in json.chars() {
        match c {
            ' '..='~' | '\n' => out.push(c),
            _ => c.encode_utf16(&mut [0; 2]).iter().for_each(|unit| out.push_str(&format!("\\u{unit:04x}"))),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_not_ascii_is_escaped() {
        for (text, expected) in
            [("\"a\"", "\"a\""), ("é", "\\u00e9"), ("😀", "\\ud83d\\ude00"), ("\u{7f}", "\\u007f")]
        {
            assert_eq!(ascii(text), expected);
        }
    }
}
