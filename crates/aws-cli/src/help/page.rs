//! How a page of help is laid out, and the page of an operation.

use aws_model::ServiceDocs;
use value::JsonStyle;

use super::{html, syntax};
use crate::HelpPage;
use crate::arguments::{Action, Argument, MemberRef, Table};
use crate::grammar::Arity;
use crate::operation::Line;
use crate::skeleton;

/// Lists of allowed values longer than this are cut.
const MAX_VALUES: usize = 40;

/// A page that is being written.
pub(super) struct Page {
    title: String,
    width: usize,
    text: String,
    short: String,
}

impl Page {
    /// An empty page.
    pub(super) fn new(title: &str, columns: usize) -> Page {
        let width = columns.clamp(40, 100);
        Page { title: title.to_owned(), width, text: format!("NAME\n    {title}\n\n"), short: String::new() }
    }

    /// A heading.
    pub(super) fn section(&mut self, name: &str) {
        if !self.text.ends_with("\n\n") {
            self.text.push('\n');
        }
        self.text.push_str(name);
        self.text.push('\n');
    }

    /// Plain text, wrapped.
    pub(super) fn paragraph(&mut self, text: &str) {
        self.text.push_str(&html::wrap(text, 4, self.width));
    }

    /// A fragment of the model's documentation.
    pub(super) fn html(&mut self, fragment: &str) {
        self.text.push_str(&html::wrap(&html::to_text(fragment), 4, self.width));
    }

    /// Lines as they are.
    pub(super) fn verbatim(&mut self, lines: &str) {
        self.indented(lines, 4);
    }

    fn indented(&mut self, lines: &str, indent: usize) {
        for line in lines.lines() {
            self.text.push_str(&" ".repeat(indent));
            self.text.push_str(line);
            self.text.push('\n');
        }
    }

    /// A term and what it means.
    pub(super) fn item(&mut self, term: &str, meaning: &str) {
        self.indented(term, 4);
        self.text.push_str(&html::wrap(meaning, 8, self.width));
    }

    /// Words in columns.
    pub(super) fn columns(&mut self, words: &[&str]) {
        let widest = words.iter().map(|word| word.len()).max().unwrap_or(0) + 2;
        let across = (self.width.saturating_sub(4) / widest.max(1)).max(1);
        for row in words.chunks(across) {
            let cells: Vec<String> = row.iter().map(|word| format!("{word:widest$}")).collect();
            self.indented(cells.concat().trim_end(), 4);
        }
    }

    /// The page in short.
    pub(super) fn short(&mut self, text: &str) {
        self.short.push_str(text.trim());
        self.short.push('\n');
    }

    /// The finished page.
    pub(super) fn finish(self) -> HelpPage {
        HelpPage { title: self.title, text: self.text, short: self.short }
    }
}

/// The page of an operation or a waiter.
pub(super) fn operation(line: &Line<'_>, table: &Table, docs: Option<&ServiceDocs>) -> HelpPage {
    let wait = if line.waiter.is_some() { "wait " } else { "" };
    let title = format!("aws {} {wait}{}", line.command, line.name);
    let mut page = Page::new(&title, line.env.columns);
    let summary = docs.map(|docs| docs.operation(&line.operation.name)).unwrap_or_default();
    if line.waiter.is_none() && !summary.is_empty() {
        page.section("DESCRIPTION");
        page.html(summary);
    }
    facts(line, &mut page);
    let shown: Vec<&Argument> = table.arguments.iter().filter(|argument| !argument.hidden).collect();
    page.section("SYNOPSIS");
    page.verbatim(&synopsis(line, &title, &shown));
    page.section("OPTIONS");
    for (index, argument) in shown.iter().enumerate() {
        if index > 0 {
            page.text.push('\n');
        }
        option(line, argument, docs, &mut page);
    }
    example(line, &title, &shown, &mut page);
    if line.waiter.is_none() && line.operation.output.is_some() {
        page.section("OUTPUT");
        let sample = skeleton::sample_output(line.service, line.operation).to_json(JsonStyle::Pretty);
        let lines: Vec<&str> = sample.lines().take(MAX_VALUES).collect();
        page.verbatim(&lines.join("\n"));
        if sample.lines().nth(MAX_VALUES).is_some() {
            page.verbatim("... in full: --generate-cli-skeleton output");
        }
    }
    short(line, &title, &shown, summary, &mut page);
    page.finish()
}

