//! `ses send-email` in short: `--to`, `--subject`, `--text`.

use value::{Map, Value};

use super::Customization;
use super::hoisted::map_of;
use crate::UsageError;
use crate::arguments::{Custom, Fill, Given};
use crate::grammar::Arity;

pub(super) const ALL: &[Customization] = &[Customization::of("ses", &["send-email"])
    .table(|table, _| {
        table.optional("message");
        table.optional("destination");
        table.add(&MAIL);
    })
    .check(|seen| {
        seen.exclusive(&[&["destination"], &["to", "cc", "bcc"]])?;
        seen.exclusive(&[&["message"], &["text", "html"]])
    })];

const fn custom(
    name: &'static str,
    arity: Arity,
    help: &'static str,
    apply: fn(&mut Fill<'_>, Given<'_>) -> Result<(), UsageError>,
) -> Custom {
    Custom { name, arity, choices: &[], required: false, help, apply }
}

static MAIL: [Custom; 6] = [
    custom("to", Arity::Some, "The addresses it goes to.", |fill, given| {
        addresses(fill, "ToAddresses", given)
    }),
    custom("cc", Arity::Some, "The addresses that get a copy.", |fill, given| {
        addresses(fill, "CcAddresses", given)
    }),
    custom("bcc", Arity::Some, "The addresses that get a copy unseen by the others.", |fill, given| {
        addresses(fill, "BccAddresses", given)
    }),
    custom("subject", Arity::One, "The subject.", |fill, given| {
        let subject = data(given);
        message(fill).insert("Subject", subject);
        Ok(())
    }),
    custom("text", Arity::One, "The body as text.", |fill, given| body(fill, "Text", given)),
    custom("html", Arity::One, "The body as HTML.", |fill, given| body(fill, "Html", given)),
];

fn addresses(fill: &mut Fill<'_>, member: &str, given: Given<'_>) -> Result<(), UsageError> {
    let words: Vec<Value> = match given {
        Given::Many(words) => words.iter().map(Value::text).collect(),
        other => vec![Value::text(other.text())],
    };
    map_of(&mut fill.params, "Destination").insert(member, Value::List(words));
    Ok(())
}

fn data(given: Given<'_>) -> Value {
    let data: Map = [("Data", Value::text(given.text()))].into_iter().collect();
    Value::Map(data)
}

fn message<'a>(fill: &'a mut Fill<'_>) -> &'a mut Map {
    let message = map_of(&mut fill.params, "Message");
    for part in ["Subject", "Body"] {
        if !message.contains(part) {
            message.push(part, Value::Map(Map::new()));
        }
    }
    message
}

fn body(fill: &mut Fill<'_>, member: &str, given: Given<'_>) -> Result<(), UsageError> {
    map_of(message(fill), "Body").insert(member, data(given));
    Ok(())
}
