//! AWS as Bellhop itself reaches it.

use value::{Map, Value};

use super::time::region;
use super::{Seen, Subject};
use crate::engine;

pub(super) async fn credentials(subject: &Subject) -> Vec<Seen> {
    let options = subject.options("sts", Some(region(subject)));
    vec![match subject.call("sts", "GetCallerIdentity", Map::new(), &options).await {
        Ok(answer) => {
            let arn = answer.get("Arn").and_then(Value::as_text).unwrap_or("somebody");
            let what = format!("Bellhop itself is {arn}");
            if arn.ends_with(":root") && !engine::is_local(&subject.vars) {
                Seen::warning(
                    what,
                    "Never run it as root: make a role or user that may assume the accounts' roles.",
                )
            } else {
                Seen::ok(what)
            }
        }
        Err(refused) => {
            let remedy = match refused.code.as_str() {
                "" if refused.said.contains("no source has credentials") => {
                    "Give it a role (instance profile, task role, function role), or AWS_PROFILE, or keys."
                }
                "" => {
                    "See whether sts.<region>.amazonaws.com can be reached from here: proxy, firewall, VPC endpoint."
                }
                "ExpiredToken" | "ExpiredTokenException" => {
                    "The session token is over: fetch fresh credentials."
                }
                "SignatureDoesNotMatch" => {
                    "The secret key does not belong to the key id, or the clock is off."
                }
                _ => "Make the key active again, or give it others.",
            };
            Seen::failure(refused.said, remedy)
        }
    }]
}

/// Endpoints that were set for a test stay set.
pub(super) async fn endpoints(subject: &Subject) -> Vec<Seen> {
    let set = |(name, url): (&String, &String)| {
        let counts = name.starts_with("AWS_ENDPOINT_URL") && !url.is_empty();
        (counts && !url.contains(".amazonaws.com")).then(|| format!("{name}={url}"))
    };
    let set: Vec<String> = subject.vars.iter().filter_map(set).collect();
    if set.is_empty() {
        return Vec::new();
    }
    vec![Seen::warning(
        format!("calls do not go to AWS's own addresses: {}", set.join(", ")),
        "Unset it unless a VPC endpoint or a test is meant.",
    )]
}

pub(super) async fn models(subject: &Subject) -> Vec<Seen> {
    let catalog = &subject.client.parts().catalog;
    let (version, services) = (catalog.version(), catalog.names().len());
    let more = match subject.vars.get("AWS_DATA_PATH").filter(|path| !path.is_empty()) {
        Some(_) => ", and what AWS_DATA_PATH adds",
        None => "",
    };
    vec![Seen::ok(format!("{services} services, as of botocore {version}{more}"))]
}
