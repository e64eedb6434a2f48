//! Sets of rules, which are numbers in the order of the file.
//!
//! A set of few is a list and one of many has a bit for each rule. What is worked with is always bits: so a decision
//! takes time by a 64th of the number of rules, and hardly by how many of them match.
//! Invariant: a set is filled in ascending order.

/// How many a list holds; more become bits.
const FEW: usize = 48;

/// A set that stays.
#[derive(Debug, Clone)]
pub(crate) enum Set {
    /// Ascending.
    Few(Vec<u32>),
    /// As far as the highest.
    Many(Bits),
}

/// A set that is worked with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Bits(Vec<u64>);

impl Default for Set {
    fn default() -> Set {
        Set::Few(Vec::new())
    }
}

impl Set {
    /// Adds a number that is no lower than any before.
    pub(crate) fn push(&mut self, number: u32) {
        match self {
            Set::Few(list) if list.last() == Some(&number) => {}
            Set::Few(list) if list.len() < FEW => list.push(number),
            Set::Few(list) => {
                let mut bits = Bits(Vec::new());
                list.iter().for_each(|number| bits.grow(*number));
                bits.grow(number);
                *self = Set::Many(bits);
            }
            Set::Many(bits) => bits.grow(number),
        }
    }
}

impl Set {
    fn is_empty(&self) -> bool {
        matches!(self, Set::Few(list) if list.is_empty())
    }
}

impl Bits {
    /// Nothing, with room for numbers below `total`.
    pub(crate) fn none(total: usize) -> Bits {
        Bits(vec![0; total.div_ceil(64)])
    }

    fn grow(&mut self, number: u32) {
        let (word, bit) = place(number);
        if word >= self.0.len() {
            self.0.resize(word + 1, 0);
        }
        self.0[word] |= bit;
    }

    /// Adds what is in the set.
    pub(crate) fn add(&mut self, set: &Set) {
        match set {
            Set::Few(list) => list.iter().for_each(|number| {
                let (word, bit) = place(*number);
                self.0[word] |= bit;
            }),
            Set::Many(bits) => self.join(bits),
        }
    }

    /// Takes out what is in the set.
    pub(crate) fn drop_all(&mut self, set: &Set) {
        match set {
            Set::Few(list) => list.iter().for_each(|number| self.remove(*number)),
            Set::Many(bits) => self.0.iter_mut().zip(&bits.0).for_each(|(mine, theirs)| *mine &= !theirs),
        }
    }

    /// Takes out one.
    pub(crate) fn remove(&mut self, number: u32) {
        let (word, bit) = place(number);
        self.0[word] &= !bit;
    }

