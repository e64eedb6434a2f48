//! Instances as people look at them.

use jiff::Timestamp;
use value::Value;

use crate::reach::scope::{Scope, Selection};
use crate::reach::survey::Survey;
use crate::reach::{NoRead, Reach};

/// One instance.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Instance {
    pub(crate) scope: Scope,
    pub(crate) id: String,
    /// The tag `Name`; empty without one.
    pub(crate) name: String,
    /// `running`, `stopped` …
    pub(crate) state: String,
    /// `t3.micro` …
    pub(crate) kind: String,
    pub(crate) private: String,
    pub(crate) public: String,
    pub(crate) zone: String,
    pub(crate) launched: Option<Timestamp>,
}

/// What instances are asked for.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Wanted {
    states: Vec<String>,
    names: Vec<String>,
    ids: Vec<String>,
    tags: Vec<(String, String)>,
}

const STATES: [&str; 6] = ["pending", "running", "shutting-down", "terminated", "stopping", "stopped"];

impl Wanted {
    /// Reads `running`, `web*`, `tag:team=web`, `i-0abc`: each kind narrows, several of a kind widen.
    ///
    /// # Errors
    /// A word that is none of these.
    pub(crate) fn read(words: &[String]) -> Result<Wanted, String> {
        let mut wanted = Wanted::default();
        for word in words {
            if STATES.contains(&word.as_str()) {
                wanted.states.push(word.clone());
            } else if let Some(tag) = word.strip_prefix("tag:") {
                let (key, value) = tag.split_once('=').unwrap_or((tag, "*"));
                if key.is_empty() {
                    return Err(format!("`{word}` names no tag: it is written tag:team=web"));
                }
                wanted.tags.push((key.to_owned(), value.to_owned()));
            } else if is_id(word) {
                wanted.ids.push(word.clone());
            } else if word.starts_with('-') {
                return Err(format!("`{word}` is no option here"));
            } else {
                wanted.names.push(word.clone());
            }
        }
        Ok(wanted)
    }

    /// Those ids and Names, each as it is: `*` and `?` mean nothing else in them.
    pub(crate) fn exactly(words: &[String]) -> Wanted {
        let (ids, names): (Vec<String>, Vec<String>) = words.iter().cloned().partition(|word| is_id(word));
        let plain = |name: &String| name.replace('\\', r"\\").replace('*', r"\*").replace('?', r"\?");
        Wanted { ids, names: names.iter().map(plain).collect(), ..Wanted::default() }
    }

    /// The words of the call that answers it.
    fn call(&self) -> Vec<String> {
        let mut words = vec!["ec2".to_owned(), "describe-instances".to_owned()];
        let mut filters = Vec::new();
        let mut filter = |name: &str, values: &[String]| {
            if !values.is_empty() {
                filters.push(serde_json::json!({ "Name": name, "Values": values }));
            }
        };
        filter("instance-state-name", &self.states);
        filter("tag:Name", &self.names);
        // As a filter, an id that is not there is no error.
        filter("instance-id", &self.ids);
        for (key, value) in &self.tags {
            filter(&format!("tag:{key}"), std::slice::from_ref(value));
        }
        if !filters.is_empty() {
            words.extend(["--filters".to_owned(), serde_json::Value::Array(filters).to_string()]);
        }
        words
    }
}

/// Whether that has the form of an instance's id.
pub(crate) fn is_id(word: &str) -> bool {
    let digits = word.strip_prefix("i-").unwrap_or_default();
    matches!(digits.len(), 8 | 17) && digits.bytes().all(|byte| byte.is_ascii_hexdigit())
}

/// The instances that are wanted, in all places of the selection, over all pages.
pub(crate) async fn find(
    reach: &Reach<'_>,
    selection: &Selection,
    wanted: &Wanted,
) -> Result<(Vec<Instance>, Survey), NoRead> {
    let command = reach.reading(&wanted.call())?;
    let mut found = Vec::new();
    let survey =
        reach.read_everywhere(&command, selection, |scope, answer| found.extend(read(scope, &answer))).await;
    found.sort_by(|one: &Instance, other| {
        (&one.scope, &one.name, &one.id).cmp(&(&other.scope, &other.name, &other.id))
    });
    Ok((found, survey))
}

