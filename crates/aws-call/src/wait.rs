//! Waiters: polling an operation until its answer shows a state. Facts are botocore's (`waiter.py`).
//!
//! Invariant: a wait ends after the model's number of polls at the latest. Absent on purpose: network and sleep. Whoever
//! holds a client calls, shows each answer to [`Wait::observe`], and sleeps as long as it says.

use std::time::Duration;

use aws_model::{Acceptor, Waiter};
use jmespath::{Expression, JmespathError};
use value::Value;

use crate::{Answer, ServiceError};

/// One wait under way.
#[derive(Debug)]
pub struct Wait<'m> {
    waiter: &'m Waiter,
    acceptors: Vec<(&'m Acceptor, Option<Expression>)>,
    polls: u32,
    matched_before: bool,
}

/// What to do after a poll.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum WaitStep {
    /// The state is reached.
    Reached,
    /// Poll again after this time.
    PollAfter(Duration),
    /// The state will not be reached, or not in time.
    Failed(WaitFailure),
}

/// Why a wait ended without its state, in the AWS CLI's words.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("Waiter {waiter} failed: {reason}")]
pub struct WaitFailure {
    /// The waiter's name in the model.
    pub waiter: String,
    /// What happened.
    pub reason: String,
}

impl<'m> Wait<'m> {
    /// Begins to wait.
    ///
    /// # Errors
    ///
    /// An expression in the model that cannot be read.
    pub fn new(waiter: &'m Waiter) -> Result<Wait<'m>, JmespathError> {
        let compile = |acceptor: &'m Acceptor| {
            let argument = acceptor.argument.as_deref().map(Expression::parse).transpose()?;
            Ok((acceptor, argument))
        };
        let acceptors = waiter.acceptors.iter().map(compile).collect::<Result<_, JmespathError>>()?;
        Ok(Wait { waiter, acceptors, polls: 0, matched_before: false })
    }

    /// Judges one poll's answer, or the error that the service gave instead.
    ///
    /// # Errors
    ///
    /// An expression that the answer's types do not allow.
    pub fn observe(&mut self, polled: Result<&Answer, &ServiceError>) -> Result<WaitStep, JmespathError> {
        self.polls += 1;
        let mut matched = None;
        for (acceptor, argument) in &self.acceptors {
            if matches(acceptor, argument.as_ref(), polled)? {
                matched = Some(*acceptor);
                break;
            }
        }
        if let (None, Err(error)) = (matched, polled) {
            return Ok(self.failed(format!("An error occurred ({}): {}", error.code, error.message)));
        }
        self.matched_before |= matched.is_some();
        Ok(match matched.map(|acceptor| (acceptor, acceptor.state.as_str())) {
            Some((_, "success")) => WaitStep::Reached,
            Some((acceptor, "failure")) => {
                self.failed(format!("Waiter encountered a terminal failure state: {}", explain(acceptor)))
            }
            _ if self.polls >= self.waiter.max_attempts => self.out_of_polls(matched),
            _ => WaitStep::PollAfter(Duration::from_secs(self.waiter.delay.into())),
        })
    }

    fn out_of_polls(&self, matched: Option<&Acceptor>) -> WaitStep {
        let last = matched.or_else(|| self.acceptors.last().map(|(acceptor, _)| *acceptor));
        match last.filter(|_| self.matched_before) {
            Some(acceptor) => self
                .failed(format!("Max attempts exceeded. Previously accepted state: {}", explain(acceptor))),
            None => self.failed("Max attempts exceeded".to_owned()),
        }
    }

    fn failed(&self, reason: String) -> WaitStep {
        WaitStep::Failed(WaitFailure { waiter: self.waiter.name.to_string(), reason })
    }
}

fn matches(
    acceptor: &Acceptor,
    argument: Option<&Expression>,
    polled: Result<&Answer, &ServiceError>,
) -> Result<bool, JmespathError> {
    let expected = &acceptor.expected;
    let found = match (polled, argument) {
        (Ok(answer), Some(expression)) => Some(expression.search(&answer.value)?),
        _ => None,
    };
    let items = found.as_ref().and_then(Value::as_list).unwrap_or_default();
    Ok(match acceptor.matcher.as_str() {
        "path" => found.as_ref() == Some(expected),
        "pathAll" => !items.is_empty() && items.iter().all(|item| item == expected),
        "pathAny" => items.contains(expected),
        "status" => {
            let status = polled.map_or_else(|error| error.status, |answer| answer.status);
            expected.as_i64() == Some(status.into())
        }
        "error" => match expected {
            Value::Bool(wanted) => polled.is_err() == *wanted,
            _ => polled.is_err_and(|error| expected.as_text() == Some(&error.code)),
        },
        _ => false,
    })
}

