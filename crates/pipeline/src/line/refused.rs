//! What a shell would do and a chat line does not, by name.

use super::fault::Reason;

/// First words that begin something only a shell has.
const FIRST_WORDS: [(&str, &str, &str); 22] = [
    ("for", LOOP, XARGS),
    ("while", LOOP, XARGS),
    ("until", LOOP, XARGS),
    ("do", LOOP, XARGS),
    ("done", LOOP, XARGS),
    ("if", CONDITION, CONNECT),
    ("then", CONDITION, CONNECT),
    ("else", CONDITION, CONNECT),
    ("fi", CONDITION, CONNECT),
    ("case", CONDITION, CONNECT),
    ("esac", CONDITION, CONNECT),
    ("[", CONDITION, CONNECT),
    ("[[", CONDITION, CONNECT),
    ("!", "negation", "use `||` for what follows a failure"),
    ("{", GROUP, APART),
    ("}", GROUP, APART),
    ("function", FUNCTION, ALIAS),
    ("eval", "running text as a line", ALIAS),
    ("exec", "starting a program", "write the AWS command itself"),
    ("source", "reading a file of commands", ALIAS),
    ("export", "an environment", "write `name=value` alone, for the rest of the line"),
    ("time", "timing", "leave it out: every answer says how long it took"),
];

const LOOP: &str = "a loop";
const XARGS: &str = "use `… | xargs <command>`";
const CONDITION: &str = "a condition";
const CONNECT: &str = "use `&&` and `||`";
const GROUP: &str = "a group";
const APART: &str = "join the parts with `;`, `&&` or `||`";
const FUNCTION: &str = "a function";
const ALIAS: &str = "use `alias set <name> <line>`";

/// The fault of a sign that only a shell would act upon.
pub(super) fn shell(sign: &str, feature: &'static str, instead: &'static str) -> Reason {
    Reason::Shell { sign: sign.to_owned(), feature, instead }
}

/// Whether the unquoted first word of a statement begins something only a shell has.
pub(super) fn first_word(word: &str) -> Option<Reason> {
    if word.starts_with('(') {
        return Some(shell("(", "a subshell", APART));
    }
    if word.len() > 2 && word.ends_with("()") || word.ends_with("(){") {
        return Some(shell(word, FUNCTION, ALIAS));
    }
    let (sign, feature, instead) = FIRST_WORDS.into_iter().find(|(name, ..)| *name == word)?;
    Some(shell(sign, feature, instead))
}

/// What `<`, at the beginning of `rest`, would do.
pub(super) fn input(rest: &str) -> Reason {
    const QUOTE: &str = "quote it where it is text, and compare in `where`";
    if rest.starts_with("<<<") {
        return shell("<<<", "a here-string", QUOTE);
    }
    if rest.starts_with("<<") {
        return shell("<<", "a here-document", QUOTE);
    }
    if rest.starts_with("<(") {
        return shell("<(", "a process substitution", "use `$(…)`");
    }
    shell("<", "reading a file", QUOTE)
}

/// What `>`, at the beginning of `rest`, would do that a sink does not.
pub(super) fn output(rest: &str) -> Option<Reason> {
    const SINK: &str = "use `> name.csv`, which uploads to the channel";
    [
        (">>", "appending to a file", SINK),
        (">&", "joining streams", "leave it out: errors are part of the answer"),
        (">|", "overwriting a file", SINK),
        (">(", "a process substitution", "use `tee name.txt`"),
    ]
    .into_iter()
    .find(|(sign, ..)| rest.starts_with(sign))
    .map(|(sign, feature, instead)| shell(sign, feature, instead))
}

/// What `$`, at the beginning of `rest`, would do besides variables and `$(…)`.
pub(super) fn dollar(rest: &str, in_quotes: bool) -> Option<Reason> {
    let always = [
        ("$((", "arithmetic", "use `jq`"),
        ("$?", "the status of a command", "use `&&` and `||`"),
        ("$!", "a background process", "leave it out"),
        ("$#", "the number of parameters", "name each parameter"),
    ];
    let outside =
        [("$'", "quoting with escapes", "use '…' or \"…\""), ("$\"", "translated text", "use \"…\"")];
    let outside = if in_quotes { &[][..] } else { &outside[..] };
    always
        .iter()
        .chain(outside)
        .find(|(sign, ..)| rest.starts_with(sign))
        .map(|(sign, feature, instead)| shell(sign, feature, instead))
}
