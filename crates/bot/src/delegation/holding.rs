//! Whether an IAM user holds a policy.

use value::Value;

use crate::bot::Inner;
use crate::lookup::{Looker, LookupFault, lookup};

/// What IAM says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Holding {
    Yes,
    No,
    NoUser,
}

/// Asks IAM, until one answer is yes: inline policies, attached ones, then those of the user's groups.
///
/// # Errors
/// IAM did not answer one of the questions.
pub(super) async fn holds(
    inner: &Inner,
    looker: &Looker,
    user: &str,
    policy: &str,
) -> Result<Holding, LookupFault> {
    let ask = |operation: &'static str, option: &'static str, name: String| async move {
        // One word: a name never becomes an option.
        lookup(inner, looker, &["iam", operation, &format!("{option}={name}")]).await
    };
    match ask("get-user", "--user-name", user.to_owned()).await {
        Ok(_) => {}
        Err(LookupFault::Refused { code, .. }) if code == "NoSuchEntity" => return Ok(Holding::NoUser),
        // What is no name of a user names none.
        Err(LookupFault::Refused { code, .. }) if code == "ValidationError" => return Ok(Holding::NoUser),
        Err(fault) => return Err(fault),
    }
    for (operation, list) in
        [("list-user-policies", "PolicyNames"), ("list-attached-user-policies", "AttachedPolicies")]
    {
        if names(&ask(operation, "--user-name", user.to_owned()).await?, list, policy) {
            return Ok(Holding::Yes);
        }
    }
    let groups = ask("list-groups-for-user", "--user-name", user.to_owned()).await?;
    for group in groups.get("Groups").and_then(Value::as_list).unwrap_or_default() {
        let Some(group) = group.get("GroupName").and_then(Value::as_text) else { continue };
        for (operation, list) in
            [("list-group-policies", "PolicyNames"), ("list-attached-group-policies", "AttachedPolicies")]
        {
            if names(&ask(operation, "--group-name", group.to_owned()).await?, list, policy) {
                return Ok(Holding::Yes);
            }
        }
    }
    Ok(Holding::No)
}

/// Whether the list of that name names the policy, as a text or as an attached policy's name or ARN.
fn names(answer: &Value, list: &str, policy: &str) -> bool {
    let is = |value: Option<&Value>| value.and_then(Value::as_text) == Some(policy);
    let held = answer.get(list).and_then(Value::as_list).unwrap_or_default();
    held.iter().any(|item| is(Some(item)) || is(item.get("PolicyName")) || is(item.get("PolicyArn")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_policy_is_named_in_full_or_not_at_all() {
        let arn = "arn:aws:iam::aws:policy/AmazonEC2FullAccess";
        let answer = Value::from_json(
            br#"{"PolicyNames": ["ec2-full-access"],
                 "AttachedPolicies": [{"PolicyName": "AmazonEC2FullAccess", "PolicyArn": "arn:aws:iam::aws:policy/AmazonEC2FullAccess"}]}"#,
        )
        .expect("JSON");
        let cases = [
            ("PolicyNames", "ec2-full-access", true),
            ("PolicyNames", "ec2-full", false),
            ("PolicyNames", "EC2-full-access", false),
            ("AttachedPolicies", "AmazonEC2FullAccess", true),
            ("AttachedPolicies", arn, true),
            ("Missing", "ec2-full-access", false),
        ];
        for (list, policy, expected) in cases {
            assert_eq!(names(&answer, list, policy), expected, "{list} {policy}");
        }
    }
}
