//! `configservice subscribe`: AWS Config records what there is, and delivers it to a bucket and a topic.

use aws_call::BoxFuture;
use value::{JsonStyle, Map, Value};

use super::line::{Line, step};
use super::options::{Spec, one};
use super::task::{Fault, Runs, World};
use super::{python_json, tree};
use crate::{Parsed, UsageError};

/// The name of the recorder and of the channel.
const NAME: &str = "default";

static SPEC: Spec = Spec {
    about: "Begins to record configurations: makes the bucket and the topic where they are missing, the default \
            recorder and the default delivery channel, and starts the recorder.",
    words: &[],
    options: &[&[
        one("s3-bucket", "The bucket that is delivered to, as `bucket` or `bucket/prefix`.").needed(),
        one("sns-topic", "The topic that is told: its name, or the ARN of one that there is.").needed(),
        one("iam-role", "The ARN of the role that the recorder works under.").needed(),
    ]],
};

#[derive(Debug)]
struct Subscribe {
    bucket: String,
    prefix: String,
    topic: String,
    role: String,
}

/// Reads the words of `configservice subscribe`.
pub(super) fn start(line: &Line<'_>) -> Result<Parsed, UsageError> {
    let given = match line.read(&SPEC)? {
        Ok(given) => given,
        Err(page) => return Ok(page),
    };
    let place = given.needed("s3-bucket");
    let (bucket, prefix) = place.split_once('/').unwrap_or((&place, ""));
    let subscribe = Subscribe {
        bucket: bucket.to_owned(),
        prefix: prefix.to_owned(),
        topic: given.needed("sns-topic"),
        role: given.needed("iam-role"),
    };
    let steps = vec![
        step("config", "PutConfigurationRecorder", Map::new()),
        step("s3", "HeadBucket", tree::params(&[("Bucket", bucket)])),
        step("s3", "CreateBucket", tree::params(&[("Bucket", bucket)])),
        step("sns", "CreateTopic", Map::new()),
        step("config", "PutDeliveryChannel", Map::new()),
        step("config", "StartConfigurationRecorder", Map::new()),
        step("config", "DescribeConfigurationRecorders", Map::new()),
        step("config", "DescribeDeliveryChannels", Map::new()),
    ];
    line.invocation(subscribe, steps)
}

impl Runs for Subscribe {
    fn run<'a>(&'a self, world: &'a mut World<'_>) -> BoxFuture<'a, Result<u8, Fault>> {
        Box::pin(self.work(world))
    }
}

impl Subscribe {
    async fn work(&self, world: &mut World<'_>) -> Result<u8, Fault> {
        self.prepare_bucket(world).await?;
        let topic = self.prepare_topic(world).await?;
        let recorder = tree::params(&[("name", NAME), ("roleARN", &self.role)]);
        let params = [("ConfigurationRecorder", Value::Map(recorder))].into_iter().collect();
        world.calls.call("config", "PutConfigurationRecorder", params).await?;
        let mut channel =
            tree::params(&[("name", NAME), ("s3BucketName", &self.bucket), ("snsTopicARN", &topic)]);
        if !self.prefix.is_empty() {
            channel.push("s3KeyPrefix", self.prefix.as_str());
        }
        let params = [("DeliveryChannel", Value::Map(channel))].into_iter().collect();
        world.calls.call("config", "PutDeliveryChannel", params).await?;
        let params = tree::params(&[("ConfigurationRecorderName", NAME)]);
        world.calls.call("config", "StartConfigurationRecorder", params).await?;
        world.say("Subscribe succeeded:\n\nConfiguration Recorders: ");
        let shown = |answer: &Value, name: &str| {
            let listed = answer.get(name).cloned().unwrap_or_else(|| Value::List(Vec::new()));
            python_json::ascii(&listed.to_json(JsonStyle::Pretty))
        };
        let answer = world.calls.call("config", "DescribeConfigurationRecorders", Map::new()).await?;
        world.say(&format!("{}\n\nDelivery Channels: ", shown(&answer, "ConfigurationRecorders")));
        let answer = world.calls.call("config", "DescribeDeliveryChannels", Map::new()).await?;
        world.say(&format!("{}\n", shown(&answer, "DeliveryChannels")));
        Ok(0)
    }

    async fn prepare_bucket(&self, world: &mut World<'_>) -> Result<(), Fault> {
        let mut params = tree::params(&[("Bucket", &self.bucket)]);
        let absent = match world.calls.call_as_configured("s3", "HeadBucket", params.clone()).await {
            Err(fault) if fault.code() == Some("404") => true,
            Err(fault) if fault.code().is_none() => return Err(fault),
            _ => false,
        };
        if !absent {
            world.say(&format!("Using existing S3 bucket: {}\n", self.bucket));
            return Ok(());
        }
        let region = world.calls.options.region.as_deref().unwrap_or_default();
        if region != "us-east-1" {
            let place = tree::params(&[("LocationConstraint", region)]);
            params.push("CreateBucketConfiguration", Value::Map(place));
        }
        world.calls.call_as_configured("s3", "CreateBucket", params).await?;
        world.say(&format!("Using new S3 bucket: {}\n", self.bucket));
        Ok(())
    }

    /// The topic's ARN. A name has no colon.
    async fn prepare_topic(&self, world: &mut World<'_>) -> Result<String, Fault> {
        if self.topic.contains(':') {
            world.say(&format!("Using existing SNS topic: {}\n", self.topic));
            return Ok(self.topic.clone());
        }
        let named = tree::params(&[("Name", &self.topic)]);
        let answer = world.calls.call_as_configured("sns", "CreateTopic", named).await?;
        let arn = tree::text(&answer, &["TopicArn"]).to_owned();
        world.say(&format!("Using new SNS topic: {arn}\n"));
        Ok(arn)
    }
}
