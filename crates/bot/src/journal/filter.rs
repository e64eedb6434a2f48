//! Which rows of the record are wanted.

use store::UnixMillis;

use super::entry::Entry;
use super::moment;

/// Facts that name a person.
const PEOPLE: [&str; 8] = [
    "user",
    "spoken_by",
    "confirmed_by",
    "approved_by",
    "cancelled_by",
    "rejected_by",
    "pressed_by",
    // As rows of questions named whoever settled them before they named what that person did.
    "by",
];

/// What a row must be like; what is left out narrows nothing.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Filter {
    /// The id of a person who did, confirmed or approved it.
    pub who: Option<String>,
    /// A part of its line or action, whatever the case.
    pub what: Option<String>,
    /// The account's name.
    pub account: Option<String>,
    /// The workspace.
    pub workspace: Option<String>,
    /// The channel.
    pub channel: Option<String>,
    /// The row's kind, or the outcome of its command: `denied`, `outcome`, `rejected` …
    pub kind: Option<String>,
    /// The request id.
    pub job: Option<String>,
    /// Not before.
    pub since: Option<UnixMillis>,
    /// Before.
    pub until: Option<UnixMillis>,
    /// Steps on the way too, such as the announcement of a call.
    pub steps: bool,
}

/// Words that name nothing that can be filtered by.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum FilterFault {
    /// There is no such filter.
    #[error("\"{0}\" is nothing to search by")]
    Name(String),
    /// Nothing stands behind its name.
    #[error("nothing stands behind \"{0}\"")]
    Empty(String),
    /// It is no time.
    #[error("\"{0}\" is no time: write 2h, 7d, 2026-11-21 or 2026-11-21T13:40")]
    Time(String),
}

impl Filter {
    /// Sets one of the filters by its name: `who`, `what`, `account`, `channel`, `kind`, `job`, `since`, `until`.
    ///
    /// # Errors
    /// There is none of that name, or its value is of no use.
    pub fn set(&mut self, name: &str, value: &str, now: UnixMillis) -> Result<(), FilterFault> {
        let time = || moment::past(value, now).ok_or_else(|| FilterFault::Time(value.to_owned()));
        let text = Some(value.to_owned());
        match name {
            "who" => self.who = Some(id_in(value).to_owned()),
            "what" => self.what = Some(value.to_lowercase()),
            "account" => self.account = text,
            "channel" => self.channel = Some(id_in(value).to_owned()),
            "kind" => self.kind = text,
            "job" => self.job = text,
            "since" => self.since = Some(time()?),
            "until" => self.until = Some(time()?),
            _ => return Err(FilterFault::Name(name.to_owned())),
        }
        Ok(())
    }

    /// Whether a row is wanted.
    pub fn takes(&self, entry: &Entry) -> bool {
        let is = |wanted: &Option<String>, fact: &str| {
            wanted.as_ref().is_none_or(|wanted| entry.fact(fact) == *wanted)
        };
        let row = &entry.row;
        (self.steps || self.job.is_some() || self.kind.is_some() || entry.concludes())
            && self.since.is_none_or(|since| row.at >= since)
            && self.until.is_none_or(|until| row.at < until)
            && self.job.as_ref().is_none_or(|job| row.job == *job)
            && self.kind.as_ref().is_none_or(|kind| row.kind == *kind || entry.fact("outcome") == *kind)
            && is(&self.workspace, "workspace")
            && is(&self.account, "account")
            && is(&self.channel, "channel")
            && self.who.as_ref().is_none_or(|who| names(entry, who))
            && self.what.as_ref().is_none_or(|what| tells_of(entry, what))
    }
}

fn names(entry: &Entry, who: &str) -> bool {
    PEOPLE.iter().any(|fact| entry.fact(fact).split(' ').any(|name| name == who))
}

fn tells_of(entry: &Entry, what: &str) -> bool {
    ["line", "action", "actions", "change"].iter().any(|fact| entry.fact(fact).to_lowercase().contains(what))
}

/// `<@U0ALICE|alice>` and `<#C0OPS|ops>` name ids.
fn id_in(text: &str) -> &str {
    let inner = text.strip_prefix('<').and_then(|text| text.strip_suffix('>')).unwrap_or(text);
    let inner = inner.trim_start_matches(['@', '#']);
    inner.split('|').next().unwrap_or(inner)
}

#[cfg(test)]
mod tests {
    #![expect(clippy::expect_used, reason = "a test stops at the first surprise")]

    use store::{AuditRow, FIRST_HASH};

    use super::*;

    const NOW: UnixMillis = UnixMillis(1_800_000_000_000);

    fn entry(kind: &str) -> Entry {
        let body = r#"{"workspace":"T1","user":"U1","channel":"C1","line":"aws ec2 stop-instances","action":"ec2:StopInstances","account":"dev","outcome":"rejected","approved_by":["U2","U3"]}"#;
        let (kind, body) = (kind.to_owned(), body.to_owned());
        Entry::new(AuditRow { chain: 0, seq: 1, at: NOW, kind, job: "j".to_owned(), body, hash: FIRST_HASH })
    }

    #[test]
    fn each_filter_narrows() {
        let cases = [
            ("who", "U1", true),
            ("who", "<@U3|carol>", true),
            ("who", "U", false),
            ("what", "stopinst", true),
            ("what", "STOP-", true),
            ("what", "start", false),
            ("account", "dev", true),
            ("account", "de", false),
            ("channel", "<#C1|ops>", true),
            ("channel", "C2", false),
            ("kind", "outcome", true),
            ("kind", "rejected", true),
            ("kind", "denied", false),
            ("job", "j", true),
            ("job", "k", false),
            ("since", "1h", true),
            ("since", "2027-01-15T08:00:00.001Z", false),
            ("until", "0s", false),
            ("until", "2027-01-16", true),
        ];
        for (name, value, taken) in cases {
            let mut filter = Filter::default();
            filter.set(name, value, NOW).expect("a filter");
            assert_eq!(filter.takes(&entry("outcome")), taken, "{name} {value}");
        }
        let mut filter = Filter { workspace: Some("T2".to_owned()), ..Filter::default() };
        assert!(!filter.takes(&entry("outcome")));
        assert_eq!(filter.set("colour", "red", NOW), Err(FilterFault::Name("colour".to_owned())));
        assert_eq!(filter.set("since", "red", NOW), Err(FilterFault::Time("red".to_owned())));
    }

    #[test]
    fn steps_are_left_out_unless_asked_for() {
        assert!(!Filter::default().takes(&entry("intent")));
        assert!(Filter { steps: true, ..Filter::default() }.takes(&entry("intent")));
        assert!(Filter { job: Some("j".to_owned()), ..Filter::default() }.takes(&entry("intent")));
    }
}
