//! `bellhop deploy`: Bellhop on Lambda, put up and kept up to date by CloudFormation.
//!
//! Invariants: nothing is changed before what would change was shown and agreed to; a configuration with faults is never
//! shipped; what people have written (table, key, record) is never deleted from here.

pub(super) mod accounts;
mod aws;
mod binary;
mod bucket;
mod change_set;
pub(super) mod destroy;
mod permissions;
mod plan;
mod question;
mod rights;
mod shipped;
mod stack;
mod template;

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::{Result, bail};

use self::aws::{Aws, Place, text, texts};
use self::binary::{Architecture, Package};
use self::bucket::Bucket;
use self::change_set::{ChangeSet, Wanted, table};
use self::plan::Home;
use self::question::agreed;
use self::rights::Rights;
use self::stack::{Ended, Stack, State};
use crate::commands::{Settings, complain, manifest, mention};

/// What the exit code says when somebody was asked and said no.
const DECLINED: u8 = 3;

/// What is put up, and where.
#[derive(clap::Args)]
pub(super) struct Arguments {
    #[command(flatten)]
    settings: Settings,
    #[command(flatten)]
    place: Place,
    /// The stack's name; names of what it has begin with it.
    #[arg(long, default_value = "bellhop", value_parser = stack_name)]
    stack: String,
    /// The program that is shipped [default: this one, or `bellhop-<architecture>` beside it].
    #[arg(long, value_name = "FILE")]
    binary: Option<PathBuf>,
    /// For which processors the functions are [default: as the program was built].
    #[arg(long)]
    architecture: Option<Architecture>,
    /// The bucket for program and configuration [default: bellhop-<account>-<region>, made if need be].
    #[arg(long, value_name = "NAME")]
    bucket: Option<String>,
    /// A further role that the worker may assume: of an account that is discovered.
    #[arg(long, value_name = "ARN")]
    assume: Vec<String>,
    /// A parameter of the template: `Door=function-url`, `Queue=sqs-fifo`, `WorkerConcurrency=20` …
    #[arg(long = "parameter", value_name = "NAME=VALUE", value_parser = pair)]
    parameters: Vec<(String, String)>,
    /// A tag of everything that is made.
    #[arg(long = "tag", value_name = "NAME=VALUE", value_parser = pair)]
    tags: Vec<(String, String)>,
    /// Ships the configuration and nothing else; running functions read it anew.
    #[arg(long)]
    config_only: bool,
    /// Asks nothing.
    #[arg(long)]
    yes: bool,
    /// Changes nothing: tells what would be done, and prints the template.
    #[arg(long)]
    dry_run: bool,
    /// Prints what each role may do and why, and nothing else.
    #[arg(long)]
    permissions: bool,
}

fn pair(text: &str) -> Result<(String, String), String> {
    let split = text.split_once('=').filter(|(name, _)| !name.is_empty());
    split
        .map(|(name, value)| (name.to_owned(), value.to_owned()))
        .ok_or_else(|| "write NAME=VALUE".to_owned())
}

/// Buckets, roles and functions bear it: lower case, and short.
fn stack_name(text: &str) -> Result<String, String> {
    let plain = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
    let good = (1..=24).contains(&text.len())
        && text.bytes().all(plain)
        && text.starts_with(|first: char| first.is_ascii_lowercase())
        && !text.ends_with('-');
    if good { Ok(text.to_owned()) } else { Err("1 to 24 lower-case letters, digits and dashes".to_owned()) }
}

/// Does it.
pub(super) fn run(arguments: &Arguments) -> Result<ExitCode> {
    if arguments.permissions {
        mention(permissions::page()?.trim_end());
        return Ok(ExitCode::SUCCESS);
    }
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    runtime.block_on(async {
        let aws = Aws::open(&arguments.place)?;
        let home = Home::of(&aws).await?;
        let settings = plan::Settings::read(arguments, &home)?;
        let bucket = Bucket::new(&aws, arguments.bucket.as_deref(), &home.account);
        let deployment = Deployment { arguments, aws: &aws, home, settings, bucket };
        if arguments.config_only { deployment.ship_settings().await } else { deployment.deploy().await }
    })
}

/// One deployment under way.
struct Deployment<'a> {
    arguments: &'a Arguments,
    aws: &'a Aws,
    home: Home,
    settings: plan::Settings,
    bucket: Bucket<'a>,
}

