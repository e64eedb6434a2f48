//! What a validation found, as it is told.

use jiff::Timestamp;

use super::SHOWN;
use crate::commands::task::World;

/// How many were valid, and how many not.
#[derive(Debug, Default, Clone, Copy)]
pub(super) struct Tally {
    pub(super) valid: u64,
    pub(super) invalid: u64,
}

impl Tally {
    fn ratio(self, name: &str) -> String {
        let Tally { valid, invalid } = self;
        let total = valid + invalid;
        match (total, invalid) {
            (0, _) => String::new(),
            (_, 0) => format!("\n{valid}/{total} {name} files valid"),
            _ => format!("\n{valid}/{total} {name} files valid, {invalid}/{total} {name} files INVALID"),
        }
    }
}

/// What was found so far.
#[derive(Debug, Default)]
pub(super) struct Findings {
    verbose: bool,
    pub(super) digests: Tally,
    pub(super) backfills: Tally,
    pub(super) logs: Tally,
    /// The times that valid digests are about.
    pub(super) span: Option<(Timestamp, Timestamp)>,
    /// Whether a line stands above that no empty one follows.
    open: bool,
}

impl Findings {
    /// Nothing yet; `verbose` tells what is valid, too.
    pub(super) fn new(verbose: bool) -> Findings {
        Findings { verbose, ..Findings::default() }
    }

    /// The digests of that kind.
    pub(super) fn of(&mut self, backfill: bool) -> &mut Tally {
        if backfill { &mut self.backfills } else { &mut self.digests }
    }

    /// Tells of something valid.
    pub(super) fn well(&mut self, world: &mut World<'_>, line: &str) {
        if self.verbose {
            self.open = true;
            world.say(&format!("{line}\n"));
        }
    }

    /// Tells of something that is not.
    pub(super) fn ill(&mut self, world: &mut World<'_>, line: &str) {
        let before = if self.open { "\n" } else { "" };
        self.open = false;
        world.complain(&format!("{before}{line}\n\n"));
    }

    /// Widens the time found, within the time asked for.
    pub(super) fn widen(&mut self, from: Timestamp, to: Timestamp, asked: (Timestamp, Timestamp)) {
        let (from, to) = (from.max(asked.0), to.min(asked.1));
        self.span = Some(match self.span {
            Some((first, last)) => (first.min(from), last.max(to)),
            None => (from, to),
        });
    }

    /// The last lines.
    pub(super) fn summary(&self, asked: (Timestamp, Timestamp)) -> String {
        let mut text = if self.open { "\n".to_owned() } else { String::new() };
        let shown = |(from, to): (Timestamp, Timestamp)| {
            format!("{} to {}", from.strftime(SHOWN), to.strftime(SHOWN))
        };
        text.push_str(&format!("Results requested for {}\n", shown(asked)));
        let all = [self.digests, self.backfills];
        if all.iter().all(|tally| tally.valid + tally.invalid == 0) {
            text.push_str("No digests found\n");
            return text;
        }
        match self.span {
            Some(span) => text.push_str(&format!("Results found for {}:\n", shown(span))),
            None => text.push_str("No valid digests found in range\n"),
        }
        let ratios =
            [self.digests.ratio("digest"), self.backfills.ratio("backfill digest"), self.logs.ratio("log")];
        text + &ratios.concat() + "\n"
    }
}
