//! `[queue]`: how workers of other processes are told that there is work.

use crate::config::section::Spot;
use crate::config::{Faults, Section};

/// How rings travel.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Queue {
    /// Within this process.
    Local,
    /// By a topic, which calls a function or fills a queue.
    Sns {
        /// Its ARN.
        topic: Address,
        /// Where messages end that nobody could act upon.
        dead_letters: Option<Address>,
    },
    /// By a queue.
    Sqs {
        /// Its URL.
        url: Address,
        /// Where messages end that nobody could act upon.
        dead_letters: Option<Address>,
    },
}

/// A topic or queue.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Address {
    /// Its ARN or URL.
    pub(crate) name: String,
    /// Its region, where the name tells it or the configuration does.
    pub(crate) region: Option<String>,
}

impl Address {
    /// Whether it keeps an order, by groups.
    pub(crate) fn is_fifo(&self) -> bool {
        self.name.ends_with(".fifo")
    }
}

/// Reads the table.
pub(super) fn read(mut section: Section<'_>, faults: &mut Faults) -> Queue {
    let at = section.at();
    let kind = section.text("kind", faults);
    let topic = section.text("topic", faults);
    let url = section.text("url", faults);
    let dead_letters = section.text("dead_letter_url", faults);
    let region = section.text("region", faults).map(|spot| spot.value);
    section.finish(faults);
    let dead_letters =
        dead_letters.and_then(|spot| queue("dead_letter_url", &spot, region.as_deref(), faults));
    let name = kind.as_ref().map_or("local", |kind| kind.value.as_str());
    let given =
        [("topic", &topic), ("url", &url)].into_iter().filter_map(|(key, spot)| Some((key, spot.as_ref()?)));
    let wanted = match name {
        "sns" => Some("topic"),
        "sqs" => Some("url"),
        "local" => None,
        other => {
            faults.at(
                kind.as_ref().map_or(at, |kind| kind.at),
                format!("queue.kind: `{other}` is no kind of queue"),
            );
            faults.hint("\"local\", \"sns\" or \"sqs\"");
            return Queue::Local;
        }
    };
    for (key, spot) in given {
        if Some(key) != wanted {
            faults.at(spot.at, format!("queue.{key}: has no meaning where queue.kind is \"{name}\""));
        }
    }
    match (name, topic, url) {
        ("sns", Some(spot), _) => match topic_of(&spot, region, faults) {
            Some(topic) => Queue::Sns { topic, dead_letters },
            None => Queue::Local,
        },
        ("sqs", _, Some(spot)) => match queue("url", &spot, region.as_deref(), faults) {
            Some(url) => Queue::Sqs { url, dead_letters },
            None => Queue::Local,
        },
        ("local", ..) => Queue::Local,
        _ => {
            let key = wanted.unwrap_or_default();
            faults.at(at, format!("queue.{key}: missing, and needed where queue.kind is \"{name}\""));
            Queue::Local
        }
    }
}

/// `arn:aws:sns:us-east-1:111111111111:bellhop`
fn topic_of(spot: &Spot<String>, region: Option<String>, faults: &mut Faults) -> Option<Address> {
    let parts: Vec<&str> = spot.value.split(':').collect();
    let found = match parts.as_slice() {
        ["arn", _, "sns", found, account, name]
            if !found.is_empty() && !account.is_empty() && is_name(name) =>
        {
            (*found).to_owned()
        }
        _ => {
            faults.at(spot.at, format!("queue.topic: `{}` is no topic's ARN", spot.value));
            faults.hint("arn:aws:sns:us-east-1:111111111111:bellhop");
            return None;
        }
    };
    Some(Address { name: spot.value.clone(), region: region.or(Some(found)) })
}

/// `https://sqs.us-east-1.amazonaws.com/111111111111/bellhop`; plain `http` only for this machine.
fn queue(key: &str, spot: &Spot<String>, region: Option<&str>, faults: &mut Faults) -> Option<Address> {
    let (secure, rest) = match spot.value.split_once("://") {
        Some(("https", rest)) => (true, rest),
        Some(("http", rest)) => (false, rest),
        _ => (false, ""),
    };
    let mut parts = rest.split('/');
    let host = parts.next().unwrap_or_default();
    let (account, name) = (parts.next().unwrap_or_default(), parts.next().unwrap_or_default());
    let bare = host.rsplit_once(':').map_or(host, |(bare, _)| bare);
    let reached = secure || crate::config::is_loopback(bare);
    if !reached || host.is_empty() || account.is_empty() || !is_name(name) || parts.next().is_some() {
        faults.at(spot.at, format!("queue.{key}: `{}` is no queue's URL", spot.value));
        faults.hint("https://sqs.us-east-1.amazonaws.com/111111111111/bellhop");
        return None;
    }
    let found =
        host.strip_prefix("sqs.").and_then(|rest| rest.split_once(".amazonaws.")).map(|(found, _)| found);
    let region = region.or(found).map(str::to_owned);
    Some(Address { name: spot.value.clone(), region })
}

/// Sources: <https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_CreateQueue.html>,
/// <https://docs.aws.amazon.com/sns/latest/api/API_CreateTopic.html>.
fn is_name(name: &str) -> bool {
    let plain = name.strip_suffix(".fifo").unwrap_or(name);
    let allowed = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '_';
    !plain.is_empty() && name.len() <= 256 && plain.chars().all(allowed)
}
