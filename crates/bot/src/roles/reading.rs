//! The policy that cuts a session to reading.
//!
//! A call of level list, read or data runs in a session that can do nothing else in its service, whatever the role could:
//! should a level ever be judged wrongly, AWS itself refuses the change. Writes keep the role's own rights, since what
//! they depend on (`iam:PassRole`, `kms:Decrypt`, …) cannot be told from their names.
//!
//! IAM knows some operations by another name (`ListBuckets` is `s3:ListAllMyBuckets`) but keeps their verb. So the verbs
//! Get, List and Describe are allowed as a whole, and what is not harmless behind them is denied by its name; behind
//! other verbs each harmless operation is allowed by the shortest prefix that it shares with harmless ones only.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::{Arc, Mutex, PoisonError};

use aws_model::Catalog;

use super::packed;

/// The longest inline session policy, in characters.
/// Source: <https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRole.html>.
pub(crate) const LONGEST_POLICY: usize = 2048;

/// Verbs that are allowed as a whole.
const VERBS: [&str; 3] = ["Describe", "Get", "List"];

/// What reading in a service asks of IAM besides the service's own actions, as (prefix, action).
const DEPENDENTS: &[(&str, &str)] = &[
    // Its operations have no names of their own in IAM: the method is the action.
    ("apigateway", "apigateway:GET"),
    // Results lie in S3, tables in Glue and Lake Formation, and Athena reads them as its caller.
    ("athena", "glue:Get*"),
    ("athena", "lakeformation:GetDataAccess"),
    ("athena", "s3:Get*"),
    ("athena", "s3:List*"),
    // Beanstalk describes what it is made of as its caller.
    ("elasticbeanstalk", "autoscaling:Describe*"),
    ("elasticbeanstalk", "cloudformation:Describe*"),
    ("elasticbeanstalk", "cloudformation:Get*"),
    ("elasticbeanstalk", "cloudformation:List*"),
    ("elasticbeanstalk", "ec2:Describe*"),
    ("elasticbeanstalk", "elasticloadbalancing:Describe*"),
    ("elasticbeanstalk", "s3:Get*"),
    ("elasticbeanstalk", "s3:List*"),
    // A group is a query over tags or a stack.
    ("resource-groups", "cloudformation:DescribeStacks"),
    ("resource-groups", "cloudformation:ListStackResources"),
    ("resource-groups", "tag:GetResources"),
];

/// Services that decrypt with KMS as their caller.
const DECRYPTING: [&str; 5] = ["athena", "dynamodb", "kinesis", "logs", "s3"];

/// Why there is no such policy.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(crate) enum PolicyFault {
    #[error(
        "the policy that cuts the session to reading would have {0} characters, which with the session's tags is an estimated \
         {1} percent of what STS takes"
    )]
    TooLong(usize, usize),
    #[error("the model of {0} cannot be opened")]
    Model(String),
}

/// How closely a policy says what is harmless.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
enum Spelling {
    /// All of it.
    Exact,
    /// Get, List and Describe, and of these less.
    Rough,
}

/// How many policies are kept as they were written: more than there are services.
const KEPT: usize = 1_000;

/// What of STS's room a session may take by the estimate, in percent.
const FULL: usize = 100;

/// The rules for one prefix.
#[derive(Debug, Clone, Default)]
struct Rules {
    allow: Vec<String>,
    deny: Vec<String>,
}

/// By prefixes and spelling.
type Written = HashMap<(Vec<String>, Spelling), Arc<str>>;

/// Makes the policies, and keeps what it found out about services.
#[derive(Debug, Default)]
pub(crate) struct ReadPolicies {
    kept: Mutex<HashMap<String, Arc<Rules>>>,
    /// Policies as they were written, by their prefixes.
    written: Mutex<Written>,
}

