//! The options of one operation, from its model: which there are, how many words each takes, what each fills.

pub(crate) mod blob;
mod build;
pub(crate) mod fit;
pub(crate) mod json;
pub(crate) mod paramfile;
pub(crate) mod shorthand;
mod unpack;

use aws_model::{Service, ShapeId, ShapeKind};
use value::{Key, Map, Value};

use crate::grammar::{Arity, OptionRule, Positional};
use crate::prelude::Prelude;
use crate::{Environment, Profile, UsageError};
use paramfile::ParamFiles;

pub(crate) use unpack::{Raw, Unpacker, looks_like_json, supports_shorthand};

/// One option, or one word that stands alone.
#[derive(Debug, Clone)]
pub(crate) struct Argument {
    /// Its name without dashes.
    pub(crate) name: String,
    /// What it does.
    pub(crate) action: Action,
    /// Whether the command line must have it.
    pub(crate) required: bool,
    /// Whether help leaves it out.
    pub(crate) hidden: bool,
}

/// What an argument does.
#[derive(Debug, Clone)]
pub(crate) enum Action {
    /// Fills a member of the input.
    Member(MemberRef),
    /// Sets a truth value of the input.
    Flag(MemberRef, bool),
    /// EC2's structures of one truth value: `--x`, `--x Value=false`.
    ValueFlag(MemberRef),
    /// Their negative, `--no-x`.
    ValueFlagOff(MemberRef),
    /// Fills a member of a member of the input.
    Nested(Key, MemberRef),
    /// Something that the AWS CLI adds to the model.
    Custom(&'static Custom),
    /// `--starting-token`, `--max-items`, `--page-size`.
    Paging(PagingOption),
    /// `--cli-input-json`
    InputJson,
    /// `--cli-input-yaml`
    InputYaml,
    /// `--generate-cli-skeleton`
    Skeleton,
    /// The file that the answer's streamed member goes to.
    Outfile(Key),
}

/// A member of an input structure.
#[derive(Debug, Clone)]
pub(crate) struct MemberRef {
    /// Its name in the model.
    pub(crate) name: Key,
    /// The structure that has it.
    pub(crate) structure: ShapeId,
    /// Its place there.
    pub(crate) position: usize,
    /// Its shape.
    pub(crate) shape: ShapeId,
    /// Whether its text is JSON: a document, or a header that holds JSON.
    pub(crate) json: bool,
    /// Whether it is a body that is read from a file.
    pub(crate) streaming: bool,
    /// A member below that may not be given here, and what is said then.
    pub(crate) forbids: Option<(&'static str, &'static str)>,
}

/// The paging options, with whether their values are numbers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum PagingOption {
    /// `--starting-token`
    StartingToken,
    /// `--page-size`
    PageSize {
        /// The operation's own limit is a number.
        numeric: bool,
    },
    /// `--max-items`
    MaxItems {
        /// The operation's own limit is a number.
        numeric: bool,
    },
}

/// An argument that the AWS CLI adds to the model.
#[derive(Debug)]
pub(crate) struct Custom {
    /// Its name without dashes.
    pub(crate) name: &'static str,
    /// How many words it takes.
    pub(crate) arity: Arity,
    /// The words that it takes, if they are listed.
    pub(crate) choices: &'static [&'static str],
    /// Whether the command line must have it.
    pub(crate) required: bool,
    /// What help says of it.
    pub(crate) help: &'static str,
    /// Puts what was given into the call.
    pub(crate) apply: fn(&mut Fill<'_>, Given<'_>) -> Result<(), UsageError>,
}

/// What was given for a custom argument.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Given<'a> {
    /// A switch stood there.
    Switch,
    /// One word, or what stood in the file that it names.
    One(&'a Value),
    /// Several words.
    Many(&'a [String]),
}

impl Given<'_> {
    /// The text; empty for a switch or several words.
    pub(crate) fn text(&self) -> &str {
        match self {
            Given::One(value) => value.as_text().unwrap_or_default(),
            _ => "",
        }
    }
}

/// A call that is being filled.
pub(crate) struct Fill<'a> {
    /// The parameters so far.
    pub(crate) params: Map,
    /// Files that values may name.
    pub(crate) files: &'a ParamFiles<'a>,
    /// The world around.
    pub(crate) env: &'a Environment,
    /// Where the line was written.
    pub(crate) profile: Profile,
    /// Parameters that were written as JSON of their own.
    pub(crate) as_json: Vec<Key>,
    /// Members of the answer that go to files.
    pub(crate) member_files: Vec<(Key, String)>,
    /// Sentences for the user.
    pub(crate) warnings: Vec<String>,
    /// What must be asked before the call.
    pub(crate) prelude: Option<Prelude>,
}

