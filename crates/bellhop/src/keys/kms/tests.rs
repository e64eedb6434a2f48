//! Data keys in a store, opened by moto's KMS.

#![expect(clippy::expect_used, reason = "a test stops at the first surprise")]

use std::collections::BTreeMap;

use store::sqlite::SqliteStore;
use store::{Holder, To};
use testkit::Aws;

use super::*;

struct Stage {
    _aws: Aws,
    own: OwnAws,
    store: Arc<dyn Store>,
    key: KmsKey,
    folder: std::path::PathBuf,
}

impl Drop for Stage {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.folder);
    }
}

async fn stage() -> Stage {
    let aws = Aws::start().await.expect("an AWS");
    let vars: BTreeMap<String, String> = [
        ("AWS_ENDPOINT_URL", aws.url()),
        ("AWS_ACCESS_KEY_ID", "AKIDTEST"),
        ("AWS_SECRET_ACCESS_KEY", "test"),
        ("AWS_REGION", "us-east-1"),
        ("AWS_CONFIG_FILE", "/dev/null"),
        ("AWS_SHARED_CREDENTIALS_FILE", "/dev/null"),
    ]
    .map(|(name, value)| (name.to_owned(), value.to_owned()))
    .into();
    let own = OwnAws::new(&vars).expect("an AWS of its own");
    let made = own.call("kms", "CreateKey", Map::new(), None).await.expect("a key");
    let id =
        made.get("KeyMetadata").and_then(|made| made.get("KeyId")?.as_text()).expect("its id").to_owned();
    let folder = std::env::temp_dir().join(format!("bellhop-kms-{}", testkit::random_hex()));
    std::fs::create_dir(&folder).expect("a folder");
    let store: Arc<dyn Store> =
        Arc::new(SqliteStore::open(&folder.join("db"), Holder::Owner).expect("a store"));
    let key = KmsKey { id, rotate_after: Duration::from_secs(3600) };
    Stage { _aws: aws, own, store, key, folder }
}

impl Stage {
    fn keys(&self) -> KmsKeys {
        KmsKeys::new(self.own.clone(), Arc::clone(&self.store), self.key.clone())
    }

    async fn bodies(&self) -> Vec<Stored> {
        let page = Page { kind: KIND, prefix: String::new(), after: None, limit: MOST };
        let records = self.store.records(page, UnixMillis(0)).await.expect("reads");
        records.iter().map(|record| serde_json::from_slice(&record.body).expect("a key")).collect()
    }

    async fn put(&self, number: &str, stored: &Stored) {
        let body = serde_json::to_vec(stored).expect("writes");
        let change = Change::put(KIND, number, Expect::Any, body, None);
        assert!(matches!(&change.to, To::Put(_)));
        let batch = Batch { now: UnixMillis(1), changes: vec![change], job: None, rows: Vec::new() };
        self.store.commit(batch).await.expect("commits");
    }
}

fn ids(keys: &[Arc<SealKey>]) -> Vec<String> {
    keys.iter().map(|key| key.id().to_string()).collect()
}

#[tokio::test]
async fn processes_that_start_together_agree_and_a_rotation_keeps_the_older() {
    let stage = stage().await;
    let all: Vec<KmsKeys> = (0..4).map(|_| stage.keys()).collect();
    let (a, b, c, d) =
        tokio::join!(all[0].fetch(false), all[1].fetch(false), all[2].fetch(false), all[3].fetch(false));
    let first = ids(&a.expect("keys"));
    for other in [b, c, d] {
        assert_eq!(ids(&other.expect("keys")), first);
    }
    assert_eq!((first.len(), stage.bodies().await.len()), (1, 1));
    let second = stage.keys().rotate("a test").await.expect("a rotation");
    assert_ne!(second, first[0]);
    assert_eq!(
        ids(&stage.keys().fetch(false).await.expect("keys")),
        std::slice::from_ref(&second),
        "a start opens one"
    );
    assert_eq!(ids(&stage.keys().fetch(true).await.expect("keys")), [first[0].clone(), second]);
}

#[tokio::test]
async fn a_key_that_is_too_old_gets_a_successor() {
    let mut stage = stage().await;
    let first = ids(&stage.keys().fetch(false).await.expect("keys"));
    stage.key.rotate_after = Duration::ZERO;
    tokio::time::sleep(Duration::from_millis(5)).await;
    let keys = ids(&stage.keys().fetch(true).await.expect("keys"));
    assert_eq!((keys.len(), &keys[..1]), (2, &first[..]));
}

#[tokio::test]
async fn whoever_writes_the_table_gains_nothing() {
    let stage = stage().await;
    stage.keys().fetch(false).await.expect("keys");
    stage.keys().rotate("a test").await.expect("a rotation");
    let bodies = stage.bodies().await;
    let opens = async || stage.keys().fetch(true).await.map(|keys| ids(&keys));
    let good = opens().await.expect("both");
    assert_eq!(good.len(), 2);
    let copy = |stored: &Stored| Stored {
        version: stored.version,
        id: stored.id.clone(),
        made: stored.made,
        ciphertext: stored.ciphertext.clone(),
        hash: stored.hash.clone(),
    };
    let (old, new) = (&bodies[0], &bodies[1]);
    for (what, forged) in [
        ("the older key in the newer's place", copy(old)),
        (
            "the older ciphertext under the newer name",
            Stored { ciphertext: old.ciphertext.clone(), ..copy(new) },
        ),
        ("another name", Stored { id: old.id.clone(), ..copy(new) }),
        ("another time", Stored { made: new.made + 1, ..copy(new) }),
        ("no hash key", Stored { hash: String::new(), ..copy(new) }),
    ] {
        stage.put("000002", &forged).await;
        let fault = opens().await.expect_err(what);
        assert!(fault.as_no_keys("k").what.contains("restore"), "{what}: {fault}");
    }
    stage.put("000002", new).await;
    assert_eq!(opens().await.expect("both"), good, "put right again, it goes on");
}
