//! A grant as it is typed: `--who @S0SRE --accounts dev --allow 'ec2:Describe*' --levels list,read`.
//!
//! Only the shape is checked here; whether accounts, patterns and levels are any is the policy's to say.

use std::collections::BTreeMap;

use policy::{Approval, Grant, Need, Subjects};
use serde::{Deserialize, Serialize};
use store::UnixMillis;

use crate::asking::lasting::{moment_of, span};

/// How many values an option may have.
const MOST: usize = 100;
/// The longest value, in characters.
const LONGEST: usize = 256;

/// A grant that somebody wants to make.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Draft {
    pub(crate) users: Vec<String>,
    pub(crate) usergroups: Vec<String>,
    pub(crate) channels: Vec<String>,
    pub(crate) admins: bool,
    pub(crate) everyone: bool,
    pub(crate) accounts: Vec<String>,
    pub(crate) labels: BTreeMap<String, String>,
    pub(crate) allow: Vec<String>,
    pub(crate) levels: Vec<String>,
    pub(crate) in_channels: Vec<String>,
    /// By level: `nothing`, `confirm`, or approvers with their number before a colon (`2:S0SRE+U0BOB`).
    pub(crate) needs: BTreeMap<String, String>,
    pub(crate) role: Option<String>,
    pub(crate) yes: bool,
    /// When it ends, milliseconds.
    pub(crate) until: Option<i64>,
}

/// What cannot be understood, and of which option.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{what}")]
pub(crate) struct DraftFault {
    /// The option, without its dashes.
    pub(crate) option: &'static str,
    pub(crate) what: String,
}

/// The options, for the form as for the line.
pub(crate) const OPTIONS: [&str; 9] =
    ["who", "accounts", "labels", "allow", "levels", "in", "needs", "role", "until"];

impl Draft {
    /// Reads options and their values.
    pub(crate) fn read(words: &[String], now: UnixMillis) -> Result<Draft, DraftFault> {
        let mut draft = Draft::default();
        let mut option = None;
        for word in words {
            let Some(name) = word.strip_prefix("--") else {
                let option =
                    option.ok_or_else(|| fault("who", format!("\"{word}\" stands behind no option")))?;
                draft.take(option, word, now)?;
                continue;
            };
            let (name, value) =
                name.split_once('=').map_or((name, None), |(name, value)| (name, Some(value)));
            if name == "yes" && value.is_none() {
                draft.yes = true;
                option = None;
                continue;
            }
            let known = OPTIONS.into_iter().find(|known| *known == name);
            let known = known.ok_or_else(|| fault("who", format!("there is no option --{name}")))?;
            option = Some(known);
            if let Some(value) = value {
                draft.take(known, value, now)?;
            }
        }
        Ok(draft)
    }

    /// Takes a value, or several with commas or blanks between, of an option.
    pub(crate) fn take(
        &mut self,
        option: &'static str,
        text: &str,
        now: UnixMillis,
    ) -> Result<(), DraftFault> {
        let values = text.split([',', ' ', '\n', '\t']).filter(|value| !value.is_empty());
        for value in values {
            if value.chars().count() > LONGEST {
                return Err(fault(option, format!("a value of --{option} is too long")));
            }
            self.one(option, value, now)?;
        }
        let lists = [
            &self.users,
            &self.usergroups,
            &self.channels,
            &self.accounts,
            &self.allow,
            &self.levels,
            &self.in_channels,
        ];
        if lists.iter().any(|list| list.len() > MOST) || self.needs.len() > MOST || self.labels.len() > MOST {
            return Err(fault(option, format!("--{option} has more than {MOST} values")));
        }
        Ok(())
    }

    fn one(&mut self, option: &'static str, value: &str, now: UnixMillis) -> Result<(), DraftFault> {
        let own = || value.to_owned();
        match option {
            "who" => return self.who(value),
            "accounts" => self.accounts.push(own()),
            "allow" => self.allow.push(own()),
            "levels" => self.levels.push(value.to_lowercase()),
            "in" => self.in_channels.push(if value == "direct" { own() } else { id_of(value).to_owned() }),
            "role" => self.role = Some(own()),
            "until" => {
                let ahead = span(value)
                    .and_then(|seconds| i64::try_from(seconds).ok())
                    .map(|seconds| now.plus(seconds * 1000));
                let until = ahead.or_else(|| moment_of(value, now));
                let what =
                    || format!("\"{value}\" is no time ahead: write 2h, 7d, 18:00 or 2027-01-20 (UTC)");
                self.until = Some(until.ok_or_else(|| fault(option, what()))?.0);
            }
            _ => {
                let what = || format!("\"{value}\" of --{option} has no = in it");
                let (key, value) = value.split_once('=').ok_or_else(|| fault(option, what()))?;
                let pairs = if option == "labels" { &mut self.labels } else { &mut self.needs };
                pairs.insert(key.to_owned(), value.to_owned());
            }
        }
        Ok(())
    }

    fn who(&mut self, value: &str) -> Result<(), DraftFault> {
        let id = id_of(value);
        match id.chars().next() {
            _ if id == "everyone" => self.everyone = true,
            _ if id == "admins" => self.admins = true,
            Some('U' | 'W') if is_id(id) => self.users.push(id.to_owned()),
            Some('S') if is_id(id) => self.usergroups.push(id.to_owned()),
            Some('C' | 'G') if is_id(id) => self.channels.push(id.to_owned()),
            _ => {
                let what = format!(
                    "\"{value}\" names nobody: mention a user, a usergroup or a channel, or write its id, admins or everyone. \
                     A name can be anybody's"
                );
                return Err(fault("who", what));
            }
        }
        Ok(())
    }

