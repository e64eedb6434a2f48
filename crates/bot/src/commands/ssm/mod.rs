//! Systems Manager in few words: commands on machines, runbooks, and how they go.

mod awaiting;
mod run;

pub(super) use awaiting::AWAIT;
pub(super) use run::RUN;
