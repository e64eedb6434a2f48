//! Believes what Slack signed, also while the signing secret changes.

use std::sync::{Arc, PoisonError, RwLock};

use slack::{SigningSecret, Verified, VerifyError};

use crate::secret::Live;

/// The signing secret, followed.
pub(crate) struct Signing {
    live: Arc<Live>,
    /// Made of the value of that change.
    made: RwLock<(u64, Arc<SigningSecret>)>,
}

impl Signing {
    /// Of that secret.
    ///
    /// # Errors
    /// It is empty.
    pub(crate) fn new(live: Arc<Live>) -> Result<Signing, slack::EmptySecret> {
        let kept = live.kept();
        let made = RwLock::new((kept.change, Arc::new(SigningSecret::new(kept.current.expose())?)));
        Ok(Signing { live, made })
    }

    /// Checks a signature by the secret, and by the one before it while that counts. What neither signed may be signed by
    /// a newer one: that is looked for.
    pub(crate) async fn verify<'a>(
        &self,
        timestamp: Option<&[u8]>,
        signature: Option<&[u8]>,
        body: &'a [u8],
        now: u64,
    ) -> Result<Verified<'a>, VerifyError> {
        let check = |secret: &SigningSecret| slack::verify(secret, timestamp, signature, body, now);
        let (change, secret) = self.secret();
        let refused = match check(&secret) {
            Err(VerifyError::Mismatch) => VerifyError::Mismatch,
            other => return other,
        };
        let previous = self.live.previous().and_then(|secret| SigningSecret::new(secret.expose()).ok());
        if let Some(Ok(verified)) = previous.map(|secret| check(&secret)) {
            return Ok(verified);
        }
        if self.live.doubted(change).await { check(&self.secret().1) } else { Err(refused) }
    }

    fn secret(&self) -> (u64, Arc<SigningSecret>) {
        let kept = self.live.kept();
        let (change, made) = self.made.read().unwrap_or_else(PoisonError::into_inner).clone();
        if change == kept.change {
            return (change, made);
        }
        // An empty value is refused where it is found.
        let Ok(secret) = SigningSecret::new(kept.current.expose()) else { return (change, made) };
        let fresh = (kept.change, Arc::new(secret));
        self.made.write().unwrap_or_else(PoisonError::into_inner).clone_from(&fresh);
        fresh
    }
}
