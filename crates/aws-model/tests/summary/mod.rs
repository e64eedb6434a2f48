//! The levels of all operations in a form that can be reviewed: a count of each level and, for each service, counts
//! and a hash over every operation's level.

use std::fmt::Write as _;

use aws_model::{Catalog, Level, Service, iam_prefix, level};

/// One line for the version, one for the whole, one a service.
pub(crate) fn summary(catalog: &Catalog) -> String {
    let mut total = [0_usize; 9];
    let mut lines = String::new();
    for name in catalog.names() {
        let Ok(service) = catalog.open(&name) else { continue };
        let (counts, hash) = count(&service);
        for (sum, count) in total.iter_mut().zip(counts) {
            *sum += count;
        }
        let _ = writeln!(lines, "{name} {}{} {hash:016x}", iam_prefix(&service), shown(&counts));
    }
    format!("botocore {}\nall{}\n{lines}", catalog.version(), shown(&total))
}

fn shown(counts: &[usize; 9]) -> String {
    let counts = Level::ALL.iter().zip(counts).filter(|(_, count)| **count > 0);
    counts.map(|(level, count)| format!(" {}={count}", level.name())).collect()
}

/// Counts, and an FNV-1a hash over `operation=level` lines.
fn count(service: &Service) -> ([usize; 9], u64) {
    let (mut counts, mut hash) = ([0; 9], 0xcbf2_9ce4_8422_2325_u64);
    for operation in service.operation_names().iter().filter_map(|name| service.operation(name)) {
        let level = level(service, operation);
        counts[level as usize] += 1;
        for byte in format!("{}={}\n", operation.name, level.name()).bytes() {
            hash = (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3);
        }
    }
    (counts, hash)
}
