//! `cloudfront` in short: `--paths` of an invalidation, `--origin-domain-name` of a new distribution,
//! `--default-root-object` of either kind, which asks for a distribution before it changes it.

use value::{Map, Value};

use super::Customization;
use super::hoisted::map_of;
use crate::UsageError;
use crate::arguments::{Custom, Fill, Given, json};
use crate::grammar::Arity;
use crate::prelude::Prelude;

pub(super) const ALL: &[Customization] = &[
    Customization::of("cloudfront", &["create-invalidation"])
        .table(|table, _| {
            table.optional("invalidation-batch");
            table.add(&PATHS);
        })
        .check(|seen| seen.exclusive(&[&["invalidation-batch"], &["paths"]])),
    Customization::of("cloudfront", &["create-distribution"])
        .table(|table, _| {
            table.optional("distribution-config");
            table.add(&DISTRIBUTION);
        })
        .check(|seen| {
            seen.exclusive(&[&["default-root-object", "origin-domain-name"], &["distribution-config"]])
        }),
    Customization::of("cloudfront", &["update-distribution"])
        .table(|table, _| {
            table.optional("distribution-config");
            table.add(&UPDATE);
        })
        .check(|seen| seen.exclusive(&[&["default-root-object"], &["distribution-config"]])),
];

const fn custom(
    name: &'static str,
    arity: Arity,
    help: &'static str,
    apply: fn(&mut Fill<'_>, Given<'_>) -> Result<(), UsageError>,
) -> Custom {
    Custom { name, arity, choices: &[], required: false, help, apply }
}

static PATHS: [Custom; 1] = [custom("paths", Arity::Some, "The paths to invalidate.", |fill, given| {
    let one = [given.text().to_owned()];
    let words = if let Given::Many(words) = given { words } else { &one };
    let quantity = Value::from(i64::try_from(words.len()).unwrap_or(i64::MAX));
    let items = Value::List(words.iter().map(Value::text).collect());
    let reference = unique(fill, "cli");
    let batch = map_of(&mut fill.params, "InvalidationBatch");
    batch.insert("CallerReference", reference);
    let paths: Map = [("Quantity", quantity), ("Items", items)].into_iter().collect();
    batch.insert("Paths", paths);
    Ok(())
})];

static DISTRIBUTION: [Custom; 2] = [
    custom("origin-domain-name", Arity::One, "The domain name of the origin.", origin),
    custom("default-root-object", Arity::One, "The object that the root URL shows.", |fill, given| {
        template(fill).insert("DefaultRootObject", Value::text(given.text()));
        Ok(())
    }),
];

static UPDATE: [Custom; 1] =
    [custom("default-root-object", Arity::One, "The object that the root URL shows.", |fill, given| {
        fill.prelude = Some(Prelude {
            operation: "GetDistributionConfig",
            ask: |params| params.get("Id").map(|id| ("Id", id.clone())).into_iter().collect(),
            complete: update,
            given: given.text().to_owned(),
        });
        Ok(())
    })];

/// The distribution as it is, but for the object that its root shows.
fn update(params: &mut Map, found: &Value, root: &str) {
    if let Some(tag) = found.get("ETag") {
        params.insert("IfMatch", tag.clone());
    }
    if let Some(config) = found.get("DistributionConfig").and_then(Value::as_map) {
        let mut config = config.clone();
        config.insert("DefaultRootObject", Value::text(root));
        params.insert("DistributionConfig", config);
    }
}

fn unique(fill: &Fill<'_>, prefix: &str) -> String {
    format!("{prefix}-{}-{}", fill.env.now.as_second(), 1 + fill.env.chance % 1_000_000)
}

const TEMPLATE: &str = r#"{"Origins":{"Quantity":0,"Items":[]},"DefaultCacheBehavior":{"TargetOriginId":"placeholder",
"ForwardedValues":{"QueryString":false,"Cookies":{"Forward":"none"}},"TrustedSigners":{"Enabled":false,"Quantity":0},
"ViewerProtocolPolicy":"allow-all","MinTTL":0},"Enabled":true,"Comment":""}"#;

fn template<'a>(fill: &'a mut Fill<'_>) -> &'a mut Map {
    if !fill.params.contains("DistributionConfig") {
        let reference = unique(fill, "cli");
        let template = json::parse(TEMPLATE).unwrap_or_default();
        let mut config: Map = [("CallerReference", reference)].into_iter().collect();
        for (name, value) in template.as_map().into_iter().flat_map(Map::iter) {
            config.push(name.clone(), value.clone());
        }
        fill.params.insert("DistributionConfig", config);
    }
    map_of(&mut fill.params, "DistributionConfig")
}

fn origin(fill: &mut Fill<'_>, given: Given<'_>) -> Result<(), UsageError> {
    let domain = given.text();
    let id = unique(fill, domain);
    let kind = if domain.ends_with(".s3.amazonaws.com") {
        r#"{"S3OriginConfig":{"OriginAccessIdentity":""}}"#
    } else {
        r#"{"CustomOriginConfig":{"HTTPPort":80,"HTTPSPort":443,"OriginProtocolPolicy":"http-only"}}"#
    };
    let mut item: Map =
        [("Id", Value::text(&id)), ("DomainName", Value::text(domain)), ("OriginPath", Value::text(""))]
            .into_iter()
            .collect();
    for (name, value) in json::parse(kind).unwrap_or_default().as_map().cloned().unwrap_or_default() {
        item.insert(name, value);
    }
    let config = template(fill);
    let origins: Map =
        [("Quantity", Value::from(1)), ("Items", Value::List(vec![item.into()]))].into_iter().collect();
    config.insert("Origins", origins);
    map_of(config, "DefaultCacheBehavior").insert("TargetOriginId", Value::from(id));
    Ok(())
}
