//! What an acknowledgement costs before the rules are asked and anything is written: a signed body is verified and read, its
//! line understood. `cargo xtask bench ack` runs this.

#![expect(clippy::print_stdout, reason = "its figures are what it is for")]
#![expect(clippy::expect_used, reason = "a bench stops at the first surprise")]

use std::hint::black_box;
use std::time::{Duration, Instant};

use aws_model::Catalog;
use bot::Settings;
use bot::command::{Command, understand};
use slack::{SigningSecret, SlashCommand};

const ROUNDS: usize = 20_000;
const NOW: u64 = 1_800_000_000;
const BODY: &str = "team_id=T0DEMO&team_domain=demo&channel_id=C0OPERATIONS&channel_name=operations&user_id=U0ALICE\
&user_name=alice&command=%2Faws&text=LINE&api_app_id=A0DEMO&is_enterprise_install=false\
&response_url=https%3A%2F%2Fhooks.slack.com%2Fcommands%2FT0DEMO%2F1%2F0123456789abcdef&trigger_id=1800000000.1.0123456789abcdef";

/// What a request goes through before it is written down, all of it handed in.
struct Stage {
    secret: SigningSecret,
    catalog: Catalog,
    settings: Settings,
}

impl Stage {
    fn verified(&self, body: &str, signature: &str) -> SlashCommand {
        let verified = slack::verify(
            &self.secret,
            Some(NOW.to_string().as_bytes()),
            Some(signature.as_bytes()),
            body.as_bytes(),
            NOW,
        );
        SlashCommand::parse(verified.expect("a good signature")).expect("a slash command")
    }

    fn understood(&self, line: &str) -> Command {
        understand(line, &self.catalog, &self.settings).expect("a line that means something")
    }
}

fn main() {
    let stage = Stage {
        secret: SigningSecret::new("8f742231b10e8888abcd99yyyzzz85a5").expect("a secret"),
        catalog: Catalog::embedded(),
        settings: Settings::default(),
    };
    for line in ["sts get-caller-identity", "ec2 describe-instances --instance-ids i-0a1b2c3d4e5f60718"] {
        let body = BODY.replace("LINE", &line.replace(' ', "+"));
        let signature = slack::sign(&stage.secret, NOW, body.as_bytes());
        assert!(matches!(stage.understood(line), Command::Aws(_)), "{line} is no call");
        let verified = micros(|| stage.verified(&body, &signature));
        let understood = micros(|| stage.understood(line));
        println!(
            "  {line:<58} {:>5.1} µs: verified and read {verified:.1}, understood {understood:.1}",
            verified + understood
        );
    }
}

/// The median of many rounds.
fn micros<T>(mut work: impl FnMut() -> T) -> f64 {
    let once = |_| {
        let begun = Instant::now();
        black_box(work());
        begun.elapsed()
    };
    let mut times: Vec<Duration> = (0..ROUNDS).map(once).collect();
    times.sort_unstable();
    times[ROUNDS / 2].as_secs_f64() * 1e6
}
