//! An RSA private key that signs with SHA-1, as CloudFront's signed URLs still demand and the TLS library no longer
//! offers.
//!
//! Invariants: any text yields a key or a fault; sizes are bounded; a signature is checked with the public exponent
//! before it is handed out. For a terminal's own use only: the time that signing takes tells of the key.

use aws_call::checksum::Algorithm;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

/// The sizes of a modulus in bytes.
const SIZES: std::ops::RangeInclusive<usize> = 128..=1024;
/// What stands before a SHA-1 digest that is signed (RFC 8017, section 9.2).
const SHA1_PREFIX: [u8; 15] =
    [0x30, 0x21, 0x30, 0x09, 0x06, 0x05, 0x2b, 0x0e, 0x03, 0x02, 0x1a, 0x05, 0x00, 0x04, 0x14];
/// `INTEGER`, `OCTET STRING` and `SEQUENCE` of DER.
const INTEGER: u8 = 0x02;
const OCTETS: u8 = 0x04;
const SEQUENCE: u8 = 0x30;

/// Why there is no key or no signature.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub(super) enum KeyFault {
    /// The text is not such a key.
    #[error("no RSA private key in PEM form (PKCS#1 or PKCS#8, not encrypted)")]
    Unreadable,
    /// Its numbers do not belong together.
    #[error("the numbers of the private key do not belong together")]
    Inconsistent,
}

/// A private key. Its numbers are big-endian and without leading zeros.
pub(super) struct RsaKey {
    modulus: Vec<u8>,
    public: Vec<u8>,
    private: Vec<u8>,
}

impl RsaKey {
    /// Reads `BEGIN RSA PRIVATE KEY` or `BEGIN PRIVATE KEY`.
    pub(super) fn from_pem(text: &str) -> Result<RsaKey, KeyFault> {
        let der = pem_body(text).ok_or(KeyFault::Unreadable)?;
        let key = from_pkcs8(&der).or_else(|| from_pkcs1(&der)).ok_or(KeyFault::Unreadable)?;
        let is_odd = key.modulus.last().is_some_and(|byte| byte % 2 == 1);
        let fits = |number: &[u8]| !number.is_empty() && number.len() <= key.modulus.len();
        if SIZES.contains(&key.modulus.len()) && is_odd && fits(&key.public) && fits(&key.private) {
            Ok(key)
        } else {
            Err(KeyFault::Unreadable)
        }
    }

    /// Signs a message (RSASSA-PKCS1-v1_5 with SHA-1).
    pub(super) fn sign_sha1(&self, message: &[u8]) -> Result<Vec<u8>, KeyFault> {
        let digest = STANDARD.decode(Algorithm::Sha1.of(message)).unwrap_or_default();
        let mut padded = vec![0x00, 0x01];
        padded.resize(self.modulus.len() - SHA1_PREFIX.len() - digest.len() - 1, 0xff);
        padded.push(0x00);
        padded.extend(SHA1_PREFIX);
        padded.extend(digest);
        let signature = power(&padded, &self.private, &self.modulus);
        let opened = power(&signature, &self.public, &self.modulus);
        if opened == padded { Ok(signature) } else { Err(KeyFault::Inconsistent) }
    }
}

fn pem_body(text: &str) -> Option<Vec<u8>> {
    let (_, rest) = text.split_once("-----BEGIN ")?;
    let (kind, rest) = rest.split_once("-----")?;
    if !matches!(kind, "RSA PRIVATE KEY" | "PRIVATE KEY") {
        return None;
    }
    let (body, _) = rest.split_once("-----END ")?;
    let body: String = body.chars().filter(|c| !c.is_ascii_whitespace()).collect();
    STANDARD.decode(body).ok()
}

/// The content of the element of that kind at the front, and what is behind it.
fn element(der: &[u8], kind: u8) -> Option<(&[u8], &[u8])> {
    let (&found, rest) = der.split_first()?;
    let (&first, mut rest) = rest.split_first()?;
    let mut length = usize::from(first);
    if first >= 0x80 {
        let (digits, behind) =
            rest.split_at_checked(usize::from(first & 0x7f)).filter(|(d, _)| d.len() <= 3)?;
        length = digits.iter().fold(0, |length, digit| length << 8 | usize::from(*digit));
        rest = behind;
    }
    if found != kind {
        return None;
    }
    rest.split_at_checked(length)
}

fn number(der: &[u8]) -> Option<(Vec<u8>, &[u8])> {
    let (bytes, rest) = element(der, INTEGER)?;
    let zeros = bytes.iter().take_while(|byte| **byte == 0).count();
    Some((bytes[zeros..].to_vec(), rest))
}

