//! IAM's name for a service.

use crate::{Operation, Service};

/// Services whose IAM prefix is not the name they sign with. Held against the actions that AWS publishes for its
/// policy language (Service Authorization Reference).
const PREFIXES: &[(&str, &str)] = &[
    ("cloudcontrol", "cloudformation"),
    ("cloudwatch", "cloudwatch"),
    ("iot-data", "iot"),
    ("iot-jobs-data", "iotjobsdata"),
    ("iotsecuretunneling", "iot"),
    ("mturk", "mechanicalturk"),
    ("partnercentral-account", "partnercentral"),
    ("partnercentral-benefits", "partnercentral"),
    ("partnercentral-channel", "partnercentral"),
    ("partnercentral-selling", "partnercentral"),
    ("resourcegroupstaggingapi", "tag"),
];

/// The prefix of the service's actions in policies: `s3`, `elasticloadbalancing`, `states`.
pub fn iam_prefix(service: &Service) -> &str {
    let facts = service.metadata();
    prefix_of(service.name(), facts.signing_name.as_deref().unwrap_or(&facts.endpoint_prefix))
}

/// The same for a service that need not be open.
pub(crate) fn prefix_of<'a>(name: &str, signing_name: &'a str) -> &'a str {
    match PREFIXES.binary_search_by(|(known, _)| (*known).cmp(name)) {
        Ok(found) => PREFIXES[found].1,
        Err(_) => signing_name,
    }
}

/// The action as grants name it, `s3:ListBuckets`: IAM's prefix, the API's operation (IAM itself knows a few of them
/// by another name).
pub fn iam_action(service: &Service, operation: &Operation) -> String {
    format!("{}:{}", iam_prefix(service), operation.name)
}
