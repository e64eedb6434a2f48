//! `ec2 run-instances` in short: `--count`, public and secondary addresses.

use value::{Map, Value};

use super::{Customization, Seen};
use crate::UsageError;
use crate::arguments::{Custom, Fill, Given};
use crate::grammar::Arity;
use crate::python;

pub(super) const ALL: &[Customization] = &[Customization::of("ec2", &["run-instances"])
    .table(|table, _| {
        table.add(&RUN);
        table.remove("min-count");
        table.remove("max-count");
    })
    .check(check_run)
    .finish(finish_run)];

const fn custom(
    name: &'static str,
    arity: Arity,
    help: &'static str,
    apply: fn(&mut Fill<'_>, Given<'_>) -> Result<(), UsageError>,
) -> Custom {
    Custom { name, arity, choices: &[], required: false, help, apply }
}

static RUN: [Custom; 5] = [
    custom("count", Arity::One, "How many instances: a number, or `min:max`. 1 by default.", count),
    custom(
        "secondary-private-ip-addresses",
        Arity::Any,
        "Secondary private addresses for the primary network interface.",
        secondary_addresses,
    ),
    custom(
        "secondary-private-ip-address-count",
        Arity::One,
        "How many secondary private addresses the primary network interface gets.",
        |fill, given| {
            let text = given.text();
            let number =
                python::integer(text).ok_or_else(|| UsageError::general(python::integer_fault(text)))?;
            interface(&mut fill.params, "SecondaryPrivateIpAddressCount", Value::Number(number));
            Ok(())
        },
    ),
    custom("associate-public-ip-address", Arity::Switch, "Give the instance a public address.", |fill, _| {
        interface(&mut fill.params, "AssociatePublicIpAddress", Value::Bool(true));
        Ok(())
    }),
    custom(
        "no-associate-public-ip-address",
        Arity::Switch,
        "Give the instance no public address.",
        |fill, _| {
            interface(&mut fill.params, "AssociatePublicIpAddress", Value::Bool(false));
            Ok(())
        },
    ),
];

fn count(fill: &mut Fill<'_>, given: Given<'_>) -> Result<(), UsageError> {
    let text = given.text();
    let (least, most) = text.split_once(':').unwrap_or((text, text));
    let (Some(least), Some(most)) = (python::integer(least), python::integer(most)) else {
        // The AWS CLI itself stumbles over its own error here; its text is what it means to say.
        return Err(UsageError::validation("count parameter should be of form min[:max] (e.g. 1 or 1:10)"));
    };
    fill.params.insert("MinCount", Value::Number(least));
    fill.params.insert("MaxCount", Value::Number(most));
    Ok(())
}

fn secondary_addresses(fill: &mut Fill<'_>, given: Given<'_>) -> Result<(), UsageError> {
    let one = [given.text().to_owned()];
    let words = if let Given::Many(words) = given { words } else { &one };
    let address = |word: &String| -> Value {
        let parts = [("PrivateIpAddress", Value::text(word)), ("Primary", Value::Bool(false))];
        Value::Map(parts.into_iter().collect())
    };
    if !words.is_empty() {
        interface(&mut fill.params, "PrivateIpAddresses", Value::List(words.iter().map(address).collect()));
    }
    Ok(())
}

/// Sets a member of the primary network interface.
fn interface(params: &mut Map, member: &str, value: Value) {
    if !matches!(params.get("NetworkInterfaces"), Some(Value::List(items)) if !items.is_empty()) {
        let first: Map = [("DeviceIndex", Value::from(0))].into_iter().collect();
        params.insert("NetworkInterfaces", Value::List(vec![first.into()]));
    }
    if let Some(first) = first_interface(params) {
        first.insert(member, value);
    }
}

fn first_interface(params: &mut Map) -> Option<&mut Map> {
    match params.get_mut("NetworkInterfaces") {
        Some(Value::List(items)) => match items.first_mut() {
            Some(Value::Map(first)) => Some(first),
            _ => None,
        },
        _ => None,
    }
}

fn check_run(seen: &Seen<'_>) -> Result<(), UsageError> {
    let simple = [
        "secondary-private-ip-addresses",
        "secondary-private-ip-address-count",
        "associate-public-ip-address",
    ];
    if seen.truthy("network-interfaces") && simple.iter().any(|name| seen.truthy(name)) {
        return Err(UsageError::validation(
            "Mixing the --network-interfaces option with the simple, scalar options is not supported.",
        ));
    }
    Ok(())
}

/// With a network interface in the request, what belongs to it may no longer stand beside it.
fn finish_run(params: &mut Map) {
    let simple = ["PrivateIpAddresses", "SecondaryPrivateIpAddressCount", "AssociatePublicIpAddress"];
    if first_interface(params).is_some_and(|first| simple.iter().any(|name| first.contains(name))) {
        for (from, to) in [
            ("SubnetId", "SubnetId"),
            ("SecurityGroupIds", "Groups"),
            ("PrivateIpAddress", "PrivateIpAddresses"),
            ("Ipv6AddressCount", "Ipv6AddressCount"),
            ("Ipv6Addresses", "Ipv6Addresses"),
            ("EnablePrimaryIpv6", "PrimaryIpv6"),
        ] {
            let Some(mut value) = params.remove(from) else { continue };
            if from == "PrivateIpAddress" {
                let address: Map =
                    [("PrivateIpAddress", value), ("Primary", Value::Bool(true))].into_iter().collect();
                value = Value::List(vec![address.into()]);
            }
            if let Some(first) = first_interface(params) {
                first.insert(to, value);
            }
        }
    }
    for name in ["MaxCount", "MinCount"] {
        if !params.contains(name) {
            params.push(name, Value::from(1));
        }
    }
}
