//! Acknowledgements under load: signed slash commands over many connections, each job written durably.

use std::collections::BTreeMap;
use std::io::Write as _;
use std::net::TcpStream;
use std::path::Path;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, ensure};

use crate::bench::{Build, bolt};
use crate::demo::{Stage, exchange, http};
use crate::{children, paths, step};

const CONNECTIONS: usize = 64;
const DURATION: Duration = Duration::from_secs(5);

/// Measures and prints.
pub(super) fn run(build: Build) -> Result<()> {
    let folder = paths::cache("bench-ack");
    crate::demo::clear(&folder)?;
    // Neither AWS nor Slack is there: the workers wait for credentials, and what is measured ends at the
    // acknowledgement. The load runs on the same processors, and takes its share of them.
    let stage = Stage {
        binary: build.binary()?,
        aws: format!("http://127.0.0.1:{}", children::free_port()?),
        folder,
        port: children::free_port()?,
        slack_port: children::free_port()?,
        signing_secret: exchange::random_hex()?,
    };
    crate::demo::config::write(&stage)?;
    let serve = crate::demo::serve(&stage)?;
    let disk = fsync_times(&stage.folder)?;
    step::say(&format!(
        "raw write and fsync of 8 KB on this disk: p50 {}, p99 {}",
        shown(&disk, 50),
        shown(&disk, 99)
    ));
    let answered = measure(&stage, serve.id(), "read, verified and answered, nothing written", "ping")?;
    let durable = measure(&stage, serve.id(), "acknowledged, the job durable", "sts get-caller-identity")?;
    drop(serve);
    if let Some(peer) = bolt::start(&stage)? {
        let bolt =
            measure(&stage, peer.id(), "Bolt: acknowledged, nothing written", "sts get-caller-identity")?;
        step::say(&format!(
            "Bolt's CPU for each is {:.1} times that of an answer, {:.1} times that of a durable acknowledgement",
            bolt / answered,
            bolt / durable
        ));
    }
    step::step("without a server: verified, read, understood", || build.bench("bot", "understand"))
}

/// Puts one line under load and prints what each acknowledgement took, of time and of each of the server's threads.
/// Returns its microseconds of CPU.
fn measure(stage: &Stage, server: u32, what: &str, line: &str) -> Result<f64> {
    let before = cpu_by_thread(server)?;
    let begun = Instant::now();
    let mut times = load(stage, line)?;
    let elapsed = begun.elapsed();
    let count = times.len() as f64;
    let mut cpu = cpu_by_thread(server)?;
    let micros = |used: Duration| used.as_secs_f64() * 1e6 / count;
    for (name, used) in &mut cpu {
        *used = used.saturating_sub(before.get(name).copied().unwrap_or_default());
    }
    let parts: Vec<String> = cpu
        .iter()
        .filter(|(_, used)| micros(**used) >= 0.5)
        .map(|(name, used)| format!("{name} {:.0}", micros(*used)))
        .collect();
    let each = micros(cpu.values().sum());
    times.sort_unstable();
    step::say(&format!(
        "{CONNECTIONS} connections, {what}: {:.0} acks/s, p50 {}, p99 {}, {:.0} µs of CPU each ({})",
        count / elapsed.as_secs_f64(),
        shown(&times, 50),
        shown(&times, 99),
        each,
        parts.join(", ")
    ));
    Ok(each)
}

/// The time that so many per cent of sorted times stay within.
pub(super) fn shown(sorted: &[Duration], percent: usize) -> String {
    let at = sorted.len().saturating_sub(1) * percent / 100;
    format!("{:.2} ms", sorted.get(at).copied().unwrap_or_default().as_secs_f64() * 1000.0)
}

/// What a commit costs at least, sorted.
fn fsync_times(folder: &Path) -> Result<Vec<Duration>> {
    let path = folder.join("fsync");
    let mut file = std::fs::File::create(&path)?;
    let mut times = Vec::new();
    for _ in 0..500 {
        let begun = Instant::now();
        file.write_all(&[7; 8192])?;
        file.sync_data()?;
        times.push(begun.elapsed());
    }
    std::fs::remove_file(path)?;
    times.sort_unstable();
    Ok(times)
}

/// The time of every acknowledgement.
fn load(stage: &Stage, line: &str) -> Result<Vec<Duration>> {
    std::thread::scope(|scope| {
        let threads: Vec<_> = (0..CONNECTIONS).map(|_| scope.spawn(|| one_connection(stage, line))).collect();
        let mut times = Vec::new();
        for thread in threads {
            times.extend(thread.join().ok().context("a connection's thread failed")??);
        }
        ensure!(!times.is_empty(), "nothing was acknowledged");
        Ok(times)
    })
}

fn one_connection(stage: &Stage, line: &str) -> Result<Vec<Duration>> {
    let stream = TcpStream::connect(("127.0.0.1", stage.port))?;
    stream.set_nodelay(true)?;
    let end = Instant::now() + DURATION;
    let mut times = Vec::new();
    while Instant::now() < end {
        let body = exchange::form(stage, line)?;
        let headers = exchange::signed(&stage.signing_secret, &body)?;
        let headers: Vec<(&str, &str)> =
            headers.iter().map(|(name, value)| (*name, value.as_str())).collect();
        let begun = Instant::now();
        let answer = http::exchange(&stream, "POST", "/slack/commands", &headers, &body)?;
        times.push(begun.elapsed());
        ensure!(answer.status == 200, "the answer was {}", answer.start);
    }
    Ok(times)
}

/// What the threads of each name have used so far, in hundredths of a second.
fn cpu_by_thread(process: u32) -> Result<BTreeMap<String, Duration>> {
    let mut used = BTreeMap::new();
    let tasks =
        std::fs::read_dir(format!("/proc/{process}/task")).context("only Linux tells what it used")?;
    for task in tasks {
        // A thread may be gone by now.
        let Ok(stat) = std::fs::read_to_string(task?.path().join("stat")) else { continue };
        let Some((head, fields)) = stat.rsplit_once(')') else { continue };
        let name = head.split_once('(').map_or(head, |(_, name)| name).to_owned();
        let ticks: u64 =
            fields.split_whitespace().skip(11).take(2).filter_map(|field| field.parse::<u64>().ok()).sum();
        *used.entry(name).or_default() += Duration::from_millis(ticks * 10);
    }
    Ok(used)
}
