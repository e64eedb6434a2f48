//! A cold start: from the start of the process to its first answer as a function of Lambda, one secret decrypted by KMS on
//! the way; beside a Python function with boto3 that does the same.
//!
//! Four ways: with everything in the page cache, without, at 0.15 of a processor, and both. KMS and the table answer at once,
//! from this process.

mod runtime_api;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Instant;

use anyhow::{Context as _, Result, bail};

use crate::bench::Build;
use crate::bench::measured::median;
use crate::demo::exchange;
use crate::{package, paths, step};
use runtime_api::RuntimeApi;

/// How often each is started.
const TIMES: usize = 15;
/// How often where a start takes seconds.
const TIMES_SLOW: usize = 5;
/// The part of a processor that a small function has, in microseconds of each 100,000.
const SLOW_QUOTA: &str = "15000";
/// Where version 1 of control groups bounds processors.
const CPU_GROUPS: &str = "/sys/fs/cgroup/cpu";

/// How a start is made harder.
#[derive(Clone, Copy)]
struct Way {
    name: &'static str,
    cold: bool,
    slow: bool,
}

const WAYS: [Way; 4] = [
    Way { name: "warm page cache", cold: false, slow: false },
    Way { name: "its files out of the page cache", cold: true, slow: false },
    Way { name: "warm, 0.15 CPU", cold: false, slow: true },
    Way { name: "files out of the cache, 0.15 CPU", cold: true, slow: true },
];

