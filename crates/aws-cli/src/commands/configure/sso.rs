//! `configure sso` and `configure sso-session`: asks for what a session of IAM Identity Center is, and writes it.
//!
//! Accounts and roles are chosen by their number in a list.

use aws_call::BoxFuture;
use aws_call::credentials::config::{Section, SharedConfig};
use value::{Map, Value};

use super::writer::Change;
use super::{config_path, profile, shared, write};
use crate::commands::line::{Line, step};
use crate::commands::options::Spec;
use crate::commands::prompt::Answers;
use crate::commands::sso::login::{self, MANNER};
use crate::commands::sso::{self, Manner, Session};
use crate::commands::task::{Fault, Runs, World};
use crate::commands::tree;
use crate::{Parsed, UsageError};

const USUAL_SCOPE: &str = "sso:account:access";

static SSO: Spec = Spec {
    about: "Asks for a session of IAM Identity Center, logs in, asks for account and role, and writes a profile.",
    words: &[],
    options: &[MANNER],
};

static SESSION: Spec = Spec {
    about: "Asks for a session of IAM Identity Center and writes it into the config file.",
    words: &[],
    options: &[],
};

#[derive(Debug)]
struct ConfigureSso(Manner);

#[derive(Debug)]
struct ConfigureSession;

/// Reads the words of `configure sso`.
pub(crate) fn start(line: &Line<'_>) -> Result<Parsed, UsageError> {
    let given = match line.read(&SSO)? {
        Ok(given) => given,
        Err(page) => return Ok(page),
    };
    let mut steps = login::steps();
    steps.push(step("sso", "ListAccounts", Map::new()));
    steps.push(step("sso", "ListAccountRoles", Map::new()));
    line.invocation(ConfigureSso(login::manner(&given)), steps)
}

/// Reads the words of `configure sso-session`.
pub(crate) fn session(line: &Line<'_>) -> Result<Parsed, UsageError> {
    if let Err(page) = line.read(&SESSION)? {
        return Ok(page);
    }
    line.invocation(ConfigureSession, super::no_call())
}

/// What is asked for, with what is there already.
struct Questions<'a> {
    answers: Answers,
    shared: &'a SharedConfig,
}

impl Questions<'_> {
    /// Asks with a usual answer in brackets.
    fn with_usual(
        &mut self,
        world: &mut World<'_>,
        what: &str,
        usual: Option<&str>,
    ) -> Result<String, Fault> {
        loop {
            let answer = self.answers.ask(world, &format!("{what} [{}]: ", usual.unwrap_or("None")))?;
            match (answer.is_empty(), usual) {
                (false, _) => return Ok(answer),
                (true, Some(usual)) => return Ok(usual.to_owned()),
                (true, None) => world.say("A value is required\n"),
            }
        }
    }

    /// The same where no answer is one, too.
    fn optional(
        &mut self,
        world: &mut World<'_>,
        what: &str,
        usual: Option<&str>,
    ) -> Result<Option<String>, Fault> {
        let answer = self.answers.ask(world, &format!("{what} [{}]: ", usual.unwrap_or("None")))?;
        Ok(if answer.is_empty() { usual.map(str::to_owned) } else { Some(answer) })
    }

    fn start_url_and_region(
        &mut self,
        world: &mut World<'_>,
        known: &Section,
    ) -> Result<(String, String), Fault> {
        let url = self.with_usual(world, "SSO start URL", known.get("sso_start_url"))?;
        let region = self.with_usual(world, "SSO region", known.get("sso_region"))?;
        Ok((url, region))
    }

    fn scopes(&mut self, world: &mut World<'_>, known: &Section) -> Result<String, Fault> {
        let usual = known.get("sso_registration_scopes").unwrap_or(USUAL_SCOPE);
        self.with_usual(world, "SSO registration scopes", Some(usual))
    }

    /// Asks for one of several by its number.
    fn choose(&mut self, world: &mut World<'_>, shown: &[String]) -> Result<usize, Fault> {
        let list: String = (1..).zip(shown).map(|(number, one)| format!("{number:>4}  {one}\n")).collect();
        world.say(&list);
        loop {
            let answer = self.answers.ask(world, &format!("Number (1-{}): ", shown.len()))?;
            match answer.trim().parse::<usize>() {
                Ok(number) if (1..=shown.len()).contains(&number) => return Ok(number - 1),
                _ => world.say("There is no such number\n"),
            }
        }
    }
}

