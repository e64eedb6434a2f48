//! `access request`: a grant that must be asked for, asked for.

use policy::Approval;
use render::{Body, Problem, Reply, Status};
use store::Committed;

use crate::asking::ask::{Asking, write_down};
use crate::asking::lasting::{lasting, span};
use crate::asking::pending::{Needed, Subject};
use crate::authorize;
use crate::commands::Asked;
use crate::moment::Present;
use crate::outcome::causes;
use crate::record;
use crate::request::AnswerTo;

/// The longest reason that is kept, in characters.
const REASON: usize = 300;

/// Asks for a grant for a while: `<grant> <duration> <reason>`.
pub(crate) async fn request(asked: &Asked<'_>, words: &[String]) -> Reply {
    let wish = match wish(asked, words).await {
        Ok(wish) => wish,
        Err(problem) => return Reply::problem(asked.facts.clone(), Status::Failed, problem),
    };
    let Wish { grant, seconds, reason, approval } = wish;
    let id = asked.facts.request_id.clone().unwrap_or_default();
    let recorded = record::Facts::new(&id, &asked.request.caller).wished(&grant, seconds, &reason);
    let asking = Asking {
        inner: asked.inner,
        request: asked.request,
        id: &id,
        facts: asked.facts.clone(),
        recorded: recorded.clone(),
        untagged: false,
    };
    let said = format!(
        "{grant} for {}: {} of its approvers have to agree. They are asked now.",
        lasting(seconds),
        approval.count
    );
    let subject = Subject::Elevation { grant, seconds, reason };
    match write_down(&asking, subject, Needed::approval(&approval), recorded).await {
        Ok(Committed::Done(_)) => {
            asked.inner.counters.asked.add();
            Reply { status: Status::Waiting, ..Reply::done(asked.facts.clone(), Body::Text(said)) }
        }
        Ok(_) => {
            let problem = Problem::new("This was asked for a moment ago, by the same request.");
            Reply::problem(asked.facts.clone(), Status::Failed, problem)
        }
        Err(fault) => {
            asked.inner.counters.store_failures.add();
            tracing::error!(
                request_id = id,
                fault = causes(&fault),
                "a request for a grant could not be written down"
            );
            crate::ack::not_written(asked.facts.clone())
        }
    }
}

/// What is asked for, and of whom.
struct Wish {
    grant: String,
    seconds: u64,
    reason: String,
    approval: Approval,
}

async fn wish(asked: &Asked<'_>, words: &[String]) -> Result<Wish, Problem> {
    const USAGE: &str = "Say `access request <grant> 30m \"<reason>\"`; `whoami` lists what you can ask for.";
    if let AnswerTo::Waiting = asked.request.answer {
        return Err(Problem::new("A grant is asked for in Slack, not from a terminal."));
    }
    if asked.inner.web.is_none() {
        let problem = Problem::new("A grant is given by others, and Bellhop has no way to reach them.");
        return Err(problem.next("An operator has to set slack.bot_token."));
    }
    let [grant, duration, reason @ ..] = words else { return Err(Problem::new(USAGE)) };
    let reason: String = reason.join(" ").chars().take(REASON).collect();
    if reason.trim().is_empty() {
        return Err(Problem::new("Those who approve want to know why: add a reason.").next(USAGE));
    }
    let Some(seconds) = span(duration) else {
        return Err(Problem::new(format!("\"{duration}\" is no duration.")).next(USAGE));
    };
    let present = Present::of(asked.inner, &asked.request.caller).await;
    let standing = authorize::standing(present.moment());
    let mut rights = standing.grants.iter().filter(|right| right.title() == grant);
    let Some(wanted) = rights.find_map(policy::Right::request) else {
        let what = format!("There is no grant \"{grant}\" that you could ask for.");
        return Err(Problem::new(what).next(USAGE));
    };
    if seconds > wanted.longest_seconds {
        let what = format!("{grant} is given for {} at most.", lasting(wanted.longest_seconds));
        return Err(Problem::new(what).next("Ask for a shorter time."));
    }
    Ok(Wish { grant: grant.clone(), seconds, reason, approval: wanted.approval.clone() })
}
