//! Asks the same in many places at a time: bounded in all and for each account, slower where AWS throttles, and never
//! longer than it may take. What answered is handed out as it comes; what did not is named.
//!
//! Once most places have answered, one that says nothing for much longer than they took is given up. Whatever AWS says
//! counts as a sign of life there: a further page, or that it is asked too often.

use std::collections::{HashMap, VecDeque};
use std::future::Future;
use std::sync::Arc;
use std::time::{Duration, Instant};

use aws_call::RequestIds;
use futures_util::StreamExt as _;
use futures_util::future::{AbortHandle, abortable};
use futures_util::stream::FuturesUnordered;

use crate::clock::BotClock;
use crate::reach::fault::ScopeFault;
use crate::reach::gate::Gate;
use crate::reach::scope::{Places, Scope};
use crate::reach::survey::Survey;

/// How long all places together may take, unless a line says otherwise.
pub(crate) const DEADLINE: Duration = Duration::from_secs(20);
/// The least time that a place may be silent once most others have answered.
const LEAST: Duration = Duration::from_secs(2);
/// A place is late when it is silent for so many times as long as half of the others took.
const STRAGGLES: u32 = 20;
/// How often a place that throttles is asked again.
const AGAIN: u32 = 3;
/// How long it is left alone first; twice as long each time.
const REST: Duration = Duration::from_millis(200);

/// One place that is to be asked.
struct Turn {
    scope: Scope,
    tried: u32,
    /// Why it has no answer yet.
    fault: ScopeFault,
}

/// One place that is being asked.
struct Asked {
    scope: Scope,
    begun: Duration,
    /// When it last gave a sign of life, as far as that was looked at.
    alive: Duration,
    /// How many exchanges there were by then.
    counted: u64,
    exchanges: Arc<RequestIds>,
    end: AbortHandle,
}

/// Asks in every open place by `ask`, and hands each answer to `take`. `ask` notes its exchanges in what it is given, which
/// is a part of `whole`.
pub(crate) async fn spread<T, F>(
    clock: &BotClock,
    whole: &Arc<RequestIds>,
    places: &Places,
    deadline: Duration,
    ask: impl Fn(Arc<RequestIds>, Scope) -> F,
    mut take: impl FnMut(&Scope, T),
) -> Survey
where
    F: Future<Output = Result<T, ScopeFault>>,
{
    let mut course = Course::of(clock, places);
    let mut under_way = FuturesUnordered::new();
    loop {
        for turn in startable(&mut course.waiting, &mut course.gate) {
            let rest = resting(turn.tried);
            let exchanges = Arc::new(RequestIds::part_of(Arc::clone(whole)));
            let (answer, end) = abortable(ask(Arc::clone(&exchanges), turn.scope.clone()));
            course.begin(&turn.scope, rest, exchanges, end);
            under_way.push(async move {
                clock.pause(rest).await;
                (turn, answer.await.unwrap_or(Err(ScopeFault::Late)))
            });
        }
        let left = deadline.saturating_sub(course.since());
        let look = course.next_look().filter(|wait| *wait < left);
        let ended = tokio::select! {
            biased;
            ended = under_way.next() => ended,
            () = clock.pause(look.unwrap_or(left)) => match look {
                Some(_) => {
                    course.give_up_the_stillest();
                    continue;
                }
                None => None,
            },
        };
        let Some((turn, answer)) = ended else { break };
        let scope = turn.scope.clone();
        if let Some(answer) = course.end(turn, answer) {
            take(&scope, answer);
        }
    }
    drop(under_way);
    course.survey()
}

/// How far it has come.
struct Course<'a> {
    clock: &'a BotClock,
    started: Instant,
    survey: Survey,
    waiting: VecDeque<Turn>,
    gate: Gate,
    asking: Vec<Asked>,
    /// How long those took that came to an end.
    times: Vec<Duration>,
}