fn put(world: &World<'_>, section: &str, settings: &[(&str, String)]) -> Result<(), Fault> {
    let changes: Vec<Change<'_>> =
        settings.iter().map(|(name, value)| Change { section, name, inner: None, value }).collect();
    write(world.env, &config_path(world.env), &changes)
}

fn titled(kind: &str, name: &str) -> String {
    if name.contains([' ', '\t']) { format!("{kind} '{name}'") } else { format!("{kind} {name}") }
}

impl Runs for ConfigureSession {
    fn run<'a>(&'a self, world: &'a mut World<'_>) -> BoxFuture<'a, Result<u8, Fault>> {
        Box::pin(async move {
            let shared = shared(world.env)?;
            let mut questions = Questions { answers: Answers::open(world)?, shared: &shared };
            let name = loop {
                let name = questions.answers.ask(world, "SSO session name: ")?;
                if !name.is_empty() {
                    break name;
                }
                world.say("A value is required\n");
            };
            let known = questions.shared.sso_sessions.get(&name).cloned().unwrap_or_default();
            let (url, region) = questions.start_url_and_region(world, &known)?;
            let scopes = questions.scopes(world, &known)?;
            let settings =
                [("sso_start_url", url), ("sso_region", region), ("sso_registration_scopes", scopes)];
            put(world, &titled("sso-session", &name), &settings)?;
            world.say(&format!(
                "\nCompleted configuring SSO session: {name}\nRun the following to login and refresh access token for \
                 this session:\n\naws sso login --sso-session {name}\n"
            ));
            Ok(0)
        })
    }
}

impl Runs for ConfigureSso {
    fn run<'a>(&'a self, world: &'a mut World<'_>) -> BoxFuture<'a, Result<u8, Fault>> {
        Box::pin(self.work(world))
    }
}

impl ConfigureSso {
    async fn work(&self, world: &mut World<'_>) -> Result<u8, Fault> {
        let shared = shared(world.env)?;
        let current = profile(world);
        let own = shared.profile(current.as_deref().unwrap_or("default"));
        let mut questions = Questions { answers: Answers::open(world)?, shared: &shared };
        let mut settings: Vec<(&str, String)> = Vec::new();
        let (session, new) = ask_for_session(&mut questions, world, &own, &mut settings)?;
        let token = sso::log_in(world, &session, self.0).await?;
        let found = ask_for_role(&mut questions, world, &session, &token).await?;
        if let Some((account, role)) = &found {
            settings.push(("sso_account_id", account.clone()));
            settings.push(("sso_role_name", role.clone()));
        }
        let region = questions.optional(world, "Default client Region", own.get("region"))?;
        settings.extend(region.map(|region| ("region", region)));
        let what = "CLI default output format (json if not specified)";
        let output = questions.optional(world, what, own.get("output"))?;
        settings.extend(output.map(|output| ("output", output)));
        let name = match current {
            Some(name) => name,
            None => {
                let usual = found.as_ref().map(|(account, role)| format!("{role}-{account}"));
                questions.with_usual(world, "Profile name", usual.as_deref())?
            }
        };
        let section = if name == "default" { name.clone() } else { titled("profile", &name) };
        put(world, &section, &settings)?;
        if let (Some(session_name), true) = (&session.name, new) {
            let scopes = session.scopes.clone().unwrap_or_default().join(",");
            let of_session = [
                ("sso_start_url", session.start_url.clone()),
                ("sso_region", session.region.clone()),
                ("sso_registration_scopes", scopes),
            ];
            put(world, &titled("sso-session", session_name), &of_session)?;
        }
        world.say(&match (found, name.to_lowercase().as_str()) {
            (None, _) => format!("Successfully configured SSO for profile: {name}\n"),
            (Some(_), "default") => {
                "The AWS CLI is now configured to use the default profile.\nRun the following \
                                     command to verify your configuration:\n\naws sts get-caller-identity\n"
                    .to_owned()
            }
            (Some(_), _) => format!(
                "To use this profile, specify the profile name using --profile, as shown:\n\naws sts \
                 get-caller-identity --profile {name}\n"
            ),
        });
        Ok(0)
    }
}

