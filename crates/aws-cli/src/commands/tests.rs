//! Whole high-level commands: what they need, what chat refuses, and what they say when a staged AWS answers.

#![expect(clippy::unwrap_used, reason = "a test may stop where it fails")]

mod cloudtrail;
mod ddb;
mod emr;
mod roles;
mod sso;
mod terminal;

use std::collections::{BTreeMap, VecDeque};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};

use aws_call::transport::{
    Body, HttpAnswer, HttpRequest, Limits, Transport, TransportError, TransportErrorKind,
};
use aws_call::{BoxFuture, CallOptions, Client, ClientParts, Credentials, OsRandom, SystemClock};
use aws_model::Catalog;
use bytes::Bytes;

use crate::{
    Console, Environment, FileFacts, FileKind, Files, Finished, Invocation, Parsed, Profile, UsageError,
    parse, words,
};

fn read(line: &str, profile: Profile) -> Result<Parsed, UsageError> {
    let words: Vec<String> = words::split(line).unwrap().into_iter().map(|word| word.text).collect();
    parse(&Catalog::embedded(), &words, &Environment::empty(), profile)
}

fn call(line: &str, profile: Profile) -> Invocation {
    match read(line, profile) {
        Ok(Parsed::Call(invocation)) => *invocation,
        Ok(_) => panic!("{line}: no call"),
        Err(error) => panic!("{line}: {error}"),
    }
}

#[test]
fn a_command_tells_what_it_needs_before_anything_runs() {
    for (line, expected) in [
        ("s3 ls", "s3:ListBuckets list"),
        ("s3 ls s3://b/p", "s3:ListObjectsV2 list"),
        ("s3 mb s3://b", "s3:CreateBucket write"),
        ("s3 rb s3://b", "s3:DeleteBucket destructive"),
        (
            "s3 rb s3://b --force",
            "s3:DeleteObject destructive, s3:ListObjectsV2 list, s3:DeleteBucket destructive",
        ),
        ("s3 presign s3://b/k", "s3:GetObject secret"),
        ("s3 rm s3://b/k", "s3:DeleteObject destructive"),
        ("s3 rm s3://b --recursive", "s3:DeleteObject destructive, s3:ListObjectsV2 list"),
        ("s3 rm s3://b --recursive --dryrun", "s3:ListObjectsV2 list"),
        ("logs tail g", "logs:FilterLogEvents data"),
    ] {
        let invocation = call(line, Profile::Chat);
        let needs: Vec<String> =
            invocation.needs().map(|(action, level)| format!("{action} {}", level.name())).collect();
        assert_eq!(needs.join(", "), expected, "{line}");
    }
    for (line, worst, further) in [
        ("s3 cp s3://a/k s3://b/", "s3:CopyObject write", "s3:GetObject data"),
        ("s3 cp s3://a/k s3://b/ --acl public-read", "s3:PutObjectAcl permissions", "s3:CopyObject write"),
        ("s3 mv s3://a/k s3://b/", "s3:DeleteObject destructive", "s3:CopyObject write"),
        ("s3 sync s3://a s3://b", "s3:CopyObject write", "s3:ListObjectsV2 list"),
        ("s3 sync s3://a s3://b --delete", "s3:DeleteObject destructive", "s3:CopyObject write"),
    ] {
        let invocation = call(line, Profile::Chat);
        let mut needs = invocation.needs().map(|(action, level)| format!("{action} {}", level.name()));
        assert_eq!(needs.next().as_deref(), Some(worst), "{line}");
        assert!(needs.any(|need| need == further), "{line}");
    }
}

#[test]
fn chat_refuses_files_and_credentials() {
    for line in [
        "s3 cp /etc/passwd s3://b/",
        "s3 cp s3://b/k .",
        "s3 cp s3://b/k -",
        "s3 cp - s3://b/k",
        "s3 mv s3://b/k x",
        "s3 sync s3://b /tmp",
        "s3 sync . s3://b",
        "s3 cp s3://a/k s3://b/k --sse-c-key file:///etc/passwd --sse-c",
        "configure list",
        "configure set region x",
        "configure export-credentials",
        "ecr get-login-password",
        "eks get-token --cluster-name c",
        "rds generate-db-auth-token --hostname h --port 1 --username u",
        "dsql generate-db-connect-admin-auth-token --hostname h",
        "eks update-kubeconfig --name c",
        "emr ssh --cluster-id j-1 --key-pair-file k",
        "cloudformation package --template-file t --s3-bucket b",
        "cloudformation deploy --template-body {} --stack-name s --s3-bucket b",
        "cloudfront sign --url u --key-pair-id K --private-key x --date-less-than 1",
        "deploy register --instance-name n",
        "logout",
        "codeartifact login --tool pip --domain d --repository r",
        "ecs deploy --service s --task-definition t.json --codedeploy-appspec {}",
    ] {
        let fault = read(line, Profile::Chat).unwrap_err();
        assert!(fault.reason.contains("is not available in chat"), "{line}: {}", fault.reason);
    }
}

