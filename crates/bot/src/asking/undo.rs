//! How to take a change back, where that is known: a table by IAM action.
//!
//! Only what truly takes it back stands here. That something cannot be taken back stands here, too.

/// How a change is taken back.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Undo {
    /// By this command, about the same things.
    By(&'static str),
    /// Not at all, for this reason.
    Never(&'static str),
}

use Undo::{By, Never};

/// Sorted by action.
const TABLE: &[(&str, Undo)] = &[
    ("autoscaling:ResumeProcesses", By("autoscaling suspend-processes")),
    ("autoscaling:SuspendProcesses", By("autoscaling resume-processes")),
    ("cloudwatch:DisableAlarmActions", By("cloudwatch enable-alarm-actions")),
    ("cloudwatch:EnableAlarmActions", By("cloudwatch disable-alarm-actions")),
    ("dynamodb:DeleteTable", Never("The items of a deleted table are gone, unless there is a backup.")),
    ("ec2:AssociateAddress", By("ec2 disassociate-address")),
    ("ec2:AssociateRouteTable", By("ec2 disassociate-route-table")),
    ("ec2:AttachInternetGateway", By("ec2 detach-internet-gateway")),
    ("ec2:AttachNetworkInterface", By("ec2 detach-network-interface")),
    ("ec2:AttachVolume", By("ec2 detach-volume")),
    ("ec2:AuthorizeSecurityGroupEgress", By("ec2 revoke-security-group-egress")),
    ("ec2:AuthorizeSecurityGroupIngress", By("ec2 revoke-security-group-ingress")),
    ("ec2:CreateRoute", By("ec2 delete-route")),
    ("ec2:CreateTags", By("ec2 delete-tags")),
    ("ec2:DeleteSnapshot", Never("A deleted snapshot is gone, unless the recycle bin keeps it.")),
    ("ec2:DeleteVolume", Never("A deleted volume is gone with all that is on it.")),
    ("ec2:DetachInternetGateway", By("ec2 attach-internet-gateway")),
    ("ec2:DetachVolume", By("ec2 attach-volume")),
    ("ec2:DisassociateAddress", By("ec2 associate-address")),
    ("ec2:MonitorInstances", By("ec2 unmonitor-instances")),
    ("ec2:RebootInstances", Never("A restart cannot be taken back.")),
    ("ec2:ReleaseAddress", Never("A released address may go to somebody else at once.")),
    ("ec2:RevokeSecurityGroupEgress", By("ec2 authorize-security-group-egress")),
    ("ec2:RevokeSecurityGroupIngress", By("ec2 authorize-security-group-ingress")),
    ("ec2:RunInstances", By("ec2 terminate-instances")),
    ("ec2:StartInstances", By("ec2 stop-instances")),
    ("ec2:StopInstances", By("ec2 start-instances")),
    ("ec2:TerminateInstances", Never("A terminated instance cannot be brought back.")),
    ("ec2:UnmonitorInstances", By("ec2 monitor-instances")),
    ("ecs:DeregisterTaskDefinition", By("ecs register-task-definition")),
    ("ecs:RunTask", By("ecs stop-task")),
    ("elasticloadbalancing:DeregisterTargets", By("elbv2 register-targets")),
    ("elasticloadbalancing:RegisterTargets", By("elbv2 deregister-targets")),
    ("events:DisableRule", By("events enable-rule")),
    ("events:EnableRule", By("events disable-rule")),
    ("iam:AddUserToGroup", By("iam remove-user-from-group")),
    ("iam:AttachGroupPolicy", By("iam detach-group-policy")),
    ("iam:AttachRolePolicy", By("iam detach-role-policy")),
    ("iam:AttachUserPolicy", By("iam detach-user-policy")),
    ("iam:DetachGroupPolicy", By("iam attach-group-policy")),
    ("iam:DetachRolePolicy", By("iam attach-role-policy")),
    ("iam:DetachUserPolicy", By("iam attach-user-policy")),
    ("iam:RemoveUserFromGroup", By("iam add-user-to-group")),
    ("kms:CancelKeyDeletion", By("kms schedule-key-deletion")),
    ("kms:DisableKey", By("kms enable-key")),
    ("kms:EnableKey", By("kms disable-key")),
    ("kms:ScheduleKeyDeletion", By("kms cancel-key-deletion")),
    ("rds:DeleteDBInstance", Never("A deleted database comes back only from a snapshot.")),
    ("rds:RebootDBInstance", Never("A restart cannot be taken back.")),
    ("rds:StartDBInstance", By("rds stop-db-instance")),
    ("rds:StopDBInstance", By("rds start-db-instance")),
    ("s3:DeleteBucket", Never("A deleted bucket's name may go to somebody else.")),
    ("s3:DeleteObject", Never("A deleted object is gone, unless its bucket keeps versions.")),
    ("secretsmanager:DeleteSecret", By("secretsmanager restore-secret")),
    ("secretsmanager:RestoreSecret", By("secretsmanager delete-secret")),
    ("sns:Publish", Never("What was sent cannot be called back.")),
    ("sqs:DeleteMessage", Never("A deleted message is gone.")),
    ("sqs:PurgeQueue", Never("Purged messages are gone.")),
    ("sqs:SendMessage", Never("What was sent cannot be called back.")),
];

/// How that action is taken back, if that is known.
pub(crate) fn of(action: &str) -> Option<Undo> {
    let found = TABLE.binary_search_by(|(known, _)| (*known).cmp(action)).ok()?;
    Some(TABLE[found].1)
}

impl Undo {
    /// As a sentence.
    pub(crate) fn sentence(self) -> String {
        match self {
            By(command) => format!("To undo: aws {command}, about the same things."),
            Never(why) => why.to_owned(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::command::{Command, understand};
    use crate::settings::Settings;

    #[test]
    fn the_table_is_sorted_and_its_commands_exist() {
        assert!(TABLE.is_sorted_by(|one, two| one.0 < two.0));
        let catalog = aws_model::Catalog::embedded();
        for (action, undo) in TABLE {
            assert!(action.contains(':'), "{action}");
            let By(command) = undo else { continue };
            let help = understand(&format!("{command} help"), &catalog, &Settings::default());
            assert!(matches!(help, Ok(Command::Page(_))), "{action}: {command} is no command");
        }
    }

    #[test]
    fn what_is_not_known_is_not_made_up() {
        assert_eq!(of("ec2:StopInstances"), Some(By("ec2 start-instances")));
        assert!(matches!(of("ec2:TerminateInstances"), Some(Never(_))));
        assert_eq!(of("ec2:ModifyInstanceAttribute"), None);
    }
}