/// The instances of one answer.
fn read(scope: &Scope, answer: &Value) -> Vec<Instance> {
    let list =
        |value: &Value, name: &str| value.get(name).and_then(Value::as_list).unwrap_or_default().to_vec();
    let reservations = list(answer, "Reservations");
    let instances = reservations.iter().flat_map(|reservation| list(reservation, "Instances"));
    instances.map(|instance| of_value(scope, &instance)).collect()
}

fn of_value(scope: &Scope, instance: &Value) -> Instance {
    let text = |path: &[&str]| {
        let found = path.iter().try_fold(instance, |value, name| value.get(name));
        found.and_then(Value::as_text).unwrap_or_default().to_owned()
    };
    let tags = instance.get("Tags").and_then(Value::as_list).unwrap_or_default();
    let is_name = |tag: &&Value| tag.get("Key").and_then(Value::as_text) == Some("Name");
    let name = tags.iter().find(is_name).and_then(|tag| tag.get("Value")).and_then(Value::as_text);
    Instance {
        scope: scope.clone(),
        id: text(&["InstanceId"]),
        name: name.unwrap_or_default().to_owned(),
        state: text(&["State", "Name"]),
        kind: text(&["InstanceType"]),
        private: text(&["PrivateIpAddress"]),
        public: text(&["PublicIpAddress"]),
        zone: text(&["Placement", "AvailabilityZone"]),
        launched: text(&["LaunchTime"]).parse().ok(),
    }
}

impl Instance {
    /// The name with the id, or the id alone.
    pub(crate) fn called(&self) -> String {
        if self.name.is_empty() { self.id.clone() } else { format!("{} ({})", self.name, self.id) }
    }
}

/// An instance for tests.
#[cfg(test)]
pub(crate) fn staged(id: &str, name: &str, state: &str, region: &str) -> Instance {
    Instance {
        scope: Scope { account: "dev".to_owned(), region: region.to_owned() },
        id: id.to_owned(),
        name: name.to_owned(),
        state: state.to_owned(),
        kind: String::new(),
        private: String::new(),
        public: String::new(),
        zone: String::new(),
        launched: None,
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::expect_used, reason = "a test stops at the first surprise")]

    use super::*;

    #[test]
    fn filters_become_filters_of_the_call() {
        let words = |text: &str| {
            text.split(' ').filter(|word| !word.is_empty()).map(str::to_owned).collect::<Vec<_>>()
        };
        let cases = [
            ("", ""),
            ("running", r#"[{"Name":"instance-state-name","Values":["running"]}]"#),
            (
                "web* stopped",
                r#"[{"Name":"instance-state-name","Values":["stopped"]},{"Name":"tag:Name","Values":["web*"]}]"#,
            ),
            ("tag:team=web", r#"[{"Name":"tag:team","Values":["web"]}]"#),
            ("tag:team", r#"[{"Name":"tag:team","Values":["*"]}]"#),
            (
                "i-0a1b2c3d i-x",
                r#"[{"Name":"tag:Name","Values":["i-x"]},{"Name":"instance-id","Values":["i-0a1b2c3d"]}]"#,
            ),
        ];
        for (typed, filters) in cases {
            let call = Wanted::read(&words(typed)).expect(typed).call();
            assert_eq!(call.get(3).map_or("", String::as_str), filters, "{typed}");
        }
        assert!(Wanted::read(&words("--all")).is_err() && Wanted::read(&words("tag:=x")).is_err());
    }

    #[test]
    fn untagged_and_terminated_instances_are_read_from_every_reservation() {
        let answer = br#"{"Reservations": [
            {"Instances": [{"InstanceId": "i-1", "State": {"Name": "running"}, "Tags": [{"Key": "Name", "Value": "web"}]}]},
            {"Instances": [{"InstanceId": "i-2", "State": {"Name": "terminated"}}]}]}"#;
        let scope = Scope { account: "dev".to_owned(), region: "eu".to_owned() };
        let found = read(&scope, &Value::from_json(answer).expect("json"));
        let called: Vec<_> =
            found.iter().map(|instance| (instance.called(), instance.state.as_str())).collect();
        assert_eq!(called, [("web (i-1)".to_owned(), "running"), ("i-2".to_owned(), "terminated")]);
    }
}
