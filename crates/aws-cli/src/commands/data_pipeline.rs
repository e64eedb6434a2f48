//! `datapipeline list-runs` and `datapipeline create-default-roles`.

use aws_call::BoxFuture;
use jiff::{SignedDuration, Timestamp};
use value::{Map, Value};

use super::default_roles::{self, Role, ensure_profile, ensure_role};
use super::line::{Line, step};
use super::options::{Given, Spec, one};
use super::task::{Calls, Fault, Runs, World};
use super::tree;
use crate::{Parsed, UsageError, print};

const SERVICE: &str = "datapipeline";
/// How many objects are described at a time.
const DESCRIBED: usize = 100;
/// What is listed when no interval is given.
const USUAL_DAYS: i64 = 4;

const STATUSES: [&str; 9] = [
    "waiting",
    "pending",
    "cancelled",
    "running",
    "finished",
    "failed",
    "waiting_for_runner",
    "waiting_on_dependencies",
    "shutting_down",
];

static RUNS: Spec = Spec {
    about: "Lists when a pipeline ran: in the last four days, or in the intervals that are given.",
    words: &[],
    options: &[&[
        one("pipeline-id", "The pipeline.").needed(),
        one("status", "Only runs in these states, separated by commas."),
        one("start-interval", "Only runs that started between two times, separated by a comma."),
        one("schedule-interval", "Only runs that were to start between two times, separated by a comma."),
    ]],
};

static ROLES: Spec = Spec {
    about: "Creates the default roles of Data Pipeline with their managed policies, and the instance profile, unless \
            they are there. AWS has deprecated this command.",
    words: &[],
    options: &[],
};

const SERVICE_ROLE: Role<'_> = Role {
    name: "DataPipelineDefaultRole",
    policy: "arn:aws:iam::aws:policy/service-role/AWSDataPipelineRole",
    trust: "{\n  \"Version\": \"2008-10-17\",\n  \"Statement\": [\n    {\n      \"Sid\": \"\",\n      \"Effect\": \
            \"Allow\",\n      \"Principal\": {\n        \"Service\": [\n          \"datapipeline.amazonaws.com\",\n          \
            \"elasticmapreduce.amazonaws.com\"\n        ]\n      },\n      \"Action\": \"sts:AssumeRole\"\n    }\n  ]\n}",
};

const RESOURCE_ROLE: Role<'_> = Role {
    name: "DataPipelineDefaultResourceRole",
    policy: "arn:aws:iam::aws:policy/service-role/AmazonEC2RoleforDataPipelineRole",
    trust: "{\n  \"Version\": \"2008-10-17\",\n  \"Statement\": [\n    {\n      \"Sid\": \"\",\n      \"Effect\": \
            \"Allow\",\n      \"Principal\": {\n        \"Service\": \"ec2.amazonaws.com\"\n      },\n      \"Action\": \
            \"sts:AssumeRole\"\n    }\n  ]\n}",
};

#[derive(Debug)]
struct ListRuns {
    query: Map,
    pipeline: String,
    /// Whether no form of output is named.
    as_lines: bool,
}

#[derive(Debug)]
struct CreateRoles;

/// Reads the words of `datapipeline list-runs`.
pub(super) fn runs(line: &Line<'_>) -> Result<Parsed, UsageError> {
    let given = match line.read(&RUNS)? {
        Ok(given) => given,
        Err(page) => return Ok(page),
    };
    let pipeline = given.needed("pipeline-id");
    let query = query(&given, line.env.now)?;
    let list = ListRuns { query, pipeline, as_lines: line.output().is_none() };
    let first = step(SERVICE, "QueryObjects", list.params());
    line.invocation(list, vec![first, step(SERVICE, "DescribeObjects", Map::new())])
}

/// Reads the words of `datapipeline create-default-roles`.
pub(super) fn roles(line: &Line<'_>) -> Result<Parsed, UsageError> {
    if let Err(page) = line.read(&ROLES)? {
        return Ok(page);
    }
    line.invocation(CreateRoles, default_roles::steps(SERVICE_ROLE.name))
}

fn query(given: &Given, now: Timestamp) -> Result<Map, UsageError> {
    let split = |text: &str| -> Vec<String> { text.split(',').map(|word| word.trim().to_owned()).collect() };
    let mut selectors = Vec::new();
    let mut between = |field: &'static str, words: &[String]| -> Result<(), UsageError> {
        let [from, to, ..] = words else { return Err(UsageError::general("list index out of range")) };
        selectors.push(selector(field, "BETWEEN", &[from.clone(), to.clone()]));
        Ok(())
    };
    let intervals = [("start-interval", "@actualStartTime"), ("schedule-interval", "@scheduledStartTime")];
    for (option, field) in intervals {
        if let Some(text) = given.text(option) {
            between(field, &split(text))?;
        }
    }
    if intervals.iter().all(|(option, _)| !given.has(option)) {
        let back = now - SignedDuration::from_hours(24 * USUAL_DAYS);
        between("@actualStartTime", &[back, now].map(|time| time.strftime("%Y-%m-%dT%H:%M:%S").to_string()))?;
    }
    if let Some(text) = given.text("status") {
        let words = split(text);
        if let Some(unknown) = words.iter().find(|word| !STATUSES.contains(&word.as_str())) {
            return Err(UsageError::validation(format!(
                "Invalid status: {unknown}, must be one of: {}",
                STATUSES.join(", ")
            )));
        }
        let words: Vec<String> = words.iter().map(|word| word.to_ascii_uppercase()).collect();
        selectors.push(selector("@status", "EQ", &words));
    }
    Ok([("selectors", Value::List(selectors))].into_iter().collect())
}