impl Course<'_> {
    fn of<'a>(clock: &'a BotClock, places: &Places) -> Course<'a> {
        let turn = |scope| Turn { scope, tried: 0, fault: ScopeFault::Late };
        Course {
            clock,
            started: clock.0.instant(),
            survey: Survey::of(places),
            waiting: in_turns(&places.open).map(turn).collect(),
            gate: Gate::default(),
            asking: Vec::new(),
            times: Vec::with_capacity(places.open.len()),
        }
    }

    fn since(&self) -> Duration {
        self.clock.0.instant().saturating_duration_since(self.started)
    }

    /// A place is asked after a rest.
    fn begin(&mut self, scope: &Scope, rest: Duration, exchanges: Arc<RequestIds>, end: AbortHandle) {
        let begun = self.since() + rest;
        self.asking.push(Asked { scope: scope.clone(), begun, alive: begun, counted: 0, exchanges, end });
    }

    /// After which time somebody has been silent for too long, if nothing happens; nothing while too few have answered.
    fn next_look(&mut self) -> Option<Duration> {
        let patience = patience(&mut self.times, self.survey.asked)?;
        let now = self.since();
        let silent = |asked: &mut Asked| asked.alive_at(now) + patience;
        let first = self.asking.iter_mut().map(silent).min()?;
        Some(first.saturating_sub(now))
    }

    /// Ends whoever has been silent the longest, unless there was a sign of life since.
    fn give_up_the_stillest(&mut self) {
        let now = self.since();
        let Some(stillest) = self.asking.iter_mut().min_by_key(|asked| asked.alive) else { return };
        let before = stillest.alive;
        if stillest.alive_at(now) == before {
            stillest.end.abort();
        }
    }

    /// Notes how a place's turn ended. What is to be tried again waits; an answer is given back.
    fn end<T>(&mut self, turn: Turn, answer: Result<T, ScopeFault>) -> Option<T> {
        let at = self.asking.iter().position(|asked| asked.scope == turn.scope)?;
        let asked = self.asking.swap_remove(at);
        let refused = answer.as_ref().is_err_and(ScopeFault::is_throttling);
        self.gate.leave(&turn.scope.account, refused || asked.exchanges.throttled() > 0);
        match answer {
            Err(fault) if refused && turn.tried < AGAIN => {
                self.waiting.push_back(Turn { tried: turn.tried + 1, fault, ..turn });
                None
            }
            answer => {
                self.times.push(self.since().saturating_sub(asked.begun));
                match answer {
                    Ok(answer) => {
                        self.survey.answered += 1;
                        Some(answer)
                    }
                    Err(fault) => {
                        self.survey.failed.push((turn.scope, fault));
                        None
                    }
                }
            }
        }
    }

    /// What became of it all, time being over for whoever has not answered.
    fn survey(self) -> Survey {
        let mut survey = self.survey;
        survey.failed.extend(self.asking.into_iter().map(|asked| (asked.scope, ScopeFault::Late)));
        survey.failed.extend(self.waiting.into_iter().map(|turn| (turn.scope, turn.fault)));
        survey.failed.sort_by(|(one, _), (other, _)| one.cmp(other));
        survey
    }
}

impl Asked {
    /// When it last gave a sign of life, as far as can be told now.
    fn alive_at(&mut self, now: Duration) -> Duration {
        let count = self.exchanges.count();
        if count > self.counted {
            (self.counted, self.alive) = (count, now);
        }
        self.alive
    }
}

/// One place of each account in turn, so that no account has to wait for another's many regions.
fn in_turns(open: &[Scope]) -> impl Iterator<Item = Scope> {
    let mut counts: HashMap<&str, usize> = HashMap::new();
    let mut numbered: Vec<(usize, &Scope)> = Vec::with_capacity(open.len());
    for scope in open {
        let number = counts.entry(&scope.account).or_default();
        numbered.push((*number, scope));
        *number += 1;
    }
    numbered.sort_by_key(|(number, _)| *number);
    numbered.into_iter().map(|(_, scope)| scope.clone())
}

/// Those whose turn it is and for whom there is room.
fn startable(waiting: &mut VecDeque<Turn>, gate: &mut Gate) -> Vec<Turn> {
    let mut starting = Vec::new();
    for _ in 0..waiting.len() {
        if gate.is_full() {
            break;
        }
        let Some(turn) = waiting.pop_front() else { break };
        if gate.enter(&turn.scope.account) {
            starting.push(turn);
        } else {
            waiting.push_back(turn);
        }
    }
    starting
}

fn resting(tried: u32) -> Duration {
    if tried == 0 { Duration::ZERO } else { REST.saturating_mul(1 << (tried - 1).min(5)) }
}

/// How long a further answer is awaited, once most have come.
fn patience(times: &mut [Duration], asked: usize) -> Option<Duration> {
    if times.len() * 10 < asked * 8 || times.is_empty() {
        return None;
    }
    let middle = times.len() / 2;
    let (_, median, _) = times.select_nth_unstable(middle);
    Some(median.saturating_mul(STRAGGLES).max(LEAST))
}

