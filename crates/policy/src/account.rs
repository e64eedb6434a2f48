//! The accounts that rules speak of, reduced to what a decision needs.

use std::collections::BTreeMap;

/// One AWS account under the name that people use for it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Account {
    /// The name in configuration and on the command line.
    pub name: String,
    /// The role that calls assume, unless a grant names another.
    pub role_arn: String,
    /// Regions that may be used; the first is the default.
    pub regions: Vec<String>,
    /// What rules can select it by, such as `environment = "dev"`.
    pub labels: BTreeMap<String, String>,
}

impl Account {
    /// An account without labels.
    pub fn new(name: &str, role_arn: &str, regions: &[&str]) -> Account {
        let regions = regions.iter().map(|region| (*region).to_owned()).collect();
        Account { name: name.to_owned(), role_arn: role_arn.to_owned(), regions, labels: BTreeMap::new() }
    }

    /// The twelve-digit id, taken from the role's ARN.
    pub fn id(&self) -> Option<&str> {
        role_parts(&self.role_arn).map(|(_, id)| id)
    }

    /// The region of calls that name none.
    pub fn default_region(&self) -> Option<&str> {
        self.regions.first().map(String::as_str)
    }

    /// The ARN of another role of this account: an ARN stays as it is, a name (with its path) is completed.
    pub fn role_named(&self, role: &str) -> Option<String> {
        if role.starts_with("arn:") {
            return (role_parts(role)?.1 == self.id()?).then(|| role.to_owned());
        }
        let (partition, id) = role_parts(&self.role_arn)?;
        Some(format!("arn:{partition}:iam::{id}:role/{role}"))
    }

    /// Whether every one of the labels stands on this account.
    pub fn bears(&self, labels: &BTreeMap<String, String>) -> bool {
        labels.iter().all(|(key, value)| self.labels.get(key) == Some(value))
    }
}

/// Partition and account id of a role's ARN; `None` when it is no role's ARN.
fn role_parts(arn: &str) -> Option<(&str, &str)> {
    let mut fields = arn.splitn(6, ':');
    let (arn, partition, iam, region, id, role) =
        (fields.next()?, fields.next()?, fields.next()?, fields.next()?, fields.next()?, fields.next()?);
    let named = role.strip_prefix("role/").is_some_and(|name| !name.is_empty());
    let twelve_digits = id.len() == 12 && id.bytes().all(|byte| byte.is_ascii_digit());
    (arn == "arn"
        && partition.starts_with("aws")
        && iam == "iam"
        && region.is_empty()
        && twelve_digits
        && named)
        .then_some((partition, id))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_id_comes_from_the_role() {
        let cases = [
            ("arn:aws:iam::111111111111:role/Bellhop", Some("111111111111")),
            ("arn:aws-cn:iam::222222222222:role/a/b", Some("222222222222")),
            ("arn:aws:iam::1:role/Bellhop", None),
            ("arn:aws:iam::111111111111:user/Bellhop", None),
            ("arn:aws:iam::111111111111:role/", None),
            ("arn:aws:sts::111111111111:role/x", None),
            ("Bellhop", None),
            ("", None),
        ];
        for (arn, expected) in cases {
            assert_eq!(Account::new("a", arn, &[]).id(), expected, "{arn}");
        }
    }

    #[test]
    fn a_role_is_named_or_spelled_out_within_its_account() {
        let account = Account::new("a", "arn:aws-us-gov:iam::111111111111:role/Bellhop", &[]);
        let spelled = "arn:aws-us-gov:iam::111111111111:role/Ops";
        assert_eq!(account.role_named("Ops").as_deref(), Some(spelled));
        assert_eq!(account.role_named(spelled).as_deref(), Some(spelled));
        assert_eq!(account.role_named("arn:aws:iam::222222222222:role/Ops"), None);
    }
}
