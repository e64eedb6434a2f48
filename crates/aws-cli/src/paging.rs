//! Whether pages are followed, and what the paging options say. Facts are the AWS CLI's (`paginate.py`).

use value::{Map, Value};

use crate::arguments::PagingOption;
use crate::customize::Seen;
use crate::names::dashed;
use crate::operation::Line;
use crate::{Globals, UsageError, python};

/// Whether pages are followed as far as the command line says: not with `--no-paginate`, nor when the operation's own
/// token or limit is given.
pub(crate) fn stays_on(line: &Line<'_>, seen: &Seen<'_>, wanted: bool) -> Result<bool, UsageError> {
    let Some(paginator) = line.service.paginator(&line.operation.name) else { return Ok(wanted) };
    let mut on = wanted;
    if line.command == "kinesis" && line.name == "list-streams" {
        on &= seen.get("exclusive-start-stream-name").is_none();
    }
    let own = paginator.input_tokens.iter().chain(&paginator.limit_key).map(|token| dashed(token));
    let by_hand = own.filter(|name| !["start-token", "max-items"].contains(&name.as_str()));
    on &= !by_hand.into_iter().any(|name| seen.get(&name).is_some());
    if !on {
        refuse_options(line, seen, paginator.limit_key.is_some())?;
    }
    Ok(on)
}

/// Without paging, paging options have no meaning, unless they stand for arguments of the operation's own.
fn refuse_options(line: &Line<'_>, seen: &Seen<'_>, sizes: bool) -> Result<(), UsageError> {
    let own: Vec<String> = match line.operation.input {
        Some(input) => {
            line.service.shape(input).members().iter().map(|member| dashed(&member.name)).collect()
        }
        None => Vec::new(),
    };
    let says_something = |name: &str| {
        let word = seen.get(name).and_then(<[String]>::first);
        word.is_some_and(|word| {
            !word.is_empty() && python::integer(word).is_none_or(|number| number.as_i64() != Some(0))
        })
    };
    let used: Vec<String> = ["starting-token", "page-size", "max-items"]
        .iter()
        // Where pages have no size, `--page-size` is never the pager's, and counts as if it were.
        .filter(|name| **name == "page-size" && !sizes || !own.iter().any(|own| own == *name))
        .filter(|name| says_something(name))
        .map(|name| format!("--{name}"))
        .collect();
    if used.is_empty() {
        return Ok(());
    }
    Err(UsageError::validation(format!(
        "Cannot specify --no-paginate along with pagination arguments: {}",
        used.join(", ")
    )))
}

/// Takes the value of a paging option.
pub(crate) fn set(
    globals: &mut Globals,
    option: PagingOption,
    word: &str,
    warnings: &mut Vec<String>,
) -> Result<(), UsageError> {
    let number = || python::integer(word).map(|number| Value::Number(number).as_i64().unwrap_or(i64::MAX));
    let needed = || number().ok_or_else(|| UsageError::general(python::integer_fault(word)));
    match option {
        PagingOption::StartingToken => globals.starting_token = Some(word.to_owned()),
        PagingOption::PageSize { .. } => globals.page_size = Some(needed()?),
        PagingOption::MaxItems { .. } => {
            let number = needed()?;
            if number <= 0 {
                warnings.push(
                    "warning: Non-positive values for --max-items may result in undefined behavior."
                        .to_owned(),
                );
            }
            globals.max_items = Some(u64::try_from(number).unwrap_or(0));
        }
    }
    Ok(())
}

/// Paging ends where the operation has none, or where the whole input brought a token of its own. EC2's largest lists
/// get a page size of their own.
pub(crate) fn settle(line: &Line<'_>, params: &Map, globals: &mut Globals) {
    let Some(paginator) = line.service.paginator(&line.operation.name) else {
        globals.paginate = false;
        return;
    };
    let own = paginator.input_tokens.iter().chain(&paginator.limit_key);
    if line.waiter.is_some() || own.into_iter().any(|token| params.contains(token)) {
        globals.paginate = false;
        return;
    }
    let unfiltered: &[&str] = match (line.command, line.name) {
        ("ec2", "describe-volumes") => &[],
        ("ec2", "describe-snapshots") => &["OwnerIds", "RestorableByUserIds"],
        _ => return,
    };
    let harmless = |name: &value::Key| {
        ["NextToken", "DryRun"].contains(&name.as_str()) || unfiltered.contains(&name.as_str())
    };
    if globals.paginate && globals.page_size.is_none() && params.keys().all(harmless) {
        globals.page_size = Some(1000);
    }
}
