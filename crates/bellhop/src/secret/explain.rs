//! What a refusal of AWS means for a secret, and what to do about it.

use super::find::Problem;
use super::reference::Reference;
use crate::own_aws::OwnFault;

/// The fault of a reference that AWS did not follow.
pub(super) fn refused(reference: &Reference, fault: &OwnFault) -> Problem {
    let hint = match general(fault) {
        Some(hint) => hint.to_owned(),
        None => meaning(reference, fault),
    };
    Problem { what: format!("{reference} cannot be read: {}", fault.what), hint }
}

/// What to do when KMS does not make or open a key of Bellhop's own.
pub(crate) fn kms_remedy(fault: &OwnFault) -> String {
    let own = match fault.code.as_str() {
        "InvalidCiphertextException" => "the record in the store was changed: restore it from a backup",
        "IncorrectKeyException" => {
            "the record was made with another key: name that key in [store] key, or point the alias back"
        }
        "NotFoundException" => "there is no such key in this account and region",
        _ if fault.is_denied() => "allow Bellhop's own role kms:Decrypt and kms:GenerateDataKey for that key",
        _ => general(fault).or_else(|| key_state(fault)).unwrap_or("AWS's answer above says why"),
    };
    own.to_owned()
}

/// What has nothing to do with the secret.
fn general(fault: &OwnFault) -> Option<&'static str> {
    if fault.no_credentials {
        return Some("Bellhop finds no credentials of its own: set AWS_PROFILE, or run it in a role");
    }
    match fault.code.as_str() {
        "ThrottlingException" | "TooManyRequestsException" | "LimitExceededException" => {
            Some("AWS asks for fewer calls; it is tried again by itself")
        }
        "ExpiredTokenException" | "ExpiredToken" | "UnrecognizedClientException" | "InvalidClientTokenId" => {
            Some("AWS does not know Bellhop's own credentials, or no longer: renew them")
        }
        "" => {
            Some("AWS did not answer: a running Bellhop tries again by itself; look at network and endpoint")
        }
        _ if fault.unreached => Some("AWS failed on its side; a running Bellhop tries again by itself"),
        _ => None,
    }
}

fn key_state(fault: &OwnFault) -> Option<&'static str> {
    match fault.code.as_str() {
        "DisabledException" => Some("the key is disabled: `aws kms enable-key` enables it"),
        "KMSInvalidStateException" | "InvalidKeyStateException" => {
            Some("the key is being deleted: `aws kms cancel-key-deletion`, then `enable-key`")
        }
        _ => None,
    }
}

fn meaning(reference: &Reference, fault: &OwnFault) -> String {
    if let Some(hint) = key_state(fault) {
        return format!("{hint}, or encrypt anew under another key with `bellhop secret encrypt`");
    }
    match (reference, fault.code.as_str()) {
        (Reference::Kms(_), "InvalidCiphertextException") => {
            "it is damaged, or was encrypted with another encryption context than [secrets] kms_context: \
             `bellhop secret encrypt` makes it anew"
                .to_owned()
        }
        (Reference::Kms(_), "NotFoundException" | "IncorrectKeyException") => {
            "its key is not in this account and region: [secrets] region names another region".to_owned()
        }
        (Reference::SecretsManager { .. }, "ResourceNotFoundException") => {
            "there is no such secret in this account and region, or it has no value yet; an ARN names another region"
                .to_owned()
        }
        (Reference::SecretsManager { id, .. }, "InvalidRequestException") => {
            format!("it is marked for deletion: `aws secretsmanager restore-secret --secret-id {id}`")
        }
        (Reference::Parameter(_), "ParameterNotFound" | "ParameterVersionNotFound") => {
            "there is no such parameter in this account and region".to_owned()
        }
        (_, "DecryptionFailure" | "InvalidKeyId") => {
            "KMS does not decrypt it: its key may be disabled, or Bellhop's role lacks kms:Decrypt for it".to_owned()
        }
        _ if fault.is_denied() => format!("allow Bellhop's own role {}", rights(reference)),
        _ => "AWS's answer above says why".to_owned(),
    }
}

fn rights(reference: &Reference) -> &'static str {
    match reference {
        Reference::Kms(_) => {
            "kms:Decrypt for that key; a condition on the encryption context must fit [secrets] kms_context"
        }
        Reference::SecretsManager { .. } => {
            "secretsmanager:GetSecretValue for that secret, and kms:Decrypt where a key of your own encrypts it"
        }
        Reference::Parameter(_) => {
            "ssm:GetParameter for that parameter, and kms:Decrypt where a key of your own encrypts it"
        }
        Reference::Env(_) | Reference::File(_) => "to read it",
    }
}
