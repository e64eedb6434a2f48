//! Buttons that stand for a line: pressed, the line is taken in as if whoever pressed it had typed it.
//!
//! A button gives nobody a right: the presser's own rights decide, and what changes things is asked about as ever. It is
//! bound to its workspace, its line and the end of its time by a hash that only this bot makes.

use render::{Body, Button, ButtonLook, Facts, Problem, Reply, Status};
use slack::{Interaction, InteractionKind};
use store::UnixMillis;

use crate::ack::{self, Ack, Admission};
use crate::asking;
use crate::bot::Inner;
use crate::job::Payload;
use crate::outcome::causes;
use crate::request::{AnswerTo, Caller, Request};
use crate::stored;

/// What the button's identifier begins with.
const ACTION: &str = "line";
/// The longest line that a button holds: Slack takes 2,000 characters.
const LONGEST: usize = 1_800;
/// How many digits of the hash stand in it.
const DIGITS: usize = 32;

/// A button for a line, good until then; `None` for a line that is too long for one.
pub(crate) fn button(
    inner: &Inner,
    tenant: &str,
    label: &str,
    line: &str,
    until: UnixMillis,
) -> Option<Button> {
    if line.chars().count() > LONGEST {
        return None;
    }
    let digits = digits(inner, tenant, line, until);
    // Slack wants buttons of one message to differ.
    let action = format!("{ACTION}:{}", digits.get(..8).unwrap_or_default());
    let value = format!("{}.{digits}.{line}", until.0);
    Some(Button { label: label.to_owned(), action, value, look: ButtonLook::Plain })
}

fn digits(inner: &Inner, tenant: &str, line: &str, until: UnixMillis) -> String {
    let hash = inner.seal.hash(&["line button", tenant, &until.0.to_string(), line]);
    hash.iter().take(DIGITS / 2).map(|byte| format!("{byte:02x}")).collect()
}

/// The line of a button's value, and until when it is good.
fn read<'v>(inner: &Inner, tenant: &str, value: &'v str) -> Option<(&'v str, UnixMillis)> {
    let (until, rest) = value.split_once('.')?;
    let (given, line) = rest.split_once('.')?;
    let until = UnixMillis(until.parse().ok()?);
    let expected = digits(inner, tenant, line, until);
    let same = aws_lc_rs::constant_time::verify_slices_are_equal(given.as_bytes(), expected.as_bytes());
    same.is_ok().then_some((line, until))
}

/// Takes a press of such a button; `None` if it is none.
pub(crate) async fn press(inner: &Inner, interaction: &Interaction) -> Option<Ack> {
    let InteractionKind::BlockActions { actions, .. } = &interaction.kind else { return None };
    let action = actions.first().filter(|action| action.entered.action_id.starts_with(ACTION))?;
    let url = interaction.response_url.as_ref().and_then(|url| inner.settings.response_bases.check(url).ok());
    let Some(url) = url else { return Some(Ack::empty()) };
    inner.counters.pressed.add();
    let (tenant, user, at) = (interaction.tenant(), &interaction.user_id, inner.clock.millis());
    let once = action.action_ts.as_deref().unwrap_or_default();
    let key = format!("pressed:{tenant}:{user}:{once}");
    let value = action.entered.text.as_deref().unwrap_or_default();
    let reply = match read(inner, tenant, value) {
        None => unheard("This button is not known here."),
        Some((_, until)) if at >= until => {
            unheard("This button was good for a while only, which is over. Type the line.")
        }
        Some((line, _)) => {
            let request = Request {
                key: key.clone(),
                caller: Caller {
                    tenant: tenant.to_owned(),
                    user: user.clone(),
                    channel: interaction.channel_id.clone().unwrap_or_default(),
                    spoken_by: None,
                },
                line: line.to_owned(),
                at,
                answer: AnswerTo::Slack(url.clone()),
            };
            match ack::admit(inner, &request, false).await {
                Admission::Answered(reply) => reply,
                Admission::Duplicate | Admission::Accepted { .. } => return Some(Ack::empty()),
            }
        }
    };
    tell(inner, tenant, user, &url, &key, &reply).await;
    Some(Ack::empty())
}

fn unheard(why: &str) -> Reply {
    Reply::problem(Facts::default(), Status::Denied, Problem::new(why))
}

/// Tells whoever pressed, by a job, so that a slow Slack holds up no door.
async fn tell(inner: &Inner, tenant: &str, user: &str, url: &slack::ResponseUrl, key: &str, reply: &Reply) {
    if reply.body == Body::Nothing {
        return;
    }
    let at = inner.clock.millis();
    let told = stored::to_bytes(reply).ok().and_then(|bytes| String::from_utf8(bytes).ok());
    let Some(told) = told else { return };
    let payload = Payload::telling(tenant, user, told, url, at);
    match asking::later(inner, &format!("told:{key}"), at, &payload) {
        Ok(job) => {
            inner.note(inner.store.enqueue_once(job, Vec::new()).await);
        }
        Err(fault) => {
            tracing::error!(fault = causes(&fault), "an answer to a press could not be written down")
        }
    }
}
