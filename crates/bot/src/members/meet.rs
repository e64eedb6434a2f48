//! Asks Slack what kind of user somebody is who is seen for the first time, or for the first time in a long while.
//!
//! A command waits for that, but not long: Slack gives three seconds for all. Who cannot be learnt of in time is nobody
//! that is known, and grants do not hold for them unless they name them.

use std::time::Duration;

use policy::ActorKind;
use slack::web::UsersInfo;
use store::Batch;

use super::{event, kept};
use crate::bot::Inner;

/// How long a command waits.
const PATIENCE: Duration = Duration::from_millis(1_500);

/// Learns about somebody, unless that was done before.
pub(super) async fn meet(inner: &Inner, team: &str, user: &str) {
    let Some(web) = &inner.web else { return };
    let now = inner.clock.millis();
    if inner.members.table().actor(team, user, now.0).kind != ActorKind::Unknown {
        return;
    }
    let request = UsersInfo { user };
    let asked = tokio::select! {
        asked = web.ask_within(&request, PATIENCE) => asked.map_err(|error| error.to_string()),
        () = inner.clock.pause(PATIENCE) => Err("slack did not answer in time".to_owned()),
    };
    let found = match asked {
        Ok(found) if found.id == user => found,
        Ok(_) => return tracing::warn!(user, "slack answered about somebody else; ignored it"),
        Err(why) => {
            inner.counters.unmet.add();
            return tracing::warn!(
                user,
                why,
                "nobody knows what kind of user that is; they count as an outsider"
            );
        }
    };
    let (kind, admin) = event::kind_of(team, &found);
    let changes = kept::user(&inner.seal, team, user, kind, admin, now).into_iter().collect();
    inner.members.change(|table| table.user(team, user, kind, admin, now.0));
    inner.note(inner.store.commit(Batch { now, changes, job: None, rows: Vec::new() }).await);
}
