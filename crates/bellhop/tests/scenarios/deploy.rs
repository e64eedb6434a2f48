//! `bellhop deploy` and `destroy` against moto, which makes what it knows of the template; and against a CloudFormation that
//! fails, which moto never does in the middle of a stack.

use std::fs;
use std::process::Output;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use axum::Router;
use testkit::{Aws, Bellhop, SIGNING_SECRET, assert_keeps_secrets, random_hex};

use crate::support::BINARY;

const CONFIG: &str = r#"
# Rules of ours.
[slack]
signing_secret = "env:SLACK_SIGNING_SECRET"
[store]
path = "bellhop.db"
[accounts.production]
role_arn = "arn:aws:iam::111111111111:role/Bellhop"
regions = ["us-east-1"]
[[grants]]
users = ["U0ALICE"]
accounts = ["production"]
allow = ["ec2:*"]
levels = ["list", "read"]
role = "Operators"
"#;

/// What moto's CloudFormation has no resource for is left out by the template's own conditions: the door (API Gateway v2,
/// function URL) and the sweep (Scheduler). Alarms have no condition: moto passes over them. A list that is empty by default it
/// gives back as something else, so that it is said each time.
const WHAT_MOTO_KNOWS: [&str; 6] =
    ["--parameter", "Door=none", "--parameter", "Sweep=off", "--parameter", "SecretKeyArns="];

struct Operator {
    bellhop: Bellhop,
    stack: String,
}

impl Operator {
    fn new(aws: &Aws) -> Operator {
        let bellhop = Bellhop::new(BINARY, aws.url(), CONFIG).expect("a folder");
        fs::copy("/bin/true", bellhop.folder().join("program")).expect("a program");
        let stack = format!("t{}", &random_hex()[..10]);
        Operator { bellhop, stack }
    }

    fn run(&self, words: &[&str]) -> (i32, String) {
        let output: Output = self.bellhop.run(words).expect("bellhop runs");
        let told =
            format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
        assert_keeps_secrets("what was printed", &told, &[SIGNING_SECRET, "test-secret-key"]);
        (output.status.code().unwrap_or(-1), told)
    }

    fn deploy(&self, more: &[&str]) -> (i32, String) {
        let words = ["deploy", "--binary", "program", "--stack", &self.stack];
        self.run(&[&words, &WHAT_MOTO_KNOWS[..], more].concat())
    }

    fn aws(&self, words: &[&str]) -> String {
        let (code, told) = self.run(&[&["aws"], words, &["--output", "text"]].concat());
        assert_eq!(code, 0, "{words:?}: {told}");
        told.trim().to_owned()
    }

    fn stacks(&self) -> String {
        self.aws(&["cloudformation", "list-stacks", "--query", "StackSummaries[].[StackName,StackStatus]"])
    }

    fn shipped(&self) -> String {
        let place = format!("s3://bellhop-123456789012-us-east-1/{}/bellhop.toml", self.stack);
        self.run(&["aws", "s3", "cp", &place, "-"]).1
    }
}

