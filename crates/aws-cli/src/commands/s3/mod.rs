//! `aws s3 …`: buckets and objects as one works with files.
//!
//! Facts (texts, requests, exit codes) are those of AWS CLI v2.

pub(crate) mod buckets;
pub(crate) mod list;
pub(crate) mod presign;
mod size;
pub(crate) mod transfer;
mod uri;

pub(super) use size::human;

use jiff::Timestamp;
use jiff::tz::TimeZone;
use value::Value;

use crate::Environment;

/// A time of an answer.
fn time(value: Option<&Value>) -> Option<Timestamp> {
    value?.as_text()?.parse().ok()
}

/// The machine's time zone, as `TZ` names it; UTC where it names none that is known.
fn zone(env: &Environment) -> TimeZone {
    env.var("TZ").and_then(|name| TimeZone::get(name).ok()).unwrap_or(TimeZone::UTC)
}

/// A time as listings show it.
fn shown(time: Timestamp, zone: &TimeZone) -> String {
    time.to_zoned(zone.clone()).strftime("%Y-%m-%d %H:%M:%S").to_string()
}
