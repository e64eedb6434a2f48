//! Acknowledgements under load: signed slash commands over many connections, each job written durably.

use std::net::TcpStream;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, ensure};

use crate::bench::release;
use crate::demo::{Stage, exchange, http};
use crate::{children, paths, step};

const CONNECTIONS: usize = 64;
const DURATION: Duration = Duration::from_secs(5);

/// Measures and prints.
pub(super) fn run() -> Result<()> {
    let folder = paths::cache("bench-ack");
    crate::demo::clear(&folder)?;
    // Neither AWS nor Slack is there: what is measured ends at the acknowledgement.
    let stage = Stage {
        binary: release()?,
        aws: format!("http://127.0.0.1:{}", children::free_port()?),
        folder,
        port: children::free_port()?,
        slack_port: children::free_port()?,
        signing_secret: exchange::random_hex()?,
    };
    crate::demo::config::write(&stage)?;
    let serve = crate::demo::serve(&stage)?;
    let cpu_before = cpu_of(serve.id())?;
    let begun = Instant::now();
    let mut times = load(&stage)?;
    let elapsed = begun.elapsed();
    let cpu = cpu_of(serve.id())?.saturating_sub(cpu_before);
    times.sort_unstable();
    let at = |part: usize| times[(times.len() - 1) * part / 100].as_secs_f64() * 1000.0;
    let count = times.len() as f64;
    step::say(&format!(
        "{CONNECTIONS} connections: {:.0} acks/s, p50 {:.1} ms, p99 {:.1} ms, {:.0} µs of CPU each (workers included)",
        count / elapsed.as_secs_f64(),
        at(50),
        at(99),
        cpu.as_secs_f64() * 1e6 / count
    ));
    Ok(())
}

/// The time of every acknowledgement.
fn load(stage: &Stage) -> Result<Vec<Duration>> {
    std::thread::scope(|scope| {
        let threads: Vec<_> = (0..CONNECTIONS).map(|_| scope.spawn(|| one_connection(stage))).collect();
        let mut times = Vec::new();
        for thread in threads {
            times.extend(thread.join().ok().context("a connection's thread failed")??);
        }
        ensure!(!times.is_empty(), "nothing was acknowledged");
        Ok(times)
    })
}

fn one_connection(stage: &Stage) -> Result<Vec<Duration>> {
    let stream = TcpStream::connect(("127.0.0.1", stage.port))?;
    stream.set_nodelay(true)?;
    let end = Instant::now() + DURATION;
    let mut times = Vec::new();
    while Instant::now() < end {
        let body = exchange::form(stage, "sts get-caller-identity")?;
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

/// What a process has used so far, in hundredths of a second.
fn cpu_of(process: u32) -> Result<Duration> {
    let stat =
        std::fs::read_to_string(format!("/proc/{process}/stat")).context("only Linux tells what it used")?;
    let fields = stat.rsplit(')').next().unwrap_or_default();
    let ticks: u64 =
        fields.split_whitespace().skip(11).take(2).filter_map(|field| field.parse::<u64>().ok()).sum();
    Ok(Duration::from_millis(ticks * 10))
}
