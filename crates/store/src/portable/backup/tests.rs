use std::io::{BufReader, Read};

use proptest::prelude::*;
use proptest::sample::Index;

use super::super::line::tests::entry;
use super::*;
use crate::sqlite::SqliteStore;
use crate::{Claim, NewAuditRow, Store as _, UnixMillis};

/// A backup of those lines, with the right end.
fn file_of(lines: &[String]) -> Vec<u8> {
    let mut hash = Context::new(&SHA256);
    let mut out = format!("{{\"bellhop-backup\":{VERSION}}}\n").into_bytes();
    for line in lines {
        out.extend_from_slice(format!("{line}\n").as_bytes());
    }
    hash.update(&out);
    end(&mut out, &Summary { entries: lines.len() as u64, sha256: hex(hash) }).expect("memory");
    out
}

fn lines_of(entries: &[Entry]) -> Vec<String> {
    entries.iter().map(|entry| line::written(entry).to_string()).collect()
}

fn checked(bytes: &[u8]) -> Result<Summary, BackupFault> {
    check(&mut &*bytes)
}

/// A store of one test, and its folder.
struct Target(SqliteStore, std::path::PathBuf);

impl Target {
    fn new() -> Target {
        static NUMBER: std::sync::atomic::AtomicU64 = std::sync::atomic::AtomicU64::new(0);
        let number = NUMBER.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
        let folder = std::env::temp_dir().join(format!("bellhop-restored-{}-{number}", std::process::id()));
        std::fs::create_dir_all(&folder).expect("a folder");
        let store = SqliteStore::open(&folder.join("one.db"), crate::Holder::Owner).expect("a store");
        Target(store, folder)
    }

    fn restored(&self, bytes: &[u8]) -> Result<Summary, BackupFault> {
        runtime().block_on(read(&mut &*bytes, &self.0))
    }
}

impl Drop for Target {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.1);
    }
}

fn runtime() -> tokio::runtime::Runtime {
    tokio::runtime::Builder::new_current_thread().build().expect("a runtime")
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn what_was_written_is_whole_and_nothing_else_is(
        entries in prop::collection::vec(entry(), 0..6), cut in any::<Index>(), at in any::<Index>(), bits in 1..=255_u8,
    ) {
        let whole = file_of(&lines_of(&entries));
        prop_assert_eq!(checked(&whole).expect("whole").entries, entries.len() as u64);
        let cut = cut.index(whole.len());
        prop_assert!(checked(&whole[..cut]).is_err(), "cut at {}", cut);
        let mut altered = whole.clone();
        altered[at.index(whole.len())] ^= bits;
        // The end itself says the same in other words where only its spaces or escapes changed, which no entry can.
        let body = whole.len() - whole.split_inclusive(|byte| *byte == b'\n').next_back().map_or(0, <[u8]>::len);
        prop_assert!(at.index(whole.len()) >= body || checked(&altered).is_err());
        let more = [whole.as_slice(), b"\n"].concat();
        prop_assert!(checked(&more).is_err(), "something behind the end");
    }

    #[test]
    fn any_bytes_are_a_fault_or_a_backup(bytes in prop::collection::vec(any::<u8>(), 0..200), lines in prop::collection::vec(".{0,60}", 0..5)) {
        prop_assert!(checked(&bytes).is_err());
        if let Ok(summary) = checked(&file_of(&lines)) {
            prop_assert_eq!(summary.entries, lines.len() as u64);
        }
    }

    #[test]
    fn a_hostile_backup_is_refused_or_leaves_a_store_that_answers(entries in prop::collection::vec(entry(), 0..8)) {
        let target = Target::new();
        let _ = target.restored(&file_of(&lines_of(&entries)));
        let runtime = runtime();
        runtime.block_on(target.0.totals()).expect("it counts");
        let claim = Claim { now: UnixMillis(i64::MAX), lease_until: UnixMillis(i64::MAX) };
        for _ in 0..8 {
            let _ = runtime.block_on(target.0.claim(claim));
        }
        let row = NewAuditRow { at: UnixMillis(1), kind: "x", job: String::new(), body: json!({}) };
        let _ = runtime.block_on(target.0.append_audit(vec![row]));
        let _ = runtime.block_on(crate::verify(&target.0)).expect("it walks");
    }
}

#[test]
fn faults_are_told_apart() {
    let entry = r#"{"recent":{"hash":"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=","at":1}}"#.to_owned();
    let whole = String::from_utf8(file_of(&[entry.clone(), entry])).expect("text");
    assert!(checked(whole.as_bytes()).is_ok());
    let other = |change: &dyn Fn(&str) -> String| checked(change(&whole).as_bytes()).expect_err("a fault");
    let newer = other(&|text| text.replacen(":1}", ":2}", 1));
    assert!(matches!(newer, BackupFault::TooNew(2)), "{newer}");
    for nothing in ["", "\n", "{}\n", "[1]\n", "{\"bellhop-backup\":\"1\"}\n", "SQLite format 3"] {
        assert!(matches!(other(&|_| nothing.to_owned()), BackupFault::Other), "{nothing}");
    }
    let unread = other(&|text| text.replacen("\"at\":1", "\"at\":x", 1));
    assert!(matches!(unread, BackupFault::Line(2)), "{unread}");
    let deep = other(&|text| text.replacen("1}}\n", &format!("{}1}}}}\n", "[".repeat(100_000)), 1));
    assert!(matches!(deep, BackupFault::Line(2)), "{deep}");
    for broken in [
        other(&|text| text.replacen("\"at\":1", "\"at\":2", 1)),
        other(&|text| text.replacen("\"end\":2", "\"end\":3", 1)),
        other(&|text| text.lines().take(2).map(|line| format!("{line}\n")).collect()),
        other(&|text| format!("{text}{text}")),
        other(&|text| text.trim_end().to_owned()),
    ] {
        assert!(matches!(broken, BackupFault::Broken), "{broken}");
    }
}

#[test]
fn a_line_without_an_end_is_read_no_further_than_its_bound() {
    let head = format!("{{\"bellhop-backup\":{VERSION}}}\n");
    let mut endless = BufReader::new(head.as_bytes().chain(std::io::repeat(b'{')));
    assert!(matches!(check(&mut endless), Err(BackupFault::Broken)));
    let mut from_the_first = BufReader::new(std::io::repeat(b'['));
    assert!(matches!(check(&mut from_the_first), Err(BackupFault::Other)));
}
