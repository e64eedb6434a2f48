//! The words behind an operation's name become parameters, and those a call.

use std::sync::Arc;

use aws_call::Call;
use aws_model::{Operation, Service, Waiter};
use value::{Key, Map, Value};

use crate::arguments::blob::{self, BlobFormat};
use crate::arguments::paramfile::ParamFiles;
use crate::arguments::{Action, Argument, Fill, Given, PagingOption, Raw, Table, Unpacker, looks_like_json};
use crate::customize::{self, Place, Seen};
use crate::globals::{Top, check_choice};
use crate::grammar::Rules;
use crate::paging;
use crate::prelude::{self, Prelude};
use crate::skeleton::{self, Skeleton};
use crate::{
    Environment, Globals, Invocation, Parsed, Profile, UsageError, explain, help, input, names, python,
};

/// The operation that a line names.
pub(crate) struct Line<'a> {
    /// The service.
    pub(crate) service: &'a Arc<Service>,
    /// The service's command.
    pub(crate) command: &'a str,
    /// The operation's or the waiter's command.
    pub(crate) name: &'a str,
    /// The operation.
    pub(crate) operation: &'a Operation,
    /// The waiter, if the line waits.
    pub(crate) waiter: Option<&'a Waiter>,
    /// The world around.
    pub(crate) env: &'a Environment,
    /// Where the line was written.
    pub(crate) profile: Profile,
}

impl Line<'_> {
    /// The arguments, and the operation's own ones that paging options hide.
    pub(crate) fn table(&self) -> (Table, Vec<Argument>) {
        let mut table = Table::of_members(self.service, self.operation);
        if self.waiter.is_none() {
            let place = Place { service: self.service, command: self.command, name: self.name };
            customize::change_table(&mut table, &place);
        }
        // In chat there is no file: the answer's body is shown.
        table.add_outfile(self.service, self.operation, self.profile == Profile::Terminal);
        let shadowed =
            table.add_standard(self.service, self.operation, self.service.paginator(&self.operation.name));
        (table, shadowed)
    }

    fn customizations(&self) -> impl Iterator<Item = &'static customize::Customization> + '_ {
        let waits = self.waiter.is_some();
        customize::of(self.command, self.name).filter(move |_| !waits)
    }

    fn full_name(&self) -> String {
        match self.waiter {
            Some(_) => format!("{} wait {}", self.command, self.name),
            None => format!("{} {}", self.command, self.name),
        }
    }
}

/// Makes of the words what they say: a call, help, a skeleton, an explanation.
pub(crate) fn interpret(line: &Line<'_>, top: Top, words: &[String]) -> Result<Parsed, UsageError> {
    let (mut table, shadowed) = line.table();
    if words == ["help"] {
        return Ok(Parsed::Help(help::operation(line, &table)));
    }
    let explain_only = top.explain;
    relax(&mut table, words);
    let given = sort(line, &table, words)?;
    let Some(given) = given else { return Ok(Parsed::Help(help::operation(line, &table))) };
    let seen = Seen { table: &table, words: &given };
    for custom in line.customizations() {
        (custom.check)(&seen)?;
    }
    let mut globals = top.globals;
    globals.paginate = paging::stays_on(line, &seen, !top.no_paginate)?;
    if !globals.paginate {
        for argument in shadowed {
            table.put(argument);
        }
    }
    let format = match top.binary_format.as_deref() {
        Some("raw-in-base64-out") => BlobFormat::Raw,
        _ => BlobFormat::Base64,
    };
    let filled = fill(line, &table, given, globals)?;
    finish(line, filled, format, explain_only)
}

/// A whole input or a skeleton makes everything optional.
fn relax(table: &mut Table, words: &[String]) {
    let skeleton = words.iter().position(|word| word == "--generate-cli-skeleton");
    let needs_nothing = skeleton.is_some_and(|at| words.get(at + 1).is_none_or(|next| next != "output"));
    let whole = words.iter().any(|word| word == "--cli-input-json" || word == "--cli-input-yaml");
    if (whole && table.get("cli-input-json").is_some())
        || (needs_nothing && table.get("generate-cli-skeleton").is_some())
    {
        for argument in &mut table.arguments {
            argument.required = false;
        }
    }
}

