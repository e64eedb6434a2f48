//! What a press does to a question: the whole state machine, pure.
//!
//! `Open` is left once and never entered again, so whatever follows from leaving it follows once. Every rule of who may
//! press what stands here; whether somebody is among the approvers at this moment is told by the caller.

use store::UnixMillis;

use crate::asking::pending::{Needed, Pending, State, Vote};

/// How a question ended whose command was not allowed any more when the word was given.
pub(crate) const OVERTAKEN: &str = "not allowed any more";

/// What somebody pressed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Press {
    Run,
    Cancel,
    Approve,
    Reject(Option<String>),
}

/// What follows from a press that counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Step {
    /// It is to happen now. The state is still [`State::Open`]: whoever makes it happen calls [`Pending::take`].
    Go,
    /// One more approval; so many of so many are there.
    Counted {
        have: u32,
        of: u32,
    },
    Cancelled,
    Rejected,
}

/// Why a press does not count. The texts are for whoever pressed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(crate) enum Unheard {
    #[error("It is over: {0}")]
    Over(String),
    #[error("It is too late: nobody gave the word in time, and nothing was run.")]
    Late,
    #[error("Only the one who asked can press this.")]
    NotYours,
    #[error("You asked for it yourself, so somebody else has to approve it.")]
    OwnRequest,
    #[error("You are not among those who may approve it.")]
    NotAnApprover,
    #[error("You have approved it already.")]
    Already,
    #[error("This cannot be pressed here.")]
    NotOffered,
}

impl Pending {
    /// Applies a press of `user` at `now`. `may_approve` tells whether somebody is among the approvers now; votes of
    /// those who are no more do not count.
    pub(crate) fn press(
        &mut self,
        press: &Press,
        user: &str,
        may_approve: impl Fn(&str) -> bool,
        now: UnixMillis,
    ) -> Result<Step, Unheard> {
        self.is_open(now)?;
        let is_asker = user == self.asker.user;
        match (press, &self.need) {
            (Press::Run | Press::Cancel, _) if !is_asker => Err(Unheard::NotYours),
            (Press::Run, Needed::Confirmation) => Ok(Step::Go),
            (Press::Cancel, _) => {
                self.state = State::Cancelled { at: now.0 };
                Ok(Step::Cancelled)
            }
            (Press::Approve | Press::Reject(_), Needed::Approval { .. }) if is_asker => {
                Err(Unheard::OwnRequest)
            }
            (Press::Approve | Press::Reject(_), Needed::Approval { .. }) if !may_approve(user) => {
                Err(Unheard::NotAnApprover)
            }
            (Press::Approve, Needed::Approval { count, .. }) => {
                let of = *count;
                if self.votes.iter().any(|vote| vote.user == user) {
                    return Err(Unheard::Already);
                }
                self.votes.push(Vote { user: user.to_owned(), at: now.0 });
                self.votes.retain(|vote| may_approve(&vote.user));
                let have = u32::try_from(self.votes.len()).unwrap_or(u32::MAX);
                Ok(if have >= of { Step::Go } else { Step::Counted { have, of } })
            }
            (Press::Reject(reason), Needed::Approval { .. }) => {
                let (by, reason) = (user.to_owned(), reason.clone());
                self.state = State::Rejected { by, reason, at: now.0 };
                Ok(Step::Rejected)
            }
            (Press::Run, Needed::Approval { .. })
            | (Press::Approve | Press::Reject(_), Needed::Confirmation) => Err(Unheard::NotOffered),
        }
    }

    /// Whether a press can count at all at that time.
    pub(crate) fn is_open(&self, now: UnixMillis) -> Result<(), Unheard> {
        match &self.state {
            State::Open if now.0 < self.expires_at => Ok(()),
            State::Open | State::Expired => Err(Unheard::Late),
            _ => Err(Unheard::Over(self.became())),
        }
    }

    /// That job takes it up.
    pub(crate) fn take(&mut self, job: &str, now: UnixMillis) {
        self.state = State::Taken { job: job.to_owned(), at: now.0 };
    }

    /// Its time is over. Tells whether that changed anything.
    pub(crate) fn expire(&mut self, now: UnixMillis) -> bool {
        let over = self.state == State::Open && now.0 >= self.expires_at;
        if over {
            self.state = State::Expired;
        }
        over
    }

