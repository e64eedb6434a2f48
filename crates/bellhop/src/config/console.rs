//! `[console]`: the development page that plays Slack.

use crate::config::{Faults, Section, Server};

/// The console's settings.
#[derive(Debug, Clone)]
pub(crate) struct Console {
    /// Whether there is one.
    pub(crate) enabled: bool,
    /// Whether it may lead to a real AWS.
    pub(crate) allow_real_aws: bool,
    /// User ids to choose from; by default those that the grants name.
    pub(crate) users: Vec<String>,
    /// Channel ids to choose from.
    pub(crate) channels: Vec<String>,
}

/// Reads the table. Who can reach the page can speak as anybody, so only this machine may.
pub(super) fn read(mut section: Section<'_>, server: &Server, faults: &mut Faults) -> Console {
    let at = section.at();
    let mut texts = |key, faults: &mut Faults| -> Vec<String> {
        section.texts(key, faults).unwrap_or_default().into_iter().map(|spot| spot.value).collect()
    };
    let users = texts("users", faults);
    let channels = texts("channels", faults);
    let console = Console {
        enabled: section.flag("enabled", faults).unwrap_or(false),
        allow_real_aws: section.flag("allow_real_aws", faults).unwrap_or(false),
        users,
        channels,
    };
    section.finish(faults);
    if console.enabled && !server.listen.ip().is_loopback() {
        faults.at(at, format!("console.enabled: refused, because the server listens on {}", server.listen));
        faults.hint("the console lends anyone's identity: listen on 127.0.0.1, or leave it off");
    }
    console
}
