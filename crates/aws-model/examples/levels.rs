//! Prints the level of every operation, for review: `cargo run --example levels [--snapshot | --changes | service …]`.

use std::io::Write as _;

use aws_model::{Catalog, iam_action, level};

#[path = "../tests/snapshot/mod.rs"]
mod snapshot;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let catalog = Catalog::embedded();
    let words: Vec<String> = std::env::args().skip(1).collect();
    let mut out = std::io::BufWriter::new(std::io::stdout().lock());
    match words.first().map(String::as_str) {
        Some("--snapshot") => out.write_all(snapshot::snapshot(&catalog).as_bytes())?,
        Some("--changes") => {
            let changes =
                snapshot::changes(include_str!("../tests/levels.txt"), &snapshot::snapshot(&catalog));
            writeln!(
                out,
                "{}{} operations changed",
                changes.iter().map(|line| format!("{line}\n")).collect::<String>(),
                changes.len()
            )?;
        }
        _ => {
            for name in catalog.names().iter().filter(|name| words.is_empty() || words.contains(name)) {
                let service = catalog.open(name)?;
                for operation in service.operation_names().iter().filter_map(|name| service.operation(name)) {
                    let action = iam_action(&service, operation);
                    writeln!(
                        out,
                        "{name}\t{}\t{action}\t{}",
                        operation.name,
                        level(&service, operation).name()
                    )?;
                }
            }
        }
    }
    Ok(())
}