#[test]
fn what_is_not_there_says_so() {
    for line in ["agent-toolkit add-skill", "ssm start-session", "iam wizard", "update"] {
        let fault = read(line, Profile::Terminal).unwrap_err();
        assert!(fault.reason.contains("not available here"), "{line}: {}", fault.reason);
    }
}

#[test]
fn faults_have_the_words_of_the_aws_cli() {
    for (line, expected) in [
        ("s3 mv s3://a/k s3://a/k", "Cannot mv a file onto itself: s3://a/k - s3://a/k"),
        ("s3 mv s3://a/k s3://a/", "Cannot mv a file onto itself: s3://a/k - s3://a/"),
        ("s3 rm /tmp/x", "usage: aws s3 rm <S3Uri>\nError: Invalid argument type"),
        (
            "s3 cp s3://a/k s3://b/k --sse-c",
            "If --sse-c is specified, --sse-c-key must be specified as well.",
        ),
        ("s3 cp s3://a/k s3://b/k --grants x", "grants should be of the form permission=principal"),
        ("s3 rb s3://b/k", "Please specify a valid bucket name only. E.g. s3://b"),
        ("s3 mb b", "<S3Uri>\nError: Invalid argument type"),
        ("s3 sync - s3://b", "Streaming currently is only compatible with non-recursive cp commands"),
        (
            "s3 cp s3://a/k s3://b/k --checksum-mode ENABLED",
            "Expected checksum-mode parameter to be used with one of following path formats: <S3Uri> <LocalPath>. Instead, \
             received <S3Uri> <S3Uri>.",
        ),
        ("s3 cp s3://a/k", "the following arguments are required: paths"),
    ] {
        let fault = read(line, Profile::Terminal).unwrap_err();
        assert_eq!((fault.reason.as_str(), fault.exit_code), (expected, 252), "{line}");
    }
}

/// A network that gives staged answers in order and keeps what it was asked.
#[derive(Debug, Default)]
struct Staged {
    answers: Mutex<VecDeque<(u16, String)>>,
    asked: Mutex<Vec<String>>,
    bodies: Mutex<Vec<String>>,
}

struct Whole(Option<Bytes>);

impl Body for Whole {
    fn next(&mut self) -> BoxFuture<'_, Result<Option<Bytes>, TransportError>> {
        Box::pin(std::future::ready(Ok(self.0.take())))
    }
}

impl Transport for Staged {
    fn send(&self, request: HttpRequest, _: Limits) -> BoxFuture<'_, Result<HttpAnswer, TransportError>> {
        let uri = request.uri();
        let path = uri.path_and_query().map(ToString::to_string).unwrap_or_default();
        self.asked.lock().unwrap().push(format!(
            "{} {}{path}",
            request.method(),
            uri.host().unwrap_or_default()
        ));
        self.bodies.lock().unwrap().push(String::from_utf8_lossy(request.body()).into_owned());
        let answer = self.answers.lock().unwrap().pop_front();
        let none = || TransportError {
            kind: TransportErrorKind::Connect,
            sent: false,
            reason: "nothing is staged any more".to_owned(),
        };
        let answer = answer.ok_or_else(none).map(|(status, body)| HttpAnswer {
            status,
            headers: http::HeaderMap::new(),
            body: Box::new(Whole(Some(Bytes::from(body)))),
        });
        Box::pin(std::future::ready(answer))
    }
}

/// Runs a line; returns exit code, both outputs, and what was asked.
fn run(line: &str, answers: &[(u16, &str)]) -> (u8, String, String, Vec<String>) {
    run_in(&Environment::empty(), line, answers)
}

