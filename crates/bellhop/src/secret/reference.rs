//! What a configuration says in a secret's place: `env:NAME`, `file:PATH`, `kms:BASE64`, `secretsmanager:ID#FIELD`,
//! `ssm:/NAME`.

use std::fmt;

/// The bound of a reference, in bytes: a ciphertext of KMS has at most 6,144, as base64.
const MAX_REFERENCE: usize = 16 * 1024;

/// Where a secret is found.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Reference {
    /// An environment variable.
    Env(String),
    /// A file, by a path that starts at the configuration's folder.
    File(String),
    /// A ciphertext that KMS decrypts, as base64.
    Kms(String),
    /// A secret of Secrets Manager, by name or ARN; the field of its JSON object, or all of it.
    SecretsManager {
        /// Name or ARN.
        id: String,
        /// The field.
        field: Option<String>,
    },
    /// A parameter of Systems Manager, by name or ARN.
    Parameter(String),
}

impl Reference {
    /// Reads one; `None` if it is none.
    pub(crate) fn parse(text: &str) -> Option<Reference> {
        let (kind, rest) = text.split_once(':')?;
        let rest = rest.trim();
        if rest.is_empty() || text.len() > MAX_REFERENCE {
            return None;
        }
        Some(match kind {
            "env" => Reference::Env(rest.to_owned()),
            "file" => Reference::File(rest.to_owned()),
            "kms" if is_base64(rest) => Reference::Kms(rest.to_owned()),
            "secretsmanager" => match rest.split_once('#') {
                Some((id, field)) if !id.is_empty() && !field.is_empty() => {
                    Reference::SecretsManager { id: id.to_owned(), field: Some(field.to_owned()) }
                }
                Some(_) => return None,
                None => Reference::SecretsManager { id: rest.to_owned(), field: None },
            },
            "ssm" if rest.starts_with('/') || rest.starts_with("arn:") => {
                Reference::Parameter(rest.to_owned())
            }
            _ => return None,
        })
    }

    /// Whether AWS must be asked.
    pub(crate) fn is_in_aws(&self) -> bool {
        !matches!(self, Reference::Env(_) | Reference::File(_))
    }

    /// Whether its value can change while the process runs: an environment cannot, and a ciphertext is always the same text.
    pub(crate) fn can_change(&self) -> bool {
        matches!(self, Reference::File(_) | Reference::SecretsManager { .. } | Reference::Parameter(_))
    }
}

/// As it is written, a ciphertext cut short.
impl fmt::Display for Reference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Reference::Env(name) => write!(f, "env:{name}"),
            Reference::File(path) => write!(f, "file:{path}"),
            Reference::Kms(ciphertext) => write!(f, "kms:{}…", ciphertext.get(..8).unwrap_or(ciphertext)),
            Reference::SecretsManager { id, field: None } => write!(f, "secretsmanager:{id}"),
            Reference::SecretsManager { id, field: Some(field) } => write!(f, "secretsmanager:{id}#{field}"),
            Reference::Parameter(name) => write!(f, "ssm:{name}"),
        }
    }
}

/// The region that an ARN names: `arn:aws:secretsmanager:eu-west-1:…`.
pub(crate) fn region_of(id: &str) -> Option<&str> {
    id.strip_prefix("arn:")?.split(':').nth(2).filter(|region| !region.is_empty())
}

fn is_base64(text: &str) -> bool {
    let digits = text.trim_end_matches('=');
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'+' || byte == b'/';
    text.len() - digits.len() <= 2 && !digits.is_empty() && digits.bytes().all(plain)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn references_are_read_strictly() {
        let manager = |id: &str, field: Option<&str>| Reference::SecretsManager {
            id: id.to_owned(),
            field: field.map(str::to_owned),
        };
        let arn = "arn:aws:secretsmanager:eu-west-1:111111111111:secret:bellhop-AbCdEf";
        for (text, expected) in [
            ("env:A", Some(Reference::Env("A".to_owned()))),
            ("file:a/b", Some(Reference::File("a/b".to_owned()))),
            ("kms:AQICAHh+/w==", Some(Reference::Kms("AQICAHh+/w==".to_owned()))),
            ("kms:not base64", None),
            ("kms:===", None),
            ("secretsmanager:slack", Some(manager("slack", None))),
            ("secretsmanager:slack#bot", Some(manager("slack", Some("bot")))),
            (&format!("secretsmanager:{arn}#bot"), Some(manager(arn, Some("bot")))),
            ("secretsmanager:#bot", None),
            ("secretsmanager:slack#", None),
            ("ssm:/a/b", Some(Reference::Parameter("/a/b".to_owned()))),
            ("ssm:a", None),
            ("env:", None),
            ("xoxb-1", None),
            ("", None),
        ] {
            assert_eq!(Reference::parse(text), expected, "{text}");
        }
        assert_eq!(Reference::parse(&format!("kms:{}", "A".repeat(MAX_REFERENCE))), None);
        assert_eq!(region_of(arn), Some("eu-west-1"));
        assert_eq!(region_of("slack"), None);
    }

    proptest::proptest! {
        #[test]
        fn what_is_read_is_written_as_it_was(text in "(env|file|secretsmanager|ssm|kms|x):\\PC{0,40}") {
            if let Some(reference) = Reference::parse(&text).filter(|found| !matches!(found, Reference::Kms(_))) {
                proptest::prop_assert_eq!(Reference::parse(&reference.to_string()), Some(reference));
            }
        }
    }
}
