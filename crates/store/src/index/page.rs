//! The searchable texts of up to 128 entries, in lower case.
//!
//! Names fall into words, and each different word stands once, with a bit for every entry that has it: so few bytes are
//! scanned for a part of a name, several terms meet by an "and" of bits, and nothing has to be kept true across pages.
//! Ids and addresses are found by hashes, and whoever asks compares the entry itself.

use std::collections::BTreeMap;

use memchr::memmem::Finder;

use super::{Entry, Rank, Term};

/// How many entries a page has at most: the bits of a [`Mask`].
pub(super) const PAGE: usize = 128;
/// Stands before and behind each text; in no text.
const EDGE: char = '\0';
/// How many digits of an id are kept for finding it by its beginning, and the fewest that are looked for.
const DIGITS: usize = 8;
const FEWEST: usize = 4;

/// Entries of a page, a bit each.
pub(super) type Mask = u128;

/// The texts of some entries.
#[derive(Debug, Default)]
pub(super) struct Page {
    /// All names, each between edges; those of entry `n` begin at `begins[n]`.
    names: Box<[u8]>,
    begins: Box<[u32]>,
    words: Words,
    /// Hashes of ids, names and addresses in order, and whose they are.
    hashes: Box<[u32]>,
    owners: Box<[u8]>,
    /// The first digits of ids in order, and whose they are.
    digits: Box<[(u32, u8)]>,
}

/// The different words of names, in order, then the different tags, `key=value`, and which entries have each.
#[derive(Debug, Default)]
struct Words {
    /// An edge, the text, an edge, the next text, and so on.
    bytes: Box<[u8]>,
    begins: Box<[u32]>,
    bearers: Box<[Mask]>,
    /// How many of them are words.
    words: usize,
}

/// A term made ready to look for in many pages.
pub(super) enum Ready {
    Whole(u32),
    Tag(Box<Finder<'static>>),
    Part(Box<Part>),
}

/// A part of a name or tag, and what is known about it.
pub(super) struct Part {
    text: String,
    /// It, in names and tags.
    anywhere: Finder<'static>,
    /// Its words, where it has several or ends with a dash: the first may be a word's end, the last a word's beginning.
    words: Option<(Finder<'static>, Vec<String>, String)>,
    /// The range of an id's first digits, if the part may be the beginning of one.
    digits: Option<(u32, u32)>,
}

fn finder(text: &str) -> Finder<'static> {
    Finder::new(text.as_bytes()).into_owned()
}

impl Ready {
    pub(super) fn of(term: &Term) -> Ready {
        match term {
            Term::Named(text) => Ready::Whole(hash(NAME, &text.to_lowercase())),
            Term::Address(text) => Ready::Whole(hash(ADDRESS, &text.to_lowercase())),
            Term::Tag { key, value: Some(value) } => Ready::Tag(Box::new(finder(&format!(
                "{EDGE}{}={}{EDGE}",
                key.to_lowercase(),
                value.to_lowercase()
            )))),
            Term::Tag { key, value: None } => {
                Ready::Tag(Box::new(finder(&format!("{EDGE}{}=", key.to_lowercase()))))
            }
            Term::Part(text) => Ready::part(text.to_lowercase()),
        }
    }

    fn part(text: String) -> Ready {
        let mut pieces: Vec<String> = text.split(|c: char| !c.is_alphanumeric()).map(str::to_owned).collect();
        let last = pieces.pop().filter(|_| !pieces.is_empty());
        let words = last.map(|last| {
            let first = pieces.remove(0);
            let first = if first.is_empty() { String::new() } else { format!("{first}{EDGE}") };
            pieces.retain(|piece| !piece.is_empty());
            (finder(&first), pieces, last)
        });
        Ready::Part(Box::new(Part { anywhere: finder(&text), words, digits: range(&text), text }))
    }
}

impl Page {
    /// The texts of these entries, of which there are at most [`PAGE`].
    pub(super) fn of(entries: &[Entry]) -> Page {
        let (mut names, mut begins) = (String::new(), Vec::new());
        let (mut words, mut tags) = (BTreeMap::new(), BTreeMap::new());
        let (mut hashes, mut digits) = (Vec::new(), Vec::new());
        for (number, entry) in (0_u8..).zip(entries.iter().take(PAGE)) {
            let bit: Mask = 1 << number;
            begins.push(offset(names.len()));
            names.push(EDGE);
            match first_digits(&entry.id) {
                Some(first) => digits.push((first, number)),
                // An id that people made up is a name.
                None => add_name(&entry.id, bit, &mut names, &mut words),
            }
            hashes.push((hash(NAME, &entry.id.to_lowercase()), number));
            for name in entry.names.iter().filter(|name| **name != entry.id) {
                hashes.push((hash(NAME, &name.to_lowercase()), number));
                add_name(name, bit, &mut names, &mut words);
            }
            for address in &entry.addresses {
                hashes.push((hash(ADDRESS, &address.to_lowercase()), number));
            }
            for (key, value) in &entry.tags {
                *tags.entry(plain(&format!("{key}={value}"))).or_default() |= bit;
            }
        }
        hashes.sort_unstable();
        hashes.dedup();
        digits.sort_unstable();
        Page {
            names: names.into_bytes().into(),
            begins: begins.into(),
            words: Words::of(&words, &tags),
            owners: hashes.iter().map(|(_, owner)| *owner).collect(),
            hashes: hashes.iter().map(|(hash, _)| *hash).collect(),
            digits: digits.into(),
        }
    }