/// The same in a world with files and variables.
fn run_in(env: &Environment, line: &str, answers: &[(u16, &str)]) -> (u8, String, String, Vec<String>) {
    let ran = stage(env, line, answers);
    (ran.code, ran.out, ran.err, ran.asked)
}

/// What came of a line.
struct Ran {
    code: u8,
    out: String,
    err: String,
    asked: Vec<String>,
    bodies: Vec<String>,
}

fn stage(env: &Environment, line: &str, answers: &[(u16, &str)]) -> Ran {
    let words: Vec<String> = words::split(line).unwrap().into_iter().map(|word| word.text).collect();
    let invocation = match parse(&Catalog::embedded(), &words, env, Profile::Terminal) {
        Ok(Parsed::Call(invocation)) => invocation,
        Ok(_) => panic!("{line}: no call"),
        Err(error) => panic!("{line}: {error}"),
    };
    let staged = Arc::new(Staged::default());
    *staged.answers.lock().unwrap() =
        answers.iter().map(|(status, body)| (*status, (*body).to_owned())).collect();
    let client = Client::from_parts(ClientParts {
        transport: Arc::clone(&staged) as _,
        clock: Arc::new(SystemClock),
        random: Arc::new(OsRandom),
        catalog: Catalog::embedded(),
    });
    let credentials = aws_call::credentials::StaticCredentials::new(Credentials::new("a", "b"));
    let options = CallOptions::in_region("us-east-1").with_credentials(Arc::new(credentials));
    let (mut out, mut err) = (Vec::new(), Vec::new());
    let mut console = Console { out: &mut out, err: &mut err };
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let code = runtime.block_on(crate::run(&invocation, &client, &options, env, &mut console));
    let asked = staged.asked.lock().unwrap().clone();
    let bodies = staged.bodies.lock().unwrap().clone();
    Ran { code, out: String::from_utf8(out).unwrap(), err: String::from_utf8(err).unwrap(), asked, bodies }
}

const TWO: &str = "<ListBucketResult><IsTruncated>false</IsTruncated>\
    <Contents><Key>a</Key><Size>3</Size><LastModified>2024-01-02T03:04:05Z</LastModified></Contents>\
    <Contents><Key>d/b</Key><Size>2048</Size><LastModified>2024-01-02T03:04:06Z</LastModified></Contents>\
    </ListBucketResult>";
const DENIED: &str = "<Error><Code>AccessDenied</Code><Message>no</Message></Error>";

