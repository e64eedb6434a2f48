//! Records of Route 53: where a name is kept, and what it points at.

use value::Value;

use super::plan;
use super::query::{self, Query};
use super::search::{Hits, Seen, search};
use super::thing::Thing;
use crate::reach::fault::ScopeFault;
use crate::reach::scope::{Scope, Selection};
use crate::reach::{NoRead, Reach};

/// The call that tells the zones of an account.
pub(super) const ZONES: &str = "route53 list-hosted-zones";
/// How many zones of one name are looked into.
const MOST_ZONES: usize = 4;
/// How many targets are followed.
const MOST_TARGETS: usize = 4;

/// The records of that name, given the account's zones.
pub(super) async fn find(
    reach: &Reach<'_>,
    scope: &Scope,
    host: &str,
    zones: &Value,
) -> Result<Vec<Thing>, ScopeFault> {
    let mut found = Vec::new();
    for (id, zone) in zones_of(zones, host) {
        let words = [
            "route53",
            "list-resource-record-sets",
            "--hosted-zone-id",
            &id,
            "--start-record-name",
            host,
            "--max-items",
            "20",
        ];
        let command = reach.reading(&words).map_err(|fault| ScopeFault::Failed(fault.to_string()))?;
        let answer = reach.read(&command, scope).await?;
        found.extend(records(&answer, host, &id, &zone));
    }
    Ok(found)
}

/// Ids and names of the zones that a name is in; the nearest first.
fn zones_of(zones: &Value, host: &str) -> Vec<(String, String)> {
    let list = zones.get("HostedZones").and_then(Value::as_list).unwrap_or_default();
    let mut fitting: Vec<(String, String)> = list
        .iter()
        .map(|zone| (text(zone, "Id"), text(zone, "Name").trim_end_matches('.').to_lowercase()))
        .filter(|(_, zone)| {
            host == zone || host.strip_suffix(zone.as_str()).is_some_and(|rest| rest.ends_with('.'))
        })
        .map(|(id, zone)| (id.trim_start_matches("/hostedzone/").to_owned(), zone))
        .collect();
    fitting.sort_by_key(|(_, zone)| std::cmp::Reverse(zone.len()));
    fitting.truncate(MOST_ZONES);
    fitting
}

/// The records of that very name in an answer of `ListResourceRecordSets`.
fn records(answer: &Value, host: &str, zone_id: &str, zone: &str) -> Vec<Thing> {
    let place = format!("in the zone {zone} ({zone_id})");
    all(answer, &place).filter(|(name, _)| name == host).map(|(_, record)| record).collect()
}

/// The records that lead to one of these hosts or addresses.
pub(super) fn leading_to(answer: &Value, hosts: &[String], zone_id: &str) -> Vec<Thing> {
    let place = format!("in the zone {zone_id}");
    let leads = |record: &Thing| {
        let plain = |host: &str| host.trim_start_matches("dualstack.").to_lowercase();
        record.attached.iter().any(|target| hosts.iter().any(|host| plain(host) == plain(target)))
    };
    all(answer, &place).map(|(_, record)| record).filter(leads).collect()
}

/// All of them, as the index keeps them.
pub(super) fn listed(answer: &Value, zone: &str) -> Vec<Thing> {
    let place = format!("in the zone {zone}");
    let named = |(name, record): (String, Thing)| Thing { addresses: vec![name], ..record };
    all(answer, &place).map(named).collect()
}

/// Each record with its name.
fn all<'v>(answer: &'v Value, place: &'v str) -> impl Iterator<Item = (String, Thing)> + 'v {
    let list = answer.get("ResourceRecordSets").and_then(Value::as_list).unwrap_or_default();
    list.iter().map(move |record| {
        let name = text(record, "Name").trim_end_matches('.').replace("\\052", "*").to_lowercase();
        let values = record.get("ResourceRecords").and_then(Value::as_list).unwrap_or_default();
        let alias = record.get("AliasTarget").map(|alias| text(alias, "DNSName"));
        let values = values.iter().map(|value| text(value, "Value")).chain(alias);
        let values = values.map(|value| value.trim_end_matches('.').to_owned());
        let form = text(record, "Type");
        let thing = Thing {
            kind: "record".to_owned(),
            id: format!("{name} {form} {}", text(record, "SetIdentifier")).trim().to_owned(),
            attached: values.filter(|value| !value.is_empty()).collect(),
            form,
            detail: place.to_owned(),
            ..Thing::default()
        };
        (name, thing)
    })
}

fn text(map: &Value, name: &str) -> String {
    map.get(name).and_then(Value::as_text).unwrap_or_default().to_owned()
}

/// Finds what the records among the hits point at.
pub(super) async fn follow(reach: &Reach<'_>, hits: &Hits) -> Result<(), NoRead> {
    let records: Vec<Thing> =
        hits.so_far().into_iter().map(|hit| hit.thing).filter(|thing| thing.kind == "record").collect();
    let points = |record: &&Thing| matches!(record.form.as_str(), "A" | "AAAA" | "CNAME");
    let targets = records.iter().filter(points).flat_map(|record| &record.attached).take(MOST_TARGETS);
    for target in targets {
        let Ok(query) = query::read(std::slice::from_ref(target)) else { continue };
        let leads = matches!(query, Query::Address { .. } | Query::Bucket(_) | Query::Id(_))
            || matches!(&query, Query::Host(host) if !matches!(host, query::Host::Other(_)));
        if leads {
            let plan = plan::Plan { unique: false, index: Vec::new(), ..plan::of(&query) };
            let further = Hits::default();
            Box::pin(search(reach, &plan, &Selection::default(), &further)).await?;
            for hit in further.so_far() {
                hits.add(&hit.scope, vec![hit.thing], Seen::Now);
            }
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    #![expect(clippy::expect_used, reason = "a test stops at the first surprise")]

    use super::*;

    fn value(json: &str) -> Value {
        Value::from_json(json.as_bytes()).expect("json")
    }

    #[test]
    fn a_name_is_looked_for_in_the_zones_above_it() {
        let zones = value(
            r#"{"HostedZones": [{"Id": "/hostedzone/Z1", "Name": "example.com."}, {"Id": "/hostedzone/Z2", "Name": "api.example.com."},
            {"Id": "/hostedzone/Z3", "Name": "ample.com."}]}"#,
        );
        let found = |host: &str| zones_of(&zones, host).into_iter().map(|(id, _)| id).collect::<Vec<_>>();
        assert_eq!(found("v1.api.example.com"), ["Z2", "Z1"]);
        assert_eq!(found("example.com"), ["Z1"]);
        assert!(found("example.org").is_empty());
    }

    #[test]
    fn records_of_other_names_are_left_out() {
        let answer = value(
            r#"{"ResourceRecordSets": [
            {"Name": "www.example.com.", "Type": "A", "AliasTarget": {"DNSName": "dualstack.web-1.eu-west-1.elb.amazonaws.com."}},
            {"Name": "www.example.com.", "Type": "TXT", "ResourceRecords": [{"Value": "\"x\""}]},
            {"Name": "xyz.example.com.", "Type": "A", "ResourceRecords": [{"Value": "10.0.0.1"}]}]}"#,
        );
        let found = records(&answer, "www.example.com", "Z1", "example.com");
        assert_eq!(found.len(), 2);
        assert_eq!(found[0].attached, ["dualstack.web-1.eu-west-1.elb.amazonaws.com"]);
    }
}
