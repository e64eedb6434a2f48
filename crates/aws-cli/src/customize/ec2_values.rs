//! EC2's structures of one truth value as switches: `--ebs-optimized`, `--no-ebs-optimized`.

use aws_model::ShapeKind;

use super::{Customization, Place, Seen};
use crate::UsageError;
use crate::arguments::{Action, Argument, Table};

pub(super) const ALL: &[Customization] = &[Customization::of("ec2", &[]).table(pull_up).check(check)];

fn pull_up(table: &mut Table, place: &Place<'_>) {
    let mut negatives = Vec::new();
    for argument in &mut table.arguments {
        let Action::Member(member) = &argument.action else { continue };
        let ShapeKind::Structure(members) = &place.service.shape(member.shape).kind else { continue };
        let [only] = members.as_slice() else { continue };
        let truth = matches!(place.service.shape(only.shape).kind, ShapeKind::Boolean);
        if only.name.as_str() != "Value" || !truth {
            continue;
        }
        let member = member.clone();
        negatives.push(Argument {
            name: format!("no-{}", argument.name),
            action: Action::ValueFlagOff(member.clone()),
            required: false,
            hidden: false,
        });
        argument.action = Action::ValueFlag(member);
        argument.required = false;
    }
    for negative in negatives {
        table.put(negative);
    }
}

fn check(seen: &Seen<'_>) -> Result<(), UsageError> {
    for argument in &seen.table.arguments {
        let Action::ValueFlag(_) = argument.action else { continue };
        let negative = format!("no-{}", argument.name);
        if seen.get(&argument.name).is_some() && seen.get(&negative).is_some() {
            return Err(UsageError::validation(format!(
                "Cannot specify both the \"--{}\" option and the \"--{negative}\" option.",
                argument.name
            )));
        }
    }
    Ok(())
}
