//! Where a line is to run: accounts and regions, as asked for and as allowed.

use std::fmt;

use policy::{Account, Reason};

/// The most places that one line reaches.
pub(crate) const MOST: usize = 10_000;

/// One account in one region.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) struct Scope {
    /// Name of the account.
    pub(crate) account: String,
    pub(crate) region: String,
}

impl Scope {
    /// The options that name it, to go behind a line.
    pub(crate) fn options(&self) -> String {
        format!(" --account {} --region {}", pipeline::quote(&self.account), pipeline::quote(&self.region))
    }
}

impl fmt::Display for Scope {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.account, self.region)
    }
}

/// Which accounts are asked for.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) enum Accounts {
    /// Whichever the rules give first.
    #[default]
    First,
    /// These, by name or id, in this order; `prod-*` stands for several.
    Named(Vec<String>),
    /// All that bear this label and that the caller may reach.
    Labelled(String, String),
    /// All that the caller may reach.
    All,
}

/// Which regions are asked for.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) enum Regions {
    /// The account's first.
    #[default]
    First,
    /// These.
    Named(Vec<String>),
    /// All of the account's that it has not switched off.
    All,
}

/// Why accounts or regions were not understood.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(crate) enum ScopeFault {
    #[error("--account label= needs a key and a value: label=environment=dev")]
    Label,
    #[error("{0} has an empty name in its list")]
    Empty(&'static str),
    #[error("{0} cannot be joined with others by commas")]
    Mixed(String),
}

impl Accounts {
    /// Reads `a,b`, `prod-*`, `label=key=value`, `all`.
    pub(crate) fn read(text: &str) -> Result<Accounts, ScopeFault> {
        if text.eq_ignore_ascii_case("all") || text == "*" {
            return Ok(Accounts::All);
        }
        if let Some(label) = text.strip_prefix("label=") {
            let (key, value) = label.split_once(['=', ':']).ok_or(ScopeFault::Label)?;
            if key.is_empty() || value.is_empty() || value.contains(',') {
                return Err(ScopeFault::Label);
            }
            return Ok(Accounts::Labelled(key.to_owned(), value.to_owned()));
        }
        list(text, "--account").map(Accounts::Named)
    }

    /// The one that is named, if one is.
    pub(crate) fn single(&self) -> Option<&str> {
        match self {
            Accounts::Named(names) if names.len() == 1 && !names[0].contains('*') => Some(&names[0]),
            _ => None,
        }
    }

    /// Whether it asks for one place at most.
    pub(crate) fn is_single(&self) -> bool {
        *self == Accounts::First || self.single().is_some()
    }

    /// Whether what may not be reached is said rather than left out.
    fn names(&self) -> bool {
        matches!(self, Accounts::First | Accounts::Named(_))
    }

    fn holds(&self, account: &Account) -> bool {
        match self {
            Accounts::First => false,
            Accounts::Named(names) => names.iter().any(|name| is_named(account, name)),
            Accounts::Labelled(key, value) => account.labels.get(key) == Some(value),
            Accounts::All => true,
        }
    }
}

fn is_named(account: &Account, name: &str) -> bool {
    match name.strip_suffix('*') {
        Some(start) => account.name.starts_with(start),
        None => account.name == name || account.id() == Some(name),
    }
}

impl Regions {
    /// Reads `eu-west-1,us-east-1`, `enabled`, `all`.
    pub(crate) fn read(text: &str) -> Result<Regions, ScopeFault> {
        if text.eq_ignore_ascii_case("all") || text.eq_ignore_ascii_case("enabled") || text == "*" {
            return Ok(Regions::All);
        }
        list(text, "--region").map(Regions::Named)
    }

    /// The one that is named, if one is.
    pub(crate) fn single(&self) -> Option<&str> {
        match self {
            Regions::Named(names) if names.len() == 1 => Some(&names[0]),
            _ => None,
        }
    }

    /// Whether it asks for one place at most.
    pub(crate) fn is_single(&self) -> bool {
        *self == Regions::First || self.single().is_some()
    }
}

fn list(text: &str, option: &'static str) -> Result<Vec<String>, ScopeFault> {
    let mut names: Vec<String> = Vec::new();
    for name in text.split(',').map(str::trim) {
        if name.is_empty() {
            return Err(ScopeFault::Empty(option));
        }
        if name.eq_ignore_ascii_case("all") || name.eq_ignore_ascii_case("enabled") || name.contains('=') {
            return Err(ScopeFault::Mixed(name.to_owned()));
        }
        if !names.iter().any(|other| other == name) {
            names.push(name.to_owned());
        }
    }
    Ok(names)
}

