//! The AWS CLI's high-level commands: which there are, and which of them work here.
//!
//! Adding one: a file beside this one, and its line in [`TABLE`] changed from [`State::Later`].

/// How far a high-level command has come here.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum State {
    /// Not built yet.
    Later,
    /// Will not be built: it is about the AWS CLI's own installation or about programs beside it.
    Never,
}

/// The commands at the top, beside the services.
pub(crate) const TOP: &[&str] =
    &["cli-dev", "configure", "ddb", "history", "login", "logout", "s3", "update"];

/// (service or top command, its high-level commands, their state)
const TABLE: &[(&str, &[&str], State)] = &[
    (
        "agent-toolkit",
        &["get-skill-file", "add-skill", "list-installed-skills", "remove-skill", "update-skill"],
        State::Never,
    ),
    ("cli-dev", &["wizard-dev"], State::Never),
    ("cloudformation", &["package", "deploy"], State::Later),
    ("cloudfront", &["sign"], State::Later),
    ("cloudtrail", &["validate-logs", "verify-query-results"], State::Later),
    ("codeartifact", &["login"], State::Later),
    ("codecommit", &["credential-helper"], State::Never),
    ("configservice", &["subscribe", "get-status"], State::Later),
    (
        "configure",
        &[
            "add-model",
            "agent-toolkit",
            "export-credentials",
            "get",
            "import",
            "list",
            "list-profiles",
            "mfa-login",
            "set",
            "sso",
            "sso-session",
            "wizard",
        ],
        State::Later,
    ),
    ("datapipeline", &["list-runs", "create-default-roles"], State::Later),
    ("ddb", &["put", "select"], State::Later),
    ("deploy", &["push", "register", "deregister", "install", "uninstall"], State::Later),
    ("dlm", &["create-default-role"], State::Later),
    ("dsql", &["generate-db-connect-auth-token", "generate-db-connect-admin-auth-token"], State::Later),
    ("dynamodb", &["wizard"], State::Never),
    ("ec2-instance-connect", &["open-tunnel", "ssh"], State::Never),
    ("ecr", &["get-login-password"], State::Later),
    ("ecr-public", &["get-login-password"], State::Later),
    ("ecs", &["deploy", "monitor-express-gateway-service", "execute-command"], State::Later),
    ("eks", &["update-kubeconfig", "get-token"], State::Later),
    (
        "emr",
        &[
            "add-instance-groups",
            "describe-cluster",
            "terminate-clusters",
            "modify-cluster-attributes",
            "install-applications",
            "create-cluster",
            "add-steps",
            "restore-from-hbase-backup",
            "create-hbase-backup",
            "schedule-hbase-backup",
            "disable-hbase-backups",
            "create-default-roles",
            "ssh",
            "socks",
            "get",
            "put",
        ],
        State::Later,
    ),
    (
        "emr-containers",
        &["update-role-trust-policy", "create-role-associations", "delete-role-associations"],
        State::Later,
    ),
    ("events", &["wizard"], State::Never),
    ("gamelift", &["upload-build", "get-game-session-log"], State::Later),
    ("history", &["list", "show"], State::Never),
    ("iam", &["wizard"], State::Never),
    ("lambda", &["wizard"], State::Never),
    ("lightsail", &["push-container-image"], State::Never),
    ("login", &[], State::Later),
    ("logout", &[], State::Later),
    ("logs", &["start-live-tail", "tail"], State::Later),
    ("rds", &["generate-db-auth-token"], State::Later),
    ("s3", &["cp", "ls", "mb", "mv", "presign", "rb", "rm", "sync", "website"], State::Later),
    ("servicecatalog", &["generate"], State::Later),
    ("ssm", &["start-session"], State::Never),
    ("sso", &["logout", "login"], State::Later),
    ("update", &[], State::Never),
];

/// The state of a high-level command; `None` if there is none of that name.
pub(crate) fn state(service: &str, name: &str) -> Option<State> {
    let (_, names, state) = TABLE.iter().find(|(at, ..)| *at == service)?;
    names.contains(&name).then_some(*state)
}

/// The high-level commands of a service or top command.
pub(crate) fn names(service: &str) -> &'static [&'static str] {
    TABLE.iter().find(|(at, ..)| *at == service).map_or(&[], |(_, names, _)| names)
}

/// What is said of a command that does not work here.
pub(crate) fn unavailable(line: &str, state: State) -> String {
    match state {
        State::Later => {
            format!("`aws {line}` is a high-level command of the AWS CLI that is not available here yet")
        }
        State::Never => format!(
            "`aws {line}` is about the AWS CLI's own installation or programs beside it, and is not available here"
        ),
    }
}
