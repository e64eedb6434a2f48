//! Asks the same in many places at a time: bounded in all and for each account, slower where AWS throttles, and never
//! longer than it may take. What answered is handed out as it comes; what did not is named.

use std::collections::VecDeque;
use std::future::Future;
use std::time::Duration;

use futures_util::StreamExt as _;
use futures_util::stream::FuturesUnordered;

use crate::bot::Inner;
use crate::reach::fault::ScopeFault;
use crate::reach::gate::Gate;
use crate::reach::scope::{Places, Scope};
use crate::reach::survey::Survey;

/// How long all places together may take, unless a line says otherwise.
pub(crate) const DEADLINE: Duration = Duration::from_secs(20);
/// The least time that a place is given once most others have answered.
const LEAST: Duration = Duration::from_secs(2);
/// A place is late when it takes so many times as long as half of the others did.
const STRAGGLES: u32 = 20;
/// How often a place that throttles is asked again.
const AGAIN: u32 = 3;
/// How long it is left alone first; twice as long each time.
const REST: Duration = Duration::from_millis(200);

/// One place that is to be asked.
struct Turn {
    scope: Scope,
    tried: u32,
}

/// Asks in every open place by `ask`, and hands each answer to `take`.
pub(crate) async fn spread<T, F>(
    inner: &Inner,
    places: &Places,
    deadline: Duration,
    ask: impl Fn(Scope) -> F,
    mut take: impl FnMut(&Scope, T),
) -> Survey
where
    F: Future<Output = Result<T, ScopeFault>>,
{
    let mut survey = Survey::of(places);
    let mut waiting: VecDeque<Turn> = in_turns(&places.open).map(|scope| Turn { scope, tried: 0 }).collect();
    let mut gate = Gate::default();
    let started = inner.clock.0.instant();
    let since = || inner.clock.0.instant().saturating_duration_since(started);
    let mut times: Vec<Duration> = Vec::with_capacity(waiting.len());
    let mut under_way = FuturesUnordered::new();
    let mut asking: Vec<(Scope, Duration)> = Vec::new();
    loop {
        for turn in startable(&mut waiting, &mut gate) {
            let answer = ask(turn.scope.clone());
            let rest = resting(turn.tried);
            let begun = since() + rest;
            asking.push((turn.scope.clone(), begun));
            under_way.push(async move {
                inner.clock.pause(rest).await;
                (turn, begun, answer.await)
            });
        }
        let left = deadline.saturating_sub(since());
        let latest = asking.iter().map(|(_, begun)| *begun).max().filter(|_| waiting.is_empty());
        let patience = match (patience(&mut times, survey.asked), latest) {
            // Whoever began last has had its time, and all others had more.
            (Some(patience), Some(latest)) => (latest + patience).saturating_sub(since()).min(left),
            _ => left,
        };
        let ended = tokio::select! {
            biased;
            ended = under_way.next() => ended,
            () = inner.clock.pause(patience) => None,
        };
        let Some((turn, begun, answer)) = ended else { break };
        asking.retain(|(scope, _)| *scope != turn.scope);
        let throttled = answer.as_ref().is_err_and(ScopeFault::is_throttling);
        gate.leave(&turn.scope.account, throttled);
        match answer {
            Ok(answer) => {
                survey.answered += 1;
                times.push(since().saturating_sub(begun));
                take(&turn.scope, answer);
            }
            Err(_) if throttled && turn.tried < AGAIN => {
                waiting.push_back(Turn { tried: turn.tried + 1, ..turn });
            }
            Err(fault) => {
                times.push(since().saturating_sub(begun));
                survey.failed.push((turn.scope, fault));
            }
        }
    }
    drop(under_way);
    let late = asking.into_iter().map(|(scope, _)| scope).chain(waiting.into_iter().map(|turn| turn.scope));
    survey.failed.extend(late.map(|scope| (scope, ScopeFault::Late)));
    survey.failed.sort_by(|(one, _), (other, _)| one.cmp(other));
    survey
}

/// One place of each account in turn, so that no account has to wait for another's many regions.
fn in_turns(open: &[Scope]) -> impl Iterator<Item = Scope> {
    let mut numbered: Vec<(usize, &Scope)> = Vec::with_capacity(open.len());
    let mut number = 0;
    for (index, scope) in open.iter().enumerate() {
        let follows = index.checked_sub(1).is_some_and(|before| open[before].account == scope.account);
        number = if follows { number + 1 } else { 0 };
        numbered.push((number, scope));
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
    use super::*;

    #[test]
    fn accounts_take_turns() {
        let scope =
            |account: &str, region: &str| Scope { account: account.to_owned(), region: region.to_owned() };
        let open = [scope("a", "1"), scope("a", "2"), scope("a", "3"), scope("b", "1"), scope("b", "2")];
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
