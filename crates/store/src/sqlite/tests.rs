#![expect(clippy::unwrap_used, reason = "a test may panic")]
#![expect(clippy::print_stderr, reason = "a measurement is printed")]
#![expect(clippy::disallowed_methods, reason = "these tests kill processes and cut files on purpose")]

use std::io::{BufRead, BufReader};
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use rusqlite::Connection;

use super::*;
use crate::conformance::{claim, job, row};
use crate::{Break, Change, Class, Expect, Next, Place, Verification, verify};

/// A directory that is gone with the test.
struct Folder(PathBuf);

impl Folder {
    fn new() -> Folder {
        static NUMBER: AtomicU64 = AtomicU64::new(0);
        let name = format!("bellhop-store-{}-{}", std::process::id(), NUMBER.fetch_add(1, Ordering::Relaxed));
        let path = std::env::temp_dir().join(name);
        std::fs::create_dir_all(&path).unwrap();
        Folder(path)
    }

    fn file(&self) -> PathBuf {
        self.0.join("bellhop.db")
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

fn owner(path: &Path) -> SqliteStore {
    SqliteStore::open(path, Holder::Owner).unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn conforms() {
    let folder = Folder::new();
    let number = AtomicU64::new(0);
    crate::conformance::run(crate::conformance::Owners::One, || {
        let path = folder.0.join(format!("{}.db", number.fetch_add(1, Ordering::Relaxed)));
        async move { owner(&path) }
    })
    .await;
}

#[tokio::test]
async fn everything_moves() {
    let (one, other) = (Folder::new(), Folder::new());
    crate::conformance::moves(&owner(&one.file()), &owner(&other.file())).await;
}

#[tokio::test]
async fn a_backup_is_read_as_it_was_written_or_not_at_all() {
    use crate::portable::{BackupFault, check, read, write};
    let (one, other) = (Folder::new(), Folder::new());
    let (one, other) = (owner(&one.file()), owner(&other.file()));
    one.enqueue_once(job("a", Class::Write, 1), vec![row("accepted", "id-a")]).await.unwrap();
    let mut file = Vec::new();
    let summary = write(&one, &mut file).await.unwrap();
    assert_eq!(summary.entries, 3, "a job, a row and the end of the chain");
    assert_eq!(check(&mut file.as_slice()).unwrap(), summary);
    for end in 0..file.len() {
        assert!(check(&mut &file[..end]).is_err(), "cut off after {end} bytes");
    }
    for at in 0..file.len() {
        let mut altered = file.clone();
        altered[at] ^= 1;
        assert!(check(&mut altered.as_slice()).is_err(), "byte {at}");
    }
    let newer = String::from_utf8(file.clone()).unwrap().replacen(":1}", ":2}", 1);
    assert!(matches!(check(&mut newer.as_bytes()), Err(BackupFault::TooNew(2))));
    assert!(matches!(check(&mut &b"{}"[..]), Err(BackupFault::Other)));
    assert_eq!(read(&mut file.as_slice(), &other).await.unwrap(), summary);
    assert_eq!(claim(&other, 2).await.unwrap().job, claim(&one, 2).await.unwrap().job);
    assert_eq!(verify(&other).await.unwrap(), Verification::Whole { rows: 1 });
}

#[tokio::test]
async fn there_is_one_owner_and_guests_beside_it() {
    let folder = Folder::new();
    let store = owner(&folder.file());
    let second = SqliteStore::open(&folder.file(), Holder::Owner);
    assert!(matches!(second, Err(StoreError::InUse { .. })));
    let guest = SqliteStore::open(&folder.file(), Holder::Guest).unwrap();
    let held = NewJob { held_until: Some(UnixMillis(100)), ..job("g", Class::Read, 1) };
    guest.enqueue_once(held, vec![row("accepted", "id-g")]).await.unwrap();
    store.append_audit(vec![row("denied", "")]).await.unwrap();
    guest.append_audit(vec![row("denied", "")]).await.unwrap();
    assert!(matches!(guest.recover(UnixMillis(1)).await, Err(StoreError::NotOwner)));
    assert_eq!(store.recover(UnixMillis(50)).await.unwrap(), Recovery::default(), "a guest's job is its own");
    assert_eq!(claim(&store, 50).await, None);
    assert_eq!(verify(&store).await.unwrap(), Verification::Whole { rows: 3 });
    drop((store, guest));
    owner(&folder.file());
}

#[cfg(unix)]
#[test]
fn the_files_are_private() {
    use std::os::unix::fs::PermissionsExt;
    let folder = Folder::new();
    let _store = owner(&folder.file());
    for entry in std::fs::read_dir(&folder.0).unwrap() {
        let entry = entry.unwrap();
        let mode = entry.metadata().unwrap().permissions().mode() & 0o777;
        assert_eq!(mode, 0o600, "{:?}", entry.file_name());
    }
}

#[test]
fn a_newer_format_is_left_alone() {
    let folder = Folder::new();
    drop(owner(&folder.file()));
    Connection::open(folder.file()).unwrap().pragma_update(None, "user_version", 99).unwrap();
    let error = SqliteStore::open(&folder.file(), Holder::Owner).err().unwrap();
    assert!(matches!(error, StoreError::TooNew { found: 99, .. }), "{error}");
}

#[tokio::test]
async fn an_older_format_is_brought_up_to_date() {
    let folder = Folder::new();
    let store = owner(&folder.file());
    store.enqueue_once(job("a", Class::Read, 1), vec![row("accepted", "id-a")]).await.unwrap();
    drop(store);
    let raw = Connection::open(folder.file()).unwrap();
    // What the first format had and had not.
    raw.execute_batch(
        "CREATE INDEX audit_job ON audit (job) WHERE job <> ''; DROP TABLE records; DROP TABLE other_audit;
         DROP TABLE other_audit_head; PRAGMA user_version = 1",
    )
    .unwrap();
    let store = owner(&folder.file());
    let index = "SELECT count(*) FROM sqlite_schema WHERE name = 'audit_job'";
    assert_eq!(raw.query_row(index, [], |row| row.get::<_, i64>(0)).unwrap(), 0);
    let change = Change::put("grant", "a", Expect::Absent, b"x".to_vec(), None);
    let batch = Batch { now: UnixMillis(1), changes: vec![change], job: None, rows: Vec::new() };
    assert_eq!(store.commit(batch).await.unwrap(), Committed::Done(None));
    assert_eq!(store.record("grant", "a", UnixMillis(1)).await.unwrap().unwrap().body, b"x");
    assert_eq!(verify(&store).await.unwrap(), Verification::Whole { rows: 1 });
    assert!(claim(&store, 1).await.is_some());
}

#[tokio::test]
async fn the_wal_does_not_grow_with_what_passes_through_it() {
    let folder = Folder::new();
    let store = owner(&folder.file());
    let length = || std::fs::metadata(beside(&folder.file(), "-wal")).unwrap().len();
    for number in 0..300_u32 {
        let large = NewJob { payload: vec![7; 256 * 1024], ..job(&number.to_string(), Class::Read, 1) };
        store.enqueue_once(large, Vec::new()).await.unwrap();
    }
    assert!(length() < 40 << 20, "{} bytes of 75 MB", length());
    assert_eq!(store.totals().await.unwrap().queued, 300);
}

#[tokio::test]
async fn any_altered_audit_row_is_named() {
    let cases = [
        ("UPDATE audit SET body = replace(body, 'U1', 'U2') WHERE seq = 3", 3, Break::Altered),
        ("UPDATE audit SET body = CAST(x'ff7b' AS TEXT) WHERE seq = 3", 3, Break::Altered),
        ("UPDATE audit SET at = at + 1 WHERE seq = 5", 5, Break::Altered),
        ("UPDATE audit SET kind = 'x' WHERE seq = 1", 1, Break::Altered),
        ("UPDATE audit SET hash = zeroblob(32) WHERE seq = 4", 4, Break::Altered),
        ("UPDATE audit SET hash = zeroblob(31) WHERE seq = 4", 4, Break::Altered),
        ("DELETE FROM audit WHERE seq = 2", 2, Break::Missing),
        ("DELETE FROM audit WHERE seq = 5", 5, Break::Missing),
        ("UPDATE audit SET seq = 9 WHERE seq = 5", 5, Break::Missing),
        ("INSERT INTO audit VALUES (6, 1, 'x', '', '{}', zeroblob(32))", 6, Break::Unrecorded),
        ("UPDATE audit_head SET hash = zeroblob(32)", 5, Break::Altered),
    ];
    for (change, seq, what) in cases {
        let folder = Folder::new();
        let store = owner(&folder.file());
        store.append_audit((0..5).map(|_| row("intent", "j")).collect()).await.unwrap();
        Connection::open(folder.file()).unwrap().execute_batch(change).unwrap();
        assert_eq!(
            verify(&store).await.unwrap(),
            Verification::Broken { at: Place { chain: 0, seq }, what },
            "{change}"
        );
    }
}

mod signed;

#[tokio::test]
async fn a_failing_call_does_not_harm_its_neighbours() {
    let folder = Folder::new();
    let store = owner(&folder.file());
    let huge = NewJob { payload: vec![0; 5 * 1024 * 1024], ..job("huge", Class::Read, 1) };
    let twin = NewJob { key: "key-other".to_owned(), ..job("a", Class::Read, 1) };
    let (first, huge, twin, last) = tokio::join!(
        store.enqueue_once(job("a", Class::Read, 1), vec![row("accepted", "id-a")]),
        store.enqueue_once(huge, vec![row("accepted", "id-huge")]),
        store.enqueue_once(twin, vec![row("accepted", "id-a")]),
        store.enqueue_once(job("b", Class::Read, 1), vec![row("accepted", "id-b")]),
    );
    assert_eq!((first.unwrap(), last.unwrap()), (Enqueued::Accepted(None), Enqueued::Accepted(None)));
    assert!(matches!(huge, Err(StoreError::TooLarge { .. })));
    assert!(matches!(twin, Err(StoreError::Failed(_))), "{twin:?}");
    assert_eq!(verify(&store).await.unwrap(), Verification::Whole { rows: 2 });
}

/// Not a test of its own: what [`killing_the_process_loses_nothing_that_was_acknowledged`] starts and kills.
#[tokio::test]
async fn child_that_is_killed() {
    let Ok(path) = std::env::var("BELLHOP_STORE_TEST_CHILD") else { return };
    let store = Arc::new(owner(Path::new(&path)));
    let now = UnixMillis(1);
    store.recover(now).await.unwrap();
    let start = store.totals().await.unwrap();
    for number in start.queued + start.running + start.undelivered + start.closed.. {
        let name = number.to_string();
        store.enqueue_once(job(&name, Class::Write, 1), vec![row("accepted", &name)]).await.unwrap();
        acknowledge("enqueued", &name);
        let claimed = claim(&*store, 2).await.unwrap();
        if claimed.next != Next::Run {
            continue;
        }
        let id = claimed.job.id.clone();
        store.begin(claimed.fence.clone(), row("intent", &id)).await.unwrap();
        acknowledge("began", &id);
        let completion = Completion { reply: None, deliver_until: now, rows: vec![row("outcome", &id)] };
        store.complete(claimed.fence, completion).await.unwrap();
        acknowledge("closed", &id);
    }
}

/// Tells the parent what has become durable.
fn acknowledge(what: &str, name: &str) {
    use std::io::Write;
    let mut out = std::io::stdout().lock();
    writeln!(out, "\nACK {what} {name}").unwrap();
    out.flush().unwrap();
}

#[tokio::test]
async fn killing_the_process_loses_nothing_that_was_acknowledged() {
    let folder = Folder::new();
    let mut acknowledged: Vec<(String, String)> = Vec::new();
    for round in 0..6_u64 {
        let mut child = Command::new(std::env::current_exe().unwrap())
            .args(["--exact", "sqlite::tests::child_that_is_killed", "--nocapture"])
            .env("BELLHOP_STORE_TEST_CHILD", folder.file())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let out = BufReader::new(child.stdout.take().unwrap());
        let wanted = acknowledged.len() + 5 + 7 * usize::try_from(round).unwrap();
        for line in out.lines() {
            let line = line.unwrap();
            if let Some((what, name)) = line.strip_prefix("ACK ").and_then(|rest| rest.split_once(' ')) {
                acknowledged.push((what.to_owned(), name.to_owned()));
            }
            if acknowledged.len() == wanted {
                child.kill().unwrap();
            }
        }
        child.wait().unwrap();
    }
    let store = owner(&folder.file());
    assert!(acknowledged.len() > 100);
    for (what, name) in &acknowledged {
        if what == "enqueued" {
            let again = store.enqueue_once(job(name, Class::Write, 1), Vec::new()).await.unwrap();
            assert_eq!(again, Enqueued::Duplicate, "job {name} is known");
        }
    }
    store.recover(UnixMillis(3)).await.unwrap();
    while let Some(claimed) = claim(&store, 3).await {
        let said = |what: &str| acknowledged.iter().any(|(said, id)| said == what && *id == claimed.job.id);
        assert!(!said("closed"), "{} was closed and came back", claimed.job.id);
        if said("began") {
            assert_eq!(claimed.next, Next::ReportDoubt, "{}", claimed.job.id);
        }
    }
    assert!(matches!(verify(&store).await.unwrap(), Verification::Whole { .. }));
}

#[tokio::test]
async fn losing_power_keeps_a_prefix_of_the_commits() {
    let folder = Folder::new();
    let store = owner(&folder.file());
    for number in 0..20 {
        let name = number.to_string();
        store.enqueue_once(job(&name, Class::Read, number), vec![row("accepted", &name)]).await.unwrap();
    }
    let (db, log) = (folder.file(), beside(&folder.file(), "-wal"));
    let whole = std::fs::read(&log).unwrap();
    let mut last = 0;
    // What the disk has of the log may end anywhere, in the middle of a frame too.
    for part in 0..40 {
        let cut = whole.len() * part / 39;
        let other = Folder::new();
        std::fs::copy(&db, other.file()).unwrap();
        std::fs::write(beside(&other.file(), "-wal"), &whole[..cut]).unwrap();
        let Ok(store) = SqliteStore::open(&other.file(), Holder::Owner) else {
            panic!("opens after {cut} bytes")
        };
        let totals = store.totals().await.unwrap();
        assert_eq!(
            verify(&store).await.unwrap(),
            Verification::Whole { rows: totals.queued },
            "job and row go together"
        );
        assert!(totals.queued >= last, "more of the log never holds less");
        last = totals.queued;
    }
    assert_eq!(last, 20);
}

/// Run with `--ignored --nocapture` to see what an acknowledged job costs here.
#[tokio::test(flavor = "multi_thread")]
#[ignore = "a measurement"]
async fn measure_enqueue() {
    let folder = Folder::new();
    let store = Arc::new(owner(&folder.file()));
    for clients in [1_u64, 8, 64] {
        let started = Instant::now();
        let tasks: Vec<_> = (0..clients)
            .map(|client| {
                let store = Arc::clone(&store);
                tokio::spawn(async move {
                    let mut times: Vec<Duration> = Vec::new();
                    for number in 0..3000 / clients {
                        let name = format!("{clients}-{client}-{number}");
                        let one = Instant::now();
                        store
                            .enqueue_once(job(&name, Class::Read, 1), vec![row("accepted", &name)])
                            .await
                            .unwrap();
                        times.push(one.elapsed());
                    }
                    times
                })
            })
            .collect();
        let mut times = Vec::new();
        for task in tasks {
            times.extend(task.await.unwrap());
        }
        times.sort();
        let at = |percent: usize| times[(times.len() - 1) * percent / 100];
        let rate = times.len() as f64 / started.elapsed().as_secs_f64();
        eprintln!("{clients} clients: p50 {:?} p99 {:?}, {rate:.0}/s", at(50), at(99));
    }
}
