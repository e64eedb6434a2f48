//! The key of KMS under which the keys of the store are kept: it must make data keys and open them.

use value::{Map, Value};

use super::subject::Refused;
use super::{Seen, Subject};

pub(super) async fn key(subject: &Subject) -> Vec<Seen> {
    let Some(id) = &subject.facts.kms else { return Vec::new() };
    // An ARN names its region; an id or alias is of Bellhop's own.
    let region = id.strip_prefix("arn:").and_then(|rest| rest.split(':').nth(2));
    let options = subject.options("kms", region);
    let context: Map = [("bellhop", "doctor")].into_iter().collect();
    let mut params: Map = [("KeyId", id.as_str()), ("KeySpec", "AES_256")].into_iter().collect();
    params.insert("EncryptionContext", Value::Map(context.clone()));
    let made = match subject.call("kms", "GenerateDataKey", params, &options).await {
        Ok(made) => made,
        Err(refused) => return vec![refusal("make a data key", &refused)],
    };
    let mut params = Map::new();
    params.insert("CiphertextBlob", made.get("CiphertextBlob").cloned().unwrap_or_default());
    params.insert("EncryptionContext", Value::Map(context));
    vec![match subject.call("kms", "Decrypt", params, &options).await {
        Ok(opened) if opened.get("Plaintext") == made.get("Plaintext") => {
            Seen::ok(format!("{id} makes data keys and opens them"))
        }
        Ok(_) => {
            Seen::failure("KMS opens a data key to something else", "See what answers at KMS's endpoint.")
        }
        Err(refused) => refusal("open a data key", &refused),
    }]
}

/// Source: <https://docs.aws.amazon.com/kms/latest/APIReference/API_GenerateDataKey.html>, Errors.
fn refusal(what: &str, refused: &Refused) -> Seen {
    let remedy = match refused.code.as_str() {
        "AccessDeniedException" | "AccessDenied" => {
            "Allow Bellhop's own role kms:GenerateDataKey and kms:Decrypt, in its policies and in the key's."
        }
        "DisabledException" => {
            "Enable the key: aws kms enable-key. What is sealed cannot be opened meanwhile."
        }
        "NotFoundException" => {
            "Name a key of this account and region in [store] key, by its ARN if it is elsewhere."
        }
        "KMSInvalidStateException" | "InvalidKeyStateException" => {
            "The key is being deleted: aws kms cancel-key-deletion, then enable-key, before it is gone with all that it seals."
        }
        "InvalidKeyUsageException" => "Name a symmetric key for encryption.",
        _ => "See whether KMS can be reached from here: proxy, firewall, VPC endpoint.",
    };
    Seen::failure(format!("KMS does not {what}: {}", refused.said), remedy)
}
