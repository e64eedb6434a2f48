//! `emr ssh`, `emr socks`, `emr put`, `emr get`: a terminal, a tunnel, or files on a cluster's first machine.
//!
//! The programs `ssh` and `scp` do the work; they are started without a shell and share this terminal. Absent on purpose:
//! PuTTY, which the AWS CLI looks for on Windows.

use std::path::Path;

use aws_call::BoxFuture;
use value::Map;

use super::SERVICE;
use crate::commands::line::{Line, step};
use crate::commands::options::{Given, Opt, Spec, Takes, one};
use crate::commands::task::{Fault, Runs, World};
use crate::commands::tree;
use crate::commands::waiting::{Pace, wait};
use crate::{Environment, FileKind, Level, Parsed, UsageError};

/// Who logs in.
const USER: &str = "hadoop";
/// The port of the tunnel on this machine.
const TUNNEL: &str = "8157";
const TERMINATED: &[&str] = &["TERMINATED", "TERMINATING", "TERMINATED_WITH_ERRORS"];
const STARTING: &[&str] = &["STARTING", "BOOTSTRAPPING"];
/// Keys of machines that are met for the first time are taken, others are not.
const NEW_KEYS: &str = "StrictHostKeyChecking=accept-new";

const CLUSTER: &[Opt] = &[
    one("cluster-id", "The cluster.").needed(),
    one("key-pair-file", "The file of the private key.").needed(),
    one("ssh-options", "Further options of ssh or scp, `Name=value`.").taking(Takes::Some),
];

static SSH: Spec = Spec {
    about: "Opens a terminal on the cluster's first machine, or runs one command there.",
    words: &[],
    options: &[CLUSTER, &[one("command", "The command.")]],
};

static SOCKS: Spec = Spec {
    about: "Opens a SOCKS tunnel from port 8157 of this machine to the cluster's first machine.",
    words: &[],
    options: &[CLUSTER],
};

static PUT: Spec = Spec {
    about: "Copies a file of this machine onto the cluster's first machine.",
    words: &[],
    options: &[CLUSTER, &[one("src", "The file here.").needed(), one("dest", "The path there.")]],
};

static GET: Spec = Spec {
    about: "Copies a file of the cluster's first machine onto this one.",
    words: &[],
    options: &[CLUSTER, &[one("src", "The file there.").needed(), one("dest", "The path here.")]],
};

#[derive(Debug)]
enum Errand {
    Shell { command: Option<String> },
    Tunnel,
    Put { src: String, dest: Option<String> },
    Get { src: String, dest: Option<String> },
}

#[derive(Debug)]
struct Remote {
    cluster: String,
    key_file: String,
    options: Vec<String>,
    errand: Errand,
}

/// Reads the words of `emr ssh`.
pub(in crate::commands) fn ssh(line: &Line<'_>) -> Result<Parsed, UsageError> {
    begin(line, &SSH, |given| Errand::Shell { command: filled(given, "command") })
}

/// Reads the words of `emr socks`.
pub(in crate::commands) fn socks(line: &Line<'_>) -> Result<Parsed, UsageError> {
    begin(line, &SOCKS, |_| Errand::Tunnel)
}

/// Reads the words of `emr put`.
pub(in crate::commands) fn put(line: &Line<'_>) -> Result<Parsed, UsageError> {
    begin(line, &PUT, |given| Errand::Put { src: given.needed("src"), dest: filled(given, "dest") })
}

/// Reads the words of `emr get`.
pub(in crate::commands) fn get(line: &Line<'_>) -> Result<Parsed, UsageError> {
    begin(line, &GET, |given| Errand::Get { src: given.needed("src"), dest: filled(given, "dest") })
}

fn filled(given: &Given, name: &str) -> Option<String> {
    given.text(name).filter(|text| !text.is_empty()).map(str::to_owned)
}

fn begin(line: &Line<'_>, spec: &'static Spec, errand: fn(&Given) -> Errand) -> Result<Parsed, UsageError> {
    let given = match line.read(spec)? {
        Ok(given) => given,
        Err(page) => return Ok(page),
    };
    let remote = Remote {
        cluster: given.needed("cluster-id"),
        key_file: given.needed("key-pair-file"),
        options: given.several("ssh-options").into_iter().map(str::to_owned).collect(),
        errand: errand(&given),
    };
    let params: Map = [("ClusterId", remote.cluster.as_str())].into_iter().collect();
    line.invocation(remote, vec![step(SERVICE, "DescribeCluster", params).at(Level::Execute)])
}

impl Runs for Remote {
    fn run<'a>(&'a self, world: &'a mut World<'_>) -> BoxFuture<'a, Result<u8, Fault>> {
        Box::pin(async move {
            let machine = self.machine(world).await?;
            let words = self.words(world, &machine)?;
            world.say(&format!("{}\n", words.join(" ")));
            let _ = world.out.flush();
            let [program, arguments @ ..] = words.as_slice() else { return Ok(0) };
            let code = world.env.files.run_attached(program, arguments)?;
            Ok(code.and_then(|code| u8::try_from(code).ok()).unwrap_or(255))
        })
    }
}

