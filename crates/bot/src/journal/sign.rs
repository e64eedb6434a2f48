//! Signs the heads of the record's chains: after so many rows, after so much time, and at the end.

use std::sync::Arc;
use std::time::Duration;

use store::{HeadSigner, UnixMillis};

use crate::bot::Inner;

/// How often is looked whether it is time.
const LOOK: Duration = Duration::from_secs(10);
/// After so many rows they are signed.
const ROWS: u64 = 500;
/// After so long they are signed if there is any new row.
const MILLIS: i64 = 300_000;

/// Looks for as long as it is polled.
pub(crate) async fn keep(inner: &Inner) {
    if inner.signing.is_none() {
        return std::future::pending().await;
    }
    // What a predecessor, or a command from a terminal, left unsigned.
    now(inner).await;
    let (mut rows, mut at) = (length(inner).await, inner.clock.millis());
    loop {
        inner.clock.pause(LOOK).await;
        let (now_rows, time) = (length(inner).await, inner.clock.millis());
        if is_due(now_rows.saturating_sub(rows), time.since(at)) {
            now(inner).await;
            (rows, at) = (now_rows, time);
        }
    }
}

fn is_due(rows: u64, millis: i64) -> bool {
    rows >= ROWS || (rows > 0 && millis >= MILLIS)
}

/// Signs if there is something new.
pub(crate) async fn now(inner: &Inner) {
    let Some(key) = inner.signing.clone() else { return };
    inner.note(inner.store.sign_audit(signer(key, inner.clock.millis())).await);
}

fn signer(key: Arc<store::SigningKey>, at: UnixMillis) -> HeadSigner {
    Box::new(move |end, others| key.row(at, end, others))
}

/// How many rows the record has.
async fn length(inner: &Inner) -> u64 {
    let heads = inner.note(inner.store.audit_heads().await).unwrap_or_default();
    heads.iter().map(|head| head.rows).sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_or_time_make_it_due() {
        let cases = [(0, 0, false), (0, MILLIS, false), (1, MILLIS, true), (1, 0, false), (ROWS, 0, true)];
        for (rows, millis, due) in cases {
            assert_eq!(is_due(rows, millis), due, "{rows} rows, {millis} ms");
        }
    }
}
