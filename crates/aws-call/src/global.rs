//! Services that have one endpoint for a whole partition, so that a call needs no region.
//!
//! The list is that of botocore's `endpoints.json` (services that are not regionalised); the rule sets only say it
//! once they are given a region.

use aws_model::Service;

/// The region that stands for the whole of the partition `aws`.
pub(crate) const REGION: &str = "aws-global";

/// Where requests to those services are signed for.
pub(crate) const SIGNING_REGION: &str = "us-east-1";

const PREFIXES: [&str; 18] = [
    "account",
    "billingconductor",
    "budgets",
    "ce",
    "chime",
    "cloudfront",
    "codecatalyst",
    "health",
    "iam",
    "importexport",
    "networkmanager",
    "notifications-contacts",
    "organizations",
    "route53",
    "savingsplans",
    "shield",
    "tax",
    "waf",
];

/// Whether the service answers without a region.
pub(crate) fn is_global(service: &Service) -> bool {
    PREFIXES.contains(&service.metadata().endpoint_prefix.as_str())
}
