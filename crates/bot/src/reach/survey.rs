//! What became of a question that was asked in many places: never silently less than the whole.

use render::{Problem, Status};

use crate::output::Output;
use crate::reach::fault::ScopeFault;
use crate::reach::scope::{Places, Scope};

/// How many failures are told by name.
const NAMED: usize = 5;

/// The score of a question asked in many places.
#[derive(Debug, Clone, Default)]
pub(crate) struct Survey {
    /// How many places it was to be asked in.
    pub(crate) asked: usize,
    pub(crate) answered: usize,
    pub(crate) failed: Vec<(Scope, ScopeFault)>,
    /// What was named and may not be reached.
    pub(crate) closed: Vec<(String, String)>,
    pub(crate) switched_off: usize,
}

impl Survey {
    /// Before anything is asked in those places.
    pub(crate) fn of(places: &Places) -> Survey {
        Survey {
            asked: places.open.len(),
            closed: places.closed.clone(),
            switched_off: places.switched_off,
            ..Survey::default()
        }
    }

    /// Whether every place answered.
    pub(crate) fn is_whole(&self) -> bool {
        self.answered == self.asked && self.closed.is_empty()
    }

    /// Whether what failed may go better in a moment.
    pub(crate) fn may_pass(&self) -> bool {
        let passes = |fault: &ScopeFault| match fault {
            ScopeFault::Refused { .. } => fault.is_throttling(),
            ScopeFault::Failed(_) | ScopeFault::Late => true,
            ScopeFault::Denied(_) | ScopeFault::NoRole(_) => false,
        };
        self.closed.is_empty() && self.failed.iter().all(|(_, fault)| passes(fault))
    }

    /// How it went, as a whole.
    pub(crate) fn status(&self) -> Status {
        match (self.answered, self.is_whole()) {
            (_, true) => Status::Done,
            (0, false) => Status::Failed,
            (_, false) => Status::Partly,
        }
    }

    /// What to say where no place answered.
    pub(crate) fn as_problem(&self) -> Output {
        if self.asked == 0 {
            let why: Vec<String> = self.sentences().into_iter().skip(1).collect();
            let problem = Problem::new("There is no place where it could be asked.")
                .why(why.join(" "))
                .next("`whoami` shows the accounts that you may reach.");
            return Output::problem(Status::Denied, problem);
        }
        let problem = match self.failed.as_slice() {
            [(scope, fault)] => {
                Problem::new(format!("{scope} {fault}.")).why(fault.said().unwrap_or_default())
            }
            _ => Problem::new("No place answered.").why(self.sentences().join(" ")),
        };
        Output::problem(Status::Failed, problem)
    }

    /// `41 of 43 scopes answered; dev/eu-west-1: AccessDenied (role …)`, a sentence each.
    pub(crate) fn sentences(&self) -> Vec<String> {
        let mut text = match self.asked {
            1 if self.answered == 1 => "1 scope answered".to_owned(),
            asked => format!("{} of {asked} scopes answered", self.answered),
        };
        for (scope, fault) in self.failed.iter().take(NAMED) {
            text.push_str(&format!("; {scope} {fault}"));
        }
        if self.failed.len() > NAMED {
            text.push_str(&format!("; {} more failed", self.failed.len() - NAMED));
        }
        let mut sentences = vec![format!("{}.", text.trim_end_matches('.'))];
        for (name, reason) in self.closed.iter().take(NAMED) {
            sentences.push(format!("Not asked: {name}: {reason}"));
        }
        if self.closed.len() > NAMED {
            sentences.push(format!("Not asked: {} more.", self.closed.len() - NAMED));
        }
        if self.switched_off > 0 {
            sentences.push(format!(
                "Left out: {} regions that their accounts have switched off.",
                self.switched_off
            ));
        }
        sentences
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_partial_answer_says_what_is_missing() {
        let scope = |account: &str| Scope { account: account.to_owned(), region: "eu-west-1".to_owned() };
        let refused = ScopeFault::Refused {
            code: "AccessDenied".to_owned(),
            message: "no".to_owned(),
            role: "arn:aws:iam::1:role/r".to_owned(),
        };
        let mut survey = Survey { asked: 43, answered: 41, ..Survey::default() };
        survey.failed = vec![(scope("dev"), refused), (scope("prod"), ScopeFault::Late)];
        survey.switched_off = 2;
        assert!(!survey.is_whole());
        assert_eq!(
            survey.sentences(),
            [
                "41 of 43 scopes answered; dev/eu-west-1 AccessDenied (role arn:aws:iam::1:role/r); prod/eu-west-1 did not \
                 answer in time.",
                "Left out: 2 regions that their accounts have switched off.",
            ]
        );
        let whole = Survey { asked: 2, answered: 2, ..Survey::default() };
        assert!(whole.is_whole());
        assert_eq!(whole.sentences(), ["2 of 2 scopes answered."]);
    }
}
