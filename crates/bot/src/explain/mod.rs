//! Says why: what AWS's refusals mean, and what would have to change.

mod assume;
mod decoded;
mod refusal;
pub(crate) mod rights;

use std::sync::Arc;
use std::time::Duration;

use aws_call::CredentialSource;
use policy::Permit;

pub(crate) use assume::remedy as assume_remedy;

use crate::bot::Inner;
use crate::lookup::{Looker, lookup};
use crate::outcome::{Failure, Outcome};
use crate::roles::RoleSession;

/// How long a refusal may take to be decoded.
const DECODING: Duration = Duration::from_secs(2);

/// Adds to an outcome what AWS's refusal means, if it is one. A message that AWS encoded is decoded where the role may.
pub(crate) async fn explained(
    inner: &Inner,
    outcome: Outcome,
    permit: &Permit,
    session: &RoleSession,
    credentials: &Arc<dyn CredentialSource>,
) -> Outcome {
    let Outcome::Rejected(mut failure) = outcome else { return outcome };
    if refusal::is_refusal(&failure.code) {
        explain(inner, &mut failure, permit, session, credentials).await;
    }
    Outcome::Rejected(failure)
}

async fn explain(
    inner: &Inner,
    failure: &mut Failure,
    permit: &Permit,
    session: &RoleSession,
    credentials: &Arc<dyn CredentialSource>,
) {
    let said = failure.said.clone().unwrap_or_default();
    let cut = session.policy.is_some();
    let Some(blob) = refusal::encoded(&said) else {
        failure.next = Some(refusal::read(&said).remedy(&permit.role_arn, cut));
        return;
    };
    let looker =
        Looker { region: permit.region.clone(), credentials: Arc::clone(credentials), limit: DECODING };
    let words = ["sts", "decode-authorization-message", "--encoded-message", blob];
    let answer = if cut { None } else { lookup(inner, &looker, &words).await.ok() };
    let Some(decoded) = answer.as_ref().and_then(decoded::read) else {
        failure.next = Some(format!(
            "AWS encoded the details, and role {} may not decode them (sts:DecodeAuthorizationMessage).",
            permit.role_arn
        ));
        return;
    };
    // The blob tells a reader nothing any more.
    failure.said = said.split_once(blob).map(|(before, _)| {
        let kept = before.rsplit_once(". ").map_or(before, |(kept, _)| kept);
        format!("{}.", kept.trim_end().trim_end_matches('.'))
    });
    let refused = refusal::Refused {
        action: decoded.action.as_deref(),
        resource: decoded.resource.as_deref(),
        explicit: decoded.explicit,
        ..refusal::Refused::default()
    };
    failure.next = Some(refused.remedy(&permit.role_arn, cut));
}
