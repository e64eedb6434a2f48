//! `servicecatalog generate`: a product, or a version of one, from a template on this machine.

use std::path::Path;

use aws_call::BoxFuture;
use value::{Map, Value};

use super::artifacts::Store;
use super::line::{Line, step};
use super::options::{Given, Opt, Spec, Takes, Word, one};
use super::task::{Fault, Runs, World};
use super::{python_json, tree};
use crate::{Parsed, UsageError};

const SERVICE: &str = "servicecatalog";

static CHOICE: Spec = Spec {
    about: "Uploads a template and makes of it a product (`product`) or a version of one (`provisioning-artifact`).",
    words: &[Word { name: "subcommand", shown: "product | provisioning-artifact", required: true }],
    options: &[],
};

const TEMPLATE: &[Opt] = &[
    one("file-path", "The template's file.").needed(),
    one("bucket-name", "The bucket that it goes to.").needed(),
    one("provisioning-artifact-name", "The version's name.").needed(),
    one("provisioning-artifact-description", "What the version is.").needed(),
    one("provisioning-artifact-type", "What kind of version it is.")
        .of(&["CLOUD_FORMATION_TEMPLATE", "MARKETPLACE_AMI", "MARKETPLACE_CAR"])
        .needed(),
];

static PRODUCT: Spec = Spec {
    about: "Uploads a template and makes a product of it.",
    words: &[],
    options: &[
        TEMPLATE,
        &[
            one("product-name", "The product's name.").needed(),
            one("product-owner", "Its owner.").needed(),
            one("product-type", "Its kind.").of(&["CLOUD_FORMATION_TEMPLATE", "MARKETPLACE"]).needed(),
            one("product-description", "What it is."),
            one("product-distributor", "Who distributes it."),
            one("tags", "Its tags, each as `Key=k,Value=v`.").taking(Takes::Some),
            one("support-description", "How support works."),
            one("support-email", "Where support is."),
        ],
    ],
};

static VERSION: Spec = Spec {
    about: "Uploads a template and makes a new version of a product of it.",
    words: &[],
    options: &[TEMPLATE, &[one("product-id", "The product.").needed()]],
};

#[derive(Debug)]
struct Generate {
    path: String,
    bucket: String,
    operation: &'static str,
    /// Parameters without the template's address.
    params: Map,
    /// The member that holds what the version is.
    holder: &'static str,
    version: Map,
    /// What kind of version it is.
    kind: String,
}

/// Reads the words of `servicecatalog generate`.
pub(super) fn start(line: &Line<'_>) -> Result<Parsed, UsageError> {
    match line.words.first().map(String::as_str) {
        Some("product") => product(&line.below("product")),
        Some("provisioning-artifact") => version(&line.below("provisioning-artifact")),
        Some(word) if word != "help" && !word.starts_with('-') => {
            Err(UsageError::syntax(format!("argument subcommand: Found invalid choice '{word}'")))
        }
        _ => match line.read(&CHOICE)? {
            Ok(_) => Err(UsageError::syntax("the following arguments are required: subcommand")),
            Err(page) => Ok(page),
        },
    }
}

fn product(line: &Line<'_>) -> Result<Parsed, UsageError> {
    let given = match line.read(&PRODUCT)? {
        Ok(given) => given,
        Err(page) => return Ok(page),
    };
    let mut params = tree::params(&[
        ("Name", &given.needed("product-name")),
        ("Owner", &given.needed("product-owner")),
        ("ProductType", &given.needed("product-type")),
    ]);
    params.push("Tags", Value::List(given.several("tags").into_iter().map(tag).collect::<Result<_, _>>()?));
    for (option, member) in [
        ("support-description", "SupportDescription"),
        ("product-description", "Description"),
        ("support-email", "SupportEmail"),
        ("product-distributor", "Distributor"),
    ] {
        if let Some(text) = given.text(option).filter(|text| !text.is_empty()) {
            params.push(member, text);
        }
    }
    generate(line, &given, "CreateProduct", params, "ProvisioningArtifactParameters")
}

fn version(line: &Line<'_>) -> Result<Parsed, UsageError> {
    let given = match line.read(&VERSION)? {
        Ok(given) => given,
        Err(page) => return Ok(page),
    };
    let params = tree::params(&[("ProductId", &given.needed("product-id"))]);
    generate(line, &given, "CreateProvisioningArtifact", params, "Parameters")
}

fn tag(word: &str) -> Result<Value, UsageError> {
    let pair = |pair: &str| pair.split_once('=').map(|(key, value)| (key.to_owned(), Value::text(value)));
    let tag: Option<Map> = word.split(',').map(pair).collect();
    tag.map(Value::Map)
        .ok_or_else(|| UsageError::parameter("--tags", format!("Expected: Key=…,Value=…, received: {word}")))
}

fn generate(
    line: &Line<'_>,
    given: &Given,
    operation: &'static str,
    params: Map,
    holder: &'static str,
) -> Result<Parsed, UsageError> {
    let version = tree::params(&[
        ("Name", &given.needed("provisioning-artifact-name")),
        ("Description", &given.needed("provisioning-artifact-description")),
    ]);
    let kind = given.needed("provisioning-artifact-type");
    let bucket = given.needed("bucket-name");
    let steps = vec![
        step(SERVICE, operation, Map::new()),
        step("s3", "PutObject", tree::params(&[("Bucket", &bucket)])),
        step("s3", "CreateMultipartUpload", Map::new()),
        step("s3", "UploadPart", Map::new()),
        step("s3", "CompleteMultipartUpload", Map::new()),
        step("s3", "AbortMultipartUpload", Map::new()),
    ];
    let path = given.needed("file-path");
    line.invocation(Generate { path, bucket, operation, params, holder, version, kind }, steps)
}

impl Runs for Generate {
    fn run<'a>(&'a self, world: &'a mut World<'_>) -> BoxFuture<'a, Result<u8, Fault>> {
        Box::pin(async move {
            let region = world.calls.options.region.clone().ok_or_else(UsageError::no_region)?;
            let path = Path::new(&self.path);
            let name = path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
            if world.env.files.facts(path, true).is_err() {
                return Err(Fault::General(format!("{} cannot be found", self.path)));
            }
            let store = Store { bucket: self.bucket.clone(), force: true, ..Store::default() };
            let s3 = world.calls.service("s3")?;
            let options = world.calls.options_for(&s3);
            store.put(world, path, &name, &options).await?;
            let host = match region.as_str() {
                "us-east-1" => "s3.amazonaws.com".to_owned(),
                region => format!("s3-{region}.amazonaws.com"),
            };
            let url = format!("https://{host}/{}/{name}", self.bucket);
            let mut version = self.version.clone();
            version.push("Info", Value::Map(tree::params(&[("LoadTemplateFromURL", &url)])));
            version.push("Type", self.kind.as_str());
            let mut params = self.params.clone();
            params.push(self.holder, Value::Map(version));
            let answer = world.calls.call(SERVICE, self.operation, params).await?;
            world.say(&python_json::narrow(&answer.to_json(value::JsonStyle::Pretty), 2));
            Ok(0)
        })
    }
}