#[tokio::test]
async fn a_stack_is_put_up_changed_left_alone_and_destroyed() {
    let aws = Aws::start().await.expect("an AWS");
    let operator = Operator::new(&aws);
    let stack = operator.stack.as_str();

    let (code, told) = operator.deploy(&["--dry-run"]);
    assert_eq!(code, 0, "{told}");
    for wanted in ["Nothing was changed", "role/Operators", "AWSTemplateFormatVersion", "goes to SSM as"] {
        assert!(told.contains(wanted), "{told}");
    }
    let (code, told) = operator.deploy(&[]);
    assert_eq!(code, 1, "{told}");
    assert!(told.contains("--yes agrees beforehand"), "{told}");
    assert!(!operator.stacks().contains(stack), "a stack was made without asking");

    let (code, told) = operator.deploy(&["--yes"]);
    assert_eq!(code, 0, "{told}");
    for wanted in ["+ add           Table", "CREATE_COMPLETE", "no door"] {
        assert!(told.contains(wanted), "{told}");
    }
    let table = ["dynamodb", "describe-table", "--table-name", stack, "--query"];
    assert_eq!(operator.aws(&[&table[..], &["Table.KeySchema[].AttributeName"]].concat()), "pk\tsk");
    let secret = format!("/{stack}/slack/signing_secret");
    let kind = ["ssm", "get-parameter", "--name", &secret, "--query", "Parameter.Type"];
    assert_eq!(operator.aws(&kind), "SecureString");
    let shipped = operator.shipped();
    for wanted in [
        "# Rules of ours.",
        &format!("signing_secret = \"ssm:{secret}\""),
        "kind = \"dynamodb\"",
        &format!("/{stack}-jobs\""),
        &format!("/{stack}-dead\""),
    ] {
        assert!(shipped.contains(wanted), "{shipped}");
    }
    for (function, role) in [("front", "front"), ("worker", "worker")] {
        let name = format!("{stack}-{function}");
        let query = "[Runtime, Architectures[0], Environment.Variables.BELLHOP_ROLE]";
        let told = operator.aws(&[
            "lambda",
            "get-function-configuration",
            "--function-name",
            &name,
            "--query",
            query,
        ]);
        let here = if cfg!(target_arch = "aarch64") { "arm64" } else { "x86_64" };
        assert_eq!(told, format!("provided.al2023\t{here}\t{role}"));
    }

    let (code, told) = operator.deploy(&["--yes"]);
    assert_eq!((code, told.contains("Nothing to change")), (0, true), "{told}");
    assert!(told.contains("nothing widens, nothing narrows"), "{told}");

    fs::copy("/bin/false", operator.bellhop.folder().join("program")).expect("another program");
    let (code, told) = operator.deploy(&["--yes", "--parameter", "WorkerMemory=2048"]);
    assert_eq!((code, told.contains("UPDATE_COMPLETE")), (0, true), "{told}");
    let worker = format!("{stack}-worker");
    let size = ["lambda", "get-function-configuration", "--function-name", &worker, "--query", "MemorySize"];
    assert_eq!(operator.aws(&size), "2048");

    destroyed(&operator);
}

fn destroyed(operator: &Operator) {
    let stack = operator.stack.as_str();
    let (code, told) = operator.run(&["destroy", "--stack", stack, "--dry-run"]);
    assert_eq!(code, 0, "{told}");
    let (deleted, kept) = told.split_once("Kept, with all that is in it:").expect("two lists");
    assert!(deleted.contains("WorkerRole") && !deleted.contains("AWS::DynamoDB::Table"), "{told}");
    assert!(kept.contains("AWS::DynamoDB::Table") && kept.contains("AWS::KMS::Key"), "{told}");
    let (code, told) = operator.run(&["destroy", "--stack", stack, "--yes"]);
    assert_eq!(code, 0, "{told}");
    assert!(told.contains("DELETE_COMPLETE") && told.contains("ExistingKeyArn="), "{told}");
    let worker = format!("{stack}-worker");
    let (code, _) = operator.run(&["aws", "lambda", "get-function", "--function-name", &worker]);
    assert_ne!(code, 0, "the function is still there");
    let (code, told) = operator.run(&["destroy", "--stack", stack, "--yes"]);
    assert_eq!((code, told.contains("There is no stack")), (0, true), "{told}");
}

#[tokio::test]
async fn a_configuration_goes_alone() {
    let aws = Aws::start().await.expect("an AWS");
    let operator = Operator::new(&aws);
    let (code, told) = operator.deploy(&["--yes"]);
    assert_eq!(code, 0, "{told}");
    let only = ["deploy", "--config-only", "--yes", "--stack", &operator.stack];
    let (code, told) = operator.run(&only);
    assert_eq!((code, told.contains("Nothing to change")), (0, true), "{told}");
    let wider = CONFIG.replace("\"read\"]", "\"read\", \"write\"]");
    fs::write(operator.bellhop.folder().join("bellhop.toml"), wider).expect("a configuration");
    let (code, told) = operator.run(&[&only[..], &["--dry-run"]].concat());
    assert_eq!(code, 0, "{told}");
    let (code, shipped) = operator.run(&only);
    for told in [&told, &shipped] {
        for wanted in [
            "+ levels = [\"list\", \"read\", \"write\"]",
            "widens   U0ALICE may ec2:* on production",
            "at write",
            "1 widen, 0 narrow",
        ] {
            assert!(told.contains(wanted), "{told}");
        }
    }
    assert_eq!(code, 0);
    assert!(operator.shipped().contains("\"write\"]"));
    assert!(!shipped.contains("not deployed yet"), "{shipped}");
    let more = format!(
        "{CONFIG}[accounts.staging]\nrole_arn = \"arn:aws:iam::222222222222:role/Bellhop\"\nregions = [\"us-east-1\"]\n"
    );
    fs::write(operator.bellhop.folder().join("bellhop.toml"), more).expect("a configuration");
    let (code, told) = operator.run(&only);
    let wanted = "warning: not deployed yet: the worker may assume arn:aws:iam::222222222222:role/Bellhop";
    assert_eq!((code, told.contains(wanted)), (0, true), "{told}");
    fs::write(operator.bellhop.folder().join("bellhop.toml"), CONFIG.replace("users", "usres"))
        .expect("a fault");
    let (code, told) = operator.run(&only);
    assert_eq!((code, told.contains("usres")), (1, true), "{told}");
    assert!(operator.shipped().contains("users"), "a configuration with a fault was shipped");
}