#[test]
fn objects_are_listed() {
    let (code, out, err, asked) = run("s3 ls s3://b --recursive --human-readable --summarize", &[(200, TWO)]);
    insta::assert_snapshot!(out, @r"
    2024-01-02 03:04:05    3 Bytes a
    2024-01-02 03:04:06    2.0 KiB d/b

    Total Objects: 2
       Total Size: 2.0 KiB
    ");
    assert_eq!((code, err.as_str()), (0, ""));
    assert_eq!(asked, ["GET s3.us-east-1.amazonaws.com/b?list-type=2&prefix=&encoding-type=url"]);
    let empty = "<ListBucketResult></ListBucketResult>";
    assert_eq!(run("s3 ls s3://b/none", &[(200, empty)]).0, 1);
    assert_eq!(run("s3 ls s3://b", &[(200, empty)]).0, 0);
    assert_eq!(run("s3 ls s3://b", &[(403, DENIED)]).0, 254);
}

#[test]
fn a_failure_among_many_is_told_and_the_rest_goes_on() {
    let (code, out, err, asked) = run("s3 rm s3://b --recursive", &[(200, TWO), (403, DENIED), (204, "")]);
    assert_eq!(code, 1);
    assert_eq!(out, "delete: s3://b/d/b\n");
    assert_eq!(
        err,
        "delete failed: s3://b/a An error occurred (AccessDenied) when calling the DeleteObject operation: no\n"
    );
    assert_eq!(asked.len(), 3);
}

#[test]
fn a_dry_run_only_lists() {
    let (code, out, _, asked) = run("s3 rm s3://b --recursive --exclude d/* --dryrun", &[(200, TWO)]);
    assert_eq!((code, out.as_str(), asked.len()), (0, "(dryrun) delete: s3://b/a\n", 1));
}

#[test]
fn a_move_copies_then_deletes() {
    let copied = "<CopyObjectResult><ETag>x</ETag></CopyObjectResult>";
    let answers = [(200, ""), (200, copied), (204, "")];
    let (code, out, err, asked) = run("s3 mv s3://a/k s3://b/ --no-progress", &answers);
    assert_eq!((code, out.as_str(), err.as_str()), (0, "move: s3://a/k to s3://b/k\n", ""));
    assert_eq!(
        asked,
        [
            "HEAD s3.us-east-1.amazonaws.com/a/k",
            "PUT s3.us-east-1.amazonaws.com/b/k",
            "DELETE s3.us-east-1.amazonaws.com/a/k"
        ]
    );
    let (code, out, err, asked) = run("s3 mv s3://a/k s3://b/ --no-progress", &[(200, ""), (403, DENIED)]);
    assert_eq!((code, out.as_str(), asked.len()), (1, "", 2), "nothing is deleted: {err}");
}

#[test]
fn a_listing_that_breaks_off_is_fatal() {
    let (code, out, err, _) = run("s3 sync s3://a s3://b", &[(403, DENIED)]);
    assert_eq!((code, out.as_str()), (1, ""));
    assert_eq!(
        err,
        "fatal error: An error occurred (AccessDenied) when calling the ListObjectsV2 operation: no\n"
    );
}

#[test]
fn only_what_differs_is_synchronised() {
    let there = "<ListBucketResult><IsTruncated>false</IsTruncated>\
        <Contents><Key>a</Key><Size>3</Size><LastModified>2024-01-02T03:04:07Z</LastModified></Contents>\
        <Contents><Key>x</Key><Size>3</Size><LastModified>2024-01-02T03:04:07Z</LastModified></Contents>\
        </ListBucketResult>";
    let answers = [(200, TWO), (200, there), (200, "<CopyObjectResult></CopyObjectResult>"), (204, "")];
    let (code, out, _, asked) = run("s3 sync s3://a s3://b --delete --no-progress", &answers);
    assert_eq!((code, out.as_str()), (0, "copy: s3://a/d/b to s3://b/d/b\ndelete: s3://b/x\n"));
    assert_eq!(asked.len(), 4);
}

#[test]
fn chat_gets_one_text() {
    let staged = Arc::new(Staged::default());
    staged.answers.lock().unwrap().push_back((200, TWO.to_owned()));
    let client = Client::from_parts(ClientParts {
        transport: Arc::clone(&staged) as _,
        clock: Arc::new(SystemClock),
        random: Arc::new(OsRandom),
        catalog: Catalog::embedded(),
    });
    let invocation = call("s3 ls s3://b", Profile::Chat);
    let credentials = aws_call::credentials::StaticCredentials::new(Credentials::new("a", "b"));
    let options = CallOptions::in_region("us-east-1").with_credentials(Arc::new(credentials));
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let value = runtime.block_on(crate::execute(&invocation, &client, &options)).unwrap();
    let mut printed = Vec::new();
    crate::print_answer(&invocation, &value, "json", &mut printed).unwrap();
    insta::assert_snapshot!(String::from_utf8(printed).unwrap(), @r"
    2024-01-02 03:04:05          3 a
    2024-01-02 03:04:06       2048 b
    ");
}

const SERVICE: &str = r#"{"services": [{"serviceName": "s", "serviceArn": "arn:aws:ecs:us-east-1:1:service/c/s",
    "clusterArn": "arn:aws:ecs:us-east-1:1:cluster/c"}]}"#;
const GROUP: &str = r#"{"deploymentGroupInfo": {"computePlatform": "ECS",
    "ecsServices": [{"serviceName": "s", "clusterName": "c"}]}}"#;

