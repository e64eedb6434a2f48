//! The things that a command names, and the command that looks each kind up: tables by the shape of an id and by the
//! name of a parameter.
//!
//! To add a kind: a row in [`BY_PREFIX`] where its ids begin in a way of their own, in [`BY_MEMBER`] otherwise.
//! Absent on purpose: patterns, filters and tags as ways to name things; what they reach is not known beforehand.

use value::{Map, Value};

use crate::asking::findings::Thing;

/// How many things of one command are looked up and listed.
pub(crate) const LISTED: usize = 20;
/// How many values of a command are looked at.
const LOOKED_AT: usize = 2_000;
/// The longest name that is looked up.
const LONGEST: usize = 200;

/// How a kind of thing is looked up: `command`, then the ids, answers with a list of maps.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Kind {
    /// `instance`
    pub(crate) noun: &'static str,
    /// The command up to its ids; empty where nothing more than the name is shown.
    pub(crate) command: &'static str,
    /// Members on the way to the things; lists on it are entered.
    list: &'static [&'static str],
    /// The member that holds the id.
    id: &'static str,
    state: &'static [&'static str],
    detail: &'static str,
    /// Whether one command looks up several.
    pub(crate) several: bool,
}

const fn ec2(
    noun: &'static str,
    command: &'static str,
    list: &'static [&'static str],
    id: &'static str,
    state: &'static [&'static str],
    detail: &'static str,
) -> Kind {
    Kind { noun, command, list, id, state, detail, several: true }
}

const fn one(
    noun: &'static str,
    command: &'static str,
    list: &'static [&'static str],
    id: &'static str,
    state: &'static [&'static str],
    detail: &'static str,
) -> Kind {
    Kind { several: false, ..ec2(noun, command, list, id, state, detail) }
}

const fn named(noun: &'static str) -> Kind {
    one(noun, "", &[], "", &[], "")
}

/// By what an id begins with.
#[rustfmt::skip]
const BY_PREFIX: &[(&str, Kind)] = &[
    ("i-", ec2("instance", "ec2 describe-instances --instance-ids", &["Reservations", "Instances"], "InstanceId", &["State", "Name"], "InstanceType")),
    ("vol-", ec2("volume", "ec2 describe-volumes --volume-ids", &["Volumes"], "VolumeId", &["State"], "VolumeType")),
    ("snap-", ec2("snapshot", "ec2 describe-snapshots --snapshot-ids", &["Snapshots"], "SnapshotId", &["State"], "VolumeId")),
    ("sg-", ec2("security group", "ec2 describe-security-groups --group-ids", &["SecurityGroups"], "GroupId", &[], "GroupName")),
    ("subnet-", ec2("subnet", "ec2 describe-subnets --subnet-ids", &["Subnets"], "SubnetId", &["State"], "CidrBlock")),
    ("vpc-", ec2("VPC", "ec2 describe-vpcs --vpc-ids", &["Vpcs"], "VpcId", &["State"], "CidrBlock")),
    ("ami-", ec2("image", "ec2 describe-images --image-ids", &["Images"], "ImageId", &["State"], "Name")),
    ("eni-", ec2("network interface", "ec2 describe-network-interfaces --network-interface-ids", &["NetworkInterfaces"], "NetworkInterfaceId", &["Status"], "PrivateIpAddress")),
    ("eipalloc-", ec2("address", "ec2 describe-addresses --allocation-ids", &["Addresses"], "AllocationId", &[], "PublicIp")),
    ("rtb-", ec2("route table", "ec2 describe-route-tables --route-table-ids", &["RouteTables"], "RouteTableId", &[], "VpcId")),
    ("igw-", ec2("internet gateway", "ec2 describe-internet-gateways --internet-gateway-ids", &["InternetGateways"], "InternetGatewayId", &[], "OwnerId")),
    ("nat-", ec2("NAT gateway", "ec2 describe-nat-gateways --nat-gateway-ids", &["NatGateways"], "NatGatewayId", &["State"], "VpcId")),
    ("acl-", ec2("network ACL", "ec2 describe-network-acls --network-acl-ids", &["NetworkAcls"], "NetworkAclId", &[], "VpcId")),
    ("lt-", ec2("launch template", "ec2 describe-launch-templates --launch-template-ids", &["LaunchTemplates"], "LaunchTemplateId", &[], "LaunchTemplateName")),
    ("vpce-", ec2("VPC endpoint", "ec2 describe-vpc-endpoints --vpc-endpoint-ids", &["VpcEndpoints"], "VpcEndpointId", &["State"], "ServiceName")),
];

