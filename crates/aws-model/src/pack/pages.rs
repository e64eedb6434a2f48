//! Paginators and waiters.

use super::service::{Packer, sorted};
use super::writer::Writer;
use super::{Json, Object, PackError, rules, text, texts, whole};

const PAGE_LISTS: [&str; 4] = ["input_token", "output_token", "result_key", "non_aggregate_keys"];

/// One record for each operation that has pages.
pub(super) fn paginators(packer: &mut Packer<'_>, file: Option<&Json>) -> Result<Vec<Vec<u8>>, PackError> {
    let Some(file) = file else { return Ok(Vec::new()) };
    let mut records = Vec::new();
    for (operation, pages) in sorted(whole(file, "the file of paginators")?, "pagination")? {
        let mut out = Writer::default();
        packer.name(&mut out, operation);
        for part in PAGE_LISTS {
            packer.names(&mut out, &texts(pages, part));
        }
        for part in ["limit_key", "more_results"] {
            let part = text(pages, part).map_or(0, |text| packer.strings.index(text) + 1);
            out.number(part);
        }
        records.push(out.bytes);
    }
    Ok(records)
}

/// All waiters, sorted by name.
pub(super) fn waiters(packer: &mut Packer<'_>, file: Option<&Json>) -> Result<Vec<u8>, PackError> {
    let mut out = Writer::default();
    let Some(file) = file else { return Ok(out.bytes) };
    let waiters = sorted(whole(file, "the file of waiters")?, "waiters")?;
    out.number(waiters.len() as u64);
    for (name, waiter) in waiters {
        packer.name(&mut out, name);
        packer.name(&mut out, text(waiter, "operation").unwrap_or(""));
        for part in ["delay", "maxAttempts"] {
            out.number(waiter.get(part).and_then(Json::as_u64).unwrap_or(0).min(u64::from(u32::MAX)));
        }
        let acceptors: &[Json] = waiter.get("acceptors").and_then(Json::as_array).map_or(&[], Vec::as_slice);
        out.number(acceptors.len() as u64);
        for acceptor in acceptors {
            write_acceptor(packer, &mut out, whole(acceptor, "an acceptor")?)?;
        }
    }
    Ok(out.bytes)
}

fn write_acceptor(packer: &mut Packer<'_>, out: &mut Writer, json: &Object) -> Result<(), PackError> {
    packer.name(out, text(json, "matcher").unwrap_or(""));
    out.number(text(json, "argument").map_or(0, |text| packer.strings.index(text) + 1));
    rules::write_tree(json.get("expected").unwrap_or(&Json::Null), &mut packer.strings, out, 0)?;
    packer.name(out, text(json, "state").unwrap_or(""));
    Ok(())
}
