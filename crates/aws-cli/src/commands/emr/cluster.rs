//! `emr create-cluster`.

use aws_call::BoxFuture;
use value::{Map, Value};

use super::cluster_words::SPEC;
use super::roles::{MACHINES, SERVICE_ROLE};
use super::steps::{RUNNER, Step, configs, s3_link, script_runner};
use super::values::{apply, check_members, exclusive, structure, structures, text, typed, words};
use super::{SERVICE, applications, file_system, groups, hbase, logging, print};
use crate::arguments::json;
use crate::arguments::paramfile::ParamFiles;
use crate::commands::line::{Line, step};
use crate::commands::options::Given;
use crate::commands::task::{Fault, Runs, Seen, World};
use crate::commands::tree;
use crate::{Parsed, UsageError};
use aws_call::credentials::config::{Section, SharedConfig};

/// The most bootstrap actions of a cluster.
const MAX_ACTIONS: usize = 16;

const CHOOSE_ROLES: &str = " Either choose --use-default-roles or use both --service-role <roleName> and \
                            --ec2-attributes InstanceProfile=<profileName>.";

#[derive(Debug)]
struct Create(Map);

/// Reads the words of `emr create-cluster`.
pub(in crate::commands) fn create(line: &Line<'_>) -> Result<Parsed, UsageError> {
    let given = match line.read(&SPEC)? {
        Ok(given) => given,
        Err(page) => return Ok(page),
    };
    let seen = Seen(line.env);
    let shared = SharedConfig::load(&seen).unwrap_or_default();
    let profile = line.top.globals.profile.as_deref().or_else(|| line.env.var("AWS_PROFILE"));
    let wish = Wish {
        files: ParamFiles::new(line.env, line.profile),
        profile: shared.profile(profile.unwrap_or("default")),
        region: line.top.globals.region.clone(),
        given: &given,
    };
    let service = line.catalog.open(SERVICE).map_err(|error| UsageError::general(error.to_string()))?;
    let params = typed(&service, "RunJobFlow", wish.params()?)?;
    let first = step(SERVICE, "RunJobFlow", params.clone());
    line.invocation(Create(params), vec![first])
}

impl Runs for Create {
    fn run<'a>(&'a self, world: &'a mut World<'_>) -> BoxFuture<'a, Result<u8, Fault>> {
        Box::pin(async move {
            let answer = world.calls.call(SERVICE, "RunJobFlow", self.0.clone()).await?;
            let mut shown = Map::new();
            if let Some(id) = answer.get("JobFlowId") {
                shown.push("ClusterId", id.clone());
                shown.push("ClusterArn", answer.get("ClusterArn").cloned().unwrap_or_default());
            }
            print(world, "run_job_flow", &Value::Map(shown))?;
            Ok(0)
        })
    }
}

/// What the line and the profile ask for.
struct Wish<'a> {
    given: &'a Given,
    files: ParamFiles<'a>,
    /// Its `emr` settings stand in for options.
    profile: Section,
    region: Option<String>,
}

