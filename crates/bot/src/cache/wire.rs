//! The protocol of Redis and Valkey, as far as two commands need it: written and read here, sent elsewhere.
//!
//! Source: <https://redis.io/docs/latest/develop/reference/protocol-spec/>. By hand, because the client crate brings 34
//! further crates for what is said here. Invariant: nothing is read beyond the bound, whatever the other side announces.

/// The longest line, in bytes.
const MAX_LINE: usize = 512;

/// What the other side says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Reply {
    /// It is done.
    Done,
    /// There is nothing.
    Nothing,
    /// There is this.
    Value(Vec<u8>),
    /// It will not.
    Refused,
}

/// The other side says what cannot be.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("that is no answer of Redis, or a longer one than is read")]
pub struct NoReply;

/// A command of those words.
pub fn command(words: &[&[u8]]) -> Vec<u8> {
    let mut written = format!("*{}\r\n", words.len()).into_bytes();
    for word in words {
        written.extend_from_slice(format!("${}\r\n", word.len()).as_bytes());
        written.extend_from_slice(word);
        written.extend_from_slice(b"\r\n");
    }
    written
}

/// Reads one reply, and how many bytes it took; `None` while there is more to come. A value has at most `most` bytes.
///
/// # Errors
/// It is none, or too long.
pub fn read(bytes: &[u8], most: usize) -> Result<Option<(Reply, usize)>, NoReply> {
    let Some(end) = bytes.windows(2).take(MAX_LINE).position(|pair| pair == b"\r\n") else {
        return if bytes.len() > MAX_LINE { Err(NoReply) } else { Ok(None) };
    };
    let (line, begin) = (&bytes[..end], end + 2);
    match line.split_first() {
        Some((b'+' | b':', _)) => Ok(Some((Reply::Done, begin))),
        Some((b'-', _)) => Ok(Some((Reply::Refused, begin))),
        Some((b'$', b"-1")) | Some((b'_', b"")) => Ok(Some((Reply::Nothing, begin))),
        Some((b'$', digits)) => {
            let length = length(digits).filter(|length| *length <= most).ok_or(NoReply)?;
            let Some(body) = bytes.get(begin..begin + length + 2) else { return Ok(None) };
            let value = body.strip_suffix(b"\r\n").ok_or(NoReply)?;
            Ok(Some((Reply::Value(value.to_vec()), begin + length + 2)))
        }
        _ => Err(NoReply),
    }
}

fn length(digits: &[u8]) -> Option<usize> {
    let plain = (1..=10).contains(&digits.len()) && digits.iter().all(u8::is_ascii_digit);
    plain.then(|| digits.iter().fold(0, |sum, digit| sum * 10 + usize::from(digit - b'0')))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn replies_are_read_and_others_refused() {
        let value = |text: &str| Reply::Value(text.as_bytes().to_vec());
        for (bytes, expected) in [
            ("+OK\r\n", Ok(Some((Reply::Done, 5)))),
            (":1\r\nmore", Ok(Some((Reply::Done, 4)))),
            ("-WRONGPASS no\r\n", Ok(Some((Reply::Refused, 15)))),
            ("$-1\r\n", Ok(Some((Reply::Nothing, 5)))),
            ("$2\r\nhi\r\n", Ok(Some((value("hi"), 8)))),
            ("$0\r\n\r\n", Ok(Some((value(""), 6)))),
            ("$2\r\nhi", Ok(None)),
            ("$2\r\nhi!!", Err(NoReply)),
            ("$11\r\n", Err(NoReply)),
            ("$99999999999999999999\r\n", Err(NoReply)),
            ("$-2\r\n", Err(NoReply)),
            ("*1\r\n", Err(NoReply)),
            ("HTTP/1.1 400\r\n", Err(NoReply)),
            ("\r\n", Err(NoReply)),
            ("", Ok(None)),
        ] {
            assert_eq!(read(bytes.as_bytes(), 10), expected, "{bytes:?}");
        }
        assert_eq!(read(&[b'+'; 2 * MAX_LINE], 10), Err(NoReply), "a line without an end");
        assert_eq!(command(&[b"GET", b"k"]), b"*2\r\n$3\r\nGET\r\n$1\r\nk\r\n");
    }

    proptest! {
        #[test]
        fn any_bytes_are_a_reply_or_none(bytes in prop::collection::vec(any::<u8>(), 0..64), cut in 0_usize..64) {
            let whole = read(&bytes, 32);
            if let Ok(Some((_, length))) = whole {
                prop_assert!(length <= bytes.len());
            }
            // What comes in parts is read like the whole.
            if let (Ok(Some(_)), Ok(Some(part))) = (&whole, read(&bytes[..cut.min(bytes.len())], 32)) {
                prop_assert_eq!(whole, Ok(Some(part)));
            }
        }
    }
}
