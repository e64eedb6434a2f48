//! Names in order: those of many maps, and entries of one map that are looked up in the order of their names.

use value::Value;

/// What is left of sorted entries.
pub(super) struct InOrder<'e, 'a>(pub(super) &'e [(&'a str, &'a Value)]);

impl<'a> InOrder<'_, 'a> {
    /// The value of a name; each name asked for comes behind the one before.
    pub(super) fn find(&mut self, name: &str) -> Option<&'a Value> {
        while let Some(((next, value), rest)) = self.0.split_first() {
            match (*next).cmp(name) {
                std::cmp::Ordering::Less => self.0 = rest,
                std::cmp::Ordering::Equal => {
                    self.0 = rest;
                    return Some(value);
                }
                std::cmp::Ordering::Greater => return None,
            }
        }
        None
    }
}

/// Each name once, sorted.
pub(super) fn distinct<'a>(names: impl Iterator<Item = &'a str>) -> Vec<&'a str> {
    const MANY: usize = 1024;
    let (mut found, mut limit): (Vec<&str>, usize) = (Vec::new(), MANY);
    for name in names {
        if found.len() >= limit {
            found.sort_unstable();
            found.dedup();
            limit = MANY.max(2 * found.len());
        }
        found.push(name);
    }
    found.sort_unstable();
    found.dedup();
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sorted_names_are_found_in_one_walk() {
        let values = [Value::from(1_i64), Value::from(2), Value::from(3)];
        let entries: Vec<(&str, &Value)> = ["b", "d", "e"].into_iter().zip(&values).collect();
        let mut walk = InOrder(&entries);
        let found: Vec<Option<i64>> =
            ["a", "b", "c", "e", "f"].map(|name| walk.find(name).and_then(Value::as_i64)).to_vec();
        assert_eq!(found, [None, Some(1), None, Some(3), None]);
    }

    #[test]
    fn each_name_comes_once_however_many_there_are() {
        let names: Vec<String> = (0..5_000).map(|number| format!("{:04}", number * 7 % 3_000)).collect();
        let expected: Vec<String> =
            names.iter().cloned().collect::<std::collections::BTreeSet<_>>().into_iter().collect();
        assert_eq!(distinct(names.iter().map(String::as_str)), expected);
        assert!(distinct(std::iter::empty()).is_empty());
    }
}
