//! `ping`: whether Bellhop is there.

use render::Body;

use super::{Access, BuiltIn, Context, Run};

/// The entry.
pub(super) const PING: BuiltIn = BuiltIn {
    name: "ping",
    summary: "Answers at once, without AWS.",
    usage: "ping",
    access: Access::Open,
    also: None,
    run: Run::Now(run),
};

fn run(_: &Context<'_>) -> Body {
    Body::Text("Here.".to_owned())
}
