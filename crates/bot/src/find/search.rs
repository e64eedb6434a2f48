//! Looks for things: asks AWS wherever the caller may, reads the index, and holds what the index says against AWS.
//!
//! Invariants: every question is authorised for its caller and place by the rules of the moment; from the index comes only
//! what the caller could have listed; whatever did not answer is named.

use std::collections::HashMap;
use std::future::Future;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use futures_util::future::join_all;
use store::UnixMillis;
use store::index::{Found as InIndex, Index, Place, Scope as IndexScope, Term};
use tokio::sync::watch;

use super::answer::Ages;
use super::kinds::{self, By, Kind};
use super::plan::{Ask, Plan, Things};
use super::thing::{self, Thing};
use super::{key, record};
use crate::command::AwsCommand;
use crate::reach::fault::ScopeFault;
use crate::reach::scope::{Accounts, Places, Regions, Scope, Selection};
use crate::reach::survey::Survey;
use crate::reach::{DEADLINE, NoRead, Reach};

/// The most hits that are gathered.
pub(super) const MOST: usize = 500;
/// How many entries of the index are looked at and held against AWS.
const FROM_INDEX: usize = 20;
/// How long what was found may be held against AWS, and followed to what it leads to.
const BESIDES: Duration = Duration::from_secs(5);
/// How many hits are followed to what they lead to.
const FOLLOWED: usize = 20;

/// A thing, and where it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Hit {
    pub(crate) scope: Scope,
    pub(crate) thing: Thing,
    pub(crate) seen: Seen,
}

/// How it is known.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Seen {
    /// AWS said so just now.
    Now,
    /// The index had it, as of then; AWS was not asked, or did not answer.
    Then(UnixMillis),
    /// The index had it, and it is gone.
    Gone(UnixMillis),
}

/// What was found so far; others may look at it meanwhile.
#[derive(Debug, Default)]
pub(crate) struct Hits {
    hits: Mutex<Vec<Hit>>,
    best: watch::Sender<Best>,
}

/// The best that hits are so far.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord)]
enum Best {
    #[default]
    None,
    /// The index has something.
    Indexed,
    /// AWS vouches for one.
    Sure,
}

impl Hit {
    /// Whether that is the same thing. Images and snapshots are seen by every account that they are shared with.
    fn is_same(&self, scope: &Scope, thing: &Thing) -> bool {
        let shared = matches!(thing.kind.as_str(), "image" | "snapshot");
        self.thing.id == thing.id
            && self.thing.kind == thing.kind
            && self.scope.region == scope.region
            && (shared || self.scope.account == scope.account)
    }
}

impl Hits {
    pub(super) fn add(&self, scope: &Scope, things: Vec<Thing>, seen: Seen) {
        let mut hits = self.hits.lock().unwrap_or_else(PoisonError::into_inner);
        for thing in things {
            match hits.iter().position(|hit| hit.is_same(scope, &thing)) {
                Some(at) if hits[at].seen == Seen::Now || seen != Seen::Now => {}
                Some(at) => hits[at] = Hit { scope: scope.clone(), thing, seen },
                None if hits.len() < MOST => hits.push(Hit { scope: scope.clone(), thing, seen }),
                None => {}
            }
        }
        let best =
            hits.iter().map(|hit| if hit.seen == Seen::Now { Best::Sure } else { Best::Indexed }).max();
        self.best.send_if_modified(|known| {
            let better = best.filter(|best| best > known);
            *known = better.unwrap_or(*known);
            better.is_some()
        });
    }

    /// Waits for the first hit.
    pub(super) async fn first(&self) {
        self.at_least(Best::Indexed).await;
    }

    async fn at_least(&self, wanted: Best) {
        // The sender lives as long as this, so the only end is what is waited for.
        let _ = self.best.subscribe().wait_for(|best| *best >= wanted).await;
    }