    /// How much memory it takes, in bytes.
    pub(super) fn size(&self) -> usize {
        let hashes = self.hashes.len() * (size_of::<u32>() + 1) + self.digits.len() * size_of::<(u32, u8)>();
        let names = self.names.len() + self.begins.len() * size_of::<u32>();
        size_of::<Page>() + names + hashes + self.words.size()
    }

    /// Entries that fit all terms.
    pub(super) fn search(&self, terms: &[Ready]) -> Mask {
        let mut fitting = Mask::MAX;
        for term in terms {
            fitting &= self.one(term, fitting);
            if fitting == 0 {
                break;
            }
        }
        if terms.is_empty() { 0 } else { fitting }
    }

    fn one(&self, term: &Ready, among: Mask) -> Mask {
        match term {
            Ready::Whole(hash) => self.hashed(*hash),
            Ready::Tag(finder) => self.words.tagged(finder),
            Ready::Part(part) => {
                let beginning = part.digits.map_or(0, |range| self.beginning(range));
                beginning | self.part(part, among)
            }
        }
    }

    fn part(&self, part: &Part, among: Mask) -> Mask {
        let Some((first, between, last)) = &part.words else { return self.words.anywhere(&part.anywhere) };
        let mut fitting = among;
        if !last.is_empty() {
            fitting &= self.words.beginning(last.as_bytes());
        }
        for word in between {
            fitting &= if fitting == 0 { 0 } else { self.words.whole(word.as_bytes()) };
        }
        if fitting != 0 && !first.needle().is_empty() {
            fitting &= self.words.ending(first);
        }
        let named = bits(fitting).filter(|number| part.anywhere.find(self.names_of(*number)).is_some());
        named.fold(0, |mask, number| mask | 1 << number) | self.words.tagged(&part.anywhere)
    }

    /// How well an entry fits, by its names.
    pub(super) fn rank(&self, number: u32, terms: &[Ready]) -> Rank {
        let rank = |term: &Ready| match term {
            Ready::Whole(_) | Ready::Tag(_) => Rank::Whole,
            Ready::Part(part) => {
                let text = part.text.as_bytes();
                let names = self.names_of(number).split(|byte| *byte == 0);
                let fit = names.filter_map(|name| name.strip_prefix(text));
                fit.map(|rest| if rest.is_empty() { Rank::Whole } else { Rank::Beginning })
                    .min()
                    .unwrap_or(Rank::Within)
            }
        };
        terms.iter().map(rank).max().unwrap_or(Rank::Within)
    }

    fn names_of(&self, number: u32) -> &[u8] {
        let begin = |number: usize| self.begins.get(number).map_or(self.names.len(), |begin| *begin as usize);
        self.names.get(begin(number as usize)..begin(number as usize + 1)).unwrap_or_default()
    }

    fn hashed(&self, hash: u32) -> Mask {
        let from = self.hashes.partition_point(|known| *known < hash);
        let same =
            self.hashes[from..].iter().zip(&self.owners[from..]).take_while(|(known, _)| **known == hash);
        same.fold(0, |mask, (_, owner)| mask | 1 << owner)
    }

    fn beginning(&self, (least, most): (u32, u32)) -> Mask {
        let from = self.digits.partition_point(|(first, _)| *first < least);
        let within = self.digits[from..].iter().take_while(|(first, _)| *first <= most);
        within.fold(0, |mask, (_, owner)| mask | 1 << owner)
    }
}

impl Words {
    fn of(words: &BTreeMap<String, Mask>, tags: &BTreeMap<String, Mask>) -> Words {
        let (mut bytes, mut begins) = (String::new(), Vec::new());
        for text in words.keys().chain(tags.keys()) {
            begins.push(offset(bytes.len()));
            bytes.push(EDGE);
            bytes.push_str(text);
        }
        bytes.push(EDGE);
        Words {
            bytes: bytes.into_bytes().into(),
            begins: begins.into(),
            bearers: words.values().chain(tags.values()).copied().collect(),
            words: words.len(),
        }
    }

