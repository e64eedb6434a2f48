//! The flow: a verified request becomes a command, is authorised, written down, run, answered and recorded.
//!
//! One file a stage: [`mod@request`] who, where, what; `repair` and `line` undo what chat does to text; [`command`]
//! what it means; [`authorize`] whether it may; [`ack`] what is said at once; [`job`] and [`seal`] what waits in the
//! store; `execute` runs it; [`outcome`] puts into words what came of it; `deliver` gets the answer there; `worker`
//! keeps all of that going. [`Bot`] joins the stages.
//!
//! Invariants: nothing executes without [`authorize::Authorized`], and a worker authorises again by the rules of its
//! own moment, for the account and region that were promised; a write whose intent is durable is never started
//! again; a job that was not sealed by this key, for this very record, is not believed; no response address, token,
//! credential or sensitive parameter reaches a log, an audit row or an answer.
//! Absent on purpose: HTTP, the environment, files, the clock (all handed in), and whatever decides who may do what.

mod access;
pub mod ack;
mod after;
mod aliases;
mod answer;
pub mod arguments;
mod asking;
pub mod authorize;
mod aws;
pub mod bell;
mod bot;
pub mod cache;
mod clock;
pub mod command;
pub mod commands;
mod contained;
mod counters;
mod credentials;
mod delegation;
mod deliver;
mod discovery;
mod event;
mod execute;
mod explain;
mod figures;
mod find;
mod follow;
mod health;
mod history;
pub mod job;
pub mod journal;
mod line;
mod listen;
mod lookup;
mod mask;
mod members;
mod moment;
mod news;
mod offer;
pub mod outcome;
mod output;
mod press;
mod reach;
mod record;
mod repair;
mod repeat;
pub mod request;
mod roles;
mod rounds;
mod rules;
mod rung;
mod script;
pub mod seal;
mod settings;
pub mod simulate;
mod spoken;
mod stamps;
mod stored;
mod streamed;
mod telemetry;
mod upload;
mod watched;
mod work;
mod worker;

pub use ack::{Ack, AckBody};
pub use aws::{Aws, AwsClient};
pub use bot::{Bot, BotParts, RunAs, WebParts};
pub use contained::{Panicked, contained};
pub use counters::{Counter, Counters};
pub use health::{Doctor, Finding, GroupHealth, Health, IndexHealth, Level, StoreHealth};
pub use roles::{RoleSession, RoleSource, StsRoles};
pub use rounds::{Swept, Taken};
pub use rules::{AccountSettings, Attribution, Delegation, FoundAccount, LiveRules, Rules};
pub use seal::{
    KeptKeyFault, KeyId, KeySource, Keyring, NoKeys, SealError, SealKey, SealedAnew, kept_key, seal_anew,
};
pub use settings::{Discovery, Indexing, LiveSecret, Settings};
pub use telemetry::{Telemetry, Unmeasured};
