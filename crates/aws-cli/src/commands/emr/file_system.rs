//! `--emrfs` of `emr create-cluster`: how a cluster's file system on S3 is set up.

use value::{Map, Value};

use super::applications::action;
use super::steps::s3_link;
use super::values::{missing, text, words};
use crate::UsageError;

const KMS_PROVIDER: &str = "com.amazon.ws.emr.hadoop.fs.cse.KMSEncryptionMaterialsProvider";
const FETCH_SCRIPT: &str = "file:/usr/share/aws/emr/scripts/s3get";
const PROVIDER_FOLDER: &str = "/usr/share/aws/emr/auxlib";

const OF_CONSISTENT: [&str; 2] = ["RetryCount", "RetryPeriod"];
const OF_KMS: [&str; 1] = ["KMSKeyId"];
const OF_CUSTOM: [&str; 2] = ["CustomProviderClass", "CustomProviderLocation"];

const CLIENT_SIDE: &str = "--emrfs Encryption=ClientSide";
const WITH_KMS: &str = "--emrfs Encryption=ClientSide,ProviderType=KMS";
const WITH_CUSTOM: &str = "--emrfs Encryption=ClientSide,ProviderType=Custom";

/// What is asked for.
struct Wish<'a> {
    given: &'a Value,
}

impl Wish<'_> {
    fn says(&self, name: &str, what: &str) -> bool {
        text(self.given, name).is_some_and(|text| text.eq_ignore_ascii_case(what))
    }

    fn has(&self, name: &str) -> bool {
        self.given.get(name).is_some()
    }

    fn encrypts_with(&self, provider: &str) -> bool {
        self.says("Encryption", "ClientSide") && self.says("ProviderType", provider)
    }

    fn text(&self, name: &str) -> String {
        self.given.get(name).map(|value| value.python_text().into_owned()).unwrap_or_default()
    }

    fn check(&self) -> Result<(), UsageError> {
        if self.has("Encryption")
            && !self.says("Encryption", "ServerSide")
            && !self.says("Encryption", "ClientSide")
        {
            return Err(UsageError::validation(format!(
                "The encryption type \"{}\" is invalid. You must specify either ServerSide or ClientSide",
                self.text("Encryption")
            )));
        }
        if self.has("SSE") && self.has("Encryption") {
            let sse = match self.text("SSE").to_lowercase().as_str() {
                "true" => "True".to_owned(),
                "false" => "False".to_owned(),
                _ => self.text("SSE"),
            };
            return Err(UsageError::validation(format!(
                "Both SSE={sse} and Encryption={} are configured for --emrfs. You must specify only one of the two.",
                self.text("Encryption")
            )));
        }
        if self.says("Encryption", "ClientSide") {
            self.check_provider()?;
        }
        if !self.has("Consistent") {
            self.check_orphans(&OF_CONSISTENT, "--emrfs Consistent=true/false")?;
        }
        if !self.encrypts_with("KMS") {
            self.check_orphans(&OF_KMS, WITH_KMS)?;
        }
        if !self.encrypts_with("CUSTOM") {
            self.check_orphans(&OF_CUSTOM, WITH_CUSTOM)?;
        }
        Ok(())
    }

    fn check_provider(&self) -> Result<(), UsageError> {
        if !self.has("ProviderType") {
            return Err(missing(CLIENT_SIDE, "ProviderType"));
        }
        let (needed, title) = if self.says("ProviderType", "KMS") {
            (OF_KMS.as_slice(), WITH_KMS)
        } else if self.says("ProviderType", "CUSTOM") {
            (OF_CUSTOM.as_slice(), WITH_CUSTOM)
        } else {
            return Err(UsageError::validation(format!(
                "The client side encryption type \"{}\" is not supported. You must specify either KMS or Custom",
                self.text("ProviderType")
            )));
        };
        let lacking: Vec<&str> = needed.iter().copied().filter(|name| !self.has(name)).collect();
        if lacking.is_empty() { Ok(()) } else { Err(missing(title, &lacking.join(" and "))) }
    }

    fn check_orphans(&self, names: &[&str], parent: &str) -> Result<(), UsageError> {
        let orphans: Vec<&str> = names.iter().copied().filter(|name| self.has(name)).collect();
        if orphans.is_empty() {
            return Ok(());
        }
        let orphans = orphans.join(" and ");
        let what = format!("{parent} is not specified. Thus,  following parameters are invalid: {orphans}");
        Err(UsageError::validation(what))
    }

    fn properties(&self) -> Vec<(String, String)> {
        let mut found: Vec<(String, String)> = Vec::new();
        let mut add = |name: &str, value: String| match found.iter_mut().find(|(known, _)| known == name) {
            Some((_, old)) => *old = value,
            None => found.push((name.to_owned(), value)),
        };
        if self.has("Consistent") {
            add("fs.s3.consistent", self.text("Consistent").to_lowercase());
            for (member, name) in [
                ("RetryCount", "fs.s3.consistent.retryCount"),
                ("RetryPeriod", "fs.s3.consistent.retryPeriodSeconds"),
            ] {
                if self.has(member) {
                    add(name, self.text(member));
                }
            }
        }
        if self.has("SSE") || self.says("Encryption", "ServerSide") {
            let on = if self.has("SSE") { self.text("SSE").to_lowercase() } else { "true".to_owned() };
            add("fs.s3.enableServerSideEncryption", on);
        }
        if self.encrypts_with("KMS") || self.encrypts_with("CUSTOM") {
            add("fs.s3.cse.enabled", "true".to_owned());
        }
        if self.encrypts_with("KMS") {
            add("fs.s3.cse.encryptionMaterialsProvider", KMS_PROVIDER.to_owned());
            add("fs.s3.cse.kms.keyId", self.text("KMSKeyId"));
        }
        if self.encrypts_with("CUSTOM") {
            add("fs.s3.cse.encryptionMaterialsProvider", self.text("CustomProviderClass"));
        }
        for word in words(self.given, "Args").iter().flatten().filter_map(Value::as_text) {
            let (name, value) = word.split_once('=').unwrap_or((word, ""));
            add(name, value.to_owned());
        }
        found
    }
}

