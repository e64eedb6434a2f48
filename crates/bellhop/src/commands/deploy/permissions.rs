//! Every permission of every role of the templates, with its reason: made from the templates themselves.
//!
//! A role's reasons stand in its `Metadata` under `Why`, by the `Sid` of the statement.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use anyhow::Result;
use value::{JsonStyle, Map, Value};

use super::template;

/// What one statement allows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Permission {
    /// The statement's name.
    pub(super) sid: String,
    /// `sts:AssumeRole`
    pub(super) actions: Vec<String>,
    /// On what, in the template's words.
    pub(super) resources: Vec<String>,
    /// Under which conditions, in the template's words.
    pub(super) condition: String,
}

/// A role, or the policy of a key.
#[derive(Debug)]
pub(super) struct Holder {
    /// Its name in the template.
    pub(super) name: String,
    /// Who may be it: services, or accounts.
    pub(super) trusts: Vec<String>,
    /// What it may.
    pub(super) permissions: Vec<Permission>,
    /// The reasons, by statement.
    pub(super) why: BTreeMap<String, String>,
}

/// All that grant something, in the template's order.
pub(super) fn holders(template: &Value) -> Vec<Holder> {
    let resources = template.get("Resources").and_then(Value::as_map);
    resources.into_iter().flat_map(Map::iter).filter_map(|(name, one)| holder(name.as_str(), one)).collect()
}

fn holder(name: &str, resource: &Value) -> Option<Holder> {
    let properties = resource.get("Properties")?;
    let (trusts, permissions) = match resource.get("Type").and_then(Value::as_text)? {
        "AWS::IAM::Role" => {
            let trust = statements(properties.get("AssumeRolePolicyDocument"));
            let policies = properties.get("Policies").and_then(Value::as_list).unwrap_or_default();
            let inline = policies.iter().flat_map(|policy| statements(policy.get("PolicyDocument")));
            // A trust with names of its own is what the role is about.
            let named = trust.iter().filter(|statement| statement.get("Sid").is_some()).copied();
            let permissions = named.chain(inline).map(permission).collect();
            (trust.iter().flat_map(|one| spoken(one.get("Principal"))).collect(), permissions)
        }
        "AWS::KMS::Key" => {
            let own = statements(properties.get("KeyPolicy"));
            (Vec::new(), own.into_iter().map(permission).collect())
        }
        _ => return None,
    };
    let why = resource.get("Metadata").and_then(|metadata| metadata.get("Why")).and_then(Value::as_map);
    let reason = |(sid, why): (&value::Key, &Value)| Some((sid.to_string(), why.as_text()?.to_owned()));
    let why = why.into_iter().flat_map(Map::iter).filter_map(reason).collect();
    Some(Holder { name: name.to_owned(), trusts, permissions, why })
}

/// The statements of a document, those under a condition of the template among them.
fn statements(document: Option<&Value>) -> Vec<&Value> {
    let all = document.and_then(|document| document.get("Statement")).and_then(Value::as_list);
    all.unwrap_or_default().iter().flat_map(branches).collect()
}

/// What an `Fn::If` can come to; everything else is itself.
fn branches(value: &Value) -> Vec<&Value> {
    match value.get("Fn::If").and_then(Value::as_list) {
        Some([_, one, other]) => branches(one).into_iter().chain(branches(other)).collect(),
        _ if value.get("Ref").and_then(Value::as_text) == Some("AWS::NoValue") => Vec::new(),
        _ => vec![value],
    }
}

fn permission(statement: &Value) -> Permission {
    Permission {
        sid: statement.get("Sid").and_then(Value::as_text).unwrap_or_default().to_owned(),
        actions: spoken(statement.get("Action")),
        resources: spoken(statement.get("Resource")),
        condition: statement.get("Condition").map(conditions).unwrap_or_default(),
    }
}

/// `ArnEquals aws:PrincipalArn ${WorkerRoleArn} and …`
fn conditions(condition: &Value) -> String {
    let operators = condition.as_map().into_iter().flat_map(Map::iter);
    let one = |(operator, tested): (&value::Key, &Value)| -> Vec<String> {
        let keys = tested.as_map().into_iter().flat_map(Map::iter);
        keys.map(|(key, value)| format!("{operator} {key} {}", spoken(Some(value)).join(" or "))).collect()
    };
    operators.flat_map(one).collect::<Vec<_>>().join(" and ")
}

/// One text or several, functions of the template as they are called there.
fn spoken(value: Option<&Value>) -> Vec<String> {
    let Some(value) = value else { return Vec::new() };
    let several = match value {
        Value::List(items) => items.iter().flat_map(branches).collect(),
        other => branches(other),
    };
    several.into_iter().map(told).collect()
}

fn told(value: &Value) -> String {
    let Some((name, argument)) = value.as_map().and_then(|map| map.iter().next()) else {
        return value.as_text().map_or_else(|| value.to_json(JsonStyle::Compact), str::to_owned);
    };
    match (name.as_str(), argument) {
        ("Ref", Value::Text(name)) => format!("${{{name}}}"),
        ("Fn::Sub", Value::Text(text)) => text.to_string(),
        ("Fn::GetAtt", Value::List(path)) => {
            let path: Vec<&str> = path.iter().filter_map(Value::as_text).collect();
            format!("${{{}}}", path.join("."))
        }
        ("Fn::GetAtt", Value::Text(path)) => format!("${{{path}}}"),
        (_, Value::List(items)) => {
            let items: Vec<String> = items.iter().map(told).collect();
            format!("{name} {}", items.join(" or "))
        }
        (_, argument) => format!("{name} {}", told(argument)),
    }
}

