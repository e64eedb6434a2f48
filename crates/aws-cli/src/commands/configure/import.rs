//! `configure import`: profiles out of the CSV that AWS's console makes of access keys.

use std::path::Path;

use aws_call::BoxFuture;

use super::writer::Change;
use super::{credentials_path, no_call, write};
use crate::commands::line::Line;
use crate::commands::options::{Spec, one, switch};
use crate::commands::task::{Fault, Runs, World};
use crate::{Parsed, UsageError};

/// The columns that must be there.
const COLUMNS: [&str; 3] = ["User Name", "Access Key ID", "Secret Access key"];

static SPEC: Spec = Spec {
    about: "Writes a profile into the credentials file for each user of a CSV file of AWS's console.",
    words: &[],
    options: &[&[
        one("csv", "The CSV, usually as `file://credentials.csv`.").needed(),
        switch("skip-invalid", "Leave out rows that lack something."),
        one("profile-prefix", "What the names of the profiles begin with."),
    ]],
};

/// Secrets: they never show.
struct Import {
    csv: String,
    skip: bool,
    prefix: String,
}

impl std::fmt::Debug for Import {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Import")
            .field("skip", &self.skip)
            .field("prefix", &self.prefix)
            .finish_non_exhaustive()
    }
}

/// Reads the words of `configure import`.
pub(crate) fn start(line: &Line<'_>) -> Result<Parsed, UsageError> {
    let given = match line.read(&SPEC)? {
        Ok(given) => given,
        Err(page) => return Ok(page),
    };
    let import = Import {
        csv: given.needed("csv"),
        skip: given.has("skip-invalid"),
        prefix: given.needed("profile-prefix"),
    };
    line.invocation(import, no_call())
}

/// The trimmed columns of each row: user, key, secret.
fn rows(csv: &str, skip: bool) -> Result<Vec<[String; 3]>, String> {
    let mut lines = csv.lines();
    let header =
        lines.next().filter(|_| !csv.trim().is_empty()).ok_or("Provided CSV contains no contents")?;
    let plain = |text: &str| text.trim_start_matches('\u{feff}').trim().to_lowercase();
    let headers: Vec<String> = header.split(',').map(plain).collect();
    let mut places = [0; 3];
    for (place, column) in places.iter_mut().zip(COLUMNS) {
        let found = headers.iter().position(|header| *header == column.to_lowercase());
        *place = found.ok_or_else(|| format!("Expected header \"{column}\" not found"))?;
    }
    let mut rows = Vec::new();
    for (number, line) in (1..).zip(lines) {
        let columns: Vec<&str> = line.split(',').map(str::trim).collect();
        let values = places.map(|place| columns.get(place).copied().unwrap_or_default().to_owned());
        match values.iter().position(String::is_empty) {
            None => rows.push(values),
            Some(_) if skip => {}
            Some(missing) => {
                let column = COLUMNS[missing];
                return Err(format!(
                    "Failed to parse entry #{number}: Row missing value for header \"{column}\""
                ));
            }
        }
    }
    Ok(rows)
}

impl Runs for Import {
    fn run<'a>(&'a self, world: &'a mut World<'_>) -> BoxFuture<'a, Result<u8, Fault>> {
        Box::pin(async move {
            if !self.csv.contains('\n') && world.env.files.facts(Path::new(&self.csv), true).is_ok() {
                return Err(Fault::General(
                    "You may be passing a file to import without the 'file://' prefix. To import a CSV file, use --csv \
                     file://path/to/file.csv"
                        .to_owned(),
                ));
            }
            let rows = rows(&self.csv, self.skip).map_err(Fault::General)?;
            for [user, key, secret] in &rows {
                let section = format!("{}{user}", self.prefix);
                let set = |name, value| Change { section: &section, name, inner: None, value };
                let changes = [set("aws_access_key_id", key), set("aws_secret_access_key", secret)];
                write(world.env, &credentials_path(world.env), &changes)?;
            }
            world.say(&format!("Successfully imported {} profile(s)\n", rows.len()));
            Ok(0)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_are_found_by_their_header() {
        let csv = "\u{feff}User name,Password,Access key ID,Secret access key\nu,p,AK,SK\nv,,,\n";
        assert_eq!(rows(csv, true), Ok(vec![["u", "AK", "SK"].map(str::to_owned)]));
        for (csv, expected) in [
            (csv, "Failed to parse entry #2: Row missing value for header \"Access Key ID\""),
            ("", "Provided CSV contains no contents"),
            ("a,b\n", "Expected header \"User Name\" not found"),
        ] {
            assert_eq!(rows(csv, false), Err(expected.to_owned()), "{csv}");
        }
    }

    proptest::proptest! {
        #[test]
        fn no_text_panics(csv in "(User Name,Access Key ID,Secret Access key|[a,é\r]{0,6}|\n){0,9}") {
            let _ = rows(&csv, true);
        }
    }
}
