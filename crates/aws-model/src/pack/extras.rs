//! `*.sdk-extras.json`: what the SDKs add to a model.

use super::{Json, Object};

/// Merges the `merge` part of an extras file into a model: objects key by key, anything else replaced.
pub(crate) fn merge_extras(model: &mut Json, extras: &Json) {
    if let (Json::Object(model), Some(Json::Object(more))) = (model, extras.get("merge")) {
        merge(model, more);
    }
}

fn merge(base: &mut Object, more: &Object) {
    for (name, value) in more {
        match (base.get_mut(name), value) {
            (Some(Json::Object(base)), Json::Object(more)) => merge(base, more),
            _ => {
                base.insert(name.clone(), value.clone());
            }
        }
    }
}
