//! What is to be: everything that a deployment needs, worked out before anything is changed.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, bail};
use aws_cli::Files as _;
use zeroize::Zeroizing;

use super::Arguments;
use super::aws::Aws;
use super::binary::Package;
use super::shipped::{self, Moved, Shipped};
use crate::config::{self, Config};
use crate::environment;
use crate::files::RealFiles;

/// The longest value of a parameter of a template, in bytes.
/// Source: <https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/cloudformation-limits.html>.
const MAX_PARAMETER: usize = 4096;

/// The account and region that things go to.
pub(super) struct Home {
    /// `111111111111`
    pub(super) account: String,
    /// `aws`
    pub(super) partition: String,
    /// `eu-west-1`
    pub(super) region: String,
}

/// The configuration, ready to be shipped.
pub(super) struct Settings {
    /// The operator's file.
    pub(super) path: PathBuf,
    /// What is shipped of it.
    pub(super) shipped: Shipped,
    /// The roles that it leads to.
    pub(super) roles: BTreeSet<String>,
    /// What does not work on Lambda as it stands there.
    pub(super) warnings: Vec<&'static str>,
    /// Where secrets are that it refers to.
    region: String,
}

impl Home {
    /// Asks STS.
    pub(super) async fn of(aws: &Aws) -> Result<Home> {
        let (account, partition) = aws.account().await?;
        Ok(Home { account, partition, region: aws.region().to_owned() })
    }

    fn domain(&self) -> &'static str {
        if self.partition == "aws-cn" { "amazonaws.com.cn" } else { "amazonaws.com" }
    }
}

impl Settings {
    /// Reads the operator's file and makes of it what is shipped.
    ///
    /// # Errors
    /// The file has faults, or something in it has no place on Lambda.
    pub(super) fn read(arguments: &Arguments, home: &Home) -> Result<Settings> {
        let vars = environment::read();
        let path = arguments.settings.path(&vars);
        let config = config::load_offline(&path, &vars)?;
        if config.console.enabled {
            bail!("{}: [console] is for development; take it out before it is deployed", path.display());
        }
        let text = RealFiles.read(&path).with_context(|| format!("{} cannot be read", path.display()))?;
        let text = String::from_utf8(text).context("the configuration is no text")?;
        let is_secret = |key: &str| config.secrets.references.contains_key(key);
        let shipped = shipped::ship(&text, &arguments.stack, &own_tables(arguments, home), is_secret)?;
        let roles = roles(&config).into_iter().chain(arguments.assume.iter().cloned()).collect();
        let warnings = warnings(&config);
        let region = config.secrets.how.region.unwrap_or_else(|| home.region.clone());
        Ok(Settings { path, shipped, roles, warnings, region })
    }

    /// The secret that is moved, as it is here.
    ///
    /// # Errors
    /// It is not here, or it is empty.
    pub(super) fn secret(&self, moved: &Moved) -> Result<Zeroizing<String>> {
        let found = match moved.reference.split_once(':') {
            Some(("env", name)) => environment::read().remove(name).map(Zeroizing::new),
            Some(("file", path)) => {
                let folder = self.path.parent().unwrap_or(Path::new(""));
                let bytes = Zeroizing::new(
                    RealFiles.read(&folder.join(path)).with_context(|| format!("{path} cannot be read"))?,
                );
                std::str::from_utf8(&bytes).ok().map(|text| Zeroizing::new(text.to_owned()))
            }
            _ => None,
        };
        let found = found.map(|secret| Zeroizing::new(secret.trim().to_owned()));
        let present = found.filter(|secret| !secret.is_empty());
        present.with_context(|| format!("{}: {} holds nothing", moved.key, moved.reference))
    }
}

/// `[store]` and `[queue]` as the stack has them. Their names follow from the stack's, so they are known before it is there.
fn own_tables(arguments: &Arguments, home: &Home) -> String {
    let stack = &arguments.stack;
    let Home { account, partition, region, .. } = home;
    let given = |name: &str| arguments.parameters.iter().rev().find(|(key, _)| key == name);
    let table = given("TableName").map_or(stack.as_str(), |(_, name)| name.as_str());
    let key = given("ExistingKeyArn").map_or_else(|| format!("alias/{stack}"), |(_, arn)| arn.clone());
    let queue = given("Queue").map_or("sqs", |(_, queue)| queue.as_str());
    let fifo = if queue == "sqs-fifo" { ".fifo" } else { "" };
    let url = |name: &str| format!("https://sqs.{region}.{}/{account}/{stack}-{name}{fifo}", home.domain());
    let place = match queue {
        "sns" | "sns-sqs" => {
            format!("kind = \"sns\"\ntopic = \"arn:{partition}:sns:{region}:{account}:{stack}-jobs\"")
        }
        _ => format!("kind = \"sqs\"\nurl = \"{}\"", url("jobs")),
    };
    format!(
        "# What the stack {stack} has; written by `bellhop deploy`.\n[store]\nkind = \"dynamodb\"\ntable = \"{table}\"\nregion = \
         \"{region}\"\nkey = \"kms:{key}\"\n[queue]\n{place}\ndead_letter_url = \"{}\"\n",
        url("dead")
    )
}

