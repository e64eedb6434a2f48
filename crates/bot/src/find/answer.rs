//! What was found, in words, with the pages and buttons that belong to it.

use jiff::Timestamp;
use render::{Body, Button, Card};
use store::UnixMillis;
use store::index::Listed;

use super::kinds;
use super::links;
use super::search::{Hit, Seen};
use crate::bot::Inner;
use crate::mask::quoted;
use crate::offer;
use crate::spoken::age;

/// How many hits are shown.
pub(super) const SHOWN: usize = 12;
/// How many hits have buttons: more would be a wall.
const WITH_BUTTONS: usize = 1;
/// How long a button is good.
const GOOD_MS: i64 = 3_600_000;
/// How many addresses and attached things a card names.
const NAMED: usize = 8;

/// How old the index is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Ages {
    oldest: Option<UnixMillis>,
    newest: Option<UnixMillis>,
    loading: bool,
}

impl Ages {
    pub(super) fn of(listed: &[Listed], loading: bool) -> Ages {
        let times = || listed.iter().map(|listed| listed.at);
        Ages { oldest: times().min(), newest: times().max(), loading }
    }

    /// `The index is 3m to 2h old.`
    pub(super) fn sentence(self, now: Timestamp) -> String {
        let told = |at: UnixMillis| ago(at, now);
        match (self.loading, self.newest, self.oldest) {
            (true, ..) => "The index is still being read: it may have more in a moment.".to_owned(),
            (_, Some(newest), Some(oldest)) if told(newest) != told(oldest) => {
                format!("The index is {} to {} old.", told(newest), told(oldest))
            }
            (_, Some(newest), _) => format!("The index is {} old.", told(newest)),
            _ => "The index has nothing yet: its first sweep is under way.".to_owned(),
        }
    }
}

fn ago(at: UnixMillis, now: Timestamp) -> String {
    Timestamp::from_millisecond(at.0).map_or_else(|_| "?".to_owned(), |at| age(at, now))
}

/// Hits in the order in which they are shown: what runs the show first.
pub(super) fn in_order(mut hits: Vec<Hit>) -> Vec<Hit> {
    let weight = |hit: &Hit| match (hit.seen, hit.thing.kind.as_str()) {
        (Seen::Gone(_), _) => 9,
        (_, "record" | "access-key") => 0,
        (_, "instance") => 1,
        (_, "network-interface" | "resource") => 4,
        _ => 2,
    };
    hits.sort_by(|one, other| {
        (weight(one), &one.scope, &one.thing.name, &one.thing.id).cmp(&(
            weight(other),
            &other.scope,
            &other.thing.name,
            &other.thing.id,
        ))
    });
    hits
}

/// The hits, as cards.
pub(super) fn body(hits: &[Hit], now: Timestamp) -> Body {
    Body::Cards(hits.iter().take(SHOWN).map(|hit| card(hit, now)).collect())
}

fn card(hit: &Hit, now: Timestamp) -> Card {
    let Hit { scope, thing, seen } = hit;
    let title = kinds::named(&thing.kind).map_or_else(
        || if thing.kind == "record" { "Record".to_owned() } else { "Access key".to_owned() },
        |kind| kind.title.to_owned(),
    );
    let state = [thing.state.as_str(), thing.form.as_str()].join(" ");
    let is = match (state.trim(), thing.zone.as_str()) {
        ("", "") => String::new(),
        ("", zone) => format!(" in {zone}"),
        (state, "") => format!(" · {state}"),
        (state, zone) => format!(" · {state} in {zone}"),
    };
    let mut lines = vec![format!("{}, {}{is}", scope.account, scope.region)];
    let mut add = |label: &str, text: String| {
        if !text.is_empty() {
            lines.push(format!("{label}: {text}"));
        }
    };
    let tag = |key: &str| thing.tag(key).unwrap_or_default().to_owned();
    add("Environment", tag("Environment"));
    add("Role", Some(tag("Role")).filter(|role| !role.is_empty()).unwrap_or_else(|| thing.role.clone()));
    add("Addresses", some(&thing.addresses));
    add("Launched", launched(thing.launched.as_str(), now));
    add("About", thing.detail.clone());
    add(if thing.kind == "record" { "Points at" } else { "With" }, some(&thing.attached));
    match seen {
        Seen::Now => {}
        Seen::Then(at) => add("From the index", format!("{} ago; AWS was not asked again", ago(*at, now))),
        Seen::Gone(at) => {
            add("Gone", format!("the index had it {} ago, and AWS has it no more", ago(*at, now)))
        }
    }
    let timeline =
        links::timeline(thing, &scope.region).map(|url| ("Timeline in AWS Config".to_owned(), url));
    Card {
        title: format!("{title} {}", thing.called()),
        link: links::console(thing, &scope.region),
        lines,
        links: timeline.into_iter().collect(),
    }
}