    /// As rules see it: under that name, in that workspace.
    pub(crate) fn grant(&self, id: &str, team: &str) -> Grant {
        let need = |(level, text): (&String, &String)| (level.clone(), need_of(text));
        Grant {
            place: format!("grant {id}"),
            subjects: Subjects {
                users: self.users.clone(),
                usergroups: self.usergroups.clone(),
                channels: self.channels.clone(),
                admins: self.admins,
                everyone: self.everyone,
            },
            workspaces: vec![team.to_owned()],
            accounts: self.accounts.clone(),
            labels: self.labels.clone(),
            allow: self.allow.clone(),
            levels: self.levels.clone(),
            in_channels: self.in_channels.clone(),
            role: self.role.clone(),
            needs: self.needs.iter().map(need).collect(),
            yes: self.yes,
            ..Grant::default()
        }
    }
}

/// `2:S0SRE+U0BOB` asks two of these. What names nobody is left to the policy to refuse.
fn need_of(text: &str) -> Need {
    match text {
        "nothing" => return Need::Nothing,
        "confirm" => return Need::Confirm,
        _ => {}
    }
    let (count, approvers) = text.split_once(':').unwrap_or(("1", text));
    let approvers = approvers.split('+').map(|id| id_of(id).to_owned()).collect();
    Need::Approval(Approval { approvers, count: count.parse().unwrap_or(0) })
}

/// `@S0SRE`, `#C0OPS`, `<@U0BOB|bob>`, `<!subteam^S0SRE|@sre>`, `<#C0OPS|ops>` name ids.
fn id_of(text: &str) -> &str {
    let inner = text.strip_prefix('<').and_then(|text| text.strip_suffix('>')).unwrap_or(text);
    let inner = inner.strip_prefix("!subteam^").unwrap_or(inner).trim_start_matches(['@', '#']);
    inner.split('|').next().unwrap_or(inner)
}

fn is_id(text: &str) -> bool {
    (2..=64).contains(&text.len())
        && text.bytes().all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit())
}

fn fault(option: &'static str, what: String) -> DraftFault {
    DraftFault { option, what }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::expect_used, reason = "a test stops at the first surprise")]

    use proptest::prelude::*;

    use super::*;

    const NOW: UnixMillis = UnixMillis(1_800_000_000_000);

    fn read(line: &str) -> Result<Draft, DraftFault> {
        let words: Vec<String> = line.split_whitespace().map(str::to_owned).collect();
        Draft::read(&words, NOW)
    }

    #[test]
    fn a_line_becomes_a_grant() {
        let line = "--who @S0SRE,<@U0BOB|bob> <!subteam^S0DEV|@dev> <#C0OPS|ops> everyone --accounts dev \
                    --allow ec2:Describe* s3:List* --levels list,READ --in <#C0OPS|ops>,direct --needs write=confirm \
                    destructive=2:S0SRE+U0BOB --until 2h --yes";
        let draft = read(line).expect("reads");
        assert_eq!(
            (draft.users.as_slice(), draft.channels.as_slice()),
            (&["U0BOB".to_owned()][..], &["C0OPS".to_owned()][..])
        );
        assert_eq!(draft.usergroups, ["S0SRE", "S0DEV"]);
        assert!(draft.everyone && draft.yes && !draft.admins);
        assert_eq!(draft.until, Some(NOW.0 + 7_200_000));
        let grant = draft.grant("1a2b", "T1");
        assert_eq!(
            (grant.place.as_str(), grant.workspaces.as_slice()),
            ("grant 1a2b", &["T1".to_owned()][..])
        );
        assert_eq!(
            (grant.levels.as_slice(), grant.in_channels.as_slice()),
            (&["list".to_owned(), "read".to_owned()][..], &["C0OPS".to_owned(), "direct".to_owned()][..])
        );
        let two = Approval { approvers: vec!["S0SRE".to_owned(), "U0BOB".to_owned()], count: 2 };
        assert_eq!(grant.needs["destructive"], Need::Approval(two));
        assert_eq!(grant.needs["write"], Need::Confirm);
    }

    #[test]
    fn names_are_nobody() {
        for (line, option) in [
            ("--who @alice", "who"),
            ("--who root", "who"),
            ("U0BOB", "who"),
            ("--colour red", "who"),
            ("--until yesterday", "until"),
            ("--needs write", "needs"),
            ("--labels dev", "labels"),
        ] {
            assert_eq!(read(line).expect_err(line).option, option, "{line}");
        }
        let many = format!("--allow {}", "a:*,".repeat(MOST + 1));
        assert!(read(&many).is_err());
    }

    proptest! {
        #[test]
        fn any_words_become_a_draft_or_a_fault(words in proptest::collection::vec("--[a-z]{2,8}(=\\PC{0,9})?|\\PC{0,12}", 0..8)) {
            if let Ok(draft) = Draft::read(&words, NOW) {
                prop_assert!(draft.users.len() <= MOST);
                let _ = draft.grant("x", "T1");
            }
        }
    }
}
