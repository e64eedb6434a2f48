//! The same change as a form: one that asks, one that shows what it would give.

use std::time::Duration;

use policy::Account;
use slack::blocks::{
    Block, Choice, ElementFault, Input, Mrkdwn, Options, Select, TextInput, View, ViewAnswer, limits,
};
use slack::web::ViewsOpen;
use slack::{Interaction, OpenView};
use store::UnixMillis;

use super::change;
use super::draft::Draft;
use crate::ack::{Ack, AckBody};
use crate::bot::Inner;
use crate::members;
use crate::request::Caller;

/// The forms.
const ASKS: &str = "access-add";
const SHOWS: &str = "access-confirm";
/// How long opening may take: Slack's trigger is good for three seconds.
const PATIENCE: Duration = Duration::from_millis(2_000);
/// What accounts are chosen with.
const ACCOUNTS: &str = "accounts";

/// Opens the form; why not, if it cannot be opened.
pub(crate) async fn open(inner: &Inner, channel: &str, trigger_id: &str) -> Result<(), String> {
    let Some(web) = &inner.web else { return Err("there is no bot token".to_owned()) };
    let view = asks(inner, channel).map_err(|fault| fault.to_string())?;
    let open = ViewsOpen { trigger_id, view: &view };
    tokio::select! {
        opened = web.ask_within(&open, PATIENCE) => opened.map(|_| ()).map_err(|error| error.to_string()),
        () = inner.clock.pause(PATIENCE) => Err("Slack did not answer in time".to_owned()),
    }
}

fn asks(inner: &Inner, channel: &str) -> Result<View, ElementFault> {
    let rules = inner.rules.get();
    let accounts = rules.policy.accounts();
    // More than a menu takes are looked for by what is typed.
    let accounts = if accounts.len() > limits::SELECT_OPTIONS {
        Select::several_asked_for(ACCOUNTS)?
    } else {
        Select::several(ACCOUNTS, accounts.iter().map(choice).collect::<Result<Vec<_>, _>>()?)?
    };
    let levels = policy::Level::all()
        .map(|level| Choice::new(level.name(), level.name()))
        .collect::<Result<Vec<_>, _>>()?;
    let text = |option: &str, example: &str| {
        Ok::<_, ElementFault>(TextInput::new(option)?.placeholder(example).at_most(1000))
    };
    let mut view =
        View::new(ASKS, "A new grant", "Cancel")?.submit("Look at it").private_metadata(channel)?;
    let inputs = [
        Input::text("Who", text("who", "U0ALICE, S0SRE, C0TEAM, admins or everyone")?)
            .hint("Ids, with commas between"),
        Input::select("Accounts", accounts),
        Input::text("Actions", text("allow", "ec2:Describe*, s3:List*")?),
        Input::select("Levels", Select::boxes("levels", levels)?),
        Input::text("Only in these channels", text("in", "C0OPS, direct")?).optional(),
        Input::text("Until", text("until", "2h, 7d, 2027-01-20")?).optional(),
        Input::text("Needs", text("needs", "write=confirm, destructive=2:S0SRE")?).optional(),
    ];
    for input in inputs {
        view.ask(input).map_err(|_| ElementFault("size"))?;
    }
    Ok(view)
}

fn choice(account: &Account) -> Result<Choice, ElementFault> {
    let choice = Choice::new(&account.name, &account.name)?;
    Ok(match account.id() {
        Some(id) => choice.described(id),
        None => choice,
    })
}

/// The accounts that fit what was typed, by name or id, for whom may make grants; `None` for another form's select.
pub(crate) async fn offer(
    inner: &Inner,
    interaction: &Interaction,
    action_id: &str,
    typed: &str,
) -> Option<Options> {
    if action_id != ACCOUNTS {
        return None;
    }
    let (team, user) = (interaction.tenant(), interaction.user_id.as_str());
    let known = members::known(inner, team, user).await;
    if !members::is_administrator(inner, &known, team, user) {
        return None;
    }
    let typed = typed.trim().to_lowercase();
    let rules = inner.rules.get();
    let fits = |account: &&Account| {
        account.name.to_lowercase().contains(&typed) || account.id().is_some_and(|id| id.starts_with(&typed))
    };
    let accounts = rules.policy.accounts().iter().filter(fits);
    Some(Options::new(accounts.filter_map(|account| choice(account).ok())))
}

/// A form that was sent off; `None` if it is another's.
pub(super) async fn submitted(inner: &Inner, interaction: &Interaction, view: &OpenView) -> Option<Ack> {
    let answer = match view.callback_id.as_deref() {
        Some(ASKS) => asked(inner, interaction, view).await,
        Some(SHOWS) => {
            let id = view.private_metadata.as_str();
            let said = change::settle(inner, interaction, id, true, false).await.unwrap_or_else(|why| why);
            says(&said)
        }
        _ => return None,
    };
    Some(Ack { status: 200, body: AckBody::View(answer) })
}

async fn asked(inner: &Inner, interaction: &Interaction, view: &OpenView) -> ViewAnswer {
    let (team, user) = (interaction.tenant(), interaction.user_id.as_str());
    let known = members::known(inner, team, user).await;
    if !members::is_administrator(inner, &known, team, user) {
        return ViewAnswer::error("who", "Only the workspace's admins may make grants");
    }
    let draft = match entered(view, inner.clock.millis()) {
        Ok(draft) => draft,
        Err((option, what)) => return ViewAnswer::error(option, &what),
    };
    let caller = Caller {
        tenant: team.to_owned(),
        user: user.to_owned(),
        channel: view.private_metadata.clone(),
        spoken_by: None,
    };
    match change::propose_draft(inner, &caller, draft).await {
        Ok((shown, id)) => match shows(&shown, &id) {
            Ok(view) => ViewAnswer::Update(Box::new(view)),
            Err(fault) => ViewAnswer::error("who", &fault.to_string()),
        },
        Err(why) => ViewAnswer::error("who", &why),
    }
}

fn entered(view: &OpenView, now: UnixMillis) -> Result<Draft, (&'static str, String)> {
    let mut draft = Draft::default();
    for option in ["who", ACCOUNTS, "allow", "levels", "in", "until", "needs"] {
        let Some(entered) = view.value(option) else { continue };
        let texts = entered.text.iter().chain(&entered.chosen);
        for text in texts {
            draft.take(option, text, now).map_err(|fault| (fault.option, fault.what))?;
        }
    }
    Ok(draft)
}

fn shows(shown: &[String], id: &str) -> Result<View, ElementFault> {
    let mut view = View::new(SHOWS, "This would give", "Cancel")?.submit("Grant it").private_metadata(id)?;
    for line in shown {
        view.push(Block::section(Mrkdwn::new().code(line))).map_err(|_| ElementFault("size"))?;
    }
    Ok(view)
}

fn says(text: &str) -> ViewAnswer {
    let view = View::new("access-done", "Grants", "Close").and_then(|mut view| {
        view.push(Block::section(Mrkdwn::new().text(text))).map_err(|_| ElementFault("size"))?;
        Ok(view)
    });
    view.map_or(ViewAnswer::Close, |view| ViewAnswer::Update(Box::new(view)))
}
