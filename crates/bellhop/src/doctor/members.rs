//! Who is in which group: old lists stop granting.

use std::time::Duration;

use bot::GroupHealth;

use super::{Seen, Subject};

pub(super) async fn groups(subject: &Subject) -> Vec<Seen> {
    let Some(Ok(health)) = &subject.health else { return Vec::new() };
    if health.groups.is_empty() || subject.facts.slack.bot_token.is_none() {
        return Vec::new();
    }
    let (limit, every) = (subject.facts.members_limit, subject.facts.sync_every);
    let seen: Vec<Seen> = health.groups.iter().filter_map(|group| one(group, limit, every)).collect();
    if seen.is_empty() {
        let oldest = health.groups.iter().filter_map(|group| group.age).max().unwrap_or_default();
        let (count, minutes) = (health.groups.len(), oldest.as_secs() / 60);
        return vec![Seen::ok(format!(
            "the members of all {count} are known; the oldest list has {minutes} min"
        ))];
    }
    seen
}

fn one(group: &GroupHealth, limit: Duration, every: Duration) -> Option<Seen> {
    let id = &group.id;
    let why = group.fault.as_ref().map(|why| format!(": {why}")).unwrap_or_default();
    let remedy = if id.starts_with('S') {
        "See that the usergroup exists and the token has usergroups:read, then /aws sync."
    } else {
        "Invite the app to the channel, see that the token has channels:read and groups:read, then /aws sync."
    };
    let seen = match group.age {
        None => {
            Seen::failure(format!("its members were never read{why}, so its grants give nothing"), remedy)
        }
        Some(age) if age > limit => Seen::failure(
            format!(
                "its members were read {} min ago{why}: too long, so its grants give nothing",
                age.as_secs() / 60
            ),
            remedy,
        ),
        Some(age) if age > every.saturating_mul(3) => {
            Seen::warning(format!("its members were read {} min ago{why}", age.as_secs() / 60), remedy)
        }
        Some(_) => return None,
    };
    Some(seen.about(format!("group {id}")))
}
