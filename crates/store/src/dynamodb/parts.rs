//! Payloads and replies: within their job's item, or in items of their own where they are large.
//!
//! The parts of a large one are written before the step that speaks of them; what no step spoke of, and what has served,
//! ends by itself.

use value::Value;

use super::action::Terms;
use super::caller::Caller;
use super::item::{Item, bytes, number, text};
use super::keys;
use crate::{StoreError, UnixMillis};

/// What still lies within its job's item: two of these and the rest stay below the 400 KB that an item takes.
const WITHIN: usize = 150 * 1024;
/// How many bytes one part holds.
const PART: usize = 350 * 1024;
/// How long parts are kept, in milliseconds: longer than any job stays open.
const KEPT_MS: i64 = 30 * 86_400_000;

/// How an item speaks of a payload: the names of its attributes.
#[derive(Debug, Clone, Copy)]
pub(super) struct Names {
    within: &'static str,
    parts: &'static str,
    of: &'static str,
}

pub(super) const PAYLOAD: Names = Names { within: "payload", parts: "payload_parts", of: "payload_of" };
pub(super) const REPLY: Names = Names { within: "reply", parts: "reply_parts", of: "reply_of" };

/// A payload as an item speaks of it.
#[derive(Debug, Clone)]
pub(super) enum Kept {
    Within(Vec<u8>),
    Parts { of: String, count: usize },
}

impl Kept {
    /// The attributes that an item gets.
    pub(super) fn attributes(&self, names: Names) -> Vec<(&'static str, Value)> {
        match self {
            // An absent attribute reads as no bytes.
            Kept::Within(blob) if blob.is_empty() => Vec::new(),
            Kept::Within(blob) => vec![(names.within, bytes(blob))],
            Kept::Parts { of, count } => {
                vec![(names.of, text(of)), (names.parts, number(i64::try_from(*count).unwrap_or(i64::MAX)))]
            }
        }
    }
}

/// Keeps a payload: large ones are written now.
pub(super) async fn keep(caller: &Caller, blob: &[u8], now: UnixMillis) -> Result<Kept, StoreError> {
    if blob.len() <= WITHIN {
        return Ok(Kept::Within(blob.to_vec()));
    }
    let of = caller.fresh();
    let ends = now.plus(KEPT_MS);
    let mut count = 0;
    for part in blob.chunks(PART) {
        let item = keys::part(&of, count).item([
            ("body", bytes(part)),
            ("expires_at", number(ends.0)),
            ("queue", text(keys::ENDING)),
            ("at", number(ends.0)),
            ("ttl", number(ends.0 / 1000)),
        ]);
        let mut params = caller.params();
        params.push("Item", item);
        Terms::none().write(&mut params);
        caller.call("PutItem", params).await?;
        count += 1;
    }
    Ok(Kept::Parts { of, count })
}

/// The payload that an item speaks of.
pub(super) async fn read(caller: &Caller, item: &Item, names: Names) -> Result<Vec<u8>, StoreError> {
    let Some(of) = item.maybe_text(names.of) else { return Ok(item.bytes(names.within)) };
    let mut whole = Vec::new();
    for part in 0..item.count(names.parts)? {
        let found = caller.get(&keys::part(of, part as usize)).await?;
        let found = found
            .ok_or_else(|| StoreError::Unreadable(format!("part {part} of a large {}", names.within)))?;
        whole.extend(found.bytes("body"));
    }
    Ok(whole)
}

/// The names of all attributes that speak of payloads and replies, for an update that takes them away.
pub(super) const ALL: &str = "#payload, #payload_parts, #payload_of, #reply, #reply_parts, #reply_of";

/// Adds the attributes to an update, as `SET` terms.
pub(super) fn set(update: &mut String, values: &mut Vec<(&'static str, Value)>, kept: &Kept) {
    for (name, value) in kept.attributes(REPLY) {
        let slot = match name {
            "reply" => ":reply",
            "reply_parts" => ":reply_parts",
            _ => ":reply_of",
        };
        *update += &format!(", #{name} = {slot}");
        values.push((slot, value));
    }
}
