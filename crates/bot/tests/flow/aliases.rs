//! Lines under names.

use bot::request::Caller;
use slack::SlashCommand;
use store::Holder;

use crate::asking::{confirming, id_in, last, press};
use crate::stage::{KEY_SECRET, PASSWORD, Running, Stage, rules, until};
use crate::text;

fn by(stage: &Stage, user: &str, channel: &str, line: &str) -> SlashCommand {
    SlashCommand { user_id: user.to_owned(), channel_id: channel.to_owned(), ..stage.typed(line) }
}

async fn says(running: &Running, stage: &Stage, line: &str) -> String {
    text(&running.bot.accept(&stage.typed(line)).await)
}

async fn ran(running: &Running, stage: &Stage, line: &str) -> (String, String) {
    let before = stage.slack.posts().len();
    let ack = says(running, stage, line).await;
    until(line, || stage.slack.posts().len() > before).await;
    (ack, last(stage))
}

#[tokio::test(flavor = "multi_thread")]
async fn an_alias_runs_as_the_line_that_it_is() {
    let stage = Stage::new();
    let running = Running::start(&stage).await;
    let set =
        says(&running, &stage, "alias set vpcs ec2 describe-vpcs --vpc-ids $1 --region ${region:-us-east-1}")
            .await;
    assert!(set.contains("Set `vpcs` for you") && set.contains("vpcs <1>"), "{set}");
    let (ack, post) = ran(&running, &stage, "vpcs vpc-1").await;
    let line = "aws ec2 describe-vpcs --vpc-ids vpc-1 --region us-east-1";
    assert!(ack.contains(line) && post.contains(line), "{ack} {post}");
    let (ack, _) = ran(&running, &stage, "Vpcs 'a; b' --region eu-west-1 | wc -l").await;
    assert!(ack.contains("--vpc-ids 'a; b' --region eu-west-1 | wc -l"), "{ack}");
    // One alias in another's line, and in the words of one.
    says(&running, &stage, "alias set mine 'vpcs $1 | wc -l'").await;
    let (ack, _) = ran(&running, &stage, "mine vpc-2").await;
    assert!(ack.contains("describe-vpcs --vpc-ids vpc-2 --region us-east-1 | wc -l"), "{ack}");
    let missing = says(&running, &stage, "vpcs").await;
    assert!(missing.contains("Nothing is given for $1: type `vpcs <1>"), "{missing}");
    let caller = Caller {
        tenant: "T1".to_owned(),
        user: "U0ALICE".to_owned(),
        channel: "C0OPS".to_owned(),
        spoken_by: None,
    };
    let words = ["x\" $(ec2 list); y".to_owned()];
    let line = running.bot.line_of_alias(&caller, "vpcs", &words).await.expect("a line");
    assert_eq!(line, "ec2 describe-vpcs --vpc-ids 'x\" $(ec2 list); y' --region us-east-1");
    let other = Caller { user: "U0BOB".to_owned(), ..caller };
    assert!(running.bot.line_of_alias(&other, "vpcs", &words).await.is_err(), "it is alice's");
    let secret = format!("alias set hide rds modify-db-instance --master-user-password {PASSWORD}");
    assert!(says(&running, &stage, &secret).await.contains("no credentials"));
    says(&running, &stage, "alias set plain ec2 describe-vpcs").await;
    running.stop().await;
    let rows = stage.audit().await.join("\n");
    for part in ["alias set vpcs --scope me\"", "alias set plain --scope me aws ec2 describe-vpcs"] {
        assert!(rows.contains(part), "{part} in {rows}");
    }
    assert!(!rows.contains(PASSWORD), "{rows}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_change_hidden_in_an_alias_is_asked_about() {
    let stage = confirming();
    let running = Running::start(&stage).await;
    says(&running, &stage, "alias set nap ec2 stop-instances --instance-ids $*").await;
    let ack = says(&running, &stage, "nap i-1 i-2").await;
    assert!(ack.contains("Waiting for your word"), "{ack}");
    let is_card = |post: &String| post.contains(r#""action_id":"run""#);
    until("a card", || stage.slack.posts().iter().any(is_card)).await;
    let card = last(&stage);
    assert!(card.contains("aws ec2 stop-instances --instance-ids i-1 i-2"), "{card}");
    assert_eq!(stage.aws.count(), 0);
    // What the alias becomes meanwhile does not change what was shown.
    says(&running, &stage, "alias set nap ec2 terminate-instances --instance-ids $*").await;
    press(&running, &stage.pressed("U0ALICE", "run", &id_in(&card))).await;
    until("the call", || stage.aws.count() == 1).await;
    running.stop().await;
    assert_eq!(stage.aws.calls.lock().expect("calls")[0].0, "StopInstances");
    // Without the right to it, an alias gives none.
    stage.rules.replace(rules(&["ec2:Describe*", "bellhop:*"], &["list", "read"]));
    let running = Running::start(&stage).await;
    let ack = says(&running, &stage, "nap i-1").await;
    assert!(ack.contains("ec2:TerminateInstances") && ack.contains("grant"), "{ack}");
    running.stop().await;
    assert_eq!(stage.aws.count(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn names_that_mean_something_are_nobodys() {
    let stage = Stage::new();
    let running = Running::start(&stage).await;
    let cases = [
        ("alias set ec2 s3 ls", "hide it"),
        ("alias set s3 ec2 list", "hide it"),
        ("alias set whoami ec2 list", "a command of Bellhop's"),
        ("alias set aws ec2 list", "a command of Bellhop's"),
        ("alias set alias ec2 list", "a command of Bellhop's"),
        ("alias set grep ec2 list", "a filter"),
        ("alias set for ec2 list", "a word of shells"),
        ("alias set 'a\"b' ec2 list", "begins with a lower-case letter"),
        ("alias set \"a'b\" ec2 list", "begins with a lower-case letter"),
        ("alias set a/../b ec2 list", "begins with a lower-case letter"),
        ("alias set again again", "would use itself"),
        ("alias set web ec2 list | grep web", "quote it as one word"),
        ("alias set web 'ec2 list \"'", "cannot be read"),
        ("alias set web", "needs a name and a line"),
        ("alias set zero ec2 list $0", "no parameter"),
        ("alias set web --scope all ec2 list", "--scope is"),
        (
            "alias set key ec2 list AKIAIOSFODNN7EXAMPLE wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY",
            "no credentials",
        ),
        ("alias show web", "no alias `web`"),
        ("alias remove web", "no alias `web`"),
        ("alias import x", "no TOML"),
        ("alias frobnicate", "not known"),
    ];
    for (line, part) in cases {
        let said = says(&running, &stage, line).await;
        assert!(said.contains(part), "{line}: {said}");
    }
    let long = format!("alias set web '{}'", "x".repeat(100 * 1024));
    assert!(says(&running, &stage, &long).await.contains("longer than"), "a line of 100 KB");
    let long = format!("alias set web 'ec2 list {}'", "x".repeat(5 * 1024));
    assert!(says(&running, &stage, &long).await.contains("4000 bytes"), "a line of 5 KB");
    assert!(says(&running, &stage, "alias list").await.contains("no aliases here"));
    // Aliases that use each other are refused by name when they are used.
    says(&running, &stage, "alias set one two").await;
    says(&running, &stage, "alias set two 'one; ec2 list'").await;
    let said = says(&running, &stage, "one").await;
    assert!(said.contains("uses itself: one → two → one"), "{said}");
    says(&running, &stage, "alias set grow 'again2 $*$*$*$*$*$*$*$*'").await;
    says(&running, &stage, "alias set again2 'ec2 list $*$*$*$*$*$*$*$*'").await;
    let said = says(&running, &stage, &format!("grow {}", "x".repeat(1000))).await;
    assert!(said.contains("longer than"), "{said}");
    running.stop().await;
    assert_eq!(stage.aws.count(), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn shared_aliases_are_for_admins_and_whom_a_grant_lets() {
    let stage = Stage::new();
    stage.rules.replace(rules(&["ec2:*"], &["list", "read"]));
    let running = Running::start(&stage).await;
    for scope in ["channel", "workspace"] {
        let said = says(&running, &stage, &format!("alias set v --scope {scope} ec2 describe-vpcs")).await;
        assert!(said.contains("changed by admins"), "{said}");
    }
    stage.rules.replace(rules(&["ec2:*", "bellhop:alias"], &["list", "read"]));
    for (scope, what) in [("workspace", "vpcs"), ("channel", "subnets"), ("me", "volumes")] {
        let line = format!("alias set v --scope {scope} ec2 describe-{what}");
        assert!(says(&running, &stage, &line).await.contains("Set `v`"), "{line}");
    }
    let shown = says(&running, &stage, "alias show v").await;
    assert!(shown.contains("of you") && shown.contains("of the workspace (hidden"), "{shown}");
    for (channel, user, what) in [
        ("C0OPS", "U0ALICE", "describe-volumes"),
        ("C0OPS", "U0BOB", "describe-subnets"),
        ("C0OTHER", "U0BOB", "describe-vpcs"),
    ] {
        // Bob sees the line, and has no right to it.
        let ack = text(&running.bot.accept(&by(&stage, user, channel, "alias show v")).await);
        let first = ack.find("ec2 describe-").map(|at| &ack[at + 4..]).unwrap_or_default();
        assert!(first.starts_with(what), "{user} in {channel}: {ack}");
    }
    let denied = text(&running.bot.accept(&by(&stage, "U0BOB", "C0OPS", "v")).await);
    assert!(denied.contains("No grant names you"), "{denied}");
    let denied = text(&running.bot.accept(&by(&stage, "U0BOB", "C0OPS", "alias remove v")).await);
    assert!(denied.contains("changed by admins"), "{denied}");
    assert!(says(&running, &stage, "alias remove v").await.contains("Removed `v` of you"));
    assert!(says(&running, &stage, "alias remove v --scope workspace").await.contains("of the workspace"));
    assert!(says(&running, &stage, "alias show v").await.contains("describe-subnets"));
    running.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn aliases_go_out_and_come_in_as_toml() {
    let stage = Stage::new();
    let bot = stage.bot(stage.store(Holder::Owner));
    let says = |line: String| {
        let (bot, command) = (bot.clone(), stage.typed(&line));
        async move { text(&bot.accept(&command).await) }
    };
    says("alias set v --description 'All VPCs' ec2 describe-vpcs $*".to_owned()).await;
    let toml = says("alias export".to_owned()).await;
    for part in ["[[alias]]", "name = ", "scope = ", "All VPCs", "ec2 describe-vpcs ${*}"] {
        assert!(toml.contains(part), "{part} in {toml}");
    }
    let text = "[[alias]]\nname = \"v\"\nline = \"ec2 describe-vpcs\"\n\n[[alias]]\nname = \"w\"\n\
                scope = \"workspace\"\nline = 'ec2 list | grep \"$1\"'\n";
    let told = says(format!("alias import ```\n{text}```")).await;
    assert!(told.contains("Replaced `v` for you") && told.contains("Set `w` for the workspace"), "{told}");
    // All or nothing.
    let bad = text.replace("name = \"w\"", "name = \"ec2\"").replace("\"v\"", "\"u\"");
    assert!(says(format!("alias import {bad}")).await.contains("hide it"));
    assert!(says("alias show u".to_owned()).await.contains("no alias `u`"));
    let shown = says("alias show w".to_owned()).await;
    assert!(shown.contains("ec2 list | grep") && shown.contains("w <1>"), "{shown}");
    assert!(!String::from_utf8_lossy(&stage.bytes()).contains("All VPCs"), "what is kept is sealed");
    assert!(!toml.contains(KEY_SECRET));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_line_is_explained_and_mended_with_its_callers_aliases() {
    let stage = Stage::new();
    let running = Running::start(&stage).await;
    says(&running, &stage, "alias set vpcs ec2 describe-vpcs --vpc-ids $1").await;
    let why = says(&running, &stage, "why vpcs vpc-1").await;
    for part in
        ["With its aliases replaced it is this line:", "aws ec2 describe-vpcs --vpc-ids vpc-1", "by grant 1"]
    {
        assert!(why.contains(part), "{part} in {why}");
    }
    let why = says(&running, &stage, "why 'ec2 describe-vpcs | xargs -n 1 vpcs'").await;
    assert!(why.contains("xargs -n 1 ec2 describe-vpcs --vpc-ids"), "{why}");
    let why = says(&running, &stage, "why whoami").await;
    assert!(why.contains("It would run."), "{why}");
    let near = says(&running, &stage, "vpcz vpc-1 | wc -l").await;
    assert!(near.contains("Did you mean vpcs"), "{near}");
    let other = text(&running.bot.accept(&by(&stage, "U0BOB", "C0OPS", "vpcz vpc-1")).await);
    assert!(!other.contains("vpcs"), "it is alice's: {other}");
    let (ack, post) =
        ran(&running, &stage, "ec2 describe-vpcs --query 'Vpcs[].VpcId' --output text | xargs -n 1 vpcs")
            .await;
    assert!(ack.contains("xargs -n 1 ec2 describe-vpcs --vpc-ids"), "{ack}");
    assert!(post.contains("xargs -n 1 ec2 describe-vpcs --vpc-ids"), "{post}");
    running.stop().await;
}
