//! This machine's clock beside others'. Slack refuses nothing by its own clock, but we refuse what Slack signed more than
//! five minutes ago; AWS refuses what is signed more than five minutes off.

use axum::http::Request;
use value::Map;

use super::probe;
use super::workspace::auth_test;
use super::{Seen, Subject};
use crate::config::API_BASE;

/// From that many seconds on it is told.
const NOTICED: u64 = 30;
/// From that many on requests are about to be refused; at 300 they are.
const SHORT: u64 = 240;

pub(super) async fn beside_slack(subject: &Subject) -> Vec<Seen> {
    let probed = match auth_test(subject).await {
        Some(probed) => probed,
        None => {
            let base = subject.facts.slack.api_base.as_deref().unwrap_or(API_BASE);
            let Ok(request) = Request::get(format!("{base}api.test")).body(Vec::new().into()) else {
                return Vec::new();
            };
            probe::send(subject, request).await
        }
    };
    match probed {
        Ok(probed) => judge("Slack", probed.ahead()),
        Err(why) => vec![unanswered(why)],
    }
}

pub(super) async fn beside_aws(subject: &Subject) -> Vec<Seen> {
    let options = subject.options("sts", Some(region(subject)));
    let Ok(sts) = subject.client.parts().catalog.open("sts") else { return Vec::new() };
    let call = aws_call::Call::new(sts, "GetCallerIdentity", Map::new());
    // Without credentials there is another check that says so.
    let Ok(signed) = subject.client.prepare(&call, &options).await else { return Vec::new() };
    let origin = signed.url.split('?').next().unwrap_or_default();
    let Ok(request) = Request::get(origin).body(Vec::new().into()) else { return Vec::new() };
    match probe::send(subject, request).await {
        Ok(probed) => judge("AWS", probed.ahead()),
        Err(why) => vec![unanswered(why)],
    }
}

/// A region of whose STS everything can be asked.
pub(super) fn region(subject: &Subject) -> &str {
    subject.facts.accounts.first().and_then(|account| account.policy.default_region()).unwrap_or("us-east-1")
}

fn unanswered(why: String) -> Seen {
    Seen::failure(why, "See whether it can be reached from here: proxy, firewall, DNS.")
}

fn judge(whose: &str, ahead: Option<i64>) -> Vec<Seen> {
    let Some(ahead) = ahead else { return Vec::new() };
    let way = if ahead < 0 { "behind" } else { "ahead of" };
    let off = ahead.unsigned_abs();
    let remedy = "Have this machine's clock set by NTP (timedatectl set-ntp true, or chrony).";
    vec![match off {
        SHORT.. => Seen::failure(
            format!("this clock is {off} s {way} {whose}'s: from 300 s on, requests are refused"),
            remedy,
        ),
        NOTICED.. => Seen::warning(format!("this clock is {off} s {way} {whose}'s"), remedy),
        _ => Seen::ok(format!("it is within {} s of {whose}'s", off.max(1))),
    }]
}

#[cfg(test)]
mod tests {
    use bot::Level;

    use super::*;

    #[test]
    fn a_clock_is_judged_by_how_far_off_it_is() {
        for (ahead, level) in [
            (0, Level::Ok),
            (-29, Level::Ok),
            (30, Level::Warning),
            (-239, Level::Warning),
            (240, Level::Failure),
            (-86_400, Level::Failure),
        ] {
            assert_eq!(judge("AWS", Some(ahead))[0].level, level, "{ahead}");
        }
        assert!(judge("AWS", None).is_empty());
    }
}
