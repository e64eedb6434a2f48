//! Ids as EC2 and its neighbours make them: a prefix that tells the kind, a dash, 8 or 17 hexadecimal digits.

use super::QueryFault;

/// Prefixes, and the kind of thing that each stands for. Where one prefix stands for two kinds, both are asked for.
/// Source: <https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/resource-ids.html>, and each service's API reference.
pub(crate) const ID_KINDS: &[(&str, &[&str])] = &[
    ("acl", &["network-acl"]),
    ("aclassoc", &["network-acl-association"]),
    ("ami", &["image"]),
    ("aki", &["image"]),
    ("ari", &["image"]),
    ("cgw", &["customer-gateway"]),
    ("cr", &["capacity-reservation"]),
    ("dopt", &["dhcp-options"]),
    ("eigw", &["egress-gateway"]),
    ("eipalloc", &["elastic-ip"]),
    ("eipassoc", &["elastic-ip-association"]),
    ("eni", &["network-interface"]),
    ("eni-attach", &["network-interface-attachment"]),
    ("fl", &["flow-log"]),
    ("fs", &["file-system", "fsx-file-system"]),
    ("fsap", &["access-point"]),
    ("fsmt", &["mount-target"]),
    ("h", &["dedicated-host"]),
    ("i", &["instance"]),
    ("igw", &["internet-gateway"]),
    ("key", &["key-pair"]),
    ("lt", &["launch-template"]),
    ("mi", &["managed-node"]),
    ("nat", &["nat-gateway"]),
    ("pcx", &["peering-connection"]),
    ("pl", &["prefix-list"]),
    ("r", &["reservation"]),
    ("rtb", &["route-table"]),
    ("rtbassoc", &["route-table-association"]),
    ("sg", &["security-group"]),
    ("sgr", &["security-group-rule"]),
    ("sir", &["spot-request"]),
    ("snap", &["snapshot"]),
    ("subnet", &["subnet"]),
    ("subnet-cidr-assoc", &["subnet-range"]),
    ("tgw", &["transit-gateway"]),
    ("tgw-attach", &["transit-gateway-attachment"]),
    ("tgw-rtb", &["transit-gateway-route-table"]),
    ("vgw", &["vpn-gateway"]),
    ("vol", &["volume"]),
    ("vpc", &["vpc"]),
    ("vpc-cidr-assoc", &["vpc-range"]),
    ("vpce", &["vpc-endpoint"]),
    ("vpce-svc", &["endpoint-service"]),
    ("vpn", &["vpn-connection"]),
];

/// An id of a known kind.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Id {
    /// The id, in lower case.
    pub(crate) id: String,
    /// The kinds that it may be of.
    pub(crate) kinds: &'static [&'static str],
    /// Where it is, if a name around it told.
    pub(crate) region: Option<String>,
}

impl Id {
    /// The id that a text is, if it is one.
    pub(crate) fn of(text: &str) -> Option<Id> {
        Id::read(text).ok().flatten()
    }

    /// The id that a word is; `None` if it is something else.
    ///
    /// # Errors
    /// It would be one, had it as many digits.
    pub(super) fn read(word: &str) -> Result<Option<Id>, QueryFault> {
        let lower = word.to_ascii_lowercase();
        let Some((prefix, digits)) = lower.rsplit_once('-') else { return Ok(None) };
        let Some(kinds) = kinds(prefix) else { return Ok(None) };
        if digits.is_empty() || !digits.bytes().all(|byte| byte.is_ascii_hexdigit()) {
            return Ok(None);
        }
        match digits.len() {
            8 | 17 => Ok(Some(Id { id: lower, kinds, region: None })),
            // `vol-1` may be a name, `i-1` hardly.
            count if prefix == "i" || (6..=20).contains(&count) => {
                Err(QueryFault::Digits { prefix: prefix.to_owned(), digits: count })
            }
            _ => Ok(None),
        }
    }
}

fn kinds(prefix: &str) -> Option<&'static [&'static str]> {
    ID_KINDS.iter().find(|(known, _)| *known == prefix).map(|(_, kinds)| *kinds)
}