fn from_pkcs1(der: &[u8]) -> Option<RsaKey> {
    let (content, _) = element(der, SEQUENCE)?;
    let (_version, rest) = number(content)?;
    let (modulus, rest) = number(rest)?;
    let (public, rest) = number(rest)?;
    let (private, _) = number(rest)?;
    Some(RsaKey { modulus, public, private })
}

fn from_pkcs8(der: &[u8]) -> Option<RsaKey> {
    let (content, _) = element(der, SEQUENCE)?;
    let (_version, rest) = number(content)?;
    let (_algorithm, rest) = element(rest, SEQUENCE)?;
    let (inner, _) = element(rest, OCTETS)?;
    from_pkcs1(inner)
}

/// `base` to the power of `exponent`, modulo an odd `modulus`, in as many bytes as the modulus has.
fn power(base: &[u8], exponent: &[u8], modulus: &[u8]) -> Vec<u8> {
    let field = Field::new(modulus);
    let base = field.times(&field.limbs(base), &field.square);
    let mut result = field.one.clone();
    for byte in exponent {
        for bit in (0..8).rev() {
            result = field.times(&result, &result);
            if byte >> bit & 1 == 1 {
                result = field.times(&result, &base);
            }
        }
    }
    let mut plain_one = vec![0; field.modulus.len()];
    plain_one[0] = 1;
    let result = field.times(&result, &plain_one);
    let bytes: Vec<u8> = result.iter().rev().flat_map(|limb| limb.to_be_bytes()).collect();
    bytes[bytes.len() - modulus.len()..].to_vec()
}

/// Arithmetic modulo an odd number in Montgomery's form; numbers are limbs of 64 bits, the least first.
struct Field {
    modulus: Vec<u64>,
    /// Minus the inverse of the modulus modulo 2^64.
    inverse: u64,
    /// R modulo the modulus, which stands for 1.
    one: Vec<u64>,
    /// R² modulo the modulus.
    square: Vec<u64>,
}

impl Field {
    fn new(modulus: &[u8]) -> Field {
        let length = modulus.len().div_ceil(8);
        let modulus = to_limbs(modulus, length);
        // Newton's method doubles the right bits of an inverse each time; an odd number is its own inverse modulo 8.
        let inverse = (0..5).fold(modulus[0], |inverse: u64, _| {
            inverse.wrapping_mul(2u64.wrapping_sub(modulus[0].wrapping_mul(inverse)))
        });
        let mut field =
            Field { modulus, inverse: inverse.wrapping_neg(), one: Vec::new(), square: Vec::new() };
        let mut doubled = vec![0; length];
        doubled[0] = 1;
        for _ in 0..64 * length {
            doubled = field.doubled(&doubled);
        }
        field.one = doubled.clone();
        for _ in 0..64 * length {
            doubled = field.doubled(&doubled);
        }
        field.square = doubled;
        field
    }

    fn limbs(&self, bytes: &[u8]) -> Vec<u64> {
        to_limbs(bytes, self.modulus.len())
    }

    fn doubled(&self, number: &[u64]) -> Vec<u64> {
        let mut carry = 0;
        let mut doubled: Vec<u64> = Vec::with_capacity(number.len());
        for limb in number {
            doubled.push(limb << 1 | carry);
            carry = limb >> 63;
        }
        self.reduced(doubled, carry)
    }

    /// A number below twice the modulus brought below the modulus; `carry` is its topmost limb.
    fn reduced(&self, mut number: Vec<u64>, carry: u64) -> Vec<u64> {
        let is_below = carry == 0 && number.iter().rev().lt(self.modulus.iter().rev());
        if is_below {
            return number;
        }
        let mut borrow = false;
        for (limb, of_modulus) in number.iter_mut().zip(&self.modulus) {
            let (less, first) = limb.overflowing_sub(*of_modulus);
            let (less, second) = less.overflowing_sub(u64::from(borrow));
            (*limb, borrow) = (less, first || second);
        }
        number
    }

    /// The product divided by R.
    fn times(&self, left: &[u64], right: &[u64]) -> Vec<u64> {
        let length = self.modulus.len();
        let mut sum = vec![0u64; length + 2];
        for digit in left {
            let carry = add_product(&mut sum[..length], *digit, right);
            add_carry(&mut sum[length..], carry);
            let factor = sum[0].wrapping_mul(self.inverse);
            let carry = add_product(&mut sum[..length], factor, &self.modulus);
            add_carry(&mut sum[length..], carry);
            sum.rotate_left(1);
            sum[length + 1] = 0;
        }
        let carry = sum[length];
        sum.truncate(length);
        self.reduced(sum, carry)
    }
}