type Words = Vec<Option<Vec<String>>>;

/// The words for each argument; `None` if help is asked for.
fn sort(line: &Line<'_>, table: &Table, words: &[String]) -> Result<Option<Words>, UsageError> {
    let rules = table.rules(line.service);
    let positionals = table.positionals();
    let sorted = Rules::new(&rules).sort(&positionals, words).map_err(|fault| UsageError::syntax(fault.0))?;
    let mut given: Words = vec![None; table.arguments.len()];
    for (index, words) in sorted.options {
        let argument = &table.arguments[index];
        check_words(line, argument, &words)?;
        // Of a switch and its negative, the last one counts.
        if let Action::Flag(member, _) = &argument.action {
            forget_flag(table, &mut given, &member.name);
        }
        given[index] = Some(words);
    }
    let mut alone = sorted.positionals.into_iter().rev();
    let help = alone.next().flatten();
    if let (Some(index), Some(word)) =
        (table.arguments.iter().position(Argument::stands_alone), alone.next().flatten())
    {
        given[index] = Some(vec![word]);
    }
    let missing: Vec<String> = table
        .arguments
        .iter()
        .zip(&given)
        .filter(|(argument, words)| argument.required && words.is_none())
        .map(|(argument, _)| argument.spelling())
        .collect();
    if !missing.is_empty() {
        let reason = format!("the following arguments are required: {}", missing.join(", "));
        return Err(UsageError::syntax(reason));
    }
    if help.as_deref() == Some("help") {
        return Ok(None);
    }
    let mut unknown = sorted.rest;
    unknown.extend(help.filter(|word| !word.is_empty()));
    if unknown.is_empty() { Ok(Some(given)) } else { Err(unknown_options(table, &unknown)) }
}

fn forget_flag(table: &Table, given: &mut Words, member: &Key) {
    for (argument, words) in table.arguments.iter().zip(given) {
        if matches!(&argument.action, Action::Flag(other, _) if other.name == *member) {
            *words = None;
        }
    }
}

fn unknown_options(table: &Table, unknown: &[String]) -> UsageError {
    let names: Vec<String> =
        table.arguments.iter().filter(|argument| !argument.hidden).map(Argument::spelling).collect();
    let mut suggestions = Vec::new();
    // Each costs a comparison with every option, and three suggestions are all that is shown.
    for word in unknown.iter().filter(|word| word.starts_with("--")).take(8) {
        suggestions.extend(crate::suggest::nearest(word, names.iter().map(String::as_str)));
    }
    suggestions.truncate(3);
    UsageError::unknown_options(unknown).suggesting(suggestions)
}

/// Holds words against listed choices, and against the types that the grammar itself converts to.
fn check_words(line: &Line<'_>, argument: &Argument, words: &[String]) -> Result<(), UsageError> {
    let Some(word) = words.first() else { return Ok(()) };
    check_choice(&argument.spelling(), argument.choices(), word)?;
    let (kind, fits) = match &argument.action {
        Action::Member(member) => match line.service.shape(member.shape).kind {
            aws_model::ShapeKind::Long => ("int", python::integer(word).is_some()),
            aws_model::ShapeKind::Float | aws_model::ShapeKind::Double => {
                ("float", python::float(word).is_some())
            }
            _ => return Ok(()),
        },
        Action::Paging(
            PagingOption::PageSize { numeric: true } | PagingOption::MaxItems { numeric: true },
        ) => ("int", python::integer(word).is_some()),
        _ => return Ok(()),
    };
    if fits {
        return Ok(());
    }
    let shown = python::repr(word);
    Err(UsageError::syntax(format!("argument {}: invalid {kind} value: {shown}", argument.spelling())))
}

/// The parameters that the words make, and what else they say.
struct Filled {
    params: Map,
    globals: Globals,
    skeleton: Option<Skeleton>,
    outfile: Option<(Key, String)>,
    as_json: Vec<Key>,
    member_files: Vec<(Key, String)>,
    warnings: Vec<String>,
    prelude: Option<Prelude>,
    /// A page size that is no number, for operations whose limit is text.
    page_size_text: Option<String>,
}

