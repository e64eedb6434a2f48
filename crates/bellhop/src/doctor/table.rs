//! The table of DynamoDB, where the store is one: as it must be, and as it should be.

use value::{Map, Value};

use super::{Seen, Subject};

/// The table's keys, in order, its index and that one's keys; the attribute by which items expire.
const KEYS: [&str; 2] = ["pk", "sk"];
const INDEX: &str = "by-time";
const INDEX_KEYS: [&str; 2] = ["queue", "at"];
const EXPIRY: &str = "ttl";

pub(super) async fn table(subject: &Subject) -> Vec<Seen> {
    let Some((name, region)) = &subject.facts.table else { return Vec::new() };
    let options = subject.options("dynamodb", region.as_deref());
    let params: Map = [("TableName", name.as_str())].into_iter().collect();
    let described = match subject.call("dynamodb", "DescribeTable", params.clone(), &options).await {
        Ok(described) => described,
        Err(refused) => {
            let what = format!("the table {name} cannot be looked at: {}", refused.said);
            return vec![match refused.code.as_str() {
                "ResourceNotFoundException" => Seen::failure(
                    what,
                    "Make it: `bellhop store create-table`, or `bellhop deploy`; or correct [store] table and region.",
                ),
                "AccessDeniedException" => Seen::warning(
                    what,
                    "Allow Bellhop's own role dynamodb:DescribeTable, so that this can be seen.",
                ),
                _ => Seen::failure(
                    what,
                    "See whether DynamoDB can be reached from here: proxy, firewall, endpoint.",
                ),
            }];
        }
    };
    let mut seen = judge(name, described.get("Table").unwrap_or(&Value::Null));
    // Who may not look at these learns nothing about them.
    if let Ok(told) = subject.call("dynamodb", "DescribeTimeToLive", params.clone(), &options).await {
        let about = told.get("TimeToLiveDescription");
        if text(about, "TimeToLiveStatus") != "ENABLED" || text(about, "AttributeName") != EXPIRY {
            let what = format!("items of {name} do not expire, so it grows for ever");
            seen.push(Seen::warning(what, format!("Switch TTL on, by the attribute {EXPIRY}.")));
        }
    }
    if let Ok(told) = subject.call("dynamodb", "DescribeContinuousBackups", params, &options).await {
        let about = told.get("ContinuousBackupsDescription");
        let point = about.and_then(|about| about.get("PointInTimeRecoveryDescription"));
        if text(point, "PointInTimeRecoveryStatus") == "DISABLED" {
            let what = format!("{name} cannot be brought back to an earlier time");
            seen.push(Seen::warning(
                what,
                "Switch point-in-time recovery on: it holds the record and the rights.",
            ));
        }
    }
    if seen.is_empty() {
        seen.push(Seen::ok(format!("{name} is there, with its keys, its index and its expiry")));
    }
    seen
}

/// What is wrong with a table's description.
fn judge(name: &str, table: &Value) -> Vec<Seen> {
    let mut seen = Vec::new();
    let status = text(Some(table), "TableStatus");
    if !matches!(status, "ACTIVE" | "UPDATING") {
        seen.push(Seen::failure(format!("{name} is {status}"), "Wait until it is ACTIVE."));
    }
    let made = "Make a table by `bellhop store create-table`, and bring over what there is with `bellhop store migrate`.";
    if keys_of(table) != KEYS {
        let what = format!("the keys of {name} are {:?}, not pk and sk", keys_of(table));
        seen.push(Seen::failure(what, made));
    }
    let indexes = table.get("GlobalSecondaryIndexes").and_then(Value::as_list).unwrap_or_default();
    match indexes.iter().find(|index| text(Some(index), "IndexName") == INDEX) {
        None => seen.push(Seen::failure(format!("{name} has no index {INDEX}, so no work is found"), made)),
        Some(index) if keys_of(index) != INDEX_KEYS => {
            let what = format!("the index {INDEX} of {name} has the keys {:?}", keys_of(index));
            seen.push(Seen::failure(what, made));
        }
        Some(index) if text(Some(index), "IndexStatus") == "CREATING" => {
            seen.push(Seen::warning(
                format!("the index {INDEX} of {name} is being made"),
                "Wait until it is.",
            ));
        }
        Some(_) => {}
    }
    let billing = table.get("BillingModeSummary");
    if text(billing, "BillingMode") == "PROVISIONED" {
        let what = format!("{name} has a fixed capacity: what is beyond it is turned away");
        seen.push(Seen::warning(what, "Bill it by request (PAY_PER_REQUEST), or let it scale."));
    }
    seen
}

fn text<'a>(of: Option<&'a Value>, name: &str) -> &'a str {
    of.and_then(|of| of.get(name)).and_then(Value::as_text).unwrap_or_default()
}

fn keys_of(of: &Value) -> Vec<&str> {
    let keys = of.get("KeySchema").and_then(Value::as_list).unwrap_or_default();
    keys.iter().map(|key| text(Some(key), "AttributeName")).collect()
}

#[cfg(test)]
mod tests {
    use bot::Level;

    use super::*;

    const GOOD: &str = r#"{"TableStatus": "ACTIVE",
        "KeySchema": [{"AttributeName": "pk"}, {"AttributeName": "sk"}],
        "GlobalSecondaryIndexes": [{"IndexName": "by-time", "IndexStatus": "ACTIVE",
            "KeySchema": [{"AttributeName": "queue"}, {"AttributeName": "at"}]}],
        "BillingModeSummary": {"BillingMode": "PAY_PER_REQUEST"}}"#;

    #[test]
    fn a_table_is_judged_by_what_the_store_needs_of_it() {
        for (from, to, expected) in [
            ("", "", None),
            ("ACTIVE\",\n", "DELETING\",\n", Some((Level::Failure, "is DELETING"))),
            ("\"sk\"", "\"range\"", Some((Level::Failure, "not pk and sk"))),
            ("by-time", "other", Some((Level::Failure, "no index by-time"))),
            ("\"at\"", "\"when\"", Some((Level::Failure, "has the keys"))),
            (
                "\"IndexStatus\": \"ACTIVE\"",
                "\"IndexStatus\": \"CREATING\"",
                Some((Level::Warning, "being made")),
            ),
            ("PAY_PER_REQUEST", "PROVISIONED", Some((Level::Warning, "fixed capacity"))),
        ] {
            let table = Value::from_json(GOOD.replacen(from, to, 1).as_bytes()).expect("JSON");
            let seen = judge("bellhop", &table);
            match expected {
                None => assert!(seen.is_empty(), "{seen:?}"),
                Some((level, part)) => {
                    assert_eq!((seen.len(), seen[0].level), (1, level), "{seen:?}");
                    assert!(seen[0].what.contains(part), "{seen:?}");
                }
            }
        }
    }
}
