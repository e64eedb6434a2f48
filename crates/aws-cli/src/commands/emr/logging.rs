//! What `--monitoring-configuration` of `emr create-cluster` may say about logs in S3.

use value::{Map, Value};

use crate::UsageError;

/// Holds the policies of uploads against each other and against the place of the logs.
pub(super) fn check(configuration: &Map, log_uri: Option<&str>) -> Result<(), UsageError> {
    let policies =
        configuration.get("S3LoggingConfiguration").and_then(|logging| logging.get("LogTypeUploadPolicy"));
    let Some(policies) = policies.and_then(Value::as_map).filter(|policies| !policies.is_empty()) else {
        return Ok(());
    };
    for (kind, policy) in policies.iter() {
        let policy = policy.as_text().unwrap_or_default();
        if !["system-logs", "application-logs", "persistent-ui-logs"].contains(&kind.as_str()) {
            return Err(UsageError::validation(
                "Invalid log type specified for the current S3LoggingConfiguration. Supported log types: system-logs, \
                 application-logs, persistent-ui-logs",
            ));
        }
        if !["emr-managed", "on-customer-s3only", "disabled"].contains(&policy) {
            return Err(UsageError::validation(
                "Invalid policy specified for the current S3LoggingConfiguration. Supported policies: emr-managed, \
                 on-customer-s3only, disabled",
            ));
        }
        if kind.as_str() == "persistent-ui-logs" && policy == "on-customer-s3only" {
            return Err(UsageError::validation(
                "Invalid policy for log type 'persistent-ui-logs'. Supported values for persistent-ui-logs: \
                 emr-managed, disabled",
            ));
        }
    }
    let disabled = |kind: &str| policies.get(kind).and_then(Value::as_text) == Some("disabled");
    let needs_place = !disabled("system-logs") || !disabled("application-logs");
    let has_place = log_uri.is_some_and(|place| !place.trim().is_empty());
    match (needs_place, has_place) {
        (true, false) => Err(UsageError::validation(
            "A valid S3 location (LogUri) is required for the current S3LoggingConfiguration. Please specify an S3 \
             bucket and try again.",
        )),
        (false, true) => Err(UsageError::validation(
            "LogUri must not be specified when system-logs and application-logs policies are both disabled in \
             S3LoggingConfiguration",
        )),
        _ => Ok(()),
    }
}
