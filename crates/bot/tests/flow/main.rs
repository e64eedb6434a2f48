//! The whole flow in one process: a verified command goes in, an acknowledgement and a posted answer come out.
#![expect(clippy::disallowed_methods, reason = "the stage stands on real files")]

mod access;
mod aliases;
mod approvals;
mod asking;
mod delegation;
mod engine;
mod explain;
mod find;
mod freezes;
mod friendly;
mod history;
mod instances;
mod journal;
mod members;
mod options;
mod reach;
mod rounds;
mod script;
mod shared;
mod stage;
mod standing;
mod table;
mod workspace;

use std::sync::Arc;

use bot::{Ack, AckBody, RunAs};
use render::Status;
use slack::Secret;
use stage::{KEY_SECRET, PASSWORD, Play, Running, Stage, URL_SECRET, logs, rules, until};
use store::{Claim, Class, Holder, NewJob, Store, UnixMillis};

fn text(ack: &Ack) -> String {
    assert_eq!(ack.status, 200);
    match &ack.body {
        AckBody::Message(message) => message.to_json(),
        _ => String::new(),
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_command_is_acknowledged_run_answered_and_recorded() {
    let stage = Stage::new();
    stage.aws.plays.lock().expect("plays").push_back(Play::Answer(r#"{"Vpcs": [{"VpcId": "vpc-1"}]}"#));
    let running = Running::start(&stage).await;
    let ack = text(&running.bot.accept(&stage.typed("aws ec2 describe-vpcs —query “Vpcs[].VpcId”")).await);
    for part in ["aws ec2 describe-vpcs --query", "dev", "eu-west-1", "ephemeral"] {
        assert!(ack.contains(part), "{part} in {ack}");
    }
    until("the answer", || stage.slack.posts().len() == 1).await;
    running.stop().await;
    let post = &stage.slack.posts()[0];
    assert!(post.contains("vpc-1") && post.contains("eu-west-1"), "{post}");
    let kinds = ["accepted", "assume", "intent", "outcome", "delivery"];
    let audit = stage.audit().await;
    assert_eq!(audit.len(), kinds.len(), "{audit:#?}");
    for (line, kind) in audit.iter().zip(kinds) {
        assert!(line.contains(&format!("\"kind\":\"{kind}\"")), "{line}");
    }
    assert!(audit[2].contains(r#""action":"ec2:DescribeVpcs""#) && audit[2].contains(r#""user":"U0ALICE""#));
    let facts = [
        r#""user":"U0ALICE""#,
        r#""channel":"C0OPS""#,
        r#""line":"aws ec2 describe-vpcs --query"#,
        r#""action":"ec2:DescribeVpcs""#,
        r#""account":"dev""#,
        r#""role":"arn:aws:iam::111111111111:role/Bellhop""#,
        r#""session":"U0ALICE@T1""#,
        r#""rule":"grant 1""#,
        r#""aws_request_ids":["aws-request-1"]"#,
        r#""outcome":"done""#,
        r#""took_ms":"#,
    ];
    for fact in facts {
        assert!(audit[3].contains(fact), "{fact} in {}", audit[3]);
    }
    assert!(audit[0].contains(r#""decision":"run""#), "{}", audit[0]);
    let sessions = stage.roles.0.lock().expect("sessions").clone();
    assert_eq!(sessions[0].session_name, "U0ALICE@T1");
    assert_eq!(sessions[0].source_identity.as_deref(), Some("U0ALICE@T1"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_repeated_request_runs_nothing_twice() {
    let stage = Stage::new();
    let running = Running::start(&stage).await;
    let command = stage.typed("ec2 create-vpc --cidr-block 10.0.0.0/16");
    assert!(!text(&running.bot.accept(&command).await).is_empty());
    for _ in 0..5 {
        assert_eq!(running.bot.accept(&command).await, Ack { status: 200, body: AckBody::Empty });
    }
    until("the answer", || stage.slack.posts().len() == 1).await;
    running.stop().await;
    let running = Running::start(&stage).await;
    assert_eq!(
        running.bot.accept(&command).await,
        Ack { status: 200, body: AckBody::Empty },
        "after a restart too"
    );
    running.stop().await;
    assert_eq!((stage.aws.count(), stage.slack.posts().len()), (1, 1));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_job_waits_for_workers_and_survives_without_them() {
    let stage = Stage::new();
    {
        let bot = stage.bot(stage.store(Holder::Owner));
        text(&bot.accept(&stage.typed("ec2 describe-vpcs")).await);
    }
    assert_eq!(stage.aws.count(), 0);
    let running = Running::start(&stage).await;
    until("the answer", || stage.slack.posts().len() == 1).await;
    running.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_interrupted_write_is_reported_once_and_not_repeated() {
    let stage = Stage::new();
    stage.aws.plays.lock().expect("plays").push_back(Play::Hang);
    let running = Running::start(&stage).await;
    text(&running.bot.accept(&stage.typed("ec2 stop-instances --instance-ids i-1")).await);
    until("the call", || stage.aws.count() == 1).await;
    running.kill().await;
    for _ in 0..2 {
        let running = Running::start(&stage).await;
        until("the report", || stage.slack.posts().len() == 1).await;
        running.stop().await;
    }
    let post = &stage.slack.posts()[0];
    assert!(post.contains("ay have happened") && post.contains("stop-instances"), "{post}");
    assert_eq!((stage.aws.count(), stage.slack.posts().len()), (1, 1));
    let audit = stage.audit().await;
    let outcomes = audit.iter().filter(|line| line.contains(r#""outcome":"may have happened""#)).count();
    assert_eq!(outcomes, 1, "{audit:#?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_interrupted_read_runs_again_with_the_same_seed() {
    let stage = Stage::new();
    stage.aws.plays.lock().expect("plays").push_back(Play::Hang);
    let running = Running::start(&stage).await;
    text(&running.bot.accept(&stage.typed("ec2 describe-vpcs")).await);
    until("the call", || stage.aws.count() == 1).await;
    running.kill().await;
    let running = Running::start(&stage).await;
    until("the answer", || stage.slack.posts().len() == 1).await;
    running.stop().await;
    let calls = stage.aws.calls.lock().expect("calls").clone();
    assert_eq!(calls.len(), 2);
    assert_eq!(calls[0], calls[1]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_panic_stays_in_its_job() {
    let stage = Stage::new();
    stage.aws.plays.lock().expect("plays").extend([Play::Panic, Play::Panic]);
    let running = Running::start(&stage).await;
    text(&running.bot.accept(&stage.typed("ec2 create-vpc --cidr-block 10.0.0.0/16")).await);
    until("the report", || stage.slack.posts().len() == 1).await;
    text(&running.bot.accept(&stage.typed("ec2 describe-vpcs")).await);
    until("the answer", || stage.slack.posts().len() == 2).await;
    assert_eq!(running.bot.counters().panicked.get(), 2);
    running.stop().await;
    let posts = stage.slack.posts();
    assert!(posts[0].contains("ay have happened"), "a write is not tried again: {}", posts[0]);
    assert_eq!(stage.aws.count(), 3, "a read is");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_lost_answer_to_a_write_may_have_happened() {
    let stage = Stage::new();
    stage.aws.plays.lock().expect("plays").extend([Play::Doubt, Play::Doubt]);
    let running = Running::start(&stage).await;
    text(&running.bot.accept(&stage.typed("ec2 create-vpc --cidr-block 10.0.0.0/16")).await);
    until("the report", || stage.slack.posts().len() == 1).await;
    text(&running.bot.accept(&stage.typed("ec2 describe-vpcs")).await);
    until("the failure", || stage.slack.posts().len() == 2).await;
    running.stop().await;
    let posts = stage.slack.posts();
    assert!(posts[0].contains("ay have happened") && !posts[1].contains("ay have happened"), "{posts:#?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_forged_or_moved_job_is_refused() {
    let stage = Stage::new();
    let store = stage.store(Holder::Owner);
    let bot = stage.bot(Arc::clone(&store) as Arc<dyn Store>);
    text(&bot.accept(&stage.typed("ec2 describe-vpcs")).await);
    let claim = Claim { now: UnixMillis(i64::MAX), lease_until: UnixMillis(i64::MAX) };
    let real = store.claim(claim).await.expect("claims").expect("the job");
    store.close(real.fence, Vec::new()).await.expect("closes");
    let job = |id: &str, payload: &[u8]| NewJob {
        id: id.to_owned(),
        key: format!("key-{id}"),
        payload: payload.to_vec(),
        class: Class::Read,
        accepted_at: real.job.accepted_at,
        held_until: None,
        guard: None,
    };
    store.enqueue_once(job("forged", b"{\"line\":\"ec2 describe-vpcs\"}"), Vec::new()).await.expect("writes");
    store.enqueue_once(job("moved", &real.job.payload), Vec::new()).await.expect("writes");
    drop((bot, store));
    let running = Running::start(&stage).await;
    until("both refused", || running.bot.counters().forged.get() == 2).await;
    running.stop().await;
    assert_eq!((stage.aws.count(), stage.slack.posts().len()), (0, 0));
    let audit = stage.audit().await;
    assert_eq!(audit.iter().filter(|line| line.contains(r#""kind":"forged""#)).count(), 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn rules_of_the_workers_moment_count() {
    let stage = Stage::new();
    let store = stage.store(Holder::Owner);
    text(&stage.bot(Arc::clone(&store) as Arc<dyn Store>).accept(&stage.typed("ec2 describe-vpcs")).await);
    drop(store);
    stage.rules.replace(rules(&["s3:*"], &["list", "read"]));
    let running = Running::start(&stage).await;
    until("the refusal", || stage.slack.posts().len() == 1).await;
    running.stop().await;
    assert_eq!(stage.aws.count(), 0);
    assert!(stage.slack.posts()[0].contains("The rules changed"), "{}", stage.slack.posts()[0]);
    assert!(stage.audit().await[1].contains(r#""outcome":"refused""#));
}

#[tokio::test(flavor = "multi_thread")]
async fn without_a_grant_nothing_is_called_and_the_need_is_named() {
    let stage = Stage::new();
    stage.rules.replace(rules(&["s3:*"], &["list"]));
    let bot = stage.bot(stage.store(Holder::Owner));
    let ack = text(&bot.accept(&stage.typed("ec2 stop-instances --instance-ids i-1")).await);
    assert!(ack.contains("a grant of level") && ack.contains("ec2:StopInstances"), "{ack}");
    let mut stranger = stage.typed("ec2 describe-vpcs");
    stranger.user_id = "U0MALLORY".to_owned();
    assert!(text(&bot.accept(&stranger).await).contains("No grant names you"));
    let elsewhere = text(&bot.accept(&stage.typed("s3api list-buckets --account prod")).await);
    assert!(elsewhere.contains("not on prod"), "{elsewhere}");
    let audit = stage.audit().await;
    assert_eq!(audit.iter().filter(|line| line.contains(r#""kind":"denied""#)).count(), 3, "{audit:#?}");
    assert_eq!(bot.totals().await.expect("totals"), store::Totals::default());
}

#[tokio::test(flavor = "multi_thread")]
async fn an_identical_write_asks_first() {
    let mut stage = Stage::new();
    stage.settings.repeat_window = std::time::Duration::from_secs(3600);
    let bot = stage.bot(stage.store(Holder::Owner));
    let line = "ec2 stop-instances --instance-ids i-1";
    let accepted = |bot: &bot::Bot| bot.counters().accepted.get();
    text(&bot.accept(&stage.typed(line)).await);
    let asked = text(&bot.accept(&stage.typed(&format!("aws  {line}"))).await);
    assert!(asked.contains("--again") && accepted(&bot) == 1, "{asked}");
    text(&bot.accept(&stage.typed("ec2 stop-instances --instance-ids i-2")).await);
    assert_eq!(accepted(&bot), 2, "something else runs");
    text(&bot.accept(&stage.typed(&format!("{line} --again"))).await);
    assert_eq!(accepted(&bot), 3, "whoever insists is obeyed");
    for spelled in
        ["ec2 stop-instances --instance-ids=i-1", "ec2 stop-instances --output text --instance-ids i-1"]
    {
        let asked = text(&bot.accept(&stage.typed(spelled)).await);
        assert!(asked.contains("--again") && accepted(&bot) == 3, "another spelling: {asked}");
    }
    let mut other = stage.typed(line);
    other.channel_id = "C0ELSE".to_owned();
    assert!(text(&bot.accept(&other).await).contains("--again"), "another channel");
    text(&bot.accept(&stage.typed(&format!("{line} --region us-east-1"))).await);
    assert_eq!(accepted(&bot), 4, "another region is another matter");
    for _ in 0..2 {
        text(&bot.accept(&stage.typed("ec2 describe-vpcs")).await);
    }
    assert_eq!(accepted(&bot), 6, "reads never ask");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_write_that_came_to_nothing_may_be_typed_again() {
    let mut stage = Stage::new();
    stage.settings.repeat_window = std::time::Duration::from_secs(36_000);
    stage.aws.plays.lock().expect("plays").extend([Play::Reject, Play::NotSent, Play::Doubt]);
    let running = Running::start(&stage).await;
    let line = "ec2 stop-instances --instance-ids i-1";
    for count in 1..=3 {
        assert!(!text(&running.bot.accept(&stage.typed(line)).await).contains("--again"), "{count}");
        until("the report", || stage.slack.posts().len() == count).await;
    }
    assert_eq!(stage.aws.count(), 3);
    let asked = text(&running.bot.accept(&stage.typed(line)).await);
    assert!(asked.contains("--again"), "it may have happened the last time: {asked}");
    // Of two at once that follow one failure, one runs.
    stage.aws.plays.lock().expect("plays").extend([Play::Reject, Play::Hang]);
    let other = "ec2 stop-instances --instance-ids i-2";
    text(&running.bot.accept(&stage.typed(other)).await);
    until("the refusal", || stage.slack.posts().len() == 4).await;
    let (one, two) = (stage.typed(other), stage.typed(other));
    let (one, two) = tokio::join!(running.bot.accept(&one), running.bot.accept(&two));
    let asked = [one, two].iter().filter(|ack| text(ack).contains("--again")).count();
    assert_eq!(asked, 1);
    running.kill().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_store_that_cannot_write_is_not_ready_until_it_can() {
    let stage = Stage::new();
    let bot = stage.bot(stage.store(Holder::Owner));
    bot.ready().await.expect("ready at the start");
    stage.let_store_write(false);
    let ack = text(&bot.accept(&stage.typed("ec2 describe-vpcs")).await);
    assert!(ack.contains("not"), "{ack}");
    for _ in 0..2 {
        assert!(bot.ready().await.is_err(), "it reads, and does not write");
        bot.totals().await.expect("it reads");
    }
    stage.let_store_write(true);
    for _ in 0..2 {
        bot.ready().await.expect("ready again");
    }
    let rows = stage.audit().await;
    assert!(rows.len() == 1 && rows[0].contains("writes again"), "found out once: {rows:#?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn deliveries_are_tried_again_and_given_up() {
    let stage = Stage::new();
    stage.slack.statuses.lock().expect("statuses").extend([
        (429, Some(20)),
        (500, None),
        (200, None),
        (404, None),
    ]);
    let running = Running::start(&stage).await;
    let started = std::time::Instant::now();
    text(&running.bot.accept(&stage.typed("ec2 describe-vpcs")).await);
    until("the answer", || stage.slack.posts().len() == 1).await;
    assert!(started.elapsed() >= std::time::Duration::from_millis(200), "Retry-After is honoured");
    text(&running.bot.accept(&stage.typed("ec2 describe-subnets")).await);
    until("given up", || running.bot.counters().undeliverable.get() == 1).await;
    running.stop().await;
    let audit = stage.audit().await;
    assert!(audit.last().expect("rows").contains(r#""result":"gone""#), "{audit:#?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_undelivered_reply_is_delivered_after_a_restart_without_running_again() {
    let stage = Stage::new();
    stage.slack.statuses.lock().expect("statuses").push_back((429, Some(600)));
    stage.aws.plays.lock().expect("plays").push_back(Play::Answer(r#"{"Vpc": {"VpcId": "vpc-9"}}"#));
    let running = Running::start(&stage).await;
    text(&running.bot.accept(&stage.typed("ec2 create-vpc --cidr-block 10.0.0.0/16")).await);
    until("the first try", || stage.slack.statuses.lock().expect("statuses").is_empty()).await;
    running.kill().await;
    let running = Running::start(&stage).await;
    until("the answer", || stage.slack.posts().len() == 1).await;
    running.stop().await;
    assert!(stage.slack.posts()[0].contains("vpc-9"));
    assert_eq!(stage.aws.count(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn secrets_reach_neither_log_nor_audit_nor_store_nor_ack() {
    let stage = Stage::new();
    let running = Running::start(&stage).await;
    let line = format!("iam create-login-profile --user-name bob --password {PASSWORD}");
    let ack = text(&running.bot.accept(&stage.typed(&line)).await);
    assert!(ack.contains("****"), "{ack}");
    until("the answer", || stage.slack.posts().len() == 1).await;
    stage.slack.statuses.lock().expect("statuses").push_back((404, None));
    text(&running.bot.accept(&stage.typed("ec2 describe-vpcs")).await);
    until("given up", || running.bot.counters().undeliverable.get() == 1).await;
    let mut foreign = stage.typed("ec2 describe-vpcs");
    foreign.response_url = Secret::new(format!("https://evil.example/{URL_SECRET}").as_str());
    assert_eq!(running.bot.accept(&foreign).await.status, 400);
    running.stop().await;
    let audit = stage.audit().await.join("\n");
    let (logs, bytes) = (logs(), stage.bytes());
    assert!(logs.contains("ran a command") && audit.contains("iam:CreateLoginProfile"));
    for secret in [URL_SECRET, KEY_SECRET, PASSWORD] {
        assert!(!logs.contains(secret), "{secret} in the log");
        assert!(!audit.contains(secret), "{secret} in the audit");
        assert!(
            !ack.contains(secret) && !stage.slack.posts().join("").contains(secret),
            "{secret} was posted"
        );
        let stored = bytes.windows(secret.len()).any(|window| window == secret.as_bytes());
        assert!(!stored, "{secret} in the store");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_needs_no_call_is_answered_at_once() {
    let stage = Stage::new();
    let bot = stage.bot(stage.store(Holder::Owner));
    let cases = [
        ("", "any line of the AWS CLI"),
        ("help", "whoami"),
        ("help ping", "Answers at once"),
        ("ping", "Here."),
        ("version", "Bellhop 0"),
        ("whoami", "U0ALICE"),
        ("ec2 describe-instance", "describe-instances"),
        ("hlep", "help"),
        ("ec2 describe-vpcs | gerp x", "grep"),
        ("ec2 describe-vpcs --endpoint-url http://localhost", "chat"),
        ("ec2 describe-vpcs --profile x", "chat"),
        ("ec2 describe-vpcs 'x", "never closed"),
        ("ec2 describe-vpcs help", "describe-vpcs"),
    ];
    for (line, expected) in cases {
        let ack = text(&bot.accept(&stage.typed(line)).await);
        assert!(ack.contains(expected), "{line}: {ack}");
    }
    let mut nobody = stage.typed("help");
    nobody.user_id = "U0NOBODY".to_owned();
    let told = text(&bot.accept(&nobody).await);
    assert!(told.contains("No grant names you") && told.contains("whoami"), "help needs no grant: {told}");
    assert_eq!(bot.totals().await.expect("totals"), store::Totals::default());
}

#[tokio::test(flavor = "multi_thread")]
async fn requests_from_elsewhere_are_not_taken() {
    let mut stage = Stage::new();
    stage.settings.allowed_teams = vec!["T1".to_owned()];
    stage.settings.verification_token = Some(Arc::new(Secret::new("right")));
    let bot = stage.bot(stage.store(Holder::Owner));
    let with = |team: &str, token: Option<&str>| {
        let mut command = stage.typed("ping");
        command.team_id = Some(team.to_owned());
        command.token = token.map(Secret::new);
        command
    };
    for (team, token, status) in [
        ("T1", Some("right"), 200),
        ("T2", Some("right"), 401),
        ("T1", Some("wrong"), 401),
        ("T1", None, 401),
    ] {
        assert_eq!(bot.accept(&with(team, token)).await.status, status, "{team} {token:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_terminal_takes_the_same_way_and_is_recorded() {
    let stage = Stage::new();
    let running = Running::start(&stage).await;
    let guest = stage.bot(stage.store(Holder::Guest));
    let run = |user: &str, line: &str| RunAs {
        line: line.to_owned(),
        team: "T1".to_owned(),
        user: user.to_owned(),
        channel: "C0OPS".to_owned(),
        spoken_by: "root".to_owned(),
    };
    stage.aws.plays.lock().expect("plays").push_back(Play::Answer(r#"{"Vpcs": []}"#));
    let reply = guest.run_as(run("U0ALICE", "ec2 describe-vpcs")).await;
    assert_eq!(reply.status, Status::Done, "{reply:?}");
    let reply = guest.run_as(run("U0BOB", "ec2 describe-vpcs")).await;
    assert_eq!(reply.status, Status::Denied, "{reply:?}");
    running.stop().await;
    assert_eq!((stage.aws.count(), stage.slack.posts().len()), (1, 0));
    let audit = stage.audit().await;
    assert!(audit.iter().all(|line| line.contains(r#""spoken_by":"root""#)), "{audit:#?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_configured_command_stands_for_its_words() {
    let stage = Stage::new();
    let bot = stage.bot(stage.store(Holder::Owner));
    let mut command = stage.typed("--output text");
    command.command = "/vpcs".to_owned();
    assert!(text(&bot.accept(&command).await).contains("aws ec2 describe-vpcs --output text"));
}

#[tokio::test(flavor = "multi_thread")]
async fn the_real_engine_assumes_the_callers_role_once_and_calls() {
    let mut stage = Stage::new();
    let wire = Arc::new(engine::Wire::default());
    engine::over(&wire, &mut stage);
    let vpcs =
        "<DescribeVpcsResponse><vpcSet><item><vpcId>vpc-7</vpcId></item></vpcSet></DescribeVpcsResponse>";
    wire.play(&[Some((200, vpcs)), Some((200, vpcs))]);
    let running = Running::start(&stage).await;
    for count in 1..=2 {
        text(&running.bot.accept(&stage.typed("ec2 describe-vpcs --query Vpcs[].VpcId --output text")).await);
        until("the answer", || stage.slack.posts().len() == count).await;
    }
    running.stop().await;
    assert!(stage.slack.posts().iter().all(|post| post.contains("vpc-7")), "{:#?}", stage.slack.posts());
    let sent = wire.sent();
    assert_eq!(sent.len(), 3, "one role, two calls: {sent:#?}");
    let (host, assume, signature) = &sent[0];
    assert!(host.starts_with("sts.") && signature.contains("AKIABASE"), "{host} {signature}");
    for part in ["RoleSessionName=U0ALICE%40T1", "SourceIdentity=U0ALICE%40T1", "SlackUser", "Bellhop"] {
        assert!(assume.contains(part), "{part} in {assume}");
    }
    assert!(sent[1].0 == "ec2.eu-west-1.amazonaws.com" && sent[1].2.contains("ASIAROLE"), "{:?}", sent[1]);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_real_engine_says_what_became_of_a_call() {
    let mut stage = Stage::new();
    let wire = Arc::new(engine::Wire::default());
    engine::over(&wire, &mut stage);
    let refused = "<Response><Errors><Error><Code>UnauthorizedOperation</Code><Message>You may not.</Message></Error>\
        </Errors><RequestID>req-1</RequestID></Response>";
    // The write has a session of its own: that of the read can do nothing but read.
    wire.play(&[Some((403, refused)), Some((200, engine::ASSUMED)), None]);
    let running = Running::start(&stage).await;
    text(&running.bot.accept(&stage.typed("ec2 describe-vpcs")).await);
    until("the refusal", || stage.slack.posts().len() == 1).await;
    text(&running.bot.accept(&stage.typed("ec2 stop-instances --instance-ids i-1")).await);
    until("the doubt", || stage.slack.posts().len() == 2).await;
    running.stop().await;
    let posts = stage.slack.posts();
    assert!(posts[0].contains("UnauthorizedOperation") && posts[0].contains("You may not."), "{}", posts[0]);
    assert!(posts[1].contains("ay have happened"), "{}", posts[1]);
    let sent = wire.sent();
    assert_eq!(sent.len(), 4, "a write whose answer was lost is sent once: {sent:#?}");
    assert!(sent[0].1.contains("&Policy=") && sent[0].1.contains("ec2%3ADescribe%2A"), "{}", sent[0].1);
    assert!(sent[2].1.contains("AssumeRole") && !sent[2].1.contains("Policy"), "{}", sent[2].1);
    let audit = stage.audit().await.join("\n");
    assert!(
        audit.contains(r#""aws_request_id":"req-1""#) && audit.contains(r#""code":"NoAnswer""#),
        "{audit}"
    );
}
