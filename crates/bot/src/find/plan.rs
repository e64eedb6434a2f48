//! What a query is looked up by: exact questions to AWS, and terms for the index.

use std::net::IpAddr;

use store::index::Term as IndexTerm;

use super::kinds::{self, ASKED_BY, By, Kind};
use super::query::{AccessKey, Arn, Database, Host, Id, Query, Term};
use super::thing;

/// How something is looked up.
#[derive(Debug, Default)]
pub(crate) struct Plan {
    pub(crate) asks: Vec<Ask>,
    /// What must fit entries of the index; none: it is not looked at.
    pub(crate) index: Vec<IndexTerm>,
    /// The account that it must be in, by its digits.
    pub(crate) account: Option<String>,
    /// The region that it must be in.
    pub(crate) region: Option<String>,
    /// Whether it is the same everywhere: each account is asked once.
    pub(crate) once: bool,
    /// Whether there is at most one such thing, so that nobody is waited for once it is found.
    pub(crate) unique: bool,
    /// What cannot be found out, one sentence each.
    pub(crate) notes: Vec<String>,
}

/// One question.
#[derive(Debug)]
pub(crate) enum Ask {
    /// For things of a kind.
    Things(Things),
    /// For a record of that name, and what it points at.
    Record(String),
    /// For the owner of a key.
    Key(AccessKey),
}

/// A question for things of a kind.
#[derive(Debug)]
pub(crate) struct Things {
    pub(crate) kind: &'static Kind,
    pub(crate) words: Vec<String>,
    /// Whether the answer is a listing, and not the answer to a question for one.
    pub(crate) listing: bool,
    /// What must fit besides.
    pub(crate) keep: Vec<IndexTerm>,
}

impl Plan {
    fn ask(mut self, kind: &str, by: By, value: &str) -> Plan {
        if let Some(kind) = kinds::named(kind) {
            let words = kind.asking_by(by, value);
            let listing = !matches!(by, By::Call(..) | By::InCluster(..));
            self.asks.push(Ask::Things(Things { kind, words, listing, keep: Vec::new() }));
        }
        self
    }

    /// Asks by the kind's own id.
    fn ask_own(self, kind: &str, id: &str) -> Plan {
        let by = kinds::named(kind).map_or(By::All, |kind| kind.by);
        match by {
            By::All => self.ask_all(kind, vec![IndexTerm::Named(id.to_owned())]),
            by => self.ask(kind, by, id),
        }
    }

    /// Looks through all of a kind.
    fn ask_all(mut self, kind: &str, keep: Vec<IndexTerm>) -> Plan {
        if let Some(kind) = kinds::named(kind) {
            self.asks.push(Ask::Things(Things { kind, words: kind.listing(), listing: true, keep }));
        }
        self
    }

    fn indexed(mut self, term: IndexTerm) -> Plan {
        self.index.push(term);
        self
    }

    fn noting(mut self, note: &str) -> Plan {
        self.notes.push(note.to_owned());
        self
    }
}

/// The plan for a query. An account needs none.
pub(crate) fn of(query: &Query) -> Plan {
    match query {
        Query::Id(id) => of_id(id),
        Query::Address { ip, region } => of_address(*ip, region.clone()),
        Query::Range(range) => of_range(range),
        Query::Host(host) => of_host(host),
        Query::Arn(arn) => of_arn(arn),
        Query::AccessKey(key) => {
            let plan = Plan { asks: vec![Ask::Key(key.clone())], once: true, ..Plan::default() };
            plan.indexed(IndexTerm::Named(key.id().to_owned()))
        }
        Query::Account(_) => Plan::default(),
        Query::Bucket(name) => {
            let plan = Plan { unique: true, once: true, ..Plan::default() };
            plan.ask_all("bucket", vec![IndexTerm::Named(name.clone())])
        }
        Query::Terms(terms) => of_terms(terms),
    }
}