impl Deployment<'_> {
    async fn deploy(&self) -> Result<ExitCode> {
        let arguments = self.arguments;
        let package = Package::of(arguments.binary.as_deref(), arguments.architecture)?;
        let mut stack = Stack::new(self.aws, &arguments.stack);
        let mut now = stack.state().await?;
        let there = self.bucket.exists().await?;
        self.introduce(&package, now.as_ref(), there);
        let given = plan::parameters(arguments, &self.home, &self.settings, &package, &self.bucket.name)?;
        let before = self.deployed_settings(there).await?;
        let settings_change = self.settings_change(before.as_deref()).await?;
        settings_change.iter().for_each(|line| mention(line));
        self.tell_rights(before.as_deref(), (&stack, now.as_ref()), &given).await?;
        if arguments.dry_run {
            mention("\nNothing was changed. The template:\n");
            mention(template::BELLHOP);
            return Ok(ExitCode::SUCCESS);
        }
        question::somebody_is_there(arguments.yes)?;
        now = self.cleared(&mut stack, now).await?;
        let tags = std::iter::once(("bellhop".to_owned(), arguments.stack.clone()));
        let wanted = Wanted {
            stack: &arguments.stack,
            template: template::BELLHOP,
            given: &given,
            tags: &tags.chain(arguments.tags.iter().cloned()).collect(),
        };
        let slots = template::parameters(&template::read(template::BELLHOP)?);
        let set = ChangeSet::make(self.aws, &wanted, now.as_ref(), &slots).await?;
        let Some(set) = set else {
            if settings_change.is_empty() {
                mention("Nothing to change: the stack is up to date, and so is its configuration.");
                return Ok(ExitCode::SUCCESS);
            }
            mention("The stack is up to date; only its configuration changes.");
            return self.write_settings_if_agreed(there).await;
        };
        mention("\nWhat changes:");
        mention(&table(&set.changes));
        if !agreed(arguments.yes, "Go on?")? {
            set.discard().await?;
            mention("Nothing was changed.");
            return Ok(ExitCode::from(DECLINED));
        }
        self.upload(&package, there).await?;
        stack.forget_the_past().await?;
        if let Err(error) = set.execute().await {
            complain(&format!("\nCloudFormation does not carry it out: {error:#}"));
            remedies(&format!("{error:#}")).for_each(complain);
            return Ok(ExitCode::FAILURE);
        }
        let ended = stack.watch().await?;
        self.conclude(&stack, &ended).await
    }

    /// Tells what is about to happen.
    fn introduce(&self, package: &Package, now: Option<&State>, bucket_is_there: bool) {
        let Home { account, region, .. } = &self.home;
        let arguments = self.arguments;
        let state = now.map_or("new", |state| state.status.as_str());
        mention(&format!("Stack      {} in account {account}, {region} ({state})", arguments.stack));
        let (packed, whole) = (package.archive.len(), package.unpacked);
        let mb = |bytes: usize| format!("{:.1} MB", bytes as f64 / 1e6);
        let built = package.built.architecture;
        mention(&format!(
            "Program    {}, {built}, {}, {} packed",
            package.path.display(),
            mb(whole),
            mb(packed)
        ));
        let made = if bucket_is_there { "" } else { " (will be made)" };
        mention(&format!("Bucket     {}{made}", self.bucket.name));
        mention(&format!("Settings   {}", self.settings.path.display()));
        mention("Roles      that the worker may assume, and no others:");
        self.settings.roles.iter().for_each(|role| mention(&format!("           {role}")));
        for moved in &self.settings.shipped.moved {
            mention(&format!(
                "Secret     {} ({}) goes to SSM as {}",
                moved.key, moved.reference, moved.parameter
            ));
        }
        for warning in &self.settings.warnings {
            complain(&format!("warning: {warning}"));
        }
        for warning in package.warnings() {
            complain(&format!("warning: {warning}"));
        }
    }

    /// Tells what widens and what narrows.
    async fn tell_rights(
        &self,
        before: Option<&str>,
        (stack, now): (&Stack<'_>, Option<&State>),
        given: &BTreeMap<String, String>,
    ) -> Result<()> {
        let mut rights = Rights::of_settings(before, &self.settings.shipped.text)?;
        match now.filter(|state| state.is_up()) {
            Some(state) => {
                rights.and_templates(stack.template().await, &template::read(template::BELLHOP)?);
                rights.and_parameters(&state.parameters, given);
            }
            None => rights.and_a_new_stack(),
        }
        rights.lines().iter().for_each(|line| mention(line));
        Ok(())
    }

    /// Deletes what is left of a creation that failed; refuses while something else goes on.
    async fn cleared(&self, stack: &mut Stack<'_>, now: Option<State>) -> Result<Option<State>> {
        let Some(state) = now else { return Ok(None) };
        if state.is_busy() {
            bail!("the stack is {}: try again when that is over", state.status);
        }
        if !state.is_stillborn() {
            return Ok(Some(state));
        }
        mention(&format!(
            "The stack is {}: it was never up. What is left of it must go first.",
            state.status
        ));
        if !agreed(self.arguments.yes, "Delete it?")? {
            bail!("the stack is {}, and cannot be changed but only deleted", state.status);
        }
        stack.forget_the_past().await?;
        self.aws.call("cloudformation", "DeleteStack", texts([("StackName", state.id.as_str())])).await?;
        let ended = stack.watch().await?;
        if ended.status != "DELETE_COMPLETE" {
            bail!("it could not be deleted: {}", ended.failed.unwrap_or(ended.status));
        }
        Ok(None)
    }

    /// Puts program, secrets and configuration where the functions look for them.
    async fn upload(&self, package: &Package, bucket_is_there: bool) -> Result<()> {
        if !bucket_is_there {
            self.bucket.make().await?;
        }
        let key = plan::code_key(self.arguments, package);
        if !self.bucket.has(&key).await? {
            mention(&format!("Uploading s3://{}/{key}", self.bucket.name));
            self.bucket.write(&key, package.archive.clone()).await?;
        }
        self.write_settings().await
    }

    /// The configuration that is there.
    async fn deployed_settings(&self, bucket_is_there: bool) -> Result<Option<String>> {
        if bucket_is_there { self.bucket.read(&plan::config_key(self.arguments)).await } else { Ok(None) }
    }

    /// What differs between the configuration that is shipped and the one that is there.
    async fn settings_change(&self, before: Option<&str>) -> Result<Vec<String>> {
        let mut lines = Vec::new();
        match before {
            None => lines.push("Configuration: not there yet".to_owned()),
            Some(before) if before == self.settings.shipped.text => {}
            Some(before) => {
                lines.push("Configuration:".to_owned());
                lines.extend(shipped::differing(before, &self.settings.shipped.text));
            }
        }
        for moved in &self.settings.shipped.moved {
            if !self.is_moved(moved).await? {
                lines.push(format!("Secret {}: written to {}", moved.key, moved.parameter));
            }
        }
        Ok(lines)
    }

    /// Whether SSM has the secret as it is here.
    async fn is_moved(&self, moved: &shipped::Moved) -> Result<bool> {
        let secret = self.settings.secret(moved)?;
        let mut params = texts([("Name", moved.parameter.as_str())]);
        params.push("WithDecryption", true);
        match self.aws.call("ssm", "GetParameter", params).await {
            Ok(answer) => {
                Ok(answer.get("Parameter").is_some_and(|found| text(found, "Value") == secret.as_str()))
            }
            Err(refused) if refused.code == "ParameterNotFound" => Ok(false),
            Err(refused) => Err(refused.into()),
        }
    }

    async fn write_settings(&self) -> Result<()> {
        for moved in &self.settings.shipped.moved {
            if self.is_moved(moved).await? {
                continue;
            }
            let secret = self.settings.secret(moved)?;
            let mut params = texts([
                ("Name", moved.parameter.as_str()),
                ("Value", secret.as_str()),
                ("Type", "SecureString"),
            ]);
            params.push("Overwrite", true);
            self.aws.call("ssm", "PutParameter", params).await?;
        }
        let key = plan::config_key(self.arguments);
        self.bucket.write(&key, self.settings.shipped.text.clone().into_bytes()).await?;
        mention(&format!("Wrote s3://{}/{key}", self.bucket.name));
        Ok(())
    }

    async fn write_settings_if_agreed(&self, bucket_is_there: bool) -> Result<ExitCode> {
        if !agreed(self.arguments.yes, "Ship it?")? {
            mention("Nothing was changed.");
            return Ok(ExitCode::from(DECLINED));
        }
        if !bucket_is_there {
            self.bucket.make().await?;
        }
        self.write_settings().await?;
        Ok(ExitCode::SUCCESS)
    }

    /// `--config-only`.
    async fn ship_settings(&self) -> Result<ExitCode> {
        if !self.bucket.exists().await? {
            bail!("there is no bucket {}: `bellhop deploy` without --config-only makes it", self.bucket.name);
        }
        let before = self.deployed_settings(true).await?;
        let change = self.settings_change(before.as_deref()).await?;
        if change.is_empty() {
            mention("Nothing to change: the configuration is up to date.");
            return Ok(ExitCode::SUCCESS);
        }
        let rights = Rights::of_settings(before.as_deref(), &self.settings.shipped.text)?;
        change.iter().chain(&rights.lines()).for_each(|line| mention(line));
        self.warn_of_what_lacks().await;
        if self.arguments.dry_run {
            mention("Nothing was changed.");
            return Ok(ExitCode::SUCCESS);
        }
        self.write_settings_if_agreed(true).await
    }

    /// Warns of rights that the configuration needs and only the stack could give.
    async fn warn_of_what_lacks(&self) {
        let needs = plan::needs(&self.home, &self.settings);
        match Stack::new(self.aws, &self.arguments.stack).state().await {
            Ok(Some(state)) => {
                let lacking = rights::lacking(&state.parameters, &needs);
                lacking.iter().for_each(|what| complain(&format!("warning: not deployed yet: {what}")));
                if !lacking.is_empty() {
                    complain("         `bellhop deploy` without --config-only gives that");
                }
            }
            Ok(None) => complain("warning: there is no stack that would read this"),
            Err(refused) => {
                complain(&format!(
                    "warning: whether the roles may do what this needs is not known: {refused}"
                ));
            }
        }
    }

    async fn conclude(&self, stack: &Stack<'_>, ended: &Ended) -> Result<ExitCode> {
        let good = matches!(ended.status.as_str(), "CREATE_COMPLETE" | "UPDATE_COMPLETE");
        if !good {
            complain(&format!("\nThe stack is {}: it did not become what it should.", ended.status));
            if let Some(failed) = &ended.failed {
                complain(&format!("The first to fail was {failed}"));
                remedies(failed).for_each(complain);
            }
            return Ok(ExitCode::FAILURE);
        }
        mention(&format!("\nThe stack is {}.", ended.status));
        let Some(state) = stack.state().await? else { return Ok(ExitCode::SUCCESS) };
        for (name, value) in &state.outputs {
            mention(&format!("  {name:<14} {value}"));
        }
        mention(&next_steps(&state, &self.arguments.stack)?);
        Ok(ExitCode::SUCCESS)
    }
}

