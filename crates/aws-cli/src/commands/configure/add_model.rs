//! `configure add-model`: a service model into `~/.aws/models`, where command lines look for more services.

use aws_call::BoxFuture;
use value::Value;

use super::no_call;
use crate::arguments::json;
use crate::commands::line::Line;
use crate::commands::options::{Spec, one};
use crate::commands::task::{Fault, Runs, World};
use crate::commands::tree;
use crate::{Parsed, UsageError};

static SPEC: Spec = Spec {
    about: "Puts a service model into ~/.aws/models; its commands are there from then on.",
    words: &[],
    options: &[&[
        one("service-model", "The model, JSON; usually as `file://service-2.json`.").needed(),
        one("service-name", "What the service is called in command lines."),
    ]],
};

#[derive(Debug)]
struct AddModel {
    model: String,
    name: Option<String>,
}

/// Reads the words of `configure add-model`.
pub(crate) fn start(line: &Line<'_>) -> Result<Parsed, UsageError> {
    let given = match line.read(&SPEC)? {
        Ok(given) => given,
        Err(page) => return Ok(page),
    };
    let name = given.text("service-name").map(str::to_owned);
    line.invocation(AddModel { model: given.needed("service-model"), name }, no_call())
}

impl Runs for AddModel {
    fn run<'a>(&'a self, world: &'a mut World<'_>) -> BoxFuture<'a, Result<u8, Fault>> {
        Box::pin(async move {
            let model = json::parse(&self.model).map_err(Fault::General)?;
            let missing = |name: &str| {
                Fault::General(format!(
                    "\"{name}\" not defined in the metadata of the model: the model is not added"
                ))
            };
            let member = |name: &str| match tree::text(&model, &["metadata", name]) {
                "" => Err(missing(name)),
                text => Ok(text.to_owned()),
            };
            let name = match &self.name {
                Some(name) => name.clone(),
                None => known(world, member("endpointPrefix")?),
            };
            let version = member("apiVersion")?;
            for part in [&name, &version] {
                if part.contains(['/', '\\']) || part.starts_with('.') {
                    return Err(Fault::General(format!("{part} cannot be part of a path")));
                }
            }
            let format = model.get("version").and_then(Value::as_text).unwrap_or("2.0");
            let format = format.split('.').next().unwrap_or("2").to_owned();
            let folder = world.env.expand_path("~/.aws/models").join(name).join(version);
            world.env.files.create_folder(&folder)?;
            world.env.files.write(&folder.join(format!("service-{format}.json")), self.model.as_bytes())?;
            Ok(0)
        })
    }
}

/// The service that has that prefix; the prefix itself if it is a service's name or none has it.
fn known(world: &World<'_>, prefix: String) -> String {
    let catalog = &world.calls.client.parts().catalog;
    let names = catalog.names();
    if names.contains(&prefix) {
        return prefix;
    }
    let has = |name: &&String| {
        catalog.open(name).is_ok_and(|service| service.metadata().endpoint_prefix.as_str() == prefix)
    };
    // Of several services the last one wins.
    names.iter().rev().find(has).cloned().unwrap_or(prefix)
}
