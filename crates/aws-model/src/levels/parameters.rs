//! Parameters that raise the level of a call.

use value::{Map, Value};

use super::{Level, level};
use crate::{Operation, Service};

/// A parameter that raises a level: in which service, of which operations (by the begin of their names), which
/// parameter with which value, to which level.
struct Raise {
    service: &'static str,
    operations: &'static [&'static str],
    parameter: &'static str,
    when: When,
    to: Level,
}

enum When {
    True,
    Text(&'static str),
    Present,
    /// Absent counts too.
    NotTrue,
}

const RAISES: &[Raise] = &[
    // Decrypted parameters are secrets.
    Raise {
        service: "ssm",
        operations: &["GetParameter"],
        parameter: "WithDecryption",
        when: When::True,
        to: Level::Secret,
    },
    // The keys themselves instead of their names.
    Raise {
        service: "apigateway",
        operations: &["GetApiKey"],
        parameter: "includeValue",
        when: When::True,
        to: Level::Secret,
    },
    Raise {
        service: "apigateway",
        operations: &["GetApiKeys"],
        parameter: "includeValues",
        when: When::True,
        to: Level::Secret,
    },
    // Properties of a connection hold its password unless it is asked to hide it.
    Raise {
        service: "glue",
        operations: &["GetConnection"],
        parameter: "HidePassword",
        when: When::NotTrue,
        to: Level::Secret,
    },
    // The role that a function runs in.
    Raise {
        service: "lambda",
        operations: &["UpdateFunctionConfiguration"],
        parameter: "Role",
        when: When::Present,
        to: Level::Permissions,
    },
    // Policies among other settings.
    Raise {
        service: "kms",
        operations: &["CreateKey", "ReplicateKey"],
        parameter: "Policy",
        when: When::Present,
        to: Level::Permissions,
    },
    Raise {
        service: "ec2",
        operations: &["CreateVpcEndpoint", "ModifyVpcEndpoint"],
        parameter: "PolicyDocument",
        when: When::Present,
        to: Level::Permissions,
    },
    Raise {
        service: "opensearch",
        operations: &["CreateDomain", "UpdateDomainConfig"],
        parameter: "AccessPolicies",
        when: When::Present,
        to: Level::Permissions,
    },
    Raise {
        service: "es",
        operations: &["CreateElasticsearchDomain", "UpdateElasticsearchDomainConfig"],
        parameter: "AccessPolicies",
        when: When::Present,
        to: Level::Permissions,
    },
    // User data often carries credentials, and always carries code.
    Raise {
        service: "ec2",
        operations: &["DescribeInstanceAttribute"],
        parameter: "Attribute",
        when: When::Text("userData"),
        to: Level::Data,
    },
    // Cancelling a fleet can end its instances.
    Raise {
        service: "ec2",
        operations: &["CancelSpotFleetRequests"],
        parameter: "TerminateInstances",
        when: When::True,
        to: Level::Destructive,
    },
    // A parameter store entry that is a secret.
    Raise {
        service: "ssm",
        operations: &["PutParameter"],
        parameter: "Type",
        when: When::Text("SecureString"),
        to: Level::Secret,
    },
    // An access list in a request that otherwise writes an object or makes a bucket.
    Raise {
        service: "s3",
        operations: &["PutObject", "CopyObject", "CreateBucket", "CreateMultipartUpload"],
        parameter: "ACL",
        when: When::Present,
        to: Level::Permissions,
    },
];

/// The level of an operation with these parameters: never lower than [`level`] says, unless it is reading anyway.
pub fn level_of_call(service: &Service, operation: &Operation, parameters: &Map) -> Level {
    let base = level(service, operation);
    let raise = RAISES.iter().find(|raise| {
        raise.service == service.name()
            && raise.operations.iter().any(|begin| operation.name.starts_with(begin))
            && raise.when.holds(parameters.get(raise.parameter).unwrap_or(&Value::Null))
    });
    raise.map_or(base, |raise| raise.to)
}

impl When {
    fn holds(&self, value: &Value) -> bool {
        match self {
            When::True => !matches!(value, Value::Bool(false) | Value::Null),
            When::Text(expected) => value.as_text().is_some_and(|text| text.eq_ignore_ascii_case(expected)),
            When::Present => !value.is_null(),
            When::NotTrue => *value != Value::Bool(true),
        }
    }
}
