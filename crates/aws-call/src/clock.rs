//! Time and chance, handed in so that tests can stage both.

use std::fmt;
use std::time::{Duration, Instant};

use jiff::Timestamp;

use crate::BoxFuture;

/// What time it is, and waiting.
pub trait Clock: Send + Sync + fmt::Debug {
    /// The time of day, for signatures and expiry.
    fn now(&self) -> Timestamp;

    /// A time that only grows, for deadlines.
    fn instant(&self) -> Instant;

    /// Waits.
    fn sleep(&self, time: Duration) -> BoxFuture<'static, ()>;
}

/// Chance: tokens and jitter.
pub trait Random: Send + Sync + fmt::Debug {
    /// Fills the slice with random bytes.
    fn fill(&self, bytes: &mut [u8]);

    /// A number from 0 up to but excluding 1.
    fn unit(&self) -> f64 {
        let mut bytes = [0; 8];
        self.fill(&mut bytes);
        (u64::from_le_bytes(bytes) >> 11) as f64 / (1_u64 << 53) as f64
    }

    /// A random UUID (version 4).
    fn uuid(&self) -> String {
        let mut bytes = [0; 16];
        self.fill(&mut bytes);
        uuid_of(bytes)
    }
}

/// Sixteen bytes in the form of a version 4 UUID.
pub(crate) fn uuid_of(mut bytes: [u8; 16]) -> String {
    bytes[6] = bytes[6] & 0x0f | 0x40;
    bytes[8] = bytes[8] & 0x3f | 0x80;
    let mut text = String::with_capacity(36);
    for (index, byte) in bytes.iter().enumerate() {
        if matches!(index, 4 | 6 | 8 | 10) {
            text.push('-');
        }
        text.push(char::from_digit(u32::from(byte >> 4), 16).unwrap_or('0'));
        text.push(char::from_digit(u32::from(byte & 15), 16).unwrap_or('0'));
    }
    text
}

/// The machine's clock and tokio's timers.
#[derive(Debug, Clone, Copy, Default)]
pub struct SystemClock;

impl Clock for SystemClock {
    fn now(&self) -> Timestamp {
        Timestamp::now()
    }

    fn instant(&self) -> Instant {
        Instant::now()
    }

    fn sleep(&self, time: Duration) -> BoxFuture<'static, ()> {
        Box::pin(tokio::time::sleep(time))
    }
}

/// The operating system's randomness.
#[derive(Debug, Clone, Copy, Default)]
pub struct OsRandom;

impl Random for OsRandom {
    fn fill(&self, bytes: &mut [u8]) {
        // aws-lc's generator fails only where the operating system has no randomness at all; the bytes then stay zero,
        // which weakens tokens and jitter but no signature.
        let _ = aws_lc_rs::rand::fill(bytes);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn uuids_have_their_form() {
        assert_eq!(uuid_of([0xff; 16]), "ffffffff-ffff-4fff-bfff-ffffffffffff");
        assert_eq!(uuid_of([0; 16]), "00000000-0000-4000-8000-000000000000");
    }

    #[test]
    fn units_stay_below_one() {
        for _ in 0..1000 {
            assert!((0.0..1.0).contains(&OsRandom.unit()));
        }
    }
}
