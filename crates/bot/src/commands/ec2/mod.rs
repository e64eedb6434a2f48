//! EC2 in few words: what there is, and starting and stopping it by name.

mod awaiting;
mod instances;
mod list;
mod power;

pub(super) use awaiting::AWAIT;
pub(super) use list::LIST;
pub(super) use power::{REBOOT, START, STOP, TERMINATE};
