//! Lines of several commands, and of commands and filters.

use bot::Rules;
use policy::Need;

use crate::asking::{id_in, last, needing, press};
use crate::stage::{Play, Running, Stage, rules, until};
use crate::text;

const TWO: &str = r#"{"Reservations": [{"Instances": [{"InstanceId": "i-1", "InstanceType": "t3.micro"},
    {"InstanceId": "i-2", "InstanceType": "t3.large"}]}]}"#;

fn staged(plays: impl IntoIterator<Item = Play>) -> Stage {
    let stage = Stage::new();
    stage.aws.plays.lock().expect("plays").extend(plays);
    stage
}

async fn answer(stage: &Stage, line: &str) -> String {
    let running = Running::start(stage).await;
    let before = stage.slack.posts().len();
    text(&running.bot.accept(&stage.typed(line)).await);
    until(line, || stage.slack.posts().len() > before).await;
    running.stop().await;
    last(stage)
}

fn operations(stage: &Stage) -> Vec<String> {
    stage.aws.calls.lock().expect("calls").iter().map(|(operation, _)| operation.clone()).collect()
}

async fn card(stage: &Stage) -> String {
    let is_card = |post: &&String| post.contains(r#""action_id":"run""#);
    until("a card", || stage.slack.posts().iter().any(|post| is_card(&post))).await;
    stage.slack.posts().into_iter().find(|post| is_card(&post)).expect("a card")
}

#[tokio::test(flavor = "multi_thread")]
async fn filters_read_what_a_call_answers() {
    let cases = [
        (
            "ec2 describe-instances | jmespath 'Reservations[].Instances[].InstanceType' | grep t3 | wc -l",
            "2",
        ),
        (
            "ec2 describe-instances --query 'Reservations[].Instances[].[InstanceType]' --output text | sort -r",
            "t3.micro\\nt3.large",
        ),
        ("ec2 describe-instances --output text | grep i-2 | cut -f 2 | tr a-z A-Z", "I-2"),
        ("t=large; ec2 describe-instances --output text | grep $t | wc -l", "1"),
        ("ec2 describe-instances | grep nothing || sts get-caller-identity", "no output"),
    ];
    for (line, expected) in cases {
        let stage = staged([Play::Answer(TWO)]);
        let post = answer(&stage, line).await;
        assert!(post.contains(expected), "{line}: {post}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn words_can_come_from_another_call() {
    let stage =
        staged([Play::Answer(r#"{"Vpcs": [{"VpcId": "vpc-1"}]}"#), Play::Answer(r#"{"Subnets": []}"#)]);
    let line = "ec2 describe-subnets --filters Name=vpc-id,Values=$(ec2 describe-vpcs --query 'Vpcs[0].VpcId' --output text)";
    let post = answer(&stage, line).await;
    assert!(post.contains("Subnets"), "{post}");
    assert_eq!(operations(&stage), ["DescribeVpcs", "DescribeSubnets"]);
    // What could not be found out is no word: nothing runs with it.
    let stage = staged([Play::Reject]);
    let post = answer(&stage, line).await;
    assert!(post.contains("UnauthorizedOperation"), "{post}");
    assert_eq!(operations(&stage), ["DescribeVpcs"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn statements_run_as_their_connectors_say() {
    let cases: [(&str, &[&str]); 4] = [
        ("ec2 describe-vpcs && ec2 describe-subnets", &["DescribeVpcs"]),
        ("ec2 describe-vpcs || ec2 describe-subnets", &["DescribeVpcs", "DescribeSubnets"]),
        ("ec2 describe-vpcs; ec2 describe-subnets", &["DescribeVpcs", "DescribeSubnets"]),
        ("ec2 describe-vpcs | grep x && ec2 describe-subnets", &["DescribeVpcs"]),
    ];
    for (line, expected) in cases {
        let stage = staged([Play::Reject]);
        let post = answer(&stage, line).await;
        assert!(post.contains("UnauthorizedOperation"), "{line}: {post}");
        assert_eq!(operations(&stage), expected, "{line}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn calls_made_of_an_answer_are_asked_about_as_one_list() {
    let stage = Stage::new();
    *stage.aws.instances.lock().expect("instances") = Some(TWO);
    let running = Running::start(&stage).await;
    let line = "ec2 describe-instances --query 'Reservations[].Instances[].[InstanceId]' --output text | xargs -n 1 ec2 stop-instances --instance-ids";
    text(&running.bot.accept(&stage.typed(line)).await);
    let card = card(&stage).await;
    for part in ["aws ec2 stop-instances --instance-ids i-1", "aws ec2 stop-instances --instance-ids i-2"] {
        assert!(card.contains(part), "{part} in {card}");
    }
    assert_eq!(stage.aws.count(), 0, "nothing changes before the word");
    press(&running, &stage.pressed("U0ALICE", "run", &id_in(&card))).await;
    until("the calls", || stage.aws.count() == 2).await;
    until("the answer", || last(&stage).contains("Done")).await;
    press(&running, &stage.pressed("U0ALICE", "run", &id_in(&card))).await;
    running.stop().await;
    assert_eq!(operations(&stage), ["StopInstances", "StopInstances"]);
    let rows = stage.audit().await;
    for (number, id) in [("1 of 2", "i-1"), ("2 of 2", "i-2")] {
        let of = |kind: &str| {
            rows.iter().any(|row| {
                row.contains(&format!(r#""kind":"{kind}""#)) && row.contains(number) && row.contains(id)
            })
        };
        assert!(of("intent") && of("call"), "{number}: {rows:#?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_pipeline_hides_no_write() {
    let stage = staged([Play::Answer(TWO), Play::Answer(TWO), Play::Answer(TWO)]);
    stage.rules.replace(rules(&["ec2:Describe*"], &["list", "read", "write"]));
    let lines = [
        "ec2 describe-instances; ec2 stop-instances --instance-ids i-1",
        "ec2 describe-instances --output text | cut -f 2 | xargs ec2 stop-instances --instance-ids",
        "x=stop-instances; ec2 $x --instance-ids i-1",
        "ec2 describe-instances | grep nothing || ec2 terminate-instances --instance-ids i-1",
    ];
    for line in lines {
        let running = Running::start(&stage).await;
        let before = stage.slack.posts().len();
        let ack = text(&running.bot.accept(&stage.typed(line)).await);
        if !ack.contains("grant") {
            until(line, || stage.slack.posts().len() > before).await;
            assert!(last(&stage).contains("grant"), "{line}: {}", last(&stage));
        }
        running.stop().await;
    }
    assert!(operations(&stage).iter().all(|operation| operation == "DescribeInstances"));
}

#[tokio::test(flavor = "multi_thread")]
async fn one_confirmation_lists_every_place_of_a_change() {
    let stage = Stage::new();
    let mut book = rules(&["*"], &["list", "read", "write"]).book;
    book.grants[0].accounts.push("prod".to_owned());
    stage.rules.replace(Rules::of(book).expect("rules"));
    let running = Running::start(&stage).await;
    text(
        &running.bot.accept(&stage.typed("ec2 create-vpc --cidr-block 10.0.0.0/16 --account dev,prod")).await,
    );
    let card = card(&stage).await;
    assert_eq!(stage.aws.count(), 0);
    assert!(card.contains("dev, prod") && card.contains("aws ec2 create-vpc"), "{card}");
    press(&running, &stage.pressed("U0ALICE", "run", &id_in(&card))).await;
    until("both", || stage.aws.count() == 2).await;
    running.stop().await;
    let roles: Vec<String> =
        stage.roles.0.lock().expect("sessions").iter().map(|session| session.role_arn.clone()).collect();
    assert!(
        roles.iter().any(|role| role.contains("111111111111"))
            && roles.iter().any(|role| role.contains("222222222222")),
        "{roles:?}"
    );
    // Where one of the places may not be changed, none is.
    let running = Running::start(&stage).await;
    stage.rules.replace(rules(&["*"], &["list", "read", "write"]));
    let ack = text(
        &running.bot.accept(&stage.typed("ec2 create-vpc --cidr-block 10.0.0.0/8 --account dev,prod")).await,
    );
    assert!(ack.contains("Not every place"), "{ack}");
    running.stop().await;
    assert_eq!(stage.aws.count(), 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_interrupted_list_tells_what_was_done_and_runs_nothing_again() {
    let stage = staged([Play::Answer("{}"), Play::Hang]);
    *stage.aws.instances.lock().expect("instances") = Some(TWO);
    stage.rules.replace(needing(Need::Confirm));
    let running = Running::start(&stage).await;
    text(&running.bot.accept(&stage.typed("ec2 stop-instances --instance-ids i-1; ec2 stop-instances --instance-ids i-2; ec2 stop-instances --instance-ids i-3")).await);
    let card = card(&stage).await;
    press(&running, &stage.pressed("U0ALICE", "run", &id_in(&card))).await;
    until("two calls", || stage.aws.count() == 2).await;
    running.kill().await;
    let running = Running::start(&stage).await;
    until("the report", || last(&stage).contains("ay have happened")).await;
    running.stop().await;
    let post = last(&stage);
    assert!(
        post.contains("i-1: done") && post.contains("i-2: may have happened") && !post.contains("i-3: "),
        "{post}"
    );
    assert_eq!(stage.aws.count(), 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_result_goes_up_as_a_file_of_its_form() {
    let mut stage = staged([Play::Answer(TWO)]);
    stage.web = Some(std::sync::Arc::default());
    let line = "ec2 describe-instances | jmespath 'Reservations[].Instances[]' | tee all.json | select InstanceId,InstanceType > fleet.csv";
    let post = answer(&stage, line).await;
    assert!(post.contains("fleet.csv") && post.contains("all.json"), "{post}");
    let web = stage.web.clone().expect("a web");
    let completed = web.asked("files.completeUploadExternal");
    assert!(
        completed.iter().any(|fields| fields.contains("F1") && fields.contains("C0OPS")),
        "{completed:?}"
    );
    let files = web.files.lock().expect("files").clone();
    let texts: Vec<_> = files.iter().map(|bytes| String::from_utf8_lossy(bytes).replace('\r', "")).collect();
    let (csv, json): (Vec<&String>, Vec<&String>) =
        texts.iter().partition(|text| text.starts_with("InstanceId"));
    assert_eq!(csv, ["InstanceId,InstanceType\ni-1,t3.micro\ni-2,t3.large\n"]);
    assert!(json.len() == 1 && json[0].contains("t3.large"), "{json:?}");
}