/// What is started.
struct Function {
    name: &'static str,
    program: PathBuf,
    words: Vec<String>,
    vars: Vec<(&'static str, String)>,
    /// What it reads while it starts.
    files: Vec<PathBuf>,
}

/// What one start cost.
#[derive(Default)]
struct Start {
    /// Milliseconds to the answer.
    wall: f64,
    /// Milliseconds of processor.
    cpu: f64,
    /// Megabytes, at most.
    peak: f64,
}

/// Measures and prints.
pub(super) fn run(build: Build) -> Result<()> {
    let binary = build.binary()?;
    measure(&binary, &Folder::new()?.0)
}

/// A folder of its own, gone with its owner.
struct Folder(PathBuf);

impl Folder {
    fn new() -> Result<Folder> {
        let folder = std::env::temp_dir().join(format!("bellhop-bench-{}", exchange::random_hex()?));
        fs::create_dir_all(&folder)?;
        Ok(Folder(folder))
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        // One that stays in the temporary directory harms nobody.
        let _ = fs::remove_dir_all(&self.0);
    }
}

/// Starts a program once as a function, by words of which the first is a program too; milliseconds to its answer.
pub(crate) fn first_answer(words: &[String]) -> Result<f64> {
    let folder = Folder::new()?;
    let secret = exchange::random_hex()?;
    let aws = runtime_api::aws(&base64(secret.as_bytes()))?;
    let (program, words) = words.split_first().context("no words start nothing")?;
    let function = bellhop(Path::new(program), words, &folder.0, &aws)?;
    Ok(once(&function, None, &secret, &folder.0)?.wall)
}

fn measure(binary: &Path, folder: &Path) -> Result<()> {
    let secret = exchange::random_hex()?;
    let aws = runtime_api::aws(&base64(secret.as_bytes()))?;
    let bootstrap = folder.join("bootstrap");
    fs::copy(binary, &bootstrap)?;
    let functions = [bellhop(&bootstrap, &[], folder, &aws)?, python(folder, &aws)?];
    let size = fs::metadata(binary)?.len() as f64 / 1e6;
    let zipped =
        package::zip(&paths::cache("venv/bin/python"), binary, &folder.join("bench.zip"))? as f64 / 1e6;
    step::say(&format!("binary {size:.1} MB, zipped {zipped:.1} MB"));
    step::say("start to first answer     | median ms |  least |  worst | CPU ms | peak MB");
    for way in WAYS {
        for function in &functions {
            match starts(function, way, &secret, folder) {
                Ok(starts) => say(function, way, &starts),
                Err(error) => {
                    step::say(&format!("{} ({}): not measured: {error:#}", function.name, way.name))
                }
            }
        }
    }
    Ok(())
}

fn say(function: &Function, way: Way, starts: &[Start]) {
    let walls = || starts.iter().map(|start| start.wall);
    let middle = |figure: fn(&Start) -> f64| median(starts.iter().map(figure));
    let (least, worst) = (walls().fold(f64::MAX, f64::min), walls().fold(0.0, f64::max));
    step::say(&format!(
        "{}, {} | {:.1} | {least:.1} | {worst:.1} | {:.1} | {:.1}",
        function.name,
        way.name,
        middle(|start| start.wall),
        middle(|start| start.cpu),
        middle(|start| start.peak),
    ));
}

fn starts(function: &Function, way: Way, secret: &str, folder: &Path) -> Result<Vec<Start>> {
    let group = if way.slow { Some(Group::new()?) } else { None };
    // The first makes keys, compiles Python, fills caches: it does not count.
    once(function, None, secret, folder)?;
    let times = if way.slow { TIMES_SLOW } else { TIMES };
    let mut starts = Vec::new();
    for _ in 0..times {
        if way.cold {
            for file in &function.files {
                forget(file)?;
            }
        }
        starts.push(once(function, group.as_ref(), secret, folder)?);
    }
    Ok(starts)
}

fn once(function: &Function, group: Option<&Group>, secret: &str, folder: &Path) -> Result<Start> {
    let api = RuntimeApi::start()?;
    api.hand_out(event(secret)?);
    let mut command = Command::new(&function.program);
    if let Some(group) = group {
        command = Command::new("/bin/sh");
        let script = format!("echo $$ > {}/cgroup.procs && exec \"$0\" \"$@\"", group.0.display());
        command.args(["-c", script.as_str()]).arg(&function.program);
    }
    command.args(&function.words).env_clear().envs(function.vars.iter().map(|(name, value)| (name, value)));
    command.env("AWS_LAMBDA_RUNTIME_API", &api.address).current_dir(folder);
    let log = fs::File::create(folder.join("log"))?;
    let begun = Instant::now();
    let mut child = Ended(command.stdout(Stdio::null()).stderr(log).spawn()?);
    let answered =
        api.answer().with_context(|| fs::read_to_string(folder.join("log")).unwrap_or_default())?;
    let wall = answered.at.duration_since(begun).as_secs_f64() * 1000.0;
    if !answered.body.contains("\"statusCode\":200") && !answered.body.contains("\"statusCode\": 200") {
        bail!("{} answered {}", function.name, answered.body);
    }
    let process = PathBuf::from(format!("/proc/{}", child.0.id()));
    let start = Start { wall, cpu: cpu(&process)?, peak: peak(&process)? };
    child.0.kill()?;
    child.0.wait()?;
    Ok(start)
}

/// Ends with its owner.
struct Ended(Child);

impl Drop for Ended {
    fn drop(&mut self) {
        // An error means that it has ended.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// Milliseconds that its threads ran; the kernel counts nanoseconds.
fn cpu(process: &Path) -> Result<f64> {
    let mut nanos = 0.0;
    for thread in fs::read_dir(process.join("task"))? {
        let counted = fs::read_to_string(thread?.path().join("schedstat")).unwrap_or_default();
        nanos += counted.split(' ').next().and_then(|first| first.parse::<f64>().ok()).unwrap_or_default();
    }
    Ok(nanos / 1e6)
}

fn peak(process: &Path) -> Result<f64> {
    let status = fs::read_to_string(process.join("status"))?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).context("no VmHWM")?;
    let kilobytes: f64 = line.trim().trim_end_matches("kB").trim().parse()?;
    Ok(kilobytes / 1000.0)
}

/// A control group with a part of a processor.
struct Group(PathBuf);

impl Group {
    fn new() -> Result<Group> {
        let group = Path::new(CPU_GROUPS).join(format!("bellhop-bench-{}", std::process::id()));
        fs::create_dir_all(&group).context("no control group can be made here")?;
        let group = Group(group);
        fs::write(group.0.join("cpu.cfs_period_us"), "100000").context("the group cannot be bounded")?;
        fs::write(group.0.join("cpu.cfs_quota_us"), SLOW_QUOTA)?;
        Ok(group)
    }
}

impl Drop for Group {
    fn drop(&mut self) {
        // An empty group harms nobody.
        let _ = fs::remove_dir(&self.0);
    }
}

/// Has the kernel drop a file's pages, which needs no rights over the whole cache.
fn forget(file: &Path) -> Result<()> {
    let from = format!("if={}", file.display());
    let status = Command::new("dd")
        .args([from.as_str(), "iflag=nocache", "count=0"])
        .stderr(Stdio::null())
        .status()?;
    if status.success() { Ok(()) } else { bail!("{} stays in the page cache", file.display()) }
}

const CONFIG: &str = r#"
[slack]
signing_secret = "kms:Y2lwaGVydGV4dCBvZiB0aGUgYmVuY2g="
[store]
kind = "dynamodb"
table = "bellhop"
[accounts.production]
role_arn = "arn:aws:iam::111111111111:role/Bellhop"
regions = ["us-east-1"]
[[grants]]
users = ["U0ALICE"]
accounts = ["production"]
allow = ["*"]
levels = ["list", "read"]
"#;

fn vars(aws: &str) -> Vec<(&'static str, String)> {
    let text = str::to_owned;
    vec![
        ("AWS_ENDPOINT_URL", text(aws)),
        ("AWS_REGION", text("us-east-1")),
        ("AWS_DEFAULT_REGION", text("us-east-1")),
        ("AWS_ACCESS_KEY_ID", text("bench")),
        ("AWS_SECRET_ACCESS_KEY", text("bench")),
        ("AWS_LAMBDA_FUNCTION_NAME", text("bench")),
        ("AWS_LAMBDA_FUNCTION_MEMORY_SIZE", text("256")),
        ("AWS_LAMBDA_FUNCTION_VERSION", text("$LATEST")),
    ]
}

fn bellhop(program: &Path, words: &[String], folder: &Path, aws: &str) -> Result<Function> {
    let config = folder.join("bellhop.toml");
    fs::write(&config, CONFIG)?;
    let mut vars = vars(aws);
    vars.push(("BELLHOP_CONFIG", config.display().to_string()));
    vars.push(("BELLHOP_ROLE", "front".to_owned()));
    Ok(Function {
        name: "bellhop",
        program: program.to_owned(),
        words: words.to_vec(),
        vars,
        files: vec![program.to_owned(), config],
    })
}

fn python(folder: &Path, aws: &str) -> Result<Function> {
    let program = paths::cache("venv/bin/python");
    let handler = folder.join("handler.py");
    fs::write(&handler, include_str!("lambda/handler.py"))?;
    let mut vars = vars(aws);
    vars.push(("CIPHERTEXT", "Y2lwaGVydGV4dCBvZiB0aGUgYmVuY2g=".to_owned()));
    // What it opened, after one run of it.
    let listed = Command::new(&program)
        .args(["-c", "import boto3, sys, os; s = boto3.client('kms', region_name='us-east-1')\nfor m in list(sys.modules.values()):\n f = getattr(m, '__file__', None)\n c = getattr(m, '__cached__', None)\n [print(p) for p in (f, c) if p and os.path.exists(p)]\nprint(os.path.realpath(sys.executable))\nb = os.path.dirname(sys.modules['botocore'].__file__)\n[print(os.path.join(d, n)) for d, _, ns in os.walk(os.path.join(b, 'data', 'kms')) for n in ns]\n[print(os.path.join(b, 'data', n)) for n in ('endpoints.json', 'partitions.json', '_retry.json', 'sdk-default-configuration.json')]"])
        .output()?;
    let files = String::from_utf8_lossy(&listed.stdout)
        .lines()
        .map(PathBuf::from)
        .filter(|path| path.is_file())
        .collect();
    Ok(Function {
        name: "Python with boto3",
        program,
        words: vec![handler.display().to_string()],
        vars,
        files,
    })
}

/// A signed slash command, as a function URL passes it on.
fn event(secret: &str) -> Result<String> {
    let body = "token=x&team_id=T0TEAM&channel_id=C0OPS&user_id=U0ALICE&command=%2Faws&text=version&trigger_id=1.2.3&\
        response_url=https%3A%2F%2Fhooks.slack.com%2Fcommands%2FT0TEAM%2F1%2Fx";
    let headers: serde_json::Map<String, serde_json::Value> = exchange::signed(secret, body)?
        .into_iter()
        .map(|(name, value)| (name.to_ascii_lowercase(), value.into()))
        .collect();
    let http = serde_json::json!({"method": "POST", "path": "/slack/commands", "protocol": "HTTP/1.1", "sourceIp": "192.0.2.1"});
    let event = serde_json::json!({
        "version": "2.0", "routeKey": "$default", "rawPath": "/slack/commands", "rawQueryString": "", "headers": headers,
        "requestContext": {"stage": "$default", "domainName": "x.lambda-url.us-east-1.on.aws", "http": http},
        "body": base64(body.as_bytes()), "isBase64Encoded": true,
    });
    Ok(event.to_string())
}

fn base64(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut text = String::new();
    for chunk in bytes.chunks(3) {
        let three = [0, 1, 2].map(|at| u32::from(chunk.get(at).copied().unwrap_or(0)));
        let bits = three[0] << 16 | three[1] << 8 | three[2];
        for digit in 0..4_usize {
            let value = (bits >> (18 - 6 * digit) & 63) as usize;
            text.push(if digit <= chunk.len() { char::from(DIGITS[value]) } else { '=' });
        }
    }
    text
}
