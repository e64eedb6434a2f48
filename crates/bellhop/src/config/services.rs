//! Which services there are to grant: a pattern such as `s3api:*` would match nothing, and say so to nobody.
//!
//! Wildcards in the service are the reader's own business: only a service named in full is checked.

use std::collections::BTreeMap;

use policy::Pattern;

use crate::config::Faults;
use crate::config::section::{Spot, nearest};

/// Bellhop's own commands are granted under this name.
const OWN: &str = "bellhop";

/// Commands of the AWS CLI whose service has another name, as (command, service).
const RENAMED: [(&str, &str); 3] = [("configservice", "config"), ("deploy", "codedeploy"), ("s3api", "s3")];

/// What can be granted.
#[derive(Debug, Clone)]
pub(crate) struct Services {
    /// IAM's prefix by the service's name in the models: `elbv2` → `elasticloadbalancing`.
    prefixes: BTreeMap<String, String>,
}

impl Services {
    /// Those prefixes, by the names of the services.
    pub(crate) fn new(prefixes: BTreeMap<String, String>) -> Services {
        Services { prefixes }
    }

    /// A fault for each pattern that names a service that there is not; `rule` is what messages call its rule. What is
    /// no pattern at all is the policy's to find.
    pub(super) fn check(&self, rule: &str, patterns: &[Spot<String>], faults: &mut Faults) {
        for spot in patterns {
            let Ok(pattern) = spot.value.parse::<Pattern>() else { continue };
            let Some(service) = pattern.service().filter(|service| !self.has(service)) else { continue };
            faults.at(spot.at, format!("{rule}: no service's actions begin with \"{service}:\""));
            if let Some(meant) = self.meant(&service.to_ascii_lowercase()) {
                faults.hint(format!("did you mean `{meant}`?"));
            }
        }
    }

    fn has(&self, prefix: &str) -> bool {
        let known = self.prefixes.values().map(String::as_str).chain([OWN]);
        known.into_iter().any(|known| known.eq_ignore_ascii_case(prefix))
    }

    /// The prefix of the service that goes by that name on command lines, or of what is spelled nearly so.
    fn meant(&self, word: &str) -> Option<&str> {
        let renamed = RENAMED.iter().find(|(command, _)| *command == word).map_or(word, |(_, name)| name);
        if let Some(prefix) = self.prefixes.get(renamed) {
            return Some(prefix);
        }
        let prefixes = self.prefixes.values().map(String::as_str).chain([OWN]);
        let near_name = || {
            self.prefixes.get(nearest(word, self.prefixes.keys().map(String::as_str))?).map(String::as_str)
        };
        nearest(word, prefixes).or_else(near_name)
    }
}
