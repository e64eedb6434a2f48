//! Whole-flow scenarios: the real binary, Slack's bytes in, exact messages out, a local AWS behind it.

#![expect(clippy::disallowed_methods, reason = "tests start programs and write files")]

mod asking;
mod console;
mod crash;
mod delegation;
mod deploy;
mod discovery;
mod doctor;
mod door;
mod dynamodb;
mod enforced;
mod find;
mod friendly;
mod function;
mod grants;
mod happenings;
mod hostile;
mod lambda;
mod oracles;
mod protocols;
mod published_events;
mod queued;
mod reloading;
mod repeats;
mod rights;
mod ringing;
mod running;
mod scripts;
mod secrets;
mod shutdown;
mod signatures;
mod support;
mod traces;
mod unread;