/// What to do about a failure of CloudFormation's, where that is known.
fn remedies(said: &str) -> impl Iterator<Item = &'static str> {
    let taken = ["AlreadyExists", "already exists"].iter().any(|words| said.contains(words));
    taken
        .then_some(
            "Something of that name is there already and does not belong to the stack: delete it, or name the stack otherwise \
             (--stack), and run this again.",
        )
        .into_iter()
}

/// What is left to do by hand.
fn next_steps(state: &State, stack: &str) -> Result<String> {
    let Some(url) = state.url() else {
        return Ok("\nThe stack has no door: Slack cannot reach it (parameter Door).".to_owned());
    };
    Ok(format!(
        "\nNext:\n  1. At https://api.slack.com/apps make an app from this manifest, and install it:\n\n{}\n  2. Put its signing \
         secret and its bot token where the configuration refers to them, and run `bellhop deploy --config-only`.\n  3. In each \
         account, make the role: `bellhop accounts add <name> --account-id <id>`.\n  4. Say `/aws whoami` in Slack. `bellhop logs \
         front --stack {stack}` shows what came in.\n  5. Guard the stack: `bellhop aws cloudformation \
         update-termination-protection --enable-termination-protection --stack-name {stack}`",
        manifest::yaml_for(url)?
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_stacks_fit_what_is_named_after_them() {
        for good in ["bellhop", "b", "bellhop-2"] {
            assert!(stack_name(good).is_ok(), "{good}");
        }
        for bad in ["", "Bellhop", "2b", "b-", "a_b", "abcdefghijklmnopqrstuvwxyz"] {
            assert!(stack_name(bad).is_err(), "{bad}");
        }
    }
}
