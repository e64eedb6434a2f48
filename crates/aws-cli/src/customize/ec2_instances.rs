//! `ec2 run-instances` in short: `--count`, public and secondary addresses; `ec2 bundle-instance`'s storage.

use value::{Map, Value};

use super::{Customization, Seen};
use crate::UsageError;
use crate::arguments::{Custom, Fill, Given};
use crate::grammar::Arity;
use crate::python;

pub(super) const ALL: &[Customization] = &[
    Customization::of("ec2", &["run-instances"])
        .table(|table, _| {
            table.add(&RUN);
            table.remove("min-count");
            table.remove("max-count");
        })
        .check(check_run)
        .finish(finish_run),
    Customization::of("ec2", &["bundle-instance"])
        .table(|table, _| {
            table.optional("storage");
            table.add(&BUNDLE);
        })
        .check(check_bundle),
];

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

static BUNDLE: [Custom; 5] = [
    custom("bucket", Arity::One, "The bucket that gets the image.", |fill, given| {
        storage(fill, "Bucket", given)
    }),
    custom("prefix", Arity::One, "What the names of the image's parts begin with.", |fill, given| {
        storage(fill, "Prefix", given)
    }),
    custom("owner-akid", Arity::One, "The access key id of the bucket's owner.", |fill, given| {
        storage(fill, "AWSAccessKeyId", given)
    }),
    custom("owner-sak", Arity::One, "The secret access key of the bucket's owner.", |_, _| {
        Err(UsageError::validation("--owner-sak is not available yet: give --storage with a signed policy"))
    }),
    custom("policy", Arity::One, "The upload policy.", |fill, given| storage(fill, "UploadPolicy", given)),
];

fn storage(fill: &mut Fill<'_>, member: &str, given: Given<'_>) -> Result<(), UsageError> {
    if !fill.params.contains("Storage") {
        let s3: Map = [("S3", Value::Map(Map::new()))].into_iter().collect();
        fill.params.insert("Storage", s3);
    }
    if let Some(Value::Map(storage)) = fill.params.get_mut("Storage")
        && let Some(Value::Map(s3)) = storage.get_mut("S3")
    {
        s3.insert(member, Value::text(given.text()));
    }
    Ok(())
}

fn check_bundle(seen: &Seen<'_>) -> Result<(), UsageError> {
    if seen.truthy("storage") && BUNDLE.iter().any(|custom| seen.truthy(custom.name)) {
        return Err(UsageError::validation(
            "Mixing the --storage option with the simple, scalar options is not recommended.",
        ));
    }
    Ok(())
}
