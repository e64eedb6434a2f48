//! Everything attached to an instance: its interfaces, addresses, disks and groups, the load balancers that send to it, and
//! the records that lead there.

use futures_util::future::join_all;
use value::Value;

use super::answer;
use super::kinds::{self, By};
use super::plan;
use super::query::{Id, Query};
use super::search::{Hit, Hits, Seen, search};
use super::thing::{self, Thing, items};
use crate::commands::Working;
use crate::output::Output;
use crate::reach::Reach;
use crate::reach::scope::{Scope, Selection};

/// How many target groups and zones are looked into.
const MOST: usize = 100;

/// What is attached to the instance of that id.
pub(super) async fn output(working: &Working<'_>, id: &Id) -> Output {
    let reach = &working.reach;
    let plan = plan::Plan { index: Vec::new(), ..plan::of(&Query::Id(id.clone())) };
    let found = Hits::default();
    let asked = search(reach, &plan, working.selection, &found).await;
    let instance = found.so_far().into_iter().find(|hit| hit.thing.kind == "instance");
    let (Ok(asked), Some(instance)) = (asked, instance) else {
        return Output::text(format!("No instance {} answers where you may look.", id.id));
    };
    let mut missing = Vec::new();
    let hits = Hits::default();
    hits.add(&instance.scope, vec![instance.thing.clone()], Seen::Now);
    beside(reach, &instance, &hits, &mut missing).await;
    let balancers = balancers(reach, &instance, &mut missing).await;
    let mut hosts: Vec<String> = balancers.iter().flat_map(|thing| thing.addresses.clone()).collect();
    hosts.extend(instance.thing.addresses.iter().cloned());
    hits.add(&instance.scope, balancers, Seen::Now);
    hits.add(&instance.scope, records(reach, &instance.scope, &hosts, &mut missing).await, Seen::Now);
    let now = reach.inner.clock.0.now();
    let all = answer::in_order(hits.so_far());
    let names = all.iter().map(|hit| Value::text(&hit.thing.id)).collect();
    let mut output = Output::value(Value::List(names), answer::body(&all, now)).noting(asked.notes);
    if all.len() > answer::SHOWN {
        output = output.noting([format!("{} more are not shown.", all.len() - answer::SHOWN)]);
    }
    if missing.is_empty() {
        return output;
    }
    output.noting(missing).with_status(render::Status::Partly)
}

/// What names the instance, or is named by it.
async fn beside(reach: &Reach<'_>, instance: &Hit, hits: &Hits, missing: &mut Vec<String>) {
    let by_instance = [
        ("network-interface", "attachment.instance-id"),
        ("elastic-ip", "instance-id"),
        ("volume", "attachment.instance-id"),
    ];
    let groups = instance.thing.attached.iter().filter(|id| id.starts_with("sg-"));
    let asks = by_instance
        .map(|(kind, filter)| (kind, By::Filters(filter), instance.thing.id.as_str()))
        .into_iter()
        .chain(groups.map(|id| ("security-group", By::Filters("group-id"), id.as_str())));
    let asked = asks.filter_map(|(name, by, value)| Some((kinds::named(name)?, by, value)));
    let asking = asked.map(|(kind, by, value)| async move {
        (kind, read(reach, &instance.scope, &kind.asking_by(by, value)).await)
    });
    for (kind, answer) in join_all(asking).await {
        match answer {
            Ok(answer) => hits.add(&instance.scope, thing::listed(kind, &answer), Seen::Now),
            Err(why) => missing.push(format!("{}: {why}.", kind.title)),
        }
    }
}

/// A call in one place.
async fn read(reach: &Reach<'_>, scope: &Scope, words: &[String]) -> Result<Value, String> {
    let command = reach.reading(words).map_err(|fault| fault.to_string())?;
    reach.read(&command, scope).await.map_err(|fault| fault.to_string())
}

