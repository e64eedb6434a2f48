//! `version`: which Bellhop this is.

use render::Body;

use super::{Access, BuiltIn, Context, Run};

/// The entry.
pub(super) const VERSION: BuiltIn = BuiltIn {
    name: "version",
    summary: "Tells which version of Bellhop answers.",
    usage: "version",
    access: Access::Open,
    also: None,
    run: Run::Now(run),
};

fn run(context: &Context<'_>) -> Body {
    Body::Text(format!("Bellhop {}", context.settings.version))
}