fn fill(line: &Line<'_>, table: &Table, given: Words, mut globals: Globals) -> Result<Filled, UsageError> {
    let files = ParamFiles::new(line.env, line.profile);
    let mut fill = Fill {
        params: Map::new(),
        files: &files,
        env: line.env,
        profile: line.profile,
        as_json: Vec::new(),
        member_files: Vec::new(),
        warnings: Vec::new(),
        prelude: None,
    };
    let mut whole: Option<(&Argument, String)> = None;
    let (mut skeleton, mut outfile, mut page_size_text) = (None, None, None);
    for (argument, words) in table.arguments.iter().zip(given) {
        let Some(words) = words else { continue };
        let word = || words.first().cloned().unwrap_or_default();
        match &argument.action {
            Action::InputJson | Action::InputYaml => {
                if whole.is_some() {
                    return Err(UsageError::validation("Only one --cli-input- parameter may be specified."));
                }
                whole = Some((argument, word()));
            }
            Action::Skeleton => skeleton = Some(Skeleton::named(words.first().map(String::as_str))),
            Action::Paging(PagingOption::PageSize { numeric: false })
                if python::integer(&word()).is_none() =>
            {
                page_size_text = Some(word());
            }
            Action::Paging(option) => {
                let text = match files.load_for(&argument.spelling(), &word())? {
                    Some(loaded) => loaded.into_text(),
                    None => word(),
                };
                paging::set(&mut globals, *option, &text, &mut fill.warnings)?;
            }
            Action::Outfile(member) => {
                if line.profile == Profile::Chat {
                    return Err(UsageError::refused(
                        "writing the answer to a file",
                        "it would be a local file",
                    ));
                }
                outfile = Some((member.clone(), word()));
            }
            _ => put(line, argument, words, &mut fill)?,
        }
    }
    if let Some((argument, text)) = whole {
        input::merge(argument, &text, &files, &mut fill.params)?;
    }
    let Fill { params, as_json, member_files, warnings, prelude, .. } = fill;
    Ok(Filled {
        params,
        globals,
        skeleton,
        outfile,
        as_json,
        member_files,
        warnings,
        prelude,
        page_size_text,
    })
}

/// Puts what was given for an argument of the model, or one that the AWS CLI adds, into the call.
fn put(
    line: &Line<'_>,
    argument: &Argument,
    words: Vec<String>,
    fill: &mut Fill<'_>,
) -> Result<(), UsageError> {
    use crate::grammar::Arity;
    // The rules for values know an operation, not the waiters that ask by it.
    let operation = names::operation_command(&line.operation.name);
    let unpacker = Unpacker {
        service: line.service,
        command: line.command,
        operation: &operation,
        argument: &argument.name,
        files: fill.files,
    };
    let many = matches!(argument.arity(line.service), Arity::Any | Arity::Some);
    match &argument.action {
        Action::Flag(member, value) => {
            fill.params.insert(member.name.clone(), *value);
        }
        Action::ValueFlagOff(member) => {
            fill.params.insert(member.name.clone(), truth(false));
        }
        Action::ValueFlag(member) if words.is_empty() => {
            fill.params.insert(member.name.clone(), truth(true));
        }
        Action::Member(member) | Action::ValueFlag(member) => {
            let raw = Raw::load(&argument.name, words, many, fill.files)?;
            if looks_like_json(&raw) {
                fill.as_json.push(member.name.clone());
            }
            let value = unpacker.unpack(member, raw)?;
            if let Some((below, message)) = member.forbids
                && value.get(below).is_some()
            {
                return Err(UsageError::validation(message));
            }
            fill.params.insert(member.name.clone(), value);
        }
        Action::Nested(parent, member) => {
            let value = unpacker.unpack(member, Raw::load(&argument.name, words, many, fill.files)?)?;
            customize::put_nested(&mut fill.params, parent, &member.name, value);
        }
        Action::Custom(custom) => match Raw::load(&argument.name, words, many, fill.files)? {
            _ if custom.arity == Arity::Switch => (custom.apply)(fill, Given::Switch)?,
            Raw::Words(words) => (custom.apply)(fill, Given::Many(&words))?,
            one => (custom.apply)(fill, Given::One(&one.into_value()))?,
        },
        _ => {}
    }
    Ok(())
}

