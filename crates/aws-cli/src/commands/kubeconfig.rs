//! `eks update-kubeconfig`: writes how to reach a cluster into the configuration of Kubernetes' clients.
//!
//! Invariants: a file that is not read whole is not written; other clusters, users and contexts stay as they are.
//! Comments in the file are lost, as with the AWS CLI.

use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use aws_call::BoxFuture;
use aws_call::credentials::StaticCredentials;
use aws_model::Level;
use value::{JsonStyle, Map, Value};

use super::line::{Line, step};
use super::options::{Given, Spec, one, switch};
use super::task::{Calls, Fault, Runs, World};
use super::{configure, tokens};
use crate::{Environment, Parsed, UsageError, output, yaml};

/// The version of the interface through which a client asks for a token.
const EXEC_VERSION: &str = "client.authentication.k8s.io/v1beta1";
const DEFAULT_PATH: &str = "~/.kube/config";

static SPEC: Spec = Spec {
    about: "Writes a cluster, and how to sign in there, into a kubeconfig file.",
    words: &[],
    options: &[&[
        one("name", "The cluster's name.").needed(),
        one("kubeconfig", "The file; otherwise the first of KUBECONFIG, or ~/.kube/config."),
        one("role-arn", "The role that clients sign in with."),
        one("proxy-url", "The proxy through which clients reach the cluster."),
        switch("dry-run", "Print the file instead of writing it."),
        switch("verbose", "Print the entries as well."),
        one("alias", "The context's name, the cluster's ARN unless given."),
        one("user-alias", "The user's name, the cluster's ARN unless given."),
        one("assume-role-arn", "The role that looks the cluster up."),
    ]],
};

#[derive(Debug)]
struct Update {
    given: Given,
    cluster: String,
}

/// Reads the words of `eks update-kubeconfig`.
pub(super) fn start(line: &Line<'_>) -> Result<Parsed, UsageError> {
    let given = match line.read(&SPEC)? {
        Ok(given) => given,
        Err(page) => return Ok(page),
    };
    let mut steps = Vec::new();
    if let Some(role) = given.text("assume-role-arn") {
        steps.push(step("sts", "AssumeRole", session(role)).at(Level::Secret));
    }
    let cluster = given.needed("name");
    steps.push(step("eks", "DescribeCluster", named(&cluster)));
    line.invocation(Update { given, cluster }, steps)
}

fn session(role: &str) -> Map {
    [("RoleArn", role), ("RoleSessionName", "EKSDescribeClusterSession")].into_iter().collect()
}

fn named(cluster: &str) -> Map {
    [("name", cluster)].into_iter().collect()
}

/// A map of these entries, in this order.
fn map<const N: usize>(entries: [(&str, Value); N]) -> Value {
    let entries: Map = entries.into_iter().collect();
    Value::Map(entries)
}

fn text<'a>(value: &'a Value, name: &str) -> &'a str {
    value.get(name).and_then(Value::as_text).unwrap_or_default()
}

impl Runs for Update {
    fn run<'a>(&'a self, world: &'a mut World<'_>) -> BoxFuture<'a, Result<u8, Fault>> {
        Box::pin(self.work(world))
    }
}

impl Update {
    async fn work(&self, world: &mut World<'_>) -> Result<u8, Fault> {
        let described = self.described(&world.calls).await?;
        let cluster = self.cluster_entry(&described);
        let user = self.user_entry(&described, configure::profile(world));
        let context = map([
            (
                "context",
                map([
                    ("cluster", Value::text(text(&cluster, "name"))),
                    ("user", Value::text(text(&user, "name"))),
                ]),
            ),
            ("name", Value::text(self.given.text("alias").unwrap_or_else(|| text(&user, "name")))),
        ]);
        let (path, mut content) = self.choose(world.env, text(&cluster, "name"))?;
        let updates = has_cluster(&content, text(&cluster, "name"));
        for (key, entry) in [("clusters", &cluster), ("users", &user), ("contexts", &context)] {
            insert(&mut content, key, entry);
        }
        content.insert("current-context", text(&context, "name"));
        let content = yaml_text(&Value::Map(content));
        if self.given.has("dry-run") {
            world.say(&content);
            return Ok(0);
        }
        write(world.env, &path, &content)?;
        let (name, path) = (text(&context, "name"), path.display());
        world.say(&if updates {
            format!("Updated context {name} in {path}\n")
        } else {
            format!("Added new context {name} to {path}\n")
        });
        if self.given.has("verbose") {
            let entries: String = [&context, &user, &cluster].map(|entry| yaml_text(entry) + "\n").concat();
            world.say(&format!("Entries:\n\n{entries}"));
        }
        Ok(0)
    }

