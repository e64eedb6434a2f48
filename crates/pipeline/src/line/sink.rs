//! `> name.csv`: a result that goes up as a file.

/// The longest name of a file, in bytes.
const MAX_NAME: usize = 100;

/// A file to upload.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sink {
    /// A plain file name: no path, and an ending that says the form.
    pub name: String,
    /// What is written into it.
    pub form: SinkForm,
}

/// The form of a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SinkForm {
    /// Comma separated values.
    Csv,
    /// Tab separated values.
    Tsv,
    /// JSON text.
    Json,
    /// Text as the answer would show it.
    Text,
    /// A picture of a chart.
    Png,
}

impl Sink {
    /// A sink of that name, if it is a plain name with a known ending.
    pub fn named(name: &str) -> Option<Sink> {
        let (stem, ending) = name.rsplit_once('.')?;
        let form = match ending.to_ascii_lowercase().as_str() {
            "csv" => SinkForm::Csv,
            "tsv" => SinkForm::Tsv,
            "json" => SinkForm::Json,
            "txt" | "log" => SinkForm::Text,
            "png" => SinkForm::Png,
            _ => return None,
        };
        let plain = name.chars().all(|c| c.is_alphanumeric() || "._-".contains(c));
        let usable = plain && !stem.is_empty() && !name.starts_with(['.', '-']) && name.len() <= MAX_NAME;
        usable.then(|| Sink { name: name.to_owned(), form })
    }
}