/// What a line asks for.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Selection {
    pub(crate) accounts: Accounts,
    pub(crate) regions: Regions,
}

impl Selection {
    /// The options that name it, to go behind a line; each begins with a blank.
    pub(crate) fn options(&self) -> String {
        let accounts = match &self.accounts {
            Accounts::First => None,
            Accounts::Named(names) => Some(names.join(",")),
            Accounts::Labelled(key, value) => Some(format!("label={key}={value}")),
            Accounts::All => Some("all".to_owned()),
        };
        let regions = match &self.regions {
            Regions::First => None,
            Regions::Named(names) => Some(names.join(",")),
            Regions::All => Some("all".to_owned()),
        };
        let option = |name: &str, value: Option<String>| {
            value.map_or_else(String::new, |value| format!(" --{name} {}", pipeline::quote(&value)))
        };
        option("account", accounts) + &option("region", regions)
    }

    /// Whether it asks for one place at most.
    pub(crate) fn is_single(&self) -> bool {
        self.accounts.is_single() && self.regions.is_single()
    }

    /// Whether an account's region is among what is asked for.
    pub(crate) fn holds(&self, account: &Account, region: &str) -> bool {
        let in_region = match &self.regions {
            Regions::First => account.default_region() == Some(region),
            Regions::Named(names) => names.iter().any(|name| name == region),
            Regions::All => true,
        };
        in_region && self.accounts.holds(account)
    }
}

/// The places of a selection.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct Places {
    /// Where it may run, in the order of accounts and their regions.
    pub(crate) open: Vec<Scope>,
    /// What was named and may not be reached, with the reason.
    pub(crate) closed: Vec<(String, String)>,
    /// How many regions are left out because their account has switched them off.
    pub(crate) switched_off: usize,
}

/// The places of a selection among these accounts. `decide` tells for an account and a region whether the rules let the
/// caller there; `off` whether the account has switched the region off. `everywhere_once` is for what a service tells
/// the same in every region: each account counts once, by its first region.
pub(crate) fn places(
    accounts: &[Account],
    selection: &Selection,
    everywhere_once: bool,
    decide: impl Fn(Option<&str>, Option<&str>) -> Result<Scope, Reason>,
    off: impl Fn(&Account, &str) -> bool,
) -> Places {
    let mut places = Places::default();
    if selection.accounts == Accounts::First {
        match decide(None, None) {
            Err(reason) => places.closed.push(("the account".to_owned(), reason.to_string())),
            Ok(first) => {
                let of_account = accounts.iter().filter(|account| account.name == first.account);
                of_account.for_each(|account| places.add(account, selection, everywhere_once, &decide, &off));
            }
        }
        return places;
    }
    for account in accounts.iter().filter(|account| selection.accounts.holds(account)) {
        places.add(account, selection, everywhere_once, &decide, &off);
    }
    if let Accounts::Named(names) = &selection.accounts {
        for name in names {
            if !accounts.iter().any(|account| is_named(account, name)) {
                let reason = decide(Some(name), None).err().map_or_else(String::new, |why| why.to_string());
                places.closed.push((name.clone(), reason));
            }
        }
    }
    places
}