fn selector(field: &str, kind: &str, values: &[String]) -> Value {
    let values = Value::List(values.iter().map(Value::text).collect());
    let operator: Map = [("type", Value::text(kind)), ("values", values)].into_iter().collect();
    let selector: Map =
        [("fieldName", Value::text(field)), ("operator", Value::Map(operator))].into_iter().collect();
    Value::Map(selector)
}

impl ListRuns {
    fn params(&self) -> Map {
        [
            ("pipelineId", Value::text(&self.pipeline)),
            ("sphere", Value::text("INSTANCE")),
            ("query", Value::Map(self.query.clone())),
        ]
        .into_iter()
        .collect()
    }

    async fn found(&self, calls: &Calls) -> Result<Vec<Value>, Fault> {
        let mut pages = calls.pages(SERVICE, "QueryObjects", self.params(), None)?;
        let mut ids = Vec::new();
        while let Some(page) = pages.next().await? {
            ids.extend_from_slice(tree::list(&page, &["ids"]));
        }
        let mut objects = Vec::new();
        for ids in ids.chunks(DESCRIBED) {
            let mut params = tree::params(&[("pipelineId", &self.pipeline)]);
            params.push("objectIds", Value::List(ids.to_vec()));
            let answer = calls.call(SERVICE, "DescribeObjects", params).await?;
            objects.extend(tree::list(&answer, &["pipelineObjects"]).iter().map(flat));
        }
        let key = |run: &Value| {
            let text = |name: &str| tree::text(run, &[name]).to_owned();
            (text("@scheduledStartTime"), text("name"))
        };
        objects.sort_by_key(key);
        Ok(objects)
    }
}

/// An object whose list of fields became members.
fn flat(object: &Value) -> Value {
    let mut flat: Map = [("@id", "id"), ("name", "name")]
        .map(|(name, from)| (name, object.get(from).cloned().unwrap_or_default()))
        .into_iter()
        .collect();
    for field in tree::list(object, &["fields"]) {
        let value = field.get("stringValue").or_else(|| field.get("refValue"));
        flat.insert(tree::text(field, &["key"]), value.cloned().unwrap_or_default());
    }
    Value::Map(flat)
}

impl Runs for ListRuns {
    fn run<'a>(&'a self, world: &'a mut World<'_>) -> BoxFuture<'a, Result<u8, Fault>> {
        Box::pin(async move {
            let runs = self.found(&world.calls).await?;
            if self.as_lines {
                world.say(&listing(&runs)?);
                return Ok(0);
            }
            let printed = print::print_value(&Value::List(runs), world.globals, "list-runs", world.out);
            printed.map_err(|error| Fault::General(error.to_string()))?;
            Ok(0)
        })
    }
}

/// Two lines a run.
fn listing(runs: &[Value]) -> Result<String, Fault> {
    let below = format!("       {:<50}  {:<19}  {:<19}", "ID", "Started", "Ended");
    let mut text = format!("       {:<50}  {:<19}  {:<23}\n", "Name", "Scheduled Start", "Status");
    text.push_str(&format!("{below}\n{}\n", "-".repeat(below.len())));
    for (index, run) in runs.iter().enumerate() {
        let parent = run.get("@componentParent").and_then(Value::as_text);
        let parent = parent.ok_or_else(|| Fault::General("'@componentParent'".to_owned()))?;
        let field = |name: &str| tree::text(run, &[name]);
        text.push_str(&format!(
            "{:>4}.  {parent:<50.50}  {:<19.19}  {:<23.23}\n       {:<50.50}  {:<19.19}  {:<19.19}\n\n",
            index + 1,
            field("@scheduledStartTime"),
            field("@status"),
            field("@id"),
            field("@actualStartTime"),
            field("@actualEndTime"),
        ));
    }
    Ok(text)
}

impl Runs for CreateRoles {
    fn run<'a>(&'a self, world: &'a mut World<'_>) -> BoxFuture<'a, Result<u8, Fault>> {
        Box::pin(async move {
            let mut made = Vec::new();
            for role in [SERVICE_ROLE, RESOURCE_ROLE] {
                made.extend(ensure_role(&world.calls, None, &role).await?);
            }
            ensure_profile(&world.calls, None, RESOURCE_ROLE.name).await?;
            let printed = print::print_value(&Value::List(made), world.globals, "create_role", world.out);
            printed.map_err(|error| Fault::General(error.to_string()))?;
            Ok(0)
        })
    }
}
