//! The searchable texts of up to 128 entries, in lower case.
//!
//! Names fall into words, and each different word stands once, with a bit for every entry that has it: so few bytes are
//! scanned for a part of a name, several terms meet by an "and" of bits, and nothing has to be kept true across pages.
//! Ids and addresses are found by hashes, and whoever asks compares the entry itself.

use std::collections::BTreeMap;
use std::hint::black_box;

use memchr::memmem::Finder;
use memchr::{memchr, memchr_iter};

use super::{Entry, Rank, Term};

/// How many entries a page has at most: the bits of a [`Mask`].
pub(super) const PAGE: usize = 128;
/// Stands before and behind each text; in no text.
const EDGE: char = '\0';
/// How many digits of an id are kept for finding it by its beginning, and the fewest that are looked for.
const DIGITS: usize = 8;
const FEWEST: usize = 4;
/// How many words and tags a page keeps: two bytes number them.
const TEXTS: usize = 65_000;
/// How many bytes memory brings at once.
const LINE: usize = 64;

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

/// The different words of names, in order, then the different tags, `key=value`, and which entries have each: in one
/// piece of memory, for a lookup looks into the words of every page, and steps to other pieces cost more than it does.
#[derive(Debug, Default)]
struct Words {
    /// An edge, the text, an edge, the next text, and so on to a last edge; then two bytes for each text, its one bearer
    /// or [`PAGE`] and which mask; then the masks of texts that several bear.
    bytes: Box<[u8]>,
    /// How many of the texts are words, and where the edge before the first tag stands.
    words: usize,
    tags: usize,
    /// Where the bearers begin, and where the masks.
    bearers: usize,
    masks: usize,
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
    words: Option<Vec<Finder<'static>>>,
    /// The range of an id's first digits, if the part may be the beginning of one.
    digits: Option<(u32, u32)>,
}

fn finder(text: &str) -> Finder<'static> {
    Finder::new(text.as_bytes()).into_owned()
}

/// What finds each of them among the words of a page; the last first, for it tends to be the rarest.
fn words_of(first: &str, between: &[&str], last: &str) -> Vec<Finder<'static>> {
    let mut words = Vec::new();
    if !last.is_empty() {
        words.push(finder(&format!("{EDGE}{last}")));
    }
    for word in between.iter().filter(|word| !word.is_empty()) {
        words.push(finder(&format!("{EDGE}{word}{EDGE}")));
    }
    if !first.is_empty() {
        words.push(finder(&format!("{first}{EDGE}")));
    }
    words
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
        let pieces: Vec<&str> = text.split(|c: char| !c.is_alphanumeric()).collect();
        let words = match pieces.as_slice() {
            [first, between @ .., last] => Some(words_of(first, between, last)),
            _ => None,
        };
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
        size_of::<Page>() + names + hashes + self.words.bytes.len()
    }

    /// Brings what a search for these terms reads near the processor. Done for some pages before they are searched, it
    /// waits for memory once, not once a page.
    pub(super) fn fetch(&self, terms: &[Ready]) {
        if terms.iter().any(|term| !matches!(term, Ready::Whole(_))) {
            for byte in self.words.bytes.iter().step_by(LINE) {
                black_box(*byte);
            }
        }
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
        let Some(words) = &part.words else { return self.words.anywhere(&part.anywhere) };
        let mut fitting = among;
        for word in words {
            fitting &= if fitting == 0 { 0 } else { self.words.worded(word) };
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
        let (mut bytes, mut bearers, mut masks) = (Vec::new(), Vec::new(), Vec::new());
        let mut add = |(text, mask): (&String, &Mask)| {
            bytes.push(EDGE as u8);
            bytes.extend_from_slice(text.as_bytes());
            let bearer = if mask.is_power_of_two() {
                mask.trailing_zeros() as usize
            } else {
                masks.extend(mask.to_ne_bytes());
                PAGE + masks.len() / size_of::<Mask>() - 1
            };
            bearers.extend(u16::try_from(bearer).unwrap_or(u16::MAX).to_ne_bytes());
            bytes.len()
        };
        let (words, tags) = (words.iter().take(TEXTS), tags.iter().take(TEXTS.saturating_sub(words.len())));
        let count = words.len();
        let tags_at = words.map(&mut add).last().unwrap_or(0);
        let bearers_at = tags.map(&mut add).last().unwrap_or(tags_at) + 1;
        bytes.push(EDGE as u8);
        let masks_at = bearers_at + bearers.len();
        bytes.extend(bearers.into_iter().chain(masks));
        Words { bytes: bytes.into(), words: count, tags: tags_at, bearers: bearers_at, masks: masks_at }
    }

    /// The entries of all words and tags that hold it.
    fn anywhere(&self, finder: &Finder<'_>) -> Mask {
        self.scan(finder, 0, 0, self.bearers)
    }

    /// Those of tags alone.
    fn tagged(&self, finder: &Finder<'_>) -> Mask {
        self.scan(finder, self.words, self.tags, self.bearers)
    }

    /// Those of words alone.
    fn worded(&self, finder: &Finder<'_>) -> Mask {
        self.scan(finder, 0, 0, self.tags + 1)
    }

    /// Those of all texts before `end` that hold it, from text `number` on, whose edge stands at `from`.
    fn scan(&self, finder: &Finder<'_>, mut number: usize, mut from: usize, end: usize) -> Mask {
        let mut found = 0;
        let texts = self.bytes.get(..end).unwrap_or_default();
        while let Some(at) = texts.get(from..).and_then(|rest| finder.find(rest)) {
            let (passed, rest) = texts[from..].split_at(at + 1);
            number += memchr_iter(EDGE as u8, passed).count();
            found |= self.bearers_of(number - 1);
            let Some(next) = memchr(EDGE as u8, rest) else { break };
            from += at + 1 + next;
        }
        found
    }

    /// The entries that have the text of that number.
    fn bearers_of(&self, number: usize) -> Mask {
        let bearer = self.read(self.bearers + number * size_of::<u16>()).map_or(0, u16::from_ne_bytes);
        match usize::from(bearer).checked_sub(PAGE) {
            None => 1 << bearer,
            Some(number) => self.read(self.masks + number * size_of::<Mask>()).map_or(0, Mask::from_ne_bytes),
        }
    }

    fn read<const N: usize>(&self, at: usize) -> Option<[u8; N]> {
        self.bytes.get(at..)?.first_chunk().copied()
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
