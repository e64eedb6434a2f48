//! Thousands of hostile lines under `strace`: no program is started, no file outside the state's folder is opened, nothing
//! is reached but the local AWS and the local Slack.

use std::fmt::Write as _;
use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::time::Duration;

use testkit::{Aws, Bellhop, FakeSlack, Slash, fresh_account, random_hex};

use crate::support::{BINARY, config};

/// How many lines are said, and how many at a time.
const LINES: usize = 2_400;
const AT_A_TIME: usize = 16;
/// How long the last answers may take.
const PATIENCE: Duration = Duration::from_secs(120);
/// What the system is asked for that a line might misuse.
const CALLS: &str = "execve,execveat,open,openat,openat2,creat,link,linkat,symlink,symlinkat,rename,renameat,renameat2,unlink,\
                     unlinkat,mkdir,mkdirat,connect,bind";

/// Commands, some of which would read or write files, start programs or reach other hosts on a terminal.
const COMMANDS: [&str; 30] = [
    "sts get-caller-identity",
    "ec2 describe-instances",
    "ec2 list",
    "s3 ls",
    "s3 cp /etc/passwd s3://bucket/key",
    "s3 cp s3://bucket/key /tmp/stolen",
    "s3 sync / s3://bucket",
    "s3 mv s3://bucket/key ./here",
    "ec2 run-instances --user-data file:///etc/passwd",
    "lambda create-function --zip-file fileb:///etc/shadow --function-name f",
    "lambda invoke --function-name f /tmp/out",
    "ec2 describe-vpcs --cli-input-json file:///etc/passwd",
    "ec2 describe-vpcs --cli-input-yaml file://../../secret",
    "ec2 describe-vpcs --endpoint-url http://203.0.113.9/",
    "ec2 describe-vpcs --profile root --ca-bundle /etc/ssl/cert.pem",
    "ec2 describe-vpcs --no-verify-ssl --debug",
    "configure list",
    "configure set region ../../etc",
    "emr ssh --cluster-id j-1 --key-pair-file /etc/ssh/ssh_host_rsa_key",
    "eks update-kubeconfig --name x --kubeconfig /etc/kubernetes/admin.conf",
    "codeartifact login --tool pip --domain d --repository r",
    "cloudformation package --template-file /etc/passwd --s3-bucket b",
    "deploy push --application-name a --s3-location s3://b/k --source /",
    "logs tail /etc/passwd",
    "ssm start-session --target i-1",
    "cloudfront sign --url http://x --key-pair-id K --private-key file:///etc/ssl/private/key",
    "ec2 stop /etc/passwd",
    "whoami",
    "audit",
    "/bin/sh -c id",
];

const JOINTS: [&str; 16] = [
    " | ",
    " || ",
    " && ",
    "; ",
    " & ",
    " > ",
    " >> ",
    " < ",
    " 2>&1 ",
    " <<EOF ",
    " |& ",
    "\n",
    " $(",
    " `",
    " <(",
    " | xargs ",
];

/// What may follow: filters, programs, files, addresses.
const ENDS: [&str; 34] = [
    "sh",
    "bash -i",
    "cat /etc/passwd",
    "tee /etc/cron.d/x",
    "tee /tmp/x",
    "grep -f /etc/passwd x",
    "grep -r . /",
    "sort -o /tmp/x",
    "sort --compress-program=sh",
    "sort -T /etc",
    "sed -n 'w /tmp/x'",
    "sed 's/x/id/e'",
    "sed 'r /etc/passwd'",
    "awk 'BEGIN{system(\"id\")}'",
    "jq 'env'",
    "jq '$ENV.PATH'",
    "jq 'input_filename'",
    "jq -n '[limit(1000000000; repeat(1))]'",
    "jq 'def f: 1+f; f'",
    "jq -f /etc/passwd",
    "jq '\"x\" * 1000000000'",
    "jq 'import \"/etc/passwd\" as $x; $x'",
    "halt",
    "/etc/passwd",
    "../../../etc/passwd",
    "x.csv",
    "/dev/tcp/203.0.113.9/80",
    "curl http://169.254.169.254/latest/meta-data/",
    "ec2 describe-instances --filters $(cat /etc/passwd))",
    "ec2 terminate-instances --instance-ids",
    "head -n -99999999999999999999",
    "grep -E '(a+)+$'",
    "cut -d , -f 1-999999999999",
    "tr -d '[:alnum:]",
];

/// What is understood, so that many lines run.
const SOUND: [&str; 8] = [
    "sts get-caller-identity",
    "ec2 describe-instances",
    "ec2 describe-vpcs --output text",
    "s3 ls",
    "ec2 list",
    "iam list-roles",
    "sqs list-queues",
    "x=$(sts get-caller-identity --query Account); ec2 describe-vpcs",
];
const SOUND_ENDS: [&str; 8] = [
    "grep -c a",
    "head -1",
    "sort -u",
    "wc -l",
    "jmespath '@'",
    "tr a-z A-Z",
    "cut -f 1",
    "xargs -n 1 s3 ls",
];

/// A small generator: the same lines on every machine.
struct Chance(u64);

impl Chance {
    fn below(&mut self, bound: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(self.0 >> 33).unwrap_or(0) % bound
    }

