//! Aliases of any lines are replaced within bounds, or refused; a value given to one stays one word, whatever is in it.
//! The bot's private replacing is compiled in from its files.
#![no_main]
#![allow(dead_code, reason = "the files are private to the bot and not all of each is used here")]

use std::collections::BTreeMap;

use libfuzzer_sys::fuzz_target;

#[path = "../../crates/bot/src/line.rs"]
mod line;

mod request {
    /// As the bot has it.
    pub(crate) const MAX_LINE: usize = 32 * 1024;
}

#[path = "../../crates/bot/src/aliases"]
mod aliases {
    mod expand;
    mod fill;
    mod parameters;

    use std::collections::BTreeMap;

    /// What replacing needs of an alias.
    pub(crate) struct Alias {
        pub(crate) name: String,
        pub(crate) line: String,
    }

    /// The line with its aliases replaced.
    pub(crate) fn replaced(script: &pipeline::Script, table: &BTreeMap<String, Alias>) -> Option<String> {
        expand::all(script, table).ok()
    }
}

fn table(lines: &[(&str, &str)]) -> BTreeMap<String, aliases::Alias> {
    let alias = |(name, line): &(&str, &str)| {
        let alias = aliases::Alias { name: (*name).to_owned(), line: (*line).to_owned() };
        (alias.name.clone(), alias)
    };
    lines.iter().map(alias).collect()
}

fuzz_target!(|text: &str| {
    // The first two lines are those of aliases, the rest uses them.
    let mut parts = text.splitn(3, '\n');
    let (a, b) = (parts.next().unwrap_or_default(), parts.next().unwrap_or_default());
    if let Ok(script) = pipeline::parse(parts.next().unwrap_or_default())
        && let Some(line) = aliases::replaced(&script, &table(&[("a", a), ("b", b)]))
    {
        assert!(line.len() <= request::MAX_LINE);
    }
    if text.len() > 1_000 {
        return;
    }
    let script = pipeline::parse(&format!("v -- {}", pipeline::quote(text))).expect("a quoted word");
    let line = aliases::replaced(&script, &table(&[("v", "x $1 a\"$1\" | grep $1")])).expect("a short line");
    let script = pipeline::parse(&line).expect("what comes of it is a line");
    let [statement] = script.statements.as_slice() else { panic!("one statement: {line}") };
    let pipeline::Action::Run(run) = &statement.action else { panic!("a command: {line}") };
    let stages: Vec<_> =
        std::iter::once(&run.source).chain(&run.filters).map(pipeline::Words::literal).collect();
    let owned = |words: &[&str]| Some(words.iter().map(|word| (*word).to_owned()).collect::<Vec<String>>());
    assert_eq!(stages, [owned(&["x", text, &format!("a{text}")]), owned(&["grep", text])]);
    assert!(run.sink.is_none());
});