    async fn described(&self, calls: &Calls) -> Result<Value, Fault> {
        let eks = calls.service("eks")?;
        let mut options = calls.options_for(&eks);
        if let Some(role) = self.given.text("assume-role-arn") {
            let answer = calls.call("sts", "AssumeRole", session(role)).await?;
            options.credentials = Some(Arc::new(StaticCredentials::new(tokens::assumed(&answer))));
        }
        let answer = calls.call_with(eks, "DescribeCluster", named(&self.cluster), &options).await?;
        let cluster = answer.get("cluster").cloned().unwrap_or_default();
        match text(&cluster, "status") {
            "ACTIVE" | "UPDATING" => Ok(cluster),
            "" => Err(Fault::General("Cluster not found".to_owned())),
            status => Err(Fault::General(format!("Cluster status is {status}"))),
        }
    }

    fn cluster_entry(&self, described: &Value) -> Value {
        let authority = described.get("certificateAuthority").map_or("", |authority| text(authority, "data"));
        let mut inner: Map =
            [("certificate-authority-data", authority), ("server", text(described, "endpoint"))]
                .into_iter()
                .collect();
        if let Some(proxy) = self.given.text("proxy-url") {
            inner.push("proxy-url", proxy);
        }
        map([("cluster", Value::Map(inner)), ("name", Value::text(text(described, "arn")))])
    }

    fn user_entry(&self, described: &Value, profile: Option<String>) -> Value {
        let arn = text(described, "arn");
        let region = arn.split(':').nth(3).unwrap_or_default();
        let outpost = described.get("outpostConfig").filter(|outpost| !outpost.is_null());
        let is_local = outpost.is_some_and(|outpost| outpost.get("etcdInstanceType").is_none());
        let (option, value) = match is_local {
            true => ("--cluster-id", text(described, "id")),
            false => ("--cluster-name", self.cluster.as_str()),
        };
        let mut words = vec!["--region", region, "eks", "get-token", option, value, "--output", "json"];
        if let Some(role) = self.given.text("role-arn") {
            words.extend(["--role", role]);
        }
        let mut exec: Map = [
            ("apiVersion", Value::text(EXEC_VERSION)),
            ("args", Value::List(words.into_iter().map(Value::text).collect())),
            ("command", Value::text("aws")),
        ]
        .into_iter()
        .collect();
        if let Some(profile) = profile {
            let variable = map([("name", Value::text("AWS_PROFILE")), ("value", Value::from(profile))]);
            exec.push("env", Value::List(vec![variable]));
        }
        let name = self.given.text("user-alias").unwrap_or(arn);
        map([("name", Value::text(name)), ("user", map([("exec", Value::Map(exec))]))])
    }

    /// The file to change: the first that knows the cluster, or else the first.
    fn choose(&self, env: &Environment, cluster: &str) -> Result<(PathBuf, Map), Fault> {
        let listed = env.var("KUBECONFIG").unwrap_or_default();
        let mut paths: Vec<&str> = match self.given.text("kubeconfig") {
            Some(path) => vec![path],
            None => listed.split(':').filter(|path| !path.trim().is_empty()).collect(),
        };
        if paths.is_empty() {
            paths.push(DEFAULT_PATH);
        }
        let paths: Vec<PathBuf> = paths.into_iter().map(|path| absolute(env, path)).collect();
        for path in &paths {
            match load(env, path) {
                Ok(content) if has_cluster(&content, cluster) => return Ok((path.clone(), content)),
                _ => {}
            }
        }
        let first = paths.into_iter().next().unwrap_or_default();
        let content = load(env, &first)?;
        Ok((first, content))
    }
}

fn absolute(env: &Environment, path: &str) -> PathBuf {
    let path = env.expand_path(path);
    match env.files.current_folder() {
        Ok(folder) => folder.join(path),
        Err(_) => path,
    }
}

fn new_content() -> Map {
    [
        ("apiVersion", Value::text("v1")),
        ("clusters", Value::List(Vec::new())),
        ("contexts", Value::List(Vec::new())),
        ("current-context", Value::text("")),
        ("kind", Value::text("Config")),
        ("preferences", Value::Map(Map::new())),
        ("users", Value::List(Vec::new())),
    ]
    .into_iter()
    .collect()
}

fn load(env: &Environment, path: &Path) -> Result<Map, Fault> {
    let bytes = match env.files.read(path) {
        Ok(bytes) => bytes,
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(new_content()),
        Err(error) => return Err(Fault::General(format!("Can't open kubeconfig for reading: {error}"))),
    };
    let broken = |error: &dyn std::fmt::Display| {
        Fault::General(format!("YamlError while loading kubeconfig: {error}"))
    };
    let content = String::from_utf8(bytes).map_err(|error| broken(&error))?;
    match yaml::parse(&content).map_err(|error| broken(&error))? {
        Value::Null => Ok(new_content()),
        Value::Map(content) => check(&content).map(|()| content),
        _ => Err(Fault::General("Content not a <class 'dict'>.".to_owned())),
    }
}