impl ReadPolicies {
    /// The policy for reading in the services with those prefixes, as JSON, for a session with those tags. Equal sets give
    /// equal texts. Where there is too little room, the policy is said in fewer words: it then allows less, and never
    /// more.
    ///
    /// # Errors
    /// By an estimate it would be more than STS takes, or a model is damaged.
    pub(crate) fn policy(
        &self,
        catalog: &Catalog,
        prefixes: &BTreeSet<&str>,
        tags: &[(String, String)],
    ) -> Result<Arc<str>, PolicyFault> {
        let whole = self.kept_spelled(catalog, prefixes, Spelling::Exact)?;
        if packed::percent(whole.len(), tags) <= FULL {
            return Ok(whole);
        }
        let rough = self.kept_spelled(catalog, prefixes, Spelling::Rough)?;
        let (length, percent) = (rough.len(), packed::percent(rough.len(), tags));
        if percent > FULL { Err(PolicyFault::TooLong(length, percent)) } else { Ok(rough) }
    }

    fn kept_spelled(
        &self,
        catalog: &Catalog,
        prefixes: &BTreeSet<&str>,
        spelling: Spelling,
    ) -> Result<Arc<str>, PolicyFault> {
        let key = (prefixes.iter().map(|prefix| (*prefix).to_owned()).collect(), spelling);
        if let Some(text) = self.written.lock().unwrap_or_else(PoisonError::into_inner).get(&key) {
            return Ok(Arc::clone(text));
        }
        let text: Arc<str> = self.spelled(catalog, prefixes, spelling)?.into();
        let mut written = self.written.lock().unwrap_or_else(PoisonError::into_inner);
        if written.len() >= KEPT {
            written.clear();
        }
        written.insert(key, Arc::clone(&text));
        Ok(text)
    }

    fn spelled(
        &self,
        catalog: &Catalog,
        prefixes: &BTreeSet<&str>,
        spelling: Spelling,
    ) -> Result<String, PolicyFault> {
        let (mut allow, mut deny) = (Vec::new(), Vec::new());
        for prefix in prefixes {
            let rules = self.rules(catalog, prefix)?;
            match spelling {
                Spelling::Exact => {
                    allow.extend(rules.allow.iter().cloned());
                    deny.extend(rules.deny.iter().cloned());
                }
                Spelling::Rough => {
                    let verbs = VERBS.map(|verb| format!("{prefix}:{verb}*"));
                    allow.extend(rules.allow.iter().filter(|allowed| verbs.contains(allowed)).cloned());
                    deny.extend(roughly(&rules.deny));
                }
            }
            let dependents = DEPENDENTS.iter().filter(|(of, _)| of == prefix);
            allow.extend(dependents.map(|(_, action)| (*action).to_owned()));
        }
        Ok(written(&allow, &deny, prefixes.iter().any(|prefix| DECRYPTING.contains(prefix))))
    }

    fn rules(&self, catalog: &Catalog, prefix: &str) -> Result<Arc<Rules>, PolicyFault> {
        if let Some(rules) = self.kept.lock().unwrap_or_else(PoisonError::into_inner).get(prefix) {
            return Ok(Arc::clone(rules));
        }
        let rules = Arc::new(rules_of(prefix, &operations(catalog, prefix)?));
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        kept.insert(prefix.to_owned(), Arc::clone(&rules));
        Ok(rules)
    }
}

/// Every operation behind the prefix, and whether it only reads. Several services can share a prefix.
fn operations(catalog: &Catalog, prefix: &str) -> Result<BTreeMap<String, bool>, PolicyFault> {
    let mut found = BTreeMap::new();
    for (name, of) in catalog.iam_prefixes() {
        if of != prefix {
            continue;
        }
        let service = catalog.open(&name).map_err(|_| PolicyFault::Model(name))?;
        for name in service.operation_names() {
            let Some(operation) = service.operation(name) else { continue };
            let reads = aws_model::level(&service, operation).is_reading();
            // A name that reads in one service and writes in another does not read.
            found.entry(name.to_string()).and_modify(|all| *all &= reads).or_insert(reads);
        }
    }
    Ok(found)
}

