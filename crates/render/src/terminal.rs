//! A reply as plain text for a terminal, whole.

use slack::text::visible;

use crate::headline::{circumstances, verdict};
use crate::{Body, Card, Problem, Reply, Span, grid};

/// Everything in the reply as text, ending in a line feed. Tables wider than `width` columns turn into records.
pub fn to_terminal(reply: &Reply, width: usize) -> String {
    let mut parts = vec![heading(reply)];
    parts.push(body(&reply.body, width));
    parts.push(reply.notes.join("\n"));
    let buttons: Vec<String> = reply.buttons.iter().map(|button| format!("[{}]", button.label)).collect();
    parts.push(buttons.join(" "));
    let parts: Vec<&str> = parts.iter().map(|part| part.trim_end()).filter(|part| !part.is_empty()).collect();
    let text = parts.join("\n\n");
    format!("{}\n", visible(&text))
}

fn heading(reply: &Reply) -> String {
    let verdict = verdict(reply.status).map(|word| format!("{word}: ")).unwrap_or_default();
    let command = reply.facts.command.split_whitespace().collect::<Vec<_>>().join(" ");
    format!("{verdict}{command}\n{}", circumstances(&reply.facts))
}

fn body(shown: &Body, width: usize) -> String {
    match shown {
        Body::Nothing => String::new(),
        Body::Text(text) | Body::Preformatted(text) => text.clone(),
        Body::Spoken(spans) => spans.iter().map(Span::plain).collect(),
        Body::Table { columns, rows } if rows.is_empty() => format!("{}\n(no rows)", columns.join("  ")),
        Body::Table { columns, rows } => grid::lines(columns, rows, width),
        Body::Problem(problem) => sentences(problem).join("\n"),
        Body::Cards(cards) => cards.iter().map(card).collect::<Vec<_>>().join("\n\n"),
        Body::Parts(parts) => parts.iter().map(|part| body(part, width)).collect::<Vec<_>>().join("\n\n"),
    }
}

fn card(card: &Card) -> String {
    let pages = card.links.iter().map(|(name, url)| format!("{name}: {url}"));
    let lines = card.lines.iter().cloned().chain(card.link.clone()).chain(pages);
    std::iter::once(card.title.clone()).chain(lines.map(|line| format!("\n    {line}"))).collect()
}

/// The problem's sentences in order.
pub(crate) fn sentences(problem: &Problem) -> Vec<&str> {
    let parts = [Some(problem.what.as_str()), problem.why.as_deref(), problem.next.as_deref()];
    parts.into_iter().flatten().filter(|part| !part.is_empty()).collect()
}
