//! What a script leaves for `last`: its result, and what `tee` copied.

use pipeline::{Copied, Data, Pipeline, Sink, SinkForm, Untimed, Word};

use super::{ScriptCommand, upload};
use crate::history::results;
use crate::reach::Reach;

/// Keeps what a script came to, unless that is what was kept before.
pub(super) async fn last(reach: &Reach<'_>, command: &ScriptCommand, pipeline: &Pipeline, data: &Data) {
    let first = pipeline.source.0.first().and_then(Word::literal);
    if first.as_deref() != Some("last") {
        results::keep_last(reach.inner, &reach.request.caller, &command.shown, data).await;
    }
}

/// Keeps copies under their names, and uploads those that are called like a file; tells what became of each, a sentence each.
pub(super) async fn copies(reach: &Reach<'_>, command: &ScriptCommand, copies: &[Copied]) -> Vec<String> {
    let mut sentences = Vec::with_capacity(copies.len());
    for Copied { name, data } in copies {
        let caller = &reach.request.caller;
        let kept = results::keep_named(reach.inner, caller, name, &command.shown, data).await;
        sentences.push(match kept {
            Ok(()) => format!("Kept as {name}: `last {name}` gives it."),
            Err(fault) => format!("{name} was not kept: {fault}."),
        });
        if let Some(sink) = Sink::named(name).filter(|sink| sink.form != SinkForm::Png) {
            let content = upload::content(data.clone(), sink.form, &super::work::LIMITS, &Untimed);
            sentences.push(match content {
                Ok(content) => upload::said(reach, name, content).await,
                Err(fault) => super::sentence(&fault.to_string()),
            });
        }
    }
    sentences
}