/// The arguments of one command.
#[derive(Debug, Clone, Default)]
pub(crate) struct Table {
    /// In the order in which help and faults name them.
    pub(crate) arguments: Vec<Argument>,
}

impl Table {
    /// The argument of that name.
    pub(crate) fn get(&self, name: &str) -> Option<&Argument> {
        self.arguments.iter().find(|argument| argument.name == name)
    }

    /// The argument of that name, to change.
    pub(crate) fn get_mut(&mut self, name: &str) -> Option<&mut Argument> {
        self.arguments.iter_mut().find(|argument| argument.name == name)
    }

    /// Puts an argument in the place of one of the same name, or at the end.
    pub(crate) fn put(&mut self, argument: Argument) -> Option<Argument> {
        match self.get_mut(&argument.name) {
            Some(place) => Some(std::mem::replace(place, argument)),
            None => {
                self.arguments.push(argument);
                None
            }
        }
    }

    /// Takes an argument out.
    pub(crate) fn remove(&mut self, name: &str) -> Option<Argument> {
        let index = self.arguments.iter().position(|argument| argument.name == name)?;
        Some(self.arguments.remove(index))
    }

    /// Gives an argument another name, which puts it at the end.
    pub(crate) fn rename(&mut self, from: &str, to: &str) {
        if let Some(mut argument) = self.remove(from) {
            argument.name = to.to_owned();
            self.put(argument);
        }
    }

    /// Adds custom arguments.
    pub(crate) fn add(&mut self, customs: impl IntoIterator<Item = &'static Custom>) {
        for custom in customs {
            self.put(Argument {
                name: custom.name.to_owned(),
                action: Action::Custom(custom),
                required: custom.required,
                hidden: false,
            });
        }
    }

    /// Says that an argument may be left out.
    pub(crate) fn optional(&mut self, name: &str) {
        if let Some(argument) = self.get_mut(name) {
            argument.required = false;
        }
    }

    /// Leaves an argument out of help.
    pub(crate) fn hide(&mut self, name: &str) {
        if let Some(argument) = self.get_mut(name) {
            argument.hidden = true;
        }
    }

    /// The grammar's rules for the options; indices as in `arguments`, words that stand alone included as rules that
    /// no word can match.
    pub(crate) fn rules(&self, service: &Service) -> Vec<OptionRule> {
        let rule = |argument: &Argument| {
            let dashes = if argument.stands_alone() { "\0" } else { "--" };
            OptionRule { name: format!("{dashes}{}", argument.name), arity: argument.arity(service) }
        };
        self.arguments.iter().map(rule).collect()
    }

    /// The words that stand alone: the file for the answer's body if there is one, and `help`.
    pub(crate) fn positionals(&self) -> Vec<Positional> {
        let mut positionals = Vec::new();
        if let Some(argument) = self.arguments.iter().find(|argument| argument.stands_alone()) {
            positionals.push(Positional { required: argument.required });
        }
        positionals.push(Positional { required: false });
        positionals
    }
}

impl Argument {
    /// Whether it is a word that stands alone rather than an option.
    pub(crate) fn stands_alone(&self) -> bool {
        matches!(self.action, Action::Outfile(_))
    }

    /// How many words it takes.
    pub(crate) fn arity(&self, service: &Service) -> Arity {
        match &self.action {
            Action::Flag(..) | Action::ValueFlagOff(_) => Arity::Switch,
            Action::ValueFlag(_) | Action::Skeleton => Arity::Optional,
            Action::Custom(custom) => custom.arity,
            Action::Member(member) => match service.shape(member.shape).kind {
                ShapeKind::List(_) => Arity::Any,
                _ => Arity::One,
            },
            _ => Arity::One,
        }
    }

    /// The words that it takes, if they are listed and held against the list.
    pub(crate) fn choices(&self) -> &'static [&'static str] {
        match &self.action {
            Action::Custom(custom) => custom.choices,
            Action::Skeleton => &["input", "output", "yaml-input"],
            _ => &[],
        }
    }

    /// What faults call it.
    pub(crate) fn spelling(&self) -> String {
        if self.stands_alone() { self.name.clone() } else { format!("--{}", self.name) }
    }
}
