//! `cloudformation package`: the files that a template names go into a bucket, and the template names them there.
//!
//! A template is read with CloudFormation's short tags and written with their full names, as the AWS CLI does.

mod export;
mod resources;

use std::path::{Component, Path, PathBuf};

use aws_call::{BoxFuture, Call, CallOptions};
use value::{JsonStyle, Map, Value};

use self::export::Export;
use super::artifacts::Store;
use super::line::{Line, Step, step};
use super::options::{Given, Spec, one, switch};
use super::task::{Calls, Fault, Runs, World};
use super::tree;
use crate::arguments::paramfile::ParamFiles;
use crate::arguments::shorthand;
use crate::output::yaml::write_template;
use crate::yaml::{PLAIN_NAME, parse_template};
use crate::{FileKind, Files, Parsed, UsageError};

static SPEC: Spec = Spec {
    about: "Uploads the local files that a template names to a bucket, and writes the template that names them there.",
    words: &[],
    options: &[&[
        one("template-file", "The template's file.").needed(),
        one("s3-bucket", "The bucket.").needed(),
        one("s3-prefix", "What the files' names in the bucket begin with."),
        one("kms-key-id", "The key that encrypts the files in the bucket."),
        one("output-template-file", "Where the new template goes; standard output by default."),
        switch("use-json", "Write the template as JSON rather than YAML."),
        switch("force-upload", "Upload files even if the bucket has them."),
        one("metadata", "Metadata of the files in the bucket, as `Key=Value,…` or JSON."),
    ]],
};

#[derive(Debug)]
struct Package {
    template: String,
    output: Option<String>,
    as_json: bool,
    store: Store,
}

/// Reads the words of `cloudformation package`.
pub(super) fn start(line: &Line<'_>) -> Result<Parsed, UsageError> {
    let given = match line.read(&SPEC)? {
        Ok(given) => given,
        Err(page) => return Ok(page),
    };
    let package = Package {
        template: given.needed("template-file"),
        output: given.text("output-template-file").map(str::to_owned),
        as_json: given.has("use-json"),
        store: Store { metadata: metadata(&given, line)?, ..store(&given) },
    };
    let steps = uploads(&package.store.bucket);
    line.invocation(package, steps)
}

/// The bucket that the options name, and how things go there.
pub(super) fn store(given: &Given) -> Store {
    Store {
        bucket: given.needed("s3-bucket"),
        prefix: given.text("s3-prefix").map(str::to_owned),
        kms_key: given.text("kms-key-id").map(str::to_owned),
        force: given.has("force-upload"),
        metadata: Map::new(),
    }
}

/// The calls that an upload may make.
pub(super) fn uploads(bucket: &str) -> Vec<Step> {
    let named = tree::params(&[("Bucket", bucket)]);
    let operations = [
        "PutObject",
        "HeadObject",
        "CreateMultipartUpload",
        "UploadPart",
        "CompleteMultipartUpload",
        "AbortMultipartUpload",
    ];
    operations.into_iter().map(|operation| step("s3", operation, named.clone())).collect()
}

fn metadata(given: &Given, line: &Line<'_>) -> Result<Map, UsageError> {
    let Some(text) = given.text("metadata") else { return Ok(Map::new()) };
    if let Ok(Value::Map(map)) = Value::from_json(text.as_bytes()) {
        return Ok(map);
    }
    shorthand::parse(text, &ParamFiles::new(line.env, line.profile))
        .map_err(|_| UsageError::parameter("--metadata", format!("Expected: Key=Value,…, received: {text}")))
}

/// How S3 is called for uploads: `--endpoint-url` names another service's place.
pub(super) fn s3_options(calls: &Calls) -> Result<CallOptions, Fault> {
    Ok(calls.options_as_configured(calls.service("s3")?.as_ref()))
}

/// The address of an object, given as `s3://bucket/key`, that CloudFormation reads templates from.
async fn template_url(calls: &Calls, options: &CallOptions, place: &str) -> Result<String, Fault> {
    let call = Call::new(calls.service("s3")?, "ListBuckets", Map::new());
    let request = calls.client.prepare(&call, options).await;
    let request =
        request.map_err(|error| Fault::Call { operation: call.operation, error: Box::new(error) })?;
    // Behind the host nothing but a slash stands, and perhaps a query.
    let host = request.url.split('?').next().unwrap_or_default().trim_end_matches('/');
    Ok(format!("{host}/{}", place.trim_start_matches("s3://")))
}

