//! Prints the level of every operation, for review: `cargo run --example levels [--summary | service …]`.

use std::io::Write as _;

use aws_model::{Catalog, iam_action, level};

#[path = "../tests/summary/mod.rs"]
mod summary;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let catalog = Catalog::embedded();
    let words: Vec<String> = std::env::args().skip(1).collect();
    let mut out = std::io::BufWriter::new(std::io::stdout().lock());
    if words.iter().any(|word| word == "--summary") {
        out.write_all(summary::summary(&catalog).as_bytes())?;
        return Ok(());
    }
    for name in catalog.names().iter().filter(|name| words.is_empty() || words.contains(name)) {
        let service = catalog.open(name)?;
        for operation in service.operation_names().iter().filter_map(|name| service.operation(name)) {
            let action = iam_action(&service, operation);
            writeln!(out, "{name}\t{}\t{action}\t{}", operation.name, level(&service, operation).name())?;
        }
    }
    Ok(())
}
