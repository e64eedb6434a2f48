//! Slack's request signatures, version 0.
//!
//! `v0=` and the hexadecimal HMAC-SHA256 of `v0:{timestamp}:{raw body}` under the app's signing secret.
//! Source: <https://docs.slack.dev/authentication/verifying-requests-from-slack>.
//! Invariants: comparison takes constant time; the clock may differ by [`MAX_SKEW`] seconds in both directions; no
//! error holds the right signature. Payload parsers take [`Verified`], which only [`verify`] makes, and where
//! that was asked for [`TokenTrust`].

mod legacy;

use std::fmt;

use aws_lc_rs::constant_time::verify_slices_are_equal;
use aws_lc_rs::hmac;

pub use legacy::{NothingToExpect, TokenError, TokenTrust};

/// Header that carries the signature.
pub const SIGNATURE_HEADER: &str = "x-slack-signature";
/// Header that carries the time of signing, in seconds since 1970.
pub const TIMESTAMP_HEADER: &str = "x-slack-request-timestamp";
/// How many seconds the time of signing may differ from ours, either way.
pub const MAX_SKEW: u64 = 300;

/// More digits than any time for 30,000 years; what is longer is no timestamp.
const MAX_TIMESTAMP_DIGITS: usize = 12;

/// The signing secret of a Slack app. It cannot be printed and cannot be empty.
#[derive(Clone)]
pub struct SigningSecret(hmac::Key);

/// The signing secret is empty, so anybody could sign.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the signing secret is empty")]
pub struct EmptySecret;

/// Bytes that are believed to be Slack's.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Verified<'a>(&'a [u8]);

/// Why a request is not believed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum VerifyError {
    /// No timestamp header.
    #[error("the timestamp header is missing")]
    NoTimestamp,
    /// The timestamp is not all digits.
    #[error("the timestamp is no number of seconds")]
    BadTimestamp,
    /// Signed too long ago.
    #[error("the request was signed more than {MAX_SKEW} seconds ago")]
    Old,
    /// Signed in the future.
    #[error("the request was signed more than {MAX_SKEW} seconds in the future")]
    Future,
    /// No signature header.
    #[error("the signature header is missing")]
    NoSignature,
    /// Not `v0=` and 64 lower-case hexadecimal digits.
    #[error("the signature is not of the form v0=<64 hexadecimal digits>")]
    BadSignature,
    /// Not what this secret signs.
    #[error("the signature is not this body's")]
    Mismatch,
}

impl SigningSecret {
    /// Takes the secret as Slack shows it.
    ///
    /// # Errors
    /// When nothing but white space is there.
    pub fn new(secret: &str) -> Result<SigningSecret, EmptySecret> {
        if secret.trim().is_empty() {
            return Err(EmptySecret);
        }
        Ok(SigningSecret(hmac::Key::new(hmac::HMAC_SHA256, secret.as_bytes())))
    }
}

impl fmt::Debug for SigningSecret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SigningSecret(hidden)")
    }
}

impl<'a> Verified<'a> {
    /// The bytes.
    pub fn bytes(self) -> &'a [u8] {
        self.0
    }
}

/// Checks a request's signature over its raw body; `now` is in seconds since 1970.
///
/// A header that came twice is the caller's to refuse, as is one that is no text: pass `None`.
///
/// # Errors
/// The first thing that is wrong.
pub fn verify<'a>(
    secret: &SigningSecret,
    timestamp: Option<&[u8]>,
    signature: Option<&[u8]>,
    body: &'a [u8],
    now: u64,
) -> Result<Verified<'a>, VerifyError> {
    let timestamp = timestamp.ok_or(VerifyError::NoTimestamp)?;
    let signed_at = seconds(timestamp).ok_or(VerifyError::BadTimestamp)?;
    let claimed = digest_of(signature.ok_or(VerifyError::NoSignature)?).ok_or(VerifyError::BadSignature)?;
    if signed_at.saturating_add(MAX_SKEW) < now {
        return Err(VerifyError::Old);
    }
    if signed_at > now.saturating_add(MAX_SKEW) {
        return Err(VerifyError::Future);
    }
    let right = tag(secret, timestamp, body);
    match verify_slices_are_equal(right.as_ref(), &claimed) {
        Ok(()) => Ok(Verified(body)),
        Err(_) => Err(VerifyError::Mismatch),
    }
}