#[tokio::test]
async fn what_widens_and_narrows_is_told_before_anybody_is_asked() {
    let aws = Aws::start().await.expect("an AWS");
    let operator = Operator::new(&aws);
    let (code, told) = operator.deploy(&["--yes"]);
    assert_eq!(code, 0, "{told}");
    for wanted in
        ["no configuration is deployed yet: 1 grants on 1 accounts are new", "no stack is deployed yet"]
    {
        assert!(told.contains(wanted), "{told}");
    }
    let more = "[accounts.staging]\nrole_arn = \"arn:aws:iam::222222222222:role/Bellhop\"\nregions = [\"us-east-1\"]\n[[grants]]";
    let other = CONFIG.replace("ec2:*", "ec2:Describe*").replacen("[[grants]]", more, 1);
    fs::write(operator.bellhop.folder().join("bellhop.toml"), other).expect("a configuration");
    let (code, told) = operator.deploy(&["--dry-run"]);
    assert_eq!(code, 0, "{told}");
    let (told, _) = told.split_once("Nothing was changed").expect("a plan");
    for wanted in [
        "Rights, beside what is deployed:",
        "widens   account staging is reached by arn:aws:iam::222222222222:role/Bellhop",
        "widens   the worker may assume arn:aws:iam::222222222222:role/Bellhop",
        "narrows  U0ALICE may no more ec2:* on production",
    ] {
        assert!(told.contains(wanted), "{told}");
    }
    assert!(!told.contains("unknown"), "{told}");
    assert!(operator.shipped().contains("ec2:*"), "it was shipped unasked");
}

#[tokio::test]
async fn what_aws_refuses_is_told() {
    let aws = Aws::start().await.expect("an AWS");
    let operator = Operator::new(&aws);
    let name = format!("{}-dead", operator.stack);
    let made = ["sqs", "create-queue", "--queue-name", &name, "--query", "QueueUrl"];
    let queue = operator.aws(&[&made[..], &["--attributes", "VisibilityTimeout=7"]].concat());
    let (code, told) = operator.deploy(&["--yes"]);
    assert_eq!(code, 1, "{told}");
    for wanted in ["QueueAlreadyExists", "does not carry it out", "does not belong to the stack", "(--stack)"]
    {
        assert!(told.contains(wanted), "{told}");
    }
    let attributes = ["sqs", "get-queue-attributes", "--queue-url", &queue, "--attribute-names", "All"];
    let kept = operator.aws(&[&attributes[..], &["--query", "Attributes.VisibilityTimeout"]].concat());
    assert_eq!(kept, "7", "what belongs to somebody else was changed");
}

#[tokio::test]
async fn an_accounts_role_trusts_the_worker_and_nobody_else() {
    let aws = Aws::start().await.expect("an AWS");
    let operator = Operator::new(&aws);
    let stack = operator.stack.as_str();
    let (code, told) =
        operator.run(&["accounts", "add", "staging", "--account-id", "222222222222", "--stack", stack]);
    assert_eq!(code, 0, "{told}");
    let worker = format!("arn:aws:iam::123456789012:role/{stack}-worker-us-east-1");
    for wanted in ["[accounts.staging]", "role_arn = \"arn:aws:iam::222222222222:role/Bellhop\"", &worker] {
        assert!(told.contains(wanted), "{told}");
    }
    let role = format!("{stack}-role");
    let create = |id: &'static str| {
        let words = ["accounts", "add", "home", "--account-id", id, "--stack", stack, "--role-name", &role];
        operator.run(
            &[&words[..], &["--worker-role", &worker, "--external-id", "e-1", "--create", "--yes"]].concat(),
        )
    };
    let (code, told) = create("222222222222");
    assert_eq!((code, told.contains("belong to account 123456789012")), (1, true), "{told}");
    let (code, told) = create("123456789012");
    assert_eq!(code, 0, "{told}");
    assert!(told.contains("external_id = \"e-1\""), "{told}");
    let (_, trust) = operator.run(&["aws", "iam", "get-role", "--role-name", &role]);
    for wanted in [&worker, "\"sts:ExternalId\": \"e-1\"", "sts:SetSourceIdentity", "sts:TagSession"] {
        assert!(trust.contains(wanted), "{trust}");
    }
}