/// By service and top-level parameter.
#[rustfmt::skip]
const BY_MEMBER: &[(&str, &str, Kind)] = &[
    ("rds", "DBInstanceIdentifier", one("database", "rds describe-db-instances --db-instance-identifier", &["DBInstances"], "DBInstanceIdentifier", &["DBInstanceStatus"], "DBInstanceClass")),
    ("rds", "DBClusterIdentifier", one("database cluster", "rds describe-db-clusters --db-cluster-identifier", &["DBClusters"], "DBClusterIdentifier", &["Status"], "Engine")),
    ("lambda", "FunctionName", one("function", "lambda get-function-configuration --function-name", &[], "FunctionName", &["State"], "Runtime")),
    ("autoscaling", "AutoScalingGroupName", one("auto scaling group", "autoscaling describe-auto-scaling-groups --auto-scaling-group-names", &["AutoScalingGroups"], "AutoScalingGroupName", &["Status"], "LaunchConfigurationName")),
    ("dynamodb", "TableName", one("table", "dynamodb describe-table --table-name", &["Table"], "TableName", &["TableStatus"], "TableArn")),
    ("cloudformation", "StackName", one("stack", "cloudformation describe-stacks --stack-name", &["Stacks"], "StackName", &["StackStatus"], "Description")),
    ("iam", "RoleName", one("role", "iam get-role --role-name", &["Role"], "RoleName", &[], "Arn")),
    ("iam", "UserName", one("user", "iam get-user --user-name", &["User"], "UserName", &[], "Arn")),
    ("iam", "GroupName", named("group")),
    ("iam", "PolicyArn", named("policy")),
    ("ecs", "cluster", named("cluster")),
    ("ecs", "service", named("service")),
    ("ecs", "task", named("task")),
    ("s3", "Bucket", named("bucket")),
    ("s3", "Key", named("object")),
    ("sqs", "QueueUrl", named("queue")),
    ("sns", "TopicArn", named("topic")),
    ("kms", "KeyId", named("key")),
    ("secretsmanager", "SecretId", named("secret")),
    ("ssm", "Name", named("parameter")),
    ("logs", "logGroupName", named("log group")),
    ("elbv2", "LoadBalancerArn", named("load balancer")),
    ("elbv2", "TargetGroupArn", named("target group")),
    ("eks", "name", named("cluster")),
    ("route53", "HostedZoneId", named("hosted zone")),
    ("ec2", "KeyName", named("key pair")),
];

/// The things of one kind that a command names.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Named {
    pub(crate) kind: &'static Kind,
    pub(crate) ids: Vec<String>,
}

/// What the parameters of a call of that service (`ec2`) name, grouped by kind, each once, in the order of the
/// parameters.
pub(crate) fn named_by(service: &str, params: &Map) -> Vec<Named> {
    let mut found = Found::default();
    for (member, value) in params.iter() {
        let kind = BY_MEMBER.iter().find(|row| row.0 == service && row.1 == member.as_str());
        match (kind, value.as_text()) {
            (Some((_, _, kind)), Some(text)) => found.add(kind, text),
            _ => found.walk(value),
        }
    }
    found.named
}

#[derive(Default)]
struct Found {
    named: Vec<Named>,
    looked_at: usize,
}

