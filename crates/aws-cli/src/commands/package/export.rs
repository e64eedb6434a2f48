//! The walk through a template: each file that it names is uploaded, and its place takes the name's.
//!
//! Objects are named by the MD5 of their content, so that the same file goes up once.

use std::path::{Path, PathBuf};

use aws_call::{BoxFuture, CallOptions};
use md5::{Digest as _, Md5};
use value::{Map, Value};

use super::resources::{Form, METADATA, Named, RESOURCES};
use super::{absolute, is_kind, read, template_url, yaml};
use crate::FileKind;
use crate::commands::artifacts::Store;
use crate::commands::folder;
use crate::commands::task::{Fault, World};
use crate::commands::zip::{Archive, Facts};

/// The longest tail of an archive in which its end is looked for.
const LONGEST_END: usize = 22 + 65_535;
/// Resources that stand for several.
const FOR_EACH: &str = "Fn::ForEach::";
/// How deep templates may name templates.
const DEEPEST: usize = 20;

/// Where files go.
#[derive(Clone, Copy)]
pub(super) struct Export<'e> {
    pub(super) store: &'e Store,
    pub(super) options: &'e CallOptions,
}

/// A template's own folder, and how deep it is named.
#[derive(Clone, Copy)]
struct Home<'h> {
    folder: &'h Path,
    depth: usize,
}