fn facts(line: &Line<'_>, page: &mut Page) {
    let level = aws_model::level(line.service, line.operation).name();
    let action = aws_model::iam_action(line.service, line.operation);
    page.section("ACCESS");
    page.paragraph(&format!("Level {level}; IAM action {action}."));
    if line.operation.deprecated {
        page.paragraph("Deprecated.");
    }
    if let Some(waiter) = line.waiter {
        page.paragraph(&format!(
            "Asks {} every {} seconds, {} times at most.",
            crate::names::operation_command(&waiter.operation),
            waiter.delay,
            waiter.max_attempts
        ));
    } else if line.service.paginator(&line.operation.name).is_some() {
        page.paragraph(
            "Pages are followed and merged; --max-items ends early, --starting-token goes on, --no-paginate makes one \
             call only.",
        );
    }
}

/// One line for each argument, the required ones first and without brackets.
fn synopsis(line: &Line<'_>, title: &str, shown: &[&Argument]) -> String {
    let mut lines = vec![title.to_owned()];
    let (required, optional): (Vec<&&Argument>, Vec<&&Argument>) =
        shown.iter().partition(|argument| argument.required);
    for argument in required {
        lines.push(format!("  {}", usage(line, argument)));
    }
    for argument in optional {
        if let Some(positive) = argument.name.strip_prefix("no-")
            && shown.iter().any(|other| other.name == positive)
        {
            continue;
        }
        let negative = format!("no-{}", argument.name);
        let pair = shown.iter().any(|other| other.name == negative);
        let alternative = if pair { format!(" | --{negative}") } else { String::new() };
        lines.push(format!("  [{}{alternative}]", usage(line, argument)));
    }
    lines.join("\n")
}

fn usage(line: &Line<'_>, argument: &Argument) -> String {
    let spelling = argument.spelling();
    if argument.stands_alone() {
        return format!("<{spelling}>");
    }
    match argument.arity(line.service) {
        Arity::Switch => spelling,
        Arity::One => format!("{spelling} <value>"),
        Arity::Optional => format!("{spelling} [<value>]"),
        Arity::Any | Arity::Some => format!("{spelling} <value> [<value>...]"),
    }
}

fn member_of(argument: &Argument) -> Option<&MemberRef> {
    match &argument.action {
        Action::Member(member)
        | Action::Flag(member, _)
        | Action::ValueFlag(member)
        | Action::ValueFlagOff(member)
        | Action::Nested(_, member) => Some(member),
        _ => None,
    }
}

fn option(line: &Line<'_>, argument: &Argument, docs: Option<&ServiceDocs>, page: &mut Page) {
    let member = member_of(argument);
    let kind =
        member.map_or(own_type(argument), |member| syntax::type_name(&line.service.shape(member.shape).kind));
    let required = if argument.required { ", required" } else { "" };
    page.indented(&format!("{} ({kind}{required})", argument.spelling()), 4);
    let Some(member) = member else {
        page.text.push_str(&html::wrap(own_help(argument), 8, page.width));
        return;
    };
    let text = docs.map(|docs| {
        let own = docs.member(member.structure, member.position);
        if own.is_empty() { docs.shape(member.shape) } else { own }
    });
    page.text.push_str(&html::wrap(&html::to_text(text.unwrap_or_default()), 8, page.width));
    values(line, member, page);
    if matches!(argument.action, Action::Member(_)) {
        if let Some(example) = syntax::shorthand(line.service, member.shape) {
            page.indented("Shorthand syntax:", 8);
            page.indented(&example, 10);
        }
        if let Some(example) = syntax::json(line.service, member.shape) {
            page.indented("JSON syntax:", 8);
            page.indented(&example, 10);
        }
    }
}

