//! `gamelift upload-build` and `gamelift get-game-session-log`.

use std::path::Path;
use std::sync::Arc;

use aws_call::credentials::StaticCredentials;
use aws_call::{BoxFuture, Credentials};
use value::{Map, Value};

use super::line::{Line, step};
use super::options::{Spec, Takes, one};
use super::s3::human;
use super::task::{Fault, Runs, World};
use super::upload::Upload;
use super::zip::{Archive, Facts};
use super::{download, folder, tree};
use crate::{Parsed, UsageError};

const SERVICE: &str = "gamelift";

static UPLOAD: Spec = Spec {
    about: "Makes a build of GameLift from a folder of this machine.",
    words: &[],
    options: &[&[
        one("name", "The build's name.").needed(),
        one("build-version", "The build's version.").needed(),
        one("build-root", "The folder that holds it.").needed(),
        one("server-sdk-version", "The version of the server SDK that it was made with."),
        one("operating-system", "What it runs on."),
        one("tags", "Its tags, each as `Key=Value`.").taking(Takes::Some),
    ]],
};

static LOG: Spec = Spec {
    about: "Downloads the log of a game session, a zip file.",
    words: &[],
    options: &[&[
        one("game-session-id", "The game session.").needed(),
        one("save-as", "The file to write.").needed(),
    ]],
};

#[derive(Debug)]
struct UploadBuild {
    root: String,
    params: Map,
}

#[derive(Debug)]
struct GetLog {
    session: String,
    path: String,
}

/// Reads the words of `gamelift upload-build`.
pub(super) fn upload_build(line: &Line<'_>) -> Result<Parsed, UsageError> {
    let given = match line.read(&UPLOAD)? {
        Ok(given) => given,
        Err(page) => return Ok(page),
    };
    let mut params =
        tree::params(&[("Name", &given.needed("name")), ("Version", &given.needed("build-version"))]);
    for (option, member) in
        [("operating-system", "OperatingSystem"), ("server-sdk-version", "ServerSdkVersion")]
    {
        if let Some(text) = given.text(option).filter(|text| !text.is_empty()) {
            params.push(member, text);
        }
    }
    let tag = |word: &str| {
        let (key, value) = word.split_once('=').unwrap_or((word, ""));
        Value::Map(tree::params(&[("Key", key), ("Value", value)]))
    };
    if given.has("tags") {
        params.push("Tags", Value::List(given.several("tags").into_iter().map(tag).collect()));
    }
    let steps = vec![
        step(SERVICE, "CreateBuild", params.clone()),
        step(SERVICE, "RequestUploadCredentials", Map::new()),
    ];
    line.invocation(UploadBuild { root: given.needed("build-root"), params }, steps)
}

/// Reads the words of `gamelift get-game-session-log`.
pub(super) fn log(line: &Line<'_>) -> Result<Parsed, UsageError> {
    let given = match line.read(&LOG)? {
        Ok(given) => given,
        Err(page) => return Ok(page),
    };
    let (session, path) = (given.needed("game-session-id"), given.needed("save-as"));
    let first = step(SERVICE, "GetGameSessionLogUrl", tree::params(&[("GameSessionId", &session)]));
    line.invocation(GetLog { session, path }, vec![first])
}

impl Runs for UploadBuild {
    fn run<'a>(&'a self, world: &'a mut World<'_>) -> BoxFuture<'a, Result<u8, Fault>> {
        Box::pin(self.work(world))
    }
}

impl UploadBuild {
    async fn work(&self, world: &mut World<'_>) -> Result<u8, Fault> {
        let files = Arc::clone(&world.env.files);
        let root = Path::new(&self.root);
        let found = if self.root.is_empty() {
            Vec::new()
        } else {
            folder::files_below(files.as_ref(), root).unwrap_or_default()
        };
        if found.is_empty() {
            world.complain(&format!(
                "Fail to upload {}. The build root directory is empty or does not exist.\n",
                self.root
            ));
            return Ok(255);
        }
        let made = world.calls.call(SERVICE, "CreateBuild", self.params.clone()).await?;
        let id = tree::text(&made, &["Build", "BuildId"]).to_owned();
        let named = tree::params(&[("BuildId", &id)]);
        let place = world.calls.call(SERVICE, "RequestUploadCredentials", named).await?;
        let archive = world.env.temporary(&format!("{id}-{}.zip", world.env.chance));
        let packed = self.pack(world, &archive, &found);
        let sent = match packed {
            Ok(()) => self.send(world, &archive, &place).await,
            Err(fault) => Err(fault),
        };
        // A file that was never made cannot be removed, and that is well.
        let _ = files.remove(&archive);
        sent?;
        world.say(&format!("Successfully uploaded {} to AWS GameLift\nBuild ID: {id}\n", self.root));
        Ok(0)
    }

    fn pack(&self, world: &World<'_>, archive: &Path, found: &[String]) -> Result<(), Fault> {
        let files = &world.env.files;
        let mut zip = Archive::new(files.create(archive)?);
        for name in found {
            let path = Path::new(&self.root).join(name);
            let facts = files.facts(&path, true).map(Facts::from).unwrap_or_default();
            zip.add(name, &files.read(&path)?, facts)?;
        }
        zip.finish()?;
        Ok(())
    }

    async fn send(&self, world: &mut World<'_>, archive: &Path, place: &Value) -> Result<(), Fault> {
        let secret = |name: &str| tree::text(place, &["UploadCredentials", name]).to_owned();
        let mut credentials = Credentials::new(secret("AccessKeyId"), secret("SecretAccessKey"));
        credentials.session_token = Some(secret("SessionToken"));
        let s3 = world.calls.service("s3")?;
        let mut options = world.calls.options_as_configured(&s3);
        options.credentials = Some(Arc::new(StaticCredentials::new(credentials)));
        let at = |name: &str| tree::text(place, &["StorageLocation", name]);
        let files = Arc::clone(&world.env.files);
        let upload = Upload {
            files: files.as_ref(),
            path: archive,
            place: (at("Bucket"), at("Key")),
            params: Map::new(),
            options: &options,
        };
        let calls = world.calls.clone();
        let mut tell = |done: u64, size: u64| {
            let percent = if size == 0 { 100.0 } else { done as f64 / size as f64 * 100.0 };
            let (done, size) = (human(done as f64), human(size as f64));
            world.say(&format!("\rUploading {}:  {done} / {size}  ({percent:.2}%)", self.root));
            let _ = world.out.flush();
        };
        upload.run(&calls, &mut tell).await.map(|_| ())
    }
}

impl Runs for GetLog {
    fn run<'a>(&'a self, world: &'a mut World<'_>) -> BoxFuture<'a, Result<u8, Fault>> {
        Box::pin(async move {
            let named = tree::params(&[("GameSessionId", &self.session)]);
            let answer = world.calls.call(SERVICE, "GetGameSessionLogUrl", named).await?;
            let url = tree::text(&answer, &["PreSignedUrl"]).to_owned();
            let mut body = download::open(&world.calls, &url).await?;
            world.say(&format!("Downloading log archive for game session {}...\r", self.session));
            let mut file = world.env.files.create(Path::new(&self.path))?;
            while let Some(piece) = body.next().await.map_err(|error| Fault::General(error.to_string()))? {
                file.write_all(&piece)?;
            }
            file.flush()?;
            world.say(&format!(
                "Successfully downloaded log archive for game session {} to {}\n",
                self.session, self.path
            ));
            Ok(0)
        })
    }
}