/// Uploads a template; the address that CloudFormation reads it from.
pub(super) async fn upload(
    world: &mut World<'_>,
    store: &Store,
    options: &CallOptions,
    template: &str,
) -> Result<String, Fault> {
    Export { store, options }.template_text(world, template).await
}

/// A path from a folder on, with `.` and `..` resolved as far as they go.
fn absolute(folder: &Path, path: &str) -> PathBuf {
    let mut whole = PathBuf::new();
    for part in folder.join(path).components() {
        match part {
            Component::CurDir => {}
            Component::ParentDir => {
                whole.pop();
            }
            part => whole.push(part),
        }
    }
    whole
}

fn is_kind(files: &dyn Files, path: &Path, kind: FileKind) -> bool {
    files.facts(path, true).is_ok_and(|facts| facts.kind == kind)
}

impl Runs for Package {
    fn run<'a>(&'a self, world: &'a mut World<'_>) -> BoxFuture<'a, Result<u8, Fault>> {
        Box::pin(async move {
            let files = world.env.files.clone();
            if !is_kind(files.as_ref(), Path::new(&self.template), FileKind::File) {
                return Err(Fault::General(format!("Invalid template path {}", self.template)));
            }
            let here = files.current_folder()?;
            let options = s3_options(&world.calls)?;
            let export = Export { store: &self.store, options: &options };
            let template = export.template(world, &here, &self.template).await?;
            let text = self.written(&template)?;
            world.say("\n");
            let Some(output) = &self.output else {
                world.say(&text);
                return Ok(0);
            };
            files.write(Path::new(output), text.as_bytes())?;
            world.say(&format!(
                "Successfully packaged artifacts and wrote output template to file {output}.\nExecute the following \
                 command to deploy the packaged template\naws cloudformation deploy --template-file {} --stack-name \
                 <YOUR STACK NAME>\n",
                absolute(&here, output).display()
            ));
            Ok(0)
        })
    }
}

impl Package {
    fn written(&self, template: &Value) -> Result<String, Fault> {
        if !self.as_json {
            return Ok(yaml(template)?);
        }
        if has_day(template) {
            return Err(Fault::General("Object of type date is not JSON serializable".to_owned()));
        }
        Ok(with_texts_as_names(template.clone()).to_json(JsonStyle::Pretty))
    }
}

/// A template as YAML.
fn yaml(template: &Value) -> std::io::Result<String> {
    let mut out = Vec::new();
    write_template(template, &mut out)?;
    Ok(String::from_utf8_lossy(&out).into_owned())
}

/// Whether a day stands in a template, which JSON cannot write.
fn has_day(value: &Value) -> bool {
    let is_day = |text: &str| {
        text.starts_with(|first: char| first.is_ascii_digit()) && text.contains('-') && !text.contains('e')
    };
    match value {
        Value::List(items) => items.iter().any(has_day),
        Value::Map(map) => {
            map.values().any(has_day)
                || map.keys().any(|name| name.strip_prefix(PLAIN_NAME).is_some_and(is_day))
        }
        Value::Number(number) => is_day(&number.to_string()),
        _ => false,
    }
}

/// JSON's names are texts, whatever they were in YAML.
fn with_texts_as_names(value: Value) -> Value {
    match value {
        Value::List(items) => Value::List(items.into_iter().map(with_texts_as_names).collect()),
        Value::Map(map) => {
            let entry = |(name, value): (&value::Key, &Value)| {
                (name.as_str().trim_start_matches(PLAIN_NAME).to_owned(), with_texts_as_names(value.clone()))
            };
            Value::Map(map.iter().map(entry).collect())
        }
        other => other,
    }
}

/// Reads a template: JSON, or YAML with CloudFormation's tags.
pub(super) fn read(text: &str) -> Result<Value, Fault> {
    if let Ok(value) = Value::from_json(text.as_bytes()) {
        return Ok(value);
    }
    parse_template(text).map_err(|fault| Fault::General(fault.to_string()))
}

#[cfg(test)]
mod tests;