/// What a configuration asks for that the stack does not give by itself.
fn warnings(config: &Config) -> Vec<&'static str> {
    let discovery = config.discovery.as_ref();
    let unnamed = discovery.map(
        |_| "accounts are discovered; the worker can assume only roles that are named here or by --assume",
    );
    let unasked = discovery.filter(|discovery| discovery.through.is_none()).map(|_| {
        "[accounts.discover] has no `through`: the worker itself may not ask Organizations, a role of the organisation's may"
    });
    let indexed = config
        .index
        .as_ref()
        .map(|_| "[index] lies in a file: functions do not share one, and find what AWS is asked for");
    unnamed.into_iter().chain(unasked).chain(indexed).collect()
}

/// Every role that the configuration names.
fn roles(config: &Config) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    for account in config.accounts.iter().map(|account| &account.policy) {
        found.insert(account.role_arn.clone());
        let mut add = |role: &str| found.extend(account.role_named(role));
        for grant in config.book.grants.iter().filter(|grant| {
            grant.accounts.contains(&account.name)
                || (!grant.labels.is_empty() && account.bears(&grant.labels))
        }) {
            grant.role.iter().for_each(|role| add(role));
        }
        for ceiling in config.book.ceiling.iter().filter(|ceiling| {
            ceiling.accounts.contains(&account.name)
                || (!ceiling.labels.is_empty() && account.bears(&ceiling.labels))
        }) {
            ceiling.roles.iter().for_each(|role| add(role));
        }
        for delegation in config.delegations.iter().filter(|delegation| delegation.reaches(account)) {
            add(&delegation.role);
            delegation.lookup_role.iter().for_each(|role| add(role));
        }
    }
    found.extend(config.discovery.iter().filter_map(|discovery| discovery.through.clone()));
    found
}

/// The parameters of the template that follow from all this; what the operator gives by `--parameter` wins.
///
/// # Errors
/// More roles than a parameter can hold.
pub(super) fn parameters(
    arguments: &Arguments,
    home: &Home,
    settings: &Settings,
    package: &Package,
    bucket: &str,
) -> Result<BTreeMap<String, String>> {
    let mut given = needs(home, settings);
    given.extend(
        [
            ("ArtifactBucket", bucket.to_owned()),
            ("CodeKey", code_key(arguments, package)),
            ("ConfigKey", config_key(arguments)),
            ("Architecture", package.built.architecture.to_string()),
        ]
        .map(|(name, value)| (name.to_owned(), value)),
    );
    given.extend(arguments.parameters.iter().cloned());
    if let Some((name, value)) = given.iter().find(|(_, value)| value.len() > MAX_PARAMETER) {
        let length = value.len();
        bail!(
            "{name} has {length} characters and CloudFormation takes {MAX_PARAMETER}: name fewer roles, or let one role of a hub \
             account lead to the others"
        );
    }
    Ok(given)
}

/// The parameters that are rights, as the configuration needs them.
pub(super) fn needs(home: &Home, settings: &Settings) -> BTreeMap<String, String> {
    let Home { account, partition, .. } = home;
    let region = &settings.region;
    let arn = |service: &str, name: &str| {
        if name.starts_with("arn:") {
            name.to_owned()
        } else {
            format!("arn:{partition}:{service}:{region}:{account}:{name}")
        }
    };
    let parameter = |name: &String| match name.strip_prefix('/') {
        Some(rest) => arn("ssm", &format!("parameter/{rest}")),
        None if name.starts_with("arn:") => name.clone(),
        None => arn("ssm", &format!("parameter/{name}")),
    };
    // Secrets Manager puts a dash and six characters behind the name.
    let secret = |id: &String| {
        if id.starts_with("arn:") {
            id.clone()
        } else {
            arn("secretsmanager", &format!("secret:{id}-??????"))
        }
    };
    let joined = |items: Vec<String>| items.join(",");
    [
        ("AccountRoleArns", joined(settings.roles.iter().cloned().collect())),
        ("SecretArns", joined(settings.shipped.secrets.iter().map(secret).collect())),
        ("ParameterArns", joined(settings.shipped.parameters.iter().map(parameter).collect())),
    ]
    .map(|(name, value)| (name.to_owned(), value))
    .into()
}

/// The packed program's name in the bucket: another program, another name, so that a change of it is one of the stack.
pub(super) fn code_key(arguments: &Arguments, package: &Package) -> String {
    format!("{}/code-{}.zip", arguments.stack, package.fingerprint)
}

/// The configuration's name in the bucket.
pub(super) fn config_key(arguments: &Arguments) -> String {
    format!("{}/bellhop.toml", arguments.stack)
}