#[test]
fn a_service_is_deployed_once_all_is_checked() {
    let line = r#"ecs deploy --service s --task-definition '{"family":"f","containerDefinitions":[]}'
        --codedeploy-appspec '{"resources":[{"s":{"properties":{"taskDefinition":""}}}]}'"#;
    let application = r#"{"application": {"computePlatform": "ECS"}}"#;
    let answers = [
        (200, SERVICE),
        (200, application),
        (200, GROUP),
        (200, r#"{"taskDefinition": {"taskDefinitionArn": "arn:t"}}"#),
        (200, r#"{"deploymentId": "d-1"}"#),
        (200, r#"{"deploymentInfo": {"status": "Succeeded"}}"#),
    ];
    let (code, out, err, asked) = run(line, &answers);
    assert_eq!((code, err.as_str(), asked.len()), (0, "", 6));
    insta::assert_snapshot!(out, @r"
    Successfully registered new ECS task definition arn:t
    Successfully created deployment d-1
    Waiting for d-1 to succeed (will wait up to 30 minutes)...
    Successfully deployed arn:t to service 's'
    ");
    let other = GROUP.replace("\"c\"", "\"x\"");
    let (code, out, err, asked) = run(line, &[(200, SERVICE), (200, application), (200, &other)]);
    assert_eq!((code, out.as_str(), asked.len()), (255, "", 3));
    assert_eq!(err, "\naws: [ERROR]: deployment group 'DgpECS-c-s' does not target ECS cluster 'c'\n");
}

/// Files in memory, and programs that do nothing but be written down.
#[derive(Default)]
struct Shelf(Mutex<BTreeMap<PathBuf, Vec<u8>>>, Mutex<Vec<String>>);

impl Files for Shelf {
    fn read(&self, path: &Path) -> io::Result<Vec<u8>> {
        self.0.lock().unwrap().get(path).cloned().ok_or_else(|| io::ErrorKind::NotFound.into())
    }

    fn write(&self, path: &Path, content: &[u8]) -> io::Result<()> {
        self.0.lock().unwrap().insert(path.to_owned(), content.to_vec());
        Ok(())
    }

    fn create_folder(&self, _path: &Path) -> io::Result<()> {
        Ok(())
    }

    fn facts(&self, path: &Path, _follow: bool) -> io::Result<FileFacts> {
        let files = self.0.lock().unwrap();
        let below = files.keys().any(|known| known.starts_with(path));
        let (kind, size) = match files.get(path) {
            Some(content) => (FileKind::File, content.len() as u64),
            None if below => (FileKind::Folder, 0),
            None => return Err(io::ErrorKind::NotFound.into()),
        };
        Ok(FileFacts { kind, size, modified: None, is_executable: false })
    }

    fn remove(&self, path: &Path) -> io::Result<()> {
        self.0.lock().unwrap().remove(path).map(|_| ()).ok_or_else(|| io::ErrorKind::NotFound.into())
    }

    fn current_folder(&self) -> io::Result<PathBuf> {
        Ok("/h".into())
    }

    fn run_attached(&self, program: &str, arguments: &[String]) -> io::Result<Option<i32>> {
        self.1.lock().unwrap().push(format!("{program} {}", arguments.join(" ")));
        Ok(Some(7))
    }

    fn run_program(&self, program: &str, arguments: &[String]) -> io::Result<Finished> {
        if program == "swift" {
            return Err(io::ErrorKind::NotFound.into());
        }
        self.1.lock().unwrap().push(format!("{program} {}", arguments.join(" ")));
        let code = i32::from(arguments.iter().any(|word| word.contains("always-auth")));
        let out = b"Registered Sources:\n  1.  dom/rep [Enabled]\n      https://other/\n".to_vec();
        Ok(Finished { code: Some(if program == "pip" { 3 } else { code }), out, err: b"no\n".to_vec() })
    }
}

/// A home with these files.
fn home(files: &[(&str, &str)]) -> (Environment, Arc<Shelf>) {
    let shelf = Arc::new(Shelf::default());
    for (path, content) in files {
        shelf.write(Path::new(path), content.as_bytes()).unwrap();
    }
    let env = Environment { home: Some("/h".into()), files: Arc::clone(&shelf) as _, ..Environment::empty() };
    (env, shelf)
}

fn content(shelf: &Shelf, path: &str) -> String {
    String::from_utf8(shelf.read(Path::new(path)).unwrap()).unwrap()
}

const CLUSTER: &str = r#"{"cluster": {"name": "c", "arn": "arn:aws:eks:eu-west-1:1:cluster/c", "endpoint": "https://e",
    "certificateAuthority": {"data": "QQ=="}, "status": "ACTIVE"}}"#;

#[test]
fn a_cluster_is_written_beside_others() {
    let (env, shelf) = home(&[]);
    let line = "eks update-kubeconfig --name c --alias me --role-arn r";
    let (code, out, err, _) = run_in(&env, line, &[(200, CLUSTER)]);
    assert_eq!((code, out.as_str(), err.as_str()), (0, "Added new context me to /h/.kube/config\n", ""));
    insta::assert_snapshot!(content(&shelf, "/h/.kube/config"), @r"
    apiVersion: v1
    clusters:
    - cluster:
        certificate-authority-data: QQ==
        server: https://e
      name: arn:aws:eks:eu-west-1:1:cluster/c
    contexts:
    - context:
        cluster: arn:aws:eks:eu-west-1:1:cluster/c
        user: arn:aws:eks:eu-west-1:1:cluster/c
      name: me
    current-context: me
    kind: Config
    preferences: {}
    users:
    - name: arn:aws:eks:eu-west-1:1:cluster/c
      user:
        exec:
          apiVersion: client.authentication.k8s.io/v1beta1
          args:
          - --region
          - eu-west-1
          - eks
          - get-token
          - --cluster-name
          - c
          - --output
          - json
          - --role
          - r
          command: aws
    ");
    let (code, out, ..) = run_in(&env, line, &[(200, CLUSTER)]);
    assert_eq!((code, out.as_str()), (0, "Updated context me in /h/.kube/config\n"));
    assert_eq!(content(&shelf, "/h/.kube/config").matches("cluster: arn:").count(), 1);
    let (broken, shelf) = home(&[("/h/.kube/config", "clusters: {")]);
    let (code, _, err, _) = run_in(&broken, line, &[(200, CLUSTER)]);
    assert!(err.contains("YamlError while loading kubeconfig"), "{code} {err}");
    assert_eq!(content(&shelf, "/h/.kube/config"), "clusters: {");
    let creating = CLUSTER.replace("ACTIVE", "CREATING");
    let (code, _, err, _) = run_in(&env, line, &[(200, &creating)]);
    assert_eq!((code, err.as_str()), (255, "\naws: [ERROR]: Cluster status is CREATING\n"));
}

const TOKEN: &str = r#"{"authorizationToken": "t0ken", "expiration": 43200}"#;
const ENDPOINT: &str =
    r#"{"repositoryEndpoint": "https://d-1.d.codeartifact.us-east-1.amazonaws.com/npm/r/"}"#;

fn login(env: &Environment, tool: &str) -> (u8, String, String) {
    let line = format!("codeartifact login --domain dom --repository rep --tool {tool}");
    let (code, out, err, _) = run_in(env, &line, &[(200, TOKEN), (200, ENDPOINT)]);
    (code, out, err)
}

#[test]
fn package_tools_are_told_where_to_go() {
    let (env, shelf) = home(&[("/h/.netrc", "machine a login b password c")]);
    let (code, out, err) = login(&env, "npm --namespace n");
    assert_eq!((code, err.as_str()), (0, ""));
    insta::assert_snapshot!(out, @r"
    Successfully configured npm to use AWS CodeArtifact repository https://d-1.d.codeartifact.us-east-1.amazonaws.com/npm/r/ 
    Login expires in 12 hours at 1970-01-01 12:00:00+00:00
    ");
    insta::assert_snapshot!(shelf.1.lock().unwrap().join("\n"), @r"
    npm config set @n:registry https://d-1.d.codeartifact.us-east-1.amazonaws.com/npm/r/
    npm config set //d-1.d.codeartifact.us-east-1.amazonaws.com/npm/r/:always-auth true
    npm config set //d-1.d.codeartifact.us-east-1.amazonaws.com/npm/r/:_authToken t0ken
    ");
    let (code, out, _) = login(&env, "pip --dry-run");
    assert_eq!(
        (code, out.as_str()),
        (
            0,
            "pip config set global.index-url \
             https://aws:t0ken@d-1.d.codeartifact.us-east-1.amazonaws.com/npm/r/simple/\n\n"
        )
    );
    let (code, _, err) = login(&env, "pip");
    assert_eq!(code, 255);
    assert!(
        !err.contains("t0ken") && err.contains("aws:******@") && err.ends_with("Stderr from command:\nno\n"),
        "{err}"
    );
    assert_eq!(login(&env, "dotnet").1.lines().next(), Some("Updated source dom/rep in the NuGet.Config"));
    assert_eq!(login(&env, "twine").0, 0);
    insta::assert_snapshot!(content(&shelf, "/h/.pypirc"), @r"
    [distutils]
    index-servers = 
    	pypi
    	codeartifact

    [codeartifact]
    repository = https://d-1.d.codeartifact.us-east-1.amazonaws.com/npm/r/
    username = aws
    password = t0ken
    ");
    let (code, _, err) = login(&env, "swift");
    assert_eq!(
        (code, err.as_str()),
        (255, "\naws: [ERROR]: swift was not found. Please verify installation.\n")
    );
    assert_eq!(
        content(&shelf, "/h/.netrc"),
        "machine a login b password c\nmachine d-1.d.codeartifact.us-east-1.amazonaws.com login token password t0ken\n"
    );
    let line = "codeartifact login --domain dom --repository rep --tool pip --namespace n";
    let fault = read(line, Profile::Terminal).unwrap_err();
    assert_eq!(
        (fault.exit_code, fault.reason.as_str()),
        (255, "Argument --namespace is not supported for pip")
    );
}

#[test]
fn steps_are_added_by_their_type() {
    let line = "emr add-steps --cluster-id j-1 --steps Type=Spark,Args=[--class,C,s3://b/x.jar] Jar=s3://b/y.jar,Name=n";
    let cluster = r#"{"Cluster": {"Id": "j-1", "ReleaseLabel": "emr-7.0.0"}}"#;
    let (code, out, err, asked) = run(line, &[(200, cluster), (200, r#"{"StepIds": ["s-1", "s-2"]}"#)]);
    assert_eq!((code, err.as_str(), asked.len()), (0, "", 2));
    assert_eq!(out, "{\n    \"StepIds\": [\n        \"s-1\",\n        \"s-2\"\n    ]\n}\n");
    for (line, expected) in [
        ("emr add-steps --cluster-id j --steps Type=x", "The step type x is not supported."),
        (
            "emr add-steps --cluster-id j --steps Type=Hive",
            "The following required parameters are missing for HiveStepConfig: Args.",
        ),
        (
            "emr modify-cluster-attributes --cluster-id j --auto-terminate --no-auto-terminate",
            "You cannot specify both --auto-terminate and --no-auto-terminate options together.",
        ),
    ] {
        let fault = read(line, Profile::Terminal).unwrap_err();
        assert_eq!((fault.reason.as_str(), fault.exit_code), (expected, 252));
    }
}

#[test]
fn a_cluster_is_described_whole() {
    let answers = [
        (200, r#"{"Cluster": {"Id": "j-1", "InstanceCollectionType": "INSTANCE_FLEET"}}"#),
        (200, r#"{"InstanceFleets": [{"Id": "if-1"}]}"#),
        (200, r#"{"BootstrapActions": []}"#),
    ];
    let (code, out, _, asked) =
        run("emr describe-cluster --cluster-id j-1 --query Cluster.InstanceFleets[].Id", &answers);
    assert_eq!((code, out.as_str(), asked.len()), (0, "[\n    \"if-1\"\n]\n", 3));
    let (code, out, _, asked) = run("emr terminate-clusters --cluster-ids j-1 j-2", &[(200, "")]);
    assert_eq!((code, out.as_str(), asked.len()), (0, "", 1));
    let invocation = call("emr terminate-clusters --cluster-ids j-1", Profile::Chat);
    assert_eq!(invocation.level, crate::Level::Destructive);
}

#[test]
fn commands_of_several_services_tell_all_they_need() {
    for (line, expected) in [
        (
            "ecs deploy --service s --task-definition {} --codedeploy-appspec {}",
            "ecs:RegisterTaskDefinition write, ecs:DescribeServices read, codedeploy:GetApplication read, \
             codedeploy:GetDeploymentGroup read, codedeploy:CreateDeployment write, codedeploy:GetDeployment read",
        ),
        (
            "codeartifact login --tool pip --domain dom --repository rep",
            "codeartifact:GetAuthorizationToken secret, codeartifact:GetRepositoryEndpoint read",
        ),
        ("eks update-kubeconfig --name c", "eks:DescribeCluster read"),
        (
            "emr add-steps --cluster-id j --steps Jar=x",
            "elasticmapreduce:AddJobFlowSteps execute, elasticmapreduce:DescribeCluster read",
        ),
        (
            "emr modify-cluster-attributes --cluster-id j --no-termination-protected",
            "elasticmapreduce:SetTerminationProtection write",
        ),
    ] {
        let invocation = call(line, Profile::Terminal);
        let needs: Vec<String> =
            invocation.needs().map(|(action, level)| format!("{action} {}", level.name())).collect();
        assert_eq!(needs.join(", "), expected, "{line}");
    }
}
