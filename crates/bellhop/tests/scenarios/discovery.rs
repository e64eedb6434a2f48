//! Accounts of the organisation become accounts of Bellhop.

use testkit::Aws;

use crate::support::{PATIENCE, Stage};

#[tokio::test]
async fn an_account_of_the_organisation_can_be_used_by_its_name() {
    let aws = Aws::start().await.expect("an AWS");
    let manager = Stage::before(aws.url()).await;
    let made = manager.aws(&["organizations", "create-organization"]);
    assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
    for (name, email) in [("Data Lab", "lab@example.com"), ("Sandbox", "sandbox@example.com")] {
        let made =
            manager.aws(&["organizations", "create-account", "--account-name", name, "--email", email]);
        assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
    }
    let discover = format!(
        r#"
[accounts.discover]
role_name = "Bellhop"
regions = ["eu-west-1"]
exclude = ["Sandbox"]
labels = {{ discovered = "yes" }}
through = "arn:aws:iam::{}:role/Bellhop"
[[grants]]
users = ["U0ALICE"]
labels = {{ discovered = "yes" }}
allow = ["sts:*", "bellhop:*"]
levels = ["list", "read"]
"#,
        manager.account
    );
    let stage = Stage::with(aws.url(), |config| format!("{config}{discover}")).await;
    let line = "sts get-caller-identity --account data-lab --query Arn";
    let begun = std::time::Instant::now();
    let told = loop {
        let (slash, name) = stage.slash(line);
        let ack = slash.post(&stage.bellhop.url()).await.expect("an ack");
        if !ack.text().contains("There is no account") {
            break stage.slack.wait_for(&name, PATIENCE, |_| true).await.expect("a reply").text();
        }
        assert!(begun.elapsed() < PATIENCE, "it was not found: {}", stage.bellhop.log());
        tokio::time::sleep(std::time::Duration::from_millis(50)).await;
    };
    assert!(told.contains("assumed-role/Bellhop/U0ALICE"), "{told}");
    let (slash, _) = stage.slash("sts get-caller-identity --account sandbox");
    let ack = slash.post(&stage.bellhop.url()).await.expect("an ack");
    // The order is that of the accounts' ids, which moto draws.
    let usable = |names: &str| ack.text().contains(&format!("You can use: production, {names}."));
    assert!(usable("master, data-lab") || usable("data-lab, master"), "{}", ack.text());
}