    pub(crate) fn so_far(&self) -> Vec<Hit> {
        self.hits.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

/// What a search came to.
#[derive(Debug, Default)]
pub(crate) struct Outcome {
    pub(crate) survey: Survey,
    pub(crate) notes: Vec<String>,
    /// How old the index is, if it was looked at.
    pub(crate) ages: Option<Ages>,
    /// How many places were not waited for.
    pub(crate) left: usize,
}

/// Carries out a plan; what is found goes to `hits`.
///
/// # Errors
/// A question that AWS does not know: a fault of the plan.
pub(crate) async fn search(
    reach: &Reach<'_>,
    plan: &Plan,
    selection: &Selection,
    hits: &Hits,
) -> Result<Outcome, NoRead> {
    let selection = narrowed(plan, selection);
    let mut outcome = Outcome { notes: plan.notes.clone(), ..Outcome::default() };
    let index = reach.inner.index.as_deref().filter(|_| !plan.index.is_empty());
    let looking = async {
        match index {
            Some(index) => Some(from_index(reach, index, plan, &selection, hits).await),
            None => None,
        }
    };
    let (asked, looked) = tokio::join!(everywhere(reach, plan, &selection, hits), looking);
    let (survey, left) = asked?;
    outcome.survey = survey;
    outcome.left = left;
    if let Some((ages, more)) = looked {
        outcome.ages = Some(ages);
        if more {
            outcome.notes.push("The index has more that fits: type more of the name.".to_owned());
        }
    }
    match within(reach, BESIDES, follow(reach, hits)).await {
        Some(followed) => followed?,
        None => outcome.notes.push("What these lead to did not answer in time.".to_owned()),
    }
    Ok(outcome)
}

/// What a future comes to, if that is soon enough.
pub(super) async fn within<T>(
    reach: &Reach<'_>,
    limit: Duration,
    future: impl Future<Output = T>,
) -> Option<T> {
    tokio::select! {
        done = future => Some(done),
        () = reach.inner.clock.pause(limit) => None,
    }
}

/// Where the plan lets the thing be, within what was asked for. Without words about it, that is everywhere.
fn narrowed(plan: &Plan, selection: &Selection) -> Selection {
    let accounts = match (&plan.account, &selection.accounts) {
        (Some(id), Accounts::First) => Accounts::Named(vec![id.clone()]),
        (_, Accounts::First) => Accounts::All,
        (_, asked) => asked.clone(),
    };
    let regions = match (&plan.region, &selection.regions) {
        (Some(region), Regions::First) => Regions::Named(vec![region.clone()]),
        (_, Regions::First) if plan.once => Regions::First,
        (_, Regions::First) => Regions::All,
        (_, asked) => asked.clone(),
    };
    Selection { accounts, regions }
}

/// Asks all questions in all places at once.
async fn everywhere<'a>(
    reach: &Reach<'a>,
    plan: &Plan,
    selection: &Selection,
    hits: &Hits,
) -> Result<(Survey, usize), NoRead> {
    let mut commands = Vec::new();
    let mut merged = Places::default();
    let mut asked: HashMap<Scope, Vec<usize>> = HashMap::new();
    for (number, ask) in plan.asks.iter().enumerate() {
        let command = reach.reading(&words(ask))?;
        let places = reach.places(&command, selection).await;
        commands.push(command);
        for scope in places.open {
            // Each account's first region is asked first: what is looked for mostly is there.
            if !asked.contains_key(&scope) {
                merged.open.push(scope.clone());
            }
            asked.entry(scope).or_default().push(number);
        }
        let known = std::mem::take(&mut merged.closed);
        merged.closed = known.into_iter().chain(places.closed).collect();
        merged.closed.dedup();
        merged.switched_off = merged.switched_off.max(places.switched_off);
    }
    merged.closed.retain(|(name, _)| !asked.keys().any(|scope| scope.account == *name));
    let ask = |there: Reach<'a>, scope: Scope| {
        let (asked, commands) = (&asked, &commands);
        async move {
            let numbers = asked.get(&scope).map(Vec::as_slice).unwrap_or_default();
            let asking = numbers
                .iter()
                .map(|number| one(&there, &plan.asks[*number], &commands[*number], &scope, hits));
            join_all(asking).await.into_iter().collect::<Result<Vec<()>, ScopeFault>>()
        }
    };
    let answered = AtomicUsize::new(0);
    let count = |_: &Scope, _: Vec<()>| {
        answered.fetch_add(1, Ordering::Relaxed);
    };
    let asking = reach.spread(&merged, DEADLINE, ask, count);
    if !plan.unique {
        return Ok((asking.await, 0));
    }
    tokio::select! {
        biased;
        survey = asking => Ok((survey, 0)),
        () = hits.at_least(Best::Sure) => {
            let survey = Survey { asked: 1, answered: 1, ..Survey::default() };
            // The one that has it may not be counted yet.
            let answered = answered.load(Ordering::Relaxed).max(1);
            Ok((survey, merged.open.len().saturating_sub(answered)))
        }
    }
}