fn of_id(id: &Id) -> Plan {
    let mut plan = Plan { region: id.region.clone(), ..Plan::default() };
    for kind in id.kinds {
        plan = match ASKED_BY.iter().find(|(name, ..)| name == kind) {
            Some((_, by, how)) => plan.ask(by, *how, &id.id),
            None => plan.ask_own(kind, &id.id),
        };
    }
    // Images and snapshots are seen by every account that they are shared with; a reservation holds several instances.
    plan.unique = !id.kinds.iter().any(|kind| matches!(*kind, "image" | "snapshot" | "reservation"));
    plan.indexed(IndexTerm::Named(id.id.clone()))
}

fn of_address(ip: IpAddr, region: Option<String>) -> Plan {
    let text = ip.to_string();
    let plan = Plan { region, ..Plan::default() };
    let plan = match ip {
        IpAddr::V6(_) => plan.ask("network-interface", By::Filters("ipv6-addresses.ipv6-address"), &text),
        IpAddr::V4(ip) if is_private(ip) => {
            plan.ask("network-interface", By::Filters("addresses.private-ip-address"), &text)
        }
        IpAddr::V4(_) => plan.ask("network-interface", By::Filters("association.public-ip"), &text).ask(
            "elastic-ip",
            By::Filters("public-ip"),
            &text,
        ),
    };
    plan.indexed(IndexTerm::Address(text))
}

/// Ranges that networks use among themselves. Source: RFC 1918 and RFC 6598.
fn is_private(ip: std::net::Ipv4Addr) -> bool {
    let [first, second, ..] = ip.octets();
    ip.is_private() || first == 100 && (64..128).contains(&second)
}

fn of_range(range: &str) -> Plan {
    let (vpc, subnet) = match range.contains(':') {
        true => {
            ("ipv6-cidr-block-association.ipv6-cidr-block", "ipv6-cidr-block-association.ipv6-cidr-block")
        }
        false => ("cidr-block-association.cidr-block", "cidr-block"),
    };
    Plan::default().ask("vpc", By::Filters(vpc), range).ask("subnet", By::Filters(subnet), range)
}

fn of_host(host: &Host) -> Plan {
    let at = |region: &str| Plan { region: Some(region.to_owned()), ..Plan::default() };
    match host {
        Host::LoadBalancer { host, name, region } => {
            let plan = at(region).ask_own("load-balancer", name).ask_own("classic-load-balancer", name);
            Plan { unique: true, ..plan.indexed(IndexTerm::Address(host.clone())) }
        }
        Host::Database { host, what, name, region } => {
            let kind = match what {
                Database::Instance => "database",
                Database::Cluster => "database-cluster",
                Database::Proxy => "database-proxy",
            };
            at(region).ask_own(kind, name).indexed(IndexTerm::Address(host.clone()))
        }
        Host::Distribution(host) => {
            let plan = Plan { unique: true, once: true, ..Plan::default() };
            plan.ask_all("distribution", vec![IndexTerm::Address(host.clone())])
        }
        Host::Api { id, region, .. } => {
            Plan { unique: true, ..at(region).ask_own("rest-api", id).ask_own("http-api", id) }
        }
        Host::FunctionUrl { host, region } => at(region)
            .indexed(IndexTerm::Address(host.clone()))
            .noting("AWS tells a function's address only for each function by itself: look for its name."),
        Host::Other(host) => {
            let named = IndexTerm::Named(host.clone());
            let mut plan = Plan { once: true, ..Plan::default() }
                .ask_all("distribution", vec![IndexTerm::Address(host.clone())])
                .ask_all("bucket", vec![named])
                .indexed(IndexTerm::Part(host.clone()));
            plan.asks.insert(0, Ask::Record(host.clone()));
            plan
        }
    }
}

fn of_arn(arn: &Arn) -> Plan {
    let digits = |text: &String| (text.len() == 12).then(|| text.clone());
    let plan = Plan {
        account: digits(&arn.account),
        region: Some(arn.region.clone()).filter(|region| !region.is_empty()),
        once: arn.region.is_empty(),
        unique: true,
        ..Plan::default()
    };
    match kind_of_arn(arn) {
        Some((kind, value)) => {
            let by = ASKED_BY.iter().find(|(name, ..)| *name == kind);
            match by {
                Some((_, kind, by)) => plan.ask(kind, *by, &value),
                None => plan.ask_own(kind, &value),
            }
        }
        // Whatever can bear tags is known there.
        None => plan.ask_own("resource", &arn.text),
    }
}

