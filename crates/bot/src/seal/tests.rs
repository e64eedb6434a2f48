#![expect(clippy::expect_used, reason = "a test stops at the first surprise")]

use std::sync::{Arc, Mutex};

use aws_call::BoxFuture;
use aws_lc_rs::aead::{AES_256_GCM, Aad, LessSafeKey, Nonce, UnboundKey};
use aws_lc_rs::hmac;
use store::UnixMillis;

use super::*;

const FORGED: Result<Vec<u8>, SealError> = Err(SealError::Forged);

#[test]
fn what_is_sealed_opens_only_where_it_was_sealed_for() {
    let (ring, file) = Keyring::fresh().expect("a key");
    let again = Keyring::parse(file.as_bytes()).expect("the same key");
    let (other, _) = Keyring::fresh().expect("another key");
    let record = ["id", "key"];
    let sealed = ring.seal(Purpose::Payload, &record, b"hello").expect("seals");
    assert_eq!(again.open(Purpose::Payload, &record, &sealed).expect("opens"), b"hello");
    assert!(!sealed.windows(5).any(|window| window == b"hello"));
    assert_eq!(other.open(Purpose::Payload, &record, &sealed), FORGED);
    assert_eq!(ring.open(Purpose::Reply, &record, &sealed), FORGED);
    for record in [["id", "other"], ["i", "dkey"], ["idkey", ""]] {
        assert_eq!(ring.open(Purpose::Payload, &record, &sealed), FORGED, "{record:?}");
    }
    for at in 0..sealed.len() {
        let mut altered = sealed.clone();
        altered[at] ^= 1;
        assert_eq!(ring.open(Purpose::Payload, &record, &altered), FORGED, "byte {at}");
        assert_eq!(ring.open(Purpose::Payload, &record, &sealed[..at]), FORGED, "cut at {at}");
    }
}

#[test]
fn keys_are_read_strictly() {
    let digits = "0f".repeat(32);
    let several = format!("{digits}\n{}\r\n\n", "f0".repeat(32));
    for good in [&format!(" {digits}\n"), &several] {
        assert!(Keyring::parse(good.as_bytes()).is_ok(), "{good}");
    }
    let hole = format!("{digits}\n\n{digits}");
    for bad in ["", "\n", "0f", &"0g".repeat(32), &"0f".repeat(33), &"+f".repeat(32), &hole] {
        assert_eq!(Keyring::parse(bad.as_bytes()).err(), Some(SealError::Key), "{bad}");
    }
}

#[test]
fn hashes_are_the_rings_own_and_outlive_a_rotation() {
    let (ring, file) = Keyring::fresh().expect("a key");
    let other = Keyring::fresh().expect("a key").0;
    assert_eq!(ring.hash(&["a", "b"]), ring.hash(&["a", "b"]));
    assert_ne!(ring.hash(&["a", "b"]), ring.hash(&["ab", ""]));
    assert_ne!(ring.hash(&["a"]), other.hash(&["a"]));
    let rotated = Keyring::parse(format!("{file}{}", "1f".repeat(32)).as_bytes()).expect("two keys");
    assert_eq!(ring.hash(&["a"]), rotated.hash(&["a"]));
    let (first, second) = (SealKey::fresh().expect("a key").0, SealKey::fresh().expect("a key").0);
    let passed = first.pass_on(&second).expect("seals");
    let third = SealKey::fresh().expect("a key").0;
    assert_eq!(third.inherit(&passed).err(), Some(SealError::Forged), "it was not for that key");
    assert_eq!(second.inherit(&passed).expect("it was").hash(&["a"]), first.hash(&["a"]));
}

#[test]
fn older_keys_open_and_the_newest_seals() {
    let (old, file) = Keyring::fresh().expect("a key");
    let both = Keyring::parse(format!("{file}{}\n", "1f".repeat(32)).as_bytes()).expect("two keys");
    let before = old.seal(Purpose::Alias, &["a"], b"before").expect("seals");
    let after = both.seal(Purpose::Alias, &["a"], b"after").expect("seals");
    assert_eq!(both.open(Purpose::Alias, &["a"], &before).expect("opens"), b"before");
    assert_eq!(both.open(Purpose::Alias, &["a"], &after).expect("opens"), b"after");
    assert_eq!(old.open(Purpose::Alias, &["a"], &after), FORGED);
}

/// As bodies were sealed before they named their key.
fn sealed_without_a_name(bytes: &[u8; 32], purpose: &[u8], plain: &[u8]) -> Vec<u8> {
    let master = hmac::Key::new(hmac::HMAC_SHA256, bytes);
    let key = hmac::sign(&master, b"bellhop seal 1");
    let key = LessSafeKey::new(UnboundKey::new(&AES_256_GCM, key.as_ref()).expect("a key"));
    let bound = [&[1_u8][..], purpose, &1_u64.to_be_bytes(), b"a"].concat();
    let mut body = plain.to_vec();
    let nonce = Nonce::assume_unique_for_key([7; 12]);
    key.seal_in_place_append_tag(nonce, Aad::from(bound), &mut body).expect("seals");
    [&[1_u8][..], &[7; 12], &body].concat()
}