    fn size(&self) -> usize {
        self.bytes.len() + self.begins.len() * size_of::<u32>() + self.bearers.len() * size_of::<Mask>()
    }

    /// The entries of all words and tags that hold it.
    fn anywhere(&self, finder: &Finder<'_>) -> Mask {
        self.scan(finder, 0, self.bytes.len())
    }

    /// Those of tags alone.
    fn tagged(&self, finder: &Finder<'_>) -> Mask {
        self.scan(finder, self.begin(self.words), self.bytes.len())
    }

    /// Those of words that hold it; with an edge at its end, of words that end so.
    fn ending(&self, finder: &Finder<'_>) -> Mask {
        self.scan(finder, 0, self.begin(self.words) + 1)
    }

    /// Those of that word.
    fn whole(&self, word: &[u8]) -> Mask {
        let at = self.first_from(word);
        if at < self.words && self.text(at) == word { self.bearers[at] } else { 0 }
    }

    /// Those of all words that begin so.
    fn beginning(&self, word: &[u8]) -> Mask {
        let some = (self.first_from(word)..self.words).take_while(|at| self.text(*at).starts_with(word));
        some.fold(0, |mask, at| mask | self.bearers[at])
    }

    /// The first word that does not stand before this one.
    fn first_from(&self, word: &[u8]) -> usize {
        let (mut from, mut to) = (0, self.words);
        while from < to {
            let middle = (from + to) / 2;
            if self.text(middle) < word { from = middle + 1 } else { to = middle }
        }
        from
    }

    fn text(&self, number: usize) -> &[u8] {
        self.bytes.get(self.begin(number) + 1..self.begin(number + 1)).unwrap_or_default()
    }

    fn begin(&self, number: usize) -> usize {
        self.begins.get(number).map_or(self.bytes.len() - 1, |begin| *begin as usize)
    }

    fn scan(&self, finder: &Finder<'_>, mut from: usize, to: usize) -> Mask {
        let mut found = 0;
        while let Some(at) = self.bytes.get(from..to).and_then(|rest| finder.find(rest)) {
            let at = from + at;
            let number = self.begins.partition_point(|begin| *begin as usize <= at) - 1;
            found |= self.bearers[number];
            from = self.begin(number + 1);
        }
        found
    }
}

/// The numbers of the entries in a mask.
pub(super) fn bits(mask: Mask) -> impl Iterator<Item = u32> {
    let mut left = mask;
    std::iter::from_fn(move || {
        let next = (left != 0).then(|| left.trailing_zeros())?;
        left &= left - 1;
        Some(next)
    })
}

fn add_name(name: &str, bit: Mask, names: &mut String, words: &mut BTreeMap<String, Mask>) {
    let name = plain(name);
    for word in name.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty()) {
        match words.get_mut(word) {
            Some(bearers) => *bearers |= bit,
            None => drop(words.insert(word.to_owned(), bit)),
        }
    }
    names.push_str(&name);
    names.push(EDGE);
}

/// In lower case, without what stands for an edge.
fn plain(text: &str) -> String {
    text.to_lowercase().replace(EDGE, " ")
}

fn offset(length: usize) -> u32 {
    u32::try_from(length).unwrap_or(u32::MAX)
}

/// Names and addresses are hashed apart.
const NAME: u8 = 1;
const ADDRESS: u8 = 2;

/// FNV-1a, folded to 32 bits.
fn hash(sort: u8, text: &str) -> u32 {
    let step = |hash: u64, byte: u8| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3);
    let hash = std::iter::once(sort).chain(text.bytes()).fold(0xcbf2_9ce4_8422_2325, step);
    (hash ^ hash >> 32) as u32
}

/// The first digits of `i-0123456789abcdef0`; `None` if it is no id of that form.
fn first_digits(id: &str) -> Option<u32> {
    let (_, digits) = id.rsplit_once('-')?;
    let fits = matches!(digits.len(), 8 | 17) && digits.bytes().all(|byte| byte.is_ascii_hexdigit());
    fits.then(|| u32::from_str_radix(&digits[..DIGITS], 16).ok())?
}

/// Where ids begin that begin so, with or without what stands before the dash.
fn range(part: &str) -> Option<(u32, u32)> {
    let digits = part.rsplit_once('-').map_or(part, |(_, digits)| digits);
    if !(FEWEST..=17).contains(&digits.len()) || !digits.bytes().all(|byte| byte.is_ascii_hexdigit()) {
        return None;
    }
    let first = &digits[..digits.len().min(DIGITS)];
    let least = u32::from_str_radix(&format!("{first:0<8}"), 16).ok()?;
    let most = u32::from_str_radix(&format!("{first:f<8}"), 16).ok()?;
    Some((least, most))
}
