//! What a refusal by AWS means: which kind of policy it was, and who can change it.
//!
//! AWS's message names the principal, the action, the resource, and in its last words the policy that decided.
//! Source: <https://docs.aws.amazon.com/IAM/latest/UserGuide/troubleshoot_access-denied.html>.

/// Error codes that mean a missing right, whatever the service calls it.
const CODES: [&str; 8] = [
    "AccessDenied",
    "AccessDeniedException",
    "AccessDeniedFault",
    "AuthorizationError",
    "AuthorizationErrorException",
    "Client.UnauthorizedOperation",
    "NotAuthorized",
    "UnauthorizedOperation",
];

/// What stands before a message that only `sts:DecodeAuthorizationMessage` can read.
const ENCODED: &str = "Encoded authorization failure message: ";

/// The parts of a refusal.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct Refused<'a> {
    /// The principal's ARN.
    pub(crate) principal: Option<&'a str>,
    /// `ec2:StopInstances`
    pub(crate) action: Option<&'a str>,
    /// The resource's ARN.
    pub(crate) resource: Option<&'a str>,
    /// Whose word it was.
    pub(crate) by: By,
    /// Whether a statement denies it; else none allows it.
    pub(crate) explicit: bool,
}

/// The policy that decided.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) enum By {
    /// AWS does not say.
    #[default]
    Unsaid,
    Identity,
    Session,
    Boundary,
    ServiceControl,
    ResourceControl,
    Resource,
    Endpoint,
    Trust,
}

/// AWS's phrases for them.
const PHRASES: [(&str, By); 9] = [
    ("identity-based policy", By::Identity),
    ("session policy", By::Session),
    ("permissions boundary", By::Boundary),
    ("service control policy", By::ServiceControl),
    ("resource control policy", By::ResourceControl),
    ("resource-based policy", By::Resource),
    ("VPC endpoint policy", By::Endpoint),
    ("role trust policy", By::Trust),
    ("trust policy", By::Trust),
];

/// Whether that code says that a right is missing.
pub(crate) fn is_refusal(code: &str) -> bool {
    CODES.contains(&code)
}

/// The blob of a message that has to be decoded.
pub(crate) fn encoded(message: &str) -> Option<&str> {
    let (_, rest) = message.split_once(ENCODED)?;
    rest.split_whitespace().next().filter(|blob| blob.len() <= MOST_ENCODED)
}

/// The longest blob that is sent back to be decoded.
/// Source: <https://docs.aws.amazon.com/STS/latest/APIReference/API_DecodeAuthorizationMessage.html>.
const MOST_ENCODED: usize = 10_240;

/// Reads AWS's message, as far as it follows the usual form.
pub(crate) fn read(message: &str) -> Refused<'_> {
    let tail = |mark: &str| message.rsplit_once(mark).map(|(_, tail)| tail);
    let reason = tail(" because ").or_else(|| tail(" with an explicit deny")).unwrap_or_default();
    let by = PHRASES.iter().find(|(phrase, _)| reason.contains(phrase)).map_or(By::Unsaid, |(_, by)| *by);
    Refused {
        principal: between(message, "User: ", " is not authorized"),
        action: word_after(message, "to perform: "),
        resource: word_after(message, "on resource: "),
        by,
        explicit: message.contains("explicit deny"),
    }
}

fn between<'a>(text: &'a str, start: &str, end: &str) -> Option<&'a str> {
    let (_, rest) = text.split_once(start)?;
    rest.split_once(end).map(|(found, _)| found)
}

fn word_after<'a>(text: &'a str, mark: &str) -> Option<&'a str> {
    let (_, rest) = text.split_once(mark)?;
    rest.split_whitespace().next().map(|word| word.trim_end_matches([',', '.']))
}

