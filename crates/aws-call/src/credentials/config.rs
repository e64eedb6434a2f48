//! AWS's shared files, `~/.aws/config` and `~/.aws/credentials`, in the dialect that the AWS CLI reads.
//!
//! That is Python's `configparser` with one addition: a value that begins on the following, indented lines is a section
//! of its own. A `#` or `;` begins a comment only at the start of a line.
//! Invariants: input of any size and shape yields a configuration or an error; values never show in errors.

use std::collections::BTreeMap;
use std::path::PathBuf;

use super::surroundings::{Surroundings, expand};

/// The longest file that is read.
const LONGEST: usize = 1024 * 1024;

/// Why a shared file cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ConfigError {
    /// Beyond 1 MiB.
    #[error("longer than {LONGEST} bytes")]
    TooLong,
    /// A line that is neither a section nor a setting; its number counts from 1.
    #[error("line {0} is neither a section nor a setting")]
    Line(usize),
    /// Bytes that are not UTF-8.
    #[error("not UTF-8")]
    Encoding,
}

/// A setting's value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Setting {
    /// Text, perhaps of several lines.
    Text(String),
    /// Settings below a setting.
    Nested(BTreeMap<String, String>),
}

/// Settings by name, in lower case.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Section(BTreeMap<String, Setting>);

/// Shows names only: values may be secrets.
impl std::fmt::Debug for Section {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_set().entries(self.0.keys()).finish()
    }
}

impl Section {
    /// The text of a setting.
    pub fn get(&self, name: &str) -> Option<&str> {
        match self.0.get(name) {
            Some(Setting::Text(text)) if !text.is_empty() => Some(text),
            _ => None,
        }
    }

    /// A setting below a setting: `nested("s3", "addressing_style")`.
    pub fn nested(&self, name: &str, inner: &str) -> Option<&str> {
        match self.0.get(name) {
            Some(Setting::Nested(settings)) => settings.get(inner).map(String::as_str),
            _ => None,
        }
    }

    /// All settings by name.
    pub fn settings(&self) -> &BTreeMap<String, Setting> {
        &self.0
    }

    /// A setting that is `true` in any case.
    pub fn is_true(&self, name: &str) -> bool {
        self.get(name).is_some_and(|text| text.eq_ignore_ascii_case("true"))
    }
}

/// What both shared files say together.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct SharedConfig {
    /// Profiles by name; the credentials file wins over the config file.
    pub profiles: BTreeMap<String, Section>,
    /// `[sso-session …]`
    pub sso_sessions: BTreeMap<String, Section>,
    /// `[services …]`
    pub services: BTreeMap<String, Section>,
}

impl SharedConfig {
    /// Joins the texts of both files; an absent file is an empty text.
    pub fn parse(config: &[u8], credentials: &[u8]) -> Result<SharedConfig, ConfigError> {
        let mut shared = SharedConfig::default();
        for (title, section) in sections(config)? {
            let words: Vec<String> = words(&title);
            match words.iter().map(String::as_str).collect::<Vec<_>>().as_slice() {
                ["default"] => merge(&mut shared.profiles, "default", section),
                ["profile", name] => merge(&mut shared.profiles, name, section),
                ["sso-session", name] => merge(&mut shared.sso_sessions, name, section),
                ["services", name] => merge(&mut shared.services, name, section),
                _ => {}
            }
        }
        for (title, section) in sections(credentials)? {
            merge(&mut shared.profiles, &title, section);
        }
        Ok(shared)
    }

    /// Reads both files where the environment says they are, or in `~/.aws`; an absent file is empty.
    pub fn load(surroundings: &dyn Surroundings) -> Result<SharedConfig, ConfigError> {
        let read = |variable: &str, usual: &str| {
            surroundings.read(&path(surroundings, variable, usual)).unwrap_or_default()
        };
        let config = read("AWS_CONFIG_FILE", "~/.aws/config");
        SharedConfig::parse(&config, &read("AWS_SHARED_CREDENTIALS_FILE", "~/.aws/credentials"))
    }

    /// The profile of that name; an empty one if there is none.
    pub fn profile(&self, name: &str) -> Section {
        self.profiles.get(name).cloned().unwrap_or_default()
    }
}

