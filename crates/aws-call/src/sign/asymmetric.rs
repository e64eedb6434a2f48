//! The asymmetric key of signature version 4a: a P-256 key that both sides derive from the secret access key.
//!
//! The derivation is AWS's published one (“Deriving a signing key for SigV4a”): a counter-mode key derivation over
//! HMAC-SHA256, tried again with the next counter while its outcome is no scalar of the curve.
//! Invariants: a derived key never shows; at most [`MOST`] are kept, and beside them no secret, only its digest.

use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};

use aws_lc_rs::agreement::{ECDH_P256, PrivateKey};
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::signature::{ECDSA_P256_SHA256_ASN1_SIGNING, EcdsaKeyPair};
use aws_lc_rs::{digest, hmac};

use super::hex;
use crate::credentials::{Credentials, CredentialsError};

/// The algorithm's name in signatures, which is also the label of the derivation.
pub(super) const ALGORITHM: &str = "AWS4-ECDSA-P256-SHA256";

/// How many keys are kept: accounts that one process calls in turn.
const MOST: usize = 32;

/// The order of the curve less two: the greatest outcome that, one added, is a private key.
const ORDER_LESS_TWO: [u8; 32] = [
    0xff, 0xff, 0xff, 0xff, 0x00, 0x00, 0x00, 0x00, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xbc,
    0xe6, 0xfa, 0xad, 0xa7, 0x17, 0x9e, 0x84, 0xf3, 0xb9, 0xca, 0xc2, 0xfc, 0x63, 0x25, 0x4f,
];

/// Derived keys, the latest last.
#[derive(Default)]
pub(crate) struct Keys(Mutex<Vec<([u8; 32], Arc<EcdsaKeyPair>)>>);

/// Shows nothing of the keys.
impl fmt::Debug for Keys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Keys(…)")
    }
}

impl Keys {
    /// Signs a text; the signature is DER in hexadecimal, and another one each time.
    pub(super) fn sign(&self, credentials: &Credentials, text: &str) -> Result<String, CredentialsError> {
        let key = self.key(credentials)?;
        let signature = key.sign(&SystemRandom::new(), text.as_bytes()).map_err(|_| refused())?;
        Ok(hex(signature.as_ref()))
    }

    pub(super) fn key(&self, credentials: &Credentials) -> Result<Arc<EcdsaKeyPair>, CredentialsError> {
        let name = fingerprint(credentials);
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((_, key)) = kept.iter().find(|(other, _)| *other == name) {
            return Ok(Arc::clone(key));
        }
        let key = Arc::new(pair(credentials).ok_or_else(refused)?);
        if kept.len() == MOST {
            kept.remove(0);
        }
        kept.push((name, Arc::clone(&key)));
        Ok(key)
    }
}

fn refused() -> CredentialsError {
    CredentialsError::Configuration("these credentials make no key for signature version 4a".to_owned())
}

fn fingerprint(credentials: &Credentials) -> [u8; 32] {
    let text = format!("{}\n{}", credentials.access_key_id, credentials.secret_access_key);
    let mut out = [0; 32];
    out.copy_from_slice(digest::digest(&digest::SHA256, text.as_bytes()).as_ref());
    out
}

fn pair(credentials: &Credentials) -> Option<EcdsaKeyPair> {
    let scalar = scalar(&credentials.access_key_id, &credentials.secret_access_key)?;
    let public = PrivateKey::from_private_key(&ECDH_P256, &scalar).ok()?.compute_public_key().ok()?;
    EcdsaKeyPair::from_private_key_and_public_key(&ECDSA_P256_SHA256_ASN1_SIGNING, &scalar, public.as_ref())
        .ok()
}

/// The private key as a big-endian number; `None` after 254 outcomes beyond the curve, which nobody will ever see.
fn scalar(access_key_id: &str, secret_access_key: &str) -> Option<[u8; 32]> {
    let key = hmac::Key::new(hmac::HMAC_SHA256, format!("AWS4A{secret_access_key}").as_bytes());
    (1..=254).find_map(|counter: u8| {
        let mut input = hmac::Context::with_key(&key);
        input.update(&1_u32.to_be_bytes());
        input.update(ALGORITHM.as_bytes());
        input.update(&[0]);
        input.update(access_key_id.as_bytes());
        input.update(&[counter]);
        input.update(&256_u32.to_be_bytes());
        let mut number = [0; 32];
        number.copy_from_slice(input.sign().as_ref());
        incremented(number)
    })
}

/// The number plus one, if that is a private key of the curve.
fn incremented(mut number: [u8; 32]) -> Option<[u8; 32]> {
    if number > ORDER_LESS_TWO {
        return None;
    }
    for byte in number.iter_mut().rev() {
        let (next, carry) = byte.overflowing_add(1);
        *byte = next;
        if !carry {
            break;
        }
    }
    Some(number)
}

#[cfg(test)]
mod tests {
    use aws_lc_rs::signature::{ECDSA_P256_SHA256_ASN1, KeyPair as _, UnparsedPublicKey};

    use super::*;

    fn published() -> Credentials {
        Credentials::new("AKISORANDOMAASORANDOM", "q+jcrXGc+0zWN6uzclKVhvMmUsIfRPa4rlRandom")
    }

    #[test]
    fn the_published_example_makes_its_key() {
        let credentials = published();
        let scalar = scalar(&credentials.access_key_id, &credentials.secret_access_key).expect("a key");
        assert_eq!(hex(&scalar), "7fd3bd010c0d9c292141c2b77bfbde1042c92e6836fff749d1269ec890fca1bd");
        let key = Keys::default().key(&credentials).expect("a key");
        let point = hex(key.public_key().as_ref());
        assert_eq!(&point[..66], "0415d242ceebf8d8169fd6a8b5a746c41140414c3b07579038da06af89190fffcb");
    }

    #[test]
    fn numbers_beyond_the_curve_are_passed_over() {
        let mut greatest = ORDER_LESS_TWO;
        greatest[31] += 1;
        assert_eq!(incremented(ORDER_LESS_TWO), Some(greatest));
        assert_eq!(incremented(greatest), None);
        assert_eq!(incremented([0xff; 32]), None);
        let (mut carried, mut expected) = ([0; 32], [0; 32]);
        carried[31] = 0xff;
        expected[30] = 1;
        assert_eq!(incremented(carried), Some(expected));
    }

    #[test]
    fn signatures_verify_and_keys_are_kept() {
        let keys = Keys::default();
        let key = keys.key(&published()).expect("a key");
        assert!(Arc::ptr_eq(&key, &keys.key(&published()).expect("a key")));
        let signature = key.sign(&SystemRandom::new(), b"text").expect("a signature");
        let public = UnparsedPublicKey::new(&ECDSA_P256_SHA256_ASN1, key.public_key().as_ref());
        assert!(public.verify(b"text", signature.as_ref()).is_ok());
        assert!(public.verify(b"other", signature.as_ref()).is_err());
        for number in 0..MOST + 2 {
            keys.key(&Credentials::new(format!("AKID{number}"), "secret")).expect("a key");
        }
        assert_eq!(keys.0.lock().expect("unpoisoned").len(), MOST);
        assert_eq!(format!("{keys:?}"), "Keys(…)");
    }
}
