//! A thing that was found, as an answer of AWS tells of it, and as the index keeps it.

use serde::{Deserialize, Serialize};
use store::index::Entry;
use value::Value;

use super::kinds::{By, Kind};

/// The most addresses, names or attached things that are kept of one thing.
const MOST: usize = 40;

/// What is known of a thing. What is not known is empty.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Thing {
    pub(crate) kind: String,
    pub(crate) id: String,
    /// The tag `Name`, or what it is called otherwise.
    pub(crate) name: String,
    /// Other things that it is called.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(crate) names: Vec<String>,
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub(crate) arn: String,
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub(crate) state: String,
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub(crate) form: String,
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub(crate) zone: String,
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub(crate) launched: String,
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub(crate) role: String,
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub(crate) detail: String,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(crate) addresses: Vec<String>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(crate) attached: Vec<String>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(crate) tags: Vec<(String, String)>,
}

/// The things in the answer to a listing.
pub(crate) fn listed(kind: &Kind, answer: &Value) -> Vec<Thing> {
    items(answer, kind.items).into_iter().map(|item| of(kind, item)).collect()
}

/// The things in the answer to a question for one.
pub(crate) fn asked(kind: &Kind, answer: &Value) -> Vec<Thing> {
    let path = match kind.by {
        By::Call(_, _, path) | By::InCluster(_, _, path) => path,
        _ => kind.items,
    };
    items(answer, path).into_iter().map(|item| of(kind, item)).filter(|thing| !thing.id.is_empty()).collect()
}

/// Everything below a path such as `Reservations[].Instances[]`.
pub(crate) fn items<'v>(value: &'v Value, path: &str) -> Vec<&'v Value> {
    let mut found = vec![value];
    for step in path.split('.').filter(|step| !step.is_empty()) {
        let name = step.trim_end_matches("[]");
        found = found.into_iter().filter_map(|value| value.get(name)).collect();
        if step.ends_with("[]") {
            found = found.into_iter().filter_map(Value::as_list).flatten().collect();
        }
    }
    found
}

fn of(kind: &Kind, item: &Value) -> Thing {
    if let Some(text) = item.as_text() {
        // Listed by its ARN or its name alone.
        let arn = if text.starts_with("arn:") { text } else { "" };
        let id = text.rsplit('/').next().unwrap_or(text).to_owned();
        return Thing {
            kind: kind.name.to_owned(),
            name: id.clone(),
            id,
            arn: arn.to_owned(),
            ..Thing::default()
        };
    }
    let text = |path: &str| if path.is_empty() { String::new() } else { first(item, path) };
    let several = |paths: &[&str]| {
        let mut all: Vec<String> = Vec::new();
        for found in paths.iter().flat_map(|path| texts(item, path)) {
            if !all.contains(&found) && all.len() < MOST {
                all.push(found);
            }
        }
        all
    };
    let tags = tags(item);
    let mut names = several(kind.names);
    let tagged = tags.iter().find(|(key, _)| key == "Name").map(|(_, value)| value.clone());
    // Where the id is a name, what else it is called by is no better one.
    let is_named = kind.id.ends_with("Name") || kind.id.ends_with("Identifier");
    let untagged = if names.is_empty() || is_named { String::new() } else { names.remove(0) };
    let name = tagged.unwrap_or(untagged);
    let id = match kind.by {
        By::InCluster(..) => last_two(&text(kind.arn)),
        _ => text(kind.id),
    };
    Thing {
        kind: kind.name.to_owned(),
        // Route 53 writes `/hostedzone/Z1`.
        id: id.strip_prefix("/hostedzone/").map_or(id.clone(), str::to_owned),
        name,
        names,
        arn: text(kind.arn),
        state: text(kind.state),
        form: text(kind.form),
        zone: text(kind.zone),
        launched: text(kind.launched),
        role: text(kind.role),
        detail: text(kind.detail),
        addresses: several(kind.addresses).iter().map(|host| host.trim_end_matches('.').to_owned()).collect(),
        attached: several(kind.attached),
        tags,
    }
}

/// `web/api` of an ARN that ends in `service/web/api`.
pub(super) fn last_two(arn: &str) -> String {
    let mut parts = arn.rsplit('/');
    match (parts.next(), parts.next()) {
        (Some(name), Some(cluster)) => format!("{cluster}/{name}"),
        _ => String::new(),
    }
}

fn first(item: &Value, path: &str) -> String {
    texts(item, path).into_iter().next().unwrap_or_default()
}

/// All texts below a path that are not empty.
fn texts(item: &Value, path: &str) -> Vec<String> {
    let texts = items(item, path).into_iter().filter_map(Value::as_text);
    texts.filter(|text| !text.is_empty()).map(|text| text.to_string()).collect()
}

