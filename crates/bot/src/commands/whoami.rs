//! `whoami`: whom Bellhop takes the caller for, and what the caller may do here.

use aws_call::BoxFuture;
use render::{Body, Facts, Reply};

use super::{Access, Asked, BuiltIn, Run};
use crate::authorize;
use crate::explain::rights;
use crate::journal::shown;
use crate::moment::Present;

/// The entry.
pub(super) const WHOAMI: BuiltIn = BuiltIn {
    name: "whoami",
    summary: "Tells whom Bellhop takes you for, and what you may do here.",
    usage: "whoami",
    access: Access::Open,
    also: None,
    run: Run::Later(|asked| -> BoxFuture<'_, Reply> { Box::pin(whoami(asked)) }),
};

async fn whoami(asked: &Asked<'_>) -> Reply {
    let caller = &asked.request.caller;
    let place = if caller.is_direct() { "direct message" } else { "channel" };
    let mut text =
        format!("user       {}\nworkspace  {}\n{place:<9}  {}\n", caller.user, caller.tenant, caller.channel);
    if let Some(system_user) = &caller.spoken_by {
        text.push_str(&format!("spoken by  {system_user}, from a terminal\n"));
    }
    let present = Present::of(asked.inner, caller).await;
    text.push('\n');
    text.push_str(&rights::text(&authorize::standing(present.moment())));
    for elevation in present.elevations() {
        let until = shown(store::UnixMillis(elevation.until), false);
        text.push_str(&format!("\n{} is yours until {until}: {}\n", elevation.grant, elevation.reason));
    }
    for freeze in present.frozen() {
        let account = freeze.account.as_deref().unwrap_or("every account");
        text.push_str(&format!("\nFrozen: {account}, {}. Only list, read and data run there.\n", freeze.why));
    }
    Reply::done(Facts { command: "whoami".to_owned(), ..asked.facts.clone() }, Body::Preformatted(text))
}
