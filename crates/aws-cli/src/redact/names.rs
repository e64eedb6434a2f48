//! Names whose values are secrets.
//!
//! A name is judged by its end, whatever its case and punctuation: `DB_PASSWORD`, `masterUserPassword`. What goes on
//! behind the telling word is about a secret and no secret: `PasswordLastUsed`, `SecretArn`.

/// Ends of names that tell a secret, in lower case without punctuation.
const TELLING: &[&str] = &[
    "password",
    "passwd",
    "passphrase",
    "secret",
    "secretkey",
    "secretstring",
    "secretbinary",
    "secretaccesskey",
    "secrettoken",
    "sharedkey",
    "privatekey",
    "apikey",
    "accesstoken",
    "apitoken",
    "authtoken",
    "authorizationtoken",
    "bearertoken",
    "bottoken",
    "hectoken",
    "idtoken",
    "oauthtoken",
    "refreshtoken",
    "securitytoken",
    "sessiontoken",
    "privatetoken",
];

/// Members whose own name says nothing: the one beside them says what they hold.
const VALUES: &[&str] = &["value", "parametervalue", "outputvalue", "stringvalue", "resolvedvalue"];

/// Whether that is the name of what another member names.
pub(super) fn is_value(name: &str) -> bool {
    VALUES.iter().any(|value| name.eq_ignore_ascii_case(value))
}

/// Whether the value of that name is a secret.
pub(super) fn tells(name: &str) -> bool {
    // Every telling end has one of these for its last letter, and most names have not.
    let last = name.bytes().rev().find(u8::is_ascii_alphanumeric).map(|byte| byte.to_ascii_lowercase());
    if !matches!(last, Some(b'd' | b'e' | b't' | b'y' | b'g' | b'n')) {
        return false;
    }
    TELLING.iter().any(|end| ends_with(name, end)) || is_token_variable(name)
}

/// `GITHUB_TOKEN`, but not what pages are asked for by.
fn is_token_variable(name: &str) -> bool {
    let Some(before) = name.strip_suffix("_TOKEN") else { return false };
    let upper = before.bytes().all(|byte| matches!(byte, b'A'..=b'Z' | b'0'..=b'9' | b'_'));
    upper && !["NEXT", "PAGE", "CLIENT", "CONTINUATION", "REQUEST"].iter().any(|word| before.ends_with(word))
}

fn ends_with(name: &str, end: &str) -> bool {
    let mut letters =
        name.bytes().rev().filter(u8::is_ascii_alphanumeric).map(|byte| byte.to_ascii_lowercase());
    end.bytes().rev().all(|byte| letters.next() == Some(byte))
}

/// Whether what stands there is no secret: nothing, a word of a language, a reference, or masked already.
pub(super) fn is_reference(value: &str) -> bool {
    let value = value.trim();
    let plain = ["true", "false", "null", "none", "yes", "no"];
    let refers = ["arn:aws", "!Ref ", "!Sub ", "!GetAtt ", "secretsmanager:", "ssm:/"];
    let brackets = [("${", "}"), ("$(", ")"), ("{{", "}}"), ("<", ">")];
    value.bytes().all(|byte| byte == b'*')
        || plain.iter().any(|word| value.eq_ignore_ascii_case(word))
        || refers.iter().any(|begin| value.starts_with(begin))
        || brackets.iter().any(|(begin, end)| {
            value.starts_with(begin) && value.find(end).is_some_and(|at| at + end.len() == value.len())
        })
        || value.strip_prefix('$').is_some_and(is_variable)
}

fn is_variable(name: &str) -> bool {
    name.bytes().all(|byte| matches!(byte, b'A'..=b'Z' | b'0'..=b'9' | b'_'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_tell_by_their_end() {
        for name in [
            "password",
            "DB_PASSWORD",
            "MasterUserPassword",
            "db.password",
            "aws_secret_access_key",
            "SecretAccessKey",
            "aws_session_token",
            "SessionToken",
            "clientSecret",
            "client-secret",
            "GITHUB_TOKEN",
            "apiKey",
            "API_KEY",
            "SecretString",
            "private_key",
            "x-api-key",
        ] {
            assert!(tells(name), "{name}");
        }
        for name in [
            "",
            "_",
            "NextToken",
            "nextToken",
            "NEXT_TOKEN",
            "ClientToken",
            "ContinuationToken",
            "PasswordLastUsed",
            "PasswordPolicy",
            "SecretArn",
            "SecretId",
            "SecretName",
            "ApiKeyId",
            "PublicKey",
            "AccessKeyId",
            "KeyName",
            "AuthTokenEnabled",
            "Token",
            "token",
            "LockToken",
            "Name",
            "PWD",
            "é",
        ] {
            assert!(!tells(name), "{name}");
        }
    }

    #[test]
    fn references_are_no_secrets() {
        for value in [
            "",
            "***",
            "true",
            "arn:aws:secretsmanager:x",
            "${PASSWORD}",
            "{{resolve:ssm:x}}",
            "<password>",
            "$PASS_1",
        ] {
            assert!(is_reference(value), "{value}");
        }
        for value in
            ["hunter2", "$ecret1", "!bang", "<half", "${X}tail", "{{half", "<a> and <b>", "<", "{{", "}"]
        {
            assert!(!is_reference(value), "{value}");
        }
    }
}