/// Tags, in each of the forms that services have for them.
fn tags(item: &Value) -> Vec<(String, String)> {
    let list = ["Tags", "TagList", "TagSet", "tags"].iter().find_map(|name| item.get(name));
    let text = |value: &Value, names: [&str; 2]| {
        names.iter().find_map(|name| value.get(name)).and_then(Value::as_text).unwrap_or_default().to_owned()
    };
    match list {
        Some(Value::List(list)) => {
            let pair = |tag: &Value| (text(tag, ["Key", "key"]), text(tag, ["Value", "value"]));
            list.iter().take(MOST * 2).map(pair).collect()
        }
        Some(Value::Map(map)) => {
            let pair = |(key, value): (&value::Key, &Value)| {
                (key.as_str().to_owned(), value.as_text().unwrap_or_default().to_owned())
            };
            map.iter().take(MOST * 2).map(pair).collect()
        }
        _ => Vec::new(),
    }
}

impl Thing {
    /// As the index keeps it.
    pub(crate) fn entry(&self) -> Entry {
        let mut names = self.names.clone();
        if !self.name.is_empty() {
            names.insert(0, self.name.clone());
        }
        Entry {
            id: self.id.clone(),
            names,
            addresses: self.addresses.iter().map(|address| address.to_lowercase()).collect(),
            tags: self.tags.clone(),
            body: serde_json::to_vec(self).unwrap_or_default(),
        }
    }

    /// What the index kept; `None` if it was written by another version.
    pub(crate) fn kept(entry: &Entry) -> Option<Thing> {
        serde_json::from_slice(&entry.body).ok()
    }

    /// The value of a tag, whatever the case of its key.
    pub(crate) fn tag(&self, key: &str) -> Option<&str> {
        let found = self.tags.iter().find(|(name, _)| name.eq_ignore_ascii_case(key));
        found.map(|(_, value)| value.as_str()).filter(|value| !value.is_empty())
    }

    /// Its name with its id, or its id alone.
    pub(crate) fn called(&self) -> String {
        if self.name.is_empty() || self.name == self.id {
            self.id.clone()
        } else {
            format!("{} ({})", self.name, self.id)
        }
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::expect_used, reason = "a test stops at the first surprise")]

    use super::*;
    use crate::find::kinds;

    fn value(json: &str) -> Value {
        Value::from_json(json.as_bytes()).expect("json")
    }

    #[test]
    fn an_instance_is_read_whole() {
        let answer = value(
            r#"{"Reservations": [{"Instances": []}, {"Instances": [{"InstanceId": "i-1", "InstanceType": "t3.micro",
            "State": {"Code": 16, "Name": "running"}, "Placement": {"AvailabilityZone": "eu-west-1a"}, "LaunchTime": "2026-03-14T09:00:00+00:00",
            "PrivateIpAddress": "10.0.0.1", "PublicIpAddress": "198.51.100.7", "PublicDnsName": "", "VpcId": "vpc-1",
            "NetworkInterfaces": [{"NetworkInterfaceId": "eni-1", "PrivateIpAddresses": [{"PrivateIpAddress": "10.0.0.1"}, {"PrivateIpAddress": "10.0.0.2"}]}],
            "Tags": [{"Key": "Name", "Value": "web"}, {"Key": "environment", "Value": "prod"}]}]}]}"#,
        );
        let things = asked(kinds::named("instance").expect("a kind"), &answer);
        let [thing] = things.as_slice() else { panic!("{things:?}") };
        assert_eq!((thing.called().as_str(), thing.state.as_str()), ("web (i-1)", "running"));
        assert_eq!(thing.addresses, ["10.0.0.1", "198.51.100.7", "10.0.0.2"]);
        assert_eq!(thing.attached, ["vpc-1", "eni-1"]);
        assert_eq!(thing.tag("Environment"), Some("prod"));
        assert_eq!(Thing::kept(&thing.entry()).as_ref(), Some(thing));
    }

    #[test]
    fn answers_of_other_forms_are_read() {
        let cases = [
            ("cluster", r#"{"clusterArns": ["arn:aws:ecs:eu-west-1:1:cluster/web"]}"#, "web"),
            ("table", r#"{"TableNames": ["orders"]}"#, "orders"),
            (
                "hosted-zone",
                r#"{"HostedZones": [{"Id": "/hostedzone/Z1", "Name": "example.com."}]}"#,
                "example.com. (Z1)",
            ),
            ("user", r#"{"Users": [{"UserName": "carol", "UserId": "AIDAEXAMPLE"}]}"#, "carol"),
            ("bucket", r#"{"Buckets": [{"Name": "logs"}], "Owner": {}}"#, "logs"),
            ("instance", r#"{"Reservations": null}"#, ""),
        ];
        for (kind, json, expected) in cases {
            let things = listed(kinds::named(kind).expect("a kind"), &value(json));
            assert_eq!(things.first().map(Thing::called).unwrap_or_default(), expected, "{kind}");
        }
    }
}
