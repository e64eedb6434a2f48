//! Keys that hold a reference to a secret. Absent on purpose: a way to write one into the file itself.

use std::cell::RefCell;
use std::collections::BTreeMap;

use slack::Secret;

use crate::config::faults::Faults;
use crate::config::section::Section;
use crate::config::{AwsSecrets, Source};
use crate::secret::{Problem, Reference, here};

/// How many references into AWS a configuration may hold.
const MOST: usize = 64;

/// What references stand for, as far as AWS was asked, and which there are.
///
/// A configuration is read once without AWS's answers, which tells what to ask for, and once with them.
#[derive(Debug, Default)]
pub(crate) struct Referred {
    found: BTreeMap<Reference, Result<Secret, Problem>>,
    noted: RefCell<BTreeMap<String, Reference>>,
    how: RefCell<AwsSecrets>,
}

impl Referred {
    /// With those answers.
    pub(crate) fn found(found: BTreeMap<Reference, Result<Secret, Problem>>) -> Referred {
        Referred { found, ..Referred::default() }
    }

    /// The references that AWS was not asked for yet, and how it is asked.
    pub(crate) fn wanted(&self) -> (Vec<Reference>, AwsSecrets) {
        let noted = self.noted.borrow();
        let wanted = noted.values().filter(|found| found.is_in_aws() && !self.found.contains_key(found));
        let mut wanted: Vec<Reference> = wanted.cloned().collect();
        wanted.sort_unstable();
        wanted.dedup();
        (wanted, self.how.borrow().clone())
    }

    /// Every reference, by the key that holds it.
    pub(super) fn all(&self) -> BTreeMap<String, Reference> {
        self.noted.borrow().clone()
    }

    pub(super) fn ask(&self, how: &AwsSecrets) {
        self.how.replace(how.clone());
    }
}

/// Reads a key that holds a reference and follows it. An absent key is `None`, as is one that AWS was not asked for yet;
/// everything else that yields no secret is a fault.
pub(crate) fn read(
    section: &mut Section<'_>,
    key: &'static str,
    source: &Source<'_>,
    faults: &mut Faults,
) -> Option<Secret> {
    let spot = section.text(key, faults)?;
    let path = format!("{}.{key}", section.path());
    let Some(reference) = Reference::parse(&spot.value) else {
        faults.at(spot.at, format!("{path}: is not a reference to a secret"));
        faults.hint(
            "write env:NAME, file:PATH, kms:BASE64, secretsmanager:ID#FIELD or ssm:/NAME; a secret itself does not \
             belong in this file",
        );
        return None;
    };
    let mut noted = source.referred.noted.borrow_mut();
    if noted.len() >= MOST {
        faults.at(spot.at, format!("{path}: there are more than {MOST} references to secrets"));
        return None;
    }
    noted.insert(path.clone(), reference.clone());
    drop(noted);
    let found = here(&reference, source.vars, source.folder);
    match found.or_else(|| source.referred.found.get(&reference).cloned())? {
        Ok(secret) => Some(secret),
        Err(problem) => {
            faults.at(spot.at, format!("{path}: {}", problem.what));
            faults.hint(problem.hint);
            None
        }
    }
}