/// The kind of an ARN's resource, and what it is asked for by.
fn kind_of_arn(arn: &Arn) -> Option<(&'static str, String)> {
    let (kind, name) = arn.kind_and_name();
    let first = name.split(['/', ':']).next().unwrap_or_default().to_owned();
    let last = arn.last().to_owned();
    let second = name.split('/').nth(1).unwrap_or_default().to_owned();
    let found = match (arn.service.as_str(), kind) {
        ("ec2" | "elasticfilesystem" | "fsx", _) => {
            let id = Id::of(&last)?;
            (id.kinds.first().copied()?, id.id)
        }
        ("s3", _) => ("bucket", arn.resource.split('/').next().unwrap_or_default().to_owned()),
        ("lambda", "function") => ("function", first),
        ("rds", "db") => ("database", first),
        ("rds", "cluster") => ("database-cluster", first),
        ("elasticloadbalancing", "loadbalancer") if matches!(first.as_str(), "app" | "net" | "gwy") => {
            ("load-balancer", second)
        }
        ("elasticloadbalancing", "loadbalancer") => ("classic-load-balancer", first),
        ("elasticloadbalancing", "targetgroup") => ("target-group", first),
        ("autoscaling", "autoScalingGroup") => ("auto-scaling-group", last),
        ("dynamodb", "table") => ("table", first),
        ("ecs", "cluster") => ("cluster", last),
        ("ecs", "service") => ("ecs-service", thing::last_two(&arn.text)),
        ("ecs", "task") => ("ecs-task", thing::last_two(&arn.text)),
        ("iam", "user") => ("user", last),
        ("iam", "role") => ("role", last),
        ("cloudformation", "stack") => ("stack", arn.text.clone()),
        ("cloudfront", "distribution") => ("distribution", last),
        ("route53", "hostedzone") => ("hosted-zone", last),
        _ => return None,
    };
    Some(found)
}

fn of_terms(terms: &[Term]) -> Plan {
    let tags = terms.iter().filter_map(|term| match term {
        Term::Tag { key, value } => Some(match value {
            Some(value) => serde_json::json!({ "Key": key, "Values": [value] }),
            None => serde_json::json!({ "Key": key }),
        }),
        Term::Part(_) => None,
    });
    let tags: Vec<serde_json::Value> = tags.collect();
    let index: Vec<IndexTerm> = terms.iter().map(in_index).collect();
    let parts = |index: &[IndexTerm]| {
        index.iter().filter(|term| matches!(term, IndexTerm::Part(_))).cloned().collect::<Vec<_>>()
    };
    let mut plan = Plan::default();
    if let Some(kind) = kinds::named("resource").filter(|_| !tags.is_empty()) {
        let mut words = kind.listing();
        words.extend(["--tag-filters".to_owned(), serde_json::Value::Array(tags).to_string()]);
        plan.asks.push(Ask::Things(Things { kind, words, listing: true, keep: parts(&index) }));
    } else if let Some(kind) = kinds::named("instance") {
        let longest = parts(&index).into_iter().filter_map(|term| match term {
            IndexTerm::Part(text) => Some(text),
            _ => None,
        });
        let longest = longest.max_by_key(String::len).unwrap_or_default();
        let filters = serde_json::json!([{ "Name": "tag:Name", "Values": spellings(&longest) }]);
        let mut words = kind.listing();
        words.extend(["--filters".to_owned(), filters.to_string()]);
        plan.asks.push(Ask::Things(Things { kind, words, listing: true, keep: index.clone() }));
        plan = plan.ask_all("bucket", index.clone());
    }
    plan.index = index;
    plan
}

fn in_index(term: &Term) -> IndexTerm {
    match term {
        Term::Part(part) => IndexTerm::Part(part.clone()),
        Term::Tag { key, value } => IndexTerm::Tag { key: key.clone(), value: value.clone() },
    }
}

