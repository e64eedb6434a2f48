//! `> name.csv`: what a result looks like as a file.

use render::{Audience, Status};

use crate::output::Output;
use crate::reach::Reach;
use crate::upload::{self, File, NoUpload};
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

/// Uploads a file to the channel in which the line was typed.
pub(crate) async fn put(reach: &Reach<'_>, name: &str, content: String) -> Output {
    match uploaded(reach, name, content).await {
        Ok(said) => Output::text(said),
        Err(fault) => Output::problem(Status::Failed, fault.problem(name)),
    }
}

/// The same, told in a sentence.
pub(crate) async fn said(reach: &Reach<'_>, name: &str, content: String) -> String {
    match uploaded(reach, name, content).await {
        Ok(said) => said,
        Err(fault) => format!("{name} was not uploaded: {fault}."),
    }
}

async fn uploaded(reach: &Reach<'_>, name: &str, content: String) -> Result<String, NoUpload> {
    let file = File { name: name.to_owned(), title: name.to_owned(), bytes: content.into_bytes() };
    upload::upload(reach.inner, reach.request, Audience::Channel, &file).await
}
