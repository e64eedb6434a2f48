//! Which of the two functions this one is.

use std::fmt;

/// What a function is for: `BELLHOP_ROLE`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Role {
    /// Only requests.
    Front,
    /// Only queues, topics and schedules.
    Worker,
    /// Both.
    Both,
}

impl Role {
    /// Reads `BELLHOP_ROLE`; nothing there is both.
    ///
    /// # Errors
    /// It is neither of the two.
    pub(crate) fn read(value: Option<&str>) -> anyhow::Result<Role> {
        match value {
            None | Some("") => Ok(Role::Both),
            Some("front") => Ok(Role::Front),
            Some("worker") => Ok(Role::Worker),
            Some(other) => {
                anyhow::bail!("BELLHOP_ROLE is `{other}`; it can be front, worker, or left out for both")
            }
        }
    }

    /// Whether it answers requests.
    pub(crate) fn faces(self) -> bool {
        self != Role::Worker
    }

    /// Whether it works on jobs.
    pub(crate) fn works(self) -> bool {
        self != Role::Front
    }
}

impl fmt::Display for Role {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Role::Front => "front",
            Role::Worker => "worker",
            Role::Both => "not set",
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn roles_say_what_they_take() {
        for (value, role, faces, works) in [
            (None, Role::Both, true, true),
            (Some(""), Role::Both, true, true),
            (Some("front"), Role::Front, true, false),
            (Some("worker"), Role::Worker, false, true),
        ] {
            let read = Role::read(value).expect("a role");
            assert_eq!((read, read.faces(), read.works()), (role, faces, works), "{value:?}");
        }
        let fault = Role::read(Some("Front")).expect_err("no role").to_string();
        assert_eq!(fault, "BELLHOP_ROLE is `Front`; it can be front, worker, or left out for both");
    }
}
