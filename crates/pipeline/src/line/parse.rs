//! Statements, pipelines and sinks.

use super::fault::{Reason, ScriptFault};
use super::reader::{Reader, name_length};
use super::refused;
use super::script::{Action, Connector, Part, Pipeline, Script, Statement, Word, Words};
use super::sink::Sink;
use crate::limits::{MAX_LINE, MAX_STAGES, MAX_STATEMENTS};

/// Reads a line.
///
/// # Errors
///
/// Whatever is no line of this grammar, features that only a shell has, and lines beyond the limits.
pub fn parse(line: &str) -> Result<Script, ScriptFault> {
    if line.len() > MAX_LINE {
        return Err(ScriptFault { reason: Reason::TooLong, span: 0..line.len() });
    }
    let mut reader = Reader::new(line);
    script_inside(&mut reader)
}

/// What ends a statement.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum End {
    /// The line's end, or the `)` of a `$(`.
    Over,
    /// `;` or a new line.
    Next,
    And,
    Or,
}

/// Statements up to the line's end or to the `)` of the innermost `$(`, which is left.
pub(super) fn script_inside(reader: &mut Reader<'_>) -> Result<Script, ScriptFault> {
    let mut script = Script::default();
    let mut connector = Connector::Always;
    let mut sign = "";
    loop {
        skip_lines(reader);
        let start = reader.at;
        if is_over(reader) {
            return if connector == Connector::Always {
                Ok(script)
            } else {
                reader.fault(start, Reason::NothingAfter(sign))
            };
        }
        reader.statements += 1;
        if reader.statements > MAX_STATEMENTS {
            return reader.fault(start, Reason::TooManyStatements);
        }
        let action = statement(reader)?;
        script.statements.push(Statement { connector, action });
        (connector, sign) = match end(reader)? {
            End::Over => return Ok(script),
            End::Next => (Connector::Always, ";"),
            End::And => (Connector::IfSucceeded, "&&"),
            End::Or => (Connector::IfFailed, "||"),
        };
    }
}

fn is_over(reader: &Reader<'_>) -> bool {
    match reader.peek() {
        None => true,
        Some(')') => reader.depth > 0,
        Some(_) => false,
    }
}

fn skip_lines(reader: &mut Reader<'_>) {
    loop {
        reader.skip_blanks();
        if !reader.takes("\n") {
            return;
        }
    }
}

/// Goes on to the next line if that goes on with this statement: it begins with an option, a pipe or a connector.
fn continue_line(reader: &mut Reader<'_>) {
    reader.skip_blanks();
    let here = reader.at;
    skip_lines(reader);
    let rest = reader.rest();
    if !["-", "|", "&&"].iter().any(|sign| rest.starts_with(sign)) {
        reader.at = here;
    }
}

fn end(reader: &mut Reader<'_>) -> Result<End, ScriptFault> {
    continue_line(reader);
    let start = reader.at;
    if is_over(reader) {
        Ok(End::Over)
    } else if reader.takes("&&") {
        Ok(End::And)
    } else if reader.takes("||") {
        Ok(End::Or)
    } else if reader.takes(";;") {
        reader.fault(start, Reason::NothingBefore(";"))
    } else if reader.takes(";") || reader.takes("\n") {
        Ok(End::Next)
    } else {
        // Only a word that ends at once is left here, and those are refused where words are read.
        reader.fault(start, Reason::NothingBefore(";"))
    }
}

fn statement(reader: &mut Reader<'_>) -> Result<Action, ScriptFault> {
    let start = reader.at;
    for sign in ["&&", "||", ";", "|"] {
        if reader.takes(sign) {
            return reader.fault(start, Reason::NothingBefore(sign));
        }
    }
    let source = words(reader)?;
    if let Some((name, value)) = assignment(reader, &source) {
        return set(reader, name, value, &source);
    }
    if let Some(first) = source.0.first() {
        let typed = &reader.line[first.span.clone()];
        if let Some(reason) = refused::first_word(typed) {
            return Err(ScriptFault { reason, span: first.span.clone() });
        }
    }
    pipeline(reader, source).map(Action::Run)
}

fn pipeline(reader: &mut Reader<'_>, source: Words) -> Result<Pipeline, ScriptFault> {
    let mut filters = Vec::new();
    let sink = loop {
        continue_line(reader);
        if let Some(sink) = sink(reader)? {
            break Some(sink);
        }
        let start = reader.at;
        if reader.rest().starts_with("||") || !reader.takes("|") {
            break None;
        }
        if reader.takes("&") {
            let instead = "leave the `&` out: errors are part of the answer";
            return reader.fault(start, refused::shell("|&", "a pipe of errors", instead));
        }
        if filters.len() + 2 > MAX_STAGES {
            return reader.fault(start, Reason::TooManyStages);
        }
        skip_lines(reader);
        reader.comparing = compares(reader.rest());
        if is_over(reader) || reader.rest().starts_with(['|', ';']) || reader.rest().starts_with("&&") {
            return reader.fault(start, Reason::NothingAfter("|"));
        }
        filters.push(words(reader)?);
        reader.comparing = false;
    };
    Ok(Pipeline { source, filters, sink })
}

/// Whether the stage that follows compares with `<` and `>`.
fn compares(rest: &str) -> bool {
    rest.strip_prefix("where").is_some_and(|rest| rest.starts_with(char::is_whitespace))
}

