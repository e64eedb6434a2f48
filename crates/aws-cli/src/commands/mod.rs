//! The AWS CLI's high-level commands: which there are, and which of them work here.
//!
//! Adding one: a file beside this one with its `start`, its line in [`TABLE`], and `docs/cli-commands.md` written anew.

mod artifacts;
mod cloudfront_sign;
mod cloudtrail;
mod config_status;
mod config_subscribe;
mod configure;
mod data_pipeline;
mod ddb;
mod default_roles;
mod deploy_push;
mod download;
mod ecs_deploy;
mod emr;
mod emr_containers;
mod folder;
mod game_lift;
mod kubeconfig;
mod lifecycle_role;
mod line;
mod live_tail;
mod login;
mod logs_tail;
mod on_premises;
mod options;
mod package;
mod package_login;
mod prompt;
mod python_json;
mod reference;
mod s3;
mod service_catalog;
mod sso;
mod stack_deploy;
mod task;
#[cfg(test)]
mod tests;
mod tokens;
mod tree;
mod upload;
mod waiting;
mod zip;

use crate::{Parsed, UsageError};

pub(crate) use line::Line;
pub(crate) use options::Spec;
pub use reference::reference;
pub use task::Task;
pub(crate) use task::{Fault, Runs, World};
pub use zip::{Archive, Facts as ArchivedFile};

