//! Believing a slash command by its old verification token: for a door that loses the signature's headers.
//!
//! Weak, and never without being asked for: the token is the same in every request, so whoever saw one can make others.
//! Invariants: the body is read within bounds and nothing of it leaves this file before token and workspace match; both
//! are compared in a time that does not tell where they differ; without a token or a workspace to expect, nothing is
//! believed.

use aws_lc_rs::constant_time::verify_slices_are_equal;

use super::Verified;
use crate::{Form, FormLimits, Secret};

/// As for a signed command.
const LIMITS: FormLimits = FormLimits { bytes: 128 * 1024, fields: 64 };

/// What a command without a signature must bear.
#[derive(Debug, Clone)]
pub struct TokenTrust {
    token: Secret,
    teams: Vec<String>,
}

/// Why there is nothing to believe by.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a verification token and a workspace must both be configured")]
pub struct NothingToExpect;

/// Why a command without a signature is not believed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum TokenError {
    /// It cannot be read, or names its token or workspace not at all or twice.
    #[error("it is no form that names one token and one workspace")]
    Unreadable,
    /// The token is another, or the workspace is.
    #[error("its token or its workspace is not the configured one")]
    Mismatch,
}

impl TokenTrust {
    /// Believes that token from those workspaces.
    ///
    /// # Errors
    /// The token is empty, or no workspace is named.
    pub fn new(token: Secret, teams: Vec<String>) -> Result<TokenTrust, NothingToExpect> {
        if token.expose().trim().is_empty() || teams.is_empty() || teams.iter().any(String::is_empty) {
            return Err(NothingToExpect);
        }
        Ok(TokenTrust { token, teams })
    }

    /// Checks a command's token and workspace.
    ///
    /// # Errors
    /// They are not those expected.
    pub fn verify<'a>(&self, body: &'a [u8]) -> Result<Verified<'a>, TokenError> {
        let form = Form::parse(body, LIMITS).map_err(|_| TokenError::Unreadable)?;
        let (token, team) = (form.get("token"), form.get("team_id"));
        let (Some(token), Some(team)) = (token, team) else { return Err(TokenError::Unreadable) };
        let same =
            |given: &str, right: &str| verify_slices_are_equal(given.as_bytes(), right.as_bytes()).is_ok();
        // Both are looked at, whatever the first says.
        let token_is_right = same(token, self.token.expose());
        let team_is_right = self.teams.iter().fold(false, |found, right| found | same(team, right));
        if token_is_right & team_is_right { Ok(Verified(body)) } else { Err(TokenError::Mismatch) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn trust() -> TokenTrust {
        TokenTrust::new(Secret::new("tok3n"), vec!["T1".to_owned(), "T2".to_owned()]).expect("both are there")
    }

    #[test]
    fn both_must_match_and_both_must_be_configured() {
        use TokenError::{Mismatch, Unreadable};
        for (body, expected) in [
            ("token=tok3n&team_id=T1&text=x", Ok(())),
            ("team_id=T2&token=tok3n", Ok(())),
            ("token=tok3n&team_id=T3", Err(Mismatch)),
            ("token=tok3&team_id=T1", Err(Mismatch)),
            ("token=&team_id=T1", Err(Mismatch)),
            ("team_id=T1", Err(Unreadable)),
            ("token=tok3n", Err(Unreadable)),
            ("", Err(Unreadable)),
            ("token=%ff&team_id=T1", Err(Unreadable)),
        ] {
            assert_eq!(trust().verify(body.as_bytes()).map(drop), expected, "{body}");
        }
        let teams = || vec!["T1".to_owned()];
        assert_eq!(TokenTrust::new(Secret::new(" "), teams()).err(), Some(NothingToExpect));
        assert_eq!(TokenTrust::new(Secret::new("t"), Vec::new()).err(), Some(NothingToExpect));
        assert_eq!(TokenTrust::new(Secret::new("t"), vec![String::new()]).err(), Some(NothingToExpect));
    }

    proptest! {
        #[test]
        fn nothing_is_believed_by_chance(body in proptest::collection::vec(any::<u8>(), 0..300)) {
            prop_assert!(trust().verify(&body).is_err());
        }
    }
}