/// The words of one stage, at least one.
fn words(reader: &mut Reader<'_>) -> Result<Words, ScriptFault> {
    let mut words = Words::default();
    loop {
        continue_line(reader);
        let start = reader.at;
        if !reader.ends_word() {
            lone_sign(reader)?;
            let word = reader.word()?;
            if !word.parts.is_empty() || word.stands {
                words.0.push(word);
            }
            if reader.comparing && reader.peek().is_some_and(char::is_whitespace) && ends_in_sink(reader) {
                reader.comparing = false;
            }
            continue;
        }
        let rest = reader.rest();
        if rest.starts_with('<') {
            reader.next();
            return reader.fault(start, refused::input(rest));
        }
        if rest.starts_with("&>") {
            reader.at += 2;
            let instead = "use `> name.txt`";
            return reader.fault(start, refused::shell("&>", "redirecting all output", instead));
        }
        if words.0.is_empty() {
            let sign = if rest.starts_with('>') { ">" } else { ";" };
            return reader.fault(start, Reason::NothingBefore(sign));
        }
        numbered_stream(reader, &words)?;
        return Ok(words);
    }
}

/// `&` and `;` alone, where a word would begin.
fn lone_sign(reader: &mut Reader<'_>) -> Result<(), ScriptFault> {
    let start = reader.at;
    let lone = reader.rest().strip_prefix('&').is_some_and(|rest| {
        rest.chars().next().is_none_or(|c| c.is_whitespace() || matches!(c, ';' | '|' | ')'))
    });
    if !lone {
        return Ok(());
    }
    reader.next();
    let instead = "leave it out: long work goes on by itself and answers when it is done";
    reader.fault(start, refused::shell("&", "running in the background", instead))
}

/// `2>file`: a number right before `>`.
fn numbered_stream(reader: &Reader<'_>, words: &Words) -> Result<(), ScriptFault> {
    let Some(last) = words.0.last() else { return Ok(()) };
    let typed = &reader.line[last.span.clone()];
    let joined = last.span.end == reader.at && reader.peek() == Some('>');
    if !joined || typed.is_empty() || !typed.bytes().all(|byte| byte.is_ascii_digit()) {
        return Ok(());
    }
    let instead = "leave it out: errors are part of the answer";
    let sign = format!("{typed}>");
    reader.fault(last.span.start, refused::shell(&sign, "redirecting a numbered stream", instead))
}

/// Whether all that is left of a pipeline is `> name.csv`.
fn ends_in_sink(reader: &Reader<'_>) -> bool {
    let Some(rest) = reader.rest().trim_start().strip_prefix('>') else { return false };
    let rest = rest.trim_start_matches([' ', '\t']);
    let end = rest.find(|c: char| c.is_whitespace() || "|;&)".contains(c)).unwrap_or(rest.len());
    let after = rest[end..].trim_start_matches([' ', '\t']);
    let last =
        after.is_empty() || ["\n", "\r", ";", "&&", "||", ")"].iter().any(|sign| after.starts_with(sign));
    last && Sink::named(&rest[..end]).is_some()
}

fn sink(reader: &mut Reader<'_>) -> Result<Option<Sink>, ScriptFault> {
    let start = reader.at;
    if let Some(reason) = refused::output(reader.rest()) {
        reader.at += 2;
        return reader.fault(start, reason);
    }
    if !reader.takes(">") {
        return Ok(None);
    }
    reader.skip_blanks();
    let word = if reader.ends_word() { Word::default() } else { reader.word()? };
    let name = word.literal();
    let Some(sink) = name.as_deref().and_then(Sink::named) else {
        let typed = reader.line[word.span.clone()].chars().take(40).collect();
        return reader.fault(start, Reason::SinkName(typed));
    };
    continue_line(reader);
    let rest = reader.rest();
    let over = is_over(reader) || ["\n", ";", "&&", "||"].iter().any(|sign| rest.starts_with(sign));
    if over { Ok(Some(sink)) } else { reader.fault(start, Reason::SinkNotLast(sink.name)) }
}

/// `name=value` as the first word: the name, and the rest of the word.
fn assignment(reader: &Reader<'_>, words: &Words) -> Option<(String, Word)> {
    let first = words.0.first()?;
    let typed = &reader.line[first.span.clone()];
    let length = name_length(typed);
    if length == 0 || !typed[length..].starts_with('=') {
        return None;
    }
    let name = typed[..length].to_owned();
    let mut value = first.clone();
    // What was typed unquoted is the beginning of the first literal.
    let Some(Part::Literal(text)) = value.parts.first_mut() else { return None };
    text.drain(..=length);
    if text.is_empty() {
        value.parts.remove(0);
    }
    value.stands = true;
    value.span.start += length + 1;
    Some((name, value))
}

fn set(reader: &Reader<'_>, name: String, value: Word, words: &Words) -> Result<Action, ScriptFault> {
    let start = words.span().start;
    if words.0.len() > 1 {
        return reader.fault(start, Reason::SetBeforeCommand(name));
    }
    let rest = reader.rest();
    if rest.starts_with('>') || rest.starts_with('|') && !rest.starts_with("||") {
        return reader.fault(start, Reason::SetInPipeline(name));
    }
    Ok(Action::Set { name, value })
}
