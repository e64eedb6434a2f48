//! Lookups in an index of a million things: how long each takes, what it holds in memory and on disk.
#![expect(clippy::print_stdout, clippy::expect_used, reason = "it prints what it measured, or stops")]

use std::path::Path;
use std::time::Instant;

use store::index::{Entry, Index, LocalIndex, Scope, Term};
use store::{Holder, UnixMillis};

const ACCOUNTS: u64 = 100;
const REGIONS: [&str; 17] = [
    "us-east-1",
    "us-east-2",
    "us-west-1",
    "us-west-2",
    "eu-west-1",
    "eu-west-2",
    "eu-west-3",
    "eu-central-1",
    "eu-north-1",
    "ap-south-1",
    "ap-northeast-1",
    "ap-northeast-2",
    "ap-northeast-3",
    "ap-southeast-1",
    "ap-southeast-2",
    "ca-central-1",
    "sa-east-1",
];
const KINDS: [&str; 6] = ["instance", "network-interface", "load-balancer", "database", "function", "stack"];
/// Things of each kind in each region of each account: a million in all.
const EACH: u64 = 98;
/// Hits that are shown.
const SHOWN: usize = 20;
const TIMES: usize = 50;

fn main() {
    let folder = std::env::temp_dir().join(format!("bellhop-bench-index-{}", std::process::id()));
    std::fs::create_dir_all(&folder).expect("a folder");
    let path = folder.join("index.db");
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).build().expect("a runtime");
    runtime.block_on(measure(&path));
    std::fs::remove_dir_all(&folder).expect("the folder goes");
}

async fn measure(path: &Path) {
    let index = LocalIndex::open(path, Holder::Owner).expect("an index");
    let begun = Instant::now();
    let mut count = 0;
    for account in 0..ACCOUNTS {
        for region in REGIONS {
            for kind in KINDS {
                let entries: Vec<Entry> =
                    (0..EACH).map(|number| thing(account, region, kind, number)).collect();
                count += entries.len();
                let scope =
                    Scope { account: id_of(account), region: region.to_owned(), kind: kind.to_owned() };
                index.replace(scope, UnixMillis(1), entries).await.expect("kept");
            }
        }
    }
    println!(
        "{count} things in {} listings, written in {:.1} s",
        index.listed().len(),
        begun.elapsed().as_secs_f64()
    );
    drop(index);
    let begun = Instant::now();
    let index = LocalIndex::open(path, Holder::Owner).expect("an index");
    index.loaded().await.expect("it is read");
    println!("opened, checked and read again in {:.1} s", begun.elapsed().as_secs_f64());
    let disk = std::fs::metadata(path).expect("the file").len();
    println!("memory {:.0} MB, disk {:.0} MB", megabytes(index.memory() as u64), megabytes(disk));
    for (name, terms) in lookups() {
        one(&index, name, &terms).await;
    }
}

async fn one(index: &LocalIndex, name: &str, terms: &[Term]) {
    let (mut times, mut found) = (Vec::new(), 0);
    for _ in 0..TIMES {
        let begun = Instant::now();
        let places = index.search(terms, SHOWN, &mut |_| true).places;
        let entries = index.entries(places).await.expect("entries");
        times.push(begun.elapsed().as_secs_f64() * 1000.0);
        found = entries.len();
    }
    times.sort_by(f64::total_cmp);
    println!(
        "{name:<42} {found:>3} shown   median {:>6.2} ms   worst {:>6.2} ms",
        times[TIMES / 2],
        times[TIMES - 1]
    );
}

fn lookups() -> Vec<(&'static str, Vec<Term>)> {
    let part = |text: &str| Term::Part(text.to_owned());
    let last = thing(ACCOUNTS - 1, REGIONS[16], KINDS[5], EACH - 1);
    let tag =
        |value: Option<&str>| Term::Tag { key: "Environment".to_owned(), value: value.map(str::to_owned) };
    vec![
        ("id, the last of all", vec![Term::Named(last.id.clone())]),
        ("id that is not there", vec![Term::Named("i-0123456789abcdef0".to_owned())]),
        ("private address, the last of all", vec![Term::Address(last.addresses[0].clone())]),
        ("DNS name, the last of all", vec![Term::Address(last.addresses[1].clone())]),
        ("whole name, the last of all", vec![part(&last.names[0])]),
        ("two characters, in nearly every name", vec![part("ap")]),
        ("two characters, nowhere", vec![part("qq")]),
        ("a word in a fifth of all", vec![part("checkout")]),
        ("a word nowhere", vec![part("chekcout")]),
        ("tag with a value", vec![tag(Some("staging"))]),
        ("tag, any value", vec![tag(None)]),
        ("tag value nowhere", vec![tag(Some("nowhere"))]),
        ("two words", vec![part("checkout"), part("worker-97")]),
        ("two frequent words", vec![part("checkout"), part("worker")]),
        ("a word and a tag", vec![part("checkout"), tag(Some("staging"))]),
        ("two words that never meet", vec![part("checkout"), part("search")]),
    ]
}

fn thing(account: u64, region: &str, kind: &str, number: u64) -> Entry {
    let seed = mixed(
        account << 40
            ^ number << 20
            ^ region.len() as u64
            ^ (region.as_bytes()[3] as u64) << 8
            ^ sum(kind)
            ^ sum(region) << 10,
    );
    let team = ["checkout", "search", "payments", "profile", "catalogue"][(seed % 5) as usize];
    let role = ["api", "worker", "cache", "batch"][(seed / 5 % 4) as usize];
    let environment = ["production", "staging", "development"][(seed / 20 % 3) as usize];
    let address = format!("10.{}.{}.{}", seed >> 8 & 255, seed >> 16 & 255, seed >> 24 & 255);
    Entry {
        id: format!("{}-{:017x}", &kind[..1], mixed(seed) >> 4),
        names: vec![format!("{team}-{environment}-{role}-{number}")],
        addresses: vec![
            address,
            format!("{team}-{role}-{}.{region}.elb.amazonaws.com", seed % 10_000_000_000),
        ],
        tags: [("Environment", environment), ("Team", team), ("Role", role), ("CostCenter", "1234")]
            .map(|(key, value)| (key.to_owned(), value.to_owned()))
            .into(),
        body: format!(
            r#"{{"state":"running","type":"m5.large","zone":"{region}a","launched":"2026-03-14T09:00:00Z"}}"#
        )
        .into_bytes(),
    }
}

fn sum(text: &str) -> u64 {
    text.bytes().fold(7, |sum, byte| sum.wrapping_mul(31).wrapping_add(u64::from(byte)))
}

/// A number without pattern, always the same for the same one.
fn mixed(seed: u64) -> u64 {
    let one = (seed ^ seed >> 30).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let two = (one ^ one >> 27).wrapping_mul(0x94d0_49bb_1331_11eb);
    two ^ two >> 31
}

fn id_of(account: u64) -> String {
    format!("{:012}", 100_000_000_000 + account)
}

fn megabytes(bytes: u64) -> f64 {
    bytes as f64 / 1_000_000.0
}
