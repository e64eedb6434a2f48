#![expect(clippy::expect_used, reason = "a test stops at the first surprise")]
#![expect(clippy::disallowed_methods, reason = "a test damages files")]

use std::path::{Path, PathBuf};

use proptest::prelude::*;

use super::*;
use crate::{Holder, StoreError};

/// A folder that goes with the test.
struct Folder(PathBuf);

impl Folder {
    fn new(name: &str) -> Folder {
        let path = std::env::temp_dir().join(format!("bellhop-index-{name}-{}", std::process::id()));
        std::fs::create_dir_all(&path).expect("a folder");
        Folder(path)
    }

    fn file(&self) -> PathBuf {
        self.0.join("index.db")
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

fn scope(account: &str, region: &str, kind: &str) -> Scope {
    Scope { account: account.to_owned(), region: region.to_owned(), kind: kind.to_owned() }
}

fn entry(id: &str, name: &str, address: &str, tags: &[(&str, &str)]) -> Entry {
    Entry {
        id: id.to_owned(),
        names: vec![name.to_owned()],
        addresses: vec![address.to_owned()],
        tags: tags.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect(),
        body: format!("body of {id}").into_bytes(),
    }
}

async fn open(path: &Path) -> LocalIndex {
    let index = LocalIndex::open(path, Holder::Owner).expect("an index");
    index.loaded().await.expect("it reads its file");
    index
}

async fn filled(path: &Path) -> LocalIndex {
    let index = open(path).await;
    let instances = vec![
        entry("i-1", "Web-1", "10.0.0.1", &[("Environment", "prod"), ("Team", "shop")]),
        entry("i-2", "web-2", "10.0.0.2", &[("Environment", "dev")]),
        entry("i-3", "web", "10.0.0.11", &[("Environment", "prod")]),
    ];
    let groups = vec![
        entry("shop-web", "", "shop-1.eu-west-1.elb.amazonaws.com", &[]),
        entry("sg-0abc4567", "", "", &[]),
    ];
    index.replace(scope("1", "eu-west-1", "instance"), UnixMillis(10), instances).await.expect("kept");
    index.replace(scope("2", "us-east-1", "balancer"), UnixMillis(20), groups).await.expect("kept");
    index
}

async fn ids(index: &LocalIndex, terms: &[Term], limit: usize) -> Vec<String> {
    let places = index.search(terms, limit, &mut |_| true).places;
    let entries = index.entries(places).await.expect("entries");
    entries.into_iter().map(|entry| entry.expect("an entry").id).collect()
}

fn part(text: &str) -> Term {
    Term::Part(text.to_owned())
}

fn tag(key: &str, value: Option<&str>) -> Term {
    Term::Tag { key: key.to_owned(), value: value.map(str::to_owned) }
}

#[tokio::test]
async fn entries_are_found_by_what_they_are_called() {
    let folder = Folder::new("found");
    let index = filled(&folder.file()).await;
    let cases: Vec<(Vec<Term>, &[&str])> = vec![
        (vec![part("web")], &["i-3", "i-1", "i-2", "shop-web"]),
        (vec![part("EB-2")], &["i-2"]),
        (vec![part("i-1")], &["i-1"]),
        (vec![part("0abc")], &["sg-0abc4567"]),
        (vec![part("sg-0abc45")], &["sg-0abc4567"]),
        (vec![part("abc4")], &[]),
        (vec![part("prod")], &["i-1", "i-3"]),
        (vec![part("environment=")], &["i-1", "i-2", "i-3"]),
        (vec![part("nothing")], &[]),
        (vec![Term::Named("WEB".to_owned())], &["i-3"]),
        (vec![Term::Named("i-2".to_owned())], &["i-2"]),
        (vec![Term::Address("10.0.0.1".to_owned())], &["i-1"]),
        (vec![Term::Address("shop-1.eu-west-1.elb.amazonaws.com".to_owned())], &["shop-web"]),
        (vec![tag("environment", Some("PROD"))], &["i-1", "i-3"]),
        (vec![tag("Environment", Some("pro"))], &[]),
        (vec![tag("Team", None)], &["i-1"]),
        (vec![part("web"), part("shop")], &["i-1", "shop-web"]),
        (vec![part("web-"), tag("Environment", Some("prod"))], &["i-1"]),
        (vec![part("web"), part("nothing")], &[]),
        (vec![], &[]),
    ];
    for (terms, expected) in cases {
        let mut found = ids(&index, &terms, 10).await;
        if terms.len() > 1 {
            found.sort();
        }
        assert_eq!(found, expected, "{terms:?}");
    }
}

#[tokio::test]
async fn only_what_is_allowed_is_found_and_asked_about() {
    let folder = Folder::new("allowed");
    let index = filled(&folder.file()).await;
    let mut asked = Vec::new();
    let found = index.search(&[part("shop")], 10, &mut |scope| {
        asked.push(scope.account.clone());
        scope.account == "2"
    });
    assert_eq!(asked, ["1", "2"]);
    assert_eq!(found.places.iter().map(|place| place.scope.account.as_str()).collect::<Vec<_>>(), ["2"]);
    let mut asked = 0;
    index.search(&[part("10.0.0.1")], 10, &mut |_| {
        asked += 1;
        true
    });
    assert_eq!(asked, 0, "an address is no name");
}

#[tokio::test]
async fn whoever_is_called_just_so_is_not_lost_among_many() {
    let folder = Folder::new("many");
    let index = open(&folder.file()).await;
    let many = (0..2_000).map(|number| entry(&format!("id-{number}"), &format!("web-{number}"), "", &[]));
    index.replace(scope("1", "a", "instance"), UnixMillis(1), many.collect()).await.expect("kept");
    let last = vec![entry("the-one", "web", "", &[])];
    index.replace(scope("2", "a", "instance"), UnixMillis(1), last).await.expect("kept");
    let found = index.search(&[part("web")], 5, &mut |_| true);
    assert!(found.more);
    assert_eq!((found.places.len(), found.places[0].scope.account.as_str()), (5, "2"));
    assert_eq!(ids(&index, &[part("web-1999")], 5).await, ["id-1999"]);
}

#[tokio::test]
async fn a_listing_replaces_what_was_there() {
    let folder = Folder::new("replaced");
    let index = filled(&folder.file()).await;
    let place = index.search(&[part("i-2")], 1, &mut |_| true).places;
    let again = vec![entry("i-9", "web-9", "10.0.0.9", &[])];
    index.replace(scope("1", "eu-west-1", "instance"), UnixMillis(30), again).await.expect("kept");
    assert_eq!(ids(&index, &[part("web")], 10).await, ["i-9", "shop-web"]);
    assert_eq!(index.entries(place).await.expect("entries"), [None], "its number means something else now");
    let listed = index.listed();
    assert_eq!((listed[0].at, listed[0].generation, listed[0].entries), (UnixMillis(30), 2, 1));
    index.forget(scope("1", "eu-west-1", "instance")).await.expect("forgotten");
    assert_eq!(ids(&index, &[part("web")], 10).await, ["shop-web"]);
    drop(index);
    let index = open(&folder.file()).await;
    assert_eq!(ids(&index, &[part("web")], 10).await, ["shop-web"]);
}

#[tokio::test]
async fn a_restart_loses_nothing() {
    let folder = Folder::new("restart");
    let before = filled(&folder.file()).await;
    let (listed, found) = (before.listed(), ids(&before, &[part("web")], 10).await);
    drop(before);
    let after = open(&folder.file()).await;
    assert_eq!(after.listed(), listed);
    assert_eq!(ids(&after, &[part("web")], 10).await, found);
    let place = after.search(&[part("i-1")], 1, &mut |_| true).places;
    let entries = after.entries(place).await.expect("entries");
    assert_eq!(entries[0].as_ref().map(|entry| entry.body.as_slice()), Some(b"body of i-1".as_slice()));
}

/// However the file is damaged, the index opens, and shows nothing that was not listed.
#[tokio::test]
async fn a_damaged_file_is_made_anew_and_not_believed() {
    let folder = Folder::new("damaged");
    drop(filled(&folder.file()).await);
    let whole = std::fs::read(folder.file()).expect("the file");
    let text = whole.windows(6).position(|window| window == b"body o").expect("a body in the file");
    let mut flipped = whole.clone();
    flipped[text] ^= 1;
    let damaged: Vec<(&str, Vec<u8>)> = vec![
        ("empty", Vec::new()),
        ("no database", b"what is this".repeat(1000)),
        ("cut in its head", whole[..100].to_vec()),
        ("cut in half", whole[..whole.len() / 2].to_vec()),
        ("cut at its end", whole[..whole.len() - 1].to_vec()),
        ("a bit of an entry", flipped),
        ("zeros at its end", [&whole[..whole.len() - 4096], &[0; 4096]].concat()),
    ];
    for (name, bytes) in damaged {
        for suffix in ["-wal", "-shm"] {
            let _ = std::fs::remove_file(folder.0.join(format!("index.db{suffix}")));
        }
        std::fs::write(folder.file(), bytes).expect("written");
        let index = open(&folder.file()).await;
        for id in ids(&index, &[part("web")], 10).await {
            assert!(["i-1", "i-2", "i-3", "shop-web"].contains(&id.as_str()), "{name}: {id}");
        }
        index
            .replace(scope("1", "eu-west-1", "instance"), UnixMillis(1), vec![entry("i-7", "new", "", &[])])
            .await
            .expect(name);
        assert_eq!(ids(&index, &[part("new")], 10).await, ["i-7"], "{name}");
    }
}

#[tokio::test]
async fn guests_read_beside_the_owner_and_change_nothing() {
    let folder = Folder::new("guests");
    let owner = filled(&folder.file()).await;
    assert!(matches!(LocalIndex::open(&folder.file(), Holder::Owner), Err(StoreError::InUse { .. })));
    let guest = LocalIndex::open(&folder.file(), Holder::Guest).expect("a guest");
    guest.loaded().await.expect("it reads");
    assert_eq!(ids(&guest, &[part("web")], 10).await, ids(&owner, &[part("web")], 10).await);
    assert!(guest.forget(scope("1", "eu-west-1", "instance")).await.is_err());
    assert!(LocalIndex::open(&folder.0.join("none.db"), Holder::Guest).is_err());
}

fn any_entry() -> impl Strategy<Value = Entry> {
    let texts = proptest::collection::vec("\\PC{0,12}", 0..4);
    let tags = proptest::collection::vec(("\\PC{0,8}", "\\PC{0,8}"), 0..4);
    let body = proptest::collection::vec(any::<u8>(), 0..40);
    ("\\PC{0,12}", texts.clone(), texts, tags, body).prop_map(|(id, names, addresses, tags, body)| Entry {
        id,
        names,
        addresses,
        tags,
        body,
    })
}

proptest! {
    #[test]
    fn entries_survive_their_bytes(entries in proptest::collection::vec(any_entry(), 0..8)) {
        let bytes = write_chunk(&entries);
        prop_assert_eq!(read_chunk(&bytes).expect("as written"), entries);
        for end in 0..bytes.len() {
            prop_assert!(read_chunk(&bytes[..end]).is_err());
        }
    }

    #[test]
    fn any_bytes_are_read_or_refused(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
        let _ = read_chunk(&bytes);
    }

    /// A search finds exactly what a plain comparison finds.
    #[test]
    fn a_search_finds_what_is_there(
        things in proptest::collection::vec(("[aB. é-]{0,6}", "[ab]{0,2}", "[aB -]{0,3}"), 1..40),
        parts in proptest::collection::vec("[ab. é-]{1,4}", 1..3),
        value in proptest::option::of("[ab -]{0,2}"),
        tagged in any::<bool>(),
    ) {
        let things = things.iter().map(|(name, key, value)| entry("", name, "", &[(key, value)]));
        let entries: Vec<Entry> = things.collect();
        let mut terms: Vec<Term> = parts.iter().map(|text| part(text)).collect();
        terms.extend(tagged.then(|| tag("a", value.as_deref())));
        let ready: Vec<page::Ready> = terms.iter().map(page::Ready::of).collect();
        let found = page::Page::of(&entries).search(&ready);
        let found: Vec<usize> = page::bits(found).map(|number| number as usize).collect();
        let fits = |number: &usize| terms.iter().all(|term| term.fits(&entries[*number]));
        prop_assert_eq!(found, (0..entries.len()).filter(fits).collect::<Vec<usize>>());
    }
}

#[test]
fn more_texts_than_a_page_keeps_hide_tags_but_no_name() {
    let tags = |from: u32| {
        (from..from + 40_000).map(|number| ("key".to_owned(), number.to_string())).collect::<Vec<_>>()
    };
    let entries = [0, 40_000].map(|from| Entry { tags: tags(from), ..entry("", "the-name", "", &[]) });
    let page = page::Page::of(&entries);
    let search = |term: Term| page.search(&[page::Ready::of(&term)]);
    assert_eq!(search(part("the-name")), 0b11);
    assert_eq!(search(tag("key", None)), 0b11);
    assert_eq!(search(tag("key", Some("0"))), 0b01);
    assert_eq!(search(tag("key", Some("9999"))), 0, "the last in order");
}
