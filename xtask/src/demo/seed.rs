//! What the demo's AWS holds, made with `bellhop aws` itself.

use anyhow::{Context as _, Result};
use serde_json::Value;

use crate::demo::{Stage, operations};
use crate::step;

/// The demo's accounts: production and staging.
pub(crate) const ACCOUNTS: [&str; 2] = ["111111111111", "222222222222"];

const TRUST: &str = r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"AWS":"*"},"Action":"sts:AssumeRole"}]}"#;

/// An account that commands are run in.
pub(super) struct Account<'a> {
    pub(super) stage: &'a Stage,
    /// Its twelve digits.
    pub(super) id: &'a str,
    credentials: Value,
    region: &'a str,
}

/// Fills both accounts; returns the ids of production's instances in its first region.
pub(crate) fn run(stage: &Stage) -> Result<Vec<String>> {
    operations::prepare(stage)?;
    let production = Account::enter(stage, ACCOUNTS[0], "us-east-1")?;
    let instances = production.fill("production", &["web-1", "web-2", "batch-1"])?;
    let staging = Account::enter(stage, ACCOUNTS[1], "eu-west-1")?;
    staging.fill("staging", &["web-staging"])?;
    Ok(instances)
}

impl<'a> Account<'a> {
    /// moto tells accounts apart by the role that was assumed, and does not ask that it exist.
    fn enter(stage: &'a Stage, id: &'a str, region: &'a str) -> Result<Account<'a>> {
        let outside = Account { stage, id, credentials: Value::Null, region };
        let role = outside.role();
        let answer =
            outside.aws(&["sts", "assume-role", "--role-arn", &role, "--role-session-name", "demo"])?;
        Ok(Account { credentials: answer["Credentials"].clone(), ..outside })
    }

    /// The role that Bellhop assumes there.
    pub(super) fn role(&self) -> String {
        format!("arn:aws:iam::{}:role/Bellhop", self.id)
    }

    /// What AWS answers, as JSON.
    pub(super) fn aws(&self, words: &[&str]) -> Result<Value> {
        let mut command = self.stage.bellhop();
        command.arg("aws").args(words).args(["--region", self.region, "--output", "json"]);
        for (variable, member) in [
            ("AWS_ACCESS_KEY_ID", "AccessKeyId"),
            ("AWS_SECRET_ACCESS_KEY", "SecretAccessKey"),
            ("AWS_SESSION_TOKEN", "SessionToken"),
        ] {
            command.envs(self.credentials[member].as_str().map(|value| (variable, value)));
        }
        let answer = step::quiet(&mut command)?;
        if answer.trim().is_empty() {
            return Ok(Value::Null);
        }
        serde_json::from_str(&answer).with_context(|| format!("{} answered something else", words.join(" ")))
    }

    fn fill(&self, environment: &str, names: &[&str]) -> Result<Vec<String>> {
        self.aws(&["iam", "create-role", "--role-name", "Bellhop", "--assume-role-policy-document", TRUST])?;
        let mut instances = Vec::new();
        for name in names {
            instances.push(self.instance(environment, name)?);
        }
        // The last one has been stopped, so that states differ.
        if let [.., _, last] = instances.as_slice() {
            self.aws(&["ec2", "stop-instances", "--instance-ids", last])?;
        }
        self.buckets(environment)?;
        self.metrics(&instances)?;
        self.operations(environment)?;
        Ok(instances)
    }

    fn instance(&self, environment: &str, name: &str) -> Result<String> {
        let tags = format!(
            "ResourceType=instance,Tags=[{{Key=Name,Value={name}}},{{Key=Environment,Value={environment}}}]"
        );
        let answer = self.aws(&[
            "ec2",
            "run-instances",
            "--image-id",
            "ami-12c6146b",
            "--instance-type",
            "t3.micro",
            "--count",
            "1",
            "--tag-specifications",
            &tags,
        ])?;
        let id = answer["Instances"][0]["InstanceId"].as_str().context("no instance was made")?;
        Ok(id.to_owned())
    }

    fn buckets(&self, environment: &str) -> Result<()> {
        for purpose in ["logs", "backups"] {
            let bucket = format!("bellhop-demo-{environment}-{purpose}");
            let mut words = vec!["s3api", "create-bucket", "--bucket", &bucket];
            let place = format!("LocationConstraint={}", self.region);
            if self.region != "us-east-1" {
                words.extend(["--create-bucket-configuration", &place]);
            }
            self.aws(&words)?;
            for day in ["monday", "tuesday"] {
                self.aws(&["s3api", "put-object", "--bucket", &bucket, "--key", &format!("{day}.txt")])?;
            }
        }
        Ok(())
    }

    fn metrics(&self, instances: &[String]) -> Result<()> {
        for (number, instance) in instances.iter().enumerate() {
            let data = format!(
                "MetricName=CPUUtilization,Dimensions=[{{Name=InstanceId,Value={instance}}}],Value={},Unit=Percent",
                20 + 15 * number
            );
            self.aws(&["cloudwatch", "put-metric-data", "--namespace", "Demo/EC2", "--metric-data", &data])?;
        }
        Ok(())
    }
}
