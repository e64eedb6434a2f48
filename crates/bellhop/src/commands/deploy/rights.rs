//! What a deployment gives and takes beside what is deployed: to people by the configuration, to the roles by the template
//! and its parameters.
//!
//! Invariant: nothing that widens is shipped without a line of this; what cannot be compared is told to be so.

use std::collections::{BTreeMap, BTreeSet};

use anyhow::{Context as _, Result};
use policy::Difference;
use value::Value;

use super::permissions::{self, Holder};
use crate::config::{self, Config};

/// Parameters of the template that are rights, each a list of ARNs.
const LISTS: [(&str, &str); 4] = [
    ("AccountRoleArns", "the worker may assume"),
    ("SecretArns", "the functions may read the secret"),
    ("ParameterArns", "the functions may read the parameter"),
    ("SecretKeyArns", "the functions may decrypt with"),
];

/// What stands between ARNs: CloudFormation puts commas, what stands in for it brackets and quotes besides.
const BETWEEN: [char; 6] = [',', ' ', '[', ']', '\'', '"'];

/// What is given and taken.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Rights {
    told: Difference,
    /// What could not be compared, and why.
    unknown: Vec<String>,
}

impl Rights {
    /// What the second text of a configuration gives and takes beside the first, as the functions read both.
    ///
    /// # Errors
    /// The second has faults.
    pub(super) fn of_settings(before: Option<&str>, after: &str) -> Result<Rights> {
        let after = config::read_shipped(after).context(
            "the configuration as the functions would read it, without this machine's environment",
        )?;
        let mut rights = Rights::default();
        let Some(before) = before else {
            let (grants, accounts) = (after.book.grants.len(), after.accounts.len());
            rights.unknown.push(format!(
                "no configuration is deployed yet: {grants} grants on {accounts} accounts are new"
            ));
            return Ok(rights);
        };
        match config::read_shipped(before) {
            Ok(before) => rights.told = of_people(&before, &after)?,
            Err(faults) => rights
                .unknown
                .push(format!("the deployed configuration cannot be read, so all may be new: {faults}")),
        }
        Ok(rights)
    }

    /// Adds what a template gives and takes beside the deployed one.
    pub(super) fn and_templates(&mut self, before: Result<Value>, after: &Value) {
        match before {
            Ok(before) => self.add(&of_roles(&before), &of_roles(after)),
            Err(error) => {
                self.unknown.push(format!(
                    "the deployed template cannot be read, so all of its rights may be new: {error:#}"
                ));
            }
        }
    }

    /// Adds that there is no stack beside which anything could be told.
    pub(super) fn and_a_new_stack(&mut self) {
        self.unknown.push(
            "no stack is deployed yet: all that its roles may do is new (bellhop deploy --permissions)"
                .to_owned(),
        );
    }

    /// Adds what the template's parameters give and take beside those of the stack.
    pub(super) fn and_parameters(
        &mut self,
        before: &BTreeMap<String, String>,
        given: &BTreeMap<String, String>,
    ) {
        let of = |values: &[&BTreeMap<String, String>]| -> BTreeSet<String> {
            let listed = LISTS.iter().flat_map(|(name, may)| {
                let list = values.iter().find_map(|values| values.get(*name)).map_or("", String::as_str);
                arns(list).map(move |arn| format!("{may} {arn}"))
            });
            listed.collect()
        };
        self.add(&of(&[before]), &of(&[given, before]));
    }

    fn add(&mut self, before: &BTreeSet<String>, after: &BTreeSet<String>) {
        self.told.widens.extend(after.difference(before).cloned());
        self.told.narrows.extend(before.difference(after).cloned());
    }

    /// It all, as lines.
    pub(super) fn lines(&self) -> Vec<String> {
        if *self == Rights::default() {
            return vec!["Rights: as they are deployed; nothing widens, nothing narrows".to_owned()];
        }
        let mut lines = vec!["Rights, beside what is deployed:".to_owned()];
        lines.extend(self.unknown.iter().map(|what| format!("  unknown  {what}")));
        lines.extend(config::told(&self.told).into_iter().map(|line| format!("  {line}")));
        lines
    }
}