    /// Leaves what is in one of the sets.
    pub(crate) fn keep_any<'s>(&mut self, sets: impl IntoIterator<Item = &'s Set>) {
        let mut sets = sets.into_iter().filter(|set| !set.is_empty());
        match (sets.next(), sets.next()) {
            (None, _) => self.0.fill(0),
            (Some(only), None) => self.keep(only),
            (Some(one), Some(other)) => {
                let mut union = Bits(vec![0; self.0.len()]);
                [one, other].into_iter().chain(sets).for_each(|set| union.add(set));
                self.0.iter_mut().zip(&union.0).for_each(|(mine, theirs)| *mine &= theirs);
            }
        }
    }

    /// Leaves what is in the set.
    pub(crate) fn keep(&mut self, set: &Set) {
        match set {
            Set::Few(list) => {
                let mut both = [0; FEW];
                let common = list.iter().copied().filter(|number| self.contains(*number));
                let count = both.iter_mut().zip(common).map(|(slot, number)| *slot = number).count();
                self.0.fill(0);
                for number in &both[..count] {
                    let (word, bit) = place(*number);
                    self.0[word] |= bit;
                }
            }
            Set::Many(bits) => {
                self.0.iter_mut().zip(&bits.0).for_each(|(mine, theirs)| *mine &= theirs);
                self.0.iter_mut().skip(bits.0.len()).for_each(|word| *word = 0);
            }
        }
    }

    /// Becomes the same as the other.
    pub(crate) fn copy(&mut self, other: &Bits) {
        self.0.clone_from(&other.0);
    }

    /// Adds what is in the other.
    pub(crate) fn join(&mut self, other: &Bits) {
        self.0.iter_mut().zip(&other.0).for_each(|(mine, theirs)| *mine |= theirs);
    }

    /// Whether the number is in it.
    fn contains(&self, number: u32) -> bool {
        let (word, bit) = place(number);
        self.0.get(word).is_some_and(|bits| bits & bit != 0)
    }

    /// Whether nothing is in it.
    pub(crate) fn is_empty(&self) -> bool {
        self.0.iter().all(|word| *word == 0)
    }

    /// How many are in it.
    pub(crate) fn len(&self) -> usize {
        self.0.iter().map(|word| word.count_ones() as usize).sum()
    }

    /// The lowest.
    pub(crate) fn first(&self) -> Option<u32> {
        self.iter().next()
    }

    /// The lowest that is in the set too.
    pub(crate) fn first_in(&self, set: &Set) -> Option<u32> {
        match set {
            Set::Few(list) => list.iter().copied().find(|number| self.contains(*number)),
            Set::Many(bits) => {
                let both = self.0.iter().zip(&bits.0).map(|(mine, theirs)| mine & theirs);
                let (word, bits) = both.enumerate().find(|(_, both)| *both != 0)?;
                Some(word as u32 * 64 + bits.trailing_zeros())
            }
        }
    }

    /// Whether something is in both.
    pub(crate) fn meets(&self, set: &Set) -> bool {
        self.first_in(set).is_some()
    }

    /// Each, ascending.
    pub(crate) fn iter(&self) -> impl Iterator<Item = u32> {
        self.0.iter().enumerate().flat_map(|(word, bits)| {
            let rest = |left: &u64| Some(left & (left - 1)).filter(|left| *left != 0);
            std::iter::successors(Some(*bits).filter(|bits| *bits != 0), rest)
                .map(move |left| word as u32 * 64 + left.trailing_zeros())
        })
    }
}

fn place(number: u32) -> (usize, u64) {
    (number as usize / 64, 1 << (number % 64))
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use proptest::prelude::*;

    use super::*;

    fn set(numbers: &BTreeSet<u32>) -> Set {
        let mut set = Set::default();
        numbers.iter().for_each(|number| set.push(*number));
        set
    }

    fn bits(numbers: &BTreeSet<u32>) -> Bits {
        let mut bits = Bits::none(300);
        bits.add(&set(numbers));
        bits
    }

    fn some() -> impl Strategy<Value = BTreeSet<u32>> {
        prop_oneof![
            proptest::collection::btree_set(0_u32..300, 0..10),
            proptest::collection::btree_set(0_u32..300, 0..200)
        ]
    }

    proptest! {
        #[test]
        fn sets_are_sets(one in some(), other in some(), third in some()) {
            let listed = |bits: &Bits| bits.iter().collect::<BTreeSet<u32>>();
            prop_assert_eq!(&listed(&bits(&one)), &one);
            prop_assert_eq!(bits(&one).len(), one.len());
            prop_assert_eq!(bits(&one).is_empty(), one.is_empty());
            prop_assert_eq!(bits(&one).first(), one.first().copied());
            prop_assert_eq!(bits(&one).first_in(&set(&other)), one.intersection(&other).next().copied());
            prop_assert_eq!(bits(&one).meets(&set(&other)), !one.is_disjoint(&other));
            let mut without = bits(&one);
            without.drop_all(&set(&other));
            prop_assert_eq!(listed(&without), &one - &other);
            let mut within = bits(&one);
            within.keep_any([&set(&other), &set(&third)]);
            prop_assert_eq!(listed(&within), &one & &(&other | &third));
            within.copy(&bits(&one));
            within.keep_any([&set(&other)]);
            prop_assert_eq!(listed(&within), &one & &other);
            for number in 0..300 {
                prop_assert_eq!(bits(&one).contains(number), one.contains(&number));
            }
        }
    }
}
