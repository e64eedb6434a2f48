//! What tests share: a Slack that records, a local AWS, a clock that is set, the real binary as a child.
//!
//! Invariants: whatever is started ends with its owner, also when a test is killed; every test can have AWS accounts
//! of its own, so tests may share one AWS.
//! Absent on purpose: anything that production code could use.

#![expect(clippy::disallowed_methods, reason = "tests start programs and read files: this crate is the rim")]

mod aws;
mod child;
mod clock;
mod http;
mod pressed;
mod process;
mod proxy;
mod runtime_api;
mod slack;
mod slash;
mod workspace;

pub use aws::{Aws, fresh_account};
pub use child::Lifeline;
pub use clock::SetClock;
pub use http::{Answer, get, post};
pub use pressed::{Happened, Interacted};
pub use process::{Bellhop, assert_keeps_secrets};
pub use proxy::{Proxy, Seen};
pub use runtime_api::{Outcome, RuntimeApi};
pub use slack::{Behaviour, Called, FakeSlack, Posted};
pub use slash::{SIGNING_SECRET, Slash, now, random_hex, sign};
pub use workspace::{BOT_TOKEN, Uploaded, Workspace};
