//! Stands in for accounts that are discovered later, so that what rules would give on them can be compared: one account for
//! each set of labels that rules select by, and one for each name that no account bears yet.

use std::collections::{BTreeMap, BTreeSet};

use policy::{Account, Rulebook};

/// An account that nobody has.
const ROLE: &str = "arn:aws:iam::000000000000:role/discovered";

/// Labels that a rule selects by.
type Labels = BTreeMap<String, String>;

/// The accounts that stand in, and how each is called in sentences.
pub(super) struct Coming(Vec<(Account, String)>);

impl Coming {
    /// Those that rules of one of the books may be about.
    pub(super) fn of(books: [&Rulebook; 2]) -> Coming {
        let (mut names, mut labels) = (BTreeSet::new(), BTreeSet::new());
        for book in books {
            for (named, by_label) in selectors(book) {
                names.extend(named.iter().filter(|name| books.iter().all(|book| !has(book, name))).cloned());
                labels.extend((!by_label.is_empty()).then(|| by_label.clone()));
            }
        }
        let account =
            |name: &str, labels: Labels| Account { labels, ..Account::new(name, ROLE, &["us-east-1"]) };
        let named = names.into_iter().map(|name| (account(&name, Labels::new()), name));
        let labelled = labels.into_iter().enumerate().map(|(number, labels)| {
            let told: Vec<String> = labels.iter().map(|(key, value)| format!("{key} = {value}")).collect();
            let told = format!("accounts to come with {}", told.join(" and "));
            (account(&format!("discovered-{number:06}"), labels), told)
        });
        Coming(named.chain(labelled).collect())
    }

    /// The book with them, if its accounts may come.
    pub(super) fn join(&self, book: &Rulebook) -> Rulebook {
        let mut book = book.clone();
        if book.accounts_may_come {
            book.accounts.extend(self.0.iter().map(|(account, _)| account.clone()));
        }
        book
    }

    /// A sentence in which they are called what they are.
    pub(super) fn told(&self, sentence: &str) -> String {
        let told = |text: String, (account, told): &(Account, String)| {
            text.replace(&format!(" on {} ", account.name), &format!(" on {told} "))
        };
        self.0.iter().fold(sentence.to_owned(), told)
    }
}

fn has(book: &Rulebook, name: &str) -> bool {
    book.accounts.iter().any(|account| account.name == name)
}

/// By which accounts and labels each rule selects.
fn selectors(book: &Rulebook) -> impl Iterator<Item = (&Vec<String>, &Labels)> {
    let grants = book.grants.iter().map(|grant| (&grant.accounts, &grant.labels));
    let denies = book.denies.iter().map(|deny| (&deny.accounts, &deny.labels));
    let ceiling = book.ceiling.iter().map(|ceiling| (&ceiling.accounts, &ceiling.labels));
    grants.chain(denies).chain(ceiling)
}
