//! `[console]`: the development page that plays Slack.

use std::collections::BTreeMap;

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
    /// Which of them administer the workspace that is played.
    pub(crate) admins: Vec<String>,
    /// Channel ids to choose from.
    pub(crate) channels: Vec<String>,
    /// Members of usergroups, and of channels that not everybody is in.
    pub(crate) groups: BTreeMap<String, Vec<String>>,
}

/// Reads the table. Who can reach the page can speak as anybody, so only this machine may.
pub(super) fn read(mut section: Section<'_>, server: &Server, faults: &mut Faults) -> Console {
    let at = section.at();
    let users = texts(&mut section, "users", faults);
    let admins = texts(&mut section, "admins", faults);
    let channels = texts(&mut section, "channels", faults);
    let groups = section.listed_sections("groups", faults);
    let groups = groups.into_iter().filter_map(|group| members(group, faults)).collect();
    let console = Console {
        enabled: section.flag("enabled", faults).unwrap_or(false),
        allow_real_aws: section.flag("allow_real_aws", faults).unwrap_or(false),
        users,
        admins,
        channels,
        groups,
    };
    section.finish(faults);
    if console.enabled && !server.listen.ip().is_loopback() {
        faults.at(at, format!("console.enabled: refused, because the server listens on {}", server.listen));
        faults.hint("the console lends anyone's identity: listen on 127.0.0.1, or leave it off");
    }
    console
}

/// `[[console.groups]]`: a usergroup or a channel, and who is in it.
fn members(mut section: Section<'_>, faults: &mut Faults) -> Option<(String, Vec<String>)> {
    let id = section.text("id", faults);
    if id.is_none() {
        faults.at(section.at(), format!("{}.id: missing", section.path()));
        faults.hint("id = \"S0SRE\" for a usergroup, \"C0APPROVERS\" for a channel that not everybody is in");
    }
    let users = texts(&mut section, "users", faults);
    section.finish(faults);
    Some((id?.value, users))
}

fn texts(section: &mut Section<'_>, key: &'static str, faults: &mut Faults) -> Vec<String> {
    section.texts(key, faults).unwrap_or_default().into_iter().map(|spot| spot.value).collect()
}