impl Places {
    fn add(
        &mut self,
        account: &Account,
        selection: &Selection,
        everywhere_once: bool,
        decide: &impl Fn(Option<&str>, Option<&str>) -> Result<Scope, Reason>,
        off: &impl Fn(&Account, &str) -> bool,
    ) {
        let regions: Vec<&str> = match &selection.regions {
            _ if everywhere_once => account.default_region().into_iter().collect(),
            Regions::First => account.default_region().into_iter().collect(),
            Regions::Named(names) => names.iter().map(String::as_str).collect(),
            Regions::All => account.regions.iter().map(String::as_str).collect(),
        };
        let each_is_named = matches!(selection.regions, Regions::Named(_));
        let before = self.open.len();
        let mut refused = None;
        for region in regions {
            if off(account, region) {
                self.switched_off += 1;
                continue;
            }
            match decide(Some(&account.name), Some(region)) {
                Ok(scope) if self.open.len() < MOST => self.open.push(scope),
                Ok(scope) => {
                    self.closed.push((scope.to_string(), format!("these are more than {MOST} places")))
                }
                Err(reason) if each_is_named && selection.accounts.names() => {
                    self.closed.push((format!("{}/{region}", account.name), reason.to_string()));
                }
                Err(reason) => refused = Some(reason),
            }
        }
        if let Some(reason) = refused.filter(|_| selection.accounts.names() && self.open.len() == before) {
            self.closed.push((account.name.clone(), reason.to_string()));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn accounts_are_read() {
        let named = |names: &[&str]| Accounts::Named(names.iter().map(|name| (*name).to_owned()).collect());
        let cases = [
            ("dev", Ok(named(&["dev"]))),
            ("dev,prod,dev", Ok(named(&["dev", "prod"]))),
            ("dev, prod", Ok(named(&["dev", "prod"]))),
            ("ALL", Ok(Accounts::All)),
            ("label=environment=dev", Ok(Accounts::Labelled("environment".to_owned(), "dev".to_owned()))),
            ("label=environment:dev", Ok(Accounts::Labelled("environment".to_owned(), "dev".to_owned()))),
            ("label=environment", Err(ScopeFault::Label)),
            ("a,", Err(ScopeFault::Empty("--account"))),
            ("a,all", Err(ScopeFault::Mixed("all".to_owned()))),
            ("a,label=x=y", Err(ScopeFault::Mixed("label=x=y".to_owned()))),
        ];
        for (text, expected) in cases {
            assert_eq!(Accounts::read(text), expected, "{text}");
        }
        assert!(named(&["dev"]).is_single() && !named(&["dev-*"]).is_single());
    }

    fn account(name: &str, regions: &[&str], team: &str) -> Account {
        let mut account = Account::new(name, "arn:aws:iam::111111111111:role/Bellhop", regions);
        account.labels.insert("team".to_owned(), team.to_owned());
        account
    }

    fn open(selection: &Selection, once: bool) -> (Vec<String>, Vec<String>) {
        let accounts = [
            account("dev", &["eu-west-1", "us-east-1"], "web"),
            account("prod", &["us-east-1"], "web"),
            account("secret", &["us-east-1"], "pay"),
        ];
        let decide = |name: Option<&str>, region: Option<&str>| {
            let name = name.unwrap_or("dev");
            let Some(account) = accounts.iter().find(|account| account.name == name) else {
                return Err(Reason::UnknownAccount { named: name.to_owned(), usable: Vec::new() });
            };
            if name == "secret" {
                return Err(Reason::UnknownAccount { named: name.to_owned(), usable: Vec::new() });
            }
            let region = region.unwrap_or(&account.regions[0]).to_owned();
            if !account.regions.contains(&region) {
                let regions = account.regions.clone();
                return Err(Reason::Region { account: name.to_owned(), region, regions });
            }
            Ok(Scope { account: name.to_owned(), region })
        };
        let off = |account: &Account, region: &str| account.name == "dev" && region == "us-east-1";
        let places = places(&accounts, selection, once, decide, off);
        let open = places.open.iter().map(ToString::to_string).collect();
        (open, places.closed.into_iter().map(|(name, _)| name).collect())
    }

    #[test]
    fn a_selection_opens_what_the_rules_open() {
        let named = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect::<Vec<_>>();
        let select = |accounts, regions| Selection { accounts, regions };
        let cases: [(Selection, &[&str], &[&str]); 6] = [
            (
                Selection { accounts: Accounts::All, regions: Regions::All },
                &["dev/eu-west-1", "prod/us-east-1"],
                &[],
            ),
            (select(Accounts::First, Regions::All), &["dev/eu-west-1"], &[]),
            (
                select(Accounts::Named(named(&["prod", "secret"])), Regions::First),
                &["prod/us-east-1"],
                &["secret"],
            ),
            (select(Accounts::Named(named(&["p*"])), Regions::First), &["prod/us-east-1"], &[]),
            (
                select(Accounts::Labelled("team".to_owned(), "web".to_owned()), Regions::First),
                &["dev/eu-west-1", "prod/us-east-1"],
                &[],
            ),
            (
                select(Accounts::Named(named(&["prod", "nowhere"])), Regions::Named(named(&["eu-west-1"]))),
                &[],
                &["prod/eu-west-1", "nowhere"],
            ),
        ];
        for (selection, open_places, closed_places) in cases {
            let (found, closed) = open(&selection, false);
            assert_eq!((found, closed), (named(open_places), named(closed_places)), "{selection:?}");
        }
        let (once, _) = open(&select(Accounts::All, Regions::All), true);
        assert_eq!(once, ["dev/eu-west-1", "prod/us-east-1"], "an account counts once");
    }
}