    fn line(&mut self) -> String {
        let sound = self.below(3) == 0;
        let mut line = match sound {
            true => SOUND[self.below(SOUND.len())].to_owned(),
            false => COMMANDS[self.below(COMMANDS.len())].to_owned(),
        };
        if sound && self.below(3) > 0 {
            let _ = write!(line, " | {}", SOUND_ENDS[self.below(SOUND_ENDS.len())]);
            return line;
        }
        for _ in 0..self.below(4) {
            let joint = JOINTS[self.below(JOINTS.len())];
            let end = match self.below(4) {
                0 => COMMANDS[self.below(COMMANDS.len())],
                _ => ENDS[self.below(ENDS.len())],
            };
            let _ = write!(line, "{joint}{end}");
            if joint.contains('(') && self.below(3) > 0 {
                line.push(')');
            }
        }
        match self.below(12) {
            0 => line.push('\''),
            1 => line.push_str(" \u{0}\u{1b}[2J"),
            2 => line = line.replace(' ', "\u{a0}"),
            3 => line = format!("```{line}```"),
            _ => {}
        }
        line
    }
}

/// Starts the server such that the system's calls are written down; it stays the test's own child.
fn traced(folder: &Path) -> PathBuf {
    let (script, trace) = (folder.join("traced"), folder.join("trace"));
    let text = format!(
        "#!/bin/sh\nexec strace -D -f -qq --seccomp-bpf -e signal=none -e trace={CALLS} -o '{}' '{BINARY}' \"$@\"\n",
        trace.display()
    );
    fs::write(&script, text).expect("a script");
    fs::set_permissions(&script, fs::Permissions::from_mode(0o755)).expect("its mode");
    script
}

/// The first text in quotes.
fn quoted(call: &str) -> &str {
    call.split('"').nth(1).unwrap_or_default()
}

/// What a line of the trace did that no chat line may do.
fn misdeed(call: &str, state: &Path, ports: &[u16]) -> Option<String> {
    let call = call.split_once(' ').map_or(call, |(_, call)| call).trim_start();
    let name = call.split('(').next().unwrap_or_default();
    let fine = match name {
        "execve" | "execveat" => false,
        "connect" | "bind" => {
            let to_port = |port: &u16| call.contains(&format!("htons({port})")) && call.contains("127.0.0.1");
            ports.iter().any(to_port)
        }
        _ if call.starts_with("<...") || call.starts_with("+++") || call.starts_with("---") => true,
        _ => {
            let path = quoted(call);
            let state = state.to_str().unwrap_or_default();
            // Rust's library asks how many processors there are.
            let asks_for_processors = ["/sys/devices/system/cpu", "/sys/fs/cgroup/", "/proc/self/"]
                .iter()
                .any(|start| path.starts_with(start));
            path.starts_with(state) || (!path.starts_with('/') && !path.contains("..")) || asks_for_processors
        }
    };
    (!fine).then(|| call.to_owned())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_line_starts_a_program_opens_a_file_or_reaches_another_host() {
    let aws = Aws::start().await.expect("a local AWS");
    let slack = FakeSlack::start().await.expect("a fake Slack");
    let tools = std::env::temp_dir().join(format!("bellhop-traced-{}", random_hex()));
    fs::create_dir_all(&tools).expect("a folder");
    let script = traced(&tools);
    let config = config(&slack, &fresh_account());
    let mut bellhop =
        Bellhop::new(script.to_str().expect("a path"), aws.url(), &config).expect("a configuration");
    bellhop.set_var("PATH", "/usr/bin:/bin");
    bellhop.serve().await.expect("bellhop serve under strace");
    // What the first call of each kind sets up is no line's doing.
    say_all(&bellhop, &slack, &["sts get-caller-identity".to_owned(), "s3 ls".to_owned()]).await;
    let before = fs::read_to_string(tools.join("trace")).expect("the trace").lines().count();
    assert!(before > 0, "strace writes nothing");

    let mut chance = Chance(2026);
    let lines: Vec<String> = (0..LINES).map(|_| chance.line()).collect();
    let answered = say_all(&bellhop, &slack, &lines).await;
    assert!(answered > LINES / 10, "only {answered} lines were run at all");

    let trace = fs::read_to_string(tools.join("trace")).expect("the trace");
    let ports: Vec<u16> = [aws.url(), slack.base()].iter().filter_map(|url| port_of(url)).collect();
    let misdeeds: Vec<String> =
        trace.lines().skip(before).filter_map(|call| misdeed(call, bellhop.folder(), &ports)).collect();
    let _ = fs::remove_dir_all(&tools);
    assert!(
        misdeeds.is_empty(),
        "{} misdeeds, such as {:#?}",
        misdeeds.len(),
        &misdeeds[..misdeeds.len().min(10)]
    );
    assert!(trace.lines().skip(before).any(|call| call.contains("connect(")), "the local AWS was reached");
}

fn port_of(url: &str) -> Option<u16> {
    url.trim_end_matches('/').rsplit(':').next()?.split('/').next()?.parse().ok()
}

/// Says the lines, some at a time, and waits for the answers of those that run; how many did.
async fn say_all(bellhop: &Bellhop, slack: &FakeSlack, lines: &[String]) -> usize {
    let url = bellhop.url();
    let mut running: Vec<String> = Vec::new();
    for some in lines.chunks(AT_A_TIME) {
        let posts = some.iter().map(|line| {
            let name = random_hex();
            let slash = Slash::new(line, &slack.response_url(&name));
            let url = url.clone();
            tokio::spawn(async move { (name, slash.post(&url).await) })
        });
        for post in posts.collect::<Vec<_>>() {
            let (name, ack) = post.await.expect("no panic");
            let ack = ack.expect("an ack");
            assert_eq!(ack.status, 200, "{}", ack.text());
            if ack.text().contains("Running: ") {
                running.push(name);
            }
        }
    }
    for name in &running {
        slack.wait_for(name, PATIENCE, |_| true).await.expect("an answer");
    }
    running.len()
}