/// The signature header's value for a body, as Slack would send it: for the console and for tests.
pub fn sign(secret: &SigningSecret, timestamp: u64, body: &[u8]) -> String {
    let tag = tag(secret, timestamp.to_string().as_bytes(), body);
    let mut text = String::with_capacity(67);
    text.push_str("v0=");
    for byte in tag.as_ref() {
        for nibble in [byte >> 4, byte & 15] {
            text.push(char::from(b"0123456789abcdef"[usize::from(nibble)]));
        }
    }
    text
}

fn tag(secret: &SigningSecret, timestamp: &[u8], body: &[u8]) -> hmac::Tag {
    let mut context = hmac::Context::with_key(&secret.0);
    context.update(b"v0:");
    context.update(timestamp);
    context.update(b":");
    context.update(body);
    context.sign()
}

fn seconds(timestamp: &[u8]) -> Option<u64> {
    let plausible = (1..=MAX_TIMESTAMP_DIGITS).contains(&timestamp.len());
    if !plausible || !timestamp.iter().all(u8::is_ascii_digit) {
        return None;
    }
    Some(timestamp.iter().fold(0, |sum, digit| sum * 10 + u64::from(digit - b'0')))
}

fn digest_of(signature: &[u8]) -> Option<[u8; 32]> {
    let digits: &[u8; 64] = signature.strip_prefix(b"v0=")?.try_into().ok()?;
    let mut digest = [0; 32];
    for (byte, pair) in digest.iter_mut().zip(digits.chunks_exact(2)) {
        *byte = nibble(pair[0])? << 4 | nibble(pair[1])?;
    }
    Some(digest)
}

