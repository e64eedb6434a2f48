//! `bellhop accounts add`: the role of a further account, as a stack there or as a StackSet of the organisation, and the lines
//! for the configuration.

use std::collections::BTreeMap;
use std::process::ExitCode;

use anyhow::{Context as _, Result, bail};
use aws_lc_rs::rand;
use value::{Map, Value};

use super::aws::{Aws, Place, texts};
use super::change_set::{ChangeSet, Wanted, table};
use super::plan::Home;
use super::question::{agreed, somebody_is_there};
use super::stack::Stack;
use super::{DECLINED, stack_name, template};
use crate::commands::{complain, mention};

/// What to do with accounts.
#[derive(clap::Subcommand)]
pub(in crate::commands) enum Action {
    /// Adds one account: prints what to do, or with --create makes its role.
    #[command(
        after_help = "Examples:\n  bellhop accounts add staging --account-id 222222222222 --regions eu-west-1\n  \
        bellhop accounts add staging --account-id 222222222222 --external-id 5f0c… --worker-role arn:… --create --profile staging"
    )]
    Add(Add),
    /// Adds all accounts of organizational units by a StackSet, which new accounts join by themselves.
    #[command(
        after_help = "Example:\n  bellhop accounts add-all --ou ou-abcd-12345678 --create --profile management"
    )]
    AddAll(AddAll),
}

/// What both ways share.
#[derive(clap::Args)]
struct Shared {
    #[command(flatten)]
    place: Place,
    /// Bellhop's stack, whose worker is to be trusted.
    #[arg(long, default_value = "bellhop", value_parser = stack_name)]
    stack: String,
    /// The role to trust [default: that of the stack's worker in the account of these credentials].
    #[arg(long, value_name = "ARN")]
    worker_role: Option<String>,
    /// What is said at each assumption [default: a new random one].
    #[arg(long, value_name = "TEXT")]
    external_id: Option<String>,
    /// The name of the role that is made.
    #[arg(long, default_value = "Bellhop")]
    role_name: String,
    /// What the role may do at most.
    #[arg(long, default_value = "read-only")]
    access: Access,
    /// The regions that people use, the first by default.
    #[arg(long, value_delimiter = ',', default_value = "us-east-1")]
    regions: Vec<String>,
    /// Makes it now, with these credentials.
    #[arg(long)]
    create: bool,
    /// Asks nothing.
    #[arg(long)]
    yes: bool,
}

/// One account.
#[derive(clap::Args)]
pub(in crate::commands) struct Add {
    /// How people call it: `staging`.
    name: String,
    /// Its id.
    #[arg(long, value_parser = account_id)]
    account_id: String,
    #[command(flatten)]
    shared: Shared,
}

/// Many accounts.
#[derive(clap::Args)]
pub(in crate::commands) struct AddAll {
    /// The organizational units: `ou-abcd-12345678`, or a root, `r-abcd`.
    #[arg(long, required = true, value_delimiter = ',')]
    ou: Vec<String>,
    #[command(flatten)]
    shared: Shared,
}

#[derive(Clone, Copy, clap::ValueEnum)]
enum Access {
    ReadOnly,
    LookOnly,
    Power,
    Administrator,
    None,
}

impl Access {
    fn name(self) -> &'static str {
        match self {
            Access::ReadOnly => "read-only",
            Access::LookOnly => "look-only",
            Access::Power => "power",
            Access::Administrator => "administrator",
            Access::None => "none",
        }
    }
}

fn account_id(text: &str) -> Result<String, String> {
    let good = text.len() == 12 && text.bytes().all(|byte| byte.is_ascii_digit());
    if good { Ok(text.to_owned()) } else { Err("an account's id has twelve digits".to_owned()) }
}

/// Does it.
pub(in crate::commands) fn run(action: &Action) -> Result<ExitCode> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    runtime.block_on(async {
        match action {
            Action::Add(add) => add.run().await,
            Action::AddAll(all) => all.run().await,
        }
    })
}

/// Whom the role trusts, and on what word.
struct Trust {
    worker_role: String,
    external_id: String,
}