/// EC2's structure of one truth value.
fn truth(value: bool) -> Value {
    Value::Map([("Value", Value::Bool(value))].into_iter().collect())
}

/// The last steps: paging that the parameters themselves rule out, bytes, validation.
fn finish(
    line: &Line<'_>,
    mut filled: Filled,
    format: BlobFormat,
    explain_only: bool,
) -> Result<Parsed, UsageError> {
    paging::settle(line, &filled.params, &mut filled.globals);
    let limit = line.service.paginator(&line.operation.name).and_then(|pages| pages.limit_key.clone());
    if let (Some(limit), Some(size)) = (limit, filled.page_size_text.take()) {
        filled.params.insert(limit, size);
    }
    if let Some(skeleton) = &filled.skeleton
        && *skeleton != Skeleton::Output
    {
        return Ok(Parsed::Text(skeleton::input(line.service, line.operation, skeleton)));
    }
    if line.command == "cloudsearchdomain" && filled.globals.endpoint_url.is_none() {
        return Err(UsageError::validation("--endpoint-url is required for cloudsearchdomain commands"));
    }
    for custom in line.customizations() {
        (custom.finish)(&mut filled.params);
    }
    if let Some(input) = line.operation.input {
        let mut params = Value::Map(filled.params);
        blob::decode(line.service, line.service.shape(input), &mut params, format)?;
        filled.params = match params {
            Value::Map(params) => params,
            _ => Map::new(),
        };
    }
    for custom in line.customizations() {
        (custom.seal)(&mut filled.params, line.env.now);
    }
    if explain_only {
        return Ok(Parsed::Text(explain::explain(line.service, line.operation, &filled.params)));
    }
    let skeleton = filled.skeleton.map(|_| skeleton::output(line.service, line.operation, &filled.globals));
    let skeleton = skeleton.transpose()?;
    if filled.prelude.is_none() {
        validate(line, &filled.params, &filled.as_json)?;
    }
    if let Some(skeleton) = skeleton {
        return Ok(Parsed::Text(skeleton));
    }
    Ok(Parsed::Call(Box::new(invocation(line, filled))))
}

/// The call, and all that is known of it before it is made.
fn invocation(line: &Line<'_>, filled: Filled) -> Invocation {
    let level = aws_model::level_of_call(line.service, line.operation, &filled.params);
    let invocation = Invocation {
        call: Call::new(line.service.clone(), line.operation.name.clone(), filled.params),
        command: line.full_name(),
        globals: filled.globals,
        level,
        iam_action: aws_model::iam_action(line.service, line.operation),
        waiter: line.waiter.map(|waiter| waiter.name.clone()),
        outfile: filled.outfile,
        member_files: filled.member_files,
        warnings: filled.warnings,
        task: None,
        further: Vec::new(),
    };
    match filled.prelude {
        Some(prelude) => prelude::before(invocation, prelude, line.profile),
        None => invocation,
    }
}

/// Holds the parameters against the model. Idempotency tokens may be absent: the call fills them in.
fn validate(line: &Line<'_>, params: &Map, as_json: &[Key]) -> Result<(), UsageError> {
    let members = line.operation.input.map_or(&[][..], |input| line.service.shape(input).members());
    let mut tokens =
        members.iter().filter(|member| member.idempotency_token && !params.contains(&member.name)).peekable();
    let checked = match tokens.peek() {
        None => aws_call::validate::validate_written(line.service, line.operation, params, as_json),
        Some(_) => {
            let mut whole = params.clone();
            for member in tokens {
                whole.push(member.name.clone(), Value::text(TOKEN));
            }
            aws_call::validate::validate_written(line.service, line.operation, &whole, as_json)
        }
    };
    checked.map_err(|faults| parameter_faults(&faults))
}

/// What stands for a token that the call will make.
const TOKEN: &str = "00000000-0000-4000-8000-000000000000";

/// Faults of parameters, all together.
pub(crate) fn parameter_faults(faults: &[aws_call::validate::ParamFault]) -> UsageError {
    let lines: Vec<String> = faults.iter().map(ToString::to_string).collect();
    UsageError::validation(format!("Parameter validation failed:\n{}", lines.join("\n")))
}
