//! `whoami`: whom Bellhop takes the caller for.

use render::Body;

use super::{Access, BuiltIn, Context, Run};

/// The entry.
pub(super) const WHOAMI: BuiltIn = BuiltIn {
    name: "whoami",
    summary: "Tells whom Bellhop takes you for.",
    usage: "whoami",
    access: Access::Open,
    run: Run::Now(run),
};

fn run(context: &Context<'_>) -> Body {
    let caller = context.caller;
    let place = if caller.is_direct() { "direct message" } else { "channel" };
    let mut text =
        format!("user       {}\nworkspace  {}\n{place:<9}  {}\n", caller.user, caller.tenant, caller.channel);
    if let Some(system_user) = &caller.spoken_by {
        text.push_str(&format!("spoken by  {system_user}, from a terminal\n"));
    }
    Body::Preformatted(text)
}
