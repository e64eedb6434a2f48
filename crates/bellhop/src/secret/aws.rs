//! Follows references into AWS.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use slack::Secret;
use value::{Map, Value};

use super::explain::refused;
use super::find::Problem;
use super::reference::{Reference, region_of};
use crate::config::AwsSecrets;
use crate::own_aws::OwnAws;

/// The bound of a secret, in bytes: Secrets Manager's own.
const MAX_SECRET: usize = 64 * 1024;

/// The value that a reference into AWS stands for.
pub(super) async fn value(aws: &OwnAws, how: &AwsSecrets, reference: &Reference) -> Result<Secret, Problem> {
    let text = match reference {
        Reference::Kms(ciphertext) => decrypted(aws, how, ciphertext, reference).await?,
        Reference::SecretsManager { id, field } => managed(aws, how, id, field.as_deref(), reference).await?,
        Reference::Parameter(name) => parameter(aws, how, name, reference).await?,
        Reference::Env(_) | Reference::File(_) => return Err(odd(reference)),
    };
    if text.expose().len() > MAX_SECRET {
        return Err(Problem {
            what: format!("{reference} has more than {MAX_SECRET} bytes"),
            hint: "that is no secret of Slack's: look what is stored there".to_owned(),
        });
    }
    Ok(text)
}

async fn decrypted(
    aws: &OwnAws,
    how: &AwsSecrets,
    ciphertext: &str,
    reference: &Reference,
) -> Result<Secret, Problem> {
    let blob = STANDARD.decode(ciphertext).map_err(|_| Problem {
        what: format!("{reference} is no base64"),
        hint: "paste it whole, as `bellhop secret encrypt` printed it".to_owned(),
    })?;
    let mut params = Map::new();
    params.insert("CiphertextBlob", Value::Blob(blob.into()));
    if !how.kms_context.is_empty() {
        let context: Map =
            how.kms_context.iter().map(|(key, value)| (key.as_str(), value.as_str())).collect();
        params.insert("EncryptionContext", Value::Map(context));
    }
    let answer = aws.call("kms", "Decrypt", params, how.region.as_deref()).await;
    let answer = answer.map_err(|fault| refused(reference, &fault))?;
    match answer.get("Plaintext") {
        Some(Value::Blob(plain)) => text_of(plain, reference),
        _ => Err(odd(reference)),
    }
}

async fn managed(
    aws: &OwnAws,
    how: &AwsSecrets,
    id: &str,
    field: Option<&str>,
    reference: &Reference,
) -> Result<Secret, Problem> {
    let params: Map = [("SecretId", id)].into_iter().collect();
    let region = region_of(id).or(how.region.as_deref());
    let answer = aws.call("secretsmanager", "GetSecretValue", params, region).await;
    let answer = answer.map_err(|fault| refused(reference, &fault))?;
    let whole = match (answer.get("SecretString"), answer.get("SecretBinary")) {
        (Some(text), _) => Secret::new(text.as_text().unwrap_or_default()),
        (None, Some(Value::Blob(bytes))) => text_of(bytes, reference)?,
        _ => return Err(odd(reference)),
    };
    match field {
        None => filled(&whole, reference),
        Some(field) => filled(&field_of(&whole, field, reference)?, reference),
    }
}

async fn parameter(
    aws: &OwnAws,
    how: &AwsSecrets,
    name: &str,
    reference: &Reference,
) -> Result<Secret, Problem> {
    let mut params: Map = [("Name", name)].into_iter().collect();
    params.insert("WithDecryption", true);
    let region = region_of(name).or(how.region.as_deref());
    let answer = aws.call("ssm", "GetParameter", params, region).await;
    let answer = answer.map_err(|fault| refused(reference, &fault))?;
    let value = answer.get("Parameter").and_then(|parameter| parameter.get("Value")?.as_text());
    filled(&Secret::new(value.ok_or_else(|| odd(reference))?), reference)
}

/// The field of a JSON object. A fault names the fields that are there, not what is in them.
fn field_of(whole: &Secret, field: &str, reference: &Reference) -> Result<Secret, Problem> {
    let no_object = || Problem {
        what: format!("{reference}: the secret is no JSON object, so it has no field `{field}`"),
        hint: "leave `#` and the field out to take the whole secret".to_owned(),
    };
    let Ok(Value::Map(object)) = Value::from_json(whole.expose().as_bytes()) else { return Err(no_object()) };
    match object.get(field) {
        Some(value) => match value.printed_text() {
            Some(text) => Ok(Secret::new(text.into_owned())),
            None => Err(Problem {
                what: format!("{reference}: the field `{field}` holds no text"),
                hint: "store the secret itself in that field".to_owned(),
            }),
        },
        None => {
            let names: Vec<&str> = object.keys().map(value::Key::as_str).take(20).collect();
            Err(Problem {
                what: format!("{reference}: the secret has no field `{field}`"),
                hint: format!("its fields are: {}", names.join(", ")),
            })
        }
    }
}

fn text_of(bytes: &[u8], reference: &Reference) -> Result<Secret, Problem> {
    let text = std::str::from_utf8(bytes).map_err(|_| Problem {
        what: format!("{reference} holds bytes that are no text"),
        hint: "encrypt the text itself, as `bellhop secret encrypt` does, not its base64 form".to_owned(),
    })?;
    filled(&Secret::new(text), reference)
}

/// White space around a secret is a slip of whoever stored it.
fn filled(secret: &Secret, reference: &Reference) -> Result<Secret, Problem> {
    let trimmed = secret.expose().trim();
    if trimmed.is_empty() {
        return Err(Problem {
            what: format!("{reference} is empty"),
            hint: "an empty secret protects nothing".to_owned(),
        });
    }
    Ok(Secret::new(trimmed))
}

fn odd(reference: &Reference) -> Problem {
    Problem {
        what: format!("{reference}: AWS's answer holds no value"),
        hint: "look at it with `bellhop aws`".to_owned(),
    }
}