    /// What became of it, as a sentence.
    pub(crate) fn became(&self) -> String {
        match &self.state {
            State::Open => "it still waits.".to_owned(),
            State::Taken { .. } => "the word was given, and it runs once.".to_owned(),
            State::Ended { how, .. } if how == OVERTAKEN => format!("it was {how}, and nothing was run."),
            State::Ended { how, .. } => format!("it was run once; outcome: {how}."),
            State::Cancelled { .. } => "it was cancelled, and nothing was run.".to_owned(),
            State::Rejected { reason: None, .. } => "it was rejected, and nothing was run.".to_owned(),
            State::Rejected { reason: Some(reason), .. } => {
                format!("it was rejected ({reason}), and nothing was run.")
            }
            State::Expired => "nobody gave the word in time, and nothing was run.".to_owned(),
            State::Unasked => "nobody could be asked, and nothing was run.".to_owned(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::asking::pending::Subject;
    use crate::request::Caller;

    const END: i64 = 1_000;

    fn pending(need: Needed) -> Pending {
        let caller = Caller {
            tenant: "T1".to_owned(),
            user: "U0ALICE".to_owned(),
            channel: "C1".to_owned(),
            spoken_by: None,
        };
        let subject = Subject::Elevation { grant: "g".to_owned(), seconds: 60, reason: String::new() };
        Pending::new(&caller, subject, need, UnixMillis(0), END)
    }

    fn approval(count: u32) -> Pending {
        let approvers = vec!["U0BOB".to_owned(), "U0CAROL".to_owned(), "U0ALICE".to_owned()];
        pending(Needed::Approval { approvers, count })
    }

    /// Everybody but mallory may approve.
    fn may(user: &str) -> bool {
        user != "U0MALLORY"
    }

    #[test]
    fn who_may_press_what() {
        use Press::{Approve, Cancel, Reject, Run};
        let confirmation = || pending(Needed::Confirmation);
        let cases = [
            (confirmation(), Run, "U0ALICE", Ok(Step::Go)),
            (confirmation(), Run, "U0BOB", Err(Unheard::NotYours)),
            (confirmation(), Cancel, "U0ALICE", Ok(Step::Cancelled)),
            (confirmation(), Cancel, "U0BOB", Err(Unheard::NotYours)),
            (confirmation(), Approve, "U0BOB", Err(Unheard::NotOffered)),
            (confirmation(), Approve, "U0ALICE", Err(Unheard::NotOffered)),
            (confirmation(), Reject(None), "U0BOB", Err(Unheard::NotOffered)),
            (approval(1), Run, "U0ALICE", Err(Unheard::NotOffered)),
            (approval(1), Run, "U0BOB", Err(Unheard::NotYours)),
            (approval(1), Cancel, "U0ALICE", Ok(Step::Cancelled)),
            (approval(1), Cancel, "U0BOB", Err(Unheard::NotYours)),
            (approval(1), Approve, "U0BOB", Ok(Step::Go)),
            (approval(1), Approve, "U0ALICE", Err(Unheard::OwnRequest)),
            (approval(1), Approve, "U0MALLORY", Err(Unheard::NotAnApprover)),
            (approval(1), Reject(None), "U0MALLORY", Err(Unheard::NotAnApprover)),
            (approval(1), Reject(None), "U0ALICE", Err(Unheard::OwnRequest)),
            (approval(1), Reject(Some("no".to_owned())), "U0BOB", Ok(Step::Rejected)),
            (approval(2), Approve, "U0BOB", Ok(Step::Counted { have: 1, of: 2 })),
        ];
        for (mut asked, press, user, expected) in cases {
            assert_eq!(asked.press(&press, user, may, UnixMillis(1)), expected, "{user} {press:?}");
        }
    }

    #[test]
    fn nothing_counts_once_it_is_over() {
        let over = [
            State::Taken { job: "j".to_owned(), at: 1 },
            State::Ended { how: "done".to_owned(), at: 1 },
            State::Cancelled { at: 1 },
            State::Rejected { by: "U0BOB".to_owned(), reason: None, at: 1 },
            State::Expired,
            State::Unasked,
        ];
        let presses = [Press::Run, Press::Cancel, Press::Approve, Press::Reject(None)];
        for state in over {
            for need in [Needed::Confirmation, approval(1).need] {
                for press in &presses {
                    for user in ["U0ALICE", "U0BOB"] {
                        let mut asked = pending(need.clone());
                        asked.state = state.clone();
                        let heard = asked.press(press, user, may, UnixMillis(1));
                        assert!(heard.is_err(), "{state:?} {press:?} {user}");
                        assert!(asked.state == state, "{state:?} is left");
                    }
                }
            }
        }
    }

    #[test]
    fn a_press_on_time_counts_and_a_late_one_does_not() {
        for (now, expected) in [(END - 1, Ok(Step::Go)), (END, Err(Unheard::Late))] {
            let mut asked = pending(Needed::Confirmation);
            assert_eq!(asked.press(&Press::Run, "U0ALICE", may, UnixMillis(now)), expected, "{now}");
        }
        let mut asked = pending(Needed::Confirmation);
        assert!(!asked.expire(UnixMillis(END - 1)) && asked.state == State::Open);
        assert!(asked.expire(UnixMillis(END)) && asked.state == State::Expired);
        assert!(!asked.expire(UnixMillis(END + 1)), "it expires once");
    }

    #[test]
    fn each_approver_counts_once_and_only_while_they_are_one() {
        let mut asked = approval(2);
        let at = UnixMillis(1);
        assert_eq!(asked.press(&Press::Approve, "U0BOB", may, at), Ok(Step::Counted { have: 1, of: 2 }));
        assert_eq!(asked.press(&Press::Approve, "U0BOB", may, at), Err(Unheard::Already));
        let without_bob = |user: &str| may(user) && user != "U0BOB";
        let counted = asked.press(&Press::Approve, "U0CAROL", without_bob, at);
        assert_eq!(counted, Ok(Step::Counted { have: 1, of: 2 }), "bob lost the right");
        assert_eq!(asked.press(&Press::Approve, "U0BOB", may, at), Ok(Step::Go), "and has it again");
    }
}