fn rules_of(prefix: &str, operations: &BTreeMap<String, bool>) -> Rules {
    let named = |name: &str| format!("{prefix}:{name}");
    let is_verb = |name: &str, verb: &str| first_word(name) == verb;
    let mut rules = Rules::default();
    for verb in VERBS {
        if operations.iter().any(|(name, reads)| *reads && is_verb(name, verb)) {
            rules.allow.push(named(&format!("{verb}*")));
            let harmful = operations.iter().filter(|(name, reads)| !**reads && name.starts_with(verb));
            rules.deny.extend(harmful.map(|(name, _)| named(name)));
        }
    }
    let others = operations.iter().filter(|(name, reads)| **reads && !VERBS.contains(&first_word(name)));
    let patterns: BTreeSet<String> = others.map(|(name, _)| shortest(name, operations)).collect();
    rules.allow.extend(patterns.iter().map(|pattern| named(pattern)));
    rules
}

/// The shortest run of the name's first words that no harmful operation begins with, as a pattern; else the name.
fn shortest(name: &str, operations: &BTreeMap<String, bool>) -> String {
    let ends =
        name.char_indices().skip(1).filter(|(_, letter)| letter.is_ascii_uppercase()).map(|(at, _)| at);
    let harmless = |end: &usize| {
        let start = &name[..*end];
        operations
            .range(start.to_owned()..)
            .take_while(|(other, _)| other.starts_with(start))
            .all(|(_, reads)| *reads)
    };
    ends.into_iter().find(harmless).map_or_else(|| name.to_owned(), |end| format!("{}*", &name[..end]))
}

/// The same denied by the first two words of each, which denies some that are harmless too.
fn roughly(deny: &[String]) -> BTreeSet<String> {
    let short = |rule: &String| {
        let (prefix, name) = rule.split_once(':').unwrap_or(("", rule));
        let ends = name.char_indices().skip(1).filter(|(_, letter)| letter.is_ascii_uppercase());
        ends.map(|(at, _)| at).nth(1).map_or_else(|| rule.clone(), |at| format!("{prefix}:{}*", &name[..at]))
    };
    deny.iter().map(short).collect()
}

fn first_word(name: &str) -> &str {
    let end = name.char_indices().skip(1).find(|(_, letter)| letter.is_ascii_uppercase());
    &name[..end.map_or(name.len(), |(at, _)| at)]
}

fn written(allow: &[String], deny: &[String], decrypts: bool) -> String {
    let mut statements = vec![serde_json::json!({ "Effect": "Allow", "Action": allow, "Resource": "*" })];
    if !deny.is_empty() {
        statements.push(serde_json::json!({ "Effect": "Deny", "Action": deny, "Resource": "*" }));
    }
    if decrypts {
        // Only where the service decrypts on behalf of the caller, never by a call of the caller's own.
        statements.push(serde_json::json!({
            "Effect": "Allow", "Action": "kms:Decrypt", "Resource": "*",
            "Condition": { "StringLike": { "kms:ViaService": "*.amazonaws.com*" } },
        }));
    }
    serde_json::json!({ "Version": "2012-10-17", "Statement": statements }).to_string()
}

#[cfg(test)]
mod tests {
    #![expect(clippy::expect_used, reason = "a test stops at the first surprise")]

    use super::*;

    /// As long as Slack's ids get.
    fn tags() -> Vec<(String, String)> {
        let tag = |key: &str, letter: char| (key.to_owned(), format!("{letter}0123456789A"));
        vec![tag("SlackWorkspace", 'T'), tag("SlackUser", 'U')]
    }

    fn policy(prefix: &str) -> String {
        let prefixes = BTreeSet::from([prefix]);
        let text = ReadPolicies::default().policy(&Catalog::embedded(), &prefixes, &tags());
        text.expect("a policy").to_string()
    }