fn path(surroundings: &dyn Surroundings, variable: &str, usual: &str) -> PathBuf {
    expand(surroundings.var(variable).as_deref().unwrap_or(usual), surroundings)
}

/// The endpoint that environment and configuration name for a service (by its `serviceId`): the service's own
/// variable, `AWS_ENDPOINT_URL`, the profile's `services` section, the profile's `endpoint_url`.
pub fn endpoint_url(
    surroundings: &dyn Surroundings,
    shared: &SharedConfig,
    profile: &str,
    service_id: &str,
) -> Option<String> {
    let section = shared.profile(profile);
    let ignored = surroundings.var("AWS_IGNORE_CONFIGURED_ENDPOINT_URLS");
    let ignored = ignored.map(|text| text.eq_ignore_ascii_case("true"));
    if ignored.unwrap_or_else(|| section.is_true("ignore_configured_endpoint_urls")) {
        return None;
    }
    let id = service_id.replace([' ', '-'], "_");
    let own = section.get("services").and_then(|name| shared.services.get(name));
    surroundings
        .var(&format!("AWS_ENDPOINT_URL_{}", id.to_ascii_uppercase()))
        .or_else(|| surroundings.var("AWS_ENDPOINT_URL"))
        .or_else(|| own?.nested(&id.to_ascii_lowercase(), "endpoint_url").map(str::to_owned))
        .or_else(|| section.get("endpoint_url").map(str::to_owned))
}

fn merge(into: &mut BTreeMap<String, Section>, name: &str, section: Section) {
    into.entry(name.to_owned()).or_default().0.extend(section.0);
}

/// Splits a section's title as a shell would: `profile "my name"`.
fn words(title: &str) -> Vec<String> {
    let mut words = Vec::new();
    let mut word: Option<String> = None;
    let mut quote = None;
    for char in title.chars() {
        match (quote, char) {
            (Some(open), _) if char == open => quote = None,
            (None, '"' | '\'') => {
                quote = Some(char);
                word.get_or_insert_default();
            }
            (None, _) if char.is_whitespace() => words.extend(word.take()),
            _ => word.get_or_insert_default().push(char),
        }
    }
    words.extend(word);
    words
}

/// Reads a file into its sections, in order; a title that comes twice comes twice.
fn sections(bytes: &[u8]) -> Result<Vec<(String, Section)>, ConfigError> {
    if bytes.len() > LONGEST {
        return Err(ConfigError::TooLong);
    }
    let text = std::str::from_utf8(bytes).map_err(|_| ConfigError::Encoding)?;
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let mut reader = Reader::default();
    for (index, line) in text.lines().enumerate() {
        reader.line(line).ok_or(ConfigError::Line(index + 1))?;
    }
    reader.end_setting();
    Ok(reader.sections)
}

#[derive(Default)]
struct Reader {
    sections: Vec<(String, Section)>,
    /// The setting that the last lines belong to, and its lines.
    setting: Option<(String, Vec<String>)>,
    indent: usize,
}

impl Reader {
    /// Takes one line; `None` if it is neither a section nor a setting.
    fn line(&mut self, line: &str) -> Option<()> {
        let trimmed = line.trim();
        if trimmed.is_empty() || trimmed.starts_with(['#', ';']) {
            return Some(());
        }
        let indent = line.len() - line.trim_start().len();
        if let Some((_, lines)) = &mut self.setting
            && indent > self.indent
        {
            lines.push(trimmed.to_owned());
            return Some(());
        }
        self.end_setting();
        self.indent = indent;
        if let Some(title) = trimmed.strip_prefix('[').and_then(|rest| rest.split_once(']')) {
            self.sections.push((title.0.trim().to_owned(), Section::default()));
            return Some(());
        }
        self.sections.last()?;
        let (name, value) = trimmed.split_at(trimmed.find(['=', ':'])?);
        let value = value[1..].trim().to_owned();
        self.setting = Some((name.trim().to_lowercase(), vec![value]));
        Some(())
    }

