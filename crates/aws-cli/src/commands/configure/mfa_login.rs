//! `configure mfa-login`: keys for a while out of keys and the code of an MFA device, kept as a profile.

use std::sync::Arc;

use aws_call::credentials::StaticCredentials;
use aws_call::{BoxFuture, Credentials};
use value::Map;

use super::writer::Change;
use super::{credentials_path, profile, shared, write};
use crate::commands::line::{Line, step};
use crate::commands::options::{Spec, Takes, one};
use crate::commands::prompt::Answers;
use crate::commands::task::{Fault, Runs, World};
use crate::commands::tree;
use crate::usage::prefixed;
use crate::{Parsed, UsageError};

/// Twelve hours.
const USUAL_SECONDS: i64 = 43_200;

static SPEC: Spec = Spec {
    about: "Asks for the code of an MFA device, gets keys for a while, and writes them into a profile.",
    words: &[],
    options: &[&[
        one("update-profile", "The profile to write."),
        one(
            "duration-seconds",
            "How long the keys are valid: 900 to 129600 seconds; twelve hours by default.",
        )
        .taking(Takes::Number),
        one("serial-number", "The MFA device, if it is not the profile's `mfa_serial`."),
    ]],
};

#[derive(Debug)]
struct MfaLogin {
    target: Option<String>,
    seconds: i64,
    serial: Option<String>,
}

/// Reads the words of `configure mfa-login`.
pub(crate) fn start(line: &Line<'_>) -> Result<Parsed, UsageError> {
    let given = match line.read(&SPEC)? {
        Ok(given) => given,
        Err(page) => return Ok(page),
    };
    let login = MfaLogin {
        target: given.text("update-profile").map(str::to_owned),
        seconds: given.number("duration-seconds").unwrap_or(USUAL_SECONDS),
        serial: given.text("serial-number").map(str::to_owned),
    };
    line.invocation(login, vec![step("sts", "GetSessionToken", Map::new())])
}

impl Runs for MfaLogin {
    fn run<'a>(&'a self, world: &'a mut World<'_>) -> BoxFuture<'a, Result<u8, Fault>> {
        Box::pin(async move {
            match self.work(world).await {
                Ok(()) => Ok(0),
                Err(Fault::General(text)) => {
                    world.complain(&format!("{}\n", prefixed(&text)));
                    Ok(1)
                }
                Err(fault) => Err(fault),
            }
        })
    }
}

/// A name for the profile of a device.
fn profile_of(serial: &str) -> String {
    let fields: Vec<&str> = serial.split(':').collect();
    match fields[..] {
        ["arn", "aws", "iam", "", account, device, ..] => {
            format!("{account}-{}", device.rsplit('/').next().unwrap_or_default())
        }
        _ => format!("session-{serial}"),
    }
}

/// A time as it is told of keys that were typed in.
fn plain(time: &str) -> String {
    match time.parse::<jiff::Timestamp>() {
        Ok(time) => time.strftime("%Y-%m-%d %H:%M:%S UTC").to_string(),
        Err(_) => time.to_owned(),
    }
}

impl MfaLogin {
    async fn work(&self, world: &mut World<'_>) -> Result<(), Fault> {
        let mut answers = Answers::open(world)?;
        let mut asked = |world: &mut World<'_>, what: &str, missing: &str| -> Result<String, Fault> {
            let answer = answers.ask(world, &format!("{what}: "))?;
            if answer.is_empty() { Err(Fault::General(format!("{missing} is required"))) } else { Ok(answer) }
        };
        let section = shared(world.env)?.profile(profile(world).as_deref().unwrap_or("default"));
        let found = match &world.calls.options.credentials {
            Some(source) => source.credentials().await.is_ok(),
            None => false,
        };
        let mut options = world.calls.options.as_ref().clone();
        let configured = self.serial.clone().or_else(|| section.get("mfa_serial").map(str::to_owned));
        const DEVICE: &str = "MFA serial number or ARN";
        const CODE: &str = "MFA token code";
        let (serial, code) = if found {
            let serial = match configured {
                Some(serial) => serial,
                None => asked(world, DEVICE, "MFA serial number or MFA device ARN")?,
            };
            (serial, asked(world, CODE, CODE)?)
        } else {
            world.say("Please provide your AWS credentials:\n");
            let [key, secret] = ["AWS Access Key ID", "AWS Secret Access Key"];
            let (key, secret) = (asked(world, key, key)?, asked(world, secret, secret)?);
            options.credentials = Some(Arc::new(StaticCredentials::new(Credentials::new(key, secret))));
            let serial = match self.serial.clone() {
                Some(serial) => serial,
                None => asked(world, DEVICE, DEVICE)?,
            };
            (serial, asked(world, CODE, CODE)?)
        };
        let target = match &self.target {
            Some(target) => target.clone(),
            None => {
                let usual = profile_of(&serial);
                let answer = answers.ask(world, &format!("Profile to update [{usual}]: "))?;
                if answer.is_empty() { usual } else { answer }
            }
        };
        let mut params: Map = [("DurationSeconds", self.seconds)].into_iter().collect();
        params.push("SerialNumber", serial);
        params.push("TokenCode", code);
        let service = world.calls.service("sts")?;
        let made = world.calls.call_with(service, "GetSessionToken", params, &options).await;
        let made = made.map_err(|fault| match fault.code() {
            Some(_) => Fault::General(format!("An error occurred: {}", fault.sentence())),
            None => fault,
        })?;
        let member = |name: &str| tree::text(&made, &["Credentials", name]);
        let set = |name, value| Change { section: &target, name, inner: None, value };
        let changes = [
            set("aws_access_key_id", member("AccessKeyId")),
            set("aws_secret_access_key", member("SecretAccessKey")),
            set("aws_session_token", member("SessionToken")),
        ];
        write(world.env, &credentials_path(world.env), &changes)?;
        world.say(&format!(
            "Temporary credentials written to profile '{target}'\nCredentials will expire at {}\nTo use these \
             credentials, specify --profile {target} when running AWS CLI commands\n",
            if found { member("Expiration").to_owned() } else { plain(member("Expiration")) }
        ));
        Ok(())
    }
}