impl Remote {
    /// The name of the cluster's first machine, once the cluster runs.
    async fn machine(&self, world: &mut World<'_>) -> Result<String, Fault> {
        let params = || tree::params(&[("ClusterId", &self.cluster)]);
        let found = world.calls.call(SERVICE, "DescribeCluster", params()).await?;
        let state = tree::text(&found, &["Cluster", "Status", "State"]);
        if TERMINATED.contains(&state) {
            return Err(Fault::General("Cluster terminating or already terminated.".to_owned()));
        }
        if STARTING.contains(&state) {
            world.say("Waiting for the cluster to start.\n");
            let _ = world.out.flush();
        }
        if wait(&world.calls, SERVICE, "ClusterRunning", Pace::default(), params()).await?.is_some() {
            return Err(Fault::General(
                "Cannot get DNS of master node on the cluster.  Please try again after some time.".to_owned(),
            ));
        }
        let found = world.calls.call(SERVICE, "DescribeCluster", params()).await?;
        Ok(tree::text(&found, &["Cluster", "MasterPublicDnsName"]).to_owned())
    }

    /// The program and its arguments.
    fn words(&self, world: &mut World<'_>, machine: &str) -> Result<Vec<String>, Fault> {
        let copies = matches!(self.errand, Errand::Put { .. } | Errand::Get { .. });
        let program = if copies { "scp" } else { "ssh" };
        if !is_installed(world.env, program) {
            let (name, other, end) = if copies { ("SCP", "Pscp", " ") } else { ("SSH", "Putty", "") };
            return Err(Fault::General(format!(
                "{name} or {other} not available. Please refer to the documentation at \
                 http://docs.aws.amazon.com/ElasticMapReduce/latest/DeveloperGuide/EMR_SetUp_SSH.html.{end}"
            )));
        }
        // What begins with a dash would be an option of the program.
        if machine.is_empty() || machine.starts_with('-') {
            return Err(Fault::General("the cluster's first machine has no public name".to_owned()));
        }
        let mut words = vec![program.to_owned()];
        words.extend(copies.then(|| "-r".to_owned()));
        for option in self.options(world) {
            words.extend(["-o".to_owned(), option]);
        }
        let address = format!("{USER}@{machine}");
        let last = |path: &str| path.rsplit('/').next().unwrap_or_default().to_owned();
        let rest: Vec<String> = match &self.errand {
            Errand::Shell { command } => {
                let mut rest = self.alive(&["-i", &self.key_file, &address, "-t"]);
                rest.extend(command.clone());
                rest
            }
            Errand::Tunnel => self.alive(&["-ND", TUNNEL, "-i", &self.key_file, &address]),
            Errand::Put { src, dest } => {
                let there = format!("{address}:{}", dest.clone().unwrap_or_else(|| last(src)));
                vec!["-i".to_owned(), self.key_file.clone(), src.clone(), there]
            }
            Errand::Get { src, dest } => {
                let here = dest.clone().unwrap_or_else(|| last(src));
                vec!["-i".to_owned(), self.key_file.clone(), format!("{address}:{src}"), here]
            }
        };
        words.extend(rest);
        Ok(words)
    }

    fn alive(&self, words: &[&str]) -> Vec<String> {
        ["-o", "ServerAliveInterval=10"].iter().chain(words).map(|word| (*word).to_owned()).collect()
    }

    /// The options of ssh: the user's, and how keys of new machines are met unless the user says so.
    fn options(&self, world: &mut World<'_>) -> Vec<String> {
        let says = |option: &String| option.to_ascii_lowercase().starts_with("stricthostkeychecking=");
        let mut options = Vec::new();
        if !self.options.iter().any(says) {
            let asks = ["-G", "-o", NEW_KEYS, "localhost"].map(str::to_owned);
            let knows = world.env.files.run_program("ssh", &asks).is_ok_and(|ended| ended.code == Some(0));
            if !knows {
                world.complain(
                    "WARNING: Your OpenSSH version does not support StrictHostKeyChecking=accept-new (requires \
                     OpenSSH 7.6+). Falling back to StrictHostKeyChecking=no. Upgrade to OpenSSH 7.6+ for improved \
                     security.\n",
                );
            }
            options.push(if knows { NEW_KEYS } else { "StrictHostKeyChecking=no" }.to_owned());
        }
        options.extend(self.options.iter().cloned());
        options
    }
}

/// Whether a program lies on the search path.
fn is_installed(env: &Environment, program: &str) -> bool {
    let folders = env.var("PATH").unwrap_or_default();
    folders.split(':').any(|folder| {
        let path = Path::new(folder.trim_matches('"')).join(program);
        env.files.facts(&path, true).is_ok_and(|facts| facts.kind == FileKind::File)
    })
}