/// What a configuration needs, by the parameters that would give it, and those of the stack do not.
pub(super) fn lacking(has: &BTreeMap<String, String>, needs: &BTreeMap<String, String>) -> Vec<String> {
    let list = |of: &BTreeMap<String, String>, name: &str| of.get(name).cloned().unwrap_or_default();
    let of_one = |(name, may): (&str, &str)| {
        let (has, needs) = (list(has, name), list(needs, name));
        let given =
            |arn: &&str| arns(&has).any(|pattern| policy::glob(pattern.as_bytes(), arn.as_bytes(), false));
        arns(&needs).filter(|arn| !given(arn)).map(|arn| format!("{may} {arn}")).collect::<Vec<_>>()
    };
    LISTS.into_iter().flat_map(of_one).collect()
}

fn arns(list: &str) -> impl Iterator<Item = &str> {
    list.split(BETWEEN).filter(|arn| arn.starts_with("arn:"))
}

fn of_people(before: &Config, after: &Config) -> Result<Difference> {
    let mut difference =
        config::difference((&before.book, &before.delegations), (&after.book, &after.delegations))?;
    let (had, has) = (beside_the_book(before), beside_the_book(after));
    difference.widens.extend(has.difference(&had).cloned());
    difference.narrows.extend(had.difference(&has).cloned());
    Ok(difference)
}

/// What gives rights and stands in no rule.
fn beside_the_book(config: &Config) -> BTreeSet<String> {
    let accounts = config.accounts.iter().map(|account| {
        let account = &account.policy;
        format!("account {} is reached by {}", account.name, account.role_arn)
    });
    let access = &config.access;
    let admins = access.admins.iter().map(|group| format!("people of {group} may change grants in Slack"));
    let workspace = access
        .workspace_admins
        .then(|| "admins and owners of the workspace may change grants in Slack".to_owned());
    let legacy = config
        .slack
        .token_trust()
        .map(|_| "requests without a signature are believed by the verification token".to_owned());
    accounts.chain(admins).chain(workspace).chain(legacy).collect()
}

/// Each right of each role of a template.
fn of_roles(template: &Value) -> BTreeSet<String> {
    permissions::holders(template).iter().flat_map(of_role).collect()
}

