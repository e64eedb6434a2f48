//! Believes commands that came without a signature by their old verification token, also while that changes.

use std::sync::Arc;

use bot::LiveSecret as _;
use slack::{TokenError, TokenTrust, Verified};

use crate::secret::Live;

/// The token, followed, and the workspaces that it counts for.
pub(crate) struct Trust {
    /// The token.
    pub(crate) token: Arc<Live>,
    /// Ids of workspaces.
    pub(crate) teams: Vec<String>,
}

impl Trust {
    /// Checks a command's token and workspace by the token of now, and by the one before it while that counts. What bears
    /// neither may bear a newer one: that is looked for.
    pub(crate) async fn verify<'a>(&self, body: &'a [u8]) -> Result<Verified<'a>, TokenError> {
        let change = self.token.kept().change;
        match self.check(body) {
            Err(TokenError::Mismatch) if self.token.doubted(change).await => self.check(body),
            other => other,
        }
    }

    fn check<'a>(&self, body: &'a [u8]) -> Result<Verified<'a>, TokenError> {
        let mut refused = TokenError::Mismatch;
        for token in self.token.values() {
            // An empty value is refused where it is found, and the configuration names workspaces.
            let Ok(trust) = TokenTrust::new(token, self.teams.clone()) else { continue };
            match trust.verify(body) {
                Ok(verified) => return Ok(verified),
                Err(error) => refused = error,
            }
        }
        Err(refused)
    }
}
