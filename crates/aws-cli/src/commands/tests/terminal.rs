//! What only a terminal has: files, other programs, keys.

use super::*;

const TEMPLATE: &str = "Resources:\n  S: {Type: 'AWS::Serverless::Api', Properties: {DefinitionUri: api.yaml}}\n  N:\n    \
                        Type: AWS::CloudFormation::Stack\n    Properties:\n      TemplateURL: n.yaml\n      P: !Ref X\n";

#[test]
fn files_of_a_template_are_uploaded() {
    let files = [
        ("/h/t.yaml", TEMPLATE),
        ("t.yaml", TEMPLATE),
        ("/h/api.yaml", "api"),
        ("/h/n.yaml", "Resources: {}\n"),
    ];
    let (env, _) = home(&files);
    let absent = (404, "");
    let line = "cloudformation package --template-file t.yaml --s3-bucket bkt --s3-prefix p";
    let ran = stage(&env, line, &[absent, (200, ""), (200, "")]);
    assert_eq!(ran.code, 0, "{}", ran.err);
    assert_eq!(
        ran.out,
        "\nResources:\n  S:\n    Type: AWS::Serverless::Api\n    Properties:\n      DefinitionUri: \
         s3://bkt/p/8a5da52ed126447d359e70c05721a8aa\n  N:\n    Type: AWS::CloudFormation::Stack\n    Properties:\n      \
         TemplateURL: \n        https://s3.us-east-1.amazonaws.com/bkt/p/340b908c5f5df1bf0ad01dabebcab210.template\n      \
         P:\n        Ref: X\n"
    );
    assert_eq!(ran.asked.len(), 3, "the second file is there already: {:?}", ran.asked);
    let ran = stage(&env, "cloudformation package --template-file no.yaml --s3-bucket bkt", &[]);
    assert_eq!((ran.code, ran.err.as_str()), (255, "\naws: [ERROR]: Invalid template path no.yaml\n"));
}