fn of_role(holder: &Holder) -> Vec<String> {
    let name = &holder.name;
    let mut rights: Vec<String> =
        holder.trusts.iter().map(|trusted| format!("{trusted} may be {name}")).collect();
    for permission in &holder.permissions {
        let itself = [String::from("itself")];
        let on = if permission.resources.is_empty() { &itself[..] } else { &permission.resources };
        let condition = match permission.condition.as_str() {
            "" => String::new(),
            condition => format!(", if {condition}"),
        };
        for (action, on) in permission.actions.iter().flat_map(|action| on.iter().map(move |on| (action, on)))
        {
            rights.push(format!("{name} may {action} on {on}{condition}"));
        }
    }
    rights
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test may stop where it fails")]

    use super::super::template;
    use super::*;

    const BEFORE: &str = r#"
[slack]
signing_secret = "ssm:/bellhop/slack/signing_secret"
[accounts.production]
role_arn = "arn:aws:iam::111111111111:role/Bellhop"
regions = ["us-east-1"]
[[grants]]
users = ["U0ALICE"]
accounts = ["production"]
allow = ["ec2:*"]
levels = ["list", "read"]
"#;

    #[test]
    fn what_a_configuration_gives_and_takes_is_told() {
        let more = "[accounts.dev]\nrole_arn = \"arn:aws:iam::222222222222:role/Bellhop\"\nregions = [\"us-east-1\"]\n";
        for (after, widens, narrows) in [
            (BEFORE.to_owned(), 0, 0),
            (format!("# Moved down.\n\n{BEFORE}"), 0, 0),
            (BEFORE.replace("\"read\"", "\"read\", \"write\""), 1, 0),
            (BEFORE.replace("ec2:*", "ec2:Describe*"), 0, 1),
            (BEFORE.replace("[[grants]]", &format!("{more}[[grants]]")), 1, 0),
            (BEFORE.replace("role/Bellhop", "role/Admin"), 2, 2),
            (format!("{BEFORE}[access]\nadmins = [\"S0ADMINS\"]\nworkspace_admins = false\n"), 1, 1),
        ] {
            let rights = Rights::of_settings(Some(BEFORE), &after).unwrap();
            assert_eq!(
                (rights.told.widens.len(), rights.told.narrows.len()),
                (widens, narrows),
                "{after}\n{rights:?}"
            );
            assert!(rights.unknown.is_empty());
        }
    }

    #[test]
    fn rights_on_accounts_that_are_discovered_later_are_compared_too() {
        let before = format!(
            "{BEFORE}[accounts.discover]\nrole_name = \"Bellhop\"\nregions = [\"us-east-1\"]\n[[grants]]\nusers = [\"U0BOB\"]\n\
             labels = {{ environment = \"dev\" }}\nallow = [\"ec2:*\"]\nlevels = [\"read\"]\n"
        );
        let told = |after: &str| Rights::of_settings(Some(&before), after).unwrap().lines().join("\n");
        assert_eq!(told(&before), "Rights: as they are deployed; nothing widens, nothing narrows");
        let wider = told(&before.replace("[\"read\"]", "[\"read\", \"write\"]"));
        for wanted in
            ["widens   U0BOB may ec2:* on accounts to come with environment = dev", "1 widen, 0 narrow"]
        {
            assert!(wider.contains(wanted), "{wider}");
        }
        let other = told(&before.replace("\"dev\"", "\"prod\""));
        assert!(other.contains("1 widen, 1 narrow"), "{other}");
        let named =
            told(&before.replace("accounts = [\"production\"]", "accounts = [\"production\", \"sandbox\"]"));
        assert!(named.contains("widens   U0ALICE may ec2:* on sandbox"), "{named}");
        let role_of = |text: &str| {
            text.replace(
                "levels = [\"read\"]",
                "levels = [\"read\"]\nrole = \"arn:aws:iam::333333333333:role/X\"",
            )
        };
        let role = told(&role_of(&before));
        assert!(role.contains("cannot be compared"), "{role}");
        let foreign = role_of(&before);
        let moved = Rights::of_settings(Some(&foreign), &format!("# Moved down.\n{foreign}")).unwrap();
        assert_eq!(moved, Rights::default());
    }

    #[test]
    fn what_cannot_be_compared_is_told_to_be_so() {
        for (before, expected) in
            [(None, "1 grants on 1 accounts are new"), (Some("[slack"), "cannot be read, so all may be new")]
        {
            let lines = Rights::of_settings(before, BEFORE).unwrap().lines().join("\n");
            assert!(lines.contains(expected), "{lines}");
        }
        assert!(Rights::of_settings(None, "[slack").is_err());
        let mut rights = Rights::default();
        rights.and_templates(Err(anyhow::anyhow!("denied")), &template::read(template::BELLHOP).unwrap());
        assert!(rights.lines().join("\n").contains("may be new: denied"), "{rights:?}");
    }

    #[test]
    fn what_a_configuration_needs_and_a_stack_does_not_give_is_told() {
        let map = |list: &str| BTreeMap::from([("AccountRoleArns".to_owned(), list.to_owned())]);
        assert_eq!(lacking(&map("arn:a,arn:c"), &map("arn:a,arn:b")), ["the worker may assume arn:b"]);
        assert!(
            lacking(&map("['arn:aws:iam::*:role/Bellhop']"), &map("arn:aws:iam::1:role/Bellhop")).is_empty()
        );
        assert_eq!(lacking(&BTreeMap::new(), &map("arn:a")).len(), 1);
    }

    #[test]
    fn what_a_template_and_its_parameters_give_and_take_is_told() {
        let after = template::read(template::BELLHOP).unwrap();
        let less = template::BELLHOP.replacen("Action: \"sns:Publish\"", "Action: \"sns:ListTopics\"", 1);
        let mut rights = Rights::default();
        rights.and_templates(template::read(&less), &after);
        assert_eq!(rights.told.widens, ["FrontRole may sns:Publish on ${Bell}"]);
        assert_eq!(rights.told.narrows, ["FrontRole may sns:ListTopics on ${Bell}"]);
        let map = |list: &str| -> BTreeMap<String, String> {
            [("AccountRoleArns".to_owned(), list.to_owned()), ("SecretArns".to_owned(), "[]".to_owned())]
                .into()
        };
        let mut rights = Rights::default();
        rights.and_parameters(&map("['arn:a', 'arn:b']"), &map("arn:b,arn:c"));
        assert_eq!(rights.told.widens, ["the worker may assume arn:c"]);
        assert_eq!(rights.told.narrows, ["the worker may assume arn:a"]);
        let mut rights = Rights::default();
        rights.and_templates(template::read(template::BELLHOP), &after);
        rights.and_parameters(&map("arn:a"), &BTreeMap::new());
        assert_eq!(rights.lines(), ["Rights: as they are deployed; nothing widens, nothing narrows"]);
    }
}
