//! `ddb select`: a query where a key is named, else a scan; the items as YAML.

use aws_call::BoxFuture;
use aws_call::paginate::{Merger, Pager, Paging};
use aws_call::parse::values_in;
use value::{Map, Value};

use super::values::{all_from_typed, from_typed};
use super::{SERVICE, add_expression};
use crate::commands::line::{Line, step};
use crate::commands::options::{Given, Spec, Takes, Word, one, switch};
use crate::commands::task::{Fault, Runs, World};
use crate::commands::tree;
use crate::run::check_merged;
use crate::{Parsed, UsageError, output};
use jmespath::Expression;

static SPEC: Spec = Spec {
    about: "Searches a table or an index of DynamoDB: by its key (--key-condition), or all of it. The answer is YAML. In \
            expressions names and values stand as they are: `artist = \"Acme\" and year > 1999`.",
    words: &[Word { name: "table_name", shown: "<table-name>", required: true }],
    options: &[&[
        one("index-name", "The index to search."),
        one("projection", "The attributes to show: `a, b.c[0]`.").taking(Takes::Some),
        one("filter", "Only items of which this is true.").taking(Takes::Some),
        one("key-condition", "The key: `id = 5 and begins_with(name, \"A\")`.").taking(Takes::Some),
        one("attributes", "Which attributes come.").of(&["ALL", "ALL_PROJECTED", "COUNT"]),
        switch("consistent-read", "Read what was written last, as by default."),
        switch("no-consistent-read", "What was written last may be missing; indexes need it."),
        switch("return-consumed-capacity", "Say what it took."),
        switch("no-return-consumed-capacity", "Do not say what it took, as by default."),
        one("starting-token", "Go on where --max-items ended."),
        one("max-items", "How many items to show.").taking(Takes::Number),
        one("page-size", "How many items to ask for at a time.").taking(Takes::Number),
    ]],
};

#[derive(Debug)]
struct Select {
    operation: &'static str,
    params: Map,
    paging: Option<Paging>,
}

/// Reads the words of `ddb select`.
pub(in crate::commands) fn start(line: &Line<'_>) -> Result<Parsed, UsageError> {
    let given = match line.read(&SPEC)? {
        Ok(given) => given,
        Err(page) => return Ok(page),
    };
    if let Some(form) = line.output().filter(|form| *form != "yaml") {
        return Err(UsageError::validation(format!(
            "{form} output format is not supported for ddb commands"
        )));
    }
    let operation = if given.has("key-condition") { "Query" } else { "Scan" };
    let params = params(&given)?;
    let paging = paging(&given, !line.top.no_paginate)?;
    let first = step(SERVICE, operation, params.clone());
    line.invocation(Select { operation, params, paging }, vec![first])
}

fn paging(given: &Given, paginates: bool) -> Result<Option<Paging>, UsageError> {
    if paginates {
        return Ok(Some(Paging {
            starting_token: given.text("starting-token").filter(|text| !text.is_empty()).map(str::to_owned),
            max_items: given.number("max-items").and_then(|number| u64::try_from(number).ok()),
            page_size: given.number("page-size"),
        }));
    }
    let names = ["starting-token", "page-size", "max-items"];
    let used: Vec<String> =
        names.iter().filter(|name| given.has(name)).map(|name| format!("--{name}")).collect();
    if used.is_empty() {
        return Ok(None);
    }
    Err(UsageError::validation(format!(
        "Cannot specify --no-paginate along with pagination arguments: {}",
        used.join(", ")
    )))
}

fn params(given: &Given) -> Result<Map, UsageError> {
    let mut params = tree::params(&[("TableName", given.word(0).unwrap_or_default())]);
    params.push("ConsistentRead", !given.has("no-consistent-read"));
    if let Some(index) = given.text("index-name") {
        params.push("IndexName", index);
    }
    let mut taken = 0;
    for (option, member) in [
        ("projection", "ProjectionExpression"),
        ("filter", "FilterExpression"),
        ("key-condition", "KeyConditionExpression"),
    ] {
        if given.has(option) {
            taken += add_expression(&mut params, member, &given.several(option), taken)?;
        }
    }
    if let Some(attributes) = given.text("attributes") {
        let select = match attributes {
            "ALL" => "ALL_ATTRIBUTES",
            "ALL_PROJECTED" => "ALL_PROJECTED_ATTRIBUTES",
            other => other,
        };
        params.push("Select", select);
    }
    let told = given.has("return-consumed-capacity") && !given.has("no-return-consumed-capacity");
    params.push(
        "ReturnConsumedCapacity",
        match (told, given.has("index-name")) {
            (false, _) => "NONE",
            (true, false) => "TOTAL",
            (true, true) => "INDEXES",
        },
    );
    Ok(params)
}

impl Runs for Select {
    fn run<'a>(&'a self, world: &'a mut World<'_>) -> BoxFuture<'a, Result<u8, Fault>> {
        Box::pin(async move {
            let mut answer = self.answer(world).await?;
            if answer.get("ConsumedCapacity").is_some_and(Value::is_null) {
                answer.remove("ConsumedCapacity");
            }
            for (name, value) in answer.iter_mut() {
                match (name.as_str(), value) {
                    ("Items", Value::List(items)) => {
                        for item in items {
                            if let Value::Map(map) = item {
                                *item = Value::Map(all_from_typed(map));
                            }
                        }
                    }
                    ("LastEvaluatedKey", Value::Map(key)) => {
                        key.iter_mut().for_each(|(_, value)| *value = from_typed(value));
                    }
                    _ => {}
                }
            }
            let broken = |error: jmespath::JmespathError| Fault::General(error.to_string());
            let mut shown = Value::Map(answer);
            if let Some(query) = &world.globals.query {
                let query = Expression::parse(query).map_err(broken)?;
                shown = query.search(&shown).map_err(broken)?;
            }
            output::write_yaml_tagged(&shown, world.out)?;
            Ok(0)
        })
    }
}

impl Select {
    async fn answer(&self, world: &mut World<'_>) -> Result<Map, Fault> {
        let Some(paging) = &self.paging else {
            let answer = world.calls.call(SERVICE, self.operation, self.params.clone()).await?;
            return Ok(answer.as_map().cloned().unwrap_or_default());
        };
        let service = world.calls.service(SERVICE)?;
        let model = service.operation(self.operation).zip(service.paginator(self.operation));
        let (operation, paginator) =
            model.ok_or_else(|| Fault::General(format!("{} has no pages in the model", self.operation)))?;
        let broken = |error| Fault::General(crate::run::ExecuteError::from(error).to_string());
        let mut pager =
            Pager::new(&service, operation, paginator, paging, self.params.clone()).map_err(broken)?;
        let mut merger = Merger::default();
        let mut merged = 0;
        let calls = world.calls.clone();
        while let Some(params) = pager.request() {
            let mut page = calls.call(SERVICE, self.operation, params.clone()).await?;
            pager.accept(&mut page).map_err(broken)?;
            merged += values_in(&page);
            check_merged(merged, &calls.options).map_err(|error| Fault::General(error.to_string()))?;
            merger.add(&pager, page);
        }
        match merger.finish(&pager) {
            Value::Map(whole) => Ok(whole),
            _ => Ok(Map::new()),
        }
    }
}