/// A CloudFormation in which the second resource fails.
fn failing() -> Router {
    let asked = Arc::new(AtomicUsize::new(0));
    Router::new().fallback(move |body: String| {
        let asked = Arc::clone(&asked);
        async move { answer(&body, &asked) }
    })
}

fn answer(body: &str, executed: &AtomicUsize) -> (axum::http::StatusCode, String) {
    let action = body.split('&').find_map(|pair| pair.strip_prefix("Action=")).unwrap_or_default();
    let ok = axum::http::StatusCode::OK;
    let result = match action {
        "DescribeStacks" if executed.load(Ordering::SeqCst) == 0 => {
            let error = "<ErrorResponse><Error><Type>Sender</Type><Code>ValidationError</Code><Message>Stack with id x does not \
                         exist</Message></Error></ErrorResponse>";
            return (axum::http::StatusCode::BAD_REQUEST, error.to_owned());
        }
        "DescribeStacks" => {
            let looks = executed.fetch_add(1, Ordering::SeqCst);
            let status = if looks > 1 { "ROLLBACK_COMPLETE" } else { "CREATE_IN_PROGRESS" };
            format!("<Stacks><member><StackId>id</StackId><StackStatus>{status}</StackStatus></member></Stacks>")
        }
        "CreateChangeSet" => "<Id>set</Id><StackId>id</StackId>".to_owned(),
        "DescribeChangeSet" => "<Status>CREATE_COMPLETE</Status><Changes><member><Type>Resource</Type><ResourceChange><Action>Add\
                                </Action><LogicalResourceId>Table</LogicalResourceId><ResourceType>AWS::DynamoDB::Table\
                                </ResourceType></ResourceChange></member></Changes>"
            .to_owned(),
        "ExecuteChangeSet" => {
            executed.store(1, Ordering::SeqCst);
            String::new()
        }
        "DescribeStackEvents" if executed.load(Ordering::SeqCst) > 0 => {
            let events = [
                ("3", "Front", "CREATE_FAILED", "Resource creation cancelled"),
                ("2", "Table", "CREATE_FAILED", "bellhop already exists"),
                ("1", "Table", "CREATE_IN_PROGRESS", ""),
            ];
            let events = events.map(|(id, name, status, why)| {
                format!(
                    "<member><EventId>{id}</EventId><LogicalResourceId>{name}</LogicalResourceId><ResourceType>AWS::X::{name}\
                     </ResourceType><ResourceStatus>{status}</ResourceStatus><ResourceStatusReason>{why}</ResourceStatusReason>\
                     </member>"
                )
            });
            format!("<StackEvents>{}</StackEvents>", events.concat())
        }
        _ => String::new(),
    };
    (ok, format!("<{action}Response><{action}Result>{result}</{action}Result></{action}Response>"))
}

#[tokio::test(flavor = "multi_thread")]
async fn the_first_resource_that_fails_is_named_with_its_reason() {
    let aws = Aws::start().await.expect("an AWS");
    let mut operator = Operator::new(&aws);
    let listener = tokio::net::TcpListener::bind(("127.0.0.1", 0)).await.expect("a port");
    let url = format!("http://{}", listener.local_addr().expect("an address"));
    tokio::spawn(async move { axum::serve(listener, failing()).await });
    operator.bellhop.set_var("AWS_ENDPOINT_URL_CLOUDFORMATION", &url);
    let (code, told) = operator.deploy(&["--yes"]);
    assert_eq!(code, 1, "{told}");
    for wanted in [
        "CREATE_IN_PROGRESS",
        "The stack is ROLLBACK_COMPLETE",
        "The first to fail was Table (AWS::X::Table): bellhop already exists",
        "does not belong to the stack",
    ] {
        assert!(told.contains(wanted), "{told}");
    }
}
