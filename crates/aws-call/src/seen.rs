//! The services' own names for the exchanges of a call: what an operator looks up in AWS's logs.

use std::sync::{Arc, Mutex, PoisonError};

/// How many names are kept; a paged answer may have thousands.
const KEPT: usize = 16;

/// The longest name that is kept, in bytes.
const MAX_LEN: usize = 128;

/// Collects the request ids of every exchange that is made with it in the options, failed ones included.
#[derive(Debug, Default)]
pub struct RequestIds {
    inner: Mutex<Inner>,
    whole: Option<Arc<RequestIds>>,
}

#[derive(Debug, Default)]
struct Inner {
    first: Vec<String>,
    last: Option<String>,
    count: u64,
    throttled: u64,
}

impl RequestIds {
    /// Those of a part of some whole, which notes them too.
    pub fn part_of(whole: Arc<RequestIds>) -> RequestIds {
        RequestIds { inner: Mutex::default(), whole: Some(whole) }
    }

    /// An exchange was named so.
    pub fn note(&self, id: &str) {
        if let Some(whole) = &self.whole {
            whole.note(id);
        }
        let mut inner = self.inner.lock().unwrap_or_else(PoisonError::into_inner);
        inner.count += 1;
        let id: String = id.chars().filter(|c| c.is_ascii_graphic()).take(MAX_LEN).collect();
        if inner.first.len() < KEPT - 1 {
            inner.first.push(id);
        } else {
            inner.last = Some(id);
        }
    }

    /// The first names and the last one, in order; at most 16.
    pub fn ids(&self) -> Vec<String> {
        let inner = self.inner.lock().unwrap_or_else(PoisonError::into_inner);
        inner.first.iter().chain(&inner.last).cloned().collect()
    }

    /// In an exchange the service said "slower".
    pub fn note_throttled(&self) {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner).throttled += 1;
        if let Some(whole) = &self.whole {
            whole.note_throttled();
        }
    }

    /// In how many exchanges the service said "slower".
    pub fn throttled(&self) -> u64 {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner).throttled
    }

    /// How many exchanges there were, those whose names were not kept included.
    pub fn count(&self) -> u64 {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner).count
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_and_the_last_are_kept() {
        let ids = RequestIds::default();
        for number in 0..40 {
            ids.note(&format!("id {number}\n"));
        }
        let kept = ids.ids();
        assert_eq!((ids.count(), kept.len()), (40, KEPT));
        assert_eq!((kept[0].as_str(), kept[14].as_str(), kept[15].as_str()), ("id0", "id14", "id39"));
        ids.note(&"x".repeat(1000));
        assert_eq!(ids.ids()[15].len(), MAX_LEN);
    }

    #[test]
    fn a_whole_has_what_its_parts_have() {
        let whole = Arc::new(RequestIds::default());
        let parts = [(); 2].map(|()| RequestIds::part_of(Arc::clone(&whole)));
        parts[0].note("a");
        parts[1].note("b");
        parts[1].note_throttled();
        assert_eq!((whole.ids(), whole.throttled()), (vec!["a".to_owned(), "b".to_owned()], 1));
        assert_eq!((parts[0].count(), parts[0].throttled(), parts[1].throttled()), (1, 0, 1));
    }
}
