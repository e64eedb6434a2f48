//! One slash command from Slack's side: signed, posted, acknowledged, answered at its `response_url`.

use std::io::Write as _;
use std::net::TcpListener;
use std::sync::mpsc;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use anyhow::{Context as _, Result, bail};
use aws_lc_rs::{hmac, rand};
use serde_json::Value;

use crate::demo::{Stage, http};
use crate::step;

const LINE: &str = r#"ec2 describe-instances --query "Reservations[].Instances[].{Id:InstanceId,Type:InstanceType,State:State.Name,Name:Tags[?Key=='Name'].Value|[0]}""#;
const PATIENCE: Duration = Duration::from_secs(30);

/// Stands in for Slack's `response_url`: every post is kept and answered with 200.
pub(crate) struct Replies {
    listener: TcpListener,
}

impl Replies {
    /// Listens on a free port.
    pub(crate) fn listen() -> Result<Replies> {
        Ok(Replies { listener: TcpListener::bind(("127.0.0.1", 0)).context("no free port")? })
    }

    /// The port.
    pub(crate) fn port(&self) -> Result<u16> {
        Ok(self.listener.local_addr()?.port())
    }

    /// Bodies as they are posted.
    pub(crate) fn receive(self) -> mpsc::Receiver<String> {
        let (sender, receiver) = mpsc::channel();
        std::thread::spawn(move || {
            for stream in self.listener.incoming().flatten() {
                let Ok(message) = http::read(&stream) else { continue };
                let ok = "HTTP/1.1 200 OK\r\ncontent-length: 2\r\nconnection: close\r\n\r\nok";
                let _ = (&stream).write_all(ok.as_bytes());
                if sender.send(message.body).is_err() {
                    break;
                }
            }
        });
        receiver
    }
}

/// Posts the command and prints the exchange; an error unless an answer names one of `instances`.
pub(crate) fn run(stage: &Stage, replies: Replies, instances: &[String]) -> Result<()> {
    let replies = replies.receive();
    let body = form(stage, LINE)?;
    let headers = signed(&stage.signing_secret, &body)?;
    let headers: Vec<(&str, &str)> = headers.iter().map(|(name, value)| (*name, value.as_str())).collect();
    let shown: String = headers.iter().map(|(name, value)| format!("{name}: {value}\n")).collect();
    step::say(&format!("\nPOST /slack/commands\n{shown}\n{body}\n"));
    let begun = Instant::now();
    let ack = http::post(stage.port, "/slack/commands", &headers, &body)?;
    let milliseconds = begun.elapsed().as_secs_f64() * 1000.0;
    step::say(&format!("ack after {milliseconds:.1} ms: {}\n{}\n", ack.start, ack.body));
    if ack.status != 200 {
        bail!("the slash command was not accepted");
    }
    await_answer(&replies, begun, instances)
}

fn await_answer(replies: &mpsc::Receiver<String>, begun: Instant, instances: &[String]) -> Result<()> {
    loop {
        let left = PATIENCE.saturating_sub(begun.elapsed());
        let reply = replies.recv_timeout(left).context("no answer with the demo's instances came")?;
        let milliseconds = begun.elapsed().as_secs_f64() * 1000.0;
        let pretty = serde_json::from_str::<Value>(&reply)
            .and_then(|tree| serde_json::to_string_pretty(&tree))
            .unwrap_or_else(|_| reply.clone());
        step::say(&format!("reply after {milliseconds:.1} ms:\n{pretty}\n"));
        if instances.iter().any(|id| reply.contains(id.as_str())) {
            return Ok(());
        }
    }
}

/// The headers of a request with that body, signed now.
pub(crate) fn signed(secret: &str, body: &str) -> Result<[(&'static str, String); 3]> {
    let timestamp = SystemTime::now().duration_since(UNIX_EPOCH)?.as_secs().to_string();
    let signature = sign(secret, &timestamp, body);
    Ok([
        ("content-type", "application/x-www-form-urlencoded".to_owned()),
        ("x-slack-request-timestamp", timestamp),
        ("x-slack-signature", signature),
    ])
}

/// The form of Alice's slash command.
pub(crate) fn form(stage: &Stage, line: &str) -> Result<String> {
    // As Slack's do, it begins with a number that grows.
    let number = SystemTime::now().duration_since(UNIX_EPOCH)?.as_micros();
    let trigger = format!("{number}.1.{}", random_hex()?);
    let reply_to = format!("http://127.0.0.1:{}/commands/T0DEMO/1/{}", stage.slack_port, random_hex()?);
    let fields = [
        ("team_id", "T0DEMO"),
        ("team_domain", "demo"),
        ("channel_id", "C0OPERATIONS"),
        ("channel_name", "operations"),
        ("user_id", "U0ALICE"),
        ("user_name", "alice"),
        ("command", "/aws"),
        ("text", line),
        ("api_app_id", "A0DEMO"),
        ("is_enterprise_install", "false"),
        ("response_url", &reply_to),
        ("trigger_id", &trigger),
    ];
    Ok(fields.iter().map(|(name, value)| format!("{name}={}", encode(value))).collect::<Vec<_>>().join("&"))
}

fn encode(text: &str) -> String {
    let mut encoded = String::new();
    for byte in text.bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'_' | b'.' => encoded.push(char::from(byte)),
            b' ' => encoded.push('+'),
            other => encoded.push_str(&format!("%{other:02X}")),
        }
    }
    encoded
}

fn sign(secret: &str, timestamp: &str, body: &str) -> String {
    let key = hmac::Key::new(hmac::HMAC_SHA256, secret.as_bytes());
    let tag = hmac::sign(&key, format!("v0:{timestamp}:{body}").as_bytes());
    format!("v0={}", hex(tag.as_ref()))
}

/// 128 bits that nobody can guess.
pub(crate) fn random_hex() -> Result<String> {
    let mut bytes = [0; 16];
    rand::fill(&mut bytes).ok().context("no randomness")?;
    Ok(hex(&bytes))
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn forms_encode_what_is_not_plain() {
        assert_eq!(encode("a b&c=[ü]"), "a+b%26c%3D%5B%C3%BC%5D");
    }
}