impl Found {
    fn walk(&mut self, value: &Value) {
        self.looked_at += 1;
        if self.looked_at > LOOKED_AT {
            return;
        }
        match value {
            Value::List(items) => items.iter().for_each(|item| self.walk(item)),
            Value::Map(map) => map.values().for_each(|member| self.walk(member)),
            other => {
                let kind = other.as_text().and_then(|text| Some((by_prefix(text)?, text)));
                if let Some((kind, text)) = kind {
                    self.add(kind, text);
                }
            }
        }
    }

    fn add(&mut self, kind: &'static Kind, id: &str) {
        let group = match self.named.iter_mut().position(|named| named.kind == kind) {
            Some(at) => &mut self.named[at],
            None => {
                self.named.push(Named { kind, ids: Vec::new() });
                let last = self.named.len() - 1;
                &mut self.named[last]
            }
        };
        if !group.ids.iter().any(|known| known == id) {
            group.ids.push(id.to_owned());
        }
    }
}

fn by_prefix(text: &str) -> Option<&'static Kind> {
    let fits =
        |rest: &str| !rest.is_empty() && rest.len() <= 32 && rest.bytes().all(|b| b.is_ascii_hexdigit());
    BY_PREFIX.iter().find(|(prefix, _)| text.strip_prefix(prefix).is_some_and(fits)).map(|(_, kind)| kind)
}

/// Whether a name can stand as one word in a line without meaning anything else there.
pub(crate) fn is_plain(name: &str) -> bool {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"._:/+=@-".contains(&byte);
    !name.is_empty() && name.len() <= LONGEST && !name.starts_with('-') && name.bytes().all(plain)
}

impl Kind {
    /// The things in an answer of [`Kind::command`].
    pub(crate) fn read(&self, answer: &Value) -> Vec<Thing> {
        let mut things = Vec::new();
        self.enter(answer, self.list, &mut things);
        things
    }

    fn enter(&self, value: &Value, path: &[&str], things: &mut Vec<Thing>) {
        if let Some(items) = value.as_list() {
            items.iter().for_each(|item| self.enter(item, path, things));
            return;
        }
        match path.split_first() {
            Some((member, rest)) => {
                if let Some(inside) = value.get(member) {
                    self.enter(inside, rest, things);
                }
            }
            None => things.extend(self.thing(value)),
        }
    }

    fn thing(&self, found: &Value) -> Option<Thing> {
        let text =
            |value: &Value| value.printed_text().map(|text| short(&text)).filter(|text| !text.is_empty());
        let state = self.state.iter().try_fold(found, |value, member| value.get(member));
        Some(Thing {
            noun: self.noun.to_owned(),
            id: found.get(self.id).and_then(text)?,
            name: tag(found, "Name"),
            state: state.filter(|_| !self.state.is_empty()).and_then(text),
            detail: found.get(self.detail).and_then(text),
            owner: tag(found, "Owner"),
        })
    }

    /// A thing of which only the name is known.
    pub(crate) fn unseen(&self, id: &str) -> Thing {
        Thing { noun: self.noun.to_owned(), id: short(id), ..Thing::default() }
    }
}

/// The tag of that key, whatever its case, in the ways in which services list tags.
fn tag(found: &Value, key: &str) -> Option<String> {
    let tags = ["Tags", "TagSet", "TagList", "tags"].iter().find_map(|name| found.get(name)?.as_list())?;
    let of = |entry: &Value, name: [&str; 2]| {
        name.iter().find_map(|name| entry.get(name)?.as_text().map(str::to_owned))
    };
    let mut pairs =
        tags.iter().filter_map(|entry| Some((of(entry, ["Key", "key"])?, of(entry, ["Value", "value"])?)));
    pairs
        .find(|(name, _)| name.eq_ignore_ascii_case(key))
        .map(|(_, value)| short(&value))
        .filter(|value| !value.is_empty())
}

fn short(text: &str) -> String {
    text.chars().take(LONGEST).collect()
}

#[cfg(test)]
mod tests {
    #![expect(clippy::expect_used, reason = "a test stops at the first surprise")]