impl Export<'_> {
    /// The template of a file with everything that it names uploaded.
    pub(super) async fn template(
        self,
        world: &mut World<'_>,
        folder: &Path,
        path: &str,
    ) -> Result<Value, Fault> {
        self.nested(world, folder, path, 0).await
    }

    async fn nested(
        self,
        world: &mut World<'_>,
        folder: &Path,
        path: &str,
        depth: usize,
    ) -> Result<Value, Fault> {
        if depth > DEEPEST {
            return Err(Fault::General(format!("templates name each other deeper than {DEEPEST} levels")));
        }
        let path = absolute(folder, path);
        let text = String::from_utf8(world.env.files.read(&path)?);
        let text = text.map_err(|_| Fault::General(format!("{} is not UTF-8 text", path.display())))?;
        let mut template = read(&text)?;
        let home = Home { folder: path.parent().unwrap_or(Path::new("/")), depth };
        let Value::Map(top) = &mut template else { return Ok(template) };
        if let Some(Value::Map(metadata)) = top.get_mut("Metadata") {
            for (kind, value) in metadata.iter_mut() {
                let Value::Map(properties) = value else { continue };
                for named in METADATA.iter().filter(|named| named.resource == kind.as_str()) {
                    self.property(world, home, kind.as_str(), named, properties).await?;
                }
            }
        }
        if !top.contains("Resources") {
            return Ok(template);
        }
        self.includes(world, home, top).await?;
        if let Some(Value::Map(resources)) = top.get_mut("Resources") {
            self.resources(world, home, resources).await?;
        }
        Ok(template)
    }

    /// The same, in a box: templates name templates.
    fn deeper<'a>(
        self,
        world: &'a mut World<'_>,
        folder: &'a Path,
        path: &'a str,
        depth: usize,
    ) -> BoxFuture<'a, Result<Value, Fault>>
    where
        Self: 'a,
    {
        Box::pin(self.nested(world, folder, path, depth))
    }

    fn resources<'a>(
        self,
        world: &'a mut World<'_>,
        home: Home<'a>,
        resources: &'a mut Map,
    ) -> BoxFuture<'a, Result<(), Fault>>
    where
        Self: 'a,
    {
        Box::pin(async move {
            for (id, resource) in resources.iter_mut() {
                if id.starts_with(FOR_EACH) {
                    let Value::List(parts) = resource else { return Err(not_three(id.as_str())) };
                    let [_, _, Value::Map(inner)] = parts.as_mut_slice() else {
                        return Err(not_three(id.as_str()));
                    };
                    self.resources(world, home, inner).await?;
                    continue;
                }
                let kind = resource.get("Type").and_then(Value::as_text).unwrap_or_default().to_owned();
                let Value::Map(resource) = resource else { continue };
                let Some(Value::Map(properties)) = resource.get_mut("Properties") else { continue };
                for named in RESOURCES.iter().filter(|named| named.resource == kind) {
                    self.property(world, home, id.as_str(), named, properties).await?;
                }
            }
            Ok(())
        })
    }

    /// Uploads what `AWS::Include` names, wherever it stands.
    fn includes<'a>(
        self,
        world: &'a mut World<'_>,
        home: Home<'a>,
        map: &'a mut Map,
    ) -> BoxFuture<'a, Result<(), Fault>>
    where
        Self: 'a,
    {
        Box::pin(async move {
            for (name, value) in map.iter_mut() {
                match value {
                    Value::Map(transform) if name.as_str() == "Fn::Transform" => {
                        self.include(world, home, transform).await?;
                    }
                    Value::Map(inner) => self.includes(world, home, inner).await?,
                    Value::List(items) => {
                        for item in items {
                            if let Value::Map(inner) = item {
                                self.includes(world, home, inner).await?;
                            }
                        }
                    }
                    _ => {}
                }
            }
            Ok(())
        })
    }

    async fn include(self, world: &mut World<'_>, home: Home<'_>, transform: &mut Map) -> Result<(), Fault> {
        if transform.get("Name").and_then(Value::as_text) != Some("AWS::Include") {
            return Ok(());
        }
        let Some(Value::Map(parameters)) = transform.get_mut("Parameters") else { return Ok(()) };
        let location = parameters.get("Location").and_then(Value::as_text).unwrap_or_default();
        if location.is_empty() || s3_place(location).is_some() {
            return Ok(());
        }
        let path = home.folder.join(location);
        if !is_kind(world.env.files.as_ref(), &path, FileKind::File) {
            return Err(absent("Location", "AWS::Include", &path.display().to_string()));
        }
        let url = self.upload(world, &path, None).await?;
        parameters.insert("Location", url);
        Ok(())
    }

    /// Uploads what a property names, and puts the place there.
    async fn property(
        self,
        world: &mut World<'_>,
        home: Home<'_>,
        id: &str,
        named: &Named,
        properties: &mut Map,
    ) -> Result<(), Fault> {
        let value = found(properties, named.property).cloned().unwrap_or_default();
        if matches!(value, Value::Map(_)) || !value.is_truthy() && !named.folder_by_default {
            return Ok(());
        }
        let placed = match named.form {
            Form::Template => self.sub_template(world, home, id, named, &value).await,
            _ => self.artifact(world, home, id, named, &value).await.map(Some),
        };
        let placed = placed.map_err(|fault| {
            Fault::General(format!(
                "Unable to upload artifact {} referenced by {} parameter of {id} resource.\n{}",
                value.python_text(),
                named.property,
                fault.sentence()
            ))
        })?;
        if let Some(placed) = placed {
            put(properties, named.property, placed);
        }
        Ok(())
    }

    async fn artifact(
        self,
        world: &mut World<'_>,
        home: Home<'_>,
        id: &str,
        named: &Named,
        value: &Value,
    ) -> Result<Value, Fault> {
        let url = match value.as_text() {
            Some(text) if s3_place(text).is_some() => text.to_owned(),
            _ => self.file_or_folder(world, home, id, named, value).await?,
        };
        let Form::Place(bucket_name, key_name, version_name) = named.form else {
            return Ok(Value::from(url));
        };
        let (bucket, key, version) = s3_place(&url).unwrap_or_default();
        let mut place: Map = [(bucket_name, bucket), (key_name, key)].into_iter().collect();
        if let (Some(name), Some(version)) = (version_name, version) {
            place.push(name, version);
        }
        Ok(Value::Map(place))
    }

    async fn file_or_folder(
        self,
        world: &mut World<'_>,
        home: Home<'_>,
        id: &str,
        named: &Named,
        value: &Value,
    ) -> Result<String, Fault> {
        let files = world.env.files.clone();
        let text = match value {
            Value::Null => "",
            Value::Text(text) => text.as_str(),
            other => return Err(absent(named.property, id, &other.python_text())),
        };
        let path = absolute(home.folder, text);
        // The AWS CLI looks for the file that it would pack from where it was started.
        let plain = Path::new(text);
        if named.zips && is_kind(files.as_ref(), plain, FileKind::File) && !is_archive(&files.read(plain)?) {
            let name = plain.file_name().unwrap_or_default().to_string_lossy().into_owned();
            return self.packed(world, plain.parent().unwrap_or(Path::new("")), &[name]).await;
        }
        if is_kind(files.as_ref(), &path, FileKind::Folder) {
            let names = folder::files_below(files.as_ref(), &path)?;
            return self.packed(world, &path, &names).await;
        }
        if is_kind(files.as_ref(), &path, FileKind::File) {
            return self.upload(world, &path, None).await;
        }
        Err(absent(named.property, id, &path.display().to_string()))
    }

    /// Uploads an archive of these files.
    async fn packed(self, world: &mut World<'_>, root: &Path, names: &[String]) -> Result<String, Fault> {
        let files = world.env.files.clone();
        let path = temporary(world, "zip");
        let pack = || -> Result<(), Fault> {
            let mut archive = Archive::new(files.create(&path)?);
            for name in names {
                let file = root.join(name);
                let facts = files.facts(&file, true).map(Facts::from).unwrap_or_default();
                archive.add(name, &files.read(&file)?, facts)?;
            }
            archive.finish()?;
            Ok(())
        };
        let uploaded = match pack() {
            Ok(()) => self.upload(world, &path, None).await,
            Err(fault) => Err(fault),
        };
        // A file that was never made cannot be removed, and that is well.
        let _ = files.remove(&path);
        uploaded
    }

    /// Packages a template that a resource names; nothing where it names none of this machine.
    async fn sub_template(
        self,
        world: &mut World<'_>,
        home: Home<'_>,
        id: &str,
        named: &Named,
        value: &Value,
    ) -> Result<Option<Value>, Fault> {
        let Some(text) = value.as_text() else { return Ok(None) };
        if s3_place(text).is_some() || text.starts_with("http://") || text.starts_with("https://") {
            return Ok(None);
        }
        let path = absolute(home.folder, text);
        if !is_kind(world.env.files.as_ref(), &path, FileKind::File) {
            return Err(Fault::General(format!(
                "{} parameter of {id} resource is invalid. It must be a S3 URL or path to CloudFormation template file. \
                 Actual: {}",
                named.property,
                path.display()
            )));
        }
        let folder = home.folder.to_owned();
        let template = self.deeper(world, &folder, text, home.depth + 1).await?;
        let url = self.template_text(world, &yaml(&template)?).await?;
        Ok(Some(Value::from(url)))
    }

    /// Uploads a template; the address that CloudFormation reads it from.
    pub(super) async fn template_text(self, world: &mut World<'_>, text: &str) -> Result<String, Fault> {
        let files = world.env.files.clone();
        let path = temporary(world, "template");
        files.write(&path, text.as_bytes())?;
        let uploaded = self.upload(world, &path, Some("template")).await;
        let _ = files.remove(&path);
        template_url(&world.calls, self.options, &uploaded?).await
    }

    /// Uploads a file under the name of its content.
    async fn upload(
        self,
        world: &mut World<'_>,
        path: &Path,
        extension: Option<&str>,
    ) -> Result<String, Fault> {
        let digest = Md5::digest(world.env.files.read(path)?);
        let mut name: String = digest.iter().map(|byte| format!("{byte:02x}")).collect();
        if let Some(extension) = extension {
            name.push('.');
            name.push_str(extension);
        }
        self.store.put(world, path, &name, self.options).await
    }
}

