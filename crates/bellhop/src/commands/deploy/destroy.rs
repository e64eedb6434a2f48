//! `bellhop destroy`: deletes the stack, and tells what is kept.

use std::process::ExitCode;

use anyhow::{Result, bail};

use super::aws::{Aws, Place, texts};
use super::plan::Home;
use super::question::agreed;
use super::stack::Stack;
use super::{DECLINED, stack_name, template};
use crate::commands::{complain, mention};

/// What is deleted.
#[derive(clap::Args)]
pub(in crate::commands) struct Arguments {
    #[command(flatten)]
    place: Place,
    /// The stack's name.
    #[arg(long, default_value = "bellhop", value_parser = stack_name)]
    stack: String,
    /// Asks nothing.
    #[arg(long)]
    yes: bool,
    /// Tells what would be deleted and kept, and changes nothing.
    #[arg(long)]
    dry_run: bool,
}

/// Does it.
pub(in crate::commands) fn run(arguments: &Arguments) -> Result<ExitCode> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    runtime.block_on(destroy(arguments))
}

async fn destroy(arguments: &Arguments) -> Result<ExitCode> {
    let aws = Aws::open(&arguments.place)?;
    let home = Home::of(&aws).await?;
    let mut stack = Stack::new(&aws, &arguments.stack);
    let Some(state) = stack.state().await? else {
        let Home { account, region, .. } = &home;
        mention(&format!("There is no stack {} in account {account}, {region}.", arguments.stack));
        return Ok(ExitCode::SUCCESS);
    };
    if state.is_busy() {
        bail!("the stack is {}: try again when that is over", state.status);
    }
    let kept_names = template::retained(&template::read(template::BELLHOP)?);
    let (kept, gone): (Vec<_>, Vec<_>) = stack
        .resources()
        .await?
        .into_iter()
        .filter(|[name, ..]| !name.is_empty())
        .partition(|[name, ..]| kept_names.contains(name));
    mention(&format!("Stack {} in account {}, {} ({})", state.id, home.account, home.region, state.status));
    mention("Deleted:");
    gone.iter().for_each(|[name, kind, id]| mention(&format!("  - {name:<22} {kind:<32} {id}")));
    mention("Kept, with all that is in it:");
    kept.iter().for_each(|[name, kind, id]| mention(&format!("    {name:<22} {kind:<32} {id}")));
    mention(
        "Slack gets no answer any more. `bellhop deploy` puts the stack up again and takes up what was kept.",
    );
    if arguments.dry_run {
        mention("Nothing was changed.");
        return Ok(ExitCode::SUCCESS);
    }
    if !agreed(arguments.yes, "Delete it?")? {
        mention("Nothing was changed.");
        return Ok(ExitCode::from(DECLINED));
    }
    stack.forget_the_past().await?;
    aws.call("cloudformation", "DeleteStack", texts([("StackName", state.id.as_str())])).await?;
    // By its id it is still known when it is gone.
    stack.name.clone_from(&state.id);
    let ended = stack.watch().await?;
    if ended.status != "DELETE_COMPLETE" {
        complain(&format!("The stack is {}.", ended.status));
        if let Some(failed) = ended.failed {
            complain(&format!("The first to fail was {failed}"));
        }
        return Ok(ExitCode::FAILURE);
    }
    mention("The stack is deleted. What was kept goes, if it should, by:");
    for [_, kind, id] in &kept {
        if let Some(line) = removal(kind, id) {
            mention(&format!("  {line}"));
        }
    }
    if let Some([_, _, id]) = kept.iter().find(|[_, kind, _]| kind == "AWS::KMS::Key") {
        let Home { account, partition, region } = &home;
        mention("What the table holds is sealed by that key. To put the stack up again with it:");
        mention(&format!(
            "  bellhop deploy --parameter ExistingKeyArn=arn:{partition}:kms:{region}:{account}:key/{id}"
        ));
    }
    Ok(ExitCode::SUCCESS)
}

/// The line that removes what was kept.
fn removal(kind: &str, id: &str) -> Option<String> {
    Some(match kind {
        "AWS::DynamoDB::Table" => format!("bellhop aws dynamodb delete-table --table-name {id}"),
        "AWS::KMS::Key" => {
            format!("bellhop aws kms schedule-key-deletion --key-id {id} --pending-window-in-days 30")
        }
        "AWS::Logs::LogGroup" => format!("bellhop aws logs delete-log-group --log-group-name {id}"),
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test may stop where it fails")]

    use super::*;

    #[test]
    fn whatever_is_kept_can_be_removed_by_a_line() {
        let template = template::read(template::BELLHOP).unwrap();
        for name in template::retained(&template) {
            let resource = template.get("Resources").and_then(|all| all.get(&name)).unwrap();
            let kind = resource.get("Type").and_then(value::Value::as_text).unwrap();
            assert!(removal(kind, "x").is_some(), "{name}");
        }
    }
}
