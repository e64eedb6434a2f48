//! Stamps: which things that processes keep in memory have changed in the store.
//!
//! A stamp is a record without content, `stamp/<subject>`, whose version grows with every change of its subject. It changes
//! in the same step as what it stands for, wherever that is written: [`stamped`] is where every step passes. For members a
//! note says besides whose list or who it was, so that not all is read again.
//! Invariant: whoever reads the stamps and finds none changed knows what holds now.
//! Absent on purpose: a seal. What a stamp says is only that something is to be read, and what is read is sealed.

use store::{Batch, Change, Expect, MAX_CHANGES, To, UnixMillis};

/// The kind of stamps.
pub(crate) const STAMPS: &str = "stamp";
/// The kind of notes about members.
pub(crate) const NOTES: &str = "stamp-note";
/// How long a note is kept, in milliseconds. Who has not looked for half of that reads everything.
pub(crate) const NOTE_KEPT_MS: i64 = 60 * 60_000;

/// What has a stamp.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum Subject {
    /// Grants made from Slack.
    Grants,
    /// Freezes, and rights given for a while.
    Standing,
    /// Who is in which group, and what kind of user somebody is.
    Members,
    /// Accounts that were discovered.
    Accounts,
}

impl Subject {
    /// All of them.
    pub(crate) const ALL: [Subject; 4] =
        [Subject::Grants, Subject::Standing, Subject::Members, Subject::Accounts];

    /// Its stamp's key.
    pub(crate) fn key(self) -> &'static str {
        match self {
            Subject::Grants => "grants",
            Subject::Standing => "standing",
            Subject::Members => "members",
            Subject::Accounts => "accounts",
        }
    }

    /// What a change is about; `None` if nobody keeps that in memory.
    fn of(change: &Change) -> Option<Subject> {
        let puts = matches!(change.to, To::Put(_));
        match change.kind {
            _ if change.to == To::Same => None,
            "grant" => Some(Subject::Grants),
            "freeze" | "elevation" => Some(Subject::Standing),
            "account" => Some(Subject::Accounts),
            "user" if puts => Some(Subject::Members),
            // What is removed there is replaced by something that is put, or is out of date.
            "member" if puts && !change.key.starts_with("page/") => Some(Subject::Members),
            _ => None,
        }
    }
}

/// The same step with the stamps of what it changes.
pub(crate) fn stamped(mut batch: Batch) -> Batch {
    let mut subjects: Vec<Subject> = batch.changes.iter().filter_map(Subject::of).collect();
    subjects.sort_unstable();
    subjects.dedup();
    let mut notes: Vec<String> = batch.changes.iter().filter_map(note).collect();
    notes.sort_unstable();
    notes.dedup();
    let until = Some(batch.now.plus(NOTE_KEPT_MS));
    let more = subjects.into_iter().map(|subject| put(STAMPS, subject.key().to_owned(), None));
    batch.changes.extend(more);
    let room = MAX_CHANGES.saturating_sub(batch.changes.len());
    if notes.len() > room {
        // Too many to tell: everybody reads everything.
        notes = vec![ALL.to_owned()];
    }
    batch.changes.extend(notes.into_iter().map(|key| put(NOTES, key, until)));
    batch
}

/// The key of the note that says that everything is to be read.
pub(crate) const ALL: &str = "all";

/// `group/T1/S1`, `user/T1/U1`.
fn note(change: &Change) -> Option<String> {
    Subject::of(change).filter(|subject| *subject == Subject::Members)?;
    if change.kind == "user" {
        return Some(format!("user/{}", change.key));
    }
    let mut parts = change.key.split('/').skip(1);
    Some(format!("group/{}/{}", parts.next()?, parts.next()?))
}

fn put(kind: &'static str, key: String, until: Option<UnixMillis>) -> Change {
    Change::put(kind, key, Expect::Any, Vec::new(), until)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn keys(changes: Vec<Change>) -> Vec<String> {
        let count = changes.len();
        let batch = stamped(Batch { now: UnixMillis(1), changes, job: None, rows: Vec::new() });
        batch.changes[count..].iter().map(|change| format!("{}/{}", change.kind, change.key)).collect()
    }

    fn change(kind: &'static str, key: &str) -> Change {
        Change::put(kind, key, Expect::Any, Vec::new(), None)
    }

    #[test]
    fn what_others_keep_in_memory_is_stamped_where_it_changes() {
        let cases: [(Vec<Change>, &[&str]); 9] = [
            (vec![change("grant", "T1/g")], &["stamp/grants"]),
            (vec![Change::remove("grant", "T1/g", Expect::Any)], &["stamp/grants"]),
            (vec![Change::check("grant", "T1/g", Expect::Any)], &[]),
            (vec![change("freeze", "*"), change("elevation", "T1/U1/x")], &["stamp/standing"]),
            (vec![change("account", "1")], &["stamp/accounts"]),
            (
                vec![change("member", "list/T1/S1/000"), change("member", "list/T1/S1/001")],
                &["stamp/members", "stamp-note/group/T1/S1"],
            ),
            (vec![change("user", "T1/U1")], &["stamp/members", "stamp-note/user/T1/U1"]),
            (vec![change("member", "page/T1/S1/0"), change("event", "T1:E")], &[]),
            (vec![Change::remove("member", "delta/T1/S1/1/E", Expect::Any)], &[]),
        ];
        for (changes, expected) in cases {
            let shown = format!("{changes:?}");
            assert_eq!(keys(changes), expected, "{shown}");
        }
    }

    #[test]
    fn a_step_that_changes_much_still_fits() {
        let many = (0..60).map(|number| change("user", &format!("T1/U{number}"))).collect();
        assert_eq!(keys(many), ["stamp/members", "stamp-note/all"]);
    }
}