fn nibble(digit: u8) -> Option<u8> {
    match digit {
        b'0'..=b'9' => Some(digit - b'0'),
        b'a'..=b'f' => Some(digit - b'a' + 10),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const NOW: u64 = 1_700_000_000;
    const BODY: &[u8] = b"command=%2Faws&text=ec2+list&user_id=U1";

    fn secret() -> SigningSecret {
        SigningSecret::new("not-a-real-secret").expect("not empty")
    }

    fn check(timestamp: Option<&str>, signature: Option<&str>, body: &[u8]) -> Result<(), VerifyError> {
        let (timestamp, signature) = (timestamp.map(str::as_bytes), signature.map(str::as_bytes));
        verify(&secret(), timestamp, signature, body, NOW).map(|verified| assert_eq!(verified.bytes(), body))
    }

    /// Computed with OpenSSL: `printf 'v0:1700000000:…' | openssl dgst -sha256 -hmac not-a-real-secret`.
    #[test]
    fn a_known_signature_is_reproduced() {
        assert_eq!(
            sign(&secret(), NOW, BODY),
            "v0=9abf4ad70afef4de62bcc5d7be5b758c5f0f9a23c588f6908610b6e2e1f7ce11"
        );
        assert_eq!(
            sign(&secret(), NOW, b""),
            "v0=dea657502cff84d8a82dd4c86d860bee0ac9cec5d29f2fa16ab9ccac1242ded7"
        );
    }

    #[test]
    fn the_clock_may_differ_both_ways() {
        let cases = [
            (0, Ok(())),
            (-300, Ok(())),
            (300, Ok(())),
            (-301, Err(VerifyError::Old)),
            (301, Err(VerifyError::Future)),
            (-(NOW as i64), Err(VerifyError::Old)),
            (900_000_000_000, Err(VerifyError::Future)),
        ];
        for (offset, expected) in cases {
            let time = NOW.saturating_add_signed(offset);
            let signature = sign(&secret(), time, BODY);
            assert_eq!(check(Some(&time.to_string()), Some(&signature), BODY), expected, "{offset}");
        }
    }

    #[test]
    fn only_the_exact_form_is_believed() {
        let good = sign(&secret(), NOW, BODY);
        let now = NOW.to_string();
        let other = sign(&SigningSecret::new("another").expect("not empty"), NOW, BODY);
        let cases = [
            (Some(good.clone()), BODY, Ok(())),
            (None, BODY, Err(VerifyError::NoSignature)),
            (Some(String::new()), BODY, Err(VerifyError::BadSignature)),
            (Some(good.replace("v0=", "")), BODY, Err(VerifyError::BadSignature)),
            (Some(good.replace("v0=", "v1=")), BODY, Err(VerifyError::BadSignature)),
            (Some(good.replace("v0=", "V0=")), BODY, Err(VerifyError::BadSignature)),
            (Some(format!("v0={}", good[3..].to_uppercase())), BODY, Err(VerifyError::BadSignature)),
            (Some(format!("{good} ")), BODY, Err(VerifyError::BadSignature)),
            (Some(format!("{good}00")), BODY, Err(VerifyError::BadSignature)),
            (Some(good[..66].to_owned()), BODY, Err(VerifyError::BadSignature)),
            (Some(good.clone()), b"".as_slice(), Err(VerifyError::Mismatch)),
            (Some(good.clone()), b"command=%2Faws&text=ec2+list&user_id=U2", Err(VerifyError::Mismatch)),
            (Some(other), BODY, Err(VerifyError::Mismatch)),
        ];
        for (signature, body, expected) in cases {
            assert_eq!(check(Some(&now), signature.as_deref(), body), expected, "{signature:?}");
        }
    }

    #[test]
    fn a_timestamp_is_digits() {
        assert_eq!(check(None, None, BODY), Err(VerifyError::NoTimestamp));
        for text in [
            "",
            "-1",
            "+1700000000",
            " 1700000000",
            "1700000000 ",
            "1.7e9",
            "1700000000.0",
            "0x65",
            "1700000000000",
            "１７",
        ] {
            // What was signed was this very text, and still it is no time.
            let tag = tag(&secret(), text.as_bytes(), BODY);
            let digits: String = tag.as_ref().iter().map(|byte| format!("{byte:02x}")).collect();
            assert_eq!(
                check(Some(text), Some(&format!("v0={digits}")), BODY),
                Err(VerifyError::BadTimestamp),
                "{text}"
            );
        }
    }

    #[test]
    fn secrets_are_not_empty_and_not_printed() {
        for empty in ["", " ", "\n\t"] {
            assert!(SigningSecret::new(empty).is_err());
        }
        assert_eq!(format!("{:?}", secret()), "SigningSecret(hidden)");
        let error = check(Some(&NOW.to_string()), Some(&sign(&secret(), NOW, b"")), BODY);
        let said = format!("{error:?}");
        assert!(!said.contains("v0=") && !said.contains(&sign(&secret(), NOW, BODY)[3..]), "{said}");
    }

    proptest! {
        #[test]
        fn what_is_signed_verifies_and_nothing_else(
            body in proptest::collection::vec(any::<u8>(), 0..200), flip in any::<prop::sample::Index>(),
            bit in 0_u8..8, offset in -300_i64..=300,
        ) {
            let time = NOW.saturating_add_signed(offset);
            let (timestamp, signature) = (time.to_string(), sign(&secret(), time, &body));
            prop_assert!(check(Some(&timestamp), Some(&signature), &body).is_ok());
            let mut altered = body.clone();
            if !altered.is_empty() {
                let at = flip.index(altered.len());
                altered[at] ^= 1 << bit;
                prop_assert_eq!(check(Some(&timestamp), Some(&signature), &altered), Err(VerifyError::Mismatch));
            }
        }

        #[test]
        fn any_headers_are_answered(
            timestamp in proptest::collection::vec(any::<u8>(), 0..20),
            signature in proptest::collection::vec(any::<u8>(), 0..80),
        ) {
            prop_assert!(verify(&secret(), Some(&timestamp), Some(&signature), BODY, NOW).is_err());
        }
    }
}
