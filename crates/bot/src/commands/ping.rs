//! `ping`: whether Bellhop is there.

use render::Body;

use super::{Access, BuiltIn, Context};

/// The entry.
pub(super) const PING: BuiltIn = BuiltIn {
    name: "ping",
    summary: "Answers at once, without AWS.",
    usage: "ping",
    access: Access::Open,
    run,
};

fn run(_: &Context<'_>) -> Body {
    Body::Text("Here.".to_owned())
}