fn explain(acceptor: &Acceptor) -> String {
    let expected = match &acceptor.expected {
        Value::Text(text) => text.to_string(),
        Value::Bool(true) => "True".to_owned(),
        Value::Bool(false) => "False".to_owned(),
        other => other.to_json(value::JsonStyle::Line),
    };
    let argument = acceptor.argument.as_deref().unwrap_or_default();
    match acceptor.matcher.as_str() {
        "path" => format!("For expression \"{argument}\" we matched expected path: \"{expected}\""),
        "pathAll" => {
            format!("For expression \"{argument}\" all members matched excepted path: \"{expected}\"")
        }
        "pathAny" => {
            format!("For expression \"{argument}\" we matched expected path: \"{expected}\" at least once")
        }
        "status" => format!("Matched expected HTTP status code: {expected}"),
        "error" => format!("Matched expected service error code: {expected}"),
        other => format!("No explanation for unknown waiter type: \"{other}\""),
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test may stop where it fails")]

    use super::*;

    fn waiter() -> Waiter {
        let acceptor = |matcher: &str, argument: Option<&str>, expected: Value, state: &str| Acceptor {
            matcher: matcher.into(),
            argument: argument.map(Into::into),
            expected,
            state: state.into(),
        };
        Waiter {
            name: "BoxReady".into(),
            operation: "DescribeBoxes".into(),
            delay: 15,
            max_attempts: 3,
            acceptors: vec![
                acceptor("pathAll", Some("Boxes[].State"), "ready".into(), "success"),
                acceptor("pathAny", Some("Boxes[].State"), "gone".into(), "failure"),
                acceptor("error", None, "NotFound".into(), "retry"),
                acceptor("status", None, Value::from(418), "failure"),
            ],
        }
    }

    fn answer(json: &str, status: u16) -> Answer {
        Answer { value: Value::from_json(json.as_bytes()).unwrap(), status, request_id: None }
    }

    fn failed(reason: &str) -> WaitStep {
        WaitStep::Failed(WaitFailure { waiter: "BoxReady".to_owned(), reason: reason.to_owned() })
    }

    #[test]
    fn each_matcher_decides() {
        let model = waiter();
        let poll = WaitStep::PollAfter(Duration::from_secs(15));
        for (json, status, expected) in [
            (r#"{"Boxes": [{"State": "ready"}, {"State": "ready"}]}"#, 200, WaitStep::Reached),
            (r#"{"Boxes": [{"State": "ready"}, {"State": "new"}]}"#, 200, poll.clone()),
            (r#"{"Boxes": []}"#, 200, poll),
            (
                r#"{"Boxes": [{"State": "new"}, {"State": "gone"}]}"#,
                200,
                failed(
                    "Waiter encountered a terminal failure state: For expression \"Boxes[].State\" we matched \
                     expected path: \"gone\" at least once",
                ),
            ),
            (
                "{}",
                418,
                failed("Waiter encountered a terminal failure state: Matched expected HTTP status code: 418"),
            ),
        ] {
            let step = Wait::new(&model).unwrap().observe(Ok(&answer(json, status))).unwrap();
            assert_eq!(step, expected, "{json}");
        }
    }

    #[test]
    fn an_expected_error_is_polled_again_and_others_end_the_wait() {
        let model = waiter();
        let mut wait = Wait::new(&model).unwrap();
        let missing = ServiceError { code: "NotFound".to_owned(), ..ServiceError::default() };
        assert_eq!(wait.observe(Err(&missing)).unwrap(), WaitStep::PollAfter(Duration::from_secs(15)));
        let denied =
            ServiceError { code: "Denied".to_owned(), message: "no".to_owned(), ..ServiceError::default() };
        assert_eq!(wait.observe(Err(&denied)).unwrap(), failed("An error occurred (Denied): no"));
    }

    #[test]
    fn it_gives_up_after_the_models_number_of_polls() {
        let model = waiter();
        let mut wait = Wait::new(&model).unwrap();
        let busy = answer("{}", 200);
        assert!(matches!(wait.observe(Ok(&busy)).unwrap(), WaitStep::PollAfter(_)));
        assert!(matches!(wait.observe(Ok(&busy)).unwrap(), WaitStep::PollAfter(_)));
        assert_eq!(wait.observe(Ok(&busy)).unwrap(), failed("Max attempts exceeded"));
    }
}