/// The page `docs/permissions.md`.
pub(super) fn page() -> Result<String> {
    let mut page = String::from(
        "# What each role may do, and why\n\nMade by `bellhop deploy --permissions` from the templates; do not edit. `${…}` are \
         the templates' own names.\n",
    );
    for (file, text) in
        [("deploy/bellhop.yaml", template::BELLHOP), ("deploy/member-account.yaml", template::MEMBER)]
    {
        let _ = writeln!(page, "\n## [{file}](../{file})");
        for holder in holders(&template::read(text)?) {
            let _ = writeln!(page, "\n### {}\n", holder.name);
            if !holder.trusts.is_empty() {
                let _ = writeln!(page, "Assumed by: {}.\n", ticked(&holder.trusts));
            }
            page.push_str("| statement | may | on | why |\n|---|---|---|---|\n");
            for permission in &holder.permissions {
                page.push_str(&row(permission, &holder.why));
            }
        }
    }
    Ok(page)
}

fn row(permission: &Permission, why: &BTreeMap<String, String>) -> String {
    let Permission { sid, actions, resources, condition } = permission;
    let on = if resources.is_empty() { "itself".to_owned() } else { ticked(resources) };
    let on = if condition.is_empty() { on } else { format!("{on}, if `{condition}`") };
    let why = why.get(sid).map_or("", String::as_str);
    format!("| {sid} | {} | {on} | {why} |\n", ticked(actions))
}

fn ticked(texts: &[String]) -> String {
    let texts: Vec<String> = texts.iter().map(|text| format!("`{text}`")).collect();
    texts.join(", ")
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test may stop where it fails")]

    use std::collections::BTreeSet;

    use super::*;

    fn all() -> Vec<Holder> {
        [template::BELLHOP, template::MEMBER]
            .iter()
            .flat_map(|text| holders(&template::read(text).unwrap()))
            .collect()
    }

    fn one<'h>(all: &'h [Holder], name: &str) -> &'h Holder {
        all.iter().find(|holder| holder.name == name).unwrap()
    }

    #[test]
    fn the_page_is_up_to_date() {
        let written = include_str!("../../../../../docs/permissions.md");
        assert_eq!(
            written,
            page().unwrap(),
            "write it anew: bellhop deploy --permissions > docs/permissions.md"
        );
    }

    #[test]
    fn every_permission_has_a_reason_and_every_reason_a_permission() {
        for Holder { name, permissions, why, .. } in all() {
            let given: BTreeSet<&str> = permissions.iter().map(|one| one.sid.as_str()).collect();
            let explained: BTreeSet<&str> = why.keys().map(String::as_str).collect();
            assert_eq!(given, explained, "{name}");
            assert!(!given.contains(""), "{name} has a statement without a name");
        }
    }

    #[test]
    fn the_front_can_act_in_no_account() {
        let all = all();
        let front = one(&all, "FrontRole");
        let actions: BTreeSet<&str> =
            front.permissions.iter().flat_map(|one| &one.actions).map(String::as_str).collect();
        let expected = [
            "dynamodb:BatchGetItem",
            "dynamodb:ConditionCheckItem",
            "dynamodb:DeleteItem",
            "dynamodb:GetItem",
            "dynamodb:PutItem",
            "dynamodb:Query",
            "dynamodb:UpdateItem",
            "kms:Decrypt",
            "kms:GenerateDataKey",
            "logs:CreateLogStream",
            "logs:PutLogEvents",
            "s3:GetObject",
            "secretsmanager:GetSecretValue",
            "sns:Publish",
            "sqs:SendMessage",
            "ssm:GetParameter",
        ];
        assert_eq!(actions, expected.into());
        assert_eq!(front.trusts, ["Service lambda.amazonaws.com"]);
    }

    #[test]
    fn nothing_is_allowed_by_a_wildcard() {
        for Holder { name, permissions, .. } in all() {
            for Permission { sid, actions, resources, .. } in permissions {
                assert!(actions.iter().all(|action| !action.contains('*')), "{name} {sid}: {actions:?}");
                // A key's own policy is about the key.
                let wide = resources.iter().any(|on| on.contains('*'));
                assert!(name == "Key" || !wide, "{name} {sid}: {resources:?}");
            }
        }
    }

    #[test]
    fn only_the_worker_assumes_roles_and_only_those_of_the_accounts() {
        for Holder { name, permissions, .. } in all().iter().filter(|holder| holder.name != "Role") {
            for Permission { sid, actions, resources, .. } in permissions {
                if actions.iter().any(|action| action.starts_with("sts:")) {
                    assert_eq!((name.as_str(), sid.as_str()), ("WorkerRole", "AssumeAccountRoles"));
                    assert_eq!(resources, &["${AccountRoleArns}"]);
                }
            }
        }
        let template = template::read(template::BELLHOP).unwrap();
        let pattern = template.get("Parameters").unwrap().get("AccountRoleArns").unwrap();
        let pattern = pattern.get("AllowedPattern").unwrap().as_text().unwrap();
        assert!(!pattern.contains(".*") && pattern.starts_with('^') && pattern.ends_with('$'), "{pattern}");
        assert!(!pattern.replace("[a-z-]*", "").contains('*'), "{pattern}");
    }

    #[test]
    fn the_member_role_demands_the_worker_and_the_external_id() {
        let all = all();
        let role = one(&all, "Role");
        let assume = role.permissions.iter().find(|one| one.sid == "Assume").unwrap();
        for wanted in ["aws:PrincipalArn", "${WorkerRoleArn}", "sts:ExternalId", "${ExternalId}"] {
            assert!(assume.condition.contains(wanted), "{}", assume.condition);
        }
        let name = role.permissions.iter().find(|one| one.sid == "NameTheCaller").unwrap();
        assert_eq!(name.actions, ["sts:SetSourceIdentity", "sts:TagSession"]);
    }
}