    #[test]
    fn verbs_are_whole_and_what_harms_behind_them_is_denied() {
        let operations: BTreeMap<String, bool> = [
            ("DescribeThings", true),
            ("GetThing", true),
            ("GetThingSecret", false),
            ("SearchThings", true),
            ("StartThing", false),
            ("StartThingQuery", true),
            ("DeleteThing", false),
        ]
        .map(|(name, reads)| (name.to_owned(), reads))
        .into();
        let rules = rules_of("x", &operations);
        assert_eq!(rules.allow, ["x:Describe*", "x:Get*", "x:Search*", "x:StartThingQuery"]);
        assert_eq!(rules.deny, ["x:GetThingSecret"]);
    }

    #[test]
    fn a_policy_allows_every_harmless_operation_and_no_other() {
        let catalog = Catalog::embedded();
        let all: BTreeSet<String> = catalog.iam_prefixes().into_values().collect();
        let policies = ReadPolicies::default();
        for prefix in &all {
            let rules = policies.rules(&catalog, prefix).expect("rules");
            let hits = |list: &[String], action: &str| {
                list.iter().any(|rule| match rule.strip_suffix('*') {
                    Some(start) => action.starts_with(start),
                    None => action == rule,
                })
            };
            for (name, reads) in operations(&catalog, prefix).expect("operations") {
                let action = format!("{prefix}:{name}");
                let allowed = hits(&rules.allow, &action) && !hits(&rules.deny, &action);
                assert_eq!(allowed, reads, "{action}");
            }
        }
    }

    #[test]
    fn every_service_s_policy_is_short_enough() {
        let catalog = Catalog::embedded();
        let policies = ReadPolicies::default();
        let all: BTreeSet<String> = catalog.iam_prefixes().into_values().collect();
        let longest = all.iter().map(|prefix| {
            let text = policies.policy(&catalog, &BTreeSet::from([prefix.as_str()]), &tags());
            (text.map_or_else(|fault| panic!("{prefix}: {fault}"), |text| text.len()), prefix)
        });
        let (length, prefix) = longest.max().expect("services");
        assert!(length > 200 && packed::percent(length, &tags()) <= FULL, "{prefix}: {length}");
    }

    #[test]
    fn where_there_is_little_room_less_is_allowed_and_never_more() {
        let catalog = Catalog::embedded();
        let policies = ReadPolicies::default();
        let hits =
            |list: &serde_json::Value, action: &str| {
                list.as_array().expect("a list").iter().filter_map(serde_json::Value::as_str).any(|rule| {
                    rule.strip_suffix('*').map_or(action == rule, |start| action.starts_with(start))
                })
            };
        for prefix in ["ec2", "iam", "lambda", "apigateway", "s3", "ssm", "connect"] {
            let set = BTreeSet::from([prefix]);
            let exact = policies.spelled(&catalog, &set, Spelling::Exact).expect("a policy");
            let rough = policies.spelled(&catalog, &set, Spelling::Rough).expect("a policy");
            assert!(rough.len() <= exact.len(), "{prefix}: {} and {}", rough.len(), exact.len());
            let rough: serde_json::Value = serde_json::from_str(&rough).expect("JSON");
            let statements = rough["Statement"].as_array().expect("statements");
            let refusing = statements.iter().find(|statement| statement["Effect"] == "Deny");
            for (name, reads) in operations(&catalog, prefix).expect("operations") {
                let action = format!("{prefix}:{name}");
                let denied = refusing.is_some_and(|statement| hits(&statement["Action"], &action));
                let allowed = hits(&statements[0]["Action"], &action) && !denied;
                assert!(!allowed || reads, "{action}");
            }
        }
    }

    #[test]
    fn a_policy_that_would_be_too_long_is_no_policy() {
        let catalog = Catalog::embedded();
        let prefixes = catalog.iam_prefixes();
        let many: BTreeSet<&str> = prefixes.values().map(String::as_str).collect();
        let made = ReadPolicies::default().policy(&catalog, &many, &tags());
        assert!(
            matches!(made, Err(PolicyFault::TooLong(length, percent)) if length > LONGEST_POLICY && percent > FULL)
        );
    }

    #[test]
    fn object_stores_may_decrypt_on_behalf_of_their_reader() {
        assert!(policy("s3").contains("kms:ViaService"));
        assert!(!policy("ec2").contains("kms"));
    }
}
