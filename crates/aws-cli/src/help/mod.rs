//! Help made from the models: the overview, a service, its waiters, an operation.

pub(crate) mod html;
mod page;
mod syntax;

use aws_model::{Catalog, Service, ServiceDocs};

use crate::arguments::Table;
use crate::globals::{OPTIONS, OWN_OPTIONS};
use crate::operation::Line;
use crate::{Environment, HelpPage, commands, customize, names};

/// `aws help`
pub(crate) fn overview(catalog: &Catalog, env: &Environment) -> HelpPage {
    let mut page = page::Page::new("aws", env.columns);
    page.paragraph("Calls AWS: every service and operation that the AWS CLI knows, under the same names.");
    page.section("SYNOPSIS");
    page.verbatim("aws [options] <service> <operation> [parameters]");
    page.section("HELP");
    page.verbatim("aws <service> help\naws <service> <operation> help\naws <service> wait help");
    page.section("OPTIONS");
    for option in OPTIONS.iter().chain(OWN_OPTIONS) {
        let choices = if option.choices.is_empty() {
            String::new()
        } else {
            format!(" ({})", option.choices.join(", "))
        };
        page.item(&format!("{}{choices}", option.name), option.help);
    }
    page.section("SERVICES");
    let all = catalog.names();
    let mut services: Vec<&str> = all.iter().map(|name| names::service_command(name)).collect();
    services.sort_unstable();
    page.columns(&services);
    page.short("aws <service> <operation> [parameters]; `aws <service> help` lists a service's operations.");
    page.finish()
}

/// `aws ec2 help`
pub(crate) fn service(service: &Service, command: &str, env: &Environment) -> HelpPage {
    let docs = documentation(service);
    let mut page = page::Page::new(&format!("aws {command}"), env.columns);
    page.paragraph(&service.metadata().full_name);
    if let Some(docs) = &docs {
        page.section("DESCRIPTION");
        page.html(docs.service());
    }
    page.section("OPERATIONS");
    let mut known = customize::command_names(service, command);
    if !service.waiters().is_empty() {
        known.push("wait".to_owned());
    }
    let missing = commands::missing(command);
    known.extend(
        commands::names(command).into_iter().filter(|name| !missing.contains(name)).map(str::to_owned),
    );
    known.sort_unstable();
    page.columns(&known.iter().map(String::as_str).collect::<Vec<_>>());
    if !missing.is_empty() {
        page.section("NOT AVAILABLE HERE");
        page.columns(&missing);
    }
    let summary = docs.as_ref().map(|docs| html::first_sentence(docs.service())).unwrap_or_default();
    page.short(&format!("{summary}\n{} operations: {}", known.len(), shortened(&known)));
    page.finish()
}

fn shortened(names: &[String]) -> String {
    const SHOWN: usize = 40;
    let shown = names.iter().take(SHOWN).map(String::as_str).collect::<Vec<_>>().join(", ");
    if names.len() > SHOWN { format!("{shown}, and {} more", names.len() - SHOWN) } else { shown }
}

/// `aws ec2 wait help`
pub(crate) fn waiters(service: &Service, command: &str, env: &Environment) -> HelpPage {
    let mut page = page::Page::new(&format!("aws {command} wait"), env.columns);
    page.paragraph("Waits until something has reached a state: asks again and again, and fails with exit code 255 in the end.");
    page.section("WAITERS");
    for waiter in service.waiters() {
        let asks = names::operation_command(&waiter.operation);
        let text = format!("Asks {asks} every {} seconds, {} times.", waiter.delay, waiter.max_attempts);
        page.item(&names::dashed(&waiter.name), &text);
    }
    let known: Vec<String> = service.waiters().iter().map(|waiter| names::dashed(&waiter.name)).collect();
    page.short(&shortened(&known));
    page.finish()
}

/// `aws ec2 run-instances help`
pub(crate) fn operation(line: &Line<'_>, table: &Table) -> HelpPage {
    let docs = documentation(line.service);
    page::operation(line, table, docs.as_ref())
}

/// The documentation; without it help is shorter.
fn documentation(service: &Service) -> Option<ServiceDocs> {
    service.documentation().ok()
}

/// `aws s3 cp help`
pub(crate) fn high_level(command: &str, spec: &commands::Spec, env: &Environment) -> HelpPage {
    let mut page = page::Page::new(&format!("aws {command}"), env.columns);
    page.paragraph(spec.about);
    let mut synopsis = format!("aws {command}");
    for word in spec.words {
        let open = if word.required { ("", "") } else { ("[", "]") };
        synopsis.push_str(&format!(" {}{}{}", open.0, word.shown, open.1));
    }
    let options = || spec.options.iter().copied().flatten();
    for option in options().filter(|option| option.required) {
        synopsis.push_str(&format!(" --{} <value>", option.name));
    }
    let short = format!("{}\n{synopsis} [options]", spec.about);
    page.section("SYNOPSIS");
    page.verbatim(&format!("{synopsis} [options]"));
    page.section("OPTIONS");
    for option in options() {
        let choices = if option.choices.is_empty() {
            String::new()
        } else {
            format!(" ({})", option.choices.join(", "))
        };
        page.item(&format!("--{}{choices}", option.name), option.about);
    }
    page.short(&short);
    page.finish()
}

/// `aws s3 help`
pub(crate) fn commands_of(command: &str, known: &[&str], env: &Environment) -> HelpPage {
    let mut page = page::Page::new(&format!("aws {command}"), env.columns);
    page.section("COMMANDS");
    page.columns(known);
    page.short(&format!("aws {command} <command>: {}", known.join(", ")));
    page.finish()
}
