//! One rule of the file at a time: a `[[grants]]`, a `[[deny]]`, the `[ceiling]`.

use std::collections::BTreeMap;

use policy::{Approval, Ceiling, Deny, Elevation, Grant, Need, Subjects};

use crate::config::grants::Placed;
use crate::config::section::{Entry, Spot};
use crate::config::{Faults, Section, Services};

/// Reads rules, and keeps where their texts stand.
pub(super) struct Reader<'a> {
    placed: &'a mut Vec<Placed>,
    services: &'a Services,
    line_of: &'a dyn Fn(usize) -> String,
    /// Texts of the rule that is being read.
    values: Vec<Spot<String>>,
}

impl<'a> Reader<'a> {
    /// Enters what it reads into `placed`; `line_of` names a rule by its line.
    pub(super) fn new(
        placed: &'a mut Vec<Placed>,
        services: &'a Services,
        line_of: &'a dyn Fn(usize) -> String,
    ) -> Reader<'a> {
        Reader { placed, services, line_of, values: Vec::new() }
    }

    /// One of `[[grants]]`.
    pub(super) fn grant(&mut self, mut section: Section<'_>, faults: &mut Faults) -> Grant {
        let at = section.at();
        let grant = Grant {
            place: (self.line_of)(at),
            name: self.text(&mut section, "name", faults).unwrap_or_default(),
            subjects: self.subjects(&mut section, faults),
            workspaces: self.texts(&mut section, "workspaces", faults),
            accounts: self.texts(&mut section, "accounts", faults),
            labels: labels(&mut section, faults),
            allow: self.patterns(&mut section, at, faults),
            levels: self.texts(&mut section, "levels", faults),
            in_channels: self.texts(&mut section, "in_channels", faults),
            arguments: self.arguments(&mut section, faults),
            role: self.text(&mut section, "role", faults),
            priority: section.number("priority", -1_000_000..=1_000_000, faults).unwrap_or(0),
            needs: self.needs(&mut section, faults),
            yes: section.flag("yes", faults).unwrap_or(false),
            request: self.request(&mut section, faults),
        };
        section.finish(faults);
        self.enter(grant.place.clone(), at);
        grant
    }

    /// One of `[[deny]]`.
    pub(super) fn deny(&mut self, mut section: Section<'_>, faults: &mut Faults) -> Deny {
        let at = section.at();
        let deny = Deny {
            place: (self.line_of)(at),
            subjects: self.subjects(&mut section, faults),
            workspaces: self.texts(&mut section, "workspaces", faults),
            accounts: self.texts(&mut section, "accounts", faults),
            labels: labels(&mut section, faults),
            allow: self.patterns(&mut section, at, faults),
            levels: self.texts(&mut section, "levels", faults),
            in_channels: self.texts(&mut section, "in_channels", faults),
        };
        section.finish(faults);
        self.enter(deny.place.clone(), at);
        deny
    }

    /// `[ceiling]`.
    pub(super) fn ceiling(&mut self, mut section: Section<'_>, faults: &mut Faults) -> Ceiling {
        let at = section.at();
        let ceiling = Ceiling {
            place: (self.line_of)(at),
            accounts: self.texts(&mut section, "accounts", faults),
            labels: labels(&mut section, faults),
            allow: self.patterns(&mut section, at, faults),
            levels: self.texts(&mut section, "levels", faults),
            in_channels: self.texts(&mut section, "in_channels", faults),
            roles: self.texts(&mut section, "roles", faults),
            needs: self.needs(&mut section, faults),
            yes: section.flag("yes", faults).unwrap_or(false),
        };
        section.finish(faults);
        self.enter(ceiling.place.clone(), at);
        ceiling
    }

    fn enter(&mut self, name: String, at: usize) {
        let values = std::mem::take(&mut self.values);
        self.placed.push(Placed { name, at, values });
    }

    fn text(&mut self, section: &mut Section<'_>, key: &'static str, faults: &mut Faults) -> Option<String> {
        let spot = section.text(key, faults)?;
        self.values.push(spot.clone());
        Some(spot.value)
    }

    fn texts(&mut self, section: &mut Section<'_>, key: &'static str, faults: &mut Faults) -> Vec<String> {
        let spots = section.texts(key, faults).unwrap_or_default();
        self.values.extend(spots.iter().cloned());
        spots.into_iter().map(|spot| spot.value).collect()
    }

    /// `allow`: patterns of actions, whose services must be there.
    fn patterns(&mut self, section: &mut Section<'_>, rule: usize, faults: &mut Faults) -> Vec<String> {
        let spots = section.texts("allow", faults).unwrap_or_default();
        self.services.check(&(self.line_of)(rule), &spots, faults);
        self.values.extend(spots.iter().cloned());
        spots.into_iter().map(|spot| spot.value).collect()
    }

    fn subjects(&mut self, section: &mut Section<'_>, faults: &mut Faults) -> Subjects {
        Subjects {
            users: self.texts(section, "users", faults),
            usergroups: self.texts(section, "usergroups", faults),
            channels: self.texts(section, "channels", faults),
            admins: section.flag("admins", faults).unwrap_or(false),
            everyone: section.flag("everyone", faults).unwrap_or(false),
        }
    }

    fn arguments(&mut self, section: &mut Section<'_>, faults: &mut Faults) -> BTreeMap<String, Vec<String>> {
        let mut arguments = BTreeMap::new();
        for (option, values) in section.texts_map("arguments", faults) {
            self.values.push(option.clone());
            arguments.insert(option.value, values.into_iter().map(|spot| spot.value).collect());
        }
        arguments
    }

    fn needs(&mut self, section: &mut Section<'_>, faults: &mut Faults) -> BTreeMap<String, Need> {
        let section = section.section("needs", faults);
        let mut needs = BTreeMap::new();
        for (level, at, entry) in section.entries() {
            self.values.push(Spot { value: level.to_owned(), at });
            let need = match entry {
                Entry::Text("confirm") => Need::Confirm,
                Entry::Text("nothing") => Need::Nothing,
                Entry::Section(approval) => Need::Approval(self.approval(approval, faults)),
                Entry::Text(_) | Entry::Other => {
                    faults.at(at, format!("{}.{level}: not a need", section.path()));
                    faults.hint("\"confirm\", \"nothing\", or { approvers = [\"S0SRE\"], count = 1 }");
                    continue;
                }
            };
            needs.insert(level.to_owned(), need);
        }
        needs
    }

    fn approval(&mut self, mut section: Section<'_>, faults: &mut Faults) -> Approval {
        let approval = self.approvers(&mut section, faults);
        section.finish(faults);
        approval
    }

    fn approvers(&mut self, section: &mut Section<'_>, faults: &mut Faults) -> Approval {
        let approvers = self.texts(section, "approvers", faults);
        let count = section.number("count", 1..=10, faults).unwrap_or(1);
        Approval { approvers, count: u32::try_from(count).unwrap_or(1) }
    }

    /// `request`: the grant must be asked for.
    fn request(&mut self, section: &mut Section<'_>, faults: &mut Faults) -> Option<Elevation> {
        let mut section = section.section("request", faults);
        if !section.is_there() {
            return None;
        }
        let approval = self.approvers(&mut section, faults);
        let minutes = section.number("longest_minutes", 1..=7 * 24 * 60, faults).unwrap_or(60);
        section.finish(faults);
        Some(Elevation { approval, longest_seconds: minutes.unsigned_abs() * 60 })
    }
}

/// `labels`: accounts by what they bear.
fn labels(section: &mut Section<'_>, faults: &mut Faults) -> BTreeMap<String, String> {
    section.text_map("labels", faults).into_iter().map(|(key, spot)| (key, spot.value)).collect()
}
