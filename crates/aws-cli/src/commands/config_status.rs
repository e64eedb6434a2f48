//! `configservice get-status`: whether AWS Config records and delivers.

use aws_call::BoxFuture;
use value::{Map, Value};

use super::line::{Line, step};
use super::options::Spec;
use super::task::{Fault, Runs, World};
use crate::{Parsed, UsageError};

const RECORDERS: &str = "DescribeConfigurationRecorderStatus";
const CHANNELS: &str = "DescribeDeliveryChannelStatus";

static SPEC: Spec = Spec {
    about: "Says of each configuration recorder and delivery channel how it is doing.",
    words: &[],
    options: &[],
};

#[derive(Debug)]
struct Status;

/// Reads the words of `configservice get-status`.
pub(super) fn start(line: &Line<'_>) -> Result<Parsed, UsageError> {
    if let Err(page) = line.read(&SPEC)? {
        return Ok(page);
    }
    let steps = vec![step("config", RECORDERS, Map::new()), step("config", CHANNELS, Map::new())];
    line.invocation(Status, steps)
}

impl Runs for Status {
    fn run<'a>(&'a self, world: &'a mut World<'_>) -> BoxFuture<'a, Result<u8, Fault>> {
        Box::pin(async move {
            let answer = world.calls.call("config", RECORDERS, Map::new()).await?;
            let shown: String = list(&answer, "ConfigurationRecordersStatus").iter().map(recorder).collect();
            world.say(&format!("Configuration Recorders:\n\n{shown}"));
            let answer = world.calls.call("config", CHANNELS, Map::new()).await?;
            let shown: String = list(&answer, "DeliveryChannelsStatus").iter().map(channel).collect();
            world.say(&format!("Delivery Channels:\n\n{shown}"));
            Ok(0)
        })
    }
}

fn list<'a>(answer: &'a Value, name: &str) -> &'a [Value] {
    answer.get(name).and_then(Value::as_list).unwrap_or_default()
}

fn text<'a>(value: &'a Value, name: &str) -> &'a str {
    value.get(name).and_then(Value::as_text).unwrap_or_default()
}

fn recorder(recorder: &Value) -> String {
    let records = recorder.get("recording").and_then(Value::as_bool).unwrap_or_default();
    let mut shown =
        format!("name: {}\nrecorder: {}\n", text(recorder, "name"), if records { "ON" } else { "OFF" });
    if records {
        shown.push_str(&last_status(recorder, ""));
    }
    shown.push('\n');
    shown
}

fn channel(channel: &Value) -> String {
    let mut shown = format!("name: {}\n", text(channel, "name"));
    for (member, kind) in [
        ("configStreamDeliveryInfo", "stream delivery "),
        ("configHistoryDeliveryInfo", "history delivery "),
        ("configSnapshotDeliveryInfo", "snapshot delivery "),
    ] {
        if let Some(info) =
            channel.get(member).filter(|info| info.as_map().is_some_and(|map| !map.is_empty()))
        {
            shown.push_str(&last_status(info, kind));
        }
    }
    shown.push('\n');
    shown
}

fn last_status(status: &Value, kind: &str) -> String {
    let last = text(status, "lastStatus");
    let mut shown = format!("last {kind}status: {last}\n");
    if last == "FAILURE" {
        shown.push_str(&format!("error code: {}\n", text(status, "lastErrorCode")));
        shown.push_str(&format!("message: {}\n", text(status, "lastErrorMessage")));
    }
    shown
}
