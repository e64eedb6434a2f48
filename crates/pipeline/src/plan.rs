//! A pipeline whose words are filled in, as what is to be run: the source's words, filters, and calls by `xargs`.

use crate::fault::FilterFault;
use crate::filter::Filter;
use crate::line::{ExpandFault, Pipeline, Sink, Variables};
use crate::xargs::Xargs;

/// What is to be run.
#[derive(Debug, Clone, PartialEq)]
pub struct Plan {
    /// The words of the source: a command.
    pub source: Vec<String>,
    /// What happens to what it gives, in order. All but the last end in calls.
    pub legs: Vec<Leg>,
    /// Where the result goes instead of into the answer.
    pub sink: Option<Sink>,
}

/// Filters, and the calls that are made of what comes out of them.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Leg {
    /// Run one behind the other by [`crate::run`].
    pub filters: Vec<Filter>,
    /// Calls made of what they give; their answers, one behind the other, are what the next leg gets.
    pub calls: Option<Xargs>,
}

/// Why a pipeline cannot be planned.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum PlanFault {
    /// Words cannot be filled in.
    #[error(transparent)]
    Expand(#[from] ExpandFault),
    /// A filter cannot be read.
    #[error(transparent)]
    Filter(#[from] FilterFault),
}

impl Pipeline {
    /// Fills the words in and reads the filters. `results` are the outputs of [`Pipeline::substitutions`], in that order.
    ///
    /// # Errors
    ///
    /// Words that cannot be filled in, and filters that cannot be read.
    pub fn plan(&self, variables: &dyn Variables, results: &[String]) -> Result<Plan, PlanFault> {
        let mut stages = self.expand(variables, results)?.into_iter();
        let source = stages.next().unwrap_or_default();
        let mut legs = vec![Leg::default()];
        for words in stages {
            read_stage(&words, &mut legs)?;
        }
        Ok(Plan { source, legs, sink: self.sink.clone() })
    }

    /// Reads the filters that have nothing to be filled in, so that a mistake shows before anything runs.
    ///
    /// # Errors
    ///
    /// Filters that cannot be read.
    pub fn check(&self) -> Result<(), FilterFault> {
        let mut legs = vec![Leg::default()];
        self.filters
            .iter()
            .filter_map(|words| words.literal())
            .try_for_each(|words| read_stage(&words, &mut legs))
    }
}

fn read_stage(words: &[String], legs: &mut Vec<Leg>) -> Result<(), FilterFault> {
    let is_calls = words.first().is_some_and(|name| name == "xargs");
    let Some(leg) = legs.last_mut() else { return Ok(()) };
    if is_calls {
        leg.calls = Some(Xargs::parse(words)?);
        legs.push(Leg::default());
    } else {
        leg.filters.push(Filter::parse(words)?);
    }
    Ok(())
}