impl Wish<'_> {
    fn text(&self, name: &str) -> Option<&str> {
        self.given.text(name)
    }

    fn structures(&self, name: &str) -> Result<Option<Vec<Value>>, UsageError> {
        let found = structures(self.given, name, &self.files)?;
        let members: &[&str] = match name {
            "instance-groups" => &groups::OF_EVERY_GROUP,
            "instance-fleets" => &["InstanceFleetType"],
            "applications" => &["Name"],
            "bootstrap-actions" => &["Path"],
            "placement-group-configs" => &["InstanceRole"],
            _ => &[],
        };
        check_members(found.as_deref().unwrap_or_default(), members)?;
        Ok(found)
    }

    /// What a pair of switches says; `usual` if neither is there.
    fn says(&self, yes: &str, no: &str, usual: bool) -> Result<bool, UsageError> {
        match (self.given.has(yes), self.given.has(no)) {
            (true, true) => {
                Err(UsageError::validation(format!("cannot use both --{yes} and --{no} options together.")))
            }
            (false, false) => Ok(usual),
            (yes, _) => Ok(yes),
        }
    }

    fn release(&self) -> Option<&str> {
        self.text("release-label")
    }

    fn params(&self) -> Result<Map, UsageError> {
        self.check_version()?;
        let mut attributes = structure(self.given, "ec2-attributes", &self.files)?;
        self.check_roles(attributes.as_ref())?;
        let default_roles = self.given.has("use-default-roles");
        let mut instances = self.instances()?;
        let mut params = tree::params(&[("Name", self.text("name").unwrap_or("Development Cluster"))]);
        self.put_version(&mut params)?;
        let configured = |name: &str| self.profile.nested("emr", name);
        let log_uri = self.text("log-uri").or_else(|| configured("log_uri"));
        for (member, found) in [
            ("AdditionalInfo", self.text("additional-info")),
            ("LogUri", log_uri),
            ("OSReleaseLabel", self.text("os-release-label")),
            ("LogEncryptionKmsKeyId", self.text("log-encryption-kms-key-id")),
            (
                "ServiceRole",
                match default_roles {
                    true => Some(SERVICE_ROLE),
                    false => self.text("service-role").or_else(|| configured("service_role")),
                },
            ),
            ("AutoScalingRole", self.text("auto-scaling-role")),
            ("ScaleDownBehavior", self.text("scale-down-behavior")),
        ] {
            apply(&mut params, member, found.map(Value::text).as_ref());
        }
        for (member, setting, usual) in [
            ("InstanceProfile", "instance_profile", default_roles.then_some(MACHINES)),
            ("KeyName", "key_name", None),
        ] {
            let found = usual.or_else(|| configured(setting));
            let missing = attributes.as_ref().is_none_or(|attributes| !attributes.contains(member));
            if let (true, Some(text)) = (missing, found) {
                attributes.get_or_insert_default().push(member, text);
            }
        }
        let alive = self.says("no-auto-terminate", "auto-terminate", true)?;
        instances.push("KeepJobFlowAliveWhenNoSteps", alive);
        instances.push(
            "TerminationProtected",
            self.says("termination-protected", "no-termination-protected", false)?,
        );
        let (yes, no) = ("unhealthy-node-replacement", "no-unhealthy-node-replacement");
        if self.given.has(yes) || self.given.has(no) {
            instances.push("UnhealthyNodeReplacement", self.says(yes, no, false)?);
        }
        params.push("VisibleToAllUsers", self.says("visible-to-all-users", "no-visible-to-all-users", true)?);
        params.push("Tags", Value::List(self.given.several("tags").into_iter().map(tag).collect()));
        params.push("Instances", Value::Null);
        if let Some(attributes) = attributes {
            place(&mut params, &mut instances, &Value::Map(attributes))?;
        }
        params.insert("Instances", Value::Map(instances));
        self.put_work(&mut params, log_uri)?;
        self.put_rest(&mut params)?;
        if let Some(configuration) = structure(self.given, "monitoring-configuration", &self.files)? {
            apply(&mut params, "MonitoringConfiguration", Some(&Value::Map(configuration.clone())));
            logging::check(&configuration, log_uri)?;
        }
        self.check_applications()?;
        Ok(params)
    }

    fn check_version(&self) -> Result<(), UsageError> {
        match (self.text("ami-version"), self.release()) {
            (Some(_), Some(_)) => Err(exclusive("--ami-version", "--release-label", "")),
            (None, None) => {
                Err(UsageError::validation("Either --ami-version or --release-label is required."))
            }
            _ => Ok(()),
        }
    }

    fn check_roles(&self, attributes: Option<&Map>) -> Result<(), UsageError> {
        if !self.given.has("use-default-roles") {
            return Ok(());
        }
        if self.given.has("service-role") {
            return Err(exclusive("--use-default-roles", "--service-role", CHOOSE_ROLES));
        }
        if attributes.is_some_and(|attributes| attributes.contains("InstanceProfile")) {
            return Err(exclusive("--use-default-roles", "--ec2-attributes InstanceProfile", CHOOSE_ROLES));
        }
        Ok(())
    }

    fn instances(&self) -> Result<Map, UsageError> {
        let (fleets, given) = (self.structures("instance-fleets")?, self.structures("instance-groups")?);
        if fleets.is_some() && given.is_some() {
            return Err(exclusive("--instance-groups", "--instance-fleets", ""));
        }
        let mut instances = Map::new();
        if let Some(fleets) = fleets {
            let fleets = fleets.iter().map(groups::fleet).collect::<Result<_, _>>()?;
            instances.push("InstanceFleets", Value::List(fleets));
            return Ok(instances);
        }
        let (kind, count) = (self.text("instance-type"), self.text("instance-count"));
        let built = match (given, kind) {
            (Some(_), _) if kind.is_some() || count.is_some() => {
                return Err(UsageError::validation(
                    "You may not specify --instance-type or --instance-count with --instance-groups, because \
                     --instance-type and --instance-count are shortcut options for --instance-groups.",
                ));
            }
            (Some(given), _) => given.iter().map(groups::group).collect::<Result<Vec<Value>, _>>()?,
            (None, Some(kind)) => groups::by_count(kind, count)?,
            (None, None) => {
                return Err(UsageError::validation(
                    "Must specify either --instance-groups or --instance-type with --instance-count(optional) to \
                     configure instance groups.",
                ));
            }
        };
        let scales = built.iter().any(|group| group.get("AutoScalingPolicy").is_some());
        if scales && !self.given.has("auto-scaling-role") {
            return Err(UsageError::validation(
                "Must specify --auto-scaling-role when configuring an AutoScaling policy for an instance group.",
            ));
        }
        instances.push("InstanceGroups", Value::List(built));
        Ok(instances)
    }

    fn put_version(&self, params: &mut Map) -> Result<(), UsageError> {
        if let Some(label) = self.release() {
            params.push("ReleaseLabel", label);
            if let Some(text) = self.text("configurations") {
                let parsed = json::parse(text);
                let invalid = |_| UsageError::validation("invalid json argument for option --configurations");
                params.push("Configurations", parsed.map_err(invalid)?);
            }
        } else if let Some(version) = self.text("ami-version") {
            let after = version.strip_prefix(|sign: char| sign.is_ascii_digit()).unwrap_or(version);
            if !after.starts_with('.') {
                return Err(UsageError::validation(format!(
                    "The supplied AMI version \"{version}\" is invalid. Please see AMI Versions Supported in Amazon \
                     EMR in Amazon Elastic MapReduce Developer Guide: http://docs.aws.amazon.com/ElasticMapReduce/\
                     latest/DeveloperGuide/ami-versions-supported.html"
                )));
            }
            params.push("AmiVersion", version);
        }
        Ok(())
    }

    /// Steps, applications, bootstrap actions.
    fn put_work(&self, params: &mut Map, log_uri: Option<&str>) -> Result<(), UsageError> {
        let region = self.region.as_deref();
        if self.debugs()? {
            if log_uri.is_none() {
                return Err(UsageError::validation(
                    "LogUri not specified. You must specify a logUri if you enable debugging when creating a cluster.",
                ));
            }
            add(params, "Steps", vec![self.debugging()]);
        }
        if let Some(wanted) = self.structures("applications")? {
            if self.release().is_some() {
                params.push("Applications", Value::List(wanted));
            } else {
                let built = applications::build(&wanted, region, self.text("ami-version"))?;
                add(params, "NewSupportedProducts", built.products);
                add(params, "BootstrapActions", built.actions);
                add(params, "Steps", built.steps);
            }
        }
        if let Some(backup) = structure(self.given, "restore-from-hbase-backup", &self.files)? {
            let backup = Value::Map(backup);
            let version = backup.get("BackupVersion").and_then(Value::as_text);
            add(
                params,
                "Steps",
                vec![hbase::restore_step(text(&backup, "Dir").unwrap_or_default(), version)],
            );
        }
        if let Some(actions) = self.structures("bootstrap-actions")? {
            let before = params.get("BootstrapActions").and_then(Value::as_list).map_or(0, <[Value]>::len);
            if before + actions.len() > MAX_ACTIONS {
                return Err(UsageError::validation(
                    "maximum number of bootstrap actions for a cluster exceeded.",
                ));
            }
            add(params, "BootstrapActions", actions.iter().map(bootstrap).collect());
        }
        if let Some(emrfs) = structure(self.given, "emrfs", &self.files)? {
            self.put_file_system(params, &emrfs)?;
        }
        if let Some(steps) = self.structures("steps")? {
            add(params, "Steps", configs(&steps, self.release(), region)?);
        }
        Ok(())
    }

    fn debugs(&self) -> Result<bool, UsageError> {
        let (yes, no) = ("enable-debugging", "no-enable-debugging");
        let configured = self.profile.nested("emr", "enable_debugging");
        let usual = match configured.map(str::to_lowercase).as_deref() {
            _ if self.given.has(yes) || self.given.has(no) => false,
            None | Some("false") => false,
            Some("true") => true,
            Some(_) => {
                return Err(UsageError::validation(format!(
                    "{} for enable_debugging in the config file is invalid. The value should be either 'True' or \
                     'False'. Use 'aws configure set default.emr.enable_debugging <value>' command to set a valid \
                     value.",
                    configured.unwrap_or_default()
                )));
            }
        };
        self.says(yes, no, usual)
    }

    fn debugging(&self) -> Value {
        let region = self.region.as_deref();
        let (jar, word) = match self.release() {
            Some(_) => (RUNNER.to_owned(), "state-pusher-script".to_owned()),
            None => (script_runner(region), s3_link("/libs/state-pusher/0.1/fetch", region)),
        };
        let step = Step::new("Setup Hadoop Debugging", jar);
        Step { words: vec![Value::from(word)], on_failure: "TERMINATE_CLUSTER", ..step }.built()
    }

    fn put_file_system(&self, params: &mut Map, emrfs: &Map) -> Result<(), UsageError> {
        if self.release().is_none() {
            add(params, "BootstrapActions", file_system::actions(emrfs, self.region.as_deref())?);
            return Ok(());
        }
        let configured = params.get("Configurations").and_then(Value::as_list).unwrap_or_default();
        if configured.iter().any(|one| text(one, "Classification") == Some("emrfs-site")) {
            return Err(UsageError::validation(
                "EMRFS should be configured either using --configuration or --emrfs but not both",
            ));
        }
        add(params, "Configurations", vec![file_system::configuration(emrfs)?]);
        Ok(())
    }

    /// What goes into the request as it is given.
    fn put_rest(&self, params: &mut Map) -> Result<(), UsageError> {
        for (member, option) in [
            ("SecurityConfiguration", "security-configuration"),
            ("CustomAmiId", "custom-ami-id"),
            ("EbsRootVolumeSize", "ebs-root-volume-size"),
            ("EbsRootVolumeIops", "ebs-root-volume-iops"),
            ("EbsRootVolumeThroughput", "ebs-root-volume-throughput"),
            ("RepoUpgradeOnBoot", "repo-upgrade-on-boot"),
        ] {
            apply(params, member, self.text(option).map(Value::text).as_ref());
        }
        let one = |option: &str| Ok(structure(self.given, option, &self.files)?.map(Value::Map));
        apply(params, "KerberosAttributes", one("kerberos-attributes")?.as_ref());
        for (member, option) in [
            ("StepConcurrencyLevel", "step-concurrency-level"),
            ("StepExecutionRoleArn", "step-execution-role-arn"),
        ] {
            apply(params, member, self.text(option).map(Value::text).as_ref());
        }
        for (member, yes, no) in [
            ("ExtendedSupport", "extended-support", "no-extended-support"),
            ("SessionEnabled", "session-enabled", "no-session-enabled"),
        ] {
            if self.given.has(yes) || self.given.has(no) {
                params.push(member, self.says(yes, no, false)?);
            }
        }
        apply(params, "ManagedScalingPolicy", one("managed-scaling-policy")?.as_ref());
        let placement = self.structures("placement-group-configs")?.map(Value::List);
        apply(params, "PlacementGroupConfigs", placement.as_ref());
        apply(params, "AutoTerminationPolicy", one("auto-termination-policy")?.as_ref());
        Ok(())
    }

    /// Holds the steps against the applications that they need.
    fn check_applications(&self) -> Result<(), UsageError> {
        let wanted = self.structures("applications")?.unwrap_or_default();
        let has = |name: &str| {
            wanted.iter().any(|one| text(one, "Name").is_some_and(|own| own.eq_ignore_ascii_case(name)))
        };
        let mut lacking: Vec<String> = Vec::new();
        for step in self.structures("steps")?.unwrap_or_default() {
            let kind = text(&step, "Type").unwrap_or_default();
            let needs = ["hive", "pig", "impala"].iter().find(|name| kind.eq_ignore_ascii_case(name));
            lacking.extend(needs.filter(|name| !has(name)).map(|name| titled(name)));
        }
        if self.given.has("restore-from-hbase-backup") && !has("hbase") {
            lacking.push(titled("hbase"));
        }
        lacking.sort();
        lacking.dedup();
        if lacking.is_empty() {
            return Ok(());
        }
        Err(UsageError::validation(format!(
            "Some of the steps require the following applications to be installed: {}. Please install the applications \
             using --applications.",
            lacking.join(", ")
        )))
    }
}