impl Refused<'_> {
    /// What can be done about it, as sentences for whoever asked. `role_arn` is the role that the session came from;
    /// `cut` tells that the session was cut to reading.
    pub(crate) fn remedy(&self, role_arn: &str, cut: bool) -> String {
        let role = role_arn.rsplit_once('/').map_or(role_arn, |(_, name)| name);
        let action = self.action.unwrap_or("the action");
        let on = self.resource.map(|resource| format!(" on {resource}")).unwrap_or_default();
        let whose = match self.by {
            By::Session if cut => {
                return format!(
                    "Bellhop cut this session to the service's reading actions, and {action} is not among them. If reading \
                     here needs it, set read_sessions = \"whole\" for the account."
                );
            }
            By::Unsaid | By::Identity => format!("the policies of role {role}"),
            By::Session => "the session's policy".to_owned(),
            By::Boundary => format!("the permissions boundary of role {role}"),
            By::ServiceControl => "a service control policy of the organisation".to_owned(),
            By::ResourceControl => "a resource control policy of the organisation".to_owned(),
            By::Resource => "the policy of the resource itself".to_owned(),
            By::Endpoint => "the policy of the VPC endpoint".to_owned(),
            By::Trust => format!("the trust policy of role {role}"),
        };
        if self.explicit {
            return format!("Bellhop's grant allows it; a statement in {whose} denies {action}{on}.");
        }
        format!("Bellhop's grant allows it; {whose} would have to allow {action}{on}.")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ROLE: &str = "arn:aws:iam::111111111111:role/ops/Bellhop";
    const USER: &str = "User: arn:aws:sts::111111111111:assumed-role/Bellhop/U0ALICE@T1 is not authorized to perform: \
                        ec2:StopInstances on resource: arn:aws:ec2:eu-west-1:111111111111:instance/i-1 ";

    #[test]
    fn the_last_words_name_the_policy() {
        let cases = [
            ("because no identity-based policy allows the ec2:StopInstances action", By::Identity, false),
            ("with an explicit deny in an identity-based policy", By::Identity, true),
            ("because no session policy allows the ec2:StopInstances action", By::Session, false),
            ("because no permissions boundary allows the ec2:StopInstances action", By::Boundary, false),
            ("with an explicit deny in a service control policy", By::ServiceControl, true),
            ("because no resource-based policy allows the ec2:StopInstances action", By::Resource, false),
            ("because no VPC endpoint policy allows the ec2:StopInstances action", By::Endpoint, false),
            ("because no role trust policy allows the sts:AssumeRole action", By::Trust, false),
            ("with an explicit deny in a resource control policy", By::ResourceControl, true),
            ("", By::Unsaid, false),
        ];
        for (tail, by, explicit) in cases {
            let message = format!("{USER}{tail}");
            let refused = read(&message);
            assert_eq!((refused.by, refused.explicit), (by, explicit), "{tail}");
            assert_eq!(refused.action, Some("ec2:StopInstances"));
            assert_eq!(refused.resource, Some("arn:aws:ec2:eu-west-1:111111111111:instance/i-1"));
            assert_eq!(refused.principal, Some("arn:aws:sts::111111111111:assumed-role/Bellhop/U0ALICE@T1"));
        }
    }

    #[test]
    fn messages_of_other_forms_name_nothing() {
        for message in ["", "Access Denied", "because", "User: ", "to perform: ", "no\u{0}thing"] {
            let refused = read(message);
            assert_eq!((refused.by, refused.action, refused.resource), (By::Unsaid, None, None), "{message}");
            assert!(refused.remedy(ROLE, false).contains("the policies of role Bellhop"));
        }
    }

    #[test]
    fn the_remedy_names_what_would_have_to_change() {
        let message = format!("{USER}because no identity-based policy allows the ec2:StopInstances action");
        assert_eq!(
            read(&message).remedy(ROLE, false),
            "Bellhop's grant allows it; the policies of role Bellhop would have to allow ec2:StopInstances on \
             arn:aws:ec2:eu-west-1:111111111111:instance/i-1."
        );
        let cut = format!("{USER}because no session policy allows the ec2:StopInstances action");
        assert!(read(&cut).remedy(ROLE, true).contains("read_sessions = \"whole\""));
    }

    #[test]
    fn an_encoded_message_is_found_within_its_bound() {
        let blob = "abcDEF_-123";
        assert_eq!(
            encoded(&format!("You may not. Encoded authorization failure message: {blob} ")),
            Some(blob)
        );
        assert_eq!(encoded(&format!("{ENCODED}{}", "a".repeat(MOST_ENCODED + 1))), None);
        assert_eq!(encoded("plain"), None);
    }
}
