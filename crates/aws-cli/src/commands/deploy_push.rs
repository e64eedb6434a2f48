//! `deploy push`: an application's revision out of a folder of this machine, into S3 and to CodeDeploy.

use std::path::{Path, PathBuf};

use aws_call::BoxFuture;
use value::{Map, Value};

use super::line::{Line, step};
use super::options::{Spec, one, switch};
use super::task::{Calls, Fault, Runs, World};
use super::upload::Upload;
use super::zip::{Archive, Facts};
use super::{folder, tree};
use crate::{Files, Parsed, UsageError};

const APPSPEC: &str = "appspec.yml";

static SPEC: Spec = Spec {
    about: "Packs a folder that has an appspec.yml, uploads it to S3 and registers it as a revision of an application.",
    words: &[],
    options: &[&[
        one("application-name", "The application.").needed(),
        one("s3-location", "Where the revision goes, `s3://bucket/key`.").needed(),
        switch("ignore-hidden-files", "Leave out files and folders whose names begin with a dot."),
        switch("no-ignore-hidden-files", "Take them, too, as by default."),
        one("source", "The folder; the current one by default."),
        one("description", "A word about the revision."),
    ]],
};

#[derive(Debug)]
struct Push {
    application: String,
    bucket: String,
    key: String,
    location: String,
    source: String,
    visible_only: bool,
    description: Option<String>,
}

/// Reads the words of `deploy push`.
pub(super) fn start(line: &Line<'_>) -> Result<Parsed, UsageError> {
    let given = match line.read(&SPEC)? {
        Ok(given) => given,
        Err(page) => return Ok(page),
    };
    let location = given.needed("s3-location");
    let place = location.strip_prefix("s3://").and_then(|place| place.split_once('/'));
    let place = place.filter(|(bucket, key)| !bucket.is_empty() && !key.is_empty());
    let Some((bucket, key)) = place.map(|(bucket, key)| (bucket.to_owned(), key.to_owned())) else {
        return Err(UsageError::validation(
            "--s3-location must specify the Amazon S3 URL format as s3://<bucket>/<key>.",
        ));
    };
    if given.has("ignore-hidden-files") && given.has("no-ignore-hidden-files") {
        return Err(UsageError::validation(
            "You cannot specify both --ignore-hidden-files and --no-ignore-hidden-files.",
        ));
    }
    let named = tree::params(&[("Bucket", &bucket)]);
    let mut steps = vec![step("codedeploy", "RegisterApplicationRevision", Map::new())];
    for operation in [
        "PutObject",
        "CreateMultipartUpload",
        "UploadPart",
        "CompleteMultipartUpload",
        "AbortMultipartUpload",
    ] {
        steps.push(step("s3", operation, named.clone()));
    }
    let push = Push {
        application: given.needed("application-name"),
        bucket,
        key,
        location,
        source: given.text("source").unwrap_or(".").to_owned(),
        visible_only: given.has("ignore-hidden-files"),
        description: given.text("description").filter(|text| !text.is_empty()).map(str::to_owned),
    };
    line.invocation(push, steps)
}

impl Runs for Push {
    fn run<'a>(&'a self, world: &'a mut World<'_>) -> BoxFuture<'a, Result<u8, Fault>> {
        Box::pin(self.work(world))
    }
}

impl Push {
    async fn work(&self, world: &mut World<'_>) -> Result<u8, Fault> {
        let files = world.env.files.clone();
        let archive = world.env.temporary(&format!("revision-{}.zip", world.env.chance));
        let sent = match self.pack(world, &archive) {
            Ok(()) => self.send(&world.calls, files.as_ref(), &archive).await,
            Err(fault) => Err(fault),
        };
        // A file that was never made cannot be removed, and that is well.
        let _ = files.remove(&archive);
        let sent = sent?;
        let tag = tree::text(&sent, &["ETag"]).replace('"', "");
        let version = sent.get("VersionId").and_then(Value::as_text);
        let mut place = tree::params(&[
            ("bucket", &self.bucket),
            ("key", &self.key),
            ("bundleType", "zip"),
            ("eTag", &tag),
        ]);
        if let Some(version) = version {
            place.push("version", version);
        }
        let mut revision = tree::params(&[("revisionType", "S3")]);
        revision.push("s3Location", Value::Map(place));
        let mut params = tree::params(&[("applicationName", &self.application)]);
        params.push("revision", Value::Map(revision));
        let now = world.env.now.strftime("%Y-%m-%dT%H:%M:%S%.6f");
        params.push(
            "description",
            match &self.description {
                Some(text) => text.clone(),
                None => format!("Uploaded by AWS CLI {now} UTC"),
            },
        );
        world.calls.call("codedeploy", "RegisterApplicationRevision", params).await?;
        let version = version.map(|version| format!(",version={version}")).unwrap_or_default();
        world.say(&format!(
            "To deploy with this revision, run:\naws deploy create-deployment --application-name {} --s3-location \
             bucket={},key={},bundleType=zip,eTag={tag}{version} --deployment-group-name <deployment-group-name> \
             --deployment-config-name <deployment-config-name> --description <description>\n",
            self.application, self.bucket, self.key
        ));
        Ok(0)
    }

    fn pack(&self, world: &World<'_>, archive: &Path) -> Result<(), Fault> {
        let files = &world.env.files;
        let source = Path::new(&self.source);
        let found = folder::files_below(files.as_ref(), source).unwrap_or_default();
        let hidden = |name: &String| name.split('/').any(|part| part.starts_with('.'));
        let found: Vec<String> =
            found.into_iter().filter(|name| !(self.visible_only && hidden(name))).collect();
        if !found.iter().any(|name| name == APPSPEC) {
            let here = files.current_folder().unwrap_or_default();
            let path = if self.source == "." { here } else { here.join(source) };
            return Err(Fault::General(format!("{} was not found", path.join(APPSPEC).display())));
        }
        let mut zip = Archive::new(files.create(archive)?);
        for name in &found {
            let path: PathBuf = source.join(name);
            let facts = files.facts(&path, true).map(Facts::from).unwrap_or_default();
            zip.add(name, &files.read(&path)?, facts)?;
        }
        zip.finish()?;
        Ok(())
    }

    async fn send(&self, calls: &Calls, files: &dyn Files, archive: &Path) -> Result<Value, Fault> {
        let options = calls.options_as_configured(calls.service("s3")?.as_ref());
        let place = (self.bucket.as_str(), self.key.as_str());
        let upload = Upload { files, path: archive, place, params: Map::new(), options: &options };
        let failed = |fault: Fault| {
            let why = fault.sentence();
            Fault::General(format!("Failed to upload '{}' to '{}': {why}", self.source, self.location))
        };
        upload.run(calls, &mut |_, _| {}).await.map_err(failed)
    }
}