/// Whether that is how AWS says that there is no such thing.
fn is_not_there(fault: &ScopeFault) -> bool {
    let ScopeFault::Refused { code, message, .. } = fault else { return false };
    let signs = ["NotFound", "NoSuch", "NonExistent", "Malformed", "DoesNotExist"];
    signs.iter().any(|sign| code.contains(sign))
        || code == "ValidationError" && message.contains("does not exist")
}

fn words(ask: &Ask) -> Vec<String> {
    match ask {
        Ask::Things(things) => things.words.clone(),
        Ask::Record(_) => record::ZONES.split(' ').map(str::to_owned).collect(),
        Ask::Key(key) => key::words(key),
    }
}

/// Asks one question in one place.
async fn one(
    reach: &Reach<'_>,
    ask: &Ask,
    command: &AwsCommand,
    scope: &Scope,
    hits: &Hits,
) -> Result<(), ScopeFault> {
    let answer = match reach.read(command, scope).await {
        Err(fault) if is_not_there(&fault) => return Ok(()),
        answer => answer?,
    };
    match ask {
        Ask::Things(Things { kind, listing, keep, .. }) => {
            let things = if *listing { thing::listed(kind, &answer) } else { thing::asked(kind, &answer) };
            let fits = |thing: &Thing| {
                let entry = thing.entry();
                keep.iter().all(|term| term.fits(&entry))
            };
            hits.add(scope, things.into_iter().filter(fits).collect(), Seen::Now);
        }
        Ask::Record(host) => {
            let records = record::find(reach, scope, host, &answer).await?;
            hits.add(scope, records, Seen::Now);
        }
        Ask::Key(key) => hits.add(scope, key::owner(reach, scope, key, &answer).await, Seen::Now),
    }
    Ok(())
}

/// What the caller may list, decided once for each scope of the index that something was found in.
struct Allowed<'a> {
    reach: &'a Reach<'a>,
    selection: &'a Selection,
    commands: HashMap<&'static str, Option<AwsCommand>>,
    scopes: HashMap<IndexScope, Option<Scope>>,
}

impl Allowed<'_> {
    fn scope(&mut self, scope: &IndexScope) -> Option<Scope> {
        if let Some(known) = self.scopes.get(scope) {
            return known.clone();
        }
        let decided = self.decide(scope);
        self.scopes.insert(scope.clone(), decided.clone());
        decided
    }

    fn decide(&mut self, scope: &IndexScope) -> Option<Scope> {
        let kind = kinds::named(&scope.kind)?;
        let reach = self.reach;
        let command = self.commands.entry(kind.name).or_insert_with(|| reach.reading(&kind.listing()).ok());
        let command = command.as_ref()?;
        let accounts = reach.present.rules.policy.accounts();
        let theirs = accounts.iter().filter(|account| account.id() == Some(&scope.account));
        let asked = theirs.filter(|account| self.selection.holds(account, &scope.region));
        let permits =
            asked.filter_map(|account| reach.decide(command, Some(&account.name), Some(&scope.region)).ok());
        permits.map(|permit| Scope { account: permit.account, region: permit.region }).next()
    }
}

/// Takes what the index has, then asks AWS whether it is still so.
async fn from_index(
    reach: &Reach<'_>,
    index: &dyn Index,
    plan: &Plan,
    selection: &Selection,
    hits: &Hits,
) -> (Ages, bool) {
    let mut allowed = Allowed { reach, selection, commands: HashMap::new(), scopes: HashMap::new() };
    let InIndex { places, more } =
        index.search(&plan.index, FROM_INDEX, &mut |scope| allowed.scope(scope).is_some());
    let ages = Ages::of(&index.listed(), index.is_loading());
    let entries = reach.inner.note(index.entries(places.clone()).await).unwrap_or_default();
    let mut kept = Vec::new();
    for (place, entry) in places.into_iter().zip(entries) {
        let Some(entry) = entry.filter(|entry| plan.index.iter().all(|term: &Term| term.fits(entry))) else {
            continue;
        };
        if let (Some(thing), Some(scope)) = (Thing::kept(&entry), allowed.scope(&place.scope)) {
            hits.add(&scope, vec![thing.clone()], Seen::Then(place.at));
            kept.push((place, scope, thing));
        }
    }
    let verifying = kept.iter().map(|(place, scope, thing)| verify(reach, place, scope, thing, hits));
    // What does not answer in time stays as old as it is, and says so.
    within(reach, BESIDES, join_all(verifying)).await;
    (ages, more)
}