/// Whether each part of the file has the type that it must have.
fn check(content: &Map) -> Result<(), Fault> {
    for (key, model) in new_content().iter() {
        let Some(found) = content.get(key.as_str()).filter(|found| !found.is_null()) else { continue };
        if class(found) != class(model) {
            return Err(Fault::General(format!(
                "{key} is wrong type: <class '{}'> (Should be <class '{}'>)",
                class(found),
                class(model)
            )));
        }
        if found.as_list().is_some_and(|entries| entries.iter().any(|entry| entry.as_map().is_none())) {
            return Err(Fault::General(format!("Entry in {key} not a <class 'dict'>.")));
        }
    }
    Ok(())
}

/// What Python calls the value's type.
fn class(value: &Value) -> &'static str {
    match value {
        Value::Map(_) => "collections.OrderedDict",
        Value::List(_) => "list",
        Value::Bool(_) => "bool",
        Value::Number(number) if number.as_i64().is_none() => "float",
        Value::Number(_) => "int",
        Value::Blob(_) => "bytes",
        Value::Text(_) => "str",
        Value::Null => "NoneType",
    }
}

fn has_cluster(content: &Map, name: &str) -> bool {
    let clusters = content.get("clusters").and_then(Value::as_list).unwrap_or_default();
    clusters.iter().any(|cluster| text(cluster, "name") == name)
}

/// Puts an entry where one of its name is, or at the end.
fn insert(content: &mut Map, key: &str, entry: &Value) {
    let mut entries = content.get(key).and_then(Value::as_list).unwrap_or_default().to_vec();
    match entries.iter_mut().find(|found| text(found, "name") == text(entry, "name")) {
        Some(found) => *found = entry.clone(),
        None => entries.push(entry.clone()),
    }
    content.insert(key, Value::List(entries));
}

fn write(env: &Environment, path: &Path, content: &str) -> Result<(), Fault> {
    let files = &env.files;
    if let Some(folder) = path.parent()
        && files.facts(folder, true).is_err()
    {
        files
            .create_folder(folder)
            .map_err(|error| Fault::General(format!("Can't create directory for writing: {error}")))?;
    }
    let written = files.write_private(path, content.as_bytes());
    written.map_err(|error| Fault::General(format!("Can't open kubeconfig for writing: {error}")))
}

/// YAML in block style, names in their order.
fn yaml_text(value: &Value) -> String {
    let mut out = String::new();
    write_yaml(value, 0, &mut out);
    out
}

fn write_yaml(value: &Value, indent: usize, out: &mut String) {
    match value {
        Value::Map(entries) if !entries.is_empty() => {
            for (name, value) in entries.iter() {
                out.push_str(&format!("{:indent$}{}:", "", output::yaml_scalar(name.as_str(), true)));
                match value {
                    Value::Map(inner) if !inner.is_empty() => {
                        out.push('\n');
                        write_yaml(value, indent + 2, out);
                    }
                    Value::List(items) if !items.is_empty() => {
                        out.push('\n');
                        write_yaml(value, indent, out);
                    }
                    scalar => {
                        out.push(' ');
                        write_yaml(scalar, indent, out);
                    }
                }
            }
        }
        Value::List(items) if !items.is_empty() => {
            for item in items {
                let mut inner = String::new();
                write_yaml(item, indent + 2, &mut inner);
                out.push_str(&format!("{:indent$}- {}", "", inner.trim_start_matches(' ')));
            }
        }
        Value::Text(text) => {
            out.push_str(&output::yaml_scalar(text, false));
            out.push('\n');
        }
        other => {
            out.push_str(&other.to_json(JsonStyle::Line));
            out.push('\n');
        }
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test may stop where it fails")]

    use super::*;

    #[test]
    fn what_is_written_is_read_again() {
        for text in [
            "a: 1\nb:\n- c: 'true'\n  d:\n  - x\n  - y: {}\n- []\ne: ''\nf: null\ng: 1.5\nh: true\n",
            "users:\n- name: x\n  user:\n    exec:\n      args:\n      - --region\n      command: aws\n",
        ] {
            let value = yaml::parse(text).unwrap();
            assert_eq!(yaml_text(&value), text);
        }
    }

    #[test]
    fn wrong_types_are_told() {
        for (text, expected) in [
            ("clusters: x", "clusters is wrong type: <class 'str'> (Should be <class 'list'>)"),
            ("users: [1]", "Entry in users not a <class 'dict'>."),
        ] {
            let Value::Map(content) = yaml::parse(text).unwrap() else { panic!("{text}") };
            assert_eq!(check(&content).unwrap_err().sentence(), expected);
        }
    }
}
