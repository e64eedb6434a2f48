//! Turns the JSON models of one service into its packed form.
//!
//! Both the build script and the library compile this module: the one packs what the binary carries, the other the
//! models that a user adds. It reads no file; what it does not understand is an error that says where.

mod docs;
mod extras;
mod html;
mod operation;
mod pages;
pub(crate) mod rules;
mod service;
mod shape;
pub(crate) mod writer;

pub(crate) use docs::pack_docs;
pub(crate) use extras::merge_extras;
pub(crate) use service::{Parts, pack_service};

/// JSON as it was read, members in their order.
pub(crate) type Json = serde_json::Value;
/// A JSON object.
pub(crate) type Object = serde_json::Map<String, Json>;

/// Why a model cannot be packed.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub(crate) struct PackError(pub(crate) String);

/// The object under a name, if there is anything.
fn object<'a>(parent: &'a Object, name: &str) -> Result<Option<&'a Object>, PackError> {
    match parent.get(name) {
        None | Some(Json::Null) => Ok(None),
        Some(Json::Object(object)) => Ok(Some(object)),
        Some(_) => Err(PackError(format!("`{name}` is not an object"))),
    }
}

fn whole<'a>(json: &'a Json, what: &str) -> Result<&'a Object, PackError> {
    json.as_object().ok_or_else(|| PackError(format!("{what} is not an object")))
}

fn text<'a>(parent: &'a Object, name: &str) -> Option<&'a str> {
    parent.get(name).and_then(Json::as_str)
}

fn flag(parent: &Object, name: &str) -> bool {
    parent.get(name).and_then(Json::as_bool).unwrap_or(false)
}

/// Texts under a name, be it one or a list.
fn texts<'a>(parent: &'a Object, name: &str) -> Vec<&'a str> {
    match parent.get(name) {
        Some(Json::String(one)) => vec![one],
        Some(Json::Array(many)) => many.iter().filter_map(Json::as_str).collect(),
        _ => Vec::new(),
    }
}