#[test]
fn bodies_of_the_first_version_still_open() {
    let sealed = sealed_without_a_name(&[0x1f; 32], b"bellhop alias", b"old");
    let ring = |digits: &str| Keyring::parse(digits.as_bytes()).expect("keys");
    let old = "1f".repeat(32);
    for digits in [old.clone(), format!("{old}\n{}", "2e".repeat(32))] {
        assert_eq!(ring(&digits).open(Purpose::Alias, &["a"], &sealed).expect("opens"), b"old");
    }
    assert_eq!(ring(&"2e".repeat(32)).open(Purpose::Alias, &["a"], &sealed), FORGED);
    assert_eq!(ring(&old).open(Purpose::Grant, &["a"], &sealed), FORGED);
}

/// A source that gives what it is told to, and counts.
#[derive(Default)]
struct Told {
    keys: Mutex<Vec<Arc<SealKey>>>,
    fault: Mutex<Option<NoKeys>>,
    asked: Mutex<u32>,
}

impl KeySource for Told {
    fn keys(&self, _all: bool) -> BoxFuture<'_, Result<Vec<Arc<SealKey>>, NoKeys>> {
        *self.asked.lock().expect("a lock") += 1;
        let fault = self.fault.lock().expect("a lock").clone();
        let keys = self.keys.lock().expect("a lock").clone();
        Box::pin(async move { fault.map_or(Ok(keys), Err) })
    }
}

impl Told {
    fn asked(&self) -> u32 {
        *self.asked.lock().expect("a lock")
    }
}

fn meet(ring: &Keyring, bodies: &[&[u8]], now: UnixMillis) {
    let runtime = tokio::runtime::Builder::new_current_thread().build().expect("a runtime");
    if let Some(missing) = ring.missing(bodies.iter().copied(), now) {
        runtime.block_on(ring.fetch(missing));
    }
}

#[test]
fn a_key_that_another_process_made_is_fetched_once() {
    let (first, second) = (Arc::new(SealKey::fresh().expect("a key").0), SealKey::fresh().expect("a key").0);
    let second = Arc::new(second);
    let told = Arc::new(Told::default());
    let now = UnixMillis(1_000_000);
    let source = Arc::clone(&told) as Arc<dyn KeySource>;
    let ring = Keyring::fetched(vec![Arc::clone(&first)], source, now).expect("a ring");
    let theirs = Keyring::of(vec![Arc::clone(&second)]).expect("a ring");
    let sealed = theirs.seal(Purpose::Payload, &["a"], b"theirs").expect("seals");
    let ours = ring.seal(Purpose::Payload, &["a"], b"ours").expect("seals");
    meet(&ring, &[&ours, b"{}"], now);
    assert_eq!(told.asked(), 0, "nothing unknown was met");
    *told.keys.lock().expect("a lock") = vec![first, second];
    let later = now.plus(5_000);
    meet(&ring, &[&sealed], later);
    assert_eq!(told.asked(), 1);
    assert_eq!(ring.open(Purpose::Payload, &["a"], &sealed).expect("opens"), b"theirs");
    assert_eq!(ring.open(Purpose::Payload, &["a"], &ours).expect("opens"), b"ours");
    let stranger = Keyring::fresh().expect("a key").0.seal(Purpose::Payload, &["a"], b"x").expect("seals");
    for millis in 0..1_000 {
        meet(&ring, &[&stranger], later.plus(millis));
    }
    assert_eq!(told.asked(), 1, "texts that name unknown keys make no storm of calls");
}

#[test]
fn refused_keys_are_used_no_more_and_come_back() {
    let key = Arc::new(SealKey::fresh().expect("a key").0);
    let told = Arc::new(Told::default());
    *told.keys.lock().expect("a lock") = vec![Arc::clone(&key)];
    let now = UnixMillis(1_000_000);
    let source = Arc::clone(&told) as Arc<dyn KeySource>;
    let ring = Keyring::fetched(vec![key], source, now).expect("a ring");
    let sealed = ring.seal(Purpose::Payload, &["a"], b"x").expect("seals");
    let hour = now.plus(3_600_000);
    let fail = |refused| Some(NoKeys { what: "no".to_owned(), refused });
    *told.fault.lock().expect("a lock") = fail(false);
    meet(&ring, &[], hour);
    assert!(
        ring.open(Purpose::Payload, &["a"], &sealed).is_ok(),
        "a source that is silent changes nothing yet"
    );
    *told.fault.lock().expect("a lock") = fail(true);
    meet(&ring, &[], hour.plus(6_000));
    assert_eq!(ring.open(Purpose::Payload, &["a"], &sealed), Err(SealError::NoKey));
    assert_eq!(ring.seal(Purpose::Payload, &["a"], b"x"), Err(SealError::NoKey));
    *told.fault.lock().expect("a lock") = None;
    meet(&ring, &[], hour.plus(12_000));
    assert!(ring.open(Purpose::Payload, &["a"], &sealed).is_ok(), "it recovers by itself");
    *told.fault.lock().expect("a lock") = fail(false);
    meet(&ring, &[], hour.plus(14 * 3_600_000));
    assert_eq!(ring.seal(Purpose::Payload, &["a"], b"x"), Err(SealError::NoKey), "age is bounded");
}
