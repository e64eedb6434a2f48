//! Plain data: endpoint rules, partitions, values of fixed parameters.

use super::writer::{Interner, Writer};
use super::{Json, PackError};
use crate::format::{MAX_DEPTH, tree};

/// Writes a tree; its strings go to the table.
pub(crate) fn write_tree(
    json: &Json,
    strings: &mut Interner,
    out: &mut Writer,
    depth: usize,
) -> Result<(), PackError> {
    if depth >= MAX_DEPTH {
        return Err(PackError(format!("data nested more than {MAX_DEPTH} deep")));
    }
    match json {
        Json::Null => out.byte(tree::NULL),
        Json::Bool(false) => out.byte(tree::FALSE),
        Json::Bool(true) => out.byte(tree::TRUE),
        Json::Number(number) => match number.as_i64() {
            Some(whole) => {
                out.byte(tree::INTEGER);
                out.signed(whole);
            }
            None => {
                out.byte(tree::FLOAT);
                out.float(number.as_f64().unwrap_or(f64::NAN));
            }
        },
        Json::String(text) => {
            out.byte(tree::TEXT);
            out.number(strings.index(text));
        }
        Json::Array(items) => {
            out.byte(tree::LIST);
            out.number(items.len() as u64);
            for item in items {
                write_tree(item, strings, out, depth + 1)?;
            }
        }
        Json::Object(entries) => {
            out.byte(tree::MAP);
            out.number(entries.len() as u64);
            for (name, value) in entries {
                out.number(strings.index(name));
                write_tree(value, strings, out, depth + 1)?;
            }
        }
    }
    Ok(())
}
