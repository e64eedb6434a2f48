//! What one configuration gives and takes beside another, and what of it takes a restart.

use bot::Delegation;
use policy::{Ceiling, Deny, Difference, Fault, Grant, Rulebook};

use crate::config::coming::Coming;
use crate::config::{Config, ConfigError};

/// The parts of a configuration that are read at start only.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Fixed(Vec<(&'static str, String)>);

impl Fixed {
    /// Those of that configuration. Secrets do not show in it: what they refer to does.
    pub(crate) fn of(config: &Config) -> Fixed {
        let slack = &config.slack;
        let bases = (&slack.allowed_teams, &slack.api_base, &slack.response_url_base);
        Fixed(vec![
            ("[server]", format!("{:?}", config.server)),
            ("[slack]", format!("{bases:?}")),
            ("[secrets] and references to secrets", format!("{:?}", config.secrets)),
            ("[store]", format!("{:?}", config.store)),
            ("[audit]", format!("{:?}", config.audit)),
            ("[workers]", format!("{:?}", config.workers)),
            ("[console]", format!("{:?}", config.console)),
            ("[index]", format!("{:?}", config.index)),
            ("[access]", format!("{:?}", config.access)),
            ("[accounts.discover]", format!("{:?}", config.discovery)),
            ("[cache]", format!("{:?}", config.cache)),
            ("[commands]", format!("{:?}", config.commands)),
        ])
    }

    /// Names of the parts that are others there.
    pub(crate) fn changed(&self, other: &Fixed) -> Vec<&'static str> {
        let pairs = self.0.iter().zip(&other.0);
        pairs.filter(|(one, other)| one != other).map(|((name, _), _)| *name).collect()
    }
}

/// What the second rules give and take beside the first.
///
/// # Errors
/// One of the books has faults.
pub(crate) fn difference(
    (old, guarded): (&Rulebook, &[Delegation]),
    (new, guards): (&Rulebook, &[Delegation]),
) -> Result<Difference, ConfigError> {
    let coming = Coming::of([old, new]);
    let mut difference = match policy::difference(&coming.join(old), &coming.join(new)) {
        Ok(difference) => difference,
        // A rule may name a role of one account, which no stand-in has.
        Err(_) => {
            let mut difference = policy::difference(old, new).map_err(|faults| faulty(&faults))?;
            if rules(old) != rules(new) {
                difference.widens.push(UNCOMPARED.to_owned());
            }
            difference
        }
    };
    for sentence in difference.widens.iter_mut().chain(&mut difference.narrows) {
        *sentence = coming.told(sentence);
    }
    let gone = |one: &[Delegation], other: &[Delegation]| -> Vec<String> {
        one.iter().filter(|delegation| !other.contains(delegation)).map(guard).collect()
    };
    let lost = gone(guarded, guards);
    difference.widens.extend(lost.into_iter().map(|guard| format!("no more: {guard}")));
    difference.narrows.extend(gone(guards, guarded));
    Ok(difference)
}

/// What is told where stand-ins for accounts to come have faults.
const UNCOMPARED: &str = "accounts that are discovered: what is given on them cannot be compared";

/// The rules of a book, wherever they stand.
fn rules(book: &Rulebook) -> (Vec<Grant>, Vec<Deny>, Option<Ceiling>) {
    let place = String::new;
    let grants = book.grants.iter().map(|grant| Grant { place: place(), ..grant.clone() });
    let denies = book.denies.iter().map(|deny| Deny { place: place(), ..deny.clone() });
    let ceiling = book.ceiling.as_ref().map(|ceiling| Ceiling { place: place(), ..ceiling.clone() });
    (grants.collect(), denies.collect(), ceiling)
}

fn faulty(faults: &[Fault]) -> ConfigError {
    ConfigError { lines: faults.iter().map(ToString::to_string).collect() }
}

/// A difference as lines: what widens first, how much of each last.
pub(crate) fn told(difference: &Difference) -> Vec<String> {
    let Difference { widens, narrows } = difference;
    let wider = widens.iter().map(|told| format!("widens   {told}"));
    let narrower = narrows.iter().map(|told| format!("narrows  {told}"));
    let sum = format!("{} widen, {} narrow", widens.len(), narrows.len());
    wider.chain(narrower).chain([sum]).collect()
}

fn guard(delegation: &Delegation) -> String {
    let labels = delegation.labels.iter().map(|(key, value)| format!("{key} = {value}"));
    let on: Vec<String> = delegation.accounts.iter().cloned().chain(labels).collect();
    let Delegation { role, policy, .. } = delegation;
    format!("role {role} on {} is lent only to holders of {policy}", on.join(", "))
}
