//! `emr`: what is asked for, and in which words.

use super::*;

const OLD: (u16, &str) = (200, r#"{"Cluster": {"Id": "j"}}"#);
const NEW: (u16, &str) = (200, r#"{"Cluster": {"Id": "j", "ReleaseLabel": "emr-6"}}"#);
const STEPS: (u16, &str) = (200, r#"{"StepIds": ["s-1"]}"#);
const MADE: (u16, &str) = (200, r#"{"JobFlowId": "j-1", "ClusterArn": "arn:c"}"#);

/// The body of the last request.
fn sent(line: &str, answers: &[(u16, &str)]) -> String {
    let ran = stage(&Environment::empty(), line, answers);
    assert_eq!((ran.code, ran.err.as_str(), ran.asked.len()), (0, "", answers.len()), "{line}");
    ran.bodies.last().unwrap().clone()
}

#[test]
fn steps_of_old_clusters_name_the_scripts_of_the_region() {
    for (step, expected) in [
        (
            "Type=Streaming,Args=[a]",
            r#"{"Jar": "/home/hadoop/contrib/streaming/hadoop-streaming.jar", "Args": ["a"]}"#,
        ),
        (
            "Type=pig,Args=a",
            r#"{"Jar": "s3://us-east-1.elasticmapreduce/libs/script-runner/script-runner.jar", "Args": ["s3://us-east-1.elasticmapreduce/libs/pig/pig-script", "--run-pig-script", "--pig-versions", "latest", "--args", "a"]}"#,
        ),
        (
            "Type=Impala,Args=a",
            r#"{"Jar": "s3://us-east-1.elasticmapreduce/libs/script-runner/script-runner.jar", "Args": ["s3://us-east-1.elasticmapreduce/libs/impala/setup-impala", "--run-impala-script", "a"]}"#,
        ),
    ] {
        let body = sent(&format!("emr add-steps --cluster-id j --steps {step}"), &[OLD, STEPS]);
        assert!(body.contains(expected), "{step}: {body}");
    }
    let line = "emr add-steps --cluster-id j --steps Type=Impala,Args=a";
    let (code, _, err, asked) = run(line, &[NEW]);
    assert_eq!((code, asked.len()), (252, 1));
    assert!(err.ends_with("The step type impala is not supported.\n"), "{err}");
}

#[test]
fn backups_of_hbase_are_steps_of_old_clusters() {
    for (line, words) in [
        (
            "create-hbase-backup --cluster-id j --dir d --consistent",
            r#"["emr.hbase.backup.Main", "--backup", "--backup-dir", "d", "--consistent"]"#,
        ),
        (
            "schedule-hbase-backup --cluster-id j --type Full --dir d --interval 5 --unit Days",
            r#"["emr.hbase.backup.Main", "--set-scheduled-backup", "true", "--backup-dir", "d", "--full-backup-time-interval", "5", "--full-backup-time-unit", "days", "--start-time", "now"]"#,
        ),
        (
            "disable-hbase-backups --cluster-id j --incremental",
            r#"["emr.hbase.backup.Main", "--set-scheduled-backup", "false", "--disable-incremental-backups"]"#,
        ),
        (
            "restore-from-hbase-backup --cluster-id j --dir d --backup-version v",
            r#"["emr.hbase.backup.Main", "--restore", "--backup-dir", "d", "--backup-version", "v"]"#,
        ),
    ] {
        let body = sent(&format!("emr {line}"), &[OLD, STEPS]);
        assert!(body.contains(words), "{line}: {body}");
    }
    let (code, _, err, asked) = run("emr create-hbase-backup --cluster-id j --dir d", &[NEW]);
    assert_eq!((code, asked.len()), (252, 1));
    assert!(err.ends_with("create-hbase-backup is not supported with 'emr-6' release.\n"), "{err}");
}

#[test]
fn a_cluster_is_made_of_what_is_said() {
    let body = sent(
        "emr create-cluster --release-label emr-6 --instance-type m5 --instance-count 3 --use-default-roles \
         --applications Name=Spark --steps Type=Spark,Args=[a] --tags a=b --ec2-attributes KeyName=k,SubnetIds=[x] \
         --step-concurrency-level 2",
        &[MADE],
    );
    insta::assert_snapshot!(body, @r#"{"Name": "Development Cluster", "ReleaseLabel": "emr-6", "ServiceRole": "EMR_DefaultRole", "VisibleToAllUsers": true, "Tags": [{"Key": "a", "Value": "b"}], "Instances": {"InstanceGroups": [{"InstanceType": "m5", "InstanceCount": 1, "InstanceRole": "MASTER", "Name": "MASTER", "Market": "ON_DEMAND"}, {"InstanceType": "m5", "InstanceCount": 2, "InstanceRole": "CORE", "Name": "CORE", "Market": "ON_DEMAND"}], "KeepJobFlowAliveWhenNoSteps": true, "TerminationProtected": false, "Ec2KeyName": "k", "Ec2SubnetIds": ["x"]}, "JobFlowRole": "EMR_EC2_DefaultRole", "Applications": [{"Name": "Spark"}], "Steps": [{"Name": "Spark application", "ActionOnFailure": "CONTINUE", "HadoopJarStep": {"Jar": "command-runner.jar", "Args": ["spark-submit", "a"]}}], "StepConcurrencyLevel": 2}"#);
    let body = sent(
        "emr create-cluster --ami-version 3.8 --instance-type m5 --applications Name=hbase Name=MapR \
         --emrfs Consistent=true,RetryCount=5",
        &[MADE],
    );
    for expected in [
        r#""NewSupportedProducts": [{"Name": "mapr", "Args": []}]"#,
        r#"{"Jar": "/home/hadoop/lib/hbase.jar", "Args": ["emr.hbase.backup.Main", "--start-master"]}"#,
        r#""Args": ["-e", "fs.s3.consistent=true", "-e", "fs.s3.consistent.retryCount=5"]"#,
    ] {
        assert!(body.contains(expected), "{expected}: {body}");
    }
}

#[test]
fn settings_of_the_profile_stand_in_for_options() {
    let (env, _) = home(&[(
        "/h/.aws/config",
        "[default]\nemr =\n    service_role = sr\n    key_name = kn\n    log_uri = lu\n    enable_debugging = True\n",
    )]);
    let ran = stage(&env, "emr create-cluster --release-label emr-6 --instance-type m5", &[MADE]);
    assert_eq!((ran.code, ran.err.as_str()), (0, ""));
    for expected in
        [r#""ServiceRole": "sr""#, r#""Ec2KeyName": "kn""#, r#""LogUri": "lu""#, "state-pusher-script"]
    {
        assert!(ran.bodies[0].contains(expected), "{expected}: {}", ran.bodies[0]);
    }
}

#[test]
fn wishes_that_do_not_fit_are_told() {
    for (words, expected) in [
        ("--instance-type m5", "Either --ami-version or --release-label is required."),
        (
            "--release-label a --ami-version b",
            "You cannot specify both --ami-version and --release-label options together.",
        ),
        (
            "--release-label a --instance-groups InstanceType=x",
            "Parameter validation failed:\nMissing required parameter in [0]: \"InstanceGroupType\"\nMissing required \
             parameter in [0]: \"InstanceCount\"",
        ),
        (
            "--release-label a --instance-type b --steps Type=Hive,Args=[a] Type=Pig,Args=b",
            "Some of the steps require the following applications to be installed: Hive, Pig. Please install the \
             applications using --applications.",
        ),
        (
            "--release-label a --instance-type b --emrfs Encryption=ClientSide,ProviderType=Custom",
            "The following required parameters are missing for --emrfs Encryption=ClientSide,ProviderType=Custom: \
             CustomProviderClass and CustomProviderLocation.",
        ),
        (
            "--release-label a --instance-type b --monitoring-configuration \
             S3LoggingConfiguration={LogTypeUploadPolicy={system-logs=emr-managed}}",
            "A valid S3 location (LogUri) is required for the current S3LoggingConfiguration. Please specify an S3 \
             bucket and try again.",
        ),
    ] {
        let fault = read(&format!("emr create-cluster {words}"), Profile::Chat).unwrap_err();
        assert_eq!((fault.reason.as_str(), fault.exit_code), (expected, 252), "{words}");
    }
}
