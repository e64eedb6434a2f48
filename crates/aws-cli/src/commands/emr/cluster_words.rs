//! The options of `emr create-cluster`.

use crate::commands::options::{Spec, Takes, one, switch};

pub(super) static SPEC: Spec = Spec {
    about: "Creates a cluster: of a release (--release-label) or of an AMI version (--ami-version), of instance groups, \
            instance fleets, or a type and a count of instances. Structures are shorthand or JSON.",
    words: &[],
    options: &[
        &[
            one("release-label", "The release, `emr-7.0.0`."),
            one("os-release-label", "The release of Amazon Linux."),
            one("ami-version", "The AMI version, `3.11.0`; for old clusters."),
            one(
                "instance-groups",
                "The groups, each as `InstanceGroupType=MASTER,InstanceType=m5.xlarge,InstanceCount=1`.",
            )
            .taking(Takes::Some),
            one("instance-type", "The type of all instances, instead of groups."),
            one("instance-count", "How many instances there are, the master included."),
            switch("auto-terminate", "The cluster ends after its last step."),
            switch("no-auto-terminate", "The cluster stays after its last step, as it does by default."),
            one(
                "instance-fleets",
                "The fleets, each as `InstanceFleetType=MASTER,TargetOnDemandCapacity=1,…`.",
            )
            .taking(Takes::Some),
            one("name", "The cluster's name; `Development Cluster` by default."),
            one("log-uri", "Where in S3 logs go."),
            one("log-encryption-kms-key-id", "The key of KMS that encrypts the logs."),
            one("service-role", "The role of EMR."),
            one("auto-scaling-role", "The role of automatic scaling."),
            switch("use-default-roles", "Take the roles that `emr create-default-roles` makes."),
            one("configurations", "Configurations of applications, JSON."),
            one("ec2-attributes", "Where machines are: `KeyName=k,SubnetId=s,InstanceProfile=p`."),
        ],
        &[
            switch("termination-protected", "It cannot be terminated."),
            switch("no-termination-protected", "It can be terminated."),
            switch("unhealthy-node-replacement", "Unhealthy nodes are replaced."),
            switch("no-unhealthy-node-replacement", "Unhealthy nodes stay."),
            one("scale-down-behavior", "How instances go when the cluster shrinks."),
            switch("visible-to-all-users", "All users of the account may see it, as by default."),
            switch("no-visible-to-all-users", "Only who made it may see it."),
            switch("enable-debugging", "Logs are indexed; needs --log-uri."),
            switch("no-enable-debugging", "Logs are not indexed."),
            one("tags", "Its tags, as `key=value` words.").taking(Takes::Some),
            one("bootstrap-actions", "What runs first, each as `Path=s3://b/x,Args=[a,b]`.")
                .taking(Takes::Some),
            one("applications", "The applications, each as `Name=Spark`.").taking(Takes::Some),
            one("emrfs", "The file system on S3: `Consistent=true,RetryCount=5`."),
            one("steps", "Its first steps, each as `Type=Spark,Args=[a,b]`.").taking(Takes::Some),
            one("additional-info", "Reserved for AWS."),
            one("restore-from-hbase-backup", "`Dir=s3://b/folder,BackupVersion=v`."),
        ],
        &[
            one("security-configuration", "The security configuration."),
            one("custom-ami-id", "An AMI of one's own."),
            one("ebs-root-volume-size", "The root volume's size in GiB.").taking(Takes::Number),
            one("ebs-root-volume-iops", "The root volume's IOPS.").taking(Takes::Number),
            one("ebs-root-volume-throughput", "The root volume's throughput in MiB/s.").taking(Takes::Number),
            one("repo-upgrade-on-boot", "What is upgraded at first start: `SECURITY` or `NONE`."),
            one("kerberos-attributes", "`Realm=EC2.INTERNAL,KdcAdminPassword=…`."),
            one("step-concurrency-level", "How many steps run at a time.").taking(Takes::Number),
            one("step-execution-role-arn", "The role that steps run under."),
            one("managed-scaling-policy", "`ComputeLimits={MinimumCapacityUnits=2,…}`."),
            one("placement-group-configs", "Each as `InstanceRole=MASTER,PlacementStrategy=SPREAD`.")
                .taking(Takes::Some),
            one("auto-termination-policy", "`IdleTimeout=3600`, in seconds."),
            one("monitoring-configuration", "What is monitored, and where logs go."),
            switch("extended-support", "Extended support for the release."),
            switch("no-extended-support", "No extended support."),
            switch("session-enabled", "Interactive sessions are possible."),
            switch("no-session-enabled", "Interactive sessions are not possible."),
        ],
    ],
};