fn to_limbs(bytes: &[u8], length: usize) -> Vec<u64> {
    let limb = |chunk: &[u8]| chunk.iter().fold(0u64, |limb, byte| limb << 8 | u64::from(*byte));
    let mut limbs: Vec<u64> = bytes.rchunks(8).map(limb).collect();
    limbs.resize(length, 0);
    limbs
}

/// Adds `digit * number` to `sum`; returns what is carried.
fn add_product(sum: &mut [u64], digit: u64, number: &[u64]) -> u64 {
    let mut carry = 0u128;
    for (limb, of_number) in sum.iter_mut().zip(number) {
        carry += u128::from(digit) * u128::from(*of_number) + u128::from(*limb);
        *limb = low(carry);
        carry >>= 64;
    }
    low(carry)
}

fn add_carry(sum: &mut [u64], carry: u64) {
    let (limb, overflows) = sum[0].overflowing_add(carry);
    sum[0] = limb;
    sum[1] += u64::from(overflows);
}

#[expect(clippy::cast_possible_truncation, reason = "the lower half is what is wanted")]
fn low(number: u128) -> u64 {
    number as u64
}

#[cfg(test)]
pub(super) use tests::sample;

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test may stop where it fails")]

    use super::*;

    /// A key made for this test; it guards nothing.
    const PKCS1: &str = "\
        MIICWwIBAAKBgQDHQPTPzwDzyBdAjETwGEu72QXGcmZb4QGYD9XSMdjMtbw3t0gNF9zyIBQ9/TahdD33BnqX8LL+oHX1pTD6\
        TQdNsWEyTI3wBD0l4+CXXoZnIthapneOE2GS5yprDvVanBL9GuF4a6OS0Iu6yT0jziHwLeA7MMH9E5dju5K7MXtzjQIDAQAB\
        AoGAB4o9uV9r+c2ok5i7QxqoQwODZG8P0IpDNS3kOYAJZDW8WZ9l6pjsk30DRxU96/4qGh70pKtHGruXuyP1JoOjswvZupii\
        lBgi19a8E3ekAkdERWV7sFbXuEWNJxPRmh2t55xXFbgQQz+TVFaJsGzh8rGm4tdkPQWrEWvJ/91Df0ECQQDoQ6pZ7Q1nklyv\
        KJPaU1rhZm2MtdyLW3q03o5xSrGtsPWCPZ3jKKreWPDw8GEjsQf0upRKyMXRkbOAT0P+no/zAkEA252w/ns8WDwhZ4PCuEd+\
        tGHBJtuErS3THEPzo2CM7Y4TwGnVqovn9nlnYZZdPTCJta5FoYbMiDTadzG/HrJOfwJAZjEXa7eMFUzlcL/WxdG1A8VQX//I\
        SJx4Uco2PAyUPorEiohXxpGnFGtnn2r0IoMKsBfDlV/fAcUsiEDX9tiHFwJAdEzz+DAm6ssdHYZnTdN+w+Oot/00K8nCrItH\
        sNNmjj7ZMuJZJnHkq1/rYYCRa+ASbUYW1c1e7xqePtT3Uzg13QJAbMImF7w900ItFIuMHe2g5TiGk1wlQDSdkQfa/X4uQk+f\
        7EtnDATqkR98D0PtrCjD/jBe4Cl+9tgosYqfvM/3UQ==";
    /// The same in the other form.
    const PKCS8: &str = "\
        MIICdQIBADANBgkqhkiG9w0BAQEFAASCAl8wggJbAgEAAoGBAMdA9M/PAPPIF0CMRPAYS7vZBcZyZlvhAZgP1dIx2My1vDe3\
        SA0X3PIgFD39NqF0PfcGepfwsv6gdfWlMPpNB02xYTJMjfAEPSXj4Jdehmci2Fqmd44TYZLnKmsO9VqcEv0a4Xhro5LQi7rJ\
        PSPOIfAt4Dswwf0Tl2O7krsxe3ONAgMBAAECgYAHij25X2v5zaiTmLtDGqhDA4Nkbw/QikM1LeQ5gAlkNbxZn2XqmOyTfQNH\
        FT3r/ioaHvSkq0cau5e7I/Umg6OzC9m6mKKUGCLX1rwTd6QCR0RFZXuwVte4RY0nE9GaHa3nnFcVuBBDP5NUVomwbOHysabi\
        12Q9BasRa8n/3UN/QQJBAOhDqlntDWeSXK8ok9pTWuFmbYy13ItberTejnFKsa2w9YI9neMoqt5Y8PDwYSOxB/S6lErIxdGR\
        s4BPQ/6ej/MCQQDbnbD+ezxYPCFng8K4R360YcEm24StLdMcQ/OjYIztjhPAadWqi+f2eWdhll09MIm1rkWhhsyINNp3Mb8e\
        sk5/AkBmMRdrt4wVTOVwv9bF0bUDxVBf/8hInHhRyjY8DJQ+isSKiFfGkacUa2efavQigwqwF8OVX98BxSyIQNf22IcXAkB0\
        TPP4MCbqyx0dhmdN037D46i3/TQrycKsi0ew02aOPtky4lkmceSrX+thgJFr4BJtRhbVzV7vGp4+1PdTODXdAkBswiYXvD3T\
        Qi0Ui4wd7aDlOIaTXCVANJ2RB9r9fi5CT5/sS2cMBOqRH3wPQ+2sKMP+MF7gKX722Cixip+8z/dR";
    /// What OpenSSL makes of it: `printf bellhop | openssl dgst -sha1 -sign key.pem`.
    const SIGNATURE: &str = "\
        FXwQkO/lT5nJlWxpt6WoNGXkbKlQcAacIeqZLjxlKBMGeDxL6Yd8/1sJg6EXAqpRK6qCGb6ikomxMrGEPMid2aR/iO1hP1V/\
        wi3e8MhncFoN88rdmwimorPsEylYHA7rSDUJt/NxVBINX2x8Ec02h/FGOG+uenDdDYVv2QFrO3Y=";

    fn pem(kind: &str, body: &str) -> String {
        format!("-----BEGIN {kind}-----\n{body}\n-----END {kind}-----\n")
    }

    /// The key as a file holds it.
    pub(in crate::commands) fn sample() -> String {
        pem("PRIVATE KEY", PKCS8)
    }

    #[test]
    fn powers_are_right() {
        for (base, exponent, modulus) in
            [(4u8, 13u8, 197u8), (2, 10, 255), (0, 5, 9), (7, 1, 11), (250, 255, 251)]
        {
            let expected = (0..exponent)
                .fold(1u64, |power, _| power * u64::from(base) % u64::from(modulus))
                .to_be_bytes();
            assert_eq!(power(&[base], &[exponent], &[modulus]), expected[7..]);
        }
    }

    proptest::proptest! {
        #[test]
        fn powers_of_wide_numbers_are_right(base in 0u64.., exponent in 0u8.., modulus in 3u64..) {
            let modulus = modulus | 1;
            let wide = |number: u64| u128::from(number);
            let expected = (0..exponent).fold(1u64, |power, _| low(wide(power) * wide(base) % wide(modulus)));
            let found = power(&base.to_be_bytes(), &[exponent], &modulus.to_be_bytes());
            proptest::prop_assert_eq!(found, expected.to_be_bytes());
        }
    }

    #[test]
    fn a_signature_is_what_openssl_makes() {
        for text in [pem("RSA PRIVATE KEY", PKCS1), pem("PRIVATE KEY", PKCS8)] {
            let key = RsaKey::from_pem(&text).unwrap();
            assert_eq!(STANDARD.encode(key.sign_sha1(b"bellhop").unwrap()), SIGNATURE);
        }
    }

    #[test]
    fn numbers_that_do_not_belong_together_sign_nothing() {
        let mut key = RsaKey::from_pem(&pem("PRIVATE KEY", PKCS8)).unwrap();
        key.private[3] ^= 1;
        assert_eq!(key.sign_sha1(b"x"), Err(KeyFault::Inconsistent));
    }

    #[test]
    fn no_text_is_a_key_by_accident() {
        for text in [
            "",
            "x",
            "-----BEGIN RSA PRIVATE KEY-----",
            "-----BEGIN PRIVATE KEY-----AAAA-----END PRIVATE KEY-----",
        ] {
            assert_eq!(RsaKey::from_pem(text).err(), Some(KeyFault::Unreadable));
        }
    }

    proptest::proptest! {
        #[test]
        fn no_der_panics(der in proptest::collection::vec(proptest::num::u8::ANY, 0..60)) {
            let _ = (from_pkcs8(&der), from_pkcs1(&der));
        }
    }
}