fn values(line: &Line<'_>, member: &MemberRef, page: &mut Page) {
    let allowed = &line.service.shape(member.shape).traits.values;
    if allowed.is_empty() {
        return;
    }
    let mut listed: Vec<&str> = allowed.iter().take(MAX_VALUES).map(|value| value.as_str()).collect();
    let more = format!("and {} more", allowed.len().saturating_sub(MAX_VALUES));
    if allowed.len() > MAX_VALUES {
        listed.push(&more);
    }
    page.text.push_str(&html::wrap(&format!("Allowed values: {}", listed.join(", ")), 8, page.width));
}

fn own_type(argument: &Argument) -> &'static str {
    match &argument.action {
        Action::Custom(custom) => match custom.arity {
            Arity::Switch => "boolean",
            Arity::Any | Arity::Some => "list",
            _ => "string",
        },
        Action::Paging(option) if *option != crate::arguments::PagingOption::StartingToken => "integer",
        _ => "string",
    }
}

fn own_help(argument: &Argument) -> &'static str {
    match &argument.action {
        Action::Custom(custom) => custom.help,
        Action::Paging(_) => match argument.name.as_str() {
            "starting-token" => "Go on where an earlier answer's NextToken says.",
            "page-size" => "How many items to ask for with each call.",
            _ => "Stop after this many items; the answer then has a NextToken.",
        },
        Action::InputJson => {
            "The whole input as JSON, as --generate-cli-skeleton prints it; options win over it."
        }
        Action::InputYaml => "The whole input as YAML; options win over it.",
        Action::Skeleton => {
            "Print a sample: `input` (the default), `yaml-input` or `output`. Nothing is sent."
        }
        Action::Outfile(_) => "The file that gets the answer's body.",
        _ => "",
    }
}

/// A command line with the required options filled in.
fn example(line: &Line<'_>, title: &str, shown: &[&Argument], page: &mut Page) {
    page.section("EXAMPLE");
    let mut words = vec![title.to_owned()];
    for argument in shown.iter().filter(|argument| argument.required) {
        if argument.stands_alone() {
            words.push("out.bin".to_owned());
            continue;
        }
        let sample = member_of(argument).map_or_else(|| "...".to_owned(), |member| sample(line, member));
        words.push(format!("{} {sample}", argument.spelling()));
    }
    page.verbatim(&words.join(" \\\n    "));
}

fn sample(line: &Line<'_>, member: &MemberRef) -> String {
    use aws_model::ShapeKind;
    let shape = line.service.shape(member.shape);
    match &shape.kind {
        ShapeKind::String => match shape.traits.values.first() {
            Some(value) => value.to_string(),
            None => format!("my-{}", crate::names::dashed(&member.name)),
        },
        ShapeKind::Integer | ShapeKind::Long => "1".to_owned(),
        ShapeKind::Float | ShapeKind::Double => "1.0".to_owned(),
        ShapeKind::Timestamp => "2024-01-02T03:04:05Z".to_owned(),
        ShapeKind::Blob if member.streaming => "path/to/file".to_owned(),
        ShapeKind::Blob => "aGVsbG8=".to_owned(),
        _ => match syntax::shorthand(line.service, member.shape) {
            Some(text) => format!("'{}'", text.trim_end_matches(" ...")),
            None => "'{}'".to_owned(),
        },
    }
}

fn short(line: &Line<'_>, title: &str, shown: &[&Argument], summary: &str, page: &mut Page) {
    page.short(&html::first_sentence(summary));
    let required: Vec<String> =
        shown.iter().filter(|argument| argument.required).map(|argument| usage(line, argument)).collect();
    page.short(&format!("{title} {}", required.join(" ")));
    let optional: Vec<String> = shown
        .iter()
        .filter(|argument| !argument.required && !argument.name.starts_with("no-"))
        .map(|argument| argument.spelling())
        .collect();
    if !optional.is_empty() {
        page.short(&format!("Options: {}", optional.join(" ")));
    }
}