const STATE: (u16, &str) =
    (200, r#"{"Cluster": {"Status": {"State": "WAITING"}, "MasterPublicDnsName": "ec2-1.example"}}"#);

#[test]
fn ssh_is_started_on_the_first_machine() {
    let (mut env, shelf) = home(&[("/bin/ssh", ""), ("/bin/scp", "")]);
    env.vars.insert("PATH".to_owned(), "/usr/bin:/bin".to_owned());
    let ended = (200, r#"{"Cluster": {"Status": {"State": "TERMINATED"}}}"#);
    for (line, answers, expected) in [
        (
            "emr ssh --cluster-id j-1 --key-pair-file k.pem --command ls",
            vec![STATE, STATE, STATE],
            "ssh -o StrictHostKeyChecking=accept-new -o ServerAliveInterval=10 -i k.pem hadoop@ec2-1.example -t ls",
        ),
        (
            "emr socks --cluster-id j-1 --key-pair-file k.pem --ssh-options StrictHostKeyChecking=no",
            vec![STATE, STATE, STATE],
            "ssh -o StrictHostKeyChecking=no -o ServerAliveInterval=10 -ND 8157 -i k.pem hadoop@ec2-1.example",
        ),
        (
            "emr put --cluster-id j-1 --key-pair-file k.pem --src a/b",
            vec![STATE, STATE, STATE],
            "scp -r -o StrictHostKeyChecking=accept-new -i k.pem a/b hadoop@ec2-1.example:b",
        ),
        (
            "emr get --cluster-id j-1 --key-pair-file k.pem --src /x --dest y",
            vec![STATE, STATE, STATE],
            "scp -r -o StrictHostKeyChecking=accept-new -i k.pem hadoop@ec2-1.example:/x y",
        ),
    ] {
        let ran = stage(&env, line, &answers);
        assert_eq!((ran.code, ran.out), (7, format!("{expected}\n")), "{line}: {}", ran.err);
        assert_eq!(shelf.1.lock().unwrap().pop().as_deref(), Some(expected));
    }
    let ran = stage(&env, "emr ssh --cluster-id j-1 --key-pair-file k", &[ended]);
    assert!(ran.code == 255 && ran.err.contains("Cluster terminating or already terminated."), "{}", ran.err);
}

#[test]
fn a_machine_gets_a_user_of_its_own() {
    let (env, shelf) = home(&[]);
    let answers = [
        (
            200,
            "<CreateUserResponse><CreateUserResult><User><Arn>arn:u</Arn></User></CreateUserResult></CreateUserResponse>",
        ),
        (
            200,
            "<R><CreateAccessKeyResult><AccessKey><AccessKeyId>AK</AccessKeyId><SecretAccessKey>SK</SecretAccessKey>\
             </AccessKey></CreateAccessKeyResult></R>",
        ),
        (200, "<R/>"),
        (200, "{}"),
    ];
    let ran = stage(&env, "deploy register --instance-name n", &answers);
    assert_eq!((ran.code, ran.err.as_str()), (0, ""));
    assert_eq!(
        content(&shelf, "codedeploy.onpremises.yml"),
        "---\nregion: us-east-1\niam_user_arn: arn:u\naws_access_key_id: AK\naws_secret_access_key: SK\n"
    );
    assert!(ran.out.contains("Registering the on-premises instance... DONE"), "{}", ran.out);
}

#[test]
fn a_kept_login_is_removed() {
    let key = "4a44dc15364204a80fe80e9039455cc1608281820fe2b24f1e5233ade6af1dd5";
    let file = format!("/h/.aws/login/cache/{key}.json");
    let (env, shelf) = home(&[("/h/.aws/config", "[default]\nlogin_session = 10\n"), (&file, "{}")]);
    let ran = stage(&env, "logout", &[]);
    assert!(ran.out.starts_with("Removed cached login credentials for profile 'default'."), "{}", ran.out);
    assert!(shelf.read(Path::new(&file)).is_err());
    let (env, _) = home(&[]);
    let ran = stage(&env, "logout --profile p", &[]);
    assert_eq!(ran.err, "warning: no login session found for profile 'p'\n");
}

const SESSION: (u16, &str) = (
    200,
    "<CreateSessionResult><Credentials><SessionToken>TOKEN</SessionToken><SecretAccessKey>s</SecretAccessKey>\
     <AccessKeyId>EXPRESS</AccessKeyId><Expiration>2124-01-29T18:53:46Z</Expiration></Credentials></CreateSessionResult>",
);

#[test]
fn a_directory_bucket_gives_a_session_first() {
    let bucket = "b--use1-az4--x-s3";
    let host = format!("{bucket}.s3express-use1-az4.us-east-1.amazonaws.com");
    let (code, out, err, asked) = run(&format!("s3 presign s3://{bucket}/k"), &[SESSION]);
    assert_eq!((code, err.as_str(), asked), (0, "", vec![format!("GET {host}/?session")]));
    assert!(out.starts_with(&format!("https://{host}/k?")), "{out}");
    assert!(out.contains("X-Amz-S3session-Token=TOKEN") && out.contains("Credential=EXPRESS%2F"), "{out}");
    assert!(!out.contains("Security-Token"), "{out}");
    let (code, _, err, asked) =
        run(&format!("s3 rm s3://{bucket} --recursive"), &[SESSION, (200, TWO), (204, ""), (204, "")]);
    assert_eq!((code, asked.len()), (0, 4), "one session serves all requests: {asked:?} {err}");
    let (code, _, err, asked) = run(&format!("s3 ls s3://{bucket}"), &[(403, DENIED)]);
    assert_eq!((code, asked.len()), (255, 1));
    assert!(err.contains("AccessDenied"), "{err}");
}

#[test]
fn a_command_is_explained_call_by_call() {
    let Ok(Parsed::Text(text)) = read("s3 mb s3://b --explain", Profile::Terminal) else { panic!("no text") };
    for part in [
        r#""command": "s3 mb""#,
        r#""level": "write""#,
        r#""operation": "CreateBucket""#,
        r#""arn": "arn:${Partition}:s3:::${BucketName}""#,
        r#""dry_run": false"#,
    ] {
        assert!(text.contains(part), "{part}: {text}");
    }
}

#[test]
fn names_that_differ_by_case_are_told() {
    const BOTH: &str = "<ListBucketResult><IsTruncated>false</IsTruncated>\
        <Contents><Key>K</Key><Size>3</Size><LastModified>2024-01-02T03:04:05Z</LastModified></Contents>\
        <Contents><Key>k</Key><Size>3</Size><LastModified>2024-01-02T03:04:05Z</LastModified></Contents>\
        </ListBucketResult>";
    let (env, _) = home(&[]);
    let why = "because a file whose name differs only by case either exists or is being downloaded.";
    for (choice, code, done, said) in [
        ("ignore", 0, 2, String::new()),
        ("skip", 0, 1, format!("warning: Skipping b/k -> /h/d/k {why}\n")),
        (
            "warn",
            0,
            2,
            "warning: Downloading b/k -> /h/d/k despite a file whose name differs only by case".to_owned(),
        ),
        ("error", 1, 1, format!("fatal error: Failed to download b/k -> /h/d/k {why}\n")),
    ] {
        let line = format!("s3 cp s3://b /h/d --recursive --dryrun --case-conflict {choice}");
        let ran = stage(&env, &line, &[(200, BOTH)]);
        assert_eq!((ran.code, ran.out.lines().count()), (code, done), "{choice}: {} {}", ran.out, ran.err);
        assert!(ran.err.starts_with(&said) && ran.err.is_empty() == said.is_empty(), "{choice}: {}", ran.err);
    }
    let fault = read("s3 cp s3://b--use1-az4--x-s3 d --recursive --case-conflict skip", Profile::Terminal);
    assert!(fault.is_err_and(|fault| fault.reason.contains("Valid values: `warn`, `ignore`.")));
}
