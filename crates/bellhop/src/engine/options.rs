//! Settings of a call: the command line wins over the environment, the environment over the profile.

use std::time::Duration;

use aws_call::credentials::config::{Section, endpoint_url};
use aws_call::{AccountIdEndpoints, Addressing, CallOptions, ChecksumWhen, RetryMode, TimestampStyle};
use aws_cli::Globals;

use crate::engine::World;

/// Settings for calls of that service, without credentials.
pub(super) fn read(world: &World, globals: &Globals, service: &str) -> CallOptions {
    let settings = Settings { world, section: world.shared.profile(&world.profile) };
    let mut options = CallOptions::default();
    let region =
        globals.region.clone().or_else(|| settings.first(&["AWS_REGION", "AWS_DEFAULT_REGION"], "region"));
    options.region = region;
    options.endpoint_url = globals.endpoint_url.clone().or_else(|| settings.endpoint(service));
    options.fips = settings.flag("AWS_USE_FIPS_ENDPOINT", "use_fips_endpoint");
    options.dual_stack = settings.flag("AWS_USE_DUALSTACK_ENDPOINT", "use_dualstack_endpoint");
    options.inject_host_prefix =
        !settings.flag("AWS_DISABLE_HOST_PREFIX_INJECTION", "disable_host_prefix_injection");
    settings.retries(&mut options, service);
    settings.s3(&mut options, service);
    settings.requests(&mut options, service);
    settings.answers(&mut options);
    let seconds = |given: u64| (given > 0).then(|| Duration::from_secs(given));
    if let Some(given) = globals.read_timeout {
        options.read_timeout = seconds(given);
    }
    if let Some(given) = globals.connect_timeout {
        options.connect_timeout = seconds(given);
    }
    options
}

struct Settings<'a> {
    world: &'a World,
    section: Section,
}

impl Settings<'_> {
    fn first(&self, variables: &[&str], key: &str) -> Option<String> {
        let from_environment = variables.iter().find_map(|name| self.world.machine.0.var(name));
        from_environment.or_else(|| self.section.get(key)).map(str::to_owned)
    }

    fn flag(&self, variable: &str, key: &str) -> bool {
        self.first(&[variable], key).is_some_and(|text| text.eq_ignore_ascii_case("true"))
    }

    fn endpoint(&self, service: &str) -> Option<String> {
        let opened = self.world.catalog.open(service).ok()?;
        let id = &opened.metadata().service_id;
        endpoint_url(self.world.machine.as_ref(), &self.world.shared, &self.world.profile, id)
    }

    fn retries(&self, options: &mut CallOptions, service: &str) {
        match self.first(&["AWS_RETRY_MODE"], "retry_mode").as_deref() {
            Some("legacy") => {
                options.retry.mode = RetryMode::Legacy;
                options.retry.max_attempts = if service == "dynamodb" { 10 } else { 5 };
            }
            Some("adaptive") => options.retry.mode = RetryMode::Adaptive,
            _ => {}
        }
        let attempts = self.first(&["AWS_MAX_ATTEMPTS"], "max_attempts").and_then(|text| text.parse().ok());
        if let Some(attempts @ 1..) = attempts {
            options.retry.max_attempts = attempts;
        }
    }

    /// The profile's `s3` section, and what else only S3 knows.
    fn s3(&self, options: &mut CallOptions, service: &str) {
        let nested = |key: &str| self.section.nested("s3", key);
        options.s3.addressing = match nested("addressing_style") {
            Some("path") => Addressing::Path,
            Some("virtual") => Addressing::Virtual,
            _ => Addressing::Auto,
        };
        options.s3.accelerate = is_true(nested("use_accelerate_endpoint"));
        options.s3.sign_payload = is_true(nested("payload_signing_enabled"));
        options.dual_stack |=
            matches!(service, "s3" | "s3control") && is_true(nested("use_dualstack_endpoint"));
        let disabled = "s3_disable_multiregion_access_points";
        options.s3.disable_multiregion_access_points =
            self.flag("AWS_S3_DISABLE_MULTIREGION_ACCESS_POINTS", disabled) || is_true(nested(disabled));
        options.s3.disable_express_session_auth =
            self.flag("AWS_S3_DISABLE_EXPRESS_SESSION_AUTH", "s3_disable_express_session_auth");
        let arn_region = self.first(&["AWS_S3_USE_ARN_REGION"], "s3_use_arn_region");
        if let Some(text) = arn_region.as_deref().or_else(|| nested("use_arn_region")) {
            options.s3.use_arn_region = text.eq_ignore_ascii_case("true");
        }
    }

    /// What any service's requests bear: checksums, compression, an account, a token.
    fn requests(&self, options: &mut CallOptions, service: &str) {
        let when = self.first(&["AWS_REQUEST_CHECKSUM_CALCULATION"], "request_checksum_calculation");
        if when.is_some_and(|text| text.eq_ignore_ascii_case("when_required")) {
            options.request_checksums = ChecksumWhen::Required;
        }
        let least =
            self.first(&["AWS_REQUEST_MIN_COMPRESSION_SIZE_BYTES"], "request_min_compression_size_bytes");
        options.compress_from = least.and_then(|text| text.parse().ok()).or(options.compress_from);
        if self.flag("AWS_DISABLE_REQUEST_COMPRESSION", "disable_request_compression") {
            options.compress_from = None;
        }
        let mode = self.first(&["AWS_ACCOUNT_ID_ENDPOINT_MODE"], "account_id_endpoint_mode");
        options.account_id_endpoints = match mode.as_deref() {
            Some("disabled") => AccountIdEndpoints::Disabled,
            Some("required") => AccountIdEndpoints::Required,
            _ => AccountIdEndpoints::Preferred,
        };
        options.validate =
            !self.section.get("parameter_validation").is_some_and(|text| text.eq_ignore_ascii_case("false"));
        options.bearer_token = self.bearer_token(service);
        let preference = self.first(&["AWS_AUTH_SCHEME_PREFERENCE"], "auth_scheme_preference");
        let named = preference.iter().flat_map(|text| text.split(',')).map(str::trim);
        options.auth_preference = named.filter(|name| !name.is_empty()).map(str::to_owned).collect();
        let regions = self.first(&["AWS_SIGV4A_SIGNING_REGION_SET"], "sigv4a_signing_region_set");
        options.sigv4a_regions = regions.filter(|regions| !regions.is_empty());
    }

    /// The token that the environment has for a service: `AWS_BEARER_TOKEN_BEDROCK`.
    fn bearer_token(&self, service: &str) -> Option<String> {
        let opened = self.world.catalog.open(service).ok()?;
        let name = opened.metadata().signing_name.as_ref()?.replace([' ', '-'], "_").to_ascii_uppercase();
        self.world.machine.0.var(&format!("AWS_BEARER_TOKEN_{name}")).map(str::to_owned)
    }

    fn answers(&self, options: &mut CallOptions) {
        if self.section.get("cli_timestamp_format") == Some("wire") {
            options.parse.timestamps = TimestampStyle::Wire;
        }
    }
}

fn is_true(text: Option<&str>) -> bool {
    text.is_some_and(|text| text.eq_ignore_ascii_case("true"))
}
