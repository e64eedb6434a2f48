//! Commands that make roles, topics, associations: what is asked in which order, and what is left alone.

use super::*;

const ABSENT: (u16, &str) = (404, "<E><Error><Code>NoSuchEntity</Code><Message>no</Message></Error></E>");
const FOUND: (u16, &str) = (200, "<R><GetRoleResult><Role><RoleName>x</RoleName></Role></GetRoleResult></R>");
const MADE: (u16, &str) =
    (200, "<R><CreateRoleResult><Role><RoleName>x</RoleName></Role></CreateRoleResult></R>");
const POLICY: (u16, &str) = (
    200,
    "<R><GetPolicyResult><Policy><DefaultVersionId>v3</DefaultVersionId></Policy></GetPolicyResult></R>",
);
const VERSION: (u16, &str) = (
    200,
    "<R><GetPolicyVersionResult><PolicyVersion><Document>%7B%7D</Document></PolicyVersion></GetPolicyVersionResult></R>",
);
const PROFILE: (u16, &str) =
    (200, "<R><GetInstanceProfileResult><InstanceProfile></InstanceProfile></GetInstanceProfileResult></R>");
const NONE: (u16, &str) = (200, "<R/>");

/// The operations of queries, in order.
fn actions(ran: &Ran) -> Vec<&str> {
    ran.bodies
        .iter()
        .filter_map(|body| body.split('&').find_map(|pair| pair.strip_prefix("Action=")))
        .collect()
}

#[test]
fn roles_that_are_there_are_left_alone() {
    let (env, shelf) = home(&[]);
    let ran = stage(
        &env,
        "emr create-default-roles",
        &[FOUND, PROFILE, ABSENT, MADE, NONE, POLICY, VERSION, FOUND],
    );
    assert_eq!((ran.code, ran.err.as_str()), (0, ""));
    assert_eq!(
        actions(&ran),
        [
            "GetRole",
            "GetInstanceProfile",
            "GetRole",
            "CreateRole",
            "AttachRolePolicy",
            "GetPolicy",
            "GetPolicyVersion",
            "GetRole"
        ]
    );
    assert!(ran.bodies[3].contains("elasticmapreduce.amazonaws.com"), "{}", ran.bodies[3]);
    assert_eq!(ran.out.matches("RoleName").count(), 1);
    assert_eq!(
        content(&shelf, "/h/.aws/config"),
        "[default]\nemr =\n    service_role = EMR_DefaultRole\n    instance_profile = EMR_EC2_DefaultRole\n"
    );
    let ran = stage(&Environment::empty(), "datapipeline create-default-roles", &[FOUND, FOUND, PROFILE]);
    assert_eq!((ran.code, ran.out.as_str()), (0, "[]\n"));
}

