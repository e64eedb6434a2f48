//! A reply as a Slack message.
//!
//! From top to bottom: the command in bold; a grey line with account, region, time and request; the answer; what was
//! left out; remarks; buttons. Output is preformatted rich text, which knows no markup, so nothing in it can ping or
//! link. Everything but the answer is small and counted first; the answer gets the room that is left.

use std::borrow::Cow;

use slack::blocks::{Actions, Block, Blocks, ButtonStyle, RichSection, RichText, Table, limits};
use slack::text::{fit, visible};
use slack::{Message, ResponseType};

use crate::cut::beginning;
use crate::headline::{circumstances, count, verdict};
use crate::terminal::sentences;
use crate::{Audience, Body, Button, ButtonLook, Card, Problem, Reply, Span, grid};

/// How much of the command the heading shows.
const COMMAND_TEXT: usize = 300;
/// How much of all remarks together is shown, and of each problem's sentence.
const NOTES_TEXT: usize = 1_500;
/// How much of an answer in sentences a notification repeats.
const SUMMARY_TEXT: usize = 500;
/// Columns of a preformatted table; Slack breaks longer lines on a desktop.
const GRID_WIDTH: usize = 120;
/// How many cards are shown.
const CARDS: usize = 20;
/// Kept back for the line that says what is missing.
const REST_TEXT: usize = 120;

/// The message for a reply. Whatever the reply holds, the message is within Slack's limits.
pub fn to_slack(reply: &Reply) -> Message {
    let response_type = match reply.audience {
        Audience::Caller => ResponseType::Ephemeral,
        Audience::Channel => ResponseType::InChannel,
    };
    let tail = tail(reply);
    let tail_weight: usize = tail.iter().map(Block::weight).sum();
    let mut blocks = Blocks::new();
    let head = [heading(reply), context(&circumstances(&reply.facts))];
    fill(&mut blocks, head.into_iter().flatten());
    let room = blocks.room().saturating_sub(tail_weight + REST_TEXT);
    fill(&mut blocks, body(&reply.body, room));
    fill(&mut blocks, tail);
    Message::new(response_type, &summary(reply)).with_blocks(blocks)
}

/// Adds blocks as long as there is room. Only the body can be large, and it was given its size.
fn fill(blocks: &mut Blocks, more: impl IntoIterator<Item = Block>) {
    for block in more {
        if blocks.push(block).is_err() {
            return;
        }
    }
}

fn heading(reply: &Reply) -> Option<Block> {
    let command = command_line(reply);
    let verdict = verdict(reply.status);
    let section = match verdict {
        Some(word) if command.is_empty() => RichSection::new().bold(word),
        Some(word) => RichSection::new().bold(&format!("{word}: ")).bold(&command),
        None => RichSection::new().bold(&command),
    };
    (verdict.is_some() || !command.is_empty()).then(|| RichText::new().section(section).into())
}

fn command_line(reply: &Reply) -> String {
    let command = reply.facts.command.split_whitespace().collect::<Vec<_>>().join(" ");
    if command.is_empty() { command } else { fit(&command, COMMAND_TEXT) }
}

fn context(text: &str) -> Option<Block> {
    (!text.is_empty()).then(|| Block::context(&fit(text, NOTES_TEXT)))
}

fn body(body: &Body, room: usize) -> Vec<Block> {
    match body {
        Body::Nothing => Vec::new(),
        Body::Text(text) => running(text, room),
        Body::Spoken(spans) => spoken(spans, room),
        Body::Preformatted(text) => preformatted(text, room),
        Body::Table { columns, rows } => table(columns, rows, room),
        Body::Problem(problem) => problem_blocks(problem),
        Body::Cards(cards) => several_cards(cards, room),
        Body::Parts(parts) => several(parts, room),
    }
}

/// Each part gets the room that those before it left.
fn several(parts: &[Body], mut room: usize) -> Vec<Block> {
    let mut blocks = Vec::new();
    for part in parts {
        let more = body(part, room);
        room = room.saturating_sub(more.iter().map(Block::weight).sum::<usize>() + REST_TEXT);
        blocks.extend(more);
    }
    blocks
}

fn preformatted(text: &str, room: usize) -> Vec<Block> {
    let text = visible(text);
    if text.trim().is_empty() {
        return vec![Block::context("(no output)")];
    }
    let part = beginning(&text, room, weigh);
    let output = RichText::new().preformatted(part.shown).into();
    std::iter::once(output).chain(part.rest.as_deref().and_then(context)).collect()
}

fn running(text: &str, room: usize) -> Vec<Block> {
    let text = visible(text);
    let part = beginning(&text, room.min(limits::SECTION_TEXT), weigh);
    if part.shown.trim().is_empty() {
        return Vec::new();
    }
    let output = RichText::new().section(RichSection::new().text(part.shown)).into();
    std::iter::once(output).chain(part.rest.as_deref().and_then(context)).collect()
}

