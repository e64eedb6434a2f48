//! `bellhop audit export`: rows for other programs.

use std::io::Write;

use anyhow::Result;
use bot::journal::{Entry, Filter, Oldest};
use store::Store;

use crate::commands::Settings;

/// The columns of the CSV form: the row's own, then facts by their names.
const FACTS: [&str; 23] = [
    "workspace",
    "user",
    "spoken_by",
    "channel",
    "line",
    "action",
    "level",
    "account",
    "region",
    "role",
    "rule",
    "decision",
    "confirmed_by",
    "approved_by",
    "rejected_by",
    "cancelled_by",
    "session",
    "outcome",
    "code",
    "reason",
    "aws_request_ids",
    "took_ms",
    "result",
];

/// Which rows, in which form.
#[derive(clap::Args)]
pub(in crate::commands) struct Arguments {
    #[command(flatten)]
    settings: Settings,
    #[command(flatten)]
    selection: super::Selection,
    /// `jsonl`: a line of JSON each, exactly as hashed. `csv`: for spreadsheets.
    #[arg(long, default_value = "jsonl")]
    format: Format,
}

#[derive(Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
enum Format {
    Jsonl,
    Csv,
}

/// Writes them.
pub(super) fn run(arguments: &Arguments) -> Result<()> {
    let filter = Filter { steps: true, ..arguments.selection.filter()? };
    let (store, runtime, _) = super::open(&arguments.settings)?;
    let mut out = std::io::BufWriter::new(std::io::stdout().lock());
    runtime.block_on(write(&*store, &filter, arguments.format, &mut out))?;
    out.flush()?;
    Ok(())
}

async fn write(store: &dyn Store, filter: &Filter, format: Format, out: &mut dyn Write) -> Result<()> {
    if format == Format::Csv {
        writeln!(out, "row,time,kind,request,{},hash", FACTS.join(","))?;
    }
    let mut rows = Oldest::first(store).await?;
    while let Some(row) = rows.next().await? {
        let entry = Entry::new(row);
        if filter.takes(&entry) {
            match format {
                Format::Jsonl => writeln!(out, "{}", entry.row.line())?,
                Format::Csv => writeln!(out, "{}", record(&entry))?,
            }
        }
    }
    Ok(())
}

fn record(entry: &Entry) -> String {
    let row = &entry.row;
    let mut cells = vec![row.place().to_string(), entry.time(true), cell(&row.kind), cell(&row.job)];
    cells.extend(FACTS.iter().map(|fact| cell(&entry.fact(fact))));
    cells.push(row.hash.iter().map(|byte| format!("{byte:02x}")).collect());
    cells.join(",")
}

/// Quoted where needed. What a spreadsheet would take for a formula gets an apostrophe before it: lines are typed by
/// anybody. Source: <https://owasp.org/www-community/attacks/CSV_Injection>.
fn cell(text: &str) -> String {
    let guarded =
        if text.starts_with(['=', '+', '-', '@', '\t', '\r']) { format!("'{text}") } else { text.to_owned() };
    if guarded.contains([',', '"', '\n', '\r']) {
        return format!("\"{}\"", guarded.replace('"', "\"\""));
    }
    guarded
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cells_are_quoted_and_are_no_formulas() {
        let cases = [
            ("plain", "plain"),
            ("a,b", "\"a,b\""),
            ("say \"x\"", "\"say \"\"x\"\"\""),
            ("=cmd|' /C calc'!A0", "'=cmd|' /C calc'!A0"),
            ("-1,2", "\"'-1,2\""),
            ("a\nb", "\"a\nb\""),
            ("", ""),
        ];
        for (text, expected) in cases {
            assert_eq!(cell(text), expected);
        }
    }
}
