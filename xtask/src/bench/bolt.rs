//! Bolt for JavaScript under the same load: an app that acknowledges a slash command and writes nothing.

use std::path::PathBuf;
use std::process::Command;
use std::time::Duration;

use anyhow::Result;

use crate::children::Running;
use crate::demo::{Stage, http};
use crate::{paths, step};

/// What it is made of, pinned to the last package.
const FILES: [(&str, &str); 3] = [
    ("package.json", include_str!("../../bolt/package.json")),
    ("package-lock.json", include_str!("../../bolt/package-lock.json")),
    ("app.js", include_str!("../../bolt/app.js")),
];

/// The app, ready, at the port of the stage; nothing where there is no Node.
pub(super) fn start(stage: &Stage) -> Result<Option<Running>> {
    if !step::exists("node") || !step::exists("npm") {
        step::say("Bolt is not measured: it needs `node` and `npm` on the PATH");
        return Ok(None);
    }
    let folder = install()?;
    let mut command = Command::new("node");
    command.arg(folder.join("app.js")).env("PORT", stage.port.to_string());
    command.env("SLACK_SIGNING_SECRET", &stage.signing_secret).env("NODE_ENV", "production");
    let mut running = Running::start("Bolt", &command, &stage.folder.join("bolt.log"))?;
    let ready = || http::get(stage.port, "/readyz").is_ok_and(|answer| answer.status == 200);
    running.wait_until(Duration::from_secs(20), ready)?;
    Ok(Some(running))
}

/// Its folder, made anew when one of the files has changed.
fn install() -> Result<PathBuf> {
    let folder = paths::cache("bolt");
    let mark = folder.join("made-from");
    let made_from: String = FILES.iter().map(|(_, content)| *content).collect();
    if std::fs::read_to_string(&mark).is_ok_and(|before| before == made_from) {
        return Ok(folder);
    }
    step::step("Bolt for JavaScript", || {
        std::fs::create_dir_all(&folder)?;
        for (name, content) in FILES {
            std::fs::write(folder.join(name), content)?;
        }
        let mut npm = Command::new("npm");
        npm.args(["ci", "--ignore-scripts", "--no-audit", "--no-fund"]).current_dir(&folder);
        step::quiet(&mut npm)?;
        Ok(std::fs::write(&mark, &made_from)?)
    })?;
    Ok(folder)
}