    fn end_setting(&mut self) {
        let (Some((name, lines)), Some((_, section))) = (self.setting.take(), self.sections.last_mut())
        else {
            return;
        };
        let nested = lines.len() > 1 && lines[0].is_empty();
        let inner = || lines[1..].iter().map(|line| line.split_once('='));
        let setting = if nested && inner().all(|pair| pair.is_some()) {
            let pairs =
                inner().flatten().map(|(name, value)| (name.trim().to_owned(), value.trim().to_owned()));
            Setting::Nested(pairs.collect())
        } else {
            Setting::Text(lines.join("\n"))
        };
        section.0.insert(name, setting);
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const CONFIG: &[u8] = b"# first\n[default]\nregion = eu-west-1\nOutput: text\n; note\ns3 =\n  addressing_style = path\n  max=1\n\n[profile \"a b\"]\nrole_arn=arn:aws:iam::1:role/x\nservices = local\nendpoint_url = http://localhost:1\n[sso-session corp]\nsso_region = us-east-1\n[services local]\nec2 =\n    endpoint_url = http://localhost:2\n[other]\nx = 1\n";
    const CREDENTIALS: &[u8] =
        b"[default]\naws_access_key_id = AKID # not a comment\nregion = us-east-2\n[a b]\nx=y\n";

    #[test]
    fn both_files_join() {
        let shared = SharedConfig::parse(CONFIG, CREDENTIALS).expect("a configuration");
        let default = shared.profile("default");
        assert_eq!(default.get("region"), Some("us-east-2"));
        assert_eq!(default.get("output"), Some("text"));
        assert_eq!(default.get("aws_access_key_id"), Some("AKID # not a comment"));
        assert_eq!(default.nested("s3", "addressing_style"), Some("path"));
        assert_eq!(shared.profile("a b").get("x"), Some("y"));
        assert_eq!(shared.sso_sessions["corp"].get("sso_region"), Some("us-east-1"));
        assert_eq!(shared.profiles.len(), 2);
        assert!(!format!("{shared:?}").contains("AKID"));
    }

    #[derive(Debug, Default)]
    struct Variables(BTreeMap<&'static str, &'static str>);

    impl Surroundings for Variables {
        fn var(&self, name: &str) -> Option<String> {
            self.0.get(name).map(|text| (*text).to_owned())
        }
        fn home(&self) -> Option<PathBuf> {
            None
        }
        fn read(&self, _path: &std::path::Path) -> std::io::Result<Vec<u8>> {
            Err(std::io::ErrorKind::NotFound.into())
        }
    }

    #[test]
    fn endpoints_have_an_order() {
        let shared = SharedConfig::parse(CONFIG, CREDENTIALS).expect("a configuration");
        let mut variables = Variables::default();
        let ask = |variables: &Variables, service: &str| endpoint_url(variables, &shared, "a b", service);
        assert_eq!(ask(&variables, "EC2").as_deref(), Some("http://localhost:2"));
        assert_eq!(ask(&variables, "S3").as_deref(), Some("http://localhost:1"));
        variables.0.insert("AWS_ENDPOINT_URL", "http://localhost:3");
        variables.0.insert("AWS_ENDPOINT_URL_MACHINE_LEARNING", "http://localhost:4");
        assert_eq!(ask(&variables, "EC2").as_deref(), Some("http://localhost:3"));
        assert_eq!(ask(&variables, "Machine Learning").as_deref(), Some("http://localhost:4"));
        variables.0.insert("AWS_IGNORE_CONFIGURED_ENDPOINT_URLS", "TRUE");
        assert_eq!(ask(&variables, "EC2"), None);
    }

    #[test]
    fn faults_have_a_line() {
        assert_eq!(SharedConfig::parse(b"[a]\nnonsense\n", b""), Err(ConfigError::Line(2)));
        assert_eq!(SharedConfig::parse(b"a = 1\n", b""), Err(ConfigError::Line(1)));
        assert_eq!(SharedConfig::parse(b"\xff", b""), Err(ConfigError::Encoding));
        assert_eq!(SharedConfig::parse(&vec![b' '; LONGEST + 1], b""), Err(ConfigError::TooLong));
    }

    proptest! {
        #[test]
        fn nothing_panics(config in "(\\[|\\]|=|:|\"|'| |\n|#|;|[a-c])*") {
            let _ = SharedConfig::parse(config.as_bytes(), config.as_bytes());
        }
    }
}