/// Asks AWS for a thing of the index.
async fn verify(reach: &Reach<'_>, place: &Place, scope: &Scope, thing: &Thing, hits: &Hits) {
    let Some(kind) = kinds::named(&thing.kind).filter(|kind| kind.by != By::All) else { return };
    match ask_for(reach, kind, scope, &thing.id).await {
        Ok(things) if things.is_empty() => {
            let mut hits = hits.hits.lock().unwrap_or_else(PoisonError::into_inner);
            let same = hits.iter_mut().find(|hit| hit.thing == *thing && hit.seen != Seen::Now);
            same.into_iter().for_each(|hit| hit.seen = Seen::Gone(place.at));
        }
        Ok(things) => hits.add(scope, things, Seen::Now),
        Err(_) => {}
    }
}

/// A thing by its id, in one place; nothing if it is not there.
pub(super) async fn ask_for(
    reach: &Reach<'_>,
    kind: &Kind,
    scope: &Scope,
    id: &str,
) -> Result<Vec<Thing>, ScopeFault> {
    let command = reach.reading(&kind.asking(id)).map_err(|fault| ScopeFault::Failed(fault.to_string()))?;
    match reach.read(&command, scope).await {
        Ok(answer) => Ok(thing::asked(kind, &answer)),
        Err(fault) if is_not_there(&fault) => Ok(Vec::new()),
        Err(fault) => Err(fault),
    }
}

/// Finds what hits lead to: the instance behind an address, the thing behind a tagged ARN, what a record points at.
async fn follow(reach: &Reach<'_>, hits: &Hits) -> Result<(), NoRead> {
    let found = hits.so_far();
    let followed = found.iter().take(FOLLOWED).map(|hit| async move {
        match hit.thing.kind.as_str() {
            "network-interface" | "elastic-ip" => {
                let Some(id) = hit.thing.attached.iter().find(|id| id.starts_with("i-")) else { return };
                if let (Some(kind), false) = (kinds::named("instance"), has(hits, id)) {
                    let things = ask_for(reach, kind, &hit.scope, id).await.unwrap_or_default();
                    hits.add(&hit.scope, things, Seen::Now);
                }
            }
            "resource" => behind_arn(reach, hit, hits).await,
            _ => {}
        }
    });
    join_all(followed).await;
    record::follow(reach, hits).await
}

fn has(hits: &Hits, id: &str) -> bool {
    hits.hits.lock().unwrap_or_else(PoisonError::into_inner).iter().any(|hit| hit.thing.id == id)
}

/// Replaces a tagged ARN by the thing itself, where its kind is known.
async fn behind_arn(reach: &Reach<'_>, hit: &Hit, hits: &Hits) {
    let words = [hit.thing.arn.clone()];
    let Ok(query @ super::query::Query::Arn(_)) = super::query::read(&words) else { return };
    let plan = super::plan::of(&query);
    let Some(Ask::Things(things)) = plan.asks.first().filter(|ask| !is_resource(ask)) else { return };
    let Ok(command) = reach.reading(&things.words) else { return };
    let Ok(answer) = reach.read(&command, &hit.scope).await else { return };
    let kind = things.kind;
    let found = if things.listing { thing::listed(kind, &answer) } else { thing::asked(kind, &answer) };
    let fits = |thing: &Thing| things.keep.iter().all(|term| term.fits(&thing.entry()));
    let Some(mut thing) = found.into_iter().find(fits) else { return };
    if thing.tags.is_empty() {
        thing.tags.clone_from(&hit.thing.tags);
    }
    let mut all = hits.hits.lock().unwrap_or_else(PoisonError::into_inner);
    let known = all.iter().any(|other| other.thing.id == thing.id && other.thing.kind == thing.kind);
    match all.iter().position(|other| other.thing == hit.thing) {
        Some(at) if known => drop(all.remove(at)),
        Some(at) => all[at].thing = thing,
        None => {}
    }
}

fn is_resource(ask: &Ask) -> bool {
    matches!(ask, Ask::Things(things) if things.kind.name == "resource")
}