#[cfg(test)]
mod tests {
    #![expect(clippy::expect_used, reason = "a test stops at the first surprise")]

    use std::pin::Pin;
    use std::sync::Mutex;
    use std::task::{Context, Poll};

    use testkit::SetClock;

    use super::*;

    type Answer = Pin<Box<dyn Future<Output = Result<u32, ScopeFault>>>>;

    fn throttled() -> ScopeFault {
        let (code, message, role) = ("RequestLimitExceeded", "slower", "r");
        ScopeFault::Refused { code: code.to_owned(), message: message.to_owned(), role: role.to_owned() }
    }

    /// Asks ten accounts; what came of it, and how long it took.
    async fn asked(ask: impl Fn(&BotClock, Arc<RequestIds>, &str) -> Answer) -> (Survey, Duration) {
        let clock = BotClock(Arc::new(SetClock::at(jiff::Timestamp::UNIX_EPOCH)));
        let begun = clock.0.instant();
        let scope = |number| Scope { account: format!("a{number}"), region: "eu".to_owned() };
        let places = Places { open: (0..10).map(scope).collect(), ..Places::default() };
        let asking = |exchanges, scope: Scope| ask(&clock, exchanges, &scope.account);
        let survey = spread(&clock, &Arc::default(), &places, DEADLINE, asking, |_, _| {}).await;
        (survey, clock.0.instant() - begun)
    }

    #[tokio::test]
    async fn a_silent_place_is_given_up_and_a_throttled_one_is_not() {
        let times = Mutex::new(0);
        let (survey, took) = asked(|_, _, account| match account {
            "a3" => Box::pin(std::future::pending()),
            "a4" => {
                let mut times = times.lock().expect("times");
                *times += 1;
                let answer = if *times <= AGAIN { Err(throttled()) } else { Ok(4) };
                Box::pin(async move { answer })
            }
            _ => Box::pin(async { Ok(0) }),
        })
        .await;
        assert_eq!(survey.sentences(), ["9 of 10 scopes answered; a3/eu did not answer in time."]);
        assert_eq!(took, LEAST);
    }

    #[tokio::test]
    async fn whoever_is_throttled_to_the_end_is_not_called_silent() {
        let (survey, _) = asked(|_, _, account| match account {
            "a4" => Box::pin(async { Err(throttled()) }),
            _ => Box::pin(async { Ok(0) }),
        })
        .await;
        assert_eq!(survey.sentences(), ["9 of 10 scopes answered; a4/eu RequestLimitExceeded (role r)."]);
    }

    #[tokio::test]
    async fn a_place_that_gives_signs_of_life_is_waited_for() {
        let (survey, took) = asked(|_, exchanges, account| match account {
            "a3" => {
                let mut pages = 0;
                let page = move |context: &mut Context<'_>| {
                    pages += 1;
                    exchanges.note("page");
                    context.waker().wake_by_ref();
                    if pages == 5 { Poll::Ready(Ok(3)) } else { Poll::Pending }
                };
                Box::pin(std::future::poll_fn(page))
            }
            _ => Box::pin(async { Ok(0) }),
        })
        .await;
        assert_eq!(survey.answered, 10);
        assert!(took > LEAST, "{took:?}");
    }

    #[test]
    fn accounts_take_turns() {
        let scope =
            |account: &str, region: &str| Scope { account: account.to_owned(), region: region.to_owned() };
        let open = [scope("a", "1"), scope("a", "2"), scope("b", "1"), scope("b", "2"), scope("a", "3")];
        let turns: Vec<String> = in_turns(&open).map(|scope| scope.to_string()).collect();
        assert_eq!(turns, ["a/1", "b/1", "a/2", "b/2", "a/3"]);
    }

    #[test]
    fn stragglers_are_waited_for_as_long_as_others_took() {
        let millis = Duration::from_millis;
        assert_eq!(patience(&mut [millis(50); 7], 10), None, "too few have answered");
        assert_eq!(patience(&mut [millis(50); 8], 10), Some(LEAST));
        assert_eq!(patience(&mut [millis(500); 8], 10), Some(Duration::from_secs(10)));
        assert_eq!(patience(&mut [], 0), None);
    }

    #[test]
    fn rests_grow() {
        let rests: Vec<u128> = (0..4).map(|tried| resting(tried).as_millis()).collect();
        assert_eq!(rests, [0, 200, 400, 800]);
    }
}