/// Reads a command's words.
type Start = fn(&Line<'_>) -> Result<Parsed, UsageError>;

/// How far a high-level command has come here.
#[derive(Clone, Copy)]
enum State {
    /// Works on a terminal and in chat; the text says what chat does without, and may be empty.
    Works(Start, &'static str),
    /// Works on a terminal only, for that reason.
    Terminal(Start, &'static str),
    /// Will not be built, for that reason.
    Never(&'static str),
}

/// A high-level command.
struct Entry {
    service: &'static str,
    name: &'static str,
    state: State,
}

const fn works(service: &'static str, name: &'static str, start: Start, but: &'static str) -> Entry {
    Entry { service, name, state: State::Works(start, but) }
}

const fn terminal(service: &'static str, name: &'static str, start: Start, why: &'static str) -> Entry {
    Entry { service, name, state: State::Terminal(start, why) }
}

const fn never(service: &'static str, name: &'static str, why: &'static str) -> Entry {
    Entry { service, name, state: State::Never(why) }
}

/// The commands at the top, beside the services.
pub(crate) const TOP: &[&str] =
    &["agent-toolkit", "cli-dev", "configure", "ddb", "history", "login", "logout", "s3", "update"];

const WIZARD: &str = "it asks question after question; name the parameters instead";
const INSTALLATION: &str = "it is about the AWS CLI's own installation";
const PROGRAM: &str = "it starts another program or keeps a connection open for one";
const STARTS: &str = "it starts ssh or scp, and a channel has no machine";
const SKILLS: &str = "it installs files for other programs on this machine";
const CREDENTIALS: &str = "it prints a credential";
const MACHINE: &str = "it is about the configuration of a machine, and a channel has none";
const AGENT: &str = "as root it installs or removes a system service by dpkg or yum, on Ubuntu and Red Hat only; use the \
                     package itself";
const LOCAL: &str = "chat has no local files";

/// All of them, in the order of the reference page.
const TABLE: &[Entry] = &[
    never("agent-toolkit", "get-skill-file", SKILLS),
    never("agent-toolkit", "add-skill", SKILLS),
    never("agent-toolkit", "list-installed-skills", SKILLS),
    never("agent-toolkit", "remove-skill", SKILLS),
    never("agent-toolkit", "update-skill", SKILLS),
    never("cli-dev", "wizard-dev", INSTALLATION),
    terminal("cloudformation", "package", package::start, LOCAL),
    works(
        "cloudformation",
        "deploy",
        stack_deploy::start,
        "the template by --template-body, and the end is not waited for",
    ),
    terminal("cloudfront", "sign", cloudfront_sign::start, CREDENTIALS),
    works("cloudtrail", "validate-logs", cloudtrail::logs::start, ""),
    works("cloudtrail", "verify-query-results", cloudtrail::queries::start, "the results are in a bucket"),
    terminal("codeartifact", "login", package_login::start, CREDENTIALS),
    never("codecommit", "credential-helper", PROGRAM),
    works("configservice", "subscribe", config_subscribe::start, ""),
    works("configservice", "get-status", config_status::start, ""),
    terminal("configure", "add-model", configure::add_model::start, MACHINE),
    never("configure", "agent-toolkit", SKILLS),
    terminal("configure", "export-credentials", configure::export::start, CREDENTIALS),
    terminal("configure", "get", configure::get::start, MACHINE),
    terminal("configure", "import", configure::import::start, MACHINE),
    terminal("configure", "list", configure::list::start, MACHINE),
    terminal("configure", "list-profiles", configure::list::profiles, MACHINE),
    terminal("configure", "mfa-login", configure::mfa_login::start, MACHINE),
    terminal("configure", "set", configure::set::start, MACHINE),
    terminal("configure", "sso", configure::sso::start, MACHINE),
    terminal("configure", "sso-session", configure::sso::session, MACHINE),
    never("configure", "wizard", WIZARD),
    works("datapipeline", "list-runs", data_pipeline::runs, ""),
    works("datapipeline", "create-default-roles", data_pipeline::roles, ""),
    works("ddb", "put", ddb::put::start, ""),
    works("ddb", "select", ddb::select::start, ""),
    terminal("deploy", "push", deploy_push::start, LOCAL),
    works("deploy", "register", on_premises::register, ""),
    works("deploy", "deregister", on_premises::deregister, ""),
    never("deploy", "install", AGENT),
    never("deploy", "uninstall", AGENT),
    works("dlm", "create-default-role", lifecycle_role::start, ""),
    terminal("dsql", "generate-db-connect-auth-token", tokens::dsql, CREDENTIALS),
    terminal("dsql", "generate-db-connect-admin-auth-token", tokens::dsql_admin, CREDENTIALS),
    never("dynamodb", "wizard", WIZARD),
    never("ec2-instance-connect", "open-tunnel", PROGRAM),
    never("ec2-instance-connect", "ssh", PROGRAM),
    terminal("ecr", "get-login-password", tokens::ecr, CREDENTIALS),
    terminal("ecr-public", "get-login-password", tokens::ecr_public, CREDENTIALS),
    works(
        "ecs",
        "deploy",
        ecs_deploy::start,
        "task definition and appspec are given themselves, and the end is not waited for",
    ),
    never("ecs", "monitor-express-gateway-service", "it draws on the whole screen"),
    never("ecs", "execute-command", PROGRAM),
    terminal("eks", "update-kubeconfig", kubeconfig::start, LOCAL),
    terminal("eks", "get-token", tokens::eks, CREDENTIALS),
    works("emr", "add-instance-groups", emr::groups::add, ""),
    works("emr", "describe-cluster", emr::clusters::describe, ""),
    works("emr", "terminate-clusters", emr::clusters::terminate, ""),
    works("emr", "modify-cluster-attributes", emr::clusters::modify, ""),
    works("emr", "install-applications", emr::applications::install, ""),
    works("emr", "create-cluster", emr::cluster::create, ""),
    works("emr", "add-steps", emr::steps::add, ""),
    works("emr", "restore-from-hbase-backup", emr::hbase::restore, ""),
    works("emr", "create-hbase-backup", emr::hbase::create, ""),
    works("emr", "schedule-hbase-backup", emr::hbase::schedule, ""),
    works("emr", "disable-hbase-backups", emr::hbase::disable, ""),
    works("emr", "create-default-roles", emr::roles::start, ""),
    terminal("emr", "ssh", emr::remote::ssh, STARTS),
    terminal("emr", "socks", emr::remote::socks, STARTS),
    terminal("emr", "get", emr::remote::get, STARTS),
    terminal("emr", "put", emr::remote::put, STARTS),
    works("emr-containers", "update-role-trust-policy", emr_containers::trust::start, ""),
    works("emr-containers", "create-role-associations", emr_containers::associations::create, ""),
    works("emr-containers", "delete-role-associations", emr_containers::associations::delete, ""),
    never("events", "wizard", WIZARD),
    terminal("gamelift", "upload-build", game_lift::upload_build, LOCAL),
    terminal("gamelift", "get-game-session-log", game_lift::log, LOCAL),
    never("history", "list", INSTALLATION),
    never("history", "show", INSTALLATION),
    never("iam", "wizard", WIZARD),
    never("lambda", "wizard", WIZARD),
    never("lightsail", "push-container-image", PROGRAM),
    never(
        "login",
        "",
        "it needs a key of its own for each request (DPoP); log in by `sso login`, or use access keys",
    ),
    terminal("logout", "", login::logout, MACHINE),
    works("logs", "start-live-tail", live_tail::start, "it ends after two minutes"),
    works("logs", "tail", logs_tail::start, "--follow ends after two minutes"),
    terminal("rds", "generate-db-auth-token", tokens::rds, CREDENTIALS),
    works("s3", "ls", s3::list::start, ""),
    works("s3", "mb", s3::buckets::make, ""),
    works("s3", "rb", s3::buckets::remove, ""),
    works("s3", "website", s3::buckets::website, ""),
    works("s3", "presign", s3::presign::start, ""),
    works("s3", "rm", s3::transfer::rm, ""),
    works("s3", "cp", s3::transfer::cp, LOCAL),
    works("s3", "mv", s3::transfer::mv, LOCAL),
    works("s3", "sync", s3::transfer::sync, LOCAL),
    terminal("servicecatalog", "generate", service_catalog::start, LOCAL),
    never("ssm", "start-session", PROGRAM),
    terminal("sso", "logout", sso::logout::start, MACHINE),
    terminal("sso", "login", sso::login::start, MACHINE),
    never("update", "", INSTALLATION),
];

fn find(service: &str, name: &str) -> Option<&'static Entry> {
    TABLE.iter().find(|entry| entry.service == service && entry.name == name)
}

/// Whether there is a high-level command of that name.
pub(crate) fn exists(service: &str, name: &str) -> bool {
    find(service, name).is_some()
}

/// The high-level commands of a service or top command.
pub(crate) fn names(service: &str) -> Vec<&'static str> {
    let of_service = TABLE.iter().filter(|entry| entry.service == service && !entry.name.is_empty());
    of_service.map(|entry| entry.name).collect()
}

/// Those of a service that do not work here.
pub(crate) fn missing(service: &str) -> Vec<&'static str> {
    let of_service = TABLE.iter().filter(|entry| entry.service == service && !entry.name.is_empty());
    let missing = of_service.filter(|entry| matches!(entry.state, State::Never(_)));
    missing.map(|entry| entry.name).collect()
}

/// Reads the words of a high-level command; `name` is empty for one that has no name below its own.
pub(crate) fn start(service: &str, name: &str, line: &Line<'_>) -> Result<Parsed, UsageError> {
    let shown = &line.command;
    match find(service, name).map(|entry| entry.state) {
        Some(State::Works(start, _)) => start(line),
        Some(State::Terminal(_, why)) if line.is_chat() => Err(line.refuse(why)),
        Some(State::Terminal(start, _)) => start(line),
        Some(State::Never(why)) => {
            Err(UsageError::validation(format!("`aws {shown}` is not available here: {why}")))
        }
        None => Err(UsageError::validation(format!("`aws {shown}` is no high-level command"))),
    }
}
