//! Two processes on one store: what one changes holds for the next request of the other, whatever keeps it.

use std::sync::{Arc, Mutex};

use bot::{Bot, LiveRules};
use slack::{EventKind, EventRequest};
use store::{
    AuditRow, Batch, Claim, Claimed, Committed, Completion, Enqueued, Fence, Head, HeadSigner, Holder,
    NewAuditRow, NewJob, Page, Pending, Record, Recovery, Store, StoreError, Totals, UnixMillis,
};

use crate::access::{self, GRANT, question};
use crate::stage::{Running, Stage, rules_for};
use crate::table::Table;
use crate::text;
use crate::workspace::{Kept, Workspace, event};

/// A store that counts what is read, and can be cut off.
struct Counted {
    store: Arc<dyn Store>,
    /// The kinds of the records that were read.
    read: Mutex<Vec<String>>,
    cut: Mutex<bool>,
}

impl Counted {
    fn before(store: Arc<dyn Store>) -> Arc<Counted> {
        Arc::new(Counted { store, read: Mutex::default(), cut: Mutex::new(false) })
    }

    fn taken(&self) -> Vec<String> {
        std::mem::take(&mut *self.read.lock().expect("a lock"))
    }

    fn note(&self, kind: &str) -> Result<(), StoreError> {
        self.read.lock().expect("a lock").push(kind.to_owned());
        if *self.cut.lock().expect("a lock") { Err(StoreError::Failed("cut off".to_owned())) } else { Ok(()) }
    }
}

impl Store for Counted {
    fn enqueue_once(&self, job: NewJob, rows: Vec<NewAuditRow>) -> Pending<'_, Enqueued> {
        self.store.enqueue_once(job, rows)
    }
    fn recover(&self, now: UnixMillis) -> Pending<'_, Recovery> {
        self.store.recover(now)
    }
    fn claim(&self, claim: Claim) -> Pending<'_, Option<Claimed>> {
        self.store.claim(claim)
    }
    fn claim_job(&self, id: &str, claim: Claim) -> Pending<'_, Option<Claimed>> {
        self.store.claim_job(id, claim)
    }
    fn begin(&self, fence: Fence, row: NewAuditRow) -> Pending<'_, ()> {
        self.store.begin(fence, row)
    }
    fn complete(&self, fence: Fence, completion: Completion) -> Pending<'_, ()> {
        self.store.complete(fence, completion)
    }
    fn close(&self, fence: Fence, rows: Vec<NewAuditRow>) -> Pending<'_, ()> {
        self.store.close(fence, rows)
    }
    fn put_back(&self, fence: Fence, ready_at: UnixMillis) -> Pending<'_, ()> {
        self.store.put_back(fence, ready_at)
    }
    fn next_ready(&self) -> Pending<'_, Option<UnixMillis>> {
        self.store.next_ready()
    }
    fn prune(&self, before: UnixMillis) -> Pending<'_, u64> {
        self.store.prune(before)
    }
    fn commit(&self, batch: Batch) -> Pending<'_, Committed> {
        self.store.commit(batch)
    }
    fn record(&self, kind: &'static str, key: &str, now: UnixMillis) -> Pending<'_, Option<Record>> {
        match self.note(kind) {
            Ok(()) => self.store.record(kind, key, now),
            Err(error) => Box::pin(std::future::ready(Err(error))),
        }
    }
    fn records(&self, page: Page, now: UnixMillis) -> Pending<'_, Vec<Record>> {
        match self.note(page.kind) {
            Ok(()) => self.store.records(page, now),
            Err(error) => Box::pin(std::future::ready(Err(error))),
        }
    }
    fn append_audit(&self, rows: Vec<NewAuditRow>) -> Pending<'_, ()> {
        self.store.append_audit(rows)
    }
    fn sign_audit(&self, sign: HeadSigner) -> Pending<'_, bool> {
        self.store.sign_audit(sign)
    }
    fn audit_rows(&self, chain: u16, after: u64, limit: u32) -> Pending<'_, Vec<AuditRow>> {
        self.store.audit_rows(chain, after, limit)
    }
    fn audit_heads(&self) -> Pending<'_, Vec<Head>> {
        self.store.audit_heads()
    }
    fn totals(&self) -> Pending<'_, Totals> {
        self.store.totals()
    }
}

/// Another process on the stage's store, with rules of its own.
async fn another(stage: &mut Stage) -> (Bot, Arc<Counted>) {
    let book = stage.rules.get().book.clone();
    stage.rules = Arc::new(LiveRules::new(bot::Rules::of(book).expect("rules")));
    let counted = Counted::before(stage.store(Holder::Guest));
    let other = stage.bot(Arc::clone(&counted) as Arc<dyn Store>);
    other.prepare().await.expect("prepares");
    counted.taken();
    (other, counted)
}