/// The configuration of a cluster of a release.
pub(super) fn configuration(given: &Map) -> Result<Value, UsageError> {
    let given = Value::Map(given.clone());
    let wish = Wish { given: &given };
    wish.check()?;
    let mut properties: Map = wish.properties().into_iter().collect();
    if wish.encrypts_with("CUSTOM") {
        properties.insert("fs.s3.cse.encryptionMaterialsProvider.uri", wish.text("CustomProviderLocation"));
    }
    let configuration: Map =
        [("Classification", Value::text("emrfs-site")), ("Properties", Value::Map(properties))]
            .into_iter()
            .collect();
    Ok(Value::Map(configuration))
}

/// The bootstrap actions of a cluster of an AMI version.
pub(super) fn actions(given: &Map, region: Option<&str>) -> Result<Vec<Value>, UsageError> {
    let given = Value::Map(given.clone());
    let wish = Wish { given: &given };
    wish.check()?;
    let mut actions = Vec::new();
    if wish.encrypts_with("CUSTOM") {
        let location = wish.text("CustomProviderLocation");
        let words = ["-s", &location, "-d", PROVIDER_FOLDER, "-f"].iter().map(Value::text).collect();
        actions.push(action("S3 get", FETCH_SCRIPT, words));
    }
    let mut words = Vec::new();
    for (name, value) in wish.properties() {
        words.push(Value::text("-e"));
        words.push(Value::from(if value.is_empty() { name } else { format!("{name}={value}") }));
    }
    actions.push(action("Setup EMRFS", &s3_link("/bootstrap-actions/configure-hadoop", region), words));
    Ok(actions)
}
