//! EC2 in few words: what there is, and starting and stopping it by name.

mod awaiting;
pub(super) mod choose;
mod console;
pub(super) mod instances;
mod list;
mod power;
mod screenshot;

pub(super) use awaiting::AWAIT;
pub(super) use console::CONSOLE;
pub(super) use list::LIST;
pub(super) use power::{REBOOT, START, STOP, TERMINATE};
pub(super) use screenshot::SCREENSHOT;