/// What that user is told by that process.
async fn say(bot: &Bot, stage: &Stage, user: &str, line: &str) -> String {
    for _ in 0..20 {
        let unmet = bot.counters().unmet.get();
        let ack = text(&bot.accept(&access::by(stage, user, line)).await);
        if bot.counters().unmet.get() == unmet {
            return ack;
        }
    }
    panic!("{user} is never known");
}

async fn may(bot: &Bot, stage: &Stage, user: &str, line: &str) -> bool {
    !say(bot, stage, user, line).await.contains("AWS was not called")
}

async fn happens(bot: &Bot, id: &str, kind: EventKind) {
    assert_eq!(bot.event(&EventRequest::Callback(Box::new(event(id, None, kind)))).await.status, 200);
}

/// The same in a table. Its calls take real time, so the bot's clock runs as the machine's.
async fn in_a_table(mut stage: Stage) -> Stage {
    stage.table = Some(Table::start().await);
    stage.speed = 1;
    stage
}

#[tokio::test(flavor = "multi_thread")]
async fn a_grant_made_or_taken_away_in_one_process_holds_in_the_other() {
    granted_and_taken_away(access::stage().0).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_grant_made_or_taken_away_in_one_process_holds_in_the_other_on_a_table() {
    granted_and_taken_away(in_a_table(access::stage().0).await).await;
}

async fn granted_and_taken_away(mut stage: Stage) {
    stage.settings.shared_store = true;
    let one = Running::start(&stage).await;
    let (other, counted) = another(&mut stage).await;
    assert!(!may(&other, &stage, "U0BOB", "ec2 describe-vpcs").await);
    let ack = say(&one.bot, &stage, "U0ROOT", GRANT).await;
    one.bot.press(&stage.pressed("U0ROOT", "access-apply", &question(&ack))).await;
    assert!(may(&other, &stage, "U0BOB", "ec2 describe-vpcs").await, "at its next request");
    counted.taken();
    assert!(may(&other, &stage, "U0BOB", "ec2 describe-vpcs").await);
    let read = counted.taken();
    assert!(read.iter().all(|kind| kind == "stamp" || kind == "alias" || kind == "lines"), "{read:?}");
    assert!(read.contains(&"stamp".to_owned()));
    let page = Page { kind: "grant", prefix: String::new(), after: None, limit: 9 };
    let records = stage.store(Holder::Guest).records(page, UnixMillis(0)).await.expect("reads");
    let id = records[0].key.strip_prefix("T1/").expect("the workspace").to_owned();
    let ack = say(&other, &stage, "U0ROOT", &format!("access remove {id}")).await;
    other.press(&stage.pressed("U0ROOT", "access-apply", &question(&ack))).await;
    assert!(!may(&one.bot, &stage, "U0BOB", "ec2 describe-vpcs").await, "the other way round too");
    one.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_membership_that_is_lost_in_one_process_is_lost_in_the_other() {
    joined_and_left(Stage::new()).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_membership_that_is_lost_in_one_process_is_lost_in_the_other_on_a_table() {
    joined_and_left(in_a_table(Stage::new()).await).await;
}

async fn joined_and_left(mut stage: Stage) {
    let workspace = Workspace::new(&[("C0TEAM", &["U0BOB"])]);
    stage.workspace = Some(Arc::clone(&workspace));
    stage.settings.shared_store = true;
    let team = policy::Subjects { channels: vec!["C0TEAM".to_owned()], ..policy::Subjects::default() };
    stage.rules.replace(rules_for(team, &["*"], &["list", "read", "write"]));
    let kept = Kept::start(&stage).await;
    let one = &kept.running;
    let (other, _) = another(&mut stage).await;
    let (channel, bob) = ("C0TEAM".to_owned(), "U0BOB".to_owned());
    let by = async |bot: &Bot, line: &str| {
        let mut command = access::by(&stage, "U0BOB", line);
        command.channel_id = "C0ELSEWHERE".to_owned();
        for _ in 0..20 {
            let unmet = bot.counters().unmet.get();
            let ack = text(&bot.accept(&command).await);
            if bot.counters().unmet.get() == unmet && !ack.is_empty() {
                return !ack.contains("AWS was not called");
            }
            command.trigger_id.push('x');
        }
        panic!("never known");
    };
    for _ in 0..300 {
        if by(&one.bot, "ec2 describe-vpcs").await {
            break;
        }
        tokio::time::sleep(std::time::Duration::from_millis(20)).await;
    }
    assert!(by(&other, "ec2 describe-vpcs").await, "the list that the one has read");
    happens(&one.bot, "Ev2", EventKind::MemberLeftChannel { user: bob.clone(), channel: channel.clone() })
        .await;
    assert!(!by(&other, "ec2 describe-vpcs").await, "losing it is losing it everywhere");
    let again = EventKind::MemberJoinedChannel { user: bob, channel };
    happens(&other, "Ev3", again).await;
    assert!(by(&one.bot, "ec2 describe-vpcs").await);
    kept.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_freeze_holds_everywhere_and_a_store_that_is_cut_off_grants_nothing() {
    let mut stage = Stage::new();
    stage.settings.shared_store = true;
    let one = Running::start(&stage).await;
    let (other, counted) = another(&mut stage).await;
    let (write, alice) = ("ec2 create-vpc --cidr-block 10.0.0.0/16 --account dev", "U0ALICE");
    assert!(may(&other, &stage, alice, write).await);
    assert!(say(&one.bot, &stage, alice, "freeze all").await.contains("all accounts"));
    let told = say(&other, &stage, alice, &format!("{write} --region eu-west-1")).await;
    assert!(told.contains("frozen") || told.contains("Frozen"), "{told}");
    say(&one.bot, &stage, alice, "thaw all").await;
    *counted.cut.lock().expect("a lock") = true;
    let told = say(&other, &stage, alice, "ec2 describe-vpcs").await;
    assert!(!told.contains("Not allowed"), "a moment changes nothing: {told}");
    // The stage's clock runs fast: this is longer than what was known counts.
    tokio::time::sleep(std::time::Duration::from_secs(1)).await;
    let told = say(&other, &stage, alice, write).await;
    assert!(
        told.contains("Not allowed") || told.contains("frozen") || told.contains("AWS was not called"),
        "{told}"
    );
    one.stop().await;
}

/// A cache that everybody can write to.
#[derive(Default)]
struct Open(Mutex<std::collections::BTreeMap<String, Vec<u8>>>);

impl bot::cache::SharedCache for Open {
    fn get<'a>(&'a self, key: &'a str) -> aws_call::BoxFuture<'a, Option<Vec<u8>>> {
        let found = self.0.lock().expect("a lock").get(key).cloned();
        Box::pin(async move { found })
    }
    fn put<'a>(&'a self, key: &'a str, piece: Vec<u8>) -> aws_call::BoxFuture<'a, ()> {
        self.0.lock().expect("a lock").insert(key.to_owned(), piece);
        Box::pin(async {})
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_shared_cache_spares_the_store_and_is_not_believed_when_it_lies() {
    let workspace = Workspace::new(&[("C0TEAM", &["U0BOB"])]);
    let mut stage = Stage::new();
    let cache = Arc::new(Open::default());
    stage.workspace = Some(Arc::clone(&workspace));
    stage.settings.shared_store = true;
    stage.settings.cache = Some(Arc::clone(&cache) as Arc<dyn bot::cache::SharedCache>);
    let team = policy::Subjects { channels: vec!["C0TEAM".to_owned()], ..policy::Subjects::default() };
    stage.rules.replace(rules_for(team, &["*"], &["list", "read"]));
    let kept = Kept::start(&stage).await;
    let may_bob = async |bot: &Bot| {
        let mut command = access::by(&stage, "U0BOB", "ec2 describe-vpcs");
        command.channel_id = "C0ELSEWHERE".to_owned();
        !text(&bot.accept(&command).await).contains("AWS was not called")
    };
    for _ in 0..300 {
        if may_bob(&kept.running.bot).await {
            break;
        }
        tokio::time::sleep(std::time::Duration::from_millis(20)).await;
    }
    let read_by = async |what: &str| {
        let counted = Counted::before(stage.store(Holder::Guest));
        let bot = stage.bot(Arc::clone(&counted) as Arc<dyn Store>);
        bot.prepare().await.expect("prepares");
        let read = counted.taken().contains(&"member".to_owned());
        assert!(may_bob(&bot).await, "{what}");
        read
    };
    cache.0.lock().expect("a lock").clear();
    assert!(read_by("an empty cache").await, "the store answers, and the cache learns");
    assert!(!read_by("a full one").await, "now it is spared");
    let pieces = cache.0.lock().expect("a lock").clone();
    assert_eq!(pieces.len(), 1);
    assert!(!pieces.values().any(|piece| piece.windows(5).any(|window| window == b"U0BOB")), "it is sealed");
    for (key, piece) in &pieces {
        let mut altered = piece.clone();
        altered[40] ^= 1;
        cache.0.lock().expect("a lock").insert(key.clone(), altered);
        assert!(read_by("an altered piece").await);
    }
    let left = EventKind::MemberLeftChannel { user: "U0BOB".to_owned(), channel: "C0TEAM".to_owned() };
    happens(&kept.running.bot, "Ev1", left).await;
    // What was true before is put where the new state would be.
    let counted = Counted::before(stage.store(Holder::Guest));
    stage.bot(Arc::clone(&counted) as Arc<dyn Store>).prepare().await.expect("prepares");
    let old = pieces.values().next().expect("a piece").clone();
    for piece in cache.0.lock().expect("a lock").values_mut() {
        piece.clone_from(&old);
    }
    let bot = stage.bot(stage.store(Holder::Guest));
    bot.prepare().await.expect("prepares");
    assert!(!may_bob(&bot).await, "an older piece lets nobody in again");
    kept.stop().await;
}