    use super::*;
    use crate::command::{Command, understand};
    use crate::settings::Settings;

    fn named_in(line: &str) -> Vec<(&'static str, String)> {
        let Ok(Command::Aws(command)) =
            understand(line, &aws_model::Catalog::embedded(), &Settings::default())
        else {
            panic!("{line}")
        };
        let call = &command.invocation.call;
        let named = named_by(call.service.name(), &call.params);
        named.into_iter().map(|named| (named.kind.noun, named.ids.join(","))).collect()
    }

    #[test]
    fn commands_name_things() {
        let cases: [(&str, &[(&str, &str)]); 7] = [
            ("ec2 stop-instances --instance-ids i-0a1 i-0b2 i-0a1", &[("instance", "i-0a1,i-0b2")]),
            (
                "ec2 attach-volume --volume-id vol-1 --instance-id i-1 --device /dev/sdf",
                &[("instance", "i-1"), ("volume", "vol-1")],
            ),
            (
                "ec2 create-tags --resources i-1 sg-2 --tags Key=i-like,Value=x",
                &[("instance", "i-1"), ("security group", "sg-2")],
            ),
            ("rds stop-db-instance --db-instance-identifier orders", &[("database", "orders")]),
            ("s3api delete-bucket --bucket b", &[("bucket", "b")]),
            ("lambda delete-function --function-name f", &[("function", "f")]),
            ("ec2 create-vpc --cidr-block 10.0.0.0/16", &[]),
        ];
        for (line, expected) in cases {
            let expected: Vec<_> = expected.iter().map(|(noun, ids)| (*noun, (*ids).to_owned())).collect();
            assert_eq!(named_in(line), expected, "{line}");
        }
    }

    #[test]
    fn every_lookup_is_a_command_that_only_reads() {
        let kinds = BY_PREFIX.iter().map(|row| &row.1).chain(BY_MEMBER.iter().map(|row| &row.2));
        for kind in kinds.filter(|kind| !kind.command.is_empty()) {
            let line = format!("{} x-1", kind.command);
            let read = understand(&line, &aws_model::Catalog::embedded(), &Settings::default());
            let Ok(Command::Aws(command)) = read else { panic!("{line}") };
            assert_eq!(crate::authorize::class_of(&command.invocation), store::Class::Read, "{line}");
        }
    }

    #[test]
    fn answers_become_things() {
        let answer = r#"{"Reservations": [{"Instances": [{"InstanceId": "i-1", "InstanceType": "t3.micro",
            "State": {"Code": 16, "Name": "running"},
            "Tags": [{"Key": "owner", "Value": "web"}, {"Key": "Name", "Value": "shop-1"}]}]}, {"Instances": [{"InstanceId": "i-2"}]}]}"#;
        let things = BY_PREFIX[0].1.read(&Value::from_json(answer.as_bytes()).expect("JSON"));
        let text = |text: &str| Some(text.to_owned());
        let first = Thing {
            noun: "instance".to_owned(),
            id: "i-1".to_owned(),
            name: text("shop-1"),
            state: text("running"),
            detail: text("t3.micro"),
            owner: text("web"),
        };
        assert_eq!(things, [first, BY_PREFIX[0].1.unseen("i-2")]);
        let (_, _, lambda) = &BY_MEMBER[2];
        let answer = br#"{"FunctionName": "f", "State": "Active", "Runtime": "python3.13"}"#;
        let things = lambda.read(&Value::from_json(answer).expect("JSON"));
        assert_eq!((things.len(), things[0].state.as_deref()), (1, Some("Active")));
    }

    #[test]
    fn only_plain_names_are_looked_up() {
        for name in ["orders", "arn:aws:iam::111111111111:role/x", "a-b_c.d"] {
            assert!(is_plain(name), "{name}");
        }
        for name in ["", "-x", "a b", "a'b", "file(x)", "a|b", "--endpoint-url", &"x".repeat(201)] {
            assert!(!is_plain(name), "{name}");
        }
    }
}