fn some(texts: &[String]) -> String {
    let mut text = texts.iter().take(NAMED).cloned().collect::<Vec<_>>().join(", ");
    if texts.len() > NAMED {
        text.push_str(&format!(" and {} more", texts.len() - NAMED));
    }
    text
}

fn launched(text: &str, now: Timestamp) -> String {
    match text.parse::<Timestamp>() {
        Ok(at) => format!("{text} ({} ago)", age(at, now)),
        Err(_) => text.to_owned(),
    }
}

/// What can be done with the first hits. Whoever presses needs the rights for it.
pub(super) fn buttons(inner: &Inner, tenant: &str, hits: &[Hit]) -> Vec<Button> {
    let until = inner.clock.millis().plus(GOOD_MS);
    let instances = hits.iter().filter(|hit| hit.thing.kind == "instance" && hit.seen == Seen::Now);
    let lines = instances.take(WITH_BUTTONS).flat_map(|hit| {
        let place =
            format!("--account {} --region {}", quoted(&hit.scope.account), quoted(&hit.scope.region));
        let id = quoted(&hit.thing.id);
        let power = match hit.thing.state.as_str() {
            "running" => Some(("Stop", format!("ec2 stop {id} {place}"))),
            "stopped" => Some(("Start", format!("ec2 start {id} {place}"))),
            _ => None,
        };
        let console = format!("ec2 get-console-output --instance-id {id} --latest --output text {place}");
        let attached = format!("find --attached {id} {place}");
        [Some(("Console output", console)), power, Some(("Everything attached", attached))]
            .into_iter()
            .flatten()
            .collect::<Vec<_>>()
    });
    lines.filter_map(|(label, line)| offer::button(inner, tenant, label, &line, until)).collect()
}

#[cfg(test)]
mod tests {
    #![expect(clippy::expect_used, reason = "a test stops at the first surprise")]

    use super::*;
    use crate::find::thing::Thing;
    use crate::reach::scope::Scope;

    #[test]
    fn a_card_says_what_there_is_to_say() {
        let thing = Thing {
            kind: "instance".to_owned(),
            id: "i-1".to_owned(),
            name: "web".to_owned(),
            state: "running".to_owned(),
            form: "t3.micro".to_owned(),
            zone: "eu-west-1a".to_owned(),
            launched: "2026-03-14T09:00:00+00:00".to_owned(),
            addresses: vec!["10.0.0.1".to_owned()],
            tags: vec![("environment".to_owned(), "prod".to_owned()), ("Role".to_owned(), "api".to_owned())],
            ..Thing::default()
        };
        let scope = Scope { account: "dev".to_owned(), region: "eu-west-1".to_owned() };
        let now: Timestamp = "2026-03-16T09:00:00Z".parse().expect("a time");
        let then = Seen::Then(UnixMillis(now.as_millisecond() - 180_000));
        let card = card(&Hit { scope, thing, seen: then }, now);
        assert_eq!(card.title, "Instance web (i-1)");
        assert_eq!(
            card.lines,
            [
                "dev, eu-west-1 · running t3.micro in eu-west-1a",
                "Environment: prod",
                "Role: api",
                "Addresses: 10.0.0.1",
                "Launched: 2026-03-14T09:00:00+00:00 (2d ago)",
                "From the index: 3m ago; AWS was not asked again",
            ]
        );
        assert_eq!((card.link.is_some(), card.links.len()), (true, 1));
    }
}