#[test]
fn recording_begins_with_what_is_missing() {
    let topic = "<R><CreateTopicResult><TopicArn>arn:t</TopicArn></CreateTopicResult></R>";
    let recorders = r#"{"ConfigurationRecorders": [{"name": "default"}]}"#;
    let line = "configservice subscribe --s3-bucket b/p --sns-topic t --iam-role r";
    let answers = [
        (404, ""),
        (200, ""),
        (200, topic),
        (200, ""),
        (200, ""),
        (200, ""),
        (200, recorders),
        (200, r#"{"DeliveryChannels": []}"#),
    ];
    let ran = stage(&Environment::empty(), line, &answers);
    assert_eq!((ran.code, ran.err.as_str()), (0, ""));
    insta::assert_snapshot!(ran.out, @r#"
    Using new S3 bucket: b
    Using new SNS topic: arn:t
    Subscribe succeeded:

    Configuration Recorders: [
        {
            "name": "default"
        }
    ]

    Delivery Channels: []
    "#);
    assert!(ran.bodies[4].contains(r#""s3KeyPrefix": "p""#), "{}", ran.bodies[4]);
}

const CLUSTER: (u16, &str) = (
    200,
    r#"{"cluster": {"arn": "arn:aws:eks:us-east-1:123456789012:cluster/c", "identity": {"oidc": {"issuer": "https://o/id"}}}}"#,
);

#[test]
fn service_accounts_are_bound_to_roles() {
    let line = "emr-containers create-role-associations --cluster-name c --namespace n --role-name JobRole";
    let made = (200, r#"{"association": {"clusterName": "c", "associationId": "a-1"}}"#);
    let used = (409, r#"{"__type": "ResourceInUseException", "message": "why"}"#);
    let ran = stage(&Environment::empty(), line, &[CLUSTER, made, used, made]);
    assert_eq!(ran.code, 0);
    assert_eq!(
        ran.err,
        "Skipping pod identity association creation because pod identity association already exists for service account \
         emr-containers-sa-spark-driver-123456789012-5qaq7ogbazp and role JobRole in namespace n: why\n"
    );
    let failed = (400, r#"{"__type": "InvalidParameterException", "message": "why"}"#);
    let ran = stage(&Environment::empty(), line, &[CLUSTER, made, failed, made]);
    assert_eq!((ran.code, ran.out.as_str()), (255, ""));
    assert!(ran.asked[3].starts_with("DELETE "), "what was made is taken back: {:?}", ran.asked);
    let line = line.replace("create-", "delete-");
    let listed = (200, r#"{"associations": [{"associationId": "a-1"}]}"#);
    let empty = (200, r#"{"associations": []}"#);
    let ran = stage(&Environment::empty(), &line, &[CLUSTER, empty, listed, made, empty]);
    assert_eq!((ran.code, ran.err.lines().count()), (0, 2));
    assert!(ran.asked[3].ends_with("/clusters/c/pod-identity-associations/a-1"), "{:?}", ran.asked);
}

#[test]
fn a_trust_policy_gets_one_statement_more() {
    let role = |statements: &str| {
        format!(
            "<R><GetRoleResult><Role><AssumeRolePolicyDocument>{{\"Statement\":[{statements}]}}</AssumeRolePolicyDocument></Role></GetRoleResult></R>"
        )
    };
    let line = "emr-containers update-role-trust-policy --cluster-name c --namespace n --role-name JobRole";
    let env = Environment::empty();
    let dry = stage(&env, &format!("{line} --dry-run"), &[CLUSTER, (200, &role(""))]);
    assert_eq!((dry.code, dry.err.as_str()), (0, ""));
    insta::assert_snapshot!(dry.out, @r#"
    {
      "Statement": [
        {
          "Effect": "Allow",
          "Principal": {
            "Federated": "arn:aws:iam::123456789012:oidc-provider/o/id"
          },
          "Action": "sts:AssumeRoleWithWebIdentity",
          "Condition": {
            "StringLike": {
              "o/id:sub": "system:serviceaccount:n:emr-containers-sa-*-*-123456789012-5qaq7ogbazp"
            }
          }
        }
      ]
    }
    "#);
    let there = value::Value::from_json(dry.out.as_bytes()).unwrap();
    let there = there.get("Statement").unwrap().as_list().unwrap()[0].to_json(value::JsonStyle::Compact);
    let ran = stage(&env, line, &[CLUSTER, (200, &role(&there))]);
    assert_eq!(
        (ran.code, ran.out.as_str()),
        (0, "Trust policy statement already exists for role JobRole. No changes were made!\n")
    );
    let ran = stage(&env, line, &[CLUSTER, (200, &role("")), NONE]);
    assert_eq!((ran.code, ran.out.as_str()), (0, "Successfully updated trust policy of role JobRole\n"));
}

#[test]
fn runs_are_listed_in_two_lines_each() {
    let found = (200, r#"{"ids": ["@a"], "hasMoreResults": false}"#);
    let described = (
        200,
        r#"{"pipelineObjects": [{"id": "@a", "name": "a", "fields": [{"key": "@componentParent", "refValue": "A"}, {"key": "@status", "stringValue": "FINISHED"}]}]}"#,
    );
    let line = "datapipeline list-runs --pipeline-id df-1 --status finished";
    let ran = stage(&Environment::empty(), line, &[found, described]);
    assert_eq!((ran.code, ran.err.as_str()), (0, ""));
    assert!(
        ran.bodies[0].contains(r#""values": ["1969-12-28T00:00:00", "1970-01-01T00:00:00"]"#),
        "{}",
        ran.bodies[0]
    );
    let lines: Vec<&str> = ran.out.lines().map(str::trim_end).collect();
    assert_eq!(
        lines[0],
        "       Name                                                Scheduled Start      Status"
    );
    assert_eq!(
        lines[3],
        "   1.  A                                                                        FINISHED"
    );
    assert_eq!(lines[4], "       @a");
}

#[test]
fn uploads_need_a_terminal() {
    for line in [
        "gamelift upload-build --name n --build-version v --build-root b",
        "gamelift get-game-session-log --game-session-id g --save-as f",
        "servicecatalog generate product",
    ] {
        let fault = read(line, Profile::Chat).unwrap_err();
        assert!(
            fault.reason.ends_with("is not available in chat: chat has no local files"),
            "{}",
            fault.reason
        );
    }
    for line in [
        "emr create-default-roles --iam-endpoint http://x",
        "emr-containers update-role-trust-policy --cluster-name c --namespace n --role-name r --iam-endpoint http://x",
    ] {
        let fault = read(line, Profile::Chat).unwrap_err();
        assert!(fault.reason.ends_with("calls go to AWS's own endpoints"), "{}", fault.reason);
    }
}