/// The load balancers that send to the instance.
async fn balancers(reach: &Reach<'_>, instance: &Hit, missing: &mut Vec<String>) -> Vec<Thing> {
    let (scope, id) = (&instance.scope, instance.thing.id.as_str());
    let mut found = Vec::new();
    let (Some(group), Some(balancer), Some(classic)) =
        (kinds::named("target-group"), kinds::named("load-balancer"), kinds::named("classic-load-balancer"))
    else {
        return found;
    };
    match read(reach, scope, &classic.listing()).await {
        Ok(answer) => {
            let named = |thing: &Thing| thing.attached.iter().any(|other| other == id);
            found.extend(thing::listed(classic, &answer).into_iter().filter(named));
        }
        Err(why) => missing.push(format!("Classic load balancers: {why}.")),
    }
    let groups = match read(reach, scope, &group.listing()).await {
        Ok(answer) => thing::listed(group, &answer),
        Err(why) => {
            missing.push(format!("Target groups: {why}."));
            return found;
        }
    };
    if groups.len() > MOST {
        missing.push(format!("Only {MOST} of {} target groups were looked into.", groups.len()));
    }
    let asking = groups.iter().take(MOST).map(|group| async move {
        let words = ["elbv2", "describe-target-health", "--target-group-arn", &group.arn];
        let words: Vec<String> = words.map(str::to_owned).into();
        let health = read(reach, scope, &words).await.ok()?;
        let targets = items(&health, "TargetHealthDescriptions[].Target.Id");
        targets.into_iter().any(|target| target.as_text() == Some(id)).then_some(group)
    });
    let sending: Vec<&Thing> = join_all(asking).await.into_iter().flatten().collect();
    let mut arns: Vec<&String> = sending.iter().flat_map(|group| &group.attached).collect();
    arns.retain(|arn| arn.contains(":loadbalancer/"));
    arns.sort_unstable();
    arns.dedup();
    for arn in arns {
        let words = [balancer.listing(), vec!["--load-balancer-arns".to_owned(), arn.clone()]].concat();
        match read(reach, scope, &words).await {
            Ok(answer) => found.extend(thing::listed(balancer, &answer)),
            Err(why) => missing.push(format!("Load balancer: {why}.")),
        }
    }
    found.extend(sending.into_iter().cloned());
    found
}

/// Records of the account's zones that lead to one of these.
async fn records(
    reach: &Reach<'_>,
    scope: &Scope,
    hosts: &[String],
    missing: &mut Vec<String>,
) -> Vec<Thing> {
    let zones: Vec<String> = super::record::ZONES.split(' ').map(str::to_owned).collect();
    let zones = match everywhere_once(reach, scope, &zones).await {
        Ok(zones) => zones,
        Err(why) => {
            missing.push(format!("Records: {why}."));
            return Vec::new();
        }
    };
    let zones: Vec<String> = items(&zones, "HostedZones[].Id")
        .into_iter()
        .filter_map(|id| Some(id.as_text()?.trim_start_matches("/hostedzone/").to_owned()))
        .collect();
    if zones.len() > MOST {
        missing.push(format!("Only {MOST} of {} zones were looked into.", zones.len()));
    }
    let asking = zones.iter().take(MOST).map(|zone| async move {
        let words = ["route53", "list-resource-record-sets", "--hosted-zone-id", zone];
        let answer = everywhere_once(reach, scope, &words.map(str::to_owned)).await.ok()?;
        Some(super::record::leading_to(&answer, hosts, zone))
    });
    join_all(asking).await.into_iter().flatten().flatten().collect()
}

/// A call to what is the same everywhere, in the account's first region.
async fn everywhere_once(reach: &Reach<'_>, scope: &Scope, words: &[String]) -> Result<Value, String> {
    let command = reach.reading(words).map_err(|fault| fault.to_string())?;
    let accounts = crate::reach::scope::Accounts::Named(vec![scope.account.clone()]);
    let selection = Selection { accounts, ..Selection::default() };
    let answered = reach.read_here(&command, &selection).await;
    answered.map(|(_, answer)| answer).map_err(|fault| fault.to_string())
}
