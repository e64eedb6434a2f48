//! What the AWS CLI changes about the models' commands and arguments, one file a theme.
//!
//! Facts are AWS CLI v2's. Adding a customisation: a file with a [`Customization`], and a line in [`ALL`].

mod bundle;
mod cloudfront;
mod cloudsearch;
mod cloudwatch;
mod codedeploy;
mod ec2_instances;
mod ec2_rules;
mod ec2_values;
mod emr;
mod files;
mod hoisted;
mod operations;
mod renames;
mod ses;

use aws_model::Service;
use jiff::Timestamp;
use value::Map;

use crate::UsageError;
use crate::arguments::Table;

pub(crate) use hoisted::put_nested;
pub(crate) use operations::{Found, command_names, find};

/// What is changed about some operations of a service.
pub(crate) struct Customization {
    /// The service's command.
    pub(crate) service: &'static str,
    /// The operations' commands; empty means all.
    pub(crate) operations: &'static [&'static str],
    /// Changes the arguments.
    pub(crate) table: fn(&mut Table, &Place<'_>),
    /// Holds what was given together against the rules.
    pub(crate) check: fn(&Seen<'_>) -> Result<(), UsageError>,
    /// Changes the parameters just before the call.
    pub(crate) finish: fn(&mut Map),
    /// Changes them once more, when bytes are bytes.
    pub(crate) seal: fn(&mut Map, Timestamp),
}

impl Customization {
    /// Nothing changed about those operations.
    pub(crate) const fn of(service: &'static str, operations: &'static [&'static str]) -> Customization {
        Customization {
            service,
            operations,
            table: |_, _| (),
            check: |_| Ok(()),
            finish: |_| (),
            seal: |_, _| (),
        }
    }

    /// Changes the arguments.
    pub(crate) const fn table(mut self, table: fn(&mut Table, &Place<'_>)) -> Customization {
        self.table = table;
        self
    }

    /// Checks what was given.
    pub(crate) const fn check(mut self, check: fn(&Seen<'_>) -> Result<(), UsageError>) -> Customization {
        self.check = check;
        self
    }

    /// Changes the parameters.
    pub(crate) const fn finish(mut self, finish: fn(&mut Map)) -> Customization {
        self.finish = finish;
        self
    }

    /// Changes the parameters when they hold bytes, knowing the time.
    pub(crate) const fn seal(mut self, seal: fn(&mut Map, Timestamp)) -> Customization {
        self.seal = seal;
        self
    }
}

/// The command whose arguments are changed.
pub(crate) struct Place<'a> {
    /// The service.
    pub(crate) service: &'a Service,
    /// The service's command.
    pub(crate) command: &'a str,
    /// The operation's command.
    pub(crate) name: &'a str,
}

/// Which arguments were given, and with which words.
pub(crate) struct Seen<'a> {
    /// The table.
    pub(crate) table: &'a Table,
    /// The words for each of its arguments.
    pub(crate) words: &'a [Option<Vec<String>>],
}

impl Seen<'_> {
    /// The words of an argument, if it was given.
    pub(crate) fn get(&self, name: &str) -> Option<&[String]> {
        let index = self.table.arguments.iter().position(|argument| argument.name == name)?;
        self.words.get(index)?.as_deref()
    }

    /// Whether an argument was given with anything but an empty word.
    pub(crate) fn truthy(&self, name: &str) -> bool {
        self.get(name).is_some_and(|words| words.is_empty() || words.iter().any(|word| !word.is_empty()))
    }

    /// Refuses arguments of different groups beside each other.
    pub(crate) fn exclusive(&self, groups: &[&[&str]]) -> Result<(), UsageError> {
        let mut current: Option<&[&str]> = None;
        for argument in &self.table.arguments {
            let Some(group) = groups.iter().find(|group| group.contains(&argument.name.as_str())) else {
                continue;
            };
            if self.get(&argument.name).is_none() {
                continue;
            }
            match current {
                Some(other) if other != *group => {
                    let key = argument.name.replace('-', "_");
                    let others: Vec<String> = other.iter().map(|name| name.replace('-', "_")).collect();
                    return Err(UsageError::validation(format!(
                        "The key \"{key}\" cannot be specified when one of the following keys are also specified: {}",
                        others.join(", ")
                    )));
                }
                _ => current = Some(group),
            }
        }
        Ok(())
    }
}

/// All of them. For one operation they apply in this order.
const ALL: &[&[Customization]] = &[
    ec2_instances::ALL,
    ec2_rules::ALL,
    cloudwatch::ALL,
    ses::ALL,
    emr::ALL,
    bundle::ALL,
    cloudfront::ALL,
    cloudsearch::ALL,
    codedeploy::ALL,
    hoisted::ALL,
    files::ALL,
    ec2_values::ALL,
];

/// What is changed about an operation, `service` and `operation` being commands.
pub(crate) fn of<'a>(
    service: &'a str,
    operation: &'a str,
) -> impl Iterator<Item = &'static Customization> + 'a {
    ALL.iter().copied().flatten().filter(move |custom| {
        custom.service == service && (custom.operations.is_empty() || custom.operations.contains(&operation))
    })
}

/// Applies all changes of arguments.
pub(crate) fn change_table(table: &mut Table, place: &Place<'_>) {
    // EC2's truth values come after the renames, all else before them.
    let after = |custom: &&Customization| custom.service == "ec2" && custom.operations.is_empty();
    for custom in of(place.command, place.name).filter(|custom| !after(custom)) {
        (custom.table)(table, place);
    }
    renames::apply(table, place.command, place.name);
    for custom in of(place.command, place.name).filter(after) {
        (custom.table)(table, place);
    }
}
