//! How the command line spells what the models name: `DescribeDBInstances` is `describe-db-instances`.
//!
//! The rules are botocore's `xform_name` and the AWS CLI's renamed services.

use std::borrow::Cow;

/// Words that count as one although their capitals say otherwise.
const WHOLE_WORDS: [(&str, &str); 6] = [
    ("WhatsApp", "Whatsapp"),
    ("iSCSI", "Iscsi"),
    ("PartiQL", "Partiql"),
    ("HITs", "Hits"),
    ("OAuth2", "Oauth2"),
    ("OTel", "Otel"),
];

/// Services whose command differs from the model's directory, as (command, directory).
const RENAMED_SERVICES: [(&str, &str); 4] = [
    ("s3api", "s3"),
    ("deploy", "codedeploy"),
    ("configservice", "config"),
    ("agent-toolkit", "agenttoolkit"),
];

/// The model directory of a service command; `None` where the name is taken by something else (`s3`) or hidden
/// behind another name (`codedeploy`).
pub(crate) fn service_directory(command: &str) -> Option<&str> {
    if RENAMED_SERVICES.iter().any(|(_, directory)| *directory == command) {
        return None;
    }
    let renamed = RENAMED_SERVICES.iter().find(|(name, _)| *name == command);
    Some(renamed.map_or(command, |(_, directory)| directory))
}

/// The command of a model directory.
pub(crate) fn service_command(directory: &str) -> &str {
    RENAMED_SERVICES.iter().find(|(_, name)| *name == directory).map_or(directory, |(command, _)| command)
}

/// An operation's command: [`dashed`], with the names that count as single words.
pub(crate) fn operation_command(name: &str) -> String {
    let mut name = Cow::Borrowed(name);
    for (word, plain) in WHOLE_WORDS {
        // One new operation is spelled by the letter.
        if name.contains(word) && !name.ends_with("WithTokenExchange") {
            name = Cow::Owned(name.replace(word, plain));
        }
    }
    dashed(&name)
}

/// The option of a parameter that no customisation renames: `InstanceIds` is `--instance-ids`.
pub fn option_of(parameter: &str) -> String {
    format!("--{}", dashed(parameter))
}

/// Camel case as lower-case words joined by dashes. A name that has a dash stays as it is.
pub(crate) fn dashed(name: &str) -> String {
    if name.contains('-') {
        return name.to_owned();
    }
    let split = split_plural_acronym(name);
    let first = dash_before_words(&split);
    dash_before_capitals(&first).to_lowercase()
}

/// `GatewayARNs` → `Gateway-arns`: a plural of an acronym at the end is one word.
fn split_plural_acronym(name: &str) -> Cow<'_, str> {
    let Some(stem) = name.strip_suffix('s') else { return Cow::Borrowed(name) };
    let head = stem.trim_end_matches(|c: char| c.is_ascii_uppercase());
    if stem.len() - head.len() < 2 {
        return Cow::Borrowed(name);
    }
    let (head, tail) = name.split_at(head.len());
    Cow::Owned(format!("{head}-{}", tail.to_ascii_lowercase()))
}

/// A dash between any character and a capital that lower-case letters follow.
fn dash_before_words(name: &str) -> String {
    let chars: Vec<char> = name.chars().collect();
    let mut out = String::with_capacity(name.len() + 8);
    let mut index = 0;
    while index < chars.len() {
        out.push(chars[index]);
        let word = chars.get(index + 1).is_some_and(char::is_ascii_uppercase)
            && chars.get(index + 2).is_some_and(char::is_ascii_lowercase)
            && chars[index] != '\n';
        index += 1;
        if !word {
            continue;
        }
        out.push('-');
        out.push(chars[index]);
        index += 1;
        while index < chars.len() && chars[index].is_ascii_lowercase() {
            out.push(chars[index]);
            index += 1;
        }
    }
    out
}

/// A dash between a lower-case letter or digit and a capital.
fn dash_before_capitals(name: &str) -> String {
    let mut out = String::with_capacity(name.len() + 8);
    let mut previous = '-';
    for c in name.chars() {
        if c.is_ascii_uppercase() && (previous.is_ascii_lowercase() || previous.is_ascii_digit()) {
            out.push('-');
        }
        out.push(c);
        previous = c;
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spells_operations() {
        for (name, expected) in [
            ("DescribeInstances", "describe-instances"),
            ("DescribeDBInstances", "describe-db-instances"),
            ("ListWebACLs", "list-web-acls"),
            ("CreateCachediSCSIVolume", "create-cached-iscsi-volume"),
            ("ListHITsForQualificationType", "list-hits-for-qualification-type"),
            ("ExecutePartiQLStatement", "execute-partiql-statement"),
            ("SendWhatsAppMessage", "send-whatsapp-message"),
            ("GetOTelEnrichment", "get-otel-enrichment"),
            ("ListObjectsV2", "list-objects-v2"),
            ("GetCallerIdentity", "get-caller-identity"),
            ("DescribeVpcs", "describe-vpcs"),
            ("EnableVgwRoutePropagation", "enable-vgw-route-propagation"),
        ] {
            assert_eq!(operation_command(name), expected);
        }
    }

    #[test]
    fn spells_parameters() {
        for (name, expected) in [
            ("InstanceIds", "instance-ids"),
            ("GatewayARNs", "gateway-arns"),
            ("DBInstanceIdentifier", "db-instance-identifier"),
            ("s3Location", "s3-location"),
            ("ec2TagFilters", "ec2-tag-filters"),
            ("LoRaWAN", "lo-ra-wan"),
            ("sourceServerIDs", "source-server-ids"),
            ("MaxItems", "max-items"),
            ("ACL", "acl"),
            ("x-amz", "x-amz"),
            ("", ""),
        ] {
            assert_eq!(dashed(name), expected);
        }
    }

    #[test]
    fn services_have_their_command_names() {
        assert_eq!(service_directory("s3api"), Some("s3"));
        assert_eq!(service_directory("s3"), None);
        assert_eq!(service_directory("codedeploy"), None);
        assert_eq!(service_directory("ec2"), Some("ec2"));
        assert_eq!(service_command("config"), "configservice");
    }
}