/// Sentences with names in them. Where there is no room for all, the ids are shown as they are.
fn spoken(spans: &[Span], room: usize) -> Vec<Block> {
    let add = |section: RichSection, span: &Span| match span {
        Span::Text(text) => section.text(&visible(text)),
        Span::User(id) => section.user(id),
        Span::Usergroup(id) => section.usergroup(id),
        Span::Channel(id) => section.channel(id),
    };
    let block = Block::from(RichText::new().section(spans.iter().fold(RichSection::new(), add)));
    if block.weight() <= room.min(limits::SECTION_TEXT) { vec![block] } else { running(&plain(spans), room) }
}

fn plain(spans: &[Span]) -> String {
    spans.iter().map(Span::plain).collect()
}

/// What a character takes of the message's room, escaped or not.
fn weigh(character: char) -> usize {
    match character {
        '&' => 5,
        '<' | '>' => 4,
        other => other.len_utf16(),
    }
}

fn table(columns: &[String], rows: &[Vec<String>], room: usize) -> Vec<Block> {
    if rows.is_empty() {
        return vec![Block::context("(no rows)")];
    }
    if columns.len() > limits::TABLE_COLUMNS {
        return preformatted(&grid::lines(columns, rows, GRID_WIDTH), room);
    }
    let Some(mut table) = Table::new(columns.iter().map(String::as_str)) else { return Vec::new() };
    for row in rows {
        if !table.push(row.iter().map(String::as_str), room) {
            break;
        }
    }
    if table.is_empty() || table.weight() > room {
        return preformatted(&grid::lines(columns, rows, GRID_WIDTH), room);
    }
    let missing = rows.len() - table.len();
    let rest = (missing > 0).then(|| format!("… {} not shown", count(missing, "more row")));
    std::iter::once(table.into()).chain(rest.as_deref().and_then(context)).collect()
}

fn problem_blocks(problem: &Problem) -> Vec<Block> {
    let section =
        |text: &str| RichText::new().section(RichSection::new().text(&fit(text, NOTES_TEXT))).into();
    sentences(problem).into_iter().map(section).collect()
}

/// As many cards as there is room for, whole.
fn several_cards(cards: &[Card], mut room: usize) -> Vec<Block> {
    let mut blocks = Vec::new();
    for (shown, each) in cards.iter().enumerate() {
        let block = card(each);
        if block.weight() > room || shown >= CARDS {
            blocks.push(Block::context(&format!("… {} not shown", count(cards.len() - shown, "more thing"))));
            break;
        }
        room -= block.weight();
        blocks.push(block);
    }
    blocks
}

fn card(card: &Card) -> Block {
    let title = fit(&visible(&card.title), NOTES_TEXT);
    let mut section = match &card.link {
        Some(link) => RichSection::new().link(&title, link),
        None => RichSection::new().bold(&title),
    };
    for line in &card.lines {
        section = section.text(&format!("\n{}", fit(&visible(line), NOTES_TEXT)));
    }
    for (index, (name, url)) in card.links.iter().enumerate() {
        section = section.text(if index == 0 { "\n" } else { " · " }).link(name, url);
    }
    RichText::new().section(section).into()
}

/// Remarks and buttons.
fn tail(reply: &Reply) -> Vec<Block> {
    let notes = reply.notes.iter().map(|note| note.trim()).filter(|note| !note.is_empty());
    let notes: Vec<&str> = notes.collect();
    let actions = Actions::new(reply.buttons.iter().filter_map(button)).map(Block::from);
    context(&notes.join("\n")).into_iter().chain(actions).collect()
}

/// A button whose value Slack would not take is left out: cut, it would mean something else.
fn button(button: &Button) -> Option<slack::blocks::Button> {
    let value = (!button.value.is_empty()).then_some(button.value.as_str());
    let made = slack::blocks::Button::new(&button.label, &button.action, value).ok()?;
    Some(match button.look {
        ButtonLook::Plain => made,
        ButtonLook::Primary => made.style(ButtonStyle::Primary),
        ButtonLook::Danger => made.style(ButtonStyle::Danger),
    })
}

/// The sentence that a body begins with.
fn opening(body: &Body) -> Cow<'_, str> {
    match body {
        Body::Problem(problem) => problem.what.as_str().into(),
        Body::Text(text) => text.as_str().into(),
        // A notification names nobody: what pings stands in the message itself.
        Body::Spoken(spans) => plain(spans).into(),
        Body::Parts(parts) => parts.first().map_or_else(Cow::default, opening),
        Body::Cards(cards) => cards.first().map_or_else(Cow::default, |card| card.title.as_str().into()),
        Body::Nothing | Body::Preformatted(_) | Body::Table { .. } => Cow::default(),
    }
}

/// What a notification says: how it went, and with what.
fn summary(reply: &Reply) -> String {
    let command = command_line(reply);
    let verdict = verdict(reply.status).unwrap_or("Done");
    let circumstances = circumstances(&reply.facts);
    let first = opening(&reply.body);
    let title = if command.is_empty() { verdict.to_owned() } else { format!("{verdict}: {command}") };
    let parts = [title, fit(&first, SUMMARY_TEXT), circumstances];
    parts.into_iter().filter(|part| !part.trim().is_empty()).collect::<Vec<_>>().join("\n")
}
