//! Prints how large the archive is and how long services take to open: `cargo run --release --example open_times`.

use std::hint::black_box;
use std::io::Write as _;
use std::time::Instant;

use aws_model::Catalog;

fn main() -> std::io::Result<()> {
    let names: Vec<String> = std::env::args().skip(1).collect();
    let names = if names.is_empty() { vec!["sts".into(), "ec2".into(), "s3".into()] } else { names };
    let mut out = std::io::stdout().lock();
    let begun = Instant::now();
    let catalog = Catalog::embedded();
    writeln!(out, "index: {:?}", begun.elapsed())?;
    for name in &names {
        let begun = Instant::now();
        let Ok(service) = catalog.open(name) else {
            writeln!(out, "{name}: not there")?;
            continue;
        };
        let opened = begun.elapsed();
        let begun = Instant::now();
        black_box(service.endpoint_rules());
        let rules = begun.elapsed();
        let begun = Instant::now();
        black_box(service.verify().is_ok());
        let verified = begun.elapsed();
        let begun = Instant::now();
        black_box(service.documentation().is_ok());
        writeln!(
            out,
            "{name}: open {opened:?}, endpoint rules {rules:?}, every record {verified:?}, documentation {:?}",
            begun.elapsed()
        )?;
    }
    let begun = Instant::now();
    black_box(catalog.partitions());
    writeln!(out, "partitions: {:?}", begun.elapsed())
}