impl Shared {
    async fn trust(&self, aws: &Aws) -> Result<Trust> {
        let worker_role = match &self.worker_role {
            Some(role) => role.clone(),
            None if self.create => {
                bail!(
                    "--create is done with the other account's credentials: --worker-role names whom it trusts"
                )
            }
            None => {
                let Home { account, partition, region } = Home::of(aws).await?;
                format!("arn:{partition}:iam::{account}:role/{}-worker-{region}", self.stack)
            }
        };
        let external_id = match &self.external_id {
            Some(id) => id.clone(),
            None if self.create => bail!("--create wants the --external-id that the configuration says"),
            None => random_id()?,
        };
        Ok(Trust { worker_role, external_id })
    }

    fn parameters(&self, trust: &Trust) -> Result<BTreeMap<String, String>> {
        let home = trust.worker_role.split(':').nth(4).filter(|id| account_id(id).is_ok());
        let home = home.with_context(|| format!("{} is no role's ARN", trust.worker_role))?;
        Ok([
            ("WorkerRoleArn", trust.worker_role.as_str()),
            ("HomeAccount", home),
            ("ExternalId", trust.external_id.as_str()),
            ("RoleName", self.role_name.as_str()),
            ("Access", self.access.name()),
        ]
        .map(|(name, value)| (name.to_owned(), value.to_owned()))
        .into())
    }

    fn quoted_regions(&self) -> String {
        let regions: Vec<String> = self.regions.iter().map(|region| format!("\"{region}\"")).collect();
        regions.join(", ")
    }

    /// The words that make it, for whoever has the credentials there.
    fn line(&self, what: &str, trust: &Trust) -> String {
        format!(
            "bellhop accounts {what} --worker-role {} --external-id {} --role-name {} --access {} --regions {} --create --profile <its \
             profile>",
            trust.worker_role,
            trust.external_id,
            self.role_name,
            self.access.name(),
            self.regions.join(",")
        )
    }
}

impl Add {
    async fn run(&self) -> Result<ExitCode> {
        let shared = &self.shared;
        let aws = Aws::open(&shared.place)?;
        let trust = shared.trust(&aws).await?;
        if !shared.create {
            let what = format!("add {} --account-id {}", self.name, self.account_id);
            mention(&format!("1. With credentials of account {}:\n", self.account_id));
            mention(&format!("   {}", shared.line(&what, &trust)));
            mention(
                "\n   or, without Bellhop there, a stack of deploy/member-account.yaml with the same parameters.",
            );
            mention("\n2. In the configuration:\n");
            mention(&self.configuration(&trust, "aws"));
            mention("3. `bellhop deploy`, so that the worker may assume the role.");
            return Ok(ExitCode::SUCCESS);
        }
        let home = Home::of(&aws).await?;
        if home.account != self.account_id {
            bail!("these credentials belong to account {}, not {}", home.account, self.account_id);
        }
        let code = create(&aws, shared, &shared.parameters(&trust)?).await?;
        if code == ExitCode::SUCCESS {
            mention("\nIn the configuration:\n");
            mention(&self.configuration(&trust, &home.partition));
        }
        Ok(code)
    }

    fn configuration(&self, trust: &Trust, partition: &str) -> String {
        let Add { name, account_id, shared } = self;
        format!(
            "[accounts.{name}]\nrole_arn = \"arn:{partition}:iam::{account_id}:role/{}\"\nregions = [{}]\nexternal_id = \"{}\"\n",
            shared.role_name,
            shared.quoted_regions(),
            trust.external_id
        )
    }
}

/// The stack in the account itself.
async fn create(aws: &Aws, shared: &Shared, given: &BTreeMap<String, String>) -> Result<ExitCode> {
    somebody_is_there(shared.yes)?;
    let name = format!("{}-member", shared.stack);
    let mut stack = Stack::new(aws, &name);
    let now = stack.state().await?;
    let tags = [("bellhop".to_owned(), shared.stack.clone())].into();
    let wanted = Wanted { stack: &name, template: template::MEMBER, given, tags: &tags };
    let slots = template::parameters(&template::read(template::MEMBER)?);
    let Some(set) = ChangeSet::make(aws, &wanted, now.as_ref(), &slots).await? else {
        mention("Nothing to change: the role is as it should be.");
        return Ok(ExitCode::SUCCESS);
    };
    mention(&table(&set.changes));
    if !agreed(shared.yes, "Go on?")? {
        set.discard().await?;
        mention("Nothing was changed.");
        return Ok(ExitCode::from(DECLINED));
    }
    stack.forget_the_past().await?;
    set.execute().await?;
    let ended = stack.watch().await?;
    if matches!(ended.status.as_str(), "CREATE_COMPLETE" | "UPDATE_COMPLETE") {
        return Ok(ExitCode::SUCCESS);
    }
    complain(&format!("The stack is {}.", ended.status));
    if let Some(failed) = ended.failed {
        complain(&format!("The first to fail was {failed}"));
    }
    Ok(ExitCode::FAILURE)
}

