//! What someone types or pastes is repaired, split and read as a command, or refused. The bot's private stages are
//! compiled in from their files.
#![no_main]
#![allow(dead_code, reason = "the stages are private to the bot and not all of each is used here")]

use aws_cli::{Environment, Profile, parse};
use libfuzzer_sys::fuzz_target;

#[path = "../../crates/bot/src/line.rs"]
mod line;
#[path = "../../crates/bot/src/repair.rs"]
mod repair;

fuzz_target!(|typed: &str| {
    let repaired = repair::repair(typed);
    assert!(repaired.len() <= 2 * typed.len() + 2);
    let Ok(script) = pipeline::parse(&repaired) else { return };
    for statement in script.statements {
        let pipeline::Action::Run(run) = statement.action else { continue };
        let Some(words) = run.source.literal() else { continue };
        if let Ok(line) = line::read(words, |_, name| name == "--account") {
            let _ = parse(fuzz::catalog(), &line.words, &Environment::empty(), Profile::Chat);
        }
    }
});
