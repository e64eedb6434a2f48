//! `> name.csv`: what a result looks like as a file.

use render::{Problem, Status};

use crate::output::Output;
use crate::reach::Reach;
use pipeline::{Data, Filter, FilterFault, Limits, SinkForm, Ticks};

/// The file's content.
///
/// # Errors
/// The data has no such form, or goes beyond the limits.
pub(crate) fn content(
    data: Data,
    form: SinkForm,
    limits: &Limits,
    ticks: &dyn Ticks,
) -> Result<String, FilterFault> {
    let by: &[&str] = match form {
        SinkForm::Csv => &["csv"],
        SinkForm::Tsv => &["csv", "--tsv"],
        SinkForm::Json => &["json"],
        SinkForm::Text | SinkForm::Png => &[],
    };
    if by.is_empty() {
        return pipeline::text(data, limits, ticks);
    }
    let words: Vec<String> = by.iter().map(|word| (*word).to_owned()).collect();
    let filter = Filter::parse(&words)?;
    let made = pipeline::run(&[filter], data, limits, ticks)?;
    pipeline::text(made.data, limits, ticks)
}

/// Uploads a file to where the line was typed.
pub(crate) async fn put(_reach: &Reach<'_>, name: &str, _content: String) -> Output {
    let problem = Problem::new(format!("{name} was not uploaded: files cannot be uploaded yet."));
    Output::problem(Status::Failed, problem)
}