impl AddAll {
    async fn run(&self) -> Result<ExitCode> {
        let shared = &self.shared;
        let aws = Aws::open(&shared.place)?;
        let trust = shared.trust(&aws).await?;
        if !shared.create {
            mention(
                "1. With credentials of the organisation's management account, or of the one that administers its StackSets:\n",
            );
            mention(&format!("   {}", shared.line(&format!("add-all --ou {}", self.ou.join(",")), &trust)));
            mention("\n2. In the configuration:\n");
            mention(&self.configuration(&trust));
            mention(
                "3. `bellhop deploy --assume <role>` for each account's role, so that the worker may assume it.",
            );
            return Ok(ExitCode::SUCCESS);
        }
        let name = format!("{}-members", shared.stack);
        mention(&format!(
            "A StackSet {name} with the role {} for the accounts of {}",
            shared.role_name,
            self.ou.join(", ")
        ));
        if !agreed(shared.yes, "Make it?")? {
            mention("Nothing was changed.");
            return Ok(ExitCode::from(DECLINED));
        }
        self.create(&aws, &name, &shared.parameters(&trust)?).await?;
        mention("It is being made; `bellhop aws cloudformation list-stack-instances` shows how far it is.");
        mention("\nIn the configuration:\n");
        mention(&self.configuration(&trust));
        Ok(ExitCode::SUCCESS)
    }

    async fn create(&self, aws: &Aws, name: &str, given: &BTreeMap<String, String>) -> Result<()> {
        let parameter = |(key, value): (&String, &String)| {
            Value::Map(texts([("ParameterKey", key.as_str()), ("ParameterValue", value.as_str())]))
        };
        let mut params = texts([
            ("StackSetName", name),
            ("TemplateBody", template::MEMBER),
            ("PermissionModel", "SERVICE_MANAGED"),
        ]);
        params.push("Parameters", Value::List(given.iter().map(parameter).collect()));
        params.push("Capabilities", Value::List(vec![Value::text("CAPABILITY_NAMED_IAM")]));
        let joining: Map = [("Enabled", true), ("RetainStacksOnAccountRemoval", false)].into_iter().collect();
        params.push("AutoDeployment", Value::Map(joining));
        aws.call("cloudformation", "CreateStackSet", params).await?;
        let list = |texts: &[String]| Value::List(texts.iter().map(Value::text).collect());
        let mut params = texts([("StackSetName", name)]);
        let targets: Map = [("OrganizationalUnitIds", list(&self.ou))].into_iter().collect();
        params.push("DeploymentTargets", Value::Map(targets));
        // A role is the same in every region: one stack an account is enough.
        params.push("Regions", list(&[aws.region().to_owned()]));
        aws.call("cloudformation", "CreateStackInstances", params).await?;
        Ok(())
    }

    fn configuration(&self, trust: &Trust) -> String {
        let units: Vec<String> = self.ou.iter().map(|unit| format!("\"{unit}\"")).collect();
        let shared = &self.shared;
        format!(
            "[accounts.discover]\nrole_name = \"{}\"\nou = [{}]\nregions = [{}]\nexternal_id = \"{}\"\n",
            shared.role_name,
            units.join(", "),
            shared.quoted_regions(),
            trust.external_id
        )
    }
}

/// Nobody guesses it, though it is no secret.
fn random_id() -> Result<String> {
    let mut bytes = [0u8; 16];
    rand::fill(&mut bytes).map_err(|_| anyhow::anyhow!("no random numbers can be had"))?;
    Ok(bytes.iter().map(|byte| format!("{byte:02x}")).collect())
}