/// The session, and whether it is new. What belongs to the profile goes into `settings`.
fn ask_for_session(
    questions: &mut Questions<'_>,
    world: &mut World<'_>,
    own: &Section,
    settings: &mut Vec<(&'static str, String)>,
) -> Result<(Session, bool), Fault> {
    let usual = own.get("sso_session");
    let name = match usual {
        Some(usual) => questions.with_usual(world, "SSO session name", Some(usual))?,
        None => questions.answers.ask(world, "SSO session name (Recommended): ")?,
    };
    if name.is_empty() {
        world.say(
            "WARNING: Configuring using legacy format (e.g. without an SSO session).\nConsider re-running \"configure \
             sso\" command and providing a session name.\n",
        );
        let (start_url, region) = questions.start_url_and_region(world, own)?;
        settings.push(("sso_start_url", start_url.clone()));
        settings.push(("sso_region", region.clone()));
        return Ok((Session { name: None, start_url, region, scopes: None }, false));
    }
    settings.push(("sso_session", name.clone()));
    if questions.shared.sso_sessions.contains_key(&name) {
        return Ok((login::find(questions.shared, "", Some(&name))?, false));
    }
    let (start_url, region) = questions.start_url_and_region(world, own)?;
    let scopes = sso::scopes(&questions.scopes(world, &Section::default())?);
    Ok((Session { name: Some(name), start_url, region, scopes: Some(scopes) }, true))
}

/// The account and the role; `None` if the token does not let them be listed.
async fn ask_for_role(
    questions: &mut Questions<'_>,
    world: &mut World<'_>,
    session: &Session,
    token: &str,
) -> Result<Option<(String, String)>, Fault> {
    let listed =
        sso::listed(&world.calls, session, "ListAccounts", &[("accessToken", token)], "accountList").await;
    let mut accounts = match listed {
        Err(fault) if fault.code() == Some("UnauthorizedException") => {
            world.say(
                "Unable to list AWS accounts and/or roles. Skipping configuring AWS credential provider for profile.\n",
            );
            return Ok(None);
        }
        listed => listed?,
    };
    accounts.sort_by_key(|account| shown_account(account).to_lowercase());
    let index = match accounts.as_slice() {
        [] => return Err(Fault::General("No AWS accounts are available to you.".to_owned())),
        [one] => {
            let id = tree::text(one, &["accountId"]);
            world.say(&format!("The only AWS account available to you is: {id}\n"));
            0
        }
        several => {
            world.say(&format!("There are {} AWS accounts available to you.\n", several.len()));
            let shown: Vec<String> = several.iter().map(shown_account).collect();
            questions.choose(world, &shown)?
        }
    };
    let account = tree::text(&accounts[index], &["accountId"]).to_owned();
    world.say(&format!("Using the account ID {account}\n"));
    let params = [("accountId", account.as_str()), ("accessToken", token)];
    let roles = sso::listed(&world.calls, session, "ListAccountRoles", &params, "roleList").await?;
    let mut names: Vec<String> =
        roles.iter().map(|role| tree::text(role, &["roleName"]).to_owned()).collect();
    names.sort_by_key(|name| name.to_lowercase());
    let index = match names.as_slice() {
        [] => return Err(Fault::General(format!("No roles are available for the account {account}"))),
        [one] => {
            world.say(&format!("The only role available to you is: {one}\n"));
            0
        }
        several => {
            world.say(&format!("There are {} roles available to you.\n", several.len()));
            questions.choose(world, several)?
        }
    };
    let role = names.swap_remove(index);
    world.say(&format!("Using the role name \"{role}\"\n"));
    Ok(Some((account, role)))
}

fn shown_account(account: &Value) -> String {
    let text = |name: &str| account.get(name).and_then(Value::as_text);
    let id = text("accountId").unwrap_or_default();
    match (text("accountName"), text("emailAddress")) {
        (Some(name), Some(address)) => format!("{name}, {address} ({id})"),
        (Some(one), None) | (None, Some(one)) => format!("{one} ({id})"),
        (None, None) => id.to_owned(),
    }
}