fn temporary(world: &World<'_>, extension: &str) -> PathBuf {
    world.env.temporary(&format!("package-{}.{extension}", world.env.chance))
}

fn not_three(id: &str) -> Fault {
    Fault::General(format!(
        "The value of {id} has an invalid \"Fn::ForEach::\" format: Must be a list of three entries"
    ))
}

fn absent(property: &str, id: &str, path: &str) -> Fault {
    Fault::General(format!(
        "Parameter {property} of resource {id} refers to a file or folder that does not exist {path}"
    ))
}

/// Bucket, key and version of an `s3://` address.
fn s3_place(url: &str) -> Option<(String, String, Option<String>)> {
    let rest = url.strip_prefix("s3://")?;
    let rest = rest.split('#').next().unwrap_or_default();
    let (place, query) = rest.split_once('?').unwrap_or((rest, ""));
    let (bucket, key) = place.split_once('/').filter(|(bucket, _)| !bucket.is_empty())?;
    let mut versions = query.split('&').filter_map(|pair| pair.strip_prefix("versionId="));
    let version = versions.next().filter(|version| !version.is_empty() && versions.next().is_none());
    Some((bucket.to_owned(), key.trim_start_matches('/').to_owned(), version.map(str::to_owned)))
}

/// Whether a file is a zip archive: its end says so.
fn is_archive(content: &[u8]) -> bool {
    let tail = &content[content.len().saturating_sub(LONGEST_END)..];
    tail.windows(4).any(|window| window == b"PK\x05\x06")
}

/// What a property holds; a dot leads into a map.
fn found<'a>(properties: &'a Map, property: &str) -> Option<&'a Value> {
    let mut names = property.split('.');
    let first = properties.get(names.next()?)?;
    names.try_fold(first, |value, name| value.get(name))
}

/// Sets a property; maps on the way are made.
fn put(properties: &mut Map, property: &str, value: Value) {
    let Some((first, rest)) = property.split_once('.') else {
        properties.insert(property, value);
        return;
    };
    if !matches!(properties.get(first), Some(Value::Map(_))) {
        properties.insert(first, Value::Map(Map::new()));
    }
    if let Some(Value::Map(inner)) = properties.get_mut(first) {
        put(inner, rest, value);
    }
}
