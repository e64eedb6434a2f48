//! What an element of a message or a modal holds: text, or choices.

use serde_json::Value;

use crate::payload::Object;

/// An element and its value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entered {
    /// The identifier of the block that it stands in.
    pub block_id: String,
    /// Its own identifier.
    pub action_id: String,
    /// Slack's name of its kind: `button`, `plain_text_input`, `static_select` …
    pub kind: String,
    /// What was typed, or the value that a button carries.
    pub text: Option<String>,
    /// Values of what was chosen: options, ids of users, channels, conversations, a date or a time.
    pub chosen: Vec<String>,
}

/// Where one choice stands; the value itself.
const ONE: [&str; 6] = [
    "selected_user",
    "selected_channel",
    "selected_conversation",
    "selected_date",
    "selected_time",
    "selected_date_time",
];
/// Where several stand.
const SEVERAL: [&str; 3] = ["selected_users", "selected_channels", "selected_conversations"];

impl Entered {
    pub(super) fn read(element: Object<'_>, block_id: &str, action_id: &str) -> Entered {
        Entered {
            block_id: block_id.to_owned(),
            action_id: action_id.to_owned(),
            kind: element.short("type").unwrap_or_default(),
            text: element.text("value").map(str::to_owned),
            chosen: chosen(element),
        }
    }

    /// The first choice.
    pub fn choice(&self) -> Option<&str> {
        self.chosen.first().map(String::as_str)
    }
}

fn chosen(element: Object<'_>) -> Vec<String> {
    let option = |option: Object<'_>| option.text("value").map(str::to_owned);
    let mut values: Vec<String> = element.object("selected_option").and_then(option).into_iter().collect();
    values.extend(element.objects("selected_options").filter_map(option));
    for name in ONE {
        values.extend(element.0.get(name).and_then(plain));
    }
    for name in SEVERAL {
        values.extend(element.list(name).iter().filter_map(plain));
    }
    values
}

/// A text, or a number as one: a date with a time comes as seconds since 1970.
fn plain(value: &Value) -> Option<String> {
    match value {
        Value::String(text) if !text.is_empty() => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        _ => None,
    }
}
