//! Why a role could not be assumed, and the statement that is missing.

use aws_call::CredentialsError;

use crate::roles::RoleSession;

/// What can be done about it, if the error tells.
pub(crate) fn remedy(error: &CredentialsError, session: &RoleSession) -> Option<String> {
    let CredentialsError::Fetch { code, reason, .. } = error else {
        return matches!(error, CredentialsError::None)
            .then(|| "Give Bellhop credentials, as the AWS CLI would find them.".to_owned());
    };
    let role = &session.role_arn;
    match code.as_deref()? {
        "AccessDenied" | "AccessDeniedException" => Some(denied(reason, session)),
        "ExpiredToken" | "ExpiredTokenException" | "InvalidClientTokenId" | "UnrecognizedClientException"
        | "SignatureDoesNotMatch" => {
            Some("Bellhop's own AWS credentials are expired or wrong: whoever runs it has to renew them.".to_owned())
        }
        "PackedPolicyTooLarge" | "PackedPolicyTooLargeException" => Some(
            "The session's policy and tags together are too large for STS. Set read_sessions = \"whole\" for the account."
                .to_owned(),
        ),
        "RegionDisabledException" => {
            Some(format!("STS is switched off in {} for this account: use another region.", session.region))
        }
        "ValidationError" if reason.contains("DurationSeconds") => {
            Some(format!("Lower the session's duration of the account, or raise the longest session of {role}."))
        }
        _ => None,
    }
}

/// The statement that the role's trust policy needs.
fn denied(reason: &str, session: &RoleSession) -> String {
    let lacks = |action: &str| reason.contains(action);
    let attributed = session.source_identity.is_some() || !session.tags.is_empty();
    let mut actions = vec!["sts:AssumeRole"];
    if attributed {
        actions.extend(["sts:SetSourceIdentity", "sts:TagSession"]);
    }
    let principal = principal(reason).unwrap_or("<the ARN that Bellhop runs as>");
    let condition = match &session.external_id {
        Some(_) => r#","Condition":{"StringEquals":{"sts:ExternalId":"<the external id of this account>"}}"#,
        None => "",
    };
    let named: Vec<String> = actions.iter().map(|action| format!("\"{action}\"")).collect();
    let statement = format!(
        r#"{{"Effect":"Allow","Principal":{{"AWS":"{principal}"}},"Action":[{}]{condition}}}"#,
        named.join(",")
    );
    let mut text = format!(
        "The trust policy of {} needs this statement, and Bellhop's own policy must allow the same actions on it: {statement}",
        session.role_arn
    );
    if attributed && (lacks("sts:TagSession") || lacks("sts:SetSourceIdentity")) {
        text.push_str(" To go without naming people to AWS, set attribution = \"none\" for the account.");
    }
    text
}

/// The ARN that AWS names, a session's reduced to its role.
fn principal(reason: &str) -> Option<&str> {
    let (_, rest) = reason.split_once("User: ")?;
    rest.split_whitespace().next().filter(|word| word.starts_with("arn:"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn session(attributed: bool) -> RoleSession {
        let name = "U0ALICE@T1".to_owned();
        RoleSession {
            role_arn: "arn:aws:iam::111111111111:role/Bellhop".to_owned(),
            region: "eu-west-1".to_owned(),
            session_name: name.clone(),
            source_identity: attributed.then_some(name),
            tags: Vec::new(),
            external_id: None,
            policy: None,
            duration: None,
        }
    }

    fn fault(code: &str, reason: &str) -> CredentialsError {
        CredentialsError::Fetch {
            provider: "assume-role",
            code: Some(code.to_owned()),
            reason: reason.to_owned(),
        }
    }

    #[test]
    fn a_trust_policy_that_forbids_attribution_is_told_the_statement() {
        let reason = "User: arn:aws:iam::999999999999:user/bellhop is not authorized to perform: sts:TagSession on \
                      resource: arn:aws:iam::111111111111:role/Bellhop";
        let told = remedy(&fault("AccessDenied", reason), &session(true)).expect("a remedy");
        let statement = r#"{"Effect":"Allow","Principal":{"AWS":"arn:aws:iam::999999999999:user/bellhop"},"Action":["sts:AssumeRole","sts:SetSourceIdentity","sts:TagSession"]}"#;
        assert!(told.contains(statement), "{told}");
        assert!(told.contains("attribution = \"none\""));
        let plain = remedy(&fault("AccessDenied", "no"), &session(false)).expect("a remedy");
        assert!(
            plain.contains(r#""Action":["sts:AssumeRole"]}"#) && !plain.contains("attribution"),
            "{plain}"
        );
    }

    #[test]
    fn other_errors_have_other_remedies() {
        let cases = [
            ("ExpiredToken", "", Some("credentials are expired")),
            ("PackedPolicyTooLarge", "", Some("too large")),
            ("ValidationError", "The requested DurationSeconds exceeds", Some("duration")),
            ("ValidationError", "something else", None),
            ("Throttling", "", None),
        ];
        for (code, reason, part) in cases {
            let told = remedy(&fault(code, reason), &session(true));
            match part {
                Some(part) => {
                    assert!(told.as_ref().is_some_and(|told| told.contains(part)), "{code}: {told:?}")
                }
                None => assert_eq!(told, None, "{code}"),
            }
        }
        assert!(remedy(&CredentialsError::None, &session(true)).is_some());
    }
}