fn titled(name: &str) -> String {
    let (first, rest) = name.split_at(1);
    format!("{}{rest}", first.to_uppercase())
}

fn tag(word: &str) -> Value {
    let (key, value) = word.split_once('=').unwrap_or((word, ""));
    Value::Map(tree::params(&[("Key", key), ("Value", value)]))
}

/// Adds to a list of the parameters, which is made if there is something to add.
fn add(params: &mut Map, name: &'static str, more: Vec<Value>) {
    match params.get_mut(name) {
        Some(Value::List(items)) => items.extend(more),
        _ if more.is_empty() => {}
        _ => {
            params.insert(name, Value::List(more));
        }
    }
}

fn bootstrap(action: &Value) -> Value {
    let mut script = Map::new();
    apply(&mut script, "Path", action.get("Path"));
    apply(&mut script, "Args", words(action, "Args").map(Value::List).as_ref());
    let mut built =
        tree::params(&[("Name", action.get("Name").and_then(Value::as_text).unwrap_or("Bootstrap action"))]);
    apply(&mut built, "ScriptBootstrapAction", Some(&Value::Map(script)));
    Value::Map(built)
}

/// Puts the attributes of machines where the request has them.
fn place(params: &mut Map, instances: &mut Map, attributes: &Value) -> Result<(), UsageError> {
    let has = |name: &str| attributes.get(name).is_some();
    for (one, many) in [("SubnetId", "SubnetIds"), ("AvailabilityZone", "AvailabilityZones")] {
        if has(one) && has(many) {
            return Err(exclusive(one, many, ""));
        }
    }
    if (has("SubnetId") || has("SubnetIds")) && (has("AvailabilityZone") || has("AvailabilityZones")) {
        return Err(UsageError::validation(
            "You may not specify both a SubnetId and an AvailabilityZone (placement) because ec2SubnetId implies a \
             placement.",
        ));
    }
    for (name, member) in
        [("KeyName", "Ec2KeyName"), ("SubnetId", "Ec2SubnetId"), ("SubnetIds", "Ec2SubnetIds")]
    {
        apply(instances, member, attributes.get(name));
    }
    for name in ["AvailabilityZone", "AvailabilityZones"] {
        if has(name) {
            let mut placement = Map::new();
            apply(&mut placement, name, attributes.get(name));
            instances.push("Placement", Value::Map(placement));
        }
    }
    apply(params, "JobFlowRole", attributes.get("InstanceProfile"));
    for name in [
        "EmrManagedMasterSecurityGroup",
        "EmrManagedSlaveSecurityGroup",
        "ServiceAccessSecurityGroup",
        "AdditionalMasterSecurityGroups",
        "AdditionalSlaveSecurityGroups",
    ] {
        apply(instances, name, attributes.get(name));
    }
    Ok(())
}
