//! The environment: every variable that Bellhop knows is declared here once; the reference page is made from it.

use std::collections::BTreeMap;

/// Where Lambda hands out events.
const RUNTIME_API: &str = "AWS_LAMBDA_RUNTIME_API";

/// A variable, or a family of them.
pub(crate) struct Variable {
    /// Its name.
    pub(crate) name: &'static str,
    /// What it does.
    pub(crate) meaning: &'static str,
}

/// A heading of the reference and what stands under it.
pub(crate) struct Group {
    /// The heading.
    pub(crate) title: &'static str,
    /// Its variables.
    pub(crate) variables: &'static [Variable],
}

macro_rules! variables {
    ($($name:literal: $meaning:literal,)*) => { &[$(Variable { name: $name, meaning: $meaning },)*] };
}

/// Everything, in the order of the reference.
pub(crate) const GROUPS: &[Group] = &[
    Group {
        title: "Bellhop",
        variables: variables! {
            "BELLHOP_CONFIG": "The configuration: a file, `ssm:/name` or `s3://bucket/key`; `--config` wins. Without either: `bellhop.toml`.",
            "BELLHOP_LOG": "What is logged: `info` (default), `debug`, or targets such as `bot=debug,info`.",
            "BELLHOP_LOG_FORMAT": "`text`, or `json`; without it `json` under Lambda, else `text`.",
            "BELLHOP_ROLE": "Which events `bellhop lambda` takes: `front` (requests), `worker` (queues, topics, schedules); without it, both. With `front`, `bellhop serve` answers and leaves the work to `bellhop worker`.",
            "PORT": "Set by hosting platforms: listen on this port of every address, whatever `[server] listen` says.",
        },
    },
    Group {
        title: "Slack",
        variables: variables! {
            "SLACK_SIGNING_SECRET": "The app's signing secret, where the configuration refers to it (`env:SLACK_SIGNING_SECRET`).",
            "SLACK_BOT_TOKEN": "The bot token, likewise.",
            "SLACK_APP_TOKEN": "The app-level token, likewise.",
        },
    },
    Group {
        title: "Accounts",
        variables: variables! {
            "AWS_ROLE_<ALIAS>": "Adds an account named as the alias in lower case, with this role. `AWS_ROLE_ARN` and `AWS_ROLE_SESSION_NAME` are AWS's own and no aliases.",
            "AWS_REGION_<ALIAS>": "Its regions, separated by commas; the first is the default. Without it: us-east-1.",
        },
    },
    Group {
        title: "AWS Lambda",
        variables: variables! {
            "AWS_LAMBDA_RUNTIME_API": "Set by Lambda. Where it is set and no subcommand is given, `bellhop` is `bellhop lambda`.",
            "AWS_LAMBDA_FUNCTION_NAME": "Set by Lambda.",
            "AWS_LAMBDA_FUNCTION_VERSION": "Likewise.",
            "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": "Likewise.",
        },
    },
    Group {
        title: "Traces",
        variables: variables! {
            "OTEL_EXPORTER_OTLP_ENDPOINT": "Where traces go by OTLP over HTTP, such as `http://127.0.0.1:4318`; `[telemetry] otlp_endpoint` wins.",
            "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT": "Likewise, the whole address.",
            "OTEL_EXPORTER_OTLP_HEADERS": "Headers for it, `name=value` separated by commas.",
            "OTEL_SERVICE_NAME": "How Bellhop is called in traces; `bellhop` without it.",
            "OTEL_RESOURCE_ATTRIBUTES": "What else is said of it, `name=value` separated by commas.",
            "OTEL_TRACES_SAMPLER": "Which requests are traced: `parentbased_always_on` (default), `traceidratio` …",
            "OTEL_TRACES_SAMPLER_ARG": "Its argument: a share between 0 and 1.",
            "OTEL_SDK_DISABLED": "`true` traces nothing.",
        },
    },
    Group {
        title: "AWS: credentials",
        variables: variables! {
            "AWS_ACCESS_KEY_ID": "Credentials of Bellhop itself, from which roles are assumed.",
            "AWS_SECRET_ACCESS_KEY": "Belongs to it.",
            "AWS_SESSION_TOKEN": "Belongs to it, when they are temporary.",
            "AWS_PROFILE": "A profile of the shared configuration files.",
            "AWS_CONFIG_FILE": "Where `~/.aws/config` is instead.",
            "AWS_SHARED_CREDENTIALS_FILE": "Where `~/.aws/credentials` is instead.",
            "AWS_WEB_IDENTITY_TOKEN_FILE": "A token for AssumeRoleWithWebIdentity.",
            "AWS_ROLE_ARN": "The role for that token.",
            "AWS_ROLE_SESSION_NAME": "The session's name for that token.",
            "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI": "Set by ECS.",
            "AWS_CONTAINER_CREDENTIALS_FULL_URI": "Set by EKS and others.",
            "AWS_CONTAINER_AUTHORIZATION_TOKEN": "Sent to that address.",
            "AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE": "The file that holds it.",
            "AWS_EC2_METADATA_DISABLED": "`true` asks no instance for credentials.",
            "AWS_EC2_METADATA_SERVICE_ENDPOINT": "Where the instance metadata service is instead.",
        },
    },
    Group {
        title: "AWS: calls",
        variables: variables! {
            "AWS_REGION": "The region, where nothing else names one.",
            "AWS_DEFAULT_REGION": "Likewise; `AWS_REGION` wins.",
            "AWS_DEFAULT_OUTPUT": "The output format of `bellhop aws`.",
            "AWS_ENDPOINT_URL": "Every service is at this address.",
            "AWS_ENDPOINT_URL_<SERVICE>": "That service is at this address.",
            "AWS_IGNORE_CONFIGURED_ENDPOINT_URLS": "`true` forgets the two above.",
            "AWS_USE_FIPS_ENDPOINT": "`true` uses FIPS endpoints.",
            "AWS_USE_DUALSTACK_ENDPOINT": "`true` uses endpoints with IPv6.",
            "AWS_DISABLE_HOST_PREFIX_INJECTION": "`true` leaves host prefixes out, for servers on loopback.",
            "AWS_MAX_ATTEMPTS": "How often a call is tried.",
            "AWS_RETRY_MODE": "How it is tried again: `standard`, `legacy`, `adaptive`.",
            "AWS_AUTH_SCHEME_PREFERENCE": "Ways to sign in order of preference, separated by commas: `sigv4a,sigv4`.",
            "AWS_SIGV4A_SIGNING_REGION_SET": "The regions in which a signature of version 4a is good, separated by commas.",
            "AWS_CA_BUNDLE": "Certificate authorities to trust instead.",
            "HTTPS_PROXY": "A proxy for AWS and Slack, `http://user:password@host:port`, by a tunnel. Also `https_proxy`, which wins.",
            "NO_PROXY": "Hosts and domains that are reached without it, separated by commas. Also `no_proxy`.",
            "AWS_DATA_PATH": "Folders with further service models.",
        },
    },
];

/// Whether this is a function of AWS Lambda.
pub(crate) fn names_lambda() -> bool {
    read().get(RUNTIME_API).is_some_and(|address| !address.is_empty())
}

/// The environment of this process. Variables that are not Unicode cannot be meant for Bellhop.
#[expect(clippy::disallowed_methods, reason = "the one place that reads the environment")]
pub(crate) fn read() -> BTreeMap<String, String> {
    std::env::vars_os()
        .filter_map(|(name, value)| Some((name.into_string().ok()?, value.into_string().ok()?)))
        .collect()
}

/// The reference page.
pub(crate) fn reference() -> String {
    let mut page = String::from("# Environment variables\n\nMade by `bellhop environment`; do not edit.\n");
    for group in GROUPS {
        page.push_str(&format!("\n## {}\n\n| variable | meaning |\n|---|---|\n", group.title));
        for Variable { name, meaning } in group.variables {
            page.push_str(&format!("| `{name}` | {meaning} |\n"));
        }
    }
    page
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_reference_page_is_up_to_date() {
        assert_eq!(
            include_str!("../../../docs/environment.md"),
            reference(),
            "write it anew: bellhop environment > docs/environment.md"
        );
    }
}