/// A part of a name as EC2's filters want it, who tell large letters from small ones.
fn spellings(part: &str) -> Vec<String> {
    let escaped: String = part
        .chars()
        .flat_map(|c| matches!(c, '*' | '?' | '\\').then_some('\\').into_iter().chain([c]))
        .collect();
    let mut letters = escaped.chars();
    let capital: String = letters.next().into_iter().flat_map(char::to_uppercase).chain(letters).collect();
    let mut all =
        vec![format!("*{escaped}*"), format!("*{capital}*"), format!("*{}*", escaped.to_uppercase())];
    all.dedup();
    all
}

#[cfg(test)]
mod tests {
    #![expect(clippy::expect_used, reason = "a test stops at the first surprise")]

    use super::*;
    use crate::find::query;

    fn questions(text: &str) -> Vec<String> {
        let words: Vec<String> = text.split(' ').map(str::to_owned).collect();
        let plan = of(&query::read(&words).expect(text));
        let mut told: Vec<String> = plan
            .asks
            .iter()
            .map(|ask| match ask {
                Ask::Things(things) => things.words.join(" "),
                Ask::Record(host) => format!("record {host}"),
                Ask::Key(key) => format!("key {key:?}"),
            })
            .collect();
        told.extend(plan.account.map(|account| format!("account {account}")));
        told.extend(plan.region.map(|region| format!("region {region}")));
        told
    }

    #[test]
    fn each_kind_of_query_has_its_questions() {
        let filter =
            |name: &str, value: &str| format!(r#"--filters [{{"Name":"{name}","Values":["{value}"]}}]"#);
        let cases = [
            ("i-0123456789abcdef0", vec![format!("ec2 describe-instances {}", filter("instance-id", "i-0123456789abcdef0"))]),
            (
                "10.0.0.1",
                vec![format!("ec2 describe-network-interfaces {}", filter("addresses.private-ip-address", "10.0.0.1"))],
            ),
            (
                "198.51.100.7",
                vec![
                    format!("ec2 describe-network-interfaces {}", filter("association.public-ip", "198.51.100.7")),
                    format!("ec2 describe-addresses {}", filter("public-ip", "198.51.100.7")),
                ],
            ),
            (
                "net-0123456789abcdef.elb.us-east-1.amazonaws.com",
                vec![
                    "elbv2 describe-load-balancers --names net".to_owned(),
                    "elb describe-load-balancers --load-balancer-names net".to_owned(),
                    "region us-east-1".to_owned(),
                ],
            ),
            (
                "arn:aws:lambda:eu-west-1:111111111111:function:f:3",
                vec![
                    "lambda get-function-configuration --function-name f".to_owned(),
                    "account 111111111111".to_owned(),
                    "region eu-west-1".to_owned(),
                ],
            ),
            (
                "arn:aws:sqs:eu-west-1:111111111111:q",
                vec![
                    "resourcegroupstaggingapi get-resources --resource-arn-list arn:aws:sqs:eu-west-1:111111111111:q"
                        .to_owned(),
                    "account 111111111111".to_owned(),
                    "region eu-west-1".to_owned(),
                ],
            ),
            (
                "tag:team=web",
                vec![r#"resourcegroupstaggingapi get-resources --tag-filters [{"Key":"team","Values":["web"]}]"#.to_owned()],
            ),
            (
                "web*",
                vec![
                    r#"ec2 describe-instances --filters [{"Name":"tag:Name","Values":["*web*","*Web*","*WEB*"]}]"#.to_owned(),
                    "s3api list-buckets".to_owned(),
                ],
            ),
            (
                "www.example.com",
                vec![
                    "record www.example.com".to_owned(),
                    "cloudfront list-distributions".to_owned(),
                    "s3api list-buckets".to_owned(),
                ],
            ),
            ("s3://logs", vec!["s3api list-buckets".to_owned()]),
        ];
        for (text, expected) in cases {
            assert_eq!(questions(text), expected, "{text}");
        }
    }
}
